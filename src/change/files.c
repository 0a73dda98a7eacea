// SPDX-License-Identifier: GPL-2.0-or-later
/* files.c - OP_WRITE: a file of the plan put in its place, and back. */
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "change/work.h"

#define MODE_NEW 0644

static const struct operation *op_of(const struct work *w, size_t i)
{
	return &w->plan->ops[i];
}

bool file_is_before(const struct operation *op, const struct file_state *now)
{
	return op->there == TRI_YES ? now->there && span_same(now->bytes, op->before) : !now->there;
}

bool file_is_after(const struct operation *op, const struct file_state *now)
{
	return op->gone ? !now->there : now->there && span_same(now->bytes, op->after);
}

/* On the way back it may stand in for itself (meanwhile()). */
static bool is_ours(const struct operation *op, const struct file_state *now)
{
	return file_is_after(op, now) ||
	       (op->meanwhile && now->there && span_same(now->bytes, span_str(op->meanwhile)));
}

static int look(struct work *w, size_t i, struct file_state *ret)
{
	return file_look(w->site, op_of(w, i)->target, &w->a, ret, w->rep);
}

/* On the way back a file that is not there is as before only where its file system is. */
static int look_back(struct work *w, size_t i, struct file_state *ret)
{
	int r = file_mounted(w->site, w->steps[i].mount, op_of(w, i)->target, w->rep);

	return r < 0 ? r : look(w, i, ret);
}

static int changed(struct work *w, const struct operation *op, const struct file_state *now)
{
	return report_refuse(w->rep, IGD_ECHANGED, REPORT_NOWHERE,
			     "%s: %s since the plan was made; make the plan again", op->target,
			     !now->there	    ? "it was removed"
			     : op->there == TRI_YES ? "it was changed"
						    : "it was created");
}

static int test(struct work *w, size_t i)
{
	const struct operation *op = op_of(w, i);
	struct file_state now = { 0 };
	int r = look(w, i, &now);

	if (r < 0)
		return r;
	if (op->there == TRI_UNKNOWN)
		return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "%s: the plan does not know what is there; make it on this machine, as root",
				     op->target);
	if (file_is_after(op, &now))
		return 1;
	if (!file_is_before(op, &now))
		return changed(w, op, &now);
	/* both at once lie there while it is written, and the old ones must fit again */
	return file_try(w->site, op->target, op->before.n + op->after.n, !op->gone, w->rep);
}

static bool is_below(const char *path, const char *folder)
{
	size_t n = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/' && path[n + 1];
}

/* The deepest folder above operation @i's file that was there before this plan: one that an earlier file of it
 * brought goes with whichever of the two is taken back last. */
static const char *ground_of(struct work *w, size_t i)
{
	const char *ground = file_ground(w->site, op_of(w, i)->target, &w->a);

	for (size_t k = 0; k < i; k++) {
		const struct step *st = &w->steps[k];

		if (st->begun && !st->there && *st->text && is_below(ground, st->text) &&
		    is_below(op_of(w, k)->target, ground))
			ground = st->text;
	}
	return ground;
}

static int prepare(struct work *w, size_t i, struct record *rec)
{
	const struct operation *op = op_of(w, i);
	struct file_state now = { 0 };
	int r = look(w, i, &now);

	if (r < 0)
		return r;
	if (!file_is_before(op, &now))
		return changed(w, op, &now);
	rec->there = now.there;
	rec->mode = now.mode;
	rec->uid = now.uid;
	rec->gid = now.gid;
	rec->mount = file_mount(w->site, op->target, &w->a);
	rec->text = !now.there ? ground_of(w, i) : op->gone ? now.attributes : "";
	if (strlen(rec->text) > JOURNAL_TEXT)
		return report_refuse(w->rep, IGD_ELIMIT, REPORT_NOWHERE,
				     "%s: its attributes are too large to be kept", op->target);
	return w->a.full ? report_refuse(w->rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory") : 0;
}

static int put(struct work *w, size_t i, const struct file_state *want)
{
	char beside[FILE_BESIDE];
	int r;

	work_beside(w, i, beside);
	r = file_folders_make(w->site, op_of(w, i)->target, w->rep);
	return r < 0 ? r : file_put(w->site, op_of(w, i)->target, want, beside, w->rep);
}

static int act(struct work *w, size_t i)
{
	const struct operation *op = op_of(w, i);
	struct file_state want, now = { 0 };
	int r = look(w, i, &now); /* once more, right before */

	if (r < 0)
		return r;
	if (!file_is_before(op, &now))
		return changed(w, op, &now);
	if (op->gone)
		return file_remove(w->site, op->target, w->rep);
	want = now;
	want.bytes = op->after;
	if (!now.there) {
		want.mode = op->mode ? op->mode : MODE_NEW;
		want.uid = geteuid();
		want.gid = getegid();
	}
	return put(w, i, &want);
}

static int undo_new(struct work *w, size_t i, const struct file_state *now)
{
	const struct step *st = &w->steps[i];
	int r = now->there ? file_remove(w->site, op_of(w, i)->target, w->rep) : 0;

	if (r == 0 && *st->text)
		r = file_folders_drop(w->site, op_of(w, i)->target, st->text, w->rep);
	return r;
}

static int undo_old(struct work *w, size_t i, const struct file_state *now)
{
	const struct step *st = &w->steps[i];
	struct file_state want = { .bytes = op_of(w, i)->before,
				   .mode = st->mode,
				   .uid = st->uid,
				   .gid = st->gid,
				   .attributes = op_of(w, i)->gone ? st->text : now->attributes };

	return put(w, i, &want);
}

static int undo_ours(struct work *w, size_t i, const struct file_state *now)
{
	return w->steps[i].there ? undo_old(w, i, now) : undo_new(w, i, now);
}

static bool is_own(const char *path)
{
	const char *const *own = plan_own_files;

	while (*own && strcmp(*own, path) != 0)
		own++;
	return *own != NULL;
}

/* A file of ours that somebody edited: without a copy of that where there is no room for one. */
static int undo_aside(struct work *w, size_t i, const struct file_state *now)
{
	const char *path = op_of(w, i)->target;
	const char *copy = work_keep(w, arena_printf(&w->a, "edited-%zu", i + 1), now->bytes);
	int r = undo_ours(w, i, now);

	if (r < 0)
		return r;
	if (copy)
		report_note(w->rep, REPORT_NOWHERE, "%s: as before; what somebody made of it since is %s now", path,
			    copy);
	else
		report_note(w->rep, REPORT_NOWHERE, "%s: as before; there was no room for what somebody made of it",
			    path);
	return UNDONE_ASIDE;
}

static int undo_merged(struct work *w, size_t i, const struct file_state *now)
{
	struct file_state want = *now;
	int r = work_merge(op_of(w, i), now->bytes, &w->a, &want.bytes);

	if (r == 0)
		return UNDONE_KEPT;
	if (r < 0)
		return report_refuse(w->rep, -r, REPORT_NOWHERE, "no memory");
	r = put(w, i, &want);
	return r < 0 ? r : UNDONE_MERGED;
}

static int undo_theirs(struct work *w, size_t i, const struct file_state *now)
{
	if (w->edits != EDITS_GIVE_WAY || !now->there)
		return UNDONE_KEPT;
	return is_own(op_of(w, i)->target) ? undo_aside(w, i, now) : undo_merged(w, i, now);
}

static int undo(struct work *w, size_t i)
{
	const struct operation *op = op_of(w, i);
	char beside[FILE_BESIDE];
	struct file_state now = { 0 };
	int r;

	work_beside(w, i, beside);
	r = file_tidy(w->site, op->target, beside, w->rep);
	if (r == 0)
		r = look_back(w, i, &now);
	if (r < 0)
		return r;
	if (file_is_before(op, &now))
		return op->there == TRI_YES ? 0 : undo_new(w, i, &now);
	return is_ours(op, &now) ? undo_ours(w, i, &now) : undo_theirs(w, i, &now);
}

static int meanwhile(struct work *w, size_t i)
{
	struct file_state now = { 0 }, want;
	char beside[FILE_BESIDE];
	int r;

	work_beside(w, i, beside);
	r = file_tidy(w->site, op_of(w, i)->target, beside, w->rep);
	if (r == 0)
		r = look_back(w, i, &now);
	if (r < 0 || !file_is_after(op_of(w, i), &now))
		return r;
	want = now;
	want.bytes = span_str(op_of(w, i)->meanwhile);
	return put(w, i, &want);
}

static int conflict(struct work *w, size_t i, struct conflict *c)
{
	const struct operation *op = op_of(w, i);
	struct file_state now = { 0 };
	int r = file_mounted(w->site, w->steps[i].mount, op->target, NULL) < 0 ? 1 : look(w, i, &now);

	if (r != 0)
		return r < 0 ? r : 0; /* test_undo() says that it is not mounted */
	if (file_is_before(op, &now) || is_ours(op, &now))
		return 0;
	*c = (struct conflict) { .path = op->target,
				 .before = op->before,
				 .ours = op->after,
				 .now = now.bytes,
				 .there = now.there ? TRI_YES : TRI_NO };
	return 1;
}

static int test_undo(struct work *w, size_t i)
{
	const struct operation *op = op_of(w, i);
	struct file_state now = { 0 };
	int r = look_back(w, i, &now);

	if (r < 0)
		return r;
	if (!file_is_after(op, &now))
		return 0;
	return file_try(w->site, op->target, op->before.n, w->steps[i].there, w->rep);
}

const struct way way_file = { test, prepare, act, undo, conflict, test_undo, meanwhile };
