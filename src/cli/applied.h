/* SPDX-License-Identifier: GPL-2.0-or-later */
/* applied.h - what was done to a machine, as verify and status show it: its facts, its files and its journal. */
#pragma once

#include <jansson.h>

#include "change/journal.h"
#include "cli/command.h"
#include "facts/facts.h"
#include "host/host.h"

struct applied {
	struct facts *f;
	struct host *h;
	struct journal j;
	const char *boot; /* id of the kernel that runs; "" unknown */
	bool busy;	  /* somebody changes it now: what is unfinished was not stopped */
	struct arena a;	  /* of the journal, and of what is made from it */
	struct report rep;
};

/*
 * Read the machine that @cli names. EXIT_DONE; or EXIT_FAILED and EXIT_USAGE, told on stderr, and with --json on
 * @out. applied_done() in each case.
 */
int applied_read(const struct cli *cli, const char *command, FILE *out, struct applied *ret) _must_check_;
void applied_done(struct applied *s);

/* "Change 1: uefi, applied 2026-11-22 10:00 UTC, not confirmed". Of @s's arena. */
const char *applied_str(struct applied *s, const struct transaction *t);

/* Of docs/schema; the caller owns it. */
json_t *applied_json(const struct transaction *t, struct arena *a);

/* Does a guard still wait for its owner's word? */
bool applied_guarded(const struct transaction *t);
/* Was it carried out under the kernel that runs now? */
bool applied_same_boot(const struct applied *s, const struct transaction *t);

/* "Next: ...": how to put @command, which needs root where @changes, to the same machine. */
void applied_next(const struct cli *cli, const struct applied *s, bool changes, const char *command, FILE *out);
