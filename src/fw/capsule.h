/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capsule.h - what a firmware image is sent in: a GUID, a header, the image.
 *
 * UEFI Specification 2.10, 8.5.3 fixes the header of 28 bytes: GUID, header size, flags, size of all. AMI, Intel and
 * Lenovo put GUIDs of their own in front of the same fields, AMI a longer header behind them; Toshiba swaps two of
 * the fields (UEFITool common/ffs.h at 0169c8c9). The capsule of 23.3 carries several images, each with a header.
 * Dell's servers get a file of the same name (.cap) that is none: a text of A8h bytes and an LZMA stream (UEFITool
 * issue 354).
 *
 * Signatures are stepped over and never checked.
 */
#pragma once

#include "fw/wrap.h"

extern const struct wrapper wrapper_capsule;
extern const struct wrapper wrapper_dell_text;
