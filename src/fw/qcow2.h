/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qcow2.h - a small disk image of QEMU's own format as the bytes it stands for, and back. Fedora's edk2-ovmf ships
 * its firmware so (QEMU docs/interop/qcow2.txt, versions 2 and 3).
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "base/span.h"

#define QCOW2_DISK_MAX ((size_t)64 << 20) /* bytes of the disk; firmware has 2 to 16 MiB */

/* Does @s begin as one? */
bool qcow2_is(struct span s);

/*
 * The disk in @file: 0 and @ret, the caller's. -IGD_ETRUNC (the file ends before what is in it), -IGD_EMAGIC (no such
 * image, or damaged), -IGD_EVERSION (needs what is not read here: a backing file, encryption, an external data file,
 * extended L2 entries, an unknown incompatible feature, a cluster compressed with zstd), -IGD_ELIMIT
 * (QCOW2_DISK_MAX), -IGD_ENOMEM. Snapshots and reference counts are not looked at; a dirty or corrupt bit is a note.
 *
 * Compressed clusters are deflate's, which is what qemu-img makes unless it is told otherwise. zstd is left to
 * qemu-img: Fedora's images have none, and it would be one library more.
 */
int qcow2_read(struct span file, struct buffer *ret, struct report *rep) _must_check_;

/*
 * @disk as a version 3 image with clusters of 64 KiB, clusters that are all zero left out, without a backing file:
 * what qemu-img convert makes. 0 and @ret, the caller's; -IGD_ELIMIT (more than QCOW2_DISK_MAX), -IGD_ENOMEM. The
 * same bytes give the same file. A disk whose size is no multiple of 512 is longer for QEMU by what is missing.
 */
int qcow2_write(struct span disk, struct buffer *ret, struct report *rep) _must_check_;
