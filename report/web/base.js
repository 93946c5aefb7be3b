// SPDX-License-Identifier: GPL-3.0-or-later
// Elements, and numbers as people read them. Texts of users only ever become text nodes.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

// Control characters and those that turn the direction of text, made visible.
function clean(text) {
	return String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
		(c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

function fill(node, attributes, children) {
	for (const [key, value] of Object.entries(attributes || {}))
		if (key === "on")
			for (const [event, react] of Object.entries(value))
				node.addEventListener(event, react);
		else if (value !== null && value !== undefined && value !== false)
			node.setAttribute(key, value === true ? "" : clean(value));
	for (const child of children.flat())
		if (child !== null && child !== undefined && child !== false)
			node.append(child instanceof Node ? child : clean(child));
	return node;
}

function html(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

function list(value) {
	return Array.isArray(value) ? value : [];
}

function isNumber(value) {
	return typeof value === "number" && Number.isFinite(value);
}

// So many significant digits, no exponent unless there is no other way.
function digits(value, n = 4) {
	if (!isNumber(value))
		return "–";
	if (value === 0)
		return "0";
	const size = Math.floor(Math.log10(Math.abs(value)));
	if (size < -6 || size > 15)
		return value.toExponential(n - 1);
	return value.toFixed(Math.min(12, Math.max(0, n - 1 - size)));
}

// Without zeros at the end: for axes and settings.
function short(value, n = 6) {
	return isNumber(value) ? String(Number(value.toPrecision(n))) : "–";
}

// What numbers are in: kept in base units, shown scaled.
const UNITS = {
	pps: {unit: "Mpps", scale: 1e-6},
	bps: {unit: "Gb/s", scale: 1e-9},
	ns: {unit: "µs", scale: 1e-3},
	ratio: {unit: "%", scale: 100},
	hz: {unit: "GHz", scale: 1e-9},
	B: {unit: "B", scale: 1},
	cycles: {unit: "cycles", scale: 1},
	one: {unit: "", scale: 1},
};

// As many digits as the half-width of the interval gives a meaning, at most 6.
function withHalf(value, half, least) {
	const size = (v) => Math.floor(Math.log10(Math.abs(v) || 1));
	const after = Math.max(0, Math.min(5 - size(value), Math.max(least - 1 - size(value), 1 - size(half))));
	const shown = half.toFixed(after);
	return value.toFixed(after) + " ± " + (Number(shown) > 0 ? shown : digits(half, 1));
}

function show(value, kind, half, n = 4) {
	if (!isNumber(value))
		return "–";
	const u = UNITS[kind] || UNITS.one;
	const text = isNumber(half) && half > 0 ? withHalf(value * u.scale, half * u.scale, n) : digits(value * u.scale, n);
	return text + (u.unit ? "\u00a0" + u.unit : "");
}

// By the name of a key that carries its unit.
function kindOf(key) {
	const bare = key.replace(/_ci95$/, "");
	if (/_pps$/.test(bare) || /^drops\./.test(bare))
		return "pps";
	if (/_bps$/.test(bare))
		return "bps";
	if (/_ns$/.test(bare))
		return "ns";
	if (/_hz$/.test(bare))
		return "hz";
	return /(_ratio|busy|load|stalled|precision)$/.test(bare) ? "ratio" : "one";
}

function axisOf(kind, label) {
	const u = UNITS[kind] || UNITS.one;
	return {label: label + (u.unit ? " (" + u.unit + ")" : ""), unit: u.unit, scale: u.scale};
}

let lastId = 0;
function newId(prefix) {
	return prefix + ++lastId;
}
