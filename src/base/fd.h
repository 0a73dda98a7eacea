/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.h - a file descriptor that is closed when its scope ends: _cleanup_(fd_close) int fd = -1. */
#pragma once

#include <unistd.h>

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
