// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)32 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

void arena_done(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena) { .limit = a->limit };
}

static void *arena_refuse(struct arena *a)
{
	a->full = true;
	return NULL;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b = a->blocks;
	size_t size;
	void *p;

	if (a->full || n > SIZE_MAX / 4)
		return arena_refuse(a);
	n = (n + align - 1) & ~(align - 1);
	if (a->limit && (a->used > a->limit || n > a->limit - a->used))
		return arena_refuse(a);
	if (!b || b->size - b->used < n) {
		size = n > BLOCK_MIN ? n : BLOCK_MIN;
		b = calloc(1, sizeof(*b) + size);
		if (!b)
			return arena_refuse(a);
		b->size = size;
		b->next = a->blocks;
		a->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	return p;
}

const char *arena_span(struct arena *a, struct span s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (!copy)
		return "";
	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

const char *arena_str(struct arena *a, const char *s)
{
	return arena_span(a, span_str(s));
}

const char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (!s)
		return "";
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void *arena_push_(struct arena *a, void **array, size_t *n, size_t size)
{
	size_t cap = *n;
	void *grown;

	if ((cap & (cap - 1)) == 0) { /* full at 0, 1, 2, 4, 8 ... elements */
		cap = cap ? cap * 2 : 1;
		if (cap > SIZE_MAX / 4 / size)
			return arena_refuse(a);
		grown = arena_alloc(a, cap * size);
		if (!grown)
			return NULL;
		if (*n)
			memcpy(grown, *array, *n * size);
		*array = grown;
	}
	return (unsigned char *)*array + size * (*n)++;
}
