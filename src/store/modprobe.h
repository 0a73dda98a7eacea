/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe.h - the lines of modprobe.d as libkmod reads them (kmod libkmod/libkmod-config.c,
 * kmod_config_parse(), and shared/util.c freadline_wrapped()).
 *
 * A line ends at a newline that no backslash precedes. '#' makes a comment in the first column only. What
 * libkmod would call a bad line is one here: an unknown verb, or a verb without its words.
 */
#pragma once

#include "base/span.h"

#define MODPROBE_LINE_MAX 4096 /* of a line joined out of several; the rest of a longer one is not looked at */

enum modprobe_verb {
	MODPROBE_BAD,
	MODPROBE_ALIAS,
	MODPROBE_BLACKLIST,
	MODPROBE_OPTIONS,
	MODPROBE_INSTALL,
	MODPROBE_REMOVE,
	MODPROBE_SOFTDEP,
	MODPROBE_WEAKDEP,
	MODPROBE_VERBS
};

struct modprobe_line {
	enum modprobe_verb verb;
	struct span raw;    /* the line trimmed, joined when it was continued */
	struct span module; /* as written; for an alias the module that it leads to. Empty for a bad line */
	struct span rest;   /* option words, command, dependencies; for an alias its pattern */
};

/* One line, already joined. False for an empty line or a comment. */
bool modprobe_line_read(struct span line, struct modprobe_line *ret);

/*
 * Eat the next line of @rest that says something. @line counts lines: set it to the number of the first before
 * the first call; it is left at the one behind the line eaten, @ret_at is where that began. @buf holds a line that
 * was continued: @ret lives as long as @rest and @buf. False at the end.
 */
bool modprobe_next(struct span *rest, size_t *line, uint8_t buf[MODPROBE_LINE_MAX], struct modprobe_line *ret,
		   size_t *ret_at);

const char *modprobe_verb_str(enum modprobe_verb v); /* "options"; "bad" */
