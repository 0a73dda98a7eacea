// SPDX-License-Identifier: GPL-2.0-or-later
#include "change/work.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

/* ---- which way ------------------------------------------------------------------------------------------------ */

/* How the definition of a VM is kept, by where; the first that fits counts. On another root nobody runs who would
 * have to be asked. */
static const struct definition_row {
	const char *pattern; /* fnmatch(3), "*" over folders too */
	const struct way *live, *other;
} definitions[] = {
	{ "/etc/pve/*/*.conf", &way_pve, &way_file },
	{ "/etc/libvirt/qemu/*.xml", &way_libvirt, &way_file },
	{ "*", &way_file, &way_file },
};

static const struct way *definition_way(const struct work *w, const char *target)
{
	const struct definition_row *row = definitions;

	while (fnmatch(row->pattern, target, 0) != 0)
		row++;
	return w->site->live ? row->live : row->other;
}

const struct way *way_of(const struct work *w, size_t i)
{
	static const struct way *const ways[] = {
		[OP_WRITE] = &way_file, [OP_RUN] = &way_command, [OP_BIND] = &way_bind
	};
	const struct operation *op = &w->plan->ops[i];

	return op->kind == OP_VM ? definition_way(w, op->target) : ways[op->kind];
}

/* ---- a work --------------------------------------------------------------------------------------------------- */

int work_init(struct work *w, struct site *s, const struct plan *p, const struct change_hooks *h, struct report *rep)
{
	*w = (struct work) { .site = s, .plan = p, .hooks = h, .rep = rep, .boot = "" };
	w->steps = arena_alloc(&w->a, (p->n_ops + 1) * sizeof(*w->steps));
	if (!w->steps)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	for (size_t i = 0; i < p->n_ops; i++)
		w->steps[i].text = w->steps[i].sha256 = w->steps[i].mount = "";
	return 0;
}

/* The guard's way back goes on as it began. */
static enum change_edits edits_of(const struct transaction *t)
{
	enum change_edits edits = EDITS_KEEP;

	for (size_t i = 0; i < t->n_records; i++)
		if (t->records[i].kind == RECORD_REVERT)
			edits = strcmp(t->records[i].text, "guard") == 0 ? EDITS_GIVE_WAY : EDITS_KEEP;
	return edits;
}

static void step_take(struct step *st, const struct record *rec)
{
	switch (rec->kind) {
	case RECORD_DO:
		*st = (struct step) { .begun = true,
				      .there = rec->there,
				      .mode = rec->mode,
				      .uid = rec->uid,
				      .gid = rec->gid,
				      .text = rec->text,
				      .mount = rec->mount,
				      .sha256 = "" };
		break;
	case RECORD_DID:
		st->did = true;
		st->sha256 = rec->sha256;
		break;
	case RECORD_UNDO: /* perhaps once more */
		st->undone = false;
		break;
	case RECORD_UNDID:
		st->undone = true;
		break;
	default:
		break;
	}
}

int work_load(struct work *w, struct site *s, const struct transaction *t, const struct change_hooks *h,
	      struct report *rep)
{
	int r = work_init(w, s, &t->plan, h, rep);

	if (r < 0)
		return r;
	w->id = t->id;
	w->boot = t->begun ? t->begun->boot : "";
	w->edits = edits_of(t);
	for (size_t i = 0; i < t->n_records; i++)
		if (t->records[i].op < t->plan.n_ops)
			step_take(&w->steps[t->records[i].op], &t->records[i]);
	return 0;
}

void work_done(struct work *w)
{
	arena_done(&w->a);
}

void work_say(const struct work *w, enum change_phase phase, size_t i, int r)
{
	if (w->hooks && w->hooks->say)
		w->hooks->say(w->hooks->ctx, phase, phase == PHASE_LOOK ? NULL : &w->plan->ops[i], r);
}

void work_beside(const struct work *w, size_t i, char ret[FILE_BESIDE])
{
	snprintf(ret, FILE_BESIDE, ".igdctl-%04u-%zu", w->id, i + 1);
}

const char *work_name(struct work *w, size_t i)
{
	const struct operation *op = &w->plan->ops[i];

	return arena_printf(&w->a, "step %zu, %s", i + 1,
			    op->kind == OP_RUN && op->argv ? op->argv[0] : or_dash(op->target));
}

const char *work_keep(struct work *w, const char *name, struct span bytes)
{
	char folder[JOURNAL_PATH];
	int dir, fd;
	bool ok;

	snprintf(folder, sizeof(folder), "%04u", w->id);
	dir = journal_folder(w->site, folder);
	fd = dir < 0 ? -1 : journal_file(dir, name);
	ok = fd >= 0;
	while (ok && bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		ok = n >= 0 ? span_from(bytes, (size_t)n, &bytes) : errno == EINTR;
	}
	ok = ok && fsync(fd) == 0 && fsync(dir) == 0;
	if (fd >= 0 && close(fd) < 0)
		ok = false;
	if (dir >= 0)
		close(dir);
	return ok ? arena_printf(&w->a, "/" JOURNAL_DIR "/journal/%s/%s", folder, name) : NULL;
}
