/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vbt.h - the Video BIOS Table: what the firmware tells a graphics driver about this board's ports and panels.
 *
 * A VBT is a header, then a BDB: a second header and blocks of one byte id, two bytes length and data. Which fields
 * a block has depends on the BDB's version, 122 to 266 in tables seen. Everything borrows from the bytes it was
 * read from and nothing allocates.
 *
 * Sources: Linux drivers/gpu/drm/i915/display/intel_vbt_defs.h (layout) and intel_bios.c (how a driver reads it);
 * intel-gpu-tools 2.5 tools/intel_vbt_defs.h (older and rarer blocks, version of each field).
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

#define VBT_HEADER_LEN 48
#define VBT_PANELS     ((size_t)16) /* every table by panel has as many rows */

struct vbt_info {
	char name[21]; /* what follows "$VBT", trimmed; "KABYLAKE" */
	uint16_t version;
	uint32_t size;	   /* bytes, as the header says */
	struct span bytes; /* all of it, borrowed */
};

/*
 * Read the header of a VBT at the front of @bytes. 0 and @ret; -IGD_EMAGIC, -IGD_ETRUNC, -IGD_ELENGTH (its size
 * does not fit), @ret untouched. Its checksum is not looked at: neither do i915 and xe.
 */
int vbt_read(struct span bytes, struct vbt_info *ret, struct report *rep) _must_check_;

/* Where a VBT was found in a larger file. */
enum vbt_place {
	VBT_ALONE,    /* at the front */
	VBT_IN_ROM,   /* in a legacy option ROM, by the pointer at 1Ah */
	VBT_IN_IGD,   /* in an OpRegion */
	VBT_SOMEWHERE /* the first "$VBT" with a header that makes sense */
};

/*
 * Find the VBT of a file: a VBT itself, an OpRegion, a legacy option ROM, or any file that has one inside. 0, @ret,
 * its offset in @ret_at and how it was found; -IGD_EMAGIC when there is none, or what vbt_read() says of the first
 * one that cannot be read; outputs untouched then.
 */
int vbt_find(struct span file, struct vbt_info *ret, size_t *ret_at, enum vbt_place *ret_place,
	     struct report *rep) _must_check_;

/*
 * Do the bytes of the table sum to 0? Of 685 tables seen 309 do not: vendors edit them and leave the sum, so this
 * is a remark and no verdict.
 */
bool vbt_sum_ok(const struct vbt_info *v);

/* The version of its BDB; 0: it has none. */
uint16_t vbt_bdb_version(const struct vbt_info *v);

struct vbt_bdb {
	uint16_t version, header_size, size; /* as its header says */
	size_t at;			     /* offset in the VBT */
	struct span bytes;		     /* from its signature to the end of the VBT: .size may be less */
};

/* Read the header of the BDB. 0 and @ret; -IGD_EMAGIC, -IGD_ETRUNC, -IGD_ELENGTH, @ret untouched. */
int vbt_bdb_read(const struct vbt_info *v, struct vbt_bdb *ret, struct report *rep) _must_check_;

struct vbt_block {
	uint8_t id;
	size_t at;	  /* of the data, in the BDB */
	uint32_t size;	  /* as declared */
	struct span data; /* what there is of it */
	/*
	 * It ends behind the end that the BDB's header declares, so drivers pass it over. BDB sizes are one short in
	 * half of the tables seen, which hides their last block (58, 51 or 55).
	 */
	bool beyond;
	bool cut; /* it ends behind the end of the VBT; nothing comes after it */
};

/*
 * The next block from *@at on; start with *@at 0. True and @ret, *@at moved; false at the end. A MIPI sequence
 * block of version 3 has its length in its data (Linux intel_bios.c, get_blocksize()).
 */
bool vbt_block_next(const struct vbt_bdb *b, size_t *at, struct vbt_block *ret);

/* The first block with this id that drivers see. False: there is none. */
bool vbt_block_find(const struct vbt_bdb *b, uint8_t id, struct vbt_block *ret);

/* ---- what the table says about the board ------------------------------------------------------------------- */

#define VBT_CHILDREN 32 /* more than any table seen; a driver has at most nine ports */

struct vbt_child {	/* a display device; one that is not there (type 0) is left out */
	unsigned index; /* its row */
	uint16_t handle, type;
	uint8_t dvo_port, ddc_pin, aux_channel;
	char port;	  /* 'A'..'I'; 0: the device is at no digital port (LVDS, CRT, TV) or it is not known */
	const char *kind; /* "eDP", "DP", "HDMI", "DVI", "HDMI/DP", "DSI", "LVDS", "CRT", "TV", "LFP", "EFP", "?" */
	bool lfp;	  /* it drives a built-in panel */
	unsigned lfp_no;  /* 0 for LFP 1, 1 for LFP 2 */
	bool type_c, thunderbolt;
};

/* "A" to "I" for an AUX channel as the table writes it; NULL: none, or not known. */
const char *vbt_aux_str(uint8_t aux_channel);

/* The display devices. The number of them, at most VBT_CHILDREN. */
size_t vbt_children(const struct vbt_bdb *b, struct vbt_child ret[VBT_CHILDREN]);

struct vbt_timing {
	uint32_t clock_khz;
	uint16_t h[4], v[4]; /* active, begin of sync, end of sync, total */
	bool h_positive, v_positive, interlaced;
	uint16_t width_mm, height_mm; /* 0: not said */
};

/* Thousandths of a hertz; 0: the timing makes no sense. */
uint32_t vbt_timing_refresh(const struct vbt_timing *t);

/* Read a timing in the form of an EDID detailed timing (18 bytes). False: none is there (all zero). */
bool vbt_timing_read(struct span dtd, struct vbt_timing *ret);

struct vbt_panel {
	char maker[4]; /* EDID's three letters; "" none */
	uint16_t product;
	char name[14]; /* "" none */
	bool timed;
	struct vbt_timing timing;
};

struct vbt_panels {
	bool known;	 /* there is an LFP options block */
	bool lfp[2];	 /* the board has an LFP 1, LFP 2 */
	uint8_t type[2]; /* the row of each; 0xff: to be found by the EDID of the panel */
	size_t n;	 /* 16, or 0: no table of panels that can be trusted */
	struct vbt_panel panel[VBT_PANELS];
};

/* The built-in panels the firmware knows, and which of them it chose. */
void vbt_panels(const struct vbt_bdb *b, struct vbt_panels *ret);

/* Bit n: row n is the one of LFP 1 or, where the board has it, of LFP 2. All bits when rows are chosen by EDID. */
uint16_t vbt_panels_chosen(const struct vbt_panels *p);

/* Where the tables of block 42 lie, offsets from the start of its data. */
struct vbt_lfp_layout {
	size_t fp_at, fp_len;  /* of the first row */
	size_t dtd_at, pnp_at; /* of the first row */
	size_t stride;	       /* from row to row */
	size_t name_at;	       /* of the first; 0: no names */
	size_t tail_at;	       /* behind the names */
};

/*
 * From block 41, or, in tables of version 155 and later without one, by the sizes that rows have had since then.
 * False: neither makes sense with @data, block 42.
 */
bool vbt_lfp_layout(const struct vbt_bdb *b, const struct vbt_block *data, struct vbt_lfp_layout *ret);

/* Ports and panels in one line: "eDP on A (AUO B140HAN 1920x1080), HDMI on B, DP on C"; "" for none. */
void vbt_line(const struct vbt_info *v, char *buf, size_t n);
