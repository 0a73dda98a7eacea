/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vbt_file.h - the files that vbt show and vbt diff were given: folders walked, contents read, the VBT found. */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "fw/vbt.h"

struct vbt_file {
	struct arena arena; /* of the bytes */
	struct span bytes;  /* the whole file */
	struct vbt_info info;
	size_t at; /* of the VBT, in the file */
	enum vbt_place place;
};

/* Read the file @name ("-" is stdin) and find its VBT. 0 and @ret, to be released with vbt_file_done(); -IGD_E*. */
int vbt_file_read(const char *name, struct vbt_file *ret, struct report *rep) _must_check_;
void vbt_file_done(struct vbt_file *f);

struct file_list { /* owned; file_list_done() */
	char **names;
	bool *walked; /* found in a folder: without a VBT it is no mistake */
	size_t n;
};

/* @names, each folder replaced by the files below it, sorted. 0 or -IGD_E*; @ret is to be released anyway. */
int file_list_make(char *const *names, int n_names, struct file_list *ret, struct report *rep) _must_check_;
void file_list_done(struct file_list *l);

/* "in a legacy option ROM at 0xab0", "" when it is the file itself; into @buf. */
const char *vbt_place_str(const struct vbt_file *f, char *buf, size_t n);
