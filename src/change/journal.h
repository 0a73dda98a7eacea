/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal.h - what was done to a machine, kept on it: one folder a transaction in /var/lib/igdctl/journal.
 *
 *   lock              flock(2) of whoever changes the machine
 *   journal/0001/     the first transaction
 *     plan.json       the plan (plan_json.h), with every byte before and after; synced before the first record
 *     log             what happened: one JSON object a line, appended and synced one by one
 *     out/3           what the command of the third operation printed; out/undo-3 when it was taken back
 *     vm-3            the definition that libvirt was given for it; vm-undo-3
 *     edited-3        what somebody had made of its file, which the guard put back
 *
 * A transaction is made under another name (journal/new) and appears whole. A last line of a log without its end is
 * one that a stop cut off: it is not there. Nobody but root may look into the folder, which holds definitions of VMs.
 * Nothing in it is written or removed through a symbolic link: the folder may be one of another machine's disk.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "host/host.h"
#include "plan/plan.h"

#define JOURNAL_DIR   "var/lib/igdctl"	  /* below the machine's root */
#define JOURNAL_MAX   4096		  /* transactions that are looked at */
#define JOURNAL_BYTES ((size_t)16 << 20)  /* of one plan */
#define JOURNAL_LOG   ((size_t)1 << 20)	  /* of one log */
#define JOURNAL_TEXT  ((size_t)128 << 10) /* of a record's .text */

enum record_kind {
	RECORD_BEGIN,	  /* .boot: boot id of the kernel that ran; .seconds: of the guard */
	RECORD_DO,	  /* operation .op begins; .there, .mode, .uid, .gid: of the file it replaces; .text: of one
			     that is made the folder that was there already, of one that is removed its attributes; .mount */
	RECORD_DID,	  /* ... and is done; .sha256: of the bytes now, where others than ours wrote them */
	RECORD_APPLIED,	  /* all are */
	RECORD_REVERT,	  /* taking back begins; .text: why ("revert", "guard", "failed", "recover") */
	RECORD_UNDO,	  /* operation .op is taken back, perhaps once more ... */
	RECORD_UNDID,	  /* ... and that is done; .text: "kept", "moot", "aside", "merged" (enum change_undone) */
	RECORD_REVERTED,  /* all are */
	RECORD_CONFIRMED, /* the owner said that all is well; .boot */
	RECORD_BOOTED,	  /* the guard saw a boot; .boot */
	RECORD_REBOOT,	  /* the guard starts the machine anew after taking back; .boot */
};

struct record {
	enum record_kind kind;
	int64_t time; /* seconds since the epoch, for people */
	size_t op;    /* from 0; of records that have none 0 */
	bool there;
	unsigned mode, uid, gid, seconds;
	const char *sha256, *boot, *text; /* "" for none */
	const char *mount;		  /* of the file system that the file lies on, "/boot/efi"; "": the root's */
};

enum transaction_state {
	TRANSACTION_BEGUN,     /* was stopped on the way: to be taken back */
	TRANSACTION_APPLIED,   /* the host is as planned */
	TRANSACTION_REVERTING, /* was stopped on the way back: to be finished */
	TRANSACTION_REVERTED,  /* the host is as before */
};

struct transaction {
	unsigned id;
	struct plan
		plan; /* its arena is the journal's; a folder whose plan cannot be read has .n_ops 0 and .broken */
	const char *broken; /* why it cannot be read; NULL */
	bool newer;	    /* ... because it holds what only a newer igdctl can have written */
	struct record *records;
	size_t n_records;
	enum transaction_state state;
	const struct record *begun; /* its RECORD_BEGIN; NULL in a broken one */
	bool confirmed;
};

struct journal {
	struct transaction *v; /* oldest first */
	size_t n;
};

/* Read the journal of @h; none is an empty one. -IGD_EACCES, -IGD_ELIMIT, -IGD_ENOMEM, -IGD_EIO. */
int journal_read(struct host *h, struct arena *a, struct journal *ret, struct report *rep) _must_check_;
const struct transaction *journal_find(const struct journal *j, unsigned id); /* NULL: none */
/* The newest transaction after @t that is not taken back: it found what @t left, so it goes first. NULL: none. */
const struct transaction *journal_above(const struct journal *j, const struct transaction *t);
/* What to do about one that is .broken and not taken back. */
const char *journal_broken_next(const struct transaction *t);
/* The refusal that says so. */
int journal_refuse_above(const struct journal *j, const struct transaction *t, struct report *rep) _must_check_;

/* The boot id of the kernel that runs the machine (proc/sys/kernel/random/boot_id), "" when it is not known. */
const char *journal_boot_id(struct host *h, struct arena *a);

/* ---- writing; by the engine, and by what confirms and guards ---- */

struct site;

/* A new transaction: its folder, plan.json and RECORD_BEGIN, synced. @ret_id from 1. */
int journal_begin(struct site *s, const struct plan *p, unsigned *ret_id, struct report *rep) _must_check_;
/* Append a record, and sync it; .time is filled in. What a stop left of a line before it is cut off. */
int journal_note(struct site *s, unsigned id, const struct record *rec, struct report *rep) _must_check_;
/* Remove what a stop left of a transaction that was not yet one. */
int journal_tidy(struct site *s, struct report *rep) _must_check_;

/* The end of what the command of operation @op has printed until now, at most @n bytes of it, into @buf: how many. 0
 * too where there is nothing, or a link on the way. */
size_t journal_out_end(const struct site *s, unsigned id, size_t op, bool undo, char *buf, size_t n);
/* Where on the machine the output of the command of operation @op (from 0) is kept: "/var/lib/igdctl/...". */
#define JOURNAL_PATH 96
void journal_out_path(unsigned id, size_t op, bool undo, char ret[JOURNAL_PATH]);
