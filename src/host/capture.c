// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture.c - from a record to an archive: redact every entry, write the manifest from what cannot be an
 * entry, then the entries, all into memory; read it back; only then touch the disk.
 */
#include "host/capture.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "host/redact.h"
#include "host/whole_file.h"

struct item { /* an entry as others may see it */
	const char *path;
	char kind;	 /* 'f', 'd', 'l', or '!': in the manifest only */
	const char *why; /* NULL, or a word of the manifest's "refused" */
	bool listed;
	struct span bytes;
	int64_t mtime;
};

struct packed {
	uint8_t *p;
	size_t n, room;
};

struct capture {
	struct arena arena;
	struct redact *redact;
	struct item *v; /* the arena's */
	size_t n;
	struct packed out;
	struct report *rep;
};

static void capture_done(struct capture *c)
{
	arena_done(&c->arena);
	redact_free(c->redact);
	free(c->out.p);
}

static int no_memory(struct report *rep)
{
	return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
}

int64_t capture_time(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t v;

	if (epoch && text_number(span_str(epoch), &v) && v <= INT64_MAX)
		return (int64_t)v;
	return (int64_t)time(NULL);
}

/* ---- what goes in ------------------------------------------------------------------------------ */

static const char *why_of(int code)
{
	return code == -IGD_EACCES ? "access" : code == -IGD_ELIMIT ? "limit" : "io";
}

static int item_of(struct capture *c, const struct host_entry *e, struct item *it)
{
	const char *target;
	int r = 0;

	*it = (struct item) { .kind = e->kind, .mtime = e->mtime };
	switch (e->kind) {
	case 'f':
		r = redact_file(c->redact, e->path, e->bytes, &c->arena, &it->bytes);
		it->why = r == REDACTED_WITHHELD ? "withheld" : NULL;
		break;
	case 'l':
		r = redact_path(c->redact, (const char *)e->bytes.p, &c->arena, &target);
		if (r == 0)
			it->bytes = span_str(target);
		break;
	case 'd':
		it->listed = e->code == 0;
		it->why = e->code == 0 || e->code == -IGD_EUSAGE ? NULL : why_of(e->code);
		break;
	case 'n':
		it->kind = 'f';
		it->why = "unread";
		break;
	default:
		it->kind = e->there ? 'f' : '!';
		it->why = why_of(e->code);
	}
	/* the root needs no entry; an empty one that the manifest cannot speak of (JSON is UTF-8) would be a lie */
	if (e->path[0] == '\0' || (it->why && text_bad_utf8(span_str(e->path)) < strlen(e->path)))
		it->kind = '!';
	return r < 0 ? r : redact_path(c->redact, e->path, &c->arena, &it->path);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

/* Two names may be hidden behind the same token once the tokens are used up; the first stays. */
static void drop_twins(struct capture *c)
{
	size_t n = 0;

	qsort(c->v, c->n, sizeof(*c->v), by_path);
	for (size_t i = 0; i < c->n; i++)
		if (n == 0 || strcmp(c->v[n - 1].path, c->v[i].path) != 0)
			c->v[n++] = c->v[i];
	c->n = n;
}

/* The host's own words about its name, which become part of the record like any other question. */
static void learn_name(struct capture *c, struct host *h)
{
	static const char *const files[] = { "etc/hostname", "proc/sys/kernel/hostname" };
	struct span name;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (host_read(h, files[i], HOST_TEXT_MAX, &c->arena, &name) == 0)
			redact_host_name(c->redact, name);
}

static int collect(struct capture *c, struct host *h)
{
	const struct host_entry *e;
	size_t n;
	int r;

	learn_name(c, h);
	r = host_recorded(h, &e, &n);
	if (r == -IGD_EUSAGE)
		return report_refuse(c->rep, IGD_EUSAGE, REPORT_NOWHERE, "nothing was recorded");
	if (r < 0)
		return report_refuse(c->rep, -r, REPORT_NOWHERE, "more than a capture holds");
	c->v = arena_alloc(&c->arena, (n + 1) * sizeof(*c->v));
	if (!c->v)
		return no_memory(c->rep);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(e[i].path, HOST_MANIFEST) == 0) /* of the capture that this one is made from */
			continue;
		if (item_of(c, &e[i], &c->v[c->n]) < 0)
			return no_memory(c->rep);
		c->n++;
	}
	drop_twins(c);
	return 0;
}

/* ---- the manifest ------------------------------------------------------------------------------ */

static void json_drop(json_t **j)
{
	json_decref(*j);
}

/* "2026-07-01T12:00:00Z", ISO 8601; the epoch when the year cannot be written. */
static json_t *json_date(int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;
	char s[32];

	if (!gmtime_r(&when, &tm) || strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return json_string("1970-01-01T00:00:00Z");
	return json_string(s);
}

/* Names that are no UTF-8 cannot stand in JSON; item_of() has left those out that would have to. */
static int manifest_lists(const struct capture *c, json_t *refused, json_t *listed)
{
	const struct item *it;
	json_t *row;
	int r = 0;

	for (size_t i = 0; i < c->n && r == 0; i++) {
		it = &c->v[i];
		if (text_bad_utf8(span_str(it->path)) < strlen(it->path))
			continue;
		if (it->why) {
			row = json_pack("{s:s, s:s}", "path", it->path, "why", it->why);
			r = json_array_append_new(refused, row);
		}
		if (it->listed && r == 0)
			r = json_array_append_new(listed, json_string(it->path));
	}
	return r;
}

/* The manifest as text, to be freed; NULL without memory. */
static char *manifest(const struct capture *c, const struct host *h, const struct capture_options *o)
{
	_cleanup_(json_drop) json_t *top = json_object();
	json_t *refused = json_array(), *listed = json_array();
	int root = host_as_root(h), r;

	r = json_object_set_new(top, "schema", json_sprintf("%s%d", CAPTURE_SCHEMA_NAME, CAPTURE_SCHEMA));
	r |= json_object_set_new(top, "igdctl", json_string(IGDCTL_VERSION));
	r |= json_object_set_new(top, "created", json_date(o->created));
	r |= json_object_set_new(top, "as_root", root < 0 ? json_null() : json_boolean(root));
	r |= json_object_set_new(top, "live", json_boolean(host_is_live(h)));
	r |= json_object_set_new(top, "redacted", json_true());
	r |= json_object_set_new(top, "refused", refused);
	r |= json_object_set_new(top, "listed", listed);
	if (r || manifest_lists(c, refused, listed) < 0)
		return NULL;
	return json_dumps(top, JSON_INDENT(1));
}

/* ---- the archive ------------------------------------------------------------------------------- */

static la_ssize_t packed_add(struct archive *a, void *ctx, const void *p, size_t n)
{
	struct packed *out = ctx;
	size_t room = out->room ? out->room : (size_t)64 * 1024;
	uint8_t *bigger;

	while (room - out->n < n)
		room *= 2;
	if (room > out->room) {
		bigger = realloc(out->p, room);
		if (!bigger) {
			archive_set_error(a, ENOMEM, "no memory");
			return -1;
		}
		out->p = bigger;
		out->room = room;
	}
	memcpy(out->p + out->n, p, n);
	out->n += n;
	return (la_ssize_t)n;
}

static void writer_done(struct archive **a)
{
	archive_write_free(*a);
}

static int add_filter(struct archive *a, const char *file)
{
	static const struct {
		const char *end;
		int (*add)(struct archive *a);
	} filters[] = {
		{ ".tar", archive_write_add_filter_none },  { ".zst", archive_write_add_filter_zstd },
		{ ".tzst", archive_write_add_filter_zstd }, { ".xz", archive_write_add_filter_xz },
		{ ".txz", archive_write_add_filter_xz },
	};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		if (text_ends(span_str(file), filters[i].end))
			return filters[i].add(a);
	if (archive_write_add_filter_gzip(a) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_write_set_filter_option(a, "gzip", "timestamp", NULL); /* the time of packing, no fact */
}

static struct archive *writer_new(struct packed *out, const char *file)
{
	_cleanup_(writer_done) struct archive *a = archive_write_new();

	if (!a || archive_write_set_format_pax_restricted(a) != ARCHIVE_OK || add_filter(a, file) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK ||
	    archive_write_open(a, out, NULL, packed_add, NULL) != ARCHIVE_OK)
		return NULL;
	return TAKE_PTR(a);
}

static bool write_item(struct archive *a, struct archive_entry *e, const struct item *it)
{
	archive_entry_clear(e);
	archive_entry_set_pathname(e, it->path);
	archive_entry_set_filetype(e, it->kind == 'd' ? AE_IFDIR : it->kind == 'l' ? AE_IFLNK : AE_IFREG);
	archive_entry_set_perm(e, it->kind == 'd' ? 0755 : it->kind == 'l' ? 0777 : 0644);
	archive_entry_set_mtime(e, (time_t)it->mtime, 0);
	archive_entry_set_size(e, it->kind == 'f' ? (la_int64_t)it->bytes.n : 0);
	if (it->kind == 'l')
		archive_entry_set_symlink(e, (const char *)it->bytes.p);
	/* a warning: the name is no text in this locale and is written as bytes; see prove() */
	if (archive_write_header(a, e) < ARCHIVE_WARN)
		return false;
	if (it->kind != 'f' || it->bytes.n == 0)
		return true;
	return archive_write_data(a, it->bytes.p, it->bytes.n) == (la_ssize_t)it->bytes.n;
}

static int pack(struct capture *c, const char *file, const char *manifest_text, int64_t created)
{
	const struct item first = {
		.path = HOST_MANIFEST, .kind = 'f', .bytes = span_str(manifest_text), .mtime = created
	};
	_cleanup_(writer_done) struct archive *a = writer_new(&c->out, file);
	struct archive_entry *e = archive_entry_new();
	bool ok = a && e && write_item(a, e, &first);

	for (size_t i = 0; ok && i < c->n; i++)
		if (c->v[i].kind != '!')
			ok = write_item(a, e, &c->v[i]);
	ok = ok && archive_write_close(a) == ARCHIVE_OK;
	archive_entry_free(e);
	if (ok)
		return 0;
	return report_refuse(c->rep, IGD_EIO, REPORT_NOWHERE, "the archive cannot be made: %s",
			     a && archive_error_string(a) ? archive_error_string(a) : "no memory");
}

/* Can it be read? A record can hold a little more than a capture may. */
static int prove(const struct capture *c, const char *file)
{
	const struct span all = { c->out.p, c->out.n };
	struct host *back = NULL;
	struct report why = { 0 };
	int r = host_open_capture_memory(all, file, &back, &why);

	host_free(back);
	if (r == 0)
		return 0;
	return report_refuse(c->rep, r == -IGD_ELIMIT ? IGD_ELIMIT : IGD_EIO, REPORT_NOWHERE,
			     "the capture could not be read again: %s", why.refusal.text);
}

int capture_pack(struct host *h, const char *file, const struct capture_options *options, uint8_t **owned,
		 struct span *ret, struct report *rep)
{
	_cleanup_(capture_done) struct capture c = { .redact = redact_new(), .rep = rep };
	char *text;
	int r;

	if (!c.redact)
		return no_memory(rep);
	r = collect(&c, h);
	if (r < 0)
		return r;
	text = manifest(&c, h, options);
	if (!text)
		return no_memory(rep);
	r = pack(&c, file, text, options->created);
	free(text);
	if (r == 0)
		r = prove(&c, file);
	if (r < 0)
		return r;
	*ret = (struct span) { c.out.p, c.out.n };
	*owned = TAKE_PTR(c.out.p);
	return 0;
}

/* ---- the file ---------------------------------------------------------------------------------- */

int capture_check(const char *file, bool force, struct report *rep)
{
	return whole_file_check(file, force, rep);
}

int capture_write(struct host *h, const char *file, const struct capture_options *options, struct report *rep)
{
	uint8_t *owned = NULL;
	struct span all = { NULL, 0 };
	int r;

	r = capture_check(file, options->force, rep);
	if (r == 0)
		r = capture_pack(h, file, options, &owned, &all, rep);
	if (r == 0) /* for its owner alone: what was redacted is still much of a machine */
		r = whole_file_write(file, all, 0600, options->force, rep);
	free(owned);
	return r;
}
