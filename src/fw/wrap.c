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
extern const struct wrapper wrapper_zip;
extern const struct wrapper wrapper_7z;
extern const struct wrapper wrapper_rar;
extern const struct wrapper wrapper_cab;
extern const struct wrapper wrapper_gzip;
extern const struct wrapper wrapper_xz;
extern const struct wrapper wrapper_bzip2;
extern const struct wrapper wrapper_zstd;
extern const struct wrapper wrapper_tar;
extern const struct wrapper wrapper_iso9660;
extern const struct wrapper wrapper_iflash;
extern const struct wrapper wrapper_phoenix;
extern const struct wrapper wrapper_inno;
extern const struct wrapper wrapper_selfextract;
extern const struct wrapper wrapper_cbfs;
extern const struct wrapper wrapper_softpaq;

/*
 * A mark at the first byte goes before one that is looked for; of those that are, what was seen around the others
 * (UCP around BIOS Guard) goes before them.
 */
const struct wrapper *const wrappers[] = {
	&wrapper_capsule,   /* a GUID at 0 */
	&wrapper_dell_text, /* text, then the head of a stream at a8h */
	&wrapper_zip,	    /* each of these has its mark at 0, tar and ISO 9660 at a fixed place */
	&wrapper_7z,
	&wrapper_rar,
	&wrapper_cab,
	&wrapper_gzip,
	&wrapper_xz,
	&wrapper_bzip2,
	&wrapper_zstd,
	&wrapper_tar,
	&wrapper_iso9660,
	&wrapper_pfs,	      /* a mark of 10 bytes, looked for */
	&wrapper_ucp,	      /* a tag and what must follow it, looked for */
	&wrapper_pfat,	      /* a mark of 44 bytes, looked for */
	&wrapper_iflash,      /* a mark and sizes that fit, looked for */
	&wrapper_phoenix,     /* the same, in a program */
	&wrapper_inno,	      /* a table with a checksum, in a program */
	&wrapper_selfextract, /* any program of Windows */
	&wrapper_cbfs,	      /* a mark at steps of 64 */
	&wrapper_softpaq,     /* no mark at all */
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
