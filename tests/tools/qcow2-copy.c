// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * qcow2-copy.c - for qcow2-qemu-img.py: the disk in a qcow2 image as a raw file, or a raw file as a qcow2 image.
 *
 *	qcow2-copy read|write FROM TO
 */
#include <stdio.h>
#include <string.h>

#include "base/report.h"
#include "fw/qcow2.h"

#define FILE_MAX ((size_t)80 << 20)

/* The caller frees @ret, whatever is answered. */
static bool file_read(const char *name, struct buffer *ret)
{
	FILE *f = fopen(name, "rb");

	ret->p = malloc(FILE_MAX);
	if (f && ret->p)
		ret->n = fread(ret->p, 1, FILE_MAX, f);
	return f && fclose(f) == 0 && ret->p;
}

static bool file_write(const char *name, const struct buffer *b)
{
	FILE *f = fopen(name, "wb");
	size_t n = f ? fwrite(b->p, 1, b->n, f) : 0;

	return f && fclose(f) == 0 && n == b->n;
}

static int copy(bool reading, struct span from, const char *name)
{
	struct buffer to = { 0 };
	struct report rep = { 0 };
	char line[512];
	int r = reading ? qcow2_read(from, &to, &rep) : qcow2_write(from, &to, &rep);
	bool done = r == 0 && file_write(name, &to);

	buffer_done(&to);
	report_entry_str(&rep.refusal, line, sizeof(line));
	if (r < 0)
		fprintf(stderr, "%s\n", line);
	return done ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct buffer from = { 0 };
	int status = 2;

	if (argc == 4 && (strcmp(argv[1], "read") == 0 || strcmp(argv[1], "write") == 0) && file_read(argv[2], &from))
		status = copy(strcmp(argv[1], "read") == 0, buffer_span(&from), argv[3]);
	else
		fprintf(stderr, "usage: qcow2-copy read|write FROM TO\n");
	buffer_done(&from);
	return status;
}
