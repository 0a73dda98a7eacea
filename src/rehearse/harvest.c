// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * harvest.c - see the header. The guest may still run, and may change its memory while we look: what is judged are
 * copies, each byte read once.
 */
#include "rehearse/harvest.h"

#include <stdlib.h>
#include <string.h>

#include "fw/opregion.h"

#define PAGE	     4096
#define HARVESTS_MAX 16
#define VBT_MOST     65536 /* its header counts 16 bits */

/* The guest's memory at @at, @n bytes or as far as it is there; in @a. */
static struct span copied(const struct emu_memory *m, uint64_t at, size_t n, struct arena *a)
{
	uint8_t *p = arena_alloc(a, n);
	size_t got = 0;

	while (p && got < n && at + got >= at) {
		size_t part = PAGE - (size_t)((at + got) % PAGE);
		const uint8_t *from;

		if (part > n - got)
			part = n - got;
		from = emu_memory_at(m, at + got, part);
		if (!from)
			break;
		memcpy(p + got, from, part);
		got += part;
	}
	return (struct span) { p, got };
}

static void opregion_harvest(struct rehearsal *r, const struct emu_memory *m)
{
	struct opregion o;
	struct vbt_info v;
	struct span far;

	r->opregion = r->vbt = (struct span) { NULL, 0 };
	if (r->asls == 0)
		return;
	r->opregion = copied(m, r->asls, OPREGION_MOST, &r->arena);
	if (opregion_read(r->opregion, &o, NULL) < 0)
		return;
	if (o.where == OPREGION_VBT_MAILBOX || o.where == OPREGION_VBT_RVDA)
		r->vbt = o.vbt.bytes;
	if (o.where != OPREGION_VBT_UNREAD || o.version < 0x0201 || o.rvda > UINT32_MAX)
		return;
	far = copied(m, r->asls + o.rvda, o.rvds < VBT_MOST ? o.rvds : VBT_MOST, &r->arena);
	if (vbt_read(far, &v, NULL) == 0)
		r->vbt = v.bytes;
}

void harvest(struct watch *w)
{
	const struct emu_device *d = emu_igd_device(w->igd);
	struct rehearsal *r = w->r;

	if (!emu_server_has_client(w->server, d) || w->n_harvests++ >= HARVESTS_MAX)
		return;
	r->bdsm = emu_igd_bdsm(w->igd);
	r->asls = emu_igd_asls(w->igd);
	free(r->picture.rgb);
	r->picture = (struct emu_picture) { .width = 0 };
	r->picture_is = emu_igd_picture(w->igd, &r->picture);
	opregion_harvest(r, &d->memory);
}
