/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk.h - through a firmware file from the outside to the inside, one thing after the other.
 *
 * What a vendor's file holds is a tree: wrappers, the flash and its regions, volumes, files, sections, and what is
 * compressed in them, to any depth. Nobody wants all of it at once, so it is never built: the walk tells a visitor of
 * each node when it comes to it, and what was decoded on the way is freed when the walk leaves it. Looking for a GOP,
 * printing the tree, searching bytes and taking a file out are four visitors.
 *
 * Depth, number of nodes and decoded bytes are limited; a limit that is reached is told like any damage, and the walk
 * goes on with what is left.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "fw/guid.h"

struct volume;
struct ffs_file;
struct fv_section;
struct oprom;
struct wrapper;

enum fw_kind {
	FW_INPUT,   /* the file that was given */
	FW_WRAPPER, /* what a vendor put around: an archive, a capsule */
	FW_MEMBER,  /* a part of a wrapper */
	FW_FLASH,   /* an image with Intel's flash descriptor */
	FW_REGION,
	FW_VOLUME,
	FW_FILE,
	FW_SECTION,
	FW_MODULE, /* AMI's box around an option ROM in a CSM container */
	FW_ROM,	   /* one image of an option ROM */
	FW_VBT,
	FW_PE,	/* an executable that is no section: a file of its own, or what an option ROM carries */
	FW_GAP, /* bytes that no structure claims, not all erased */
};

struct fw_node { /* lives while the walk is below it */
	const struct fw_node *up;
	enum fw_kind kind;
	const char *word; /* its kind in a path: "zip", "bios", "volume", "pe32", "lzma"; a file's is its GUID */
	const char *name; /* of a member or file; "": none known */
	const struct guid *guid; /* of a file, a section, a volume; NULL: it has none */
	unsigned nth;		 /* among its siblings of the same word, from 1 on */
	uint64_t at;		 /* where .whole lies in its parent's inside */
	uint64_t file_at;	 /* where it lies in the input; REPORT_NOWHERE: in something decoded */
	struct span whole, body; /* borrowed */
	size_t head;		 /* bytes of .whole before .body */
	bool leaf;		 /* the walk finds no structure that fills it: its bytes are to be looked at here */
	bool decoded;		 /* what lies below it is not its body but what was decoded from it */
	bool carved;		 /* found by its mark in a place that nothing points to */
	bool partial;		 /* it, or something around it, ends too early */
	const struct volume *volume;
	const struct ffs_file *file;
	const struct fv_section *section;
	const struct oprom *rom;
	const struct wrapper *wrapper;
};

struct fw_visitor {
	/* Come to a node: 0, go inside; 1, pass by; negative, end the walk, which answers the same. */
	int (*enter)(void *ctx, const struct fw_node *n);
	/* Leave it again; NULL: not wanted. Called for each node that was entered. */
	void (*leave)(void *ctx, const struct fw_node *n);
	/*
	 * Something about node @n. @damage: part of it could not be read (cut short, does not decode, over a limit);
	 * else it was odd and read all the same. NULL: not wanted.
	 */
	void (*tell)(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note);
	void *ctx;
};

struct fw_limits {
	unsigned depth; /* of nodes */
	size_t nodes;
	size_t decoded; /* bytes that decoders may make, all in all */
	size_t one;	/* bytes that one decoder may make */
};

extern const struct fw_limits fw_limits; /* for real files: 96, 1 Mi nodes, 2 GiB, 512 MiB */

/* Walk through @input. 0, or what the visitor answered. */
int fw_walk(struct span input, const struct fw_limits *limits, const struct fw_visitor *visitor) _must_check_;

#define FW_PATH 1024

/*
 * Where @n is, as words from the outside to the inside with '/' between: "bios/volume@0x500000/9e21fd93-.../lzma/
 * volume/ff0c8745-.../pe32". The second of the same word is "raw.2". The input itself is "/". Cut at the front when
 * longer than FW_PATH.
 */
const char *fw_path(const struct fw_node *n, char buf[FW_PATH]);

/* The nearest thing around @n (or @n) that lies in the input as it is: its offset there. */
uint64_t fw_outer_at(const struct fw_node *n);

/* The file around @n that has a name or GUID; NULL: none. */
const struct fw_node *fw_file_of(const struct fw_node *n);

/* "volume" */
const char *fw_kind_str(enum fw_kind k);
