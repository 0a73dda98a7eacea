/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * le.h - little-endian numbers in bytes of our own, where the room is known: what is written, and registers. Bytes of
 * a stranger's are read through span.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The lower @n bytes of @v to @p. */
static inline void le_put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n && i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* The number of @n bytes at @p, up to 8. */
static inline uint64_t le_get(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n && i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}
