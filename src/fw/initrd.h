/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initrd.h - the names in an initramfs: cpio archives one behind another, the later ones perhaps compressed.
 *
 * Sources: Linux Documentation/driver-api/early-userspace/buffer-format.rst ("newc"), init/initramfs.c and
 * lib/decompress.c (which compressions, by which magic); zero bytes may stand between the members.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

#define INITRD_BYTES_MAX ((size_t)2 << 30) /* of everything decompressed */
#define INITRD_NAMES_MAX 1000000

struct initrd_entry {
	const char
		*name; /* "usr/lib/modules/6.1.0-50-amd64/kernel/drivers/vfio/pci/vfio-pci.ko"; until the call ends */
	uint32_t mode; /* as stat(2) has it */
	uint64_t size; /* bytes of its content */
};

/* Answers false to end the walk early. */
typedef bool (*initrd_sink)(void *ctx, const struct initrd_entry *e);

/*
 * Tell @sink of each member of @image, in their order. 0; 1 when the sink ended it; -IGD_EMAGIC (no cpio at its
 * begin), -IGD_ETRUNC, -IGD_EVERSION (a compression nobody here can read), -IGD_ELIMIT, -IGD_ELENGTH, -IGD_ENOMEM.
 */
int initrd_walk(struct span image, initrd_sink sink, void *ctx, struct report *rep) _must_check_;
