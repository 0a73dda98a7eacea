/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - facts as JSON: unknown is null, and where each was read, or why it is unknown, stands beside the answer.
 *
 * "sources" maps the path of a known fact ("host.kernel") to where it was read, "unknown" that of an unknown one to
 * the reason, when there is one.
 */
#pragma once

#include <jansson.h>

#include "cli/command.h"
#include "facts/facts.h"

struct json_out {
	json_t *sources, *unknown;
};

/* {"igdctl": VERSION, "schema": "igdctl/COMMAND/1", "input": NAME}; the caller owns it. */
json_t *json_top(const char *command, const char *input);

/* A string; null for NULL. Bytes that are no UTF-8 become '?'. */
json_t *json_text(const char *s);
json_t *json_addr(struct pci_addr a);	    /* "0000:00:02.0" */
json_t *json_id(const struct fact_num *id); /* "8086:3e92" */
json_t *json_hex(const struct fact_num *n); /* "0x30000" */

/* Set @key of @obj to a fact; @path is that of @obj, "host.igd". */
void json_str_fact(struct json_out *j, json_t *obj, const char *path, const char *key, const struct fact_str *fact);
void json_num_fact(struct json_out *j, json_t *obj, const char *path, const char *key, const struct fact_num *fact);
void json_tri_fact(struct json_out *j, json_t *obj, const char *path, const char *key, const struct fact_tri *fact);
/* The same with a value made by the caller: a known fact's, or NULL for an unknown one. */
void json_made_fact(struct json_out *j, json_t *obj, const char *path, const char *key, json_t *value,
		    const char *from);

/* Print @top in one line or, when @pretty, many; and release it. False when memory ran out on the way. */
bool json_print(json_t *top, bool pretty, FILE *out);

/*
 * An input that cannot be read: the refusal in @rep, or the words for @r, as a line on @err, and with --json where
 * its answer would stand, {..., "error": LINE}. Answers EXIT_FAILED.
 */
int json_refused(const struct cli *cli, const char *command, const char *input, const struct report *rep, int r,
		 FILE *out, FILE *err);

/* The answer of inspect, owned by the caller. */
json_t *inspect_json(const struct facts *f, const char *input);
