/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/scenario.h"

#include "model/datafile.h"
#include "model/resolve.h"
#include "model/table.h"

static const char *const arrivals[] = {"cbr", "poisson", "on-off", "pcap", NULL};
static const char *const stamps[] = {"send", "create", "arrive", NULL};
static const char *const directions[] = {"forward", "both", NULL};
static const char *const splits[] = {"round-robin", "packet", "burst", "flow", NULL};
static const char *const steerings[] = {"rss", "round-robin", "direct", NULL};
static const char *const ends[] = {"nic", "vm", NULL};

static const struct param traffic_params[] = {
	TABLE_TEXT("size", struct traffic, size, "64 B",
		"frame size with CRC, or a size mix: a name (imix, facebook-web) or a file"),
	TABLE_TEXT("rate", struct traffic, rate, "line",
		"'line', packets a second, bits a second on the wire, or a share of line rate"),
	TABLE_ENUM(
		"arrivals", struct traffic, arrivals, "cbr", arrivals, "when packets are created"),
	TABLE_QUANTITY("on", struct traffic, on, DIM_TIME, 1, 1e15, "100 us",
		"on-off: mean length of a burst period"),
	TABLE_QUANTITY("off", struct traffic, off, DIM_TIME, 0, 1e15, "100 us",
		"on-off: mean length of a silence"),
	TABLE_QUANTITY("phase", struct traffic, phase, DIM_TIME, 0, 1e15, NULL,
		"cbr: instant of the first packet (default: random within one gap)"),
	TABLE_COUNT("burst", struct traffic, burst, 1, SOURCE_MAX_BURST, "1",
		"packets that the tester collects before it sends them at wire speed"),
	TABLE_ENUM("stamp", struct traffic, stamp, "send", stamps,
		"latency counts from the first bit on the wire, from the packet's creation, or "
		"from the last "
		"bit's arrival at the port"),
	TABLE_COUNT("flows", struct traffic, flows, 1, 1 << 20, "1024", "5-tuples"),
	TABLE_QUANTITY("zipf", struct traffic, zipf, DIM_COUNT, 0, 10, "0",
		"exponent of the flows' popularity; 0: all alike"),
	TABLE_TEXT(
		"pcap", struct traffic, pcap, NULL, "capture whose sizes and times are replayed"),
	TABLE_QUANTITY("speed", struct traffic, speed, DIM_COUNT, 1e-6, 1e6, "1",
		"factor on the replay's speed"),
	TABLE_ENUM("direction", struct traffic, direction, "forward", directions,
		"from the first port to the second, or both ways at once"),
	TABLE_END};
static const struct param_table traffic_table = {"traffic", "what the tester sends",
	sizeof(struct traffic), traffic_params, NULL, offsetof(struct traffic, given),
	offsetof(struct traffic, mark), offsetof(struct traffic, marks)};

static const struct param item_params[] = {TABLE_TEXT("nf", struct chain_item, nf, "required",
						   "network function, of the profile or of nfs"),
	TABLE_TEXT("name", struct chain_item, name, NULL, "name of this VNF in places and results"),
	TABLE_TEXT("on", struct chain_item, on, NULL,
		"where its vCPUs run: [server.]socket[.core]; default the first server's socket 0"),
	TABLE_COUNT("vcpus", struct chain_item, vcpus, 1, 64, "1", "virtual CPUs"),
	TABLE_COUNT("queues", struct chain_item, queues, 1, 64, "1", "vNIC queue pairs"),
	TABLE_COUNT("copies", struct chain_item, copies, 1, 64, "1",
		"parallel VMs that share the load"),
	TABLE_ENUM("split", struct chain_item, split, "round-robin", splits,
		"how packets are spread over its queues and copies: in turn as the dataplane does "
		"it, packet "
		"by packet, burst by burst, or by flow"),
	TABLE_COUNT("entries", struct chain_item, entries, 1, 100000000, NULL,
		"rules or table entries; scales the cost where the NF states a law"),
	TABLE_TEXT("worker", struct chain_item, worker, NULL,
		"where the worker runs that feeds it; default its own socket"),
	TABLE_TEXT("memory", struct chain_item, memory, NULL,
		"socket of its rings and buffers; default its own"),
	TABLE_QUANTITY("clock", struct chain_item, clock, DIM_FREQ, 1e6, 1e11, NULL,
		"clock of its vCPUs; default cpu"),
	TABLE_GROUP("transmit", struct chain_item, transmit, &profile_transmit_table,
		"when its packets are sent; default as the NF or the profile says"),
	TABLE_END};
static const struct param_table item_table = {"vnf", "a VNF of a chain", sizeof(struct chain_item),
	item_params, "nf", offsetof(struct chain_item, given), offsetof(struct chain_item, mark),
	offsetof(struct chain_item, marks)};

#define CHAIN_PARAMS(base)                                                                        \
	{"chain", PARAM_LIST, (base) + offsetof(struct chain, items), 0, 0, 0, NULL, NULL,        \
		&item_table, "the VNFs in the order in which packets meet them; []: NIC to NIC"}, \
		{"traffic", PARAM_GROUP, (base) + offsetof(struct chain, traffic), 0, 0, 0, NULL, \
			NULL, &traffic_table, "what the tester sends"},                           \
		{"from", PARAM_ENUM, (base) + offsetof(struct chain, from), 0, 0, 0, "nic", ends, \
			NULL, "packets come from a NIC, or the first VNF's VM creates them"},     \
		{"to", PARAM_ENUM, (base) + offsetof(struct chain, to), 0, 0, 0, "nic", ends,     \
			NULL, "packets leave by a NIC, or the last VNF's VM consumes them"},      \
		{"rx_queues", PARAM_COUNT, (base) + offsetof(struct chain, rx_queues), 0, 1, 128, \
			"1", NULL, NULL,                                                          \
			"receive queues of the first port, each with a worker of its own"},       \
		{"steering", PARAM_ENUM, (base) + offsetof(struct chain, steering), 0, 0, 0,      \
			"rss", steerings, NULL,                                                   \
			"how the port spreads packets over its receive queues"},                  \
	{                                                                                         \
		"last_worker", PARAM_TEXT, (base) + offsetof(struct chain, last_worker), 0, 0, 0, \
			NULL, NULL, NULL,                                                         \
			"where the worker runs that feeds the last NIC; default the NIC's socket" \
	}

static const struct param chain_params[] = {CHAIN_PARAMS(0), TABLE_END};
static const struct param_table chain_table = {"chains", "a chain with its own traffic",
	sizeof(struct chain), chain_params, NULL, offsetof(struct chain, given), TABLE_NONE,
	offsetof(struct chain, marks)};

static const struct param server_params[] = {
	TABLE_TEXT("platform", struct server_use, platform_name, "required",
		"file in scenarios/platforms"),
	TABLE_TEXT("topology", struct server_use, topology_path, NULL,
		"what `lstopo FILE.xml' wrote on the server: its sockets, cores and network card "
		"take the place of the platform's"),
	TABLE_TEXT("nic", struct server_use, nic, NULL,
		"topology: the network card to use, by interface or PCI address"),
	TABLE_END};
static const struct param_table server_table = {"servers", "a server", sizeof(struct server_use),
	server_params, "platform", TABLE_NONE, TABLE_NONE, offsetof(struct server_use, marks)};

static const struct param clock_params[] = {
	TABLE_TEXT("core", struct core_clock, core, "required", "[server.]socket.core"),
	TABLE_QUANTITY(
		"clock", struct core_clock, clock, DIM_FREQ, 1e6, 1e11, "required", "its clock"),
	TABLE_QUANTITY("effective", struct core_clock, effective, DIM_FREQ, 1e6, 1e11, NULL,
		"what it then runs at (turbo)"),
	TABLE_END};
static const struct param_table clock_table = {"clocks", "the clock of one core",
	sizeof(struct core_clock), clock_params, NULL, TABLE_NONE,
	offsetof(struct core_clock, mark), TABLE_NONE};

static const struct param cores_params[] = {
	TABLE_COUNT("workers", struct core_use, workers, 1, 256, NULL,
		"worker cores of each server, tasks dealt round robin; default one for each task"),
	TABLE_LIST(
		"clocks", struct core_use, clocks, &clock_table, "cores with a clock of their own"),
	TABLE_END};
static const struct param_table cores_table = {"cores", "how tasks are assigned to cores",
	sizeof(struct core_use), cores_params, NULL, offsetof(struct core_use, given),
	offsetof(struct core_use, mark), TABLE_NONE};

static const struct param link_params[] = {
	TABLE_QUANTITY("speed", struct link_use, speed, DIM_BPS, 1e6, 4e11, NULL,
		"rate of every port, 10 to 400 Gb/s; default the platform's"),
	TABLE_QUANTITY("delay", struct link_use, delay, DIM_TIME, 0, 1e12, NULL,
		"propagation; default the platform's"),
	TABLE_END};
static const struct param_table link_table = {"link", "the links between servers and to the tester",
	sizeof(struct link_use), link_params, "speed", offsetof(struct link_use, given), TABLE_NONE,
	TABLE_NONE};

static const struct param run_params[] = {TABLE_COUNT("seed", struct run_use, seed, 0,
						  9007199254740991, "1", "of all random streams"),
	TABLE_QUANTITY("precision", struct run_use, precision, DIM_RATIO, 1e-4, 0.5, "1%",
		"relative half-width of the 95 % intervals to reach"),
	{"of", PARAM_TEXTS, offsetof(struct run_use, of), 0, 0, 0, NULL, NULL, NULL,
		"what is to be so precise: rate, mean, p50, p90, p99, p99.9, loss; default rate "
		"and mean"},
	TABLE_QUANTITY("warmup", struct run_use, warmup, DIM_TIME, 0, 1e15, NULL,
		"fixed warm-up; default found by MSER-5"),
	TABLE_QUANTITY("duration", struct run_use, duration, DIM_TIME, 1, 1e16, NULL,
		"fixed measuring time; default until the precision is reached"),
	TABLE_COUNT("replications", struct run_use, replications, 1, 100000, NULL,
		"independent runs with streams of their own; default 1, or 16 with random phases"),
	TABLE_COUNT("max_packets", struct run_use, max_packets, 1000, 100000000000, "50000000",
		"budget of offered packets"),
	TABLE_END};
const struct param_table scenario_run_table = {"run", "how long and how precisely to simulate",
	sizeof(struct run_use), run_params, NULL, offsetof(struct run_use, given),
	offsetof(struct run_use, mark), offsetof(struct run_use, marks)};

#define OWN(field) offsetof(struct scenario, field)

static const struct param scenario_params[] = {
	TABLE_TEXT("name", struct scenario, name, NULL, "what to call it; default the file's name"),
	TABLE_TEXT("doc", struct scenario, doc, NULL, "what it is for"),
	TABLE_TEXT(
		"dataplane", struct scenario, dataplane, "required", "file in scenarios/profiles"),
	TABLE_TEXT("server", struct scenario, server, NULL, "file in scenarios/platforms"),
	TABLE_MAP("servers", struct scenario, servers, &server_table,
		"several servers by name, joined by their NICs"),
	TABLE_QUANTITY("cpu", struct scenario, cpu, DIM_FREQ, 1e6, 1e11, NULL,
		"clock of all cores; default the platform's highest"),
	TABLE_QUANTITY("cpu_effective", struct scenario, cpu_effective, DIM_FREQ, 1e6, 1e11, NULL,
		"what the cores really run at (turbo); default as the platform says"),
	CHAIN_PARAMS(OWN(single)),
	TABLE_MAP("chains", struct scenario, chains, &chain_table, "several chains by name"),
	TABLE_GROUP(
		"cores", struct scenario, cores, &cores_table, "how tasks are assigned to cores"),
	TABLE_GROUP("link", struct scenario, link, &link_table, "the links"),
	TABLE_MAP("nfs", struct scenario, nfs, &profile_nf_table, "network functions of your own"),
	{"profile", PARAM_TEXTS, OWN(profile_set), 0, 0, 0, NULL, NULL, NULL,
		"values of the profile to override, as key=value"},
	TABLE_GROUP("run", struct scenario, run, &scenario_run_table,
		"how long and how precisely to simulate"),
	TABLE_END};
const struct param_table scenario_table = {"scenario", "what to simulate", sizeof(struct scenario),
	scenario_params, NULL, OWN(given), OWN(mark), OWN(marks)};

const struct param_table *const scenario_server_table = &server_table;
const struct param_table *const scenario_item_table = &item_table;
const struct param_table *const scenario_chain_table = &chain_table;
const struct param_table *const scenario_traffic_table = &traffic_table;

struct scenario *scenario_read(
	const char *path, const char *const *sets, size_t n, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const char *found = datafile_find("", path, a);
	struct ynode *root = ytree_read(found ? found : path, a, d);
	if (!root)
		return NULL;
	for (size_t i = 0; i < n; i++)
		ytree_set(root, sets[i], a, d);
	struct scenario *s = arena_alloc(a, sizeof *s);
	param_read(&scenario_table, root, s, a, d);
	s->path = path;
	if (!s->name)
		s->name = datafile_stem(path, a);
	resolve_scenario(s, a, d);
	return diag_errors(d) == before ? s : NULL;
}
