// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steps_memory.c - OpRegion, VBT and stolen memory: where they are, what is there, and whether the guest's system
 * will leave it alone.
 *
 * Where the registers point the device saw itself, and what is there was read from the guest's memory. What kind of
 * memory that is only the guest's firmware knows; it is asked by the driver Witness, SeaBIOS tells by itself.
 */
#include <string.h>

#include "base/text.h"
#include "fw/opregion.h"
#include "rehearse/judge.h"

#define MIB	      (UINT64_C(1) << 20)
#define BDSM_LOCK     UINT64_C(1)
#define BDSM_ADDRESS  (~(MIB - 1))
#define OPREGION_SIZE UINT64_C(8192) /* Intel IGD OpRegion Specification, 1.3 */

#define BUILD_ROM                                                                                       \
	"igdctl rom build makes a ROM with IgdAssignment, which does it; igdctl ovmf inject puts that " \
	"driver into OVMF."

/* ---- OpRegion ----------------------------------------------------------------------------------------------- */

/* Why nobody wrote the register, as far as the driver or SeaBIOS says. */
static enum verdict unwritten(struct judge *j, const char *what, const char *none)
{
	bool ours = j->seen.n_started[OURS_ASSIGNMENT] > 0;
	const char *lost = seen_driver(j, OURS_ASSIGNMENT, what), *why = seen_driver(j, OURS_ASSIGNMENT, none);
	const char *refused = seen_driver(j, OURS_ASSIGNMENT, "refused: ");

	if (cut_short(j))
		saw(j, "%s after %.1f s", cut_short(j), j->r->took);
	if (j->r->end == REHEARSAL_STOPPED)
		return VERDICT_UNKNOWN;
	if (lost || why || refused)
		return fails(j, NULL, "IgdAssignment: %s", lost ? lost : why ? why : refused);
	if (ours)
		return fails(j, NULL, "IgdAssignment started, and did not do it");
	return fails(j, with_ovmf(j) ? BUILD_ROM : NULL, "nobody did: %s",
		     with_ovmf(j) ? "OVMF by itself leaves it alone" : "SeaBIOS says nothing of it");
}

enum verdict step_opregion_address(struct judge *j)
{
	const struct seen *s = &j->seen;

	if (j->setup->opregion.n == 0)
		return moot(j, "the guest was offered none");
	if (j->r->asls == 0)
		return unwritten(j, "ASLS write lost", "no OpRegion: ");
	saw(j, "ASLS is 0x%x%s", j->r->asls, s->asls ? "" : ", and nobody was seen to write it");
	if (s->asls)
		saw(j, "written at %.1f s", s->asls->at);
	if (s->asls && s->asls_other)
		saw(j, "twice: 0x%llx, then 0x%llx at %.1f s", (unsigned long long)s->asls->event.value,
		    (unsigned long long)s->asls_other->event.value, s->asls_other->at);
	return VERDICT_PASS;
}

enum verdict step_opregion_valid(struct judge *j)
{
	struct report rep = { 0 };
	struct opregion o;

	if (j->r->opregion.n == 0)
		return fails(j, NULL, "ASLS leads to 0x%x, where the guest has no memory", j->r->asls);
	if (opregion_read(j->r->opregion, &o, &rep) < 0) {
		if (j->seen.asls && j->seen.asls->in_ram)
			saw(j, "when ASLS was written it began with \"%s\"", j->seen.asls->signature);
		return fails(j, NULL, "what is at 0x%x is none: %s", j->r->asls, rep.refusal.text);
	}
	saw(j, "version %u.%u, %u bytes", o.version >> 8, o.version & 0xffU, o.size);
	return VERDICT_PASS;
}

static enum verdict opregion_e820(struct judge *j)
{
	bool listed;
	const char *other = seen_e820(j, j->r->asls, OPREGION_SIZE, &listed);

	if (!listed)
		return untold(j, "SeaBIOS did not list the guest's memory");
	if (other)
		return fails(j, NULL, "0x%x is %s", j->r->asls, other);
	saw(j, "reserved by SeaBIOS's list of memory");
	return VERDICT_PASS;
}

enum verdict step_opregion_memory(struct judge *j)
{
	struct span line, memory;

	if (!with_ovmf(j))
		return opregion_e820(j);
	if (!seen_line(j, "opregion " SAID_IGD, &line) || !said_field(line, "memory", &memory))
		return unwitnessed(j);
	saw(j, "memory of type %.*s", (int)memory.n, (const char *)memory.p);
	if (said_is(line, "owned", "yes") && (said_is(line, "memory", "nvs") || said_is(line, "memory", "reserved")))
		return VERDICT_PASS;
	return fails(j, "It belongs into ACPI NVS memory; " BUILD_ROM,
		     "the guest's memory map calls it %.*s, so the guest's system will use it for something else",
		     (int)memory.n, (const char *)memory.p);
}

/* ---- VBT ---------------------------------------------------------------------------------------------------- */

/* What Witness could not read, in the place where the table is. */
static bool vbt_unread(struct judge *j, struct span *ret_why)
{
	struct span line;
	bool bad = false;

	for (size_t at = 0; seen_next(j, "vbt " SAID_IGD, &at, &line);) {
		if (said_field(line, "bytes", ret_why))
			return false;
		bad = said_field(line, "why", ret_why) || bad;
	}
	return bad;
}

/* One that is no VBT to any reader, where it was put. */
static bool vbt_raw(const struct judge *j)
{
	struct span there;

	return (span_cut(j->r->opregion, OPREGION_VBT_AT, j->wish->vbt.n, &there) &&
		span_same(there, j->wish->vbt)) ||
	       (span_cut(j->r->opregion, OPREGION_SIZE, j->wish->vbt.n, &there) && span_same(there, j->wish->vbt));
}

enum verdict step_vbt_readable(struct judge *j)
{
	struct span head, why, given = j->wish->vbt;

	if (given.n == 0)
		return moot(j, "no VBT was given");
	if (j->r->vbt.n == 0 && !vbt_raw(j))
		return fails(j, NULL, "neither mailbox 4 nor RVDA leads to a VBT");
	if (j->r->vbt.n && (!span_cut(j->r->vbt, 0, given.n, &head) || !span_same(head, given))) {
		saw(j, "%zu bytes were given, %zu are there", given.n, j->r->vbt.n);
		return fails(j, NULL, "what is there is not the table that was given");
	}
	saw(j, "%zu bytes", given.n);
	if (j->r->vbt.n > given.n)
		saw(j, "by its header it has %zu: what follows is not the VBT's", j->r->vbt.n);
	if (vbt_unread(j, &why))
		return fails(j,
			     step_was(j, "vbt.sound", VERDICT_FAIL) ? "vbt.sound says what is wrong with it." : NULL,
			     "it is there as it was given, and a driver cannot use it: %.*s", (int)why.n,
			     (const char *)why.p);
	return VERDICT_PASS;
}

/* ---- stolen memory ------------------------------------------------------------------------------------------ */

static uint64_t base_of(const struct judge *j)
{
	return j->r->bdsm & BDSM_ADDRESS;
}

/* Where it was seen to be written; NULL. */
static const struct heard_line *writer(const struct judge *j)
{
	const struct heard_line *const lines[] = { j->seen.bdsm, j->seen.bdsm_other, j->seen.bdsm_last };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (lines[i] && (lines[i]->event.value & BDSM_ADDRESS) == base_of(j))
			return lines[i];
	return NULL;
}

enum verdict step_stolen_address(struct judge *j)
{
	if (j->setup->igd.bdsm == EMU_BDSM_NONE)
		return moot(j, "this generation brings its stolen memory itself");
	if (!j->wish->stolen_wanted)
		return moot(j, "GGC asks for none");
	if (!with_ovmf(j) && j->setup->igd.bdsm == EMU_BDSM_64 && !base_of(j))
		return fails(j, "Take OVMF with igdctl's drivers for this generation.",
			     "SeaBIOS writes it to 5Ch, where this generation has no such register");
	if ((j->r->bdsm & ~BDSM_LOCK) == 0)
		return unwritten(j, "BDSM write lost", "no stolen memory: ");
	saw(j, "BDSM is 0x%llx", (unsigned long long)j->r->bdsm);
	if (j->seen.bdsm)
		saw(j, "written at %.1f s", j->seen.bdsm->at);
	return VERDICT_PASS;
}

enum verdict step_stolen_once(struct judge *j)
{
	const struct seen *s = &j->seen;

	if (!s->bdsm)
		return untold(j, "it was not seen how it was written");
	if (!s->bdsm_other)
		return VERDICT_PASS;
	saw(j, "0x%llx at %.1f s", (unsigned long long)s->bdsm->event.value, s->bdsm->at);
	saw(j, "0x%llx at %.1f s", (unsigned long long)s->bdsm_other->event.value, s->bdsm_other->at);
	return fails(j,
		     "Leave one of them out: igdctl rom info FILE and igdctl ovmf list FILE show what is in the ROM "
		     "and in OVMF.",
		     "two drivers gave the GPU stolen memory, at 0x%llx and at 0x%llx; one that started with the "
		     "first goes on using it",
		     (unsigned long long)s->bdsm->event.value, (unsigned long long)s->bdsm_other->event.value);
}

enum verdict step_stolen_aligned(struct judge *j)
{
	if (((j->r->bdsm & ~BDSM_LOCK) & (MIB - 1)) == 0)
		return VERDICT_PASS;
	return fails(j, NULL, "0x%llx: the register keeps whole MiB alone, so the GPU takes what is at 0x%llx",
		     (unsigned long long)j->r->bdsm, (unsigned long long)base_of(j));
}

/* QEMU hw/i386/pc_piix.c and pc_q35.c: below 4 GiB there is never more than the guest has in all, nor more than
 * 3.5 GiB. */
enum verdict step_stolen_inside(struct judge *j)
{
	uint64_t end = base_of(j) + j->wish->stolen, most = MIB * j->setup->memory_mib;
	const struct heard_line *w = writer(j);
	struct span line;

	if (w && !w->in_ram)
		return fails(j, NULL, "the guest has no memory at 0x%llx", (unsigned long long)base_of(j));
	if (end < base_of(j) || (base_of(j) < UINT64_C(1) << 32 && end > most))
		return fails(j, NULL, "it would end at 0x%llx, and the guest has %u MiB", (unsigned long long)end,
			     j->setup->memory_mib);
	if (seen_line(j, "stolen " SAID_IGD, &line) && said_is(line, "ram", "no"))
		return fails(j, NULL, "the guest's memory map has something else than RAM in 0x%llx to 0x%llx",
			     (unsigned long long)base_of(j), (unsigned long long)end);
	return w ? VERDICT_PASS : untold(j, "it was not seen how it was written");
}

static enum verdict stolen_e820(struct judge *j)
{
	bool listed;
	unsigned long long begin = base_of(j), end = begin + j->wish->stolen;
	const char *other = seen_e820(j, base_of(j), j->wish->stolen, &listed);

	if (!listed)
		return untold(j, "SeaBIOS did not list the guest's memory");
	if (!other)
		return VERDICT_PASS;
	return fails(j, NULL, "in 0x%llx to 0x%llx there is %s", begin, end, other);
}

/* The parts of it by the guest's memory map. */
static void saw_ranges(struct judge *j)
{
	uint64_t begin, n;
	struct span line, memory;

	for (size_t at = 0; seen_next(j, "stolen-range " SAID_IGD, &at, &line);)
		if (said_field(line, "memory", &memory) && said_range(line, "at", &begin, &n))
			saw(j, "%.*s: %llu KiB from 0x%llx", (int)memory.n, (const char *)memory.p,
			    (unsigned long long)(n >> 10), (unsigned long long)begin);
}

enum verdict step_stolen_reserved(struct judge *j)
{
	struct span line, memory;

	if (!with_ovmf(j))
		return stolen_e820(j);
	if (!seen_line(j, "stolen " SAID_IGD, &line) || !said_field(line, "memory", &memory))
		return unwitnessed(j);
	saw_ranges(j);
	if (said_is(line, "owned", "yes") && said_is(line, "memory", "reserved"))
		return VERDICT_PASS;
	return fails(j, BUILD_ROM, "the guest's memory map calls it %.*s: its system will use what the GPU writes to",
		     (int)memory.n, (const char *)memory.p);
}

/* What whoever reserved it says of its size, in MiB; 0: nothing. */
static uint64_t size_said(const struct judge *j)
{
	const char *line = with_ovmf(j) ? seen_driver(j, OURS_ASSIGNMENT, "stolen memory of ")
					: seen_guest(j, "Intel IGD BDSM enabled at ");
	struct span s = span_str(line ? line : ""), head;
	uint64_t mib;

	if (!text_until(&s, with_ovmf(j) ? "stolen memory of " : "size ", &head) || !text_digits(&s, 10, &mib))
		return 0;
	return mib;
}

enum verdict step_stolen_size(struct judge *j)
{
	uint64_t said = size_said(j), wanted = j->wish->stolen;

	if (said && said * MIB != wanted)
		return fails(j, NULL, "%llu MiB were reserved, and GGC says %llu MiB", (unsigned long long)said,
			     (unsigned long long)(wanted / MIB));
	if (!said && !step_was(j, "stolen.reserved", VERDICT_PASS))
		return untold(j, "nobody tells how much was reserved");
	saw(j, "%llu MiB", (unsigned long long)(wanted / MIB));
	return VERDICT_PASS;
}
