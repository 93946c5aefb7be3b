#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs every test from the repository's root, as many at once as there are processors, and prints
# the results in a fixed order: failures in full, and at last "N passed, N failed[, N skipped]".
#
#   tests/unit/test_*.c    cmocka programs, found in $BUILD
#   tests/fuzz/fuzz_*.c    replayed over tests/fuzz/corpus/NAME/ (NAME without fuzz_)
#   tests/cli/*.sh         scripts (but not lib.sh) that get the program's path as $NFVSIM
#
# All print TAP: a line "ok - name" or "not ok - name" a test; "# SKIP" marks skipped ones. A
# program that crashes, hangs, exits non-zero without a failed test, or runs none or fewer tests
# than it planned ("1..N") counts as one more failed test.
# Environment: BUILD (build), T (run only tests with this word in their name), SKIP_TESTS (leave out
# the tests of these names), TEST_TIMEOUT (600 s).
set -eu
cd "$(dirname "$0")/.."

BUILD=${BUILD:-build}
T=${T:-}
case $BUILD in
/*) NFVSIM=$BUILD/nfvsim ;;
*) NFVSIM=$PWD/$BUILD/nfvsim ;;
esac
export NFVSIM BUILD TEST_TIMEOUT=${TEST_TIMEOUT:-600}
export LC_ALL=C.UTF-8 CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.supp:print_suppressions=0}

# One test program; $1 is its source file. What it prints is the result.
run_one() {
	local name inputs=()
	name=$(basename "${1%.*}")
	case $1 in
	*.sh) set -- bash "$1" ;;
	tests/fuzz/*)
		[ ! -d "tests/fuzz/corpus/${name#fuzz_}" ] ||
			mapfile -t inputs < <(find "tests/fuzz/corpus/${name#fuzz_}" -type f | sort)
		set -- "$BUILD/${1%.c}" "${inputs[@]}"
		;;
	*) set -- "$BUILD/${1%.c}" ;;
	esac
	timeout -k 10 "$TEST_TIMEOUT" "$@" </dev/null
}
export -f run_one

# Counts the TAP in file $1 of a program that exited with $2: "passed failed skipped reason".
count() {
	awk -v rc="$2" '
	/^(not )?ok / && / # SKIP/ { skipped++; next }
	/^ok / { passed++ }
	/^not ok / { failed++ }
	/^1\.\.[0-9]+/ { planned += substr($1, 4) }
	END {
		ran = passed + failed + skipped
		if (rc == 124 || rc == 137) why = "timed out or was killed"
		else if (rc > 128) why = "crashed with signal " rc - 128
		else if (rc != 0 && !failed) why = "exited with " rc
		else if (rc == 0 && failed) why = "exited with 0 in spite of a failed test"
		else if (ran < planned) why = "planned " planned " tests and ran " ran
		else if (!ran) why = "ran no test"
		print passed + 0, failed + (why != ""), skipped + 0, why
	}' "$1"
}

tests=()
for file in tests/unit/test_*.c tests/fuzz/fuzz_*.c tests/cli/*.sh; do
	[[ -e $file && $file == *"$T"* && $file != */lib.sh ]] || continue
	[[ " ${SKIP_TESTS:-} " == *" $(basename "${file%.*}") "* ]] || tests+=("$file")
done

out=$(mktemp -d)
runner=
trap '[ -z "$runner" ] || kill "$runner" 2>/dev/null || true; rm -rf "$out"' EXIT

# shellcheck disable=SC2016 # the inner shell expands these
[ ${#tests[@]} -eq 0 ] || printf '%s\0' "${tests[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c '
	log=$0/${1//\//_}
	rc=0
	run_one "$1" >"$log.out" 2>&1 || rc=$?
	echo "$rc" >"$log.tmp" && mv "$log.tmp" "$log.rc"' "$out" &
runner=$!

total=(0 0 0)
for file in "${tests[@]}"; do
	log=$out/${file//\//_}
	until [ -e "$log.rc" ]; do
		kill -0 "$runner" 2>/dev/null || break
		sleep 0.05
	done
	[ -e "$log.rc" ] || echo 1 >"$log.rc"
	touch "$log.out"
	read -r passed failed skipped why < <(count "$log.out" "$(<"$log.rc")")
	total=($((total[0] + passed)) $((total[1] + failed)) $((total[2] + skipped)))
	if [ "$failed" -eq 0 ]; then
		[ "$skipped" -eq 0 ] && why= || why=", $skipped skipped"
		printf 'pass  %-40s %4d%s\n' "$file" "$passed" "$why"
	else
		printf 'FAIL  %-40s %s\n' "$file" "$why"
		sed 's/^/    /' "$log.out"
	fi
done
wait "$runner" || true
runner=

if [ "${total[2]}" -gt 0 ]; then
	grep -h ' # SKIP' "$out"/*.out | sed 's/^.*# SKIP/skipped:/' || true
fi
printf '%d passed, %d failed' "${total[0]}" "${total[1]}"
[ "${total[2]}" -eq 0 ] || printf ', %d skipped' "${total[2]}"
echo
[ "${total[1]}" -eq 0 ] && [ "${total[0]}" -gt 0 ]
