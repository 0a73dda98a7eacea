/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edit.h - one word put into, or taken out of, a configuration text; every other byte stays.
 *
 * Pure: bytes in, bytes of @a out. Each function answers how many places it changed. 0 means that there was nothing
 * to do, and *ret is then @text itself. -IGD_EUSAGE: the text is not what such a file is (the comment says what), or
 * the word stands where it cannot be taken out without touching more than itself; -IGD_ENOMEM. *ret is then
 * untouched.
 *
 * A word that goes takes the blanks in front of it along, or those behind it where it was the first.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

/* The first line of a file that is all ours. Captures keep it, so that a plan made from one knows its own work. */
#define EDIT_OWN_HEAD "# Written by igdctl; igdctl revert removes it."

/* "key=value", or "key" alone where .value is NULL. '-' and '_' in the key are alike, as to the kernel. */
struct edit_word {
	const char *key, *value;
};

/*
 * A kernel command line in a file (/etc/kernel/cmdline, /etc/cmdline.d/x.conf). Lines that begin with '#', behind
 * blanks or not, are comments, all others are joined (systemd 257, 90-loaderentry.install). Where @first, only the
 * first line counts and it must hold root= (Proxmox pve-kernel-helper, proxmox-boot/zz-proxmox-boot: "first line
 * only"), else -IGD_EUSAGE.
 */
int edit_cmdline_add(struct span text, const char *token, bool first, struct arena *a, struct span *ret) _must_check_;
int edit_cmdline_remove(struct span text, const struct edit_word *w, bool first, struct arena *a,
			struct span *ret) _must_check_;

/* The last assignment to GRUB_CMDLINE_LINUX_DEFAULT gets the token; a file without one gets an assignment. */
int edit_grub_add(struct span text, const char *token, struct arena *a, struct span *ret) _must_check_;
/* From all assignments to GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT. */
int edit_grub_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret) _must_check_;

/* A boot entry: adds a line "options TOKEN" (UAPI Boot Loader Specification, type #1: "options" may come more than
 * once, all are combined). -IGD_EUSAGE: the text has no "linux" line. */
int edit_entry_add(struct span text, const char *token, struct arena *a, struct span *ret) _must_check_;
/* From its "options" lines; a line that is left with none goes. */
int edit_entry_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret) _must_check_;

/* From the "options MODULE" lines of modprobe.d; a line that is left with none goes. A line that a backslash
 * continues is -IGD_EUSAGE when it holds the word. */
int edit_modprobe_option_remove(struct span text, const char *module, const struct edit_word *w, struct arena *a,
				struct span *ret) _must_check_;
/* The lines "blacklist MODULE" of modprobe.d. The same for continued lines. */
int edit_modprobe_blacklist_remove(struct span text, const char *module, struct arena *a,
				   struct span *ret) _must_check_;
