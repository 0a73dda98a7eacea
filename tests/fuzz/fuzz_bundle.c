// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as pasted command output: read, closed and judged. A snapshot that was read can always be closed. */
#include <stdlib.h>

#include "check/check.h"
#include "facts/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

/* What the model promises of a closed snapshot, as far as input could break it. */
static void look(const struct facts *f)
{
	for (size_t i = 0; i < f->n_pci; i++) {
		require(f->pci[i].parent >= -1 && f->pci[i].parent < (int)f->n_pci && f->pci[i].parent != (int)i);
		require(facts_pci_index(f, f->pci[i].addr) == (int)i);
	}
	for (size_t i = 0; i < f->n_groups; i++)
		for (size_t k = 0; k < f->groups[i].n_members; k++)
			require(f->groups[i].members[k] >= 0 && f->groups[i].members[k] < (int)f->n_pci);
	require(f->igd.pci >= -1 && f->igd.pci < (int)f->n_pci);
}

static void judge(const struct facts *f)
{
	struct findings v;

	require(checks_run(f, &v) == 0);
	require(v.n_fail + v.n_unknown <= v.n);
	findings_done(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts *f = facts_new("text", SOURCE_BUNDLE);
	struct report rep = { 0 };
	int r;

	require(f != NULL);
	r = facts_bundle_text(f, "text", (struct span) { data, size }, &rep);
	require(r <= 0);
	if (r == 0) {
		require(facts_finish(f, &rep) == 0);
		look(f);
		judge(f);
	}
	facts_free(f);
	return 0;
}
