// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmar-dump - print our reading of DMAR tables, one JSON object a line, for tests/tools/dmar-iasl.py.
 *
 *     dmar-dump FILE...
 */
#include <stdio.h>
#include <stdlib.h>

#include "fw/dmar.h"

#define FILE_MAX 65536

static void print_text(const char *p, size_t n)
{
	putchar('"');
	for (size_t i = 0; i < n; i++)
		if (p[i] == '"' || p[i] == '\\' || (unsigned char)p[i] < 0x20 || (unsigned char)p[i] > 0x7e)
			printf("\\u%04x", (unsigned char)p[i]);
		else
			putchar(p[i]);
	putchar('"');
}

static void print_scope(const struct dmar_scope *s, const char *sep)
{
	printf("%s{\"type\":%u,\"flags\":%u,\"enum\":%u,\"bus\":%u,\"path\":[", sep, s->type, s->flags, s->enum_id,
	       s->bus);
	for (unsigned i = 0; i < s->n_path; i++)
		printf("%s[%u,%u]", i ? "," : "", s->path[i].dev, s->path[i].fn);
	printf("]}");
}

static void print_unit(const struct dmar *d, const struct dmar_unit *u, const char *sep)
{
	printf("%s{\"type\":%u,\"at\":%u,\"length\":%zu,\"flags\":%u,\"segment\":%u,\"base\":%llu,\"limit\":%llu,"
	       "\"number\":%u,\"name\":",
	       sep, u->type, u->at, u->raw.n, u->flags, u->segment, (unsigned long long)u->base,
	       (unsigned long long)u->limit, u->proximity);
	print_text((const char *)u->name.p, u->name.n);
	printf(",\"scopes\":[");
	for (unsigned i = 0; i < u->n_scopes; i++)
		print_scope(&d->scopes[u->first_scope + i], i ? "," : "");
	printf("]}");
}

static void print_table(const char *file, struct span table)
{
	struct report rep = { 0 };
	struct dmar d;
	int r = dmar_read(table, &d, &rep);

	printf("{\"file\":");
	print_text(file, strlen(file));
	printf(",\"code\":%d", r);
	if (r < 0) {
		puts("}");
		return;
	}
	printf(",\"revision\":%u,\"host_width\":%u,\"flags\":%u,\"checksum_ok\":%s,\"more_units\":%u,\"oem\":",
	       d.revision, d.host_width, d.flags, d.checksum_ok ? "true" : "false", d.n_more_units);
	print_text(d.oem, strlen(d.oem));
	printf(",\"oem_table\":");
	print_text(d.oem_table, strlen(d.oem_table));
	printf(",\"notes\":%zu,\"units\":[", rep.n_notes);
	for (unsigned i = 0; i < d.n_units; i++)
		print_unit(&d, &d.units[i], i ? "," : "");
	puts("]}");
}

int main(int argc, char **argv)
{
	static uint8_t bytes[FILE_MAX];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (!f) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		n = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		print_table(argv[i], (struct span) { bytes, n });
	}
	return EXIT_SUCCESS;
}
