/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.c - a driver for tests: writes to port 0x402 what a firmware has become by the time it would start a system,
 * one record a line. It is written apart from the drivers that it looks at, and shares only declarations with them.
 *
 *   probe: entry
 *   probe: SecureBoot=1 SetupMode=0                      "-": there is no such variable
 *   probe: pci 00:02.0 8086:3e92 030000 rom=65536        each PciIo; rom: bytes
 *   probe: igd 00:02.0 ggc=02c0 bdsm=0 bdsm64=0 asls=0 memory=- signature=-
 *                                                        each of Intel's displays; memory: the type of what asls
 *                                                        points at, signature: what stands there
 *   probe: opregion 00:02.0 size=8192 crc=89abcdef tail=0
 *                                                        of as many bytes there as fw_cfg's etc/igd-opregion has;
 *                                                        tail: bytes that are not 0 in the rest of the last page
 *   probe: stolen 00:02.0 at=77b00000 size=67108864 dirty=0
 *                                                        reserved memory from bdsm or bdsm64 on, to its end; dirty:
 *                                                        pages whose first or last eight bytes are not 0
 *   probe: policies=1 revision=1                         how many GOP policies are installed; of the first:
 *   probe: lid status=0 open=1
 *   probe: vbt status=0 at=7ee00000 size=4321 sum=0 crc=89abcdef head=245642542054494745524c414b452020
 *   probe: memory 10 7feea000+2000                       each range of a type, where fw_cfg says which (see below)
 *   probe: ReadyToBoot
 *
 * Numbers are hexadecimal but for rom, size, counts and types. All but the first line are written at the first
 * ReadyToBoot event. Memory is told when there is a fw_cfg file "opt/org.igdctl.test/memory": each of its bytes is a
 * memory type.
 *
 * With a fw_cfg file "opt/org.igdctl.test/reset" the first life ends with "probe: reset" in the place of ReadyToBoot:
 * the stolen memory is written over, and the machine is reset, warm.
 */
#include "gop_policy.h"
#include "pci_io.h"
#include "uefi.h"

#define BDSM_MASK (~UINT64_C(0xfffff)) /* the address in BDSM */
#define CMOS_LIFE 0x7e		       /* index of a byte that neither firmware uses nor a reset clears */
#define SECOND	  0xa5

static const EFI_GUID ready_to_boot = EFI_EVENT_GROUP_READY_TO_BOOT;
static const EFI_GUID global_variable = EFI_GLOBAL_VARIABLE;
static const EFI_GUID pci_io = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID gop_policy = GOP_POLICY_PROTOCOL_GUID;

static EFI_SYSTEM_TABLE *st;
static EFI_BOOT_SERVICES *bs;

/* ---- ports and text ----------------------------------------------------------------------------- */

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void text(const char *s)
{
	while (*s != 0)
		out8(0x402, (uint8_t)*s++);
}

/* At least @digits digits of base 10 or 16. */
static void number(uint64_t value, uint64_t base, unsigned digits)
{
	char buf[21];
	unsigned at = sizeof(buf) - 1;

	buf[at] = 0;
	do {
		buf[--at] = "0123456789abcdef"[value % base];
		value /= base;
		digits -= digits > 0;
	} while (value > 0 || (digits > 0 && at > 0));
	text(buf + at);
}

static void named(const char *name, uint64_t value, uint64_t base, unsigned digits)
{
	text(name);
	number(value, base, digits);
}

static uint32_t crc32(const uint8_t *p, uint32_t n)
{
	uint32_t crc = 0xffffffff;

	while (n-- > 0) {
		crc ^= *p++;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

/* ---- fw_cfg: QEMU docs/specs/fw_cfg.rst --------------------------------------------------------- */

static uint32_t fw_cfg_be(unsigned bytes)
{
	uint32_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | in8(0x511);
	return v;
}

static bool same(const char *a, const char *b)
{
	for (; *a == *b; a++, b++) {
		if (*a == 0)
			return true;
	}
	return false;
}

/* Select the file: its size, 0 when it is not there. */
static uint32_t fw_cfg_open(const char *name)
{
	uint32_t n, size;
	uint16_t key;
	char entry[56];

	out16(0x510, 0);
	if (fw_cfg_be(4) != 0x51454d55) /* "QEMU" */
		return 0;
	out16(0x510, 0x19); /* the directory */
	for (n = fw_cfg_be(4); n > 0; n--) {
		size = fw_cfg_be(4);
		key = (uint16_t)fw_cfg_be(2);
		fw_cfg_be(2);
		for (unsigned i = 0; i < sizeof(entry); i++)
			entry[i] = (char)in8(0x511);
		if (!same(entry, name))
			continue;
		out16(0x510, key);
		return size;
	}
	return 0;
}

/* ---- memory ------------------------------------------------------------------------------------- */

struct map {
	uint8_t *bytes;
	UINTN size, stride;
};

static bool map_read(struct map *ret)
{
	UINTN size = 0, key, stride = 0;
	uint32_t version;
	void *buf;

	bs->GetMemoryMap(&size, 0, &key, &stride, &version);
	size += 16 * stride; /* of the pool that it is read into */
	if (EFI_ERROR(bs->AllocatePool(EfiBootServicesData, size, &buf)))
		return false;
	if (EFI_ERROR(bs->GetMemoryMap(&size, buf, &key, &stride, &version)) || stride == 0) {
		bs->FreePool(buf);
		return false;
	}
	*ret = (struct map) { buf, size, stride };
	return true;
}

/* The descriptor that holds @at; NULL. */
static const EFI_MEMORY_DESCRIPTOR *map_find(const struct map *map, uint64_t at)
{
	for (UINTN i = 0; i + map->stride <= map->size; i += map->stride) {
		const EFI_MEMORY_DESCRIPTOR *d = (const void *)(map->bytes + i);
		if (at >= d->PhysicalStart && (at - d->PhysicalStart) / EFI_PAGE_SIZE < d->NumberOfPages)
			return d;
	}
	return 0;
}

static void tell_memory_of(uint32_t type)
{
	struct map map;

	if (!map_read(&map))
		return;
	for (UINTN i = 0; i + map.stride <= map.size; i += map.stride) {
		const EFI_MEMORY_DESCRIPTOR *d = (const void *)(map.bytes + i);
		if (d->Type != type)
			continue;
		named("probe: memory ", type, 10, 1);
		named(" ", d->PhysicalStart, 16, 1);
		named("+", d->NumberOfPages * EFI_PAGE_SIZE, 16, 1);
		text("\n");
	}
	bs->FreePool(map.bytes);
}

static void tell_memory(void)
{
	uint32_t n = fw_cfg_open("opt/org.igdctl.test/memory");
	uint8_t types[16];

	n = n < sizeof(types) ? n : sizeof(types);
	for (uint32_t i = 0; i < n; i++)
		types[i] = in8(0x511);
	for (uint32_t i = 0; i < n; i++)
		tell_memory_of(types[i]);
}

/* ---- devices ------------------------------------------------------------------------------------ */

static uint32_t config(EFI_PCI_IO_PROTOCOL *pci, uint32_t at)
{
	uint32_t value = 0;

	pci->Pci.Read(pci, EfiPciIoWidthUint32, at, 1, &value);
	return value;
}

static void tell_place(EFI_PCI_IO_PROTOCOL *pci)
{
	UINTN segment = 0, bus = 0, device = 0, function = 0;

	pci->GetLocation(pci, &segment, &bus, &device, &function);
	number(bus, 16, 2);
	named(":", device, 16, 2);
	named(".", function, 16, 1);
}

/* What lies at @at, which a device was told to be its OpRegion. */
static void tell_target(uint32_t at)
{
	const EFI_MEMORY_DESCRIPTOR *d;
	struct map map;

	if (at == 0 || !map_read(&map)) {
		text(" memory=- signature=-\n");
		return;
	}
	d = map_find(&map, at);
	if (d)
		named(" memory=", d->Type, 10, 1);
	text(d ? " signature=" : " memory=- signature=-");
	for (unsigned i = 0; d && i < 16; i++) {
		uint8_t c = ((const uint8_t *)(uintptr_t)at)[i];
		out8(0x402, c > ' ' && c < 0x7f ? c : '?');
	}
	text("\n");
	bs->FreePool(map.bytes);
}

static void tell_opregion(EFI_PCI_IO_PROTOCOL *pci, uint32_t at)
{
	uint32_t n = fw_cfg_open("etc/igd-opregion"), tail = 0;
	const uint8_t *p = (const uint8_t *)(uintptr_t)at;

	if (at == 0 || n == 0)
		return;
	for (uint32_t i = n; i % EFI_PAGE_SIZE != 0; i++)
		tail += p[i] != 0;
	text("probe: opregion ");
	tell_place(pci);
	named(" size=", n, 10, 1);
	named(" crc=", crc32(p, n), 16, 8);
	named(" tail=", tail, 10, 1);
	text("\n");
}

/* The reserved memory that BDSM points to, to the end of its range; 0: there is none. */
static uint64_t stolen_of(EFI_PCI_IO_PROTOCOL *pci, uint64_t *ret_at)
{
	const EFI_MEMORY_DESCRIPTOR *d;
	struct map map;
	uint64_t n = 0;

	*ret_at = (config(pci, 0xc0) | (uint64_t)config(pci, 0xc4) << 32) & BDSM_MASK;
	if (*ret_at == 0)
		*ret_at = config(pci, 0x5c) & BDSM_MASK;
	if (*ret_at == 0 || !map_read(&map))
		return 0;
	d = map_find(&map, *ret_at);
	if (d && d->Type == EfiReservedMemoryType)
		n = d->PhysicalStart + d->NumberOfPages * EFI_PAGE_SIZE - *ret_at;
	bs->FreePool(map.bytes);
	return n;
}

/* Of each page the first and last eight bytes: how many pages are not 0 there; with @scribble they no longer are. */
static uint64_t dirty_pages(uint64_t at, uint64_t n, bool scribble)
{
	uint64_t dirty = 0;

	for (uint64_t i = 0; i < n; i += EFI_PAGE_SIZE) {
		volatile uint64_t *page = (volatile uint64_t *)(uintptr_t)(at + i);
		dirty += page[0] != 0 || page[EFI_PAGE_SIZE / 8 - 1] != 0;
		if (scribble)
			page[0] = page[EFI_PAGE_SIZE / 8 - 1] = ~i;
	}
	return dirty;
}

static void tell_stolen(EFI_PCI_IO_PROTOCOL *pci)
{
	uint64_t at, n = stolen_of(pci, &at);

	if (n == 0)
		return;
	text("probe: stolen ");
	tell_place(pci);
	named(" at=", at, 16, 1);
	named(" size=", n, 10, 1);
	named(" dirty=", dirty_pages(at, n, false), 10, 1);
	text("\n");
}

static void tell_igd(EFI_PCI_IO_PROTOCOL *pci)
{
	text("probe: igd ");
	tell_place(pci);
	named(" ggc=", config(pci, 0x50) & 0xffff, 16, 4);
	named(" bdsm=", config(pci, 0x5c), 16, 1);
	named(" bdsm64=", config(pci, 0xc0) | (uint64_t)config(pci, 0xc4) << 32, 16, 1);
	named(" asls=", config(pci, 0xfc), 16, 1);
	tell_target(config(pci, 0xfc));
	tell_opregion(pci, config(pci, 0xfc));
	tell_stolen(pci);
}

static bool is_igd(EFI_PCI_IO_PROTOCOL *pci)
{
	return (config(pci, 0) & 0xffff) == 0x8086 && config(pci, 8) >> 24 == 0x03;
}

static void tell_device(EFI_PCI_IO_PROTOCOL *pci)
{
	uint32_t id, class;

	id = config(pci, 0);
	class = config(pci, 8) >> 8;
	text("probe: pci ");
	tell_place(pci);
	named(" ", id & 0xffff, 16, 4);
	named(":", id >> 16, 16, 4);
	named(" ", class, 16, 6);
	named(" rom=", pci->RomSize, 10, 1);
	text("\n");
	if (is_igd(pci))
		tell_igd(pci);
}

static void scribble_stolen(EFI_PCI_IO_PROTOCOL *pci)
{
	uint64_t at, n = is_igd(pci) ? stolen_of(pci, &at) : 0;

	if (n > 0)
		dirty_pages(at, n, true);
}

static void each_device(void (*f)(EFI_PCI_IO_PROTOCOL *pci))
{
	EFI_PCI_IO_PROTOCOL *pci;
	EFI_HANDLE *handles;
	UINTN n;

	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &pci_io, 0, &n, &handles)))
		return;
	for (UINTN i = 0; i < n; i++) {
		if (!EFI_ERROR(bs->HandleProtocol(handles[i], &pci_io, (void **)&pci)))
			f(pci);
	}
	bs->FreePool(handles);
}

/* ---- the rest ----------------------------------------------------------------------------------- */

static void tell_variable(const char *label, const CHAR16 *name)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;
	UINTN size = 1;
	uint8_t value = 0;

	text(label);
	if (EFI_ERROR(rt->GetVariable(name, &global_variable, 0, &size, &value)))
		text("-");
	else
		number(value, 10, 1);
}

static void tell_vbt(GOP_POLICY_PROTOCOL *policy)
{
	EFI_PHYSICAL_ADDRESS at = 0;
	uint32_t size = 0;
	EFI_STATUS status = policy->GetVbtData(&at, &size);
	const uint8_t *p = (const uint8_t *)(uintptr_t)at;
	uint8_t sum = 0;

	named("probe: vbt status=", status, 16, 1);
	if (!EFI_ERROR(status)) {
		for (uint32_t i = 0; i < size; i++)
			sum = (uint8_t)(sum + p[i]);
		named(" at=", at, 16, 1);
		named(" size=", size, 10, 1);
		named(" sum=", sum, 16, 1);
		named(" crc=", crc32(p, size), 16, 8);
		text(" head=");
		for (uint32_t i = 0; i < 16 && i < size; i++)
			number(p[i], 16, 2);
	}
	text("\n");
}

static void tell_policy(void)
{
	GOP_POLICY_PROTOCOL *policy;
	EFI_HANDLE *handles;
	LID_STATUS lid = LidStatusMax;
	UINTN n;

	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &gop_policy, 0, &n, &handles))) {
		text("probe: policies=0\n");
		return;
	}
	named("probe: policies=", n, 10, 1);
	if (!EFI_ERROR(bs->HandleProtocol(handles[0], &gop_policy, (void **)&policy))) {
		named(" revision=", policy->Revision, 16, 1);
		named("\nprobe: lid status=", policy->GetPlatformLidStatus(&lid), 16, 1);
		named(" open=", (uint64_t)lid, 10, 1);
		text("\n");
		tell_vbt(policy);
	}
	bs->FreePool(handles);
}

/* ---- a second life ------------------------------------------------------------------------------ */

static bool must_reset(void)
{
	if (fw_cfg_open("opt/org.igdctl.test/reset") == 0)
		return false;
	out8(0x70, CMOS_LIFE);
	if (in8(0x71) == SECOND)
		return false;
	out8(0x71, SECOND);
	return true;
}

static void reset_warm(void)
{
	/* UEFI Specification 2.10, 4.5.1: behind the table's head its functions, of which this is the eleventh. */
	typedef void (*RESET_SYSTEM)(uint32_t ResetType, EFI_STATUS ResetStatus, UINTN DataSize, void *ResetData);
	const RESET_SYSTEM *functions = (const RESET_SYSTEM *)((EFI_TABLE_HEADER *)(void *)st->RuntimeServices + 1);

	each_device(scribble_stolen);
	text("probe: reset\n");
	functions[10](1, 0, 0, 0); /* EfiResetWarm */
}

static void on_ready(EFI_EVENT event, void *context)
{
	bs->CloseEvent(event); /* the first is enough */
	tell_variable("probe: SecureBoot=", u"SecureBoot");
	tell_variable(" SetupMode=", u"SetupMode");
	text("\n");
	each_device(tell_device);
	tell_policy();
	tell_memory();
	if (must_reset())
		reset_warm();
	text(context);
}

EFI_STATUS efi_main(__attribute__((unused)) EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_EVENT event;

	st = table;
	bs = table->BootServices;
	text("probe: entry\n");
	return bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_ready, "probe: ReadyToBoot\n", &ready_to_boot,
				 &event);
}
