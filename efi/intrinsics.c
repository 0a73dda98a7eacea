// SPDX-License-Identifier: BSD-2-Clause
/*
 * intrinsics.c - the functions of C's library that a compiler may call though the source does not: copying a struct
 * is one to memcpy. Without them the link fails; with -ffreestanding the loops here are not made into calls of
 * themselves.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *at, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memset(void *at, int value, size_t n)
{
	uint8_t *p = at;

	while (n--)
		*p++ = (uint8_t)value;
	return at;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
