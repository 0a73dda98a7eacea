/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rom.h - a file with an option ROM, read and looked into: what the rom commands have in common. */
#pragma once

#include "base/arena.h"
#include "check/rom_check.h"
#include "cli/command.h"
#include "fw/gop.h"
#include "fw/vbt.h"

struct rom_driver {	       /* what was found in an EFI image, beside the verdict in rom_payload */
	size_t size;	       /* decoded, with padding */
	size_t pe_size;	       /* of the PE alone */
	char sha256[65];       /* of the PE alone; "" when it is none */
	const struct gop *gop; /* what it says of itself; NULL: it is no GOP driver */
	struct {
		const char *name; /* NULL: it is none of igdctl's own */
		char version[16];
		uint32_t vbt_size; /* of the VBT it carries, which is .vbt_name; 0: none */
		char vbt_name[21];
	} ours;
};

struct rom_file {
	const char *name;
	struct arena arena;
	struct report rep;
	struct span bytes;
	bool found;		  /* it holds a ROM; else .rep says what it is instead */
	struct oprom_chain chain; /* the rest only when found */
	struct rom_payload payloads[OPROM_IMAGES_MAX];
	struct rom_driver drivers[OPROM_IMAGES_MAX];
};

/* Read the file @name: 0, with or without a ROM found; or the refusal, with the sentence in .rep. rom_file_done() in
 * each case. */
int rom_file_read(const char *name, struct rom_file *ret) _must_check_;
/* The same of bytes that are there already; they must live as long. */
void rom_file_look(const char *name, struct span bytes, struct rom_file *ret);
/* Which device the ROM is for: says so of each GOP driver in it. */
void rom_file_for(struct rom_file *r, uint16_t vendor, uint16_t device);
void rom_file_done(struct rom_file *r);

/* What --machine, --guest-firmware and --qemu of @command say goes into @ret. EXIT_DONE, or a mistake that was told.
 */
int rom_wish_read(const struct cli *cli, const char *command, struct rom_wish *ret) _must_check_;
