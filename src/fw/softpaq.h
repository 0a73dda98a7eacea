/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * softpaq.h - an image behind a block that is no part of the flash: the .bin of an HP softpaq begins with a
 * signature.
 *
 * The block is not published and has no mark; what ends it is recognised: a flash descriptor (5A A5 F0 0F at 10h),
 * which is always a flash's first thing, or a firmware volume ("_FVH" at 28h, its header summing to 0) where no flash
 * has one: at a step of 16 bytes that is none of 4 KiB. What is in front must be no padding and no longer than
 * SOFTPAQ_FRONT_MAX. There being no mark, this row is the last to be asked. Not tried on a real softpaq.
 */
#pragma once

#include "fw/wrap.h"

#define SOFTPAQ_FRONT_MAX ((size_t)64 * 1024)

extern const struct wrapper wrapper_softpaq;
