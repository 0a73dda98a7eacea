// SPDX-License-Identifier: GPL-2.0-or-later
/* The DMAR table: good, odd and bad images, made here from the fields of the VT-d specification's chapter 8. */
#include "image.h"

#include "base/error.h"
#include "fw/dmar.h"

static void seal(struct image *m)
{
	uint8_t sum = 0;

	set(m, 4, m->n, 4);
	m->b[9] = 0;
	for (size_t i = 0; i < m->n; i++)
		sum = (uint8_t)(sum + m->b[i]);
	m->b[9] = (uint8_t)-sum;
}

static void head(struct image *m)
{
	m->n = 0;
	put_text(m, "DMAR", 4);
	put(m, 0, 4);		  /* length, by seal() */
	put(m, 1, 1);		  /* revision */
	put(m, 0, 1);		  /* checksum, by seal() */
	put_text(m, "INTEL ", 6); /* OEM id, padded with a blank */
	put_text(m, "EDK2", 8);	  /* OEM table id, padded with zeros */
	put(m, 2, 4);		  /* OEM revision */
	put_text(m, "INTL", 4);	  /* creator */
	put(m, 1, 4);		  /* creator revision */
	put(m, 38, 1);		  /* host address width less one */
	put(m, DMAR_INTR_REMAP | DMAR_PLATFORM_OPT_IN, 1);
	put(m, 0, 8);
	put(m, 0, 2); /* reserved: 10 bytes */
}

/* type, length of all, flags, enumeration id, bus, then @steps (device, function) pairs from @path */
static void scope(struct image *m, uint8_t type, uint8_t enum_id, uint8_t bus, size_t steps, const uint8_t *path)
{
	put(m, type, 1);
	put(m, 6 + 2 * steps, 1);
	put(m, 0, 2);
	put(m, enum_id, 1);
	put(m, bus, 1);
	for (size_t i = 0; i < 2 * steps; i++)
		put(m, path[i], 1);
}

static const uint8_t gfx[] = { 0x02, 0x00 }, ioapic[] = { 0x1e, 0x07 }, deep[] = { 0x1c, 0x04, 0x00, 0x01 };

static void drhd_gfx(struct image *m)
{
	put(m, DMAR_DRHD, 2);
	put(m, 24, 2);
	put(m, 0, 1); /* flags: not for all */
	put(m, 0, 1);
	put(m, 0, 2); /* segment */
	put(m, 0xfed90000, 8);
	scope(m, DMAR_SCOPE_ENDPOINT, 0, 0, 1, gfx);
}

#define GOOD_LEN 220

static struct image good_image(void)
{
	struct image m;

	head(&m);
	drhd_gfx(&m);

	put(&m, DMAR_DRHD, 2);
	put(&m, 34, 2);
	put(&m, 1, 1); /* INCLUDE_ALL */
	put(&m, 0, 1);
	put(&m, 0, 2);
	put(&m, 0xfed91000, 8);
	scope(&m, DMAR_SCOPE_IOAPIC, 2, 0xf0, 1, ioapic);
	scope(&m, DMAR_SCOPE_BRIDGE, 0, 0, 2, deep);

	put(&m, DMAR_RMRR, 2);
	put(&m, 32, 2);
	put(&m, 0, 2);
	put(&m, 1, 2); /* segment */
	put(&m, 0x8b800000, 8);
	put(&m, 0x8fffffff, 8);
	scope(&m, DMAR_SCOPE_ENDPOINT, 0, 0, 1, gfx);

	put(&m, DMAR_ATSR, 2);
	put(&m, 8, 2);
	put(&m, 1, 1); /* ALL_PORTS */
	put(&m, 0, 1);
	put(&m, 0, 2);

	put(&m, DMAR_RHSA, 2);
	put(&m, 20, 2);
	put(&m, 0, 4);
	put(&m, 0xfed91000, 8);
	put(&m, 3, 4);

	put(&m, DMAR_ANDD, 2);
	put(&m, 22, 2);
	put(&m, 0, 3);
	put(&m, 9, 1); /* ACPI device number */
	put_text(&m, "\\_SB.I2C0", 14);

	put(&m, DMAR_SATC, 2);
	put(&m, 16, 2);
	put(&m, 1, 1);
	put(&m, 0, 1);
	put(&m, 0, 2);
	scope(&m, DMAR_SCOPE_ENDPOINT, 0, 0, 1, gfx);

	put(&m, DMAR_SIDP, 2);
	put(&m, 16, 2);
	put(&m, 0, 2);
	put(&m, 0, 2);
	scope(&m, DMAR_SCOPE_ENDPOINT, 0, 0, 1, gfx);
	m.b[m.n - 6] = 0x1f; /* the flags of that scope */
	seal(&m);
	assert_int_equal(m.n, GOOD_LEN);
	return m;
}

static void reads_every_structure(void **state)
{
	static const uint16_t types[] = { DMAR_DRHD, DMAR_DRHD, DMAR_RMRR, DMAR_ATSR,
					  DMAR_RHSA, DMAR_ANDD, DMAR_SATC, DMAR_SIDP };
	static const uint8_t scopes[] = { 1, 2, 1, 0, 0, 0, 1, 1 };
	struct image m = good_image();
	struct report rep = { 0 };
	struct dmar d;

	(void)state;
	assert_int_equal(dmar_read(image_span(&m), &d, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(d.revision, 1);
	assert_int_equal(d.host_width, 39);
	assert_int_equal(d.flags, DMAR_INTR_REMAP | DMAR_PLATFORM_OPT_IN);
	assert_string_equal(d.oem, "INTEL");
	assert_string_equal(d.oem_table, "EDK2");
	assert_true(d.checksum_ok);
	assert_int_equal(d.n_units, 8);
	assert_int_equal(d.n_scopes, 6);
	for (size_t i = 0, n = 0; i < 8; n += scopes[i++]) {
		assert_int_equal(d.units[i].type, types[i]);
		assert_int_equal(d.units[i].n_scopes, scopes[i]);
		assert_int_equal(d.units[i].first_scope, n);
		assert_ptr_equal(d.units[i].raw.p, m.b + d.units[i].at);
	}
	assert_int_equal(d.units[0].base, 0xfed90000);
	assert_int_equal(d.units[0].flags, 0);
	assert_int_equal(d.units[1].flags, 1);
	assert_int_equal(d.units[2].segment, 1);
	assert_int_equal(d.units[2].base, 0x8b800000);
	assert_int_equal(d.units[2].limit, 0x8fffffff);
	assert_int_equal(d.units[3].flags, 1);
	assert_int_equal(d.units[4].base, 0xfed91000);
	assert_int_equal(d.units[4].proximity, 3);
	assert_int_equal(d.units[5].proximity, 9);
	assert_int_equal(d.units[5].name.n, 9);
	assert_memory_equal(d.units[5].name.p, "\\_SB.I2C0", 9);
	assert_int_equal(d.scopes[1].enum_id, 2);
	assert_int_equal(d.scopes[1].bus, 0xf0);
	assert_int_equal(d.scopes[2].n_path, 2);
	assert_int_equal(d.scopes[2].path[1].fn, 1);
	assert_int_equal(d.scopes[5].flags, 0x1f);
}

static void knows_whom_a_scope_names(void **state)
{
	struct image m = good_image();
	struct dmar d;

	(void)state;
	assert_int_equal(dmar_read(image_span(&m), &d, NULL), 0);
	assert_true(dmar_scope_is(&d.units[0], &d.scopes[0], (struct pci_addr) { 0, 0, 2, 0 }));
	assert_false(dmar_scope_is(&d.units[0], &d.scopes[0], (struct pci_addr) { 0, 0, 2, 1 }));
	assert_false(dmar_scope_is(&d.units[0], &d.scopes[0], (struct pci_addr) { 1, 0, 2, 0 }));
	assert_true(dmar_scope_is(&d.units[2], &d.scopes[3], (struct pci_addr) { 1, 0, 2, 0 }));
	/* an I/O APIC's source id is no PCI function, and a deep path is not bus 0's */
	assert_false(dmar_scope_is(&d.units[1], &d.scopes[1], (struct pci_addr) { 0, 0xf0, 0x1e, 7 }));
	assert_false(dmar_scope_is(&d.units[1], &d.scopes[2], (struct pci_addr) { 0, 0, 0x1c, 4 }));
}

static void has_words(void **state)
{
	(void)state;
	assert_string_equal(dmar_type_str(DMAR_RMRR), "RMRR");
	assert_string_equal(dmar_type_str(7), "unknown");
	assert_string_equal(dmar_scope_type_str(DMAR_SCOPE_HPET), "hpet");
	assert_string_equal(dmar_scope_type_str(0), "unknown");
	assert_string_equal(dmar_scope_type_str(6), "unknown");
}

static bool noted(const struct report *rep, const char *words)
{
	for (size_t i = 0; i < rep->n_notes; i++)
		if (strstr(rep->notes[i].text, words))
			return true;
	return false;
}

/* ---- odd: read, and a word about it ------------------------------------------------------------ */

static void wrong_checksum(struct image *m)
{
	m->b[9]++;
}
static void trailing_bytes(struct image *m)
{
	m->n += 3;
}
static void unknown_structure(struct image *m)
{
	put(m, 0x7777, 2);
	put(m, 6, 2);
	put(m, 0, 2);
	seal(m);
}
static void region_backwards(struct image *m)
{
	put(m, DMAR_RMRR, 2);
	put(m, 24, 2);
	put(m, 0, 4);
	put(m, 0x2000, 8);
	put(m, 0x1fff, 8);
	seal(m);
}
static void unknown_scope(struct image *m)
{
	m->b[48 + 16] = 9;
	seal(m);
}
static void empty_path(struct image *m)
{
	put(m, DMAR_ATSR, 2);
	put(m, 14, 2);
	put(m, 0, 4);
	scope(m, DMAR_SCOPE_BRIDGE, 0, 0, 0, NULL);
	seal(m);
}
static void width_impossible(struct image *m)
{
	m->b[36] = 0xff;
	seal(m);
}
static void many_structures(struct image *m)
{
	for (size_t i = 0; i < DMAR_MAX_UNITS + 5; i++)
		drhd_gfx(m);
	seal(m);
}
static void many_scopes(struct image *m)
{
	put(m, DMAR_ATSR, 2);
	put(m, 8 + 8 * (DMAR_MAX_SCOPES + 2), 2);
	put(m, 0, 4);
	for (size_t i = 0; i < DMAR_MAX_SCOPES + 2; i++)
		scope(m, DMAR_SCOPE_BRIDGE, 0, 0, 1, ioapic);
	seal(m);
}

static void notes_what_is_odd(void **state)
{
	static const struct {
		void (*make)(struct image *m);
		const char *note;
	} odd[] = {
		{ wrong_checksum, "checksum" },
		{ trailing_bytes, "3 bytes behind" },
		{ unknown_structure, "structure type 30583" },
		{ region_backwards, "ends before it begins" },
		{ unknown_scope, "scope type 9" },
		{ empty_path, "has 0 bytes" },
		{ width_impossible, "256 bits" },
		{ many_structures, "13 structures more" },
		{ many_scopes, "more device scopes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct image m = good_image();
		struct report rep = { 0 };
		struct dmar d;

		odd[i].make(&m);
		assert_int_equal(dmar_read(image_span(&m), &d, &rep), 0);
		if (!noted(&rep, odd[i].note))
			fail_msg("no note \"%s\"", odd[i].note);
	}
}

static void keeps_what_there_is_room_for(void **state)
{
	static const uint8_t long_path[2 * (DMAR_MAX_PATH + 1)] = { 1, 2, 3, 4 };
	struct image m;
	struct dmar d;

	(void)state;
	m = good_image();
	many_scopes(&m);
	assert_int_equal(dmar_read(image_span(&m), &d, NULL), 0);
	assert_int_equal(d.units[8].n_scopes, DMAR_MAX_SCOPES);
	assert_true(d.units[8].scopes_cut);
	assert_int_equal(d.n_scopes, 6 + DMAR_MAX_SCOPES);

	/* four full structures more: the room for all scopes is used up, and no more than that */
	for (size_t i = 0; i < 4; i++)
		many_scopes(&m);
	assert_int_equal(dmar_read(image_span(&m), &d, NULL), 0);
	assert_int_equal(d.n_scopes, sizeof(d.scopes) / sizeof(d.scopes[0]));
	assert_int_equal(d.n_units, 13);
	assert_int_equal(d.units[12].n_scopes, 0);
	assert_true(d.units[12].scopes_cut);

	head(&m);
	many_structures(&m);
	assert_int_equal(dmar_read(image_span(&m), &d, NULL), 0);
	assert_int_equal(d.n_units, DMAR_MAX_UNITS);
	assert_int_equal(d.n_more_units, 5);

	head(&m);
	put(&m, DMAR_ATSR, 2);
	put(&m, 8 + 6 + sizeof(long_path), 2);
	put(&m, 0, 4);
	scope(&m, DMAR_SCOPE_ENDPOINT, 0, 0, DMAR_MAX_PATH + 1, long_path);
	seal(&m);
	assert_int_equal(dmar_read(image_span(&m), &d, NULL), 0);
	assert_int_equal(d.scopes[0].n_path, DMAR_MAX_PATH);
	assert_true(d.scopes[0].path_cut);
	assert_int_equal(d.scopes[0].path[1].fn, 4);
}

/* ---- bad: refused, and nothing written --------------------------------------------------------- */

static void no_header(struct image *m)
{
	m->n = 7;
}
static void other_table(struct image *m)
{
	m->b[3] = 'S';
}
static void length_too_small(struct image *m)
{
	set(m, 4, 47, 4);
}
static void length_too_large(struct image *m)
{
	set(m, 4, m->n + 1, 4);
}
static void length_absurd(struct image *m)
{
	set(m, 4, 0xffffffff, 4);
}
static void structure_of_no_length(struct image *m)
{
	set(m, 48 + 2, 0, 2);
}
static void structure_below_head(struct image *m)
{
	set(m, 48 + 2, 3, 2);
}
static void structure_beyond_table(struct image *m)
{
	set(m, 48 + 2, 0xffff, 2);
}
static void structure_too_short(struct image *m)
{
	head(m);
	put(m, DMAR_RMRR, 2);
	put(m, 23, 2);
	put(m, 0, 8);
	put(m, 0, 8);
	put(m, 0, 3);
	seal(m);
}
static void half_a_head(struct image *m)
{
	put(m, 0, 3);
	seal(m);
}
static void scope_of_no_length(struct image *m)
{
	m->b[48 + 17] = 0;
}
static void scope_below_head(struct image *m)
{
	m->b[48 + 17] = 5;
}
static void scope_beyond_structure(struct image *m)
{
	m->b[48 + 17] = 9;
}

static void refuses_what_is_bad(void **state)
{
	static const struct {
		void (*make)(struct image *m);
		int code;
		size_t at;
	} bad[] = {
		{ no_header, -IGD_ETRUNC, 7 },
		{ other_table, -IGD_EMAGIC, 0 },
		{ length_too_small, -IGD_ELENGTH, 4 },
		{ length_too_large, -IGD_ETRUNC, GOOD_LEN },
		{ length_absurd, -IGD_ELIMIT, 4 },
		{ structure_of_no_length, -IGD_ELENGTH, 48 },
		{ structure_below_head, -IGD_ELENGTH, 48 },
		{ structure_beyond_table, -IGD_ELENGTH, 48 },
		{ structure_too_short, -IGD_ELENGTH, 48 },
		{ half_a_head, -IGD_ELENGTH, GOOD_LEN },
		{ scope_of_no_length, -IGD_ELENGTH, 48 + 16 },
		{ scope_below_head, -IGD_ELENGTH, 48 + 16 },
		{ scope_beyond_structure, -IGD_ELENGTH, 48 + 16 },
	};
	struct dmar d, before;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct image m = good_image();
		struct report rep = { 0 };

		bad[i].make(&m);
		d = before;
		assert_int_equal(dmar_read(image_span(&m), &d, &rep), bad[i].code);
		assert_int_equal(rep.code, bad[i].code);
		assert_memory_equal(&d, &before, sizeof(d));
		assert_int_equal(rep.refusal.at, bad[i].at);
	}
}

static void try(struct span s)
{
	struct dmar d, before;

	memset(&before, 0xa5, sizeof(before));
	d = before;
	if (dmar_read(s, &d, NULL) < 0) {
		assert_memory_equal(&d, &before, sizeof(d));
		return;
	}
	for (size_t i = 0; i < d.n_units; i++)
		assert_true(d.units[i].first_scope + d.units[i].n_scopes <= d.n_scopes);
}

static void survives_damage(void **state)
{
	struct image m = good_image();

	(void)state;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_structure),
		cmocka_unit_test(knows_whom_a_scope_names),
		cmocka_unit_test(has_words),
		cmocka_unit_test(notes_what_is_odd),
		cmocka_unit_test(keeps_what_there_is_room_for),
		cmocka_unit_test(refuses_what_is_bad),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("dmar", tests, NULL, NULL);
}
