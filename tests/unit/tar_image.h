/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tar_image.h - tar archives, right ones and wrong ones, put together header by header (IEEE Std 1003.1, pax, "ustar
 * Interchange Format").
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"

struct tar_image {
	uint8_t *b; /* exactly .n bytes, so that the address sanitizer sees each read outside */
	size_t n;
};

static inline struct span tar_span(const struct tar_image *m)
{
	return (struct span) { m->b, m->n };
}

static inline uint8_t *tar_more(struct tar_image *m, size_t n)
{
	m->b = realloc(m->b, m->n + n);
	assert_non_null(m->b);
	memset(m->b + m->n, 0, n);
	m->n += n;
	return m->b + m->n - n;
}

static inline void tar_sum(uint8_t *head)
{
	unsigned sum = 0;

	memset(head + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += head[i];
	snprintf((char *)head + 148, 8, "%06o", sum);
}

/* A header of @type with @text behind it; mtime 1000. */
static inline void tar_put(struct tar_image *m, char type, const char *name, const char *link, struct span text)
{
	uint8_t *head = tar_more(m, 512);

	memcpy(head, name, strnlen(name, 100));
	memcpy(head + 100, "0000644", 8);
	snprintf((char *)head + 124, 12, "%011zo", text.n);
	snprintf((char *)head + 136, 12, "%011o", 1000u);
	head[156] = (uint8_t)type;
	memcpy(head + 157, link, strnlen(link, 100));
	memcpy(head + 257, "ustar\00000", 8);
	tar_sum(head);
	if (text.n)
		memcpy(tar_more(m, (text.n + 511) / 512 * 512), text.p, text.n);
}

static inline void tar_file(struct tar_image *m, const char *name, const char *text)
{
	tar_put(m, '0', name, "", span_str(text));
}

static inline void tar_link(struct tar_image *m, const char *name, const char *target)
{
	tar_put(m, '2', name, target, (struct span) { NULL, 0 });
}

static inline void tar_end(struct tar_image *m)
{
	tar_more(m, 1024);
}

static inline void tar_free(struct tar_image *m)
{
	free(m->b);
	*m = (struct tar_image) { NULL, 0 };
}
