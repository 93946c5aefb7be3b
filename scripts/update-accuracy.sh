#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes the tables of docs/accuracy.md anew, and its headline into README.md, between the lines
# "<!-- ledger: begin -->" and "<!-- ledger: end -->" ("headline" in README.md). $BUILD: where the
# program was built. With --check it changes nothing and exits 1 if a page is out of date.
set -eu
cd "$(dirname "$0")/.."

check=${1:-}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
"${BUILD:-build}/nfvsim" validate --markdown --uncertainty --quiet >"$new/ledger"
head -n 1 "$new/ledger" >"$new/headline"

# put FILE NAME: what stands between the marks called NAME becomes the text $new/NAME.
put() {
	grep -q "<!-- $2: begin -->" "$1" || return 0
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
[ ! -e README.md ] || put README.md headline
