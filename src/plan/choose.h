/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choose.h - which mode is the right one here, why, what comes second, what would unlock a better one, and when
 * giving the whole GPU away is the wrong answer.
 */
#pragma once

#include "check/check.h"
#include "check/setup.h"
#include "check/vm_check.h"

struct choose_wish {
	const struct vm_case *vm; /* the VM there is; NULL: none yet */
	enum qemu_class qemu;
	bool qemu_known;
	bool asked; /* .mode is what the owner wants, whatever is better */
	enum mode mode;
};

enum choice_answer { CHOICE_WORKS, CHOICE_UNKNOWN, CHOICE_BLOCKED };

struct choice_way {
	enum mode mode;
	enum choice_answer answer;
	const char *why;    /* it is blocked or unknown, or what it needs */
	const char *unlock; /* what would make it work; NULL: nothing */
	struct setup setup; /* only where not blocked */
};

struct choice {
	struct choice_way ways[MODE_COUNT]; /* best first */
	size_t n_ways;
	const struct choice_way *taken;	 /* NULL: none works */
	const struct choice_way *second; /* the next that would; NULL: none */
	const char *why;		 /* why the first */
	const char *instead[6];		 /* reasons not to give the whole GPU away, each with what to use */
	size_t n_instead;
};

/* Strings are constants, or live in @a. */
void choose(const struct facts *f, const struct findings *found, const struct choose_wish *w, struct arena *a,
	    struct choice *ret);
