/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub.h - the kernel options in /etc/default/grub and grub.d: a shell script of which only assignments to
 * GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT are understood (GNU GRUB manual, "Simple configuration
 * handling"; grub-mkconfig sources the files in order).
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

enum grub_variable { GRUB_LINUX, GRUB_LINUX_DEFAULT };

struct grub_line {
	enum grub_variable variable;
	struct span raw;   /* the assignment as written, trimmed */
	struct span value; /* inside the quotes; words that begin with '$' are references, not options */
	bool appends;	   /* "+=", or the value names the variable itself: what stood there before still holds */
};

/* An assignment at the front of @s, which may go on over following lines inside quotes; comments are none. */
bool grub_line_read(struct span s, struct grub_line *ret);

/* Eat lines up to the next assignment; @line as for modprobe_next(). False at the end. */
bool grub_next(struct span *rest, size_t *line, struct grub_line *ret, size_t *ret_at);

/*
 * A boot entry with the words that GRUB's environment @env (/boot/grub2/grubenv) has for "$kernelopts" in their
 * place, of @a; @entry itself where it holds no such reference, or the environment none (Fedora before 33 and RHEL 8,
 * grub2 blscfg.c; GNU GRUB manual, "The GRUB environment block": a name and its value a line).
 */
struct span grub_kernelopts(struct span entry, struct span env, struct arena *a);
