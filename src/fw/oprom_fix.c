// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * oprom_fix.c - a ROM made good, by changing as few bytes as firmware asks for.
 *
 * Which ids. SeaBIOS runs a VBIOS when vendor and device of its PCIR are the device's, and does not read the list of
 * further devices behind it (src/optionroms.c, map_pcirom()); EDK II compares neither (MdeModulePkg/Bus/Pci/
 * PciBusDxe/PciOptionRomSupport.c). So the two words in the PCIR are all there is to write, and they are written also
 * where the list already has the device.
 *
 * The list stays as it is. Intel's VBIOSes go by it themselves: they read the device's id from configuration space
 * and look for it between fixed places of that list, to learn which family they run on, and where it is in none they
 * stop for ever. An entry more, or one less, moves what is behind it. Seen in the code of 14 of 20 files: Sandy and
 * Ivy Bridge from build 2120 on, Haswell, Broadwell, Skylake to Coffee Lake. The others are of build 2089 (a list,
 * and no code that reads it), Bay Trail and the GM45 (no list).
 *
 * No other copy. In those 20 files the id of the PCIR comes up elsewhere only as part of instructions and tables of
 * other things, but for one: the copy of a VBIOS that had run (8086:5916) has it in a variable beside the revision.
 * The code writes that from configuration space each time before it goes on and never reads it back from the
 * file, so it is nothing to mend.
 */
#include "fw/oprom_fix.h"

#include "base/error.h"
#include "base/macros.h"
#include "fw/oprom_make.h"

#define ROUNDS_MAX 4 /* the second finds nothing to do, unless images share bytes */

struct fixer {
	const struct oprom_fix_wish *wish;
	struct arena *arena;
	struct report *rep;
	struct buffer out;
	struct oprom_changes changes;
	struct oprom_chain chain; /* of what .out has now */
	bool changed;		  /* in this round */
};

/* ---- writing ------------------------------------------------------------------------------------------------ */

static int tell(struct fixer *f, struct oprom_change change)
{
	struct oprom_change *c = arena_push(f->arena, f->changes.v, f->changes.n);

	if (!c)
		return -IGD_ENOMEM;
	*c = change;
	f->changed = true;
	return 0;
}

/* Write @after as @size bytes at @at, which were read from there. What the round before wrote is one change still. */
static int poke(struct fixer *f, const char *id, const struct oprom *o, const char *what, size_t at, size_t size,
		uint64_t after)
{
	uint64_t before = 0;
	struct span there;

	if (!span_cut(buffer_span(&f->out), at, size, &there))
		return report_refuse(f->rep, IGD_ELENGTH, o->at, "what must be changed in an image lies outside");
	for (size_t i = 0; i < size; i++)
		before |= (uint64_t)there.p[i] << (8 * i);
	if (before == after)
		return 0;
	for (size_t i = 0; i < size; i++)
		f->out.p[at + i] = (uint8_t)(after >> (8 * i));
	return tell(f, (struct oprom_change) { .id = id,
					       .says = arena_printf(f->arena, "image %zu: %s",
								    (size_t)(o - f->chain.images) + 1, what),
					       .at = at,
					       .size = size,
					       .numbers = true,
					       .before = before,
					       .after = after });
}

static bool visible(const struct oprom *o)
{
	return o->place == OPROM_CHAINED || o->place == OPROM_GAP;
}

/* ---- lengths ------------------------------------------------------------------------------------------------ */

static uint8_t sum_of(struct span s)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum = (uint8_t)(sum + s.p[i]);
	return sum;
}

/* Does an image begin within ]from, to[? */
static bool image_within(const struct fixer *f, size_t from, size_t to)
{
	for (size_t i = 0; i < f->chain.n; i++)
		if (f->chain.images[i].at > from && f->chain.images[i].at < to)
			return true;
	return false;
}

static bool image_begins(const struct fixer *f, size_t at)
{
	for (size_t i = 0; i < f->chain.n; i++)
		if (f->chain.images[i].at == at)
			return true;
	return false;
}

/* Its PCIR says 0: is what its header says its length for certain? */
static bool header_tells(const struct fixer *f, const struct oprom *o)
{
	size_t end = o->at + o->init_size;

	return o->init_size && !o->partial &&
	       (o->sum == OPROM_SUM_OK || o->efi.valid || end == f->out.n || image_begins(f, end)) &&
	       !image_within(f, o->at, end);
}

/* A VBIOS that is longer by byte 2: the byte sum says which of the two is right. */
static bool pcir_too_short(const struct fixer *f, const struct oprom *o)
{
	struct span by_header;

	return o->code_type == OPROM_PC && o->init_size > o->bytes.n &&
	       span_cut(buffer_span(&f->out), o->at, o->init_size, &by_header) && sum_of(by_header) == 0 &&
	       sum_of(o->bytes) != 0 && !image_within(f, o->at, o->at + o->init_size);
}

static int lengths_fix(struct fixer *f)
{
	for (size_t i = 0; i < f->chain.n; i++) {
		const struct oprom *o = &f->chain.images[i];
		int r;

		if (!visible(o) || (o->no_length ? !header_tells(f, o) : !pcir_too_short(f, o)))
			continue;
		r = poke(f, "length", o, "length in its PCIR, in blocks of 512 bytes", o->at + o->pcir_at + 0x10, 2,
			 o->init_size / OPROM_BLOCK);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- last flags --------------------------------------------------------------------------------------------- */

static bool vendor_given(const struct oprom *o)
{
	return o->vendor != 0 && o->vendor != 0xffff;
}

/* Is @o, right behind @before, one more image of the same ROM? EfiRom leaves the class at 0 where none is named. */
static bool belongs(const struct oprom *before, const struct oprom *o)
{
	unsigned class = o->class_code >> 16, class_before = before->class_code >> 16;

	return o->at == before->at + before->bytes.n && !o->nvidia && !o->partial && !o->no_length &&
	       (o->code_type == OPROM_PC || o->code_type == OPROM_EFI) &&
	       (o->vendor == before->vendor || !vendor_given(o) || !vendor_given(before)) &&
	       (class == class_before || !class || !class_before);
}

static int flag_set(struct fixer *f, const struct oprom *o, bool last)
{
	size_t at = o->at + o->pcir_at + 0x15;
	bool alone = o == &f->chain.images[f->chain.n - 1];
	uint8_t indicator;
	int r;

	if (o->last == last || !span_u8(buffer_span(&f->out), at, &indicator))
		return 0;
	r = poke(f, "last", o, "last flag in its PCIR", at, 1, last ? indicator | 0x80U : indicator & 0x7fU);
	if (r < 0 || !o->npde.there || o->npde.last == last || (last && !alone) ||
	    !span_u8(o->bytes, o->npde.at + 10, &indicator))
		return r;
	return poke(f, "last", o, "last flag in NVIDIA's NPDE", o->at + o->npde.at + 10, 1,
		    last ? indicator | 0x80U : indicator & 0x7fU);
}

static int flags_fix(struct fixer *f)
{
	const struct oprom *tail = NULL; /* the last image that firmware gets to so far */
	int r;

	for (size_t i = 0; i < f->chain.n; i++) {
		const struct oprom *o = &f->chain.images[i];

		if (!visible(o) && !(o->place == OPROM_BEHIND && tail && belongs(tail, o)))
			continue;
		r = tail ? flag_set(f, tail, false) : 0;
		if (r < 0)
			return r;
		tail = o;
	}
	return tail ? flag_set(f, tail, true) : 0;
}

/* ---- ids, the saved variable, byte sums --------------------------------------------------------------------- */

/* Code for one vendor's device does not become code for another's. A driver whose ROM was wrapped with made-up ids
 * may get right ones. */
static bool is_foreign(const struct oprom *o, const struct oprom_fix_wish *wish)
{
	static const uint16_t makers[] = { 0x8086, 0x1002, 0x10de };

	if (o->vendor == wish->vendor || !vendor_given(o))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (o->vendor == makers[i])
			return true;
	return o->code_type == OPROM_PC;
}

static int ids_fix(struct fixer *f, const struct oprom *o)
{
	const struct oprom_fix_wish *w = f->wish;
	size_t at = o->at + o->pcir_at + 4;
	struct oprom_change *c;
	int r;

	if (!w->device_known || (o->vendor == w->vendor && o->device == w->device))
		return 0;
	if (is_foreign(o, w))
		return report_refuse(f->rep, IGD_EUSAGE, at,
				     "an image is made for %04x:%04x, another maker's device than %04x:%04x; name a "
				     "device of that maker, or take the ROM of this one",
				     o->vendor, o->device, w->vendor, w->device);
	r = poke(f, "device", o, "device in its PCIR", at, 4, w->vendor | (uint64_t)w->device << 16);
	if (r < 0)
		return r;
	c = &f->changes.v[f->changes.n - 1];
	c->before = (uint64_t)o->vendor << 16 | o->device;
	c->after = (uint64_t)w->vendor << 16 | w->device;
	return 0;
}

static int saved_bdsm_fix(struct fixer *f, const struct oprom *o)
{
	uint32_t value;
	size_t at;

	if (!oprom_saved_bdsm(o, &at, &value) || value == 0)
		return 0;
	return poke(f, "saved-bdsm", o, "base of the host's stolen memory, kept by a VBIOS that has run", o->at + at,
		    4, 0);
}

/*
 * The byte that takes the difference. The specification gives bytes 6 to 17h of a PC image to nobody (PCI Firmware
 * Specification 3.0, 5.2), and where a filler stands there byte 6 is taken: zeros in AMD's, iPXE's and SeaVGABIOS'
 * (the latter two have their own sum there), "0" in Intel's; QEMU takes it too (hw/pci/pci.c, pci_patch_ids()).
 * NVIDIA's have a signature there and their sum in the last byte, so there and in all that have something in bytes 7
 * to 15 it is the last byte that byte 2 counts, which rom-fixer always takes. Code may stand there; at 6 never.
 * SIZE_MAX: both are part of the PCIR.
 */
static size_t sum_byte(const struct oprom *o)
{
	size_t end = (size_t)o->pcir_at + (o->pcir_size > 0x18 ? o->pcir_size : 0x18);
	struct span filler;

	if (span_cut(o->bytes, 7, 9, &filler) && span_is_filled(filler, filler.p[0]) && (o->pcir_at > 6 || end <= 6))
		return 6;
	if (o->init_size - 1 >= 0x1a && (o->init_size - 1 < o->pcir_at || o->init_size - 1 >= end))
		return o->init_size - 1;
	return SIZE_MAX;
}

static int sum_fix(struct fixer *f, const struct oprom *o)
{
	size_t at = sum_byte(o);
	struct span body;
	uint8_t sum, was;

	if (o->sum == OPROM_SUM_NONE || !span_cut(buffer_span(&f->out), o->at, o->init_size, &body))
		return 0;
	sum = sum_of(body); /* anew: ids may have changed since it was read */
	if (sum == 0)
		return 0;
	if (!span_u8(body, at, &was))
		return report_refuse(f->rep, IGD_ELENGTH, o->at,
				     "there is no byte that could put the byte sum right");
	return poke(f, "checksum", o, "byte that makes its bytes add up to 0", o->at + at, 1, (uint8_t)(was - sum));
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static int chain_judge(struct fixer *f)
{
	const struct oprom_chain *c = &f->chain;

	if (c->more)
		return report_refuse(f->rep, IGD_ELIMIT, 0, "more than %d images", OPROM_IMAGES_MAX);
	for (size_t i = 0; i < c->n; i++) {
		const struct oprom *o = &c->images[i];

		if (!visible(o))
			continue;
		if (o->partial)
			return report_refuse(
				f->rep, IGD_ETRUNC, o->at,
				"its last image is %zu bytes long and %zu are there: it was cut short, dump it again",
				o->blocks * (size_t)OPROM_BLOCK, o->bytes.n);
	}
	return 0;
}

static int chain_again(struct fixer *f)
{
	int r = oprom_chain_read(buffer_span(&f->out), &f->chain, NULL);

	return r < 0 ? report_refuse(f->rep, -r, 0, "its images share bytes, and none is left when one is mended")
		     : chain_judge(f);
}

/* Once through all that can be wrong inside. */
static int round_do(struct fixer *f)
{
	int r = chain_again(f);

	f->changed = false;
	r = r < 0 ? r : lengths_fix(f);
	r = r < 0 || !f->changed ? r : chain_again(f); /* there may be images behind now */
	r = r < 0 ? r : flags_fix(f);
	r = r < 0 || !f->changed ? r : chain_again(f);
	for (size_t i = 0; r == 0 && i < f->chain.n; i++) {
		const struct oprom *o = &f->chain.images[i];

		if (!visible(o))
			continue;
		r = o->no_length ? report_refuse(f->rep, IGD_ELENGTH, o->at + o->pcir_at + 0x10,
						 "an image says that it has no length, and its header does not tell "
						 "it for certain")
				 : 0;
		r = r < 0 ? r : ids_fix(f, o);
		r = r < 0 ? r : saved_bdsm_fix(f, o);
		r = r < 0 ? r : sum_fix(f, o);
	}
	return r;
}

/* The bytes from the first image on, in a buffer of the size that the result will have. */
static int body_take(struct fixer *f, struct span rom)
{
	size_t prefix = f->chain.images[0].at, least = f->wish->least ? f->wish->least : OPROM_LEAST, n;
	struct span body;
	int r = 0;

	if (!span_from(rom, prefix, &body) || body.n > SIZE_MAX - OPROM_BLOCK || least > SIZE_MAX - OPROM_BLOCK)
		return -IGD_ENOMEM;
	n = ((body.n > least ? body.n : least) + OPROM_BLOCK - 1) / OPROM_BLOCK * OPROM_BLOCK;
	f->out = (struct buffer) { malloc(n), n };
	if (!f->out.p)
		return -IGD_ENOMEM;
	memcpy(f->out.p, body.p, body.n);
	memset(f->out.p + body.n, 0xff, n - body.n);
	if (prefix)
		r = tell(f, (struct oprom_change) { .id = "prefix",
						    .says = "bytes before the first image, dropped",
						    .numbers = true,
						    .before = prefix });
	return r;
}

static int padding_tell(struct fixer *f, size_t was)
{
	if (f->out.n == was)
		return 0;
	return tell(f, (struct oprom_change) { .id = "padding",
					       .says = "FF to a size that firmware takes",
					       .at = was,
					       .size = f->out.n - was,
					       .numbers = true,
					       .before = was,
					       .after = f->out.n });
}

static int fix(struct fixer *f, struct span rom)
{
	size_t body = rom.n - f->chain.images[0].at;
	int r = chain_judge(f);

	r = r < 0 ? r : body_take(f, rom);
	f->changed = true;
	for (unsigned i = 0; r == 0 && f->changed && i < ROUNDS_MAX; i++)
		r = round_do(f);
	if (r == 0 && f->changed)
		return report_refuse(f->rep, IGD_ELENGTH, 0,
				     "its images share bytes that each of them wants otherwise");
	return r < 0 ? r : padding_tell(f, body);
}

int oprom_fix(struct span rom, const struct oprom_fix_wish *wish, struct arena *a, struct buffer *ret,
	      struct oprom_changes *changes, struct report *rep)
{
	struct fixer f = { .wish = wish, .arena = a, .rep = rep };
	int r = oprom_chain_read(rom, &f.chain, rep);

	if (r == 0)
		r = fix(&f, rom);
	if (r < 0) {
		buffer_done(&f.out);
		return r;
	}
	*ret = f.out;
	*changes = f.changes;
	return 0;
}
