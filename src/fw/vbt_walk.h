/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vbt_walk.h - every field of a VBT, told one after the other to whoever wants to know.
 *
 * One description of the blocks (vbt_blocks.c) serves text, JSON and comparison: each is a sink. Names of blocks,
 * groups and fields are words of [a-z0-9_] that stay put; units stand in the name. Sources of layout, versions and
 * meanings: intel-gpu-tools 2.5 tools/intel_vbt_defs.h and intel_vbt_decode.c, Linux intel_vbt_defs.h and
 * intel_bios.c, intel_dsi_vbt_defs.h for MIPI.
 */
#pragma once

#include "fw/vbt.h"

enum vbt_form { VBT_NUMBER, VBT_HEX, VBT_FLAG, VBT_TEXT, VBT_BYTES };

struct vbt_value {
	enum vbt_form form;
	uint64_t n;	   /* number, hex, flag */
	unsigned digits;   /* hex digits the field has room for */
	const char *means; /* in words, or NULL; until the call returns */
	const char *text;  /* TEXT: well-formed UTF-8 without control characters, until the call returns */
	struct span bytes; /* BYTES: borrowed from the table */
};

/* For .begin: a group by itself, a list, or the row of the list that was begun last. */
#define VBT_GROUP (-1)
#define VBT_LIST  (-2)

struct vbt_sink {
	void *ctx;
	/* A block, closed by .end like a group; @nth counts blocks of the same id from 0. */
	void (*block)(void *ctx, const struct vbt_block *b, const char *key, unsigned nth);
	void (*begin)(void *ctx, const char *key, int index);
	void (*end)(void *ctx);
	void (*field)(void *ctx, const char *key, const struct vbt_value *v);
};

struct vbt_wish {
	uint16_t panels; /* bit n: tell the rows of panel n; 0xffff for all */
	bool raw;	 /* also the bytes of each block as field "raw"; unknown blocks always have it */
};

/*
 * Tell @sink all of @v: a group "header", a group "bdb" when there is one, then each block in the order of the
 * table. What a sink sees is bounded by the bytes of the table; every begun thing is ended.
 */
void vbt_walk(const struct vbt_info *v, const struct vbt_wish *wish, const struct vbt_sink *sink);

/* "general_definitions"; "block_99" (in @buf) for an id that is not known. */
#define VBT_KEY 24
const char *vbt_block_key(uint8_t id, uint16_t version, char buf[VBT_KEY]);
