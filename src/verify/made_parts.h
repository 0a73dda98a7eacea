/* SPDX-License-Identifier: GPL-2.0-or-later */
/* made_parts.h - what the parts of made.c hand one another; private to verify/. */
#pragma once

#include "verify/made.h"

/* Kernels, their images and unified kernels are larger than what host.h's HOST_FILE_MAX is for. One is held at a
 * time, in an arena of its own that ends with it. */
#define MADE_IMAGE_MAX ((size_t)512 << 20)
#define MADE_FILES_MAX 256 /* that one promise may name */

/* The files that the patterns of @where name, in their order and sorted, without the leading "/". -IGD_ENOMEM. */
int made_files(struct host *h, const char *where, struct arena *a, struct host_names *ret) _must_check_;

/* All of a large file, into @tmp, which is empty. Answers as host_read(). */
int made_read(struct host *h, const char *path, struct arena *tmp, struct span *ret) _must_check_;

bool made_is_uki(const char *path);

/* Boot entries that were looked at. */
struct made_entries {
	struct span word; /* that is looked for */
	struct arena *a;
	struct span machine_id;	     /* entries of others do not count; empty: not known */
	struct span snapshot;	     /* the same; the running one */
	struct span grubenv;	     /* what $kernelopts stands for is in it; empty: not known */
	size_t n, n_with, n_unknown; /* that count; of these with the word; that refer to something not known here */
	const char *with, *without;  /* one of each, for people */
	const char *lacks; /* the first that each count for itself, and has it not: one of the Specification */
};

/* The entries in @text, a file at @path: grub.cfg, or an entry of the Boot Loader Specification by its name. */
void made_entries_text(struct made_entries *e, const char *path, struct span text);
/* A kernel's command line that stands alone. */
void made_entries_line(struct made_entries *e, const char *label, struct span line);

/* One image of a memo: what initrd_walk() answered, and where; the names of its files, each with a zero behind it. */
struct made_image {
	const char *path;
	bool none; /* a unified kernel without an initramfs */
	int r;
	const char *why; /* it could not be read, or not all of it; NULL */
	uint64_t at;	 /* of the refusal */
	struct span names;
};

#define MADE_NAMES_MAX ((size_t)64 << 20) /* bytes of the names of one image */

/* The names of the files in the initramfs @image, owned by @a. 0, or what initrd_walk() refused, -IGD_ENOMEM. */
int made_image_names(struct span image, struct arena *a, struct span *ret, struct report *rep) _must_check_;

/* Is there a name among @names that ends in @what? */
bool made_names_have(struct span names, const char *what);
