/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eltorito.h - what a bootable CD image boots: Lenovo's update CDs have no file of firmware in their file system, but
 * a small disk image, and the firmware in that.
 */
#pragma once

#include "base/span.h"

/*
 * The first boot image of @iso ("El Torito" Bootable CD-ROM Format Specification 1.0, 2 and table 1 to 3), cut to
 * what is there; @ret_at: its offset. A floppy has its medium's size, a hard disk what its partition table says, an
 * image without emulation the sectors of its entry. False: it does not boot, or from outside.
 */
bool eltorito_read(struct span iso, struct span *ret, size_t *ret_at, bool *ret_partial);
