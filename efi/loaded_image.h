/* SPDX-License-Identifier: BSD-2-Clause */
/* loaded_image.h - EFI_LOADED_IMAGE_PROTOCOL (UEFI Specification 2.10, 9.1). */
#pragma once

#include "uefi.h"

#define EFI_LOADED_IMAGE_PROTOCOL_GUID                                 \
	{                                                              \
		0x5b1b31a1, 0x9562, 0x11d2,                            \
		{                                                      \
			0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b \
		}                                                      \
	}

typedef struct {
	uint32_t Revision;
	EFI_HANDLE ParentHandle;
	EFI_SYSTEM_TABLE *SystemTable;
	EFI_HANDLE DeviceHandle;
	void *FilePath, *Reserved;
	uint32_t LoadOptionsSize;
	void *LoadOptions;
	void *ImageBase; /* of the image as it lies in memory: headers, then sections at their addresses */
	uint64_t ImageSize;
	EFI_MEMORY_TYPE ImageCodeType, ImageDataType;
	void *Unload;
} EFI_LOADED_IMAGE_PROTOCOL;
