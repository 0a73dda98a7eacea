// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a PE image: a section that is found lies in them, and one that is added is found again, with nothing
 * else moved and an image that a reader accepts. */
#include <stdlib.h>

#include "fw/pe.h"
#include "fw/pe_section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void added_check(struct span old, struct span pe, struct span body)
{
	struct report rep = { 0 };
	struct span found;
	struct pe before, after;

	must(pe_read(old, &before, NULL) == 0 && pe_read(pe, &after, &rep) == 0 && rep.n_notes == 0);
	must(!after.partial && !after.overlay_at && after.machine == before.machine && pe.n > old.n);
	must(pe_section_find(pe, ".vbt", &found) && found.n == body.n && memcmp(found.p, body.p, body.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "what the driver carries";
	struct span file = { data, size }, body = SPAN_OF(text), found;
	struct buffer b = { NULL, 0 };
	struct report rep = { 0 };

	if (pe_section_find(file, ".text", &found))
		must(found.n > 0 && found.p >= data && found.p + found.n <= data + size);
	if (pe_section_add(file, ".vbt", body, &b, &rep) == 0)
		added_check(file, buffer_span(&b), body);
	else
		must(!b.p && rep.code < 0);
	buffer_done(&b);
	return 0;
}
