// SPDX-License-Identifier: GPL-2.0-or-later
/* ROMs made good: what is changed, what is left, and what is refused. */
#include "rom_image.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/macros.h"
#include "fw/oprom_fix.h"

#define INTEL	.vendor = 0x8086, .device = 0x0406
#define AMD	.vendor = 0x1002, .device = 0x1638
#define NVIDIA	.vendor = 0x10de, .device = 0x1ba1
#define LAST	.indicator = 0x80
#define TO_3E92 ((struct oprom_fix_wish) { .device_known = true, .vendor = 0x8086, .device = 0x3e92, .least = 512 })
#define NO_IDS	((struct oprom_fix_wish) { .least = 512 })

struct fixed {
	struct arena a;
	struct buffer out;
	struct oprom_changes changes;
	struct oprom_chain chain;
	struct report rep;
};

static int fix(const struct image *m, struct oprom_fix_wish wish, struct fixed *f)
{
	int r;

	memset(f, 0, sizeof(*f));
	r = oprom_fix(image_span(m), &wish, &f->a, &f->out, &f->changes, &f->rep);
	if (r == 0)
		assert_int_equal(oprom_chain_read(buffer_span(&f->out), &f->chain, NULL), 0);
	else
		assert_true(!f->out.p && f->changes.n == 0);
	return r;
}

static void done(struct fixed *f)
{
	buffer_done(&f->out);
	arena_done(&f->a);
}

static const struct oprom_change *change(const struct fixed *f, const char *id)
{
	for (size_t i = 0; i < f->changes.n; i++)
		if (strcmp(f->changes.v[i].id, id) == 0)
			return &f->changes.v[i];
	return NULL;
}

/* The one change is @id at @at, from @before to @after; and the ROM is good. */
static void changed_only(struct fixed *f, const char *id, size_t at, uint64_t before, uint64_t after)
{
	assert_int_equal(f->changes.n, 1);
	assert_string_equal(f->changes.v[0].id, id);
	assert_true(f->changes.v[0].numbers && *f->changes.v[0].says);
	assert_int_equal(f->changes.v[0].at, at);
	assert_int_equal(f->changes.v[0].before, before);
	assert_int_equal(f->changes.v[0].after, after);
	assert_int_equal(f->chain.end, OPROM_END_LAST);
	done(f);
}

static struct image good(void)
{
	struct image m = { 0 };

	rom_add(&m, (struct rom_part) { .blocks = 2, INTEL });
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	return m;
}

static void copies_what_is_good(void **state)
{
	struct image m = good();
	struct fixed f;

	(void)state;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	assert_int_equal(f.changes.n, 0);
	assert_int_equal(f.out.n, m.n);
	assert_memory_equal(f.out.p, m.b, m.n);
	done(&f);
	assert_int_equal(fix(&m, ((struct oprom_fix_wish) { .device_known = true, INTEL, .least = 512 }), &f), 0);
	assert_int_equal(f.changes.n, 0);
	done(&f);
}

static void gives_each_image_the_ids(void **state)
{
	struct image m = good();
	struct fixed f;

	(void)state;
	assert_int_equal(fix(&m, TO_3E92, &f), 0);
	assert_int_equal(f.changes.n, 3);
	assert_true(f.changes.v[0].at == ROM_PCIR + 4 && f.changes.v[0].size == 4);
	assert_true(f.changes.v[0].before == 0x80860406 && f.changes.v[0].after == 0x80863e92);
	assert_string_equal(f.changes.v[0].says, "image 1: device in its PCIR");
	assert_string_equal(f.changes.v[1].id, "checksum");
	assert_true(f.changes.v[1].at == 6 && f.changes.v[1].size == 1);
	assert_int_equal(f.changes.v[2].at, 1024 + ROM_PCIR + 4);
	assert_true(f.chain.images[0].device == 0x3e92 && f.chain.images[1].device == 0x3e92);
	assert_int_equal(f.chain.images[0].sum, OPROM_SUM_OK);
	done(&f);
}

/* The VBIOS goes by the list: neither the old id nor the new one moves in it. */
static void leaves_the_list(void **state)
{
	struct image m = { 0 };
	struct fixed f;
	uint16_t id;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 2, INTEL, .revision = 3, LAST });
	set(&m, ROM_PCIR + 0x08, 0x1c, 2);
	set(&m, ROM_PCIR + 0x1c, 0x0406, 2);
	set(&m, ROM_PCIR + 0x1e, 0x3e98, 2);
	rom_seal(&m, 0, 1024);
	assert_int_equal(fix(&m, TO_3E92, &f), 0);
	assert_int_equal(f.changes.n, 2);
	assert_true(oprom_device(&f.chain.images[0], 0, &id) && id == 0x0406);
	assert_true(oprom_device(&f.chain.images[0], 1, &id) && id == 0x3e98);
	assert_false(oprom_device(&f.chain.images[0], 2, &id));
	done(&f);
}

static void knows_a_vbios_that_stops(void **state)
{
	struct image m = { 0 };
	struct oprom o;
	size_t at = 0;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 2, INTEL, .revision = 3, LAST });
	set(&m, ROM_PCIR + 0x08, 0x1c, 2);
	for (uint16_t i = 0; i < 6; i++)
		set(&m, ROM_PCIR + 0x1cU + i * 2U, i == 3 ? 0 : 0x3e90U + i, 2); /* two lists: GPUs, LPC bridges */
	assert_int_equal(oprom_read(image_span(&m), &o, NULL), 0);
	assert_false(oprom_stops_on(&o, 0x1234, &at)); /* a list, and no code */
	rom_family_code(&m, 0x200, ROM_PCIR + 0x24, ROM_PCIR + 0x28);
	assert_false(oprom_stops_on(&o, 0x1234, &at)); /* code for the LPC bridge's list */
	rom_family_code(&m, 0x180, ROM_PCIR + 0x1c, ROM_PCIR + 0x20);
	rom_family_code(&m, 0x1c0, ROM_PCIR + 0x20, ROM_PCIR + 0x22);
	assert_true(oprom_stops_on(&o, 0x1234, &at) && at == 0x180);
	assert_true(oprom_stops_on(&o, 0x3e94, &at)); /* an LPC bridge */
	assert_false(oprom_stops_on(&o, 0x3e90, &at) || oprom_stops_on(&o, 0x3e92, &at));
	rom_family_code(&m, 0x180, ROM_PCIR + 0x1c, ROM_PCIR + 0x1c); /* empty, or backwards: not that code */
	rom_family_code(&m, 0x1c0, ROM_PCIR + 0x22, ROM_PCIR + 0x1c);
	assert_false(oprom_stops_on(&o, 0x1234, &at));
}

static void refuses_another_makers_ids(void **state)
{
	struct image amd = { 0 }, odd = { 0 }, none = { 0 };
	struct fixed f;

	(void)state;
	rom_add(&amd, (struct rom_part) { .type = 3, .blocks = 1, AMD, LAST });
	assert_int_equal(fix(&amd, TO_3E92, &f), -IGD_EUSAGE);
	assert_non_null(strstr(f.rep.refusal.text, "1002:1638"));
	done(&f);
	rom_add(&odd, (struct rom_part) { .type = 3, .blocks = 1, .vendor = 0x03ea, .device = 0x0665, LAST });
	assert_int_equal(fix(&odd, TO_3E92, &f), 0); /* wrapped by somebody with ids of nobody */
	changed_only(&f, "device", ROM_PCIR + 4, 0x03ea0665, 0x80863e92);
	set(&odd, ROM_PCIR + 0x14, 0, 1);
	rom_seal(&odd, 0, 512);
	assert_int_equal(fix(&odd, TO_3E92, &f), -IGD_EUSAGE); /* a VBIOS is never another's */
	done(&f);
	rom_add(&none, (struct rom_part) { .type = 3, .blocks = 1, .vendor = 0, .device = 0, LAST });
	assert_int_equal(fix(&none, TO_3E92, &f), 0);
	changed_only(&f, "device", ROM_PCIR + 4, 0, 0x80863e92);
}

/* Where a filler stands at 6 that byte is taken; where text does, the last. */
static void puts_the_sum_where_it_harms_nothing(void **state)
{
	struct image m = { 0 };
	struct fixed f;
	uint8_t was;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 2, INTEL, LAST });
	memset(m.b + 6, '0', 12);
	rom_seal(&m, 0, 1024);
	was = m.b[6];
	m.b[0x300] = 5;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	changed_only(&f, "checksum", 6, was, (uint8_t)(was - 5));
	memcpy(m.b + 7, "00\xe9\x4c\x19\x77\xccVID", 10);
	rom_seal(&m, 0, 1024);
	m.b[0x300] = 9;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	changed_only(&f, "checksum", 1023, 0, (uint8_t)-4);
	set(&m, 2, 1, 1); /* over what byte 2 counts, and at its end */
	m.b[511] = 1;
	rom_seal(&m, 0, 512);
	m.b[511] = 3;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	changed_only(&f, "checksum", 511, 3, 1);
}

static void mends_last_flags(void **state)
{
	struct image missing = { 0 }, early = { 0 }, card = { 0 }, gap = { 0 };
	struct fixed f;

	(void)state;
	rom_add(&missing, (struct rom_part) { .type = 3, .blocks = 1, INTEL });
	rom_add(&missing, (struct rom_part) { .type = 3, .blocks = 1, INTEL, .indicator = 1 });
	assert_int_equal(fix(&missing, NO_IDS, &f), 0);
	changed_only(&f, "last", 512 + ROM_PCIR + 0x15, 1, 0x81);
	rom_add(&early, (struct rom_part) { .blocks = 1, INTEL, .indicator = 0 });
	rom_add(&early, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	rom_add(&early, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	assert_int_equal(fix(&early, NO_IDS, &f), 0);
	assert_true(f.chain.n == 3 && f.chain.images[2].place == OPROM_CHAINED);
	changed_only(&f, "last", 512 + ROM_PCIR + 0x15, 0x80, 0);
	/* what follows a VBIOS in the memory at C0000h is another card's */
	rom_add(&card, (struct rom_part) { .blocks = 1, INTEL, LAST });
	rom_add(&card, (struct rom_part) { .blocks = 1, .vendor = 0x8086, .device = 0x10d3, .class = 0x0200, LAST });
	assert_int_equal(fix(&card, NO_IDS, &f), 0);
	assert_int_equal(f.changes.n, 0);
	done(&f);
	/* a second ROM that does not begin right behind */
	rom_add(&gap, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	gap.n += 512;
	rom_add(&gap, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	assert_int_equal(fix(&gap, NO_IDS, &f), 0);
	assert_int_equal(f.changes.n, 0);
	done(&f);
}

/* NVIDIA's flag goes with PCI's; its images inside and behind are its own tools' affair. */
static void nvidia_keeps_its_own(void **state)
{
	struct image m = { 0 };
	struct fixed f;
	size_t efi;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 2, NVIDIA, .npde = 1 });
	memset(m.b + 512, 0, 512);
	memcpy(m.b + 512, "VN", 2);
	set(&m, 512 + 0x18, 0x40, 2);
	rom_pcir(&m, 512 + 0x40, &(struct rom_part) { .type = 0xe0, .blocks = 1, NVIDIA, .nv = true });
	rom_seal(&m, 0, 1024);
	efi = rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, NVIDIA, .npde = 1 });
	assert_int_equal(fix(&m, ((struct oprom_fix_wish) { true, 0x10de, 0x1be1, 512 }), &f), 0);
	assert_int_equal(f.chain.images[1].device, 0x1ba1);
	assert_true(f.chain.images[0].device == 0x1be1 && f.chain.images[2].device == 0x1be1);
	assert_true(f.chain.images[2].last && f.chain.images[2].npde.last && !f.chain.images[0].npde.last);
	done(&f);
	rom_add(&m, (struct rom_part) { .type = 0xe0, .blocks = 1, NVIDIA, .nv = true });
	assert_int_equal(fix(&m, NO_IDS, &f), 0); /* its chain goes on, PCI's ends */
	changed_only(&f, "last", efi + ROM_PCIR + 0x15, 0, 0x80);
}

/* The length is among the bytes that are added up. */
static void length_changed(struct fixed *f, uint16_t before, uint16_t after)
{
	assert_int_equal(f->changes.n, 2);
	assert_string_equal(f->changes.v[0].id, "length");
	assert_true(f->changes.v[0].at == ROM_PCIR + 0x10 && f->changes.v[0].size == 2);
	assert_true(f->changes.v[0].before == before && f->changes.v[0].after == after);
	assert_string_equal(f->changes.v[1].id, "checksum");
	assert_true(f->chain.end == OPROM_END_LAST && f->chain.images[0].sum == OPROM_SUM_OK);
	done(f);
}

static void mends_lengths_that_are_certain(void **state)
{
	struct image m = { 0 }, two = { 0 };
	struct fixed f;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 3, INTEL, LAST });
	set(&m, ROM_PCIR + 0x10, 0, 2);
	rom_seal(&m, 0, 1536);
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	length_changed(&f, 0, 3);
	m.b[0x1f0] = 1;
	set(&m, ROM_PCIR + 0x10, 1, 2); /* 1 by PCIR, and the sum is right over the 3 that byte 2 says */
	rom_seal(&m, 0, 1536);
	m.b[6]--;
	m.b[0x500]++;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	length_changed(&f, 1, 3);
	m.b[0x500]++; /* over neither: nobody knows */
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	assert_int_equal(f.changes.n, 0);
	done(&f);
	/* an image without a length hides those behind it */
	rom_add(&two, (struct rom_part) { .blocks = 1, INTEL });
	set(&two, ROM_PCIR + 0x10, 0, 2);
	rom_seal(&two, 0, 512);
	rom_add(&two, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	assert_int_equal(fix(&two, NO_IDS, &f), 0);
	length_changed(&f, 0, 1);
	set(&two, 2, 0, 1); /* and byte 2 says nothing either */
	assert_int_equal(fix(&two, NO_IDS, &f), -IGD_ELENGTH);
	done(&f);
}

static void forgets_the_hosts_memory(void **state)
{
	static const uint8_t code[] = { 0x66, 0x2e, 0x83, 0x3e, 0x90, 0x00, 0x00, 0x74, 0x07, 0x66,
					0x2e, 0xa1, 0x90, 0x00, 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };
	struct image m = { 0 };
	struct fixed f;

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 2, INTEL, LAST });
	memcpy(m.b + 0x100, code, sizeof(code));
	set(&m, 0x90, 0x8c000000, 4);
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	assert_int_equal(f.changes.n, 2);
	assert_true(change(&f, "saved-bdsm")->at == 0x90 && change(&f, "saved-bdsm")->size == 4);
	assert_true(change(&f, "saved-bdsm")->before == 0x8c000000 && change(&f, "saved-bdsm")->after == 0);
	assert_non_null(change(&f, "checksum"));
	assert_int_equal(f.chain.images[0].sum, OPROM_SUM_OK);
	done(&f);
}

static void drops_a_prefix(void **state)
{
	struct image m = { .n = 0x601 }, rom = good();
	struct fixed f;

	(void)state;
	memcpy(m.b, "NVGI", 4);
	memcpy(m.b + m.n, rom.b, rom.n);
	m.n += rom.n;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	assert_memory_equal(f.out.p, rom.b, rom.n);
	assert_int_equal(f.out.n, rom.n);
	changed_only(&f, "prefix", 0, 0x601, 0);
}

static void fills_up(void **state)
{
	struct image m = good();
	struct fixed f;

	(void)state;
	assert_int_equal(fix(&m, (struct oprom_fix_wish) { 0 }, &f), 0);
	assert_int_equal(f.out.n, 4096);
	for (size_t i = m.n; i < 4096; i++)
		assert_int_equal(f.out.p[i], 0xff);
	changed_only(&f, "padding", m.n, m.n, 4096);
	m.n += 7; /* data behind the last image is kept */
	m.b[m.n - 1] = 0x42;
	assert_int_equal(fix(&m, NO_IDS, &f), 0);
	assert_true(f.out.n == 2048 && f.out.p[m.n - 1] == 0x42);
	changed_only(&f, "padding", m.n, m.n, 2048);
}

static void refuses_what_was_cut_short(void **state)
{
	struct image m = good();
	struct fixed f;

	(void)state;
	m.n -= 1;
	assert_int_equal(fix(&m, TO_3E92, &f), -IGD_ETRUNC);
	assert_non_null(strstr(f.rep.refusal.text, "512 bytes long and 511 are there"));
	assert_non_null(strstr(f.rep.refusal.text, "dump it again"));
	m.n = 0x10;
	assert_int_equal(fix(&m, TO_3E92, &f), -IGD_ETRUNC);
	m.n = 0x100;
	memset(m.b, 0, m.n);
	assert_int_equal(fix(&m, TO_3E92, &f), -IGD_EMAGIC);
}

static void refuses_images_that_share_bytes(void **state)
{
	struct image m = { 0 };
	struct fixed f;

	(void)state;
	/* both go by the PCIR of the second, which cannot be the last and not the last */
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL });
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL });
	set(&m, 0x18, 512 + ROM_PCIR, 2);
	assert_int_equal(fix(&m, NO_IDS, &f), -IGD_ELENGTH);
	done(&f);
	/* a byte sum that cannot be put anywhere: PCIR is at 4 and reaches to the end */
	memset(&m, 0, sizeof(m));
	rom_add(&m, (struct rom_part) { .blocks = 1, INTEL, LAST });
	memmove(m.b + 0x1e8, m.b + ROM_PCIR, 0x18);
	set(&m, 0x18, 0x1e8, 2);
	m.b[8] = 1;
	assert_int_equal(fix(&m, NO_IDS, &f), -IGD_ELENGTH);
	done(&f);
}

static void mends_for_good_or_refuses(struct span rom)
{
	static const struct oprom_fix_wish wishes[] = { { .least = 512 }, { true, 0x8086, 0x3e92, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		struct oprom_changes changes = { 0 }, none = { 0 };
		struct buffer once = { 0 }, twice = { 0 };
		static struct oprom_chain c;
		struct arena a = { 0 };

		if (oprom_fix(rom, &wishes[i], &a, &once, &changes, NULL) == 0) {
			assert_int_equal(oprom_chain_read(buffer_span(&once), &c, NULL), 0);
			assert_true(c.images[0].at == 0 && c.end == OPROM_END_LAST);
			assert_int_equal(oprom_fix(buffer_span(&once), &wishes[i], &a, &twice, &none, NULL), 0);
			assert_int_equal(none.n, 0);
			assert_int_equal(once.n, twice.n);
			assert_memory_equal(once.p, twice.p, once.n);
		}
		buffer_done(&once);
		buffer_done(&twice);
		arena_done(&a);
	}
}

static void survives_damage(void **state)
{
	struct image m = { 0 };

	(void)state;
	rom_add(&m, (struct rom_part) { .blocks = 1, INTEL, .revision = 3, .npde = 1 });
	rom_add(&m, (struct rom_part) { .type = 3, .blocks = 1, INTEL, LAST });
	image_damage(image_span(&m), mends_for_good_or_refuses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_what_is_good),
		cmocka_unit_test(gives_each_image_the_ids),
		cmocka_unit_test(leaves_the_list),
		cmocka_unit_test(knows_a_vbios_that_stops),
		cmocka_unit_test(refuses_another_makers_ids),
		cmocka_unit_test(puts_the_sum_where_it_harms_nothing),
		cmocka_unit_test(mends_last_flags),
		cmocka_unit_test(nvidia_keeps_its_own),
		cmocka_unit_test(mends_lengths_that_are_certain),
		cmocka_unit_test(forgets_the_hosts_memory),
		cmocka_unit_test(drops_a_prefix),
		cmocka_unit_test(fills_up),
		cmocka_unit_test(refuses_what_was_cut_short),
		cmocka_unit_test(refuses_images_that_share_bytes),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("oprom_fix", tests, NULL, NULL);
}
