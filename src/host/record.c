// SPDX-License-Identifier: GPL-2.0-or-later
/* record.c - every name that was asked for, once, with the best answer it got. */
#include <stdlib.h>

#include "base/error.h"
#include "host/backend.h"

struct record {
	struct arena arena;
	struct host_entry *v; /* the arena's; grows by arena_push() */
	size_t n;
	uint32_t *slots; /* hash of paths to index + 1; a power of two, at least twice .n */
	size_t n_slots;
	bool full;
};

struct record *record_new(void)
{
	struct record *rec = calloc(1, sizeof(*rec));

	if (rec)
		rec->arena.limit = 2 * HOST_TREE_MAX;
	return rec;
}

void record_free(struct record *rec)
{
	if (!rec)
		return;
	arena_done(&rec->arena);
	free(rec->slots);
	free(rec);
}

/* FNV-1a, 64 bits (RFC 9923 gives the constants). */
static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3;
	return h ^ h >> 32;
}

/* The slot of @path, or the free one where it belongs. */
static uint32_t *slot_of(struct record *rec, const char *path)
{
	size_t i = hash(path) & (rec->n_slots - 1);

	while (rec->slots[i] && strcmp(rec->v[rec->slots[i] - 1].path, path) != 0)
		i = (i + 1) & (rec->n_slots - 1);
	return &rec->slots[i];
}

static bool room(struct record *rec)
{
	size_t n = rec->n_slots ? 2 * rec->n_slots : 1024;
	uint32_t *slots;

	if (rec->slots && 2 * (rec->n + 1) <= rec->n_slots)
		return true;
	slots = rec->n < HOST_NAMES_MAX ? calloc(n, sizeof(*slots)) : NULL;
	if (!slots)
		return false;
	free(rec->slots);
	rec->slots = slots;
	rec->n_slots = n;
	for (size_t i = 0; i < rec->n; i++)
		*slot_of(rec, rec->v[i].path) = (uint32_t)i + 1;
	return true;
}

/* How much an answer tells about its name. */
static int rank(const struct host_entry *e)
{
	switch (e->kind) {
	case '!':
		return e->there ? 2 : 0;
	case 'n':
		return 1;
	case 'd':
		return !e->code ? 3 : e->code == -IGD_EUSAGE ? 1 : 2;
	default:
		return 4;
	}
}

/* More of a file than was read of it before. */
static bool is_longer(const struct host_entry *e, const struct host_entry *to)
{
	return e->kind == 'f' && to->kind == 'f' && e->bytes.n > to->bytes.n;
}

void record_put(struct record *rec, const struct host_entry *e)
{
	struct host_entry *to;
	uint32_t *slot;

	if (rec->full || !room(rec)) {
		rec->full = true;
		return;
	}
	slot = slot_of(rec, e->path);
	if (*slot) {
		to = &rec->v[*slot - 1];
		if (rank(e) <= rank(to) && !is_longer(e, to))
			return;
	} else {
		to = arena_push(&rec->arena, rec->v, rec->n);
		if (!to) {
			rec->full = true;
			return;
		}
		to->path = arena_str(&rec->arena, e->path);
		*slot = (uint32_t)rec->n;
	}
	to->kind = e->kind;
	to->there = e->there;
	to->code = e->code;
	to->mtime = e->mtime;
	to->bytes = (struct span) { (const uint8_t *)arena_span(&rec->arena, e->bytes), e->bytes.n };
	rec->full = rec->arena.full;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct host_entry *)a)->path, ((const struct host_entry *)b)->path);
}

int record_all(struct record *rec, const struct host_entry **ret, size_t *n)
{
	if (rec->full)
		return -IGD_ELIMIT;
	if (rec->n)
		qsort(rec->v, rec->n, sizeof(*rec->v), by_path);
	if (rec->slots) {
		memset(rec->slots, 0, rec->n_slots * sizeof(*rec->slots));
		for (size_t i = 0; i < rec->n; i++)
			*slot_of(rec, rec->v[i].path) = (uint32_t)i + 1;
	}
	*ret = rec->v;
	*n = rec->n;
	return 0;
}
