/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pattern.h - bytes to look for: hex with wildcards, text as ASCII or UTF-16, a GUID. */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "fw/guid.h"

#define PATTERN_MAX 256

struct pattern {
	uint8_t byte[PATTERN_MAX], mask[PATTERN_MAX]; /* a byte b fits where (b ^ byte) & mask is 0 */
	size_t n;
	size_t solid, n_solid; /* its longest run without wildcards */
};

/* "55aa ?? 2?": digits in pairs, blanks between as one likes, '?' or '.' for any digit. 0 or -IGD_EUSAGE. */
int pattern_hex(const char *text, struct pattern *ret, struct report *rep) _must_check_;

/* The letters of @text, each a byte, or with @wide two of them. 0 or -IGD_EUSAGE. */
int pattern_text(const char *text, bool wide, struct pattern *ret, struct report *rep) _must_check_;

void pattern_guid(const struct guid *g, struct pattern *ret);

/* The next place at or behind @from; false: none. */
bool pattern_find(const struct pattern *p, struct span s, size_t from, size_t *ret);
