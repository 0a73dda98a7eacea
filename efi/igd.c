// SPDX-License-Identifier: BSD-2-Clause
/* igd.c - Intel's display devices, and what their registers mean. */
#include "igd.h"

#define CONFIG_ID    0x00 /* PCI Local Bus Specification 3.0, 6.2.1: vendor, device */
#define CONFIG_CLASS 0x08 /* revision, interface, subclass, class */
#define CLASS_VGA    0x0300
#define CLASS_OTHER  0x0380 /* an IGD that is not the boot display, or whose VGA is off */

#define MIB UINT64_C(0x100000)

/* A row of the table: id, is it discrete, where BDSM is, GGC's layout. */
#define ROW(id, discrete, bdsm, ggc) ((uint32_t)(id) << 16 | (discrete) << 8 | (bdsm) << 4 | (ggc))

/* Ascending by id. */
static const uint32_t rows[] = {
#include "igd-rows.inc"
};

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;

static void row_read(struct igd *d)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i] >> 16 != d->id)
			continue;
		d->known = true;
		d->discrete = (rows[i] >> 8 & 1) != 0;
		d->bdsm = (enum igd_bdsm)(rows[i] >> 4 & 0xf);
		d->ggc = (enum igd_ggc)(rows[i] & 0xf);
	}
}

static bool config_read32(EFI_PCI_IO_PROTOCOL *pci, uint32_t at, uint32_t *ret)
{
	return !EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint32, at, 1, ret));
}

bool igd_is(EFI_BOOT_SERVICES *bs, EFI_HANDLE handle, struct igd *ret)
{
	UINTN segment, bus, device, function;
	EFI_PCI_IO_PROTOCOL *pci;
	uint32_t id, class;
	void *interface;

	if (EFI_ERROR(bs->HandleProtocol(handle, &pci_io_guid, &interface)))
		return false;
	pci = interface;
	if (!config_read32(pci, CONFIG_ID, &id) || (id & 0xffff) != IGD_VENDOR ||
	    !config_read32(pci, CONFIG_CLASS, &class) || (class >> 16 != CLASS_VGA && class >> 16 != CLASS_OTHER) ||
	    EFI_ERROR(pci->GetLocation(pci, &segment, &bus, &device, &function)))
		return false;
	ret->handle = handle;
	ret->pci = pci;
	ret->bus = (uint8_t)bus;
	ret->device = (uint8_t)device;
	ret->function = (uint8_t)function;
	ret->id = (uint16_t)(id >> 16);
	ret->known = ret->discrete = false;
	ret->bdsm = BDSM_NONE;
	ret->ggc = GGC_NONE;
	row_read(ret);
	return true;
}

/*
 * Linux arch/x86/kernel/early-quirks.c, gen6_stolen_size() and those below it. GMS, graphics mode select: bits 7:3 up
 * to generation 7 and on Cherryview, bits 15:8 from 8 on.
 */
uint64_t igd_stolen_size(enum igd_ggc layout, uint16_t ggc)
{
	unsigned gms6 = ggc >> 3 & 0x1f, gms8 = ggc >> 8;

	if (ggc == UINT16_MAX) /* a device that does not answer */
		return 0;
	switch (layout) {
	case GGC_GEN6:
		return gms6 * (32 * MIB);
	case GGC_GEN8:
		return gms8 * (32 * MIB);
	case GGC_GEN9: /* from F0h on steps of 4 MiB, the first of which is 4 */
		return gms8 < 0xf0 ? gms8 * (32 * MIB) : gms8 < 0xff ? (gms8 - 0xef) * (4 * MIB) : 0;
	case GGC_CHV: /* 11h..16h: from 8 MiB, 17h..1dh: from 36 MiB, in steps of 4 */
		return gms6 < 0x11   ? gms6 * (32 * MIB)
		       : gms6 < 0x17 ? (gms6 - 0x0f) * (4 * MIB)
		       : gms6 < 0x1e ? (gms6 - 0x0e) * (4 * MIB)
				     : 0;
	case GGC_NONE:
		break;
	}
	return 0;
}
