// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Live capture. All that needs a privilege is done when live_open() returns.
 */
#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd.h"
#include "decap.h"
#include "live.h"
#include "live_filter.h"

enum {
	/* Headers with their options, and those of tunnels before them. */
	SNAPSHOT_LEN = 256,
	SNAPSHOT_LEN_TUNNELS = 512,

	/* A tenth of a second of a million segments; locked memory of the kernel's. */
	BUFFER_OCTETS = 32 << 20,
};

struct live {
	pcap_t *pcap;
	const char *name;
	unsigned int link;	/* LINKTYPE_..., which is not always the DLT_... */
	unsigned int index;	/* 0: no interface of its own, like any */
	int control;		/* a socket to ask about it */
	bool nanoseconds;
	u64 packets;
	struct pcap_stat last;
	struct live_counts counts;
	/* of the call in progress */
	bool (*take)(void *context, const struct packet *packet);
	void *context;
};

static void list_interfaces(char *text, size_t size)
{
	struct if_nameindex *all = if_nameindex();
	size_t used = 0;

	text[0] = '\0';
	for (const struct if_nameindex *i = all; i && i->if_index && used < size; i++)
		used += snprintf(text + used, size - used, "%s, ", i->if_name);
	if (all)
		if_freenameindex(all);
}

static void cannot_open(const struct live *live, int status)
{
	char list[1024];

	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		list_interfaces(list, sizeof(list));
		failure("there is no interface '%s'; there are: %sany", live->name, list);
		return;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		failure("%s: no permission to capture; needed is CAP_NET_RAW in this network namespace (root has it)",
			live->name);
		return;
	case PCAP_ERROR_IFACE_NOT_UP:
		failure("%s: the interface is not up", live->name);
		return;
	default:
		failure("%s: %s", live->name, status == PCAP_ERROR || !*pcap_geterr(live->pcap) ?
			pcap_geterr(live->pcap) : pcap_statustostr(status));
	}
}

static bool activate(struct live *live, const struct live_settings *settings)
{
	pcap_t *pcap = live->pcap;
	int status;

	pcap_set_snaplen(pcap, settings->outermost ? SNAPSHOT_LEN : SNAPSHOT_LEN_TUNNELS);
	pcap_set_promisc(pcap, settings->promiscuous);
	pcap_set_timeout(pcap, LIVE_READ_MS);
	pcap_set_buffer_size(pcap, BUFFER_OCTETS);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(pcap);
	if (status < 0) {
		cannot_open(live, status);
		return false;
	}
	if (status == PCAP_WARNING_PROMISC_NOTSUP)
		failure("%s: this interface has no promiscuous mode; going on without",
			live->name);
	live->nanoseconds = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO;
	return true;
}

/* Where the number in files is not that of this system (tcpdump.org/linktypes.html). */
static unsigned int link_of(int dlt)
{
	switch (dlt) {
	case DLT_RAW:
		return 101;
	case DLT_ATM_RFC1483:
		return 100;
	default:
		return dlt;
	}
}

static bool set_link(struct live *live)
{
	const int dlt = pcap_datalink(live->pcap);
	const char *description = pcap_datalink_val_to_description(dlt);

	live->link = link_of(dlt);
	if (decap_knows(live->link))
		return true;
	failure("%s: its link type %d (%s) is not one of those tcpshake can read", live->name, dlt,
		description ? description : "unknown");
	return false;
}

static bool set_filter(struct live *live, const struct live_settings *settings)
{
	struct bpf_program program;
	int status;

	if (settings->everything)
		return true;
	if (!live_filter_compile(live->pcap, settings->outermost, settings->wanted, &program)) {
		failure("%s: no filter for its link type; all packets are looked at", live->name);
		return true;
	}
	status = pcap_setfilter(live->pcap, &program);
	pcap_freecode(&program);
	if (status)
		failure("%s: %s", live->name, pcap_geterr(live->pcap));
	return !status;
}

static bool set_nonblocking(struct live *live)
{
	char error[PCAP_ERRBUF_SIZE];

	if (!pcap_setnonblock(live->pcap, 1, error) && live_fd(live) >= 0)
		return true;
	failure("%s: cannot be waited for", live->name);
	return false;
}

struct live *live_open(const struct live_settings *settings)
{
	struct live *live = calloc(1, sizeof(*live));
	char error[PCAP_ERRBUF_SIZE];

	if (!live) {
		failure("out of memory");
		return NULL;
	}
	live->name = settings->interface;
	live->index = if_nametoindex(live->name);
	live->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	live->pcap = pcap_create(settings->interface, error);
	if (!live->pcap)
		failure("%s: %s", live->name, error);
	else if (activate(live, settings) && set_link(live) && set_filter(live, settings) &&
		 set_nonblocking(live))
		return live;
	live_close(live);
	return NULL;
}

void live_close(struct live *live)
{
	if (live->pcap)
		pcap_close(live->pcap);
	if (live->control >= 0)
		close(live->control);
	free(live);
}

static void on_packet(u_char *context, const struct pcap_pkthdr *header, const u_char *data)
{
	struct live *live = (struct live *)context;
	const u64 fraction = header->ts.tv_usec;
	const struct packet packet = {
		.data = data,
		.captured = header->caplen,
		.length = header->len > header->caplen ? header->len : header->caplen,
		.time_ns = header->ts.tv_sec * 1000000000ULL +
			   (live->nanoseconds ? fraction : fraction * 1000),
		.number = ++live->packets,
		.link = live->link,
	};

	if (!live->take(live->context, &packet))
		pcap_breakloop(live->pcap);
}

int live_read(struct live *live, int max, bool (*take)(void *context, const struct packet *packet),
	      void *context)
{
	int count;

	live->take = take;
	live->context = context;
	count = pcap_dispatch(live->pcap, max, on_packet, (u_char *)live);
	if (count == PCAP_ERROR)
		failure("%s: %s", live->name, pcap_geterr(live->pcap));
	return count == PCAP_ERROR_BREAK ? 0 : count;
}

int live_fd(const struct live *live)
{
	return pcap_get_selectable_fd(live->pcap);
}

const char *live_name(const struct live *live)
{
	return live->name;
}

/* By its number: the name may change. */
static bool read_flags(const struct live *live, unsigned int *flags)
{
	struct ifreq request = { .ifr_ifindex = live->index };

	if (ioctl(live->control, SIOCGIFNAME, &request) ||
	    ioctl(live->control, SIOCGIFFLAGS, &request))
		return false;
	*flags = (unsigned short)request.ifr_flags;
	return true;
}

bool live_is_up(const struct live *live)
{
	unsigned int flags;

	if (!live->index || live->control < 0)
		return true;
	if (!read_flags(live, &flags))
		failure("%s: the interface is gone", live->name);
	else if (!(flags & IFF_UP))
		failure("%s: the interface went down", live->name);
	else
		return true;
	return false;
}

/* They come as 32 bits, and are asked for before these can have gone round twice. */
struct live_counts live_count(struct live *live)
{
	struct pcap_stat now;

	if (!pcap_stats(live->pcap, &now)) {
		live->counts.dropped += now.ps_drop - live->last.ps_drop;
		live->counts.missed += now.ps_ifdrop - live->last.ps_ifdrop;
		live->last = now;
	}
	return live->counts;
}
