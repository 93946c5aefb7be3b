// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the data and puts the page together.
"use strict";

const SECTIONS = {run: runSection, sweep: sweepSection, ledger: ledgerSection, figures: figuresSection};

function section(item, id, make) {
	const root = html("section", {id, "aria-labelledby": id + "-title"}, html("h2", {id: id + "-title"}, item.name));
	let parts;
	try {
		parts = make();
	} catch (error) {
		console.error(error);
		parts = [html("p", {class: "broken"}, "This part could not be drawn: " + error.message)];
	}
	return fill(root, {}, [parts].flat(9));
}

function start() {
	const data = JSON.parse(document.getElementById("data").textContent), items = list(data.items), root = document.getElementById("report");
	const runs = items.filter((i) => i.kind === "run"), all = items.map((item, i) => [item, "part" + (i + 1), () => SECTIONS[item.kind](item.data)]);
	if (runs.length > 1)
		all.unshift([{name: "Side by side"}, "together", () => runsTogether(runs)]);
	const links = all.map(([item, id]) => html("li", {}, html("a", {href: "#" + id}, item.name)));
	root.append(html("header", {}, html("h1", {}, data.title),
		html("p", {class: "about"}, `nfvsim ${data.nfvsim_version}. Predictions of a simulator; every value it uses says whether it is measured, published, fitted or assumed.`),
		all.length > 1 && html("nav", {"aria-label": "parts"}, html("ul", {}, links))));
	for (const [item, id, make] of all)
		root.append(section(item, id, make));
	root.append(html("footer", {}, html("p", {}, `Made by nfvsim ${data.nfvsim_version}: ${data.command || "nfvsim report"}`)));
	root.dataset.ready = figures.length;
}

start();
