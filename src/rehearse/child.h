/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child.h - a program that ends with us, however we end: the kernel kills it when this process is gone (prctl(2),
 * PR_SET_PDEATHSIG), and all of its process group is killed when we have done with it.
 *
 * It leads a process group of its own, so that Ctrl-C at the terminal is ours alone to answer, and what a wrapper
 * script starts can be ended as well. It has standard input from nothing, the descriptors that it is given, and no
 * others; no signal of ours is blocked or ignored in it, and it leaves no core.
 *
 * Not covered: a wrapper that starts QEMU as a child of its own and does not wait with exec, when we are killed by
 * SIGKILL: then the kernel ends the wrapper only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/report.h"

struct child {
	pid_t pid; /* 0: none */
	int fd;	   /* pidfd: ready for reading once it has ended */
};

struct child_setup {
	const char *path;
	const char *const *argv; /* NULL ends */
	const int *keep; /* descriptors that it inherits, all above 2, under their own numbers; -1 are passed over */
	size_t n_keep;
	int out; /* its standard output and standard error */
};

/*
 * Start it: 0 and @ret (child_end() always); -IGD_ENOENT, -IGD_EACCES, -IGD_EIO with the reason when it cannot be
 * started.
 */
int child_start(const struct child_setup *s, struct child *ret, struct report *rep) _must_check_;

/* Kill it if it has not ended, and all of its group; what became of it, as of waitpid(2). Does nothing twice. */
int child_end(struct child *c);

/* Close and forget. */
void fd_drop(int *fd);
