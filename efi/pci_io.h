/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_io.h - EFI_PCI_IO_PROTOCOL (UEFI Specification 2.10, 14.4). */
#pragma once

#include "uefi.h"

#define EFI_PCI_IO_PROTOCOL_GUID                                       \
	{                                                              \
		0x4cf5b200, 0x68b8, 0x4ca5,                            \
		{                                                      \
			0x9e, 0xec, 0xb2, 0x3e, 0x3f, 0x50, 0x02, 0x9a \
		}                                                      \
	}

typedef enum {
	EfiPciIoWidthUint8,
	EfiPciIoWidthUint16,
	EfiPciIoWidthUint32,
	EfiPciIoWidthUint64
} EFI_PCI_IO_PROTOCOL_WIDTH;

typedef enum {
	EfiPciIoAttributeOperationGet,
	EfiPciIoAttributeOperationSet,
	EfiPciIoAttributeOperationEnable,
	EfiPciIoAttributeOperationDisable
} EFI_PCI_IO_PROTOCOL_ATTRIBUTE_OPERATION;

#define EFI_PCI_IO_ATTRIBUTE_IO		UINT64_C(0x100)
#define EFI_PCI_IO_ATTRIBUTE_MEMORY	UINT64_C(0x200)
#define EFI_PCI_IO_ATTRIBUTE_BUS_MASTER UINT64_C(0x400)

typedef struct EFI_PCI_IO_PROTOCOL EFI_PCI_IO_PROTOCOL;

struct EFI_PCI_IO_PROTOCOL {
	void *PollMem, *PollIo;
	struct {
		EFI_STATUS(*Read)
		(EFI_PCI_IO_PROTOCOL *This, EFI_PCI_IO_PROTOCOL_WIDTH Width, uint8_t BarIndex, uint64_t Offset,
		 UINTN Count, void *Buffer);
		EFI_STATUS(*Write)
		(EFI_PCI_IO_PROTOCOL *This, EFI_PCI_IO_PROTOCOL_WIDTH Width, uint8_t BarIndex, uint64_t Offset,
		 UINTN Count, void *Buffer);
	} Mem;
	void *IoRead, *IoWrite;
	struct {
		EFI_STATUS(*Read)
		(EFI_PCI_IO_PROTOCOL *This, EFI_PCI_IO_PROTOCOL_WIDTH Width, uint32_t Offset, UINTN Count,
		 void *Buffer);
		EFI_STATUS(*Write)
		(EFI_PCI_IO_PROTOCOL *This, EFI_PCI_IO_PROTOCOL_WIDTH Width, uint32_t Offset, UINTN Count,
		 void *Buffer);
	} Pci;
	void *CopyMem, *Map, *Unmap, *AllocateBuffer, *FreeBuffer, *Flush;
	EFI_STATUS(*GetLocation)
	(EFI_PCI_IO_PROTOCOL *This, UINTN *SegmentNumber, UINTN *BusNumber, UINTN *DeviceNumber,
	 UINTN *FunctionNumber);
	EFI_STATUS(*Attributes)
	(EFI_PCI_IO_PROTOCOL *This, EFI_PCI_IO_PROTOCOL_ATTRIBUTE_OPERATION Operation, uint64_t Attributes,
	 uint64_t *Result);
	void *GetBarAttributes, *SetBarAttributes;
	uint64_t RomSize;
	void *RomImage;
};
