// SPDX-License-Identifier: GPL-3.0-or-later
// Where everything runs: a lane a socket, a column a step on a packet's way.
"use strict";

const CELL = {width: 186, height: 74, box: 112, high: 54};

// Longest way from the start, so that arrows go to the right.
function levels(nodes, edges) {
	const level = new Map(nodes.map((n) => [n.id, 0]));
	for (let round = 0; round < nodes.length; round++) {
		let changed = false;
		for (const e of edges)
			if (level.get(e.to) < level.get(e.from) + 1) {
				level.set(e.to, level.get(e.from) + 1);
				changed = true;
			}
		if (!changed)
			break;
	}
	return level;
}

function laneKey(n) {
	return n.server + "\u0000" + n.socket;
}

// Every socket of every server, with rows enough for what lies side by side in it.
function makeLanes(p, level) {
	const lanes = [];
	for (const s of list(p.servers))
		for (let socket = 0; socket < Math.min(s.sockets, 64); socket++)
			lanes.push({key: laneKey({server: s.name, socket}), server: s, socket, rows: 0, used: new Set()});
	const byKey = new Map(lanes.map((l) => [l.key, l])), taken = new Map();
	for (const n of p.nodes) {
		const lane = byKey.get(laneKey(n)) || lanes[0], at = lane.key + "\u0000" + level.get(n.id);
		n.lane = lane;
		n.row = taken.get(at) || 0;
		taken.set(at, n.row + 1);
		lane.rows = Math.max(lane.rows, n.row + 1);
		if (n.core)
			lane.used.add(n.core);
	}
	let y = 8;
	for (const l of lanes) {
		l.y = y;
		l.height = l.rows ? l.rows * CELL.height + 26 : 30;
		y += l.height + (lanes[lanes.indexOf(l) + 1]?.server === l.server ? 0 : 12);
	}
	return {lanes, height: y};
}

function clip(text, most) {
	return text.length > most ? text.slice(0, most - 1) + "…" : text;
}

function drawLane(to, l, width) {
	to.append(svg("rect", {class: "lane", x: 4, y: l.y, width: width - 8, height: l.height}));
	const s = l.server, who = (s.name ? s.name + ", " : "") + s.platform;
	to.append(svg("text", {class: "tick", x: 12, y: l.y + 18}, `${who}, socket ${l.socket}: ${l.used.size} of ${s.cores_per_socket} cores in use`));
}

function drawNode(to, n, cores, rates) {
	const core = cores.get(n.core), load = core ? Math.max(0, Math.min(1, core.busy || 0)) : n.load;
	const look = n.kind === "nic" ? "nic" : core && core.role === "vnf" ? "vnf" : "worker";
	to.append(svg("rect", {class: "node " + look + (core && core.load >= 0.9 ? " hot" : ""), x: n.x, y: n.y, width: CELL.box, height: CELL.high, rx: n.kind === "nic" ? 2 : 8}));
	to.append(svg("rect", {class: "gauge", x: n.x + 8, y: n.y + CELL.high - 12, width: CELL.box - 16, height: 5}));
	if (load > 0)
		to.append(svg("rect", {class: "gauge full", x: n.x + 8, y: n.y + CELL.high - 12, width: Math.max(1, (CELL.box - 16) * load), height: 5}));
	to.append(svg("text", {class: "name", x: n.x + 8, y: n.y + 17}, clip(n.name, 15)));
	const under = n.kind === "nic" ? (n.speed_bps ? short(n.speed_bps / 1e9) + " Gb/s, " : "") + (isNumber(load) ? short(100 * load, 3) + " %" : "") :
		(core && core.name !== n.name ? core.name + ", " : "") + (core ? `${short(100 * load, 3)} % busy` : "");
	to.append(svg("text", {class: "tick", x: n.x + 8, y: n.y + 33}, clip(under, 18)));
	return {x: n.x, y: n.y, w: CELL.box, h: CELL.high, lines: () => nodeText(n, core, load, rates)};
}

function nodeText(n, core, load, rates) {
	const where = (n.server ? "server " + n.server + ", " : "") + "socket " + n.socket;
	if (n.kind === "nic")
		return [n.name, where, isNumber(n.speed_bps) ? `port of ${short(n.speed_bps / 1e9)} Gb/s, ${digits(100 * load, 3)} % used` : ""].filter(Boolean);
	const lines = [n.name, `${core ? core.role : "task"} on core ${n.core}, ${where}`];
	if (core)
		lines.push(`${short(core.clock_hz / 1e9)} GHz, busy ${digits(100 * core.busy, 3)} %, stalled ${digits(100 * core.stalled, 3)} %`,
			`${digits(core.cycles_per_packet, 4)} cycles a packet, bursts of ${digits(core.mean_burst, 3)}`);
	if (rates.has(n.name))
		lines.push("handles " + show(rates.get(n.name), "pps"));
	return lines;
}

function drawEdge(to, e, nodes, lost) {
	const a = nodes.get(e.from), b = nodes.get(e.to);
	const x1 = a.x + CELL.box, y1 = a.y + CELL.high / 2, x2 = b.x, y2 = b.y + CELL.high / 2, bend = Math.max(24, (x2 - x1) / 2);
	const drops = lost.get(e.ring) || 0, wire = e.kind === "wire";
	to.append(svg("path", {class: "edge" + (wire ? " wire" : ""), d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, "marker-end": "url(#arrow)"}));
	if (wire)
		return null;
	const x = (x1 + x2) / 2 - 11, y = (y1 + y2) / 2 - 7;
	for (let i = 0; i < 3; i++)
		to.append(svg("rect", {class: "slot" + (drops > 0 ? " hot" : ""), x: x + i * 7, y, width: 7, height: 14}));
	if (drops > 0)
		to.append(svg("text", {class: "lost", x: x + 10, y: y + 28, "text-anchor": "middle"}, "−" + digits(drops / 1e6, 3) + " M/s"));
	return {x, y, w: 22, h: 14, lines: () => [e.ring, e.cap ? `ring of ${e.cap}` : "ring", drops > 0 ? "loses " + show(drops, "pps") : "loses nothing"]};
}

// How far NIC ports are used: what stands beside them on the way, at the mean size on the wire.
function nicLoads(p, run, rates) {
	const bits = run.delivered_pps > 0 ? run.delivered_bps / run.delivered_pps : NaN;
	for (const n of p.nodes)
		if (n.kind === "nic" && n.speed_bps) {
			const before = p.edges.filter((e) => e.to === n.id && e.kind !== "wire");
			const pps = before.length ? before.reduce((sum, e) => sum + (rates.get(e.from) || 0), 0) : n.offered_pps;
			n.load = Math.min(1, pps * bits / n.speed_bps);
		}
}

function placement(run) {
	const p = run.placement;
	if (!p || !list(p.nodes).length)
		return null;
	const rates = new Map(list(run.stages).map((s) => [s.name, s.packets / run.measured_s]));
	nicLoads(p, run, rates);
	const level = levels(p.nodes, p.edges), {lanes, height} = makeLanes(p, level);
	const columns = 1 + Math.max(...level.values()), width = 24 + columns * CELL.width - (CELL.width - CELL.box);
	const lost = new Map(list(run.drops).map((d) => [d.place, d.pps])), cores = new Map(list(run.cores).map((c) => [c.name, c]));
	for (const n of p.nodes) {
		n.x = 12 + level.get(n.id) * CELL.width;
		n.y = n.lane.y + 24 + n.row * CELL.height;
	}
	const nodes = new Map(p.nodes.map((n) => [n.id, n]));
	const draw = (to) => {
		to.setAttribute("viewBox", `0 0 ${width} ${height}`);
		to.setAttribute("width", width);
		to.append(svg("defs", {}, svg("marker", {id: "arrow", viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto"}, svg("path", {class: "head", d: "M0 0L8 4L0 8z"}))));
		lanes.forEach((l) => drawLane(to, l, width));
		const targets = p.edges.map((e) => drawEdge(to, e, nodes, lost)).filter(Boolean);
		return targets.concat(p.nodes.map((n) => drawNode(to, n, cores, rates))).sort((a, b) => a.x - b.x || a.y - b.y);
	};
	const places = () => table([{name: "what"}, {name: "server"}, {name: "socket", number: true}, {name: "core"}, {name: "used (%)", number: true}],
		p.nodes.map((n) => [n.name, n.server, n.socket, n.core || null, isNumber(n.load) ? 100 * n.load : cores.has(n.core) ? 100 * cores.get(n.core).busy : null]));
	return figure({title: "Placement", about: "Boxes are NIC ports and cores, with how busy they are; the slots between them are rings, red where packets are lost. A lane is a socket.",
		series: [], height: () => height}, draw, places);
}
