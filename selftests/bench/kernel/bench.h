/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcpshake_bench: what packets cost that go through the hooks of a network namespace.
 * main.c takes a line and runs it, scenario.c knows which packets there are in a
 * scenario, packet.c makes them, walk.c takes them through the hooks and reads the
 * clock, hooks.c says whose hooks there are.
 */
#ifndef TCPSHAKE_BENCH_H
#define TCPSHAKE_BENCH_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

#define BENCH_BATCH	256	/* packets of a step that are timed together */
#define BENCH_STEPS	3	/* at most, of a scenario: SYN, SYN-ACK, ACK */

/* The hooks that a packet of some kind passes. */
enum bench_path {
	BENCH_FORWARD,		/* PRE_ROUTING, FORWARD, POST_ROUTING */
	BENCH_LOCAL_IN,		/* PRE_ROUTING, LOCAL_IN */
	BENCH_LOCAL_OUT,	/* LOCAL_OUT, POST_ROUTING */
	BENCH_FIRST,		/* PRE_ROUTING alone: conntrack does not confirm */
	BENCH_NOWHERE,		/* the loop alone */
};

/* A TCP segment of the flow with that number, from which all else follows. */
struct bench_segment {
	u32 flow;
	bool reply;		/* from the server */
	u8 flags;
	u32 sent;		/* octets the sender has sent so far, its SYN counts */
	u32 received;		/* and received */
	u16 payload;
};

/* What one line asks for. */
struct bench_run {
	struct net *net;
	bool v6;
	enum bench_path path;
	u32 first;		/* number of the first flow */
	u32 count;		/* how often the scenario is played */
	u32 flows;		/* by how many flows, in turns */
	u32 seed;		/* of sequence numbers */
};

struct bench_step {
	const char *name;
	u64 packets;
	u64 accepted;
	u64 ns;			/* of all packets, without overhead_ns */
	u64 overhead_ns;	/* of the loop and the clock */
};

struct bench_result {
	unsigned int steps;
	struct bench_step step[BENCH_STEPS];
};

/* Return: 0; -EINVAL: there is no such scenario; -EINTR. Context: process, one at a time. */
int bench_scenario_run(const char *name, const struct bench_run *run,
		       struct bench_result *result);

/* A packet of a namespace, used again and again. */
struct sk_buff *bench_packet_alloc(void);
void bench_packet_free(struct sk_buff *skb);
void bench_packet_write(struct sk_buff *skb, const struct bench_run *run,
			const struct bench_segment *seg);

/* Two network devices to come from and go to. They are in no namespace. */
int bench_walk_init(void);
void bench_walk_exit(void);

/* Takes n packets along the path, adds to the books of the step. Context: process. */
void bench_walk(const struct bench_run *run, struct sk_buff *const *skbs, unsigned int n,
		struct bench_step *step);

int bench_hooks_init(void);
void bench_hooks_exit(void);

/* "none", "empty", "conntrack". Return: 0 or a negative errno. Context: process. */
int bench_hooks_set(struct net *net, const char *whose);

#endif /* TCPSHAKE_BENCH_H */
