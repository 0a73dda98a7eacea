// SPDX-License-Identifier: GPL-2.0-or-later
#include "rehearse/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "host/exec.h"

void fd_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- the child ---------------------------------------------------------------------------------------------- */

static bool descriptors_set(const struct child_setup *s)
{
	int nothing = open("/dev/null", O_RDONLY);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(s->out, STDOUT_FILENO) < 0 ||
	    dup2(s->out, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return false;
	for (size_t i = 0; i < s->n_keep; i++)
		if (s->keep[i] >= 0 && fcntl(s->keep[i], F_SETFD, 0) < 0)
			return false;
	return true;
}

/* Does not return: what went wrong is written to @tell, which exec() closes. */
static void become(const struct child_setup *s, pid_t parent, int tell)
{
	static const struct rlimit no_core = { 0, 0 };

	if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setrlimit(RLIMIT_CORE, &no_core) == 0 &&
	    descriptors_set(s)) {
		if (getppid() != parent) /* it went before the kernel was asked */
			_exit(EXIT_FAILURE);
		exec_signals_reset();
		execv(s->path, (char *const *)s->argv);
	}
	exec_failed(tell);
}

/* ---- we ----------------------------------------------------------------------------------------------------- */

static int code_of(int why)
{
	return why == ENOENT ? -IGD_ENOENT : why == EACCES || why == EPERM ? -IGD_EACCES : -IGD_EIO;
}

static int started(const struct child_setup *s, int tell[2], struct child *ret)
{
	pid_t parent = getpid();
	int why;

	ret->pid = fork();
	if (ret->pid == 0)
		become(s, parent, tell[1]);
	why = errno;
	close(tell[1]);
	if (ret->pid < 0) {
		ret->pid = 0;
		return why;
	}
	ret->fd = pidfd_open(ret->pid, 0);
	why = ret->fd < 0 ? errno : exec_told(tell[0]);
	if (why)
		child_end(ret);
	return why;
}

int child_start(const struct child_setup *s, struct child *ret, struct report *rep)
{
	struct child c = { 0, -1 };
	int tell[2], why;

	if (pipe2(tell, O_CLOEXEC) < 0)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "no pipe: %s", strerror(errno));
	tell[1] = fd_above_standard(tell[1]);
	why = tell[1] < 0 ? EMFILE : started(s, tell, &c);
	close(tell[0]);
	if (why)
		return report_refuse(rep, -code_of(why), REPORT_NOWHERE, "%.150s cannot be started: %s", s->path,
				     strerror(why));
	*ret = c;
	return 0;
}

static bool child_is_over(const struct child *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return c->pid == 0 || poll(&p, 1, 0) > 0;
}

int child_end(struct child *c)
{
	int status = 0;

	if (c->pid == 0)
		return 0;
	if (!child_is_over(c))
		kill(c->pid, SIGKILL);
	kill(-c->pid, SIGKILL); /* not yet waited for, so its number is nobody else's */
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	fd_drop(&c->fd);
	c->pid = 0;
	return status;
}
