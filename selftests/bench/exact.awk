# SPDX-License-Identifier: GPL-2.0
#
# Of targets.tsv and results.tsv: instructions, a table for each size and family; or
# other units, -v unit=UNIT -v over=UNIT of what is over an empty hook.

BEGIN {
	if (!unit) {
		unit = "instructions"
		over = "over empty"
	}
	title["local-in"] = "established, own socket known, comes in"
	title["local-out"] = "established, own socket known, goes out"
	title["forward-0"] = "established, forwarded, nothing pending"
	title["syn-half"] = "new SYN, table half full"
	title["syn-full"] = "new SYN, table full: evicts"
	title["syn-full-10"] = "the same, after 10 times the table"
	title["handshake"] = "handshake: SYN + SYN-ACK + ACK"
	title["handshake-synack"] = "  of which SYN-ACK"
	title["handshake-ack"] = "  of which third ACK"
	title["refused"] = "SYN + RST that refuses it"
	title["refused-rst"] = "  of which RST"
	title["forward-unconfirmed"] = "established, PRE_ROUTING alone"
	title["syn-unconfirmed"] = "new SYN, PRE_ROUTING alone: no confirm"
	title["ktime"] = "a call of ktime_get_ns"
	title["hsiphash"] = "hsiphash of 16 octets"
	title["jhash"] = "jhash of 16 octets"
	line = "%-40s %7s %7s %9s %10s %7s | %9s %9s %10s %12s %12s\n"
}

/^#/ { next }

FILENAME ~ /targets\.tsv$/ {
	if ($3 == over)
		target[$1] = $5
	next
}

split($1, part, "/") == 3 {
	got[$1 FS $2 FS $3] = $4
	if ($3 != unit || $1 in seen)
		next
	seen[$1]
	group = part[1] "/" part[2]
	if (!(group in members))
		groups[++ngroups] = group
	members[group] = members[group] FS part[3]
}

function cell(name, subject, what)
{
	what = name FS subject FS what
	return what in got ? sprintf(unit == "instructions" ? "%.0f" : "%.1f", got[what]) : "-"
}

# "1200 (4.1 x)": over an empty hook, and how many times that of tcpshake.
function peer(name, subject,	its, times)
{
	its = cell(name, subject, over)
	times = name FS "tcpshake : " subject FS "times"
	return its == "-" ? its : sprintf("%s (%.1fx)", its, got[times])
}

function show(group, member,	name, own)
{
	name = group "/" member
	own = cell(name, "tcpshake", over)
	printf line, member in title ? title[member] : \
		"established, forwarded, " substr(member, 9) " pending", \
		cell(name, "none", unit), cell(name, "empty", unit), \
		cell(name, "tcpshake", unit), cell(name, "conntrack", unit), \
		cell(name, "bpf", unit), own, \
		name in target ? "<= " target[name] : "-", \
		name in target ? (own + 0 <= target[name] ? "met" : "MISSED") : "", \
		peer(name, "conntrack"), peer(name, "bpf")
}

function notes()
{
	print "\nInstructions of a packet on all hooks it passes, by a clock that counts them; \"over" \
		"\nempty\": without the hooks' calls, an empty hook in tcpshake's place, or an empty program."
	print "BPF: run by itself; being called where packets pass costs more. It keeps no options, tells" \
		"\nno anomalies and has no sockets of this host. A scenario of BPF has its mean in whole numbers."
	print "conntrack: its table is as large as ours; \"full\" is its own limit, where it drops early." \
		"\nAn empty hook is taken off once, though it has several."
	print "Half full, counted by attempts: rows fill unevenly, so some evict (\"evicted\" in the results)."
	print "Not measured here: processors side by side, caches, memory. \"10 times\": not with 1 Mi slots."
}

END {
	for (i = 1; i <= ngroups; i++) {
		split(groups[i], part, "/")
		printf "\n" line, (unit == "instructions" ? part[1] " slots" : part[1] " " unit) ", IP" part[2], "NONE", "EMPTY", "TCPSHAKE", \
			"CONNTRACK", "BPF", "OVER EMPTY", "TARGET", "", "CONNTRACK", "BPF"
		n = split(substr(members[groups[i]], 2), member, FS)
		for (j = 1; j <= n; j++)
			show(groups[i], member[j])
	}
	if (ngroups && unit == "instructions")
		notes()
}
