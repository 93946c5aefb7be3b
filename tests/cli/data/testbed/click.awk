# Holds generated Click configurations to Click's language (click(5)) and to the arguments that elements document:
# FromDevice and ToDevice of MiniOS (elements/minios/*.hh: DEVID), CheckIPHeader (elements/ip/checkipheader.hh:
# OFFSET), StaticIPLookup (ADDR/MASK [GW] OUT), IPFilter (ACTION PATTERN). Configurations stand below "# name".
function say(text) { print FILENAME ":" FNR ": " text ": " $0 }
function address(text,   n, i, part) {
	n = split(text, part, ".")
	for (i = 1; i <= n; i++)
		if (part[i] !~ /^[0-9]+$/ || part[i] > 255) return 0
	return n == 4
}
function route(text,   part, net) {
	if (split(text, part, " ") != 2 || part[2] != "0" || split(part[1], net, "/") != 2) return 0
	return address(net[1]) && net[2] ~ /^[0-9]+$/ && net[2] <= 32
}
function rule(text,   part) {
	if (text == "allow all") return 1
	return split(text, part, " ") == 4 && part[1] == "deny" && part[2] == "src" && part[3] == "host" && address(part[4])
}
function arguments(class, list,   n, i, part) {
	n = split(list, part, /, /)
	for (i = 1; i <= n; i++) {
		if (class ~ /^(FromDevice|ToDevice)$/ && (n != 1 || part[i] !~ /^[01]$/)) say("no device")
		if (class == "CheckIPHeader" && part[i] !~ /^OFFSET [0-9]+$/) say("no argument")
		if (class == "StaticIPLookup" && !route(part[i])) say("no route")
		if (class == "IPFilter" && !rule(part[i])) say("no rule")
	}
	if (!(class in known)) say("no element " class)
}
function element(text,   a) {
	if (match(text, /^[A-Z][A-Za-z]*\(.*\)$/)) {
		split(text, a, "(")
		arguments(a[1], substr(text, length(a[1]) + 2, length(text) - length(a[1]) - 2))
		return a[1]
	}
	if (!(text in declared)) say("no element " text)
	return declared[text]
}
BEGIN { split("FromDevice ToDevice CheckIPHeader StaticIPLookup IPFilter", k, " "); for (i in k) known[k[i]] = 1 }
/^# / { split("", declared); next }
!/;$/ { say("no end of a statement"); next }
{ sub(/;$/, "") }
/^[a-z][a-z0-9]* :: / { split($0, a, / :: /); declared[a[1]] = element(a[2]); next }
{
	n = split($0, a, / -> /)
	if (n < 2) say("no connection")
	for (i = 1; i <= n; i++) {
		class = element(a[i])
		if (i == 1 && class != "FromDevice" || i == n && class != "ToDevice") say("no way through the VM")
	}
}
