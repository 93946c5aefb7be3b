#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Opens reports in headless Chromium, driven through chromedriver's HTTP interface, and uses them as
# a reader would: every figure has its data, series can be switched, values appear under the pointer
# and by keyboard, tables sort, nothing is wider than a phone; no console message, no request but
# for the file itself, no code from names. Prints TAP, and leaves screenshots in $BUILD/screenshots.
# $BUILD: where the program was built.
set -u
cd "$(dirname "$0")/.."
NFVSIM=$PWD/${BUILD:-build}/nfvsim
shots=$PWD/${BUILD:-build}/screenshots
. tests/cli/lib.sh
mkdir -p "$shots"

. scripts/browser.sh

# yes SCRIPT: whether it returns true.
yes() {
	local got
	got=$(js "$1")
	echo "it returned $got"
	[ "$got" = true ]
}

# Moves the pointer to X,Y of the window, for real.
move_to() {
	post "$session/actions" "{\"actions\": [{\"type\": \"pointer\", \"id\": \"mouse\", \"actions\":
		[{\"type\": \"pointerMove\", \"duration\": 0, \"x\": $1, \"y\": $2, \"origin\": \"viewport\"}]}]}"
}

press() {
	post "$session/actions" "{\"actions\": [{\"type\": \"key\", \"id\": \"keys\", \"actions\":
		[{\"type\": \"keyDown\", \"value\": \"$1\"}, {\"type\": \"keyUp\", \"value\": \"$1\"}]}]}"
}

shot() {
	local size='{"captureBeyondViewport": true, "format": "png"}'
	cdp Page.captureScreenshot "$size" | jq -r '.data' | base64 -d >"$shots/$1.png"
}

messages() {
	post "$session/se/log" '{"type": "browser"}' | jq -r '.[].message'
}

requests() {
	post "$session/se/log" '{"type": "performance"}' |
		jq -r '.[].message | fromjson.message | select(.method == "Network.requestWillBeSent") |
			.params.request.url | select(startswith("file://") | not)'
}

# What holds for every report.
look_at() {
	local name=$1
	check "$name: drawn" yes 'return document.getElementById("report").dataset.ready > 0'
	check "$name: no part is broken" yes 'return !document.querySelector(".broken")'
	check "$name: every figure has its data" yes '
		const plots = [...document.querySelectorAll(".plot")];
		return plots.length > 0 && plots.every((p) => p.dataset.targets > 0)'
	check "$name: every mark has a place" yes \
		'return !document.querySelector("svg [d*=NaN], svg [x*=NaN], svg [y*=NaN], svg [width*=\"-\"]")'
	check "$name: every legend switches its series off and on" yes '
		const bad = [];
		for (const f of document.querySelectorAll(".figure")) {
			const count = () => f.querySelectorAll(".plot [data-series], .plot rect.box").length;
			for (const b of f.querySelectorAll(".legend button")) {
				const on = b.getAttribute("aria-pressed"), before = count();
				b.click();
				const changed = count() !== before && b.getAttribute("aria-pressed") !== on;
				b.click();
				if (!changed || count() !== before)
					bad.push(f.dataset.title + ": " + b.textContent);
			}
		}
		return bad.length ? bad : true'
	check "$name: log axes can be switched" yes '
		return [...document.querySelectorAll("[data-log]")].every((box) => {
			const of = () => box.closest(".figure").querySelector(".plot svg").innerHTML, before = of();
			box.click();
			const changed = of() !== before;
			box.click();
			return changed && of() === before;
		})'
	check "$name: figures have names and can be reached by keyboard" yes '
		return [...document.querySelectorAll(".plot")].every((p) => p.tabIndex === 0 && p.getAttribute("aria-label").length > 20)'
	check "$name: controls have names" yes '
		return [...document.querySelectorAll("button, select, input, summary")].every((c) =>
			c.textContent.trim() || (c.labels && c.labels.length))'
	check "$name: figures have their numbers as a table" yes '
		for (const d of document.querySelectorAll("details.numbers"))
			d.open = true;
		return new Promise((done) => setTimeout(() => {
			const good = [...document.querySelectorAll("details.numbers")].every((d) => d.querySelectorAll("td").length > 0);
			for (const d of document.querySelectorAll("details.numbers"))
				d.open = false;
			done(good);
		}, 100))'
	check "$name: every column of a table can be sorted" yes '
		return [...document.querySelectorAll("table")].every((t) => [...t.querySelectorAll("th")].every((h) => {
			h.firstChild.click();
			return h.getAttribute("aria-sort") === "ascending";
		}))'
	hover "$name"
	narrow "$name"
	printed "$name"
	messages >"$tmp/messages"
	check "$name: nothing on the console" not grep . "$tmp/messages"
	requests >"$tmp/requests"
	check "$name: no request leaves the file" not grep . "$tmp/requests"
}

# The keyboard shows the first value of each figure; the pointer, moved there, shows it too.
hover() {
	local name=$1 n i at
	n=$(js 'return document.querySelectorAll(".plot").length')
	for ((i = 0; i < n && i < 6; i++)); do
		js "document.querySelectorAll('.plot')[$i].scrollIntoView({block: 'center'});
			document.querySelectorAll('.plot')[$i].focus({preventScroll: true})" >"$tmp/log"
		press '\uE014' >"$tmp/log"
		check "$name: figure $i says a value to the keyboard" yes "
			const f = document.querySelectorAll('.figure')[$i];
			return !f.querySelector('.tip').hidden && f.querySelector('[aria-live]').textContent.length > 3"
		at=$(js "const r = document.querySelectorAll('.plot')[$i].querySelector('.ring').getBoundingClientRect();
			return [Math.round(r.x + Math.min(r.width / 2, 30)), Math.round(r.y + r.height / 2)]" | tr -d '[]')
		js "document.activeElement.blur()" >"$tmp/log"
		check "$name: figure $i hides it again" yes "return document.querySelectorAll('.tip')[$i].hidden"
		move_to 1 1 >"$tmp/log"
		move_to "${at%,*}" "${at#*,}" >"$tmp/log"
		check "$name: figure $i shows it under the pointer" yes "
			const t = document.querySelectorAll('.tip')[$i];
			return !t.hidden && t.textContent.length > 3"
	done
	js "scrollTo(0, 0)" >"$tmp/log"
}

narrow() {
	cdp Emulation.setDeviceMetricsOverride \
		'{"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": true}' >"$tmp/log"
	sleep 0.5
	check "$1: fits into 400 pixels" yes 'return document.documentElement.scrollWidth <= 400'
	shot "$1-400"
	cdp Emulation.clearDeviceMetricsOverride '{}' >"$tmp/log"
	sleep 0.5
	shot "$1-light"
	local dark='{"features": [{"name": "prefers-color-scheme", "value": "dark"}]}'
	cdp Emulation.setEmulatedMedia "$dark" >"$tmp/log"
	check "$1: dark when the browser is" yes \
		'return getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)"'
	shot "$1-dark"
	cdp Emulation.setEmulatedMedia '{"features": []}' >"$tmp/log"
}

printed() {
	post "$session/print" '{"background": true}' | jq -r . | base64 -d >"$shots/$1.pdf"
	check "$1: can be printed" grep -q '^%PDF' "$shots/$1.pdf"
}

export NFVSIM_DATA=$PWD/scenarios
echo "# making reports"
"$NFVSIM" report l3fwd numa-chain two-servers -q -o "$tmp/runs.html"
"$NFVSIM" sweep l3fwd -a traffic.size=64B,128B,256B,512B -a traffic.rate=1%,10%,30%,60%,80%,100% \
	-a cpu=1.2GHz,2GHz,2.6GHz --precision 5% -j "$(nproc)" -q -o "$tmp/sweep.db" >"$tmp/log" 2>&1
"$NFVSIM" validate niu-can17 --group table1 --json -q >"$tmp/ledger.json"
"$NFVSIM" report "$tmp/sweep.db" "$tmp/ledger.json" -q -o "$tmp/studies.html"
for name in runs studies; do
	open_page "$tmp/$name.html"
	look_at "$name"
done

open_page "$tmp/runs.html"
loads='[...document.querySelectorAll(".figure")].find((f) => f.dataset.title === "Latency against load")'
check "loads: mean and p99, each can be left out" yes "
	const f = $loads, names = [...f.querySelectorAll('.legend button')].map((b) => b.textContent);
	return names.length === 2 && names[0].includes('mean') && names[1].includes('p99')"
check "loads: any one of them can be chosen" yes "
	const y = $loads.querySelector('select'), texts = [...y.options].map((o) => o.text);
	y.value = y.options[texts.indexOf('latency p99')].value;
	y.dispatchEvent(new Event('change'));
	return new Promise((done) => setTimeout(() => {
		const f = $loads;
		done(f.querySelector('.plot').textContent.includes('latency p99') && !f.querySelector('.legend button'));
	}, 200))"

# Names that would like to be code; the text of a run's answer is as free as it gets.
evil='<script>document.title="run"</script><img src=http://127.0.0.1:9/x onerror=alert(1)>'
"$NFVSIM" run l3fwd --json -q --precision 5% |
	jq --arg e "$evil" '(.. | strings) |= . + $e | .cores[].name |= . + "\u202e"' >"$tmp/evil.json"
"$NFVSIM" report "$tmp/evil.json" --title "$evil" -q -o "$tmp/evil.html"
open_page "$tmp/evil.html"
check "hostile names: shown as they are" yes \
	'return document.title.includes("<script>") && document.querySelector("h1").textContent.includes("onerror")'
check "hostile names: no element comes of them" yes \
	'return document.images.length === 0 && document.scripts.length === 2 && !document.querySelector("[onerror]")'
check "hostile names: what turns the direction of text is made visible" yes \
	'return !document.body.innerText.includes("\u202e") && document.body.innerText.includes("\\u202e")'
messages >"$tmp/messages"
check "hostile names: nothing on the console" not grep . "$tmp/messages"
requests >"$tmp/requests"
check "hostile names: no request" not grep . "$tmp/requests"

# Ten thousand points. Times are told, not judged: how many elements there are decides over them.
cat >"$tmp/big.yaml" <<-EOF
	dataplane: plain
	server: plain
	traffic: {size: 64 B, rate: 1 Mpps}
	chain: [work]
	run: {duration: 50us, replications: 2, warmup: 10us}
EOF
NFVSIM_DATA=$data "$NFVSIM" sweep "$tmp/big.yaml" -a traffic.size=64B..1518B:25 \
	-a traffic.rate=1%..100%:40 -a cpu=1.2GHz..2.6GHz:10 -j "$(nproc)" -q -o "$tmp/big.db" >"$tmp/log" 2>&1
"$NFVSIM" report "$tmp/big.db" -q -o "$tmp/big.html"
open_page "$tmp/big.html"
check "10,000 points: all are there" yes '
	return JSON.parse(document.getElementById("data").textContent).items[0].data.n === 10000'
check "10,000 points: few elements" yes 'return document.querySelectorAll("*").length < 6000'
check "10,000 points: all in one figure, still few elements" yes '
	const f = document.querySelector(".explorer"), all = () => [...f.querySelectorAll("select")];
	const pick = (i, v) => { all()[i].value = v; all()[i].dispatchEvent(new Event("change")); };
	pick(2, "-1");
	for (let i = 2; i < all().length; i++)
		if ([...all()[i].options].some((o) => o.value === "all"))
			pick(i, "all");
	return new Promise((done) => setTimeout(() => {
		const got = [f.querySelector(".plot").dataset.targets, document.querySelectorAll("*").length];
		done(got[0] === "10000" && got[1] < 6000 || got);
	}, 500))'
echo "# 10,000 points in one figure: $(js '
	const time = (f) => { const t = performance.now(); f(); document.body.offsetHeight; return Math.round(performance.now() - t); };
	const f = document.querySelector(".figure"), plot = f.querySelector(".plot"), at = plot.getBoundingClientRect();
	const log = time(() => f.querySelector("[data-log]").click());
	const hover = time(() => { for (let i = 0; i < 100; i++)
		plot.dispatchEvent(new PointerEvent("pointermove", {clientX: at.left + 100 + 5 * i, clientY: at.top + 100})); });
	const sort = time(() => [...document.querySelectorAll("th button")].pop().click());
	return `log axis ${log} ms, 100 moves of the pointer ${hover} ms, sorting the table ${sort} ms`')"
shot big-light
messages >"$tmp/messages"
check "10,000 points: nothing on the console" not grep . "$tmp/messages"
bash scripts/pictures.sh --check 2>&1 | sed 's/^/# /'
echo "# screenshots: $shots"
