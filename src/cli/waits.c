// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/waits.h"

#include <string.h>

#include "cli/applied.h"

static void look(const struct transaction *t, const char *boot, struct waits *w)
{
	bool here = *boot && t->begun && strcmp(t->begun->boot, boot) == 0;

	if (t->broken || t->state != TRANSACTION_APPLIED)
		return;
	if (applied_guarded(t) && *boot && t->begun && !here)
		w->booted = t->id;
	if (here && plan_wants_boot(&t->plan))
		w->later = t->id;
	if (applied_guarded(t) && w->guard < t->plan.guard_seconds)
		w->guard = t->plan.guard_seconds;
}

void waits_read(const char *root, struct waits *ret)
{
	struct arena a = { 0 };
	struct journal j = { 0 };
	struct host *h = NULL;

	*ret = (struct waits) { 0 };
	if (host_open_root(root, &h, NULL) == 0 && journal_read(h, &a, &j, NULL) == 0)
		for (size_t i = 0; i < j.n; i++)
			look(&j.v[i], journal_boot_id(h, &a), ret);
	host_free(h);
	arena_done(&a);
}
