# SPDX-License-Identifier: GPL-2.0
#
# What follows from instructions of whole connections in results.tsv, as more lines of it.

$1 == "system" && $3 == "instructions/connection" {
	got[$2] = $4
	subject[++n] = $2
}

END {
	OFS = "\t"
	for (i = 1; i <= n; i++) {
		name = subject[i]
		print "system", name, "connections/s", int(1000000000 / got[name])
		if (name == "none")
			continue
		print "system", name, "over none", got[name] - got["none"]
		print "system", name, "percent", sprintf("%.1f", \
			(got[name] - got["none"]) * 100 / got["none"])
	}
	if ("tcpshake" in got && "conntrack" in got)
		print "system", "tcpshake : conntrack", "times", \
			sprintf("%.2f", (got["conntrack"] - got["none"]) / (got["tcpshake"] - got["none"]))
}
