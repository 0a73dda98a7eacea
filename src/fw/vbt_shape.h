/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vbt_shape.h - the words that the description of the blocks is written in; for vbt_blocks.c and vbt_walk.c only.
 *
 * A block is one or more groups of fields. A field is some bits at some offset. A group may have rows: then a field
 * moves by the group's stride, by its own step, or both - so the tables by panel, of which each kind of value has one
 * of its own in the block, come out as one group "panel" with all that is said of it.
 */
#pragma once

#include "fw/vbt_walk.h"

enum shape_form {
	SHAPE_NUMBER, /* or its names, where .names or .means says so */
	SHAPE_HEX,
	SHAPE_FLAG,
	SHAPE_TEXT, /* .width is in bits as elsewhere; ends at a line feed or NUL */
	SHAPE_BYTES,
	SHAPE_DTD,   /* 18 bytes: a group of its own */
	SHAPE_MAKER, /* the three letters of an EDID */
};

#define MEANS_LEN 160

struct shape_field {
	const char *key;
	uint16_t at;	/* bytes, in the block or the row */
	uint16_t bit;	/* of the byte at .at, 0 the lowest */
	uint16_t width; /* bits; at most 64 but for text and bytes */
	enum shape_form form;
	uint16_t step;	       /* bits from row to row */
	uint16_t since, until; /* versions of the BDB, both included; 0: any */
	const char *const *names;
	unsigned n_names;
	/* In words, into @buf when they are to be made; NULL: nothing to add. */
	const char *(*means)(uint16_t version, uint64_t v, char buf[MEANS_LEN]);
};

struct shape_group {
	const char *key; /* NULL: the fields belong to the block itself */
	const struct shape_field *fields;
	unsigned n_fields;
	uint16_t at;	  /* bytes */
	uint16_t rows;	  /* at most; 0: one, and no list */
	uint16_t stride;  /* bytes from row to row */
	uint16_t size_in; /* offset + 1 of the byte that says the stride; 0: .stride does */
	uint16_t rows_in; /* offset + 1 of the byte that says how many rows; 0: as many as there is room for */
	uint16_t tail;	  /* bytes behind the rows that are none */
	uint16_t since, until;
	bool by_panel;	  /* rows are panels */
	uint16_t skip_at; /* offset + 1 of a 16 bit field that is 0 in rows that are not there */
};

struct vbt_walker;

struct shape_block {
	uint8_t id;
	const char *key;
	uint16_t since, until;
	const struct shape_group *groups;
	unsigned n_groups;
	void (*walk)(const struct vbt_walker *w, const struct vbt_block *b); /* instead of, or after, the groups */
};

#define SHAPE_INDEX_MAX 64 /* blocks that pointers may lead to; tables have some 30 */

struct shape_place {
	uint8_t id;
	size_t at, n; /* the block's bytes, from the BDB's begin */
};

struct vbt_walker {
	const struct vbt_bdb *bdb;
	uint16_t version;
	const struct vbt_wish *wish;
	const struct vbt_sink *sink;
	struct shape_place place[SHAPE_INDEX_MAX];
	size_t n_places;
};

#define SHAPE_ROWS_MAX 1024 /* of one list: no block has room for more that mean something */

extern const struct shape_block vbt_shapes[];
extern const size_t vbt_n_shapes;

/* Tell the fields of row @row of a group that begins at @at of @data. */
void vbt_tell_fields(const struct vbt_walker *w, struct span data, size_t at, unsigned row,
		     const struct shape_field *fields, size_t n);
/* Tell a group of @data. */
void vbt_tell_group(const struct vbt_walker *w, struct span data, const struct shape_group *g);

void vbt_tell_number(const struct vbt_walker *w, const char *key, uint64_t n);
void vbt_tell_hex(const struct vbt_walker *w, const char *key, uint64_t n, unsigned digits, const char *means);
void vbt_tell_flag(const struct vbt_walker *w, const char *key, bool yes);
void vbt_tell_bytes(const struct vbt_walker *w, const char *key, struct span s);
void vbt_tell_dtd(const struct vbt_walker *w, const char *key, struct span dtd);

void vbt_tell_text(const struct vbt_walker *w, const char *key, const char *text);

/* The displays of a handle, "LFP 1 + EFP 2". */
const char *vbt_handle_means(uint16_t version, uint64_t v, char buf[MEANS_LEN]);

extern const struct shape_group vbt_lvds_clocks;

/* Blocks that no table describes (vbt_odd.c). */
void vbt_walk_lfp_pointers(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_lfp_data(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_chromaticity(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_toggles(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_registers(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_modes(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_generic_dtd(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_swing(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_prd(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_sequence(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_end(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_lvds_clocks(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_pointers(const struct vbt_walker *w, const struct vbt_block *b);
void vbt_walk_private(const struct vbt_walker *w, const struct vbt_block *b);
