// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/tcpshake: services and floods, for those with CAP_NET_ADMIN, and latency,
 * for everybody. The formats are ABI, described in tcpshake(5).
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/slab.h>

#include "core/names.h"
#include "proc.h"
#include "service.h"

static void show_or_dash(struct seq_file *m, bool known, u64 value)
{
	if (known)
		seq_printf(m, " %llu", value);
	else
		seq_puts(m, " -");
}

static void show_service(struct seq_file *m, const struct tcpshake_service_report *r)
{
	const struct tcpshake_service_totals *t = &r->totals;
	const bool timed = r->halves[TCPSHAKE_HALF_BOTH - 1].count;
	unsigned int i;

	if (r->is_space)
		seq_puts(m, "- ");
	else
		tcpshake_proc_endpoint(m, r->key.addr, r->key.port);
	seq_printf(m, "%llu", t->attempts);
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		seq_printf(m, " %llu", t->outcomes[i]);
	seq_printf(m, " %llu %u %llu %llu %llu %llu %llu %u %u", r->pending, r->peak_pending,
		   t->answered, t->syn_retrans, t->syn_repeats, t->synack_retrans, t->stalled,
		   r->rate, r->base_rate);
	show_or_dash(m, r->base_rate, r->base_completion);
	show_or_dash(m, r->flood, r->flood);
	show_or_dash(m, timed, r->halves[TCPSHAKE_HALF_BOTH - 1].p50_us);
	show_or_dash(m, timed, r->halves[TCPSHAKE_HALF_BOTH - 1].p90_us);
	show_or_dash(m, timed, r->halves[TCPSHAKE_HALF_BOTH - 1].p99_us);
	seq_putc(m, '\n');
}

/* Position 0 is the head, position n what tcpshake_service_next() finds from n-1 on. */
struct services_iter {
	struct seq_net_private net; /* first: seq_file_net() looks for it there */
	struct tcpshake_service_report report;
	u32 at;
};

static void *find_service(struct seq_file *m, loff_t *pos)
{
	struct services_iter *iter = m->private;
	u32 at = *pos - 1;

	if (!tcpshake_service_next(tcpshake_proc_observed(seq_file_net(m)), &at, &iter->report))
		return NULL;
	iter->at = at;
	*pos = at;	/* of the next one, less one */
	return &iter->report;
}

static void *services_start(struct seq_file *m, loff_t *pos)
{
	if (!tcpshake_proc_may_see(m, seq_file_net(m)))
		return ERR_PTR(-EPERM);
	return *pos ? find_service(m, pos) : SEQ_START_TOKEN;
}

static void *services_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return find_service(m, pos);
}

static void services_stop(struct seq_file *m, void *v)
{
}

static int services_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_puts(m, "server attempts completed refused client_reset server_reset unanswered unacked superseded evicted unreachable pending pending_peak answered syn_retrans syn_repeats synack_retrans stalled rate base_rate completion flood p50_us p90_us p99_us\n");
	else
		show_service(m, v);
	return 0;
}

static const struct seq_operations services_ops = {
	.start = services_start,
	.next = services_next,
	.stop = services_stop,
	.show = services_show,
};

static void show_target(struct seq_file *m, const struct tcpshake_flood *flood)
{
	const bool is_v4 = tcpshake_addr_is_v4(flood->addr);

	switch (flood->level) {
	case TCPSHAKE_LEVEL_SERVICE:
		tcpshake_proc_endpoint(m, flood->addr, flood->port);
		return;
	case TCPSHAKE_LEVEL_NAMESPACE:
		seq_puts(m, "- ");
		return;
	}
	if (is_v4)
		seq_printf(m, "%pI4", flood->addr + 12);
	else
		seq_printf(m, "%pI6c", flood->addr);
	if (flood->level == TCPSHAKE_LEVEL_PREFIX)
		seq_puts(m, is_v4 ? "/24" : "/64");
	seq_putc(m, ' ');
}

static void show_flood(struct seq_file *m, const struct tcpshake_flood *flood)
{
	const struct tcpshake_tally *of = &flood->of;

	seq_printf(m, "%u %u %s %s ", flood->number, flood->active,
		   tcpshake_label_name(flood->label), tcpshake_level_name(flood->level));
	show_target(m, flood);
	seq_printf(m, "%s ", tcpshake_trigger_name(flood->trigger));
	tcpshake_proc_time(m, tcpshake_wall_ns(flood->onset_us));
	tcpshake_proc_time(m, tcpshake_wall_ns(flood->detected_us));
	if (flood->active)
		seq_puts(m, "- ");
	else
		tcpshake_proc_time(m, tcpshake_wall_ns(flood->ended_us));
	seq_printf(m, "%llu %llu %llu %llu %llu %llu %llu ", of->attempts, of->answered,
		   of->completed, of->client_reset, of->unresolved, of->syn_retrans, of->evicted);
	seq_printf(m, "%u %u %u %u %u %u %u", tcpshake_per_second(flood->rate),
		   tcpshake_per_second(flood->peak_rate), tcpshake_per_second(flood->base_rate),
		   flood->pending, flood->peak_pending, flood->completion,
		   flood->base_completion);
	show_or_dash(m, flood->findings.seen, flood->findings.sources);
	seq_putc(m, '\n');
}

static int floods_show(struct seq_file *m, void *v)
{
	const struct net *net = seq_file_single_net(m);
	struct tcpshake_flood *floods;
	u32 n, i;

	if (!tcpshake_proc_may_see(m, net))
		return -EPERM;
	floods = kvcalloc(TCPSHAKE_FLOODS, sizeof(*floods), GFP_KERNEL);
	if (!floods)
		return -ENOMEM;
	seq_puts(m, "number active label level target trigger onset detected ended attempts answered completed client_reset unresolved syn_retrans evicted rate rate_peak rate_base pending pending_peak completion completion_base sources\n");
	n = tcpshake_service_floods(tcpshake_proc_observed(net), floods, TCPSHAKE_FLOODS);
	for (i = 0; i < n; i++)
		show_flood(m, &floods[i]);
	kvfree(floods);
	return 0;
}

static int latency_show(struct seq_file *m, void *v)
{
	const struct tcpshake_net *tn = tcpshake_proc_observed(seq_file_single_net(m));
	static const u16 permille[] = { 500, 900, 990, 999 };
	struct tcpshake_latency *latency = kvzalloc(sizeof(*latency), GFP_KERNEL);
	unsigned int half, i;

	if (!latency)
		return -ENOMEM;
	tcpshake_service_latency(tn, latency);
	seq_puts(m, "half count sum_us p50_us p90_us p99_us p999_us\n");
	for (half = 0; half < TCPSHAKE_HALVES; half++) {
		const struct tcpshake_histogram *h = &latency->halves[half];
		const u64 count = tcpshake_histogram_count(h);

		seq_printf(m, "%s %llu %llu", tcpshake_half_name(half + 1), count,
			   latency->sum_us[half]);
		for (i = 0; i < ARRAY_SIZE(permille); i++)
			show_or_dash(m, count, tcpshake_histogram_percentile(h, permille[i]));
		seq_putc(m, '\n');
	}
	kvfree(latency);
	return 0;
}

int tcpshake_proc_services_init(struct tcpshake_net *tn, struct proc_dir_entry *dir)
{
	if (proc_create_net("services", 0440, dir, &services_ops, sizeof(struct services_iter)) &&
	    proc_create_net_single("floods", 0440, dir, floods_show, NULL) &&
	    proc_create_net_single("latency", 0444, dir, latency_show, NULL))
		return 0;
	return -ENOMEM;
}
