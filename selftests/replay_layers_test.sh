#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake replay" and what it takes off a segment: formats of files, links, tags,
# tunnels, fragments. Nothing of it may be kept back by the filter of "tcpshake
# capture". Needs neither root nor the module.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"
# shellcheck source=lib/replay.sh
. "$SELFTESTS/lib/replay.sh"

# shellcheck disable=SC2034 # read by run_tests
TESTS=(formats links tags tunnels fragments depth no_decap simple_packets
	link_types_mixed)

formats()
{
	local option

	for option in -x -n '-n -x' -g '-g -x' '-g -r 9' '-g -r 2' '-g -r 0x8a' '-g -r 12'; do
		# 2^-10 seconds are too coarse for exact halves
		if [ "$option" != '-g -r 0x8a' ]; then
			# shellcheck disable=SC2086 # a list
			completes 4 $option ether ip4
			continue
		fi
		# shellcheck disable=SC2086
		make_capture coarse $option ether ip4
		run 0 replay --json "$TMP/coarse"
		matches "$option" "$OUT" '*"completed","total_us":29296,*'
	done
}

links()
{
	each 4 <<-END
		raw ip4
		-l 12 raw ip4
		-l 14 raw ip4
		ip4
		sll ip4
		sll snap ip4
		sll2 ip4
		802.3 snap ip4
		null-le ip4
		null-be ip4
		loop ip4
		ppp ip4
		ppp mpls ip4
		ppp-hdlc ip4
		ppp-dir ip4
		cisco-hdlc ip4
		chdlc ip4
		chdlc mpls ip4
		pppoe ip4
		wifi snap ip4
		wifi-wds snap ip4
		wifi-amsdu snap ip4
		radiotap wifi snap ip4
		radiotap-pad wifi-padded snap ip4
		prism wifi snap ip4
		nflog ip4
		-x nflog-be ip4
		pflog ip4
		fddi snap ip4
		arcnet ip4
		arcnet-1201 ip4
	END
	each 6 <<-END
		raw ip6
		ip6
		ether ip6-hopopts
		sll2 ip6
		802.3 snap ip6
		null-le ip6
		null-be ip6
		ppp-short ip6
		ppp-dir ip6
		chdlc ip6
		mpls ip6
		wifi-qos snap ip6
		ppi wifi-qos snap ip6
		nflog-be ip6
		enc ip6
	END
	no_attempt wifi-padded snap ip4	# nobody says that it is
}

tags()
{
	each 4 <<-END
		ether vlan ip4
		ether qinq vlan ip4
		ether qinq-old vlan ip4
		ether vntag vlan ip4
		ether etag ip4
		ether vlan snap ip4
		ether mpls ip4
		ether mpls ether ip4
		ether mpls2 pw-control ether vlan ip4
		ether pppoe ip4
		ether qinq vlan pppoe ip4
	END
	each 6 <<-END
		ether qinq vlan ip6
		ether mpls2 ip6
		ether vlan pppoe ip6
	END
}

tunnels()
{
	each 4 <<-END
		ether ip4 ip4
		ether ip6 ip4
		ether ip4 gre ip4
		ether ip4 gre-routed ip4
		ether ip4 gre ether ip4
		ether ip4 gre mpls ip4
		ether ip4 gre-pptp ppp ip4
		ether ip4 erspan1 ether ip4
		ether ip4 erspan2 ether vlan ip4
		ether ip4 erspan3-full ether ip4
		ether ip4 wccp ip4
		ether ip4 etherip ether ip4
		ether ip4 mpls ip4
		ether ip4 vxlan ether ip4
		ether ip6 geneve-options ip4
		ether ip4 gtp ip4
		ether ip4 gre-udp ip4
		ether vlan ip4 gtp ip4 gre ether ip6 vxlan ether vlan ip4
	END
	each 6 <<-END
		ether ip4 ip6
		ether ip6 ip6-hopopts ip6
		ether ip6 gre ip6
		ether ip4 gre-full ip6
		ether ip6 erspan3 ether ip6
		ether ip6 vxlan ether ip6
		ether ip4 geneve ether ip6
		ether ip4 gtp-extended ip6
		ether ip4 teredo ip6
		ether ip4 teredo-full ip6
		ether ip4 ayiya ip6
	END
}

fragments()
{
	each 4 <<-END
		ether split4 ip4
		ether split4-reversed ip4
		ether ip4 gre split4 ip4
		ether split4 ip4 ip4
	END
	each 6 <<-END
		ether split6 ip6
		ether split6-reversed ip6
		ether ip4 vxlan ether split6-reversed ip6
	END
	# of two versions of a fragment the first counts: the checksum is right
	make_capture layers ether split4-forged ip4
	run 0 replay --json --checksums "$TMP/layers"
	equal "forged fragments" "$OUT" "$(completed_json 4)"
	# a datagram that is not complete is none
	make_capture layers ether split4-lossy ip4
	run 0 replay --json --summary "$TMP/layers"
	equal "lossy fragments" "$(summary packets tcp_segments held_fragments)" "11 0 11 "
}

depth()
{
	completes 4 ether ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4
	no_attempt ether ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4
}

no_decap()
{
	no_attempt ether ip4 gre ip4 -- --no-decap
	no_attempt ether ip4 ip6 -- --no-decap
	make_capture layers ether vlan mpls ip6-hopopts
	run 0 replay --json --no-decap "$TMP/layers"
	equal "no tunnel" "$OUT" "$(completed_json 6)"
}

# A block without a time has that of the packet before; made by hand from the SYN.
simple_packets()
{
	make_capture ng -g raw ip4
	{
		head -c 60 "$TMP/ng"
		printf '\x3\0\0\0\x38\0\0\0\x28\0\0\0'
		tail -c +89 "$TMP/ng" | head -c 40
		printf '\x38\0\0\0'
	} >"$TMP/simple"
	run 0 replay --json "$TMP/simple"
	matches "simple packet" "$OUT" '{"time":0.0,"client":"10.0.0.1",*"half_open_syn"*'
}

# Sections of their own, each with its link type; libpcap refuses such files.
link_types_mixed()
{
	make_capture a -g -x -t 1000 ether ip4
	make_capture b -g -t 2000 sll ip6
	cat "$TMP/a" "$TMP/b" >"$TMP/both"
	run 0 replay --json --summary "$TMP/both"
	equal "both" "$(summary packets completed)" "6 2 "
}

find_programs
find_mkpcap
find_pcapfilter
run_tests
