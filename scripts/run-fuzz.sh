#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs each libFuzzer program of $BUILD for FUZZ_SECONDS, starting from tests/fuzz/corpus/NAME/ and
# what earlier runs found in $BUILD/corpus/NAME/; tests/fuzz/NAME.dict is its dictionary, if any.
# With FUZZ_SECONDS=0 it only replays. Inputs that break a target are kept in $BUILD/crashes/.
set -eu
cd "$(dirname "$0")/.."

BUILD=${BUILD:-build-fuzz}
seconds=${FUZZ_SECONDS:-10}
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
broken=0
for source in tests/fuzz/fuzz_*.c; do
	[ -e "$source" ] || continue
	program=$(basename "${source%.c}")
	name=${program#fuzz_}
	mkdir -p "$BUILD/corpus/$name" "$BUILD/crashes"
	# libFuzzer takes 0 seconds for no limit.
	args=(-max_total_time="$seconds")
	[ "$seconds" != 0 ] || args=(-runs=0)
	args+=(-timeout=10 -rss_limit_mb=2048 -artifact_prefix="$BUILD/crashes/$name-")
	[ ! -e "tests/fuzz/$name.dict" ] || args+=(-dict="tests/fuzz/$name.dict")
	args+=("$BUILD/corpus/$name")
	[ ! -d "tests/fuzz/corpus/$name" ] || args+=("tests/fuzz/corpus/$name")
	log=$BUILD/$program.log
	if "$BUILD/tests/fuzz/$program" "${args[@]}" >"$log" 2>&1 </dev/null; then
		echo "fuzz $name: ok, $(tail -n 1 "$log")"
	else
		broken=1
		echo "fuzz $name: FAILED"
		tail -n 60 "$log"
	fi
done
exit $broken
