# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Whole connections, from connect(2) to close(2), beside nobody, tcpshake and
# nf_conntrack, each without and with somebody who is told of all of them; system_vm.sh
# has what is done. To be sourced by bench.sh, not run.
#
# CONNECTIONS=N (20000)

system()
{
	install -D -t "$WORK/system" "$(PATH=$PATH:/usr/sbin type -P conntrack)" || exit 1
	say "Connecting ..."
	take_results "the machine for connections" --exact --append lsm=yama --timeout 3600 \
		--add "$WORK/system" cmd "CONNECTIONS=${CONNECTIONS:-20000} bash bench/system_vm.sh"
	awk -F '\t' -f "$TOP/selftests/bench/system.awk" "$OUT" >"$WORK/derived" &&
		cat "$WORK/derived" >>"$OUT"
}

report_system()
{
	grep -q '^system' "$OUT" || return 0
	awk -F '\t' '
		$1 != "system" { next }
		!($2 in seen) { seen[$2]; subject[++n] = $2 }
		{ got[$2, $3] = $4 }
		function cell(name, unit) { return (name, unit) in got ? got[name, unit] : "-" }
		END {
			line = "%-22s %14s %10s %8s %14s %8s %8s\n"
			printf "\n" line, "WHOLE CONNECTIONS", "INSTRUCTIONS", "MORE", "PERCENT", \
				"A SECOND", "EVENTS", "LOST"
			for (i = 1; i <= n; i++)
				printf line, subject[i], cell(subject[i], "instructions/connection"), \
					cell(subject[i], "over none"), cell(subject[i], "percent"), \
					cell(subject[i], "connections/s"), \
					cell(subject[i], "events/connection"), cell(subject[i], "lost")
		}' "$OUT"
	cat <<-'EOT'

	connect(2) to close(2) through two network namespaces, client, server and reader on one processor
	that takes a nanosecond for each instruction; "a second" follows from that. The readers write to
	/dev/null. Events: of each connection; tcpshake tells of a handshake once, with its outcome and
	times, conntrack of each change. Lost: events of tcpshake, times that conntrack was out of room.
	EOT
}
