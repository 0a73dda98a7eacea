// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rom_check.c - every row about an option ROM, tripped by a ROM that it is about, and passed by one that differs
 * in little. What a row needs and nobody knows makes it unknown or not run, and never a pass.
 */
#include "rom_image.h"

#include "base/macros.h"
#include "check/rom_check.h"

/* ---- ROMs --------------------------------------------------------------------------------------------------- */

/* Parts of a trial, but for what they leave out: part_of() has that. */
#define PC(...)                                       \
	{                                             \
		.there = true, .type = 0, __VA_ARGS__ \
	}
#define EFI(...)                                      \
	{                                             \
		.there = true, .type = 3, __VA_ARGS__ \
	}
#define FIRST .indicator = 1 /* not the last */

/* What is done to the bytes after the images were put together. */
enum change {
	NOTHING,
	NO_ROM,	       /* there is no image at all */
	BEFORE,	       /* 512 bytes stand before the first image */
	BEHIND_FF,     /* 1000 bytes of padding stand behind */
	BEHIND_DATA,   /* the same of data */
	CUT,	       /* the last block is gone */
	BETWEEN,       /* 512 bytes stand between the first image and the second */
	BAD_SUM,       /* of the first image */
	NO_SIZE,       /* byte 2 of the first image is 0 */
	LONG_SIZE,     /* or more than there is */
	NO_BLOCKS,     /* its PCIR says 0 blocks */
	VBT,	       /* it has a VBT */
	HAS_RUN,       /* it has the code that saves BDSM, and a value */
	NOT_RUN_YET,   /* the same, and the value is 0 */
	SHADOW,	       /* it has a VBT, and a bad sum */
	NO_EFI_SIGN,   /* no 0x0ef1 in the first image */
	APPLICATION,   /* a subsystem that is none of a driver */
	LZMA,	       /* a compression that is none of UEFI's */
	OUTSIDE,       /* a driver that begins outside */
	LONG_HEADER,   /* longer by its header than by PCIR */
	SECOND_BROKEN, /* no 0x0ef1 in the second image */
	LIST,	       /* a device list with 3e98 */
	FAMILY,	       /* the same, and the code that goes by it */
	FAMILY_OTHER,  /* and there is no 3e92 in the list */
	BIG,	       /* the caller says that the file has 17 MiB */
};

/* What was found in the EFI images. */
enum inside { UNSEEN, DRIVER, BROKEN, IA32, GOP, GOP_OTHER };

/* What the ROM is for. */
enum {
	SEABIOS = 1 << 0,
	OVMF = 1 << 1,
	COFFEE = 1 << 2,
	ALDER = 1 << 3,
	WHO_KNOWS = 1 << 4,
	Q35 = 1 << 5,
	I440 = 1 << 6
};

struct trial {
	const char *id;
	int want; /* enum verdict; -1: it is not asked */
	struct rom_part parts[2];
	enum change change;
	enum inside inside;
	unsigned for_;
	const char *qemu;
};

#define FAILS	VERDICT_FAIL
#define PASSES	VERDICT_PASS
#define UNKNOWN VERDICT_UNKNOWN
#define NOT_RUN VERDICT_NOT_RUN

/* clang-format off */
static const struct trial trials[] = {
	/* the file and the chain */
	{ "rom.no-image", FAILS, { PC() }, NO_ROM, UNSEEN, 0, NULL },
	{ "rom.no-image", PASSES, { PC() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.prefix", FAILS, { PC() }, BEFORE, UNSEEN, 0, NULL },
	{ "rom.prefix", PASSES, { PC() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.prefix", NOT_RUN, { PC() }, NO_ROM, UNSEEN, 0, NULL },
	{ "rom.truncated", FAILS, { PC() }, CUT, UNSEEN, 0, NULL },
	{ "rom.truncated", FAILS, { PC(FIRST), EFI() }, CUT, UNSEEN, 0, NULL },
	{ "rom.truncated", PASSES, { PC() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.no-length", FAILS, { PC(FIRST) }, NO_BLOCKS, UNSEEN, 0, NULL },
	{ "rom.no-length", PASSES, { PC() }, NO_BLOCKS, UNSEEN, 0, NULL }, /* nothing comes behind it */
	{ "rom.no-length", PASSES, { PC(FIRST), EFI() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.no-last", FAILS, { PC(FIRST) }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.no-last", FAILS, { PC(FIRST), EFI(FIRST) }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.no-last", PASSES, { PC(FIRST), EFI() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.no-last", NOT_RUN, { PC(FIRST), EFI() }, CUT, UNSEEN, 0, NULL },
	{ "rom.early-last", FAILS, { PC(), EFI() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.early-last", PASSES, { PC(), EFI(.nv = true) }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.early-last", PASSES, { PC(FIRST), EFI() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.gap", FAILS, { PC(FIRST), EFI() }, BETWEEN, UNSEEN, 0, NULL },
	{ "rom.gap", PASSES, { PC(FIRST), EFI() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.trailing", FAILS, { PC() }, BEHIND_DATA, UNSEEN, 0, NULL },
	{ "rom.trailing", PASSES, { PC() }, BEHIND_FF, UNSEEN, 0, NULL },
	{ "rom.padding", FAILS, { PC() }, BEHIND_FF, UNSEEN, 0, NULL },
	{ "rom.padding", PASSES, { PC() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.too-big", FAILS, { PC() }, BIG, UNSEEN, 0, NULL },
	{ "rom.too-big", PASSES, { PC() }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.class", FAILS, { PC(.class = 0x0200) }, NOTHING, UNSEEN, 0, NULL },
	{ "rom.class", PASSES, { PC(.class = 0x0380) }, NOTHING, UNSEEN, 0, NULL },

	/* SeaBIOS */
	{ "rom.no-legacy", FAILS, { EFI() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.no-legacy", FAILS, { EFI(FIRST), PC() }, BETWEEN, UNSEEN, SEABIOS, NULL }, /* it stops at the gap */
	{ "rom.no-legacy", FAILS, { EFI(), PC() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.no-legacy", PASSES, { EFI(FIRST), PC() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.no-legacy", -1, { EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.no-legacy", -1, { EFI() }, NOTHING, UNSEEN, 0, NULL }, /* for OVMF, by what is in it */
	{ "rom.no-legacy", -1, { PC(FIRST), EFI() }, NOTHING, UNSEEN, Q35, NULL },
	{ "rom.not-for-device", FAILS, { PC(.device = 0x0406) }, NOTHING, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.not-for-device", FAILS, { PC(.device = 0x0406, .revision = 3) }, LIST, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.not-for-device", FAILS, { PC(.vendor = 0x1002) }, NOTHING, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.not-for-device", PASSES, { PC() }, NOTHING, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.not-for-device", PASSES, { PC(FIRST, .device = 0x0406), PC() }, NOTHING, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.not-for-device", NOT_RUN, { PC(.device = 0x0406) }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.not-for-device", UNKNOWN, { PC(.device = 0x0406) }, NOTHING, UNSEEN, SEABIOS | WHO_KNOWS, NULL },
	{ "rom.stops", FAILS, { PC(.revision = 3) }, FAMILY_OTHER, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.stops", PASSES, { PC(.revision = 3) }, FAMILY, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.stops", PASSES, { PC(.revision = 3) }, LIST, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.stops", NOT_RUN, { PC(.revision = 3) }, FAMILY_OTHER, UNSEEN, SEABIOS, NULL },
	{ "rom.size-byte", FAILS, { PC() }, NO_SIZE, UNSEEN, SEABIOS, NULL },
	{ "rom.size-byte", FAILS, { PC() }, LONG_SIZE, UNSEEN, SEABIOS, NULL },
	{ "rom.size-byte", PASSES, { PC() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.bad-checksum", FAILS, { PC() }, BAD_SUM, UNSEEN, SEABIOS, NULL },
	{ "rom.bad-checksum", PASSES, { PC() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.bad-checksum", NOT_RUN, { PC() }, NO_SIZE, UNSEEN, SEABIOS, NULL },
	{ "rom.no-vbt", FAILS, { PC() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.no-vbt", PASSES, { PC() }, VBT, UNSEEN, SEABIOS, NULL },
	{ "rom.no-vbt", PASSES, { PC(.vendor = 0x1002) }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.saved-bdsm", FAILS, { PC() }, HAS_RUN, UNSEEN, SEABIOS, "10.1.2" },
	{ "rom.saved-bdsm", FAILS, { PC() }, HAS_RUN, UNSEEN, SEABIOS, "11.1" }, /* it mends what it reads itself */
	{ "rom.saved-bdsm", PASSES, { PC() }, HAS_RUN, UNSEEN, SEABIOS, "9.2" },
	{ "rom.saved-bdsm", PASSES, { PC() }, NOT_RUN_YET, UNSEEN, SEABIOS, "10.1" },
	{ "rom.saved-bdsm", UNKNOWN, { PC() }, HAS_RUN, UNSEEN, SEABIOS, NULL },
	{ "rom.shadow-copy", FAILS, { PC() }, HAS_RUN, UNSEEN, SEABIOS, NULL },
	{ "rom.shadow-copy", FAILS, { PC() }, SHADOW, UNSEEN, SEABIOS, NULL },
	{ "rom.shadow-copy", PASSES, { PC() }, NOT_RUN_YET, UNSEEN, SEABIOS, NULL },
	{ "rom.chip-no-vbios", FAILS, { PC() }, NOTHING, UNSEEN, SEABIOS | ALDER, NULL },
	{ "rom.chip-no-vbios", PASSES, { PC() }, NOTHING, UNSEEN, SEABIOS | COFFEE, NULL },
	{ "rom.chip-no-vbios", NOT_RUN, { PC() }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.q35-vbios", FAILS, { PC() }, NOTHING, UNSEEN, SEABIOS | Q35, NULL },
	{ "rom.q35-vbios", PASSES, { PC() }, NOTHING, UNSEEN, SEABIOS | I440, NULL },

	/* OVMF */
	{ "rom.too-small", FAILS, { EFI(.blocks = 4) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.too-small", PASSES, { EFI(.blocks = 5) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.too-small", -1, { PC(.blocks = 4) }, NOTHING, UNSEEN, SEABIOS, NULL },
	{ "rom.unaligned-pcir", FAILS, { EFI(.pcir_at = 0x42) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.unaligned-pcir", PASSES, { EFI(.pcir_at = 0x44) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.no-efi", FAILS, { PC() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.no-efi", FAILS, { PC(), EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.no-efi", PASSES, { PC(FIRST), EFI() }, BETWEEN, UNSEEN, OVMF, NULL }, /* it goes on behind a gap */
	{ "rom.no-efi", NOT_RUN, { EFI(.pcir_at = 0x42) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", FAILS, { EFI() }, NO_EFI_SIGN, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", FAILS, { EFI() }, APPLICATION, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", FAILS, { EFI() }, LZMA, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", FAILS, { EFI() }, OUTSIDE, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", FAILS, { EFI() }, LONG_HEADER, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", PASSES, { EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-header", PASSES, { EFI(FIRST), EFI() }, SECOND_BROKEN, UNSEEN, OVMF, NULL },
	{ "rom.efi-not-for-machine", FAILS, { EFI(.machine = PE_IA32) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-not-for-machine", FAILS, { EFI(.machine = PE_EBC) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-not-for-machine", PASSES, { EFI(FIRST, .machine = PE_IA32), EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-skipped", FAILS, { EFI(FIRST, .machine = PE_IA32), EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-skipped", FAILS, { EFI(FIRST), EFI() }, SECOND_BROKEN, UNSEEN, OVMF, NULL },
	{ "rom.efi-skipped", PASSES, { EFI(FIRST), EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-skipped", NOT_RUN, { EFI(.machine = PE_IA32) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-payload", FAILS, { EFI() }, NOTHING, BROKEN, OVMF, NULL },
	{ "rom.efi-payload", FAILS, { EFI() }, NOTHING, IA32, OVMF, NULL },
	{ "rom.efi-payload", PASSES, { EFI() }, NOTHING, DRIVER, OVMF, NULL },
	{ "rom.efi-payload", UNKNOWN, { EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.efi-ids", FAILS, { EFI(.device = 0xffff) }, NOTHING, UNSEEN, OVMF | COFFEE, NULL },
	{ "rom.efi-ids", PASSES, { EFI() }, NOTHING, UNSEEN, OVMF | COFFEE, NULL },
	{ "rom.efi-ids", NOT_RUN, { EFI(.device = 0xffff) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.no-gop", FAILS, { EFI() }, NOTHING, DRIVER, OVMF, NULL },
	{ "rom.no-gop", PASSES, { EFI() }, NOTHING, GOP, OVMF, NULL },
	{ "rom.no-gop", UNKNOWN, { EFI() }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.no-gop", NOT_RUN, { EFI() }, NOTHING, BROKEN, OVMF, NULL },
	{ "rom.gop-not-for-device", FAILS, { EFI() }, NOTHING, GOP_OTHER, OVMF | COFFEE, NULL },
	{ "rom.gop-not-for-device", PASSES, { EFI() }, NOTHING, GOP, OVMF | COFFEE, NULL },
	{ "rom.gop-not-for-device", PASSES, { EFI() }, NOTHING, DRIVER, OVMF | COFFEE, NULL },
	{ "rom.gop-not-for-device", UNKNOWN, { EFI() }, NOTHING, UNSEEN, OVMF | COFFEE, NULL },
	{ "rom.gop-not-for-device", NOT_RUN, { EFI() }, NOTHING, GOP_OTHER, OVMF, NULL },
	{ "rom.q35-gop", FAILS, { EFI() }, NOTHING, UNSEEN, OVMF | Q35, NULL },
	{ "rom.q35-gop", PASSES, { EFI() }, NOTHING, UNSEEN, OVMF | I440, NULL },
	{ "rom.amd-needs-vbios", FAILS, { EFI(.vendor = 0x1002) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.amd-needs-vbios", PASSES, { PC(FIRST, .vendor = 0x1002), EFI(.vendor = 0x1002) }, NOTHING, UNSEEN, OVMF, NULL },
	{ "rom.amd-needs-vbios", PASSES, { EFI() }, NOTHING, UNSEEN, OVMF, NULL },
};
/* clang-format on */

/* ---- putting them together ---------------------------------------------------------------------------------- */

static void put_vbt(struct image *m)
{
	set(m, 0x1a, 0x100, 2);
	memcpy(m->b + 0x100, "$VBT", 4);
}

static void put_bdsm(struct image *m, uint32_t value)
{
	static const uint8_t code[] = { 0x66, 0x2e, 0x83, 0x3e, 0x90, 0x00, 0x00, 0x74, 0x07, 0x66,
					0x2e, 0xa1, 0x90, 0x00, 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };

	memcpy(m->b + 0x1a0, code, sizeof(code));
	set(m, 0x90, value, 4);
}

static void fill(struct image *m, size_t n, uint8_t with)
{
	memset(m->b + m->n, with, n);
	m->n += n;
}

/* Eight blocks, for a Coffee Lake, the last, unless it says otherwise. */
static struct rom_part part_of(const struct trial *t, size_t i)
{
	struct rom_part p = t->parts[i];

	p.blocks = p.blocks ? p.blocks : 8;
	p.vendor = p.vendor ? p.vendor : 0x8086;
	p.device = p.device ? p.device : 0x3e92;
	p.indicator = p.indicator ? 0 : 0x80;
	return p;
}

/* The bytes of the first image, which keep their sum. */
static void first_change(struct image *m, const struct trial *t)
{
	switch (t->change) {
	case LIST:
	case FAMILY:
	case FAMILY_OTHER:
		set(m, ROM_PCIR + 0x08, 0x20, 2);
		set(m, ROM_PCIR + 0x20, 0x3e98, 2);
		set(m, ROM_PCIR + 0x22, t->change == FAMILY_OTHER ? 0x3e91 : 0x3e92, 2);
		if (t->change != LIST)
			rom_family_code(m, 0x120, ROM_PCIR + 0x20, ROM_PCIR + 0x24);
		break;
	case NO_BLOCKS:
		set(m, ROM_PCIR + 0x10, 0, 2);
		break;
	case VBT:
	case SHADOW:
		put_vbt(m);
		break;
	case HAS_RUN:
	case NOT_RUN_YET:
		put_bdsm(m, t->change == HAS_RUN ? 0x8c000000 : 0);
		break;
	case NO_SIZE:
	case LONG_SIZE:
		set(m, 2, t->change == NO_SIZE ? 0 : 0x80, 1);
		break;
	default:
		break;
	}
	if (t->parts[0].type == 0)
		rom_seal(m, 0, part_of(t, 0).blocks * (size_t)512);
	if (t->change == BAD_SUM || t->change == SHADOW)
		m->b[0x200]++;
}

static void efi_change(struct image *m, const struct trial *t)
{
	static const struct {
		enum change change;
		uint8_t at;
		uint16_t value;
	} fields[] = { { NO_EFI_SIGN, 0x04, 0 },
		       { APPLICATION, 0x08, 10 },
		       { LZMA, 0x0c, 2 },
		       { OUTSIDE, 0x16, 0x1000 },
		       { LONG_HEADER, 0x02, 9 } };

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].change == t->change)
			set(m, fields[i].at, fields[i].value, 2);
	if (t->change == SECOND_BROKEN)
		set(m, part_of(t, 0).blocks * (size_t)512 + 4, 0, 2);
}

static void rom_make(const struct trial *t, struct image *m)
{
	*m = (struct image) { .n = 0 };
	if (t->change == BEFORE)
		fill(m, 512, 0);
	rom_add(m, part_of(t, 0));
	if (t->change == BETWEEN)
		fill(m, 512, 0);
	if (t->parts[1].there)
		rom_add(m, part_of(t, 1));
	if (t->change != BEFORE)
		first_change(m, t);
	efi_change(m, t);
	if (t->change == BEHIND_FF || t->change == BEHIND_DATA)
		fill(m, 1000, t->change == BEHIND_FF ? 0xff : 0x77);
	if (t->change == CUT)
		m->n -= 512;
}

static void payloads_make(enum inside inside, struct rom_payload p[OPROM_IMAGES_MAX])
{
	for (size_t i = 0; i < OPROM_IMAGES_MAX; i++)
		p[i] = (struct rom_payload) { .looked = inside != UNSEEN,
					      .fault = inside == BROKEN ? "no driver" : NULL,
					      .pe.machine = inside == IA32 ? PE_IA32 : PE_X64,
					      .gop = inside == UNSEEN ? TRI_UNKNOWN
						     : inside >= GOP  ? TRI_YES
								      : TRI_NO,
					      .gop_fits = inside == GOP ? TRI_YES : TRI_NO };
}

static struct rom_wish wish_of(const struct trial *t)
{
	return (struct rom_wish) { .seabios = t->for_ & SEABIOS,
				   .ovmf = t->for_ & OVMF,
				   .machine_known = t->for_ & (Q35 | I440),
				   .machine = t->for_ & Q35 ? VM_MACHINE_Q35 : VM_MACHINE_PC,
				   .qemu = t->qemu,
				   .qemu_from = "test",
				   .device_known = t->for_ & (COFFEE | ALDER),
				   .vendor = 0x8086,
				   .device = t->for_ & ALDER ? 0x4692 : 0x3e92,
				   .device_from = "test",
				   .device_why = t->for_ & WHO_KNOWS ? "the host does not tell" : NULL };
}

/* -1: the row was not asked. */
static int verdict_of(const struct trial *t)
{
	static struct rom_payload payloads[OPROM_IMAGES_MAX];
	static struct oprom_chain chain;
	static struct image m;
	struct rom_wish wish = wish_of(t);
	const struct finding *x;
	struct findings all;
	struct rom_case c;
	int v;

	rom_make(t, &m);
	payloads_make(t->inside, payloads);
	if (t->change != NO_ROM)
		assert_int_equal(oprom_chain_read(image_span(&m), &chain, NULL), 0);
	rom_case_make(&wish, "a.rom", t->change == BIG ? 17U << 20 : m.n, t->change == NO_ROM ? NULL : &chain,
		      "no ROM", payloads, &c);
	assert_int_equal(rom_verify(&c, &all), 0);
	x = findings_get(&all, t->id);
	v = x ? (int)x->verdict : -1;
	if (x && v != VERDICT_PASS)
		assert_true(x->evidence.n > 0); /* what is found, and what is not known, is told */
	findings_done(&all);
	return v;
}

static const char *word(int verdict)
{
	return verdict < 0 ? "not asked" : verdict_str((enum verdict)verdict);
}

static void test_trials(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		int got = verdict_of(&trials[i]);

		if (got == trials[i].want)
			continue;
		bad++;
		print_error("trial %zu, %s: %s, not %s\n", i, trials[i].id, word(got), word(trials[i].want));
	}
	assert_int_equal(bad, 0);
}

static bool tried(const char *id, int want)
{
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++)
		if (strcmp(trials[i].id, id) == 0 && trials[i].want == want)
			return true;
	return false;
}

static void test_table(void **state)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = rom_checks_table(rows, CHECKS_MAX);

	(void)state;
	assert_in_range(n, 20, CHECKS_MAX);
	for (size_t i = 0; i < n; i++) {
		bool after_found = !rows[i]->after;

		if (!tried(rows[i]->id, FAILS) || !tried(rows[i]->id, PASSES))
			fail_msg("%s lacks a trial that fails, or one that passes", rows[i]->id);
		assert_int_equal(strncmp(rows[i]->id, "rom.", 4), 0);
		assert_int_equal(rows[i]->says[strlen(rows[i]->says) - 1], '.');
		assert_non_null(rows[i]->source);
		if (rows[i]->fix)
			assert_int_equal(rows[i]->fix[strlen(rows[i]->fix) - 1], '.');
		else
			assert_true(rows[i]->severity <= SEV_NOTE); /* what is bad has a way out */
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(rows[k]->id, rows[i]->id);
			after_found |= rows[i]->after && strcmp(rows[i]->after, rows[k]->id) == 0;
		}
		if (!after_found)
			fail_msg("%s comes after %s, which is no row above it", rows[i]->id, rows[i]->after);
	}
}

/* A row about the device is no pass while no device is known. */
static void test_nothing_known_is_no_pass(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		struct trial blind = trials[i];

		if (blind.want != FAILS)
			continue;
		blind.for_ &= SEABIOS | OVMF | Q35;
		blind.inside = UNSEEN;
		blind.qemu = NULL;
		if (verdict_of(&blind) == PASSES) {
			print_error("trial %zu, %s passes when nothing is known\n", i, blind.id);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_trials),
		cmocka_unit_test(test_nothing_known_is_no_pass),
	};

	return cmocka_run_group_tests_name("rom_check", tests, NULL, NULL);
}
