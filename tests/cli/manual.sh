#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the manual shows is what the program prints. In the pages below every block of the kind
#
#   ```console
#   $ nfvsim VERB ...
#   its output
#   ```
#
# is run again and compared. A block of YAML that begins with a comment "# NAME.yaml" is a file that
# the page's commands can read. UPDATE=1 bash tests/cli/manual.sh writes the new output into the pages.
. tests/cli/lib.sh
export NFVSIM_DATA=$PWD/scenarios
pages=(docs/measuring.md docs/planning.md docs/inverse.md)

mkdir "$tmp/bin" "$tmp/run"
ln -s "$NFVSIM" "$tmp/bin/nfvsim"
PATH=$tmp/bin:$PATH

files() {
	awk -v dir="$tmp/run" '/^```yaml/ { first = 1; next } /^```/ { file = "" }
		first { first = 0; file = /^# [a-z-]*\.yaml$/ ? dir "/" $2 : "" }
		file { print > file }' "$1"
}

printed() {
	local line block=false command=
	while IFS= read -r line; do
		if [[ $line == '```console' ]]; then
			block=true
		elif $block && [[ $line == '```' ]]; then
			block=false
		elif [[ $command ]] || { $block && [[ $line == '$ '* ]]; }; then
			printf '%s\n' "$line"
			command+=${line#'$ '}
			if [[ $command == *\\ ]]; then
				command=${command%\\}
			else
				(cd "$tmp/run" && bash -c "$command" 2>&1 </dev/null) | sed 's/ *$//'
				command=
			fi
			continue
		elif $block; then
			continue
		fi
		printf '%s\n' "$line"
	done <"$1"
}

for page in "${pages[@]}"; do
	files "$page"
	printed "$page" >"$tmp/page"
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$tmp/page" "$page"
	fi
	check "$page has examples" grep -q '^\$ nfvsim' "$page"
	check "what $page shows is what the program prints" diff "$page" "$tmp/page"
done
