/* SPDX-License-Identifier: BSD-2-Clause */
/* image.h - what a PE image carries, as it lies in memory after it was loaded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Find the section @name (at most 8 characters) of the image of @n bytes at @base: true, where it begins and its
 * VirtualSize. False: there is none, it is empty, it does not lie within the @n bytes, or the headers make no sense;
 * a loader may have thrown them away (UEFI Specification 2.10 does not say that they stay).
 */
bool image_section(const uint8_t *base, uint64_t n, const char *name, uint64_t *ret_at, uint64_t *ret_size);
