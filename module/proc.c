// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/tcpshake: stats for everybody; half_open, completed and malformed for
 * those with CAP_NET_ADMIN, since they show other people's connections. Services are in
 * proc_service.c. The formats are ABI, described in tcpshake(5).
 */
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/timekeeping.h>

#include "core/names.h"
#include "counters.h"
#include "journal.h"
#include "proc.h"
#include "table.h"

/*
 * Context: a file operation of our files, which tcpshake_proc_net_exit() waits
 * for: the namespace is observed as long as it runs.
 */
struct tcpshake_net *tcpshake_proc_observed(const struct net *net)
{
	return tcpshake_pernet(net)->observed;
}

bool tcpshake_proc_may_see(const struct seq_file *m, const struct net *net)
{
	return file_ns_capable(m->file, net->user_ns, CAP_NET_ADMIN);
}

static void show_number(struct seq_file *m, const char *prefix, const char *name, u64 value)
{
	seq_printf(m, "%s%s %llu\n", prefix, name, value);
}

static int stats_show(struct seq_file *m, void *v)
{
	const struct tcpshake_net *tn = tcpshake_proc_observed(seq_file_single_net(m));
	struct tcpshake_totals t;
	unsigned int i;
	u64 pending;

	tcpshake_counters_fold(tn, &t);
	pending = tcpshake_totals_pending(&t);
	show_number(m, "", "packets", tcpshake_totals_packets(&t));
	for (i = 1; i <= TCPSHAKE_EXIT_MAX; i++)
		show_number(m, "packets_", tcpshake_exit_name(i), t.exits[i]);
	show_number(m, "", "attempts", t.exits[TCPSHAKE_EXIT_NEW_ATTEMPT]);
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		show_number(m, "attempts_", tcpshake_outcome_name(i), t.outcomes[i]);
	show_number(m, "", "pending", pending);
	for (i = 1; i <= TCPSHAKE_STATE_MAX; i++)
		show_number(m, "pending_", tcpshake_state_name(i), t.flows[i]);
	for (i = 1; i <= TCPSHAKE_UNREACHABLE_MAX; i++)
		show_number(m, "unreachable_", tcpshake_unreachable_name(i), t.unreachable[i]);
	for (i = 1; i <= TCPSHAKE_EVICTION_MAX; i++)
		show_number(m, "evicted_", tcpshake_eviction_name(i), t.evicted[i]);
	show_number(m, "", "stalled", t.notes[TCPSHAKE_NOTE_STALLED]);
	show_number(m, "", "confirmed", t.notes[TCPSHAKE_NOTE_CONFIRMED]);
	show_number(m, "", "reset_at_completion", t.notes[TCPSHAKE_NOTE_RESET_AT_COMPLETION]);
	show_number(m, "", "backscatter", t.notes[TCPSHAKE_NOTE_BACKSCATTER]);
	show_number(m, "", "partial", t.notes[TCPSHAKE_NOTE_PARTIAL]);
	for (i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++)
		show_number(m, "anomaly_", tcpshake_anomaly_name(i), t.anomalies[i]);
	show_number(m, "events_", "handshake",
		    READ_ONCE(tn->events_told[TCPSHAKE_EVENTS_HANDSHAKE]));
	show_number(m, "events_", "anomaly",
		    READ_ONCE(tn->events_told[TCPSHAKE_EVENTS_ANOMALY]));
	show_number(m, "", "events_lost", READ_ONCE(tn->events_lost));
	show_number(m, "", "table_slots", tcpshake_table_slots());
	show_number(m, "", "table_quota", tn->quota);
	show_number(m, "", "table_used", tcpshake_totals_used(&t));
	show_number(m, "", "details_lost", t.details_lost);
	return 0;
}

void tcpshake_proc_endpoint(struct seq_file *m, const u8 addr[TCPSHAKE_ADDR_LEN], u16 port)
{
	if (tcpshake_addr_is_v4(addr))
		seq_printf(m, "%pI4:%u ", addr + 12, port);
	else
		seq_printf(m, "[%pI6c]:%u ", addr, port);
}

void tcpshake_proc_time(struct seq_file *m, u64 wall_ns)
{
	struct timespec64 ts = ns_to_timespec64(wall_ns);

	seq_printf(m, "%lld.%06lu ", (long long)ts.tv_sec, (unsigned long)ts.tv_nsec / 1000);
}

static void show_rtt(struct seq_file *m, bool known, u32 us)
{
	if (known)
		seq_printf(m, "%u ", us);
	else
		seq_puts(m, "- ");
}

/* A comma list, or what stands for an empty one. */
static void show_item(struct seq_file *m, bool *first, const char *name)
{
	seq_printf(m, "%s%s", *first ? "" : ",", name);
	*first = false;
}

static void show_handshake_flags(struct seq_file *m, u32 flags)
{
	bool first = true;
	unsigned int i;

	for (i = 0; i < TCPSHAKE_FLAG_COUNT; i++)
		if (flags & (1U << i))
			show_item(m, &first, tcpshake_flag_name(i));
	seq_puts(m, first ? "- " : " ");
}

static void show_option_number(struct seq_file *m, const char *name, bool is_there, u32 value)
{
	if (is_there)
		seq_printf(m, "%s=%u,", name, value);
	else
		seq_printf(m, "%s=-,", name);
}

/* What one side said, as a list; a value of "-" is none, nothing but "-" is not known. */
static void show_offer(struct seq_file *m, const struct tcpshake_offer *offer, u16 window)
{
	unsigned int i;

	if (!offer) {
		seq_putc(m, '-');
		return;
	}
	show_option_number(m, "mss", offer->present & TCPSHAKE_OPTION_MSS, offer->mss);
	show_option_number(m, "wscale", offer->present & TCPSHAKE_OPTION_WINDOW_SCALE,
			   offer->window_scale);
	seq_printf(m, "window=%u,ttl=%u", window, offer->ttl);
	for (i = 2; i < TCPSHAKE_OPTION_COUNT; i++)
		if (offer->present & 1U << i)
			seq_printf(m, ",%s", tcpshake_option_name(i));
}

static void show_negotiated(struct seq_file *m, const struct tcpshake_ended *ended)
{
	struct tcpshake_negotiated negotiated;

	if (!ended->has_details ||
	    !tcpshake_negotiated(&ended->details, ended->flags, ended->flow.syn_len, true,
				 &negotiated)) {
		seq_puts(m, "- - -");
		return;
	}
	seq_printf(m, "%s %s %s", tcpshake_ecn_name(negotiated.ecn),
		   tcpshake_fast_open_name(negotiated.fast_open),
		   tcpshake_mptcp_name(negotiated.mptcp));
}

static void show_details(struct seq_file *m, const struct tcpshake_ended *ended)
{
	const struct tcpshake_details *details = &ended->details;
	const bool client = ended->has_details && details->client.seen;
	const bool server = ended->has_details && details->server.seen;

	show_offer(m, client ? &details->client : NULL, ended->flow.client_window);
	seq_putc(m, ' ');
	show_offer(m, server ? &details->server : NULL, ended->flow.server_window);
	seq_putc(m, ' ');
	show_negotiated(m, ended);
	seq_putc(m, '\n');
}

static void show_completed(struct seq_file *m, const struct tcpshake_record *record)
{
	const struct tcpshake_ended *ended = &record->ended;
	const struct tcpshake_flow *flow = &ended->flow;
	u32 rtt = 0;
	bool known;

	tcpshake_proc_time(m, record->wall_ns - (u64)ended->total_us * 1000);
	tcpshake_proc_endpoint(m, flow->client, flow->client_port);
	tcpshake_proc_endpoint(m, flow->server, flow->server_port);
	seq_printf(m, "%u ", ended->total_us);
	known = tcpshake_flow_server_rtt(flow, ended->flags, &rtt);
	show_rtt(m, known, rtt);
	known = tcpshake_ended_client_rtt(ended, &rtt);
	show_rtt(m, known, rtt);
	seq_printf(m, "%u %u ", flow->syn_count, flow->synack_count);
	show_handshake_flags(m, ended->flags);
	show_details(m, ended);
}

static void show_kinds(struct seq_file *m, const struct tcpshake_anomalies *set)
{
	bool first = true;
	unsigned int i;

	for (i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++)
		if (tcpshake_anomalies_has(set, i))
			show_item(m, &first, tcpshake_anomaly_name(i));
}

static void show_tcp_flags(struct seq_file *m, u16 flags)
{
	static const char *const names[] = { /* from the left, as in the header */
		"ae", "cwr", "ece", "urg", "ack", "psh", "rst", "syn", "fin",
	};
	bool first = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & (TCPSHAKE_AE >> i))
			show_item(m, &first, names[i]);
	if (first)
		seq_puts(m, "none");
}

static void show_malformed(struct seq_file *m, const struct tcpshake_record *record)
{
	const struct tcpshake_segment *seg = &record->segment;

	tcpshake_proc_time(m, record->wall_ns);
	tcpshake_proc_endpoint(m, seg->src, seg->src_port);
	tcpshake_proc_endpoint(m, seg->dst, seg->dst_port);
	show_kinds(m, &seg->anomalies);
	seq_putc(m, ' ');
	show_tcp_flags(m, seg->flags);
	seq_printf(m, " %u %u\n", seg->seq, seg->ack);
}

static int show_ring(struct seq_file *m, enum tcpshake_ring_kind kind, const char *columns,
		     void (*show)(struct seq_file *m, const struct tcpshake_record *record))
{
	const struct net *net = seq_file_single_net(m);
	struct tcpshake_record *records;
	size_t count, i;

	if (!tcpshake_proc_may_see(m, net))
		return -EPERM;
	records = tcpshake_journal_newest(tcpshake_proc_observed(net), kind, &count);
	if (!records)
		return -ENOMEM;
	seq_puts(m, columns);
	for (i = 0; i < count; i++)
		show(m, &records[i]);
	kvfree(records);
	return 0;
}

static int completed_show(struct seq_file *m, void *v)
{
	return show_ring(m, TCPSHAKE_RING_COMPLETED,
			 "time client server total_us server_rtt_us client_rtt_us syn_count synack_count flags offered answered ecn fast_open mptcp\n",
			 show_completed);
}

static int malformed_show(struct seq_file *m, void *v)
{
	return show_ring(m, TCPSHAKE_RING_MALFORMED,
			 "time source destination anomaly tcp_flags seq ack\n", show_malformed);
}

/* half_open: position 0 is the head, position n row n-1 of the table. */
struct half_open_iter {
	struct seq_net_private net; /* first: seq_file_net() looks for it there */
	struct tcpshake_pending row[TCPSHAKE_WAYS];
};

static void *half_open_start(struct seq_file *m, loff_t *pos)
{
	if (!tcpshake_proc_may_see(m, seq_file_net(m)))
		return ERR_PTR(-EPERM);
	if (*pos == 0)
		return SEQ_START_TOKEN;
	return *pos <= tcpshake_table_rows() ? pos : NULL;
}

static void *half_open_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return *pos <= tcpshake_table_rows() ? pos : NULL;
}

static void half_open_stop(struct seq_file *m, void *v)
{
}

static void show_half_open(struct seq_file *m, const struct tcpshake_flow *flow)
{
	tcpshake_proc_endpoint(m, flow->client, flow->client_port);
	tcpshake_proc_endpoint(m, flow->server, flow->server_port);
	seq_printf(m, "%s %u %u %u %u ", tcpshake_state_name(flow->state),
		   tcpshake_flow_age(flow, tcpshake_now_us()), flow->syn_count,
		   flow->synack_count, flow->client_isn);
	if (tcpshake_flow_answered(flow))
		seq_printf(m, "%u\n", flow->server_isn);
	else
		seq_puts(m, "-\n");
}

static int half_open_show(struct seq_file *m, void *v)
{
	struct half_open_iter *iter = m->private;
	unsigned int way;
	u32 mask;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "client server state age_us syn_count synack_count isn server_isn\n");
		return 0;
	}
	mask = tcpshake_table_read(*(loff_t *)v - 1,
				   tcpshake_proc_observed(seq_file_net(m))->id, iter->row);
	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (mask & (1U << way))
			show_half_open(m, &iter->row[way].flow);
	return mask ? 0 : SEQ_SKIP;
}

static const struct seq_operations half_open_ops = {
	.start = half_open_start,
	.next = half_open_next,
	.stop = half_open_stop,
	.show = half_open_show,
};

/*
 * The files belong to root of the namespace's owner. The directory above them may
 * not: it was made before an unprivileged owner could map his root.
 */
static void give_to_owner(struct proc_dir_entry *dir, const struct net *net)
{
	const kuid_t uid = make_kuid(net->user_ns, 0);
	const kgid_t gid = make_kgid(net->user_ns, 0);

	if (uid_valid(uid) && gid_valid(gid))
		proc_set_user(dir, uid, gid);
}

int tcpshake_proc_net_init(struct tcpshake_net *tn)
{
	struct proc_dir_entry *dir = proc_net_mkdir(tn->net, "tcpshake", tn->net->proc_net);

	if (!dir)
		return -ENOMEM;
	give_to_owner(dir, tn->net);
	tn->proc = dir;
	if (proc_create_net_single("stats", 0444, dir, stats_show, NULL) &&
	    proc_create_net_single("completed", 0440, dir, completed_show, NULL) &&
	    proc_create_net_single("malformed", 0440, dir, malformed_show, NULL) &&
	    proc_create_net("half_open", 0440, dir, &half_open_ops,
			    sizeof(struct half_open_iter)) &&
	    !tcpshake_proc_services_init(tn, dir))
		return 0;
	tcpshake_proc_net_exit(tn);
	return -ENOMEM;
}

void tcpshake_proc_net_exit(struct tcpshake_net *tn)
{
	if (tn->proc)
		remove_proc_subtree("tcpshake", tn->net->proc_net);
	tn->proc = NULL;
}
