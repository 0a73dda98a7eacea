// SPDX-License-Identifier: GPL-2.0-or-later
/* The device table: its order, its rows against the rules they come from, and the QEMU classes. */
#include "image.h"

#include "fw/igd_id.h"
#include "std/pci.h"

static void finds_each_row_and_nothing_else(void **state)
{
	size_t n, found = 0;
	const struct igd_id *all = igd_ids(&n);

	(void)state;
	assert_true(n > 450);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(igd_id_find(all[i].vendor, all[i].device), &all[i]);
	for (unsigned device = 0; device <= 0xffff; device++)
		found += igd_id_find(PCI_VENDOR_INTEL, (uint16_t)device) != NULL;
	for (unsigned device = 0; device <= 0xffff; device++)
		found += igd_id_find(PCI_VENDOR_AMD_GPU, (uint16_t)device) != NULL;
	assert_int_equal(found, n);
	assert_null(igd_id_find(0, 0));
	assert_null(igd_id_find(0xffff, 0xffff));
	assert_null(igd_id_find(PCI_VENDOR_AMD, 0x1636));
}

static void rows_ascend_and_are_complete(void **state)
{
	size_t n;
	const struct igd_id *all = igd_ids(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct igd_id *id = &all[i];

		if (i > 0)
			assert_true(all[i - 1].vendor < id->vendor ||
				    (all[i - 1].vendor == id->vendor && all[i - 1].device < id->device));
		assert_true(id->platform && id->platform[0]);
		assert_true(id->name && id->driver && id->quirks && id->sriov_mainline && id->sriov_dkms);
		assert_int_equal(id->vendor == PCI_VENDOR_AMD_GPU, id->kind == GPU_AMD_APU);
		assert_int_equal(id->kind == GPU_AMD_APU, id->generation == 0);
		assert_int_equal(id->kind == GPU_INTEL_INTEGRATED, id->bdsm != BDSM_NONE);
		assert_int_equal(id->kind == GPU_INTEL_INTEGRATED, id->ggc != GGC_NONE);
		if (id->legacy == SUPPORT_YES) /* QEMU has legacy mode for generations 6 to 9 only */
			assert_in_range(id->generation, 6, 9);
		if (id->igfx == IGFX_MAINLINE_5_4)
			assert_string_equal(id->platform, "Broadwell");
	}
}

/* What igd_gen() of QEMU's hw/vfio/igd.c answers: a rule for Broxton, then the high byte of the id. */
static int gen_by(uint16_t device, unsigned broxton_mask, int broxton, const uint8_t (*high)[2], size_t n, int other)
{
	if ((device & broxton_mask) == 0xa84)
		return broxton;
	for (size_t i = 0; i < n; i++)
		if (high[i][0] == device >> 8)
			return (int8_t)high[i][1];
	return other;
}

static int gen_of(enum qemu_class class, uint16_t device)
{
	static const uint8_t a[][2] = {
		{ 0x00, 0xff }, { 0x25, 0xff }, { 0x27, 0xff }, { 0x29, 0xff }, { 0x2a, 0xff },
		{ 0x2e, 0xff }, { 0x35, 0xff }, { 0xa0, 0xff }, { 0x01, 6 },	{ 0x04, 6 },
		{ 0x0a, 6 },	{ 0x0c, 6 },	{ 0x0d, 6 },	{ 0x0f, 6 },
	};
	static const uint8_t b[][2] = {
		{ 0x01, 6 }, { 0x04, 6 }, { 0x0a, 6 }, { 0x0c, 6 }, { 0x0d, 6 },  { 0x0f, 6 },	{ 0x16, 8 },
		{ 0x22, 8 }, { 0x19, 8 }, { 0x59, 8 }, { 0x3e, 9 }, { 0x45, 11 }, { 0x9a, 12 },
	};
	static const uint8_t c[][2] = {
		{ 0x01, 6 },  { 0x04, 7 },  { 0x0a, 7 },  { 0x0c, 7 },	{ 0x0d, 7 },  { 0x0f, 7 },  { 0x16, 8 },
		{ 0x22, 8 },  { 0x19, 9 },  { 0x59, 9 },  { 0x3e, 9 },	{ 0x31, 9 },  { 0x9b, 9 },  { 0x45, 11 },
		{ 0x8a, 11 }, { 0x4e, 11 }, { 0x9a, 12 }, { 0x4c, 12 }, { 0x46, 12 }, { 0xa7, 12 },
	};

	if (class == QEMU_A)
		return gen_by(device, 0xfff, 8, a, sizeof(a) / 2, 8);
	if (class == QEMU_B)
		return gen_by(device, 0xfff, 8, b, sizeof(b) / 2, -1);
	return gen_by(device, 0xffe, 9, c, sizeof(c) / 2, -1);
}

static void qemu_generations_follow_igd_gen(void **state)
{
	size_t n;
	const struct igd_id *all = igd_ids(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (unsigned class = 0; class < QEMU_CLASSES; class ++) {
			int want = all[i].kind == GPU_AMD_APU ? -1 : gen_of((enum qemu_class) class, all[i].device);

			if (all[i].qemu_gen[class] != want)
				fail_msg("%04x class %u: %d, wanted %d", all[i].device, class, all[i].qemu_gen[class],
					 want);
		}
}

/* One chip or more of each platform, written by hand from the sources that the table names. */
static const struct {
	uint16_t vendor, device;
	enum gpu_kind kind;
	const char *platform;
	uint8_t generation;
	int8_t qemu[QEMU_CLASSES];
	enum support legacy, upt, gvtg;
	enum bdsm_layout bdsm;
	enum ggc_layout ggc;
	enum igfx_quirk igfx;
} chips[] = {
	{ 0x8086,
	  0x0412,
	  GPU_INTEL_INTEGRATED,
	  "Haswell",
	  7,
	  { 6, 6, 7, 7, 7 },
	  SUPPORT_YES,
	  SUPPORT_NO,
	  SUPPORT_NO,
	  BDSM_5C_32,
	  GGC_GEN6,
	  IGFX_NONE },
	{ 0x8086,
	  0x1616,
	  GPU_INTEL_INTEGRATED,
	  "Broadwell",
	  8,
	  { 8, 8, 8, 8, 8 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN8,
	  IGFX_MAINLINE_5_4 },
	{ 0x8086,
	  0x1912,
	  GPU_INTEL_INTEGRATED,
	  "Skylake",
	  9,
	  { 8, 8, 9, 9, 9 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_UBUNTU_6_8_49 },
	{ 0x8086,
	  0x5912,
	  GPU_INTEL_INTEGRATED,
	  "Kaby Lake",
	  9,
	  { 8, 8, 9, 9, 9 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_UBUNTU_6_8_53 },
	{ 0x8086,
	  0x3e92,
	  GPU_INTEL_INTEGRATED,
	  "Coffee Lake",
	  9,
	  { 8, 9, 9, 9, 9 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_UBUNTU_6_8_103 },
	{ 0x8086,
	  0x5a85,
	  GPU_INTEL_INTEGRATED,
	  "Broxton/Apollo Lake",
	  9,
	  { 8, -1, 9, 9, 9 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_NONE },
	{ 0x8086,
	  0x5a84,
	  GPU_INTEL_INTEGRATED,
	  "Broxton/Apollo Lake",
	  9,
	  { 8, 8, 9, 9, 9 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_NONE },
	{ 0x8086,
	  0x5a40,
	  GPU_INTEL_INTEGRATED,
	  "Cannon Lake",
	  10,
	  { 8, -1, -1, -1, -1 },
	  SUPPORT_NO,
	  SUPPORT_YES,
	  SUPPORT_NO,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_NONE },
	{ 0x8086,
	  0x87c0,
	  GPU_INTEL_INTEGRATED,
	  "Amber Lake (KBL)",
	  9,
	  { 8, -1, -1, -1, -1 },
	  SUPPORT_YES,
	  SUPPORT_YES,
	  SUPPORT_YES,
	  BDSM_5C_32,
	  GGC_GEN9,
	  IGFX_NONE },
	{ 0x8086,
	  0x22b1,
	  GPU_INTEL_INTEGRATED,
	  "Cherryview/Braswell",
	  8,
	  { 8, 8, 8, 8, 8 },
	  SUPPORT_NO,
	  SUPPORT_NO,
	  SUPPORT_NO,
	  BDSM_5C_32,
	  GGC_CHV,
	  IGFX_NONE },
	{ 0x8086,
	  0x8a52,
	  GPU_INTEL_INTEGRATED,
	  "Ice Lake",
	  11,
	  { 8, -1, 11, 11, 11 },
	  SUPPORT_NO,
	  SUPPORT_YES,
	  SUPPORT_NO,
	  BDSM_C0_64,
	  GGC_GEN9,
	  IGFX_NONE },
	{ 0x8086,
	  0x4680,
	  GPU_INTEL_INTEGRATED,
	  "Alder Lake-S",
	  12,
	  { 8, -1, 12, 12, 12 },
	  SUPPORT_NO,
	  SUPPORT_YES,
	  SUPPORT_NO,
	  BDSM_C0_64,
	  GGC_GEN9,
	  IGFX_NONE },
	{ 0x8086,
	  0x7d55,
	  GPU_INTEL_INTEGRATED,
	  "Meteor Lake",
	  12,
	  { 8, -1, -1, -1, -1 },
	  SUPPORT_NO,
	  SUPPORT_UNVERIFIED,
	  SUPPORT_NO,
	  BDSM_MMIO_64,
	  GGC_MTL,
	  IGFX_NONE },
	{ 0x8086,
	  0x56a0,
	  GPU_INTEL_DISCRETE,
	  "DG2/Arc A",
	  12,
	  { 8, -1, -1, -1, -1 },
	  SUPPORT_NO,
	  SUPPORT_NO,
	  SUPPORT_NO,
	  BDSM_NONE,
	  GGC_NONE,
	  IGFX_NONE },
	{ 0x1002,
	  0x1636,
	  GPU_AMD_APU,
	  "Renoir",
	  0,
	  { -1, -1, -1, -1, -1 },
	  SUPPORT_NO,
	  SUPPORT_NO,
	  SUPPORT_NO,
	  BDSM_NONE,
	  GGC_NONE,
	  IGFX_NONE },
	{ 0x1002,
	  0x13c0,
	  GPU_AMD_APU,
	  "Granite Ridge",
	  0,
	  { -1, -1, -1, -1, -1 },
	  SUPPORT_NO,
	  SUPPORT_NO,
	  SUPPORT_NO,
	  BDSM_NONE,
	  GGC_NONE,
	  IGFX_NONE },
};

static void chips_that_people_have(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
		const struct igd_id *id = igd_id_find(chips[i].vendor, chips[i].device);

		assert_non_null(id);
		assert_int_equal(id->kind, chips[i].kind);
		assert_string_equal(id->platform, chips[i].platform);
		assert_int_equal(id->generation, chips[i].generation);
		assert_memory_equal(id->qemu_gen, chips[i].qemu, sizeof(chips[i].qemu));
		assert_int_equal(id->legacy, chips[i].legacy);
		assert_int_equal(id->upt, chips[i].upt);
		assert_int_equal(id->gvtg, chips[i].gvtg);
		assert_int_equal(id->bdsm, chips[i].bdsm);
		assert_int_equal(id->ggc, chips[i].ggc);
		assert_int_equal(id->igfx, chips[i].igfx);
	}
	assert_non_null(strstr(igd_id_find(0x8086, 0x22b1)->quirks, "vtd=few-models"));
	assert_non_null(strstr(igd_id_find(0x8086, 0x87c0)->quirks, "qemu>=9.2:bdsm-not-emulated"));
	assert_string_equal(igd_id_find(0x8086, 0x4680)->sriov_dkms, "i915-sriov-dkms");
}

static void amd_families(void **state)
{
	static const uint16_t devices[] = { 0x1309, 0x9874, 0x98e4, 0x15dd, 0x15d8, 0x1636, 0x164c,
					    0x1638, 0x15e7, 0x163f, 0x1681, 0x164e, 0x13c0, 0x1506,
					    0x15bf, 0x15c8, 0x1900, 0x1901, 0x150e, 0x1586, 0x1114 };

	(void)state;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		assert_non_null(igd_id_find(PCI_VENDOR_AMD_GPU, devices[i]));
	assert_null(igd_id_find(PCI_VENDOR_AMD_GPU, 0x73df)); /* Navi 22, a card */
	assert_null(igd_id_find(PCI_VENDOR_AMD_GPU, 0x1637)); /* Renoir's sound */
}

static void qemu_classes(void **state)
{
	static const struct {
		unsigned major, minor;
		enum qemu_class class;
	} want[] = {
		{ 5, 1, QEMU_A },  { 7, 2, QEMU_A },  { 9, 1, QEMU_A },	 { 9, 2, QEMU_B },
		{ 9, 3, QEMU_B },  { 10, 0, QEMU_C }, { 10, 1, QEMU_D }, { 10, 2, QEMU_E },
		{ 11, 0, QEMU_E }, { 12, 0, QEMU_E }, { 0, 0, QEMU_A },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(qemu_class_of(want[i].major, want[i].minor), want[i].class);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_row_and_nothing_else),
		cmocka_unit_test(rows_ascend_and_are_complete),
		cmocka_unit_test(qemu_generations_follow_igd_gen),
		cmocka_unit_test(chips_that_people_have),
		cmocka_unit_test(amd_families),
		cmocka_unit_test(qemu_classes),
	};

	return cmocka_run_group_tests_name("igd_id", tests, NULL, NULL);
}
