// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/choose.h"

#include <string.h>

#include "plan/plan.h"

/* Best first. A guest that is installed stays with its firmware. */
static const enum mode order_uefi[] = { MODE_UEFI, MODE_AMD_APU, MODE_LEGACY, MODE_UPT, MODE_SRIOV, MODE_GVTG };
static const enum mode order_bios[] = { MODE_LEGACY, MODE_UPT, MODE_SRIOV, MODE_GVTG, MODE_AMD_APU, MODE_UEFI };

static const char *const goods[MODE_COUNT] = {
	[MODE_UEFI] = "a picture from the firmware on, on every port, with the guest's UEFI",
	[MODE_LEGACY] = "a picture from the BIOS on, by the chip's own VBIOS",
	[MODE_UPT] = ("the whole GPU as second adapter: needs no ROM, shows nothing on the ports before the driver, "
		      "perhaps nothing at all"),
	[MODE_SRIOV] = "a share of the GPU without a display; the host keeps its screen",
	[MODE_GVTG] = "a share of the GPU without a display; the host keeps its screen",
	[MODE_AMD_APU] = "a picture from the firmware on, with the video BIOS of this host",
};

static bool firmware_stays(const struct choose_wish *w)
{
	return w->vm && !w->vm->vm->fragment;
}

static const char *list_of(const struct mode_verdict *m, struct arena *a, const char **unlock)
{
	const char *list = "";

	*unlock = NULL;
	for (size_t i = 0; i < m->n_by && i < 3; i++) {
		const struct check *c = m->by[i]->check;

		list = arena_printf(a, "%s%s%s [%s]", list, *list ? " " : "", c->says, c->id);
		if (!*unlock)
			*unlock = c->fix;
	}
	return list;
}

/* What nobody could look at; its sentences would read as if it were so. */
static const char *open_of(const struct mode_verdict *m, struct arena *a)
{
	const char *list = "not known here:";

	for (size_t i = 0; i < m->n_by; i++)
		list = arena_printf(a, "%s%s %s", list, i ? "," : "", m->by[i]->check->id);
	return list;
}

/* Is all that stands against the mode what a plan's operations do away with? */
static bool mended(const struct mode_verdict *m)
{
	for (size_t i = 0; i < m->n_by; i++)
		if (!plan_mends(m->by[i]->check->id))
			return false;
	return true;
}

static void way_judge(const struct facts *f, const struct findings *found, const struct choose_wish *w,
		      struct arena *a, struct choice_way *way)
{
	const struct mode_verdict *m = &found->modes[way->mode];
	struct setup_case sc = {
		.mode = way->mode,
		.id = f->igd.id,
		.qemu = w->qemu,
		.machine = w->vm ? w->vm->vm->machine.kind : VM_MACHINE_Q35,
		.stolen = f->igd.stolen.known ? f->igd.stolen.v : 0,
	};
	const char *why;

	if (f->igd.pci >= 0 && f->pci[f->igd.pci].class.known)
		sc.secondary = f->pci[f->igd.pci].class.v == PCI_CLASS_DISPLAY_OTHER;
	if (m->answer == MODE_BLOCKED && !mended(m)) {
		way->answer = CHOICE_BLOCKED;
		way->why = list_of(m, a, &way->unlock);
	} else if (setup_make(&sc, &way->setup, &why) != 0) {
		way->answer = CHOICE_BLOCKED;
		way->why = why;
	} else if (m->answer == MODE_UNKNOWN) {
		way->answer = CHOICE_UNKNOWN;
		way->why = open_of(m, a);
	} else if (m->answer == MODE_BLOCKED) {
		way->answer = CHOICE_WORKS;
		way->why = arena_printf(a, "works once the host is changed: %s", list_of(m, a, &way->unlock));
	} else {
		way->answer = CHOICE_WORKS;
		way->why = way->setup.note ? way->setup.note : m->note;
	}
}

/* ---- when it is wrong --------------------------------------------------------------------------------------- */

static void instead(struct choice *c, const char *text)
{
	if (c->n_instead < ARRAY_SIZE(c->instead))
		c->instead[c->n_instead++] = text;
}

static void instead_make(const struct facts *f, struct arena *a, struct choice *c)
{
	const char *dri = NULL;

	for (size_t i = 0; i < f->n_guests; i++) {
		const struct guest *g = &f->guests[i];

		if (g->uses_dri && !dri)
			dri = g->id;
		if (g->mdev)
			instead(c, arena_printf(a,
						"Guest %s uses a share of the GPU (GVT-g), which ends when all of it "
						"is given away: give another share.",
						g->id));
	}
	if (dri)
		instead(c,
			arena_printf(a,
				     "Container %s uses /dev/dri and loses it: where the guests only transcode or "
				     "compute, share the GPU (containers with /dev/dri/renderD128, SR-IOV) instead.",
				     dri));
	if (f->igd.pci >= 0 && f->pci[f->igd.pci].sriov_num.known && f->pci[f->igd.pci].sriov_num.v)
		instead(c, "Virtual functions of the GPU are on: pass one of those instead of all of it.");
	for (size_t i = 0; i < f->n_connectors; i++)
		if (f->connectors[i].connected.v == TRI_YES &&
		    (strstr(f->connectors[i].name, "eDP") || strstr(f->connectors[i].name, "LVDS") ||
		     strstr(f->connectors[i].name, "DSI"))) {
			instead(c, "This host has a built-in panel, a laptop's: with its GPU gone nobody can work at "
				   "it.");
			break;
		}
}

/* What is left where no mode works. */
static void otherwise_make(struct choice *c)
{
	instead(c, "Containers can share the GPU while the host keeps it (/dev/dri/renderD128): enough to transcode "
		   "and compute, on Linux.");
	instead(c, "A Linux guest gets accelerated graphics without any GPU of its own from virtio-gpu (VirGL).");
	instead(c, "A Windows guest with a screen is best served by a graphics card, while the host keeps the "
		   "integrated GPU.");
}

/* ---- the choice --------------------------------------------------------------------------------------------- */

static const struct choice_way *first_of(const struct choice *c, enum choice_answer answer,
					 const struct choice_way *but)
{
	for (size_t i = 0; i < c->n_ways; i++)
		if (c->ways[i].answer == answer && &c->ways[i] != but)
			return &c->ways[i];
	return NULL;
}

static bool keeps_firmware(const struct choose_wish *w, const struct choice_way *way)
{
	return !firmware_stays(w) || way->setup.any_firmware || way->setup.firmware == w->vm->vm->firmware.kind;
}

static const struct choice_way *best_of(const struct choice *c, const struct choose_wish *w,
					const struct choice_way *but)
{
	static const enum choice_answer answers[] = { CHOICE_WORKS, CHOICE_UNKNOWN };

	for (size_t k = 0; k < ARRAY_SIZE(answers); k++)
		for (size_t i = 0; i < c->n_ways; i++)
			if (c->ways[i].answer == answers[k] && &c->ways[i] != but && keeps_firmware(w, &c->ways[i]))
				return &c->ways[i];
	for (size_t k = 0; k < ARRAY_SIZE(answers); k++)
		if (first_of(c, answers[k], but))
			return first_of(c, answers[k], but);
	return NULL;
}

static const struct choice_way *asked_of(const struct choice *c, enum mode m)
{
	for (size_t i = 0; i < c->n_ways; i++)
		if (c->ways[i].mode == m && c->ways[i].answer != CHOICE_BLOCKED)
			return &c->ways[i];
	return NULL;
}

void choose(const struct facts *f, const struct findings *found, const struct choose_wish *w, struct arena *a,
	    struct choice *ret)
{
	bool bios = firmware_stays(w) && w->vm->vm->firmware.kind == VM_SEABIOS;
	const enum mode *order = bios ? order_bios : order_uefi;

	*ret = (struct choice) { 0 };
	for (size_t i = 0; i < MODE_COUNT; i++) {
		bool amd = f->igd.id && f->igd.id->kind == GPU_AMD_APU;

		if (!(w->asked && w->mode == order[i]) && amd != (order[i] == MODE_AMD_APU))
			continue; /* the other maker's */
		ret->ways[ret->n_ways].mode = order[i];
		way_judge(f, found, w, a, &ret->ways[ret->n_ways++]);
	}
	if (w->asked)
		ret->taken = asked_of(ret, w->mode);
	else if (w->vm && w->vm->gpu) /* what it is already, where that can work */
		ret->taken = asked_of(ret, w->vm->mode);
	if (!ret->taken && !w->asked &&
	    !(w->vm && w->vm->gpu && !f->igd.id)) /* an unknown chip is no reason to change */
		ret->taken = best_of(ret, w, NULL);
	ret->second = best_of(ret, w, ret->taken);
	if (ret->taken)
		ret->why = w->asked ? "as asked"
			   : w->vm && w->vm->gpu && w->vm->mode == ret->taken->mode
				   ? arena_printf(a, "what this VM is already: %s", goods[ret->taken->mode])
				   : goods[ret->taken->mode];
	if (!ret->taken)
		otherwise_make(ret);
	else if (MODES_WHOLE & MODE_BIT(ret->taken->mode))
		instead_make(f, a, ret);
}
