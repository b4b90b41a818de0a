// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * From what the engine knows of an attempt to what is shown of a handshake.
 */
#include <sys/socket.h>

#include "cmd.h"
#include "listing.h"
#include "show.h"

static struct endpoint endpoint_of(const u8 address[TCPSHAKE_ADDR_LEN], u16 port)
{
	struct endpoint endpoint = { .port = port };

	endpoint.family = tcpshake_addr_is_v4(address) ? AF_INET : AF_INET6;
	if (endpoint.family == AF_INET)
		memcpy(endpoint.address, address + 12, 4);
	else
		memcpy(endpoint.address, address, 16);
	return endpoint;
}

static void know(struct handshake *handshake, unsigned int attribute)
{
	handshake->has |= 1ULL << attribute;
}

static void know_halves(struct handshake *handshake, const struct tcpshake_ended *ended)
{
	u32 us;

	if (tcpshake_flow_server_rtt(&ended->flow, ended->flags, &us)) {
		know(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_RTT);
		handshake->server_rtt_us = us;
	}
	if (tcpshake_ended_client_rtt(ended, &us)) {
		know(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT);
		handshake->client_rtt_us = us;
	}
}

static struct said said_of(const struct tcpshake_offer *offer, u16 window)
{
	struct said said = {
		.has = 1ULL << TCPSHAKE_OPTIONS_A_PRESENT | 1ULL << TCPSHAKE_OPTIONS_A_WINDOW |
		       1ULL << TCPSHAKE_OPTIONS_A_TTL | 1ULL << TCPSHAKE_OPTIONS_A_ECN_FLAGS,
		.present = offer->present,
		.mss = offer->mss,
		.window_scale = offer->window_scale,
		.timestamp = offer->tsval,
		.window = window,
		.ttl = offer->ttl,
		.ecn_flags = offer->ace | offer->ecn << 3,
	};

	if (offer->present & TCPSHAKE_OPTION_MSS)
		said.has |= 1ULL << TCPSHAKE_OPTIONS_A_MSS;
	if (offer->present & TCPSHAKE_OPTION_WINDOW_SCALE)
		said.has |= 1ULL << TCPSHAKE_OPTIONS_A_WINDOW_SCALE;
	if (offer->present & TCPSHAKE_OPTION_TIMESTAMPS)
		said.has |= 1ULL << TCPSHAKE_OPTIONS_A_TIMESTAMP;
	return said;
}

static void know_options(struct handshake *handshake, const struct tcpshake_ended *ended)
{
	const bool completed = ended->outcome == TCPSHAKE_OUTCOME_COMPLETED;
	struct tcpshake_negotiated negotiated;

	if (!ended->has_details)
		return;
	handshake->client_said = said_of(&ended->details.client, ended->flow.client_window);
	if (ended->details.server.seen)
		handshake->server_said = said_of(&ended->details.server,
						 ended->flow.server_window);
	if (!tcpshake_negotiated(&ended->details, ended->flags, ended->flow.syn_len, completed,
				 &negotiated))
		return;
	handshake->agreed = (struct agreed){
		.has = ~0ULL,
		.present = negotiated.present,
		.ecn = negotiated.ecn,
		.fast_open = negotiated.fast_open,
		.mptcp = negotiated.mptcp,
	};
}

static void from_attempt(struct handshake *handshake, const struct attempt *attempt)
{
	const struct tcpshake_flow *flow = &attempt->ended.flow;

	*handshake = (struct handshake){
		.client = endpoint_of(flow->client, flow->client_port),
		.server = endpoint_of(flow->server, flow->server_port),
		.time_ns = attempt->time_ns,
		.client_isn = flow->client_isn,
		.server_isn = flow->server_isn,
		.state = flow->state,
		.outcome = attempt->ended.outcome,
		.flags = attempt->ended.flags,
		.syn_count = flow->syn_count,
		.synack_count = flow->synack_count,
		.total_us = attempt->ended.total_us,
		.unreachable = attempt->ended.unreachable,
	};
	know(handshake, TCPSHAKE_HANDSHAKE_A_TIME);
	know(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_ISN);
	if (flow->synack_count)
		know(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_ISN);
	know(handshake, attempt->ended.outcome ? TCPSHAKE_HANDSHAKE_A_OUTCOME :
						 TCPSHAKE_HANDSHAKE_A_STATE);
	know(handshake, TCPSHAKE_HANDSHAKE_A_FLAGS);
	know(handshake, TCPSHAKE_HANDSHAKE_A_SYN_COUNT);
	know(handshake, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT);
	know(handshake, TCPSHAKE_HANDSHAKE_A_TOTAL);
	if (attempt->ended.outcome == TCPSHAKE_OUTCOME_UNREACHABLE)
		know(handshake, TCPSHAKE_HANDSHAKE_A_UNREACHABLE);
	know_halves(handshake, &attempt->ended);
	know_options(handshake, &attempt->ended);
}

static bool passes(const struct listing *listing, const struct handshake *handshake)
{
	const struct options *options = listing->options;

	if (options->given & (OPTION_OUTCOME | OPTION_STATE) &&
	    !(handshake->outcome ? options->outcomes >> handshake->outcome & 1 :
				   options->states >> handshake->state & 1))
		return false;
	return filter_passes(&listing->filter, handshake);
}

void listing_tell(void *context, const struct attempt *attempt)
{
	const struct listing *listing = context;
	struct handshake handshake;

	from_attempt(&handshake, attempt);
	if (!passes(listing, &handshake))
		return;
	show_attempt(listing->out, &handshake);
	out_end(listing->out);
}

void listing_headings(const struct listing *listing)
{
	const struct handshake none = { .client.port = -1, .server.port = -1 };

	show_attempt(listing->out, &none);
	out_headings(listing->out);
}

bool listing_check_summary(const struct options *options, bool filtered)
{
	const unsigned int narrowing = OPTION_FAMILY | OPTION_OUTCOME | OPTION_STATE;

	if (!(options->given & OPTION_SUMMARY) || !(filtered || options->given & narrowing))
		return true;
	usage_error("%s: --summary tells of all packets; filters, --outcome, -4 and -6 are for the list of attempts",
		    options->verb);
	return false;
}
