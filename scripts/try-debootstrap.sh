#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# try-debootstrap.sh DIR: does a stranger's machine get from a clone to a demo? Makes a bare Debian
# 12 in DIR/bare (kept for the next time; needs root and debootstrap), copies it to DIR/root, clones
# the HEAD of this repository into it, runs `make demo` and `make check` there, and says how long
# each took. Packages come from where this machine takes them: its apt sources and proxies are used.
# Exit 1: a step failed.
# shellcheck disable=SC2317 # the steps are called through timed()
set -eu

[ $# -eq 1 ] || { echo "usage: try-debootstrap.sh DIR" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "try-debootstrap.sh: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "apt-get install debootstrap" >&2; exit 1; }

repository=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
base=$(cd "$1" && pwd)
root=$base/root
# Where this machine takes Debian 12 from; $MIRROR overrides it.
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Release: bookworm' | head -n 1)}
summary=()

leave() {
	local place
	for place in dev/pts proc; do
		! mountpoint -q "$root/$place" || umount "$root/$place"
	done
}
trap leave EXIT

timed() {
	local what=$1 begin=$SECONDS rc=0
	shift
	printf '\n== %s\n' "$what"
	"$@" </dev/null || rc=$?
	summary+=("$(printf '%-24s %4d s  %s' "$what" $((SECONDS - begin)) \
		"$([ $rc = 0 ] && echo ok || echo "failed ($rc)")")")
	return $rc
}

inside() {
	chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "$@"
}

# Made in DIR/new, so that one which was interrupted is not taken for a whole one.
bare_debian() {
	[ ! -d "$base/bare" ] || return 0
	rm -rf --one-file-system "$base/new" &&
		debootstrap --variant=minbase bookworm "$base/new" "$mirror" >"$base/log" &&
		mv "$base/new" "$base/bare"
}

fresh_copy() {
	leave && rm -rf --one-file-system "$root" && cp -a "$base/bare" "$root"
}

apt_settings() {
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	if grep -qsE '^(deb|URIs:).*debian' /etc/apt/sources.list.d/debian.sources; then
		rm -f "$root/etc/apt/sources.list"
		cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
	elif [ -s /etc/apt/sources.list ]; then
		cp /etc/apt/sources.list "$root/etc/apt/"
	fi
	grep -lsE 'Proxy|Acquire::(http|https|Retries)' /etc/apt/apt.conf /etc/apt/apt.conf.d/* |
		xargs -r cp -t "$root/etc/apt/apt.conf.d"
}

clone() {
	git clone -q --no-hardlinks "$repository" "$root/root/nfvsim" &&
		git -C "$root/root/nfvsim" log -1 --format='%h %s'
}

first_packages() {
	inside apt-get -q update &&
		inside apt-get -q -y --no-install-recommends install make git
}

run_all() {
	timed "bare Debian 12" bare_debian &&
		fresh_copy &&
		apt_settings &&
		mount -t proc proc "$root/proc" &&
		mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666 &&
		ln -sf pts/ptmx "$root/dev/ptmx" &&
		timed "clone" clone &&
		timed "make and git" first_packages &&
		timed "make demo" inside make -C /root/nfvsim demo &&
		timed "make check" inside make -C /root/nfvsim check &&
		timed "make check, once more" inside make -C /root/nfvsim check
}

result=0
run_all || result=1
printf '\n'
printf '%s\n' "${summary[@]}"
exit $result
