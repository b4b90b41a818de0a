// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Slots, the lists they stand in, and the hash they are found by.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "flows.h"

u32 flows_take(struct flows *flows)
{
	u32 number = flows->free;

	if (number) {
		flows->free = flows_at(flows, number)->next_in_bucket;
		return number;
	}
	number = flows->made;
	if (!flows->chunks[number / CHUNK_SLOTS])
		flows->chunks[number / CHUNK_SLOTS] =
			aligned_alloc(64, CHUNK_SLOTS * sizeof(struct slot));
	if (!flows->chunks[number / CHUNK_SLOTS])
		return 0;
	flows->made++;
	return number;
}

static void list_append(struct flows *flows, struct list *list, u32 number)
{
	struct slot *slot = flows_at(flows, number);

	slot->links[list->kind].before = list->last;
	slot->links[list->kind].after = 0;
	if (list->last)
		flows_at(flows, list->last)->links[list->kind].after = number;
	else
		list->first = number;
	list->last = number;
}

static void list_remove(struct flows *flows, struct list *list, u32 number)
{
	const u32 before = flows_at(flows, number)->links[list->kind].before;
	const u32 after = flows_at(flows, number)->links[list->kind].after;

	if (before)
		flows_at(flows, before)->links[list->kind].after = after;
	else
		list->first = after;
	if (after)
		flows_at(flows, after)->links[list->kind].before = before;
	else
		list->last = before;
}

void flows_enlist(struct flows *flows, u32 number)
{
	struct slot *slot = flows_at(flows, number);

	slot->pending = tcpshake_flow_is_pending(&slot->flow);
	if (!slot->pending) {
		list_append(flows, &flows->past, number);
		return;
	}
	list_append(flows, &flows->by_age, number);
	list_append(flows, &flows->by_activity, number);
}

void flows_delist(struct flows *flows, u32 number)
{
	if (!flows_at(flows, number)->pending) {
		list_remove(flows, &flows->past, number);
		return;
	}
	list_remove(flows, &flows->by_age, number);
	list_remove(flows, &flows->by_activity, number);
}

static u64 mix(u64 a, u64 b)
{
	const unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

static u64 hash_endpoint(const struct flows *flows, const u8 address[TCPSHAKE_ADDR_LEN], u16 port)
{
	u64 half[2];

	memcpy(half, address, sizeof(half));
	return mix(half[0] ^ flows->key[0] ^ port, half[1] ^ flows->key[1]);
}

/* A sum does not care for the direction. The key keeps captures from choosing their bucket. */
u32 flows_hash(const struct flows *flows, const struct tcpshake_segment *seg)
{
	return mix(hash_endpoint(flows, seg->src, seg->src_port) +
		   hash_endpoint(flows, seg->dst, seg->dst_port), flows->key[2]);
}

void flows_find(const struct flows *flows, u32 hash, const struct tcpshake_segment *seg,
		struct tuple *tuple)
{
	u32 number = flows->buckets[hash & flows->bucket_mask];

	tuple->count = 0;
	for (; number; number = flows_at(flows, number)->next_in_bucket) {
		const struct slot *slot = flows_at(flows, number);

		if (slot->hash == hash && tuple->count < TUPLE_FLOWS_MAX &&
		    tcpshake_flow_direction(&slot->flow, seg) != TCPSHAKE_ELSEWHERE)
			tuple->numbers[tuple->count++] = number;
	}
}

static void chain(struct flows *flows, u32 number)
{
	struct slot *slot = flows_at(flows, number);
	u32 *bucket = &flows->buckets[slot->hash & flows->bucket_mask];

	slot->next_in_bucket = *bucket;
	*bucket = number;
}

static void unchain(struct flows *flows, u32 number)
{
	const struct slot *slot = flows_at(flows, number);
	u32 *at = &flows->buckets[slot->hash & flows->bucket_mask];

	while (*at != number)
		at = &flows_at(flows, *at)->next_in_bucket;
	*at = slot->next_in_bucket;
}

/* One bucket for each flow. Where there is no memory for that, chains get longer. */
static void grow_buckets(struct flows *flows)
{
	const u32 count = flows->bucket_mask + 1;
	u32 *old = flows->buckets, *buckets = calloc(2 * (size_t)count, sizeof(*buckets));

	if (!buckets)
		return;
	flows->buckets = buckets;
	flows->bucket_mask = 2 * count - 1;
	for (u32 i = 0; i < count; i++) {
		for (u32 number = old[i], next; number; number = next) {
			next = flows_at(flows, number)->next_in_bucket;
			chain(flows, number);
		}
	}
	free(old);
}

void flows_insert(struct flows *flows, u32 number)
{
	chain(flows, number);
	flows_enlist(flows, number);
	if (++flows->used > flows->bucket_mask)
		grow_buckets(flows);
}

void flows_drop(struct flows *flows, u32 number)
{
	flows_delist(flows, number);
	unchain(flows, number);
	flows_at(flows, number)->next_in_bucket = flows->free;
	flows->free = number;
	flows->used--;
}

void flows_touch(struct flows *flows, u32 number)
{
	struct list *list = flows_at(flows, number)->pending ? &flows->by_activity : &flows->past;

	list_remove(flows, list, number);
	list_append(flows, list, number);
}

bool flows_init(struct flows *flows, u32 max)
{
	flows->max = max;
	flows->made = 1;
	flows->bucket_mask = 4095;
	flows->by_age.kind = BY_AGE;
	flows->by_activity.kind = BY_ACTIVITY;
	flows->past.kind = BY_ACTIVITY;
	flows->buckets = calloc(flows->bucket_mask + 1, sizeof(*flows->buckets));
	flows->chunks = calloc(max / CHUNK_SLOTS + 1, sizeof(*flows->chunks));
	return flows->buckets && flows->chunks &&
	       getrandom(flows->key, sizeof(flows->key), 0) == sizeof(flows->key);
}

void flows_exit(struct flows *flows)
{
	for (u32 i = 0; flows->chunks && i <= flows->max / CHUNK_SLOTS; i++)
		free(flows->chunks[i]);
	free(flows->chunks);
	free(flows->buckets);
}
