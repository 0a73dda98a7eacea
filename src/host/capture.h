/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture.h - writing what a host was asked as a capture; docs/capture-format.md is its form.
 *
 * All that is written went through host/redact.h. The reader is host_open_capture(), and every capture is opened
 * by it before it gets its name: what was written can be read.
 */
#pragma once

#include "host/host.h"

#define CAPTURE_SCHEMA_NAME "igdctl/capture/"
#define CAPTURE_SCHEMA	    1

struct capture_options {
	int64_t created; /* seconds since the epoch; see capture_time() */
	bool force;	 /* replace FILE when it exists */
};

/* SOURCE_DATE_EPOCH of the environment (reproducible-builds.org) where it is a number, else now. */
int64_t capture_time(void);

/*
 * Write everything that @h remembers (host_record() before the questions) to @file: a tar archive, packed by
 * zstd, xz or not at all when the name ends in .zst or .tzst, .xz or .txz, .tar; else by gzip. The same record and
 * the same .created give the same bytes. @file appears whole or not at all: written beside it first.
 *
 * -IGD_EUSAGE (nothing was recorded, or @file names no file), -IGD_EPATH (@file exists, without .force),
 * -IGD_ELIMIT (more than a capture holds), -IGD_EACCES, -IGD_ENOENT (no such folder), -IGD_EIO, -IGD_ENOMEM.
 */
int capture_write(struct host *h, const char *file, const struct capture_options *options,
		  struct report *rep) _must_check_;

/* Would it be refused for @file's name, or for what is there? Answers as capture_write(); nothing is changed. */
int capture_check(const char *file, bool force, struct report *rep) _must_check_;

/* The same into memory: a malloc()ed *owned and @ret over it. Of @file only the ending counts. */
int capture_pack(struct host *h, const char *file, const struct capture_options *options, uint8_t **owned,
		 struct span *ret, struct report *rep) _must_check_;
