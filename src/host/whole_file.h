/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whole_file.h - a result that appears under its name whole, or not at all.
 *
 * It is written beside its name under another, put to the disk and then renamed: stopped anywhere, there is the old
 * file or the new one, and at worst one of WHOLE_FILE_BESIDE to be removed.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/report.h"
#include "base/span.h"

#define WHOLE_FILE_BESIDE ".igdctl-new.XXXXXX"

/*
 * Write @all to @file with exactly @mode, whatever the umask. Where the name is taken: -IGD_EPATH without @force,
 * and with it when what is there is no regular file, so a link is never followed. -IGD_EACCES, -IGD_ENOENT (no such
 * folder), -IGD_EIO, -IGD_ENOMEM.
 */
int whole_file_write(const char *file, struct span all, mode_t mode, bool force, struct report *rep) _must_check_;

/* Would that be refused for the name, for what is there, or for the folder? Nothing is changed. -IGD_EUSAGE: @file
 * names no file. */
int whole_file_check(const char *file, bool force, struct report *rep) _must_check_;
