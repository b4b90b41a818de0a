// SPDX-License-Identifier: GPL-2.0
/*
 * Lets the nth allocation of a task fail, for every n until none does.
 *
 *   faults load MODULE [PARAMETERS]   while a module is being loaded
 *   faults read FILE                  while it is opened, read, and closed
 *   faults dump COMMAND               a number of enum tcpshake_cmd: all of a dump
 *   faults get COMMAND                likewise: a request with one answer
 *   faults join GROUP                 a multicast group is joined
 *   faults observe                    observation is switched on
 *   faults namespace                  a network namespace begins; the last 150 alone, as
 *                                     the others are those of the kernel before us
 *
 * For each n a line: "n ERRNO" of the system call, 0 where it came to its end all the
 * same; the last one is of the run in which nothing failed any more. A module
 * that was loaded is unloaded again. Needs a kernel with CONFIG_FAULT_INJECTION, and
 * debugfs. Exit status: 4 if there is none, 1 if it came to no end, or the module could
 * not be unloaded, or the last run failed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "genl.h"

enum { MOST = 20000 };

static bool write_to(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY);
	const bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Those that may wait for memory are to fail, too. */
static void prepare(void)
{
	static const char *const switches[] = {
		"/sys/kernel/debug/failslab/ignore-gfp-wait",
		"/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait",
		"/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem",
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (!write_to(switches[i], "N"))
			exit(4);
	if (!write_to("/sys/kernel/debug/fail_page_alloc/min-order", "0") ||
	    !write_to("/sys/kernel/debug/failslab/verbose", "0") ||
	    !write_to("/sys/kernel/debug/fail_page_alloc/verbose", "0"))
		exit(4);
}

/* ---- the nth allocation of this thread ---- */

static int nth_fd;

static void fail_nth(unsigned int n)
{
	char text[16];
	const int length = snprintf(text, sizeof(text), "%u", n);

	if (write(nth_fd, text, length) != length)
		genl_die("fail-nth");
}

static void begin(unsigned int n)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		genl_die("fail-nth");
	fail_nth(n);
}

/* Did it come that far? */
static bool end(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		genl_die("fail-nth");
	fail_nth(0);
	close(nth_fd);
	return atoi(text) == 0;
}

/* ---- what is tried; each returns the errno of it ---- */

struct words {
	const char *first, *second;
};

static int load(const struct words *words, unsigned int n, bool *failed)
{
	const int module = open(words->first, O_RDONLY | O_CLOEXEC);
	int error;

	if (module < 0)
		genl_die(words->first);
	begin(n);
	error = syscall(SYS_finit_module, module, words->second, 0) ? errno : 0;
	*failed = end();
	close(module);
	if (!error && syscall(SYS_delete_module, "tcpshake", O_NONBLOCK))
		genl_die("the module cannot be unloaded");
	return error;
}

/* Opens the file, reads all of it, closes it: the first errno. */
static int read_all(const struct words *words, unsigned int n, bool *failed)
{
	char text[4096];
	int error = 0;
	ssize_t got;
	int fd;

	begin(n);
	fd = open(words->first, O_RDONLY);
	if (fd < 0)
		error = errno;
	while (!error) {
		got = read(fd, text, sizeof(text));
		if (got <= 0) {
			error = got ? errno : 0;
			break;
		}
	}
	if (fd >= 0)
		close(fd);
	*failed = end();
	return error;
}

static union genl_message message, answer;

/* What could not be sent, nor answered for want of memory, has no answer to wait for. */
static int converse(int fd, unsigned int n, bool *failed)
{
	const struct nlmsghdr *last = NULL;
	int error = 0;

	begin(n);
	if (send(fd, &message, message.nlh.nlmsg_len, 0) < 0)
		error = errno;
	else
		last = genl_receive(fd, &answer);
	if (!error)
		error = last ? genl_errno(last) : errno;
	*failed = end();
	return error;
}

/* An answer that got lost on the way would be waited for in vain. */
static int patient_socket(void)
{
	const struct timeval limit = { .tv_sec = 2 };
	const int fd = genl_socket();

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		genl_die("socket");
	return fd;
}

static int ask(const struct words *words, uint16_t flags, unsigned int n, bool *failed)
{
	const int fd = patient_socket();
	int error;

	genl_begin(&message, genl_family(fd), flags, (uint8_t)atoi(words->first));
	error = converse(fd, n, failed);
	close(fd);
	return error;
}

static int dump(const struct words *words, unsigned int n, bool *failed)
{
	return ask(words, NLM_F_DUMP, n, failed);
}

static int get(const struct words *words, unsigned int n, bool *failed)
{
	return ask(words, NLM_F_ACK, n, failed);
}

static int join(const struct words *words, unsigned int n, bool *failed)
{
	const int fd = genl_socket();
	const uint32_t group = genl_group(fd, words->first);
	int error;

	begin(n);
	error = setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ?
			errno : 0;
	*failed = end();
	close(fd);
	return error;
}

/* Return: as converse(). */
static int switch_to(int fd, uint8_t on, unsigned int n, bool *failed)
{
	struct nlattr *nest;

	genl_begin(&message, genl_family(fd), NLM_F_ACK, TCPSHAKE_CMD_SET_CONFIG);
	nest = genl_put(&message, TCPSHAKE_A_CONFIG | NLA_F_NESTED, NULL, 0);
	genl_put(&message, TCPSHAKE_CONFIG_A_ENABLED, &on, sizeof(on));
	genl_end_nest(&message, nest);
	return converse(fd, n, failed);
}

/* It may be on though the answer got lost. */
static int observe(const struct words *words, unsigned int n, bool *failed)
{
	const int fd = patient_socket();
	const int error = switch_to(fd, 1, n, failed);
	const int again = patient_socket();
	bool none;

	(void)words;
	if (switch_to(again, 0, 0, &none))
		genl_die("it cannot be switched off");
	close(fd);
	close(again);
	return error;
}

/* In a process of its own, with which the namespace ends. */
static int namespace(const struct words *words, unsigned int n, bool *failed)
{
	const pid_t child = fork();
	int status;

	(void)words;
	if (child < 0)
		genl_die("fork");
	if (!child) {
		begin(n);
		status = unshare(CLONE_NEWNET) ? errno : 0;
		_exit(status | (end() ? 128 : 0));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		genl_die("child");
	*failed = WEXITSTATUS(status) & 128;
	return WEXITSTATUS(status) & 127;
}

static const struct verb {
	const char *name;
	int words;	/* at least */
	int (*attempt)(const struct words *words, unsigned int n, bool *failed);
	unsigned int last;	/* so many of its allocations; 0: all */
} verbs[] = {
	{ "load", 1, load, 0 },
	{ "read", 1, read_all, 0 },
	{ "dump", 1, dump, 0 },
	{ "get", 1, get, 0 },
	{ "join", 1, join, 0 },
	{ "observe", 0, observe, 0 },
	{ "namespace", 0, namespace, 150 },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* The first one to fail: by halves, as all behind the last one succeed. */
static unsigned int find_first(const struct verb *verb, const struct words *words)
{
	unsigned int fails = 0, succeeds = MOST;
	bool failed;

	while (verb->last && succeeds - fails > 1) {
		const unsigned int n = fails ? fails + (succeeds - fails) / 2 : succeeds / 8;

		verb->attempt(words, n, &failed);
		if (failed)
			fails = n;
		else
			succeeds = n;
	}
	return fails > verb->last ? fails - verb->last : 1;
}

int main(int argc, char **argv)
{
	struct words words = { argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "" };
	bool failed = true;
	size_t verb = 0;
	int status = 0;

	while (verb < VERB_COUNT && (argc < 2 || strcmp(argv[1], verbs[verb].name)))
		verb++;
	if (verb == VERB_COUNT || argc - 2 < verbs[verb].words) {
		fprintf(stderr, "usage: see the top of faults.c\n");
		return 2;
	}
	if (access("/proc/thread-self/fail-nth", W_OK))
		return 4;
	prepare();
	for (unsigned int n = find_first(&verbs[verb], &words); failed && n <= MOST; n++) {
		status = verbs[verb].attempt(&words, n, &failed);
		printf("%u %d\n", n, status);
	}
	return failed || status;
}
