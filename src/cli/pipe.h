/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pipe.h - what a child of ours sends to its parent. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* Write @bytes in as many calls as it takes; false: the other end takes no more. */
static inline bool pipe_write(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}
