// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Negotiated parameters. The unknown (null, "-") is not the same as what was not
 * agreed on (false, "none").
 */
#include <stdio.h>
#include <sys/socket.h>

#include "core/names.h"
#include "show_options.h"

/* RFC 7323, 2.3: a larger shift counts as this. */
#define WINDOW_SCALE_MAX 14

static bool said(const struct said *side, unsigned int attribute)
{
	return decode_has(side->has, attribute);
}

static const char *agreed_name(const struct agreed *agreed, unsigned int attribute, u64 value,
			       const char *(*name)(unsigned int value))
{
	return decode_has(agreed->has, attribute) ? name(value) : NULL;
}

static void agreed_on(struct out *out, const char *key, const struct agreed *agreed,
		      enum tcpshake_option option)
{
	const u64 is_so = !!(agreed->present & option);

	out_bool(out, key, NULL, decode_known(agreed->has, TCPSHAKE_NEGOTIATED_A_PRESENT, &is_so));
}

/* Options that are no matter of agreement, but of who sends them. */
static const char *sent_by(const struct handshake *handshake, enum tcpshake_option option)
{
	const bool client = handshake->client_said.present & option;
	const bool server = handshake->server_said.present & option;

	if (!handshake->agreed.has)
		return NULL;
	if (client && server)
		return "both";
	if (client || server)
		return client ? "client" : "server";
	return "none";
}

/* Without the option the peer has to take the default (RFC 9293, 3.7.1). */
static u64 mss_of(const struct handshake *handshake, const struct said *side)
{
	if (said(side, TCPSHAKE_OPTIONS_A_MSS))
		return side->mss;
	return handshake->client.family == AF_INET6 ? 1220 : 536;
}

static void mss_to(struct out *out, const char *key, const struct handshake *handshake,
		   const struct said *side)
{
	const bool cut = side->present & TCPSHAKE_OPTION_CUT;
	const u64 mss = mss_of(handshake, side);

	out_uint(out, key, NULL, side->has &&
		 (said(side, TCPSHAKE_OPTIONS_A_MSS) || !cut) ? &mss : NULL);
}

static u64 shift_of(const struct said *side)
{
	return side->window_scale < WINDOW_SCALE_MAX ? side->window_scale : WINDOW_SCALE_MAX;
}

static void scale(struct out *out, const char *key, const struct said *side)
{
	const u64 shift = shift_of(side);

	out_uint(out, key, NULL, decode_known(side->has, TCPSHAKE_OPTIONS_A_WINDOW_SCALE, &shift));
}

static void option_names(struct out *out, const char *key, const struct said *side)
{
	const char *names[TCPSHAKE_OPTION_COUNT];
	size_t count = 0;

	for (unsigned int i = 0; i < TCPSHAKE_OPTION_COUNT; i++) {
		if (side->present >> i & 1)
			names[count++] = tcpshake_option_name(i);
	}
	if (said(side, TCPSHAKE_OPTIONS_A_PRESENT))
		out_names(out, key, NULL, names, count, "-");
	else
		out_string(out, key, NULL, NULL);
}

static void one_side(struct out *out, const struct said *side, const char *window_key,
		     const char *ttl_key)
{
	out_uint(out, window_key, NULL, decode_known(side->has, TCPSHAKE_OPTIONS_A_WINDOW,
						     &side->window));
	out_uint(out, ttl_key, NULL, decode_known(side->has, TCPSHAKE_OPTIONS_A_TTL, &side->ttl));
}

static void show_object(struct out *out, const struct handshake *handshake)
{
	const struct said *client = &handshake->client_said, *server = &handshake->server_said;
	const struct agreed *agreed = &handshake->agreed;

	mss_to(out, "mss_to_server", handshake, server);
	mss_to(out, "mss_to_client", handshake, client);
	agreed_on(out, "window_scale", agreed, TCPSHAKE_OPTION_WINDOW_SCALE);
	scale(out, "client_window_scale", client);
	scale(out, "server_window_scale", server);
	agreed_on(out, "sack", agreed, TCPSHAKE_OPTION_SACK_PERMITTED);
	agreed_on(out, "timestamps", agreed, TCPSHAKE_OPTION_TIMESTAMPS);
	out_string(out, "ecn", NULL, agreed_name(agreed, TCPSHAKE_NEGOTIATED_A_ECN, agreed->ecn,
						 tcpshake_ecn_name));
	out_string(out, "fast_open", NULL,
		   agreed_name(agreed, TCPSHAKE_NEGOTIATED_A_FAST_OPEN, agreed->fast_open,
			       tcpshake_fast_open_name));
	out_string(out, "mptcp", NULL, agreed_name(agreed, TCPSHAKE_NEGOTIATED_A_MPTCP,
						   agreed->mptcp, tcpshake_mptcp_name));
	out_string(out, "md5", NULL, sent_by(handshake, TCPSHAKE_OPTION_MD5));
	out_string(out, "ao", NULL, sent_by(handshake, TCPSHAKE_OPTION_AO));
	agreed_on(out, "smc_r", agreed, TCPSHAKE_OPTION_SMC_R);
	agreed_on(out, "eno", agreed, TCPSHAKE_OPTION_ENO);
	one_side(out, client, "client_window", "client_ttl");
	one_side(out, server, "server_window", "server_ttl");
	option_names(out, "offered", client);
	option_names(out, "answered", server);
}

/* "mss 1460/1400 ws 7/9 sack ts": client's and server's, then what both agreed on. */
static const char *short_text(const struct handshake *handshake, char *text, size_t size)
{
	static const struct {
		enum tcpshake_option option;
		const char *name;
	} words[] = {
		{ TCPSHAKE_OPTION_SACK_PERMITTED, " sack" },
		{ TCPSHAKE_OPTION_TIMESTAMPS, " ts" },
		{ TCPSHAKE_OPTION_SMC_R, " smc-r" },
	};
	const struct said *client = &handshake->client_said, *server = &handshake->server_said;
	const struct agreed *agreed = &handshake->agreed;
	size_t used;

	if (!agreed->has)
		return NULL;
	used = snprintf(text, size, "mss %llu/%llu", (unsigned long long)mss_of(handshake, client),
			(unsigned long long)mss_of(handshake, server));
	if (agreed->present & TCPSHAKE_OPTION_WINDOW_SCALE)
		used += snprintf(text + used, size - used, " ws %llu/%llu",
				 (unsigned long long)shift_of(client),
				 (unsigned long long)shift_of(server));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (agreed->present & words[i].option)
			used += snprintf(text + used, size - used, "%s", words[i].name);
	}
	if (agreed->ecn > TCPSHAKE_ECN_NONE)
		used += snprintf(text + used, size - used, " ecn=%s",
				 tcpshake_ecn_name(agreed->ecn));
	if (agreed->fast_open > TCPSHAKE_FAST_OPEN_NONE)
		used += snprintf(text + used, size - used, " tfo=%s",
				 tcpshake_fast_open_name(agreed->fast_open));
	if (agreed->mptcp > TCPSHAKE_MPTCP_NONE)
		snprintf(text + used, size - used, " mptcp=%s",
			 tcpshake_mptcp_name(agreed->mptcp));
	return text;
}

void show_options(struct out *out, const struct handshake *handshake, const char *heading)
{
	char text[256];

	if (!out_is_json(out)) {
		if (heading)
			out_string(out, NULL, heading, short_text(handshake, text, sizeof(text)));
	} else if (!handshake->client_said.has && !handshake->server_said.has) {
		out_string(out, "negotiated", NULL, NULL);
	} else {
		out_object(out, "negotiated");
		show_object(out, handshake);
		out_object_end(out);
	}
}
