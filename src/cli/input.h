/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.h - from what the command line names to the facts of one machine. */
#pragma once

#include "check/check.h"
#include "cli/command.h"
#include "facts/facts.h"
#include "host/host.h"

/*
 * Read one machine whole. @name is a folder that holds a machine's files (sys/, proc/ or etc/), a capture, a file or
 * folder of pasted output, or "-" for pasted output on standard input; NULL: what --root and --capture say, else the
 * machine this runs on. 0 and @ret, which the caller frees; or the code, with the sentence in @rep.
 */
int input_read(const struct cli *cli, const char *name, struct facts **ret, struct report *rep) _must_check_;

/*
 * The same for those who read more of the machine than its facts: what --root and --capture say, which is no pasted
 * output, else the machine this runs on. 0, or the code with the sentence in @rep; facts_free() and host_free() in
 * each case, on what begins as NULL.
 */
int input_machine(const struct cli *cli, struct facts **ret_facts, struct host **ret_host,
		  struct report *rep) _must_check_;

/* What messages and JSON call the input that @name stands for. */
const char *input_name(const struct cli *cli, const char *name);

/* What --mode says: @asked is false without it and for "auto". EXIT_DONE, or a mistake that was told. */
int input_mode(const struct cli *cli, const char *command, enum mode *ret, bool *asked) _must_check_;

/* "live", "root", "capture", "bundle". */
const char *source_str(enum source_kind s);

/* Open a file, or for "-" standard input, to be read; the caller closes it. -1 and errno. A FIFO may be waited for.
 */
int input_open(const char *name);

/* All of the file @name ("-": standard input) into @a: 0 and @ret, which lives as long; -IGD_ELIMIT past @max bytes;
 * or the code, with the sentence in @rep. */
int input_bytes(const char *name, size_t max, struct arena *a, struct span *ret, struct report *rep) _must_check_;

/* The number that an option says, @least to @most, into @ret, which stays as it is without the option (@s NULL);
 * false for anything else. */
bool input_number(const char *s, uint64_t least, uint64_t most, uint64_t *ret);

/* "8086:3e92"; false for anything else. */
bool input_device(const char *s, uint16_t *ret_vendor, uint16_t *ret_device);
