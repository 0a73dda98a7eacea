/* SPDX-License-Identifier: BSD-2-Clause */
/* device_path.h - EFI_DEVICE_PATH_PROTOCOL (UEFI Specification 2.10, 10.2 and 10.3): a row of nodes. */
#pragma once

#include "uefi.h"

#define EFI_DEVICE_PATH_PROTOCOL_GUID                                  \
	{                                                              \
		0x09576e91, 0x6d3f, 0x11d2,                            \
		{                                                      \
			0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b \
		}                                                      \
	}

#define ACPI_DEVICE_PATH 0x02
#define ACPI_ADR_DP	 0x03 /* 10.3.3.3: an _ADR of 32 bits behind the header */

#define MEDIA_DEVICE_PATH     0x04
#define MEDIA_PIWG_FW_FILE_DP 0x06 /* PI Specification 1.8, vol. 3, 8.1: a GUID behind the header */
#define MEDIA_RELATIVE_OFFSET_RANGE_DP                                              \
	0x08 /* 10.3.5.8: 4 bytes, then the first and the last offset, 64 bits each \
	      */

#define END_DEVICE_PATH_TYPE	       0x7f
#define END_ENTIRE_DEVICE_PATH_SUBTYPE 0xff
