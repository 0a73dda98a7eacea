/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.h - a machine's own files, read part by part; private to the facts/tree*.c files.
 *
 * Absence is an answer where the whole machine is before us: live, or in a capture of ours, which holds every name
 * that was there. Other trees may have been copied in part, or by somebody who could not read all: there a folder
 * that is missing says nothing, and only what lies beside others of its kind is missed.
 */
#pragma once

#include "facts/read.h"

struct tree {
	struct facts *f;
	struct host *h;
	struct report *rep;
	bool whole;	  /* what is not in the tree is not on the machine */
	const char *path; /* of the last question, "/sys/..."; what .from becomes */
	const char *why;  /* when it was refused for another reason than absence; else NULL */
};

/* A path in the arena, without the leading slash. */
const char *tree_path(struct tree *t, const char *fmt, ...) _printf_(2, 3);

/* Read @path, at most HOST_TEXT_MAX bytes. True and @ret; false with .why set. */
bool tree_read(struct tree *t, const char *path, struct span *ret);
/* At most the first @n bytes of it; those of @ret, an earlier answer, are not read again. */
bool tree_head(struct tree *t, const char *path, size_t n, struct span *ret);
/* The same for a text of one line: trimmed, clean, NUL-terminated. NULL when it cannot be read. */
const char *tree_text(struct tree *t, const char *path);
/* The text or the number in a file into a fact, or why not. */
void tree_str(struct tree *t, struct fact_str *fact, const char *path);
void tree_num(struct tree *t, struct fact_num *fact, const char *path);
/* The same for a file that holds 0 or 1. */
void tree_flag(struct tree *t, struct fact_tri *fact, const char *path);

/* Where a link leads, as it is written; NULL with .why set. */
const char *tree_link(struct tree *t, const char *path);
/* The last part of it: the name of a driver, a bridge, a group. */
const char *tree_link_name(struct tree *t, const char *path);
/* The names in a folder; false with .why set. */
bool tree_list(struct tree *t, const char *path, struct host_names *ret);
/* Is it there? Unknown when it cannot be told. */
enum tri tree_has(struct tree *t, const char *path);
/* Is @path there? When not, it is a no where the tree is whole, or where @beside is there, which only goes with the
 * place that @path would have; NULL: nothing does. */
void tree_there(struct tree *t, struct fact_tri *fact, const char *path, const char *beside);

/* Does what etc/ lacks say something: is this all of a machine's root, and not files that somebody picked? */
bool tree_is_root(struct tree *t);

/* The last PCI address among the parts of a path; false when there is none. */
bool tree_last_pci(const char *path, struct pci_addr *ret);

/* The parts, in the order in which they are read. */
void tree_pci(struct tree *t);	   /* functions, groups, IOMMU units, ACPI tables */
void tree_machine(struct tree *t); /* DMI, processor, memory, kernel, firmware */
void tree_conf(struct tree *t);	   /* configuration texts, boot loader, initramfs */
void tree_kernel(struct tree *t);  /* modules, their parameters, what is compiled in */
void tree_display(struct tree *t); /* connectors, consoles, framebuffer, reserved memory */
void tree_usb(struct tree *t);
void tree_net(struct tree *t);
void tree_console(struct tree *t); /* ways in beside the screen, and who has a GPU open; behind tree_net() */
void tree_disks(struct tree *t);
void tree_crypt(struct tree *t); /* behind tree_conf() and tree_disks() */
void tree_guests(struct tree *t);
void tree_packages(struct tree *t);
