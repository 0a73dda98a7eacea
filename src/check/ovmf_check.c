// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/ovmf_check.h"

#include <string.h>

#include "base/error.h"
#include "check/ovmf_rows.h"

void ovmf_case_make(const struct ovmf_wish *wish, const char *path, const struct ovmf *ovmf, const char *none,
		    const struct ovmf_seen *seen, const struct ovmf_faults *faults, const struct ovmf_stock *stock,
		    struct ovmf_case *ret)
{
	struct ovmf_case c = {
		.wish = wish, .path = path, .ovmf = ovmf, .none = none, .seen = seen, .faults = faults, .stock = stock
	};

	for (size_t i = 0; ovmf && i < ovmf->n_files; i++) {
		c.ours |= ovmf->files[i].whose == OVMF_IGDCTL || seen[i].ours;
		if (seen[i].ours)
			c.drivers[seen[i].mark.driver] = true;
	}
	c.recorded = ovmf && ovmf->record.p && ovmf_record_read(ovmf->record, &c.record);
	*ret = c;
}

size_t ovmf_checks_table(const struct check **ret, size_t max)
{
	size_t n = 0;

	for (const struct ovmf_row *r = ovmf_rows; r->check.id; r++, n++)
		if (n < max)
			ret[n] = &r->check;
	return n;
}

static const struct finding *found(const struct findings *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].check->id, id) == 0)
			return &all->v[i];
	return NULL;
}

static enum verdict not_run(struct evidence *ev, const char *why)
{
	evidence_add(ev, NULL, "%s", why);
	return VERDICT_NOT_RUN;
}

static enum verdict row_judge(const struct ovmf_case *c, const struct ovmf_row *r, struct findings *all,
			      struct evidence *ev)
{
	const struct finding *after = r->check.after ? found(all, r->check.after) : NULL;

	if (after && (after->verdict == VERDICT_FAIL || after->verdict == VERDICT_NOT_RUN)) {
		evidence_add(ev, NULL, "%s comes first", r->check.after);
		return VERDICT_NOT_RUN;
	}
	if ((r->ask & OVMF_ASK_OURS) && !c->ours)
		return not_run(ev, "nothing was put in by igdctl");
	if ((r->ask & OVMF_ASK_DEVICE) && !c->wish->device_known)
		return not_run(ev, "no device is named: --device does");
	if ((r->ask & OVMF_ASK_STOCK) && !c->stock->path)
		return evidence_unknown(ev, "the image of the package", c->stock->why);
	return r->test(c, ev);
}

int ovmf_verify(const struct ovmf_case *c, struct findings *ret)
{
	struct findings all = { .arena.limit = 8U << 20 };

	all.v = arena_alloc(&all.arena, (ovmf_checks_table(NULL, 0) + 1) * sizeof(*all.v));
	for (const struct ovmf_row *r = ovmf_rows; all.v && r->check.id; r++) {
		struct finding *x = &all.v[all.n++];

		*x = (struct finding) { .check = &r->check, .evidence = { .arena = &all.arena } };
		x->verdict = row_judge(c, r, &all, &x->evidence);
	}
	if (!all.v || all.arena.full || findings_close(&all) < 0) {
		findings_done(&all);
		return -IGD_ENOMEM;
	}
	*ret = all;
	return 0;
}
