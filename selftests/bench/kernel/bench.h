/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcpshake_bench: what packets cost that go through the hooks of a network namespace.
 * main.c takes a line and carries it out, scenario.c knows which packets a scenario
 * has, packet.c makes them, sockets.c has real connections for some, walk.c takes them
 * through the hooks and reads the clock, hooks.c says whose hooks there are.
 *
 * Everything here runs in process context, one line at a time.
 */
#ifndef TCPSHAKE_BENCH_H
#define TCPSHAKE_BENCH_H

#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

#define BENCH_BATCH	256	/* packets of a step that are timed together */
#define BENCH_STEPS	3	/* at most, of a scenario: SYN, SYN-ACK, ACK */

/* Held while a line is carried out, and while a namespace ends. Protects all there is. */
extern struct mutex bench_lock;

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };

/* Where packets go: the hooks that a packet of some kind passes, or something to compare. */
enum bench_path {
	BENCH_FORWARD,		/* PRE_ROUTING, FORWARD, POST_ROUTING */
	BENCH_LOCAL_IN,		/* PRE_ROUTING, LOCAL_IN */
	BENCH_LOCAL_OUT,	/* LOCAL_OUT, POST_ROUTING */
	BENCH_PREROUTING,	/* alone: conntrack does not confirm */
	BENCH_NOWHERE,		/* the loop, and all it does is a call */
	BENCH_KTIME,		/* no hooks, but ktime_get_ns() */
	BENCH_HSIPHASH,		/* no hooks, but a hash of 16 octets of the packet */
	BENCH_JHASH,		/* likewise */
	BENCH_PATHS
};

struct bench_end {
	struct in6_addr addr;	/* IPv4: the last four octets */
	__be16 port;
};

struct bench_segment {
	struct bench_end src;
	struct bench_end dst;
	u32 seq;
	u32 ack;
	u8 flags;
	u16 payload;		/* octets */
	struct sock *sk;	/* of this host, which sends or is to receive it */
};

/* What one line asks for. */
struct bench_run {
	struct net *net;
	bool v6;
	enum bench_path path;
	u32 first;		/* number of the first flow */
	u32 count;		/* how often the scenario is played */
	u32 flows;		/* by how many flows, in turns */
	u32 servers;		/* they are for so many addresses, in turns */
	u32 seed;		/* of sequence numbers */
};

struct bench_step {
	const char *name;
	u64 packets;
	u64 accepted;
	u64 ns;			/* of all packets, without overhead_ns */
	u64 overhead_ns;	/* of the loop and the clock */
	u64 middle_ps;		/* of a packet, picoseconds: mean of the batches in the middle */
	u64 ct_new;		/* packets conntrack took for the first of a connection */
	u64 ct_known;		/* for another one of it */
	u64 ct_assured;		/* and the connection for established */
};

struct bench_result {
	unsigned int steps;
	struct bench_step step[BENCH_STEPS];
};

/* Return: 0 or a negative errno; -EINVAL: there is no such scenario. */
int bench_scenario_run(const char *name, const struct bench_run *run,
		       struct bench_result *result);

/* A packet, written again and again. Nothing of earlier uses stays. */
struct sk_buff *bench_packet_alloc(void);
void bench_packet_free(struct sk_buff *skb);
void bench_packet_write(struct sk_buff *skb, bool v6, const struct bench_segment *seg);

/* The socket that early demux finds for it. */
static inline struct sock *bench_packet_demux(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->destructor_arg;
}

/*
 * Connections within a namespace, between two addresses of its own; both ends have sent,
 * received and acknowledged. One set, of one namespace, which does not outlive it.
 */
int bench_sockets_open(struct net *net, bool v6, u32 connections);
void bench_sockets_close(void);
void bench_sockets_forget(const struct net *net);

/* Return: -ENOTCONN if there are none in that namespace and family. */
int bench_sockets_check(const struct net *net, bool v6);

/* What end number n, client or server, would send or receive next. */
void bench_sockets_segment(u32 n, bool sent, struct bench_segment *seg);

/* Two network devices to come from and go to. They are in no namespace. */
int bench_walk_init(void);
void bench_walk_exit(void);

/* Takes n packets along the path, and adds to the books of the step. Return: their ns. */
u64 bench_walk(const struct bench_run *run, struct sk_buff *const *skbs, unsigned int n,
	       struct bench_step *step);

int bench_hooks_init(void);
void bench_hooks_exit(void);

/* whose: "none", "empty", "conntrack". Return: 0 or a negative errno. */
int bench_hooks_set(struct net *net, const char *whose);

#endif /* TCPSHAKE_BENCH_H */
