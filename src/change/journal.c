// SPDX-License-Identifier: GPL-2.0-or-later
#include "change/journal.h"

const struct transaction *journal_find(const struct journal *j, unsigned id)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->v[i].id == id)
			return &j->v[i];
	return NULL;
}
