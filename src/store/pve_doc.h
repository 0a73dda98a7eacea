/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pve_doc.h - the whole text of a Proxmox VE guest's definition, line by line, so that an edit keeps every byte that
 * it does not mean to change.
 *
 * The grammar is parse_vm_config()'s (Proxmox qemu-server PVE/QemuServer.pm, 9.2): lines "key: value"; "[PENDING]",
 * "[special:NAME]" and "[SNAPSHOT]" begin sections; '#' lines are the description of their section; a blank line
 * says nothing; all else is junk that Proxmox drops when it writes the file again.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"

#define PVE_DOC_MAX   (1U << 20) /* pmxcfs keeps no larger file */
#define PVE_LINES_MAX 8192

enum pve_kind { PVE_BLANK, PVE_COMMENT, PVE_SECTION, PVE_KEY, PVE_JUNK };
enum pve_part { PVE_MAIN, PVE_PENDING, PVE_SPECIAL, PVE_SNAPSHOT, PVE_SKIPPED };

struct pve_item { /* a line */
	enum pve_kind kind;
	enum pve_part part;
	const char *section; /* name of the snapshot or special section; "" in the main part */
	struct span raw;     /* with its line end */
	struct span key, value;
	size_t line; /* counted from 1; 0: we put it there */
};

struct pve_doc {
	struct arena *arena;
	struct pve_item *items;
	size_t n_items;
};

/* Take a text apart; it must outlive @ret. Nothing is refused but what Proxmox could not have stored:
 * -IGD_ELIMIT; -IGD_EMAGIC for a text with NUL bytes; -IGD_ENOMEM. */
int pve_doc_read(struct span text, struct arena *a, struct pve_doc *ret, struct report *rep) _must_check_;

/* The line that counts for @key in the main part: the last one; NULL: not said. */
const struct pve_item *pve_doc_get(const struct pve_doc *d, const char *key);

/*
 * Say @key: @value in the main part: in its line when it has one, else where Proxmox, which sorts keys, would put it.
 * @value NULL takes the key out. Earlier lines of the same key go. False when the arena is full.
 */
bool pve_doc_set(struct pve_doc *d, const char *key, const char *value) _must_check_;

/*
 * Take comments away that stand behind values of the main part ("bios: ovmf # firmware"), where the value then fits
 * its key: Proxmox knows no such comments and drops the whole line. False when the arena is full.
 */
bool pve_doc_mend(struct pve_doc *d) _must_check_;

/* The text again; for a document without edits the bytes that were read. An empty span when the arena is full. */
struct span pve_doc_write(const struct pve_doc *d, struct arena *a);

/* ---- property strings ------------------------------------------------------------------------------------------ */

/*
 * Eat the next part of a property string: "key=value", or a bare word, whose key is then empty (pve-common
 * PVE/JSONSchema.pm parse_property_string()). False at the end.
 */
bool pve_property_next(struct span *rest, struct span *ret_key, struct span *ret_value);

/* The value of @key; of the bare word when @key is the format's default, @bare. False: not said. */
bool pve_property(struct span value, const char *key, bool bare, struct span *ret);

/* "1", "on", "yes", "true" in any case: 1; their opposites: 0; else -1. */
int pve_bool(struct span value);
