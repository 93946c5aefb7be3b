#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sweeps: however a store came about, its exports are the same bytes; nothing is lost when processes
# are killed. No check depends on how long anything takes: moments of kills are at random, what must
# hold afterwards is not.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

# shellcheck disable=SC2154 # lib.sh sets tmp and data
cd "$tmp" || exit 1
cp "$data/work.yaml" .
# shellcheck disable=SC2054 # values of an axis have commas between them
axes=(--axis cpu=1GHz,2GHz --axis traffic.rate=200kpps..2Mpps:4 --replications 2
	--set traffic.arrivals=poisson --precision 5%)
sweep() {
	run sweep work.yaml "${axes[@]}" "$@"
}

# same A B: the stores say the same in every format.
same() {
	local format
	for format in csv json gnuplot text; do
		cmp <("$NFVSIM" query "$1" --format "$format") \
			<("$NFVSIM" query "$2" --format "$format") || return 1
		cmp <("$NFVSIM" query "$1" --format "$format" --each) \
			<("$NFVSIM" query "$2" --format "$format" --each) || return 1
	done
}

# Simulations of a store with a status.
with_status() {
	"$NFVSIM" query "$1" --format csv --columns status --each | grep -c "^$2\$"
}

sweep -o one.db
check "exit 0" exits 0
check "says what was done" out_has "work: 8 points, 8 done now, 0 before"
check "says how many replications" out_has "replications: 16 simulated now"
check "all points are done" test "$(with_status one.db 'done')" = 16
sweep -o one.db --json
check "nothing is run twice" json '.points == 8 and .now == 0 and .before == 8 and .simulations == 0'
sweep -o two.db -j2
check "-j 2: same bytes" same one.db two.db
for i in 1 2 3; do
	sweep -o "shard$i.db" --shard "$i/3" --json
	cp out "of$i"
done
check "shards share the points" test "$(jq -s 'map(.now) == [3, 3, 2]' of1 of2 of3)" = true
check "a shard knows what it lacks" test "$(with_status shard1.db missing)" = 10
run sweep merge shard3.db shard1.db shard2.db -o merged.db
check "merge: exit 0" exits 0
check "shards merged: same bytes" same one.db merged.db
run sweep work.yaml "${axes[@]}" --axis cpu=1GHz,2GHz,3GHz -o merged.db --json
check "a longer axis runs only what is new" json '.now == 4 and .before == 8'
check "the latest sweep is shown" test "$(with_status merged.db 'done')" = 24

cat >file.yaml <<'END'
doc: the same sweep as a file
scenario: ./work.yaml
set: [traffic.arrivals=poisson, run.precision=5%]
axes:
  cpu: [1 GHz, 2 GHz]
  traffic.rate: {from: 200 kpps, to: 2 Mpps, steps: 4}
replications: 2
END
run sweep file.yaml -o one.db --json
check "a file: the same points" json '.points == 8 and .before == 8'
run sweep file.yaml --axis cpu=1GHz --json
check "an axis of the command line replaces the file's" json '.points == 4 and .store == "file.db"'
run sweep work.yaml --axis cpu=1GHz,2GHz --axis run.seed=1,2 --mode zip --precision 5% --json
check "zip" json '.points == 2'
run sweep work.yaml --axis cpu=1GHz..2GHz --axis traffic.size=64B..128B --mode sobol --points 3 \
	--precision 5% --set traffic.rate=1Mpps -o sobol.db
check "sobol" exits 0
check "sobol: points as given by the sequence" test \
	"$("$NFVSIM" query sobol.db -c cpu,traffic.size -f csv | tr '\n' ' ')" = \
	"cpu,traffic.size 1.5 GHz,96 B 1.75 GHz,80 B 1.25 GHz,112 B "

truth=$("$NFVSIM" run work.yaml --set cpu=2GHz --set traffic.rate=800kpps --seed 2 \
	--set traffic.arrivals=poisson --precision 5% --json |
	jq -c '[.delivered_pps, .latency_ns.p50]')
run query one.db --json --each --where cpu=2000MHz --where 'traffic.rate=0.8 Mpps' --where run.seed=2 \
	--columns delivered_pps,latency_p50_ns
check "a point is what run says" test "$(jq -c '.rows | map([.[]]) | .[]' out)" = "$truth"
run query one.db --where 'loss_ratio>10%' --where 'delivered_pps>=0.5Mpps' \
	--columns cpu --format csv
check "query: conditions" test "$(sort -u out | tr '\n' ' ')" = "1 GHz 1GHz cpu " -o \
	"$(sort -u out | tr '\n' ' ')" = "1 GHz cpu "
run query one.db --columns drops.pnic0.rx,cores.work.busy,cpu --format csv
check "query: parts of results" test "$(awk -F, 'NR > 1 && NF == 3 && $2 > 0' out | wc -l)" = 8
run query one.db --where run.seed=2
check "query: the seed of all replications: exit 2" exits 2
run query one.db --columns delivered_ppps
check "query: exit 2" exits 2
check "query: did you mean" err_has "did you mean 'delivered_pps'?"
run query one.db --where cpu
check "query: not a condition" err_has "'cpu' is not a condition"
run query one.db --where 'loss_ratio>abc'
check "query: a number and a word: exit 2" exits 2
check "query: a number and a word: said" err_has "cannot be compared with 'abc'"
run query nowhere.db
check "query: no store" err_has "cannot read store 'nowhere.db'"
run query work.yaml
check "query: not a store" err_has "not a database"
run query one.db --format csv --output out.csv
check "query: into a file" cmp out.csv <("$NFVSIM" query one.db --format csv)
if command -v gnuplot >/dev/null; then
	run query one.db --format gnuplot -c cpu,traffic.rate,delivered_pps -o plot.dat
	check "gnuplot reads it" gnuplot -e "set term dumb; splot 'plot.dat' using 1:2:3 with lines"
fi

run sweep work.yaml --axis cpuu=1GHz,2GHz
check "a wrong key: exit 2" exits 2
check "a wrong key: said, with the point" err_has "point 0: cpuu=1GHz"
check "a wrong key: did you mean" err_has "did you mean 'cpu'?"
run sweep work.yaml --axis cpu=1GHz,9GHz -o bad.db
check "one bad point: nothing is run" test "$code" = 2 -a ! -e bad.db
run sweep work.yaml --axis cpu=1GHz --shard 4/3
check "a wrong shard" exits 2
run sweep - --axis cpu=1GHz
check "not from standard input" exits 2
run sweep work.yaml --axis cpu=1GHz -o /nowhere/x.db
check "no place for the store: exit 1" exits 1
run sweep work.yaml --axis run.max_packets=1000,2000 --precision 0.01% -o short.db
check "precision not reached: exit 4" exits 4
run sweep work.yaml --axis run.max_packets=1000,2000 --precision 0.01% -o short.db
check "and again from the store" exits 4

# Replications until their interval is narrow: looked at after 4, 8, 16, whoever did them, and a
# point that ends does not count what was done beyond that.
# shellcheck disable=SC2054
until=(work.yaml --axis cpu=1GHz,2GHz --axis traffic.rate=800kpps,1.4Mpps
	--set traffic.arrivals=poisson --set run.duration=10ms --replications 16 --until 1% --batch 4)
narrow() {
	"$NFVSIM" query "$1" --json --columns replications,latency_mean_ns,latency_mean_ns_ci95,$2 |
		jq -e '.rows | length == 4 and all(.replications == 16 or
			.latency_mean_ns_ci95 <= 0.01 * .latency_mean_ns) and
			(map(.replications) | unique | . - [4, 8, 16] == [] and length > 1)'
}
run sweep "${until[@]}" -o until.db --json
check "until: some points reach the end, exit 4" exits 4
check "until: counted" json '.points == 4 and .now == 4 and .imprecise > 0 and .spare_simulations == 0'
check "until: narrow, or all replications" narrow until.db verdict
means() {
	"$NFVSIM" query "$1" --each --json --columns cpu,traffic.rate,latency_mean_ns |
		jq -c '.rows | group_by([.cpu, ."traffic.rate"]) |
			map([length, (map(.latency_mean_ns) | add / length * 1000 | round)]) | sort'
}
check "until: rows are means of their replications" test "$(means until.db)" = \
	"$("$NFVSIM" query until.db --json --columns replications,latency_mean_ns |
		jq -c '.rows | map([.replications, (.latency_mean_ns * 1000 | round)]) | sort')"
for n in 2 3 7; do
	run sweep "${until[@]}" -o "until$n.db" "-j$n"
	check "until: -j $n: same bytes" same until.db "until$n.db"
done
for i in 1 2 3; do
	"$NFVSIM" sweep "${until[@]}" -o "part$i.db" --shard "$i/3" >>out
done
run sweep merge part3.db part1.db part2.db -o parts.db
check "until: shards merged: same bytes" same until.db parts.db
run sweep "${until[@]}" -o until.db --json
check "until: nothing is run twice" json '.before == 4 and .simulations == 0 and .imprecise > 0'
run sweep "${until[@]}" --until 2% -o until.db --json
check "until: a wider interval takes what is there" json '.simulations == 0'
run sweep work.yaml --axis cpu=1GHz,2GHz --until 1%
check "until: without an end: exit 2" exits 2
check "until: without an end: said" err_has "needs the number of replications to end at"
run sweep work.yaml --axis run.seed=1,2 --replications 4 --until 1
check "until: every error at once" test "$code" = 2 -a "$(grep -c 'error: ' err)" = 2

# A second point that takes long, so that there is time to kill while it is at work.
# shellcheck disable=SC2054
long=(work.yaml --axis run.max_packets=1000,20000000000 --set traffic.arrivals=poisson
	--precision 0.01%)
start_long() {
	rm -f long.db*
	"$NFVSIM" sweep "${long[@]}" -o long.db >out 2>err &
	pid=$!
	until [ "$(with_status long.db 'done' 2>/dev/null)" = 1 ]; do
		kill -0 "$pid" || return 1
		sleep 0.02
	done
}
check "the long point runs" start_long
run sweep "${long[@]}" -o long.db
check "a second writer: exit 1" exits 1
check "a second writer: told" err_has "is being written by another run (process $pid)"
pkill -9 -P "$pid"
code=0
wait "$pid" || code=$?
check "a worker that dies: exit 1" exits 1
check "a worker that dies: one point failed" test "$(with_status long.db failed)" = 1
check "a worker that dies: the others are there" test "$(with_status long.db 'done')" = 1
check "the long point runs again" start_long
kill -INT "$pid"
code=0
wait "$pid" || code=$?
check "interrupted: exit 130" exits 130
check "interrupted: says how to go on" err_has "the same command goes on"
check "interrupted: what was done is there" test "$(with_status long.db 'done')" = 1
check "the long point runs once more" start_long
worker=$(pgrep -P "$pid")
kill -9 "$pid"
wait "$pid" 2>/dev/null
gone() {
	for _ in $(seq 500); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.02
	done
	return 1
}
check "workers die with their parent" gone "$worker"

# Kills at random: what the store then says must be what one quiet run says.
killed() {
	local round pid victim
	for round in $(seq 20); do
		"$NFVSIM" sweep work.yaml "${axes[@]}" -o killed.db -j2 >out 2>err &
		pid=$!
		sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
		victim=$pid
		[ $((round % 2)) = 0 ] || victim=$(pgrep -P "$pid" | head -n 1)
		kill -9 ${victim:+"$victim"} 2>/dev/null
		wait "$pid" 2>/dev/null
		! "$NFVSIM" query killed.db 2>&1 | grep -q malformed || return 1
	done
	"$NFVSIM" sweep work.yaml "${axes[@]}" -o killed.db -j2 && same two.db killed.db
}
check "killed 20 times: same bytes as undisturbed" killed

if has_terminal; then
	sweep="'$NFVSIM' sweep work.yaml --axis cpu=1GHz,2GHz -o"
	check "progress on a terminal" grep -q '1 of 2 points, .* a second, .* s to go' \
		<(terminal "$sweep shown.db")
	check "no progress with --quiet" not grep -q 'to go' <(terminal "$sweep quiet.db --quiet")
else
	skip "terminal" "script is not installed, or no terminal can be had"
fi

# Under Open MPI, where the program is built with it.
mpi() {
	mpirun -n 3 --oversubscribe --allow-run-as-root \
		"$NFVSIM" sweep work.yaml "${axes[@]}" -o "$@"
}
kill_a_rank() {
	local round pid victim
	for round in 1 2 3; do
		mpi torn.db >out 2>err &
		pid=$!
		sleep "0.$((2 + round))$((RANDOM % 10))"
		victim=$(pgrep -P "$pid" | sed -n "${round}p")
		kill -9 ${victim:+"$victim"} 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	"$NFVSIM" sweep work.yaml "${axes[@]}" -o torn.db && same two.db torn.db
}
if ! command -v mpirun >/dev/null; then
	skip "MPI" "mpirun is not installed"
elif grep -q "libmpi\.so" "$NFVSIM"; then
	check "three ranks: exit 0" mpi ranks.db
	check "three ranks: same bytes" same two.db ranks.db
	check "three ranks again: nothing to do" grep -q ' 0 done now, 8 before' <(mpi ranks.db)
	check "a rank killed, then one process: same bytes" kill_a_rank
	mpi_until() {
		mpirun -n "$1" --oversubscribe --allow-run-as-root \
			"$NFVSIM" sweep "${until[@]}" --until 1% -o "until_of_$1.db" 2>mpi.err
		same until2.db "until_of_$1.db"
	}
	check "until: two ranks: same bytes" mpi_until 2
	check "until: four ranks: same bytes" mpi_until 4
else
	check "without MPI: says what is missing" grep -q libopenmpi-dev <(mpi ranks.db 2>&1)
fi

# Targets: a core of 1000 cycles a packet serves 1 Mpps at 1 GHz and 4 Mpps at 4 GHz.
judge() {
	run sweep work.yaml --axis cpu=1GHz,4GHz --set traffic.rate=2Mpps -o judged.db "$@"
}
judge --slo 'rate>0.5Mpps'
check "targets: all met, exit 0" exits 0
check "targets: counted" out_has "targets rate>0.5Mpps: 2 met, 0 open, 0 missed"
judge --slo 'rate>1.5Mpps'
check "targets: one missed, exit 3" exits 3
check "targets: which one" out_has "missed cpu=1GHz"
judge --slo 'rate>1.5Mpps' --json
check "targets: a verdict for each point" json '.slo.missed == 1 and (.slo.points | map(.verdict)) == ["missed", "met"]'
judge --slo 'rate>2Mpps'
check "targets: at the rate itself, not met" not exits 0
judge --slo 'speed>1Mpps'
check "targets: a wrong one, exit 2" exits 2
