/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emu_wire.h - messages of a vfio-user client, the descriptors that go with them, and what a process has open.
 */
#pragma once

#include "image.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "../emu/dummy.h"
#include "std/vfio_user.h"

#define MIB	 ((uint64_t)1 << 20)
#define RAM	 (MIB / 4)
#define RAM_BYTE 0x5a /* at the beginning of each of its pages */

/* ---- descriptors -------------------------------------------------------------------------------------------- */

static inline int memory_file(uint64_t n, unsigned flags, unsigned seals)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | flags);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)n), 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* As QEMU's memory-backend-memfd makes it. */
static inline int guest_file(uint64_t n)
{
	int fd = memory_file(n, MFD_ALLOW_SEALING, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	uint8_t byte = RAM_BYTE;

	for (uint64_t at = 0; at < n && at < RAM; at += 4096)
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	return fd;
}

static inline size_t open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* How many memory files are mapped, each as often as it is. */
static inline size_t mapped_files(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "/memfd:") != NULL;
	fclose(f);
	return n;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static inline void begin(struct image *m, unsigned id, unsigned command, unsigned flags)
{
	m->n = 0;
	put(m, id, 2);
	put(m, command, 2);
	put(m, VFIO_USER_HEADER, 4);
	put(m, flags, 4);
	put(m, 0, 4);
}

/* The header's size is what there is. */
static inline void end(struct image *m)
{
	set(m, 4, m->n, 4);
}

static inline void add32(struct image *m, unsigned n, const uint32_t *v)
{
	for (unsigned i = 0; i < n; i++)
		put(m, v[i], 4);
	end(m);
}
#define ADD32(m, ...) add32(m, sizeof((uint32_t[]) { __VA_ARGS__ }) / 4, (const uint32_t[]) { __VA_ARGS__ })

/* What QEMU 11.1 says first. */
#define QEMU_CAPABILITIES                                                                                           \
	"{\"capabilities\": {\"pgsizes\": 4096, \"max_dma_maps\": 65535, \"max_msg_fds\": 16, \"write_multiple\": " \
	"true, \"migration\": {\"pgsize\": 4096, \"max_bitmap_size\": 268435456}, \"max_data_xfer_size\": 1048576}}"

static inline void version(struct image *m, unsigned major, unsigned minor, const char *json)
{
	begin(m, 1, VFIO_USER_VERSION, 0);
	put(m, major, 2);
	put(m, minor, 2);
	if (json)
		put_text(m, json, strlen(json) + 1);
	end(m);
}

static inline void dma_map(struct image *m, uint64_t at, uint64_t n, uint64_t offset, unsigned flags)
{
	begin(m, 2, VFIO_USER_DMA_MAP, 0);
	put(m, 32, 4);
	put(m, flags, 4);
	put(m, offset, 8);
	put(m, at, 8);
	put(m, n, 8);
	end(m);
}

static inline void dma_unmap(struct image *m, uint64_t at, uint64_t n, unsigned flags)
{
	begin(m, 3, VFIO_USER_DMA_UNMAP, 0);
	put(m, 24, 4);
	put(m, flags, 4);
	put(m, at, 8);
	put(m, n, 8);
	end(m);
}

static inline void region_info(struct image *m, unsigned argsz, unsigned i)
{
	begin(m, 4, VFIO_USER_DEVICE_GET_REGION_INFO, 0);
	ADD32(m, argsz, 0, i, 0, 0, 0, 0, 0);
}

static inline void irq_info(struct image *m, unsigned argsz, unsigned i)
{
	begin(m, 5, VFIO_USER_DEVICE_GET_IRQ_INFO, 0);
	ADD32(m, argsz, 0, i, 0);
}

static inline void set_irqs(struct image *m, unsigned flags, unsigned i, unsigned start, unsigned count)
{
	begin(m, 6, VFIO_USER_DEVICE_SET_IRQS, 0);
	ADD32(m, 20, flags, i, start, count);
}

static inline void region_read(struct image *m, unsigned i, uint64_t at, unsigned n)
{
	begin(m, 7, VFIO_USER_REGION_READ, 0);
	put(m, at, 8);
	ADD32(m, i, n);
}

static inline void region_write(struct image *m, unsigned i, uint64_t at, unsigned n, uint64_t value)
{
	begin(m, 8, VFIO_USER_REGION_WRITE, 0);
	put(m, at, 8);
	ADD32(m, i, n);
	for (unsigned k = 0; k < n; k++)
		put(m, k < 8 ? value >> (8 * k) & 0xff : 0, 1);
	end(m);
}

static inline void bare(struct image *m, unsigned command)
{
	begin(m, 9, command, 0);
	end(m);
}

/*
 * A good conversation in the order of QEMU 11.1 with a machine that starts: message @i, and which descriptors go with
 * it. False: it is over.
 */
enum with { WITH_NOTHING, WITH_MEMORY, WITH_EVENT, WITH_EVENTS /* four */ };

static inline bool conversation(size_t i, struct image *m, enum with *with)
{
	*with = WITH_NOTHING;
	switch (i) {
	case 0:
		return version(m, 0, 0, QEMU_CAPABILITIES), true;
	case 1:
		*with = WITH_MEMORY;
		return dma_map(m, 0, RAM, 0, 3), true;
	case 2:
		return dma_map(m, 0xfffc0000, 0x40000, 0, 1), true;
	case 3:
		begin(m, 10, VFIO_USER_DEVICE_GET_INFO, 0);
		return ADD32(m, 16, 0, 0, 0), true;
	case 4:
		return region_info(m, 32, EMU_BAR0), true;
	case 5:
		return region_info(m, 64, EMU_BAR0), true;
	case 6:
		return region_info(m, 32, EMU_BAR1), true;
	case 7:
		return region_info(m, 32, EMU_CONFIG), true;
	case 8:
		return irq_info(m, 16, EMU_MSI), true;
	case 9:
		return region_read(m, EMU_CONFIG, 0, DUMMY_CONFIG), true;
	case 10:
		*with = WITH_EVENT;
		return set_irqs(m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_INTX, 0, 1), true;
	case 11:
		return region_write(m, EMU_CONFIG, DUMMY_COMMAND, 2, 6), true;
	case 12:
		return bare(m, VFIO_USER_DEVICE_RESET), true;
	case 13:
		return dma_unmap(m, 0, RAM, 0), true;
	case 14:
		*with = WITH_MEMORY;
		return dma_map(m, 0, RAM / 2, 0, 3), true;
	case 15:
		*with = WITH_MEMORY;
		return dma_map(m, RAM / 2, RAM / 2, RAM / 2, 1), true;
	case 16:
		*with = WITH_EVENTS;
		return set_irqs(m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_MSI, 0, DUMMY_MSI), true;
	case 17:
		begin(m, 11, VFIO_USER_REGION_WRITE_MULTI, VFIO_USER_NO_REPLY);
		put(m, 2, 8);
		for (uint64_t at = 8; at < 16; at += 4) {
			put(m, at, 8);
			ADD32(m, EMU_BAR2, 4, 0x11111111, 0);
		}
		return true;
	case 18:
		return region_read(m, EMU_BAR2, 8, 8), true;
	case 19:
		set_irqs(m, VFIO_IRQ_DATA_BOOL | VFIO_IRQ_MASK, EMU_MSI, 1, 2);
		put(m, 0x0101, 2);
		return end(m), true;
	case 20:
		return set_irqs(m, VFIO_IRQ_DATA_NONE | VFIO_IRQ_UNMASK, EMU_MSI, 0, DUMMY_MSI), true;
	case 21:
		return set_irqs(m, VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 0), true;
	case 22:
		return dma_unmap(m, 0, 0, VFIO_UNMAP_ALL), true;
	default:
		return false;
	}
}

/* One file for all that only need some memory: ask for it before what is open is counted. */
static inline int shared_memory(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = guest_file(RAM);
	return fd;
}

/* The descriptors for it; how many. */
static inline size_t descriptors(enum with with, int *fds)
{
	size_t n = with == WITH_EVENTS ? DUMMY_MSI : with == WITH_NOTHING ? 0 : 1;

	for (size_t i = 0; i < n; i++) {
		fds[i] = with == WITH_MEMORY ? dup(shared_memory()) : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		assert_true(fds[i] >= 0);
	}
	return n;
}
