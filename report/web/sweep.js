// SPDX-License-Identifier: GPL-3.0-or-later
// Points of a parameter study: any result over any axis, a series a value of another.
"use strict";

const SCATTER = 60; // an axis with more values than this is not one to choose a value from

const AXIS_NAMES = {"traffic.size": "packet size", "traffic.rate": "offered rate", cpu: "clock"};

const METRICS = [
	{label: "delivered rate (packets)", column: "delivered_pps"},
	{label: "delivered rate (bits, layer 1)", column: "delivered_bps"},
	{label: "loss", column: "loss_ratio"},
	{label: "mean latency", column: "latency_mean_ns"},
	{label: "latency p50", column: "latency_p50_ns"},
	{label: "latency p90", column: "latency_p90_ns"},
	{label: "latency p99", column: "latency_p99_ns"},
	{label: "latency p99.9", column: "latency_p999_ns"},
	{label: "load of the bottleneck", column: "bottleneck_load"},
];
const latencyName = (c) => ({mean: "mean", p50: "p50", p90: "p90", p99: "p99", p999: "p99.9"})[c.slice(8, -3)];
const GROUPS = [
	{label: "mean latency and p99", match: /^latency_(mean|p99)_ns$/, least: 2, name: latencyName},
	{label: "latency percentiles", match: /^latency_(mean|p\d+)_ns$/, least: 3, name: latencyName},
	{label: "loss by place", match: /^drops\./, name: (c) => c.slice(6)},
	{label: "use of each core", match: /^cores\..*\.busy$/, name: (c) => c.slice(6, -5)},
];

function metricsOf(data) {
	const has = (c) => data.columns[c] && data.columns[c].some((v) => isNumber(v) && (v !== 0 || !c.startsWith("drops.")));
	const single = METRICS.filter((m) => has(m.column));
	const groups = GROUPS.map((g) => ({...g, columns: Object.keys(data.columns).filter((c) => g.match.test(c) && has(c))}));
	return single.concat(groups.filter((g) => g.columns.length >= (g.least || 1)));
}

function axisName(a) {
	return AXIS_NAMES[a.key] || a.key;
}

// As the x axis of a chart: numbers when all values are in one unit, else words.
function axisSpec(a) {
	if (!a.unit)
		return {label: axisName(a), words: a.values.map((v) => v.text), short: axisName(a)};
	const spread = a.values.map((v) => v.value).filter((v) => v > 0);
	const wide = spread.length > 2 && Math.max(...spread) / Math.min(...spread) > 12;
	const u = UNITS[a.unit] || UNITS.one, ticks = a.values.length <= 8 && spread.length === a.values.length ? a.values.map((v) => [v.value * u.scale, short(v.value * u.scale, 4)]) : null;
	return {...axisOf(a.unit, axisName(a)), ticks, zero: false, pad: true, canLog: spread.length === a.values.length, log: wide, short: axisName(a)};
}

function choose(label, options, chosen, change) {
	const id = newId("choice");
	return html("span", {class: "choice"}, html("label", {for: id}, label),
		html("select", {id, on: {change: (e) => change(e.target.value)}},
			options.map(([value, text]) => html("option", {value, selected: String(value) === String(chosen)}, text))));
}

// Rows that the fixed values leave.
function rowsOf(data, fixed) {
	const rows = [];
	for (let i = 0; i < data.n; i++)
		if (data.axes.every((a, k) => fixed[k] === undefined || fixed[k] === "all" || a.index[i] === fixed[k]))
			rows.push(i);
	return rows;
}

function pointsOf(data, rows, axis, column) {
	const values = data.columns[column], halves = data.columns[column + "_ci95"];
	const points = [];
	for (const i of rows) {
		const v = axis.values[axis.index[i]];
		if (isNumber(values[i]))
			points.push({x: axis.unit ? v.value : axis.index[i], y: values[i], half: halves && halves[i], label: v.text,
				note: axis.count > 1 ? data.axes.filter((a) => a !== axis && a.values.length > 1).map((a) => `${axisName(a)} ${a.values[a.index[i]].text}`).join(", ") : ""});
	}
	return points.sort((a, b) => a.x - b.x);
}

function hasTwins(points) {
	return points.some((p, i) => i && p.x === points[i - 1].x);
}

// What is drawn for the choices made.
function seriesFor(data, choice, metric) {
	const axis = data.axes[choice.x], list = [];
	const add = (name, rows, column, colour) => {
		const points = pointsOf(data, rows, {...axis, count: data.axes.length}, column);
		if (points.length)
			list.push({name, points, colour, line: !hasTwins(points)});
	};
	if (metric.columns)
		metric.columns.forEach((c, i) => add(metric.name(c), rowsOf(data, {...choice.fixed, [choice.x]: undefined}), c, i));
	else if (choice.by >= 0)
		data.axes[choice.by].values.forEach((v, i) => add(v.text, rowsOf(data, {...choice.fixed, [choice.x]: undefined, [choice.by]: i}), metric.column, i));
	else
		add("points", rowsOf(data, {...choice.fixed, [choice.x]: undefined}), metric.column, 0);
	return list;
}

function explorer(data, preset) {
	const metrics = metricsOf(data), varied = data.axes.map((a, i) => i).filter((i) => data.axes[i].values.length > 1);
	const few = (i) => data.axes[i].values.length <= SCATTER;
	let metric = metrics.find((m) => preset.rather?.test(m.label)) || metrics.find((m) => preset.metric.test(m.column || m.label));
	if (!metric || !data.axes.length)
		return null;
	const prefer = (keys, from) => keys.map((k) => from.find((i) => data.axes[i].key.endsWith(k))).find((i) => i !== undefined) ?? from[0];
	const choice = {x: prefer(preset.x, varied.length ? varied : [0]), by: -1, fixed: {}};
	const others = varied.filter((i) => i !== choice.x && few(i));
	if (others.length)
		choice.by = prefer(preset.by || ["cpu", "traffic.size"], others);
	data.axes.forEach((a, i) => { choice.fixed[i] = !few(i) || !data.grid ? "all" : a.key.endsWith("traffic.rate") ? a.values.length - 1 : 0; });
	const holder = html("div", {class: "explorer"}), drawn = html("div");

	function refresh() {
		const series = seriesFor(data, choice, metric), kind = kindOf(metric.column || metric.columns[0]);
		const controls = html("div", {class: "choices"},
			choose("y", metrics.map((m, i) => [i, m.label]), metrics.indexOf(metric), (v) => { metric = metrics[v]; refresh(); }),
			choose("x", varied.map((i) => [i, axisName(data.axes[i])]), choice.x, (v) => { choice.x = Number(v); if (choice.by === choice.x) choice.by = -1; refresh(); }),
			metric.columns ? null : choose("a series each", [[-1, "(none)"], ...varied.filter((i) => i !== choice.x && few(i)).map((i) => [i, axisName(data.axes[i])])], choice.by, (v) => { choice.by = Number(v); refresh(); }),
			varied.filter((i) => i !== choice.x && few(i) && (metric.columns || i !== choice.by)).map((i) =>
				choose(axisName(data.axes[i]), [["all", "(all)"], ...data.axes[i].values.map((v, k) => [k, v.text])], choice.fixed[i], (v) => { choice.fixed[i] = v === "all" ? v : Number(v); refresh(); })));
		const y = {...axisOf(kind, metric.label), canLog: true, log: preset.ylog};
		const had = [...holder.querySelectorAll("select")].indexOf(document.activeElement);
		drawn.replaceChildren(chart({title: preset.title, about: preset.about, x: axisSpec(data.axes[choice.x]), y, series, controls,
			hidden: series.map((s, i) => i).filter((i) => i >= 12)}));
		holder.replaceChildren(drawn);
		if (had >= 0)
			holder.querySelectorAll("select")[had]?.focus();
	}

	refresh();
	return holder;
}

function sweepTable(data) {
	const names = Object.keys(data.columns);
	const heads = data.axes.map((a) => ({name: axisName(a), number: Boolean(a.unit)})).concat(names.map((c) => {
		const kind = UNITS[kindOf(c)];
		return {name: c.replace(/_(pps|bps|ns)(?=$|_ci95$)/, "").replace(/_ci95$/, " ±") + (kind.unit ? ` (${kind.unit})` : ""), number: data.columns[c].some(isNumber)};
	}));
	const rows = [];
	for (let i = 0; i < data.n; i++) {
		const cells = names.map((c) => {
			const v = data.columns[c][i];
			return isNumber(v) ? v * UNITS[kindOf(c)].scale : v;
		});
		rows.push(data.axes.map((a) => a.values[a.index[i]].text).concat(cells));
	}
	return table(heads, rows, "all points");
}

const RATE = {title: "Rate against size and clock", metric: /^delivered_pps$/, x: ["traffic.size", "cpu", "traffic.rate"]};
const LOAD = {title: "Latency against load", metric: /^latency_mean_ns$/, x: ["traffic.rate", "traffic.size"], ylog: true};

function sweepSection(data) {
	const counts = {};
	for (const s of list(data.columns.status))
		counts[s] = (counts[s] || 0) + 1;
	const facts = [["sweep", data.name], ["id", data.id], ["points", Object.entries(counts).map(([k, v]) => `${v} ${k}`).join(", ") || data.n],
		...data.axes.map((a) => [axisName(a), a.values.length > 12 ? `${a.values.length} values from ${a.values[0].text} to ${a.values[a.values.length - 1].text}` : a.values.map((v) => v.text).join(", ")])];
	return [factsList(facts), explorer(data, RATE), explorer(data, LOAD),
		explorer(data, {title: "Loss by place", metric: /^loss by place$/, x: ["traffic.size", "traffic.rate"]}),
		explorer(data, {title: "Use of each core", metric: /^use of each core$/, x: ["traffic.size", "traffic.rate"]}),
		html("h3", {}, "All points"), sweepTable(data)];
}
