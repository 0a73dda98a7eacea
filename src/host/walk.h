/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk.h - from a path to what it names, one component at a time, inside a tree that may lie.
 *
 * The rules are those of openat2(2) with RESOLVE_IN_ROOT: the root of the tree is "/" for absolute
 * links, and its ".." is itself. Where a tree's keeper differs (a folder, an archive), three
 * functions tell the walk what is there.
 */
#pragma once

#include "host/host.h"

enum walk_kind { WALK_FOLDER, WALK_FILE, WALK_LINK, WALK_OTHER };

struct walk_ops {
	/* Look at @name in the folder on top of the keeper's stack. A folder, file or other thing is pushed;
	 * for a link @target gets its text. -IGD_ENOENT, -IGD_EACCES, -IGD_EIO, -IGD_ELIMIT. */
	int (*step)(void *keeper, const char *name, enum walk_kind *ret, char target[HOST_PATH_MAX]);
	void (*pop)(void *keeper);
	/* A link was met at @canon and will be followed; may be NULL. */
	void (*on_link)(void *keeper, const char *canon, const char *target);
};

struct walk {
	char canon[HOST_PATH_MAX]; /* where the walk is: a path without links; "" the root */
	size_t n;
	enum walk_kind kind;
	unsigned depth, links;
	bool out;  /* a link on the way had more ".." than there are folders above it */
	bool loop; /* too many links */
};

/*
 * Walk @path. With @last the link that @path itself may be is followed as well; without, the walk ends on
 * it with .kind WALK_LINK and the text in @target. 0 or the code of the step that failed, -IGD_ELIMIT for a path
 * too long or too deep, -IGD_EIO for links in a circle (.loop). @w is filled in either case.
 */
int walk_path(const struct walk_ops *ops, void *keeper, const char *path, bool last, struct walk *w,
	      char target[HOST_PATH_MAX]) _must_check_;
