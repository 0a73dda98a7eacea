// SPDX-License-Identifier: GPL-2.0-or-later
#include "change/run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "change/site.h"
#include "host/exec.h"

#define TICK_MS 250

/* Nothing of the caller's environment counts: it may name libraries, shells and folders. */
static const char *const environment[] = { ("PATH=" SITE_PATH),
					   "LC_ALL=C",
					   "HOME=/root",
					   "SHELL=/bin/sh",
					   "TERM=dumb",
					   "DEBIAN_FRONTEND=noninteractive",
					   NULL };

struct start {
	const struct site *site;
	const char *path;
	const char *const *argv;
	int out, tell; /* what went wrong before exec is written to .tell */
};

/* ---- the child ---------------------------------------------------------------------------------------------- */

/* The live system's, where the root has the folder. What the kernel does not allow is gone without: many programs
 * need none of it, and those that do say so. */
static void mounts_bind(void)
{
	static const char *const names[] = { "proc", "sys", "dev", "run" };
	char from[16];
	struct stat st;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(from, sizeof(from), "/%s", names[i]);
		if (lstat(names[i], &st) == 0 && S_ISDIR(st.st_mode) &&
		    mount(from, names[i], NULL, MS_BIND | MS_REC, NULL) < 0)
			continue;
	}
}

static bool root_enter(const struct site *s)
{
	if (s->live)
		return chdir("/") == 0;
	if (fchdir(s->root) < 0)
		return false;
	mounts_bind();
	return chroot(".") == 0 && chdir("/") == 0;
}

/* Does not return. */
static void become(const struct start *c)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC), lock = c->site->lock;

	if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(c->out, STDOUT_FILENO) >= 0 &&
	    dup2(c->out, STDERR_FILENO) >= 0 && setpgid(0, 0) == 0 && root_enter(c->site) &&
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 && fcntl(lock, F_SETFD, 0) == 0) {
		umask(022);
		exec_signals_reset();
		execve(c->path, (char *const *)c->argv, (char *const *)environment);
	}
	exec_failed(c->tell);
}

/* ---- we ----------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int status_of(pid_t pid)
{
	int st = 0;
	pid_t got;

	do
		got = waitpid(pid, &st, 0);
	while (got < 0 && errno == EINTR);
	return got != pid ? 126 : WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

static int wait_for(pid_t pid, int pidfd, const char *name, run_tick tick, void *ctx, struct report *rep)
{
	int64_t end = now_ms() + (int64_t)RUN_SECONDS * 1000;
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	bool killed = false;

	while (poll(&p, 1, TICK_MS) <= 0) { /* a signal of ours is answered when this has ended */
		if (tick)
			tick(ctx);
		if (killed || now_ms() < end)
			continue;
		report_note(rep, REPORT_NOWHERE, "%s: ended by force after %d minutes", name, RUN_SECONDS / 60);
		kill(-pid, SIGKILL);
		killed = true;
	}
	return status_of(pid);
}

/* The process, and its exec has succeeded; else -errno. */
static pid_t start(struct start *c)
{
	int tell[2], why;
	pid_t pid;

	if (pipe2(tell, O_CLOEXEC) < 0)
		return -errno;
	c->tell = tell[1] = fd_above_standard(tell[1]);
	pid = tell[1] < 0 ? -1 : fork();
	if (pid == 0)
		become(c);
	why = pid < 0 ? errno : 0;
	if (tell[1] >= 0)
		close(tell[1]);
	if (!why)
		why = exec_told(tell[0]);
	close(tell[0]);
	if (why && pid > 0)
		status_of(pid);
	return why ? -why : pid;
}

int run_program(struct site *s, const char *const *argv, int fd, run_tick tick, void *ctx, struct report *rep)
{
	char path[HOST_PATH_MAX];
	struct start c = { .site = s, .path = path, .argv = argv, .out = fd };
	int r = site_program(s, argv[0], path, rep), pidfd;
	pid_t pid;

	if (r < 0)
		return r;
	pid = start(&c);
	if (pid < 0)
		return report_refuse(rep, -site_code(-pid), REPORT_NOWHERE, "%s cannot be started%s: %s", path,
				     s->live ? "" : " inside the root", strerror(-pid));
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return status_of(pid);
	r = wait_for(pid, pidfd, argv[0], tick, ctx, rep);
	close(pidfd);
	return r;
}
