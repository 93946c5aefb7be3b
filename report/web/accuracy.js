// SPDX-License-Identifier: GPL-3.0-or-later
// Predicted against measured: the ledger, and published figures drawn again.
"use strict";

const MARKS = ["fit", "informed", "held-out"];
const MARK_TEXT = {fit: "fit: the model was fitted to it", informed: "informed: a mechanism was chosen knowing it", "held-out": "held-out: neither"};

function percent(v, n = 3) {
	return isNumber(v) ? (v > 0 ? "+" : v < 0 ? "−" : "") + digits(Math.abs(100 * v), n) + " %" : "–";
}

function statisticsTable(accuracy) {
	const rows = [];
	for (const mark of [...MARKS].reverse())
		for (const kind of ["rates", "latencies", "others"]) {
			const s = accuracy[mark]?.[kind];
			if (s && s.points)
				rows.push([mark, kind, s.points, s.good, 100 * s.mape, 100 * s.bias, 100 * s.worst, s.worst_id, s.in_interval]);
		}
	return table([{name: "mark"}, {name: "of"}, {name: "points", number: true}, {name: "good", number: true}, {name: "mean error %", number: true}, {name: "bias %", number: true}, {name: "worst %", number: true}, {name: "worst point"}, {name: "in the interval", number: true}], rows, "errors");
}

function ledgerChart(points, unit, title) {
	const kind = unit, mine = points.filter((p) => p.unit === unit && isNumber(p.measured) && isNumber(p.predicted) && !p.apart);
	if (!mine.length)
		return null;
	const most = Math.max(...mine.map((p) => Math.max(p.measured, p.predicted))), least = Math.min(...mine.map((p) => Math.min(p.measured, p.predicted)));
	const series = MARKS.map((mark, i) => ({name: mark, colour: i, line: false, points: mine.filter((p) => p.mark === mark).map((p) => ({x: p.measured, y: p.predicted, half: p.predicted_ci95, note: `${p.id}, error ${percent(p.error)}`}))})).filter((s) => s.points.length);
	series.push({name: "predicted = measured", colour: 7, dash: true, marks: false, points: [{x: least * 0.9, y: least * 0.9}, {x: most * 1.05, y: most * 1.05}]});
	const wide = most / least > 20;
	return chart({title, about: "On the line a prediction is right. Bars are 95 % intervals of where a measurement is expected.",
		x: {...axisOf(kind, "measured"), canLog: true, log: wide, zero: false, pad: true, short: "measured"}, y: {...axisOf(kind, "predicted"), canLog: true, log: wide, zero: false, pad: true}, series});
}

function errorChart(points) {
	const mine = points.filter((p) => isNumber(p.error) && !p.apart);
	if (!mine.length)
		return null;
	const series = MARKS.map((mark, i) => ({name: mark, colour: i, line: false, points: mine.map((p, k) => [p, k]).filter(([p]) => p.mark === mark).map(([p, k]) => ({x: k + 1, y: p.error, half: p.predicted_ci95 / p.measured, label: p.id}))})).filter((s) => s.points.length);
	return chart({title: "Errors, point by point", about: "(predicted − measured) / measured, in the order of the table.", x: {label: "point", short: ""}, y: {...axisOf("ratio", "error")}, series});
}

function unitOf(p, value) {
	return p.unit === "1" ? digits(value, 4) : show(value, p.unit === "B" ? "B" : p.unit);
}

function measuredText(p) {
	if (isNumber(p.at_least) || isNumber(p.at_most))
		return (isNumber(p.at_least) ? "at least " : "at most ") + unitOf(p, p.at_least ?? p.at_most);
	return isNumber(p.measured) ? unitOf(p, p.measured) : p.measured === true ? "true" : p.measured === false ? "false" : p.measured || "–";
}

function ledgerTable(points) {
	return table([{name: "point"}, {name: "what"}, {name: "mark"}, {name: "measured", number: true}, {name: "predicted", number: true}, {name: "error %", number: true}, {name: "verdict"}, {name: "apart because"}],
		points.map((p) => [p.id, p.what || p.metric, p.mark, measuredText(p), isNumber(p.predicted) ? unitOf(p, p.predicted) + (isNumber(p.predicted_ci95) ? " ± " + unitOf(p, p.predicted_ci95) : "") : p.kind === "claim" ? "" : "–", isNumber(p.error) ? 100 * p.error : null, p.verdict, p.apart]), "points");
}

function headline(accuracy) {
	const h = accuracy["held-out"] || {}, claims = h.claims || {};
	const parts = ["rates", "latencies"].filter((k) => h[k]?.points).map((k) => `${k}: ${digits(100 * h[k].mape, 3)} % on average, worst ${percent(h[k].worst)}, ${h[k].points} points`);
	if (claims.points)
		parts.push(`claims: ${claims.hold} of ${claims.points} hold`);
	return parts.length ? "On points that the model never saw (held-out): " + parts.join("; ") + "." : "No held-out points.";
}

function ledgerSection(ledger) {
	const legendText = html("ul", {}, MARKS.map((m) => html("li", {}, MARK_TEXT[m])));
	return [html("p", {class: "words"}, headline(ledger.accuracy || {})), legendText, statisticsTable(ledger.accuracy || {}),
		...list(ledger.sets).flatMap((set) => [html("h3", {}, set.title || set.name), html("p", {class: "about"}, set.citation),
			ledgerChart(list(set.points), "pps", "Rates, predicted against measured"), ledgerChart(list(set.points), "ns", "Latencies, predicted against measured"), errorChart(list(set.points)), ledgerTable(list(set.points))])];
}

// A measured value is a cross; what is only known as a bound, or by a yes or no, is a triangle that
// points to the side on which it lies.
function knownSeries(f, x, scaled) {
	const colours = {fit: 7, informed: 4, "held-out": 5};
	return MARKS.map((mark) => ({name: `measured, ${mark}`, line: false, big: true, hollow: true, colour: colours[mark], shape: 5,
		points: list(f.known).filter((k) => k.mark === mark).map((k) => ({x: x(k.at), y: scaled(k), shape: k.sign > 0 ? 3 : k.sign < 0 ? 4 : 5, label: f.labels[k.at],
			note: `${f.series[k.series].name}: ${k.what || k.id}`}))})).filter((s) => s.points.length);
}

function paperFigure(f) {
	const kinds = f.metric === "latency" ? [["ns", "mean latency"]] : [["pps", "throughput"], ["bps", "throughput"]];
	const numbers = list(f.numbers), x = (k) => (numbers.length ? numbers[k] : k);
	const axis = numbers.length ? {label: f.x + " (B)", unit: "B", log: true, canLog: true, zero: false, pad: true, ticks: numbers.map((n) => [n, short(n)]), short: f.x} : {label: f.x, words: f.labels};
	return kinds.map(([kind, label]) => {
		const factor = (series, at) => (kind === "bps" ? f.series[series].points[at].bits : 1);
		const series = list(f.series).map((s, i) => ({name: s.name, colour: i, points: list(s.points).map((p, k) => ({x: x(k), y: isNumber(p.value) ? p.value * factor(i, k) : null, half: p.half * factor(i, k), label: f.labels[k]}))}));
		return chart({title: f.title + (kinds.length > 1 ? `, ${UNITS[kind].unit}` : ""), about: f.about, x: axis, y: {...axisOf(kind, label), canLog: true, log: kind === "ns"},
			series: series.concat(knownSeries(f, x, (k) => k.value * factor(k.series, k.at)))});
	});
}

function figuresSection(data) {
	return [html("p", {class: "about"}, data.citation),
		html("p", {}, "Curves are predictions with 95 % intervals. Crosses are measured values; triangles point to the side on which a measured value is known to lie."),
		...list(data.figures).flatMap(paperFigure)];
}
