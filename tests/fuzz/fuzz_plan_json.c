// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a plan: refused with a sentence, or the very plan that is written again; and one that leaves a file of
 * the owner's that a shell sources the signs that a shell acts on. */
#include <stdlib.h>
#include <string.h>

#include "change/plan_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static size_t count(struct span s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == (uint8_t)c;
	return n;
}

static void shell_kept(const struct operation *op)
{
	if (op->kind != OP_WRITE || op->there != TRI_YES || op->gone || strcmp(op->target, "/etc/default/grub") != 0)
		return;
	for (const char *c = "`$;&|<>()\\#/'*?{}"; *c; c++)
		require(count(op->before, *c) == count(op->after, *c));
	require(count(op->before, '"') % 2 == count(op->after, '"') % 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .limit = (size_t)64 << 20 };
	struct plan p = { .arena = &a }, again = { .arena = &a };
	struct report rep = { 0 };
	int r = plan_from_text((struct span) { data, size }, &p, &rep);

	require(r == 0 || r == rep.code);
	if (r == 0) {
		json_t *json = plan_to_json(&p);

		for (size_t i = 0; i < p.n_ops; i++)
			shell_kept(&p.ops[i]);
		require(json != NULL && plan_from_json(json, &again, &rep) == 0 && again.n_ops == p.n_ops);
		json_decref(json);
	}
	arena_done(&a);
	return 0;
}
