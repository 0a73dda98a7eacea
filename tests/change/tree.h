/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.h - folders with all that is in them: made, copied, removed, and compared byte for byte.
 *
 * What is compared: names, kinds, modes, owners, bytes, targets of links, extended attributes (which hold access
 * lists). Not times. Everything here ends the program where the system refuses, for nothing can be tested then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tree {
	struct tree_node *v;
	size_t n;
};

/* All below @top but the path @without and what is in it (NULL: nothing is left out). */
struct tree tree_read(const char *top, const char *without);
void tree_done(struct tree *t);

/* The first difference as a sentence, in static memory; NULL: there is none. */
const char *tree_differs(const struct tree *want, const struct tree *is);

void tree_copy(const char *from, const char *to);
void tree_remove(const char *top);

/* @path below @top, with its folders. @text NULL: a folder. */
void tree_put(const char *top, const char *path, const char *text, unsigned mode);
/* The text of @path below @top, or NULL; the caller frees it. */
char *tree_get(const char *top, const char *path);
