// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * undo.c - the way back: of a plan that failed, that was stopped, that is not wanted any more.
 *
 * Files first, the last one first; then the commands in their own order, which make out of the old files what they
 * made before; then what stood in for a file that was not there; last the guard's own unit, so that whatever stops
 * the way back is gone on with at the next boot. What cannot be taken back does not keep the others from it, but the
 * commands wait until all files of the host are back. Everything here may be done twice.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "change/work.h"

/* The way back does not depend on its records: a disk that is full takes no record, but may take a removal. */
static bool note(struct work *w, enum record_kind kind, size_t i, const char *text)
{
	struct record rec = { .kind = kind, .op = i, .text = text };
	struct report unheard = { 0 };

	return journal_note(w->site, w->id, &rec, &unheard) == 0;
}

static bool undo_one(struct work *w, size_t i)
{
	static const char *const texts[] = { [UNDONE] = NULL,
					     [UNDONE_KEPT] = "kept",
					     [UNDONE_MOOT] = "moot",
					     [UNDONE_ASIDE] = "aside",
					     [UNDONE_MERGED] = "merged" };
	struct report rep = { 0 }, *was = w->rep;
	int r;

	work_say(w, PHASE_UNDO_START, i, 0);
	if (w->noted)
		note(w, RECORD_UNDO, i, NULL);
	w->rep = &rep;
	r = way_of(w, i)->undo(w, i);
	w->rep = was;
	for (size_t k = 0; k < rep.n_notes; k++)
		report_note(w->rep, REPORT_NOWHERE, "%s", rep.notes[k].text);
	if (r == UNDONE_KEPT)
		report_note(w->rep, REPORT_NOWHERE, "%s: left as somebody made it since", w->plan->ops[i].target);
	if (r == UNDONE_MERGED)
		report_note(w->rep, REPORT_NOWHERE,
			    "%s: what change %u put in is out of it; the rest is as somebody made it since",
			    w->plan->ops[i].target, w->id);
	if (r < 0)
		report_note(w->rep, REPORT_NOWHERE, "%s was not taken back: %s", work_name(w, i), rep.refusal.text);
	w->steps[i].undone = r >= 0;
	if (r >= 0 && w->noted)
		note(w, RECORD_UNDID, i, texts[r]);
	work_say(w, PHASE_UNDO_END, i, r);
	return r >= 0;
}

enum undo_turn undo_turn(const struct operation *op)
{
	return op->kind == OP_RUN  ? UNDO_COMMANDS
	       : op->meanwhile	   ? UNDO_MEANWHILE
	       : plan_is_guard(op) ? UNDO_GUARD
				   : UNDO_FILES;
}

static bool is_due(const struct work *w, size_t i, enum undo_turn turn)
{
	return w->steps[i].begun && !w->steps[i].undone && undo_turn(&w->plan->ops[i]) == turn;
}

static bool stand_in(struct work *w, size_t i)
{
	struct report rep = { 0 }, *was = w->rep;
	int r;

	w->rep = &rep;
	r = way_of(w, i)->meanwhile(w, i);
	w->rep = was;
	if (r < 0)
		report_note(w->rep, REPORT_NOWHERE, "%s was not taken back: %s", work_name(w, i), rep.refusal.text);
	return r >= 0;
}

/* All of one turn, the last one first; does all that belongs to the host come back? */
static bool undo_all_of(struct work *w, enum undo_turn turn, bool *whole)
{
	bool ok = true;

	for (size_t i = w->plan->n_ops; i-- > 0;) {
		bool done = !is_due(w, i, turn) || undo_one(w, i);

		*whole &= done;
		ok &= done || w->plan->ops[i].kind == OP_VM;
	}
	return ok;
}

static bool stand_ins(struct work *w)
{
	bool ok = true;

	for (size_t i = w->plan->n_ops; i-- > 0;)
		if (is_due(w, i, UNDO_MEANWHILE))
			ok &= stand_in(w, i);
	return ok;
}

/* A menu that cannot be made anew is no reason to leave the initramfs as it is. */
static bool undo_commands(struct work *w)
{
	bool ok = true;

	for (size_t i = 0; i < w->plan->n_ops; i++)
		if (is_due(w, i, UNDO_COMMANDS))
			ok &= undo_one(w, i);
	return ok;
}

/* The file of ours, which this transaction made and which is gone again; NULL: @what is none. */
static const char *gone_again(const struct work *w, const char *what)
{
	for (size_t i = 0; i < w->plan->n_ops; i++) {
		const struct operation *op = &w->plan->ops[i];

		if (op->kind == OP_WRITE && op->there == TRI_NO && w->steps[i].undone &&
		    strcmp(op->target + 1, what) == 0 && host_has(w->site->host, what) == 0)
			return op->target;
	}
	return NULL;
}

/* An image that still holds a file of ours was not made anew, whatever the program said: all are run once more at the
 * next try. */
static bool images_are_back(struct work *w)
{
	for (size_t i = 0; w->hooks && w->hooks->look && i < w->plan->n_promises; i++) {
		struct promise q = w->plan->promises[i];
		const char *why = "";

		q.absent = true;
		if (q.kind != PROMISE_IMAGE || w->plan->promises[i].absent || !gone_again(w, q.what) ||
		    w->hooks->look(w->hooks->ctx, &q, &w->a, &why) != 1)
			continue;
		report_note(w->rep, REPORT_NOWHERE, "%s", or_dash(why));
		for (size_t k = 0; k < w->plan->n_ops; k++)
			if (undo_turn(&w->plan->ops[k]) == UNDO_COMMANDS && w->steps[k].undone) {
				w->steps[k].undone = false;
				note(w, RECORD_UNDO, k, NULL);
			}
		return false;
	}
	return true;
}

static bool undo_all(struct work *w)
{
	bool whole = true, ok = undo_all_of(w, UNDO_FILES, &whole);

	ok = stand_ins(w) && ok;
	ok = ok && undo_commands(w) && images_are_back(w) && undo_all_of(w, UNDO_MEANWHILE, &whole);
	return ok && whole && undo_all_of(w, UNDO_GUARD, &whole);
}

static int told(struct work *w, bool ok)
{
	if (ok)
		return CHANGE_DONE;
	report_note(w->rep, REPORT_NOWHERE,
		    "Not all is as before. What is left to do stands in /" JOURNAL_DIR
		    "/journal/%04u; mend the cause, then igdctl revert %u finishes it",
		    w->id, w->id);
	return CHANGE_HALFWAY;
}

int work_undo(struct work *w)
{
	w->noted = true;
	return told(w, undo_all(w) && note(w, RECORD_REVERTED, 0, NULL));
}

int work_undo_failed(struct work *w, bool perhaps_applied)
{
	w->noted = note(w, RECORD_REVERT, 0, "failed");
	if (!w->noted && perhaps_applied)
		return told(w, false);
	return told(w, undo_all(w) && (w->noted || note(w, RECORD_REVERT, 0, "failed")) &&
			       note(w, RECORD_REVERTED, 0, NULL));
}
