// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host.c - hands each question to the kind of host at hand, and remembers it when asked to.
 *
 * What is remembered are names without links in them: the question "sys/bus/pci/devices/X/class" becomes
 * the link it went through and the file behind it. So a capture has each file once and its links lead
 * where they led on the machine.
 */
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>

#include "base/error.h"
#include "base/text.h"
#include "host/backend.h"

int host_new(const struct host_ops *ops, void *self, const char *name, struct host **ret, struct report *rep)
{
	struct host *h = calloc(1, sizeof(*h));
	char *copy = strdup(name);

	if (!h || !copy) {
		free(h);
		free(copy);
		ops->free(self);
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	}
	*h = (struct host) { .ops = ops, .self = self, .name = copy, .as_root = -1 };
	*ret = h;
	return 0;
}

void host_free(struct host *h)
{
	if (!h)
		return;
	h->ops->free(h->self);
	record_free(h->record);
	free(h->name);
	free(h);
}

bool host_is_live(const struct host *h)
{
	return h->live;
}

bool host_is_capture(const struct host *h)
{
	return h->capture;
}

const char *host_name(const struct host *h)
{
	return h->name;
}

int host_as_root(const struct host *h)
{
	return h->as_root;
}

bool host_name_is_odd(struct span name)
{
	uint8_t c;

	for (size_t i = 0; span_u8(name, i, &c); i++)
		if (c < 0x20 || c == 0x7f)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void host_names_sort(struct host_names *names)
{
	for (size_t i = 1; i < names->n; i++) {
		if (strcmp(names->v[i - 1], names->v[i]) > 0) {
			qsort(names->v, names->n, sizeof(*names->v), by_name);
			return;
		}
	}
}

/* ---- remembering ------------------------------------------------------------------------------- */

static void remember_link(void *ctx, const char *canon, const char *target)
{
	struct host *h = ctx;

	record_put(h->record,
		   &(struct host_entry) { .path = canon, .kind = 'l', .there = true, .bytes = span_str(target) });
}

/* What @path is, with the links on the way remembered. 0, and @w tells where it leads; else the code. */
static int where(struct host *h, const char *path, bool last, struct walk *w, char target[HOST_PATH_MAX])
{
	const struct trace t = { .on_link = remember_link, .ctx = h };

	return h->ops->trace(h->self, path, last, &t, w, target);
}

static int64_t mtime_of(struct host *h, const char *path)
{
	int64_t t = 0;

	return h->ops->mtime(h->self, path, &t) == 0 ? t : 0;
}

/*
 * Remember that @path was asked for as @kind with the answer @r; @bytes belong to 'f'. Absence is
 * remembered by having no entry.
 */
static void remember(struct host *h, const char *path, bool last, char kind, int r, struct span bytes)
{
	char target[HOST_PATH_MAX];
	struct host_entry e = { .kind = kind, .bytes = bytes };
	struct walk w;
	int walked;

	if (!h->record || r == -IGD_ENOENT)
		return;
	walked = where(h, path, last, &w, target);
	if (walked == -IGD_ENOENT || host_name_is_odd(span_str(w.canon)))
		return;
	e.path = w.canon;
	e.there = walked == 0;
	if (walked < 0 || (r < 0 && w.kind != WALK_FOLDER)) {
		e.kind = '!';
		e.code = r < 0 ? r : walked;
	} else if (w.kind == WALK_LINK) {
		e.kind = 'l';
		e.bytes = span_str(target);
	} else if (w.kind == WALK_FOLDER) {
		e.kind = 'd';
		e.code = kind == 'd' ? r : -IGD_EUSAGE; /* nobody asked for its names */
	}
	if (e.kind != 'l' && e.there)
		e.mtime = mtime_of(h, w.canon);
	record_put(h->record, &e);
}

static void remember_names(struct host *h, const char *path, const struct host_names *names)
{
	const struct span none = { 0 };
	char target[HOST_PATH_MAX], child[HOST_PATH_MAX];
	struct walk w;
	int n;

	if (!h->record || where(h, path, true, &w, target) < 0)
		return;
	for (size_t i = 0; i < names->n; i++) {
		n = snprintf(child, sizeof(child), "%s%s%s", w.canon, w.n ? "/" : "", names->v[i]);
		if (n > 0 && (size_t)n < sizeof(child))
			remember(h, child, false, 'n', 0, none);
	}
}

void host_record(struct host *h)
{
	if (!h->record && h->ops->trace)
		h->record = record_new();
}

int host_recorded(struct host *h, const struct host_entry **ret, size_t *n)
{
	if (!h->record)
		return -IGD_EUSAGE;
	return record_all(h->record, ret, n);
}

/* ---- questions --------------------------------------------------------------------------------- */

int host_read(struct host *h, const char *path, size_t max, struct arena *a, struct span *ret)
{
	struct span bytes = { 0 };
	int r = h->ops->read(h->self, path, max, a, &bytes);

	remember(h, path, true, 'f', r, bytes);
	if (r == 0)
		*ret = bytes;
	return r;
}

int host_read_head(struct host *h, const char *path, struct span have, size_t n, struct arena *a, struct span *ret)
{
	struct span bytes = { 0 };
	int r = h->ops->head(h->self, path, have, n, a, &bytes);

	remember(h, path, true, 'f', r, bytes);
	if (r == 0)
		*ret = bytes;
	return r;
}

/* The pieces of @all that @keep wants, packed to the front of @to. */
static size_t pieces_keep(struct span all, const char *separator, host_keep keep, void *ctx, uint8_t *to)
{
	size_t n = 0;

	for (struct span whole = all, piece; text_part(&all, separator, &piece); whole = all) {
		whole.n -= all.n;
		if (keep(ctx, piece)) {
			memcpy(to + n, whole.p, whole.n);
			n += whole.n;
		}
	}
	return n;
}

int host_read_some(struct host *h, const char *path, const char *separator, host_keep keep, void *ctx,
		   struct arena *a, struct span *ret)
{
	struct arena tmp = { .limit = 3 * HOST_FILE_MAX };
	struct span all = { 0 }, some = { 0 };
	int r = h->ops->read(h->self, path, HOST_FILE_MAX, &tmp, &all);
	uint8_t *to = r == 0 ? arena_alloc(&tmp, all.n + 1) : NULL;

	if (r == 0 && !to)
		r = -IGD_ENOMEM;
	if (r == 0) {
		some = (struct span) { to, pieces_keep(all, separator, keep, ctx, to) };
		some.p = (const uint8_t *)arena_span(a, some);
		r = a->full ? -IGD_ENOMEM : 0;
	}
	arena_done(&tmp);
	remember(h, path, true, 'f', r, some);
	if (r == 0)
		*ret = some;
	return r;
}

/* syslog(2): action 10 tells the size of the ring, 3 reads all of it. */
static int ring_read(struct arena *a, struct span *ret)
{
	int size = klogctl(10, NULL, 0), n = -1;
	uint8_t *to = size > 0 && (size_t)size <= HOST_FILE_MAX ? arena_alloc(a, (size_t)size + 1) : NULL;

	if (to)
		n = klogctl(3, (char *)to, size);
	if (n < 0)
		return errno == EPERM || errno == EACCES ? -IGD_EACCES : -IGD_EIO;
	*ret = (struct span) { to, (size_t)n };
	return 0;
}

int host_klog(struct host *h, struct arena *a, struct span *ret)
{
	struct host_entry e = { .path = HOST_KLOG, .there = true };

	if (!h->live)
		return host_read(h, HOST_KLOG, HOST_FILE_MAX, a, ret);
	e.code = ring_read(a, ret);
	e.kind = e.code ? '!' : 'f';
	if (!e.code)
		e.bytes = *ret;
	if (h->record)
		record_put(h->record, &e);
	return e.code;
}

int host_link(struct host *h, const char *path, struct arena *a, const char **ret)
{
	int r = h->ops->link(h->self, path, a, ret);

	/* "no link" is also said of files and folders: those are remembered as names */
	remember(h, path, false, 'n', r == -IGD_ENOENT ? 0 : r, (struct span) { 0 });
	return r;
}

int host_list(struct host *h, const char *path, struct arena *a, struct host_names *ret)
{
	int r = h->ops->list(h->self, path, a, ret);

	remember(h, path, true, 'd', r, (struct span) { 0 });
	if (r == 0)
		remember_names(h, path, ret);
	return r;
}

int host_has(struct host *h, const char *path)
{
	int r = h->ops->has(h->self, path);

	if (r)
		remember(h, path, true, 'n', r > 0 ? 0 : r, (struct span) { 0 });
	return r;
}

int host_mtime(struct host *h, const char *path, int64_t *ret)
{
	int r = h->ops->mtime(h->self, path, ret);

	remember(h, path, true, 'n', r, (struct span) { 0 });
	return r;
}

const char *host_why(struct host *h, int r, const char *path, struct arena *a)
{
	const char *words = h->ops->why(h->self, r, path);

	return arena_printf(a, "/%s: %s", path, words ? words : igd_error_str(r));
}
