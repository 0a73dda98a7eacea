/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci_table.h - a machine's PCI functions as rows of a table, made into a snapshot. After cmocka.h. */
#pragma once

#include <string.h>

#include "base/addr.h"
#include "base/macros.h"
#include "facts/read.h"

#define ANY	 -1 /* a column whose fact stays unknown */
#define NO_GROUP -2 /* known: the kernel gave it none */

struct pci_row {
	const char *addr;
	int64_t id; /* vendor << 16 | device */
	int class;
	int type;      /* enum pcie_type */
	int mf;	       /* header type bit 7 */
	int acs;       /* ANY, 0: no capability, else its capability bits; control the same */
	int acs_ctl;   /* control bits where they differ: ~bits */
	int secondary; /* bus behind, 0: none */
	int64_t group;
};

static const char table_from[] = "table";

static inline void row_add(struct facts *f, const struct pci_row *r)
{
	struct pci_addr a;
	struct pci_fn *p;

	assert_true(pci_addr_parse(r->addr, &a));
	p = facts_pci(f, a, table_from);
	assert_non_null(p);
	if (r->id != ANY)
		fact_num_set(&p->id, (uint64_t)r->id, table_from);
	if (r->class != ANY)
		fact_num_set(&p->class, (uint64_t)r->class, table_from);
	if (r->type != ANY)
		fact_num_set(&p->pcie_type, (uint64_t)r->type, table_from);
	if (r->mf != ANY)
		fact_tri_set(&p->multifunction, r->mf, table_from);
	if (r->acs != ANY) {
		fact_tri_set(&p->acs, r->acs != 0, table_from);
		if (r->acs)
			fact_num_set(&p->acs_cap, (uint64_t)r->acs, table_from);
		if (r->acs)
			fact_num_set(&p->acs_ctl, (uint64_t)(r->acs & ~r->acs_ctl), table_from);
	}
	if (r->type != ANY) /* whoever read the type read the header */
		fact_num_set(&p->header_type, r->secondary > 0, table_from);
	if (r->secondary > 0)
		fact_num_set(&p->secondary, (uint64_t)r->secondary, table_from);
	if (r->group != ANY)
		assert_int_equal(
			facts_group_add(f, p, r->group == NO_GROUP ? GROUP_NONE : (uint64_t)r->group, table_from), 0);
}

/* A closed snapshot of @n rows, the list being whole; free with facts_free(). */
static inline struct facts *table_facts(const struct pci_row *rows, size_t n)
{
	struct facts *f = facts_new("table", SOURCE_ROOT);

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		row_add(f, &rows[i]);
	fact_tri_set(&f->pci_whole, true, table_from);
	assert_int_equal(facts_finish(f, NULL), 0);
	return f;
}

static inline const struct pci_fn *table_fn(const struct facts *f, const char *addr)
{
	const struct pci_fn *p;
	struct pci_addr a;

	assert_true(pci_addr_parse(addr, &a));
	p = facts_find_pci(f, a);
	assert_non_null(p);
	return p;
}
