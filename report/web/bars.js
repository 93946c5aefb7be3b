// SPDX-License-Identifier: GPL-3.0-or-later
// Horizontal bars, stacked.
"use strict";

const ROW = 30;

// spec: {title, x: {label, unit, scale}, series: [{name, colour}], rows: [{name, values, note}]},
// values as the series are, in base units.
function bars(spec) {
	const used = spec.series.map((s, i) => spec.rows.some((r) => r.values[i] > 0)), keep = (l) => l.filter((v, i) => used[i]);
	const series = keep(spec.series.map((s, i) => ({colour: i, box: true, ...s})));
	spec = {...spec, rows: spec.rows.map((r) => ({...r, values: keep(r.values)}))};
	const scale = spec.x.scale || 1;
	const full = {...spec, series, height: () => spec.rows.length * ROW + 56};
	const rowsTable = () => table([{name: spec.of || "place"}, ...series.map((s) => ({name: s.name + (spec.x.unit ? ` (${spec.x.unit})` : ""), number: true}))],
		spec.rows.map((r) => [r.name, ...r.values.map((v) => (isNumber(v) ? v * scale : null))]));
	return figure(full, (to, width, height, state) => drawBars(full, to, width, height, state), rowsTable);
}

function drawBars(spec, to, width, height, state) {
	const left = Math.min(width * 0.34, 20 + 7.2 * Math.max(4, ...spec.rows.map((r) => r.name.length)));
	const scale = spec.x.scale || 1, box = {left, right: width - 14, top: 6, bottom: height - 44};
	const sum = (r) => r.values.reduce((n, v, i) => n + (state.hidden.has(i) || !isNumber(v) ? 0 : v * scale), 0);
	const most = spec.x.max || Math.max(0, ...spec.rows.map(sum)) || 1;
	const xs = makeScale({zero: true}, [0, most / 1.05], box.left, box.right, width < 500 ? 4 : 8);
	for (const [v, label] of spread(xs.ticks, xs.px, (t) => 7 * t.length + 10)) {
		to.append(svg("line", {class: "grid", x1: xs.px(v), x2: xs.px(v), y1: box.top, y2: box.bottom}));
		to.append(svg("text", {class: "tick", x: xs.px(v), y: box.bottom + 16, "text-anchor": "middle"}, label));
	}
	to.append(svg("text", {class: "axis", x: (box.left + box.right) / 2, y: box.bottom + 36, "text-anchor": "middle"}, spec.x.label));
	const targets = [];
	spec.rows.forEach((row, k) => {
		const y = box.top + k * ROW + 4, room = Math.max(3, Math.floor((left - 14) / 7.2));
		const name = row.name.length > room ? row.name.slice(0, room - 1) + "…" : row.name;
		to.append(svg("text", {class: "tick", x: left - 6, y: y + 15, "text-anchor": "end"}, name));
		let from = 0;
		row.values.forEach((v, i) => {
			if (state.hidden.has(i) || !isNumber(v) || v <= 0)
				return;
			const x = xs.px(from), w = Math.max(0.5, xs.px(from + v * scale) - x);
			from += v * scale;
			to.append(svg("rect", {class: `box c${spec.series[i].colour % COLOURS}` + (spec.series[i].faint ? " faint" : "") + (spec.series[i].colour >= COLOURS ? " second" : ""), x: trim(x), y, width: trim(w), height: ROW - 8}));
			targets.push({x, y, w, h: ROW - 8, lines: () => [row.name, `${spec.series[i].name}: ${digits(v * scale, 4)} ${spec.x.unit || ""}`, ...(row.note ? [row.note] : [])]});
		});
	});
	return targets;
}
