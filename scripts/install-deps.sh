#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# install-deps.sh SET...   installs what is missing of the named sets of Debian packages:
#   build  everything the program can use       test  what `make check` needs besides
#   dev    for make lint, make fuzz, CI         calib the microbenchmarks (DPDK)
#   live   for make live besides calib            browser for make check-browser
#
# A bare Debian 12 needs only git and make beforehand: make demo and make check call this script. If
# nothing is missing it calls neither apt nor the network. Exit 0: all there; 1: not.
set -eu

packages() {
	case $1 in
	build)
		echo gcc libc6-dev make pkg-config
		echo libyaml-dev libgsl-dev libjansson-dev libsqlite3-dev
		echo zlib1g-dev libpcap-dev libglpk-dev libhwloc-dev libopenmpi-dev
		echo openmpi-bin gnuplot-nox
		;;
	test) echo libcmocka-dev jq procps iproute2 ;;
	dev) echo clang libclang-rt-dev clang-format valgrind git ;;
	browser) echo chromium chromium-driver curl fonts-dejavu-core ;;
	calib) echo libdpdk-dev dpdk dpdk-dev ;;
	live) echo openvswitch-switch-dpdk jq ;;
	*)
		echo "install-deps.sh: no set '$1' (build, test, dev, calib, live, browser)" >&2
		return 1
		;;
	esac
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_install() {
	[ "$(id -u)" = 0 ] && return 0
	command -v sudo >/dev/null || return 1
	# Without a terminal sudo could not ask for a password.
	sudo -n true 2>/dev/null || [ -t 0 ]
}

# The package lists may be absent or too old, so a failure is followed by one update.
apt_install() {
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300
		--no-install-recommends)
	as_root "${apt[@]}" install "$@" </dev/null && return 0
	as_root "${apt[@]}" update </dev/null
	as_root "${apt[@]}" install "$@" </dev/null
}

[ $# -gt 0 ] || set -- build test
wanted=()
for set_name in "$@"; do
	names=$(packages "$set_name")
	# shellcheck disable=SC2206 # package names are words
	wanted+=($names)
done

if ! command -v dpkg-query >/dev/null; then
	echo "install-deps.sh: no Debian system; please install the like of: ${wanted[*]}" >&2
	exit 0
fi

missing=()
for package in "${wanted[@]}"; do
	installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "missing packages: ${missing[*]}"
if ! can_install; then
	echo "install-deps.sh: not root and no sudo. Have somebody run:" >&2
	echo "    apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
apt_install "${missing[@]}"
