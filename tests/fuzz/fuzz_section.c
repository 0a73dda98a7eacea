// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a stream of sections: each lies behind the one before it; names are text that a terminal survives. */
#include <stdlib.h>

#include "base/text.h"
#include "fw/fv_section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void text(const char *s, size_t room)
{
	require(strlen(s) < room && text_bad_utf8(span_str(s)) == strlen(s));
	for (; *s; s++)
		require((unsigned char)*s >= ' ' && *s != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span s = { data, size };
	size_t at = 0, before = 0;
	struct report rep = { 0 };
	struct fv_section x;
	char buf[64] = "";

	for (; fv_section_next(s, &at, &x, &rep) == 1; before = at) {
		require(x.at >= before && at == x.at + x.bytes.n && at <= size && at >= x.at + 4);
		require(x.head <= x.bytes.n && x.body.n <= x.bytes.n - x.head);
		require((x.inside == INSIDE_CODED || x.inside == INSIDE_PLAIN) <= (x.how != NULL));
		require(fv_section_type_str(x.type, buf)[0] != '\0');
		if (fv_section_text(x.body, buf, sizeof(buf)))
			text(buf, sizeof(buf));
	}
	require(at == before);
	(void)fv_section_plausible(s);
	if (fv_section_find_name(s, buf, sizeof(buf)))
		text(buf, sizeof(buf));
	return 0;
}
