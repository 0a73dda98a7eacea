/* SPDX-License-Identifier: BSD-2-Clause */
/* driver_binding.h - a driver's face to those who start it (UEFI Specification 2.10, 11.1), and its name (11.5). */
#pragma once

#include "uefi.h"

#define EFI_DRIVER_BINDING_PROTOCOL_GUID                               \
	{                                                              \
		0x18a031ab, 0xb443, 0x4d1a,                            \
		{                                                      \
			0xa5, 0xc0, 0x0c, 0x09, 0x26, 0x1e, 0x9f, 0x71 \
		}                                                      \
	}

typedef struct EFI_DRIVER_BINDING_PROTOCOL EFI_DRIVER_BINDING_PROTOCOL;

struct EFI_DRIVER_BINDING_PROTOCOL {
	EFI_STATUS(*Supported)
	(EFI_DRIVER_BINDING_PROTOCOL *This, EFI_HANDLE ControllerHandle,
	 EFI_DEVICE_PATH_PROTOCOL *RemainingDevicePath);
	EFI_STATUS(*Start)
	(EFI_DRIVER_BINDING_PROTOCOL *This, EFI_HANDLE ControllerHandle,
	 EFI_DEVICE_PATH_PROTOCOL *RemainingDevicePath);
	EFI_STATUS(*Stop)
	(EFI_DRIVER_BINDING_PROTOCOL *This, EFI_HANDLE ControllerHandle, UINTN NumberOfChildren,
	 EFI_HANDLE *ChildHandleBuffer);
	uint32_t Version;
	EFI_HANDLE ImageHandle, DriverBindingHandle;
};

#define EFI_COMPONENT_NAME_PROTOCOL_GUID                               \
	{                                                              \
		0x107a772c, 0xd5e1, 0x11d4,                            \
		{                                                      \
			0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d \
		}                                                      \
	}
#define EFI_COMPONENT_NAME2_PROTOCOL_GUID                              \
	{                                                              \
		0x6a7a5cff, 0xe8d9, 0x4f70,                            \
		{                                                      \
			0xba, 0xda, 0x75, 0xab, 0x30, 0x25, 0xce, 0x14 \
		}                                                      \
	}

typedef struct EFI_COMPONENT_NAME2_PROTOCOL EFI_COMPONENT_NAME2_PROTOCOL;

/*
 * Both are laid out so. Languages: of the first one all of three letters each, "engfra"; of the second one as RFC
 * 4646 has them, with semicolons, "en;fr".
 */
struct EFI_COMPONENT_NAME2_PROTOCOL {
	EFI_STATUS (*GetDriverName)(EFI_COMPONENT_NAME2_PROTOCOL *This, char *Language, CHAR16 **DriverName);
	EFI_STATUS(*GetControllerName)
	(EFI_COMPONENT_NAME2_PROTOCOL *This, EFI_HANDLE ControllerHandle, EFI_HANDLE ChildHandle, char *Language,
	 CHAR16 **ControllerName);
	char *SupportedLanguages;
};
