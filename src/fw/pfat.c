// SPDX-License-Identifier: GPL-2.0-or-later
/* pfat.c - the files inside an AMI BIOS Guard update, put together from their blocks. */
#include "fw/pfat.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/wrap_tool.h"

#define MARK	  "_AMIPFAT"
#define MARK_AT	  0x08
#define TITLE	  "AMI_BIOS_GUARD_FLASH_CONFIGURATIONS"
#define TITLE_AT  0x11
#define FILES_MAX 1024 /* lines of the index; real ones have up to some dozens */

#define ID_LEN	   20
#define SCRIPT_END 0x1c
#define SIG_2K	   0x20c /* two words, modulus, exponent, signature of RSA-2048 */
#define SIG_3K	   0x30c

struct pfat {
	struct span s;
	struct span id;	 /* of the first block; empty before it */
	size_t at;	 /* of the next block */
	size_t data_end; /* of the last one's data */
	unsigned n_given;
	bool lost; /* no block is where it should be: nothing behind @at can be read */
};

struct file {
	struct span name;
	uint64_t n_blocks;
};

bool bg_block_read(struct span s, size_t at, struct bg_block *ret)
{
	uint32_t flags, script, data;
	struct bg_block b;
	struct span head;

	if (!span_cut(s, at, BG_HEADER, &head) || !span_cut(head, 0, ID_LEN, &b.id) ||
	    !span_le32(head, 0x14, &flags) || !span_le32(head, SCRIPT_END, &script) || !span_le32(head, 0x20, &data))
		return false;
	if (script > BG_SCRIPT_MAX || !span_cut(s, at + BG_HEADER, script, &b.script))
		return false;
	b.is_signed = (flags & 1) != 0;
	b.data_at = at + BG_HEADER + script;
	b.data_size = data;
	if (!span_cut(s, b.data_at, data, &b.data) && !span_from(s, b.data_at, &b.data))
		return false;
	*ret = b;
	return true;
}

/* A script begins with the operation 1 and all of its operations are 8 bytes. */
static bool script_is(struct span script)
{
	uint64_t first;

	return script.n % 8 == 0 && span_le64(script, 0, &first) && first == 1;
}

static bool id_is(struct span s, size_t at, struct span id)
{
	struct span c;

	return span_cut(s, at, id.n, &c) && memcmp(c.p, id.p, id.n) == 0;
}

/* Is this the header, and not the words in the code of the program that reads it? */
static bool header_at(struct span s, size_t at)
{
	uint32_t size;

	return span_le32(s, at, &size) && span_is(s, at + MARK_AT, MARK) && span_is(s, at + TITLE_AT, TITLE) &&
	       size >= TITLE_AT + sizeof(TITLE) - 1;
}

static bool header_find(struct span s, size_t *ret)
{
	struct span window = wrap_window(s, TITLE_AT + sizeof(TITLE) - 1);
	size_t at = 0;

	if (header_at(s, 0)) {
		*ret = 0;
		return true;
	}
	for (; wrap_find(window, at, span_str(TITLE), &at); at++)
		if (at >= TITLE_AT && header_at(s, at - TITLE_AT)) {
			*ret = at - TITLE_AT;
			return true;
		}
	return false;
}

static bool pfat_is(struct span s)
{
	size_t at;

	return header_find(s, &at);
}

/* "1 /P 12 ;FV_MAIN.bin": flags, the flash tool's option, blocks, name. */
static bool file_read(struct span line, struct file *ret)
{
	struct span head, flags, option, count;
	struct file f;

	if (!text_until(&line, ";", &head) || !text_word(&head, &flags) || !text_word(&head, &option) ||
	    !text_word(&head, &count) || !text_digits(&count, 10, &f.n_blocks) || count.n > 0)
		return false;
	f.name = text_trim(span_before(line, 0));
	*ret = f;
	return true;
}

/* The next file of the index; lines that list none are skipped with a note. */
static bool file_next(struct span *index, struct file *ret, struct report *rep)
{
	struct span line;

	while (span_line(index, &line)) {
		line = text_trim(span_before(line, 0));
		if (line.n == 0)
			continue;
		if (file_read(line, ret))
			return true;
		report_note(rep, REPORT_NOWHERE, "a line of the index lists no file: %.*s",
			    (int)(line.n < 80 ? line.n : 80), (const char *)line.p);
	}
	return false;
}

/*
 * How long the signature behind the data is. Its first word says which key it has: 1 for 2048 bits, 2 and 3 for 3072;
 * others were seen too (Panasonic), and are taken for the longer one.
 */
static size_t signature_len(struct span s, size_t at)
{
	uint32_t kind;

	return span_le32(s, at, &kind) && kind == 1 ? SIG_2K : SIG_3K;
}

static bool block_at(const struct pfat *p, size_t at, struct bg_block *ret)
{
	return bg_block_read(p->s, at, ret) && (script_is(ret->script) || (p->id.n > 0 && id_is(ret->id, 0, p->id)));
}

/* A block that is not where it should be, looked for in what its predecessor's signature takes at most. */
static bool block_search(const struct pfat *p, size_t *ret_at, struct bg_block *ret)
{
	struct span window = p->s;
	size_t hit;

	if (p->id.n == 0)
		return false;
	if (window.n > p->data_end && window.n - p->data_end > SIG_3K + ID_LEN)
		window.n = p->data_end + SIG_3K + ID_LEN;
	if (!wrap_find(window, p->data_end, p->id, &hit) || !block_at(p, hit, ret))
		return false;
	*ret_at = hit;
	return true;
}

/* The block at .at, which then is that of the next one. False, and .lost: there is none. */
static bool block_next(struct pfat *p, struct bg_block *ret, struct report *rep)
{
	struct bg_block b;
	size_t at = p->at;

	if (p->lost)
		return false;
	if (!block_at(p, at, &b) && !block_search(p, &at, &b)) {
		report_note(rep, p->at, "no block of BIOS Guard where one should be");
		p->lost = true;
		return false;
	}
	if (at != p->at)
		report_note(rep, p->at, "the next block is at 0x%zx: a signature of unusual length", at);
	if (p->id.n == 0)
		p->id = b.id;
	if (b.data.n < b.data_size) {
		report_note(rep, b.data_at, "the block has %zu of its %zu bytes", b.data.n, b.data_size);
		p->lost = true;
	}
	p->data_end = b.data_at + b.data.n;
	p->at = p->lost ? p->s.n : p->data_end + (b.is_signed ? signature_len(p->s, p->data_end) : 0);
	*ret = b;
	return true;
}

/* Over the blocks of a file: how many bytes they have, and the first of them. */
static size_t file_measure(struct pfat *p, const struct file *f, struct bg_block *ret_first, uint64_t *ret_n,
			   struct report *rep)
{
	struct bg_block b;
	size_t len = 0;
	uint64_t n;

	for (n = 0; n < f->n_blocks && block_next(p, &b, rep); n++) { /* each takes a header's length at least */
		if (n == 0)
			*ret_first = b;
		len += b.data.n;
	}
	*ret_n = n;
	return len;
}

static int file_join(struct pfat p, uint64_t n_blocks, size_t len, struct wrap_member m, const struct wrap_sink *sink,
		     struct report *rep)
{
	struct buffer joined;
	struct bg_block b;
	size_t at = 0;
	int r;

	r = wrap_buffer(sink, len, &joined, rep);
	if (r < 0)
		return r;
	for (uint64_t i = 0; i < n_blocks && block_next(&p, &b, NULL); i++) {
		wrap_put(&joined, at, b.data);
		at += b.data.n;
	}
	m.how = "blocks joined";
	return wrap_give_buffer(sink, &joined, m);
}

static int file_give(struct pfat *p, const struct file *f, const struct wrap_sink *sink, struct report *rep)
{
	struct pfat start = *p;
	struct bg_block first;
	char name[128];
	uint64_t n;
	size_t len = file_measure(p, f, &first, &n, rep);
	struct wrap_member m = { .name = name, .partial = p->lost };

	text_copy(f->name, name, sizeof(name));
	if (name[0] == '\0')
		snprintf(name, sizeof(name), "unnamed");
	if (len == 0)
		return 0;
	p->n_given++;
	if (n > 1)
		return file_join(start, n, len, m, sink, rep);
	m.bytes = first.data;
	m.at = first.data_at;
	return wrap_give(sink, m);
}

/* What lies behind the blocks, unless it is the empty flash that files are filled up with. */
static int behind_give(const struct pfat *p, const struct wrap_sink *sink)
{
	struct span rest;
	uint8_t c;

	if (!span_from(p->s, p->at, &rest))
		return 0;
	for (size_t i = 0; span_u8(rest, i, &c); i++)
		if (c != 0xff && c != 0)
			return wrap_give(sink,
					 (struct wrap_member) { .name = p->lost ? "unread blocks" : "out of block",
								.bytes = rest,
								.at = p->at,
								.partial = p->lost });
	return 0;
}

static int pfat_open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct pfat p = { .s = s };
	struct span index, title;
	unsigned n_files = 0;
	struct file f;
	uint32_t size;
	size_t at;
	int r = 0;

	if (!header_find(s, &at) || !span_le32(s, at, &size))
		return report_refuse(rep, IGD_EMAGIC, 0, "no header of an AMI BIOS Guard file");
	if (!span_cut(s, at + TITLE_AT, size - TITLE_AT, &index))
		return report_refuse(rep, IGD_ETRUNC, at, "the index of %u bytes is not all there", size);
	p.at = at + size;
	span_line(&index, &title); /* behind the name there may be "II" and the order of flashing; that is not ours */
	for (; r == 0 && !p.lost && file_next(&index, &f, rep); n_files++) {
		if (n_files == FILES_MAX)
			return report_refuse(rep, IGD_ELIMIT, at, "more than %u files", FILES_MAX);
		r = file_give(&p, &f, sink, rep);
	}
	if (r != 0)
		return r;
	if (p.n_given == 0)
		return report_refuse(rep, IGD_ELENGTH, at, "none of the %u files of the index has a block", n_files);
	return behind_give(&p, sink);
}

const struct wrapper wrapper_pfat = {
	.name = "ami-pfat",
	.says = "AMI BIOS Guard (PFAT)",
	.is = pfat_is,
	.open = pfat_open,
};
