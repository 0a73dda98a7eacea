/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap.h - what vendors put around a firmware image: archives, capsules, update packages.
 *
 * A wrapper is a row of wrappers[]: a look at the first bytes, and a function that takes the thing apart. It hands
 * each member to a sink and goes on when the sink has seen it, so that no more than one decoded member a level is
 * held at a time. Members may be wrapped again; that is the business of the sink's owner (fw/walk.h), as is the
 * limit on depth. Nothing is ever executed.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

struct wrap_member {
	const char *name;  /* of a file inside, or what the format calls the part ("BIOS", "payload 2"); never NULL */
	struct span bytes; /* borrowed; lives until the sink returns */
	uint64_t at;	   /* where @bytes lie in the wrapper; REPORT_NOWHERE for what was decoded or put together */
	const char *how;   /* how they were made: "deflate", "chunks joined"; NULL: they lie there as they are */
	bool partial;	   /* the wrapper ends before the member does; what is there is here */
};

struct wrap_sink {
	/* Take one member: 0 to go on; anything else ends the wrapper, which answers the same. */
	int (*member)(void *ctx, const struct wrap_member *m);
	/* How many more bytes may be decoded: the codec's limit. */
	size_t (*room)(void *ctx);
	/* So many were. */
	void (*spend)(void *ctx, size_t n);
	void *ctx;
};

struct wrapper {
	const char *name; /* "ami-pfat": the word in a path; lower case, digits and hyphens */
	const char *says; /* for people: "AMI BIOS Guard (PFAT)" */
	/* Is it one, by its content? Cheap: looks at the first bytes, or where the format has its marks. */
	bool (*is)(struct span s);
	/*
	 * Hand over each member. 0, also when some were damaged (then with a note in @rep and .partial); the refusal
	 * -IGD_E... when nothing could be made of it; or what the sink answered.
	 */
	int (*open)(struct span s, const struct wrap_sink *sink, struct report *rep);
};

/* The wrapper that @s begins with, or NULL. Tried in the order of the table: what has a sure mark comes first. */
const struct wrapper *wrapper_of(struct span s);

/* All of them, for documentation and tests; ends with NULL. */
extern const struct wrapper *const wrappers[];
