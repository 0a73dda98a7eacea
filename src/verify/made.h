/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * made.h - what was made out of the configuration: do the boot entries hold the words, the initramfs the files?
 *
 * Looks into the results themselves, not at times or at what a program said: grub.cfg, Boot Loader Specification
 * entries, the .cmdline of unified kernel images; each initramfs member by member (fw/initrd.h).
 */
#pragma once

#include "host/host.h"
#include "plan/plan.h"

enum made { MADE_KEPT, MADE_BROKEN, MADE_UNKNOWN };

/*
 * Is @q, a PROMISE_ENTRY or a PROMISE_IMAGE, kept on @h? Entries for rescue, and our spare one, do not count; nor
 * do those of other machines, those of other snapshots than the running one, and of ostree's all but the newest. Of
 * the others of the Boot Loader Specification each must hold the word, of GRUB's menu one at least (none may, for
 * .absent), and a note says when only some do. Each image counts but those for fallback. UNKNOWN: nothing in .where
 * could be read. @ret_why is a sentence that names files; of @a or of static life. 0..2 are answers; -IGD_ENOMEM.
 */
int made_look(struct host *h, const struct promise *q, struct arena *a, const char **ret_why) _must_check_;

/*
 * What images hold, kept from one look to the next: an image of 300 MB packed by xz takes many seconds to decode.
 * Good while nobody makes the images anew. Begins as { 0 }; made_memo_done() ends it.
 */
struct made_memo {
	struct arena a;
	struct made_image *v;
	size_t n;
};
void made_memo_done(struct made_memo *m);

/* The same as made_look() for those who ask more than once. */
int made_look_memo(struct host *h, struct made_memo *m, const struct promise *q, struct arena *a,
		   const char **ret_why) _must_check_;
