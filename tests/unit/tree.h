/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.h - a folder of its own for a test, filled by name, gone at the end. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char top[64];
	char path[4096]; /* of tree_path() */
};

static inline void tree_init(struct tree *t)
{
	snprintf(t->top, sizeof(t->top), "/tmp/igdctl-test-XXXXXX");
	assert_non_null(mkdtemp(t->top));
}

static inline int tree_remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

static inline void tree_done(struct tree *t)
{
	assert_int_equal(nftw(t->top, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The path of @name in the tree, valid until the next call. */
static inline const char *tree_path(struct tree *t, const char *name)
{
	snprintf(t->path, sizeof(t->path), "%s/%s", t->top, name);
	return t->path;
}

/* Make every folder on the way to @name. */
static inline void tree_way(struct tree *t, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", t->top, name);
	for (char *slash = strchr(path + strlen(t->top) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0)
			assert_int_equal(access(path, F_OK), 0);
		*slash = '/';
	}
}

static inline void tree_file_n(struct tree *t, const char *name, const void *p, size_t n)
{
	const struct timespec when[2] = { { 1000, 0 }, { 1000, 0 } };
	int fd;

	tree_way(t, name);
	fd = open(tree_path(t, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	assert_int_equal(futimens(fd, when), 0);
	assert_int_equal(close(fd), 0);
}

static inline void tree_file(struct tree *t, const char *name, const char *text)
{
	tree_file_n(t, name, text, strlen(text));
}

static inline void tree_link(struct tree *t, const char *name, const char *target)
{
	tree_way(t, name);
	assert_int_equal(symlink(target, tree_path(t, name)), 0);
}
