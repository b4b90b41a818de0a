# SPDX-License-Identifier: GPL-2.0
#
# What follows from instructions in results.tsv, as more lines of it: what a subject
# takes over an empty hook (BPF: over an empty program), how many times that of
# tcpshake it is, and how much more the largest table takes than the smallest.
#
# An empty hook is taken off conntrack once, though it has two or three: in its favour.

$3 == "instructions" {
	got[$1 FS $2] = $4
	if (!($1 in seen)) {
		seen[$1]
		scenario[++scenarios] = $1
	}
}

function over(name, subject, base)
{
	return got[name FS subject] - got[name FS base]
}

function times(name, subject, base,	own, peer)
{
	if (!((name FS "tcpshake") in got) || !((name FS subject) in got))
		return
	own = over(name, "tcpshake", "empty")
	peer = over(name, subject, base)
	# what takes nothing at all is not infinitely better
	printf "%s\ttcpshake : %s\ttimes\t%.2f\n", name, subject, peer / (own < 1 ? 1 : own)
}

function tell(name, subject, base)
{
	if (!((name FS subject) in got) || !((name FS base) in got))
		return
	printf "%s\t%s\tover %s\t%.1f\n", name, subject, base == "none" ? base : "empty",
		over(name, subject, base)
}

# The same scenario in tables of other sizes.
function flatness(name,	part, size, least, most, value, count)
{
	split(name, part, "/")
	for (size in sizes) {
		value = size "/" part[2] "/" part[3]
		if (!((value FS "tcpshake") in got))
			continue
		count++
		value = over(value, "tcpshake", "empty")
		if (count == 1 || value < least)
			least = value
		if (count == 1 || value > most)
			most = value
	}
	if (count > 1)
		printf "any/%s/%s\ttcpshake\tmost/least\t%.3f\n", part[2], part[3],
			(most < 1 ? 1 : most) / (least < 1 ? 1 : least)
}

# A flood that goes on, and its beginning.
function age(name,	old)
{
	old = name "-10"
	if (!((old FS "tcpshake") in got))
		return
	printf "%s\ttcpshake\tolder/younger\t%.3f\n", old,
		over(old, "tcpshake", "empty") / over(name, "tcpshake", "empty")
}

END {
	for (i = 1; i <= scenarios; i++) {
		name = scenario[i]
		tell(name, "tcpshake", "empty")
		tell(name, "conntrack", (name FS "empty") in got ? "empty" : "none")
		tell(name, "bpf", "bpf-empty")
		times(name, "conntrack", "empty")
		times(name, "bpf", "bpf-empty")
		age(name)
		split(name, part, "/")
		sizes[part[1]]
	}
	for (i = 1; i <= scenarios; i++) {
		split(scenario[i], part, "/")
		if (!((part[2], part[3]) in told))
			flatness(scenario[i])
		told[part[2], part[3]]
	}
}
