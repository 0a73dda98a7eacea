/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command.h - one row a subcommand: everything that help, man pages, completions and the dispatcher need.
 *
 * A subcommand reads its options, calls the library and prints; it decides nothing. What it may do to the machine
 * is its .effect, which the dispatcher holds it to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/macros.h"
#include "base/report.h"

/*
 * READS and PLANS run in the sandbox from before their first file on. RUNS starts a program of the user's, which the
 * sandbox forbids: it reads files in a child that is in the sandbox, and enters it itself when that program runs.
 */
enum effect { READS, PLANS, RUNS, CHANGES };

/* Exit statuses, the same for every command. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_FINDINGS = 3,
	EXIT_REFUSED = 4,
	EXIT_UNDONE = 5,
	EXIT_HALFWAY = 6
};

struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* without the dashes; NULL ends a table */
	const char *arg;  /* NULL: takes none */
	const char *help; /* one line */
};

struct words { /* of an option that may be given more than once */
	const char *v[16];
	size_t n;
	bool more; /* and there was no room for the rest */
};

/* What the command line said. Strings are argv's own. */
struct cli {
	const char *root, *capture;
	bool json, dry_run, yes, no_color, verbose;
	const char *mode, *min, *vm, *output, *format; /* options of single commands; NULL: not given */
	const char *qemu, *target, *from, *rom, *mdev, *guest, *memory, *cores, *name, *device, *machine,
		*guest_firmware;
	struct words with, drivers;
	const char *guid, *path, *text, *hex, *filter, *depth;
	const char *gop_file, *vbt_file, *vbios_file, *level, *stock;
	const char *ovmf, *ovmf_vars, *accel, *timeout, *trace;
	const char *guard;
	bool now, no_guard, dark, confirm, anyway, keep_edits; /* of apply, revert and verify */
	bool all, force, host, gop, vbt, vbios, whole, bare, compress, vbt_from_host, seabios;
	char **line; /* all behind the program's name, as it was typed but for the order; ends with NULL */
	char **args; /* what is left: words that are no options */
	int n_args;
	bool color;   /* stdout is a terminal that wants it */
	size_t width; /* of the terminal, columns; 0: no terminal, do not wrap */
};

/* What -o names. A folder is "." without it, and made before the command runs (deliver.h). */
enum output_kind { OUTPUT_FILE, OUTPUT_FOLDER, OUTPUT_EITHER };

struct command {
	const char *name; /* one word, or two: "vm lint" */
	enum effect effect;
	const char *synopsis; /* behind the name */
	const char *summary;  /* one line, for the list of commands */
	const char *about;    /* a paragraph or more for the man page */
	const struct option_row *options;
	const char *without;	     /* global options that it refuses, names between blanks; NULL: none */
	const char *const *examples; /* pairs: what for, command line; ends with NULL */
	const int *exits;	     /* the statuses it can end with; ends with -1 */
	enum output_kind output;
	/* Files of this machine that it will write, as patterns of glob(7) that end with NULL; NULL: none, which is
	 * what nearly all answer. Asked only where the machine itself is read. */
	const char *const *(*touches)(const struct cli *cli);
	int (*run)(const struct cli *cli);
};

extern const struct command command_inspect, command_check, command_capture, command_fw_scan, command_fw_extract,
	command_fw_tree, command_fw_find, command_rom_info, command_rom_verify, command_rom_build, command_rom_fix,
	command_ovmf_inject, command_ovmf_list, command_ovmf_remove, command_ovmf_verify, command_vbt_show,
	command_vbt_diff, command_vm_lint, command_vm_render, command_rehearse, command_plan, command_apply,
	command_revert, command_status, command_verify, command_guard, command_help;
extern const struct command *const commands[]; /* ends with NULL */
extern const struct option_row global_options[];
extern const struct option_row making_options[]; /* of vm render and plan */

/* The command that the first or the first two of the words name, and how many those are; NULL: none. */
const struct command *command_find(char *const *words, int n_words, int *ret_taken);

/* The first word of its name, into @buf; and the second, NULL when there is none. */
#define COMMAND_WORD 16
const char *command_word(const struct command *c, char buf[COMMAND_WORD]);
const char *command_verb(const struct command *c);

/* The nearest of the known words, for "did you mean"; NULL when none is near. */
const char *command_nearest(const char *word);

/* @word begins no command, or one that wants a verb too: say so as a mistake of @who (NULL: the program). EXIT_USAGE.
 */
int command_missing(const char *who, const char *word);

struct facts;

/* "Next: ...": how to put @command to the machine that was just looked at. */
void next_command(const struct cli *cli, const struct facts *f, const char *command);

/* What an exit status means. */
const char *exit_str(int status);

/* A mistake in the command line: one line on stderr; answers EXIT_USAGE. */
int usage_error(const char *command, const char *fmt, ...) _printf_(2, 3);

/* One line on stderr, "igdctl: ...", kept for failure_told(); answers @status. */
int failure_tell(int status, const char *fmt, ...) _printf_(2, 3);
/* The sentence that failure_tell() or report_failed() told last in this process, for an answer in JSON; "": none. */
const char *failure_told(void);

/* Print a report's refusal (or the words for code @r) and answer EXIT_FAILED. Notes go out with --verbose. */
int report_failed(const struct report *rep, int r, const char *what);
/* The same sentence into @buf. */
void report_failure_str(const struct report *rep, int r, const char *what, char *buf, size_t n);
void report_notes(const struct cli *cli, const struct report *rep);
void report_notes_to(const struct cli *cli, const struct report *rep, FILE *err);

/* Help, man pages and completions (help.c). @c NULL: the program's own. */
void help_text(const struct command *c, FILE *out);
void help_man(const struct command *c, FILE *out);
int help_completion(const char *shell, FILE *out) _must_check_;
