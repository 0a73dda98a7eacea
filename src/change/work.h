/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * work.h - a plan that is being carried out or taken back; private to change/.
 *
 * Each kind of operation has a row of four functions (ways.c): try it, do it, undo it, say whether somebody changed
 * what it made. change.c and undo.c go through the list and keep the journal.
 */
#pragma once

#include "change/change.h"
#include "change/file.h"
#include "change/site.h"

/* What became of one operation. */
struct step {
	bool begun, did, undone;
	bool as_planned;	 /* it was so before: nothing is done, and nothing undone */
	bool there;		 /* of the file it replaces: what follows too */
	unsigned mode, uid, gid; /* as RECORD_DO has them */
	const char *text, *sha256, *mount;
};

struct work {
	struct site *site;
	const struct plan *plan;
	const struct change_hooks *hooks;
	struct report *rep;
	struct arena a;
	unsigned id;		 /* 0: none yet */
	struct step *steps;	 /* as many as there are operations */
	bool noted;		 /* the log says that it is taken back: only then may it say of which operation */
	const char *boot;	 /* id of the boot in which it was done */
	enum change_edits edits; /* undo: of somebody's */
};

struct way {
	/* Could it be done now? 0; 1: it is so already; negative with a sentence. Changes nothing. */
	int (*test)(struct work *w, size_t i);
	/* What the journal must know before: fills @rec. */
	int (*prepare)(struct work *w, size_t i, struct record *rec);
	int (*act)(struct work *w, size_t i);
	int (*undo)(struct work *w, size_t i); /* enum change_undone, or a refusal */
	/* 0, or 1 and @c: what it left was changed since by somebody else. NULL: nobody can. */
	int (*conflict)(struct work *w, size_t i, struct conflict *c);
	/* Could it be taken back now? As .test. */
	int (*test_undo)(struct work *w, size_t i);
	/* Of an operation that has a .meanwhile: bring it there, before the commands run. 0 or a refusal. */
	int (*meanwhile)(struct work *w, size_t i);
};

/* How operation @i is done on this site. */
const struct way *way_of(const struct work *w, size_t i);

int work_init(struct work *w, struct site *s, const struct plan *p, const struct change_hooks *h,
	      struct report *rep) _must_check_;
/* The same for one that stands in the journal. */
int work_load(struct work *w, struct site *s, const struct transaction *t, const struct change_hooks *h,
	      struct report *rep) _must_check_;
void work_done(struct work *w);
void work_say(const struct work *w, enum change_phase phase, size_t i, int r);

/* The name of what is written beside the file of operation @i. */
void work_beside(const struct work *w, size_t i, char ret[FILE_BESIDE]);
/* "operation 3 (/etc/x)" */
const char *work_name(struct work *w, size_t i);
/* @bytes into a file @name of the transaction's folder; its path on the machine, or NULL and errno. */
const char *work_keep(struct work *w, const char *name, struct span bytes);

/* ---- files.c ------------------------------------------------------------------------------------------------- */

extern const struct way way_file;
bool file_is_before(const struct operation *op, const struct file_state *now);
bool file_is_after(const struct operation *op, const struct file_state *now);

/* ---- commands.c ---------------------------------------------------------------------------------------------- */

extern const struct way way_command;
/* Run @argv for operation @i: 0, or a refusal with its words; one that could not be started needs no undoing. */
int command_run(struct work *w, size_t i, bool undo, const char *const *argv) _must_check_;

/* ---- definitions.c ------------------------------------------------------------------------------------------- */

extern const struct way way_pve, way_libvirt;

/* ---- binding.c ----------------------------------------------------------------------------------------------- */

extern const struct way way_bind;

/* ---- merge.c -------------------------------------------------------------------------------------------------- */

/*
 * @now, which somebody made out of what @op left, without what @op put in: 1, or 0 where that cannot be told from
 * their own; -IGD_ENOMEM. Known are boot options in files of the owner's and definitions of Proxmox.
 */
int work_merge(const struct operation *op, struct span now, struct arena *a, struct span *ret) _must_check_;

/* ---- makes.c ------------------------------------------------------------------------------------------------- */

/* What the plan's promises say is made: may it be written, and, but for @undo, is there room for it? */
int makes_test(struct work *w, bool undo) _must_check_;
/* The folder at which the file system begins that what is made lies on, the deepest of several, "/boot/efi"; of the
 * arena of @w. "" for none. */
const char *makes_mount(struct work *w);

/* ---- undo.c -------------------------------------------------------------------------------------------------- */

/* CHANGE_DONE or CHANGE_HALFWAY. The journal has its RECORD_REVERT. */
int work_undo(struct work *w);
/* The same right after a failure, whether or not the journal takes a word of it. @perhaps_applied: what failed was
 * the record that all is done, so it may stand there; then nothing is undone that the journal does not know to be. */
int work_undo_failed(struct work *w, bool perhaps_applied);

/* ---- conflicts.c --------------------------------------------------------------------------------------------- */

/*
 * What somebody changed since, added to @found, of @a. @newer: plans that are taken back before this one, so that
 * what they found counts for a file of theirs. 0 or a refusal.
 */
int work_conflicts(struct work *w, const struct plan *const *newer, size_t n, struct arena *a,
		   struct conflicts *found) _must_check_;
