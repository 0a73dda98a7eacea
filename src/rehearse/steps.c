// SPDX-License-Identifier: GPL-2.0-or-later
/* steps.c - the table of steps, and how one is judged. */
#include "rehearse/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rehearse/judge.h"

#define EVIDENCE (ARRAY_SIZE(((struct step *)NULL)->evidence) - 1)
#define TEXT_MAX 512

enum needs { ALWAYS, A_START, OVMF_ALONE, SEABIOS_ALONE };

struct row {
	const char *id, *says;
	enum verdict (*test)(struct judge *j);
	enum needs needs;
	const char *after; /* the step above without which this one makes no sense; NULL: none */
};

/* clang-format off */
static const struct row rows[] = {
	{ "rom.sound", "The ROM is whole, and made for this GPU and this firmware.", step_rom_sound, ALWAYS, NULL },
	{ "ovmf.sound", "The OVMF image is whole at every level.", step_ovmf_sound, ALWAYS, NULL },
	{ "vbt.sound", "The VBT is whole.", step_vbt_sound, ALWAYS, NULL },
	{ "qemu.started", "QEMU starts the VM.", step_qemu, A_START, NULL },
	{ "device.connected", "QEMU has the emulated GPU.", step_device, A_START, "qemu.started" },
	{ "firmware.alive", "The guest's firmware runs, and looks at its devices.", step_alive, A_START,
	  "device.connected" },
	{ "rom.dispatched", "The firmware runs what is in the ROM.", step_dispatched, OVMF_ALONE, "firmware.alive" },
	{ "drivers.ran", "igdctl's drivers start.", step_drivers, OVMF_ALONE, "firmware.alive" },
	{ "vbios.ran", "SeaBIOS runs the VBIOS.", step_vbios, SEABIOS_ALONE, "firmware.alive" },
	{ "opregion.address", "The OpRegion's address is written to ASLS.", step_opregion_address, A_START,
	  "firmware.alive" },
	{ "opregion.valid", "There is an OpRegion at that address.", step_opregion_valid, A_START,
	  "opregion.address" },
	{ "opregion.memory", "It lies in memory that the guest's system leaves alone.", step_opregion_memory, A_START,
	  "opregion.valid" },
	{ "vbt.readable", "The guest finds the VBT in it, byte for byte.", step_vbt_readable, A_START,
	  "opregion.valid" },
	{ "stolen.address", "The base of stolen memory is written to BDSM.", step_stolen_address, A_START,
	  "firmware.alive" },
	{ "stolen.once", "It is written once, or the same each time.", step_stolen_once, A_START, "stolen.address" },
	{ "stolen.aligned", "It is aligned to 1 MiB.", step_stolen_aligned, A_START, "stolen.address" },
	{ "stolen.inside-ram", "All of stolen memory lies inside the guest's memory.", step_stolen_inside, A_START,
	  "stolen.address" },
	{ "stolen.reserved", "All of it is reserved, so that the guest's system leaves it alone.",
	  step_stolen_reserved, A_START, "stolen.inside-ram" },
	{ "stolen.size", "It is as large as GGC says.", step_stolen_size, A_START, "stolen.address" },
	{ "policy.found", "There is a GOP policy, which a GOP driver asks for the VBT.", step_policy_found, OVMF_ALONE,
	  "firmware.alive" },
	{ "policy.vbt", "The policy hands out a VBT.", step_policy_vbt, OVMF_ALONE, "policy.found" },
	{ "gop.found", "The firmware has the GOP driver.", step_gop_found, OVMF_ALONE, "firmware.alive" },
	{ "gop.started", "The GOP driver takes the GPU.", step_gop_started, OVMF_ALONE, "gop.found" },
	{ "mode.set", "A mode is set: the display plane is on.", step_mode, A_START, "firmware.alive" },
	{ "picture", "There is a picture on the screen.", step_picture, A_START, "mode.set" },
	{ "boot.ready", "The firmware comes to the point where it starts a system.", step_ready, A_START,
	  "device.connected" },
};
/* clang-format on */

_Static_assert(ARRAY_SIZE(rows) <= STEPS_MAX, "a step each");

/* ---- words -------------------------------------------------------------------------------------------------- */

/* What is quoted may be a stranger's: no terminal acts on it, and it has an end. */
static _printf_(2, 0) const char *words(struct judge *j, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	text_clean(text);
	return arena_str(&j->out->arena, text);
}

static _printf_(2, 0) void evidence_put(struct judge *j, const char *fmt, va_list ap)
{
	for (size_t i = 0; i < EVIDENCE; i++)
		if (!j->step->evidence[i]) {
			j->step->evidence[i] = words(j, fmt, ap);
			return;
		}
}

void saw(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	evidence_put(j, fmt, ap);
	va_end(ap);
}

enum verdict fails(struct judge *j, const char *fix, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	j->step->why = words(j, fmt, ap);
	va_end(ap);
	j->step->fix = fix ? arena_str(&j->out->arena, fix) : NULL;
	return VERDICT_FAIL;
}

enum verdict untold(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	evidence_put(j, fmt, ap);
	va_end(ap);
	return VERDICT_UNKNOWN;
}

enum verdict moot(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	evidence_put(j, fmt, ap);
	va_end(ap);
	return VERDICT_NOT_RUN;
}

enum verdict unwitnessed(struct judge *j)
{
	return untold(j, "%s", j->seen.doubt ? j->seen.doubt : "the driver Witness does not tell");
}

const char *cut_short(const struct judge *j)
{
	switch (j->r->end) {
	case REHEARSAL_READY:
		return NULL;
	case REHEARSAL_OVER:
		return "its time was over";
	case REHEARSAL_ENDED:
		return "QEMU ended by itself";
	case REHEARSAL_CUT:
		return "the connection between QEMU and the emulated GPU was cut";
	case REHEARSAL_STOPPED:
		break;
	}
	return "it was stopped";
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

const struct step *steps_get(const struct steps *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].id, id) == 0)
			return &s->v[i];
	return NULL;
}

bool step_was(const struct judge *j, const char *id, enum verdict v)
{
	const struct step *s = steps_get(j->out, id);

	return s && s->verdict == v;
}

static enum verdict row_judge(struct judge *j, const struct row *row)
{
	if (row->needs != ALWAYS && !j->r)
		return moot(j, "nothing was started");
	if (row->needs == OVMF_ALONE && !with_ovmf(j))
		return moot(j, "SeaBIOS runs no UEFI drivers");
	if (row->needs == SEABIOS_ALONE && with_ovmf(j))
		return moot(j, "OVMF runs no VBIOS");
	if (row->after && (step_was(j, row->after, VERDICT_FAIL) || step_was(j, row->after, VERDICT_NOT_RUN)))
		return moot(j, "%s comes first", row->after);
	return row->test(j);
}

int steps_judge(const struct rehearsal_setup *setup, const struct rehearsal *r, const struct rehearsal_wish *wish,
		struct steps *ret)
{
	struct judge j = { .setup = setup, .r = r, .wish = wish, .out = ret };

	*ret = (struct steps) { .n = 0 };
	if (r)
		seen_collect(&j);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		j.step = &ret->v[i];
		j.step->id = rows[i].id;
		j.step->says = rows[i].says;
		j.step->verdict = row_judge(&j, &rows[i]);
		ret->n = i + 1;
		ret->n_fail += j.step->verdict == VERDICT_FAIL;
		ret->n_unknown += j.step->verdict == VERDICT_UNKNOWN;
	}
	return ret->arena.full ? -IGD_ENOMEM : 0;
}

void steps_done(struct steps *s)
{
	arena_done(&s->arena);
}
