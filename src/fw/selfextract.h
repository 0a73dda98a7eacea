/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selfextract.h - a Windows or EFI program that carries an archive: looked through, never run.
 *
 * Archives are looked for in all of the file, as they stand behind the sections (7-Zip, WinZip, WinRAR), in a
 * resource (WEXTRACT's cabinet) or behind an Authenticode signature. A mark counts only where the header behind it
 * checks: 7z and rar by their checksums, zip by the end record that points back to a local header, a cabinet by its
 * sizes. What lies inside an archive already opened is that archive's business. Each format's file is read to its own
 * end.
 *
 * Insyde's iFdPacker turns each byte of its 7z one bit to the left (BIOSUtilities insyde_ifd_extract.py, 2024); it is
 * turned back. Portwell's updater is an EFI program with parts behind its memory image, each after "<UU>", some
 * compressed (portwell_efi_extract.py). InstallShield's own cabinets are named and left: a note says what opens them.
 */
#pragma once

#include "fw/wrap.h"

#define SELFEXTRACT_ARCHIVES_MAX 16
#define SELFEXTRACT_PARTS_MAX	 64 /* Portwell's; five are known */

extern const struct wrapper wrapper_selfextract;
