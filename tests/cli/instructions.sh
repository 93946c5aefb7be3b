#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Simulating a packet takes no more instructions than when they were last recorded, give or take 10 %.
recorded=bench/recorded.txt
flags=$(head -n 1 "${NFVSIM%/*}/flags" 2>/dev/null)

skip() {
	echo "ok - instructions a packet # SKIP $1"
	exit 0
}

command -v valgrind >/dev/null || skip "valgrind is not installed"
[[ " $flags " == *" -O2 "* && $flags != *sanitize=* ]] || skip "not the usual build"
compiler="${flags%% *} $("${flags%% *}" -dumpversion | cut -d. -f1)"
[ "compiler $compiler" = "$(grep '^compiler ' $recorded)" ] ||
	skip "built by $compiler; the numbers are of another compiler"

failed=0 counts=$(bash bench/instructions.sh) || { echo "not ok - callgrind counts"; exit 1; }
while read -r before name; do
	now=$(awk -v name="$name" 'substr($0, index($0, " ") + 1) == name { print $1 }' <<<"$counts")
	if [ -n "$now" ] && [ $((10 * now)) -le $((11 * before)) ]; then
		echo "ok - instructions a packet: $name, $now (recorded $before)"
	else
		echo "not ok - instructions a packet: $name, '$now' (recorded $before)"
		failed=1
	fi
done < <(grep '^[0-9]' $recorded)
exit $failed
