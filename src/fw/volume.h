/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * volume.h - firmware volumes and the files in them (PI Specification 1.8, volume 3, 3.2).
 *
 * Vendors' volumes break rules: a checksum nobody redid, a length that a tool forgot, a file header of their own.
 * What the walk needs is believed as far as it fits; what is off is told as a note, and reading goes on.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "fw/guid.h"

enum volume_system {
	VOLUME_FFS1,	/* file system of Framework 0.9x: 7A9354D9 */
	VOLUME_FFS2,	/* 8C8CE578, and what vendors gave names of their own to */
	VOLUME_FFS3,	/* 5473C07A: files over 16 MiB */
	VOLUME_NVRAM,	/* variables; not files */
	VOLUME_UNKNOWN, /* a GUID that this program does not know */
};

struct volume {
	struct guid guid; /* of the file system */
	enum volume_system system;
	struct span bytes;  /* all of it, cut where the surroundings end; borrowed */
	uint64_t length;    /* as the header says */
	size_t header_size; /* with the extension header: where files begin */
	uint8_t revision;   /* 1 or 2 */
	uint8_t erased;	    /* what an empty byte reads: 0xff or 0 */
	bool has_name;	    /* an extension header gives the volume its own GUID */
	struct guid name;
	bool partial; /* its surroundings end first */
};

/* "FFS2" */
const char *volume_system_str(enum volume_system s);

/*
 * Read the volume at the front of @s. 0 and @ret; -IGD_ETRUNC, -IGD_EMAGIC (no "_FVH", or a header that cannot be
 * one: revision, lengths) and @ret untouched. A wrong checksum, a length that does not agree with the block map, and
 * bytes that end too early are notes in @rep.
 */
int volume_read(struct span s, struct volume *ret, struct report *rep) _must_check_;

/* Where in @s, from @at on, a volume may begin: its "_FVH" stands where a header has it. SIZE_MAX: nowhere. */
size_t volume_find(struct span s, size_t at);

struct ffs_file {
	struct guid guid;
	uint8_t type; /* enum ffs_type, or a vendor's */
	uint8_t attributes;
	size_t at;	   /* in the volume */
	struct span bytes; /* header and body */
	struct span body;
	size_t head;  /* bytes of .bytes before .body */
	bool deleted; /* its state says that a newer one took its place, or that it was never finished */
	bool partial;
};

/*
 * The next file of @v from *@at on (start with v->header_size): 1 and @ret, *@at behind it; 0 where only empty bytes
 * follow, the end, or bytes that cannot be a file (then *@at is where the files end). A file that does not fit is cut
 * and said to be partial; a wrong checksum is a note.
 */
int volume_next(const struct volume *v, size_t *at, struct ffs_file *ret, struct report *rep) _must_check_;

/* The file at the front of @s, which lies in no volume: 0 and @ret only when its header's checksum and length hold;
 * -IGD_EMAGIC. */
int ffs_read(struct span s, struct ffs_file *ret) _must_check_;

/* "freeform"; a vendor's type is "type 0xc3" by way of @buf of 16 bytes. */
const char *ffs_type_str(uint8_t type, char buf[16]);
