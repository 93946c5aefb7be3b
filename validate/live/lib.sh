# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154 # here, smoke, alone and double are of run.sh
#
# The steps of run.sh. They work in a folder of their own; files in it:
#   samples.csv                calibration samples
#   near/, far/                profile, platform and scenario of a state of the machine; ovs.yaml is
#                              the profile of Open vSwitch
#   runs.csv                   what nfvsim-live runs: the plan with loads as rates
#   predictions.csv            id,state,metric,value, before anything was measured
#   measured.csv               what nfvsim-live measured
#   near.yaml, far.yaml        measurement sets

bin=$PWD/${BUILD:-build}
states=''

usage() {
	echo "run.sh: $1; usage: run.sh [--smoke] [--keep DIR] [--double KEY] [--cores A,B]" >&2
	exit 2
}

step() {
	printf '\n== %s (%d s so far)\n' "$1" "$SECONDS"
}

finish() { # STATUS REASON
	echo "$2"
	[ -z "$smoke" ] || exit 0
	exit "$1"
}

# Neighbours disturb less where the system lets us go first.
run_for() { # SECONDS COMMAND...
	local first=()
	[ "$(nice -n -15 nice 2>/dev/null)" != -15 ] || first=(nice -n -15)
	"${first[@]}" timeout -k 5 "$@"
}

open_folder() { # FOLDER, or '' for one that goes away
	if [ -n "$1" ]; then
		mkdir -p "$1"
	else
		set -- "$(mktemp -d)"
		# shellcheck disable=SC2064 # the folder of now
		trap "rm -rf '$1'" EXIT
	fi
	cd "$1" || exit 1
}

# What one core writes the other sees half a ping-pong later. A packet crosses twice, and passes two
# links.
half_pingpong_ps() { # STATE
	awk -F, -v state="$1" '
	/^# tsc_hz:/ { hz = substr($0, 11) }
	/^bench,/ { for (i = 1; i <= NF; i++) column[$i] = i }
	!/^#/ && $column["state"] == state { sum += $column["pingpong_before"]; n++ }
	END { printf "%.0f", n ? sum / n / 2 / hz * 1e12 : 0 }' samples.csv
}

# Of a core without neighbours.
best_issue_ratio() {
	awk -F, '
	/^bench,/ { for (i = 1; i <= NF; i++) column[$i] = i }
	!/^#/ && ($column["state"] == "near" || $column["state"] == "far") &&
		$column["issue_ratio"] > best { best = $column["issue_ratio"] }
	END { print best ? best : 1 }' samples.csv
}

# Parts of which fewer than three in five configurations gave usable samples: a law through those
# few may not tell a burst's cost from a packet's.
too_few() { # STATE
	sed -n 's/^Left as in the base, for want of samples: //p' "calibrate-$1.txt" | tr ',' '\n' |
		sed 's/ *(.*//; s/^ *//'
	awk '
	$2 == "pmd" { all = 6 }
	$2 == "vhost" { all = 20 }
	$3 == "packet" { all = 5 }
	/^  (pnic|vnic|nfs)\./ {
		for (i = 2; $i !~ /^[0-9]+$/ && i < NF; i++);
		if ($i < 0.6 * all) print $1
	}' "calibrate-$1.txt"
}

# A state counts when each part was measured in it; with "some" NFs may be missing, and their lines
# are left out.
calibrate_state() { # STATE all|some
	local missing
	if ! "$bin/nfvsim" calibrate samples.csv --mean $alone --device generator --state "$1" -o "$1" \
		--base "$here/profile.yaml" --server "$here/platform.yaml" >"calibrate-$1.txt" 2>&1; then
		echo "cores $1: no usable samples"
		return
	fi
	missing=$(too_few "$1" | sort -u | grep -v nfs.nat || true)
	if [ -n "$missing" ] && [ -z "$smoke" ]; then
		echo "cores $1: too few samples of" $missing
		[ "$2" = some ] && ! grep -qv '^nfs\.' <<<"$missing" || return 0
	fi
	[ -z "$smoke" ] || missing=''
	echo "$missing" >"$1/missing"
	sed -n 's/^.*rows, cores/cores/p; /^  law/,/^Core/p; /in two pieces/p' "calibrate-$1.txt"
	sed -i "s/^link_delay:.*/link_delay: $(half_pingpong_ps "$1") ps/" "$1/platform.yaml"
	write_scenario "$1"
}

# A busy machine gives no sample at all; the steps that follow are tried with costs of 100 cycles.
stand_in() { # STATE
	mkdir -p "$1"
	sed 's/: 0 cycles/: 100 cycles/' "$here/profile.yaml" >"$1/profile.yaml"
	cp "$here/platform.yaml" "$1/"
	write_scenario "$1"
}

# Names of costs in the profile and in that of Open vSwitch, where the VMs' side is the host core's.
swap_sides() {
	sed -E 's/\<into_vm\>/@1/; s/\<guest_tx\>/into_vm/; s/@1/guest_tx/
		s/\<out_of_vm\>/@2/; s/\<guest_rx\>/out_of_vm/; s/@2/guest_rx/'
}

# Twice the cost in a profile, such as "212.2 cycles".
double_cost() { # PROFILE KEY
	awk -v key="$2" '
	{
		match($0, /^ */)
		name = $1
		sub(/:.*/, "", name)
		depth = RLENGTH / 2
		path[depth] = (depth ? path[depth - 1] "." : "") name
	}
	path[depth] == key && match($0, /value: [0-9.e+-]+/) {
		value = 2 * substr($0, RSTART + 7, RLENGTH - 7)
		sub(/value: [0-9.e+-]+/, "value: " value)
		found = 1
	}
	{ print }
	END { exit !found }' "$1" >doubled.yaml && mv doubled.yaml "$1"
}

# After calibration and fit, so that nothing makes up for it.
double_in_all() { # KEY
	local state found=''
	for state in $states; do
		if double_cost "$state/profile.yaml" "$1"; then found=1; fi
		if [ -e "$state/ovs.yaml" ] && double_cost "$state/ovs.yaml" "$(swap_sides <<<"$1")"; then
			found=1
		fi
	done
	[ -n "$found" ] || usage "no profile has the cost '$1'"
}

write_scenario() { # STATE
	cat >"$1/scenario.yaml" <<-EOF
		dataplane: $PWD/$1/profile.yaml
		server: $PWD/$1/platform.yaml
		traffic: {size: 64 B, rate: 1 Mpps}
		chain: [l2fwd]
		cores: {workers: 1}
		run: {precision: 0.5%, of: [rate, mean, p50]}
	EOF
	states="$states $1"
}

have_ovs() {
	command -v ovs-vsctl >/dev/null && [ -x /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk ] &&
		{ [ "$(id -u)" = 0 ] || unshare --user --map-root-user --net true 2>/dev/null; }
}

live() { # PLAN PASSES ROUNDS OUT SECONDS
	run_for $(($5 + 20)) "$bin/nfvsim-live" --plan "$1" --repeats "$2" --rounds "$3" --enough $enough \
		--windows $windows ${wait_ms:+--wait $wait_ms} --limit "$5" --issue-ratio "$(best_issue_ratio)" \
		--cores "$cores" --switch "$here/ovs.sh" --out "$4"
}

lesser() { # NUMBER NUMBER-OR-''
	awk "BEGIN { print ($1 < ${2:-$1} ? $1 : ${2:-$1}) }"
}

# What Open vSwitch itself costs is fitted to a rate at full load and a median latency, of one size.
fit_ovs() {
	local state pps half least=''
	have_ovs || return 0
	for state in $states; do
		open_ovs_profile "$state"
		read -r pps _ < <(predict "$state" ovs 32 32 0 256 30e6)
		least=$(lesser "$pps" "$least")
	done
	half=$(awk "BEGIN { print int($least / 2) }")
	printf 'ovs-fit,ovs,1,32,32,0,256,30e6\novs-fit-50,ovs,1,32,32,0,256,%s\n' "$half" >fit.csv
	live fit.csv $passes 3 fit-runs.csv 25
	for state in $states; do
		printf 'ovs-fit,%s,delivered,\novs-fit-50,%s,median,\n' "$state" "$state" >fitted.csv
		summarise "$state" fitted.csv fit-runs.csv >"$state/fit.csv"
		fit_ovs_state "$state"
	done
}

open_ovs_profile() { # STATE
	swap_sides <"$1/profile.yaml" | sed -E 's/^  l2fwd:/  ovs:/
		/^  ovs:/,/^  l3fwd:/{
			s/^( +per_packet:).*/\1 {value: 100 cycles, source: assumed}/
			s/^( +per_burst:).*/\1 {value: 500 cycles, source: assumed}/
		}' >"$1/ovs.yaml"
}

fit_ovs_state() { # STATE
	local state=$1 id metric value n
	[ -z "$smoke" ] || return 0
	if [ "$(awk -F, '$4 >= 2' "$state/fit.csv" | wc -l)" -lt 2 ]; then
		echo "cores $state: Open vSwitch is left out, for want of runs to fit its cost to"
		rm "$state/ovs.yaml"
		return
	fi
	{
		printf 'citation: two settings, cores %s\npoints:\n' "$state"
		while IFS=, read -r id metric value n _; do
			printf '  - id: %s\n    metric: %s\n' "$id" "${metric/median/p50}"
			printf '    value: %s %s\n    mark: fit\n    scenario: %s\n    set:\n' "$value" \
				"$([ "$metric" = delivered ] && echo pps || echo ns)" "$PWD/$state/scenario.yaml"
			assignments ovs 32 32 0 256 "$([ "$metric" = delivered ] && echo 30e6 || echo "$half")" |
				sed 's/.*/      - "&"/'
		done <"$state/fit.csv"
	} >"$state/ovs-fit.yaml"
	timeout 60 "$bin/nfvsim" calibrate --from "$state/ovs-fit.yaml" --profile "$PWD/$state/ovs.yaml" \
		--fit nfs.ovs.cost.per_packet,nfs.ovs.cost.per_burst -o "$state/fit" >"$state/ovs-fit.txt" 2>&1 &&
		mv "$state/fit/profile.yaml" "$state/ovs.yaml" || rm "$state/ovs.yaml"
	echo "cores $state: Open vSwitch"
	sed -n '/^  value/,/^left out/p' "$state/ovs-fit.txt"
}

# The assignments that make the scenario of $state one of the plan's lines, one a line.
assignments() { # VNF RX_BURST TX_BURST TIMER_US SIZE_B RATE_PPS
	local nf=$1 transmit="{policy: burst, burst: $3, timer: $4 us, check_every: 1, pay_when_sent: yes}"
	echo "profile=[vnf.burst=$2]"
	case $nf in
	lpm) nf=l3fwd ;;
	acl) nf=firewall ;;
	testpmd) nf=l2fwd transmit='{policy: immediate}' ;;
	ovs)
		transmit='{policy: immediate}'
		echo "dataplane=$PWD/$state/ovs.yaml"
		;;
	esac
	echo "chain=[{nf: $nf, transmit: $transmit}]"
	echo "traffic.size=$5 B"
	echo "traffic.rate=$6 pps"
}

predict() { # STATE ASSIGNMENT-ARGUMENTS: prints "delivered_pps p50_ns"
	local state=$1 sets=() line
	shift
	while read -r line; do sets+=(--set "$line"); done < <(assignments "$@")
	timeout 60 "$bin/nfvsim" run "$state/scenario.yaml" --json "${sets[@]}" |
		jq -r '"\(.delivered_pps) \(.latency_ns.p50)"'
}

predictable() { # VNF: prints the states for which it can be predicted
	local state nf=$1
	case $nf in
	testpmd)
		command -v dpdk-testpmd >/dev/null || return 0
		nf=l2fwd
		;;
	lpm) nf=l3fwd ;;
	acl) nf=firewall ;;
	esac
	for state in $states; do
		[ "$nf" = ovs ] && [ ! -e "$state/ovs.yaml" ] || grep -qsx "nfs.$nf" "$state/missing" ||
			echo "$state"
	done
}

# At full load twice the predicted rate is offered. Other loads are shares of the lower of the
# rates that were predicted for the states, so that they can be carried in each.
predict_plan() { # PLAN
	local id vnf entries rx tx timer size load state rate pps p50 least
	: >runs.csv
	: >predictions.csv
	while IFS=, read -r id vnf entries rx tx timer size load; do
		[ "${id#\#}" = "$id" ] && [ "$id" != id ] || continue
		least=''
		for state in $(predictable "$vnf"); do
			read -r pps p50 < <(predict "$state" "$vnf" "$rx" "$tx" "$timer" "$size" 30e6)
			least=$(lesser "$pps" "$least")
			[ "$load" != full ] || echo "$id,$state,delivered,$pps" >>predictions.csv
		done
		[ -n "$least" ] || continue
		rate=30000000
		if [ "$load" != full ]; then
			rate=$(awk "BEGIN { printf \"%.0f\", $load * $least }")
			for state in $(predictable "$vnf"); do
				read -r pps p50 < <(predict "$state" "$vnf" "$rx" "$tx" "$timer" "$size" "$rate")
				echo "$id,$state,median,$p50" >>predictions.csv
			done
		fi
		echo "$id,$vnf,$entries,$rx,$tx,$timer,$size,$rate" >>runs.csv
	done <"$1"
}

store_predictions() {
	date -u +%Y-%m-%dT%H:%M:%SZ >predicted-at.txt
	sha256sum predictions.csv {near,far}/{profile,ovs}.yaml 2>/dev/null >predicted.sha256 || true
	echo "$(wc -l <predictions.csv) predictions stored at $(cat predicted-at.txt)," \
		"SHA-256 $(cut -c1-16 predicted.sha256 | head -1)..."
}

# Medians over the runs in one state that were clean enough and without neighbours, and their
# spread (standard deviation by the median absolute deviation): id,metric,value,runs,spread
summarise() { # STATE PREDICTIONS MEASURED
	awk -F, -v state="$1" -v smoke="$smoke" -v best="$(best_issue_ratio)" '
	function median(list, n,   i, j, x) {
		for (i = 2; i <= n; i++) {
			x = list[i]
			for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]
			list[j + 1] = x
		}
		return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
	}
	FNR == NR { if ($2 == state) metric[$1] = $3; next }
	FNR == 1 { next }
	{ line[++lines] = $0; if ($3 == "near" || $3 == "far") best = $16 > best ? $16 : best }
	END {
		for (i = 1; i <= lines; i++) {
			split(line[i], f, ",")
			if (!(f[1] in metric)) continue
			if (!smoke && (f[3] != state || f[11] < 0.05 || f[10] < 5 || f[16] < 0.97 * best))
				continue
			x = metric[f[1]] == "median" ? f[7] : f[5]
			if (x ~ /nan/) continue
			x *= metric[f[1]] == "median" ? 1e3 : 1
			if (!(f[1] in n)) order[++ids] = f[1]
			value[f[1], ++n[f[1]]] = x
		}
		for (i = 1; i <= ids; i++) {
			id = order[i]
			for (j = 1; j <= n[id]; j++) list[j] = value[id, j]
			middle = median(list, n[id])
			for (j = 1; j <= n[id]; j++)
				list[j] = value[id, j] > middle ? value[id, j] - middle : middle - value[id, j]
			spread = 1.4826 * median(list, n[id]) / middle
			print id "," metric[id] "," middle "," n[id] "," spread
		}
	}' "$2" "$3"
}

# Limits are for loads up to 90 % of what the same line carries when it is measured at full load.
load_of() { # STATE ID RATE_PPS: in percent, 0 if that was not measured
	awk -F, -v full="${2%-*}" -v rate="$3" '$1 == full { load = 100 * rate / $3 }
		END { printf "%.0f", load }' "$1.csv"
}

# Runs that differ by as much as the limit of a latency cannot say whether it is kept.
repeats() { # RUNS SPREAD
	awk "BEGIN { exit !($1 >= 3 && $2 <= 0.25) }"
}

write_points() { # STATE; reads what summarise prints
	local state=$1 id metric value n spread vnf rx tx timer size rate unit load
	while IFS=, read -r id metric value n spread; do
		[ -n "$smoke" ] || repeats "$n" "$spread" || continue
		IFS=, read -r _ vnf _ rx tx timer size rate < <(grep "^$id," runs.csv)
		unit=pps
		[ "$metric" = delivered ] || unit=ns
		printf '  - id: %s-%s\n    metric: %s\n    value: %s %s\n    mark: held-out\n' \
			"$id" "$1" "$metric" "$value" "$unit"
		printf '    tolerance: 25%%\n    scenario: %s/%s/scenario.yaml\n    set:\n' "$PWD" "$1"
		assignments "$vnf" "$rx" "$tx" "$timer" "$size" "$rate" | sed 's/.*/      - "&"/'
		load=0
		[ "$metric" = delivered ] || load=$(load_of "$1" "$id" "$rate")
		[ "$load" -le 90 ] || echo "    apart: offered $load % of what was measured at full load"
		printf '    note: "%d runs, standard deviation %.1f %%"\n' "$n" \
			"$(awk "BEGIN { print 100 * $spread }")"
	done
}

# Limits and least numbers of points were fixed before anything was measured. A state with fewer is
# told and not judged.
write_sets() {
	local state spread rates latencies
	sets=()
	for state in near far; do
		rates=0 latencies=0
		if [ -s "$state/scenario.yaml" ]; then
			summarise "$state" predictions.csv measured.csv >"$state.csv"
			write_points "$state" <"$state.csv" >points.txt
			rates=$(grep -c 'metric: delivered' points.txt || true)
			latencies=$(($(grep -c 'metric: median' points.txt || true) - $(grep -c 'apart:' points.txt || true)))
		fi
		if [ $((rates + latencies)) = 0 ] || { [ -z "$smoke" ] && ((rates < 6 || latencies < 4)); }; then
			echo "cores $state: inconclusive, $rates rates and $latencies medians"
			continue
		fi
		spread=$(awk -F, '$4 >= 3 && $5 <= 0.25 { s += $5 * $5; n++ } END { print n ? 100 * sqrt(s / n) : 0 }' \
			"$state.csv")
		cat >"$state.yaml" <<-EOF
			title: live runs on this machine, cores $state
			citation: make live, $(date -u +%Y-%m-%d)
			limits: {rate_mape: 10%, rate_worst: 25%, latency_worst: 25%, rates: 6, latencies: 4}
			repeatability: $(printf %.3f "$spread")%
			points:
		EOF
		cat points.txt >>"$state.yaml"
		sets+=("$state.yaml")
		printf 'cores %s: %d points; standard deviation of repeated runs %.1f %%\n' "$state" \
			"$(grep -c '  - id' points.txt)" "$spread"
	done
}

# The ledger simulates again: it must find the predictions that were stored.
same_as_stored() {
	sha256sum --quiet -c predicted.sha256 || return 1
	jq -r '.sets[].points[] | "\(.id) \(.predicted)"' ledger.json | awk '
	FNR == NR { split($0, f, ","); stored[f[1] "-" f[2]] = f[4]; next }
	{ off = stored[$1] ? $2 / stored[$1] - 1 : 1 }
	off > 1e-9 || off < -1e-9 { print $1 ": predicted " $2 " now, " stored[$1] " stored"; bad = 1 }
	END { exit bad }' predictions.csv -
}

print_ledger() {
	local code=0
	[ ${#sets[@]} -gt 0 ] || finish 4 "inconclusive: no state has runs enough"
	"$bin/nfvsim" validate "${sets[@]}" || code=$?
	"$bin/nfvsim" validate "${sets[@]}" --json >ledger.json || true
	same_as_stored || finish 1 "the predictions are not those that were stored"
	case $code in
	0) finish 0 "live: limits kept" ;;
	4) finish 4 "live: inconclusive" ;;
	5) finish 5 "live: limits broken" ;;
	*) exit 1 ;;
	esac
}
