// SPDX-License-Identifier: GPL-3.0-or-later
// Figures: a drawing with a legend that switches series, log axes, values on hover and by
// keyboard, and the numbers as a table. And the drawing of lines.
"use strict";

const COLOURS = 8, SHAPES = 6, MANY = 1500, MARGIN = {top: 10, right: 16, bottom: 44, left: 58};
const figures = []; // all that are on the page, to be drawn again for print

// Shape i around (x, y), for paths.
function shape(i, x, y, r) {
	switch (i % SHAPES) {
	case 0: return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
	case 1: return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`;
	case 2: return `M${x} ${y - 1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`;
	case 3: return `M${x} ${y - 1.2 * r}l${1.2 * r} ${2.2 * r}h${-2.4 * r}z`;
	case 4: return `M${x} ${y + 1.2 * r}l${1.2 * r} ${-2.2 * r}h${-2.4 * r}z`;
	default: return `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x + r} ${y - r}l${-2 * r} ${2 * r}`;
	}
}

function niceStep(span, most) {
	const raw = span / Math.max(1, most), power = 10 ** Math.floor(Math.log10(raw));
	return power * ([1, 2, 5, 10].find((m) => m * power >= raw * 0.9999) || 10);
}

function linearTicks(low, high, most) {
	const step = niceStep(high - low || 1, most), ticks = [];
	for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
		ticks.push(k * step);
	return ticks;
}

function logTicks(low, high, most) {
	const ticks = [], decades = Math.log10(high / low);
	const steps = decades < most / 3 ? [1, 2, 5] : [1], skip = Math.ceil(decades / most);
	for (let d = Math.floor(Math.log10(low)); d <= Math.log10(high) + 1e-9; d++)
		for (const s of steps)
			if ((d % skip === 0 || skip === 1) && s * 10 ** d >= low * 0.999 && s * 10 ** d <= high * 1.001)
				ticks.push(s * 10 ** d);
	return ticks.length > 1 ? ticks : [low, high];
}

// Maps values to pixels from..to. Kinds: linear, log, words (values are 0..n-1) and tail (shares
// below 1, so that 0.9, 0.99, 0.999 are equally far apart).
function makeScale(axis, values, from, to, most) {
	const at = (f, low, high) => (v) => from + (to - from) * (high > low ? (f(v) - f(low)) / (f(high) - f(low)) : 0.5);
	if (axis.words) {
		const n = axis.words.length;
		return {px: (v) => from + (to - from) * (v + 0.5) / n, ticks: axis.words.map((w, i) => [i, w])};
	}
	if (axis.tail) {
		const f = (q) => -Math.log10(Math.max(1 - q, 1e-12)), high = Math.max(...values);
		const ticks = [[0, "0"], [0.5, "50"], [0.9, "90"]];
		for (let n = 2, q = 0.99; q <= high; n++, q = 1 - 10 ** -n)
			ticks.push([q, (100 * q).toFixed(Math.max(0, n - 2))]);
		return {px: at(f, 0, Math.max(0.9, high)), ticks};
	}
	const own = axis.ticks;
	let low = Infinity, high = -Infinity;
	for (const v of values)
		if (isNumber(v) && (!axis.log || v > 0)) {
			low = Math.min(low, v);
			high = Math.max(high, v);
		}
	if (low > high)
		[low, high] = axis.log ? [1, 10] : [0, 1];
	if (axis.log) {
		if (high / low < 1.5)
			[low, high] = [low / 1.5, high * 1.5];
		return {px: at(Math.log10, low, high), ticks: own || logTicks(low, high, most).map((t) => [t, short(t)])};
	}
	if (axis.zero !== false)
		[low, high] = low === 0 && high === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)];
	if (axis.pad || low === high)
		[low, high] = [low - (high - low || 1) * 0.04, high + (high - low || 1) * 0.04];
	else if (axis.zero !== false)
		high += (high - low) * 0.05;
	return {px: at((v) => v, low, high), ticks: own || linearTicks(low, high, most).map((t) => [t, short(t)])};
}

// Of ticks those that leave room for their labels.
function spread(ticks, px, size) {
	let last = -Infinity;
	return ticks.map(([v, label]) => {
		const at = px(v), room = size(label);
		if (Math.abs(at - last) < room)
			return [v, ""];
		last = at;
		return [v, label];
	});
}

function drawAxes(to, box, xs, ys, x, y) {
	for (const [v, label] of spread(ys.ticks, ys.px, () => 14)) {
		const at = ys.px(v);
		to.append(svg("line", {class: "grid", x1: box.left, x2: box.right, y1: at, y2: at}));
		to.append(svg("text", {class: "tick", x: box.left - 6, y: at + 4, "text-anchor": "end"}, label));
	}
	for (const [v, label] of spread(xs.ticks, xs.px, (t) => 7 * t.length + 10)) {
		const at = xs.px(v);
		to.append(svg("line", {class: "grid", x1: at, x2: at, y1: box.top, y2: box.bottom}));
		to.append(svg("text", {class: "tick", x: at, y: box.bottom + 16, "text-anchor": "middle"}, label));
	}
	const middle = (box.top + box.bottom) / 2;
	to.append(svg("text", {class: "axis", x: (box.left + box.right) / 2, y: box.bottom + 36, "text-anchor": "middle"}, x.label));
	to.append(svg("text", {class: "axis", x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})`}, y.label));
}

// At most a few points a pixel: of each column the first, lowest, highest and last.
function thin(points, width) {
	if (points.length < 4 * width)
		return points;
	const kept = [];
	let column = null, group = [];
	const flush = () => {
		if (group.length) {
			const by = (f) => group.reduce((a, b) => (f(b[1], a[1]) ? b : a));
			const few = new Set([group[0], by((a, b) => a < b), by((a, b) => a > b), group[group.length - 1]]);
			kept.push(...group.filter((p) => few.has(p)));
		}
		group = [];
	};
	for (const p of points) {
		if (Math.round(p[0]) !== column)
			flush();
		column = Math.round(p[0]);
		group.push(p);
	}
	flush();
	return kept;
}

const trim = (v) => Math.round(v * 10) / 10;

function drawSeries(to, s, px, width, many) {
	const at = s.points.map((p) => [px.x(p.x), px.y(p.y), p]).filter((p) => isNumber(p[0]) && isNumber(p[1]));
	const look = {class: `series c${s.colour % COLOURS}` + (s.dash ? " dash" : ""), "data-series": s.name};
	const group = svg("g", look);
	if (s.line !== false && at.length > 1)
		group.append(svg("path", {class: "line", d: "M" + thin(at, width).map((p) => trim(p[0]) + " " + trim(p[1])).join("L")}));
	const bars = at.filter((p) => isNumber(p[2].half) && p[2].half > 0);
	if (bars.length && !many)
		group.append(svg("path", {class: "bar", d: bars.map((p) => {
			const low = trim(px.y(p[2].y - p[2].half)), high = trim(px.y(p[2].y + p[2].half)), x = trim(p[0]);
			return isNumber(low) && isNumber(high) ? `M${x - 4} ${low}h8M${x - 4} ${high}h8M${x} ${low}V${high}` : "";
		}).join("")}));
	if (s.marks === false)
		return group;
	if (many)
		group.append(svg("path", {class: "dots", d: at.map((p) => `M${trim(p[0])} ${trim(p[1])}h0`).join("")}));
	else
		group.append(svg("path", {class: "mark" + (s.hollow ? " hollow" : ""), d: at.map((p) => shape(p[2].shape ?? s.colour, trim(p[0]), trim(p[1]), s.big ? 5 : 3.5)).join("")}));
	return group;
}

// Draws the series that are shown; returns what can be pointed at.
function drawLines(spec, to, width, height, state) {
	const shown = spec.series.filter((s, i) => !state.hidden.has(i));
	const box = {left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom};
	const x = {...spec.x, log: state.xlog}, y = {...spec.y, log: state.ylog};
	const scaled = (value, axis) => (isNumber(value) ? value * (axis.scale || 1) : NaN);
	const xs = [], ys = [];
	const series = shown.map((s) => ({...s, points: s.points.map((p) => {
		const q = {...p, x: scaled(p.x, x), y: scaled(p.y, y), half: scaled(p.half, y)};
		xs.push(q.x);
		ys.push(q.y, isNumber(q.half) ? q.y + q.half : q.y);
		return q;
	})}));
	const few = width < 500;
	const scaleX = makeScale(x, xs, box.left, box.right, few ? 5 : 9), scaleY = makeScale(y, ys, box.bottom, box.top, 7);
	drawAxes(to, box, scaleX, scaleY, x, y);
	const px = {x: (v) => (x.log && !(v > 0) ? NaN : scaleX.px(v)), y: (v) => (y.log && !(v > 0) ? NaN : scaleY.px(v))};
	const targets = [], many = xs.length > MANY;
	for (const s of series) {
		to.append(drawSeries(to, s, px, width, many));
		for (const p of s.points)
			if (isNumber(px.x(p.x)) && isNumber(px.y(p.y)))
				targets.push({x: px.x(p.x), y: px.y(p.y), lines: () => pointText(spec, s, p)});
	}
	return targets;
}

function withUnit(axis, value) {
	return axis.words ? axis.words[value] : digits(value, 5) + (axis.unit ? " " + axis.unit : "");
}

function pointText(spec, s, p) {
	const x = spec.x.tail ? "percentile " + digits(100 * p.x, 6) : (spec.x.short || "") + " " + (p.label || withUnit(spec.x, p.x));
	const half = isNumber(p.half) && p.half > 0 ? " ± " + digits(p.half, 2) : "";
	const y = digits(p.y, 5) + half + (spec.y.unit ? " " + spec.y.unit : "");
	return [s.name, x.trim() + ": " + y, ...(p.note ? [p.note] : [])];
}

// The series as a table: one row a point.
function pointsTable(spec) {
	const rows = [];
	for (const s of spec.series)
		for (const p of s.points)
			rows.push([s.name, spec.x.words ? spec.x.words[p.x] : p.label && !isNumber(p.x) ? p.label : p.x * (spec.x.scale || 1),
				isNumber(p.y) ? p.y * (spec.y.scale || 1) : null,
				isNumber(p.half) ? p.half * (spec.y.scale || 1) : null, p.note || ""]);
	const heads = ["series", spec.x.label || "", spec.y.label || "", "± 95 %", "note"];
	const used = heads.map((h, i) => i < 3 || rows.some((r) => r[i] !== null && r[i] !== ""));
	return table(heads.filter((h, i) => used[i]).map((h, i) => ({name: h, number: i === 2 || (i === 1 && !spec.x.words)})),
		rows.map((r) => r.filter((v, i) => used[i])));
}

function chart(spec) {
	return figure({...spec, summary: `${spec.series.length} series, ${spec.series.reduce((n, s) => n + s.points.length, 0)} points.`},
		(to, width, height, state) => drawLines(spec, to, width, height, state), () => pointsTable(spec));
}

function swatch(s) {
	const picture = svg("svg", {class: `swatch c${s.colour % COLOURS}` + (s.dash ? " dash" : ""), width: 26, height: 14, "aria-hidden": "true"});
	if (s.box)
		picture.append(svg("rect", {class: "box", x: 6, y: 1, width: 12, height: 12}));
	else if (s.line !== false)
		picture.append(svg("path", {class: "line", d: "M1 7H25"}));
	if (!s.box && s.marks !== false)
		picture.append(svg("path", {class: "mark" + (s.hollow ? " hollow" : ""), d: shape(s.shape ?? s.colour, 13, 7, 4)}));
	return picture;
}

function legend(spec, state, draw) {
	if (spec.series.length < 2)
		return null;
	return html("div", {class: "legend", role: "group", "aria-label": "series"}, spec.series.map((s, i) =>
		html("button", {type: "button", "aria-pressed": String(!state.hidden.has(i)), title: "show or hide", on: {click: (e) => {
			state.hidden[state.hidden.has(i) ? "delete" : "add"](i);
			e.currentTarget.setAttribute("aria-pressed", String(!state.hidden.has(i)));
			draw();
		}}}, swatch(s), s.name)));
}

function logSwitches(spec, state, draw) {
	const one = (key, label, axis) => axis && axis.canLog && html("label", {}, html("input", {type: "checkbox", checked: state[key], "data-log": key[0], on: {change: (e) => {
		state[key] = e.target.checked;
		draw();
	}}}), label);
	const both = [one("xlog", "log x", spec.x), one("ylog", "log y", spec.y)].filter(Boolean);
	return both.length ? html("div", {class: "logs"}, both) : null;
}

// The one nearest to a place, or that it lies in.
function nearest(targets, x, y) {
	let best = -1, least = 40 * 40;
	for (let i = 0; i < targets.length; i++) {
		const t = targets[i];
		const dx = t.w ? Math.max(t.x - x, 0, x - t.x - t.w) : t.x - x, dy = t.w ? Math.max(t.y - y, 0, y - t.y - t.h) : t.y - y;
		const d = dx * dx + dy * dy;
		if (d < least)
			[best, least] = [i, d];
	}
	return best;
}

// draw(to, width, height, state) fills an svg and returns its targets {x, y[, w, h], lines()}.
function figure(spec, draw, makeTable) {
	const state = {hidden: new Set(spec.hidden || []), xlog: Boolean(spec.x && spec.x.log), ylog: Boolean(spec.y && spec.y.log)};
	const tip = html("div", {class: "tip", hidden: true}), said = html("p", {class: "unseen", "aria-live": "polite"});
	const plot = html("div", {class: "plot", tabindex: "0", role: "group", "aria-roledescription": "chart",
		"aria-label": `${spec.title}. ${spec.summary || ""} Arrow keys go from value to value; the table below has all of them.`});
	let targets = [], current = -1, width = 0;

	function redraw(forced) {
		width = forced || plot.clientWidth || 640;
		const height = typeof spec.height === "function" ? spec.height(width, state) : width < 500 ? 260 : 330;
		const picture = svg("svg", {viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true"});
		targets = draw(picture, width, height, state);
		plot.dataset.targets = targets.length;
		plot.replaceChildren(picture, tip);
		point(-1);
	}

	function point(i, aloud) {
		current = i;
		tip.hidden = i < 0;
		for (const ring of plot.querySelectorAll(".ring"))
			ring.remove();
		if (i < 0)
			return;
		const t = targets[i], lines = t.lines();
		tip.replaceChildren(...lines.map((l, k) => html(k ? "div" : "strong", {}, l)));
		const middle = t.x + (t.w || 0) / 2, ring = t.w ?
			svg("rect", {class: "ring", x: t.x, y: t.y, width: t.w, height: t.h}) : svg("circle", {class: "ring", cx: t.x, cy: t.y, r: 7});
		plot.querySelector("svg").append(ring);
		tip.style.left = Math.max(0, Math.min(middle + 10, width - tip.offsetWidth - 4)) + "px";
		tip.style.top = Math.max(0, t.y - tip.offsetHeight - 10) + "px";
		if (aloud)
			said.textContent = clean(lines.join(", "));
	}

	function key(e) {
		const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity}[e.key];
		if (e.key === "Escape")
			point(-1);
		if (!step || !targets.length)
			return;
		e.preventDefault();
		point(Math.max(0, Math.min(targets.length - 1, current + step)), true);
	}

	plot.addEventListener("pointermove", (e) => {
		const at = plot.getBoundingClientRect();
		point(nearest(targets, e.clientX - at.left + plot.scrollLeft, e.clientY - at.top));
	});
	plot.addEventListener("pointerleave", () => point(-1));
	plot.addEventListener("keydown", key);
	plot.addEventListener("blur", () => point(-1));
	new ResizeObserver(() => requestAnimationFrame(() => plot.clientWidth && plot.clientWidth !== width && redraw())).observe(plot);
	figures.push(redraw);

	const numbers = makeTable && html("details", {class: "numbers", on: {toggle: (e) => {
		if (e.currentTarget.open && e.currentTarget.children.length === 1)
			e.currentTarget.append(makeTable());
	}}}, html("summary", {}, "the numbers"));
	return html("figure", {class: "figure", "data-title": spec.title}, html("figcaption", {}, spec.title),
		spec.about && html("p", {class: "about"}, spec.about), spec.controls, legend(spec, state, () => redraw()),
		logSwitches(spec, state, () => redraw()), plot, said, numbers);
}

window.addEventListener("beforeprint", () => figures.forEach((redraw) => redraw(680)));
window.addEventListener("afterprint", () => figures.forEach((redraw) => redraw()));
