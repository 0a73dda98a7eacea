// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

json_t *json_text(const char *s)
{
	json_t *v;
	char *clean;
	size_t n;

	if (!s)
		return json_null();
	v = json_string(s);
	if (v)
		return v;
	n = strlen(s) + 1;
	clean = malloc(n);
	if (!clean)
		return json_null();
	text_copy(span_str(s), clean, n);
	v = json_string(clean);
	free(clean);
	return v;
}

json_t *json_top(const char *command, const char *input)
{
	char schema[64];
	json_t *top = json_object();

	snprintf(schema, sizeof(schema), "igdctl/%s/1", command);
	json_object_set_new(top, "igdctl", json_string(IGDCTL_VERSION));
	json_object_set_new(top, "schema", json_string(schema));
	json_object_set_new(top, "input", json_text(input));
	return top;
}

json_t *json_addr(struct pci_addr a)
{
	char buf[PCI_ADDR_STR];

	return json_string(pci_addr_str(a, buf));
}

json_t *json_id(const struct fact_num *id)
{
	char buf[16];

	if (!id->known)
		return json_null();
	snprintf(buf, sizeof(buf), "%04x:%04x", (unsigned)(id->v >> 16 & 0xffff), (unsigned)(id->v & 0xffff));
	return json_string(buf);
}

json_t *json_hex(const struct fact_num *n)
{
	char buf[24];

	if (!n->known)
		return json_null();
	snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)n->v);
	return json_string(buf);
}

void json_made_fact(struct json_out *j, json_t *obj, const char *path, const char *key, json_t *value,
		    const char *from)
{
	char whole[192];

	json_object_set_new(obj, key, value ? value : json_null());
	if (!from)
		return;
	snprintf(whole, sizeof(whole), "%s.%s", path, key);
	json_object_set_new(value ? j->sources : j->unknown, whole, json_text(from));
}

void json_str_fact(struct json_out *j, json_t *obj, const char *path, const char *key, const struct fact_str *fact)
{
	json_made_fact(j, obj, path, key, fact->v ? json_text(fact->v) : NULL, fact->from);
}

void json_num_fact(struct json_out *j, json_t *obj, const char *path, const char *key, const struct fact_num *fact)
{
	json_made_fact(j, obj, path, key, fact->known ? json_integer((json_int_t)fact->v) : NULL, fact->from);
}

void json_tri_fact(struct json_out *j, json_t *obj, const char *path, const char *key, const struct fact_tri *fact)
{
	json_made_fact(j, obj, path, key, fact->v == TRI_UNKNOWN ? NULL : json_boolean(fact->v == TRI_YES),
		       fact->from);
}

bool json_print(json_t *top, bool pretty, FILE *out)
{
	/* At once: the library hands its stream a few bytes at a time. */
	char *text = top ? json_dumps(top, pretty ? JSON_INDENT(2) : JSON_COMPACT) : NULL;

	if (text)
		fprintf(out, "%s\n", text);
	json_decref(top);
	free(text);
	return text != NULL;
}

int json_refused(const struct cli *cli, const char *command, const char *input, const struct report *rep, int r,
		 FILE *out, FILE *err)
{
	char line[REPORT_TEXT + 128];
	json_t *top;

	report_failure_str(rep, r, input, line, sizeof(line));
	fprintf(err, "igdctl: %s\n", line);
	if (cli->json) {
		top = json_top(command, input);
		json_object_set_new(top, "error", json_text(line));
		json_print(top, cli->n_args <= 1, out);
	}
	return EXIT_FAILED;
}
