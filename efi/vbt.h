/* SPDX-License-Identifier: BSD-2-Clause */
/* vbt.h - the Video BIOS Table, as far as it must be looked at to hand it on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Do these @n bytes begin with a VBT that is whole: "$VBT", a header of a sane size, a table that ends within them, a
 * BDB in it? True and the bytes of the table; else a word in @ret_why.
 */
bool vbt_is(const uint8_t *bytes, uint64_t n, uint32_t *ret_size, const char **ret_why);

/* Make the @size bytes sum to 0 again by the checksum in the header; true: they did not. */
bool vbt_sum_repair(uint8_t *bytes, uint32_t size);
