#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `make check-kill` runs: kills a process of a sweep (its manager, a worker, mpirun, a rank) with
# SIGKILL at a random moment, ROUNDS times. After each the store must be whole and have every row that it
# had before, as it was; each sweep that gets to its end must say what an undisturbed one says, byte for
# byte. Environment: BUILD (build), ROUNDS (200).
set -u
cd "$(dirname "$0")/.." || exit 1
nfvsim=$PWD/${BUILD:-build}/nfvsim
export NFVSIM_DATA=$PWD/tests/cli/data
rounds=${ROUNDS:-200}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# Two kinds: all replications, and until the interval is narrow.
kinds=("--replications 6" "--replications 16 --until 1% --batch 4")
points=(--axis cpu=1GHz,2GHz --axis traffic.rate=200kpps..2Mpps:6 --set traffic.arrivals=poisson
	--set run.duration=10ms --quiet)
crews=("" "-j2" "-j4")
command -v mpirun >/dev/null && grep -q "libmpi\.so" "$nfvsim" && crews+=("mpi" "mpi")

# start KIND CREW: the sweep in the background, its process group in $pid.
start() {
	local before=()
	local crew=$2
	[ "$crew" = mpi ] && before=(mpirun -n 3 --oversubscribe --allow-run-as-root) crew=
	# shellcheck disable=SC2086 # words
	setsid "${before[@]}" "$nfvsim" sweep work "${points[@]}" ${kinds[$1]} -o "kind$1.db" $crew >out 2>err &
	pid=$!
}

# The processes of a sweep: those below $pid, and itself.
family() {
	local all=$1 child
	for child in $(pgrep -P "$1"); do
		all+=" $(family "$child")"
	done
	echo "$all"
}

# Waits for the sweep. A kill of a rank now and then leaves mpirun waiting for ever: a minute is enough.
finish() {
	for _ in $(seq 600); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	# shellcheck disable=SC2046 # a list of numbers
	kill -9 $(family "$pid") 2>/dev/null
	wait "$pid" 2>/dev/null
	code=$?
}

rows() {
	"$nfvsim" query "$1" --each --format csv --where status=done | sort
}

fail() {
	echo "round $round ($why): $*" >&2
	exit 1
}

for kind in 0 1; do
	start "$kind" ""
	wait "$pid"
	"$nfvsim" query "kind$kind.db" --each --format csv >"truth$kind"
	rm -f "kind$kind.db"*
done
ended=0 kills=0
for round in $(seq "$rounds"); do
	kind=$((RANDOM % 2)) crew=${crews[RANDOM % ${#crews[@]}]}
	why="kind $kind, crew '$crew'"
	store=kind$kind.db
	: >had
	[ -e "$store" ] && rows "$store" >had
	start "$kind" "$crew"
	sleep "0.$((RANDOM % 6))$((RANDOM % 10))"
	read -r -a them < <(family "$pid")
	victim=${them[RANDOM % ${#them[@]}]}
	kill -9 "$victim" 2>/dev/null && kills=$((kills + 1))
	finish
	[ -e "$store" ] || continue
	if command -v sqlite3 >/dev/null; then
		[ "$(sqlite3 "$store" 'PRAGMA integrity_check')" = ok ] || fail "the store is broken"
	fi
	# Results kept before any list of points: nothing can be shown yet.
	rows "$store" >have 2>/dev/null || continue
	[ -z "$(comm -23 had have)" ] || fail "rows were lost or changed: $(comm -23 had have | head -n 1)"
	if [ "$code" = 0 ] || [ "$code" = 4 ]; then
		"$nfvsim" query "$store" --each --format csv | cmp - "truth$kind" || fail "another result"
		ended=$((ended + 1))
		rm -f "$store"*
	fi
done
for kind in 0 1; do
	round=end why="kind $kind"
	start "$kind" -j2
	wait "$pid"
	"$nfvsim" query "kind$kind.db" --each --format csv | cmp - "truth$kind" || fail "another result"
done
echo "$rounds sweeps, $kills processes killed, $ended sweeps got to their end: nothing lost, nothing changed"
