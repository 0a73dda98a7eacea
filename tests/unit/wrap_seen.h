/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wrap_seen.h - a sink that keeps what a wrapper hands over, for the tests of wrappers. */
#pragma once

#include "image.h"

#include <stdio.h>

#include "base/report.h"
#include "fw/wrap.h"

#define PAYLOAD	   "synthetic payload, short"
#define MEMBER_MAX 8

struct seen {
	struct {
		char name[64], text[64];
		size_t n;
		uint64_t at;
		bool partial;
	} m[MEMBER_MAX];
	size_t n, room, spent;
	int answer; /* what the sink says to each member */
	struct report rep;
};

static int seen_member(void *ctx, const struct wrap_member *m)
{
	struct seen *s = ctx;
	size_t i = s->n++;

	assert_true(m->bytes.n > 0);
	if (i >= MEMBER_MAX)
		return 0;
	snprintf(s->m[i].name, sizeof(s->m[i].name), "%s", m->name);
	snprintf(s->m[i].text, sizeof(s->m[i].text), "%.*s", (int)(m->bytes.n < 63 ? m->bytes.n : 63),
		 (const char *)m->bytes.p);
	s->m[i].n = m->bytes.n;
	s->m[i].at = m->at;
	s->m[i].partial = m->partial;
	return s->answer;
}

static size_t seen_room(void *ctx)
{
	const struct seen *s = ctx;

	return s->room - s->spent;
}

static void seen_spend(void *ctx, size_t n)
{
	struct seen *s = ctx;

	assert_true(n <= s->room - s->spent);
	s->spent += n;
}

static int open_with(const struct wrapper *w, struct span s, struct seen *seen, size_t room, int answer)
{
	const struct wrap_sink sink = { seen_member, seen_room, seen_spend, seen };
	int r;

	*seen = (struct seen) { .room = room, .answer = answer };
	r = w->open(s, &sink, &seen->rep);
	assert_true(r >= 0 || r == answer || r == seen->rep.code);
	return r;
}

static int open_all(const struct wrapper *w, const struct image *m, struct seen *seen)
{
	return open_with(w, image_span(m), seen, (size_t)1 << 20, 0);
}

static bool noted(const struct seen *s, const char *text)
{
	for (size_t i = 0; i < s->rep.n_notes; i++)
		if (strstr(s->rep.notes[i].text, text))
			return true;
	return false;
}
