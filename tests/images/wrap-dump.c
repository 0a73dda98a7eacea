// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wrap-dump - take wrapped files apart, wrappers inside wrappers too, and print what is found as one JSON object a
 * line, for tests/images/wraps.py.
 *
 *     wrap-dump FILE...
 *
 * A line of .depth, .name, .size, .sha256, .at, .how, .partial and .wrapper for each member, the member before those
 * inside it; then for each wrapper a line with .code and .notes, the refusal last.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <nettle/sha2.h>

#include "base/macros.h"
#include "fw/wrap.h"

#define FILE_MAX  ((size_t)128 << 20)
#define ROOM	  ((size_t)512 << 20)
#define DEPTH_MAX 8

struct dump {
	unsigned depth;
	size_t spent;
};

static void print_text(const char *p)
{
	putchar('"');
	for (; *p; p++)
		if (*p == '"' || *p == '\\' || (unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			printf("\\u%04x", (unsigned char)*p);
		else
			putchar(*p);
	putchar('"');
}

static void print_sha256(struct span s)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, s.n, s.p);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		printf("%02x", digest[i]);
}

static size_t room(void *ctx)
{
	struct dump *d = ctx;

	return ROOM - d->spent;
}

static void spend(void *ctx, size_t n)
{
	struct dump *d = ctx;

	d->spent += n;
}

static int dump(struct dump *d, struct span s);

static int member(void *ctx, const struct wrap_member *m)
{
	const struct wrapper *w = wrapper_of(m->bytes);
	struct dump *d = ctx;

	printf("{\"depth\":%u,\"name\":", d->depth);
	print_text(m->name);
	printf(",\"size\":%zu,\"sha256\":\"", m->bytes.n);
	print_sha256(m->bytes);
	printf("\",\"at\":%lld,\"partial\":%s,\"how\":", m->at == REPORT_NOWHERE ? -1LL : (long long)m->at,
	       m->partial ? "true" : "false");
	print_text(or_dash(m->how));
	printf(",\"wrapper\":");
	print_text(w ? w->name : "-");
	puts("}");
	return w && d->depth < DEPTH_MAX ? dump(d, m->bytes) : 0;
}

/* A refusal inside is the inner wrapper's own affair. */
static int dump(struct dump *d, struct span s)
{
	const struct wrap_sink sink = { .member = member, .room = room, .spend = spend, .ctx = d };
	const struct wrapper *w = wrapper_of(s);
	struct report rep = { 0 };
	char text[512];
	int r;

	if (!w) {
		printf("{\"depth\":%u,\"wrapped\":null}\n", d->depth);
		return 0;
	}
	d->depth++;
	r = w->open(s, &sink, &rep);
	d->depth--;
	printf("{\"depth\":%u,\"wrapped\":\"%s\",\"code\":%d,\"notes\":[", d->depth, w->name, r);
	for (size_t i = 0; i < rep.n_notes + (r < 0); i++) {
		report_entry_str(i < rep.n_notes ? &rep.notes[i] : &rep.refusal, text, sizeof(text));
		printf("%s", i ? "," : "");
		print_text(text);
	}
	puts("]}");
	return 0;
}

/* A block of exactly the file's size, so that a sanitizer sees where it ends. */
static uint8_t *slurp(FILE *f, size_t *ret_n)
{
	uint8_t *p;
	long n;

	if (fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0 || (size_t)n > FILE_MAX)
		return NULL;
	rewind(f);
	p = malloc(n ? (size_t)n : 1);
	if (p && fread(p, 1, (size_t)n, f) != (size_t)n) {
		free(p);
		return NULL;
	}
	*ret_n = (size_t)n;
	return p;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, ""); /* as igdctl does; libarchive turns names into it */
	for (int i = 1; i < argc; i++) {
		struct dump d = { 0 };
		FILE *f = fopen(argv[i], "rb");
		uint8_t *bytes;
		size_t n;

		if (!f) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		bytes = slurp(f, &n);
		fclose(f);
		if (!bytes) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return EXIT_FAILURE;
		}
		dump(&d, (struct span) { bytes, n });
		free(bytes);
	}
	return EXIT_SUCCESS;
}
