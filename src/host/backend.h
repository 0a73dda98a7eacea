/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend.h - the two kinds of host behind host.h, and the memory of one; private to host/. */
#pragma once

#include "host/walk.h"

/* What host.c learns while it lets a path be walked for the record. */
struct trace {
	void (*on_link)(void *ctx, const char *canon, const char *target);
	void *ctx;
};

/* Contracts are those of the function of host.h with that name. */
struct host_ops {
	int (*read)(void *self, const char *path, size_t max, struct arena *a, struct span *ret);
	int (*head)(void *self, const char *path, struct span have, size_t n, struct arena *a, struct span *ret);
	int (*link)(void *self, const char *path, struct arena *a, const char **ret);
	int (*list)(void *self, const char *path, struct arena *a, struct host_names *ret);
	int (*has)(void *self, const char *path);
	int (*mtime)(void *self, const char *path, int64_t *ret);
	/* Words for "PATH: ...", or NULL when the code alone tells. */
	const char *(*why)(void *self, int r, const char *path);
	/* walk_path(), telling @t of each link; NULL where a host cannot be recorded. */
	int (*trace)(void *self, const char *path, bool last, const struct trace *t, struct walk *w,
		     char target[HOST_PATH_MAX]);
	void (*free)(void *self);
};

struct host {
	const struct host_ops *ops;
	void *self;
	char *name;
	bool live, capture;
	int as_root;
	struct record *record; /* NULL: not recording */
};

/* A host of @ops over @self, which it owns from now on; on failure @self is freed. */
int host_new(const struct host_ops *ops, void *self, const char *name, struct host **ret,
	     struct report *rep) _must_check_;

/* Has @name control characters (which no system file has), or is it not UTF-8's business at all? */
bool host_name_is_odd(struct span name);

/* Sort @names by bytes; quick when they are sorted already. */
void host_names_sort(struct host_names *names);

/* ---- record.c ---------------------------------------------------------------------------------- */

struct record;

struct record *record_new(void);
void record_free(struct record *rec);

/*
 * Remember @e under e->path (copied, with its bytes). What is known better already stays: a file's
 * content is never replaced by its bare name.
 */
void record_put(struct record *rec, const struct host_entry *e);
int record_all(struct record *rec, const struct host_entry **ret, size_t *n) _must_check_;
