// SPDX-License-Identifier: GPL-2.0-or-later
/* holders.c - a walk over /proc/PID/fd, by the reader of all other files, with memory of its own. */
#include "host/holders.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "host/backend.h"

#define DRI	  "/dev/dri/"
#define LINKS_MAX ((size_t)1 << 20) /* open files that are looked at */

static struct {
	int r;
	struct holders found;
} seen = { .r = -IGD_EUSAGE };

struct look {
	struct host *h;
	struct holders *ret;
	const char *dev; /* the folder of the files that count */
	size_t links;
};

static void name_read(struct host *h, const char *pid, struct arena *a, char *ret, size_t n)
{
	struct span text;

	if (host_read(h, arena_printf(a, "proc/%s/comm", pid), HOST_TEXT_MAX, a, &text) == 0 && text.n)
		text_copy(text_trim(text), ret, n);
	else
		snprintf(ret, n, "?");
}

/* One process has one node open as often as it likes: it counts once. */
static void add(struct look *w, const char *pid, const char *node, struct arena *a)
{
	struct span digits = span_str(pid);
	struct holder *x = &w->ret->v[w->ret->n];
	uint64_t number;

	if (w->ret->n == HOLDERS_MAX || !text_digits(&digits, 10, &number))
		return;
	*x = (struct holder) { .pid = (unsigned)number };
	snprintf(x->node, sizeof(x->node), "%.31s", node);
	for (size_t i = 0; i < w->ret->n; i++)
		if (w->ret->v[i].pid == x->pid && strcmp(w->ret->v[i].node, x->node) == 0)
			return;
	name_read(w->h, pid, a, x->name, sizeof(x->name));
	w->ret->n++;
}

/* A process that has ended meanwhile has nothing open. */
static int process(struct look *w, const char *pid, struct arena *a)
{
	const char *dir = arena_printf(a, "proc/%s/fd", pid), *to;
	struct host_names names;
	int r = host_list(w->h, dir, a, &names);

	if (r < 0)
		return r == -IGD_ENOENT ? 0 : r;
	for (size_t i = 0; i < names.n; i++) {
		if (++w->links > LINKS_MAX)
			return -IGD_ELIMIT;
		if (host_link(w->h, arena_printf(a, "%s/%s", dir, names.v[i]), a, &to) == 0 &&
		    strncmp(to, w->dev, strlen(w->dev)) == 0)
			add(w, pid, to + strlen(w->dev), a);
	}
	return a->full ? -IGD_ENOMEM : 0;
}

/* ---- all processes ------------------------------------------------------------------------------------------ */

int holders_below(struct host *h, const char *dev, struct holders *ret)
{
	struct look w = { .h = h, .ret = ret, .dev = dev };
	struct arena a = { 0 };
	struct host_names names = { 0 };
	int r = host_list(h, "proc", &a, &names);

	*ret = (struct holders) { .n = 0 };
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct arena own = { 0 }; /* of one process */

		if (names.v[i][0] >= '0' && names.v[i][0] <= '9')
			r = process(&w, names.v[i], &own);
		arena_done(&own);
	}
	arena_done(&a);
	return r;
}

void holders_look(void)
{
	struct host *h = NULL;

	seen.r = host_open_root("/", &h, NULL);
	if (seen.r == 0)
		seen.r = holders_below(h, DRI, &seen.found);
	host_free(h);
}

int host_holders(struct host *h, struct holders *ret)
{
	if (host_is_capture(h) || h->record)
		return -IGD_EUSAGE;
	if (!host_is_live(h))
		return holders_below(h, DRI, ret);
	if (seen.r == 0)
		*ret = seen.found;
	return seen.r;
}
