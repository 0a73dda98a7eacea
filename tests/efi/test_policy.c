// SPDX-License-Identifier: BSD-2-Clause
/*
 * GopPolicy in a mocked firmware: each place where a VBT can be, their order, each reason for which one is passed
 * over, each call of the firmware that fails.
 */
#include "made.h"

#include "gop_policy.h"
#include "mock.h"

#define RAM_MIB 16
#define MIDDLE	((uintptr_t)4 << 20) /* of its memory */
#define COFFEE	0x3e92
#define ARC	0x56a0 /* a card of its own */

/* What 4,608 bytes of a VBT in each place are called. */
#define HERE_SIZE 4608
#define FROM_RVDA "VBT \"$VBT BEHIND\" of 6000 bytes from the OpRegion of 00:02.0, at "
#define FROM_MBOX "VBT \"$VBT MAILBOX\" of 4608 bytes from the OpRegion of 00:02.0, at "
#define FROM_FILE "VBT \"$VBT FILE\" of 4608 bytes from fw_cfg opt/org.igdctl/vbt, at "
#define FROM_SELF "VBT \"$VBT SECTION\" of 4608 bytes from this driver's section .vbt, at "
#define NOWHERE	  "no VBT: none in an OpRegion, in fw_cfg opt/org.igdctl/vbt, in this driver's section .vbt"

static const EFI_GUID policy_guid = GOP_POLICY_PROTOCOL_GUID;

static uint8_t file_bytes[65537], image_bytes[0x4000];

static int begin(void **state)
{
	(void)state;
	mock_begin(RAM_MIB);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mock_end();
	return 0;
}

/* Another world, in the same test. */
static void fresh(void **state)
{
	end(state);
	begin(state);
}

/* ---- what a guest has --------------------------------------------------------------------------------------- */

/* An address in the middle of the guest's memory, @n bytes of which are of @type now. */
static uint8_t *memory_of(EFI_MEMORY_TYPE type, uint64_t n)
{
	uint8_t *p = mock.ram + MIDDLE;

	mock_page_set((uintptr_t)p, n, type);
	return p;
}

static struct mock_device *display(uint16_t id, uint64_t asls)
{
	struct mock_device *d = mock_device_add(id);

	mock_config_set(d, 0xfc, 4, asls);
	mock_device_start(d);
	return d;
}

/* A display at 00:02.0 with an OpRegion of @version, and @behind bytes of memory behind it. */
static uint8_t *opregion(uint16_t version, EFI_MEMORY_TYPE type, uint64_t behind)
{
	uint8_t *p = memory_of(type, OPREGION_LEN + behind);

	made_opregion(p, version);
	display(COFFEE, (uintptr_t)p);
	return p;
}

static void set_rvda(uint8_t *p, uint64_t rvda, uint32_t rvds)
{
	made_set(p, 0x3ba, rvda, 8);
	made_set(p, 0x3c2, rvds, 4);
}

static uint8_t *mailbox(uint16_t version)
{
	uint8_t *p = opregion(version, EfiACPIMemoryNVS, 0);

	made_vbt(p + 0x400, "MAILBOX", HERE_SIZE);
	return p;
}

static uint8_t *file(uint32_t size)
{
	memset(file_bytes, 0xff, sizeof(file_bytes));
	made_vbt(file_bytes, "FILE", HERE_SIZE);
	mock_file_add("opt/org.igdctl/vbt", file_bytes, size);
	return file_bytes;
}

static uint8_t *section(void)
{
	made_pe(image_bytes, ".vbt", HERE_SIZE);
	made_vbt(image_bytes + MADE_BODY, "SECTION", HERE_SIZE);
	mock.image.ImageBase = image_bytes;
	mock.image.ImageSize = sizeof(image_bytes);
	return image_bytes + MADE_BODY;
}

/* ---- and what a GOP does ------------------------------------------------------------------------------------ */

static GOP_POLICY_PROTOCOL *started(void)
{
	GOP_POLICY_PROTOCOL *p;

	assert_int_equal(mock_run(), EFI_SUCCESS);
	p = mock_protocol(&policy_guid);
	assert_non_null(p);
	return p;
}

static EFI_STATUS ask(const GOP_POLICY_PROTOCOL *p, uint8_t **ret, uint32_t *ret_size)
{
	EFI_PHYSICAL_ADDRESS at = 7;
	uint32_t size = 7;
	EFI_STATUS status = p->GetVbtData(&at, &size);

	if (EFI_ERROR(status))
		assert_true(at == 7 && size == 7);
	*ret = (uint8_t *)(uintptr_t)at;
	*ret_size = size;
	return status;
}

/* The driver, started and asked, gives @size bytes like those at @bytes and says @line of them. */
static uint8_t *gives(const uint8_t *bytes, uint32_t size, const char *line)
{
	uint32_t got_size;
	uint8_t *got;

	assert_int_equal(ask(started(), &got, &got_size), EFI_SUCCESS);
	assert_int_equal(got_size, size);
	assert_memory_equal(got, bytes, size);
	if (!mock_log_has(line))
		fail_msg("no \"%s\" in:\n%s", line, mock.log);
	assert_true((uintptr_t)got + size < UINT64_C(1) << 32);
	assert_int_equal((uintptr_t)got % 4096, 0);
	for (uint32_t i = 0; i < size; i += 4096)
		assert_int_equal(mock_page_type((uintptr_t)got + i), EfiReservedMemoryType);
	for (uint32_t i = size; i % 4096; i++)
		assert_int_equal(got[i], 0);
	return got;
}

/* It gives the one of the file, and why not that of the OpRegion or the device is @line. */
static void passes_over(const char *line)
{
	file(HERE_SIZE);
	gives(file_bytes, HERE_SIZE, FROM_FILE);
	if (!mock_log_has(line))
		fail_msg("no \"%s\" in:\n%s", line, mock.log);
}

static void gives_none(const char *line)
{
	uint64_t reserved = mock_used(EfiReservedMemoryType);
	uint32_t size;
	uint8_t *p;

	assert_int_equal(ask(started(), &p, &size), EFI_NOT_FOUND);
	assert_int_equal(mock_used(EfiReservedMemoryType), reserved);
	assert_true(mock_logged(NOWHERE));
	if (line && !mock_log_has(line))
		fail_msg("no \"%s\" in:\n%s", line, mock.log);
}

/* ---- the driver itself -------------------------------------------------------------------------------------- */

static void installs_a_policy(void **state)
{
	GOP_POLICY_PROTOCOL *p = started();
	LID_STATUS lid = LidStatusMax;

	(void)state;
	assert_int_equal(p->Revision, 1);
	assert_int_equal(p->GetPlatformLidStatus(&lid), EFI_UNSUPPORTED);
	assert_int_equal(lid, LidStatusMax);
	assert_int_equal(p->GetPlatformLidStatus(NULL), EFI_INVALID_PARAMETER);
	assert_true(mock_logged("started, version " IGDCTL_VERSION));
	assert_true(mock_logged("installed; a VBT comes from the OpRegion, from fw_cfg opt/org.igdctl/vbt "
				"(not there), from .vbt (not there)"));
	assert_int_equal(mock_used(EfiReservedMemoryType), 0); /* nothing is done before somebody asks */
}

static void says_what_it_has(void **state)
{
	(void)state;
	file(HERE_SIZE);
	section();
	started();
	assert_true(mock_logged("installed; a VBT comes from the OpRegion, from fw_cfg opt/org.igdctl/vbt (there), "
				"from .vbt (there)"));
}

static void refuses_nothing_to_work_with(void **state)
{
	(void)state;
	assert_int_equal(efi_main(NULL, mock_table()), EFI_INVALID_PARAMETER);
	assert_int_equal(efi_main(MOCK_IMAGE, NULL), EFI_INVALID_PARAMETER);
	assert_null(mock_protocol(&policy_guid));
}

static void leaves_the_field_to_another(void **state)
{
	GOP_POLICY_PROTOCOL other = { .Revision = 3 };

	(void)state;
	mock_install(NULL, &policy_guid, &other);
	assert_int_equal(mock_run(), EFI_ALREADY_STARTED);
	assert_ptr_equal(mock_protocol(&policy_guid), &other);
	assert_int_equal(mock.calls[MOCK_INSTALL], 0);
	assert_true(mock_logged("there is a GOP policy already; this one is not needed"));
}

static void two_instances_are_one(void **state)
{
	uint8_t *first, *second;
	GOP_POLICY_PROTOCOL *p;
	uint32_t size;

	(void)state;
	file(HERE_SIZE);
	p = started();
	assert_int_equal(mock_run(), EFI_ALREADY_STARTED);
	assert_ptr_equal(mock_protocol(&policy_guid), p);
	assert_int_equal(ask(p, &first, &size), EFI_SUCCESS);
	assert_int_equal(mock_run(), EFI_ALREADY_STARTED);
	assert_int_equal(ask(p, &second, &size), EFI_SUCCESS);
	assert_ptr_equal(first, second);
}

static void wants_somewhere_to_answer(void **state)
{
	GOP_POLICY_PROTOCOL *p;
	EFI_PHYSICAL_ADDRESS at = 7;
	uint32_t size = 7;

	(void)state;
	file(HERE_SIZE);
	p = started();
	assert_int_equal(p->GetVbtData(NULL, &size), EFI_INVALID_PARAMETER);
	assert_int_equal(p->GetVbtData(&at, NULL), EFI_INVALID_PARAMETER);
	assert_true(at == 7 && size == 7);
	assert_int_equal(mock_used(EfiReservedMemoryType), 0);
}

/* ---- the OpRegion ------------------------------------------------------------------------------------------- */

static void takes_mailbox_4(void **state)
{
	static const uint16_t versions[] = { 0x0100, 0x0200, 0x0201, 0x0300 };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		fresh(state);
		gives(mailbox(versions[i]) + 0x400, HERE_SIZE, FROM_MBOX);
	}
}

static void ignores_rvda_before_2_0(void **state)
{
	uint8_t *p = mailbox(0x0100);

	(void)state;
	set_rvda(p, 0x2000, 6000);
	gives(p + 0x400, HERE_SIZE, FROM_MBOX);
	assert_false(mock_log_has("RVDA"));
}

static void follows_rvda(void **state)
{
	static const EFI_MEMORY_TYPE types[] = { EfiACPIMemoryNVS, EfiReservedMemoryType };
	static const uint64_t places[] = { 0x2000, 0x2001, 0x2890 };

	for (size_t i = 0; i < 6; i++) {
		uint8_t *p;

		fresh(state);
		p = opregion(0x0201, types[i % 2], 8192);
		made_vbt(p + 0x400, "MAILBOX", HERE_SIZE);
		made_vbt(p + places[i / 2], "BEHIND", 6000);
		set_rvda(p, places[i / 2], 6000);
		gives(p + places[i / 2], 6000, FROM_RVDA);
	}
}

/* RVDA leads nowhere, and mailbox 4 has one. */
static void rather_mailbox_4(uint16_t version, uint64_t rvda, uint32_t rvds, const char *line)
{
	uint8_t *p = opregion(version, EfiACPIMemoryNVS, 8192);

	made_vbt(p + 0x400, "MAILBOX", HERE_SIZE);
	made_vbt(p + 0x2000, "BEHIND", 6000);
	set_rvda(p, rvda, rvds);
	gives(p + 0x400, HERE_SIZE, FROM_MBOX);
	if (!mock_log_has(line))
		fail_msg("no \"%s\" in:\n%s", line, mock.log);
}

static void passes_over_a_bad_rvda(void **state)
{
	static const struct {
		uint16_t version;
		uint64_t rvda;
		uint32_t rvds;
		const char *line;
	} rows[] = {
		{ 0x0200, 0x7f001000, 6000,
		  "the OpRegion of 00:02.0 is of version 2.0, its RVDA 0x7f001000 an address of the host: passed "
		  "over" },
		{ 0x0201, 0x1fff, 6000,
		  "the OpRegion of 00:02.0 has RVDA 0x1fff, which leads into itself: passed over" },
		{ 0x0201, 0x2000, 8193, "has RVDA 0x2000 and RVDS 0x2001, and no such memory: passed over" },
		{ 0x0201, 0x4000, 1, "and no such memory: passed over" },
		{ 0x0201, 0x2001, 8192, "and no such memory: passed over" },
		{ 0x0201, 0x2000, UINT32_MAX, "and no such memory: passed over" },
		{ 0x0201, UINT32_MAX, 6000, "and no such memory: passed over" },
		{ 0x0201, UINT64_C(1) << 32, 6000, "and no such memory: passed over" },
		{ 0x0201, UINT64_MAX, 6000, "and no such memory: passed over" },
		{ 0x0201, UINT64_MAX - 5999, 6000, "and no such memory: passed over" },
		{ 0x0201, 0x2000, 5999, "no VBT from the OpRegion of 00:02.0: it is cut short" },
		{ 0x0201, 0x2004, 6000, "no VBT from the OpRegion of 00:02.0: no $VBT" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh(state);
		rather_mailbox_4(rows[i].version, rows[i].rvda, rows[i].rvds, rows[i].line);
	}
}

static void rvda_must_be_of_the_same_memory(void **state)
{
	uint8_t *p = opregion(0x0201, EfiACPIMemoryNVS, 8192);

	(void)state;
	made_vbt(p + 0x2000, "BEHIND", 6000);
	set_rvda(p, 0x2000, 6000);
	mock_page_set((uintptr_t)p + 0x3000, 4096, EfiConventionalMemory); /* its last page is anybody's */
	passes_over("the OpRegion of 00:02.0 has RVDA 0x2000 and RVDS 0x1770, and no such memory: passed over");
}

static void mailbox_4_ends_where_5_begins(void **state)
{
	uint8_t *p = opregion(0x0201, EfiACPIMemoryNVS, 0);

	made_vbt(p + 0x400, "MAILBOX", 0x1800);
	made_set(p, 0x58, 0x1f, 4);
	gives(p + 0x400, 0x1800, "VBT \"$VBT MAILBOX\" of 6144 bytes");
	fresh(state);
	p = opregion(0x0201, EfiACPIMemoryNVS, 0);
	made_vbt(p + 0x400, "MAILBOX", 0x1801);
	gives(p + 0x400, 0x1801, "VBT \"$VBT MAILBOX\" of 6145 bytes"); /* no mailbox 5 */
	fresh(state);
	p = opregion(0x0201, EfiACPIMemoryNVS, 0);
	made_vbt(p + 0x400, "MAILBOX", 0x1801);
	made_set(p, 0x58, 0x1f, 4);
	passes_over("no VBT from the OpRegion of 00:02.0: it is cut short");
}

static void looks_at_no_other_memory(void **state)
{
	static const EFI_MEMORY_TYPE types[] = { EfiLoaderCode,		 EfiLoaderData,
						 EfiBootServicesCode,	 EfiBootServicesData,
						 EfiRuntimeServicesCode, EfiRuntimeServicesData,
						 EfiConventionalMemory,	 EfiUnusableMemory,
						 EfiACPIReclaimMemory };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		fresh(state);
		made_vbt(opregion(0x0201, types[i], 0) + 0x400, "MAILBOX", HERE_SIZE);
		passes_over("where the guest has no memory for an OpRegion");
		fresh(state); /* the second of its two pages alone */
		mock_page_set((uintptr_t)mailbox(0x0201) + 4096, 4096, types[i]);
		passes_over("where the guest has no memory for an OpRegion");
	}
}

static void believes_no_asls(void **state)
{
	static const struct {
		uint32_t asls;
		const char *line;
	} rows[] = {
		{ 0, "00:02.0: no OpRegion, ASLS is 0x0" },
		{ UINT32_MAX, "00:02.0: no OpRegion, ASLS is 0xffffffff" },
		{ 0x1000, "00:02.0: ASLS is 0x1000, where the guest has no memory for an OpRegion" },
		{ 0xfffff000, "00:02.0: ASLS is 0xfffff000, where the guest has no memory for an OpRegion" },
		{ 0xfffffffe, "00:02.0: ASLS is 0xfffffffe, where the guest has no memory for an OpRegion" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh(state);
		display(COFFEE, rows[i].asls);
		passes_over(rows[i].line);
		assert_true(mock_logged(rows[i].line));
	}
	fresh(state);
	memset(memory_of(EfiACPIMemoryNVS, 8192), 0x49, 8192);
	display(COFFEE, (uintptr_t)mock.ram + MIDDLE);
	passes_over(", where ASLS says");
}

static void passes_over_a_bad_table(void **state)
{
	uint8_t *p = mailbox(0x0201);

	p[0x400] = 0;
	passes_over("no VBT from the OpRegion of 00:02.0: no $VBT");
	assert_null(strstr(strstr(mock.log, "no $VBT") + 1, "no $VBT")); /* it is looked at once */
	fresh(state);
	p = mailbox(0x0201);
	p[0x400 + 48] = 0;
	passes_over("no VBT from the OpRegion of 00:02.0: no BIOS_DATA_BLOCK where its header points");
}

static void asks_displays_only(void **state)
{
	uint8_t *p = memory_of(EfiACPIMemoryNVS, OPREGION_LEN);
	struct mock_device *d;

	(void)state;
	made_opregion(p, 0x0201);
	made_vbt(p + 0x400, "MAILBOX", HERE_SIZE);
	d = mock_device_add(0x1234); /* somebody else's */
	mock_config_set(d, 0, 2, 0x1234);
	mock_config_set(d, 0xfc, 4, (uintptr_t)p);
	mock_device_start(d);
	display(ARC, (uintptr_t)p);
	gives_none(NULL);
	assert_false(mock_log_has("00:0"));
}

static void asks_each_display(void **state)
{
	uint8_t *p = memory_of(EfiACPIMemoryNVS, OPREGION_LEN);

	(void)state;
	made_opregion(p, 0x0201);
	made_vbt(p + 0x400, "MAILBOX", HERE_SIZE);
	display(COFFEE, 0);
	display(0x0042, (uintptr_t)p); /* an id that no table has */
	display(COFFEE, 0);
	gives(p + 0x400, HERE_SIZE, "VBT \"$VBT MAILBOX\" of 4608 bytes from the OpRegion of 00:03.0, at ");
	assert_true(mock_logged("00:02.0: no OpRegion, ASLS is 0x0"));
	assert_false(mock_log_has("00:04.0"));
}

/* ---- fw_cfg ------------------------------------------------------------------------------------------------- */

static void takes_a_file(void **state)
{
	static const uint32_t sizes[] = { HERE_SIZE, HERE_SIZE + 1, 65535, 65536 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fresh(state);
		gives(file(sizes[i]), HERE_SIZE, FROM_FILE);
	}
}

static void refuses_files(void **state)
{
	static const struct {
		uint32_t size;
		const char *line;
	} rows[] = {
		{ 0, "no VBT from fw_cfg opt/org.igdctl/vbt: 0 bytes, where 1 to 65536 can be" },
		{ 65537, "no VBT from fw_cfg opt/org.igdctl/vbt: 65537 bytes, where 1 to 65536 can be" },
		{ 3, "no VBT from fw_cfg opt/org.igdctl/vbt: no $VBT" },
		{ 47, "no VBT from fw_cfg opt/org.igdctl/vbt: it ends inside its header" },
		{ HERE_SIZE - 1, "no VBT from fw_cfg opt/org.igdctl/vbt: it is cut short" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh(state);
		file(rows[i].size);
		gives(section(), HERE_SIZE, FROM_SELF);
		assert_true(mock_logged(rows[i].line));
	}
}

static void lives_without_fw_cfg(void **state)
{
	(void)state;
	file(HERE_SIZE);
	mock.has_fw_cfg = false;
	gives_none(NULL);
}

/* ---- the section -------------------------------------------------------------------------------------------- */

static void takes_its_section(void **state)
{
	(void)state;
	gives(section(), HERE_SIZE, FROM_SELF);
}

static void believes_no_header_of_its_own(void **state)
{
	static const struct {
		size_t at, width;
		uint64_t v;
	} rows[] = {
		{ 0, 2, 0 },			/* thrown away by the loader */
		{ 0x3c, 4, 0xfffffffc },	/* far away */
		{ MADE_PE + 6, 2, 0xffff },	/* many sections */
		{ MADE_PE + 20, 2, 0xffff },	/* the table outside */
		{ MADE_HEADER + 8, 4, 0x2001 }, /* a byte more than the image */
		{ MADE_HEADER + 12, 4, 0xfffff000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh(state);
		section();
		made_set(image_bytes, rows[i].at, rows[i].v, rows[i].width);
		gives_none(NULL);
	}
	fresh(state);
	section();
	mock.image.ImageSize = MADE_BODY + HERE_SIZE - 1;
	gives_none(NULL);
	fresh(state);
	section();
	mock.image.ImageBase = NULL;
	gives_none(NULL);
}

static void refuses_a_bad_section(void **state)
{
	(void)state;
	section()[48]++;
	gives_none("no VBT from this driver's section .vbt: no BIOS_DATA_BLOCK where its header points");
}

/* ---- together ----------------------------------------------------------------------------------------------- */

static void has_an_order(void **state)
{
	uint8_t *p = mailbox(0x0201);

	file(HERE_SIZE);
	section();
	gives(p + 0x400, HERE_SIZE, FROM_MBOX);
	fresh(state);
	section();
	gives(file(HERE_SIZE), HERE_SIZE, FROM_FILE);
}

static void each_bad_one_is_said(void **state)
{
	(void)state;
	mailbox(0x0201)[0x400] = 'x';
	file(HERE_SIZE)[0] = 'x';
	section()[0] = 'x';
	gives_none("no VBT from the OpRegion of 00:02.0: no $VBT");
	assert_true(mock_logged("no VBT from fw_cfg opt/org.igdctl/vbt: no $VBT"));
	assert_true(mock_logged("no VBT from this driver's section .vbt: no $VBT"));
}

static void gives_the_same_again(void **state)
{
	uint8_t *p = mailbox(0x0201), *first, *second;
	uint64_t reserved;
	uint32_t size;

	(void)state;
	first = gives(p + 0x400, HERE_SIZE, FROM_MBOX);
	reserved = mock_used(EfiReservedMemoryType);
	memset(p, 0, OPREGION_LEN); /* what has been found stays */
	assert_int_equal(ask(mock_protocol(&policy_guid), &second, &size), EFI_SUCCESS);
	assert_ptr_equal(first, second);
	assert_int_equal(size, HERE_SIZE);
	assert_memory_equal(second, "$VBT MAILBOX", 12);
	assert_int_equal(mock_used(EfiReservedMemoryType), reserved);
}

static void looks_again_after_it_found_none(void **state)
{
	uint8_t *p, *got;
	uint32_t size;

	(void)state;
	gives_none(NULL);
	p = mailbox(0x0201); /* the bus is known only now */
	assert_int_equal(ask(mock_protocol(&policy_guid), &got, &size), EFI_SUCCESS);
	assert_memory_equal(got, p + 0x400, HERE_SIZE);
	assert_true(mock_log_has(FROM_MBOX));
}

static void repairs_the_checksum_of_its_copy(void **state)
{
	uint8_t *p = mailbox(0x0201), *got;
	uint32_t size;

	(void)state;
	p[0x400 + 1000]++;
	assert_int_equal(ask(started(), &got, &size), EFI_SUCCESS);
	assert_int_equal(made_sum(got, size), 0);
	assert_int_equal(made_sum(p + 0x400, size), 1); /* the OpRegion is not ours to change */
	assert_int_equal(got[0x1a], (uint8_t)(p[0x400 + 0x1a] - 1));
	got[0x1a] = p[0x400 + 0x1a];
	assert_memory_equal(got, p + 0x400, size);
	assert_true(mock_log_has(", its checksum repaired\n"));
}

static void says_nothing_of_a_right_checksum(void **state)
{
	(void)state;
	gives(mailbox(0x0201) + 0x400, HERE_SIZE, FROM_MBOX);
	assert_false(mock_log_has("checksum"));
}

static void names_are_harmless(void **state)
{
	uint8_t *p = mailbox(0x0201), *got;
	uint32_t size;

	memcpy(p + 0x400, "$VBT \n\x1b\"\x7f\xff~A\0B", 14);
	assert_int_equal(ask(started(), &got, &size), EFI_SUCCESS);
	assert_true(mock_log_has("VBT \"$VBT .....~A\" of 4608 bytes"));
	fresh(state);
	p = mailbox(0x0201);
	memcpy(p + 0x400, "$VBT 123456789012345", 20); /* no room for a blank */
	assert_int_equal(ask(started(), &got, &size), EFI_SUCCESS);
	assert_true(mock_log_has("VBT \"$VBT 123456789012345\" of 4608 bytes"));
}

static void says_when_memory_is_short(void **state)
{
	uint8_t *got, *p = mailbox(0x0201);
	GOP_POLICY_PROTOCOL *policy = started();
	uint32_t size;

	(void)state;
	mock_page_set((uintptr_t)mock.ram, mock.ram_size, EfiLoaderData);
	mock_page_set((uintptr_t)p, OPREGION_LEN, EfiACPIMemoryNVS);
	assert_int_equal(ask(policy, &got, &size), EFI_OUT_OF_RESOURCES);
	assert_true(
		mock_logged("no reserved memory below 4 GiB for the VBT of 4608 bytes from the OpRegion of 00:02.0"));
}

/* ---- the firmware fails ------------------------------------------------------------------------------------- */

/*
 * A VBT behind the OpRegion, one in mailbox 4, one in a file and one in the section, and the @n-th call of @call
 * fails, at the start or later. False: there are not so many.
 */
static bool survives_failure(void **state, enum mock_call call, unsigned n)
{
	EFI_STATUS status;
	uint8_t *p, *got;
	uint32_t size;

	fresh(state);
	p = opregion(0x0201, EfiACPIMemoryNVS, 8192);
	made_vbt(p + 0x400, "MAILBOX", HERE_SIZE);
	made_vbt(p + 0x2000, "BEHIND", 6000);
	set_rvda(p, 0x2000, 6000);
	file(HERE_SIZE);
	section();
	mock.calls[call] = 0;
	mock.fail[call] = n;
	status = mock_run();
	if (EFI_ERROR(status)) {
		assert_int_equal(call, MOCK_INSTALL);
		assert_true(mock_log_has("the GOP policy cannot be installed: status 0x"));
		assert_null(mock_protocol(&policy_guid));
	} else {
		status = ask(mock_protocol(&policy_guid), &got, &size);
		assert_true(status == EFI_SUCCESS || status == EFI_OUT_OF_RESOURCES);
		assert_int_equal(status == EFI_SUCCESS ? made_sum(got, size) : 0, 0);
		assert_int_equal(ask(mock_protocol(&policy_guid), &got, &size),
				 EFI_SUCCESS); /* the next time it works */
		assert_memory_equal(got, "$VBT", 4);
	}
	return mock.calls[call] >= n;
}

static void any_call_may_fail(void **state)
{
	unsigned n_failed = 0;

	for (unsigned call = 0; call < MOCK_CALLS; call++)
		for (unsigned n = 1; survives_failure(state, (enum mock_call)call, n); n++)
			n_failed++;
	print_message("# %u calls failed\n", n_failed);
	assert_true(n_failed > 10);
}

static void says_that_asls_cannot_be_read(void **state)
{
	uint32_t size;
	uint8_t *got;

	for (unsigned n = 1; n < 10 && !mock_log_has("00:02.0: ASLS cannot be read"); n++) {
		GOP_POLICY_PROTOCOL *p;

		fresh(state);
		mailbox(0x0201);
		file(HERE_SIZE);
		p = started();
		mock.fail[MOCK_CONFIG_READ] = mock.calls[MOCK_CONFIG_READ] + n; /* which of them it is, igd.c knows */
		assert_int_equal(ask(p, &got, &size), EFI_SUCCESS);
	}
	assert_true(mock_logged("00:02.0: ASLS cannot be read"));
	assert_true(mock_log_has(FROM_FILE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(installs_a_policy),
		TEST(says_what_it_has),
		TEST(refuses_nothing_to_work_with),
		TEST(leaves_the_field_to_another),
		TEST(two_instances_are_one),
		TEST(wants_somewhere_to_answer),
		TEST(takes_mailbox_4),
		TEST(ignores_rvda_before_2_0),
		TEST(follows_rvda),
		TEST(passes_over_a_bad_rvda),
		TEST(rvda_must_be_of_the_same_memory),
		TEST(mailbox_4_ends_where_5_begins),
		TEST(looks_at_no_other_memory),
		TEST(believes_no_asls),
		TEST(passes_over_a_bad_table),
		TEST(asks_displays_only),
		TEST(asks_each_display),
		TEST(takes_a_file),
		TEST(refuses_files),
		TEST(lives_without_fw_cfg),
		TEST(takes_its_section),
		TEST(believes_no_header_of_its_own),
		TEST(refuses_a_bad_section),
		TEST(has_an_order),
		TEST(each_bad_one_is_said),
		TEST(gives_the_same_again),
		TEST(looks_again_after_it_found_none),
		TEST(repairs_the_checksum_of_its_copy),
		TEST(says_nothing_of_a_right_checksum),
		TEST(names_are_harmless),
		TEST(says_when_memory_is_short),
		TEST(any_call_may_fail),
		TEST(says_that_asls_cannot_be_read),
	};

	return cmocka_run_group_tests_name("efi policy", tests, NULL, NULL);
}
