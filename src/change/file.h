/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - one file of the machine: looked at, replaced whole, removed, with the folders it needs; private to
 * change/.
 *
 * Paths are absolute on the machine. What a symbolic link at the end of a path names is read and written, the link
 * stays; one that leads nowhere is refused, -IGD_EPATH. That is so where only root makes links, in the system's own
 * folders; anywhere else, where a definition of a VM may lie in somebody's home, no link is followed at all, and a
 * file in a folder of another user's, or of everybody's, is refused.
 */
#pragma once

#include "change/site.h"

#define FILE_BYTES_MAX ((size_t)16 << 20)
#define FILE_BESIDE    48 /* bytes of the name of what is written beside, with its zero */

struct file_state {
	bool there;
	struct span bytes; /* of the arena */
	unsigned mode, uid, gid;
	const char *attributes; /* its extended ones as "NAME=HEX" between blanks; "" for none */
};

/* -IGD_EPATH (a link that leads nowhere, no regular file), -IGD_ELIMIT, -IGD_EACCES, -IGD_EIO. */
int file_look(const struct site *s, const char *path, struct arena *a, struct file_state *ret,
	      struct report *rep) _must_check_;

/*
 * Can it be written: its folder is there or can be made, is not read-only, neither is immutable, and @n bytes fit?
 * @link: may it be a symbolic link? Nothing is changed. Negative with a sentence.
 */
int file_try(const struct site *s, const char *path, size_t n, bool link, struct report *rep) _must_check_;

/* Give @path the bytes, and what else @want says: of a file that is there its attributes and flags stay, of a new one
 * @want->attributes are set. @beside is the name of what is written first. All is on the disk when it answers. */
int file_put(const struct site *s, const char *path, const struct file_state *want, const char *beside,
	     struct report *rep) _must_check_;

/* Remove it; it is no error when it is gone. A link is refused. */
int file_remove(const struct site *s, const char *path, struct report *rep) _must_check_;

/* Remove what a stop left beside it. */
int file_tidy(const struct site *s, const char *path, const char *beside, struct report *rep) _must_check_;

/* The folder on the way to @path from which on it lies on another file system than the root, "/boot/efi"; of @a. ""
 * for none. Does one lie there now? A refusal names it, -IGD_ENOENT. */
const char *file_mount(const struct site *s, const char *path, struct arena *a);
int file_mounted(const struct site *s, const char *mount, const char *path, struct report *rep) _must_check_;

/* The deepest folder above @path that is there; of @a. */
const char *file_ground(const struct site *s, const char *path, struct arena *a);
/* Make the folders below it, mode 0755; remove those below @ground again that are empty. */
int file_folders_make(const struct site *s, const char *path, struct report *rep) _must_check_;
int file_folders_drop(const struct site *s, const char *path, const char *ground, struct report *rep) _must_check_;
