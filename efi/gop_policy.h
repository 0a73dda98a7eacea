/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gop_policy.h - the protocol by which Intel's GOP driver asks the platform for the VBT and the lid.
 *
 * Source: edk2-platforms Silicon/Intel/AlderlakeSiliconPkg (gGopPolicyProtocolGuid, GOP_POLICY_PROTOCOL), published
 * by Intel. Later revisions append functions; revision 1 has these two.
 */
#pragma once

#include "uefi.h"

#define GOP_POLICY_PROTOCOL_GUID                                       \
	{                                                              \
		0xec2e931b, 0x3281, 0x48a5,                            \
		{                                                      \
			0x81, 0x07, 0xdf, 0x8a, 0x8b, 0xed, 0x3c, 0x5d \
		}                                                      \
	}

#define GOP_POLICY_PROTOCOL_REVISION 1

typedef enum { LidClosed, LidOpen, LidStatusMax } LID_STATUS;

typedef struct {
	uint32_t Revision;
	EFI_STATUS (*GetPlatformLidStatus)(LID_STATUS *CurrentLidStatus);
	EFI_STATUS (*GetVbtData)(EFI_PHYSICAL_ADDRESS *VbtAddress, uint32_t *VbtSize);
} GOP_POLICY_PROTOCOL;
