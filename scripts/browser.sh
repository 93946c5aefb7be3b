# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# For scripts that use a page in headless Chromium, through chromedriver's HTTP interface: starts
# both, and ends them when the script ends. Needs $tmp, a folder that is then removed, and $failed.

driver= port= session=
# The browser first: it would outlive its driver.
stop_driver() {
	[ -z "$session" ] || curl -s --max-time 20 -X DELETE "http://127.0.0.1:$port/session$session" >"$tmp/log"
	[ -z "$driver" ] || kill "$driver" 2>/dev/null
	rm -rf "$tmp"
	exit "$failed"
}
trap stop_driver EXIT

mkdir "$tmp/home"
HOME=$tmp/home chromedriver --port=0 >"$tmp/driver.log" 2>&1 &
driver=$!
for _ in $(seq 100); do
	port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$tmp/driver.log")
	[ -z "$port" ] || break
	sleep 0.1
done

# post PATH JSON: the answer's value.
post() {
	curl -s --max-time 120 -H 'Content-Type: application/json' -d "$2" \
		"http://127.0.0.1:$port/session$1" | jq -c '.value'
}

options='{"capabilities": {"alwaysMatch": {"browserName": "chrome",
	"goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
	"goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox", "--disable-gpu",
	"--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--hide-scrollbars",
	"--disable-dev-shm-usage", "--window-size=1100,900"]}}}}'
session=/$(post "" "$options" | jq -r '.sessionId')
if [ "$session" = /null ]; then
	cat "$tmp/driver.log"
	echo "not ok - Chromium starts"
	failed=1
	exit
fi

# js SCRIPT: what it returns, as JSON.
js() {
	post "$session/execute/sync" "$(jq -n --arg s "$1" '{script: $s, args: []}')"
}

cdp() {
	post "$session/goog/cdp/execute" "{\"cmd\": \"$1\", \"params\": $2}"
}

open_page() {
	post "$session/url" "{\"url\": \"file://$1\"}" >"$tmp/log"
}
