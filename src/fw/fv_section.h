/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fv_section.h - the sections of a file, which may hold sections again (PI Specification 1.8, volume 3, 3.2.4
 * and 3.2.5).
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "fw/codec.h"
#include "fw/guid.h"

/* How the sections inside an encapsulating one are had. */
enum section_inside {
	INSIDE_NONE,	/* a leaf */
	INSIDE_PLAIN,	/* they lie in the body as they are */
	INSIDE_CODED,	/* the body is compressed: .codec */
	INSIDE_EFI,	/* compressed by Tiano's or EFI 1.1's algorithm; the header does not say which */
	INSIDE_UNKNOWN, /* a GUIDed section that must be processed in a way this program does not know */
};

struct fv_section {
	uint8_t type; /* enum section_type, or a vendor's from 0x20 on */
	size_t at;    /* in the stream */
	struct span bytes, body;
	size_t head;   /* bytes of .bytes before .body */
	bool has_guid; /* of a GUIDed section, and of a freeform one */
	struct guid guid;
	enum section_inside inside;
	enum codec codec;
	const char *how;     /* of a GUIDed one, a word: "lzma", "crc32", "signed" */
	size_t decoded_size; /* where the header says it; 0: it does not */
	bool partial;
};

/*
 * The next section of a stream from *@at on (start with 0): 1 and @ret, *@at behind it; 0 at the end, or where bytes
 * follow that cannot be a section (all FF or 0 is the padding some vendors leave, and no note). A section that does
 * not fit is cut and said to be partial.
 */
int fv_section_next(struct span stream, size_t *at, struct fv_section *ret, struct report *rep) _must_check_;

/* Do the bytes look like a run of sections? At least one whole, of a known type, and the rest in order. */
bool fv_section_plausible(struct span stream);

/* "pe32", "raw", "0xf0"; @buf of 16 bytes may be used. */
const char *fv_section_type_str(uint8_t type, char buf[16]);

/* The text of a UI section (3.2.5.15), UTF-16, as UTF-8 into @buf of @n bytes; false: none of that form. */
bool fv_section_text(struct span body, char *buf, size_t n);

/* The text of the first UI section of a stream; false: none near its front, and @buf is untouched. */
bool fv_section_find_name(struct span stream, char *buf, size_t n);
