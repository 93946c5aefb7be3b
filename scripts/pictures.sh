#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes the pictures of README.md anew: docs/run.svg, what `nfvsim run l3fwd` prints, and
# docs/report.svg, figures of `nfvsim report l3fwd` as Chromium has drawn them. With --check it
# changes nothing and exits 1 if one is out of date. $BUILD: where the program was built.
set -u
cd "$(dirname "$0")/.."
NFVSIM=$PWD/${BUILD:-build}/nfvsim
export NFVSIM_DATA=$PWD/scenarios
tmp=$(mktemp -d)
failed=0
. scripts/browser.sh

"$NFVSIM" run l3fwd --quiet | awk '
	{ gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;"); gsub(/ /, "\\&#160;"); line[NR] = $0 }
	END {
		print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"" NR * 17 + 56 "\">"
		print "<title>nfvsim run l3fwd</title>"
		print "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#14171b\"/>"
		print "<g font-family=\"monospace\" font-size=\"13\" fill=\"#e6e9ec\">"
		print "<text x=\"16\" y=\"26\" fill=\"#6fcf85\">$ nfvsim run l3fwd</text>"
		for (i = 1; i <= NR; i++)
			if (line[i] != "")
				print "<text x=\"16\" y=\"" i * 17 + 30 "\">" line[i] "</text>"
		print "</g>\n</svg>"
	}' >"$tmp/run.svg"

"$NFVSIM" report l3fwd --quiet -o "$tmp/page.html"
open_page "$tmp/page.html"
for _ in $(seq 50); do
	[ "$(js 'return [...document.querySelectorAll(".plot")].every((p) => p.dataset.targets)')" != true ] || break
	sleep 0.1
done
js '
	const width = 1060, whole = svg("svg", {width, "font-family": "sans-serif"}), title = svg("title");
	const wanted = ["Placement", "Latency by percentile", "Latency budget by hop", "Rate against size and clock", "Latency against load"];
	let y = 16;
	title.textContent = "figures of nfvsim report l3fwd";
	whole.append(title, svg("rect", {class: "paper", width: "100%", height: "100%"}));
	for (const name of wanted) {
		const drawn = [...document.querySelectorAll(".figure")].find((f) => f.dataset.title === name).querySelector(".plot svg");
		const copy = drawn.cloneNode(true), height = Number(drawn.getAttribute("viewBox").split(" ")[3]);
		whole.append(svg("text", {class: "name", x: 12, y: y + 14, "font-size": 15}, name));
		let at = 330;
		for (const button of drawn.closest(".figure").querySelectorAll(".legend button")) {
			const look = button.querySelector("svg").getAttribute("class").replace("swatch", "");
			whole.append(svg("rect", {class: "box" + look, x: at, y: y + 3, width: 11, height: 11}), svg("text", {x: at + 16, y: y + 13}, button.textContent));
			at += 34 + 6.6 * button.textContent.length;
		}
		copy.setAttribute("x", 12);
		copy.setAttribute("y", y + 26);
		copy.setAttribute("height", height);
		whole.append(copy);
		y += height + 52;
	}
	whole.setAttribute("height", y);
	const used = (r) => r.selectorText === ":root" || (r.selectorText && r.selectorText.split(",").some((s) => whole.querySelector(s.replace(/^svg /, ""))));
	const rules = [...document.styleSheets[0].cssRules].filter((r) => used(r) || (r.media && r.media.mediaText.includes("dark")));
	const style = document.createElementNS(SVG, "style");
	style.textContent = rules.map((r) => r.cssText).join("\n") + "\n.paper { fill: var(--paper); }";
	whole.prepend(style);
	return new XMLSerializer().serializeToString(whole).replace(/></g, ">\n<") + "\n"' |
	jq -j . >"$tmp/report.svg"

for name in run report; do
	if ! grep -q '</svg>' "$tmp/$name.svg"; then
		echo "pictures: docs/$name.svg could not be made"
		failed=1
	elif [ "${1:-}" != --check ]; then
		cp "$tmp/$name.svg" docs/
	elif ! cmp "$tmp/$name.svg" "docs/$name.svg"; then
		echo "pictures: docs/$name.svg is out of date: run make pictures"
		failed=1
	fi
done
