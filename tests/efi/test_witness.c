// SPDX-License-Identifier: BSD-2-Clause
/*
 * Witness in a mocked firmware: each line of its grammar (docs/uefi-drivers.md), for a machine that is as it should
 * be and for those in which a register, a table or a driver is not; and that nothing of it stops the report.
 */
#include "made.h"

#include <stdio.h>

#include "device_path.h"
#include "driver_binding.h"
#include "fw/igd_driver.h"
#include "gop_policy.h"
#include "graphics_output.h"
#include "mock.h"

#define RAM_MIB	  32
#define MIB	  UINT64_C(0x100000)
#define STOLEN	  (16 * MIB)	   /* offset in RAM of a made stolen memory */
#define OPREGION  (8 * MIB)	   /* and of an OpRegion */
#define GGC_4M	  0xf000	   /* generation 9: 4 MiB */
#define COFFEE	  0x3e92	   /* BDSM at 5Ch */
#define TIGER	  0x9a49	   /* at C0h */
#define ARC	  0x56a0	   /* a card of its own */
#define NOWHERE	  UINT64_C(0x5000) /* in no map, and a fault to read */
#define NO	  "0x8000000000000003"
#define NOT_FOUND "0x800000000000000e"

static const EFI_GUID ready_to_boot = {
	0x7ce88fb3, 0x4bd7, 0x4679, { 0x87, 0xa8, 0xa8, 0xd8, 0xde, 0xe5, 0x0d, 0x2b }
};
static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID policy_guid = GOP_POLICY_PROTOCOL_GUID;
static const EFI_GUID binding_guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;
static const EFI_GUID name_guid = EFI_COMPONENT_NAME_PROTOCOL_GUID;
static const EFI_GUID name2_guid = EFI_COMPONENT_NAME2_PROTOCOL_GUID;
static const EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID output_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

static int begin(void **state)
{
	(void)state;
	mock_begin(RAM_MIB);
	mock.map_program = true; /* where the protocols of these tests lie */
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

/* The driver's report of the world as it is. */
static void report(void)
{
	assert_int_equal(mock_run(), EFI_SUCCESS);
	assert_string_equal(mock.log, "igdctl: Witness: started, version " IGDCTL_VERSION "\n");
	mock.log_n = 0;
	mock.log[0] = '\0';
	mock_signal_group(&ready_to_boot);
	assert_true(mock_logged("ready"));
	assert_int_equal(mock.stalled, 300000);
	assert_int_equal(mock.calls[MOCK_CONFIG_WRITE], 0);
	for (size_t i = 0; i < mock.n_steps; i++) /* what was tried for being free was given back */
		assert_true(mock.steps[i].did == DID_ALLOCATE || mock.steps[i].did == DID_FREE);
}

static void says(const char *line)
{
	if (!mock_logged(line))
		fail_msg("no \"%s\" in:\n%s", line, mock.log);
}

static void says_not(const char *text)
{
	if (mock_log_has(text))
		fail_msg("\"%s\" in:\n%s", text, mock.log);
}

/* A line with addresses that only this run knows. */
#define SAYS(...)                                            \
	do {                                                 \
		char line_[256];                             \
		snprintf(line_, sizeof(line_), __VA_ARGS__); \
		says(line_);                                 \
	} while (0)

/* ---- what a machine has ------------------------------------------------------------------------------------- */

static uint64_t ram(void)
{
	return (uintptr_t)mock.ram;
}

static uint8_t *opregion(EFI_MEMORY_TYPE type, uint16_t version, uint64_t behind)
{
	uint8_t *p = mock.ram + OPREGION;

	mock_page_set((uintptr_t)p, OPREGION_LEN + behind, type);
	made_opregion(p, version);
	return p;
}

static struct mock_device *display(uint16_t id, uint64_t asls)
{
	struct mock_device *d = mock_device_add(id);

	mock_config_set(d, 0x50, 2, GGC_4M);
	mock_config_set(d, 0xfc, 4, asls);
	mock_device_start(d);
	return d;
}

static void stolen(struct mock_device *d, uint64_t at)
{
	mock_page_set(at, 4 * MIB, EfiReservedMemoryType);
	mock_config_set(d, 0x5c, 4, at | 1);
}

/* ---- drivers ------------------------------------------------------------------------------------------------ */

static struct driver {
	EFI_DRIVER_BINDING_PROTOCOL binding;
	EFI_COMPONENT_NAME2_PROTOCOL name;
	EFI_LOADED_IMAGE_PROTOCOL image;
	uint8_t path[64];
	EFI_STATUS answer;
	CHAR16 *called;
	char languages[8];
	EFI_HANDLE handle;
	unsigned asked;
} drivers[24];
static size_t n_drivers;

static EFI_STATUS supported(EFI_DRIVER_BINDING_PROTOCOL *b, EFI_HANDLE controller, EFI_DEVICE_PATH_PROTOCOL *rest)
{
	struct driver *d = (struct driver *)b;

	assert_true(controller && !rest);
	d->asked++;
	return d->answer;
}

static EFI_STATUS start(EFI_DRIVER_BINDING_PROTOCOL *b, EFI_HANDLE controller, EFI_DEVICE_PATH_PROTOCOL *rest)
{
	(void)rest;
	fail_msg("%p is started on %p by somebody who may not", (void *)b, controller);
	return EFI_SUCCESS;
}

static EFI_STATUS driver_name(EFI_COMPONENT_NAME2_PROTOCOL *n, char *language, CHAR16 **ret)
{
	struct driver *d = (struct driver *)((char *)n - offsetof(struct driver, name));

	assert_true(strcmp(language, "en") == 0 || strcmp(language, "eng") == 0);
	*ret = d->called;
	return EFI_SUCCESS;
}

static size_t node(uint8_t *p, uint8_t type, uint8_t subtype, const void *content, size_t n)
{
	p[0] = type;
	p[1] = subtype;
	p[2] = (uint8_t)(4 + n);
	p[3] = 0;
	if (n)
		memcpy(p + 4, content, n);
	return 4 + n;
}

/* A driver that answers so; its image is from nowhere that is known. */
static struct driver *driver(EFI_STATUS answer, CHAR16 *called)
{
	struct driver *d = &drivers[n_drivers++];

	assert_true(n_drivers <= sizeof(drivers) / sizeof(drivers[0]));
	memset(d, 0, sizeof(*d));
	d->answer = answer;
	d->called = called;
	strcpy(d->languages, "en;fr");
	d->name = (EFI_COMPONENT_NAME2_PROTOCOL) { driver_name, NULL, d->languages };
	node(d->path, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, NULL, 0);
	d->image.FilePath = d->path;
	d->handle = mock_install(NULL, &image_guid, &d->image);
	d->binding = (EFI_DRIVER_BINDING_PROTOCOL) { supported, start, NULL, 0x1003, d->handle, d->handle };
	mock_install(d->handle, &binding_guid, &d->binding);
	if (called)
		mock_install(d->handle, &name2_guid, &d->name);
	return d;
}

/* It came from @device's option ROM. */
static void from_rom(struct driver *d, EFI_HANDLE device, uint64_t first, uint64_t last)
{
	uint8_t range[20] = { 0 };
	size_t n;

	made_set(range, 4, first, 8);
	made_set(range, 12, last, 8);
	n = node(d->path, MEDIA_DEVICE_PATH, MEDIA_RELATIVE_OFFSET_RANGE_DP, range, sizeof(range));
	node(d->path + n, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, NULL, 0);
	d->image.DeviceHandle = device;
}

static void from_volume(struct driver *d, const void *guid)
{
	size_t n = node(d->path, MEDIA_DEVICE_PATH, MEDIA_PIWG_FW_FILE_DP, guid, 16);

	node(d->path + n, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, NULL, 0);
}

static void manages(const struct driver *d, const struct mock_device *display)
{
	mock_open(display->handle, &pci_io_guid, MOCK_IMAGE, EFI_OPEN_PROTOCOL_GET_PROTOCOL);
	mock_open(display->handle, &pci_io_guid, d->handle, EFI_OPEN_PROTOCOL_BY_DRIVER);
}

static int begin_drivers(void **state)
{
	n_drivers = 0;
	return begin(state);
}

/* ---- the driver itself -------------------------------------------------------------------------------------- */

static void says_what_it_finds_on_an_empty_machine(void **state)
{
	(void)state;
	report();
	assert_string_equal(mock.log,
			    "igdctl: Witness: firmware vendor=- revision=0x0 secure-boot=unknown setup-mode=unknown\n"
			    "igdctl: Witness: displays n=0\n"
			    "igdctl: Witness: policies n=0\n"
			    "igdctl: Witness: ready\n");
}

static void reports_once(void **state)
{
	size_t n;

	(void)state;
	display(COFFEE, 0);
	report();
	n = mock.log_n;
	mock_signal_group(&ready_to_boot);
	assert_int_equal(mock.log_n, n);
}

static void refuses_nothing_to_work_with(void **state)
{
	(void)state;
	assert_int_equal(efi_main(NULL, mock_table()), EFI_INVALID_PARAMETER);
	assert_int_equal(efi_main(MOCK_IMAGE, NULL), EFI_INVALID_PARAMETER);
	mock.fail[MOCK_CREATE_EVENT] = 1;
	assert_int_equal(mock_run(), EFI_OUT_OF_RESOURCES);
}

static void names_the_firmware(void **state)
{
	static CHAR16 vendor[] = u"A \"vendor\" of \x3b1  ", endless[200];

	mock.table.FirmwareVendor = vendor;
	mock.table.FirmwareRevision = 0x10000;
	mock.secure_boot = 1;
	mock.setup_mode = 0;
	report();
	says("firmware vendor=\"A .vendor. of .\" revision=0x10000 secure-boot=on setup-mode=off");
	fresh(state);
	for (size_t i = 0; i < 200; i++)
		endless[i] = 'x';
	mock.table.FirmwareVendor = endless;
	mock.secure_boot = 0;
	mock.setup_mode = 2;
	report();
	says("firmware vendor=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" revision=0x0 secure-boot=off "
	     "setup-mode=unknown");
	fresh(state);
	mock.table.FirmwareVendor = (CHAR16 *)NOWHERE;
	mock.table.RuntimeServices = NULL;
	report();
	says("firmware vendor=- revision=0x0 secure-boot=unknown setup-mode=unknown");
}

/* The bridge at 1f.0 whosever it is, other devices not. */
static void lists_devices(void **state)
{
	struct mock_device *igd = mock_device_add(COFFEE), *lpc = mock_device_add(0x2918), *nic = mock_device_add(1);

	(void)state;
	igd->pci.RomSize = 65536;
	mock_config_set(igd, 0x04, 2, 7);
	lpc->device = 0x1f;
	mock_config_set(lpc, 0x08, 4, 0x06010000);
	mock_config_set(nic, 0x08, 4, 0x02000000);
	mock_device_start(igd);
	mock_device_start(lpc);
	mock_device_start(nic);
	report();
	says("displays n=1");
	says("pci 00:02.0 id=8086:3e92 class=030000 command=0x7 rom=65536");
	says("pci 00:1f.0 id=8086:2918 class=060100 command=0x0 rom=0");
	says_not("00:04.0");
}

/* ---- a display's registers ---------------------------------------------------------------------------------- */

static void tells_registers(void **state)
{
	struct mock_device *d = display(TIGER, 0);

	mock_config_set(d, 0xc0, 8, 0x123400001);
	report();
	says("igd 00:02.0 kind=integrated register=c0 ggc=0xf000 bdsm=0x0 bdsm64=0x123400001 asls=0x0 "
	     "stolen=0x400000");
	says("opregion 00:02.0 none");
	says("stolen 00:02.0 at=0x123400000 bytes=0x400000 aligned=yes memory=none owned=no ram=no");
	says("stolen-range 00:02.0 memory=none at=0x123400000+0x400000");
	fresh(state);
	display(ARC, UINT32_MAX);
	report();
	says("igd 00:02.0 kind=discrete register=none ggc=0xf000 bdsm=0x0 bdsm64=0x0 asls=0xffffffff stolen=0x0");
	says("opregion 00:02.0 none");
	says("stolen 00:02.0 none");
	fresh(state);
	display(0x1234, 0);
	report();
	says("igd 00:02.0 kind=unknown register=none ggc=0xf000 bdsm=0x0 bdsm64=0x0 asls=0x0 stolen=0x0");
}

/* ---- the OpRegion ------------------------------------------------------------------------------------------- */

static void tells_an_opregion(void **state)
{
	uint8_t *p = opregion(EfiACPIMemoryNVS, 0x0201, 0);

	(void)state;
	made_vbt(p + 0x400, "MAILBOX", 4608);
	display(COFFEE, (uintptr_t)p);
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=nvs extent=0x%lx+0x2000 head=\"IntelGraphicsMem\" size=8192 "
	     "version=2.1 owned=yes",
	     (uintptr_t)p, (uintptr_t)p);
	SAYS("vbt 00:02.0 place=mailbox-4 at=0x%lx memory=nvs bytes=4608 sum=0x0 name=\"$VBT MAILBOX\"",
	     (uintptr_t)p + 0x400);
	says_not("place=rvda");
}

/* Pages that EDK II keeps for a type are reported as of it, and are anybody's. */
static void knows_memory_that_nobody_owns(void **state)
{
	uint8_t *p = opregion(EfiConventionalMemory, 0x0200, 0);

	(void)state;
	mock_bin_set((uintptr_t)p, OPREGION_LEN, EfiACPIMemoryNVS);
	display(COFFEE, (uintptr_t)p);
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=nvs extent=0x%lx+0x2000 head=\"IntelGraphicsMem\" size=8192 "
	     "version=2.0 owned=no",
	     (uintptr_t)p, (uintptr_t)p);
	SAYS("vbt 00:02.0 place=mailbox-4 at=0x%lx memory=nvs none why=\"no $VBT\"", (uintptr_t)p + 0x400);
}

static void reads_ram_only(void **state)
{
	uint64_t last;

	display(COFFEE, NOWHERE);
	report();
	SAYS("opregion 00:02.0 at=0x5000 memory=none extent=0x5000+0x%lx head=- size=- version=- owned=no",
	     ram() - NOWHERE);
	says_not("vbt 00:02.0");
	fresh(state);
	opregion(EfiMemoryMappedIO, 0x0201, 0);
	display(COFFEE, ram() + OPREGION);
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=mmio extent=0x%lx+0x2000 head=- size=- version=- owned=no",
	     ram() + OPREGION, ram() + OPREGION);
	fresh(state);
	opregion(EfiReservedMemoryType, 0x0201, 0);
	mock.map_uncached = true;
	display(COFFEE, ram() + OPREGION);
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=reserved extent=0x%lx+0x2000 head=- size=- version=- owned=no",
	     ram() + OPREGION, ram() + OPREGION);
	fresh(state);
	last = ram() + RAM_MIB * MIB - 0x1000; /* half of it is there */
	mock_page_set(last, 0x1000, EfiACPIMemoryNVS);
	display(COFFEE, last);
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=nvs extent=0x%lx+0x1000 head=- size=- version=- owned=no", last, last);
	fresh(state);
	memset(mock.ram + OPREGION, '"', 16);
	mock.ram[OPREGION + 3] = 7;
	display(COFFEE, ram() + OPREGION);
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=free extent=0x%lx+0x2000000 head=\"................\" size=0 "
	     "version=0.0 owned=no",
	     ram() + OPREGION, ram());
	says_not("vbt 00:02.0");
}

static void follows_rvda(void **state)
{
	uint8_t *p = opregion(EfiACPIMemoryNVS, 0x0201, 0x2000);

	made_vbt(p + OPREGION_LEN, "BEHIND", 6000);
	made_set(p, 0x3ba, OPREGION_LEN, 8);
	made_set(p, 0x3c2, 6000, 4);
	display(COFFEE, (uintptr_t)p);
	report();
	SAYS("vbt 00:02.0 place=rvda at=0x%lx memory=nvs bytes=6000 sum=0x0 name=\"$VBT BEHIND\"",
	     (uintptr_t)p + OPREGION_LEN);
	SAYS("vbt 00:02.0 place=mailbox-4 at=0x%lx memory=nvs none why=\"no $VBT\"", (uintptr_t)p + 0x400);
	made_set(p, 0x3c2, 5999, 4); /* of its bytes one is not said to be there */
	p[OPREGION_LEN] = '$';
	mock.log_n = 0;
	assert_int_equal(mock_run(), EFI_SUCCESS);
	mock_signal_group(&ready_to_boot);
	SAYS("vbt 00:02.0 place=rvda at=0x%lx memory=nvs none why=\"it is cut short\"", (uintptr_t)p + OPREGION_LEN);
	fresh(state);
	p = opregion(EfiACPIMemoryNVS, 0x0201, 0);
	made_set(p, 0x3ba, 0x300, 8);
	made_set(p, 0x3c2, 6000, 4);
	display(COFFEE, (uintptr_t)p);
	report();
	says("vbt 00:02.0 place=rvda at=0x300 memory=none none why=\"it leads into the OpRegion\"");
	fresh(state);
	p = opregion(EfiACPIMemoryNVS, 0x0200, 0);
	made_set(p, 0x3ba, 0x89abc000, 8);
	made_set(p, 0x3c2, 6000, 4);
	display(COFFEE, (uintptr_t)p);
	report();
	says("vbt 00:02.0 place=rvda at=0x89abc000 memory=none none why=\"an address of the host\"");
	fresh(state);
	p = opregion(EfiACPIMemoryNVS, 0x0201, 0);
	made_set(p, 0x3ba, UINT64_MAX - 7, 8);
	made_set(p, 0x3c2, UINT32_MAX, 4);
	display(COFFEE, (uintptr_t)p);
	report();
	says("vbt 00:02.0 place=rvda at=0xffffffffffffffff memory=none none why=\"no such memory\"");
}

/* Each byte of header and VBT changed: the report ends, and reads nothing outside. */
static void survives_a_damaged_opregion(void **state)
{
	for (unsigned at = 0; at < 0x400 + VBT_LEAST; at = at == 0x60 ? 0x3ba : at == 0x3c6 ? 0x400 : at + 1) {
		uint8_t *p = opregion(EfiACPIMemoryNVS, 0x0201, 0x2000);

		made_vbt(p + OPREGION_LEN, "BEHIND", 6000);
		made_vbt(p + 0x400, "MAILBOX", 4608);
		made_set(p, 0x3ba, OPREGION_LEN, 8);
		made_set(p, 0x3c2, 6000, 4);
		p[at] ^= 0xff;
		display(COFFEE, (uintptr_t)p);
		report();
		fresh(state);
	}
}

/* ---- stolen memory ------------------------------------------------------------------------------------------ */

static void tells_stolen_memory(void **state)
{
	uint64_t at = ram() + STOLEN;
	struct mock_device *d = display(COFFEE, 0);

	stolen(d, at);
	report();
	SAYS("stolen 00:02.0 at=0x%lx bytes=0x400000 aligned=yes memory=reserved owned=yes ram=yes", at);
	SAYS("stolen-range 00:02.0 memory=reserved at=0x%lx+0x400000", at);
	fresh(state);
	at = ram() + STOLEN;
	d = display(COFFEE, 0);
	stolen(d, at);
	mock_page_set(at + MIB, MIB, EfiBootServicesData);
	mock_page_set(at + 2 * MIB, MIB, EfiConventionalMemory);
	report();
	SAYS("stolen 00:02.0 at=0x%lx bytes=0x400000 aligned=yes memory=mixed owned=no ram=yes", at);
	SAYS("stolen-range 00:02.0 memory=boot-data at=0x%lx+0x100000", at + MIB);
	SAYS("stolen-range 00:02.0 memory=free at=0x%lx+0x100000", at + 2 * MIB);
	SAYS("stolen-range 00:02.0 memory=reserved at=0x%lx+0x100000", at + 3 * MIB);
	fresh(state);
	at = ram() + RAM_MIB * MIB - MIB;
	d = display(COFFEE, 0);
	mock_config_set(d, 0x5c, 4, at | 0x1001);
	report();
	SAYS("stolen 00:02.0 at=0x%lx bytes=0x400000 aligned=no memory=mixed owned=no ram=no", at);
	SAYS("stolen-range 00:02.0 memory=free at=0x%lx+0x100000", at);
	SAYS("stolen-range 00:02.0 memory=none at=0x%lx+0x300000", at + MIB);
}

static void lists_few_ranges(void **state)
{
	struct mock_device *d = display(COFFEE, 0);
	unsigned n = 0;

	(void)state;
	stolen(d, ram() + STOLEN);
	mock.map_step = 4;
	report();
	SAYS("stolen 00:02.0 at=0x%lx bytes=0x400000 aligned=yes memory=reserved owned=yes ram=yes", ram() + STOLEN);
	for (const char *at = mock.log; (at = strstr(at, "stolen-range ")); at++)
		n++;
	assert_int_equal(n, 8);
}

/* A register of 64 bits near their end. */
static void wraps_nowhere(void **state)
{
	struct mock_device *d = display(TIGER, 0);

	(void)state;
	mock_config_set(d, 0xc0, 8, UINT64_MAX);
	report();
	says("stolen 00:02.0 none");
}

/* ---- who manages it ----------------------------------------------------------------------------------------- */

static void names_the_manager(void **state)
{
	struct mock_device *d = display(COFFEE, 0);
	struct driver *gop = driver(EFI_ALREADY_STARTED, u"A GOP");
	struct driver *other = driver(EFI_ACCESS_DENIED, u"Another");

	(void)state;
	from_rom(gop, d->handle, 0x3000, 0x5fff);
	manages(gop, d);
	report();
	says("manager 00:02.0 from=rom version=0x1003 file=- name=\"A GOP\"");
	says("images 00:02.0 n=1");
	says("image 00:02.0 rom=0x3000-0x5fff");
	says_not("binding 00:02.0");
	says_not("connect 00:02.0");
	assert_int_equal(gop->asked, 0);
	assert_int_equal(other->asked, 1);
	assert_int_equal(mock.calls[MOCK_CONNECT], 0);
}

static const char *const file_guid = "152d61eb-d1f6-4fd1-8c23-6b077c40b60b"; /* docs/uefi-drivers.md */

static void knows_where_drivers_come_from(void **state)
{
	static const uint8_t other_file[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct mock_device *d = display(COFFEE, 0);

	(void)state;
	from_volume(driver(EFI_UNSUPPORTED, u"Injected"), &igd_gop_guid); /* the program's */
	from_volume(driver(EFI_UNSUPPORTED, u"Silent"), other_file);
	from_volume(driver(EFI_SUCCESS, u"Would"), other_file);
	from_rom(driver(EFI_UNSUPPORTED, u"Own"), d->handle, 0, 1);
	from_rom(driver(EFI_NOT_READY, u"Card"), MOCK_IMAGE, 0, 1);
	from_rom(driver(EFI_UNSUPPORTED, u"Silent"), MOCK_IMAGE, 0, 1);
	driver(EFI_ACCESS_DENIED, u"Somebody");
	report();
	says("manager 00:02.0 none");
	SAYS("binding 00:02.0 status=" NO " from=fv version=0x1003 file=%s name=\"Injected\"", file_guid);
	says("binding 00:02.0 status=0x0 from=fv version=0x1003 file=04030201-0605-0807-090a-0b0c0d0e0f10 "
	     "name=\"Would\"");
	says("binding 00:02.0 status=" NO " from=rom version=0x1003 file=- name=\"Own\"");
	says("binding 00:02.0 status=0x8000000000000006 from=rom-of-another version=0x1003 file=- name=\"Card\"");
	says("binding 00:02.0 status=0x800000000000000f from=other version=0x1003 file=- name=\"Somebody\"");
	says("connect 00:02.0 status=" NOT_FOUND);
	says("images 00:02.0 n=1");
	says_not("Silent");
}

static EFI_STATUS connects(EFI_HANDLE controller)
{
	mock_open(controller, &pci_io_guid, drivers[0].handle, EFI_OPEN_PROTOCOL_BY_DRIVER);
	return EFI_SUCCESS;
}

static void connects_what_nobody_manages(void **state)
{
	const char *first;

	(void)state;
	display(COFFEE, 0);
	driver(EFI_SUCCESS, u"Late");
	mock.connect = connects;
	report();
	first = strstr(mock.log, "manager 00:02.0 none\n");
	assert_non_null(first);
	assert_non_null(strstr(first, "connect 00:02.0 status=0x0\nigdctl: Witness: manager 00:02.0 from=other "
				      "version=0x1003 file=- name=\"Late\"\n"));
}

static void names_are_those_of_the_driver(void **state)
{
	struct driver *old = driver(EFI_SUCCESS, NULL), *lost = driver(EFI_SUCCESS, u"x");

	(void)state;
	display(COFFEE, 0);
	old->called = u"An old one";
	strcpy(old->languages, "engfra");
	mock_install(old->handle, &name_guid, &old->name);
	lost->called = (CHAR16 *)NOWHERE;
	driver(EFI_SUCCESS, NULL);
	driver(EFI_SUCCESS, u"y")->binding.ImageHandle = NULL;
	report();
	says("binding 00:02.0 status=0x0 from=other version=0x1003 file=- name=\"An old one\"");
	says("binding 00:02.0 status=0x0 from=other version=0x1003 file=- name=-");
	says("binding 00:02.0 status=0x0 from=other version=0x1003 file=- name=\"y\"");
}

/* A manager that is no driver binding, and protocols that lead nowhere. */
static void lives_with_half_a_driver(void **state)
{
	struct mock_device *d = display(COFFEE, 0);
	struct driver *odd = driver(EFI_SUCCESS, NULL), *broken = driver(EFI_SUCCESS, u"Broken");

	(void)state;
	mock_open(d->handle, &pci_io_guid, MOCK_IMAGE, EFI_OPEN_PROTOCOL_BY_DRIVER);
	odd->binding.Supported = NULL;
	mock_install(NULL, &binding_guid, (void *)NOWHERE);
	mock_install(NULL, &binding_guid, NULL);
	broken->image.FilePath = (void *)NOWHERE;
	broken->name.SupportedLanguages = (char *)NOWHERE;
	broken->name.GetDriverName = NULL;
	report();
	says("manager 00:02.0 from=other version=0x0 file=- name=-");
	says("binding 00:02.0 status=0x0 from=other version=0x1003 file=- name=-");
}

/* Paths without an end, with a node of no length, with one that is longer than memory. */
static void walks_no_endless_path(void **state)
{
	struct mock_device *d = display(COFFEE, 0);
	struct driver *zero = driver(EFI_UNSUPPORTED, NULL), *huge = driver(EFI_UNSUPPORTED, NULL);
	uint8_t *endless = mock.ram + MIB;

	(void)state;
	node(zero->path, ACPI_DEVICE_PATH, 1, NULL, 0);
	zero->path[2] = 0;
	node(huge->path, MEDIA_DEVICE_PATH, MEDIA_RELATIVE_OFFSET_RANGE_DP, NULL, 0);
	huge->image.DeviceHandle = d->handle;
	made_set(huge->path, 2, 8, 2); /* too short for what it says it is */
	for (unsigned i = 0; i < 0x10000; i += 4)
		node(endless + i, ACPI_DEVICE_PATH, 1, NULL, 0);
	driver(EFI_UNSUPPORTED, NULL)->image.FilePath = endless;
	report();
	says("images 00:02.0 n=0");
}

static void lists_few_bindings(void **state)
{
	struct mock_device *d = display(COFFEE, 0);
	unsigned n = 0, images = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		from_rom(driver(EFI_SUCCESS, NULL), d->handle, i, i);
	report();
	for (const char *at = mock.log; (at = strstr(at, "binding 00:02.0 ")); at++)
		n++;
	for (const char *at = mock.log; (at = strstr(at, "image 00:02.0 ")); at++)
		images++;
	assert_int_equal(n, 16);
	assert_int_equal(images, 8);
	says("images 00:02.0 n=20");
}

static void tells_each_display(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		display(COFFEE, 0);
	report();
	says("displays n=4");
	says("opregion 00:05.0 none");
}

/* ---- GOP policies ------------------------------------------------------------------------------------------- */

static EFI_PHYSICAL_ADDRESS vbt_at;
static uint32_t vbt_size;

static EFI_STATUS give(EFI_PHYSICAL_ADDRESS *at, uint32_t *size)
{
	*at = vbt_at;
	*size = vbt_size;
	return EFI_SUCCESS;
}

static EFI_STATUS give_none(EFI_PHYSICAL_ADDRESS *at, uint32_t *size)
{
	*at = 7;
	*size = 7;
	return EFI_NOT_FOUND;
}

static void asks_policies(void **state)
{
	static GOP_POLICY_PROTOCOL good = { 3, NULL, give }, none = { 1, NULL, give_none }, half = { 1, NULL, NULL };

	(void)state;
	vbt_at = ram() + STOLEN;
	vbt_size = 4608;
	mock_page_set(vbt_at, 0x2000, EfiReservedMemoryType);
	made_vbt(mock.ram + STOLEN, "GIVEN", 4608);
	mock.ram[STOLEN + 100]++;
	mock_install(NULL, &policy_guid, &good);
	mock_install(NULL, &policy_guid, &none);
	mock_install(NULL, &policy_guid, &half);
	report();
	says("policies n=3");
	SAYS("policy n=1 revision=0x3 status=0x0 at=0x%lx memory=reserved bytes=4608 sum=0x1 name=\"$VBT GIVEN\"",
	     vbt_at);
	says("policy n=2 revision=0x1 status=" NOT_FOUND " at=- memory=- bytes=- sum=- name=-");
	says("policy n=3 revision=0x1 status=" NO " at=- memory=- bytes=- sum=- name=-");
}

static void believes_no_policy(void **state)
{
	static GOP_POLICY_PROTOCOL lying = { 1, NULL, give };

	vbt_at = NOWHERE;
	vbt_size = 10;
	mock_install(NULL, &policy_guid, &lying);
	mock_install(NULL, &policy_guid, (void *)NOWHERE);
	report();
	says("policy n=1 revision=0x1 status=0x0 at=0x5000 memory=none bytes=10 sum=- name=-");
	says("policy n=2 revision=0x0 status=" NO " at=- memory=- bytes=- sum=- name=-");
	fresh(state);
	vbt_at = ram() + RAM_MIB * MIB - 8; /* its end is not there */
	mock_install(NULL, &policy_guid, &lying);
	report();
	SAYS("policy n=1 revision=0x1 status=0x0 at=0x%lx memory=free bytes=10 sum=- name=-", vbt_at);
	fresh(state);
	vbt_at = 0;
	vbt_size = 0;
	mock_install(NULL, &policy_guid, &lying);
	report();
	says("policy n=1 revision=0x1 status=0x0 at=0x0 memory=none bytes=0 sum=- name=-");
}

/* ---- graphics outputs --------------------------------------------------------------------------------------- */

static void tells_outputs(void **state)
{
	static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info = { 0,	  1280, 800, PixelBlueGreenRedReserved8BitPerColor,
							     0,	  0,	0,   0,
							     1344 };
	static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode = { 2, 1, &info, sizeof(info), 0xc0000000, 0x500000 };
	static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE bad = { 1, 0, (void *)NOWHERE, sizeof(info), 1, 2 };
	static EFI_GRAPHICS_OUTPUT_PROTOCOL output = { .Mode = &mode }, odd = { .Mode = &bad },
					    none = { .Mode = NULL };
	static uint8_t device[32], child[48];
	struct mock_device *d = display(COFFEE, 0);
	size_t n = node(device, 1, 1, "\0\2", 2);
	EFI_HANDLE handle;

	(void)state;
	memcpy(child, device, n);
	node(device + n, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, NULL, 0);
	n += node(child + n, ACPI_DEVICE_PATH, ACPI_ADR_DP, "\0\1\1\x80", 4);
	node(child + n, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, NULL, 0);
	mock_install(d->handle, &path_guid, device);
	handle = mock_install(NULL, &path_guid, child);
	mock_install(handle, &output_guid, &output);
	mock_install(NULL, &output_guid, &odd);
	mock_install(NULL, &output_guid, &none);
	report();
	says("gop 00:02.0 modes=2 mode=1 size=1280x800 stride=1344 format=bgr frame=0xc0000000+0x500000");
	says("gop - modes=1 mode=0 size=- stride=- format=- frame=0x1+0x2");
	says("gop - modes=- mode=- size=- stride=- format=- frame=-");
}

static void names_formats(void **state)
{
	static const char *const names[] = { "rgb", "bgr", "mask", "blt", "other" };

	for (unsigned i = 0; i < 5; i++) {
		EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = (void *)mock.ram;
		EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *mode = (void *)(mock.ram + 256);
		EFI_GRAPHICS_OUTPUT_PROTOCOL *output = (void *)(mock.ram + 512);

		memset(mock.ram, 0, 1024);
		info->PixelFormat = (EFI_GRAPHICS_PIXEL_FORMAT)i;
		mode->Info = info;
		output->Mode = mode;
		mock_install(NULL, &output_guid, output);
		report();
		SAYS("gop - modes=0 mode=0 size=0x0 stride=0 format=%s frame=0x0+0x0", names[i]);
		fresh(state);
	}
}

/* ---- a firmware that fails ---------------------------------------------------------------------------------- */

/* A machine with something of everything. */
static void full_machine(void)
{
	static GOP_POLICY_PROTOCOL policy = { 1, NULL, give };
	static EFI_GRAPHICS_OUTPUT_PROTOCOL output;
	static uint8_t path[4] = { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, 4, 0 };
	uint8_t *p = opregion(EfiACPIMemoryNVS, 0x0201, 0);
	struct mock_device *d;

	n_drivers = 0;
	made_vbt(p + 0x400, "MAILBOX", 4608);
	d = display(COFFEE, (uintptr_t)p);
	stolen(d, ram() + STOLEN);
	vbt_at = (uintptr_t)p + 0x400;
	vbt_size = 4608;
	mock_install(NULL, &policy_guid, &policy);
	mock_install(mock_install(NULL, &path_guid, path), &output_guid, &output);
	from_rom(driver(EFI_SUCCESS, u"One"), d->handle, 0, 1);
	driver(EFI_UNSUPPORTED, NULL);
}

static void any_call_may_fail(void **state)
{
	unsigned calls[MOCK_CALLS];

	full_machine();
	report();
	memcpy(calls, mock.calls, sizeof(calls));
	for (unsigned c = 0; c < MOCK_CALLS; c++) {
		for (unsigned n = 1; n <= calls[c]; n++) {
			fresh(state);
			full_machine();
			mock.fail[c] = n;
			if (mock_run() == EFI_SUCCESS) {
				mock_signal_group(&ready_to_boot);
				says("ready");
			}
		}
	}
	for (unsigned c = MOCK_GET_MEMORY_MAP; c <= MOCK_ALLOCATE_POOL; c++)
		assert_true(calls[c] > 0);
	assert_true(calls[MOCK_CONFIG_READ] > 0 && calls[MOCK_OPEN_INFORMATION] > 0 && calls[MOCK_CONNECT] > 0 &&
		    calls[MOCK_GET_VARIABLE] == 2);
}

/* Registers that do not answer are no values. */
static void says_what_cannot_be_read(void **state)
{
	unsigned seen = 0;

	full_machine();
	report();
	for (unsigned n = 1, calls = mock.calls[MOCK_CONFIG_READ]; n <= calls; n++) {
		fresh(state);
		full_machine();
		mock.fail[MOCK_CONFIG_READ] = n;
		assert_int_equal(mock_run(), EFI_SUCCESS);
		mock_signal_group(&ready_to_boot);
		seen |= mock_log_has(" ggc=-") ? 1 : 0;
		seen |= mock_log_has(" bdsm=-") ? 2 : 0;
		seen |= mock_log_has(" bdsm64=-") ? 4 : 0;
		seen |= mock_log_has(" asls=-") ? 8 : 0;
		seen |= mock_log_has("opregion 00:02.0 none") ? 16 : 0;
	}
	assert_int_equal(seen, 31);
}

/* Without a map nothing is read, anywhere. */
static void without_a_map_it_reads_nothing(void **state)
{
	(void)state;
	full_machine();
	mock.map_grows = 10000; /* longer whenever it is read */
	report();
	SAYS("opregion 00:02.0 at=0x%lx memory=none extent=0x%lx+0x%lx head=- size=- version=- owned=no",
	     ram() + OPREGION, ram() + OPREGION, UINT64_MAX - ram() - OPREGION);
	says("policy n=1 revision=0x0 status=" NO " at=- memory=- bytes=- sum=- name=-");
}

#define TEST(name)    cmocka_unit_test_setup_teardown(name, begin, end)
#define DRIVERS(name) cmocka_unit_test_setup_teardown(name, begin_drivers, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_what_it_finds_on_an_empty_machine),
		TEST(reports_once),
		TEST(refuses_nothing_to_work_with),
		TEST(names_the_firmware),
		TEST(lists_devices),
		TEST(tells_registers),
		TEST(tells_an_opregion),
		TEST(knows_memory_that_nobody_owns),
		TEST(reads_ram_only),
		TEST(follows_rvda),
		TEST(survives_a_damaged_opregion),
		TEST(tells_stolen_memory),
		TEST(lists_few_ranges),
		TEST(wraps_nowhere),
		DRIVERS(names_the_manager),
		DRIVERS(knows_where_drivers_come_from),
		DRIVERS(connects_what_nobody_manages),
		DRIVERS(names_are_those_of_the_driver),
		DRIVERS(lives_with_half_a_driver),
		DRIVERS(walks_no_endless_path),
		DRIVERS(lists_few_bindings),
		TEST(tells_each_display),
		TEST(asks_policies),
		TEST(believes_no_policy),
		TEST(tells_outputs),
		TEST(names_formats),
		TEST(any_call_may_fail),
		TEST(says_what_cannot_be_read),
		TEST(without_a_map_it_reads_nothing),
	};

	return cmocka_run_group_tests_name("efi witness", tests, NULL, NULL);
}
