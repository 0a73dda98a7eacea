/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buffer.h - bytes that somebody owns: what a decoder made. Look at them through buffer_span(). */
#pragma once

#include <stdlib.h>

#include "base/span.h"

struct buffer { /* owned: buffer_done() frees it; { 0 } is an empty one */
	uint8_t *p;
	size_t n;
};

static inline struct span buffer_span(const struct buffer *b)
{
	return (struct span) { b->p, b->n };
}

static inline void buffer_done(struct buffer *b)
{
	free(b->p);
	*b = (struct buffer) { NULL, 0 };
}
