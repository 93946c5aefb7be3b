#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `make bench` runs: builds the peers that can be built, counts instructions where valgrind is,
# and lets measure.c measure. Prints a table and writes $BUILD/bench.json. Environment: BUILD (build).
set -eu
cd "$(dirname "$0")/.."

BUILD=${BUILD:-build}
peers=$BUILD/bench/peers
mkdir -p "$peers"
export NFVSIM_DATA=scenarios

# -O3: what the peers' own authors would use.
"${CC:-gcc}" -std=gnu11 -O3 -I. bench/peers/lazy.c -o "$peers/lazy" -lm
rm -f "$peers/ns3_w1"
if [ -e /usr/include/ns3/core-module.h ] && command -v g++ >/dev/null; then
	g++ -O3 -I. bench/peers/ns3_w1.cc -o "$peers/ns3_w1" -lns3-network -lns3-core
else
	echo "without ns-3 (Debian: apt-get install libns3-dev g++)"
fi

counts=$BUILD/bench/instructions.txt
: >"$counts"
if command -v valgrind >/dev/null; then
	NFVSIM=$BUILD/nfvsim bash bench/instructions.sh >"$counts"
else
	echo "without instruction counts (Debian: apt-get install valgrind)"
fi

"$BUILD/bench/measure" "$BUILD/nfvsim" "$peers" "$counts" "$BUILD/bench.json"
echo
echo "written: $BUILD/bench.json"
