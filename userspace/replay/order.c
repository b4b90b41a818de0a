// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A ring of the attempts that wait, at the place of their number. It grows to
 * the longest wait there is, and stays that large.
 */
#include <stdlib.h>

#include "order.h"

struct waiting {
	struct attempt attempt;
	bool is_there;
};

struct order {
	void (*told)(void *context, const struct attempt *attempt);
	void *context;
	bool given_up;
	u64 next;		/* the number to be told */
	struct waiting *ring;
	u64 size;		/* a power of two */
};

struct order *order_new(void (*told)(void *context, const struct attempt *attempt), void *context)
{
	struct order *order = calloc(1, sizeof(*order));

	if (!order)
		return NULL;
	order->told = told;
	order->context = context;
	order->size = 1024;
	order->ring = calloc(order->size, sizeof(*order->ring));
	if (order->ring)
		return order;
	free(order);
	return NULL;
}

void order_give_up(struct order *order)
{
	order->given_up = true;
}

void order_free(struct order *order)
{
	if (!order)
		return;
	free(order->ring);
	free(order);
}

static struct waiting *place_of(const struct order *order, u64 number)
{
	return &order->ring[number & (order->size - 1)];
}

static bool grow(struct order *order, u64 span)
{
	struct order larger = *order;

	while (larger.size <= span)
		larger.size *= 2;
	larger.ring = calloc(larger.size, sizeof(*larger.ring));
	if (!larger.ring)
		return false;
	for (u64 i = order->next; i < order->next + order->size; i++)
		*place_of(&larger, i) = *place_of(order, i);
	free(order->ring);
	*order = larger;
	return true;
}

bool order_add(struct order *order, u64 number, const struct attempt *attempt)
{
	struct waiting *place;

	if (order->given_up) {
		order->told(order->context, attempt);
		return true;
	}
	if (number - order->next >= order->size && !grow(order, number - order->next))
		return false;
	place = place_of(order, number);
	place->attempt = *attempt;
	place->is_there = true;
	for (place = place_of(order, order->next); place->is_there;
	     place = place_of(order, order->next)) {
		order->told(order->context, &place->attempt);
		place->is_there = false;
		order->next++;
	}
	return true;
}
