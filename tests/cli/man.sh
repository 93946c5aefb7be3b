#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual page has every verb and option, and no others.
. tests/cli/lib.sh

page=docs/nfvsim.1
plain() {
	sed 's/\\-/-/g' "$page"
}

# The part of the page about a verb.
section() {
	plain | awk -v verb="$1" '/^\.S[HS]/ { on = $1 == ".SS" && $2 == verb } on'
}

# The options that all verbs have are explained once, under OPTIONS.
common='^--(help|usage|version)$'
plain | sed -n '/^.SH OPTIONS/,/^.SH FILES/p' >"$tmp/explained"

for verb in $(verbs); do
	section "$verb" >"$tmp/section"
	options "$verb" >"$tmp/all"
	grep -vE -- "$common" "$tmp/all" >"$tmp/own"
	grep -o -- '--[a-z][a-z0-9-]*' "$tmp/section" | sort -u >"$tmp/told"
	check "$verb is in the manual" test -s "$tmp/section"
	check "$verb: the manual has its options and no others" diff "$tmp/own" "$tmp/told"
	while read -r option; do
		check "$verb: $option is explained" \
			grep -qE -- "^\.BR? .*$option( |=|\$|\")" "$tmp/explained"
	done <"$tmp/all"
done
check "the manual has no other verbs" test -z \
	"$(comm -13 <(verbs | sort) <(plain | sed -n 's/^\.SS \([a-z]*\).*/\1/p' | sort))"

if command -v groff >/dev/null; then
	groff -man -ww -z -Tutf8 "$page" 2>"$tmp/log.groff"
	check "groff has no complaint" test ! -s "$tmp/log.groff"
else
	skip "groff has no complaint" "groff is not installed"
fi
