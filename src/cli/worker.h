/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.h - strangers' files are read by children that can do nothing else.
 *
 * Each input gets a child of its own, as many at a time as there are processors. It is handed the open file, gives up
 * everything (files, network, programs, privileges, more than so much memory and time) and sends back what it has to
 * say through a pipe. A file that breaks its reader, or keeps it busy for ever, costs that one answer and no more.
 */
#pragma once

#include <stdio.h>

#include "base/report.h"
#include "base/span.h"
#include "cli/command.h"

struct outbox { /* the child's way to its parent */
	int fd;
	FILE *out, *err;  /* text for the two streams of the command */
	const char *name; /* of the input, fit to be shown: a stranger may have chosen it */
	bool broken;	  /* the parent takes no more */
};

/* Send @bytes with some words about them; the parent's taker gets both. False: the parent takes no more. */
bool outbox_send(struct outbox *box, struct span words, struct span bytes);

/* So much of the work is done; for the progress bar. Cheap to call often. */
void outbox_progress(struct outbox *box, uint64_t done, uint64_t total);

struct workers {
	const struct cli *cli;
	char *const *inputs; /* names of files; "-" is standard input */
	size_t n;
	unsigned seconds; /* that a child may take; 0: WORKER_SECONDS */
	/*
	 * In the child: read @bytes, which are the whole of input @i, and answer with an exit status. What it prints
	 * goes to box->out and box->err.
	 */
	int (*work)(const void *ctx, size_t i, struct span bytes, struct outbox *box);
	/* In the parent, in the order of the inputs: take what a child sent. A status that may make the child's
	 * worse. */
	int (*take)(void *ctx, size_t i, struct span words, struct span bytes);
	/*
	 * In the parent, when all that the child of input @i sent was taken; @line: what to say of one that gave no
	 * answer, which stderr was told, else NULL. A status that may make the child's worse. NULL: not wanted.
	 */
	int (*end)(void *ctx, size_t i, const char *line);
	void *ctx;
};

/* Limits of a child. */
#define WORKER_SECONDS	  120
#define WORKER_INPUT_MAX  ((size_t)1 << 30)
#define WORKER_ANSWER_MAX ((size_t)512 << 20) /* bytes that it may send */

/* Work through all inputs. The worst exit status: 1 over 2 over 4 over 3 over 0. */
int workers_run(const struct workers *w);

/*
 * The names of the command line with each folder replaced by the files below it, in order; links are not followed.
 * The caller frees them with inputs_free(). NULL: out of memory.
 */
char **inputs_expand(char *const *names, size_t n, size_t *ret_n);
void inputs_free(char **names);
