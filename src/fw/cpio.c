// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/cpio.h"

#include "base/error.h"
#include "base/text.h"

/* Where a header has what: a magic number of six characters, then thirteen fields of eight hexadecimal digits. */
enum { AT_MODE = 14, AT_SIZE = 54, AT_NAME_SIZE = 94 };

static struct span eat(struct cpio *c, struct span *in, uint64_t n)
{
	struct span ret = { in->p, n < in->n ? (size_t)n : in->n };

	if (span_from(*in, ret.n, in))
		c->at += ret.n;
	return ret;
}

static bool field(const struct cpio *c, size_t at, uint64_t *ret)
{
	struct span digits;

	return span_cut((struct span) { (const uint8_t *)c->buf, CPIO_HEAD }, at, 8, &digits) &&
	       text_digits(&digits, 16, ret) && digits.n == 0;
}

/* "070702" is the same with checksums, which Linux does not look at before 5.18, and then only when told to. */
static int head_take(struct cpio *c)
{
	struct span head = { (const uint8_t *)c->buf, CPIO_HEAD };
	uint64_t mode, size, name_n, begin = c->at - CPIO_HEAD;

	if (!span_is(head, 0, "070701") && !span_is(head, 0, "070702"))
		return report_refuse(c->rep, IGD_EMAGIC, begin, "no header of a cpio archive of the kind \"newc\"");
	if (!field(c, AT_MODE, &mode) || !field(c, AT_SIZE, &size) || !field(c, AT_NAME_SIZE, &name_n))
		return report_refuse(c->rep, IGD_EMAGIC, begin, "a cpio header whose numbers are none");
	if (name_n == 0 || name_n > CPIO_NAME_MAX)
		return report_refuse(c->rep, IGD_ELENGTH, begin, "a name of %llu bytes; there are 1 to %d",
				     (unsigned long long)name_n, CPIO_NAME_MAX);
	c->entry = (struct initrd_entry) { .mode = (uint32_t)mode, .size = size };
	c->name_n = (size_t)name_n;
	return 0;
}

/* Content and name are each filled up to a multiple of four. */
static int name_take(struct cpio *c)
{
	const char *name = c->buf;

	c->buf[c->name_n - 1] = '\0';
	c->name_n = 0;
	c->skip = (-c->at & 3) + ((c->entry.size + 3) & ~(uint64_t)3);
	c->ended = strcmp(name, "TRAILER!!!") == 0;
	if (c->ended)
		return 0;
	if (++*c->n_names > INITRD_NAMES_MAX)
		return report_refuse(c->rep, IGD_ELIMIT, c->at, "more than %d members", INITRD_NAMES_MAX);
	while (strncmp(name, "./", 2) == 0 || *name == '/')
		name += *name == '/' ? 1 : 2;
	c->entry.name = name;
	return c->sink(c->ctx, &c->entry) ? 0 : 1;
}

/* Zeros between members, then the first byte of a header: 0; 2 when it is something else. */
static int start(struct cpio *c, struct span *in)
{
	size_t n = 0;
	uint8_t byte = 0;

	while (span_u8(*in, n, &byte) && byte == 0)
		n++;
	eat(c, in, n);
	if (in->n == 0)
		return 0;
	if (byte != '0')
		return 2;
	if (c->at % 4 != 0)
		return report_refuse(c->rep, IGD_EMAGIC, c->at, "a cpio header that is not at a multiple of four");
	return 0;
}

int cpio_feed(struct cpio *c, struct span *in)
{
	struct span part;
	size_t want;
	int r = 0;

	while (r == 0 && in->n > 0) {
		if (c->skip) {
			c->skip -= eat(c, in, c->skip).n;
			continue;
		}
		if (!c->name_n && !c->have)
			r = start(c, in);
		if (r || in->n == 0)
			break;
		want = c->name_n ? c->name_n : CPIO_HEAD;
		part = eat(c, in, want - c->have);
		memcpy(c->buf + c->have, part.p, part.n);
		c->have += part.n;
		if (c->have < want)
			break;
		c->have = 0;
		r = c->name_n ? name_take(c) : head_take(c);
	}
	return r;
}

bool cpio_is_whole(const struct cpio *c)
{
	return !c->have && !c->name_n && (!c->skip || (c->ended && c->skip < 4));
}
