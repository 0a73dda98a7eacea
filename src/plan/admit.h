/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * admit.h - what the parts of plan_admits() share; private to admit*.c.
 */
#pragma once

#include "plan/host.h"

/* No byte that a shell, GRUB's script or a reader of lines acts on. */
bool admit_is_plain(struct span s);
/* The kernel option @key, with @value where it @has_value: do plans add it to files of the owner's, take it out? */
bool admit_adds(struct span key, struct span value, bool has_value);
bool admit_takes(struct span key, struct span value, bool has_value);

/* Does a file lie in the folder @head, "/etc/modprobe.d/", itself, with a name that ends in @tail? */
bool admit_lies_in(const char *path, const char *head, const char *tail);

/*
 * Do plans edit the owner's file at @path (admit_edits.c)? Then, is @after what their editors make of @before? It is
 * made again: of the words that differ, by the editors themselves, and every byte must be the same.
 */
bool admit_edits(const char *path);
bool admit_edited(const char *path, struct span before, struct span after);

/* Only these bytes, and one at least. */
bool admit_is_of(struct span s, const char *bytes);

/* Could a plan make @after of a VM's definition @before (admit_vm.c, admit_domain.c)? */
bool admit_vm_edited(struct span before, struct span after);
bool admit_is_domain(struct span text);
bool admit_domain_edited(struct span before, struct span after, struct arena *a);
