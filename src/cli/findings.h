/* SPDX-License-Identifier: GPL-2.0-or-later */
/* findings.h - findings as JSON and as words, the same for every command that has them. */
#pragma once

#include <jansson.h>

#include "check/check.h"
#include "cli/view.h"

#define FINDING_INDENT 7 /* columns of the word in front: "block  " */

json_t *finding_json(const struct finding *x);

/* What is so, the evidence (all of it when @verbose), what to do. */
void finding_text(const struct view *v, bool verbose, struct arena *a, const struct finding *x);

/* The questions without answer: how many, or when @verbose which and why. @shown (NULL: all) picks the rows. */
void unknowns_text(const struct view *v, bool verbose, struct arena *a, const struct findings *all,
		   bool (*shown)(const void *ctx, const struct check *c), const void *ctx);

/* Of all that was found in one file, in a sentence: "It cannot work as it is." */
const char *findings_verdict_str(const struct findings *f);
