// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic for scenarios: SYNs from addresses that are not ours at a steady rate,
 * real clients that connect at a steady rate, and a server that accepts them.
 *
 *   traffic flood ADDRESS PORT --from PREFIX [--rate N] [--seconds S] [--count N]
 *           [--on MS --off MS] [--addresses N] [--ports N] [--fixed]
 *   traffic clients ADDRESS PORT [--rate N] [--seconds S] [--count N] [--from ADDRESS]
 *           [--waiting N]
 *   traffic server ADDRESS PORT [--backlog N] [--pause MS]
 *
 * A flood's sources are random in PREFIX (an address and, after a slash, a length), its
 * destinations N addresses from ADDRESS on, N ports from PORT on. Of clients no more
 * than --waiting wait for an answer at a time. Prints when it began
 * and ended, in microseconds of the time of day, and how many it sent; clients print how
 * many connected, how many did not, and the most that were waiting at once.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void usage(const char *what)
{
	fprintf(stderr, "traffic: %s; see the top of traffic.c\n", what);
	exit(2);
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct options {
	const char *from;
	double rate;
	double seconds;
	uint64_t count;
	unsigned int on_ms, off_ms;
	unsigned int addresses, ports;
	uint64_t waiting;
	int backlog;
	unsigned int pause_ms;	/* after each connection it accepts */
	bool fixed;
} opt = {
	.rate = 1000, .seconds = 1e9, .count = UINT64_MAX, .addresses = 1, .ports = 1,
	.waiting = UINT64_MAX, .backlog = 4096,
};

static double number(const char *text)
{
	char *end;
	const double value = strtod(text, &end);

	if (end == text || *end || value < 0)
		usage("bad number");
	return value;
}

static void parse_options(char **argv)
{
	for (; *argv; argv++) {
		const char *name = *argv;

		if (!strcmp(name, "--fixed")) {
			opt.fixed = true;
			continue;
		}
		if (!*++argv)
			usage("an option wants a value");
		if (!strcmp(name, "--from"))
			opt.from = *argv;
		else if (!strcmp(name, "--rate"))
			opt.rate = number(*argv);
		else if (!strcmp(name, "--seconds"))
			opt.seconds = number(*argv);
		else if (!strcmp(name, "--count"))
			opt.count = (uint64_t)number(*argv);
		else if (!strcmp(name, "--on"))
			opt.on_ms = (unsigned int)number(*argv);
		else if (!strcmp(name, "--off"))
			opt.off_ms = (unsigned int)number(*argv);
		else if (!strcmp(name, "--addresses"))
			opt.addresses = (unsigned int)number(*argv);
		else if (!strcmp(name, "--ports"))
			opt.ports = (unsigned int)number(*argv);
		else if (!strcmp(name, "--pause"))
			opt.pause_ms = (unsigned int)number(*argv);
		else if (!strcmp(name, "--waiting"))
			opt.waiting = (uint64_t)number(*argv);
		else if (!strcmp(name, "--backlog"))
			opt.backlog = (int)number(*argv);
		else
			usage("unknown option");
	}
}

static uint64_t now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void sleep_until(uint64_t us)
{
	const struct timespec ts = {
		.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static uint64_t state;	/* of random64(); not 0 */

/* xorshift64 (Marsaglia 2003). */
static uint64_t random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- addresses ---- */

struct address {
	bool is_v6;
	uint8_t octets[16];
	unsigned int len;	/* of the prefix, bits */
};

static struct address parse_address(const char *text)
{
	struct address a = { .is_v6 = strchr(text, ':') };
	char copy[64];
	char *slash;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (inet_pton(a.is_v6 ? AF_INET6 : AF_INET, copy, a.octets) != 1)
		usage("bad address");
	a.len = slash ? (unsigned int)number(slash) : a.is_v6 ? 128 : 32;
	return a;
}

/* An address of the prefix. */
static void pick(const struct address *prefix, uint8_t out[16])
{
	const unsigned int octets = prefix->is_v6 ? 16 : 4;
	unsigned int i;

	memcpy(out, prefix->octets, 16);
	for (i = 0; i < octets; i++) {
		const unsigned int kept = prefix->len > i * 8 ? prefix->len - i * 8 : 0;
		const uint8_t mask = kept >= 8 ? 0 : (uint8_t)(0xff >> kept);

		out[i] = (uint8_t)((out[i] & ~mask) | (random64() & mask));
	}
}

/* The n-th one behind it. */
static void step(const struct address *first, unsigned int n, uint8_t out[16])
{
	int i = first->is_v6 ? 15 : 3;
	unsigned int carry = n;

	memcpy(out, first->octets, 16);
	for (; carry && i >= 0; i--) {
		carry += out[i];
		out[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static socklen_t socket_address(const struct address *a, uint16_t port,
				struct sockaddr_storage *out)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = a->is_v6 ? AF_INET6 : AF_INET;
	if (a->is_v6) {
		memcpy(&in6->sin6_addr, a->octets, 16);
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	memcpy(&in->sin_addr, a->octets, 4);
	in->sin_port = htons(port);
	return sizeof(*in);
}

/* ---- flood ---- */

static uint32_t add_words(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

struct packet {
	union {
		struct iphdr v4;
		struct ip6_hdr v6;
	} ip;
	struct tcphdr tcp;
	uint8_t options[20];
} __attribute__((packed));

/* As Linux sends it: MSS, SACK, timestamps, scale; but the same for all. */
static const uint8_t options[20] = {
	2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
};

static size_t build(uint8_t *buffer, const uint8_t src[16], const uint8_t dst[16], bool is_v6,
		    uint16_t sport, uint16_t dport)
{
	const size_t addr_len = is_v6 ? 16 : 4;
	const size_t tcp_len = sizeof(struct tcphdr) + sizeof(options);
	struct iphdr *v4 = (struct iphdr *)buffer;
	struct ip6_hdr *v6 = (struct ip6_hdr *)buffer;
	uint8_t *at = buffer + (is_v6 ? sizeof(*v6) : sizeof(*v4));
	struct tcphdr *tcp = (struct tcphdr *)at;

	memset(buffer, 0, 128);
	if (is_v6) {
		v6->ip6_flow = htonl(6u << 28);
		v6->ip6_plen = htons((uint16_t)tcp_len);
		v6->ip6_nxt = IPPROTO_TCP;
		v6->ip6_hlim = 64;
		memcpy(&v6->ip6_src, src, 16);
		memcpy(&v6->ip6_dst, dst, 16);
	} else {
		v4->version = 4;
		v4->ihl = 5;
		v4->tot_len = htons((uint16_t)(sizeof(*v4) + tcp_len));
		v4->ttl = 64;
		v4->protocol = IPPROTO_TCP;
		memcpy(&v4->saddr, src, 4);
		memcpy(&v4->daddr, dst, 4);
	}
	tcp->source = htons(sport);
	tcp->dest = htons(dport);
	tcp->seq = (uint32_t)random64();
	tcp->doff = tcp_len / 4;
	tcp->syn = 1;
	tcp->window = htons(64240);
	memcpy(at + sizeof(*tcp), options, sizeof(options));
	tcp->check = folded(add_words(add_words(add_words((uint32_t)(IPPROTO_TCP + tcp_len), src,
							  addr_len), dst, addr_len), at, tcp_len));
	return (size_t)(at - buffer) + tcp_len;
}

/* The time of the n-th SYN after the first, us, with pauses. */
static uint64_t due(uint64_t n)
{
	const uint64_t us = (uint64_t)((double)n * 1e6 / opt.rate);

	if (!opt.on_ms)
		return us;
	return us / (opt.on_ms * 1000u) * (opt.on_ms + opt.off_ms) * 1000u +
	       us % (opt.on_ms * 1000u);
}

static int flood(const struct address *to, uint16_t port)
{
	const struct address from = opt.from ? parse_address(opt.from) : *to;
	const int fd = socket(to->is_v6 ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW);
	const uint64_t start = now_us(CLOCK_MONOTONIC);
	struct sockaddr_storage addr;
	uint8_t buffer[128], src[16], dst[16];
	uint64_t n = 0, failed = 0;

	if (fd < 0)
		die("socket");
	if (!opt.from || from.is_v6 != to->is_v6)
		usage("--from is missing, or of the other family");
	printf("began %llu\n", (unsigned long long)now_us(CLOCK_REALTIME));
	fflush(stdout);
	for (; !stopped && n < opt.count && (double)due(n) < opt.seconds * 1e6; n++) {
		const uint64_t at = start + due(n);
		struct address target = *to;
		socklen_t len;
		size_t size;

		if (at > now_us(CLOCK_MONOTONIC))
			sleep_until(at);
		pick(&from, src);
		step(to, (unsigned int)(n % opt.addresses), dst);
		memcpy(target.octets, dst, 16);
		size = build(buffer, src, dst, to->is_v6,
			     opt.fixed ? 80 : (uint16_t)(1024 + random64() % 64000),
			     (uint16_t)(port + n / opt.addresses % opt.ports));
		len = socket_address(&target, 0, &addr);
		failed += sendto(fd, buffer, size, 0, (struct sockaddr *)&addr, len) < 0;
	}
	printf("ended %llu\nsent %llu\nfailed %llu\n", (unsigned long long)now_us(CLOCK_REALTIME),
	       (unsigned long long)(n - failed), (unsigned long long)failed);
	return 0;
}

/* ---- clients and server ---- */

static int begin_connect(const struct address *to, uint16_t port, int epoll)
{
	const int family = to->is_v6 ? AF_INET6 : AF_INET;
	const struct linger linger = { .l_onoff = 1 };
	struct epoll_event event = { .events = EPOLLOUT };
	struct sockaddr_storage addr;
	const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t len;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	if (opt.from) {
		const struct address from = parse_address(opt.from);
		struct address one = from;

		pick(&from, one.octets);
		len = socket_address(&one, 0, &addr);
		if (bind(fd, (struct sockaddr *)&addr, len))
			die("bind");
	}
	len = socket_address(to, port, &addr);
	if (connect(fd, (struct sockaddr *)&addr, len) && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	event.data.fd = fd;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
	return fd;
}

static int clients(const struct address *to, uint16_t port)
{
	const int epoll = epoll_create1(0);
	const uint64_t start = now_us(CLOCK_MONOTONIC);
	const uint64_t end = start + (uint64_t)(opt.seconds < 1e6 ? opt.seconds * 1e6 : 1e15);
	uint64_t n = 0, connected = 0, failed = 0, waiting = 0, most = 0;
	const bool bounded = opt.waiting != UINT64_MAX;	/* then the last ones are waited for, too */
	struct epoll_event events[64];

	while (!stopped && (n < opt.count || (waiting && bounded))) {
		const uint64_t now = now_us(CLOCK_MONOTONIC);
		const uint64_t at = start + (uint64_t)((double)n * 1e6 / opt.rate);
		const bool may = n < opt.count && waiting < opt.waiting;
		int i, got;

		if (now >= end)
			break;
		if (now >= at && may) {
			if (begin_connect(to, port, epoll) < 0)
				failed++;
			else
				waiting++;
			n++;
			most = waiting > most ? waiting : most;
		}
		got = epoll_wait(epoll, events, 64,
				 !may ? 100 : now >= at ? 0 : (int)((at - now) / 1000) + 1);
		for (i = 0; i < got; i++) {
			int error = 0;
			socklen_t len = sizeof(error);

			getsockopt(events[i].data.fd, SOL_SOCKET, SO_ERROR, &error, &len);
			if (error)
				failed++;
			else
				connected++;
			waiting--;
			close(events[i].data.fd);
		}
	}
	printf("connected %llu\nfailed %llu\nwaiting %llu\nmost %llu\n",
	       (unsigned long long)connected, (unsigned long long)failed,
	       (unsigned long long)waiting, (unsigned long long)most);
	return 0;
}

static int server(const struct address *at, uint16_t port)
{
	const int fd = socket(at->is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage addr;
	const socklen_t len = socket_address(at, port, &addr);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) || listen(fd, opt.backlog))
		die("listen");
	while (!stopped) {
		close(accept(fd, NULL, NULL));
		if (opt.pause_ms)
			usleep(opt.pause_ms * 1000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = stop };
	struct address address;
	uint16_t port;

	if (argc < 4)
		usage("too few arguments");
	parse_options(argv + 4);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	state = now_us(CLOCK_REALTIME) * 0x9e3779b97f4a7c15u | 1;
	address = parse_address(argv[2]);
	port = (uint16_t)number(argv[3]);
	if (!strcmp(argv[1], "flood"))
		return flood(&address, port);
	if (!strcmp(argv[1], "clients"))
		return clients(&address, port);
	if (!strcmp(argv[1], "server"))
		return server(&address, port);
	usage("neither flood nor clients nor server");
}
