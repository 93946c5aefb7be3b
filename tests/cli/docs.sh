#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every `$ nfvsim ...` line in a console block of the docs runs (in the pages of manual.sh, there); every YAML
# block that names a dataplane is a scenario that passes `check`.
NFVSIM_DATA=$PWD/scenarios
export NFVSIM_DATA
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
PATH="$(dirname "$NFVSIM"):$PATH"

commands() {
	awk '/^```console/ { on = 1; next } /^```/ { on = 0 } on && /^\$ nfvsim / { print substr($0, 3) }' "$1"
}

scenarios() {
	awk -v dir="$dir" '/^```yaml/ { on = 1; n++; next } /^```/ { on = 0 }
		on { print > (dir "/block" n ".yaml") }' "$1"
}

for doc in README.md CONTRIBUTING.md docs/*.md; do
	: >"$dir/commands"
	grep -q "^pages=.*$doc" tests/cli/manual.sh ||
		commands "$doc" | sed "s|/tmp/|$dir/|g" >"$dir/commands" # nothing is left there
	while IFS= read -r line; do
		wanted=$(printf '%s\n' "$line" | sed -n 's/.*# exit \([0-9]*\)$/\1/p')
		timeout 120 sh -c "$line" >"$dir/out" 2>&1 </dev/null
		got=$?
		if [ "$got" = "${wanted:-0}" ]; then
			echo "ok - $doc: $line"
		else
			echo "not ok - $doc: $line (exit $got)"
			sed 's/^/# /' "$dir/out"
		fi
	done <"$dir/commands"
	rm -f "$dir"/block*.yaml
	scenarios "$doc"
	for block in "$dir"/block*.yaml; do
		grep -q '^dataplane:' "$block" 2>/dev/null || continue
		if "$NFVSIM" check "$block" >"$dir/out" 2>&1; then
			echo "ok - $doc: $(basename "$block" .yaml) is a scenario"
		else
			echo "not ok - $doc: $(basename "$block" .yaml) is a scenario"
			sed 's/^/# /' "$dir/out"
		fi
	done
done
