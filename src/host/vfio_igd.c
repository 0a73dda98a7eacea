// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfio_igd.c - container, group, device, region: each call depends on the one before, and what was opened is closed
 * in the opposite order.
 */
#include "host/vfio_igd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"

#define REGIONS_MAX 256 /* of one device, as it counts them; nine are PCI's own */
#define INFO_LEN    512 /* bytes of a region's description with its capabilities; more are not looked at */
#define CAPS_MAX    16

#define INTEL_TYPE (1U << 31 | 0x8086U) /* VFIO_REGION_TYPE_PCI_VENDOR_TYPE, whose own 1 is a signed one */

/* ---- the kernel --------------------------------------------------------------------------------------------- */

static int kernel_open(void *ctx, const char *path)
{
	(void)ctx;
	return open(path, O_RDWR | O_CLOEXEC);
}

static int kernel_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	(void)ctx;
	return ioctl(fd, request, arg);
}

static ssize_t kernel_pread(void *ctx, int fd, void *buf, size_t n, off_t at)
{
	(void)ctx;
	return pread(fd, buf, n, at);
}

static void kernel_close(void *ctx, int fd)
{
	(void)ctx;
	close(fd);
}

const struct vfio_ops vfio_kernel = {
	.open = kernel_open, .ioctl = kernel_ioctl, .pread = kernel_pread, .close = kernel_close
};

/* ---- one device --------------------------------------------------------------------------------------------- */

struct vfio {
	const struct vfio_ops *ops;
	int container, group, device; /* -1: not open */
	struct report *rep;
};

static int call(struct vfio *v, int fd, unsigned long request, void *arg)
{
	return v->ops->ioctl(v->ops->ctx, fd, request, arg);
}

/* errno into a refusal about @what. */
static int failed(struct vfio *v, const char *what)
{
	int err = errno;
	int code = err == EACCES || err == EPERM ? IGD_EACCES : err == ENOENT ? IGD_ENOENT : IGD_EIO;

	return report_refuse(v->rep, code, REPORT_NOWHERE, "%s: %s%s", what, strerror(err),
			     err == EBUSY ? ", a VM has the device" : "");
}

static int container_open(struct vfio *v)
{
	v->container = v->ops->open(v->ops->ctx, "/dev/vfio/vfio");
	if (v->container < 0)
		return failed(v, "/dev/vfio/vfio");
	if (call(v, v->container, VFIO_GET_API_VERSION, NULL) != VFIO_API_VERSION)
		return report_refuse(v->rep, IGD_EVERSION, REPORT_NOWHERE, "/dev/vfio/vfio: an unknown version");
	return 0;
}

static int group_open(struct vfio *v, uint64_t group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[48];

	snprintf(path, sizeof(path), "/dev/vfio/%llu", (unsigned long long)group);
	v->group = v->ops->open(v->ops->ctx, path);
	if (v->group < 0)
		return failed(v, path);
	if (call(v, v->group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return failed(v, path);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return report_refuse(v->rep, IGD_EIO, REPORT_NOWHERE,
				     "IOMMU group %llu: another device of it belongs to a driver of the host",
				     (unsigned long long)group);
	return 0;
}

/* The device is only handed out where an IOMMU stands between it and memory; nothing is mapped for it. */
static int device_open(struct vfio *v, struct pci_addr addr)
{
	char name[PCI_ADDR_STR];

	if (call(v, v->group, VFIO_GROUP_SET_CONTAINER, &v->container) < 0)
		return failed(v, "VFIO container");
	if (call(v, v->container, VFIO_SET_IOMMU, (void *)VFIO_TYPE1v2_IOMMU) < 0) /* the value itself */
		return failed(v, "VFIO IOMMU");
	v->device = call(v, v->group, VFIO_GROUP_GET_DEVICE_FD, pci_addr_str(addr, name));
	return v->device < 0 ? failed(v, name) : 0;
}

/* Does the description say "Intel's OpRegion"? Its capabilities are a list of offsets from its start. */
static bool is_opregion(struct span info, size_t at)
{
	uint16_t id;
	uint32_t type, subtype, next;

	for (int n = 0; n < CAPS_MAX && at != 0; n++, at = next) {
		if (!span_le16(info, at, &id) || !span_le32(info, at + 4, &next))
			return false;
		if (id == VFIO_REGION_INFO_CAP_TYPE && span_le32(info, at + 8, &type) &&
		    span_le32(info, at + 12, &subtype))
			return type == INTEL_TYPE && subtype == VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION;
	}
	return false;
}

static bool region_find(struct vfio *v, struct vfio_region_info *ret)
{
	struct vfio_device_info device = { .argsz = sizeof(device) };
	union {
		struct vfio_region_info info;
		uint8_t bytes[INFO_LEN];
	} u;

	if (call(v, v->device, VFIO_DEVICE_GET_INFO, &device) < 0)
		return false;
	for (uint32_t i = VFIO_PCI_NUM_REGIONS; i < device.num_regions && i < REGIONS_MAX; i++) {
		memset(&u, 0, sizeof(u));
		u.info.argsz = sizeof(u);
		u.info.index = i;
		if (call(v, v->device, VFIO_DEVICE_GET_REGION_INFO, &u.info) < 0 ||
		    !(u.info.flags & VFIO_REGION_INFO_FLAG_CAPS) || u.info.cap_offset < sizeof(u.info) ||
		    !is_opregion(SPAN_OF(u.bytes), u.info.cap_offset))
			continue;
		*ret = u.info;
		return true;
	}
	return false;
}

static int region_read(struct vfio *v, const struct vfio_region_info *info, struct arena *a, struct span *ret)
{
	size_t n = 0;
	uint8_t *to;
	ssize_t got;

	if (info->size == 0 || info->size > VFIO_OPREGION_MAX)
		return report_refuse(v->rep, IGD_ELIMIT, REPORT_NOWHERE, "an OpRegion of %llu bytes",
				     (unsigned long long)info->size);
	to = arena_alloc(a, info->size);
	if (!to)
		return report_refuse(v->rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	while (n < info->size) {
		got = v->ops->pread(v->ops->ctx, v->device, to + n, info->size - n, (off_t)(info->offset + n));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed(v, "OpRegion");
		if (got == 0)
			return report_refuse(v->rep, IGD_EIO, n, "the OpRegion ends early");
		n += (size_t)got;
	}
	*ret = (struct span) { to, n };
	return 0;
}

static void close_all(struct vfio *v)
{
	const int fds[] = { v->device, v->group, v->container };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			v->ops->close(v->ops->ctx, fds[i]);
}

int vfio_opregion_read(const struct vfio_ops *ops, uint64_t group, struct pci_addr addr, struct arena *a,
		       struct span *ret, struct report *rep)
{
	struct vfio v = { ops, -1, -1, -1, rep };
	struct vfio_region_info info = { 0 };
	int r = container_open(&v);

	if (r == 0)
		r = group_open(&v, group);
	if (r == 0)
		r = device_open(&v, addr);
	if (r == 0 && !region_find(&v, &info))
		r = report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
				  "vfio-pci shows no OpRegion of it: the kernel lacks CONFIG_VFIO_PCI_IGD, the "
				  "firmware made none, or before Linux 6.15 the GPU is not the primary one");
	if (r == 0)
		r = region_read(&v, &info, a, ret);
	close_all(&v);
	return r;
}
