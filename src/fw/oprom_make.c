// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/oprom_make.h"

#include <stdio.h>

#include "base/error.h"
#include "base/le.h"
#include "fw/oprom_fix.h"
#include "fw/pe.h"
#include "fw/tiano_encode.h"

#define BLOCKS_MAX 65535

/* Of an EFI image: the header of 1Ah bytes, two that align, PCIR of revision 3 (PCI Firmware
 * Specification 3.0, 5.1.2; UEFI Specification 2.10, 14.4.2). */
#define PCIR_AT	  0x1c
#define PCIR_SIZE 0x1c
#define DRIVER_AT (PCIR_AT + PCIR_SIZE)

struct making {
	const struct oprom_plan *plan;
	struct buffer rom; /* so far */
	struct report *rep;
};

/* ---- bytes -------------------------------------------------------------------------------------------------- */

/* @n bytes of FF more at the end of the ROM: where they begin in @ret. */
static int grow(struct making *m, size_t n, uint8_t **ret)
{
	uint8_t *more;

	if (n > OPROM_MOST || m->rom.n > OPROM_MOST - n)
		return report_refuse(m->rep, IGD_ELIMIT, REPORT_NOWHERE,
				     "the ROM would be longer than %zu MiB, the most that one may have",
				     OPROM_MOST >> 20);
	more = realloc(m->rom.p, m->rom.n + n ? m->rom.n + n : 1);
	if (!more)
		return report_refuse(m->rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	m->rom.p = more;
	memset(more + m->rom.n, 0xff, n);
	*ret = more + m->rom.n;
	m->rom.n += n;
	return 0;
}

/* ---- an EFI image ------------------------------------------------------------------------------------------- */

static size_t blocks_of(size_t driver)
{
	return (DRIVER_AT + driver + OPROM_BLOCK - 1) / OPROM_BLOCK;
}

/* What of @bytes is the driver: all of its PE and nothing behind. */
static int pe_take(struct span bytes, struct pe *pe, struct span *ret, struct report *rep)
{
	struct pe again;
	int r = pe_read(bytes, pe, rep);

	if (r < 0)
		return r;
	if (pe->te)
		return report_refuse(rep, IGD_EMAGIC, 0, "a TE image, which no loader of option ROMs takes");
	if (pe->partial)
		return report_refuse(rep, IGD_ETRUNC, bytes.n,
				     "a PE whose sections reach past its end: it was cut short");
	if (pe->subsystem != 11 && pe->subsystem != 12)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "a PE of subsystem %u, and option ROMs take drivers alone (11 and 12)",
				     pe->subsystem);
	if (!span_cut(bytes, 0, pe->file_size, ret) || pe_read(*ret, &again, NULL) < 0)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "a PE whose headers are longer than it says");
	return 0;
}

static void efi_header(uint8_t *p, const struct pe *pe, size_t blocks, bool compressed, size_t driver_at)
{
	memset(p, 0, PCIR_AT);
	le_put(p, 0xaa55, 2);
	le_put(p + 0x02, blocks, 2);
	le_put(p + 0x04, 0x0ef1, 2);
	le_put(p + 0x08, pe->subsystem, 2);
	le_put(p + 0x0a, pe->machine, 2);
	le_put(p + 0x0c, compressed, 2);
	le_put(p + 0x16, driver_at, 2);
	le_put(p + 0x18, PCIR_AT, 2);
}

static void efi_pcir(uint8_t *p, const struct oprom_plan *plan, size_t blocks, bool last)
{
	memset(p, 0, PCIR_SIZE);
	memcpy(p, "PCIR", 4);
	le_put(p + 0x04, plan->vendor, 2);
	le_put(p + 0x06, plan->device, 2);
	le_put(p + 0x0a, PCIR_SIZE, 2);
	p[0x0c] = 3;
	p[0x0d] = (uint8_t)plan->class_code;
	le_put(p + 0x0e, plan->class_code >> 8, 2);
	le_put(p + 0x10, blocks, 2);
	le_put(p + 0x12, plan->revision, 2);
	p[0x14] = OPROM_EFI;
	p[0x15] = last ? 0x80 : 0;
}

/* The driver @d, packed or not, as an image. The padding is behind a packed one and before another, whose end then is
 * the image's: a loader that takes all to there takes the PE and no more. */
static int efi_put(struct making *m, const struct pe *pe, struct span d, bool compressed, bool last)
{
	size_t blocks = blocks_of(d.n), at = compressed ? DRIVER_AT : blocks * OPROM_BLOCK - d.n;
	uint8_t *p = NULL;
	int r;

	if (blocks > BLOCKS_MAX)
		return report_refuse(m->rep, IGD_ELIMIT, REPORT_NOWHERE,
				     "a driver of %zu bytes, and an image has at most %u blocks of 512", d.n,
				     BLOCKS_MAX);
	r = grow(m, blocks * OPROM_BLOCK, &p);
	if (r < 0 || !p)
		return r;
	efi_header(p, pe, blocks, compressed, at);
	efi_pcir(p + PCIR_AT, m->plan, blocks, last);
	if (d.p)
		memcpy(p + at, d.p, d.n);
	return 0;
}

static int efi_add(struct making *m, const struct oprom_part *part, bool last)
{
	_cleanup_(buffer_done) struct buffer packed = { 0 };
	struct span pe_bytes = { NULL, 0 };
	struct pe pe;
	int r = pe_take(part->bytes, &pe, &pe_bytes, m->rep);

	if (r == 0 && part->compress && pe_bytes.n <= OPROM_MOST)
		r = tiano_encode(pe_bytes, CODEC_EFI11, &packed);
	if (r < 0)
		return r;
	if (packed.p && blocks_of(packed.n) < blocks_of(pe_bytes.n))
		return efi_put(m, &pe, buffer_span(&packed), true, last);
	return efi_put(m, &pe, pe_bytes, false, last);
}

/* ---- a legacy image ----------------------------------------------------------------------------------------- */

#define CHANGES_MAX ((size_t)1 << 20) /* bytes of memory for what is changed in a ROM, which nobody asks for */

/* Mend @rom into @ret, ids and all with @plan; NULL: its lengths. */
static int mend(struct span rom, const struct oprom_plan *plan, size_t least, struct buffer *ret, struct report *rep)
{
	struct oprom_fix_wish wish = { .least = least };
	struct arena arena = { .limit = CHANGES_MAX };
	struct oprom_changes changes;
	struct buffer out = { 0 };
	int r;

	if (plan)
		wish = (struct oprom_fix_wish) { true, plan->vendor, plan->device, least };
	r = oprom_fix(rom, &wish, &arena, &out, &changes, rep);
	arena_done(&arena);
	if (r < 0)
		return r;
	buffer_done(ret);
	*ret = out;
	return 0;
}

/* All that may be of the image at the front of @bytes: byte 2 can count more than its PCIR, and be right. */
static int legacy_take(struct span bytes, struct span *ret, struct report *rep)
{
	struct oprom o;
	int r = oprom_read(bytes, &o, rep);

	if (r < 0)
		return r;
	if (o.code_type != OPROM_PC)
		return report_refuse(rep, IGD_EMAGIC, o.pcir_at + 0x14U,
				     "the image is of code type %u, and a VBIOS is of 0", o.code_type);
	if (o.init_size <= o.bytes.n || !span_cut(bytes, 0, o.init_size, ret))
		*ret = o.bytes;
	return 0;
}

/* The image with its length put right; ids and sum follow when the ROM is whole. */
static int legacy_add(struct making *m, const struct oprom_part *part, bool last)
{
	_cleanup_(buffer_done) struct buffer mended = { 0 };
	struct span bytes = { NULL, 0 };
	uint8_t *p = NULL;
	struct oprom o = { 0 };
	int r = legacy_take(part->bytes, &bytes, m->rep);

	r = r < 0 ? r : mend(bytes, NULL, 1, &mended, m->rep);
	r = r < 0 ? r : oprom_read(buffer_span(&mended), &o, m->rep);
	r = r < 0 ? r : grow(m, o.bytes.n, &p);
	if (r < 0 || !p)
		return r;
	memcpy(p, o.bytes.p, o.bytes.n);
	p[o.pcir_at + 0x15] = (uint8_t)((p[o.pcir_at + 0x15] & 0x7f) | (last ? 0x80 : 0));
	return 0;
}

/* ---- the ROM ------------------------------------------------------------------------------------------------ */

static int part_add(struct making *m, size_t i)
{
	const struct oprom_part *part = &m->plan->parts[i];

	switch (part->code) {
	case OPROM_PC:
		return legacy_add(m, part, i + 1 == m->plan->n);
	case OPROM_EFI:
		return efi_add(m, part, i + 1 == m->plan->n);
	case OPROM_OPEN_FIRMWARE:
	case OPROM_HP:
		break;
	}
	return report_refuse(m->rep, IGD_EUSAGE, REPORT_NOWHERE, "images of code type %d are not made here",
			     (int)part->code);
}

static int parts_add(struct making *m)
{
	char which[48];

	for (size_t i = 0; i < m->plan->n; i++) {
		int r = part_add(m, i);

		if (r < 0) {
			snprintf(which, sizeof(which), " (part %zu of %zu)", i + 1, m->plan->n);
			report_more(m->rep, which);
			return r;
		}
	}
	return 0;
}

static int fill(struct making *m, size_t least)
{
	uint8_t *p;

	return m->rom.n < least ? grow(m, least - m->rom.n, &p) : 0;
}

static bool has_legacy(const struct oprom_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->parts[i].code == OPROM_PC)
			return true;
	return false;
}

int oprom_make(const struct oprom_plan *plan, struct buffer *ret, struct report *rep)
{
	struct making m = { .plan = plan, .rep = rep };
	int r;

	if (plan->n == 0)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "nothing was given to make a ROM of");
	if (plan->n > OPROM_IMAGES_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu images, more than the %d of a ROM",
				     plan->n, OPROM_IMAGES_MAX);
	r = parts_add(&m);
	if (r == 0)
		r = fill(&m, plan->least ? plan->least : OPROM_LEAST);
	if (r == 0 && has_legacy(plan))
		r = mend(buffer_span(&m.rom), plan, 1, &m.rom, rep);
	if (r < 0) {
		buffer_done(&m.rom);
		return r;
	}
	*ret = m.rom;
	return 0;
}
