/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap_fuzz.h - any bytes to a wrapper, and what it hands over to all wrappers, some levels deep.
 *
 * What must hold: a member lies in the wrapper's bytes where it says so, decoded ones stay within the room, members
 * that lie there as they are do not add up to more than the wrapper, and the code of a refusal is the report's.
 */
#pragma once

#include <stdlib.h>

#include "base/report.h"
#include "fw/wrap.h"

#define WRAP_ROOM  ((size_t)4 << 20)
#define WRAP_DEPTH 4

struct wrap_fuzz {
	struct span s;
	size_t *spent; /* of all levels together */
	size_t given;  /* bytes of .s that were handed over */
	size_t n_members;
	unsigned depth;
};

static inline void require(bool so)
{
	if (!so)
		abort();
}

static inline size_t wrap_fuzz_room(void *ctx)
{
	struct wrap_fuzz *f = ctx;

	return WRAP_ROOM - *f->spent;
}

static inline void wrap_fuzz_spend(void *ctx, size_t n)
{
	struct wrap_fuzz *f = ctx;

	require(n <= WRAP_ROOM - *f->spent);
	*f->spent += n;
}

static void wrap_fuzz_open(const struct wrapper *w, struct span s, size_t *spent, unsigned depth);

static inline int wrap_fuzz_member(void *ctx, const struct wrap_member *m)
{
	const struct wrapper *w = wrapper_of(m->bytes);
	struct wrap_fuzz *f = ctx;
	uint8_t last;

	require(m->name && m->name[0]);
	require(m->bytes.n > 0 && span_u8(m->bytes, m->bytes.n - 1, &last));
	if (m->at != REPORT_NOWHERE) {
		struct span same;

		require(m->at <= f->s.n && span_cut(f->s, (size_t)m->at, m->bytes.n, &same) && same.p == m->bytes.p);
		f->given += m->bytes.n;
		require(f->given <= f->s.n);
	} else {
		require(m->how != NULL);
	}
	f->n_members++;
	if (w && f->depth < WRAP_DEPTH)
		wrap_fuzz_open(w, m->bytes, f->spent, f->depth + 1);
	return 0;
}

static void wrap_fuzz_open(const struct wrapper *w, struct span s, size_t *spent, unsigned depth)
{
	struct wrap_fuzz f = { .s = s, .spent = spent, .depth = depth };
	const struct wrap_sink sink = {
		.member = wrap_fuzz_member, .room = wrap_fuzz_room, .spend = wrap_fuzz_spend, .ctx = &f
	};
	struct report rep = { 0 };
	int r = w->open(s, &sink, &rep);

	require(r <= 0 && r == rep.code);
	require(r < 0 || f.n_members > 0);
}

static inline int wrap_fuzz(const struct wrapper *w, const uint8_t *data, size_t size)
{
	struct span s = { data, size };
	size_t spent = 0;

	if (w->is(s))
		require(wrapper_of(s) != NULL);
	wrap_fuzz_open(w, s, &spent, 0);
	return 0;
}
