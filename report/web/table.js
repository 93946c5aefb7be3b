// SPDX-License-Identifier: GPL-3.0-or-later
// Tables: sorted by any column, long ones a page at a time.
"use strict";

const PAGE = 100, BRIEF = 40;

function order(a, b) {
	const none = (v) => v === null || v === undefined || v === "";
	if (none(a) || none(b))
		return none(a) - none(b);
	return isNumber(a) && isNumber(b) ? a - b : String(a).localeCompare(String(b), "en", {numeric: true});
}

function cellOf(value, column) {
	const text = isNumber(value) ? (column.show ? column.show(value) : short(value, 5)) : value === null || value === undefined ? "–" : value;
	return html("td", {class: column.number ? "number" : String(text).length <= BRIEF ? "brief" : null}, text);
}

// columns: [{name, number, show}], rows: lists of numbers, texts or null.
function table(columns, rows, caption) {
	const body = html("tbody"), state = {by: -1, down: false, shown: PAGE};
	const more = html("button", {type: "button", class: "more", on: {click: () => {
		state.shown += 5 * PAGE;
		refill();
	}}});
	let sorted = rows;

	function refill() {
		body.replaceChildren(...sorted.slice(0, state.shown).map((r) => html("tr", {}, columns.map((c, i) => cellOf(r[i], c)))));
		more.hidden = sorted.length <= state.shown;
		more.textContent = `${sorted.length - state.shown} more rows`;
	}

	function sortBy(i) {
		state.down = state.by === i && !state.down;
		state.by = i;
		const empty = (r) => r[i] === null || r[i] === undefined || r[i] === "";
		sorted = [...rows].sort((a, b) => (state.down && !empty(a) && !empty(b) ? order(b[i], a[i]) : order(a[i], b[i])));
		heads.forEach((h, k) => h.setAttribute("aria-sort", k !== i ? "none" : state.down ? "descending" : "ascending"));
		refill();
	}

	const heads = columns.map((c, i) => html("th", {scope: "col", "aria-sort": "none", class: c.number ? "number" : null},
		html("button", {type: "button", title: "sort", on: {click: () => sortBy(i)}}, c.name)));
	refill();
	return html("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption || "table"},
		html("table", {}, caption && html("caption", {}, caption), html("thead", {}, html("tr", {}, heads)), body), more);
}
