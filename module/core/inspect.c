// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What is out of the ordinary with the header of one segment, whatever it belongs
 * to. None of it keeps the segment from being followed: its receiver may well
 * accept it.
 */
#include "segment.h"

static void add_if(struct tcpshake_segment *seg, bool is_so, enum tcpshake_anomaly anomaly)
{
	tcpshake_anomalies_add_if(&seg->anomalies, is_so, anomaly);
}

struct kind {
	bool loopback;
	bool martian;	/* RFC 1122, 3.2.1.3; RFC 4291, 2.4: nobody's to send from */
};

static struct kind kind_of(const u8 addr[TCPSHAKE_ADDR_LEN], bool v4)
{
	static const u8 v6_unspecified[TCPSHAKE_ADDR_LEN];
	static const u8 v6_loopback[TCPSHAKE_ADDR_LEN] = { [15] = 1 };
	struct kind kind;

	if (v4) {	/* 0/8; multicast, reserved and broadcast are 224/3 */
		kind.loopback = addr[12] == 127;
		kind.martian = addr[12] == 0 || addr[12] >= 224;
	} else {
		kind.loopback = !memcmp(addr, v6_loopback, TCPSHAKE_ADDR_LEN);
		kind.martian = addr[0] == 0xff ||
			       !memcmp(addr, v6_unspecified, TCPSHAKE_ADDR_LEN);
	}
	return kind;
}

static void inspect_addresses(struct tcpshake_segment *seg)
{
	const bool v4 = tcpshake_addr_is_v4(seg->src);
	const struct kind src = kind_of(seg->src, v4);
	/* from 127/8 to 127/8 cannot have come over a wire, whatever the device is called */
	const bool at_home = seg->hints & TCPSHAKE_HINT_LOOPBACK ||
			     (src.loopback && kind_of(seg->dst, v4).loopback);

	add_if(seg, src.martian || (!at_home && src.loopback), TCPSHAKE_ANOMALY_SRC_MARTIAN);
	add_if(seg, !at_home && seg->src_port == seg->dst_port &&
	       !memcmp(seg->src, seg->dst, TCPSHAKE_ADDR_LEN), TCPSHAKE_ANOMALY_LAND);
}

/* Constants the sources of these tools are known by. */
static bool is_of_tool(const struct tcpshake_segment *seg)
{
	enum {
		SHAFT_SEQ = 674711609,
		NAPTHA_SEQ = 6060842, NAPTHA_IP_ID = 413,
		ZMAP_IP_ID = 54321, ZMAP_WINDOW = 65535,
		NMAP_WINDOW = 1024, NMAP_WINDOWS = 4,	/* 1024, 2048, 3072 or 4096 */
	};
	static const u8 nmap_options[4] = { 2, 4, 5, 180 };	/* MSS 1460, nothing else */

	if (seg->seq == SHAFT_SEQ || (seg->seq == NAPTHA_SEQ && seg->ip_id == NAPTHA_IP_ID) ||
	    (seg->ip_id == ZMAP_IP_ID && seg->window == ZMAP_WINDOW && seg->options_len <= 4))
		return true;
	return seg->window && seg->window % NMAP_WINDOW == 0 &&
	       seg->window / NMAP_WINDOW <= NMAP_WINDOWS &&
	       seg->options_len == sizeof(nmap_options) && !seg->options_cut &&
	       !memcmp(seg->options, nmap_options, sizeof(nmap_options));
}

/* SYN and SYN-ACK. */
static void inspect_syn(struct tcpshake_segment *seg)
{
	const bool first = seg->class == TCPSHAKE_CLASS_SYN;

	add_if(seg, first && seg->flags & TCPSHAKE_URG, TCPSHAKE_ANOMALY_FLAGS_SYNURG);
	add_if(seg, first && seg->flags & TCPSHAKE_PSH, TCPSHAKE_ANOMALY_FLAGS_SYNPSH);
	add_if(seg, first && !seg->seq, TCPSHAKE_ANOMALY_ISN_ZERO);
	add_if(seg, first && is_of_tool(seg), TCPSHAKE_ANOMALY_SYN_SIG_TOOL);
	add_if(seg, first && seg->route_options, TCPSHAKE_ANOMALY_IP_OPTS_SYN);
	add_if(seg, !first && seg->len, TCPSHAKE_ANOMALY_SYNACK_DATA);
	add_if(seg, !seg->window, TCPSHAKE_ANOMALY_SYN_WIN_ZERO);
	add_if(seg, seg->hints & TCPSHAKE_HINT_FRAGMENTED, TCPSHAKE_ANOMALY_SYN_FRAGMENT);
	add_if(seg, seg->ecn, TCPSHAKE_ANOMALY_ECT_ON_SYN);
	inspect_addresses(seg);
}

void tcpshake_segment_inspect(struct tcpshake_segment *seg, u16 urgent, u8 reserved)
{
	const bool has_ack = seg->flags & TCPSHAKE_ACK;

	add_if(seg, !seg->src_port || !seg->dst_port, TCPSHAKE_ANOMALY_PORT_ZERO);
	add_if(seg, has_ack && !seg->ack, TCPSHAKE_ANOMALY_ACK_ZERO_ACK);
	add_if(seg, !has_ack && seg->ack, TCPSHAKE_ANOMALY_ACK_NONZERO_NOACK);
	add_if(seg, urgent && !(seg->flags & TCPSHAKE_URG), TCPSHAKE_ANOMALY_URP_NONZERO_NOURG);
	add_if(seg, reserved, TCPSHAKE_ANOMALY_RESERVED_BITS);
	if (seg->flags & TCPSHAKE_SYN)
		inspect_syn(seg);
	else if (seg->flags & TCPSHAKE_RST)
		add_if(seg, seg->len, TCPSHAKE_ANOMALY_RST_DATA);
}
