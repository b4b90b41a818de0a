// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/tcpshake_bench: a line that is written there is carried out before write(2)
 * returns, in the network namespace of who wrote it:
 *
 *	hooks none|empty|conntrack
 *	connect [v6=0|1] flows=N
 *	disconnect
 *	run SCENARIO [v6=0|1] [path=PATH] [first=N] [count=N] [flows=N] [servers=N] [seed=N]
 *
 * connect makes real connections for the scenario "local"; scenarios are in scenario.c,
 * paths below. What is read is the result of the last run, a line for each step of the
 * scenario:
 *
 *	its name, packets, packets that were accepted,
 *	ns of all packets, ns of the loop (not in the former),
 *	ps of a packet, by the middle half of the batches,
 *	packets that conntrack called new, not new, of an assured connection
 */
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "bench.h"

enum { LINE_MAX = 256 };

DEFINE_MUTEX(bench_lock); /* see bench.h */
static struct bench_result last; /* under bench_lock */

static const char *const paths[BENCH_PATHS] = {
	[BENCH_FORWARD] = "forward",
	[BENCH_LOCAL_IN] = "local_in",
	[BENCH_LOCAL_OUT] = "local_out",
	[BENCH_PREROUTING] = "prerouting",
	[BENCH_NOWHERE] = "nowhere",
	[BENCH_KTIME] = "ktime",
	[BENCH_HSIPHASH] = "hsiphash",
	[BENCH_JHASH] = "jhash",
};

static int parse_path(const char *name, enum bench_path *path)
{
	int i;

	for (i = 0; i < BENCH_PATHS; i++) {
		if (strcmp(paths[i], name))
			continue;
		*path = i;
		return 0;
	}
	return -EINVAL;
}

static int parse_word(char *word, struct bench_run *run)
{
	const char *name = strsep(&word, "=");

	if (!word)
		return -EINVAL;
	if (!strcmp(name, "path"))
		return parse_path(word, &run->path);
	if (!strcmp(name, "v6"))
		return kstrtobool(word, &run->v6);
	if (!strcmp(name, "first"))
		return kstrtou32(word, 0, &run->first);
	if (!strcmp(name, "count"))
		return kstrtou32(word, 0, &run->count);
	if (!strcmp(name, "flows"))
		return kstrtou32(word, 0, &run->flows);
	if (!strcmp(name, "servers"))
		return kstrtou32(word, 0, &run->servers) ?: run->servers ? 0 : -EINVAL;
	if (!strcmp(name, "seed"))
		return kstrtou32(word, 0, &run->seed);
	return -EINVAL;
}

static int parse_words(char *words, struct bench_run *run)
{
	char *word;
	int err = 0;

	while (!err && (word = strsep(&words, " ")))
		err = parse_word(word, run);
	return err;
}

static int run_scenario(char *words, struct bench_run *run)
{
	const char *name = strsep(&words, " ");
	int err;

	err = parse_words(words, run);
	if (err)
		return err;
	if (!run->flows)
		run->flows = run->count;
	if (!run->count)
		return -EINVAL;
	memset(&last, 0, sizeof(last));
	return name ? bench_scenario_run(name, run, &last) : -EINVAL;
}

static int carry_out(char *words)
{
	struct bench_run run = { .net = current->nsproxy->net_ns, .count = 1, .servers = 1 };
	const char *verb = strsep(&words, " ");

	if (!strcmp(verb, "disconnect")) {
		bench_sockets_close();
		return 0;
	}
	if (!strcmp(verb, "hooks"))
		return words ? bench_hooks_set(run.net, words) : -EINVAL;
	if (!strcmp(verb, "connect"))
		return parse_words(words, &run) ?:
		       bench_sockets_open(run.net, run.v6, run.flows);
	if (!strcmp(verb, "run"))
		return run_scenario(words, &run);
	return -EINVAL;
}

static ssize_t bench_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char *line;
	int err;

	if (size > LINE_MAX)
		return -EINVAL;
	line = memdup_user_nul(from, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&bench_lock);
	err = carry_out(strim(line));
	mutex_unlock(&bench_lock);
	kfree(line);
	return err ?: size;
}

static int bench_show(struct seq_file *m, void *v)
{
	unsigned int i;

	mutex_lock(&bench_lock);
	for (i = 0; i < last.steps; i++) {
		const struct bench_step *step = &last.step[i];

		seq_printf(m, "%s %llu %llu %llu %llu %llu %llu %llu %llu\n", step->name,
			   step->packets, step->accepted, step->ns, step->overhead_ns,
			   step->middle_ps, step->ct_new, step->ct_known, step->ct_assured);
	}
	mutex_unlock(&bench_lock);
	return 0;
}

static int bench_open(struct inode *inode, struct file *file)
{
	return single_open(file, bench_show, NULL);
}

static const struct proc_ops bench_ops = {
	.proc_open = bench_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = bench_write,
};

static int __init bench_init(void)
{
	int err;

	err = bench_walk_init();
	if (err)
		return err;
	err = bench_hooks_init();
	if (err)
		goto err_walk;
	if (proc_create("tcpshake_bench", 0600, NULL, &bench_ops))
		return 0;
	err = -ENOMEM;
	bench_hooks_exit();
err_walk:
	bench_walk_exit();
	return err;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("tcpshake_bench", NULL);
	bench_sockets_close();
	bench_hooks_exit();
	bench_walk_exit();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Takes packets through netfilter hooks, by the clock");
MODULE_AUTHOR("The tcpshake authors");
MODULE_LICENSE("GPL");
