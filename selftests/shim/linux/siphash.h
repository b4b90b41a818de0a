/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hsiphash, which is SipHash-1-3 cut to 32 bits on processors of 64: the same
 * numbers as in the kernel, after Aumasson and Bernstein's paper.
 */
#ifndef TCPSHAKE_SHIM_SIPHASH_H
#define TCPSHAKE_SHIM_SIPHASH_H

#include "linux/kernel.h"

typedef struct {
	u64 key[2];
} hsiphash_key_t;

#define HSIPHASH_ALIGNMENT 8

struct shim_sip {
	u64 v[4];
};

static inline u64 shim_rotate(u64 word, unsigned int by)
{
	return word << by | word >> (64 - by);
}

static inline void shim_sip_round(struct shim_sip *s)
{
	u64 *v = s->v;

	v[0] += v[1];
	v[2] += v[3];
	v[1] = shim_rotate(v[1], 13) ^ v[0];
	v[3] = shim_rotate(v[3], 16) ^ v[2];
	v[0] = shim_rotate(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = shim_rotate(v[3], 21) ^ v[0];
	v[1] = shim_rotate(v[1], 17) ^ v[2];
	v[2] = shim_rotate(v[2], 32);
}

static inline void shim_sip_word(struct shim_sip *s, u64 word)
{
	s->v[3] ^= word;
	shim_sip_round(s);
	s->v[0] ^= word;
}

static inline struct shim_sip shim_sip_begin(const hsiphash_key_t *key)
{
	return (struct shim_sip){ {
		key->key[0] ^ 0x736f6d6570736575ULL,
		key->key[1] ^ 0x646f72616e646f6dULL,
		key->key[0] ^ 0x6c7967656e657261ULL,
		key->key[1] ^ 0x7465646279746573ULL,
	} };
}

/* last: what is left over of the octets, below their number. */
static inline u32 shim_sip_end(struct shim_sip *s, u64 last)
{
	shim_sip_word(s, last);
	s->v[2] ^= 0xff;
	shim_sip_round(s);
	shim_sip_round(s);
	shim_sip_round(s);
	return (u32)(s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3]);
}

static inline u32 hsiphash(const void *data, size_t octets, const hsiphash_key_t *key)
{
	struct shim_sip s = shim_sip_begin(key);
	const u8 *at = data;
	u64 last = (u64)octets << 56;
	u64 word;
	size_t i;

	for (i = 0; i + sizeof(word) <= octets; i += sizeof(word)) {
		memcpy(&word, at + i, sizeof(word));
		shim_sip_word(&s, word);
	}
	for (; i < octets; i++)
		last |= (u64)at[i] << i % 8 * 8;
	return shim_sip_end(&s, last);
}

static inline u32 hsiphash_2u32(u32 a, u32 b, const hsiphash_key_t *key)
{
	struct shim_sip s = shim_sip_begin(key);

	shim_sip_word(&s, (u64)b << 32 | a);
	return shim_sip_end(&s, 8ULL << 56);
}

static inline u32 hsiphash_3u32(u32 a, u32 b, u32 c, const hsiphash_key_t *key)
{
	struct shim_sip s = shim_sip_begin(key);

	shim_sip_word(&s, (u64)b << 32 | a);
	return shim_sip_end(&s, 12ULL << 56 | c);
}

static inline u32 hsiphash_4u32(u32 a, u32 b, u32 c, u32 d, const hsiphash_key_t *key)
{
	struct shim_sip s = shim_sip_begin(key);

	shim_sip_word(&s, (u64)b << 32 | a);
	shim_sip_word(&s, (u64)d << 32 | c);
	return shim_sip_end(&s, 16ULL << 56);
}

#endif /* TCPSHAKE_SHIM_SIPHASH_H */
