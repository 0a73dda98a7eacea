// SPDX-License-Identifier: BSD-2-Clause
/*
 * IgdAssignment against a mock of firmware and machine: what it writes, in which order, to memory of which type; whom
 * it leaves alone; and that no failure of anything leaves a register that points to memory that is not the device's.
 */
#include "mock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "igd.h"

#define MIB	  UINT64_C(0x100000)
#define GGC_64M	  0x0200 /* generation 8 and 9: 64 MiB */
#define GGC_4M	  0xf000 /* generation 9: 4 MiB */
#define DONE_GUID 0xacc89689

static uint8_t opregion[0x2200];

static int begin(void **state)
{
	(void)state;
	mock_begin(256);
	for (size_t i = 0; i < sizeof(opregion); i++)
		opregion[i] = (uint8_t)(i * 7 + 1);
	memcpy(opregion, "IntelGraphicsMem", 16);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mock_end();
	return 0;
}

static void add_opregion(void)
{
	mock_file_add("etc/igd-opregion", opregion, sizeof(opregion));
}

static struct mock_device *add_igd(uint16_t id, uint16_t ggc)
{
	struct mock_device *d = mock_device_add(id);

	mock_config_set(d, IGD_GGC, 2, ggc);
	return d;
}

/* In an option ROM: the device is there before the driver. */
static struct mock_device *run_with(uint16_t id, uint16_t ggc)
{
	struct mock_device *d = add_igd(id, ggc);

	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	return d;
}

static bool logged(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static bool logged(const char *fmt, ...)
{
	char line[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return mock_logged(line);
}

static const uint8_t *at_address(uint64_t at)
{
	return (const uint8_t *)(uintptr_t)at;
}

static bool is_zeroed(uint64_t at, uint64_t size)
{
	const uint8_t *p = at_address(at);

	return p[0] == 0 && memcmp(p, p + 1, size - 1) == 0;
}

static void is_of_type(uint64_t at, uint64_t size, EFI_MEMORY_TYPE type)
{
	for (uint64_t i = at; i < at + size; i += EFI_PAGE_SIZE)
		assert_int_equal(mock_page_type(i), type);
}

static void has_opregion(const struct mock_device *d)
{
	uint64_t at = mock_config(d, IGD_ASLS, 4);

	assert_int_not_equal(at, 0);
	assert_int_equal(at % EFI_PAGE_SIZE, 0);
	is_of_type(at, 0x3000, EfiACPIMemoryNVS);
	assert_memory_equal(at_address(at), opregion, sizeof(opregion));
	assert_true(is_zeroed(at + sizeof(opregion), 0x3000 - sizeof(opregion)));
	assert_true(logged("%02x:%02x.0 8086:%04x: OpRegion of 8704 bytes at 0x%x", d->bus, d->device,
			   (unsigned)mock_config(d, 2, 2), (unsigned)at));
}

static void has_stolen(const struct mock_device *d, unsigned reg, uint64_t size)
{
	uint64_t at = mock_config(d, reg, reg == IGD_BDSM64 ? 8 : 4);

	assert_int_not_equal(at, 0);
	assert_int_equal(at % MIB, 0);
	assert_true(at + size <= UINT32_MAX);
	is_of_type(at, size, EfiReservedMemoryType);
	assert_int_equal(mock_used(EfiReservedMemoryType), size);
	assert_true(is_zeroed(at, size));
	assert_true(logged("%02x:%02x.0 8086:%04x: stolen memory of %u MiB at 0x%x", d->bus, d->device,
			   (unsigned)mock_config(d, 2, 2), (unsigned)(size / MIB), (unsigned)at));
}

static void has_no_stolen(const struct mock_device *d)
{
	assert_int_equal(mock_config(d, IGD_BDSM32, 4), 0);
	assert_int_equal(mock_config(d, IGD_BDSM64, 8), 0);
	assert_int_equal(mock_used(EfiReservedMemoryType), 0);
}

static size_t n_writes(void)
{
	size_t n = 0;

	for (size_t i = 0; i < mock.n_steps; i++)
		n += mock.steps[i].did == DID_WRITE;
	return n;
}

/* The n-th thing done, with what was given back for the alignment's sake left out. */
static const struct mock_step *did(size_t n)
{
	for (size_t i = 0; i < mock.n_steps; i++)
		if (mock.steps[i].did != DID_FREE && n-- == 0)
			return &mock.steps[i];
	fail_msg("less was done");
	return NULL;
}

static void is_write(const struct mock_step *s, unsigned at, uint64_t value)
{
	assert_int_equal(s->did, DID_WRITE);
	assert_int_equal(s->kind, 4);
	assert_int_equal(s->at, at);
	assert_int_equal(s->value, value);
}

/* ---- what it does ------------------------------------------------------------------------------------------- */

static void does_both_in_order(void **state)
{
	struct mock_device *d;

	(void)state;
	add_opregion();
	d = run_with(0x3e92, GGC_64M);
	assert_true(logged("started, version %s", IGDCTL_VERSION));
	has_opregion(d);
	has_stolen(d, IGD_BDSM32, 64 * MIB);
	assert_int_equal(did(0)->did, DID_INSTALL);
	assert_int_equal(did(0)->value, DONE_GUID);
	assert_int_equal(did(1)->did, DID_ALLOCATE);
	assert_int_equal(did(1)->kind, EfiACPIMemoryNVS);
	assert_int_equal(did(1)->value, 3);
	assert_int_equal(did(2)->did, DID_ALLOCATE);
	assert_int_equal(did(2)->kind, EfiReservedMemoryType);
	is_write(did(3), IGD_BDSM32, mock_config(d, IGD_BDSM32, 4));
	is_write(did(4), IGD_ASLS, mock_config(d, IGD_ASLS, 4));
	assert_int_equal(n_writes(), 2);
	assert_int_equal(mock_config(d, IGD_BDSM64, 8), 0);
	assert_string_equal(mock.serial + mock.serial_n - 2, "\r\n");
}

static void writes_the_valid_half_last(void **state)
{
	struct mock_device *d;

	(void)state;
	add_opregion();
	d = run_with(0x4680, GGC_64M); /* Alder Lake */
	has_opregion(d);
	has_stolen(d, IGD_BDSM64, 64 * MIB);
	is_write(did(3), IGD_BDSM64 + 4, 0);
	is_write(did(4), IGD_BDSM64, mock_config(d, IGD_BDSM64, 4));
	is_write(did(5), IGD_ASLS, mock_config(d, IGD_ASLS, 4));
	assert_int_equal(n_writes(), 3);
	assert_int_equal(mock_config(d, IGD_BDSM32, 4), 0);
}

static void knows_each_generation(void **state)
{
	const struct {
		uint16_t id, ggc;
		unsigned reg, mib;
	} rows[] = {
		{ 0x0102, 0x0008, IGD_BDSM32, 32 }, /* Sandy Bridge */
		{ 0x0162, 0x0010, IGD_BDSM32, 64 }, /* Ivy Bridge */
		{ 0x0412, 0x0208, IGD_BDSM32, 32 }, /* Haswell */
		{ 0x1616, 0x0100, IGD_BDSM32, 32 }, /* Broadwell */
		{ 0x22b0, 0x0090, IGD_BDSM32, 12 }, /* Cherryview */
		{ 0x1912, 0xf0c1, IGD_BDSM32, 4 },  /* Skylake */
		{ 0x5a85, 0xf700, IGD_BDSM32, 32 }, /* Apollo Lake */
		{ 0x3185, 0x01c0, IGD_BDSM32, 32 }, /* Gemini Lake */
		{ 0x5912, 0x0200, IGD_BDSM32, 64 }, /* Kaby Lake */
		{ 0x9bc5, 0xfec0, IGD_BDSM32, 60 }, /* Comet Lake */
		{ 0x8a52, 0x0200, IGD_BDSM64, 64 }, /* Ice Lake */
		{ 0x4e61, 0xf000, IGD_BDSM64, 4 },  /* Jasper Lake */
		{ 0x9a49, 0x0200, IGD_BDSM64, 64 }, /* Tiger Lake */
		{ 0x4c8a, 0x0100, IGD_BDSM64, 32 }, /* Rocket Lake */
		{ 0xa780, 0x02c1, IGD_BDSM64, 64 }, /* Raptor Lake */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		has_stolen(run_with(rows[i].id, rows[i].ggc), rows[i].reg, rows[i].mib * MIB);
		end(state);
		begin(state);
	}
}

static void works_before_there_are_devices(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_4M), *other = mock_device_add(0x100e);

	(void)state;
	mock_config_set(other, 8, 4, 0x02000000);
	add_opregion();
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_int_equal(mock.n_steps, 0);
	mock_device_start(other); /* a network card */
	assert_int_equal(mock.n_steps, 0);
	mock_device_start(d);
	has_opregion(d);
	has_stolen(d, IGD_BDSM32, 4 * MIB);
}

static void finds_it_among_others(void **state)
{
	struct mock_device *net = mock_device_add(0x100e), *amd = mock_device_add(0x744c),
			   *d = add_igd(0x9bc5, GGC_4M);

	(void)state;
	mock_config_set(net, 8, 4, 0x02000000);
	mock_config_set(amd, 0, 2, 0x1002);
	add_opregion();
	mock_device_start(net);
	mock_device_start(amd);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	has_opregion(d);
	assert_int_equal(mock_config(amd, IGD_ASLS, 4), 0);
	assert_int_equal(mock_config(net, IGD_ASLS, 4), 0);
	assert_false(mock_log_has("1002"));
}

static void takes_class_0380_too(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_4M);

	(void)state;
	mock_config_set(d, 8, 4, 0x03800000);
	add_opregion();
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	has_opregion(d);
	has_stolen(d, IGD_BDSM32, 4 * MIB);
}

static void cross_checks_the_size(void **state)
{
	static const uint8_t same[8] = { 0, 0, 0, 4 }, other[8] = { 0, 0, 0x80, 4 };

	(void)state;
	mock_file_add("etc/igd-bdsm-size", same, 8);
	has_stolen(run_with(0x3e92, GGC_64M), IGD_BDSM32, 64 * MIB);
	assert_false(mock_log_has("GGC says"));
	end(state);
	begin(state);
	mock_file_add("etc/igd-bdsm-size", other, 8);
	has_stolen(run_with(0x3e92, GGC_64M), IGD_BDSM32, 64 * MIB);
	assert_true(logged("00:02.0 8086:3e92: stolen memory: GGC says 0x4000000 bytes, "
			   "etc/igd-bdsm-size 0x4800000: GGC is taken"));
	end(state);
	begin(state);
	mock_file_add("etc/igd-bdsm-size", other, 4); /* of a length that it never has */
	has_stolen(run_with(0x3e92, GGC_64M), IGD_BDSM32, 64 * MIB);
	assert_false(mock_log_has("GGC says"));
}

/* ---- where one of the two is missing ------------------------------------------------------------------------ */

static void no_opregion(const char *why)
{
	const struct mock_device *d = run_with(0x3e92, GGC_4M);

	assert_true(logged("00:02.0 8086:3e92: no OpRegion: %s", why));
	assert_int_equal(mock_config(d, IGD_ASLS, 4), 0);
	assert_int_equal(mock_used(EfiACPIMemoryNVS), 0);
	has_stolen(d, IGD_BDSM32, 4 * MIB);
	end(NULL);
	begin(NULL);
}

static void does_without_an_opregion(void **state)
{
	static uint8_t large[0x100001];

	(void)state;
	no_opregion("fw_cfg has no etc/igd-opregion");
	mock.has_fw_cfg = false;
	no_opregion("there is no fw_cfg");
	mock_file_add("etc/igd-opregion", opregion, 0);
	no_opregion("etc/igd-opregion has 0 bytes");
	mock_file_add("etc/igd-opregion", opregion, 0x1fff);
	no_opregion("etc/igd-opregion has 8191 bytes");
	mock_file_add("etc/igd-opregion", large, sizeof(large));
	no_opregion("etc/igd-opregion has 1048577 bytes");
	opregion[15] ^= 1;
	add_opregion();
	no_opregion("etc/igd-opregion is none");
	mock.fail[MOCK_ALLOCATE_PAGES] = 1;
	add_opregion();
	no_opregion("no 8704 bytes below 4 GiB are free");
}

static void copies_one_without_a_tail(void **state)
{
	const struct mock_device *d;

	(void)state;
	mock_file_add("etc/igd-opregion", opregion, 0x2000);
	d = run_with(0x3e92, 0);
	assert_memory_equal(at_address(mock_config(d, IGD_ASLS, 4)), opregion, 0x2000);
	assert_int_equal(mock_used(EfiACPIMemoryNVS), 0x2000);
}

static void no_stolen(uint16_t id, uint16_t ggc, const char *why)
{
	const struct mock_device *d;

	add_opregion();
	d = run_with(id, ggc);
	assert_true(logged("00:02.0 8086:%04x: no stolen memory: %s", id, why));
	has_no_stolen(d);
	has_opregion(d);
	end(NULL);
	begin(NULL);
}

static void does_without_stolen_memory(void **state)
{
	(void)state;
	no_stolen(0x7d55, GGC_64M, "this generation brings its own"); /* Meteor Lake */
	no_stolen(0x64a0, GGC_64M, "this generation brings its own"); /* Lunar Lake */
	no_stolen(0xfff0, GGC_64M, "this device is not in the table");
	no_stolen(0x3e92, 0x0000, "GGC 0000 asks for none");
	no_stolen(0x3e92, 0x00c3, "GGC 00c3 asks for none");
	no_stolen(0x3e92, 0xff00, "GGC ff00 asks for none");
	no_stolen(0x3e92, 0xffff, "GGC ffff asks for none");
	no_stolen(0x3e92, 0x4000, "no 2048 MiB below 4 GiB are free");
	no_stolen(0x1616, 0xfe00, "no 8128 MiB below 4 GiB are free");
}

static void leaves_discrete_gpus_alone(void **state)
{
	const struct mock_device *d;

	(void)state;
	add_opregion();
	d = run_with(0x56a0, GGC_64M); /* Arc A770 */
	assert_true(logged("00:02.0 8086:56a0: a discrete GPU needs neither OpRegion nor stolen memory"));
	has_no_stolen(d);
	assert_int_equal(n_writes(), 0);
	assert_int_equal(mock_used(EfiACPIMemoryNVS), 0);
}

/* ---- registers that do not take it -------------------------------------------------------------------------- */

static void notices_a_lost_bdsm(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);

	(void)state;
	add_opregion();
	memset(d->writable + IGD_BDSM32, 0, 4); /* QEMU 9.2 outside legacy mode: the host's, locked */
	mock_config_set(d, IGD_BDSM32, 4, 0x8b800001);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_true(logged("00:02.0 8086:3e92: BDSM write lost: it reads 0x8b800001"));
	assert_int_equal(mock_used(EfiReservedMemoryType), 0);
	has_opregion(d);
}

static void takes_a_lock_bit_for_what_it_is(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);

	(void)state;
	d->writable[IGD_BDSM32] = 0;
	d->config[IGD_BDSM32] = 0x01;
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_int_equal(mock_used(EfiReservedMemoryType), 64 * MIB);
	assert_true(mock_log_has("stolen memory of 64 MiB at"));
}

static void notices_a_lost_upper_half(void **state)
{
	struct mock_device *d = add_igd(0x4680, GGC_64M);

	(void)state;
	memset(d->writable + IGD_BDSM64 + 4, 0, 4);
	mock_config_set(d, IGD_BDSM64, 8, UINT64_C(0x100000000));
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_true(mock_log_has("BDSM write lost: it reads 0x1"));
	assert_int_equal(mock_used(EfiReservedMemoryType), 0);
}

static void notices_a_lost_asls(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_4M);

	(void)state;
	add_opregion();
	memset(d->writable + IGD_ASLS, 0, 4);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_true(logged("00:02.0 8086:3e92: ASLS write lost: it reads 0x0"));
	assert_int_equal(mock_used(EfiACPIMemoryNVS), 0);
	has_stolen(d, IGD_BDSM32, 4 * MIB);
}

/* ---- those who were here before ----------------------------------------------------------------------------- */

static void second_instance_does_nothing(void **state)
{
	struct mock_device *d;
	size_t n_steps;

	(void)state;
	add_opregion();
	d = run_with(0x3e92, GGC_4M);
	n_steps = mock.n_steps;
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_int_equal(mock.n_steps, n_steps);
	assert_true(logged("00:02.0 8086:3e92: another IgdAssignment did this device"));
	has_opregion(d);
	has_stolen(d, IGD_BDSM32, 4 * MIB);
}

static void two_instances_before_the_devices(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_4M);

	(void)state;
	add_opregion();
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	mock_device_start(d);
	has_opregion(d);
	has_stolen(d, IGD_BDSM32, 4 * MIB);
	assert_int_equal(n_writes(), 2);
}

/* What somebody else's driver left: @size bytes of @type at the @mib-th MiB of memory. */
static uint64_t leave(unsigned mib, uint64_t size, EFI_MEMORY_TYPE type)
{
	uint64_t at = ((uint64_t)(uintptr_t)mock.ram + MIB - 1) / MIB * MIB + mib * MIB;

	mock_page_set(at, size, type);
	return at;
}

static void keeps_what_another_driver_did(void **state)
{
	struct mock_device *d;
	uint64_t region, stolen;

	for (unsigned i = 0; i < 4; i++) {
		unsigned reg = i & 1 ? IGD_BDSM64 : IGD_BDSM32;

		region = leave(8, 0x2000, i & 2 ? EfiACPIMemoryNVS : EfiReservedMemoryType);
		stolen = leave(16, 64 * MIB, EfiReservedMemoryType);
		memcpy((void *)(uintptr_t)region, opregion, 0x2000);
		add_opregion();
		d = add_igd(i & 1 ? 0x4680 : 0x3e92, GGC_64M);
		mock_config_set(d, IGD_ASLS, 4, region);
		mock_config_set(d, reg, 4, stolen | 1);
		mock.map_step = i ? 5 : 0;
		mock_device_start(d);
		assert_int_equal(mock_run(), EFI_SUCCESS);
		assert_int_equal(n_writes(), 0);
		assert_int_equal(mock.n_steps, 1); /* the mark on the device's handle */
		assert_true(mock_log_has("OpRegion at 0x"));
		assert_true(mock_log_has("stolen memory of 64 MiB at 0x"));
		assert_true(mock_log_has(" kept\n"));
		end(state);
		begin(state);
	}
}

static void keeps_the_one_and_does_the_other(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);
	uint64_t stolen = leave(16, 64 * MIB, EfiReservedMemoryType);

	(void)state;
	add_opregion();
	mock_config_set(d, IGD_BDSM32, 4, stolen);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_true(logged("00:02.0 8086:3e92: stolen memory of 64 MiB at 0x%x kept", (unsigned)stolen));
	has_opregion(d);
	assert_int_equal(n_writes(), 1);
}

/* Values that a reset left, or the host's: nothing is read there, and they are replaced. */
static void replaces_what_is_stale(void **state)
{
	const struct {
		uint64_t asls, bdsm;
	} rows[] = {
		{ 0, 0 },		    /* free memory that still has the words */
		{ 0xfffff000, 0xfb800001 }, /* the host's, where the guest has nothing */
		{ 0x1000, 0x00100000 },	    /* below all memory */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mock_device *d = add_igd(0x3e92, GGC_64M);
		uint64_t asls = i ? rows[i].asls : leave(8, 0x2000, EfiConventionalMemory);
		uint64_t bdsm = i ? rows[i].bdsm : leave(16, 64 * MIB, EfiConventionalMemory);

		if (i == 0)
			memcpy((void *)(uintptr_t)asls, opregion, 0x2000);
		add_opregion();
		mock_config_set(d, IGD_ASLS, 4, asls);
		mock_config_set(d, IGD_BDSM32, 4, bdsm);
		mock_device_start(d);
		assert_int_equal(mock_run(), EFI_SUCCESS);
		has_opregion(d);
		has_stolen(d, IGD_BDSM32, 64 * MIB);
		assert_int_not_equal(mock_config(d, IGD_BDSM32, 4), bdsm);
		end(state);
		begin(state);
	}
}

/* A warm start: both addresses of before are in what the firmware keeps for their types, with all that was there. */
static void replaces_what_is_kept_for_its_type(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);
	uint64_t region = leave(8, 0x3000, EfiConventionalMemory),
		 stolen = leave(16, 64 * MIB, EfiConventionalMemory);

	(void)state;
	mock_bin_set(region, 0x3000, EfiACPIMemoryNVS);
	mock_bin_set(stolen, 64 * MIB, EfiReservedMemoryType);
	memcpy((void *)(uintptr_t)region, opregion, 0x2000);
	add_opregion();
	mock_config_set(d, IGD_ASLS, 4, region);
	mock_config_set(d, IGD_BDSM32, 4, stolen);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_false(mock_log_has("kept"));
	has_opregion(d);
	has_stolen(d, IGD_BDSM32, 64 * MIB);
}

static void replaces_what_only_looks_right(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);
	uint64_t region = leave(8, 0x2000, EfiACPIMemoryNVS), stolen = leave(16, 64 * MIB, EfiReservedMemoryType);

	(void)state;
	memcpy((void *)(uintptr_t)region, "IntelGraphicsMen", 16); /* NVS of somebody else's */
	mock_page_set(stolen + 64 * MIB - EFI_PAGE_SIZE, EFI_PAGE_SIZE, EfiBootServicesData); /* a page too short */
	add_opregion();
	mock_config_set(d, IGD_ASLS, 4, region);
	mock_config_set(d, IGD_BDSM32, 4, stolen);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	has_opregion(d);
	assert_int_not_equal(mock_config(d, IGD_ASLS, 4), region);
	assert_int_not_equal(mock_config(d, IGD_BDSM32, 4), stolen);
	assert_false(mock_log_has("kept"));
}

/* OVMF reports the registers of PCI Express as reserved, where a host's BDSM may well point. */
static void replaces_what_points_to_registers(void **state)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);
	uint64_t stolen = leave(16, 64 * MIB, EfiReservedMemoryType);

	(void)state;
	mock.map_uncached = true;
	mock_config_set(d, IGD_BDSM32, 4, stolen);
	mock_device_start(d);
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_int_not_equal(mock_config(d, IGD_BDSM32, 4), stolen);
}

/* ---- encrypted guests --------------------------------------------------------------------------------------- */

static void refused(const char *line)
{
	struct mock_device *d = add_igd(0x3e92, GGC_64M);

	add_opregion();
	mock_device_start(d);
	assert_int_equal(mock_run(), line ? EFI_UNSUPPORTED : EFI_SUCCESS);
	if (line) {
		assert_true(logged("refused: %s", line));
		assert_false(mock_log_has("started"));
		assert_int_equal(mock.n_steps, 0);
	} else {
		has_opregion(d);
	}
	end(NULL);
	begin(NULL);
}

static void refuses_encrypted_memory(void **state)
{
	static const char sev[] = "AMD SEV encrypts the guest's memory, a device cannot read it";
	static const char tdx[] = "Intel TDX encrypts the guest's memory, a device cannot read it";

	(void)state;
	mock.cpuid_8000001f_eax = 2;
	mock.msr_c0010131 = 1;
	refused(sev);
	mock.cpuid_8000001f_eax = 2; /* a CPU that could, a guest that is not */
	refused(NULL);
	mock.cpuid_8000001f_eax = 1; /* SME alone: the register is not there to be read */
	mock.msr_c0010131 = 1;
	refused(NULL);
	mock.cpuid_ext_max = 0x80000008;
	refused(NULL);
	mock.cpuid_max = 0x21;
	memcpy(mock.cpuid_21, "IntelTDX    ", 12);
	refused(tdx);
	mock.cpuid_max = 0x21;
	memcpy(mock.cpuid_21, "IntelTDX    ", 12);
	mock.cpuid_hypervisor = false;
	refused(NULL);
	mock.cpuid_max = 0x21;
	memcpy(mock.cpuid_21, "GenuineIntel", 12);
	refused(NULL);
	for (unsigned i = 0; i < 12; i++) {
		mock.cpuid_max = 0x21;
		memcpy(mock.cpuid_21, "IntelTDX    ", 12);
		mock.cpuid_21[i] ^= 1;
		refused(NULL);
	}
}

static void wants_its_arguments(void **state)
{
	(void)state;
	assert_int_equal(efi_main(NULL, mock_table()), EFI_INVALID_PARAMETER);
	assert_int_equal(efi_main(MOCK_IMAGE, NULL), EFI_INVALID_PARAMETER);
}

/* ---- everything fails once ---------------------------------------------------------------------------------- */

/* Whatever happened: a register points to whole memory of its own, or not to any of ours. */
static void is_sane(const struct mock_device *d, unsigned reg)
{
	uint64_t asls = mock_config(d, IGD_ASLS, 4), bdsm = mock_config(d, reg, reg == IGD_BDSM64 ? 8 : 4);

	if (asls) {
		is_of_type(asls, 0x3000, EfiACPIMemoryNVS);
		assert_memory_equal(at_address(asls), opregion, sizeof(opregion));
	}
	if (bdsm) {
		is_of_type(bdsm, 4 * MIB, EfiReservedMemoryType);
		assert_true(is_zeroed(bdsm, 4 * MIB));
	}
	if (mock.fail[MOCK_FREE_PAGES] == 0 && !mock_log_has("not read back")) {
		assert_int_equal(mock_used(EfiACPIMemoryNVS), asls ? 0x3000 : 0);
		assert_int_equal(mock_used(EfiReservedMemoryType), bdsm ? 4 * MIB : 0);
	}
}

static void survives_each_failure(void **state)
{
	const struct {
		enum mock_call call;
		bool first, second; /* nothing else is lost: the OpRegion, or stolen memory, is there after all */
	} rows[] = {
		{ MOCK_ALLOCATE_PAGES, false, false },	{ MOCK_FREE_PAGES, true, true },
		{ MOCK_GET_MEMORY_MAP, true, true },	{ MOCK_ALLOCATE_POOL, true, true },
		{ MOCK_CREATE_EVENT, true, true },	{ MOCK_SIGNAL_EVENT, true, true },
		{ MOCK_INSTALL, true, true },		{ MOCK_REGISTER_NOTIFY, true, true },
		{ MOCK_HANDLE_PROTOCOL, false, false }, { MOCK_LOCATE_HANDLE, false, false },
		{ MOCK_CONFIG_READ, false, false },	{ MOCK_CONFIG_WRITE, false, false },
		{ MOCK_GET_LOCATION, false, false },
	};
	const uint16_t ids[] = { 0x3e92, 0x4680 };

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned reg = i & 1 ? IGD_BDSM64 : IGD_BDSM32, n = 0;
		enum mock_call call = rows[i / 2].call;
		const struct mock_device *d;
		bool one;

		do {
			end(state);
			begin(state);
			mock.fail[call] = ++n;
			add_opregion();
			d = run_with(ids[i & 1], GGC_4M);
			is_sane(d, reg);
			one = mock_config(d, IGD_ASLS, 4) || mock_config(d, reg, 4);
			if (rows[i / 2].first)
				has_opregion(d);
			if (rows[i / 2].second && call != MOCK_FREE_PAGES)
				has_stolen(d, reg, 4 * MIB);
			if (call == MOCK_ALLOCATE_PAGES || call == MOCK_CONFIG_WRITE)
				assert_true(one); /* one step's failure is not the other's */
		} while (mock.calls[call] >= n && n < 1000);
		/* GET_MEMORY_MAP and ALLOCATE_POOL are for registers that hold something: see the next test */
		assert_true(n > 1 || call == MOCK_GET_MEMORY_MAP || call == MOCK_ALLOCATE_POOL ||
			    call == MOCK_FREE_PAGES);
	}
}

/* Without a map nothing is believed; what is there may then be done twice, which wastes memory and harms nothing. */
static void survives_failures_of_the_map(void **state)
{
	const enum mock_call calls[] = { MOCK_GET_MEMORY_MAP, MOCK_ALLOCATE_POOL };

	for (unsigned i = 0; i < 2; i++) {
		unsigned n = 0;

		do {
			struct mock_device *d = add_igd(0x3e92, GGC_4M);
			uint64_t region = leave(8, 0x2000, EfiACPIMemoryNVS);
			uint64_t stolen = leave(16, 4 * MIB, EfiReservedMemoryType);

			memcpy((void *)(uintptr_t)region, opregion, 0x2000);
			add_opregion();
			mock_config_set(d, IGD_ASLS, 4, region);
			mock_config_set(d, IGD_BDSM32, 4, stolen);
			mock.fail[calls[i]] = ++n;
			mock_device_start(d);
			assert_int_equal(mock_run(), EFI_SUCCESS);
			assert_int_equal(mock_page_type(mock_config(d, IGD_ASLS, 4)), EfiACPIMemoryNVS);
			is_of_type(mock_config(d, IGD_BDSM32, 4), 4 * MIB, EfiReservedMemoryType);
			if (mock.calls[calls[i]] < n)
				break;
			end(state);
			begin(state);
		} while (n < 1000);
		assert_true(n > 2);
		end(state);
		begin(state);
	}
}

static void says_that_it_may_miss_later_devices(void **state)
{
	const enum mock_call calls[] = { MOCK_CREATE_EVENT, MOCK_REGISTER_NOTIFY };

	for (unsigned i = 0; i < 2; i++) {
		mock.fail[calls[i]] = 1;
		add_opregion();
		has_opregion(run_with(0x3e92, GGC_4M));
		assert_true(logged("no word of later devices: those that are there are looked at once"));
		assert_false(mock.events[0].used);
		end(state);
		begin(state);
	}
	mock.fail[MOCK_CREATE_EVENT] = mock.fail[MOCK_LOCATE_HANDLE_BUFFER] = 1;
	assert_int_equal(mock_run(), EFI_SUCCESS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(does_both_in_order),
		T(writes_the_valid_half_last),
		T(knows_each_generation),
		T(works_before_there_are_devices),
		T(finds_it_among_others),
		T(takes_class_0380_too),
		T(cross_checks_the_size),
		T(does_without_an_opregion),
		T(copies_one_without_a_tail),
		T(does_without_stolen_memory),
		T(leaves_discrete_gpus_alone),
		T(notices_a_lost_bdsm),
		T(takes_a_lock_bit_for_what_it_is),
		T(notices_a_lost_upper_half),
		T(notices_a_lost_asls),
		T(second_instance_does_nothing),
		T(two_instances_before_the_devices),
		T(keeps_what_another_driver_did),
		T(keeps_the_one_and_does_the_other),
		T(replaces_what_is_stale),
		T(replaces_what_is_kept_for_its_type),
		T(replaces_what_only_looks_right),
		T(replaces_what_points_to_registers),
		T(refuses_encrypted_memory),
		T(wants_its_arguments),
		T(survives_each_failure),
		T(survives_failures_of_the_map),
		T(says_that_it_may_miss_later_devices),
	};

	return cmocka_run_group_tests_name("efi_assignment", tests, NULL, NULL);
}
