// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * makes.c - the files that a plan's commands make anew, as its promises name them: boot entries and initramfs.
 *
 * The patterns are walked part by part through the host's folders, so that a link leads out of no root.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "change/work.h"
#include "host/kernels.h"

#define FILES_MAX  4096
#define ROOM_SPARE ((uint64_t)1 << 20)

struct makes {
	struct work *w;
	struct arena a;
	bool undo; /* what is made then is no larger than what is there, and nothing else mends a disk that is full */
	const char **v; /* without the slash in front */
	size_t n;
};

static bool is_pattern(const char *part)
{
	return strpbrk(part, "*?[") != NULL;
}

static void walk(struct makes *m, const char *dir, const char *rest)
{
	size_t len = strcspn(rest, "/");
	const char *part = arena_printf(&m->a, "%.*s", (int)len, rest), *left = rest[len] ? rest + len + 1 : NULL;
	struct host_names names = { &part, 1 };

	if (is_pattern(part) && host_list(m->w->site->host, dir, &m->a, &names) < 0)
		return;
	for (size_t i = 0; i < names.n && m->n < FILES_MAX; i++) {
		const char *path, **slot;

		if (is_pattern(part) && fnmatch(part, names.v[i], FNM_PERIOD) != 0)
			continue;
		path = arena_printf(&m->a, "%s%s%s", dir, *dir ? "/" : "", names.v[i]);
		if (left)
			walk(m, path, left);
		else if (host_has(m->w->site->host, path) == 1 && (slot = arena_push(&m->a, m->v, m->n)) != NULL)
			*slot = path;
	}
}

static bool is_made(const struct promise *q)
{
	return q->kind == PROMISE_ENTRY || q->kind == PROMISE_IMAGE;
}

/* The files of one pattern, "/boot/initrd.img-*", into @m. */
static void expand(struct makes *m, struct span pattern)
{
	while (pattern.n && text_skip(&pattern, "/"))
		continue;
	if (pattern.n)
		walk(m, "", arena_span(&m->a, pattern));
}

/* All of a promise's. Where the kernels cannot be told there are none of theirs. */
static void expand_all(struct makes *m, const struct promise *q)
{
	struct span rest, word;
	const char *where;

	if (host_each_kernel(m->w->site->host, q->where, &m->a, &where) < 0)
		return;
	rest = span_str(where);
	while (text_word(&rest, &word))
		expand(m, word);
}

/* ---- could it be made? ---------------------------------------------------------------------------------------- */

static bool runs_commands(const struct plan *p)
{
	for (size_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].kind == OP_RUN)
			return true;
	return false;
}

/* A program makes the new one beside the old. */
static int room_for(struct makes *m, const char *path)
{
	int fd = site_open_path(m->w->site, path, O_PATH, 0), r = 0;
	struct statvfs fs;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0 || fstatvfs(fd, &fs) < 0)
		r = site_refuse(m->w->rep, errno, path, "cannot be looked at");
	else if (fs.f_flag & ST_RDONLY)
		r = report_refuse(m->w->rep, IGD_EIO, REPORT_NOWHERE,
				  "/%s: is made anew, and its file system is mounted read-only; mount it writable",
				  path);
	else if (!m->undo && fs.f_blocks && S_ISREG(st.st_mode) &&
		 (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)st.st_size + ROOM_SPARE)
		r = report_refuse(m->w->rep, IGD_EIO, REPORT_NOWHERE,
				  "/%s: is made anew, which needs %llu KiB beside it, and %llu are free; make room",
				  path, (unsigned long long)((uint64_t)st.st_size + ROOM_SPARE) >> 10,
				  (unsigned long long)fs.f_bavail * fs.f_frsize >> 10);
	close(fd);
	return r;
}

/* Any of its patterns may be that of another system; when none fits, something is not mounted perhaps. */
static int promise_test(struct makes *m, const struct promise *q)
{
	size_t from = m->n;
	int r = 0;

	expand_all(m, q);
	if (m->n == from && m->undo) /* else the look at what was made says so */
		report_note(m->w->rep, REPORT_NOWHERE,
			    "%s: nothing has that name; an EFI partition may not be mounted", q->where);
	for (size_t i = from; i < m->n && r == 0; i++)
		r = room_for(m, m->v[i]);
	return r;
}

int makes_test(struct work *w, bool undo)
{
	struct makes m = { .w = w, .undo = undo };
	int r = 0;

	for (size_t i = 0; runs_commands(w->plan) && i < w->plan->n_promises && r == 0; i++)
		if (is_made(&w->plan->promises[i]))
			r = promise_test(&m, &w->plan->promises[i]);
	arena_done(&m.a);
	return r;
}

/* ---- where does it lie? ---------------------------------------------------------------------------------------- */

const char *makes_mount(struct work *w)
{
	struct makes m = { .w = w };
	const char *deepest = "";

	for (size_t i = 0; i < w->plan->n_promises; i++)
		if (is_made(&w->plan->promises[i]))
			expand_all(&m, &w->plan->promises[i]);
	for (size_t i = 0; i < m.n; i++) {
		const char *mount = file_mount(w->site, arena_printf(&m.a, "/%s", m.v[i]), &m.a);

		if (strlen(mount) > strlen(deepest))
			deepest = mount;
	}
	deepest = arena_str(&w->a, deepest);
	arena_done(&m.a);
	return deepest;
}
