# SPDX-License-Identifier: GPL-2.0
#
# Of targets.tsv and results.tsv: programs by capture, whatever else was measured
# in a unit of its own, and the targets. What was not measured is left out.

/^#/ { next }

FILENAME ~ /targets\.tsv$/ {
	target[++targets] = $1 FS $2 FS $3
	bound[targets] = $4
	limit[targets] = $5
	next
}

{
	got[$1 FS $2 FS $3] = $4
	if ($3 == "wall_s")
		program[++programs] = $1 FS $2
	else if ($1 == "environment")
		printf "%-12s %s\n", $2, $4
}

function cell(name, unit)
{
	return (name FS unit) in got ? got[name FS unit] : "-"
}

function number(value)
{
	return value >= 1000000 ? sprintf("%.2f M", value / 1000000) : \
		value >= 10000 ? sprintf("%.1f k", value / 1000) : value + 0 ""
}

# How many times as fast as the program the reader is, in its three ways.
function factors(capture, subject,	a, b, c)
{
	a = capture FS "tcpshake --summary : " subject FS "times"
	b = capture FS "tcpshake --json : " subject FS "times"
	c = capture FS "tcpshake : " subject FS "times"
	return a in got ? got[a] " / " got[b] " / " got[c] : ""
}

END {
	line = "%-17s %-19s %9s %9s %10s %9s %9s  %s\n"
	if (programs)
		printf "\n" line, "CAPTURE", "PROGRAM", "WALL s", "CPU s", "PACKETS/s", \
			"PEAK MiB", "COMPLETED", "TIMES: SUMMARY / JSON / TEXT"
	for (i = 1; i <= programs; i++) {
		split(program[i], name, FS)
		printf line, name[1], name[2], sprintf("%.3f", cell(program[i], "wall_s")), \
			sprintf("%.3f", cell(program[i], "cpu_s")), \
			number(cell(program[i], "packets/cpu_s")), \
			sprintf("%.1f", cell(program[i], "peak_KiB") / 1024), \
			cell(program[i], "completed"), factors(name[1], name[2])
	}
	line = "%-21s %-36s %-13s %11s %9s  %s\n"
	printf "\n" line, "TARGET", "OF", "UNIT", "TARGET", "MEASURED", ""
	for (i = 1; i <= targets; i++) {
		if (!(target[i] in got))
			continue
		split(target[i], name, FS)
		value = got[target[i]] + 0
		met = bound[i] == "least" ? value >= limit[i] + 0 : value <= limit[i] + 0
		printf line, name[1], name[2], name[3], \
			(bound[i] == "least" ? ">= " : "<= ") number(limit[i]), \
			value < 10000 ? sprintf("%.2f", value) : number(value), \
			met ? "met" : "MISSED"
	}
}
