/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modules.h - lists of modules to load, one a line: /etc/modules, modules-load.d (modules-load.d(5): '#' and ';'
 * begin comments), /etc/initramfs-tools/modules (initramfs-tools hook-functions, add_modules_from_file(): words
 * behind the name are its options).
 */
#pragma once

#include "base/span.h"

struct modules_line {
	struct span raw;  /* the line, trimmed */
	struct span name; /* as written */
	struct span rest; /* options; mostly empty */
};

/* Eat lines up to the next that names a module; @line as for modprobe_next(). False at the end. */
bool modules_next(struct span *rest, size_t *line, struct modules_line *ret, size_t *ret_at);

/* Could this word be the name of a module: letters, digits, '-' and '_', no longer than 55 (MODULE_NAME_LEN)? */
bool modules_is_name(struct span word);
