// SPDX-License-Identifier: GPL-2.0-or-later
/* Option ROMs: chains as Intel, AMD and NVIDIA make them, and what goes wrong with them. */
#include "rom_image.h"

#include "base/error.h"
#include "base/macros.h"
#include "fw/oprom.h"

#define INTEL  .vendor = 0x8086, .device = 0x3e92
#define NVIDIA .vendor = 0x10de, .device = 0x1ba1

static int read(const struct image *m, struct oprom_chain *c, struct report *rep)
{
	memset(c, 0xa5, sizeof(*c));
	return oprom_chain_read(image_span(m), c, rep);
}

static bool noted(const struct report *rep, size_t at, const char *text)
{
	for (size_t i = 0; i < rep->n_notes; i++)
		if (rep->notes[i].at == at && strstr(rep->notes[i].text, text))
			return true;
	return false;
}

/* A VBIOS of two blocks with a device list and a VBT, then an EFI image of one. */
static struct image intel(void)
{
	struct image m = { 0 };
	size_t efi;

	rom_add(&m, (struct rom_part) { .type = 0, .blocks = 2, INTEL, .revision = 3 });
	set(&m, ROM_PCIR + 0x08, 0x1c, 2); /* the list is right behind */
	set(&m, ROM_PCIR + 0x16, 2, 2);
	set(&m, ROM_PCIR + 0x1a, 0x123, 2);
	set(&m, ROM_PCIR + 0x1c, 0x3e91, 2);
	set(&m, ROM_PCIR + 0x1e, 0x3e98, 2);
	set(&m, 0x1a, 0x100, 2);
	memcpy(m.b + 0x100, "$VBT SKYLAKE", 12);
	rom_seal(&m, 0, 1024);
	efi = rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .indicator = 0x80 });
	set(&m, efi + ROM_PCIR + 0x08, 0x77, 2); /* of revision 0: vital product data */
	return m;
}

static void reads_a_vbios_and_a_driver(void **state)
{
	struct image m = intel();
	struct report rep = { 0 };
	struct oprom_chain c;
	const struct oprom *o = &c.images[0];
	uint16_t id;

	(void)state;
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.end, OPROM_END_LAST);
	assert_int_equal(c.tail, OPROM_TAIL_NONE);
	assert_false(c.more);
	assert_true(o->at == 0 && o->bytes.n == 1024 && o->place == OPROM_CHAINED && !o->last && !o->partial);
	assert_true(o->vendor == 0x8086 && o->device == 0x3e92 && o->class_code == 0x030000);
	assert_true(o->blocks == 2 && o->init_size == 1024 && o->revision == 0x0102);
	assert_true(o->sum == OPROM_SUM_OK && o->sum_value == 0);
	assert_true(o->pcir_at == ROM_PCIR && o->pcir_size == 0x1c && o->pcir_revision == 3 && o->vpd == 0);
	assert_true(o->revision3 && o->max_runtime == 2 && o->config_utility == 0 && o->dmtf == 0x123);
	assert_true(oprom_device(o, 0, &id) && id == 0x3e91);
	assert_true(oprom_device(o, 1, &id) && id == 0x3e98);
	assert_false(oprom_device(o, 2, &id));
	assert_true(oprom_is_for(o, 0x8086, 0x3e92) && oprom_is_for(o, 0x8086, 0x3e98));
	assert_false(oprom_is_for(o, 0x8086, 0x3e99) || oprom_is_for(o, 0x1002, 0x3e92));
	assert_true(span_is(o->vbt, 0, "$VBT SKYLAKE") && o->vbt.n == 1024 - 0x100);
	assert_false(o->efi.valid || o->npde.there);
	assert_string_equal(oprom_code_str(o), "PC");
	o = &c.images[1];
	assert_true(o->at == 1024 && o->bytes.n == 512 && o->place == OPROM_CHAINED && o->last);
	assert_true(o->code_type == OPROM_EFI && o->sum == OPROM_SUM_NONE && !o->vbt.p && o->devices.n == 0);
	assert_true(o->efi.valid && o->efi.machine == 0x8664 && o->efi.subsystem == 0xb && o->efi.compression == 0);
	assert_true(o->efi.image_at == ROM_DRIVER && o->efi.payload.p == m.b + 1024 + ROM_DRIVER);
	assert_int_equal(o->efi.payload.n, 512 - ROM_DRIVER);
	assert_true(o->vpd == 0x77 && !o->revision3);
	assert_string_equal(oprom_code_str(o), "EFI");
}

/* The sum is over what byte 2 counts, not over what PCIR does. */
static void sums_what_the_header_counts(void **state)
{
	struct image m = { 0 };
	struct report rep = { 0 };
	struct oprom_chain c;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 3, INTEL, .indicator = 0x80 });
	set(&m, 2, 1, 1);
	rom_seal(&m, 0, 512);
	m.b[600] = 9;
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.images[0].sum == OPROM_SUM_OK && c.images[0].init_size == 512 && c.images[0].bytes.n == 1536);
	m.b[100]++;
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.images[0].sum == OPROM_SUM_BAD && c.images[0].sum_value == 1);
	assert_true(noted(&rep, 0, "add up to 0x01"));
	set(&m, 2, 4, 1); /* more than there is: no verdict, and a note */
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.images[0].sum == OPROM_SUM_NONE && noted(&rep, 2, "2048 bytes long by its header"));
	set(&m, 2, 0, 1);
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_true(c.images[0].sum == OPROM_SUM_NONE && c.images[0].init_size == 0);
}

static void skips_a_prefix(void **state)
{
	struct image m = { 0 };
	struct report rep = { 0 };
	struct oprom_chain c;

	(void)state;
	memcpy(m.b, "NVGI", 4);
	set(&m, 0x200, 0xaa55, 2); /* the signature alone is not enough */
	m.n = 0x600;
	rom_add(&m, (struct rom_part) { .blocks = 1, NVIDIA, .indicator = 0x80 });
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.n == 1 && c.images[0].at == 0x600 && c.images[0].place == OPROM_CHAINED);
	assert_true(noted(&rep, 0, "begins at 0x600, behind NVIDIA's NVGI"));
	memmove(m.b + 0x5fd, m.b + 0x600, 512); /* at any offset */
	m.n = 0x5fd + 512;
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_int_equal(c.images[0].at, 0x5fd);
}

/* As graphics cards of 2016 have it: PCIR spans four images, NPDE one; the EFI image is the last by NPDE alone. */
static void follows_nvidias_own_chain(void **state)
{
	struct image m = { 0 };
	struct oprom_chain c;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 4, .body = 1, NVIDIA, .revision = 3, .npde = 1 });
	rom_add(&m, (struct rom_part) { .type = 0xe0, .blocks = 1, NVIDIA, .nv = true, .npde = 1 });
	rom_add(&m, (struct rom_part) { .type = 0xe0, .blocks = 1, NVIDIA, .nv = true, .npde = 1 });
	rom_add(&m, (struct rom_part) { .type = 0x70, .blocks = 1, NVIDIA, .nv = true });
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, NVIDIA, .npde = 1, .npde_last = 0x80 });
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_int_equal(c.n, 5);
	assert_int_equal(c.end, OPROM_END_MISSING);
	assert_true(c.images[0].place == OPROM_CHAINED && c.images[0].npde.there && c.images[0].npde.blocks == 1);
	for (size_t i = 1; i < 4; i++) {
		assert_true(c.images[i].place == OPROM_INSIDE && c.images[i].nvidia && c.images[i].at == i * 512);
		assert_string_equal(oprom_code_str(&c.images[i]), "vendor data");
	}
	assert_true(c.images[4].place == OPROM_CHAINED && c.images[4].efi.valid && c.images[4].npde.last);

	set(&m, ROM_PCIR + 0x15, 0x80, 1); /* as of 2019: the last for firmware */
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_true(c.n == 5 && c.end == OPROM_END_LAST);
	assert_int_equal(c.images[3].place, OPROM_INSIDE);
	assert_int_equal(c.images[4].place, OPROM_BEHIND);
}

static void tells_gaps_and_ends(void **state)
{
	struct image m = { 0 };
	struct report rep = { 0 };
	struct oprom_chain c;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 1, INTEL });
	m.n += 1024;
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .indicator = 0x80 });
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .indicator = 0x80 });
	memset(m.b + m.n, 0xff, 600);
	m.n += 600;
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.n == 3 && c.end == OPROM_END_LAST);
	assert_int_equal(c.images[1].place, OPROM_GAP);
	assert_int_equal(c.images[2].place, OPROM_BEHIND);
	assert_true(noted(&rep, 1536, "0x400 bytes of no image"));
	assert_true(c.tail == OPROM_TAIL_PADDING && c.tail_at == 2560 && c.tail_size == 600);
	m.b[3000] = 1;
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_int_equal(c.tail, OPROM_TAIL_DATA);
	m.b[1536 + ROM_PCIR + 0x15] = 0;
	m.b[2048 + ROM_PCIR + 0x15] = 0x7f; /* all bits but the one */
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_int_equal(c.end, OPROM_END_MISSING);
	assert_int_equal(c.images[2].place, OPROM_CHAINED);
}

static void reads_what_is_there_of_an_image(void **state)
{
	struct image m = { 0 };
	struct report rep = { 0 };
	struct oprom_chain c;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 4, .body = 2, INTEL, .indicator = 0x80 });
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.n == 1 && c.images[0].partial && c.images[0].bytes.n == 1024);
	assert_int_equal(c.images[0].sum, OPROM_SUM_NONE);
	assert_int_equal(c.end, OPROM_END_PARTIAL);
	assert_true(noted(&rep, ROM_PCIR + 0x10, "4 blocks of 512 bytes long, and 1024"));

	set(&m, ROM_PCIR + 0x10, 0, 2); /* no length: the header's is taken, and nobody gets past it */
	set(&m, ROM_PCIR + 0x15, 0, 1);
	set(&m, 2, 1, 1);
	rom_add(&m, (struct rom_part) { .blocks = 1, INTEL, .indicator = 0x80 });
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(c.n == 2 && c.images[0].no_length && c.images[0].bytes.n == 512);
	assert_int_equal(c.images[1].place, OPROM_BEHIND);
	assert_int_equal(c.end, OPROM_END_STUCK);
	assert_true(noted(&rep, ROM_PCIR + 0x10, "no length"));
}

static void notes_odd_headers(void **state)
{
	struct image m = { 0 };
	struct report rep = { 0 };
	struct oprom_chain c;

	(void)state;
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .pcir_at = 0x42 });
	set(&m, 0x16, 0x200, 2); /* the driver begins where the image ends */
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .indicator = 0x80 });
	set(&m, 512 + 4, 0x0ef2, 2);
	assert_int_equal(read(&m, &c, &rep), 0);
	assert_true(noted(&rep, 0x42, "not aligned") && noted(&rep, 0x16, "begin at 0x200, which is outside"));
	assert_true(c.images[0].efi.valid && !c.images[0].efi.payload.p && !c.images[1].efi.valid);
	assert_true(noted(&rep, 512 + 4, "its header does not"));
}

static void refuses(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int code;
		const char *says;
	} bad[] = {
		{ "", 0, IGD_ETRUNC, "no PCI option ROM" },
		{ "\x55\xaa", 2, IGD_ETRUNC, "ISA option ROM" },
		{ "\x55\xaa\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		  "\xff\xff",
		  26, IGD_EMAGIC, "ISA option ROM" },
		{ "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8\x00\x00\x00\x00\x00\x00\x00\x40\x00"
		  "\x00",
		  27, IGD_EMAGIC, "bare EFI driver" },
		{ "$VBT SKYLAKE            ........", 32, IGD_EMAGIC, "bare VBT" },
		{ "........................................_FVH....", 48, IGD_EMAGIC, "firmware volume" },
		{ "................................", 32, IGD_EMAGIC, "nowhere" },
	};
	static struct oprom_chain c, before;
	struct oprom o, was;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	memset(&was, 0xa5, sizeof(was));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct span s = { (const uint8_t *)bad[i].bytes, bad[i].n };
		struct report rep = { 0 };

		c = before;
		o = was;
		assert_int_equal(oprom_chain_read(s, &c, &rep), -bad[i].code);
		assert_non_null(strstr(rep.refusal.text, bad[i].says));
		assert_memory_equal(&c, &before, sizeof(c));
		assert_int_equal(oprom_read(s, &o, NULL), -bad[i].code);
		assert_memory_equal(&o, &was, sizeof(o));
	}
}

static void ends_a_list_of_devices(void **state)
{
	struct image m = { 0 };
	struct oprom_chain c;
	uint16_t id;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 4, INTEL, .revision = 3, .indicator = 0x80 });
	set(&m, ROM_PCIR + 0x08, 0x100, 2);
	memset(m.b + 0x140, 0x11, 1024);
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_true(oprom_device(&c.images[0], OPROM_DEVICES_MAX - 1, &id));
	assert_false(oprom_device(&c.images[0], OPROM_DEVICES_MAX, &id));
}

static void counts_what_has_no_room(void **state)
{
	size_t n = (OPROM_IMAGES_MAX + 1) * (size_t)512;
	uint8_t *rom = calloc(1, n);
	struct image one = { 0 };
	struct oprom_chain c;

	(void)state;
	assert_non_null(rom);
	rom_add(&one, (struct rom_part) { .blocks = 1, INTEL });
	for (size_t i = 0; i <= OPROM_IMAGES_MAX; i++)
		memcpy(rom + i * 512, one.b, 512);
	assert_int_equal(oprom_chain_read((struct span) { rom, n }, &c, NULL), 0);
	assert_true(c.n == OPROM_IMAGES_MAX && c.more);
	free(rom);
}

/* The code of a VBIOS that keeps the base of stolen memory in a variable, here at 0x80. */
static void finds_the_saved_bdsm(void **state)
{
	static const uint8_t code[] = { 0x66, 0x2e, 0x83, 0x3e, 0x80, 0x00, 0x00, 0x74, 0x07, 0x66,
					0x2e, 0xa1, 0x80, 0x00, 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };
	struct image m = { 0 };
	struct oprom_chain c;
	uint32_t value = 1;
	size_t at = 0;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 1, INTEL, .indicator = 0x80 });
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_false(oprom_saved_bdsm(&c.images[0], &at, &value));
	memcpy(m.b + 0x1a0, code, sizeof(code));
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_true(oprom_saved_bdsm(&c.images[0], &at, &value));
	assert_true(at == 0x80 && value == 0);
	set(&m, 0x80, 0x8c000000, 4);
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_true(oprom_saved_bdsm(&c.images[0], &at, &value) && value == 0x8c000000);
	m.b[0x1ac]++; /* two variables are none */
	assert_false(oprom_saved_bdsm(&c.images[0], &at, &value));
	m.b[0x1ac]--;
	c.images[0].vendor = 0x10de;
	assert_false(oprom_saved_bdsm(&c.images[0], &at, &value));
}

static void put_bits(struct image *m, size_t *at, uint32_t value, unsigned n)
{
	for (; n > 0; n--, ++*at) {
		assert_true(*at / 8 < IMAGE_MAX);
		if (value >> (n - 1) & 1)
			m->b[*at / 8] = (uint8_t)(m->b[*at / 8] | 0x80 >> *at % 8);
	}
}

/* "MZ" as UEFI compresses it (UEFI Specification 2.10, 19.2), in the simplest way: each byte is a block whose tables
 * know that one symbol. */
static void put_packed(struct image *m, size_t at)
{
	size_t bit = (at + 8) * 8;

	for (size_t i = 0; i < 2; i++) {
		put_bits(m, &bit, 1, 16); /* symbols */
		put_bits(m, &bit, 0, 10); /* table of lengths: one */
		put_bits(m, &bit, 0, 9);  /* table of characters: one */
		put_bits(m, &bit, "MZ"[i], 9);
		put_bits(m, &bit, 0, 8); /* table of positions: one */
	}
	set(m, at, (bit + 7) / 8 - at - 8, 4);
	set(m, at + 4, 2, 4);
}

static void unpacks_a_driver(void **state)
{
	struct image m = { 0 };
	struct buffer decoded = { 0 };
	struct report rep = { 0 };
	struct span driver = { NULL, 7 };
	struct oprom_chain c;

	(void)state;
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .indicator = 0x80 });
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_int_equal(oprom_driver(&c.images[0], 1024, &decoded, &driver, &rep), 0);
	assert_true(driver.p == m.b + ROM_DRIVER && driver.n == 512 - ROM_DRIVER && !decoded.p);
	set(&m, 0x0c, 1, 2);
	set(&m, ROM_DRIVER, 0, 2);
	put_packed(&m, ROM_DRIVER);
	assert_int_equal(read(&m, &c, NULL), 0);
	assert_int_equal(oprom_driver(&c.images[0], 1024, &decoded, &driver, &rep), 0);
	assert_true(driver.p == decoded.p && driver.n == 2 && memcmp(driver.p, "MZ", 2) == 0);
	buffer_done(&decoded);

	driver = (struct span) { NULL, 7 };
	assert_int_equal(oprom_driver(&c.images[0], 1, &decoded, &driver, &rep), -IGD_ELIMIT);
	c.images[0].efi.compression = 2;
	assert_int_equal(oprom_driver(&c.images[0], 1024, &decoded, &driver, &rep), -IGD_EMAGIC);
	c.images[0].efi.compression = 0;
	c.images[0].efi.payload.p = NULL;
	assert_int_equal(oprom_driver(&c.images[0], 1024, &decoded, &driver, &rep), -IGD_EMAGIC);
	assert_true(driver.n == 7 && !driver.p && !decoded.p);
}

static void try(struct span s)
{
	static struct oprom_chain c, before;
	uint32_t value;
	uint16_t id;
	size_t at;

	memset(&before, 0xa5, sizeof(before));
	memset(&c, 0xa5, sizeof(c));
	if (oprom_chain_read(s, &c, NULL) < 0) {
		assert_memory_equal(&c, &before, sizeof(c));
		return;
	}
	for (size_t i = 0; i < c.n; i++) {
		const struct oprom *o = &c.images[i];

		assert_true(o->at <= s.n && o->bytes.n <= s.n - o->at);
		assert_true(oprom_is_for(o, o->vendor, o->device));
		for (size_t k = 0; oprom_device(o, k, &id); k++)
			assert_true(k < OPROM_DEVICES_MAX);
		if (oprom_saved_bdsm(o, &at, &value))
			assert_true(at < o->bytes.n);
		for (size_t k = 0; k < o->efi.payload.n; k++)
			value = (uint32_t)(value + o->efi.payload.p[k]);
	}
}

static void survives_damage(void **state)
{
	struct image m = intel(), nv = { 0 };

	(void)state;
	image_damage(image_span(&m), try);
	rom_add(&nv, (struct rom_part) { .blocks = 2, .body = 1, NVIDIA, .revision = 3, .npde = 1 });
	rom_add(&nv,
		(struct rom_part) { .type = 0x70, .blocks = 1, NVIDIA, .nv = true, .npde = 1, .npde_last = 0x80 });
	image_damage(image_span(&nv), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_vbios_and_a_driver),
		cmocka_unit_test(sums_what_the_header_counts),
		cmocka_unit_test(skips_a_prefix),
		cmocka_unit_test(follows_nvidias_own_chain),
		cmocka_unit_test(tells_gaps_and_ends),
		cmocka_unit_test(reads_what_is_there_of_an_image),
		cmocka_unit_test(notes_odd_headers),
		cmocka_unit_test(refuses),
		cmocka_unit_test(ends_a_list_of_devices),
		cmocka_unit_test(counts_what_has_no_room),
		cmocka_unit_test(finds_the_saved_bdsm),
		cmocka_unit_test(unpacks_a_driver),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("oprom", tests, NULL, NULL);
}
