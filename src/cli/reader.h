/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader.h - a child in the sandbox of the reading commands, for commands that then do what the sandbox forbids.
 *
 * What reads strangers' files must not be what starts programs or writes to the machine: so a child reads, and sends
 * plain bytes through a pipe to the process that acts.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"
#include "cli/command.h"

#define READER_MOST    ((size_t)256 << 20) /* bytes it may send */
#define READER_SECONDS 300		   /* that it may take */

/* In the child: send to @fd by pipe_write() (cli/pipe.h). Answers an exit status; anything but EXIT_DONE has been
 * told on stderr, or with --json on stdout. */
typedef int (*reader_work)(void *ctx, int fd);

/*
 * Let a child do @work; what it sent into @ret, of @a. EXIT_DONE to EXIT_HALFWAY: the status that @work answered.
 * Negative, with a sentence in @rep, where it did not get that far: -IGD_ELIMIT (too long, too much), -IGD_EIO.
 */
int reader_run(const struct cli *cli, reader_work work, void *ctx, struct arena *a, struct span *ret,
	       struct report *rep) _must_check_;
