// SPDX-License-Identifier: GPL-2.0-or-later
/* The scan: what it lists, under which names, once however often it is there; and what fits which GPU. */
#include "fw_image.h"
#include "rom_image.h"

#include "base/error.h"
#include "fw/scan.h"

#define CFL 0x3e92
#define KBL 0x5912

static const struct fw_limits small = { .depth = 24, .nodes = 4096, .decoded = 4 << 20, .one = 1 << 20 };

struct scanned {
	struct arena arena;
	struct fw_scan scan;
	struct span taken[8];
	size_t n_taken;
};

static int take(void *ctx, const struct fw_artifact *a, struct span bytes)
{
	struct scanned *s = ctx;

	assert_int_equal(a->size, bytes.n);
	s->taken[s->n_taken++ % 8] = bytes;
	return 0;
}

static void scan(const struct image *m, struct scanned *s)
{
	*s = (struct scanned) { .arena.limit = 1 << 20 };
	assert_int_equal(fw_scan(image_span(m), &small, &s->arena, take, s, &s->scan), 0);
	assert_int_equal(s->n_taken, s->scan.n_artifacts);
}

static void put_gop_file(struct image *m, size_t v, uint16_t machine)
{
	size_t f = file_begin(m, v, guid_gop, FFS_DRIVER), at = section_begin(m, f + FFS_HEADER, SECTION_PE32);

	(void)put_pe(m, machine, GOP_DATA);
	put_gop_data(m);
	section_end(m, at);
	put_ui(m, f + FFS_HEADER, "IntelGopDriver");
	file_end(m, f);
}

static void put_vbt_file(struct image *m, size_t v, struct guid name, uint8_t mark)
{
	size_t f = file_begin(m, v, name, FFS_FREEFORM), at = section_begin(m, f + FFS_HEADER, SECTION_RAW);

	put_vbt(m);
	m->b[m->n - 1] = mark;
	seal_sum(m, m->n - VBT_BYTES, VBT_BYTES, m->n - VBT_BYTES + 0x1a);
	section_end(m, at);
	file_end(m, f);
}

/* Intel's VBIOS of a Kaby Lake with a VBT at 100h. */
static void put_vbios(struct image *m, size_t v, uint8_t class)
{
	size_t f = file_begin(m, v, guid_of(5), FFS_RAW), at = put_rom(m, 0x8086, KBL, 0, 2, true);
	struct image vbt = { .n = 0 };

	put_vbt(&vbt);
	memcpy(m->b + at + 0x100, vbt.b, vbt.n);
	set(m, at + 0x1a, 0x100, 2);
	m->b[at + 0x2b] = class;
	seal_sum(m, at, 1024, at + 1023);
	file_end(m, f);
}

static struct image board(void)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, guid_ffs2, 2);

	put_gop_file(&m, v, PE_X64);
	put_vbt_file(&m, v, guid_of(3), 3);
	put_vbt_file(&m, v, guid_vbt, 0);
	put_vbios(&m, v, 3);
	volume_end(&m, v, 8);
	return m;
}

static void lists_what_there_is(void **state)
{
	struct image m = board();
	const struct fw_artifact *a;
	struct scanned s;

	(void)state;
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 4);
	assert_int_equal(s.scan.n_troubles, 0);
	assert_false(s.scan.partial);
	assert_string_equal(s.scan.holds, "");
	a = s.scan.artifacts;
	assert_string_equal(fw_artifact_kind_str(a[0].kind), "gop");
	assert_string_equal(a[0].name, "IntelGopDriver");
	assert_string_equal(a[0].guid, "ff0c8745-3270-4439-b74f-3e45f8c77064");
	assert_string_equal(a[0].copies[0].path, "volume@0x0/ff0c8745-3270-4439-b74f-3e45f8c77064/pe32");
	assert_int_equal(a[0].copies[0].at, FV_HEADER_MIN + FFS_HEADER + 4); /* of its bytes, not of the section's */
	assert_int_equal(a[0].size, PE_HEADERS + GOP_DATA);
	assert_string_equal(a[0].gop->version, "9.0.1084");
	assert_true(a[0].whole);
	assert_string_equal(fw_artifact_kind_str(a[1].kind), "vbt");
	assert_string_equal(a[1].platform, "SKYLAKE");
	assert_int_equal(a[1].bdb_version, 209);
	assert_int_equal(a[1].vbt_size, VBT_BYTES);
	assert_true(a[1].sum_ok);
	assert_false(a[1].is_default);
	assert_true(a[2].is_default);
	assert_string_equal(a[2].name, "Vbt"); /* of the GUID, where there is no UI section */
	assert_string_equal(fw_artifact_kind_str(a[3].kind), "vbios");
	assert_int_equal(a[3].device, KBL);
	assert_string_equal(a[3].platform, "SKYLAKE");
	assert_true(a[3].sum_ok && a[3].whole);
	arena_done(&s.arena);
}

static void lists_the_same_bytes_once(void **state)
{
	struct image m = { .n = 0 };
	struct scanned s;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		size_t v = volume_begin(&m, guid_ffs2, 2);

		put_vbt_file(&m, v, guid_of((uint8_t)i), 0);
		volume_end(&m, v, 8);
	}
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 1);
	assert_int_equal(s.scan.artifacts[0].n_copies, 3);
	assert_true(s.scan.artifacts[0].is_default); /* the only one is the one */
	assert_true(s.scan.artifacts[0].copies[2].at > s.scan.artifacts[0].copies[1].at);
	arena_done(&s.arena);
}

static void says_what_is_not_in_order(void **state)
{
	struct image m = board();
	struct scanned s;

	(void)state;
	m.n = FV_HEADER_MIN + FFS_HEADER + 4 + PE_HEADERS + 0x120; /* in the driver, behind its table */
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 1);
	assert_true(s.scan.partial);
	assert_true(s.scan.artifacts[0].copies[0].partial);
	assert_false(s.scan.artifacts[0].whole);
	assert_true(s.scan.n_damages > 0 && s.scan.n_kept == s.scan.n_troubles);
	arena_done(&s.arena);

	m = board();
	m.b[FV_CHECKSUM]++; /* odd, and no damage */
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 4);
	assert_int_equal(s.scan.n_damages, 0);
	assert_int_equal(s.scan.n_troubles, 1);
	arena_done(&s.arena);
}

static void leaves_out_what_is_no_display(void **state)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, guid_ffs2, 2);
	struct scanned s;

	(void)state;
	put_vbios(&m, v, 2);
	volume_end(&m, v, 8);
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 0);
	arena_done(&s.arena);
	m.n = 0;
	put_vbios(&m, v = volume_begin(&m, guid_ffs2, 2), 0); /* no class, but a VBT */
	volume_end(&m, v, 8);
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 1);
	arena_done(&s.arena);
}

static void remarks_a_te_image(void **state)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, guid_ffs2, 2), f = file_begin(&m, v, guid_gop, FFS_PEIM), at;
	struct scanned s;

	(void)state;
	at = section_begin(&m, f + FFS_HEADER, SECTION_TE);
	put_text(&m, "VZ", 2);
	put(&m, PE_X64, 2);
	put(&m, 0x0b00, 2);
	put(&m, 0x170, 2);
	put_fill(&m, 0, 32);
	put_gop_data(&m);
	section_end(&m, at);
	file_end(&m, f);
	volume_end(&m, v, 8);
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 0);
	assert_int_equal(s.scan.n_troubles, 1);
	assert_int_equal(s.scan.n_damages, 0);
	assert_non_null(strstr(s.scan.troubles[0].text, "TE image"));
	arena_done(&s.arena);
}

static void answers_when_it_is_full(void **state)
{
	struct image m = board();

	(void)state;
	for (size_t limit = 1; limit < 6000; limit += 100) {
		struct arena a = { .limit = limit };
		struct fw_scan scan, before;
		int r;

		memset(&before, 0xa5, sizeof(before));
		scan = before;
		r = fw_scan(image_span(&m), &small, &a, NULL, NULL, &scan);
		if (r < 0) {
			assert_int_equal(r, -IGD_ENOMEM);
			assert_memory_equal(&scan, &before, sizeof(scan));
		} else {
			assert_int_equal(scan.n_artifacts, 4);
		}
		arena_done(&a);
	}
}

static int refuse(void *ctx, const struct fw_artifact *a, struct span bytes)
{
	(void)ctx, (void)a, (void)bytes;
	return -IGD_EIO;
}

static void hands_on_what_its_taker_says(void **state)
{
	struct image m = board();
	struct arena a = { .limit = 0 };
	struct fw_scan scan;

	(void)state;
	assert_int_equal(fw_scan(image_span(&m), &small, &a, refuse, NULL, &scan), -IGD_EIO);
	arena_done(&a);
}

/* Troubles beyond the number that is kept are counted. */
static void counts_what_it_does_not_keep(void **state)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, guid_ffs2, 2);
	struct scanned s;

	(void)state;
	for (unsigned i = 0; i < FW_TROUBLES_MAX + 40; i++) {
		size_t f = file_begin(&m, v, guid_of((uint8_t)i), FFS_RAW);

		file_end(&m, f);
		m.b[f + FFS_HEADER_SUM]++;
	}
	volume_end(&m, v, 8);
	scan(&m, &s);
	assert_int_equal(s.scan.n_kept, FW_TROUBLES_MAX);
	assert_int_equal(s.scan.n_troubles, FW_TROUBLES_MAX + 40);
	arena_done(&s.arena);
}

/* ---- fit ---------------------------------------------------------------------------------------------------- */

static enum fit fit(const struct fw_artifact *a, uint16_t vendor, uint16_t device)
{
	char why[256] = "";
	enum fit f = fw_fit(a, vendor, device, why, sizeof(why));

	assert_true(*why && strlen(why) < sizeof(why));
	return f;
}

static void judges_each_kind(void **state)
{
	struct image m = board();
	const struct fw_artifact *a;
	struct fw_artifact odd;
	struct scanned s;
	struct gop gop;

	(void)state;
	scan(&m, &s);
	a = s.scan.artifacts;
	assert_int_equal(fit(&a[0], 0x8086, CFL), FIT_YES);
	assert_int_equal(fit(&a[0], 0x8086, KBL), FIT_NO);
	assert_int_equal(fit(&a[0], 0x1002, CFL), FIT_NO);
	gop = *a[0].gop;
	odd = a[0];
	odd.gop = &gop;
	gop.pe.machine = PE_IA32;
	assert_int_equal(fit(&odd, 0x8086, CFL), FIT_NO);
	gop.n_devices = 0;
	assert_int_equal(fit(&odd, 0x8086, CFL), FIT_UNKNOWN);
	assert_int_equal(fit(&a[1], 0x8086, CFL), FIT_YES); /* SKYLAKE is the word for all of the ninth generation */
	assert_int_equal(fit(&a[1], 0x8086, 0x0412), FIT_NO);
	assert_int_equal(fit(&a[1], 0x8086, 0xfffe), FIT_UNKNOWN);
	odd = a[1];
	odd.platform = "SOMELAKE";
	assert_int_equal(fit(&odd, 0x8086, CFL), FIT_UNKNOWN);
	assert_int_equal(fit(&a[3], 0x8086, KBL), FIT_YES);
	assert_int_equal(fit(&a[3], 0x8086, CFL), FIT_PATCH);
	assert_int_equal(fit(&a[3], 0x8086, 0x0412), FIT_NO);
	odd = a[3];
	odd.starts_on = (const uint16_t[]) { 0x3e90, CFL };
	odd.n_starts_on = 2;
	assert_int_equal(fit(&odd, 0x8086, CFL), FIT_PATCH);
	assert_int_equal(fit(&odd, 0x8086, KBL), FIT_NO); /* its PCI id, but the code stops */
	odd.kind = ART_AMD_VBIOS;
	odd.device = 0x15dd;
	assert_int_equal(fit(&odd, 0x1002, 0x15dd), FIT_YES);
	assert_int_equal(fit(&odd, 0x1002, 0x15d8), FIT_NO);
	assert_int_equal(fit(&odd, 0x8086, 0x15dd), FIT_NO);
	odd.kind = ART_AMD_GOP;
	assert_int_equal(fit(&odd, 0x1002, 0x15dd), FIT_UNKNOWN);
	assert_string_equal(fit_str(FIT_PATCH), "patch");
	arena_done(&s.arena);
}

/* The code of a VBIOS is looked at while it is at hand: of a file that is nothing but one, and has two families. */
static void notes_what_a_vbios_starts_on(void **state)
{
	struct image m = { 0 };
	const struct fw_artifact *a;
	struct scanned s;

	(void)state;
	rom_add(&m, (struct rom_part) {
			    .blocks = 2, .vendor = 0x8086, .device = 0x0406, .revision = 3, .indicator = 0x80 });
	set(&m, ROM_PCIR + 0x08, 0x1c, 2);
	for (uint16_t i = 0; i < 5; i++)
		set(&m, ROM_PCIR + 0x1cU + i * 2U, i == 4 ? 0 : 0x3e90U + i, 2);
	rom_family_code(&m, 0x180, ROM_PCIR + 0x1c, ROM_PCIR + 0x20);
	rom_family_code(&m, 0x1c0, ROM_PCIR + 0x1e, ROM_PCIR + 0x22);
	scan(&m, &s);
	assert_int_equal(s.scan.n_artifacts, 1);
	a = &s.scan.artifacts[0];
	assert_int_equal(a->n_starts_on, 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(a->starts_on[i], 0x3e90 + i);
	assert_int_equal(fit(a, 0x8086, CFL), FIT_UNKNOWN); /* without a VBT nothing more is known */
	assert_int_equal(fit(a, 0x8086, 0x3e93), FIT_NO);
	arena_done(&s.arena);
}

static void try(struct span s)
{
	struct arena a = { .limit = 1 << 20 };
	struct fw_scan scan;

	if (fw_scan(s, &small, &a, NULL, NULL, &scan) == 0)
		for (size_t i = 0; i < scan.n_artifacts; i++) {
			(void)fit(&scan.artifacts[i], 0x8086, CFL);
			assert_true(scan.artifacts[i].n_copies > 0);
			assert_true(scan.artifacts[i].size <= s.n);
		}
	arena_done(&a);
}

static void survives_damage(void **state)
{
	struct image m = board();

	(void)state;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_what_there_is),
		cmocka_unit_test(lists_the_same_bytes_once),
		cmocka_unit_test(says_what_is_not_in_order),
		cmocka_unit_test(leaves_out_what_is_no_display),
		cmocka_unit_test(remarks_a_te_image),
		cmocka_unit_test(answers_when_it_is_full),
		cmocka_unit_test(hands_on_what_its_taker_says),
		cmocka_unit_test(counts_what_it_does_not_keep),
		cmocka_unit_test(judges_each_kind),
		cmocka_unit_test(notes_what_a_vbios_starts_on),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
