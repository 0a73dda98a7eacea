// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * effect.c - what a plan does to this machine, by its operations. Notes are words about them: those of a plan in a
 * file are of the machine, and the day, that it was made on.
 */
#include <string.h>

#include "base/text.h"
#include "check/rows.h"
#include "plan/plan.h"

/* What @op writes or runs, as text. */
static struct span text_of(const struct operation *op, struct arena *a)
{
	const char *line = "";

	for (size_t i = 0; op->kind == OP_RUN && op->argv && op->argv[i]; i++)
		line = arena_printf(a, "%s %s", line, op->argv[i]);
	return op->kind == OP_WRITE ? op->after : span_str(line);
}

/* The next id that vfio-pci is told, as vendor << 16 | device: "ids=8086:3e92,8086:a348". */
static bool id_next(struct span *rest, uint64_t *ret)
{
	uint64_t vendor, device;
	struct span before;

	while (text_skip(rest, ",") || text_until(rest, "ids=", &before)) {
		if (!text_digits(rest, 16, &vendor) || !text_skip(rest, ":") || !text_digits(rest, 16, &device))
			continue;
		*ret = vendor << 16 | device;
		return true;
	}
	return false;
}

static bool names_id(struct span text, uint64_t id)
{
	uint64_t other;

	while (id_next(&text, &other))
		if (other == id)
			return true;
	return false;
}

/* Is vfio-pci told to take it already, by a file or by the running kernel's options? */
static bool is_told(const struct facts *f, uint64_t id, struct arena *a)
{
	for (const struct conf *c = NULL; (c = row_module_option(f, "vfio_pci", "ids", c));)
		if (c->value && names_id(span_str(arena_printf(a, "ids=%s", c->value)), id))
			return true;
	return false;
}

bool plan_takes_gpu(const struct facts *f, const struct plan *p)
{
	const struct pci_fn *gpu = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL;
	char addr[PCI_ADDR_STR];

	if (!gpu)
		return false;
	pci_addr_str(gpu->addr, addr);
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct operation *op = &p->ops[i];

		if ((op->kind == OP_BIND && strcmp(op->target, addr) == 0 && *op->driver_after) ||
		    (gpu->id.known && names_id(text_of(op, p->arena), gpu->id.v)))
			return true;
	}
	return gpu->id.known && MODE_BIT(p->mode) & MODES_WHOLE && plan_wants_boot(p) &&
	       is_told(f, gpu->id.v, p->arena);
}

/* ---- is it for this machine? --------------------------------------------------------------------------------- */

static bool is_here(const struct facts *f, uint64_t id)
{
	for (size_t i = 0; i < f->n_pci; i++)
		if (!f->pci[i].id.known || f->pci[i].id.v == id)
			return true;
	return f->pci_whole.v != TRI_YES;
}

/* The first id that @p adds of which this machine has no device; @ret_any: it adds one at all. */
static bool strange_id(const struct facts *f, const struct plan *p, uint64_t *ret, bool *ret_any)
{
	*ret_any = false;
	for (size_t i = 0; i < p->n_ops; i++) {
		struct span rest = text_of(&p->ops[i], p->arena);

		while (id_next(&rest, ret)) {
			if (names_id(p->ops[i].before, *ret) || is_told(f, *ret, p->arena))
				continue;
			*ret_any = true;
			if (!is_here(f, *ret))
				return true;
		}
	}
	return false;
}

/* The first function that @p promises to vfio-pci and this machine does not have; @ret_any as above. */
static const char *strange_function(const struct facts *f, const struct plan *p, bool *ret_any)
{
	for (size_t i = 0; i < p->n_promises; i++) {
		const struct promise *q = &p->promises[i];
		struct pci_addr at;

		if (q->kind != PROMISE_DRIVER || q->absent || !*q->what)
			continue;
		*ret_any = true;
		if (f->pci_whole.v == TRI_YES && (!pci_addr_parse(q->where, &at) || !facts_find_pci(f, at)))
			return q->where;
	}
	return NULL;
}

const char *plan_misfit(const struct facts *f, const struct plan *p)
{
	bool any, promised = false;
	const char *where;
	uint64_t id;

	if (strange_id(f, p, &id, &any))
		return arena_printf(p->arena, "it gives %04x:%04x to vfio-pci, and this machine has no such device",
				    (unsigned)(id >> 16), (unsigned)(id & 0xffff));
	where = strange_function(f, p, &promised);
	if (where)
		return arena_printf(p->arena, "it gives %s to vfio-pci, and this machine has no such device", where);
	if ((any || promised) && f->iommu_on.v == TRI_NO)
		return "it gives devices to vfio-pci, and this machine's IOMMU is off, so nobody knows what leaves "
		       "with them";
	return NULL;
}
