#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes the tables of docs/accuracy.md anew, and the short one of README.md, between the lines
# "<!-- ledger: begin -->" and "<!-- ledger: end -->" ("summary" in README.md). Needs jq. $BUILD: where
# the program was built. With --check it changes nothing and exits 1 if a page is out of date.
set -eu
cd "$(dirname "$0")/.."

check=${1:-}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
validate=("${BUILD:-build}/nfvsim" validate --quiet)
"${validate[@]}" --markdown --uncertainty >"$new/ledger"

# A row for each set with something held out: points that neither value nor mechanism was chosen by.
summary='
	def percent: . * 1000 | round / 10 | tostring + " %";
	def rates: if .points == 0 then "- | - | -" else
		"\(.points) | \(.mape | percent) | \(.worst | percent)" end;
	def claims: if .points == 0 then "-" else "\(.hold) of \(.points)" end;
	"| measured by | held-out rates | mean error | worst | held-out claims that hold |",
	"|---|---:|---:|---:|---:|",
	(.sets[] | .title as $title | .accuracy["held-out"]
		| select(.rates.points + .claims.points > 0)
		| "| \($title) | \(.rates | rates) | \(.claims | claims) |")'
"${validate[@]}" --json | jq -r "$summary" >"$new/summary"

# put FILE NAME: what stands between the marks called NAME becomes the text $new/NAME.
put() {
	awk -v name="$2" -v text="$new/$2" '
		$0 == "<!-- " name ": end -->" { inside = 0 }
		!inside { print }
		$0 == "<!-- " name ": begin -->" {
			inside = 1
			print ""
			while ((getline line <text) > 0) print line
			print ""
		}' "$1" >"$new/page"
	if [ "$check" = --check ]; then
		cmp -s "$new/page" "$1" || {
			echo "$1 is out of date: run scripts/update-accuracy.sh" >&2
			exit 1
		}
	else
		cat "$new/page" >"$1"
	fi
}

put docs/accuracy.md ledger
put README.md summary
