// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ovmf-dump - read an OVMF image and print what it is as one JSON object; or rebuild it, for tests/corpus/ovmf.py.
 *
 *     ovmf-dump FILE
 *     ovmf-dump FILE OUT LEVEL [-GUID | +GUID=BODY]...
 *
 * The object: the places and sizes of struct ovmf, .sha256 of the decompressed bytes, .traits (names of those that
 * are true), .files and .notes. The second form writes to OUT the image without the files "-GUID" and with a driver
 * of each "+GUID", whose PE is the file BODY, and prints .stream_size, .room, .dxe_room, .level. Exit status 1 and
 * .refusal where there is one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "fw/ovmf.h"
#include "std/pi.h"

#define FILE_MAX ((size_t)64 << 20)
#define NEW_MAX	 16

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

static struct buffer load(const char *path)
{
	struct buffer b = { malloc(FILE_MAX), 0 };
	FILE *f = fopen(path, "rb");

	if (!b.p || !f) {
		perror(path);
		exit(2);
	}
	b.n = fread(b.p, 1, FILE_MAX, f);
	fclose(f);
	return b;
}

static int refused(const struct report *rep)
{
	printf("{\"code\": %d, \"refusal\": ", rep->code);
	print_text(rep->refusal.text);
	printf("}\n");
	return 1;
}

static void print_traits(const struct ovmf_traits *t)
{
	const struct {
		bool is;
		const char *word;
	} rows[] = { { t->smm, "smm" },	  { t->secure_boot, "secure-boot" },
		     { t->tdx, "tdx" },	  { t->sev, "sev" },
		     { t->vars, "vars" }, { t->pflash, "pflash" } };
	bool first = true;

	printf(", \"machine\": %u, \"traits\": [", t->machine);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].is) {
			printf("%s\"%s\"", first ? "" : ", ", rows[i].word);
			first = false;
		}
	printf("]");
}

static void print_files(const struct ovmf *o)
{
	static const char *const whose[] = { "stock", "igdctl", "somebody" };
	char guid[GUID_STR];

	printf(", \"files\": [");
	for (size_t i = 0; i < o->n_files; i++) {
		const struct ovmf_file *f = &o->files[i];

		printf("%s{\"guid\": \"%s\", \"type\": %u, \"at\": %zu, \"size\": %zu, \"machine\": %u, \"whose\": "
		       "\"%s\", \"name\": ",
		       i ? ", " : "", guid_str(&f->guid, guid), f->type, f->at, f->bytes.n, f->machine,
		       whose[f->whose]);
		print_text(f->name);
		printf(", \"what\": ");
		print_text(f->what ? f->what : "");
		printf("}");
	}
	printf("]");
}

static void print_notes(const struct report *rep)
{
	printf(", \"notes\": [");
	for (size_t i = 0; i < rep->n_notes; i++) {
		printf("%s", i ? ", " : "");
		print_text(rep->notes[i].text);
	}
	printf("]");
}

static int show(const struct ovmf *o, const struct report *rep)
{
	char sha256[65];

	ovmf_decoded_sha256(o, sha256);
	printf("{\"code\": 0, \"outer_at\": %zu, \"outer_end\": %zu, \"file_at\": %zu, \"section_at\": %zu, "
	       "\"stream_at\": "
	       "%zu, \"stream_size\": %zu, \"room\": %zu, \"decoded\": %zu, \"dxe_at\": %zu, \"dxe_end\": %zu, "
	       "\"dxe_room\": %zu, \"sha256\": \"%s\"",
	       o->outer_at, o->outer_at + o->outer.bytes.n, o->file_at, o->section_at, o->stream_at, o->stream.n,
	       o->room, o->decoded.n, o->dxe_at, o->dxe_end, o->dxe_room, sha256);
	print_traits(&o->traits);
	print_files(o);
	print_notes(rep);
	printf("}\n");
	return 0;
}

struct change {
	struct guid without[NEW_MAX];
	struct ovmf_new with[NEW_MAX];
	struct buffer bodies[NEW_MAX];
	size_t n_without, n_with;
};

static void change_read(struct change *c, char *word)
{
	char *body = strchr(word, '=');
	struct guid g;

	if (body)
		*body++ = '\0';
	if (!guid_parse(span_str(word + 1), &g) || c->n_without == NEW_MAX || c->n_with == NEW_MAX ||
	    (word[0] == '+') != (body != NULL)) {
		fprintf(stderr, "ovmf-dump: \"%s\"?\n", word);
		exit(2);
	}
	if (word[0] == '-') {
		c->without[c->n_without++] = g;
		return;
	}
	c->bodies[c->n_with] = load(body);
	c->with[c->n_with] = (struct ovmf_new) { g, FFS_DRIVER, "Dummy", buffer_span(&c->bodies[c->n_with]) };
	c->n_with++;
}

static int rebuild(const struct ovmf *o, const char *out, unsigned level, struct change *c)
{
	struct report rep = { 0 };
	struct ovmf_result made;
	FILE *f;

	if (ovmf_rebuild(o, c->without, c->n_without, c->with, c->n_with, level, NULL, NULL, &made, &rep) < 0)
		return refused(&rep);
	f = fopen(out, "wb");
	if (!f || fwrite(made.image.p, 1, made.image.n, f) != made.image.n || fclose(f) != 0) {
		perror(out);
		exit(2);
	}
	printf("{\"code\": 0, \"stream_size\": %zu, \"room\": %zu, \"dxe_room\": %zu, \"level\": %u}\n",
	       made.stream_size, made.room, made.dxe_room, made.level);
	buffer_done(&made.image);
	return 0;
}

int main(int argc, char **argv)
{
	struct change c = { .n_with = 0 };
	struct report rep = { 0 };
	struct buffer b;
	struct ovmf o;
	int r;

	if (argc < 2 || argc == 3) {
		fprintf(stderr, "usage: ovmf-dump FILE [OUT LEVEL [-GUID | +GUID=BODY]...]\n");
		return 2;
	}
	b = load(argv[1]);
	if (ovmf_read(buffer_span(&b), &o, &rep) < 0) {
		buffer_done(&b);
		return refused(&rep);
	}
	for (int i = 4; i < argc; i++)
		change_read(&c, argv[i]);
	r = argc == 2 ? show(&o, &rep) : rebuild(&o, argv[2], (unsigned)strtoul(argv[3], NULL, 10), &c);
	for (size_t i = 0; i < c.n_with; i++)
		buffer_done(&c.bodies[i]);
	ovmf_done(&o);
	buffer_done(&b);
	return r;
}
