// SPDX-License-Identifier: GPL-2.0
/*
 * Lets the nth allocation of a task fail, for every n until none does.
 *
 *   faults load MODULE [PARAMETERS]   while a module is being loaded
 *   faults read FILE                  while it is opened, read, and closed
 *
 * For each n a line: "n ERRNO" of the system call, 0 where it came to its end all the
 * same; the last one is of the run in which nothing failed any more. A module
 * that was loaded is unloaded again. Needs a kernel with CONFIG_FAULT_INJECTION, and
 * debugfs. Exit status: 4 if there is none, 1 if it came to no end, or the module could
 * not be unloaded, or the last run failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 20000 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

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

static void fail_nth(int fd, unsigned int n)
{
	char text[16];
	const int length = snprintf(text, sizeof(text), "%u", n);

	if (write(fd, text, length) != length)
		die("fail-nth");
}

/* Did it come that far? */
static bool has_failed(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		die("fail-nth");
	return atoi(text) == 0;
}

/* Return: the errno of the load. */
static int load(const char *path, const char *parameters, unsigned int n, bool *failed)
{
	const int nth = open("/proc/thread-self/fail-nth", O_RDWR);
	const int module = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	if (nth < 0 || module < 0)
		die(nth < 0 ? "fail-nth" : path);
	fail_nth(nth, n);
	error = syscall(SYS_finit_module, module, parameters, 0) ? errno : 0;
	*failed = has_failed(nth);
	fail_nth(nth, 0);
	close(nth);
	close(module);
	if (!error && syscall(SYS_delete_module, "tcpshake", O_NONBLOCK))
		die("the module cannot be unloaded");
	return error;
}

/* Opens the file, reads all of it, closes it. Return: the first errno. */
static int read_all(const char *path, unsigned int n, bool *failed)
{
	const int nth = open("/proc/thread-self/fail-nth", O_RDWR);
	char text[4096];
	int error = 0;
	ssize_t got;
	int fd;

	if (nth < 0)
		die("fail-nth");
	fail_nth(nth, n);
	fd = open(path, O_RDONLY);
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
	*failed = has_failed(nth);
	fail_nth(nth, 0);
	close(nth);
	return error;
}

int main(int argc, char **argv)
{
	bool failed = true;
	int status = 0;

	if (argc < 3 || (strcmp(argv[1], "load") && strcmp(argv[1], "read"))) {
		fprintf(stderr, "usage: faults load MODULE [PARAMETERS] | read FILE\n");
		return 2;
	}
	if (access("/proc/thread-self/fail-nth", W_OK))
		return 4;
	prepare();
	for (unsigned int n = 1; failed && n <= MOST; n++) {
		if (!strcmp(argv[1], "load"))
			status = load(argv[2], argc > 3 ? argv[3] : "", n, &failed);
		else
			status = read_all(argv[2], n, &failed);
		printf("%u %d\n", n, status);
	}
	return failed || status;
}
