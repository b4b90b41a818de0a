// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Tuples: nearly always one flow, or none. */
#include "tuple.h"

static const struct tcpshake_flow *flow_at(const struct flows *flows, u32 number)
{
	return &flows_at(flows, number)->flow;
}

u32 tuple_choose(const struct flows *flows, const struct tuple *tuple,
		 const struct tcpshake_segment *seg)
{
	unsigned int best_fit = 0;
	u32 best = 0;

	for (unsigned int i = 0; i < tuple->count; i++) {
		const u32 number = tuple->numbers[i];
		const unsigned int fit = tcpshake_flow_fit(flow_at(flows, number), seg);

		if (fit > best_fit ||
		    (best && fit == best_fit &&
		     tcpshake_flow_newer(flow_at(flows, number), flow_at(flows, best)))) {
			best_fit = fit;
			best = number;
		}
	}
	return best;
}

unsigned int tuple_pending(const struct flows *flows, const struct tuple *tuple, u32 *oldest)
{
	unsigned int pending = 0;

	*oldest = 0;
	for (unsigned int i = 0; i < tuple->count; i++) {
		const u32 number = tuple->numbers[i];

		if (!tcpshake_flow_is_pending(flow_at(flows, number)))
			continue;
		pending++;
		if (!*oldest ||
		    tcpshake_flow_newer(flow_at(flows, *oldest), flow_at(flows, number)))
			*oldest = number;
	}
	return pending;
}

unsigned int tuple_rivals(const struct flows *flows, const struct tuple *tuple, u32 number)
{
	unsigned int rivals = 0;

	for (unsigned int i = 0; i < tuple->count; i++)
		rivals += tcpshake_handshake_is_rival(flow_at(flows, tuple->numbers[i]),
						      flow_at(flows, number));
	return rivals;
}

u32 tuple_adopt(struct flows *flows, struct tuple *tuple, u32 rival)
{
	const struct tcpshake_flow *taken = flow_at(flows, rival);
	unsigned int kept = 0;
	u32 adopter = 0;

	for (unsigned int i = 0; i < tuple->count; i++) {
		const u32 number = tuple->numbers[i];

		if (tcpshake_handshake_is_rival(taken, flow_at(flows, number)))
			adopter = number;
		if (number != rival)
			tuple->numbers[kept++] = number;
	}
	tuple->count = kept;
	if (adopter)
		tcpshake_handshake_adopt(&flows_at(flows, adopter)->flow, taken);
	flows_drop(flows, rival);
	return adopter;
}
