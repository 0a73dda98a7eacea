/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ffs_write.h - files of a firmware volume and their sections, written (PI Specification 1.8, volume 3, 3.2.3 and
 * 3.2.4). Headers of 24 and 4 bytes only: what is larger than 16 MiB less two bytes has no place here.
 */
#pragma once

#include "base/span.h"
#include "fw/guid.h"

#define FFS_SIZE_MAX 0xfffffe /* of a file and of a section: all bits set says that the size stands elsewhere */

/* A section that is a leaf: a header, then @body. */
struct ffs_part {
	uint8_t type; /* enum section_type */
	struct span body;
};

/* How many bytes a file of these sections takes, header included; false: more than FFS_SIZE_MAX. */
bool ffs_size(const struct ffs_part *parts, size_t n, size_t *ret);

/*
 * Write the file to @p, which has the ffs_size() bytes: attributes 0, so no checksum over the data, and the state of
 * a file that is valid. @erased: what an empty byte of the volume reads (struct volume).
 */
void ffs_write(uint8_t *p, const struct guid *name, uint8_t type, const struct ffs_part *parts, size_t n,
	       uint8_t erased);

/* Make a file of @size bytes at @p a pad file, as the volume's builders leave them: its header keeps its length
 * @head, its body is erased. */
void ffs_make_pad(uint8_t *p, size_t size, size_t head, uint8_t erased);

/* The file at @p, with a header of 24 bytes, has @size bytes now and others in its body: size and checksums anew, the
 * one over the data where its attributes ask for it. */
void ffs_resize(uint8_t *p, size_t size);

/* The same of a section with a header of 4 bytes in front, which has no sums. */
void section_resize(uint8_t *p, size_t size);
