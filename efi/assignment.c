// SPDX-License-Identifier: BSD-2-Clause
/*
 * assignment.c - the driver IgdAssignment: gives an Intel IGD in a VM the two pieces of memory that a PC's firmware
 * gives it, without which its drivers find no outputs or program the host's addresses.
 *
 * - The OpRegion: QEMU hands a copy of the host's over in fw_cfg. It goes to ACPI NVS memory, its address to ASLS.
 * - Stolen memory: as much as GGC says, reserved and zeroed, its address to BDSM.
 *
 * QEMU docs/igd-assign.txt asks this of the firmware; stock OVMF does not do it. ASLS is written last of all: whoever
 * sees an OpRegion finds the rest done. The steps do not depend on each other: each says why it did nothing, and the
 * next goes on.
 *
 * In a firmware volume it starts before there are PCI devices, in an option ROM after; so it looks at the devices
 * there are and is called for those to come.
 */
#include "fw_cfg.h"
#include "igd.h"
#include "log.h"
#include "machine.h"
#include "mark.h"
#include "memory.h"
#include "opregion.h"
#include "uefi.h"

#define NAME	     "IgdAssignment"
#define MIB	     UINT64_C(0x100000)
#define ADDRESS_MASK (~(MIB - 1)) /* of BDSM; below are a lock bit and reserved ones */

#define FILE_OPREGION "etc/igd-opregion" /* QEMU docs/specs/fw_cfg.rst */
#define FILE_STOLEN   "etc/igd-bdsm-size"
#define OPREGION_MAX  0x100000 /* bytes of one with a VBT behind it; those seen have below 64 KiB */
#define OPREGION_HEAD 0x100

#define OPREGION_ALIGN EFI_PAGE_SIZE
#define STOLEN_ALIGN   MIB

/* A line about a device. */
#define say(d, fmt, ...)                                                                                             \
	log_line("%02x:%02x.%u 8086:%04x: " fmt, (uint32_t)(d)->bus, (uint32_t)(d)->device, (uint32_t)(d)->function, \
		 (uint32_t)(d)->id, ##__VA_ARGS__)

static const char mark[] __attribute__((used)) = DRIVER_MARK(NAME);

/* On a device's handle: an instance of this driver did it, or is at it. The interface is that one's mark. */
static const EFI_GUID done_guid = { 0xacc89689, 0xa7c2, 0x4747, { 0x91, 0x82, 0x11, 0xb6, 0x6e, 0xef, 0x78, 0xd9 } };

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;

static EFI_BOOT_SERVICES *bs;
static void *registration;

/* ---- configuration space ------------------------------------------------------------------------------------ */

static bool config_read(const struct igd *d, uint32_t at, EFI_PCI_IO_PROTOCOL_WIDTH width, void *ret)
{
	return !EFI_ERROR(d->pci->Pci.Read(d->pci, width, at, 1, ret));
}

static bool config_write32(const struct igd *d, uint32_t at, uint32_t value)
{
	return !EFI_ERROR(d->pci->Pci.Write(d->pci, EfiPciIoWidthUint32, at, 1, &value));
}

/* A register that holds an address, and how much of its value is that. */
struct address_register {
	const char *name;
	uint32_t at;
	bool wide; /* 64 bits, else 32 */
	uint64_t mask;
};

static bool address_read(const struct igd *d, const struct address_register *r, uint64_t *ret)
{
	uint32_t low, high = 0;

	if (!config_read(d, r->at, EfiPciIoWidthUint32, &low) ||
	    (r->wide && !config_read(d, r->at + 4, EfiPciIoWidthUint32, &high)))
		return false;
	*ret = (uint64_t)high << 32 | low;
	return true;
}

/* The half that makes it valid goes last. */
static bool address_write(const struct igd *d, const struct address_register *r, EFI_PHYSICAL_ADDRESS value)
{
	return (!r->wide || config_write32(d, r->at + 4, (uint32_t)(value >> 32))) &&
	       config_write32(d, r->at, (uint32_t)value);
}

/*
 * Point @r to the @size bytes at @at and see whether it stays: QEMU up to 9.2 drops writes to the host's BDSM. True:
 * it did. Else that is said, and the memory is given back, unless the register may point there.
 */
static bool assign(const struct igd *d, const struct address_register *r, EFI_PHYSICAL_ADDRESS at, uint64_t size)
{
	uint64_t now;

	if (!address_write(d, r, at)) {
		say(d, "%s write lost: configuration space refused it", r->name);
	} else if (!address_read(d, r, &now)) {
		say(d, "%s not read back: memory at %x stays reserved", r->name, at);
		return false;
	} else if ((now & r->mask) != at) {
		say(d, "%s write lost: it reads %x", r->name, now);
	} else {
		return true;
	}
	bs->FreePages(at, (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE);
	return false;
}

/* ---- OpRegion ----------------------------------------------------------------------------------------------- */

static const struct address_register asls = { "ASLS", IGD_ASLS, false, UINT32_MAX };

/*
 * Did somebody before us do this? ASLS may also hold what it held before a reset, or the host's address; nothing but
 * the memory map tells, so nothing is read there before it was asked.
 */
static bool opregion_is_there(const struct igd *d)
{
	uint64_t at;

	if (!address_read(d, &asls, &at) || at == 0 || at % OPREGION_ALIGN != 0)
		return false;
	if (!memory_is(bs, EfiACPIMemoryNVS, at, OPREGION_SIZE) &&
	    !memory_is(bs, EfiReservedMemoryType, at, OPREGION_SIZE))
		return false;
	if (!opregion_is((const uint8_t *)(uintptr_t)at, OPREGION_SIZE))
		return false;
	say(d, "OpRegion at %x kept", at);
	return true;
}

/* Is there a file that can be one? */
static bool opregion_find(const struct igd *d, struct fw_cfg_file *ret)
{
	uint8_t head[OPREGION_HEAD];

	if (!fw_cfg_is_there()) {
		say(d, "no OpRegion: there is no fw_cfg");
	} else if (!fw_cfg_find(FILE_OPREGION, ret)) {
		say(d, "no OpRegion: fw_cfg has no " FILE_OPREGION);
	} else if (ret->size < OPREGION_SIZE || ret->size > OPREGION_MAX) {
		say(d, "no OpRegion: " FILE_OPREGION " has %u bytes", ret->size);
	} else {
		fw_cfg_read(ret, head, sizeof(head));
		if (opregion_is(head, sizeof(head)))
			return true;
		say(d, "no OpRegion: " FILE_OPREGION " is none");
	}
	return false;
}

/* Copy fw_cfg's; 0: there is none, or no need, as was said. */
static EFI_PHYSICAL_ADDRESS opregion_copy(const struct igd *d, uint32_t *ret_size)
{
	EFI_PHYSICAL_ADDRESS at;
	struct fw_cfg_file f;
	uint32_t tail;

	if (opregion_is_there(d) || !opregion_find(d, &f))
		return 0;
	at = memory_below_4g(bs, EfiACPIMemoryNVS, f.size, OPREGION_ALIGN);
	if (at == 0) {
		say(d, "no OpRegion: no %u bytes below 4 GiB are free", f.size);
		return 0;
	}
	fw_cfg_read(&f, (void *)(uintptr_t)at, f.size);
	tail = (uint32_t)(EFI_PAGE_SIZE - f.size % EFI_PAGE_SIZE) % (uint32_t)EFI_PAGE_SIZE;
	if (tail)
		bs->SetMem((void *)(uintptr_t)(at + f.size), tail, 0);
	*ret_size = f.size;
	return at;
}

/* ---- stolen memory ------------------------------------------------------------------------------------------ */

static const struct address_register bdsm_5c = { "BDSM", IGD_BDSM32, false, ADDRESS_MASK &UINT32_MAX };
static const struct address_register bdsm_c0 = { "BDSM", IGD_BDSM64, true, ADDRESS_MASK };

/* QEMU up to 9.2 counted the GTT's own memory in, and people give the file by hand; GGC is what the drivers read. */
static void stolen_cross_check(const struct igd *d, uint64_t size)
{
	struct fw_cfg_file f;
	uint8_t bytes[8];
	uint64_t says = 0;

	if (!fw_cfg_find(FILE_STOLEN, &f) || f.size != sizeof(bytes))
		return;
	fw_cfg_read(&f, bytes, sizeof(bytes));
	for (unsigned i = sizeof(bytes); i-- > 0;)
		says = says << 8 | bytes[i];
	if (says != size)
		say(d, "stolen memory: GGC says %x bytes, " FILE_STOLEN " %x: GGC is taken", size, says);
}

/* How much, by GGC; 0: none, as was said. */
static uint64_t stolen_size(const struct igd *d)
{
	uint64_t size;
	uint16_t ggc;

	if (!d->known) {
		say(d, "no stolen memory: this device is not in the table");
	} else if (d->bdsm == BDSM_NONE) {
		say(d, "no stolen memory: this generation brings its own");
	} else if (!config_read(d, IGD_GGC, EfiPciIoWidthUint16, &ggc)) {
		say(d, "no stolen memory: GGC cannot be read");
	} else {
		size = igd_stolen_size(d->ggc, ggc);
		stolen_cross_check(d, size);
		if (size == 0)
			say(d, "no stolen memory: GGC %04x asks for none", (uint32_t)ggc);
		return size;
	}
	return 0;
}

/* As with the OpRegion: an address in a register is worth what the memory map says of it. */
static bool stolen_is_there(const struct igd *d, const struct address_register *r, uint64_t size)
{
	uint64_t at;

	if (!address_read(d, r, &at) || (at & r->mask) == 0 ||
	    !memory_is(bs, EfiReservedMemoryType, at & r->mask, size))
		return false;
	say(d, "stolen memory of %u MiB at %x kept", (uint32_t)(size / MIB), at & r->mask);
	return true;
}

static void stolen_assign(const struct igd *d)
{
	const struct address_register *r = d->bdsm == BDSM_AT_C0 ? &bdsm_c0 : &bdsm_5c;
	uint64_t size = stolen_size(d);
	EFI_PHYSICAL_ADDRESS at;

	if (size == 0 || stolen_is_there(d, r, size))
		return;
	at = memory_below_4g(bs, EfiReservedMemoryType, size, STOLEN_ALIGN);
	if (at == 0) {
		say(d, "no stolen memory: no %u MiB below 4 GiB are free", (uint32_t)(size / MIB));
		return;
	}
	bs->SetMem((void *)(uintptr_t)at, size, 0);
	if (assign(d, r, at, size))
		say(d, "stolen memory of %u MiB at %x", (uint32_t)(size / MIB), at);
}

/* ---- devices ------------------------------------------------------------------------------------------------ */

/* First of all, since installing a protocol may call others: is it ours to do? */
static bool claim(const struct igd *d)
{
	EFI_HANDLE handle = d->handle;
	void *interface;

	if (!EFI_ERROR(bs->HandleProtocol(handle, &done_guid, &interface))) {
		say(d, "another " NAME " did this device");
		return false;
	}
	if (EFI_ERROR(
		    bs->InstallProtocolInterface(&handle, &done_guid, EFI_NATIVE_INTERFACE, (void *)(uintptr_t)mark)))
		say(d, "others cannot be told that this device is done");
	return true;
}

static void device_begin(EFI_HANDLE handle)
{
	EFI_PHYSICAL_ADDRESS opregion;
	uint32_t size;
	struct igd d;

	if (!igd_is(bs, handle, &d) || !claim(&d))
		return;
	if (d.discrete) {
		say(&d, "a discrete GPU needs neither OpRegion nor stolen memory");
		return;
	}
	opregion = opregion_copy(&d, &size);
	stolen_assign(&d);
	if (opregion && assign(&d, &asls, opregion, size))
		say(&d, "OpRegion of %u bytes at %x", size, opregion);
}

static void on_pci_io(EFI_EVENT event, void *context)
{
	UINTN size = sizeof(EFI_HANDLE);
	EFI_HANDLE handle;

	if (!event || context)
		return;
	while (!EFI_ERROR(bs->LocateHandle(ByRegisterNotify, NULL, registration, &size, &handle))) {
		device_begin(handle);
		size = sizeof(EFI_HANDLE);
	}
}

/* Be called for each PCI device: those that are there and those to come. */
static bool devices_watch(void)
{
	EFI_EVENT event;

	if (EFI_ERROR(bs->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_pci_io, NULL, &event)))
		return false;
	if (EFI_ERROR(bs->RegisterProtocolNotify(&pci_io_guid, event, &registration))) {
		bs->CloseEvent(event);
		return false;
	}
	return !EFI_ERROR(bs->SignalEvent(event));
}

/* Those that are there. */
static void devices_once(void)
{
	EFI_HANDLE *handles;
	UINTN n;

	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &pci_io_guid, NULL, &n, &handles)))
		return;
	for (UINTN i = 0; i < n; i++)
		device_begin(handles[i]);
	bs->FreePool(handles);
}

/* ---- entry -------------------------------------------------------------------------------------------------- */

/* OVMF, OvmfPkg/ResetVector/Ia32/IntelTdx.nasm.inc: in this order each leaf is known to be there. */
static bool is_tdx(void)
{
	struct machine_cpuid id;

	if (!(machine_cpuid(1, 0).ecx >> 31) || machine_cpuid(0, 0).eax < 0x21)
		return false;
	id = machine_cpuid(0x21, 0);
	return id.ebx == 0x65746e49 && id.edx == 0x5844546c && id.ecx == 0x20202020; /* "Inte" "lTDX" "    " */
}

/* OVMF, OvmfPkg/ResetVector/Ia32/AmdSev.nasm.inc: the leaf, then SEV_STATUS, which faults where the leaf does not say
 * SEV.
 */
static bool is_sev(void)
{
	return machine_cpuid(0x80000000, 0).eax >= 0x8000001f && (machine_cpuid(0x8000001f, 0).eax & 1 << 1) &&
	       (machine_rdmsr(0xc0010131) & 1);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	const char *encrypted;

	if (!image || !table)
		return EFI_INVALID_PARAMETER;
	bs = table->BootServices;
	log_open(NAME);
	encrypted = is_sev() ? "AMD SEV" : is_tdx() ? "Intel TDX" : NULL;
	if (encrypted) {
		log_line("refused: %s encrypts the guest's memory, a device cannot read it", encrypted);
		return EFI_UNSUPPORTED;
	}
	log_line("started, version %s", DRIVER_VERSION(mark, NAME));
	if (!devices_watch()) {
		log_line("no word of later devices: those that are there are looked at once");
		devices_once();
	}
	return EFI_SUCCESS;
}
