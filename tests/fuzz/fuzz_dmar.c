// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a DMAR table: every scope and name that is answered must be within what was given. */
#include <stdlib.h>

#include "fw/dmar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void unit_look(const struct dmar *d, const struct dmar_unit *u, struct span table)
{
	unsigned sum = 0;

	require(u->raw.n <= table.n - u->at && u->raw.p == table.p + u->at);
	require(u->first_scope + u->n_scopes <= d->n_scopes);
	for (size_t i = 0; i < u->name.n; i++)
		sum += u->name.p[i];
	for (unsigned i = 0; i < u->n_scopes; i++) {
		const struct dmar_scope *s = &d->scopes[u->first_scope + i];

		require(s->n_path <= DMAR_MAX_PATH);
		sum += dmar_scope_is(u, s, (struct pci_addr) { 0, 0, 2, 0 });
		sum += (unsigned)dmar_scope_type_str(s->type)[0];
	}
	require(sum != 1 || dmar_type_str(u->type) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span table = { data, size };
	struct report rep = { 0 };
	static struct dmar d;
	int r = dmar_read(table, &d, &rep);

	require(r == rep.code);
	if (r == 0)
		for (unsigned i = 0; i < d.n_units; i++)
			unit_look(&d, &d.units[i], table);
	return 0;
}
