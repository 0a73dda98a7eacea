// SPDX-License-Identifier: GPL-2.0-or-later
/* brief.c - the child that reads, and the pipe through which its findings come. */
#include "cli/brief.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/pipe.h"
#include "cli/reader.h"
#include "facts/facts.h"

#define TEXT_MOST 4096

/* ---- the fields --------------------------------------------------------------------------------------------- */

enum kind { NUMBER, TEXT, BYTES, SAYS };

/* @most: of a number its largest value, of bytes how many. A field that is not here does not get through. */
static const struct field {
	enum kind kind;
	size_t at;
	uint64_t most;
} fields[] = {
	{ NUMBER, offsetof(struct brief, seabios), 1 },
	{ NUMBER, offsetof(struct brief, q35), 1 },
	{ NUMBER, offsetof(struct brief, smm), 1 },
	{ TEXT, offsetof(struct brief, vm), 0 },
	{ NUMBER, offsetof(struct brief, id), UINT32_MAX },
	{ NUMBER, offsetof(struct brief, subsystem), UINT32_MAX },
	{ NUMBER, offsetof(struct brief, class_code), 0xffffff },
	{ NUMBER, offsetof(struct brief, revision), 0xff },
	{ NUMBER, offsetof(struct brief, generation), 99 },
	{ NUMBER, offsetof(struct brief, bdsm), BRIEF_BDSM_64 },
	{ NUMBER, offsetof(struct brief, ggc), 0xffff },
	{ NUMBER, offsetof(struct brief, stolen), UINT32_MAX },
	{ TEXT, offsetof(struct brief, device_from), 0 },
	{ TEXT, offsetof(struct brief, platform), 0 },
	{ BYTES, offsetof(struct brief, edid), 32768 },
	{ NUMBER, offsetof(struct brief, lpc), UINT32_MAX },
	{ NUMBER, offsetof(struct brief, lpc_subsystem), UINT32_MAX },
	{ NUMBER, offsetof(struct brief, lpc_revision), 0xff },
	{ TEXT, offsetof(struct brief, lpc_from), 0 },
	{ TEXT, offsetof(struct brief, rom), 0 },
	{ TEXT, offsetof(struct brief, ovmf), 0 },
	{ TEXT, offsetof(struct brief, vars), 0 },
	{ TEXT, offsetof(struct brief, vbt), 0 },
	{ TEXT, offsetof(struct brief, ovmf_why), 0 },
	{ BYTES, offsetof(struct brief, rom_bytes), (uint64_t)64 << 20 },
	{ BYTES, offsetof(struct brief, code), (uint64_t)64 << 20 },
	{ BYTES, offsetof(struct brief, vars_bytes), (uint64_t)64 << 20 },
	{ BYTES, offsetof(struct brief, vbt_bytes), (uint64_t)1 << 20 },
	{ BYTES, offsetof(struct brief, opregion), (uint64_t)1 << 20 },
	{ SAYS, offsetof(struct brief, rom_says), 0 },
	{ SAYS, offsetof(struct brief, ovmf_says), 0 },
	{ SAYS, offsetof(struct brief, vbt_says), 0 },
	{ NUMBER, offsetof(struct brief, rom_has_assignment), 1 },
	{ NUMBER, offsetof(struct brief, rom_has_policy), 1 },
	{ NUMBER, offsetof(struct brief, rom_has_gop), 1 },
	{ NUMBER, offsetof(struct brief, rom_has_vbios), 1 },
	{ NUMBER, offsetof(struct brief, rom_has_efi), 1 },
	{ NUMBER, offsetof(struct brief, ovmf_has_assignment), 1 },
	{ NUMBER, offsetof(struct brief, ovmf_has_policy), 1 },
	{ NUMBER, offsetof(struct brief, ovmf_has_gop), 1 },
	{ NUMBER, offsetof(struct brief, gop_fits), TRI_YES },
	{ TEXT, offsetof(struct brief, gop), 0 },
};

/* ---- out: a length of 8 bytes, then the bytes; in the order of the table ------------------------------------ */

static bool put(int fd, const void *bytes, size_t n)
{
	uint64_t length = n;

	return pipe_write(fd, &length, sizeof(length)) && pipe_write(fd, bytes, n);
}

/* NULL has no length, "" one of 0: a text goes with its zero. */
static bool put_text(int fd, const char *s)
{
	return put(fd, s, s ? strlen(s) + 1 : 0);
}

static bool put_says(int fd, const char *const *says)
{
	bool ok = true;

	for (size_t i = 0; i < BRIEF_SAYS; i++)
		ok = ok && put_text(fd, says[i]);
	return ok;
}

static bool put_field(int fd, const struct field *f, const struct brief *b)
{
	const void *at = (const char *)b + f->at;
	const struct span *bytes = at;

	switch (f->kind) {
	case NUMBER:
		return put(fd, at, sizeof(uint64_t));
	case TEXT:
		return put_text(fd, *(const char *const *)at);
	case BYTES:
		return put(fd, bytes->p, bytes->n);
	case SAYS:
		break;
	}
	return put_says(fd, at);
}

static bool put_brief(int fd, const struct brief *b)
{
	bool ok = true;

	for (size_t i = 0; ok && i < ARRAY_SIZE(fields); i++)
		ok = put_field(fd, &fields[i], b);
	return ok;
}

/* ---- in ----------------------------------------------------------------------------------------------------- */

static bool get(struct span *rest, struct span *ret)
{
	uint64_t length;

	return span_le64(*rest, 0, &length) && length <= rest->n && span_from(*rest, sizeof(length), rest) &&
	       span_cut(*rest, 0, (size_t)length, ret) && span_from(*rest, (size_t)length, rest);
}

/* What was sent may be anything that the files made of the child: it is cut and cleaned like their bytes. */
static bool get_text(struct span *rest, struct arena *a, const char **ret)
{
	char text[TEXT_MOST];
	struct span s;

	if (!get(rest, &s))
		return false;
	*ret = NULL;
	if (s.n == 0)
		return true;
	text_copy(span_before(s, 0), text, sizeof(text));
	*ret = arena_str(a, text);
	return true;
}

static bool get_says(struct span *rest, struct arena *a, const char **ret)
{
	const char *one;
	size_t n = 0;

	for (size_t i = 0; i < BRIEF_SAYS; i++) {
		if (!get_text(rest, a, &one))
			return false;
		if (one)
			ret[n++] = one;
	}
	ret[n] = NULL;
	return true;
}

static bool get_field(struct span *rest, const struct field *f, struct brief *b)
{
	void *at = (char *)b + f->at;
	uint64_t n;
	struct span s;

	switch (f->kind) {
	case NUMBER:
		if (!get(rest, &s) || s.n != sizeof(n) || !span_le64(s, 0, &n) || n > f->most)
			return false;
		*(uint64_t *)at = n;
		return true;
	case TEXT:
		return get_text(rest, &b->arena, at);
	case BYTES:
		if (!get(rest, &s) || s.n > f->most)
			return false;
		*(struct span *)at = s; /* the pipe's bytes are in the arena */
		return true;
	case SAYS:
		break;
	}
	return get_says(rest, &b->arena, at);
}

static bool get_brief(struct span all, struct brief *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!get_field(&all, &fields[i], b))
			return false;
	return all.n == 0 && !b->arena.full;
}

/* ---- the two ------------------------------------------------------------------------------------------------ */

const char *brief_input(const struct cli *cli)
{
	return cli->rom ? cli->rom : cli->ovmf ? cli->ovmf : cli->vm ? cli->vm : cli->vbt_file ? cli->vbt_file : "-";
}

int brief_fails(const struct cli *cli, const struct report *rep, int r, int status)
{
	int failed = json_refused(cli, "rehearse", brief_input(cli), rep, r, stdout, stderr);

	return status == EXIT_DONE ? failed : status;
}

/* In the child. */
static int brief_work(void *ctx, int fd)
{
	const struct brief_wish *const *w = ctx;
	struct brief b = { .seabios = 0 };
	int status = brief_make(*w, &b);

	return status == EXIT_DONE && !put_brief(fd, &b) ? EXIT_FAILED : status;
}

int brief_read(const struct brief_wish *w, struct brief *ret)
{
	struct report rep = { 0 };
	struct span all;
	int r;

	*ret = (struct brief) { .arena.limit = 4 * READER_MOST };
	r = reader_run(w->cli, brief_work, &w, &ret->arena, &all, &rep);
	if (r > EXIT_DONE)
		return r; /* it has said why */
	if (r == EXIT_DONE && !get_brief(all, ret))
		r = report_refuse(&rep, IGD_EIO, REPORT_NOWHERE,
				  "the reader of what was named broke down (its answer makes no sense) and nothing "
				  "else was harmed; this is a mistake of igdctl, please report it");
	return r < 0 ? brief_fails(w->cli, &rep, r, EXIT_FAILED) : EXIT_DONE;
}

void brief_done(struct brief *b)
{
	arena_done(&b->arena);
}
