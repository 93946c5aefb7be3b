#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Checks the style rules that a script can check and prints each finding as "file:line: message":
# layout, lengths, width, direction of includes, banned words, licence line, unique file names,
# mutable file-scope variables. Reads the tree's C and shell files, and for the last rule objects
# in $BUILD (build), as far as they are built. Exit 1 if there is a finding.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C

BUILD=${BUILD:-build}
MAX_FILE=600
MAX_FUNCTION=70
MAX_WIDTH=100
BANNED='strcpy|strcat|sprintf|vsprintf|gets|atoi|strtok|rand|srand|system|popen|alloca'

mapfile -t c_files < <(find base sim model calib plan validate report cli tests bench \
	-name '*.[ch]' 2>/dev/null | sort)
mapfile -t scripts < <(find scripts tests bench validate .ci \( -name "*.sh" -o -path .ci/run \) \
	2>/dev/null | sort)

layout() {
	if ! command -v clang-format >/dev/null; then
		echo "Makefile:1: clang-format is missing: run scripts/install-deps.sh dev"
		return
	fi
	clang-format --dry-run -Werror "$@" 2>&1 |
		sed -n "s/^\([^:]*:[0-9]*\):[0-9]*: .*clang-format.*/\1: run make format/p" |
		awk -F: '!seen[$1]++'
}

# Bytes 0x80 to 0xbf continue a UTF-8 character.
lengths() {
	awk -v max_file=$MAX_FILE -v max_function=$MAX_FUNCTION -v max_width=$MAX_WIDTH '
	function say(line, text) { print FILENAME ":" line ": " text }
	function width(text,   n, i, parts, w) {
		gsub(/[\200-\277]/, "", text)
		n = split(text, parts, "\t")
		for (i = 1; i < n; i++) { w += length(parts[i]); w += 8 - w % 8 }
		return w + length(parts[n])
	}
	FNR == 1 { start = 0 }
	FNR == max_file + 1 { say(FNR, "file is longer than " max_file " lines") }
	FILENAME ~ /\.[ch]$/ && width($0) > max_width { say(FNR, "line is wider than " max_width " columns") }
	/[ \t]$/ { say(FNR, "blank at the end of the line") }
	FILENAME !~ /\.c$/ { next }
	/^{/ { start = FNR + 1 }
	/^}/ && start {
		if (FNR - start > max_function)
			say(start, "function of " FNR - start " lines, at most " max_function)
		start = 0
	}' "$@"
}

# A folder may include itself and those to its right; calib/dpdk alone may include DPDK.
includes() {
	awk '
	BEGIN {
		n = split("cli report validate plan calib model sim base", folders, " ")
		for (i = 1; i <= n; i++) rank[folders[i]] = n - i + 1
	}
	function say(text) { print FILENAME ":" FNR ": " text }
	/^[ \t]*#[ \t]*include[ \t]*</ && /<(rte_|ethdev)/ && FILENAME !~ /^calib\/dpdk\// {
		say("only calib/dpdk may include DPDK")
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, quoted, "\"")
		split(FILENAME, from, "/")
		if (!split(quoted[2], to, "/") || to[2] == "")
			say("include path does not start at the root: " quoted[2])
		else if (from[1] in rank && (!(to[1] in rank) || rank[to[1]] > rank[from[1]]))
			say(from[1] "/ must not include " to[1] "/")
	}' "$@"
}

# The program text without comments and without what is in quotes, line by line.
banned() {
	awk -v functions="$BANNED" '
	function strip(text,   i, c, two, quote, out) {
		out = ""
		quote = ""
		for (i = 1; i <= length(text); i++) {
			c = substr(text, i, 1); two = substr(text, i, 2)
			if (in_comment) {
				if (two == "*/") { in_comment = 0; i++ }
			} else if (quote != "") {
				if (c == "\\") i++
				else if (c == quote) quote = ""
			} else if (two == "/*") { in_comment = 1; i++ }
			else if (two == "//") break
			else if (c == "\"" || c == "\047") quote = c
			else out = out c
		}
		return out
	}
	function say(text) { print FILENAME ":" FNR ": " text }
	FNR == 1 { in_comment = 0 }
	{ code = " " strip($0) " " }
	match(code, "[^A-Za-z0-9_](" functions ")[ \t]*[(]") {
		name = substr(code, RSTART + 1, RLENGTH - 1); sub(/[ \t]*\(/, "", name)
		say("banned function " name)
	}
	!/^[ \t]*#/ && code ~ /[^A-Za-z0-9_]float[^A-Za-z0-9_]/ { say("float: use double") }
	/TODO|FIXME/ { say("unfinished: TODO or FIXME") }' "$@"
}

licence() {
	local file
	for file in "$@"; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
			echo "$file:1: no SPDX-License-Identifier line"
	done
}

unique_names() {
	printf '%s\n' "$@" | awk -F/ '
	$NF in seen { print $0 ":1: same file name as " seen[$NF] }
	{ seen[$NF] = $0 }'
}

# Constant data that needs relocation is in .data.rel.ro; the rest of .data and .bss can be changed.
mutable() {
	local source object name line
	for source in "$@"; do
		object=$BUILD/${source%.c}.o
		[[ $source =~ ^(base|sim|model)/ && -e $object ]] || continue
		nm -f sysv "$object" | awk -F'|' '
			$4 !~ /OBJECT|TLS/ || $7 ~ /^\.data\.rel\.ro/ { next }
			$7 ~ /^(\.t?data|\.t?bss|\*COM\*)/ { sub(/[. ].*/, "", $1); print $1 }' |
			while read -r name; do
				line=$(grep -n -m 1 -w -- "$name" "$source" | cut -d: -f1)
				echo "$source:${line:-1}: variable $name outlives its function"
			done
	done
}

[ ${#c_files[@]} -gt 0 ] || { echo "lint: no C files"; exit 0; }
findings=$(
	layout "${c_files[@]}"
	lengths "${c_files[@]}" "${scripts[@]}"
	includes "${c_files[@]}"
	banned "${c_files[@]}"
	licence "${c_files[@]}" "${scripts[@]}" Makefile
	unique_names "${c_files[@]}"
	mutable "${c_files[@]}"
)
if [ -n "$findings" ]; then
	printf '%s\n' "$findings"
	printf '%s\n' "$findings" | wc -l | sed 's/$/ style findings/'
	exit 1
fi
echo "lint: no findings in ${#c_files[@]} C files and ${#scripts[@]} scripts"
