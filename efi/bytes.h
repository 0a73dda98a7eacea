/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bytes.h - the only ways to look at bytes that somebody else laid out: a read that does not lie within them answers
 * false and leaves its output alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Do @len bytes at @at lie within @n? */
static inline bool bytes_have(uint64_t n, uint64_t at, uint64_t len)
{
	return at <= n && len <= n - at; /* subtract: at + len can wrap */
}

/* The number of @width bytes, at most 8, at @at of the @n bytes at @p, low byte first: true and @ret. */
static inline bool bytes_le(const uint8_t *p, uint64_t n, uint64_t at, unsigned width, uint64_t *ret)
{
	uint64_t v = 0;

	if (!bytes_have(n, at, width))
		return false;
	for (unsigned i = width; i-- > 0;)
		v = v << 8 | p[at + i];
	*ret = v;
	return true;
}

/* Do the bytes at @at read @text (without its terminating zero)? */
static inline bool bytes_are(const uint8_t *p, uint64_t n, uint64_t at, const char *text)
{
	for (; *text; text++, at++)
		if (!bytes_have(n, at, 1) || p[at] != (uint8_t)*text)
			return false;
	return true;
}
