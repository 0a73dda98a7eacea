/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ucp.h - AMI's Utility Configuration Program: one file with an image and the tools that flash it.
 *
 * A module of tag "@UAF" (HP: "@HPU") holds others. Each has 16 bytes of header: tag, size with the header, a sum of
 * 16 bits, four bytes of no known use; then for all but the outermost the compressed and the decoded size and the
 * data, compressed as in UEFI or Tiano where the two sizes differ. "@NAL" lists the names. ASUS, HP, Dell, Lenovo and
 * MSI programs carry one. As read in BIOSUtilities 25.07.01, ami_ucp_extract.py.
 */
#pragma once

#include "fw/wrap.h"

extern const struct wrapper wrapper_ucp;
