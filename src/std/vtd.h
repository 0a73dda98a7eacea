/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vtd.h - VT-d registers: Intel VT-d Architecture Specification 4.1, 11.4.2 (CAP) and 11.4.3 (ECAP). */
#pragma once

#include <stdint.h>

#define VTD_CAP_MGAW(cap) ((unsigned)(((cap) >> 16 & 0x3f) + 1)) /* bits of a guest address */
