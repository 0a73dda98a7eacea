/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena.h - one owner for all the small things of a snapshot.
 *
 * What an arena hands out lives until arena_done(); nothing is freed alone. An arena has a limit in
 * bytes, so that hostile input cannot make a snapshot larger than its reader wants: past it the
 * arena answers NULL for ever (arena.full says so) and callers treat that as "over a limit".
 */
#pragma once

#include <stddef.h>

#include "base/macros.h"
#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used;  /* bytes handed out */
	size_t limit; /* 0: none */
	bool full;
};

void arena_done(struct arena *a);

/* @n zeroed bytes, aligned for any type, or NULL. Owned by @a. */
void *arena_alloc(struct arena *a, size_t n) _must_check_;

#define arena_new(a, type) ((type *)arena_alloc(a, sizeof(type)))

/* A copy with a terminating zero. NUL bytes inside are kept; readers that want C strings see the text
 * before the first. Returns "" when the arena is full, never NULL, so that text can always be printed. */
const char *arena_span(struct arena *a, struct span s);
const char *arena_str(struct arena *a, const char *s);
const char *arena_printf(struct arena *a, const char *fmt, ...) _printf_(2, 3);

/*
 * Room for one more element in a growing array: the array doubles inside the arena (the old copy stays
 * until arena_done; the total is below twice the final size). Returns the zeroed new element or NULL.
 */
#define arena_push(a, array, n) ((__typeof__(array))arena_push_((a), (void **)&(array), &(n), sizeof(*(array))))
void *arena_push_(struct arena *a, void **array, size_t *n, size_t size) _must_check_;
