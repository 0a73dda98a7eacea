/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * made.h - a VBT, an OpRegion and a PE image in memory, built byte by byte, and every damaged form of one in a heap
 * block of exactly its size, so that the address sanitizer sees each read outside.
 *
 * Sources: Linux drivers/gpu/drm/i915/display/intel_vbt_defs.h and intel_opregion.c; Microsoft PE and COFF
 * Specification. The content is made up.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void made_set(uint8_t *p, size_t at, uint64_t v, size_t width)
{
	for (size_t i = 0; i < width; i++)
		p[at + i] = (uint8_t)(v >> (8 * i));
}

static inline uint8_t made_sum(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *p++);
	return sum;
}

#define VBT_LEAST (48 + 22)

/* A VBT of @size bytes, at least VBT_LEAST, at @p: header, BDB, bytes that count up, a right checksum. */
static inline void made_vbt(uint8_t *p, const char *name, uint16_t size)
{
	memset(p, 0, VBT_LEAST);
	memset(p, ' ', 20);
	memcpy(p, "$VBT", 4);
	memcpy(p + 5, name, strlen(name));
	made_set(p, 0x14, 100, 2);
	made_set(p, 0x16, 48, 2);
	made_set(p, 0x18, size, 2);
	made_set(p, 0x1c, 48, 4);
	memcpy(p + 48, "BIOS_DATA_BLOCK ", 16);
	made_set(p, 48 + 16, 228, 2);
	made_set(p, 48 + 18, 22, 2);
	made_set(p, 48 + 20, size - 48u, 2);
	for (size_t i = VBT_LEAST; i < size; i++)
		p[i] = (uint8_t)i;
	p[0x1a] = (uint8_t)(p[0x1a] - made_sum(p, size));
}

#define OPREGION_LEN 0x2000

/* An OpRegion of @version at @p, 8 KiB, with the mailboxes 1 to 4 and nothing in them. */
static inline void made_opregion(uint8_t *p, uint16_t version)
{
	memset(p, 0, OPREGION_LEN);
	memcpy(p, "IntelGraphicsMem", 16);
	made_set(p, 0x10, 8, 4);
	made_set(p, 0x16, version, 2);
	made_set(p, 0x58, 0x0f, 4);
}

#define MADE_PE	    0x40
#define MADE_TABLE  (MADE_PE + 24 + 240)
#define MADE_BODY   0x2000 /* where the section lies */
#define MADE_HEADER (MADE_TABLE + 40)

/* The headers of a PE32+ with ".text" and a second section @name of @size bytes at MADE_BODY, at @p. */
static inline void made_pe(uint8_t *p, const char *name, uint32_t size)
{
	memset(p, 0, 0x1000);
	memcpy(p, "MZ", 2);
	made_set(p, 0x3c, MADE_PE, 4);
	memcpy(p + MADE_PE, "PE", 2);
	made_set(p, MADE_PE + 4, 0x8664, 2);
	made_set(p, MADE_PE + 6, 2, 2);
	made_set(p, MADE_PE + 20, 240, 2);
	memcpy(p + MADE_TABLE, ".text", 5);
	made_set(p, MADE_TABLE + 8, 0x800, 4);
	made_set(p, MADE_TABLE + 12, 0x1000, 4);
	memcpy(p + MADE_HEADER, name, strlen(name));
	made_set(p, MADE_HEADER + 8, size, 4);
	made_set(p, MADE_HEADER + 12, MADE_BODY, 4);
}

/* @try on the first @n bytes at @p, the one at @change being @with. */
static inline void made_try(const uint8_t *p, size_t n, size_t change, uint8_t with,
			    void (*try)(const uint8_t *, size_t))
{
	uint8_t *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, p, n);
	if (change < n)
		copy[change] = with;
	try(copy, n);
	free(copy);
}

/* @try on the @n bytes cut at each length, and with each of the first @head of them changed to each other value. */
static inline void made_damage(const uint8_t *p, size_t n, size_t head, void (*try)(const uint8_t *, size_t))
{
	for (size_t len = 0; len <= n; len++)
		made_try(p, len, SIZE_MAX, 0, try);
	for (size_t at = 0; at < head; at++)
		for (unsigned with = 0; with < 256; with++)
			made_try(p, n, at, (uint8_t)with, try);
}
