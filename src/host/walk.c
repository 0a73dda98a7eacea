// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.c - what is still to be walked is one string; a link puts its text before the rest of it. Each
 * turn eats at least one byte of that string, and only HOST_LINKS_MAX links can add to it.
 */
#include "host/walk.h"

#include <string.h>

#include "base/error.h"

struct todo {
	char s[2 * HOST_PATH_MAX];
	size_t at;
};

/* Put @head before what is left. */
static bool todo_push(struct todo *t, const char *head)
{
	size_t n = strlen(head), rest = strlen(t->s + t->at);

	if (n + 1 + rest + 1 > sizeof(t->s))
		return false;
	memmove(t->s + n + 1, t->s + t->at, rest + 1);
	memcpy(t->s, head, n);
	t->s[n] = '/';
	t->at = 0;
	return true;
}

/* Cut the next component off the front; NULL at the end. *last: nothing but slashes follows. */
static const char *todo_next(struct todo *t, bool *last)
{
	char *name = t->s + t->at;
	size_t n;

	name += strspn(name, "/");
	n = strcspn(name, "/");
	if (n == 0)
		return NULL;
	*last = name[n + strspn(name + n, "/")] == '\0';
	t->at = (size_t)(name - t->s) + n + (name[n] ? 1 : 0);
	name[n] = '\0';
	return name;
}

static void walk_up(const struct walk_ops *ops, void *keeper, struct walk *w)
{
	char *slash;

	if (w->depth == 0) {
		w->out = true;
		return;
	}
	ops->pop(keeper);
	w->depth--;
	slash = strrchr(w->canon, '/');
	w->n = slash ? (size_t)(slash - w->canon) : 0;
	w->canon[w->n] = '\0';
	w->kind = WALK_FOLDER;
}

/* The path of @name here. False when it does not fit. */
static bool walk_name(struct walk *w, const char *name)
{
	size_t n = strlen(name), sep = w->n ? 1 : 0;

	if (n > 255 || w->n + sep + n + 1 > sizeof(w->canon) || w->depth >= HOST_DEPTH_MAX)
		return false;
	if (sep)
		w->canon[w->n] = '/';
	memcpy(w->canon + w->n + sep, name, n + 1);
	return true;
}

static int walk_follow(const struct walk_ops *ops, void *keeper, struct walk *w, size_t before, struct todo *t,
		       const char *target)
{
	if (++w->links > HOST_LINKS_MAX) {
		w->loop = true;
		return -IGD_EIO;
	}
	if (ops->on_link)
		ops->on_link(keeper, w->canon, target);
	w->n = before;
	w->canon[before] = '\0';
	w->kind = WALK_FOLDER;
	if (target[0] == '\0')
		return -IGD_ENOENT;
	if (!todo_push(t, target))
		return -IGD_ELIMIT;
	while (target[0] == '/' && w->depth > 0)
		walk_up(ops, keeper, w);
	return 0;
}

int walk_path(const struct walk_ops *ops, void *keeper, const char *path, bool last, struct walk *w,
	      char target[HOST_PATH_MAX])
{
	enum walk_kind kind;
	struct todo t;
	const char *name;
	bool final;
	size_t before;
	int r;

	w->canon[0] = '\0';
	w->n = w->depth = w->links = 0;
	w->out = w->loop = false;
	w->kind = WALK_FOLDER;
	if (strlen(path) >= HOST_PATH_MAX)
		return -IGD_ELIMIT;
	memcpy(t.s, path, strlen(path) + 1);
	t.at = 0;
	while ((name = todo_next(&t, &final))) {
		if (w->kind != WALK_FOLDER)
			return -IGD_ENOENT;
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			walk_up(ops, keeper, w);
			continue;
		}
		before = w->n;
		if (!walk_name(w, name))
			return -IGD_ELIMIT;
		r = ops->step(keeper, name, &kind, target);
		if (r < 0)
			return r;
		if (kind == WALK_LINK && (!final || last)) {
			r = walk_follow(ops, keeper, w, before, &t, target);
			if (r < 0)
				return r;
			continue;
		}
		w->n += strlen(w->canon + w->n);
		w->kind = kind;
		w->depth += kind == WALK_LINK ? 0 : 1;
	}
	return 0;
}
