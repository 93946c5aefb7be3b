#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: help, version, wrong verbs and options, exit codes.
. tests/cli/lib.sh

run --version
check "--version says the version" test "$(<"$tmp/out")" = "nfvsim $(<VERSION)"

run --help
check "--help exits 0" exits 0
check "--help fits 80 columns" not grep -qE '.{80}' "$tmp/out"
check "every verb has one line" test "$(sed -n "/^Verbs:/,/^$/p" "$tmp/out" | grep -c "^[^ V]")" = 0
check "there are verbs" test "$(verbs | wc -l)" -ge 5
cp "$tmp/out" "$tmp/help"
run help
check "help is --help" cmp "$tmp/out" "$tmp/help"

for verb in $(verbs); do
	run help "$verb"
	check "help $verb" exits 0
	check "help $verb shows how to use it" out_has "Usage: nfvsim"
	cp "$tmp/out" "$tmp/help"
	run "$verb" --help
	check "$verb --help is help $verb" cmp "$tmp/out" "$tmp/help"
done

run
check "no verb: exit 2" exits 2
check "no verb: how to use it" err_has "Usage: nfvsim"
run rnu
check "unknown verb: exit 2" exits 2
check "unknown verb: suggestion" err_has "did you mean 'run'?"
run zzzzzz
check "unknown verb without a neighbour: exit 2" exits 2
check "unknown verb without a neighbour: points to --help" err_has "--help"
run help rnu
check "help of an unknown verb: exit 2" exits 2
run $'r\033[31m'
check "escape sequences in a verb are not printed" not grep -q $'\033' "$tmp/err"

run run
check "missing file: exit 2" exits 2
check "missing file: says so" err_has "FILE is missing"
run run a b
check "two files: exit 2" exits 2
check "two files: says so" err_has "'b' is one argument too many"
run run --nonsense work
check "unknown option: exit 2" exits 2
check "unknown option: names it" err_has "--nonsense"
run run --seed
check "option without its value: exit 2" exits 2
run run /nonexistent/file.yaml
check "file that is not there: exit 2" exits 2
check "file that is not there: names it" err_has "/nonexistent/file.yaml"

run run work --set run.duration=1ms
check "run: exit 0" exits 0
run run work --set traffic.arrivals=poisson --set traffic.rate=900kpps \
	--precision 0.01% --set run.max_packets=100000
check "precision out of reach: exit 4" exits 4
check "precision out of reach: says so" out_has "budget spent"
code=0
"$NFVSIM" run work >/dev/full 2>"$tmp/err" || code=$?
check "full disk: exit 1" exits 1
check "full disk: says why" err_has "No space left"
