# SPDX-License-Identifier: GPL-2.0
#
# Of lines "run scenario subject ns": medians, as lines of results.tsv. What a subject
# takes over an empty hook is the median of differences, each within one run; spread
# is how far apart the quartiles of these are.

BEGIN {
	OFS = "\t"
}

{
	got[$1, $2, $3] = $4
	if ($1 > runs)
		runs = $1
	if (!(($2, $3) in seen)) {
		seen[$2, $3]
		pair[++pairs] = $2 FS $3
	}
}

# sorted[1..n], of what is in it.
function sort(n,	i, j, value)
{
	for (i = 2; i <= n; i++) {
		value = sorted[i]
		for (j = i - 1; j >= 1 && sorted[j] > value; j--)
			sorted[j + 1] = sorted[j]
		sorted[j + 1] = value
	}
}

# quantile(n, q): of sorted[1..n], between its neighbours.
function quantile(n, q,	at, below)
{
	at = 1 + (n - 1) * q
	below = int(at)
	return below == n ? sorted[n] : \
		sorted[below] + (at - below) * (sorted[below + 1] - sorted[below])
}

# collect(name, subject, base): into sorted, what the subject took over the base.
function collect(name, subject, base,	run, n)
{
	for (run = 1; run <= runs; run++) {
		if (!((run, name, subject) in got) || base && !((run, name, base) in got))
			continue
		sorted[++n] = got[run, name, subject] - (base ? got[run, name, base] : 0)
	}
	sort(n)
	return n
}

function tell(name, subject, base,	n)
{
	n = collect(name, subject, base)
	over[name, subject] = quantile(n, 0.5)
	print name, subject, "ns over " base, sprintf("%.1f", over[name, subject])
	print name, subject, "ns spread", \
		sprintf("%.1f", quantile(n, 0.75) - quantile(n, 0.25))
}

END {
	for (i = 1; i <= pairs; i++) {
		split(pair[i], part, FS)
		name = part[1]
		subject = part[2]
		print name, subject, "ns/packet", \
			sprintf("%.1f", quantile(collect(name, subject), 0.5))
		if (subject == "empty")
			tell(name, subject, "none")
		else if (subject != "none")
			tell(name, subject, (name, "empty") in seen ? "empty" : "none")
	}
	for (i = 1; i <= pairs; i++) {
		split(pair[i], part, FS)
		name = part[1]
		if (part[2] != "conntrack" || !((name, "tcpshake") in over))
			continue
		# what takes nothing at all is not infinitely better
		own = over[name, "tcpshake"]
		print name, "tcpshake : conntrack", "times", \
			sprintf("%.2f", over[name, "conntrack"] / (own < 1 ? 1 : own))
	}
}
