// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define FD_FIRST       3
#define STATUS_NO_EXEC 126 /* as a shell has it */

int fd_above_standard(int fd)
{
	int above = fd >= 0 && fd < FD_FIRST ? fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST) : fd;

	if (above != fd)
		close(fd);
	return above;
}

void exec_signals_reset(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL); /* of some it is refused: they are what they should be */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void exec_failed(int fd)
{
	int why = errno;

	if (write(fd, &why, sizeof(why)) < 0)
		_exit(STATUS_NO_EXEC);
	_exit(STATUS_NO_EXEC);
}

int exec_told(int fd)
{
	int why = 0;
	ssize_t n;

	do
		n = read(fd, &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(why) ? why : 0;
}
