/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene.h - a small machine, two plans for it, and what stands in for its programs.
 *
 * The first plan has one operation of each sort that leaves something on the disk; the second goes over some of the
 * same files again. What the programs make depends on the files they read and on nothing else, so that "generated
 * anew" can be held against bytes.
 */
#pragma once

#include "base/arena.h"
#include "change/change.h"
#include "plan/plan.h"

/* Make the machine as a folder @root. Owners and access lists as far as this user and this disk have them. */
void scene_make(const char *root);

/* The first plan (@which 1), the second for the machine as it is after the first, or only the files of the first (3);
 * in @a. */
void scene_plan(int which, struct arena *a, struct plan *ret);

struct scene {
	const char *root;
	const char *dies;   /* this program is killed half-way through its file, once; NULL: none */
	const char *broken; /* the last look says that this word is not there; NULL: look */
};
struct change_hooks scene_hooks(struct scene *s);

/* What a boot of the machine @root would go by that is not as on @old, while no guard is there to take it back; NULL:
 * nothing is. */
const char *scene_unguarded(const char *root, const char *old);

/* The owner changes /etc/default/grub by hand. */
void scene_edit(const char *root);
