// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-codec.c - what decoding costs beside its floor: codec_decode() of LZMA beside liblzma alone, and of Tiano
 * beside one pass over the decoded bytes; and what encoding a ROM's drivers costs beside zlib at its best, which
 * looks for matches in the same way.
 *
 *     bench-codec FILE...
 *
 * LZMA are the GUID-defined sections of that kind in the files as they lie there; a file without one is packed as a
 * whole. For Tiano the first TIANO_BYTES of each file are packed, and the first EFI11_BYTES, as much as a large GOP
 * driver has, as rom build --compress does it. Prints "NAME BYTES NANOSECONDS FLOOR" a line, for all files together,
 * the least of ROUNDS rounds; bench.py makes the table.
 */
#include <lzma.h>
#include <stdio.h>
#include <time.h>
#include <zlib.h>

#include "fw/codec.h"
#include "fw/tiano_encode.h"

#define ROUNDS	    7
#define STREAMS	    4096
#define LIMIT	    ((size_t)256 << 20)
#define TIANO_BYTES ((size_t)4 << 20)
#define EFI11_BYTES ((size_t)192 << 10)

/* LZMA_CUSTOM_DECOMPRESS_GUID (MdeModulePkg Include/Guid/LzmaDecompress.h) as it lies in a section, behind its size.
 */
static const uint8_t lzma_guid[16] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
				       0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf };

struct streams {
	struct span s[STREAMS];
	size_t n;
};

static struct streams lzma, tiano, plain;
static volatile uint64_t seen; /* so that no floor is optimised away */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void add(struct streams *to, struct span s)
{
	if (to->n < STREAMS)
		to->s[to->n++] = s;
}

/* Section: u24 size, type 2, GUID, u16 offset of the data, u16 attributes (PI Specification 1.8, volume 3, 3.2.5). */
static size_t add_sections(struct span file)
{
	struct span section, data;
	uint16_t begin;
	uint32_t head;
	size_t found = 0;

	for (size_t at = 4; at + sizeof(lzma_guid) <= file.n; at++) {
		if (memcmp(file.p + at, lzma_guid, sizeof(lzma_guid)) != 0 || !span_le32(file, at - 4, &head) ||
		    head >> 24 != 2 || !span_cut(file, at - 4, head & 0xffffff, &section) ||
		    !span_le16(section, 20, &begin) || !span_from(section, begin, &data))
			continue;
		add(&lzma, data);
		found++;
	}
	return found;
}

static void add_packed(struct span file)
{
	size_t room = file.n + file.n / 2 + 4096;
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	uint8_t *p = malloc(room);

	if (!p || lzma_lzma_preset(&options, 6) || lzma_alone_encoder(&s, &options) != LZMA_OK)
		exit(1);
	s.next_in = file.p;
	s.avail_in = file.n;
	s.next_out = p;
	s.avail_out = room;
	if (lzma_code(&s, LZMA_FINISH) != LZMA_STREAM_END)
		exit(1);
	for (unsigned i = 0; i < 8; i++) /* firmware declares its size */
		p[5 + i] = (uint8_t)((uint64_t)file.n >> (8 * i));
	add(&lzma, (struct span) { p, s.total_out });
	lzma_end(&s);
}

static void read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buffer packed;
	struct span file;
	uint8_t *p = malloc(LIMIT);

	if (!f || !p) {
		perror(path);
		exit(1);
	}
	file = (struct span) { p, fread(p, 1, LIMIT, f) };
	fclose(f);
	if (add_sections(file) == 0)
		add_packed(file);
	file.n = file.n < TIANO_BYTES ? file.n : TIANO_BYTES;
	if (tiano_encode(file, CODEC_TIANO, &packed) < 0)
		exit(1);
	add(&tiano, buffer_span(&packed));
	file.n = file.n < EFI11_BYTES ? file.n : EFI11_BYTES;
	add(&plain, file);
}

static size_t ours(const struct streams *streams, enum codec c)
{
	size_t total = 0;

	for (size_t i = 0; i < streams->n; i++) {
		struct buffer b = { 0 };

		if (codec_decode(c, streams->s[i], 0, LIMIT, &b, NULL) < 0)
			exit(1);
		total += b.n;
		buffer_done(&b);
	}
	return total;
}

static size_t encode(void)
{
	size_t total = 0;

	for (size_t i = 0; i < plain.n; i++) {
		struct buffer b = { 0 };

		if (tiano_encode(plain.s[i], CODEC_EFI11, &b) < 0)
			exit(1);
		total += plain.s[i].n;
		buffer_done(&b);
	}
	return total;
}

static void deflate_best(void)
{
	for (size_t i = 0; i < plain.n; i++) {
		uLongf room = compressBound(plain.s[i].n);
		uint8_t *p = malloc(room);

		if (!p || compress2(p, &room, plain.s[i].p, plain.s[i].n, Z_BEST_COMPRESSION) != Z_OK)
			exit(1);
		seen = room;
		free(p);
	}
}

static void library(void)
{
	for (size_t i = 0; i < lzma.n; i++) {
		struct span in = lzma.s[i];
		lzma_stream s = LZMA_STREAM_INIT;
		uint32_t n = 0;
		uint8_t *p;

		span_le32(in, 5, &n);
		p = malloc(n ? n : 1);
		if (!p || lzma_alone_decoder(&s, UINT64_MAX) != LZMA_OK)
			exit(1);
		s.next_in = in.p;
		s.avail_in = in.n;
		s.next_out = p;
		s.avail_out = n;
		if (lzma_code(&s, LZMA_RUN) > LZMA_STREAM_END || s.avail_out != 0)
			exit(1);
		lzma_end(&s);
		free(p);
	}
}

/* Read what Tiano decodes to, eight bytes at a time. */
static double memory_read(void)
{
	double took = 0;

	for (size_t i = 0; i < tiano.n; i++) {
		struct buffer b = { 0 };
		uint64_t sum = 0, word;
		double begin;

		if (codec_decode(CODEC_TIANO, tiano.s[i], 0, LIMIT, &b, NULL) < 0)
			exit(1);
		begin = now();
		for (size_t at = 0; span_le64(buffer_span(&b), at, &word); at += 8)
			sum += word;
		seen = sum;
		took += now() - begin;
		buffer_done(&b);
	}
	return took;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	double lzma_ours = 1e18, lzma_bare = 1e18, tiano_ours = 1e18, read = 1e18, begin;
	double efi11_ours = 1e18, deflated = 1e18;
	size_t n_lzma = 0, n_tiano = 0, n_efi11 = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: bench-codec FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		read_file(argv[i]);
	for (int i = 0; i < ROUNDS; i++) {
		begin = now();
		n_lzma = ours(&lzma, CODEC_LZMA);
		lzma_ours = least(lzma_ours, now() - begin);
		begin = now();
		library();
		lzma_bare = least(lzma_bare, now() - begin);
		begin = now();
		n_tiano = ours(&tiano, CODEC_TIANO);
		tiano_ours = least(tiano_ours, now() - begin);
		read = least(read, memory_read());
		begin = now();
		n_efi11 = encode();
		efi11_ours = least(efi11_ours, now() - begin);
		begin = now();
		deflate_best();
		deflated = least(deflated, now() - begin);
	}
	printf("lzma %zu %.0f %.0f\n", n_lzma, lzma_ours, lzma_bare);
	printf("efi11 %zu %.0f %.0f\n", n_efi11, efi11_ours, deflated);
	printf("tiano %zu %.0f %.0f\n", n_tiano, tiano_ours, read);
	return 0;
}
