#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Placements: the ranking that Niu et al. (CAN'17) measured, rules, and cores counted by hand.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
examples=$PWD/scenarios
# shellcheck disable=SC2154 # lib.sh sets tmp
cd "$tmp" || exit 1
export NFVSIM_DATA=$examples

cat >three.yaml <<'END'
dataplane: bess
servers: {a: c6220, b: c6220}
cpu: 2.6 GHz
traffic: {size: 64 B, rate: line}
chain: [firewall, l3fwd, l2fwd]
run: {precision: 5%, max_packets: 300000}
END
# rate FILE RULES: what the best placement under the rules delivers at 64 B and line rate.
rate() {
	printf 'scenario: ./three.yaml\nrules: %s\n' "$1" >rules.yaml
	"$NFVSIM" place rules.yaml --json >out
	jq '.placements[0].chains[0].delivered_pps' out
}
one=$(rate '[]')
check "seven cores fit one socket" json '.servers_found == 1 and .placements[0].crossings == 0 and
	(.placements[0].on | [.[]] | unique) == ["a.0"]'
servers=$(rate '[{apart: [l3fwd, l2fwd]}]')
check "apart: another server, by a hop" json '.placements[0] | .servers == 2 and .hops == 1 and
	.crossings == 0'
sockets=$(rate '[{pin: firewall, to: a.0}, {pin: l3fwd, to: a.0}, {pin: l2fwd, to: a.1}]')
check "pinned to the other socket" json '.placements[0] | .servers == 1 and .crossings == 2'
ratio() {
	jq -en "$1 / $2 | . $3"
}
check "split over servers as good as one socket" ratio "$servers" "$one" '> 0.95 and . < 1.05'
check "split over sockets is worse" ratio "$sockets" "$one" '< 0.8'

cat >four.yaml <<'END'
scenario: ./three.yaml
set: ['chain=[firewall, l3fwd, l2fwd, firewall]', traffic.rate=7Mpps]
END
run place four.yaml --json
check "too few cores on a socket: exit 0" exits 0
check "too few cores on a socket: the other server, not the other socket" json '.placements[0] |
	.servers == 2 and .crossings == 0 and .verdict == "met"'
check "the other socket is an option that misses" json '.placements[1] | .servers == 1 and
	.verdict == "missed"'
check "every core has a processor of its own" json '.placements | all(.cores |
	(map([.server, .cpu]) | unique | length) == length)'
cp out one
run place four.yaml --json
check "same input, same bytes" cmp out one
check "any number of processes or ranks, the same bytes" same_for_any_crew place four.yaml --json
run place four.yaml --json
check "all on one server: simulated, and what it misses" json '.one_server |
	.possible and .rank == 2 and (.why_not | startswith("loss<0.1% missed; limit: "))'
check "small: every placement was estimated" json '.estimated_all and .estimated > 100'
check "what each gives up" json '[.placements[].gives_up] | .[0].servers == 1 and
	.[0].power_w == 104 and .[0].worst_p99_ns == 0 and .[1].power_w == 0 and
	.[1].worst_p99_ns > 30000'
run place four.yaml
for words in 'servers: at least 1, found 1' 'rank 1:' 'firewall2 on b.0' \
	'rank 1: 1 more server, 104 W more' \
	'all on one server: rank 2: loss<0.1% missed; limit:'; do
	check "prints '$words'" out_has "$words"
done

# Three clocks: less power against lower latency. No placement of the front is as good as another in
# everything and better in something, and one that is not of the front is beaten.
cat >clocks.yaml <<'END'
scenario: ./three.yaml
set: ['chain=[firewall, l3fwd]', traffic.size=256B, traffic.rate=1Mpps, traffic.arrivals=poisson]
clocks: [1.2 GHz, 1.8 GHz, 2.6 GHz]
END
run place clocks.yaml --json
check "clocks: from least power to least latency" json '[.placements[] | select(.front)] | length == 3 and
	([.[].clock] == ["1.2 GHz", "1.8 GHz", "2.6 GHz"]) and ([.[].power_w] | . == sort) and
	([.[].worst_p99_ns] | . == (sort | reverse))'
check "clocks: two servers take more and are not faster" json '[.placements[] |
	select(.servers == 2)] | length > 0 and all(.front | not)'
check "clocks: what each gives up" json '[.placements[] | select(.front)] | .[0].gives_up.power_w == 0 and
	.[2].gives_up.worst_p99_ns == 0 and .[1].gives_up.power_w > 0 and
	.[1].gives_up.worst_p99_ns > 0'
run place four.yaml --export bess
check "export bess" test "$(grep -c '^bess.add_worker' out)" = 6
run place four.yaml --export ovs
check "export ovs: a mask of the workers" out_has 'other_config:pmd-cpu-mask=0x55'
run place four.yaml --export ovs --rank 2
check "export of another rank" exits 3
check "export of another rank: on the other socket" not out_has 'pmd-cpu-mask=0x55'
run place four.yaml --export ovs --rank 7
check "export of a rank that there is not: exit 2" exits 2

# Two chains that come in by one NIC, one of them by two queues; a name that no shell should see.
cat >queues.yaml <<'END'
dataplane: ovs-dpdk
servers: {a: c6220}
traffic: {size: 256 B, rate: 1 Mpps}
chains:
  web: {rx_queues: 2, chain: [{nf: firewall, queues: 2, vcpus: 2}, l3fwd]}
  dns: {chain: [{nf: l2fwd, name: "x y;--z"}]}
run: {precision: 5%, max_packets: 100000}
END
run place queues.yaml --export ovs
mask=$(sed -n 's/.*pmd-cpu-mask=//p' out)
affinity() {
	grep -o "Interface $1 .*" out | grep -o '"[0-9:,]*"' | tr -d '"' | tr , '\n'
}
check "export ovs: queues of a NIC are counted through the chains" \
	test "$(affinity pnic0 | cut -d: -f1 | tr '\n' ' ')" = '0 1 2 '
check "export ovs: queues of a NIC" out_has 'Interface pnic0 options:n_rxq=3 '
check "export ovs: queues of a vNIC" \
	test "$(affinity a.web.firewall.vnic1 | cut -d: -f1 | tr '\n' ' ')" = '0 1 '
cores_of_all() {
	grep -o '"[0-9:,]*"' out | tr -d '"' | tr , '\n' | cut -d: -f2 | sort -n | uniq -d | grep -q . && return 1
	local core sum=0
	for core in $(grep -o '"[0-9:,]*"' out | tr -d '"' | tr , '\n' | cut -d: -f2); do
		sum=$((sum + (1 << core)))
	done
	[ "$sum" = "$((mask))" ]
}
check "export ovs: each PMD of the mask reads one queue" cores_of_all
check "export ovs: names are harmless" out_has 'Interface a.dns.x_y_-_z.vnic1 '
run place queues.yaml --export libvirt
check "export libvirt: a domain has one cputune and one numatune" test \
	"$(grep -c '<cputune>' out) $(grep -c '<numatune>' out) $(grep -c '<vcpupin ' out)" = '3 3 4'
check "export libvirt: vCPUs are counted" out_has "<vcpupin vcpu='1' cpuset='"
if command -v xmllint >/dev/null; then
	{ echo '<domains>'; cat out; echo '</domains>'; } >domains.xml
	check "export libvirt: well-formed" xmllint --noout domains.xml
fi
run place queues.yaml --export bess --set dataplane=sriov --set 'chains.web={chain: [l3fwd]}' --set 'chains.dns={chain: [l3fwd]}'
check "export bess: without workers, said" out_has 'has no worker cores: senders carry packets'

cat >taken.yaml <<'END'
scenario: ./three.yaml
set: [traffic.rate=1Mpps]
taken: [{on: a.0, cores: 3}, {on: b.0, cores: 1}]
END
run place taken.yaml --json
check "taken cores: the server that has room" json '.placements[0].on | [.[]] | unique == ["b.0"]'
check "taken cores are not given again" json '.placements[0].cores | map(.cpu) | min == 1'
# Two VNFs without workers, with one at the NIC, and with three: so many cores are enough, one fewer is not.
cat >just.yaml <<'END'
scenario: ./three.yaml
set: ['chain=[l3fwd, l3fwd]', traffic.rate=100kpps, traffic.size=256B, run.max_packets=50000]
rules: [{pin: l3fwd, to: a.0}, {pin: l3fwd2, to: a.0}]
taken: [{on: a.0, cores: 8}]
END
for needs in sriov:2 fastclick:3 ovs-dpdk:5; do
	sed "s/cores: 8/cores: $((8 - ${needs#*:}))/" just.yaml >enough.yaml
	run place enough.yaml --set "dataplane=${needs%:*}" --json
	check "${needs%:*}: ${needs#*:} cores are enough" json '.placements[0].cores | length == '"${needs#*:}"
	sed "s/cores: 8/cores: $((9 - ${needs#*:}))/" just.yaml >few.yaml
	run place few.yaml --set "dataplane=${needs%:*}"
	check "${needs%:*}: one fewer is not" out_has "nothing fits"
done
sed -i 's/cores: 3/cores: 8/; s/{on: b.0, cores: 1}/{on: b.0, cores: 8}/' taken.yaml
run place taken.yaml
check "no room at the NICs: exit 3" exits 3
check "no room at the NICs: said" out_has "nothing fits"

# Cores and links of real servers, as lstopo sees them: even numbers on socket 0, the card on 1.
if run check topologies/two-tenants && [ "$code" = 0 ]; then
	run place placements/real-servers --set run.max_packets=200000 --json
	check "topology: exit 0" exits 0
	check "why not on one server: a rule" json '.one_server | .possible == false and
		.why_not == "a rule keeps web.nat and voice.nat on different servers"'
	check "topology: rules are kept" json '.placements[0].on | ."voice.nat" == "a.1" and
		([."web.firewall", ."web.lb"] | unique | length) == 1 and (."web.nat" | .[0:1]) != "a"'
	check "topology: numbers of the system" json '.placements | all(.cores |
		all(.cpu % 2 == .socket and .cpu < 16))'
	check "topology: cores that are taken stay free" json '.placements | all(.cores |
		all(.server != "a" or .socket == 0 or .cpu > 9))'
	run place placements/real-servers --set run.max_packets=200000 --export libvirt
	check "topology: export with its numbers" out_has "cpuset='13'"
	sed "s#scenario: .*#scenario: $examples/topologies/two-tenants.yaml#" \
		"$examples/placements/real-servers.yaml" >real.yaml
	sed 's/link: 4/link: 9.9/; /pin/d; /apart/d' real.yaml >link.yaml
	run place link.yaml --set run.max_packets=200000 --json
	check "a link that is taken: the other server" json \
		'.placements[0].on."voice.nat" | .[0:1] == "b"'
	sed 's/cores: 5/cpus: [1, 3, 17]/' real.yaml >cpus.yaml
	run place cpus.yaml
	check "taken: no first processor of a core" err_has "no core of 'a.1' has the number '17'"
	sed 's/cores: 5/cores: 9/' real.yaml >cpus.yaml
	run place cpus.yaml
	check "taken: more than there are" err_has "'a.1' has no 9 cores that are free"
	sed 's/cores: 5/cores: 5, cpus: [1]/' real.yaml >cpus.yaml
	run place cpus.yaml
	check "taken: one thing at a time" err_has "taken is one of"
	for wrong in "topology=nowhere.xml:cannot read" "topology=real.yaml:is not a topology" \
		"nic=eth9:ens1f0 (socket 1)"; do
		run check topologies/two-tenants --set "servers.a.${wrong%%:*}"
		check "${wrong%%:*}: exit 2" exits 2
		check "${wrong%%:*}: said" err_has "${wrong#*:}"
	done
	run check two-servers --set 'servers.a={platform: c6220, nic: eth0}'
	check "a card without a topology" err_has "chooses from a topology"
else
	check "without hwloc: told" err_has "built without hwloc"
fi

printf 'scenario: ./three.yaml\nrules: [{pin: firewal, to: a.0}]\n' >bad.yaml
run place bad.yaml
check "an unknown VNF: exit 2" exits 2
check "an unknown VNF: did you mean" err_has "did you mean 'firewall'?"
printf 'scenario: ./three.yaml\nrules: [{pin: firewall, to: c.0}]\n' >bad.yaml
run place bad.yaml
check "an unknown place" err_has "'c.0' is not a place here"
printf 'scenario: ./three.yaml\nrules: [{pin: firewall}]\n' >bad.yaml
run place bad.yaml
check "half a rule" err_has "a rule is one of"

# All that is wrong at once, each at its place.
cat >bad.yaml <<'END'
scenario: ./three.yaml
target: loss<0.1%, p99<200
rules:
  - {together: [firewall, l3fw]}
  - {apart: [l2fwd]}
  - {pin: l4fwd, to: c.0}
taken:
  - {on: a.0, cores: 20}
  - {on: a, cpus: [8, 99]}
  - {on: b, link: 50 Gb/s}
  - {on: a, cores: 1}
END
run place bad.yaml
check "bad: exit 2" exits 2
for place in 2:24 4:16 5:13 6:11 6:22 8:22 9:19 10:19 11:10; do
	check "bad: an error at $place" err_has "bad.yaml:$place: error:"
done
check "bad: nine errors" test "$(grep -c ': error: ' err)" = 9
printf 'scenario: ./three.yaml\nclocks: [2 GHz, 9 GHz, fast]\n' >bad.yaml
run place bad.yaml
check "bad clocks" test "$(grep -c '^bad.yaml:2:9: error: ' err)" = 2
run place three.yaml --set 'chain=[{nf: l3fwd, worker: a.1}]' --set last_worker=a.1
check "places that cannot be kept" test "$(grep -c 'cannot be kept' err)" = 2
run place - <three.yaml
check "standard input is read once only" err_has "so it cannot be -"

# Why nothing fits.
while IFS='|' read -r rules why; do
	printf 'scenario: ./three.yaml\n%s\n' "$rules" >none.yaml
	run place none.yaml
	check "nothing fits: exit 3" exits 3
	check "nothing fits: $why" out_has "nothing fits: $why"
done <<'END'
rules: [{apart: [firewall, l3fwd, l2fwd]}]|a rule wants 3 VNFs on different servers, there are 2
rules: [{apart: [firewall, l3fwd]}, {together: [l3fwd, firewall]}]|of firewall and l3fwd, rules keep them both
rules: [{apart: [firewall, l3fwd]}, {pin: l3fwd, to: a}, {pin: firewall, to: a.1}]|of firewall and l3fwd, rules
taken: [{on: a.0, cores: 8}, {on: a.1, cores: 8}, {on: b.0, cores: 8}, {on: b.1, cores: 2}]|cores run out: at least 7
set: ['chain=[{nf: l3fwd, vcpus: 9, queues: 9}]']|l3fwd has 9 vCPUs, no socket more than 8 free cores
taken: [{on: a, link: 9 Gb/s}, {on: b, link: 9 Gb/s}]|the chain of firewall
END
run place three.yaml --target 'p99<1us' --set traffic.rate=1Mpps --set run.max_packets=2000000
check "a target that nothing meets: exit 3" exits 3

# A hundred VNFs in thirty chains on twenty servers; 230 cores take 15 servers of 16.
{
	echo 'dataplane: bess'
	echo "servers: {$(printf 's%02d: c6220, ' $(seq 0 18)) s19: c6220}"
	echo 'traffic: {size: 256 B, rate: 200 kpps, arrivals: poisson}'
	echo 'chains:'
	for i in $(seq 30); do
		echo "  c$i: {chain: [firewall, l3fwd, l2fwd$([ "$i" -gt 10 ] || echo ', nat')]}"
	done
} >large.yaml
run place large.yaml --json
check "100 VNFs: all of them, as few servers as there can be" json '.servers_bound == 15 and
	.servers_found == 15 and (.placements[0].on | length) == 100'
check "why not on one server: cores" json '.one_server.why_not |
	startswith("cores run out: 230 are needed (100 vCPUs, 130 workers)")'
check "100 VNFs: simulated, each chain with a rate and a latency" json '.placements[0].chains |
	length == 30 and all(.delivered_pps > 0 and .latency_mean_ns > 0)'
check "100 VNFs: servers of a kind are simulated once, whichever placement they are in" json '.parts > 80 and
	.unlike_parts < 9 and .simulations == .unlike_parts and .placements[0].precision < 0.06'
check "100 VNFs: like chains on like servers" json '.placements[0].chains |
	.[0].latency_mean_ns == .[1].latency_mean_ns and .[0].latency_mean_ns != .[29].latency_mean_ns'
run place large.yaml --seed 4 --json
check "phases of timers: another seed, the same latency" json ".placements[0].chains[29].latency_mean_ns |
	. > 110000 and . < 120000"

# Verdicts that are open.
cat >open.yaml <<'END'
dataplane: bess
servers: {a: c6220}
traffic: {size: 256 B, rate: 1 Mpps, arrivals: poisson}
chain: [l3fwd]
END
run place open.yaml --json
first=$(jq '.placements[0].precision' out)
target="mean<$(jq '.placements[0].chains[0].latency_mean_ns' out)ns"
run place open.yaml --target "$target" --json
check "an open verdict is looked at again, more precisely" json ".simulations > .unlike_parts and
	.placements[0].precision < $first * 0.7"
check "looked at again: any number of processes or ranks, the same bytes" \
	same_for_any_crew place open.yaml --target "$target" --json
run place open.yaml --target "$target" --set run.max_packets=200000 --json
check "not beyond run.max_packets: one look" json '.simulations == .unlike_parts'
check "not beyond run.max_packets: exit 4" exits 4
run place open.yaml --precision 0.5% --json
check "run.precision is kept to" json '.placements[0].precision < 0.007'
run place open.yaml
check "says how precise" out_has 'rates and mean latencies: within '

if has_terminal; then
	terminal "'$NFVSIM' place four.yaml" >shown
	check "progress: estimates" grep -q '[0-9] placements estimated' shown
	check "progress: simulations" grep -q '1 simulated, [0-9]* left: .* on a' shown
	terminal "'$NFVSIM' place four.yaml --quiet" >quiet
	check "no progress with --quiet" not grep -q ' left: ' quiet
else
	skip "terminal" "script is not installed, or no terminal can be had"
fi
