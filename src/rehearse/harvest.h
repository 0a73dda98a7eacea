/* SPDX-License-Identifier: GPL-2.0-or-later */
/* harvest.h - what is left on the device and in the guest's memory, into the record. */
#pragma once

#include "rehearse/watch.h"

#define OPREGION_LEAST 8192  /* bytes that a guest's OpRegion has in any case */
#define OPREGION_MOST  16384 /* that are looked at */

/* Take registers, picture, OpRegion and VBT, in the place of what was taken before; nothing where nobody is
 * connected, since the device is as after a reset then. */
void harvest(struct watch *w);
