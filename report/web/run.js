// SPDX-License-Identifier: GPL-3.0-or-later
// One scenario: what came out of it, why, and what it was made of.
"use strict";

function factsList(facts) {
	return html("dl", {class: "facts"}, facts.filter(([, v]) => v !== null && v !== undefined && v !== "").map(([k, v]) => html("div", {}, html("dt", {}, k), html("dd", {}, v))));
}

function tile(label, value, under) {
	return html("div", {class: "tile"}, html("span", {class: "label"}, label), html("strong", {}, value), html("span", {class: "under"}, under || ""));
}

function interval(o, key, kind) {
	return show(o[key], kind, o[key + "_ci95"]);
}

function lossText(run) {
	if (run.loss_ratio > 0)
		return interval(run, "loss_ratio", "ratio");
	return isNumber(run.loss_ratio_bound) ? "0 %, below " + show(run.loss_ratio_bound, "ratio", 0, 2) : "0 %";
}

function tiles(run) {
	const latency = run.latency_ns || {};
	return html("div", {class: "tiles"},
		tile("offered", show(run.offered_pps, "pps"), "packets a second"),
		tile("delivered", interval(run, "delivered_pps", "pps"), show(run.delivered_bps, "bps") + " at layer 1"),
		tile("lost", lossText(run), "of what was offered"),
		tile("latency, mean", interval(latency, "mean", "ns"), `from ${show(latency.min, "ns")} to ${show(latency.max, "ns")}`),
		tile("latency, p99", interval(latency, "p99", "ns"), "median " + show(latency.p50, "ns")));
}

const UPSTREAM = "Its ring is full, so the loss shows upstream of it.";

function inWords(run) {
	const core = list(run.cores).find((c) => c.name === run.bottleneck), lost = list(run.drops).filter((d) => d.pps > 0).sort((a, b) => b.pps - a.pps);
	const where = lost.length ? ` Packets are lost at ${lost.map((d) => d.place).slice(0, 3).join(", ")}${lost.length > 3 ? " and elsewhere" : ""}.` : " Nothing is lost.";
	if (!run.bottleneck) {
		const most = [...list(run.cores)].sort((a, b) => (b.load || 0) - (a.load || 0))[0];
		return "Nothing limits it: " + (most ? `the most loaded core, ${most.name}, does ${digits(100 * most.load, 3)} % of what it can.` : "no core is near what it can do.") + where;
	}
	if (run.bottleneck === "wire")
		return `The wire limits it: it carries ${digits(100 * run.bottleneck_load, 3)} % of what it can.` + where;
	const about = core ? `, a ${core.role} core on socket ${core.socket} that spends ${digits(core.cycles_per_packet, 4)} cycles on a packet at ${short(core.clock_hz / 1e9)} GHz,` : "";
	const first = lost.length && core && !lost[0].place.startsWith(core.name) ? " " + UPSTREAM : "";
	return `${run.bottleneck}${about} limits it: it does ${digits(100 * run.bottleneck_load, 3)} % of what it can in full bursts.` + where + first;
}

// [share, ns] pairs, of the histogram or else of the percentiles that are known.
function spectrumOf(run, i) {
	const exact = list(list(run.spectrum)[i]);
	if (exact.length)
		return exact;
	const chain = list(run.chains).length > 1 ? run.chains[i] : run, l = chain.latency_ns || {};
	return [[0, l.min], [0.5, l.p50], [0.9, l.p90], [0.99, l.p99], [0.999, l.p999]].filter((p) => isNumber(p[1]));
}

function latencyCharts(runs, names) {
	const spectra = [];
	runs.forEach((run, r) => list(run.chains).forEach((c, i) => {
		const name = [names[r], list(run.chains).length > 1 ? c.name || "chain " + (i + 1) : ""].filter(Boolean).join(": ") || "latency";
		spectra.push({name, pairs: spectrumOf(run, i), colour: spectra.length});
	}));
	const known = spectra.filter((s) => s.pairs.length);
	if (!known.length)
		return [html("p", {}, "Nothing was delivered, so there is no latency to show.")];
	const exact = runs.every((r) => list(r.spectrum).length);
	const note = exact ? "" : " Only the percentiles that the run printed are known.";
	const y = {...axisOf("ns", "latency"), canLog: true, zero: false, pad: true};
	return [
		chart({title: "Latency by percentile", about: "Each step to the right is another nine: 90, 99, 99.9 %." + note, x: {label: "percentile", tail: true},
			y, series: known.map((s) => ({name: s.name, colour: s.colour, marks: !exact, points: s.pairs.map(([q, ns]) => ({x: q, y: ns}))}))}),
		chart({title: "Latency, distribution", about: "The share of packets that took at most so long." + note, x: {...axisOf("ns", "latency"), canLog: true, zero: false, short: "at most"},
			y: {...axisOf("ratio", "share of packets")}, series: known.map((s) => ({name: s.name, colour: s.colour, marks: !exact, points: s.pairs.map(([q, ns]) => ({x: ns, y: q}))}))})];
}

function lossFigure(run) {
	const lost = list(run.drops).filter((d) => d.pps > 0);
	if (!lost.length)
		return html("p", {}, "No packet was lost in the measuring windows.");
	return bars({title: "Loss by place", x: axisOf("pps", "packets lost"), series: [{name: "lost", colour: 5}],
		rows: lost.map((d) => ({name: d.place, values: [d.pps], note: `${digits(100 * d.pps / run.offered_pps, 3)} % of what was offered`}))});
}

function coresFigure(run) {
	const share = (v) => (isNumber(v) ? Math.max(0, v) : 0);
	return [bars({title: "Use of each core", of: "core", x: {...axisOf("ratio", "time"), max: 100}, series: [{name: "busy", colour: 0}, {name: "stalled", colour: 5}, {name: "finding nothing", colour: 7, faint: true}],
		rows: list(run.cores).map((c) => ({name: c.name, values: [share(c.busy), share(c.stalled), Math.max(0, 1 - share(c.busy) - share(c.stalled))], note: `${c.role}, ${digits(c.cycles_per_packet, 4)} cycles a packet`}))}),
	table([{name: "core"}, {name: "role"}, {name: "server"}, {name: "socket", number: true}, {name: "GHz", number: true}, {name: "busy %", number: true}, {name: "stalled %", number: true}, {name: "load %", number: true}, {name: "cycles/packet", number: true}, {name: "packets/burst", number: true}],
		list(run.cores).map((c) => [c.name, c.role, c.server, c.socket, c.clock_hz / 1e9, 100 * c.busy, 100 * c.stalled, 100 * c.load, c.cycles_per_packet, c.mean_burst]), "cores")];
}

const PARTS = {tester: "tester's burst", wire: "on the wire", dma: "DMA", nic: "NIC's ceiling", wait: "waiting in a ring", nf: "network function", copying: "copies", remote: "other socket", other: "driver and switch", stall: "stalled", fill: "filling a burst"};

function budgetFigures(run) {
	return list(run.budget).map((chain) => {
		const used = Object.keys(PARTS).filter((k) => list(chain.places).some((p) => p.parts_ns[k] > 0));
		return bars({title: "Latency budget by hop" + (chain.chain ? ": " + chain.chain : ""), about: `Where a delivered packet spends its ${show(chain.mean_ns, "ns")} on average, from ${chain.packets} packets.`, x: axisOf("ns", "mean time"),
			series: used.map((k) => ({name: PARTS[k], colour: Object.keys(PARTS).indexOf(k)})),
			rows: list(chain.places).map((p) => ({name: p.place, values: used.map((k) => p.parts_ns[k] || 0)}))});
	});
}

function madeBy(run) {
	const s = run.scenario || {}, sources = run.sources || {}, counts = Object.entries(sources).map(([k, v]) => `${list(v).length} ${k}`).join(", ");
	const text = run.text || {};
	return [html("h3", {}, "Made by"), factsList([["scenario", s.path || s.name], ["about", s.doc], ["dataplane", s.dataplane], ["servers", list(s.servers).map((x) => (x.name ? x.name + ": " : "") + x.platform).join(", ")],
		["clock", isNumber(s.clock_hz) ? short(s.clock_hz / 1e9) + " GHz" : null], ["settings", list(run.settings).join(" ")], ["seed", run.seed], ["simulated", `${digits(run.measured_s, 3)} s in ${run.samples} ${run.samples_are}, verdict ${run.verdict}`],
		["content", run.key], ["nfvsim", run.nfvsim_version], ["values", counts]]),
	...[["the scenario, with its defaults", text.scenario], ["the dataplane's profile", text.profile], ["the servers", text.platforms], ["assumed values", list(sources.assumed).join("\n")]].filter(([, t]) => t).map(([title, t]) =>
		html("details", {}, html("summary", {}, title), html("pre", {tabindex: "0"}, t)))];
}

function curves(run) {
	const parts = [];
	if (run.sizes)
		parts.push(explorer(run.sizes, RATE));
	if (run.loads)
		parts.push(explorer(run.loads, {...LOAD, rather: /^mean latency and p99$/, about: "Latency falls with the rate where packets wait for a fuller burst or a flush timer, and rises where queues do."}),
			explorer(run.loads, {title: "Loss by place against load", metric: /^loss by place$/, x: ["traffic.rate"]}));
	return parts.length ? [html("h3", {}, "Other sizes, clocks and rates"), html("p", {}, "The same scenario at other settings, to a precision of 5 %."), ...parts] : [];
}

function chainsTable(run) {
	if (list(run.chains).length < 2)
		return null;
	return table([{name: "chain"}, {name: "NFs"}, {name: "offered (Mpps)", number: true}, {name: "delivered (Mpps)", number: true}, {name: "± (Mpps)", number: true}, {name: "loss (%)", number: true}, {name: "mean (µs)", number: true}, {name: "p99 (µs)", number: true}],
		run.chains.map((c) => [c.name || "–", list(c.nfs).join(" > "), c.offered_pps / 1e6, c.delivered_pps / 1e6, c.delivered_pps_ci95 / 1e6, 100 * c.loss_ratio, c.latency_ns?.mean / 1e3, c.latency_ns?.p99 / 1e3]), "chains");
}

function runSection(run) {
	const c = list(run.chains)[0], traffic = c && c.traffic ? `${c.traffic.size}, ${c.traffic.rate}, ${c.traffic.arrivals} arrivals` : "";
	return [html("p", {class: "way"}, [run.scenario?.dataplane, c ? list(c.nfs).join(" > ") : "", traffic].filter(Boolean).join(" · ")),
		html("p", {class: "words"}, inWords(run)), tiles(run), chainsTable(run), placement(run), latencyCharts([run], [""]), lossFigure(run), coresFigure(run), budgetFigures(run), curves(run), madeBy(run)];
}

function runsTogether(items) {
	const runs = items.map((i) => i.data), names = items.map((i) => i.name);
	return [table([{name: "run"}, {name: "offered (Mpps)", number: true}, {name: "delivered (Mpps)", number: true}, {name: "± (Mpps)", number: true}, {name: "loss (%)", number: true}, {name: "mean (µs)", number: true}, {name: "p99 (µs)", number: true}, {name: "bottleneck"}],
		runs.map((r, i) => [names[i], r.offered_pps / 1e6, r.delivered_pps / 1e6, r.delivered_pps_ci95 / 1e6, 100 * r.loss_ratio, r.latency_ns?.mean / 1e3, r.latency_ns?.p99 / 1e3, r.bottleneck]), "runs"),
	...latencyCharts(runs, names)];
}
