# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# For the tests of the whole program: run it, ask questions about what it said, print TAP.
# Scenarios by name come from tests/cli/data, unless a test says otherwise.
set -u

: "${NFVSIM:?is the path of the program}"
data=$PWD/tests/cli/data
export NFVSIM_DATA=$data
unset NO_COLOR
tmp=$(mktemp -d)
failed=0
trap 'rm -rf "$tmp"; exit "$failed"' EXIT

# Runs the program: its exit code is in $code, what it printed in $tmp/out and $tmp/err.
run() {
	code=0
	"$NFVSIM" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
}

# check NAME COMMAND...: one test, passed if the command succeeds.
check() {
	local name=$1
	shift
	if "$@" >"$tmp/log" 2>&1; then
		echo "ok - $name"
		return
	fi
	echo "not ok - $name"
	failed=1
	{
		echo "failed: $*"
		cat "$tmp/log"
		head -n 20 "$tmp/out" "$tmp/err" 2>/dev/null
	} | sed 's/^/# /'
}

skip() {
	echo "ok - $1 # SKIP $2"
}

# Runs the shell command $1 with a new terminal as its output.
terminal() {
	script -qec "$1" /dev/null </dev/null
}

has_terminal() {
	terminal true >/dev/null 2>&1
}

exits() {
	[ "$code" -eq "$1" ]
}

# out_has TEXT, err_has TEXT: whether the last run printed it.
out_has() {
	grep -qF -e "$1" "$tmp/out"
}

err_has() {
	grep -qF -e "$1" "$tmp/err"
}

# json FILTER: whether jq finds it true of what the last run printed.
json() {
	[ -s "$tmp/out" ] && jq -e "$1" "$tmp/out"
}

not() {
	! "$@"
}

# Runs the command with one process, with several, and with ranks where there is MPI: whether all print
# the same bytes as one did.
same_for_any_crew() {
	local good=true
	"$NFVSIM" "$@" >"$tmp/alone"
	"$NFVSIM" "$@" -j2 | cmp - "$tmp/alone" || good=false
	"$NFVSIM" "$@" -j5 | cmp - "$tmp/alone" || good=false
	if command -v mpirun >/dev/null && grep -q "libmpi\.so" "$NFVSIM"; then
		mpirun -n 3 --oversubscribe --allow-run-as-root "$NFVSIM" "$@" 2>"$tmp/mpi" |
			cmp - "$tmp/alone" || good=false
	fi
	$good
}

# The verbs that --help lists.
verbs() {
	"$NFVSIM" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

# The long options of a verb's --help.
options() {
	"$NFVSIM" help "$1" | grep -o -- '--[a-z][a-z0-9-]*' | sort -u
}
