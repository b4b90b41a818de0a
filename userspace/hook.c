// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Commands for floods: see hook.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hook.h"
#include "show_flood.h"

#define WAITING_MAX 64

struct hook {
	const char *command;
	char *waiting[WAITING_MAX];	/* JSON, oldest first */
	unsigned int count;
	u64 dropped;
	/* the one that is running */
	pid_t pid;			/* 0: none */
	int pidfd;
	int input;			/* -1: all is written */
	char *text;
	size_t written;
};

struct hook *hook_new(const char *command)
{
	struct hook *hook = calloc(1, sizeof(*hook));

	if (!hook)
		return NULL;
	hook->command = command;
	hook->pidfd = -1;
	hook->input = -1;
	return hook;
}

static void close_input(struct hook *hook)
{
	if (hook->input >= 0)
		close(hook->input);
	hook->input = -1;
}

void hook_free(struct hook *hook)
{
	for (unsigned int i = 0; i < hook->count; i++)
		free(hook->waiting[i]);
	close_input(hook);
	if (hook->pidfd >= 0)
		close(hook->pidfd);
	free(hook->text);
	free(hook);
}

/* Return: a process with a pipe to its standard input, or -1 and errno. */
static pid_t start(const char *command, int *input)
{
	char *const argv[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	error = posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	if (error) {
		close(ends[1]);
		errno = error;
		return -1;
	}
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	*input = ends[1];
	return pid;
}

static void write_some(struct hook *hook)
{
	const size_t left = strlen(hook->text) - hook->written;
	const ssize_t size = write(hook->input, hook->text + hook->written, left);

	if (size > 0)
		hook->written += size;
	if ((size < 0 && errno != EAGAIN && errno != EINTR) || (size_t)size == left)
		close_input(hook);	/* done, or it does not want to know */
}

static void run_next(struct hook *hook)
{
	if (hook->pid || !hook->count)
		return;
	free(hook->text);
	hook->text = hook->waiting[0];
	hook->written = 0;
	hook->count--;
	memmove(hook->waiting, hook->waiting + 1, hook->count * sizeof(hook->waiting[0]));
	hook->pid = start(hook->command, &hook->input);
	if (hook->pid > 0)
		hook->pidfd = (int)syscall(SYS_pidfd_open, hook->pid, 0);
	if (hook->pid > 0 && hook->pidfd >= 0) {
		write_some(hook);
		return;
	}
	fprintf(stderr, "tcpshake: --exec: %s\n", strerror(errno));
	close_input(hook);
	hook->pid = 0;
}

void hook_take(struct hook *hook, const struct flood *flood)
{
	char *text = show_flood_text(flood);

	if (text && hook->count < WAITING_MAX) {
		hook->waiting[hook->count++] = text;
	} else {
		free(text);
		hook->dropped++;
		fprintf(stderr, "tcpshake: --exec: %llu events did not fit the queue\n",
			(unsigned long long)hook->dropped);
	}
	run_next(hook);
}

int hook_fd(const struct hook *hook)
{
	return hook->input >= 0 ? hook->input : hook->pidfd;
}

short hook_events(const struct hook *hook)
{
	return hook->input >= 0 ? POLLOUT : POLLIN;
}

void hook_step(struct hook *hook)
{
	int status;

	if (hook->input >= 0) {
		write_some(hook);
		return;
	}
	if (!hook->pid || waitpid(hook->pid, &status, WNOHANG) != hook->pid)
		return;
	if (WIFSIGNALED(status) || WEXITSTATUS(status))
		fprintf(stderr, "tcpshake: --exec: the command %s %d\n",
			WIFSIGNALED(status) ? "was ended by signal" : "failed with status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	close(hook->pidfd);
	hook->pidfd = -1;
	hook->pid = 0;
	run_next(hook);
}
