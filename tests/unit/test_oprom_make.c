// SPDX-License-Identifier: GPL-2.0-or-later
/* ROMs made of drivers and a VBIOS: as EfiRom makes them, read back, and what is refused. */
#include "rom_image.h"

#include "base/error.h"
#include "base/macros.h"
#include "fw/oprom_make.h"
#include "fw/pe.h"
#include "fw/tiano_encode.h"

#define PE_LEAST 0x200 /* headers; the one section is the rest */
#define PE_CODE	 0x90

/* ---- parts -------------------------------------------------------------------------------------------------- */

static void at16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void at32(uint8_t *p, size_t v)
{
	at16(p, (unsigned)(v & 0xffff));
	at16(p + 2, (unsigned)(v >> 16));
}

/* A PE32+ of @n bytes in a block of just that size; the caller's. */
static struct buffer driver(size_t n, uint16_t machine, uint16_t subsystem)
{
	struct buffer b = { malloc(n), n };

	assert_non_null(b.p);
	assert_true(n > PE_LEAST);
	memset(b.p, 0, PE_LEAST);
	memset(b.p + PE_LEAST, PE_CODE, n - PE_LEAST);
	memcpy(b.p, "MZ", 2);
	at32(b.p + 0x3c, 0x40);
	memcpy(b.p + 0x40, "PE\0\0", 4);
	at16(b.p + 0x44, machine);
	at16(b.p + 0x46, 1);
	at16(b.p + 0x54, 0xf0);
	at16(b.p + 0x56, 0x2022);
	at16(b.p + 0x58, 0x20b);
	at32(b.p + 0x58 + 60, PE_LEAST);
	at16(b.p + 0x58 + 68, subsystem);
	memcpy(b.p + 0x148, ".text", 5);
	at32(b.p + 0x148 + 16, n - PE_LEAST);
	at32(b.p + 0x148 + 20, PE_LEAST);
	return b;
}

/* What no encoder makes smaller. */
static void noise(struct buffer *b)
{
	uint32_t v = 1;

	for (size_t i = PE_LEAST; i < b->n; i++) {
		v = v * 1664525 + 1013904223;
		b->p[i] = (uint8_t)(v >> 24);
	}
}

static struct oprom_part part_of(const struct buffer *b, bool compress)
{
	return (struct oprom_part) { .code = OPROM_EFI, .bytes = buffer_span(b), .compress = compress };
}

static struct oprom_plan plan_of(const struct oprom_part *parts, size_t n)
{
	return (struct oprom_plan) {
		.vendor = 0x8086, .device = 0x3e92, .class_code = 0x030000, .parts = parts, .n = n
	};
}

/* Make a ROM that must come out. */
static struct buffer made(const struct oprom_plan *plan)
{
	struct report rep = { 0 };
	struct buffer rom = { 0 };

	if (oprom_make(plan, &rom, &rep) < 0)
		fail_msg("%s", rep.refusal.text);
	return rom;
}

/* Every part is found again: in its place, for the device, and its bytes. */
static void read_back(const struct oprom_plan *plan, struct span rom)
{
	static struct oprom_chain c;
	struct report rep = { 0 };

	assert_int_equal(oprom_chain_read(rom, &c, &rep), 0);
	assert_int_equal(c.n, plan->n);
	assert_int_equal(c.images[0].at, 0);
	assert_int_equal(c.end, OPROM_END_LAST);
	assert_true(c.tail != OPROM_TAIL_DATA);
	for (size_t i = 0; i < c.n; i++) {
		const struct oprom *o = &c.images[i];
		struct buffer decoded = { 0 };
		struct span pe = { NULL, 0 };

		assert_int_equal(o->place, OPROM_CHAINED);
		assert_true(o->vendor == plan->vendor && o->device == plan->device);
		assert_int_equal(o->code_type, plan->parts[i].code);
		assert_int_equal(o->last, i + 1 == c.n);
		if (o->code_type == OPROM_PC) {
			assert_int_equal(o->sum, OPROM_SUM_OK);
			continue;
		}
		assert_true(o->class_code == plan->class_code && o->revision == plan->revision);
		assert_int_equal(oprom_driver(o, OPROM_MOST, &decoded, &pe, &rep), 0);
		assert_true(pe.n <= plan->parts[i].bytes.n);
		assert_memory_equal(pe.p, plan->parts[i].bytes.p, pe.n);
		buffer_done(&decoded);
	}
}

/* ---- beside EfiRom ------------------------------------------------------------------------------------------ */

/*
 * Headers that EfiRom of EDK II wrote (commit c5aa7e7d94 of August 2026, BaseTools/Source/C/EfiRom) before drivers of
 * these sizes, as driver() makes them: with -f 8086 -i 3e92 and -l 030000 -r 0102 -e for each, and with -i ffff
 * and -l 038000 -ec for each.
 */
struct efirom {
	size_t size;
	uint16_t machine, subsystem;
	const char *header, *pcir;
};

static const struct efirom efirom_plain[] = {
	{ 967, PE_X64, 11, "55aa0200f10e00000b0064860000000000000000000039001c000000",
	  "504349528680923e00001c0003000003020002010300000000000000" },
	{ 968, PE_X64, 12, "55aa0200f10e00000c0064860000000000000000000038001c000000",
	  "504349528680923e00001c0003000003020002010300000000000000" },
	{ 969, PE_IA32, 11, "55aa0300f10e00000b004c010000000000000000000037021c000000",
	  "504349528680923e00001c0003000003030002010300000000000000" },
	{ 1480, PE_X64, 11, "55aa0300f10e00000b0064860000000000000000000038001c000000",
	  "504349528680923e00001c0003000003030002010380000000000000" },
};

static const struct efirom efirom_packed[] = {
	{ 5000, PE_X64, 11, "55aa0100f10e00000b0064860100000000000000000038001c000000",
	  "504349528680ffff00001c0003008003010000000300000000000000" },
	{ 967, PE_X64, 11, "55aa0100f10e00000b0064860100000000000000000038001c000000",
	  "504349528680ffff00001c0003008003010000000380000000000000" },
};

static void assert_hex(const uint8_t *p, const char *hex)
{
	for (; *hex; hex += 2, p++) {
		char two[3] = { hex[0], hex[1], '\0' };

		assert_int_equal(*p, strtoul(two, NULL, 16));
	}
}

static void beside_efirom(const struct efirom *e, size_t n, struct oprom_plan plan, bool compress)
{
	struct oprom_part parts[ARRAY_SIZE(efirom_plain)];
	struct buffer pe[ARRAY_SIZE(efirom_plain)], rom;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		pe[i] = driver(e[i].size, e[i].machine, e[i].subsystem);
		parts[i] = part_of(&pe[i], compress);
	}
	plan.parts = parts;
	plan.n = n;
	plan.least = 1;
	rom = made(&plan);
	read_back(&plan, buffer_span(&rom));
	for (size_t i = 0; i < n; i++) {
		uint8_t *image = rom.p + at;
		size_t size = (size_t)image[2] * 512, driver_at = image[0x16] | (size_t)image[0x17] << 8;

		assert_hex(image, e[i].header);
		assert_hex(image + 0x1c, e[i].pcir);
		assert_true(span_is_filled((struct span) { image + 0x38, driver_at - 0x38 }, 0xff));
		assert_true(compress || driver_at + pe[i].n == size);
		assert_true(compress || memcmp(image + driver_at, pe[i].p, pe[i].n) == 0);
		assert_true(!compress || image[size - 1] == 0xff);
		at += size;
		buffer_done(&pe[i]);
	}
	assert_int_equal(at, rom.n);
	buffer_done(&rom);
}

static void lays_images_out_as_efirom(void **state)
{
	struct oprom_plan plain = { .vendor = 0x8086, .device = 0x3e92, .class_code = 0x030000, .revision = 0x0102 };
	struct oprom_plan packed = { .vendor = 0x8086, .device = 0xffff, .class_code = 0x038000 };

	(void)state;
	beside_efirom(efirom_plain, ARRAY_SIZE(efirom_plain), plain, false);
	beside_efirom(efirom_packed, ARRAY_SIZE(efirom_packed), packed, true);
}

/* ---- drivers ------------------------------------------------------------------------------------------------ */

/* Around each border of a block, plain and packed: as few blocks as will do, and the bytes at the right place. */
static void ends_at_each_size(void **state)
{
	(void)state;
	for (size_t n = PE_LEAST + 1; n < PE_LEAST + 1100; n++) {
		struct buffer pe = driver(n, PE_X64, 11);
		struct oprom_part part = part_of(&pe, n % 2);
		struct oprom_plan plan = plan_of(&part, 1);
		struct buffer rom;

		plan.least = 1;
		rom = made(&plan);
		assert_int_equal(rom.n, part.compress ? 512 : (0x38 + n + 511) / 512 * 512);
		read_back(&plan, buffer_span(&rom));
		buffer_done(&rom);
		buffer_done(&pe);
	}
}

/* Where packing makes nothing smaller, and where it saves bytes but no block, the driver is stored plain. */
static void stores_plain_what_does_not_shrink(void **state)
{
	struct buffer pe = driver(6000, PE_X64, 11), small = driver(1300, PE_X64, 11), rom, packed;
	struct oprom_part parts[] = { part_of(&pe, true), part_of(&small, true) };
	struct oprom_plan plan = plan_of(parts, 2);
	static struct oprom_chain c;

	(void)state;
	noise(&pe);
	rom = made(&plan);
	read_back(&plan, buffer_span(&rom));
	assert_int_equal(oprom_chain_read(buffer_span(&rom), &c, NULL), 0);
	assert_int_equal(c.images[0].efi.compression, 0);
	assert_int_equal(c.images[1].efi.compression, 1);
	buffer_done(&rom);

	buffer_done(&small);
	small = driver(968, PE_X64, 11);
	noise(&small);
	assert_int_equal(tiano_encode(buffer_span(&small), CODEC_EFI11, &packed), 0);
	assert_true(packed.n < small.n && packed.n > 512 - 0x38);
	buffer_done(&packed);
	parts[0] = part_of(&small, true);
	plan.n = 1;
	rom = made(&plan);
	assert_int_equal(oprom_chain_read(buffer_span(&rom), &c, NULL), 0);
	assert_true(c.images[0].blocks == 2 && c.images[0].efi.compression == 0);
	buffer_done(&rom);
	buffer_done(&small);
	buffer_done(&pe);
}

static void leaves_an_overlay_behind(void **state)
{
	struct buffer pe = driver(2000, PE_X64, 11), rom;
	struct oprom_part part = part_of(&pe, false);
	struct oprom_plan plan = plan_of(&part, 1);
	static struct oprom_chain c;

	(void)state;
	at32(pe.p + 0x148 + 16, 700); /* the section; the rest belongs to none */
	rom = made(&plan);
	read_back(&plan, buffer_span(&rom));
	assert_int_equal(oprom_chain_read(buffer_span(&rom), &c, NULL), 0);
	assert_int_equal(c.images[0].efi.payload.n, PE_LEAST + 700);
	buffer_done(&rom);
	buffer_done(&pe);
}

static void fills_up(void **state)
{
	static const struct {
		size_t least, size;
	} rows[] = { { 0, 4096 }, { 1, 1536 }, { 1536, 1536 }, { 1537, 1537 }, { 8192, 8192 } };
	struct buffer pe = driver(1000, PE_X64, 11), rom;
	struct oprom_part part = part_of(&pe, false);
	struct oprom_plan plan = plan_of(&part, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		plan.least = rows[i].least;
		rom = made(&plan);
		assert_int_equal(rom.n, rows[i].size);
		assert_true(span_is_filled((struct span) { rom.p + 1536, rom.n - 1536 }, 0xff));
		buffer_done(&rom);
	}
	buffer_done(&pe);
}

static void makes_the_same_bytes_again(void **state)
{
	struct buffer pe = driver(9000, PE_X64, 11), a, b;
	struct oprom_part parts[] = { part_of(&pe, true), part_of(&pe, false) };
	struct oprom_plan plan = plan_of(parts, 2);

	(void)state;
	a = made(&plan);
	b = made(&plan);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	buffer_done(&a);
	buffer_done(&b);
	buffer_done(&pe);
}

/* ---- a VBIOS ------------------------------------------------------------------------------------------------ */

/* One of two blocks for the leader of its family, that has run. */
static struct image vbios(void)
{
	static const uint8_t code[] = { 0x66, 0x2e, 0x83, 0x3e, 0x80, 0x00, 0x00, 0x74, 0x07, 0x66,
					0x2e, 0xa1, 0x80, 0x00, 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };
	struct image m = { 0 };

	rom_add(&m, (struct rom_part) { .blocks = 2, .vendor = 0x8086, .device = 0x0406, .indicator = 0x80 });
	memcpy(m.b + 0x1a0, code, sizeof(code));
	set(&m, 0x80, 0x8c000000, 4);
	set(&m, 0x1a, 0x100, 2);
	memcpy(m.b + 0x100, "$VBT SKYLAKE", 12);
	rom_seal(&m, 0, m.n);
	return m;
}

static void puts_a_vbios_before_drivers(void **state)
{
	struct image old = vbios();
	struct buffer pe = driver(3000, PE_X64, 11), rom;
	struct oprom_part parts[] = { { .code = OPROM_PC, .bytes = image_span(&old) },
				      part_of(&pe, true),
				      part_of(&pe, false) };
	struct oprom_plan plan = plan_of(parts, 3);
	static struct oprom_chain c;
	uint32_t value = 1;
	size_t at;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		old.n += more * 700; /* what is behind the image is not taken */
		parts[0].bytes = image_span(&old);
		for (plan.n = 1; plan.n <= 3; plan.n++) {
			rom = made(&plan);
			read_back(&plan, buffer_span(&rom));
			assert_int_equal(oprom_chain_read(buffer_span(&rom), &c, NULL), 0);
			assert_true(c.images[0].bytes.n == 1024 && c.images[0].vbt.p);
			assert_true(oprom_saved_bdsm(&c.images[0], &at, &value) && value == 0);
			buffer_done(&rom);
		}
	}
	buffer_done(&pe);
}

/* The length by PCIR is less than that by byte 2, or none, and the byte sum is right over the latter. */
static void takes_a_vbios_as_long_as_it_is(void **state)
{
	struct buffer pe = driver(3000, PE_X64, 11), rom;
	struct image old = vbios();
	struct oprom_part parts[] = { { .code = OPROM_PC, .bytes = image_span(&old) }, part_of(&pe, true) };
	struct oprom_plan plan = plan_of(parts, 2);
	static struct oprom_chain c;

	(void)state;
	for (unsigned blocks = 0; blocks < 2; blocks++) {
		set(&old, ROM_PCIR + 0x10, blocks, 2);
		set(&old, 1023, 0x55, 1);
		rom_seal(&old, 0, 1024);
		rom = made(&plan);
		read_back(&plan, buffer_span(&rom));
		assert_int_equal(oprom_chain_read(buffer_span(&rom), &c, NULL), 0);
		assert_true(c.images[0].blocks == 2 && c.images[1].at == 1024);
		buffer_done(&rom);
	}
	plan.vendor = 0x1002;
	parts[0].bytes = image_span(&old);
	rom = (struct buffer) { NULL, 0 };
	assert_int_equal(oprom_make(&plan, &rom, NULL), -IGD_EUSAGE);
	assert_null(rom.p);
	buffer_done(&pe);
}

/* ---- limits and refusals ------------------------------------------------------------------------------------ */

static void refused(const struct oprom_plan *plan, int code, const char *says)
{
	struct report rep = { 0 };
	uint8_t there = 7;
	struct buffer rom = { &there, 1 };

	assert_int_equal(oprom_make(plan, &rom, &rep), -code);
	if (!strstr(rep.refusal.text, says))
		fail_msg("%s", rep.refusal.text);
	assert_true(rom.p == &there && rom.n == 1 && there == 7);
	assert_int_equal(oprom_make(plan, &rom, NULL), -code);
}

static void keeps_to_the_limits(void **state)
{
	struct buffer most = driver(OPROM_MOST - 0x38, PE_X64, 11), over = driver(OPROM_MOST - 0x37, PE_X64, 11);
	struct buffer huge = driver((size_t)65535 * 512 - 0x37, PE_X64, 11), small = driver(600, PE_X64, 11), rom;
	struct oprom_part parts[OPROM_IMAGES_MAX + 1];
	struct oprom_plan plan = plan_of(parts, 1);

	(void)state;
	parts[0] = part_of(&most, false);
	rom = made(&plan);
	assert_int_equal(rom.n, OPROM_MOST);
	read_back(&plan, buffer_span(&rom));
	buffer_done(&rom);
	parts[1] = part_of(&small, false);
	plan.n = 2;
	refused(&plan, IGD_ELIMIT, "longer than 16 MiB, the most that one may have (part 2 of 2)");
	plan.n = 1;
	parts[0] = part_of(&over, false);
	refused(&plan, IGD_ELIMIT, "longer than 16 MiB");
	parts[0] = part_of(&huge, false);
	refused(&plan, IGD_ELIMIT, "at most 65535 blocks");
	plan.least = OPROM_MOST + 1;
	parts[0] = part_of(&small, false);
	refused(&plan, IGD_ELIMIT, "longer than 16 MiB");
	plan.least = 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = part_of(&small, i % 2);
	plan.n = OPROM_IMAGES_MAX;
	rom = made(&plan);
	read_back(&plan, buffer_span(&rom));
	buffer_done(&rom);
	plan.n++;
	refused(&plan, IGD_ELIMIT, "65 images");
	buffer_done(&most);
	buffer_done(&over);
	buffer_done(&huge);
	buffer_done(&small);
}

static void refuses_what_no_loader_takes(void **state)
{
	struct buffer pe = driver(2000, PE_X64, 11);
	struct image old = vbios();
	struct oprom_part part = part_of(&pe, false);
	struct oprom_plan plan = plan_of(&part, 0);

	(void)state;
	refused(&plan, IGD_EUSAGE, "nothing was given");
	plan.n = 1;
	part.code = OPROM_OPEN_FIRMWARE;
	refused(&plan, IGD_EUSAGE, "code type 1");
	part.code = OPROM_EFI;
	part.bytes.n = 1999;
	refused(&plan, IGD_ETRUNC, "cut short (part 1 of 1)");
	part.bytes.n = 2000;
	at16(pe.p + 0x58 + 68, 10);
	refused(&plan, IGD_EMAGIC, "subsystem 10");
	at16(pe.p + 0x58 + 68, 13);
	refused(&plan, IGD_EMAGIC, "subsystem 13");
	at16(pe.p + 0x58 + 68, 12);
	at32(pe.p + 0x148 + 16, 0); /* no section, and headers of 16 bytes */
	at32(pe.p + 0x58 + 60, 16);
	refused(&plan, IGD_EMAGIC, "headers are longer");
	memset(pe.p, 0, 0x200);
	memcpy(pe.p, "VZ\x64\x86", 4);
	pe.p[6] = 0x80; /* stripped */
	pe.p[5] = 11;
	refused(&plan, IGD_EMAGIC, "a TE image");
	pe.p[0] = 'X';
	refused(&plan, IGD_EMAGIC, "neither a PE");

	part = (struct oprom_part) { .code = OPROM_PC, .bytes = image_span(&old) };
	part.bytes.n--;
	refused(&plan, IGD_ETRUNC, "1024 bytes long and 1023 are there");
	part.bytes.n = 2;
	refused(&plan, IGD_ETRUNC, "ends inside the header");
	part.bytes.n = old.n;
	set(&old, ROM_PCIR + 0x14, 3, 1);
	refused(&plan, IGD_EMAGIC, "of code type 3");
	set(&old, ROM_PCIR + 0x14, 0, 1);
	set(&old, ROM_PCIR + 0x10, 0, 2);
	set(&old, 2, 0, 1);
	refused(&plan, IGD_ELENGTH, "no length");
	set(&old, 0, 0x5a4d, 2);
	refused(&plan, IGD_EMAGIC, "not the signature");
	buffer_done(&pe);
}

/* ---- damage ------------------------------------------------------------------------------------------------- */

/* What of a damaged part is made into a ROM is read back from it, and a refusal hands nothing out. */
static void try(struct span s)
{
	struct oprom_part parts[] = { { .code = span_is(s, 0, "\x55") ? OPROM_PC : OPROM_EFI, .bytes = s },
				      { .code = OPROM_EFI, .bytes = s, .compress = true } };
	struct oprom_plan plan = plan_of(parts, parts[0].code == OPROM_PC ? 1 : 2);
	struct buffer rom = { 0 };
	struct oprom o;

	if (oprom_make(&plan, &rom, NULL) < 0) {
		assert_true(rom.p == NULL && rom.n == 0);
		return;
	}
	if (parts[0].code == OPROM_EFI)
		read_back(&plan, buffer_span(&rom));
	else
		assert_int_equal(oprom_read(buffer_span(&rom), &o, NULL), 0);
	buffer_done(&rom);
}

static void survives_damage(void **state)
{
	struct buffer pe = driver(0x240, PE_X64, 11);
	struct image old = vbios();

	(void)state;
	image_damage(buffer_span(&pe), try);
	image_damage(image_span(&old), try);
	buffer_done(&pe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lays_images_out_as_efirom),
		cmocka_unit_test(ends_at_each_size),
		cmocka_unit_test(stores_plain_what_does_not_shrink),
		cmocka_unit_test(leaves_an_overlay_behind),
		cmocka_unit_test(fills_up),
		cmocka_unit_test(makes_the_same_bytes_again),
		cmocka_unit_test(puts_a_vbios_before_drivers),
		cmocka_unit_test(takes_a_vbios_as_long_as_it_is),
		cmocka_unit_test(keeps_to_the_limits),
		cmocka_unit_test(refuses_what_no_loader_takes),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("oprom_make", tests, NULL, NULL);
}
