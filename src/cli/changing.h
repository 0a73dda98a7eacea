/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changing.h - what apply and revert share: who may, a question, and words about each operation while it is done.
 */
#pragma once

#include <jansson.h>

#include "change/change.h"
#include "cli/command.h"
#include "cli/view.h"

/* Is the machine that is changed the one that runs? */
bool changing_is_live(const struct cli *cli);
/* The machine's name in messages and in JSON: "/" or --root's folder. */
const char *changing_input(const struct cli *cli);

/* "sudo igdctl verify", "igdctl verify --root /mnt": how to put @command, which needs root, to the same machine; of
 * @a. */
const char *changing_command(const struct cli *cli, const char *command, struct arena *a);

/* A change of the live machine takes root: EXIT_DONE; or EXIT_REFUSED, and in @ret_why, of @a, why and how. */
int changing_may(const struct cli *cli, struct arena *a, const char **ret_why) _must_check_;

/* Is there a person to ask? */
bool changing_asks(void);
/* Put @question on the terminal; is what is typed @wanted, or its first letter where @letter? */
bool changing_ask(const char *question, const char *wanted, bool letter);
/*
 * "Apply?" and its like: EXIT_DONE with --yes or where a person agrees. Else EXIT_REFUSED, and why in @ret_why:
 * nobody is there to ask, or the answer was no.
 */
int changing_agree(const struct cli *cli, const char *question, const char **ret_why) _must_check_;

enum op_state { OP_WAITING, OP_DOING, OP_DONE, OP_FAILED, OP_UNDONE, OP_KEPT, OP_STUCK };

#define WATCH_TAIL 4096 /* bytes of a command's output that are looked at for its last lines */

/* A plan while it is carried out or taken back. */
struct watch {
	const struct cli *cli;
	const struct plan *plan;
	const struct site *site; /* that is changed; NULL until then */
	const unsigned *id;	 /* of the transaction; 0: none yet */
	bool back;		 /* it is taken back */
	bool quiet;		 /* nothing is said */
	enum op_state *states;	 /* as many as the plan has operations; of .arena */
	struct arena arena;
	struct change_hooks hooks; /* for the engine; .ctx is this */
	int64_t began;		   /* milliseconds */
	int ticker;		   /* process that shows the time; 0: none */
	size_t failed;		   /* the operation that did, first; .n_ops of the plan: none */
	char tail[WATCH_TAIL];	   /* of what its command printed */
	size_t n_tail;
};

/* -IGD_ENOMEM. @w stays where it is: the engine is handed its address. */
int watch_begin(struct watch *w, const struct cli *cli, const struct plan *p, const unsigned *id,
		bool back) _must_check_;
void watch_done(struct watch *w);

/* The last lines of what the failed command printed, onto stderr. */
void watch_tail(const struct watch *w);

/* The operations with what became of them; @already: those that nobody touched were so before. */
json_t *watch_json(const struct watch *w, bool already);

/* "create /etc/x", "run update-grub"; of @a. */
const char *operation_words(const struct operation *op, struct arena *a);

/* "done", "nothing", "undone", "half-way"; "refused" for what is negative. And the exit status of each. */
const char *outcome_str(int outcome);
int outcome_status(int outcome);

/* What had been stopped and was brought to its end: how many transactions, and of how many operations somebody's edit
 * was left as it is. */
struct recovered {
	unsigned n, kept;
};

/*
 * Open the machine, and first bring what was stopped to its end, which is told. *@ret is NULL where nothing was ever
 * changed and @make is not set. EXIT_DONE, or the status of a failure, whose sentence is in @rep.
 */
int changing_open(const struct cli *cli, bool make, struct site **ret, struct recovered *recovered,
		  struct report *rep) _must_check_;

/* Was what the promise speaks of made? Read in a child, which may do nothing else; as made_look() answers, unknown
 * included where it failed. */
int changing_look(const struct cli *cli, const struct promise *q, struct arena *a, const char **ret_why) _must_check_;

/* One line on stderr, unless --json says it in its answer; cleaned. */
void changing_say(const struct cli *cli, const char *fmt, ...) _printf_(2, 3);
