/* SPDX-License-Identifier: BSD-2-Clause */
/* graphics_output.h - EFI_GRAPHICS_OUTPUT_PROTOCOL (UEFI Specification 2.10, 12.9.2). */
#pragma once

#include "uefi.h"

#define EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID                              \
	{                                                              \
		0x9042a9de, 0x23dc, 0x4a38,                            \
		{                                                      \
			0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a \
		}                                                      \
	}

typedef enum {
	PixelRedGreenBlueReserved8BitPerColor,
	PixelBlueGreenRedReserved8BitPerColor,
	PixelBitMask,
	PixelBltOnly
} EFI_GRAPHICS_PIXEL_FORMAT;

typedef struct {
	uint32_t Version, HorizontalResolution, VerticalResolution;
	EFI_GRAPHICS_PIXEL_FORMAT PixelFormat;
	uint32_t RedMask, GreenMask, BlueMask, ReservedMask;
	uint32_t PixelsPerScanLine;
} EFI_GRAPHICS_OUTPUT_MODE_INFORMATION;

typedef struct {
	uint32_t MaxMode, Mode;
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *Info;
	UINTN SizeOfInfo;
	EFI_PHYSICAL_ADDRESS FrameBufferBase;
	UINTN FrameBufferSize;
} EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE;

typedef struct {
	uint8_t Blue, Green, Red, Reserved;
} EFI_GRAPHICS_OUTPUT_BLT_PIXEL;

typedef enum {
	EfiBltVideoFill,
	EfiBltVideoToBltBuffer,
	EfiBltBufferToVideo,
	EfiBltVideoToVideo
} EFI_GRAPHICS_OUTPUT_BLT_OPERATION;

typedef struct EFI_GRAPHICS_OUTPUT_PROTOCOL EFI_GRAPHICS_OUTPUT_PROTOCOL;

struct EFI_GRAPHICS_OUTPUT_PROTOCOL {
	EFI_STATUS(*QueryMode)
	(EFI_GRAPHICS_OUTPUT_PROTOCOL *This, uint32_t ModeNumber, UINTN *SizeOfInfo,
	 EFI_GRAPHICS_OUTPUT_MODE_INFORMATION **Info);
	EFI_STATUS (*SetMode)(EFI_GRAPHICS_OUTPUT_PROTOCOL *This, uint32_t ModeNumber);
	EFI_STATUS(*Blt)
	(EFI_GRAPHICS_OUTPUT_PROTOCOL *This, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *BltBuffer,
	 EFI_GRAPHICS_OUTPUT_BLT_OPERATION BltOperation, UINTN SourceX, UINTN SourceY, UINTN DestinationX,
	 UINTN DestinationY, UINTN Width, UINTN Height, UINTN Delta);
	EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *Mode;
};
