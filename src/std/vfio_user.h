/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfio_user.h - numbers of the vfio-user protocol 0.1: little endian, offsets of a message count from its header's
 * end. Source: QEMU docs/interop/vfio-user.rst; flags of regions and interrupts, and the capability of a region that
 * can be mapped in part: Linux include/uapi/linux/vfio.h.
 */
#pragma once

#define VFIO_USER_MAJOR 0
#define VFIO_USER_MINOR 1

enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DMA_READ = 11, /* these two go to the client */
	VFIO_USER_DMA_WRITE = 12,
	VFIO_USER_DEVICE_RESET = 13,
	VFIO_USER_DIRTY_PAGES = 14, /* of drafts; QEMU's headers still have it */
	VFIO_USER_REGION_WRITE_MULTI = 15,
	VFIO_USER_DEVICE_FEATURE = 16, /* migration */
	VFIO_USER_MIG_DATA_READ = 17,
	VFIO_USER_MIG_DATA_WRITE = 18,
};

/* The header: id 16 bits, command 16, size with the header 32, flags 32, error 32. */
#define VFIO_USER_HEADER   16
#define VFIO_USER_TYPE	   0xfu /* of the flags */
#define VFIO_USER_REPLY	   0x1u
#define VFIO_USER_NO_REPLY 0x10u
#define VFIO_USER_ERROR	   0x20u

/* What a request has at least, without its header. */
#define VFIO_USER_VERSION_SIZE	    4  /* major 16, minor 16; JSON with a terminating zero */
#define VFIO_USER_DMA_MAP_SIZE	    32 /* argsz 32, flags 32, offset 64, address 64, size 64 */
#define VFIO_USER_DMA_UNMAP_SIZE    24 /* argsz 32, flags 32, address 64, size 64 */
#define VFIO_USER_DEVICE_INFO_SIZE  16 /* argsz, flags, regions, interrupts: 32 each */
#define VFIO_USER_REGION_INFO_SIZE  32 /* argsz, flags, index, cap_offset: 32 each; size 64, offset 64 */
#define VFIO_USER_IRQ_INFO_SIZE	    16 /* argsz, flags, index, count: 32 each */
#define VFIO_USER_SET_IRQS_SIZE	    20 /* argsz, flags, index, start, count: 32 each; a byte each with DATA_BOOL */
#define VFIO_USER_REGION_RW_SIZE    16 /* offset 64, region 32, count 32; data */
#define VFIO_USER_WRITE_MULTI_SIZE  8  /* count 64 */
#define VFIO_USER_WRITE_MULTI_ENTRY 24 /* as REGION_RW, data 64 */
#define VFIO_USER_WRITE_MULTI_DATA  8  /* bytes of that */
#define VFIO_USER_SPARSE_SIZE	    32 /* id 16, version 16, next 32, areas 32, reserved 32; an area: offset, size: 64 */

#define VFIO_USER_MAX_DATA_XFER ((size_t)1 << 20) /* where nobody says otherwise */

enum vfio_dma_flag { VFIO_DMA_READ = 1 << 0, VFIO_DMA_WRITE = 1 << 1 };
enum vfio_unmap_flag { VFIO_UNMAP_ALL = 1 << 1 };
enum vfio_device_flag { VFIO_DEVICE_RESET = 1 << 0, VFIO_DEVICE_PCI = 1 << 1 };

enum vfio_region_flag {
	VFIO_REGION_READ = 1 << 0,
	VFIO_REGION_WRITE = 1 << 1,
	VFIO_REGION_MMAP = 1 << 2,
	VFIO_REGION_CAPS = 1 << 3,
};
#define VFIO_CAP_SPARSE_MMAP	     1
#define VFIO_CAP_SPARSE_MMAP_VERSION 1

enum vfio_irq_flag {
	VFIO_IRQ_EVENTFD = 1 << 0,
	VFIO_IRQ_MASKABLE = 1 << 1,
	VFIO_IRQ_AUTOMASKED = 1 << 2,
	VFIO_IRQ_NORESIZE = 1 << 3,
};

enum vfio_irq_set_flag {
	VFIO_IRQ_DATA_NONE = 1 << 0,
	VFIO_IRQ_DATA_BOOL = 1 << 1,
	VFIO_IRQ_DATA_EVENTFD = 1 << 2,
	VFIO_IRQ_MASK = 1 << 3,
	VFIO_IRQ_UNMASK = 1 << 4,
	VFIO_IRQ_TRIGGER = 1 << 5,
};
#define VFIO_IRQ_DATA	0x07u
#define VFIO_IRQ_ACTION 0x38u
