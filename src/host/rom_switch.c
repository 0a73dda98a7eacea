// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/rom_switch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

static int sysfs_set(void *ctx, const char *path, bool on)
{
	char whole[HOST_PATH_MAX];
	int n = snprintf(whole, sizeof(whole), "/%s", path), fd, err;

	(void)ctx;
	if (n < 0 || (size_t)n >= sizeof(whole))
		return -IGD_ELIMIT;
	fd = open(whole, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	err = fd < 0 ? errno : write(fd, on ? "1\n" : "0\n", 2) != 2 ? EIO : 0;
	if (fd >= 0)
		close(fd);
	return err == 0 ? 0 : err == ENOENT ? -IGD_ENOENT : err == EACCES || err == EPERM ? -IGD_EACCES : -IGD_EIO;
}

const struct rom_switch rom_switch_sysfs = { .set = sysfs_set };

int rom_switch_read(struct host *h, const char *path, const struct rom_switch *with, struct arena *a,
		    struct span *ret)
{
	int r = with ? with->set(with->ctx, path, true) : 0, off;

	if (r < 0)
		return r;
	r = host_read(h, path, HOST_FILE_MAX, a, ret);
	off = with ? with->set(with->ctx, path, false) : 0;
	return r < 0 ? r : off; /* left on it would be the change that this promises not to make */
}
