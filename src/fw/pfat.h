/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pfat.h - AMI's update file for Intel BIOS Guard, once named PFAT (platform flash armoring technology).
 *
 * A header with a text that lists the files inside, each with a number of blocks; then the blocks in that order. A
 * block is a header of 30h bytes, a script for the flash controller, the data, and where its flags say so a signature
 * with RSA keys of 2048 or 3072 bits. What follows the last block is no longer guarded ("out of block"): often
 * another such file, or the volumes of management engine and embedded controller. Intel NUC, ASUS and Lenovo boards
 * from Alder Lake on come like this. As read in BIOSUtilities 25.07.01, ami_pfat_extract.py.
 */
#pragma once

#include "fw/wrap.h"

extern const struct wrapper wrapper_pfat;

/* The header of a block; Dell's PFS has the same ones. */
#define BG_HEADER     0x30
#define BG_SCRIPT_MAX 0x10000 /* bytes of script believed; real ones are a few hundred */

struct bg_block {
	struct span id;	    /* version and platform, 20 bytes: the same in every block of a file */
	bool is_signed;	    /* flag 0, "signed flash address map": a signature follows the data */
	struct span script; /* operations of 8 bytes */
	struct span data;
	size_t data_at;	  /* where .data begins */
	size_t data_size; /* as declared: .data is shorter where the bytes end */
};

/* The block at @at of @s; false: no room for its header and script. */
bool bg_block_read(struct span s, size_t at, struct bg_block *ret);
