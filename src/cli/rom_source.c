// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/rom_source.h"

#include <string.h>

#include "base/error.h"
#include "cli/input.h"
#include "fw/igd_driver.h"
#include "fw/igd_id.h"
#include "fw/oprom.h"

#define FILE_MAX    ((size_t)64 << 20)
#define DRIVERS_MAX ((size_t)16 << 20) /* decoded, of all images of a ROM; a GOP driver has 160 KiB */

static int file_read(const char *file, struct arena *a, struct span *ret, struct report *rep)
{
	int r;

	report_subject(rep, "%s", file);
	r = input_bytes(file, FILE_MAX, a, ret, rep);
	if (r == 0 && ret->n == 0)
		return report_refuse(rep, IGD_ETRUNC, REPORT_NOWHERE, "is empty");
	return r;
}

/* ---- a driver ----------------------------------------------------------------------------------------------- */

/* Will firmware for X64 start the PE from an option ROM? All of it, and nothing behind it, in @ret. */
static int pe_take(struct span s, struct span *ret, struct report *rep)
{
	struct pe pe;
	int r = pe_read(s, &pe, rep);

	if (r < 0)
		return r;
	if (pe.te)
		return report_refuse(rep, IGD_EMAGIC, 0,
				     "a TE image, which no loader of drivers takes; the board's firmware may have "
				     "the driver as a PE too: igdctl fw extract --gop");
	if (pe.machine != PE_X64)
		return report_refuse(
			rep, IGD_EMAGIC, REPORT_NOWHERE,
			"made for %s, and a VM's firmware is X64; firmware of some boards has one for each",
			pe_machine_str(pe.machine));
	if (pe.partial)
		return report_refuse(
			rep, IGD_ETRUNC, s.n,
			"it was cut short: its sections reach past its end; take it out of the firmware again");
	if (pe.subsystem != 11 && pe.subsystem != 12)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "%s (subsystem %u), which no firmware starts by itself; drivers have 11 or 12",
				     pe.subsystem == 10 ? "an application" : "no driver", pe.subsystem);
	return span_cut(s, 0, pe.file_size, ret) ? 0 : -IGD_ETRUNC;
}

/* This project's own are put in without being named. */
static int not_ours(struct span pe, struct report *rep)
{
	struct igd_driver_mark mark;

	if (!igd_driver_is(pe, &mark))
		return 0;
	return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
			     "it is igdctl's own %s %s, which is put in anyway; --bare leaves igdctl's drivers out",
			     igd_driver_name(mark.driver), mark.version);
}

int rom_driver_read(const char *file, struct arena *a, struct rom_source *ret, struct report *rep)
{
	struct rom_source source = { .file = file };
	struct span bytes;
	int r = file_read(file, a, &bytes, rep);

	if (r == 0 && oprom_is(bytes, 0))
		return report_refuse(rep, IGD_EMAGIC, 0,
				     "an option ROM, and --driver takes drivers (PE); --gop takes a GOP driver out "
				     "of a ROM, igdctl fw extract --path takes any other");
	r = r < 0 ? r : pe_take(bytes, &source.bytes, rep);
	r = r < 0 ? r : not_ours(source.bytes, rep);
	if (r < 0)
		return r;
	*ret = source;
	return 0;
}

/* ---- a GOP driver ------------------------------------------------------------------------------------------- */

struct candidate {
	size_t image; /* of the ROM, from 1; 0: the file itself */
	size_t at;
	struct span bytes; /* with what may be behind the PE */
	struct gop gop;
	unsigned rank;
};

struct search {
	const struct fw_device *device;
	struct arena *a;
	struct candidate *v; /* in the arena */
	size_t n, room;	     /* bytes that may still be decoded */
	struct report *says;
};

static const char *platform_of(const struct gop *g, size_t i)
{
	const struct igd_id *row = igd_id_find(g->vendor, g->devices[i]);

	return row ? row->platform : NULL;
}

/* "Skylake, Kaby Lake": what the driver is for. */
static const char *platforms_str(const struct gop *g, struct arena *a)
{
	const char *list = "";

	for (size_t i = 0; i < g->n_devices; i++) {
		const char *platform = platform_of(g, i), *other = NULL;

		for (size_t k = 0; platform && k < i && (!other || strcmp(other, platform) != 0); k++)
			other = platform_of(g, k);
		if (platform && (!other || strcmp(other, platform) != 0))
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", platform);
	}
	return *list ? list : "GPUs that are not known";
}

static bool fits(const struct gop *g, const struct fw_device *d)
{
	return !d->known || (g->vendor == d->vendor && (g->n_devices == 0 || gop_is_for(g, d->device)));
}

/* One that runs and has the GPU in its table; one that runs and may; one that runs; any. */
static unsigned rank_of(const struct gop *g, const struct fw_device *d)
{
	if (g->pe.machine != PE_X64)
		return 0;
	return !fits(g, d) ? 1 : d->known && g->n_devices == 0 ? 2 : 3;
}

static void candidate_look(struct search *s, size_t image, size_t at, struct span bytes)
{
	struct candidate *c;
	struct span pe_bytes;
	struct gop gop;
	struct pe pe;
	bool te;

	if (pe_read(bytes, &pe, NULL) < 0 || !span_cut(bytes, 0, pe.file_size, &pe_bytes) ||
	    !gop_read(pe_bytes, &gop, &te))
		return;
	c = arena_push(s->a, s->v, s->n);
	if (c)
		*c = (struct candidate) { image, at, bytes, gop, rank_of(&gop, s->device) };
}

/* Each EFI image of the ROM, decoded. */
static int rom_look(struct search *s, struct span bytes, struct report *rep)
{
	struct oprom_chain *chain = arena_new(s->a, struct oprom_chain);
	int r = chain ? oprom_chain_read(bytes, chain, rep) : -IGD_ENOMEM;

	for (size_t i = 0; r == 0 && i < chain->n; i++) {
		const struct oprom *o = &chain->images[i];
		struct buffer decoded = { 0 };
		struct span driver;

		if (oprom_driver(o, s->room, &decoded, &driver, NULL) < 0)
			continue;
		s->room -= decoded.n;
		if (decoded.p)
			driver.p = (const uint8_t *)arena_span(s->a, driver);
		buffer_done(&decoded);
		if (s->a->full)
			return -IGD_ENOMEM;
		candidate_look(s, i + 1, o->at, driver);
	}
	return r;
}

static void candidates_tell(const struct search *s, unsigned rank)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].rank == rank)
			report_note(s->says, s->v[i].at, "image %zu is a GOP driver, %s, %s, for %s", s->v[i].image,
				    *s->v[i].gop.version ? s->v[i].gop.version : "build not stated",
				    pe_machine_str(s->v[i].gop.pe.machine), platforms_str(&s->v[i].gop, s->a));
}

/* The one of the highest rank, of at least one candidate; several of the same bytes are one. */
static int candidate_choose(const struct search *s, const struct candidate **ret, struct report *rep)
{
	const struct candidate *best = s->v;
	size_t n = 1; /* of its rank */

	for (const struct candidate *c = s->v + 1; c < s->v + s->n; c++) {
		if (c->rank > best->rank) {
			best = c;
			n = 1;
		} else if (c->rank == best->rank && !span_same(c->bytes, best->bytes)) {
			n++;
		}
	}
	if (n > 1) {
		candidates_tell(s, best->rank);
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "any of %zu GOP drivers in it may be meant; %sigdctl fw extract --gop takes "
				     "them apart, and --gop names one",
				     n, s->device->known ? "" : "--device may tell which, or ");
	}
	*ret = best;
	return 0;
}

static int other_gpus(const struct gop *g, const struct fw_device *d, bool force, struct arena *a, struct report *rep)
{
	const struct igd_id *row = igd_id_find(d->vendor, d->device);

	if (force || fits(g, d))
		return 0;
	return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
			     "a GOP driver for another generation: it starts on %.100s, and not on %04x:%04x%s%s%s; "
			     "--force takes it all the same",
			     g->n_devices	   ? platforms_str(g, a)
			     : g->vendor == 0x1002 ? "AMD's GPUs"
						   : "Intel's GPUs",
			     d->vendor, d->device, row ? " (" : "", row ? row->platform : "", row ? ")" : "");
}

static int no_gop(struct span bytes, const struct search *s, struct report *rep)
{
	struct span pe;
	int r = s->v ? 0 : oprom_is(bytes, 0) ? 0 : pe_take(bytes, &pe, rep);

	if (r < 0) /* what is no driver at all is no GOP driver for that reason */
		return r;
	return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "%s; %s",
			     oprom_is(bytes, 0) ? "no GOP driver is among its images" : "a driver, but no GOP driver",
			     oprom_is(bytes, 0) ? "igdctl rom info says what they are" : "--driver takes any other");
}

/* The candidate @c becomes the source, if it can be used. */
static int gop_take(const struct candidate *c, const struct search *s, bool force, struct rom_source *ret,
		    struct report *rep)
{
	struct gop *kept = arena_new(s->a, struct gop);
	int r = kept ? pe_take(c->bytes, &ret->bytes, rep) : -IGD_ENOMEM;

	r = r < 0 ? r : other_gpus(&c->gop, s->device, force, s->a, rep);
	if (r < 0)
		return r;
	*kept = c->gop;
	ret->gop = kept;
	if (c->gop.n_devices == 0)
		report_note(s->says, REPORT_NOWHERE,
			    "the driver's table of GPUs is not known, so nobody can say for which it is");
	return 0;
}

int rom_gop_read(const char *file, const struct fw_device *device, bool force, struct arena *a,
		 struct rom_source *ret, struct report *says, struct report *rep)
{
	struct search s = { .device = device, .a = a, .room = DRIVERS_MAX, .says = says };
	struct rom_source source = { .file = file };
	const struct candidate *best = NULL;
	struct span bytes;
	int r = file_read(file, a, &bytes, rep);

	if (r < 0)
		return r;
	report_subject(says, "%s", file);
	if (oprom_is(bytes, 0))
		r = rom_look(&s, bytes, rep);
	else if (span_is(bytes, 0, "MZ") || span_is(bytes, 0, "VZ"))
		candidate_look(&s, 0, 0, bytes);
	else
		r = report_refuse(rep, IGD_EMAGIC, 0,
				  "neither a driver (PE) nor an option ROM; out of a vendor's firmware file it comes "
				  "by igdctl fw extract --gop FILE");
	r = r < 0 ? r : s.n ? candidate_choose(&s, &best, rep) : no_gop(bytes, &s, rep);
	r = r < 0 ? r : best ? gop_take(best, &s, force, &source, rep) : -IGD_EMAGIC;
	if (r < 0)
		return r;
	*ret = source;
	return 0;
}

int rom_gop_of_intel(const struct gop *gop, bool bare, struct report *rep)
{
	if (bare || gop->vendor == 0x8086)
		return 0;
	return report_refuse(
		rep, IGD_EUSAGE, REPORT_NOWHERE,
		"a GOP driver for AMD's GPUs, and igdctl's drivers are for Intel's; --bare leaves those out");
}

/* ---- a VBIOS ------------------------------------------------------------------------------------------------ */

int rom_vbios_read(const char *file, struct arena *a, struct rom_source *ret, struct report *rep)
{
	struct rom_source source = { .file = file };
	struct oprom_chain *chain = arena_new(a, struct oprom_chain);
	struct span bytes;
	int r = chain ? file_read(file, a, &bytes, rep) : -IGD_ENOMEM;

	r = r < 0 ? r : oprom_chain_read(bytes, chain, rep);
	if (r == -IGD_EMAGIC)
		report_more(rep, "; out of a vendor's firmware file it comes by igdctl fw extract --vbios FILE");
	for (size_t i = 0; r == 0 && i < chain->n; i++) {
		const struct oprom *o = &chain->images[i];

		if (o->code_type != OPROM_PC || o->nvidia)
			continue;
		if (o->partial)
			return report_refuse(rep, IGD_ETRUNC, o->at,
					     "the VBIOS was cut short: it is %zu bytes long, and %zu are there; take "
					     "it out of the firmware again",
					     o->blocks * (size_t)OPROM_BLOCK, o->bytes.n);
		source.vendor = o->vendor;
		source.device = o->device;
		*ret = source;
		return span_from(bytes, o->at, &ret->bytes) ? 0 : -IGD_ETRUNC;
	}
	return r < 0 ? r
		     : report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "no legacy image (code type 0) is in this ROM");
}
