// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vfio_igd.c - the OpRegion out of VFIO, with a kernel made up here: no device is opened, let alone reset.
 *
 * The made-up kernel knows the order in which the calls must come, can be told to fail the n-th one, and counts what
 * was opened and closed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/vfio.h>

#include "base/error.h"
#include "host/vfio_igd.h"

enum { CONTAINER = 100, GROUP = 101, DEVICE = 102 };

#define REGION_AT (11ULL << 40) /* vfio-pci numbers regions in the upper bits of an offset */

struct kernel {
	int calls, fail_at, fail_with; /* fail_at 0: none */
	bool open[3], attached, iommu;
	uint32_t flags; /* of the group */
	int version;
	uint32_t n_regions, has; /* .has: index of the OpRegion's, 0: none */
	uint32_t caps_loop;	 /* the list of capabilities leads back to itself */
	uint64_t size;
	size_t ends;  /* reads past it give nothing */
	size_t piece; /* at most so many bytes a read */
};

static bool fails(struct kernel *k)
{
	if (++k->calls != k->fail_at)
		return false;
	errno = k->fail_with;
	return true;
}

static int toy_open(void *ctx, const char *path)
{
	struct kernel *k = ctx;
	int fd = strcmp(path, "/dev/vfio/vfio") == 0 ? CONTAINER : strcmp(path, "/dev/vfio/7") == 0 ? GROUP : -1;

	assert_true(fd > 0);
	if (fails(k))
		return -1;
	k->open[fd - CONTAINER] = true;
	return fd;
}

static void cap_put(uint8_t *at, uint16_t id, uint32_t next, uint32_t type, uint32_t subtype)
{
	struct vfio_region_info_cap_type cap = { .header = { id, 1, next }, .type = type, .subtype = subtype };

	memcpy(at, &cap, sizeof(cap));
}

/* Region 9 is the LPC bridge's configuration, in the same way; a sparse mapping stands before the type. */
static int region_info(struct kernel *k, struct vfio_region_info *info)
{
	const uint32_t intel = 1U << 31 | 0x8086;
	uint8_t *bytes = (uint8_t *)info;

	assert_true(info->argsz >= 128 && info->index >= VFIO_PCI_NUM_REGIONS && info->index < k->n_regions);
	info->flags = VFIO_REGION_INFO_FLAG_READ;
	if (info->index != k->has && info->index != 9)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	info->cap_offset = 40;
	cap_put(bytes + 40, VFIO_REGION_INFO_CAP_SPARSE_MMAP, k->caps_loop ? 40 : 64, 0, 0);
	cap_put(bytes + 64, VFIO_REGION_INFO_CAP_TYPE, 0, intel, info->index == k->has ? 1 : 3);
	info->size = k->size;
	info->offset = REGION_AT;
	return 0;
}

static int toy_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct kernel *k = ctx;

	assert_true(k->open[fd - CONTAINER]);
	if (fails(k))
		return -1;
	switch (request) {
	case VFIO_GET_API_VERSION:
		return k->version;
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)arg)->flags = k->flags;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		assert_int_equal(*(int *)arg, CONTAINER);
		k->attached = true;
		return 0;
	case VFIO_SET_IOMMU:
		assert_true(k->attached);
		assert_int_equal((uintptr_t)arg, VFIO_TYPE1v2_IOMMU);
		k->iommu = true;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		assert_true(k->iommu);
		assert_string_equal(arg, "0000:00:02.0");
		k->open[2] = true;
		return DEVICE;
	case VFIO_DEVICE_GET_INFO:
		((struct vfio_device_info *)arg)->num_regions = k->n_regions;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(k, arg);
	default:
		fail_msg("ioctl %lx", request);
		return -1;
	}
}

static ssize_t toy_pread(void *ctx, int fd, void *buf, size_t n, off_t at)
{
	struct kernel *k = ctx;
	uint64_t from = (uint64_t)at - REGION_AT;

	assert_int_equal(fd, DEVICE);
	assert_true(from + n <= k->size);
	if (fails(k))
		return -1;
	if (from >= k->ends)
		return 0;
	n = n > k->piece ? k->piece : n;
	for (size_t i = 0; i < n; i++)
		((uint8_t *)buf)[i] = (uint8_t)((from + i) / 64);
	return (ssize_t)n;
}

static void toy_close(void *ctx, int fd)
{
	struct kernel *k = ctx;

	assert_true(k->open[fd - CONTAINER]);
	assert_false(fd < DEVICE && k->open[2]); /* device, group, container */
	assert_false(fd < GROUP && k->open[1]);
	k->open[fd - CONTAINER] = false;
}

static struct kernel good(void)
{
	return (struct kernel) { .flags = VFIO_GROUP_FLAGS_VIABLE,
				 .version = VFIO_API_VERSION,
				 .n_regions = 12,
				 .has = 11,
				 .size = 8192,
				 .ends = SIZE_MAX,
				 .piece = 4096,
				 .fail_with = EIO };
}

static int read_from(struct kernel *k, struct arena *a, struct span *ret, struct report *rep)
{
	const struct vfio_ops ops = { toy_open, toy_ioctl, toy_pread, toy_close, k };
	int r = vfio_opregion_read(&ops, 7, (struct pci_addr) { .dev = 2 }, a, ret, rep);

	for (int i = 0; i < 3; i++)
		assert_false(k->open[i]);
	return r;
}

static void reads_the_region(void **state)
{
	struct kernel k = good();
	struct report rep = { 0 };
	struct arena a = { 0 };
	struct span s;

	(void)state;
	assert_int_equal(read_from(&k, &a, &s, &rep), 0);
	assert_int_equal(rep.code, 0);
	assert_int_equal(s.n, 8192);
	for (size_t i = 0; i < s.n; i++)
		assert_int_equal(s.p[i], (uint8_t)(i / 64));
	k = good();
	k.size = 8192 + 7001; /* with the VBT behind it */
	k.piece = 1000;
	assert_int_equal(read_from(&k, &a, &s, &rep), 0);
	assert_int_equal(s.n, 8192 + 7001);
	arena_done(&a);
}

/* Whichever call fails: said once, everything closed again, the output untouched. */
static void fails_at_any_call(void **state)
{
	struct kernel k = good();
	struct span s = { NULL, 42 };
	struct arena a = { 0 };
	int n, r;

	(void)state;
	assert_int_equal(read_from(&k, &a, &s, NULL), 0);
	n = k.calls;
	assert_true(n > 8);
	for (int i = 1; i <= n; i++) {
		static const int errs[] = { EIO, EPERM, EBUSY, ENOENT };

		for (size_t e = 0; e < sizeof(errs) / sizeof(*errs); e++) {
			struct report rep = { 0 };

			k = good();
			k.fail_at = i;
			k.fail_with = errs[e];
			s = (struct span) { NULL, 42 };
			r = read_from(&k, &a, &s, &rep);
			if (r == 0) /* one region that was not described: the others still are */
				continue;
			assert_int_equal(r, rep.code);
			assert_true(rep.refusal.text[0] != '\0');
			assert_int_equal(s.n, 42);
		}
	}
	arena_done(&a);
}

static void says_why(void **state)
{
	static const struct {
		int fail_at, with, code;
		const char *says;
	} rows[] = {
		{ 1, ENOENT, -IGD_ENOENT, "/dev/vfio/vfio: No such file" },
		{ 3, EACCES, -IGD_EACCES, "/dev/vfio/7: Permission denied" },
		{ 3, EBUSY, -IGD_EIO, "a VM has the device" },
		{ 7, EINVAL, -IGD_EIO, "0000:00:02.0: Invalid argument" },
	};
	struct arena a = { 0 };
	struct span s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct report rep = { 0 };
		struct kernel k = good();

		k.fail_at = rows[i].fail_at;
		k.fail_with = rows[i].with;
		assert_int_equal(read_from(&k, &a, &s, &rep), rows[i].code);
		assert_non_null(strstr(rep.refusal.text, rows[i].says));
	}
	arena_done(&a);
}

static void refused(struct kernel k, int code, const char *says)
{
	struct report rep = { 0 };
	struct arena a = { 0 };
	struct span s = { NULL, 42 };

	assert_int_equal(read_from(&k, &a, &s, &rep), code);
	assert_non_null(strstr(rep.refusal.text, says));
	assert_int_equal(s.n, 42);
	arena_done(&a);
}

static void refuses_what_is_odd(void **state)
{
	struct kernel k = good();

	(void)state;
	k.flags = 0;
	refused(k, -IGD_EIO, "another device of it belongs to a driver");
	k = good();
	k.version = 1;
	refused(k, -IGD_EVERSION, "unknown version");
	k = good();
	k.has = 0;
	refused(k, -IGD_ENOENT, "CONFIG_VFIO_PCI_IGD");
	k = good();
	k.n_regions = UINT32_MAX; /* a kernel that counts wrong costs no time */
	k.has = UINT32_MAX - 1;
	refused(k, -IGD_ENOENT, "no OpRegion");
	k = good();
	k.caps_loop = 1;
	refused(k, -IGD_ENOENT, "no OpRegion");
	k = good();
	k.size = 0;
	refused(k, -IGD_ELIMIT, "0 bytes");
	k.size = VFIO_OPREGION_MAX + 1;
	refused(k, -IGD_ELIMIT, "bytes");
	k = good();
	k.ends = 4096;
	refused(k, -IGD_EIO, "ends early");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_region),
		cmocka_unit_test(fails_at_any_call),
		cmocka_unit_test(says_why),
		cmocka_unit_test(refuses_what_is_odd),
	};

	return cmocka_run_group_tests_name("vfio_igd", tests, NULL, NULL);
}
