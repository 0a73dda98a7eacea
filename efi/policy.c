// SPDX-License-Identifier: BSD-2-Clause
/*
 * policy.c - the driver GopPolicy: the protocol by which Intel's GOP driver asks for the VBT.
 *
 * On a real board the firmware answers with a table that it carries. In a VM there are three places where the owner's
 * can be, and they are looked at in this order: the guest's OpRegion, because it is this machine's and the operating
 * system's driver will use it too; a fw_cfg file, which the owner gives on QEMU's command line; a section of this
 * very image, put there when the ROM or the firmware was built. The first that holds a whole VBT is copied and
 * remembered. It is looked for when a GOP asks and not before: a driver in a firmware volume starts before the PCI
 * bus is known, and IgdAssignment may not yet have put the OpRegion where it belongs.
 *
 * Nothing is trusted: not ASLS (in an older QEMU it can be the host's), not RVDA, not the sizes in the table, not the
 * headers of this image. What is passed over is said, with its reason.
 */
#include "bytes.h"
#include "fw_cfg.h"
#include "gop_policy.h"
#include "igd.h"
#include "image.h"
#include "loaded_image.h"
#include "log.h"
#include "mark.h"
#include "memory.h"
#include "opregion.h"
#include "uefi.h"
#include "vbt.h"

#define NAME	  "GopPolicy"
#define FILE_NAME "opt/org.igdctl/vbt"
#define FILE_MOST 65536 /* bytes; the size in a VBT's header has 16 bits */
#define SECTION	  ".vbt"
#define VBT_NAME  20 /* bytes at its front, "$VBT" and blanks included */

static const char mark[] __attribute__((used)) = DRIVER_MARK(NAME);

static const EFI_GUID policy_guid = GOP_POLICY_PROTOCOL_GUID;
static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

static struct {
	EFI_BOOT_SERVICES *bs;
	EFI_HANDLE image;
	EFI_PHYSICAL_ADDRESS vbt; /* the copy; 0: none yet */
	uint32_t size;
} policy;

/* ---- one candidate ------------------------------------------------------------------------------------------ */

/* "$VBT KABYLAKE" into @ret: up to a zero, without the blanks at its end, and what is no letter as a dot. */
static void name_read(const uint8_t *vbt, char ret[VBT_NAME + 1])
{
	unsigned n = 0;

	for (; n < VBT_NAME && vbt[n]; n++)
		ret[n] = vbt[n] < 0x20 || vbt[n] > 0x7e || vbt[n] == '"' ? '.' : (char)vbt[n];
	while (n > 0 && ret[n - 1] == ' ')
		n--;
	ret[n] = 0;
}

/*
 * Copy the VBT at the front of these @n bytes to memory that stays, and remember it. EFI_NOT_FOUND: it is none, and
 * the line says why and @where; EFI_OUT_OF_RESOURCES.
 */
static EFI_STATUS vbt_take(const uint8_t *bytes, uint64_t n, const char *where)
{
	char name[VBT_NAME + 1];
	EFI_PHYSICAL_ADDRESS at;
	const char *why;
	uint32_t size;
	bool repaired;
	uint8_t *copy;

	if (!vbt_is(bytes, n, &size, &why)) {
		log_line("no VBT from %s: %s", where, why);
		return EFI_NOT_FOUND;
	}
	at = memory_below_4g(policy.bs, EfiReservedMemoryType, size, EFI_PAGE_SIZE);
	if (!at) {
		log_line("no reserved memory below 4 GiB for the VBT of %u bytes from %s", size, where);
		return EFI_OUT_OF_RESOURCES;
	}
	copy = (uint8_t *)(uintptr_t)at;
	policy.bs->SetMem(copy, (size + EFI_PAGE_SIZE - 1) & ~(EFI_PAGE_SIZE - 1), 0); /* who reads on, reads zeros */
	policy.bs->CopyMem(copy, bytes, size);
	repaired = vbt_sum_repair(copy, size);
	name_read(copy, name);
	policy.vbt = at;
	policy.size = size;
	log_line("VBT \"%s\" of %u bytes from %s, at %x%s", name, size, where, at,
		 repaired ? ", its checksum repaired" : "");
	return EFI_SUCCESS;
}

/* ---- the OpRegion ------------------------------------------------------------------------------------------- */

#define OPREGION_OF "the OpRegion of "

struct place { /* "the OpRegion of 00:02.0" */
	char text[sizeof(OPREGION_OF "00:00.0")];
	const char *device; /* the end of it */
};

static void place_make(const struct igd *igd, struct place *ret)
{
	static const char digits[] = "0123456789abcdef", words[] = OPREGION_OF "00:00.0";
	char *p = &ret->text[sizeof(OPREGION_OF) - 1];

	for (unsigned i = 0; i < sizeof(words); i++)
		ret->text[i] = words[i];
	p[0] = digits[igd->bus >> 4];
	p[1] = digits[igd->bus & 15];
	p[3] = digits[igd->device >> 4];
	p[4] = digits[igd->device & 15];
	p[6] = digits[igd->function & 15];
	ret->device = p;
}

/* May these bytes be looked at? An OpRegion is in ACPI NVS memory, or where somebody reserved it. */
static bool memory_holds(uint64_t at, uint64_t size)
{
	return memory_is(policy.bs, EfiACPIMemoryNVS, at, size) ||
	       memory_is(policy.bs, EfiReservedMemoryType, at, size);
}

/* The bytes from @at on that are the OpRegion and what RVDA says lies behind; what is not followed is said. */
static uint64_t opregion_extent(const uint8_t *bytes, uint64_t at, const struct place *place)
{
	uint64_t rvda = 0, rvds = 0;

	switch (opregion_rvda(bytes, OPREGION_SIZE, &rvda, &rvds)) {
	case RVDA_NONE:
		break;
	case RVDA_ABSOLUTE:
		log_line("%s is of version 2.0, its RVDA %x an address of the host: passed over", place->text, rvda);
		break;
	case RVDA_INSIDE:
		log_line("%s has RVDA %x, which leads into itself: passed over", place->text, rvda);
		break;
	case RVDA_BEHIND:
		if (rvda <= UINT32_MAX && memory_holds(at, rvda + rvds)) /* RVDS has 32 bits: no wrap */
			return rvda + rvds;
		log_line("%s has RVDA %x and RVDS %x, and no such memory: passed over", place->text, rvda, rvds);
		break;
	}
	return OPREGION_SIZE;
}

/* From the OpRegion at @at: what RVDA says, and mailbox 4 where that is no VBT. */
static EFI_STATUS vbt_from_opregion(uint64_t at, const struct place *place)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)at;
	uint64_t n = opregion_extent(bytes, at, place), vbt, size;
	EFI_STATUS status = EFI_NOT_FOUND;

	if (n > OPREGION_SIZE && opregion_vbt(bytes, n, &vbt, &size))
		status = vbt_take(&bytes[vbt], size, place->text);
	if (status == EFI_NOT_FOUND && opregion_vbt(bytes, OPREGION_SIZE, &vbt, &size))
		status = vbt_take(&bytes[vbt], size, place->text);
	return status;
}

static EFI_STATUS vbt_from_display(const struct igd *igd)
{
	struct place place;
	uint32_t asls = 0;

	place_make(igd, &place);
	if (EFI_ERROR(igd->pci->Pci.Read(igd->pci, EfiPciIoWidthUint32, IGD_ASLS, 1, &asls))) {
		log_line("%s: ASLS cannot be read", place.device);
		return EFI_NOT_FOUND;
	}
	if (asls == 0 || asls == UINT32_MAX) {
		log_line("%s: no OpRegion, ASLS is %x", place.device, (uint64_t)asls);
		return EFI_NOT_FOUND;
	}
	if (!memory_holds(asls, OPREGION_SIZE)) {
		log_line("%s: ASLS is %x, where the guest has no memory for an OpRegion", place.device,
			 (uint64_t)asls);
		return EFI_NOT_FOUND;
	}
	if (!opregion_is((const uint8_t *)(uintptr_t)asls, OPREGION_SIZE)) {
		log_line("%s: no OpRegion at %x, where ASLS says", place.device, (uint64_t)asls);
		return EFI_NOT_FOUND;
	}
	return vbt_from_opregion(asls, &place);
}

/* From the first display that has one; cards have no OpRegion. */
static EFI_STATUS vbt_from_displays(void)
{
	EFI_STATUS status = EFI_NOT_FOUND;
	EFI_HANDLE *handles = NULL;
	struct igd igd;
	UINTN n = 0;

	if (EFI_ERROR(policy.bs->LocateHandleBuffer(ByProtocol, &pci_io_guid, NULL, &n, &handles)))
		return EFI_NOT_FOUND; /* not one PCI device */
	for (UINTN i = 0; i < n && status == EFI_NOT_FOUND; i++)
		if (igd_is(policy.bs, handles[i], &igd) && !igd.discrete)
			status = vbt_from_display(&igd);
	policy.bs->FreePool(handles);
	return status;
}

/* ---- fw_cfg, and this image --------------------------------------------------------------------------------- */

static EFI_STATUS vbt_from_file(void)
{
	struct fw_cfg_file file;
	EFI_STATUS status;
	void *bytes = NULL;

	if (!fw_cfg_is_there() || !fw_cfg_find(FILE_NAME, &file))
		return EFI_NOT_FOUND;
	if (file.size == 0 || file.size > FILE_MOST) {
		log_line("no VBT from fw_cfg " FILE_NAME ": %u bytes, where 1 to 65536 can be", file.size);
		return EFI_NOT_FOUND;
	}
	if (EFI_ERROR(policy.bs->AllocatePool(EfiBootServicesData, file.size, &bytes))) {
		log_line("no memory for the %u bytes of fw_cfg " FILE_NAME, file.size);
		return EFI_OUT_OF_RESOURCES;
	}
	fw_cfg_read(&file, bytes, file.size);
	status = vbt_take(bytes, file.size, "fw_cfg " FILE_NAME);
	policy.bs->FreePool(bytes);
	return status;
}

/* The section of this image; false: it has none. */
static bool section_find(const uint8_t **ret, uint64_t *ret_size)
{
	EFI_LOADED_IMAGE_PROTOCOL *loaded = NULL;
	const uint8_t *base;
	uint64_t at;

	if (EFI_ERROR(policy.bs->HandleProtocol(policy.image, &loaded_image_guid, (void **)&loaded)) || !loaded ||
	    !loaded->ImageBase)
		return false;
	base = loaded->ImageBase;
	if (!image_section(base, loaded->ImageSize, SECTION, &at, ret_size))
		return false;
	*ret = &base[at];
	return true;
}

static EFI_STATUS vbt_from_section(void)
{
	const uint8_t *bytes;
	uint64_t size;

	return section_find(&bytes, &size) ? vbt_take(bytes, size, "this driver's section " SECTION) : EFI_NOT_FOUND;
}

/* ---- the protocol ------------------------------------------------------------------------------------------- */

static EFI_STATUS lid_status(LID_STATUS *ret)
{
	return ret ? EFI_UNSUPPORTED : EFI_INVALID_PARAMETER; /* a VM has no lid */
}

static EFI_STATUS vbt_data(EFI_PHYSICAL_ADDRESS *ret_at, uint32_t *ret_size)
{
	EFI_STATUS status = EFI_NOT_FOUND;

	if (!ret_at || !ret_size)
		return EFI_INVALID_PARAMETER;
	if (!policy.vbt) {
		status = vbt_from_displays();
		if (status == EFI_NOT_FOUND)
			status = vbt_from_file();
		if (status == EFI_NOT_FOUND)
			status = vbt_from_section();
		if (status == EFI_NOT_FOUND)
			log_line("no VBT: none in an OpRegion, in fw_cfg " FILE_NAME
				 ", in this driver's section " SECTION);
		if (EFI_ERROR(status))
			return status;
	}
	*ret_at = policy.vbt;
	*ret_size = policy.size;
	return EFI_SUCCESS;
}

static GOP_POLICY_PROTOCOL protocol = { GOP_POLICY_PROTOCOL_REVISION, lid_status, vbt_data };

/* Where a VBT would come from, as far as it can be known now. */
static void sources_log(void)
{
	const uint8_t *bytes;
	struct fw_cfg_file file;
	uint64_t size = 0;

	log_line("installed; a VBT comes from the OpRegion, from fw_cfg " FILE_NAME " (%s), from " SECTION " (%s)",
		 fw_cfg_is_there() && fw_cfg_find(FILE_NAME, &file) ? "there" : "not there",
		 section_find(&bytes, &size) ? "there" : "not there");
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_HANDLE handle = NULL;
	EFI_STATUS status;
	void *other = NULL;

	if (!image || !table)
		return EFI_INVALID_PARAMETER;
	log_open(NAME);
	log_line("started, version %s", DRIVER_VERSION(mark, NAME));
	if (!EFI_ERROR(table->BootServices->LocateProtocol(&policy_guid, NULL, &other))) {
		log_line("there is a GOP policy already; this one is not needed");
		return EFI_ALREADY_STARTED;
	}
	policy.bs = table->BootServices;
	policy.image = image;
	policy.vbt = 0;
	status = policy.bs->InstallProtocolInterface(&handle, &policy_guid, EFI_NATIVE_INTERFACE, &protocol);
	if (EFI_ERROR(status)) {
		log_line("the GOP policy cannot be installed: status %x", status);
		return status;
	}
	sources_log();
	return EFI_SUCCESS;
}
