# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Captures: tcpshake replay beside tcptrace and tshark, on the same files, from
# the page cache. Time is the processor's: programs that wait for nothing but
# others that want it too. Wall time is told besides.
# To be sourced by bench.sh, not run.

# What tcpshake replay prints, and the least its peers can be asked for that is
# nearest to it:
#   tcptrace -b    a line for each connection
#   tcptrace -lr   all it knows of each, with the round trips of the handshake
#   tshark syn     segments with SYN, their addresses and numbers; nothing that is
#                  not needed for that is analysed
#   tshark irtt    the same and third segments, with the round trip of the handshake
OWN=("tcpshake --summary" "tcpshake --json" "tcpshake")
TSHARK_RUNS=3	# it takes its time

TSHARK_FIELDS=(frame.time_epoch ip.src ipv6.src tcp.srcport ip.dst ipv6.dst tcp.dstport
	tcp.flags tcp.seq_raw tcp.ack_raw)

# command_of SUBJECT FILE: sets COMMAND.
command_of()
{
	local -a fields=("${TSHARK_FIELDS[@]/#/-e}")
	local -a tshark=(tshark -n -r "$2" -o tcp.desegment_tcp_streams:FALSE)

	case $1 in
	tcpshake*) COMMAND=("$READER" replay) ;;
	tcptrace*) COMMAND=(tcptrace -n) ;;
	esac
	case $1 in
	*" --summary") COMMAND+=(--summary "$2") ;;
	*" --json") COMMAND+=(--json "$2") ;;
	tcpshake) COMMAND+=("$2") ;;
	"tcptrace -b") COMMAND+=(-b "$2") ;;
	"tcptrace -lr") COMMAND+=(-l -r "$2") ;;
	"tshark syn")
		COMMAND=("${tshark[@]}" -o tcp.analyze_sequence_numbers:FALSE
			 -Y 'tcp.flags.syn == 1' -T fields "${fields[@]}") ;;
	"tshark irtt")
		COMMAND=("${tshark[@]}" -T fields "${fields[@]}" -e tcp.stream
			 -e tcp.analysis.initial_rtt -Y 'tcp.flags.syn == 1 ||
				tcp.seq == 1 && tcp.ack == 1 && tcp.len == 0') ;;
	esac
}

# measured OUTPUT SUBJECT FILE: prints seconds, of the processor, and KiB. Nobody's
# own settings play a part.
measured()
{
	local -a COMMAND

	command_of "$2" "$3"
	env -u TCPTRACEOPTS HOME="$WORK" WIRESHARK_CONFIG_DIR="$WORK" TZ=UTC \
		"$BENCH/measure" "$1" "${COMMAND[@]}" 2>"$WORK/messages" ||
		{ cat "$WORK/messages" >&2; die "${COMMAND[*]} failed"; }
}

# of_truth CAPTURE NAME
of_truth()
{
	awk -v name="$2" '$1 == name { print $2 }' "$WORK/$1.truth"
}

# counted SUBJECT NAME OUTCOME...: how many attempts the program's output has of
# those outcomes, states included.
counted()
{
	local subject=$1 outcome total=0 count

	for outcome in "${@:3}"; do
		case $subject in
		*--summary) count=$(awk -v name="$outcome" '$1 == name { print $2 }' "$WORK/output") ;;
		*--json) count=$(grep -c "\"outcome\":\"$outcome\"" "$WORK/output") ;;
		*) count=$(awk -v name="$outcome" '$4 == name' "$WORK/output" | wc -l) ;;
		esac
		total=$((total + count))
	done
	check "$subject of $CAPTURE: $2" "$(of_truth "$CAPTURE" "$2")" "$total"
	[ "$2" != completed ] || result "$CAPTURE" "$subject" completed "$total"
}

# What its peers call a completed connection is not quite the same: it is told.
peer_completed()
{
	case $1 in
	"tcptrace -b") grep -c '(complete)$' "$WORK/output" ;;
	"tcptrace -lr") grep -c 'complete conn: yes' "$WORK/output" ;;
	"tshark irtt") awk -F '\t' '$12 { print $11 }' "$WORK/output" | sort -u | wc -l ;;
	*) echo - ;;
	esac
}

# answers SUBJECT: what it says about the capture. The run that is not timed.
answers()
{
	measured "$WORK/output" "$1" "$WORK/$CAPTURE.pcap" >/dev/null
	case $1 in
	tcpshake*)
		counted "$1" completed completed
		counted "$1" refused refused
		counted "$1" client_reset client_reset
		counted "$1" server_reset server_reset
		counted "$1" no_synack unanswered half_open_syn
		counted "$1" no_ack unacked half_open_synack
		counted "$1" none superseded evicted
		;;
	*)
		result "$CAPTURE" "$1" completed "$(peer_completed "$1")"
		;;
	esac
	rm -f "$WORK/output"
}

# summarize SUBJECT: medians of its runs.
summarize()
{
	local packets wall cpu memory
	local -a walls cpus memories

	packets=$(of_truth "$CAPTURE" packets)
	mapfile -t walls < <(awk '{ print $1 }' "$WORK/runs.$1")
	mapfile -t cpus < <(awk '{ print $2 }' "$WORK/runs.$1")
	mapfile -t memories < <(awk '{ print $3 }' "$WORK/runs.$1")
	wall=$(median "${walls[@]}")
	cpu=$(median "${cpus[@]}")
	memory=$(median "${memories[@]}")
	result "$CAPTURE" "$1" wall_s "$wall"
	result "$CAPTURE" "$1" cpu_s "$cpu"
	result "$CAPTURE" "$1" packets/cpu_s "$(awk "BEGIN { printf \"%.0f\", $packets / $cpu }")"
	result "$CAPTURE" "$1" peak_KiB "$memory"
}

# How many times as fast the reader is as each peer.
ratios()
{
	local own peer

	for peer; do
		for own in "${OWN[@]}"; do
			result "$CAPTURE" "$own : $peer" times "$(awk "BEGIN { printf \"%.1f\", \
				$(value "$CAPTURE" "$peer" cpu_s) / $(value "$CAPTURE" "$own" cpu_s) }")"
		done
	done
}

# compare CAPTURE PEER...: in turns, so that what disturbs one disturbs all.
compare()
{
	local CAPTURE=$1 subject run

	shift
	say "$CAPTURE: $(of_truth "$CAPTURE" packets) packets ..."
	for subject in "${OWN[@]}" "$@"; do
		answers "$subject"
		: >"$WORK/runs.$subject"
	done
	for ((run = 0; run < RUNS; run++)); do
		for subject in "${OWN[@]}" "$@"; do
			[[ $subject == tshark* ]] && [ "$run" -ge "$TSHARK_RUNS" ] && continue
			measured /dev/null "$subject" "$WORK/$CAPTURE.pcap" >>"$WORK/runs.$subject"
		done
	done
	for subject in "${OWN[@]}" "$@"; do
		summarize "$subject"
	done
	ratios "$@"
}

# memory CAPTURE: of the whole of it and of its first quarter.
memory()
{
	local subject quarter

	make_capture "$1-quarter" "$1" $((CAPTURE_PACKETS / 4))
	for subject in "${OWN[@]}"; do
		quarter=$(measured /dev/null "$subject" "$WORK/$1-quarter.pcap") || exit 1
		quarter=${quarter##* }
		result "$1-quarter" "$subject" peak_KiB "$quarter"
		result "$1" "$subject" whole/quarter \
			"$(awk "BEGIN { printf \"%.2f\", $(value "$1" "$subject" peak_KiB) / $quarter }")"
	done
	rm -f "$WORK/$1-quarter.pcap"
}

# make_capture NAME KIND CAPTURE_PACKETS
make_capture()
{
	"$BENCH/mkcapture" "$2" "$3" "$WORK/$1.pcap" >"$WORK/$1.truth" ||
		die "cannot make the capture $1"
	printf 'none 0\n' >>"$WORK/$1.truth"
	sync "$WORK/$1.pcap"	# or it is written while something is measured
}

replay()
{
	local kind small=$((CAPTURE_PACKETS / 10))

	for kind in mixed handshakes; do
		make_capture "$kind" "$kind" "$CAPTURE_PACKETS"
		if [ "$kind" = mixed ]; then
			compare mixed "tcptrace -b" "tcptrace -lr"
		else
			compare handshakes	# tcptrace would need gigabytes of memory
		fi
		memory "$kind"
		rm -f "$WORK/$kind.pcap"
	done
	make_capture mixed-small mixed "$small"
	compare mixed-small "tcptrace -b" "tshark syn" "tshark irtt"
	make_capture handshakes-small handshakes "$small"
	compare handshakes-small "tcptrace -b" "tcptrace -lr" "tshark syn"
}
