// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a plan: refused with a sentence, or the very plan that is written again. */
#include <stdlib.h>

#include "change/plan_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
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

		require(json != NULL && plan_from_json(json, &again, &rep) == 0 && again.n_ops == p.n_ops);
		json_decref(json);
	}
	arena_done(&a);
	return 0;
}
