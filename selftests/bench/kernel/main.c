// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/tcpshake_bench: a line that is written there is carried out before write(2)
 * returns, in the network namespace of who wrote it:
 *
 *	hooks none|empty|conntrack
 *	run SCENARIO [v6=0|1] [path=N] [first=N] [count=N] [flows=N] [seed=N]
 *
 * What is read is the result of the last run, a line for each step of the scenario:
 * its name, packets, packets accepted, ns of them all, ns of the loop (taken off).
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "bench.h"

static DEFINE_MUTEX(lock);
static struct bench_result last; /* under lock */

static int parse_word(char *word, struct bench_run *run)
{
	static const char *const names[] = { "v6", "path", "first", "count", "flows", "seed" };
	char *value = strchr(word, '=');
	u32 number, v6 = run->v6, path = run->path;
	u32 *const to[] = { &v6, &path, &run->first, &run->count, &run->flows, &run->seed };
	unsigned int i;

	if (!value || kstrtou32(value + 1, 0, &number))
		return -EINVAL;
	*value = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(word, names[i]))
			continue;
		*to[i] = number;
		run->v6 = v6;
		run->path = path;
		return 0;
	}
	return -EINVAL;
}

static int run_line(char *words)
{
	struct bench_run run = { .net = current->nsproxy->net_ns, .count = 1 };
	char *name = strsep(&words, " ");
	char *word;
	int err;

	while ((word = strsep(&words, " "))) {
		err = parse_word(word, &run);
		if (err)
			return err;
	}
	if (!run.flows)
		run.flows = run.count;
	if (!run.flows || run.path > BENCH_NOWHERE)
		return -EINVAL;
	memset(&last, 0, sizeof(last));
	return bench_scenario_run(name, &run, &last);
}

static int carry_out(char *line)
{
	char *verb = strsep(&line, " ");

	if (!line)
		return -EINVAL;
	if (!strcmp(verb, "hooks"))
		return bench_hooks_set(current->nsproxy->net_ns, line);
	if (!strcmp(verb, "run"))
		return run_line(line);
	return -EINVAL;
}

static ssize_t bench_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char *line;
	int err;

	if (size > 256)
		return -EINVAL;
	line = memdup_user_nul(from, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&lock);
	err = carry_out(strim(line));
	mutex_unlock(&lock);
	kfree(line);
	return err ?: size;
}

static int bench_show(struct seq_file *m, void *v)
{
	unsigned int i;

	mutex_lock(&lock);
	for (i = 0; i < last.steps; i++) {
		const struct bench_step *step = &last.step[i];

		seq_printf(m, "%s %llu %llu %llu %llu\n", step->name, step->packets,
			   step->accepted, step->ns, step->overhead_ns);
	}
	mutex_unlock(&lock);
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
	bench_hooks_exit();
	bench_walk_exit();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Takes packets through netfilter hooks, by the clock");
MODULE_AUTHOR("The tcpshake authors");
MODULE_LICENSE("GPL");
