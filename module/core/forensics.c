// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Who sends the SYNs: see forensics.h. */
#include "forensics.h"

/* A finaliser with full avalanche (MurmurHash3's), on what is salted. */
static u64 mix(u64 x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static u64 hash_addr(const u8 addr[TCPSHAKE_ADDR_LEN], u64 salt)
{
	u64 words[2];

	memcpy(words, addr, sizeof(words));
	return mix(words[1] ^ mix(words[0] ^ salt));
}

void tcpshake_forensics_init(struct tcpshake_forensics *f)
{
	memset(f, 0, sizeof(*f));
	f->isn_and = ~0U;
	f->port_and = 0xffff;
}

/* The register is chosen by 8 bits, and keeps the longest run of zeros of the others. */
static void hll_add(u8 registers[TCPSHAKE_HLL_REGISTERS], u64 hash)
{
	u8 *reg = &registers[hash & (TCPSHAKE_HLL_REGISTERS - 1)];
	const u8 rank = (u8)__builtin_clzll(hash | 0xff) + 1;

	if (rank > *reg)
		*reg = rank;
}

static void top_add(struct tcpshake_top *top, unsigned int n, u64 key)
{
	struct tcpshake_top *least = top;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (top[i].key == key && top[i].count) {
			top[i].count++;
			return;
		}
		if (top[i].count < least->count)
			least = &top[i];
	}
	least->key = key;
	least->error = least->count;
	least->count++;
}

static u32 be32_at(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u64 prefix_of(const u8 addr[TCPSHAKE_ADDR_LEN])
{
	if (tcpshake_addr_is_v4(addr))
		return be32_at(addr + 12) >> 8 << 8;
	return TCPSHAKE_PREFIX_V6 | (u64)be32_at(addr) << 16 | (u32)addr[4] << 8 | addr[5];
}

/* RFC 6890: this network, loopback, multicast and what is above. */
static bool is_bogon(const u8 addr[TCPSHAKE_ADDR_LEN])
{
	if (tcpshake_addr_is_v4(addr))
		return !addr[12] || addr[12] == 127 || addr[12] >= 224;
	return addr[0] == 0xff || !(be32_at(addr) | be32_at(addr + 4));
}

static u64 signature_of(const struct tcpshake_segment *seg)
{
	const u32 first = seg->options_len >= 4 && seg->options ? be32_at(seg->options) : 0;

	return tcpshake_signature(seg->ttl, seg->window, seg->options_len, first);
}

void tcpshake_forensics_add(struct tcpshake_forensics *f, const struct tcpshake_segment *seg,
			    u64 salt)
{
	f->seen++;
	hll_add(f->sources, hash_addr(seg->src, salt));
	hll_add(f->services, mix(hash_addr(seg->dst, salt) ^ seg->dst_port));
	top_add(f->prefixes, TCPSHAKE_TOP_PREFIXES, prefix_of(seg->src));
	top_add(f->signatures, TCPSHAKE_TOP_SIGNATURES, signature_of(seg));
	f->bogons += is_bogon(seg->src);
	f->isn_is_dst += seg->seq == be32_at(seg->dst + 12);
	f->isn_and &= seg->seq;
	f->isn_or |= seg->seq;
	f->port_and &= seg->src_port;
	f->port_or |= seg->src_port;
	f->low_ports += seg->src_port < 1024;
}

/* ln(256/v) * 256 for v empty registers: linear counting, for what is few (Whang 1990). */
static u32 linear_count(unsigned int empty)
{
	/* 256 * ln(256/v), by the series of ln(1+x) on the way from one v to the next */
	u32 sum = 0;	/* Q16 */
	unsigned int v;

	for (v = empty; v < TCPSHAKE_HLL_REGISTERS; v++) /* ln((v+1)/v) = 2 atanh(1/(2v+1)) */
		sum += (2U << 16) / (2 * v + 1) + (2U << 16) / (3 * (2 * v + 1) * (2 * v + 1) *
							  (2 * v + 1));
	return (u32)(((u64)sum * TCPSHAKE_HLL_REGISTERS) >> 16);
}

/*
 * alpha * m^2 / sum(2^-register), alpha = 0.7213/(1 + 1.079/m) = 0.71827 (Flajolet et
 * al. 2007). Both sides are shifted until a 32-bit division will do.
 */
u32 tcpshake_forensics_count(const u8 registers[TCPSHAKE_HLL_REGISTERS])
{
	const u64 alpha_m2 = 47072;	/* 0.71827 * 65536 */
	u64 sum = 0;	/* Q32 */
	unsigned int shift = 32;
	unsigned int empty = 0;
	unsigned int i;
	u32 estimate;

	for (i = 0; i < TCPSHAKE_HLL_REGISTERS; i++) {
		sum += 1ULL << 32 >> (registers[i] < 32 ? registers[i] : 32);
		empty += !registers[i];
	}
	while (sum >> 16) {	/* 16 bits of it are enough for 6.5 % */
		sum >>= 1;
		shift--;
	}
	/* alpha_m2 << shift / sum, in two steps */
	estimate = ((u32)(alpha_m2 << 15) / (u32)sum);
	estimate = shift >= 15 ? estimate << (shift - 15) : estimate >> (15 - shift);
	if (estimate < TCPSHAKE_HLL_REGISTERS * 5 / 2 && empty)
		return linear_count(empty);
	return estimate;
}

/* Not the compiler's, which may want a library. */
static unsigned int bits_in(u32 word)
{
	unsigned int n;

	for (n = 0; word; n++)
		word &= word - 1;
	return n;
}

unsigned int tcpshake_forensics_same_isn_bits(const struct tcpshake_forensics *f)
{
	return bits_in(~(f->isn_and ^ f->isn_or));
}

unsigned int tcpshake_forensics_same_port_bits(const struct tcpshake_forensics *f)
{
	return bits_in((u16)~(f->port_and ^ f->port_or));
}

void tcpshake_top_sort(struct tcpshake_top *top, unsigned int n)
{
	unsigned int i, j;

	for (i = 1; i < n; i++) {
		const struct tcpshake_top one = top[i];

		for (j = i; j && top[j - 1].count < one.count; j--)
			top[j] = top[j - 1];
		top[j] = one;
	}
}

/* The surest count of the heaviest: what it has at least. */
static u32 heaviest(const struct tcpshake_top *top, unsigned int n)
{
	u32 most = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (top[i].count - top[i].error > most)
			most = top[i].count - top[i].error;
	return most;
}

/* Many services, each tried a few times, by hardly anyone. */
static bool is_scan(enum tcpshake_level level, const struct tcpshake_forensics *f)
{
	return f && level != TCPSHAKE_LEVEL_SERVICE && f->seen >= 16 &&
	       tcpshake_forensics_count(f->services) * 8 >= f->seen &&
	       tcpshake_forensics_count(f->sources) <= 16;
}

static enum tcpshake_label label_of_flood(const struct tcpshake_detector *d,
					  const struct tcpshake_forensics *f)
{
	const struct tcpshake_tally *since = &d->since;
	const bool reset = since->client_reset * 10 > since->attempts * 3;
	u32 sources;

	if (!f || f->seen < TCPSHAKE_FORENSICS_MIN)
		return reset ? TCPSHAKE_LABEL_REAL_SOURCES : TCPSHAKE_LABEL_DISTRIBUTED;
	sources = tcpshake_forensics_count(f->sources);
	if (heaviest(f->prefixes, TCPSHAKE_TOP_PREFIXES) > f->seen / 2)
		return sources <= 16 && f->low_ports > f->seen / 2 ? TCPSHAKE_LABEL_REFLECTION :
								     TCPSHAKE_LABEL_FEW_SOURCES;
	if (reset)
		return TCPSHAKE_LABEL_REAL_SOURCES;
	/* 0.8, less two standard errors of the estimate */
	if ((u64)sources * 100 > (u64)f->seen * 67)
		return TCPSHAKE_LABEL_SPOOFED;
	return TCPSHAKE_LABEL_DISTRIBUTED;
}

/* It answers some; or it answered, and then did not take the connection. */
static bool is_overload(const struct tcpshake_detector *d)
{
	const struct tcpshake_tally *since = &d->since;

	return tcpshake_detector_stalls(d) ||
	       (since->answered * 8 >= since->attempts && since->answered * 2 <= since->attempts);
}

enum tcpshake_label tcpshake_label_of(const struct tcpshake_detector *d,
				      enum tcpshake_trigger trigger, enum tcpshake_level level,
				      const struct tcpshake_forensics *f)
{
	if (is_scan(level, f))
		return TCPSHAKE_LABEL_SCAN;
	if (trigger == TCPSHAKE_TRIGGER_REFUSED)
		return TCPSHAKE_LABEL_REFUSED;
	if (trigger != TCPSHAKE_TRIGGER_CLIENT_RESET && tcpshake_detector_genuine(d))
		return is_overload(d) ? TCPSHAKE_LABEL_OVERLOAD : TCPSHAKE_LABEL_OUTAGE;
	return label_of_flood(d, f);
}
