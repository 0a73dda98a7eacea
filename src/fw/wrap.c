// SPDX-License-Identifier: GPL-2.0-or-later
/* wrap.c - the table of wrappers, and what they share. */
#include "fw/wrap.h"

#include <assert.h>

#include "base/error.h"
#include "fw/wrap_tool.h"

extern const struct wrapper wrapper_capsule;
extern const struct wrapper wrapper_dell_text;
extern const struct wrapper wrapper_pfat;
extern const struct wrapper wrapper_pfs;
extern const struct wrapper wrapper_ucp;

/*
 * A mark at the first byte goes before one that is looked for; of those that are, what was seen around the others
 * (UCP around BIOS Guard) goes before them.
 */
const struct wrapper *const wrappers[] = {
	&wrapper_capsule,   /* a GUID at 0 */
	&wrapper_dell_text, /* text, then the head of a stream at a8h */
	&wrapper_pfs,	    /* a mark of 10 bytes, looked for */
	&wrapper_ucp,	    /* a tag and what must follow it, looked for */
	&wrapper_pfat,	    /* a mark of 44 bytes, looked for */
	NULL,
};

const struct wrapper *wrapper_of(struct span s)
{
	for (size_t i = 0; wrappers[i]; i++)
		if (wrappers[i]->is(s))
			return wrappers[i];
	return NULL;
}

int wrap_buffer(const struct wrap_sink *sink, size_t n, struct buffer *ret, struct report *rep)
{
	uint8_t *p;

	assert(n > 0);
	if (n > sink->room(sink->ctx))
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu bytes are more than there is room for", n);
	p = malloc(n);
	if (!p)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for %zu bytes", n);
	ret->p = p;
	ret->n = n;
	return 0;
}

void wrap_put(struct buffer *to, size_t at, struct span from)
{
	assert(at <= to->n && from.n <= to->n - at);
	if (from.n > 0)
		memcpy(to->p + at, from.p, from.n);
}
