/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twice.c - a bad driver for tests: gives each Intel display stolen memory twice, the second time somewhere else. Who
 * read BDSM in between works with memory that nobody means any more.
 */
#include "igd.h"
#include "memory.h"
#include "say.h"

#define STOLEN_ALIGN UINT64_C(0x100000)

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;

static void assign(EFI_BOOT_SERVICES *bs, const struct igd *d, uint64_t size)
{
	uint64_t at = memory_below_4g(bs, EfiReservedMemoryType, size, STOLEN_ALIGN);
	uint32_t low = (uint32_t)at, high = 0;

	if (d->bdsm == BDSM_AT_C0) {
		d->pci->Pci.Write(d->pci, EfiPciIoWidthUint32, IGD_BDSM64 + 4, 1, &high);
		d->pci->Pci.Write(d->pci, EfiPciIoWidthUint32, IGD_BDSM64, 1, &low);
	} else {
		d->pci->Pci.Write(d->pci, EfiPciIoWidthUint32, IGD_BDSM32, 1, &low);
	}
	say("twice: BDSM ");
	say_hex(at);
	say("\n");
}

EFI_STATUS efi_main(__attribute__((unused)) EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_BOOT_SERVICES *bs = table->BootServices;
	EFI_HANDLE *handles;
	uint16_t ggc = 0;
	struct igd d;
	UINTN n;

	say("twice: started\n");
	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &pci_io_guid, 0, &n, &handles)))
		return EFI_SUCCESS;
	for (UINTN i = 0; i < n; i++) {
		if (!igd_is(bs, handles[i], &d) || d.bdsm == BDSM_NONE)
			continue;
		d.pci->Pci.Read(d.pci, EfiPciIoWidthUint16, IGD_GGC, 1, &ggc);
		assign(bs, &d, igd_stolen_size(d.ggc, ggc));
		assign(bs, &d, igd_stolen_size(d.ggc, ggc));
	}
	bs->FreePool(handles);
	return EFI_SUCCESS;
}
