/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfio_igd.h - the OpRegion of an Intel GPU, from vfio-pci that owns it.
 *
 * vfio-pci shows the OpRegion, and behind it a VBT that does not fit into it, as a region of its own. To read it the
 * device has to be opened like a VM does it, and the kernel resets a device when it is opened and when it is closed
 * again. So this is done only for who said so, and never while a VM has the device: the kernel lets nobody else in.
 *
 * Sources: Linux include/uapi/linux/vfio.h (the calls and their order), drivers/vfio/pci/vfio_pci_igd.c (the region),
 * Documentation/driver-api/vfio.rst (groups and containers).
 */
#pragma once

#include <sys/types.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"

/* The four calls that this takes, so that tests can stand in for a kernel. They answer as those of the system do: a
 * negative value and errno. */
struct vfio_ops {
	int (*open)(void *ctx, const char *path);
	int (*ioctl)(void *ctx, int fd, unsigned long request, void *arg);
	ssize_t (*pread)(void *ctx, int fd, void *buf, size_t n, off_t at);
	void (*close)(void *ctx, int fd);
	void *ctx;
};

extern const struct vfio_ops vfio_kernel; /* the real ones */

#define VFIO_OPREGION_MAX ((size_t)1024 * 1024) /* 8 KiB and a VBT; the largest seen is far below 64 KiB */

/*
 * Reset the device at @addr, read its OpRegion, reset it again. @group is its IOMMU group. 0 and @ret (owned by @a),
 * or with a sentence in @rep: -IGD_EACCES (may not open the group), -IGD_ENOENT (no such group in vfio, or the device
 * has no such region), -IGD_EIO (in use, not viable, no IOMMU, a call failed), -IGD_ELIMIT (larger than
 * VFIO_OPREGION_MAX), -IGD_ENOMEM.
 */
int vfio_opregion_read(const struct vfio_ops *ops, uint64_t group, struct pci_addr addr, struct arena *a,
		       struct span *ret, struct report *rep) _must_check_;
