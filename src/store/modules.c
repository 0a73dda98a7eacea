// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/modules.h"

#include "base/text.h"

#define MODULE_NAME_LEN 56 /* Linux include/linux/module.h, on 64-bit machines, with its terminating zero */

bool modules_is_name(struct span word)
{
	for (size_t i = 0; i < word.n; i++) {
		uint8_t c = word.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      (c == '-' && i > 0)))
			return false;
	}
	return word.n > 0 && word.n < MODULE_NAME_LEN;
}

bool modules_next(struct span *rest, size_t *line, struct modules_line *ret, size_t *ret_at)
{
	struct span l, s, name;

	while (span_line(rest, &l)) {
		size_t at = (*line)++;

		s = span_before(l, '#');
		if (!text_word(&s, &name) || text_starts(name, ";"))
			continue;
		*ret = (struct modules_line) { text_trim(l), name, text_trim(s) };
		*ret_at = at;
		return true;
	}
	return false;
}
