/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap_tool.h - what the wrappers of wrap.h have in common: to look for a mark, and to hand a member over.
 */
#pragma once

#include "base/buffer.h"
#include "base/macros.h"
#include "fw/wrap.h"

/* How far behind the first byte a mark may lie when the file is no program: a signature block fits. */
#define WRAP_PREFIX_MAX 65536

/* Where @mark (not empty) begins in @s at or behind @from; false: nowhere. */
static inline bool wrap_find(struct span s, size_t from, struct span mark, size_t *ret)
{
	struct span rest;
	const void *hit;

	if (!span_from(s, from, &rest) || rest.n < mark.n)
		return false;
	hit = memmem(rest.p, rest.n, mark.p, mark.n);
	if (!hit)
		return false;
	*ret = (size_t)((const uint8_t *)hit - s.p);
	return true;
}

/* The part of @s in which a mark is looked for: all of a program ("MZ"), else as far as WRAP_PREFIX_MAX and @mark_n.
 */
static inline struct span wrap_window(struct span s, size_t mark_n)
{
	struct span ret = s;

	if (!span_is(s, 0, "MZ") && s.n > WRAP_PREFIX_MAX + mark_n)
		ret.n = WRAP_PREFIX_MAX + mark_n;
	return ret;
}

static inline int wrap_give(const struct wrap_sink *sink, struct wrap_member m)
{
	return sink->member(sink->ctx, &m);
}

/* A decoded or joined member: counted, handed over, freed. */
static inline int wrap_give_buffer(const struct wrap_sink *sink, struct buffer *b, struct wrap_member m)
{
	int r;

	sink->spend(sink->ctx, b->n);
	m.bytes = buffer_span(b);
	m.at = REPORT_NOWHERE;
	r = sink->member(sink->ctx, &m);
	buffer_done(b);
	return r;
}

/* @n bytes to put a member together in; -IGD_ELIMIT when the sink has no such room. @n is not 0. */
int wrap_buffer(const struct wrap_sink *sink, size_t n, struct buffer *ret, struct report *rep) _must_check_;

/* Copy @from into @to at @at, where there is room for it. */
void wrap_put(struct buffer *to, size_t at, struct span from);
