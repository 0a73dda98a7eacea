/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site.h - the inside of a machine that may be written; private to change/.
 *
 * Every path is resolved by the kernel inside the root (openat2(2), RESOLVE_IN_ROOT), as a program chrooted there
 * would see it: no link leads out. Where the kernel has no openat2 (before 5.6), nothing is written at all.
 */
#pragma once

#include <sys/types.h>

#include "change/change.h"
#include "host/host.h"

struct site {
	int root;	   /* O_PATH */
	int lock, journal; /* the lock's file, and the folder with the transactions */
	char *path;	   /* as it was named */
	bool live;
	struct host *host; /* the machine for readers */
};

/* Open @path inside the root: a descriptor, or -1 and errno. Links are followed but for O_NOFOLLOW. */
int site_open_path(const struct site *s, const char *path, int flags, mode_t mode) _must_check_;
/* The same where no link may be on the way, nor at its end: -1 and ELOOP. */
int site_open_straight(const struct site *s, const char *path, int flags) _must_check_;
/*
 * A folder below the journal's, "0001/out": a descriptor, or -1 and errno; -1 and ELOOP where a link is on the way.
 * Whatever is written in the journal is named by its last name in such a folder, for a flag of openat(2) speaks of
 * that name alone.
 */
int journal_folder(const struct site *s, const char *path) _must_check_;
/* A new file in such a folder in place of what has its name, be that a link, or another name of a file elsewhere. */
int journal_file(int folder, const char *name) _must_check_;

/* Where a program lies in the fixed folders, "/usr/sbin/update-grub", or at the absolute path it has.
 * -IGD_ENOENT with a sentence. */
int site_program(const struct site *s, const char *name, char ret[HOST_PATH_MAX], struct report *rep) _must_check_;

/* What an errno of a call that writes means here, and the refusal with its words. @where is a path on the machine. */
int site_code(int err);
int site_refuse(struct report *rep, int err, const char *where, const char *what);

#define SITE_PATH "/usr/sbin:/usr/bin:/sbin:/bin" /* where programs are looked for, and what they get for PATH */
