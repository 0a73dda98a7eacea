/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dummy.h - the least device that a PCI client is content with: configuration space with two BARs, one of them with a
 * half that may be mapped, and bytes that remember what is written. For tests of what is around a device.
 */
#pragma once

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/le.h"
#include "emu/device.h"

#define DUMMY_BAR0    0x10000u /* registers; the second half may be mapped */
#define DUMMY_MAPPED  0x8000u
#define DUMMY_BAR2    0x1000u
#define DUMMY_CONFIG  256u
#define DUMMY_MSI     4u
#define DUMMY_ID      0x12348086u
#define DUMMY_CLASS   0xff000001u /* of no class that a firmware has a driver for; revision 1 */
#define DUMMY_COMMAND 4

struct dummy {
	struct emu_device device;
	int fd;
	uint8_t *bar0, bar2[DUMMY_BAR2], config[DUMMY_CONFIG];
	size_t resets, reads, writes;
};

static inline struct dummy *dummy_of(struct emu_device *d)
{
	return (struct dummy *)((char *)d - offsetof(struct dummy, device));
}

static inline uint8_t *dummy_bytes(struct dummy *y, enum emu_region_index i)
{
	return i == EMU_BAR0 ? y->bar0 : i == EMU_BAR2 ? y->bar2 : y->config;
}

static inline void dummy_region(struct emu_device *d, enum emu_region_index i, struct emu_region *ret)
{
	struct dummy *y = dummy_of(d);

	*ret = (struct emu_region) { .readable = true, .writable = true, .fd = -1 };
	if (i == EMU_BAR0)
		*ret = (struct emu_region) { DUMMY_BAR0, true, true, y->fd, DUMMY_MAPPED, DUMMY_BAR0 - DUMMY_MAPPED };
	else if (i == EMU_BAR2)
		ret->size = DUMMY_BAR2;
	else if (i == EMU_CONFIG)
		ret->size = DUMMY_CONFIG;
}

static inline void dummy_read(struct emu_device *d, enum emu_region_index i, uint64_t at, uint8_t *p, size_t n)
{
	struct dummy *y = dummy_of(d);

	memcpy(p, dummy_bytes(y, i) + at, n);
	y->reads++;
}

/* The configuration space: the command register, and BARs that answer sizing. */
static inline void dummy_write_config(struct dummy *y, uint64_t at, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t k = at + i;

		if (k == DUMMY_COMMAND)
			y->config[k] = p[i] & 7;
		else if (k == 0x12 || k == 0x13 || k == 0x1a || k == 0x1b || k == 0x3c)
			y->config[k] = p[i];
		else if (k == 0x19)
			y->config[k] = p[i] & 0xf0;
	}
}

static inline void dummy_write(struct emu_device *d, enum emu_region_index i, uint64_t at, const uint8_t *p, size_t n)
{
	struct dummy *y = dummy_of(d);

	y->writes++;
	if (i == EMU_CONFIG)
		dummy_write_config(y, at, p, n);
	else
		memcpy(dummy_bytes(y, i) + at, p, n);
}

static inline unsigned dummy_irqs(_unused_ struct emu_device *d, enum emu_irq_index i)
{
	return i == EMU_INTX ? 1 : i == EMU_MSI ? DUMMY_MSI : 0;
}

static inline void dummy_reset(struct emu_device *d)
{
	struct dummy *y = dummy_of(d);

	y->resets++;
	memset(y->config, 0, sizeof(y->config));
	memset(y->bar2, 0, sizeof(y->bar2));
	memset(y->bar0, 0, DUMMY_BAR0);
	le_put(y->config, DUMMY_ID, 4);
	le_put(y->config + 8, DUMMY_CLASS, 4);
	y->config[0x3d] = 1;
}

/* False: no memory. */
static inline bool dummy_init(struct dummy *y)
{
	static const struct emu_device_ops ops = { dummy_region, dummy_read, dummy_write, dummy_irqs, dummy_reset };

	*y = (struct dummy) { .device = { .ops = &ops, .name = "dummy" } };
	y->fd = memfd_create("dummy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (y->fd < 0 || ftruncate(y->fd, DUMMY_BAR0) < 0 ||
	    fcntl(y->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return false;
	y->bar0 = mmap(NULL, DUMMY_BAR0, PROT_READ | PROT_WRITE, MAP_SHARED, y->fd, 0);
	return y->bar0 != MAP_FAILED;
}

static inline void dummy_done(struct dummy *y)
{
	munmap(y->bar0, DUMMY_BAR0);
	close(y->fd);
}
