/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h - building binary images byte by byte, and handing out every damaged form of one.
 *
 * Damaged copies live in heap blocks of exactly their size, so the address sanitizer sees each read outside.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"

#ifndef IMAGE_MAX /* a test of something larger says so before it includes this */
#define IMAGE_MAX 16384
#endif

struct image {
	uint8_t b[IMAGE_MAX];
	size_t n;
};

static inline struct span image_span(const struct image *m)
{
	return (struct span) { m->b, m->n };
}

static inline void put(struct image *m, uint64_t v, size_t bytes)
{
	assert_true(m->n + bytes <= IMAGE_MAX);
	for (size_t i = 0; i < bytes; i++)
		m->b[m->n++] = (uint8_t)(v >> (8 * i));
}

static inline void put_text(struct image *m, const char *text, size_t bytes)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < bytes; i++)
		put(m, i < n ? (uint8_t)text[i] : 0, 1);
}

/* Overwrite @bytes bytes at @at, which are within the image or make it longer. */
static inline void set(struct image *m, size_t at, uint64_t v, size_t bytes)
{
	assert_true(at + bytes <= IMAGE_MAX);
	for (size_t i = 0; i < bytes; i++)
		m->b[at + i] = (uint8_t)(v >> (8 * i));
	if (m->n < at + bytes)
		m->n = at + bytes;
}

static inline void image_copy_to(struct span s, size_t n, size_t change, uint8_t with, void (*try)(struct span))
{
	uint8_t *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, s.p, n);
	if (change < n)
		copy[change] = with;
	try((struct span) { copy, n });
	free(copy);
}

/* @try on @good cut at each length, and with each byte changed to each of a few telling values. */
static inline void image_damage(struct span good, void (*try)(struct span))
{
	for (size_t n = 0; n <= good.n; n++)
		image_copy_to(good, n, SIZE_MAX, 0, try);
	for (size_t i = 0; i < good.n; i++) {
		uint8_t b = good.p[i];
		const uint8_t with[] = { 0, 1, 0x7f, 0x80, 0xff, (uint8_t)~b, (uint8_t)(b + 1), (uint8_t)(b - 1) };

		for (size_t j = 0; j < sizeof(with); j++)
			image_copy_to(good, good.n, i, with[j], try);
	}
}
