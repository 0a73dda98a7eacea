/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device.h - what the vfio-user server knows of a device: regions that are read and written, interrupts, and reset.
 *
 * A device answers from memory, at once, and never fails for what a guest does: a read that makes no sense is ones, a
 * write that makes none is dropped, as on a PCI bus. It sees guest memory only through struct emu_memory.
 *
 * Sources: Linux include/uapi/linux/vfio.h (regions and interrupts of a PCI device), QEMU docs/interop/vfio-user.rst.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/memory.h"

/* VFIO_PCI_*_REGION_INDEX */
enum emu_region_index {
	EMU_BAR0,
	EMU_BAR1,
	EMU_BAR2,
	EMU_BAR3,
	EMU_BAR4,
	EMU_BAR5,
	EMU_ROM,
	EMU_CONFIG,
	EMU_VGA,
	EMU_REGIONS
};

/* VFIO_PCI_*_IRQ_INDEX */
enum emu_irq_index { EMU_INTX, EMU_MSI, EMU_MSIX, EMU_ERR, EMU_REQ, EMU_IRQS };

/* "bar0" to "bar5", "rom", "config", "vga". */
const char *emu_region_str(enum emu_region_index i);

struct emu_region {
	uint64_t size; /* bytes; 0: there is no such region */
	bool readable, writable;
	int fd; /* memory that the client may map; -1: none. The device's own, open as long as it is */
	uint64_t map_at, map_n; /* the part of the region that may be mapped, at the same offset of .fd; pages */
};

struct emu_device;

struct emu_device_ops {
	void (*region)(struct emu_device *d, enum emu_region_index i, struct emu_region *ret);
	/* @n is 1 to 1 MiB, and @at + @n is inside the region: the server has looked. */
	void (*read)(struct emu_device *d, enum emu_region_index i, uint64_t at, uint8_t *p, size_t n);
	void (*write)(struct emu_device *d, enum emu_region_index i, uint64_t at, const uint8_t *p, size_t n);
	unsigned (*irqs)(struct emu_device *d, enum emu_irq_index i); /* how many of that kind it has */
	/* As at power on: asked for by the client, and done at each connection. */
	void (*reset)(struct emu_device *d);
};

/* Every access, for a trace; NULL: nobody listens. */
struct emu_access {
	bool write;
	enum emu_region_index region;
	uint64_t at;
	size_t n;
	uint64_t value; /* of up to 8 bytes, little endian; of more: the first 8 */
};

struct emu_device {
	const struct emu_device_ops *ops;
	const char *name;	  /* "00:02.0", for words; borrowed */
	bool asked;		  /* the client asked for the reset that goes on; else it is a connection's */
	struct emu_memory memory; /* the guest's, as the client maps it; the server's to fill */
	void (*trace)(void *ctx, const struct emu_device *d, const struct emu_access *a);
	void *trace_ctx;
};
