/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.h - what a command found becomes files of the user's: each whole or not at all, none over another.
 *
 * The names are made by the program from what it read, and what it read may be hostile: so a name is one part of a
 * path and no more, and it does not begin with a dot.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "cli/command.h"
#include "host/host.h"

#define DELIVER_NAME_MAX 255 /* bytes of a name, as Linux file systems have it */

/* What -o says, "." without it. */
const char *deliver_folder(const struct cli *cli);

/* Does -o name a folder: nothing (then it is "."), one that is there, or a name that ends with "/"? */
bool deliver_is_folder(const struct cli *cli);

/*
 * The one result of a command whose -o names a file or a folder: write @bytes there, in a folder as @name. Answers as
 * deliver_file() does, and where it was, or would be, in @ret_path. A file of @inputs (ends with NULL) is not written
 * over even with --force: -IGD_EPATH.
 */
int deliver_result(const struct cli *cli, const char *name, struct span bytes, const char *const *inputs,
		   char ret_path[HOST_PATH_MAX], struct report *rep) _must_check_;

/* "DIR/NAME" as it is shown and opened, and "NAME" in ".". -IGD_ELIMIT when it does not fit, @ret is then "". */
int deliver_path(const char *dir, const char *name, char ret[HOST_PATH_MAX]) _must_check_;

/* Is @name fit to be that of a file that is delivered? */
bool deliver_is_name(const char *name);

/*
 * Write @bytes as @dir/@name, readable for all (mode 0644): beside it first, then renamed. @dir is made when it is
 * not there, its parent is not. 0; 1 with --dry-run, where all but the writing was tried; or a refusal with its
 * sentence in @rep, and nothing is changed: -IGD_EUSAGE (not fit for a name), -IGD_EPATH (the name is taken, without
 * --force, or by something that is no file), -IGD_ENOENT (no parent of @dir), -IGD_EACCES, -IGD_EIO, -IGD_ENOMEM,
 * -IGD_ELIMIT (path too long).
 *
 * Two results under one name are the caller's mistake: the second is refused, but with --force it replaces the first.
 */
int deliver_file(const struct cli *cli, const char *dir, const char *name, struct span bytes,
		 struct report *rep) _must_check_;

/*
 * For the dispatcher, before the sandbox closes: make the folder @dir of a command's results (not with --dry-run).
 * 1: it was made; 0: it was there, or it cannot be made and deliver_file() will say why.
 */
int deliver_folder_make(const struct cli *cli, const char *dir) _must_check_;
/* And at its end: a folder that was made and got nothing goes again. */
void deliver_folder_drop(const char *dir);
