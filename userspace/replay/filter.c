// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Does a handshake match? As the module decides it for its own. */
#include "filter.h"

static bool prefix_holds(const struct prefix *prefix, const struct endpoint *endpoint)
{
	const unsigned int octets = prefix->length / 8, bits = prefix->length % 8;

	if (!prefix->family)
		return true;
	if (prefix->family != endpoint->family ||
	    memcmp(prefix->address, endpoint->address, octets))
		return false;
	return !bits || !((prefix->address[octets] ^ endpoint->address[octets]) >> (8 - bits));
}

static bool port_is(s32 wanted, const struct endpoint *endpoint)
{
	return wanted < 0 || wanted == endpoint->port;
}

bool filter_passes(const struct filter *filter, const struct handshake *handshake)
{
	return (!filter->family || filter->family == handshake->client.family) &&
	       prefix_holds(&filter->client, &handshake->client) &&
	       prefix_holds(&filter->server, &handshake->server) &&
	       port_is(filter->client_port, &handshake->client) &&
	       port_is(filter->server_port, &handshake->server);
}
