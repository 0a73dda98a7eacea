// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a Proxmox definition: written again they are the same bytes, and as a VM they come to something. Then
 * edits: the first byte says how many, a byte each says which; what an edit says is what a second reading finds, and
 * no other line is lost.
 */
#include <stdlib.h>

#include "base/text.h"
#include "store/vm_pve.h"

#define EDITS_MAX   15
#define ARENA_LIMIT ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static const char *const keys[] = { "args", "balloon", "bios",	   "hostpci0", "hostpci1", "hostpci10",
				    "vga",  "machine", "zeroconf", "a",	       "name",	   "memory" };
static const char *const new_values[] = { NULL, "none", "pc-i440fx-9.2", "0000:00:02.0,legacy-igd=1",
					  "-set \"a b\"" };

static bool same(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static void vm_look_at(const struct pve_doc *d, struct arena *a)
{
	struct vm v;

	if (vm_pve_read(d, "100", a, &v) < 0)
		return;
	require(v.target == VM_PVE && v.cpu.vcpus > 0);
	for (size_t i = 1; i < v.n_holders; i++)
		require(v.holders[i - 1].dev < v.holders[i].dev ||
			(v.holders[i - 1].dev == v.holders[i].dev && v.holders[i - 1].fn <= v.holders[i].fn));
	for (size_t i = 0; i < v.n_faults; i++)
		require(v.faults[i].from && v.faults[i].text);
	for (size_t i = 0; i < v.n_pcis; i++)
		require(v.pcis[i].from != NULL);
}

/* Lines of all but @key. */
static size_t others(const struct pve_doc *d, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_items; i++)
		n += !(d->items[i].kind == PVE_KEY && d->items[i].part == PVE_MAIN && text_eq(d->items[i].key, key));
	return n;
}

/* False when the arena is full. */
static bool edit(struct pve_doc *d, struct arena *a, uint8_t which)
{
	const char *key = keys[which % ARRAY_SIZE(keys)];
	const char *value = new_values[which / ARRAY_SIZE(keys) % ARRAY_SIZE(new_values)];
	size_t n = others(d, key);
	const struct pve_item *it;
	struct pve_doc again;
	struct span text;

	if (!pve_doc_set(d, key, value))
		return false;
	it = pve_doc_get(d, key);
	require(value ? it && text_eq(it->value, value) : !it);
	require(others(d, key) == n);
	text = pve_doc_write(d, a);
	if (a->full || pve_doc_read(text, a, &again, NULL) < 0)
		return false; /* grown past what Proxmox keeps */
	it = pve_doc_get(&again, key);
	require(value ? it && text_eq(it->value, value) : !it);
	require(same(pve_doc_write(&again, a), text) || a->full);
	return !a->full;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = size ? data[0] % (EDITS_MAX + 1) : 0;
	struct span s = { data, size }, text;
	struct arena a = { .limit = ARENA_LIMIT };
	struct report rep = { 0 };
	struct pve_doc d;
	int r;

	if (!span_from(s, n + 1, &text))
		return 0;
	r = pve_doc_read(text, &a, &d, &rep);
	require(r == rep.code || a.full);
	if (r == 0) {
		require(same(pve_doc_write(&d, &a), text) || a.full);
		vm_look_at(&d, &a);
		for (size_t i = 0; i < n && edit(&d, &a, data[1 + i]); i++)
			;
		vm_look_at(&d, &a);
	}
	arena_done(&a);
	return 0;
}
