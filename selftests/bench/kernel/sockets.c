// SPDX-License-Identifier: GPL-2.0
/*
 * Real connections of this host, for packets whose socket is known. Their two addresses
 * are to be there: 192.0.2.1 and .2, or 2001:db8::1 and ::2. Nothing is read from or
 * sent to a socket once it is open, so that numbers stay as they are.
 */
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "bench.h"

enum { PORT = 443, CONNECTIONS_MAX = 1024, MESSAGE = 100, WAIT_MS = 2000 };

static struct {
	struct net *net;
	bool v6;
	u32 n;			/* sockets: clients are even, their servers odd */
	struct socket **sockets;
} set;

static int address_of(bool v6, u8 host, u16 port, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in4 = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	if (!v6) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		in4->sin_addr.s_addr = htonl(0xc0000200 + host);
		return sizeof(*in4);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_addr.s6_addr32[0] = htonl(0x20010db8);
	in6->sin6_addr.s6_addr32[3] = htonl(host);
	return sizeof(*in6);
}

/* The kernel's functions take addresses by more than one type, depending on its version. */
static int create(struct net *net, bool v6, u8 host, u16 port, struct socket **sock)
{
	struct sockaddr_storage addr;
	const int len = address_of(v6, host, port, &addr);
	int err;

	err = sock_create_kern(net, v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP, sock);
	if (err)
		return err;
	(*sock)->sk->sk_reuse = SK_CAN_REUSE;
	err = kernel_bind(*sock, (void *)&addr, len);
	if (err) {
		sock_release(*sock);
		*sock = NULL;
	}
	return err;
}

static int say(struct socket *from, struct socket *to)
{
	char text[MESSAGE] = "";
	struct kvec vec = { text, sizeof(text) };
	struct msghdr send = {}, receive = {};
	int len;

	len = kernel_sendmsg(from, &send, &vec, 1, sizeof(text));
	if (len == sizeof(text))
		len = kernel_recvmsg(to, &receive, &vec, 1, sizeof(text), MSG_WAITALL);
	return len < 0 ? len : len == sizeof(text) ? 0 : -EPIPE;
}

/* Has it all that an established socket can have? Then it owes and expects nothing. */
static bool is_settled(const struct socket *sock)
{
	const struct tcp_sock *tp = tcp_sk(sock->sk);

	return READ_ONCE(sock->sk->sk_state) == TCP_ESTABLISHED &&
	       READ_ONCE(tp->snd_una) == READ_ONCE(tp->write_seq) &&
	       READ_ONCE(tp->bytes_acked) > 1 && READ_ONCE(tp->bytes_received) > 0;
}

static int talk(struct socket *client, struct socket *server)
{
	unsigned int ms;
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++)
		err = say(client, server) ?: say(server, client);
	for (ms = 0; !err && !(is_settled(client) && is_settled(server)); ms += 20) {
		if (ms >= WAIT_MS)
			err = -ETIMEDOUT;
		msleep(20);
	}
	return err;
}

static int connect_one(struct socket *listener, u32 n)
{
	struct sockaddr_storage addr;
	const int len = address_of(set.v6, 1, PORT, &addr);
	int err;

	err = create(set.net, set.v6, 2, 0, &set.sockets[n]) ?:
	      kernel_connect(set.sockets[n], (void *)&addr, len, 0) ?:
	      kernel_accept(listener, &set.sockets[n + 1], 0);
	return err ?: talk(set.sockets[n], set.sockets[n + 1]);
}

int bench_sockets_open(struct net *net, bool v6, u32 connections)
{
	struct socket *listener;
	u32 n;
	int err;

	bench_sockets_close();
	if (!connections || connections > CONNECTIONS_MAX)
		return -EINVAL;
	err = create(net, v6, 1, PORT, &listener);
	if (err)
		return err;
	set.sockets = kcalloc(2 * connections, sizeof(*set.sockets), GFP_KERNEL);
	set.net = net;
	set.v6 = v6;
	set.n = 2 * connections;
	err = set.sockets ? kernel_listen(listener, CONNECTIONS_MAX) : -ENOMEM;
	for (n = 0; n < set.n && !err; n += 2)
		err = connect_one(listener, n);
	sock_release(listener);
	if (err)
		bench_sockets_close();
	return err;
}

void bench_sockets_close(void)
{
	u32 n;

	for (n = 0; set.sockets && n < set.n; n++)
		if (set.sockets[n])
			sock_release(set.sockets[n]);
	kfree(set.sockets);
	memset(&set, 0, sizeof(set));
}

void bench_sockets_forget(const struct net *net)
{
	if (set.net == net)
		bench_sockets_close();
}

int bench_sockets_check(const struct net *net, bool v6)
{
	return set.net == net && set.v6 == v6 && set.n ? 0 : -ENOTCONN;
}

static void ends_of(const struct sock *sk, struct bench_end *own, struct bench_end *peer)
{
	const struct inet_sock *inet = inet_sk(sk);

#if IS_ENABLED(CONFIG_IPV6)
	if (set.v6) {
		own->addr = sk->sk_v6_rcv_saddr;
		peer->addr = sk->sk_v6_daddr;
	}
#endif
	if (!set.v6) {
		own->addr.s6_addr32[3] = inet->inet_saddr;
		peer->addr.s6_addr32[3] = inet->inet_daddr;
	}
	own->port = inet->inet_sport;
	peer->port = inet->inet_dport;
}

void bench_sockets_segment(u32 n, bool sent, struct bench_segment *seg)
{
	struct sock *sk = set.sockets[n % set.n]->sk;
	const struct tcp_sock *tp = tcp_sk(sk);

	ends_of(sk, sent ? &seg->src : &seg->dst, sent ? &seg->dst : &seg->src);
	seg->seq = sent ? tp->snd_nxt : tp->rcv_nxt;
	seg->ack = sent ? tp->rcv_nxt : tp->snd_nxt;
	seg->flags = ACK;
	seg->sk = sk;
}
