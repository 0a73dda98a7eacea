/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio.h - a cpio archive of the "newc" kind, fed as its bytes come; for fw/initrd.c.
 *
 * Sources: Linux Documentation/driver-api/early-userspace/buffer-format.rst; init/initramfs.c, whose reading of odd
 * archives this follows: members begin at multiples of four counted from the archive's first byte, zero bytes may
 * stand between them, and behind the trailer another archive may begin.
 */
#pragma once

#include "fw/initrd.h"

#define CPIO_NAME_MAX 4096 /* bytes of a name with its zero: PATH_MAX, above which Linux skips the member */
#define CPIO_HEAD     110

struct cpio {
	initrd_sink sink;
	void *ctx;
	struct report *rep;
	size_t *n_names; /* of the whole image; the caller's */
	/* private; all zero at the begin */
	uint64_t at;   /* bytes that were taken */
	uint64_t skip; /* bytes of content and filling still to come */
	struct initrd_entry entry;
	size_t have, name_n; /* of what is being put together; .name_n is 0 while that is a header */
	bool ended;	     /* the last member was the trailer */
	char buf[CPIO_NAME_MAX];
};

/*
 * Take what there is of @in, whose rest stays. 0: all was taken; 1: the sink ended the walk; 2: what comes next is no
 * member, and stands at the front of @in; -IGD_EMAGIC, -IGD_ELENGTH, -IGD_ELIMIT.
 */
int cpio_feed(struct cpio *c, struct span *in) _must_check_;

/* Could the archive be over here? */
bool cpio_is_whole(const struct cpio *c);
