#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ovs.sh FOLDER PROCESSOR
#
# An Open vSwitch of its own, with DPDK and without huge pages: all its threads on one processor, one
# of them polling; what comes from the VM whose socket is FOLDER/in goes to that of FOLDER/out. Files
# are in a folder below, sockets too; the system's Open vSwitch, if there is one, is not touched. Runs
# until SIGTERM; removes its files then.
#
# Its bridge is a network device of the kernel's too: who is not root gets namespaces of its own for that.
set -eu
[ "$(id -u)" = 0 ] || exec unshare --user --map-root-user --net "$0" "$@"
folder=$1/ovs processor=$2
daemon=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk
schema=/usr/share/openvswitch/vswitch.ovsschema
db=unix:$folder/db.sock
export OVS_RUNDIR=$folder OVS_DBDIR=$folder OVS_LOGDIR=$folder OVS_SYSCONFDIR=$folder
pids=()

finish() { # STATUS
	local pid
	trap '' TERM
	for pid in "${pids[@]}"; do # the switch first
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ "$1" = 0 ] || tail -n 5 "$folder/out" >&2
	rm -rf "$folder"
}
trap 'finish $?' EXIT
trap 'exit 0' TERM INT HUP

# A daemon goes when this script does, even by KILL.
start() { # COMMAND...
	taskset -c "$processor" setpriv --pdeathsig TERM "$@" >>"$folder/out" 2>&1 </dev/null &
	pids=($! "${pids[@]}")
}

wait_for() { # SOCKET
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		[ ! -S "$1" ] || return 0
		sleep 0.02
	done
	return 1
}

ask() { # OVS-VSCTL-ARGUMENTS
	timeout 10 ovs-vsctl --db="$db" "$@"
}

mkdir "$folder"
ovsdb-tool create "$folder/conf.db" "$schema"
start ovsdb-server "$folder/conf.db" --remote="p$db" --unixctl="$folder/db.ctl"
wait_for "$folder/db.sock"
# --legacy-mem, as Open vSwitch adds --in-memory without it, which excludes --no-huge
ask --no-wait -- init -- set Open_vSwitch . other_config:dpdk-init=true \
	other_config:pmd-cpu-mask="$(printf %x $((1 << processor)))" \
	other_config:dpdk-extra="--no-huge --legacy-mem -m 512 --no-pci --no-shconf --no-telemetry \
--file-prefix=nfvsim-ovs"
start "$daemon" "$db" --unixctl="$folder/vs.ctl" --pidfile="$folder/vs.pid" --log-file="$folder/log"
ask add-br br -- set bridge br datapath_type=netdev fail_mode=secure
number=0
for port in in out; do
	wait_for "$1/$port"
	ask add-port br $port -- set Interface $port type=dpdkvhostuserclient \
		ofport_request=$((++number)) options:vhost-server-path="$1/$port"
done
timeout 10 ovs-ofctl add-flow "unix:$folder/br.mgmt" in_port=1,actions=output:2
wait -n || true
exit 1
