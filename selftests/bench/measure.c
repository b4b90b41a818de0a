// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program and tells what it took:
 *
 *	measure FILE PROGRAM [ARGUMENT]...
 *
 * The program's output goes to FILE; ours is one line: seconds that passed, seconds
 * of the processor (the program's own and the kernel's for it), and the memory it
 * had at most, in KiB. The exit status is the program's.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return time.tv_sec + time.tv_usec / 1e6;
}

static void run(const char *file, char **words)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		err(126, "%s", file);
	close(fd);
	execvp(words[0], words);
	err(127, "%s", words[0]);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double start;
	int status;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: measure FILE PROGRAM [ARGUMENT]...");
	start = now();
	pid = fork();
	if (!pid)
		run(argv[1], argv + 2);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		err(126, "cannot run it");
	printf("%.6f %.6f %ld\n", now() - start, seconds(usage.ru_utime) + seconds(usage.ru_stime),
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
