// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/sandbox.h"

/* All that comes, into @a; false: too much, or no memory. */
static bool slurp(int fd, struct arena *a, struct span *ret)
{
	size_t n = 0, room = (size_t)1 << 20;
	uint8_t *buf = arena_alloc(a, room);
	ssize_t got = 1;

	while (buf && got != 0) {
		got = read(fd, buf + n, room - n);
		if (got < 0 && errno != EINTR)
			return false;
		n += got > 0 ? (size_t)got : 0;
		if (n == room) {
			uint8_t *more = room * 2 <= READER_MOST ? arena_alloc(a, room * 2) : NULL;

			if (!more)
				return false;
			memcpy(more, buf, n);
			buf = more;
			room *= 2;
		}
	}
	*ret = (struct span) { buf, n };
	return buf != NULL;
}

/* It never returns. */
static void child_live(const struct cli *cli, reader_work work, void *ctx, int fd)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(READER_SECONDS);
	sandbox_enter(cli, NULL, NULL);
	status = work(ctx, fd);
	fflush(NULL);
	_exit(status);
}

static int broken(int wait_status, struct report *rep)
{
	int sig = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;

	if (sig == SIGALRM)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE,
				     "reading what was named took more than %d seconds and was ended",
				     READER_SECONDS);
	return report_refuse(rep, IGD_EIO, REPORT_NOWHERE,
			     "the reader of what was named broke down (%s %d) and nothing else was harmed; this is a "
			     "mistake of igdctl, please report it",
			     sig ? "signal" : "status", sig ? sig : WEXITSTATUS(wait_status));
}

static int parent_hear(pid_t pid, int fd, struct arena *a, struct span *ret, struct report *rep)
{
	bool whole = slurp(fd, a, ret);
	int status = 0;

	close(fd); /* which ends a child that says too much */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > EXIT_HALFWAY || (WEXITSTATUS(status) == EXIT_DONE && !whole))
		return broken(status, rep);
	return WEXITSTATUS(status);
}

int reader_run(const struct cli *cli, reader_work work, void *ctx, struct arena *a, struct span *ret,
	       struct report *rep)
{
	int ends[2];
	pid_t pid;

	*ret = (struct span) { NULL, 0 };
	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "%s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		child_live(cli, work, ctx, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "%s", strerror(errno));
	}
	return parent_hear(pid, ends[0], a, ret, rep);
}
