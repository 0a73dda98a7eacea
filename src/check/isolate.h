/* SPDX-License-Identifier: GPL-2.0-or-later */
/* isolate.h - what isolation.c and grouping.c share; private to check/. */
#pragma once

#include "check/isolation.h"

struct fn_range { /* indexes into facts.pci, .to not included */
	size_t from, to;
};

/* The functions of one slot: they lie side by side in facts.pci. */
struct fn_range isolate_slot(const struct facts *f, size_t i);

/* The functions directly behind a bridge; empty when its bus numbers are not known. */
struct fn_range isolate_behind(const struct facts *f, const struct pci_fn *bridge);

/* A bridge of class 0604, or with the header of one. */
bool isolate_is_bridge(const struct pci_fn *p);

/* Does this bridge put its own name on what comes from behind it? */
enum tri isolate_renames(const struct pci_fn *bridge);

/* Is an ACS override on the command line of the kernel that formed the groups? Then "apart" proves nothing. */
bool isolate_overridden(const struct facts *f);

/* Are both in a group, and is it the same one? */
bool isolate_together(const struct pci_fn *a, const struct pci_fn *b);

/*
 * The port above a function on a bus whose bridge is not known, judged by its group: the bridge of the root bus
 * that shares it. -1: none does. @sole: only one could be it.
 */
int isolate_port_by_group(const struct facts *f, const struct pci_fn *p, bool *sole);
