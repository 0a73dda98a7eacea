// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tar.c - one header block after the other. An extended header only lends its words to the entry
 * behind it, so the loop over headers keeps them in a struct words until a real entry comes.
 */
#include "host/tar.h"

#include "base/error.h"
#include "base/text.h"

/* Fields of the ustar header: IEEE Std 1003.1, pax, "ustar Interchange Format". */
#define TAR_NAME     0
#define TAR_NAME_N   100
#define TAR_SIZE     124
#define TAR_MTIME    136
#define TAR_SUM	     148
#define TAR_SUM_N    8
#define TAR_TYPE     156
#define TAR_LINK     157
#define TAR_MAGIC    257
#define TAR_PREFIX   345
#define TAR_PREFIX_N 155

#define TAR_HEADERS_MAX 8 /* extended headers before one entry */

struct words { /* what extended headers said about the next entry; .p NULL: nothing */
	struct span path, link;
	bool has_size, has_mtime;
	uint64_t size;
	int64_t mtime;
};

/* A field up to its first NUL. */
static struct span field(struct span head, size_t at, size_t n)
{
	struct span f = { NULL, 0 };
	const uint8_t *nul;

	if (!span_cut(head, at, n, &f))
		return f;
	nul = memchr(f.p, 0, f.n);
	if (nul)
		f.n = (size_t)(nul - f.p);
	return f;
}

/*
 * A number: octal digits between blanks, or GNU's base 256 with the top bit set (numbers of 64 bits).
 * An empty field is 0, as V7 wrote it. False when it is neither.
 */
static bool number(struct span head, size_t at, size_t n, uint64_t *ret)
{
	struct span f;
	uint64_t v = 0;
	uint8_t c;
	size_t i;

	if (!span_cut(head, at, n, &f) || !span_u8(f, 0, &c))
		return false;
	if (c & 0x80) {
		for (i = 1; i < n && span_u8(f, i, &c); i++) {
			if (v >> 56)
				return false;
			v = v << 8 | c;
		}
		*ret = v;
		return true;
	}
	f = text_trim(field(head, at, n));
	for (i = 0; span_u8(f, i, &c); i++) {
		if (c < '0' || c > '7' || v >> 60)
			return false;
		v = v << 3 | (uint64_t)(c - '0');
	}
	*ret = v;
	return true;
}

/*
 * The sum counts the bytes of the header with its own field as blanks; old tars summed signed bytes, which is less
 * by 256 for each byte from 0x80 on.
 */
static bool sum_is_right(struct span head)
{
	uint32_t sum = 0, high = 0;
	uint64_t want;
	struct span c, field;

	if (!number(head, TAR_SUM, TAR_SUM_N, &want) || !span_cut(head, 0, TAR_BLOCK, &c) ||
	    !span_cut(head, TAR_SUM, TAR_SUM_N, &field))
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++) { /* a fixed length: the compiler makes vectors of it */
		sum += c.p[i];
		high += c.p[i] >> 7;
	}
	for (size_t i = 0; i < TAR_SUM_N; i++) {
		sum += (uint32_t)' ' - field.p[i];
		high -= field.p[i] >> 7;
	}
	return want == sum || want + 256 * (uint64_t)high == sum;
}

static bool is_zero_block(struct span head)
{
	static const uint8_t zero[TAR_BLOCK];

	return head.n == TAR_BLOCK && memcmp(head.p, zero, TAR_BLOCK) == 0;
}

bool tar_is(struct span all)
{
	struct span head;

	return span_cut(all, 0, TAR_BLOCK, &head) && !is_zero_block(head) && sum_is_right(head);
}

void tar_init(struct tar *t, struct span all)
{
	*t = (struct tar) { .all = all };
}

/* One "LENGTH KEY=VALUE\n" record; LENGTH counts the whole record. False when it is none. */
static bool pax_record(struct span *rest, struct span *key, struct span *value)
{
	struct span s = *rest, record;
	uint64_t n;
	size_t used;

	if (!text_digits(&s, 10, &n) || !text_skip(&s, " "))
		return false;
	used = rest->n - s.n;
	if (n <= used || !span_cut(s, 0, (size_t)(n - used), &record) || n > rest->n)
		return false;
	if (!text_ends(record, "\n") || !span_from(s, record.n, rest))
		return false;
	record.n--;
	if (!text_until(&record, "=", key))
		return false;
	*value = record;
	return true;
}

static bool pax_seconds(struct span value, int64_t *ret)
{
	bool minus = text_skip(&value, "-");
	uint64_t v;

	if (!text_digits(&value, 10, &v) || v > INT64_MAX || (value.n && !text_starts(value, ".")))
		return false;
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static int pax_words(struct span body, size_t at, struct words *w, struct report *rep)
{
	struct span key, value;

	while (body.n > 0) {
		if (!pax_record(&body, &key, &value))
			return report_refuse(rep, IGD_EMAGIC, at, "an extended tar header is malformed");
		if (text_starts(key, "GNU.sparse."))
			return report_refuse(rep, IGD_EPATH, at,
					     "sparse files are not read; pack it again without -S");
		if (text_eq(key, "path"))
			w->path = value;
		else if (text_eq(key, "linkpath"))
			w->link = value;
		else if (text_eq(key, "mtime"))
			w->has_mtime = pax_seconds(value, &w->mtime);
		else if (text_eq(key, "size")) {
			if (!text_digits(&value, 10, &w->size) || value.n)
				return report_refuse(rep, IGD_ELENGTH, at, "an extended tar header has a bad size");
			w->has_size = true;
		}
	}
	return 0;
}

/* The name of a header without extended words. */
static struct span plain_name(struct tar *t, struct span head)
{
	struct span name = field(head, TAR_NAME, TAR_NAME_N), prefix;

	if (!span_is(head, TAR_MAGIC, "ustar") || span_is(head, TAR_MAGIC, "ustar  "))
		return name; /* V7 and old GNU have no prefix there */
	prefix = field(head, TAR_PREFIX, TAR_PREFIX_N);
	if (prefix.n == 0)
		return name;
	memcpy(t->name, prefix.p, prefix.n);
	t->name[prefix.n] = '/';
	memcpy(t->name + prefix.n + 1, name.p, name.n);
	return (struct span) { (const uint8_t *)t->name, prefix.n + 1 + name.n };
}

/* What a type flag stands for: one of tar_entry.kind; 'x', 'g', 'L', 'K' extended headers; 0: refused. */
static char kind_of(uint8_t type, struct span name)
{
	switch (type) {
	case '\0':
	case '0':
	case '7': /* contiguous, a plain file to everybody today */
		return text_ends(name, "/") ? 'd' : 'f';
	case '1':
		return 'h';
	case '2':
		return 'l';
	case '5':
		return 'd';
	case 'x':
	case 'g':
	case 'L':
	case 'K':
		return (char)type;
	default:
		return 0;
	}
}

static int refuse_kind(uint8_t type, size_t at, struct report *rep)
{
	static const struct {
		uint8_t type;
		const char *what;
	} kinds[] = {
		{ '3', "a character device" },	{ '4', "a block device" },	   { '6', "a FIFO" },
		{ 'S', "a sparse file" },	{ 'V', "a volume label" },	   { 'M', "a part of a volume" },
		{ 'D', "an incremental dump" }, { 'A', "an access control list" }, { 'N', "an old long name" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			return report_refuse(rep, IGD_EPATH, at, "the entry is %s, which no capture holds",
					     kinds[i].what);
	return report_refuse(rep, IGD_EPATH, at, "the entry is of unknown type 0x%02x", type);
}

/* Check the header at t->at and cut its content. 1 at the end mark. */
static int header(struct tar *t, struct span *head, uint64_t *size, struct report *rep)
{
	struct span second;

	if (!span_cut(t->all, t->at, TAR_BLOCK, head))
		return report_refuse(rep, IGD_ETRUNC, t->all.n, "the archive ends without its end mark");
	if (is_zero_block(*head)) {
		if (!span_cut(t->all, t->at + TAR_BLOCK, TAR_BLOCK, &second) || !is_zero_block(second))
			report_note(rep, t->at, "the end mark is a single block");
		t->ended = true;
		return 1;
	}
	if (!sum_is_right(*head))
		return report_refuse(rep, IGD_ESUM, t->at, "the checksum of a tar header is wrong");
	if (!number(*head, TAR_SIZE, 12, size))
		return report_refuse(rep, IGD_ELENGTH, t->at + TAR_SIZE, "the size of an entry is no number");
	return 0;
}

/* Cut @size bytes behind the header and step over them and their padding. */
static int content(struct tar *t, uint64_t size, struct span *ret, struct report *rep)
{
	size_t from = t->at + TAR_BLOCK, padded;

	if (size > t->all.n || !span_cut(t->all, from, (size_t)size, ret))
		return report_refuse(rep, IGD_ETRUNC, t->at, "%llu bytes of content do not fit into the archive",
				     (unsigned long long)size);
	padded = ((size_t)size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	t->at = padded > t->all.n - from ? t->all.n : from + padded;
	return 0;
}

static int extend(char kind, struct span body, size_t at, struct words *w, struct report *rep)
{
	const uint8_t *nul;

	if (kind == 'g') /* about every entry: nothing we read can come from there but a mistake */
		return 0;
	if (kind == 'x')
		return pax_words(body, at, w, rep);
	nul = body.n ? memchr(body.p, 0, body.n) : NULL;
	if (nul)
		body.n = (size_t)(nul - body.p);
	*(kind == 'L' ? &w->path : &w->link) = body;
	return 0;
}

/* Put the header and the extended words together. t->at still is the header. */
static int entry(struct tar *t, struct span head, uint64_t size, char kind, const struct words *w,
		 struct tar_entry *ret, struct report *rep)
{
	struct tar_entry e = { .kind = kind, .at = t->at };
	uint64_t mtime;
	int r;

	e.name = w->path.p ? w->path : plain_name(t, head);
	e.link = w->link.p ? w->link : field(head, TAR_LINK, TAR_NAME_N);
	if (e.name.n > TAR_NAME_MAX || e.link.n > TAR_NAME_MAX)
		return report_refuse(rep, IGD_ELIMIT, e.at, "a name of more than %d bytes", TAR_NAME_MAX);
	if (w->has_mtime)
		e.mtime = w->mtime;
	else if (number(head, TAR_MTIME, 12, &mtime) && mtime <= INT64_MAX)
		e.mtime = (int64_t)mtime;
	if (w->has_size)
		size = w->size;
	if (kind == 'h' && size)
		return report_refuse(rep, IGD_EPATH, e.at, "a hard link with content of its own is not read");
	if (kind != 'f') /* folders and links carry none; a size there is a quota or a leftover */
		size = 0;
	r = content(t, size, &e.bytes, rep);
	if (r < 0)
		return r;
	*ret = e;
	return 0;
}

int tar_next(struct tar *t, struct tar_entry *ret, struct report *rep)
{
	struct words w = { 0 };
	struct span head = { NULL, 0 }, body = { NULL, 0 };
	uint8_t type = 0;
	uint64_t size = 0;
	size_t at;
	char kind;
	int r;

	if (t->ended)
		return 1;
	for (int i = 0; i < TAR_HEADERS_MAX; i++) {
		r = header(t, &head, &size, rep);
		if (r)
			return r;
		span_u8(head, TAR_TYPE, &type);
		kind = kind_of(type, w.path.p ? w.path : field(head, TAR_NAME, TAR_NAME_N));
		if (!kind)
			return refuse_kind(type, t->at, rep);
		if (!strchr("xgLK", kind))
			return entry(t, head, size, kind, &w, ret, rep);
		at = t->at;
		r = content(t, size, &body, rep);
		if (r == 0)
			r = extend(kind, body, at, &w, rep);
		if (r < 0)
			return r;
	}
	return report_refuse(rep, IGD_ELIMIT, t->at, "more than %d extended headers before one entry",
			     TAR_HEADERS_MAX);
}
