/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vbt_json.h - a VBT as JSON, written as it is walked.
 *
 * A table has some thousand fields. Building them as objects first would cost several times the reading, so these
 * two commands write text; everything in it is a number, or text that was cleaned.
 */
#pragma once

#include "cli/command.h"
#include "cli/vbt_file.h"

/* What `vbt show --json` answers for @name. */
void vbt_show_json(const struct cli *cli, const char *name, const struct vbt_file *f, bool pretty, FILE *out);

struct json_text { /* a document under way */
	FILE *out;
	bool pretty;
	unsigned depth;
	bool first; /* nothing yet in what was opened last */
};

/* Open an object or array ('{', '[') under @key, or as the next element where @key is NULL; and close it ('}', ']').
 */
void jt_open(struct json_text *j, const char *key, char bracket);
void jt_close(struct json_text *j, char bracket);
void jt_string(struct json_text *j, const char *key, const char *s); /* NULL: null; any bytes */
void jt_number(struct json_text *j, const char *key, uint64_t n);
void jt_null(struct json_text *j, const char *key);
void jt_bool(struct json_text *j, const char *key, bool yes);
void jt_hex(struct json_text *j, const char *key, struct span s);
/* {"igdctl": VERSION, "schema": "igdctl/COMMAND/1", "input": NAME, left open; with jt_close(j, '}') a line ends. */
void jt_top(struct json_text *j, const char *command, const char *input);
