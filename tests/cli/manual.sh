#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the manual shows is what the program prints. In docs/measuring.md every block of the kind
#
#   ```console
#   $ nfvsim VERB ...
#   its output
#   ```
#
# is run again and compared. UPDATE=1 bash tests/cli/manual.sh writes the new output into the page.
. tests/cli/lib.sh
export NFVSIM_DATA=scenarios

page=docs/measuring.md
mkdir "$tmp/bin"
ln -s "$NFVSIM" "$tmp/bin/nfvsim"
PATH=$tmp/bin:$PATH

block=false
while IFS= read -r line; do
	if [[ $line == '```console' ]]; then
		block=true
	elif $block && [[ $line == '```' ]]; then
		block=false
	elif $block && [[ $line == '$ '* ]]; then
		printf '%s\n' "$line"
		bash -c "${line#??}" 2>&1 </dev/null | sed 's/ *$//'
		continue
	elif $block; then
		continue
	fi
	printf '%s\n' "$line"
done <"$page" >"$tmp/page"

if [ "${UPDATE:-0}" = 1 ]; then
	cp "$tmp/page" "$page"
fi
check "the page has examples" grep -q '^\$ nfvsim' "$page"
check "what $page shows is what the program prints" diff "$page" "$tmp/page"
