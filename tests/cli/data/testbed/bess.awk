# Holds generated scripts to BESS's language: bess-arguments.txt first, then scripts, each below "# name".
# Prints what is wrong.
function say(text) { print FILENAME ":" FNR ": " text ": " $0 }
function check_arguments(kind, list,   n, i, parts, key) {
	gsub(/'([^'\\]|\\.)*'/, "text", list)
	gsub(/\[[0-9, ]*\]/, "list", list)
	n = split(list, parts, /, */)
	for (i = 1; i <= n; i++) {
		key = parts[i]
		if (!sub(/=(text|list|[0-9]+)$/, "", key))
			say("no argument: " parts[i])
		else if (!((kind, key) in known))
			say(kind " has no argument " key)
	}
}
function inside(text) { sub(/^[^(]*\(/, "", text); sub(/\)$/, "", text); return text }
function end_script(   m) {
	for (m in module)
		if (module[m] == "QueueInc" && !(m in attached))
			say("no task for " m)
	split("", module); split("", port); split("", worker); split("", attached); split("", core)
}
NR == FNR { if (!/^#/) for (i = 2; i <= NF; i++) known[$1, $i] = 1; next }
/^# / { end_script(); next }
/^[a-z0-9_]+ = PMDPort\(.*\)$/ { port[$1] = 1; check_arguments("PMDPort", inside($0)); next }
/^[a-z0-9_]+::[A-Za-z]+\(.*\)$/ {
	split($0, a, /::|\(/)
	module[a[1]] = a[2]
	check_arguments(a[2], inside($0))
	if (match($0, /port='[a-z0-9_]+'/) && !(substr($0, RSTART + 6, RLENGTH - 7) in port))
		say("no such port")
	next
}
/^[a-z0-9_]+(:[0-9]+)? -> [a-z0-9_]+$/ {
	split($1, from, ":")
	if (!(from[1] in module)) say("no module " from[1])
	if (!($3 in module)) say("no module " $3)
	if (module[from[1]] == "QueueOut" || module[$3] == "QueueInc") say("no such gate")
	next
}
/^bess\.add_worker\(.*\)$/ {
	check_arguments("add_worker", inside($0))
	split($0, a, /[=,)]/)
	if (a[2] in worker || a[4] in core) say("a worker or core of two")
	worker[a[2]] = core[a[4]] = 1
	next
}
/^[a-z0-9_]+\.attach_task\(.*\)$/ {
	split($0, a, /[.=)]/)
	check_arguments("attach_task", inside($0))
	if (module[a[1]] != "QueueInc") say("no task")
	if (!(a[3] in worker)) say("no such worker")
	attached[a[1]] = 1
	next
}
{ say("no line of a script") }
END { end_script() }
