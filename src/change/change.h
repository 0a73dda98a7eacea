/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change.h - the only writer of the machine: carries a plan out, and takes it back.
 *
 * Each plan that is carried out is a transaction in the journal (journal.h), which is written before the machine is.
 * Wherever it is stopped, the next start finds each file with its old bytes or its new ones and knows which: a
 * transaction that did not come to its end is taken back, a taking back that did not is finished. So the host is
 * wholly as before or wholly as planned, and the way out of every failure is the same code as revert.
 *
 * A file is written beside itself, made like the old one (owner, mode, attributes), synced, and renamed over it; then
 * its folder is synced. A symbolic link stays, what it names is written; no link leads out of the root. What has to
 * be removed is removed, and folders that were made for it go again when they are empty.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "change/journal.h"
#include "plan/plan.h"

/* A machine that may be written: the live one, or another one's root folder. Only one at a time (flock of its
 * journal's folder): -IGD_EBUSY. Makes the journal's folder when @make. -IGD_ENOENT, -IGD_EACCES, -IGD_EIO. */
struct site;
int site_open(const char *root, bool make, struct site **ret, struct report *rep) _must_check_;
void site_free(struct site *s);
static inline void site_freep(struct site **s)
{
	site_free(*s);
}
bool site_is_live(const struct site *s);
/* Is the machine below @root being changed now? False too where that is not for this user to know. */
bool site_is_busy(const char *root) _must_check_;

/* How it went. Refusals are negative: nothing was changed. */
enum change_outcome {
	CHANGE_DONE,	/* as planned, or as before */
	CHANGE_NOTHING, /* it was so already */
	CHANGE_UNDONE,	/* a step failed, and all is as before; the report says which and why */
	CHANGE_HALFWAY, /* taking it back failed too; the report says where the journal is */
};

/* What happens now, for the person who waits. */
enum change_undone {
	UNDONE,	       /* it is as before */
	UNDONE_KEPT,   /* the file was left as somebody made it since */
	UNDONE_MOOT,   /* a boot has undone it already */
	UNDONE_ASIDE,  /* as before; somebody's edit of it lies in the journal's folder */
	UNDONE_MERGED, /* what we put into it is out of it, and the rest is as somebody made it */
};
enum change_phase { PHASE_START, PHASE_END, PHASE_UNDO_START, PHASE_UNDO_END, PHASE_LOOK };

struct change_hooks {
	void *ctx;
	/* Before and after each operation; @op is NULL for PHASE_LOOK, when what was made is looked at. @r: a
	 * refusal, or 0; for PHASE_UNDO_END an enum change_undone. May be NULL. */
	void (*say)(void *ctx, enum change_phase phase, const struct operation *op, int r);
	/*
	 * Run @argv on the machine, its output into @fd: its exit status, 128 + the signal that ended it, or a
	 * refusal. NULL: run it (run.h).
	 */
	int (*run)(void *ctx, struct site *s, const char *const *argv, int fd, struct report *rep);
	/* Is a PROMISE_ENTRY or PROMISE_IMAGE kept? 0 yes, 1 no, 2 not to be known; a sentence in @ret_why (of static
	 * life or of @a). NULL: nobody looks. */
	int (*look)(void *ctx, const struct promise *q, struct arena *a, const char **ret_why);
};

/*
 * Carry @p out. First all is tried that can be tried: each file is as the plan found it, can be replaced, has room;
 * each program is there. Refused: -IGD_EUSAGE (a refused plan, or one that no machine like this can have),
 * -IGD_ECHANGED (a file is not as the plan found it), -IGD_EACCES, -IGD_EIO (read-only, no room), -IGD_ENOENT (a
 * program), -IGD_EPATH (a link that leads nowhere or out), -IGD_EVERSION, -IGD_EMAGIC (a change in force that cannot
 * be read), -IGD_ENOMEM. Else an outcome; @ret_id is the transaction (0: none), known before its first operation
 * begins.
 */
int change_apply(struct site *s, const struct plan *p, const struct change_hooks *h, unsigned *ret_id,
		 struct report *rep) _must_check_;

/* A file that was changed after us: what it was, what we made of it, what it is. Of the arena of the call. */
struct conflict {
	const char *path;
	struct span before, ours, now;
	enum tri there; /* now */
};
struct conflicts {
	struct conflict *v;
	size_t n;
};

/* What becomes of files that somebody changed since, all of which are listed as conflicts. */
enum change_edits {
	EDITS_REFUSE,	/* nothing is changed, and the answer is -IGD_ECHANGED */
	EDITS_KEEP,	/* they stay as they are now, and the rest is taken back */
	EDITS_GIVE_WAY, /* for the guard: the machine's return comes first. A file of ours (plan_own_files) goes, and
			   a copy of the edit into the journal's folder; out of an owner's file goes what we put in
			   (merge.c); what that cannot be done to stays. Nothing that could be foreseen, a disk that
			   is full, is a reason not to try */
};

/*
 * Take transaction @id back; @edits: see there. -IGD_EUSAGE while a newer one is in force, which stands on it; the
 * guard, which takes the newest back first, passes over one that cannot be read. Otherwise as change_apply(), where
 * CHANGE_UNDONE does not come: what could not be taken back stays in the journal for the next try (CHANGE_HALFWAY).
 * @why goes into the journal: "revert", "guard".
 */
int change_revert(struct site *s, unsigned id, enum change_edits edits, const char *why, const struct change_hooks *h,
		  struct arena *a, struct conflicts *found, struct report *rep) _must_check_;

/* When an operation is taken back: files first, the last one first; commands in their own order; then files that
 * stood in for what was not there; last the guard. */
enum undo_turn { UNDO_FILES, UNDO_COMMANDS, UNDO_MEANWHILE, UNDO_GUARD, UNDO_TURNS };
enum undo_turn undo_turn(const struct operation *op);

/*
 * What would be in the way of taking back all of @ids, the newest first: @found has as many elements. 0; or
 * -IGD_ECHANGED, and nothing was changed; or another refusal.
 */
int change_revert_test(struct site *s, const unsigned *ids, size_t n, struct arena *a, struct conflicts *found,
		       struct report *rep) _must_check_;

/* Transactions that did not come to their end: bring them to it. CHANGE_NOTHING: there was none; CHANGE_DONE with how
 * many in @ret_n; CHANGE_HALFWAY; -IGD_EVERSION: a newer igdctl wrote one of them. Call before anything else is
 * changed. */
int change_recover(struct site *s, const struct change_hooks *h, unsigned *ret_n, struct report *rep) _must_check_;
