// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_archive.c - a machine as a capture: the archive is unpacked once into memory, its entries become a tree
 * of nodes over those bytes, and a path is a walk over nodes.
 *
 * The tree is checked whole before the first question: a capture either opens or is refused, with
 * the entry and its offset. Folders are found by a hash of (folder, name), so opening costs a
 * constant per entry; most entries lie in the folder of the one before and cost one look-up.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "host/backend.h"
#include "host/capture.h"
#include "host/tar.h"
#include "host/unpack.h"

#define NONE	     UINT32_MAX
#define MANIFEST_MAX ((size_t)8 * 1024 * 1024)

enum node_why { WHY_READABLE, WHY_ACCESS, WHY_IO, WHY_LIMIT, WHY_UNREAD, WHY_WITHHELD };

/* What the manifest says of a name that the capture cannot answer for: see capture.h. */
static const struct {
	const char *word;
	int code;
	const char *says;
} whys[] = {
	[WHY_READABLE] = { "", 0, "" },
	[WHY_ACCESS] = { "access", IGD_EACCES, "could not be read when the capture was taken (no permission)" },
	[WHY_IO] = { "io", IGD_EIO,
		     "could not be read when the capture was taken (the system answered with an error)" },
	[WHY_LIMIT] = { "limit", IGD_ELIMIT, "was too large for the capture" },
	[WHY_UNREAD] = { "unread", IGD_EACCES, "was seen, but its content is not in the capture" },
	[WHY_WITHHELD] = { "withheld", IGD_EACCES, "was left out of the capture on purpose" },
};

struct node {
	const char *name; /* the arena's */
	uint32_t name_n, hash;
	uint32_t parent, first, last, next; /* nodes */
	uint32_t chain;			    /* next of the same hash slot */
	uint32_t n_children;
	char kind;    /* 'f', 'd', 'l'; '!' not there as far as the capture can tell, but asked for in vain */
	bool implied; /* a folder that only the names below it speak of */
	bool listed;  /* a folder whose names are all here */
	uint8_t why;  /* enum node_why */
	struct span bytes;
	int64_t mtime;
	size_t at; /* offset of its entry */
};

struct host_archive {
	struct arena arena;
	uint8_t *owned; /* the unpacked archive, unless it is the caller's */
	struct node *v; /* [0] is the top of the archive */
	uint32_t n, room;
	uint32_t *slots; /* first node of each hash; a power of two */
	uint32_t n_slots;
	uint32_t root; /* of the machine's tree */
	bool ours;     /* with a manifest */
	int as_root;
	uint32_t stack[HOST_DEPTH_MAX + 2]; /* of the walk */
	unsigned top;
	const struct trace *trace;
	char *path; /* the whole name of the entry before, normalised */
	size_t path_n;
	uint32_t path_dir; /* its folder */
};

/* ---- nodes ------------------------------------------------------------------------------------- */

static uint32_t hash(uint32_t parent, struct span name)
{
	uint64_t h = 0xcbf29ce484222325 ^ parent;
	uint8_t c;

	for (size_t i = 0; span_u8(name, i, &c); i++)
		h = (h ^ c) * 0x100000001b3;
	return (uint32_t)(h ^ h >> 29);
}

static uint32_t find(const struct host_archive *t, uint32_t parent, struct span name)
{
	uint32_t h = hash(parent, name), i;

	for (i = t->slots[h & (t->n_slots - 1)]; i != NONE; i = t->v[i].chain)
		if (t->v[i].hash == h && t->v[i].parent == parent && t->v[i].name_n == name.n &&
		    memcmp(t->v[i].name, name.p, name.n) == 0)
			return i;
	return NONE;
}

static void hash_in(struct host_archive *t, uint32_t i)
{
	uint32_t *slot = &t->slots[t->v[i].hash & (t->n_slots - 1)];

	t->v[i].chain = *slot;
	*slot = i;
}

static bool grow(struct host_archive *t, uint32_t room)
{
	struct node *v = realloc(t->v, room * sizeof(*v));
	uint32_t *slots;

	if (!v)
		return false;
	t->v = v;
	slots = realloc(t->slots, room * sizeof(*slots));
	if (!slots)
		return false;
	t->slots = slots;
	t->room = t->n_slots = room;
	memset(slots, 0xff, room * sizeof(*slots));
	for (uint32_t i = 1; i < t->n; i++)
		hash_in(t, i);
	return true;
}

/* Add a node below @parent. -IGD_ELIMIT, -IGD_ENOMEM. */
static int add(struct host_archive *t, uint32_t parent, struct span name, uint32_t *ret)
{
	struct node *n, *up;

	if (t->n >= HOST_NAMES_MAX)
		return -IGD_ELIMIT;
	if (t->n == t->room && !grow(t, 2 * t->room))
		return -IGD_ENOMEM;
	n = &t->v[t->n];
	*n = (struct node) { .name = arena_span(&t->arena, name),
			     .name_n = (uint32_t)name.n,
			     .hash = hash(parent, name),
			     .parent = parent,
			     .first = NONE,
			     .last = NONE,
			     .next = NONE,
			     .kind = 'd',
			     .implied = true };
	if (t->arena.full)
		return -IGD_ENOMEM;
	up = &t->v[parent];
	if (up->last == NONE)
		up->first = t->n;
	else
		t->v[up->last].next = t->n;
	up->last = t->n;
	up->n_children++;
	hash_in(t, t->n);
	*ret = t->n++;
	return 0;
}

/* ---- from entries to nodes --------------------------------------------------------------------- */

/* An entry as messages name it: its own name cut to what fits, control characters made '?'. */
struct shown {
	char s[96];
};

static struct shown shown(struct span name)
{
	struct shown ret = { "" };

	text_copy(name, ret.s, sizeof(ret.s));
	return ret;
}

static int refuse(struct report *rep, int code, const struct tar_entry *e, const char *what)
{
	return report_refuse(rep, code, e->at, "entry \"%s\": %s", shown(e->name).s, what);
}

/* The next component of @rest; false at the end. Empty ones and "." are skipped. */
static bool component(struct span *rest, struct span *ret)
{
	const uint8_t *slash;

	while (rest->n > 0) {
		slash = memchr(rest->p, '/', rest->n);
		if (!span_cut(*rest, 0, slash ? (size_t)(slash - rest->p) : rest->n, ret) ||
		    !span_from(*rest, ret->n + (slash ? 1 : 0), rest))
			return false;
		if (ret->n > 0 && !text_eq(*ret, "."))
			return true;
	}
	return false;
}

static int check_name(struct span name, const struct tar_entry *e, struct report *rep)
{
	struct span rest = name, c;
	int depth = 0;

	if (text_starts(name, "/"))
		return refuse(rep, IGD_EPATH, e, "an absolute name");
	if (host_name_is_odd(name))
		return refuse(rep, IGD_EPATH, e, "control characters in a name");
	while (component(&rest, &c)) {
		if (text_eq(c, ".."))
			return refuse(rep, IGD_EPATH, e, "\"..\" in a name");
		if (c.n > 255)
			return refuse(rep, IGD_ELIMIT, e, "a part of the name has more than 255 bytes");
		if (++depth > HOST_DEPTH_MAX)
			return refuse(rep, IGD_ELIMIT, e, "too many folders in one another");
	}
	return 0;
}

/* The folder part of @name was walked for the entry before: start there. */
static bool same_folder(struct host_archive *t, struct span name, struct span *base)
{
	struct span head;

	if (t->path_n == 0 || !span_cut(name, 0, t->path_n, &head) || memcmp(head.p, t->path, head.n) != 0)
		return false;
	return span_from(name, t->path_n, base) && base->n > 0 && !memchr(base->p, '/', base->n) &&
	       !text_eq(*base, ".");
}

static void keep_folder(struct host_archive *t, struct span name, uint32_t dir)
{
	const uint8_t *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;

	t->path_n = slash ? (size_t)(slash - name.p) + 1 : 0;
	if (t->path_n >= TAR_NAME_MAX || text_ends(name, "/"))
		t->path_n = 0;
	if (t->path_n)
		memcpy(t->path, name.p, t->path_n);
	t->path_dir = dir;
}

/* The node of @name, with every folder on the way; *made says whether it is new. Node 0 for "./". */
static int place(struct host_archive *t, const struct tar_entry *e, uint32_t *ret, bool *made, struct report *rep)
{
	struct span rest = e->name, c;
	uint32_t at = 0, next, dir = 0;
	int r;

	*made = false;
	if (same_folder(t, e->name, &c)) {
		at = t->path_dir;
		rest = c;
	} else {
		r = check_name(e->name, e, rep);
		if (r < 0)
			return r;
		t->path_n = 0;
	}
	if (host_name_is_odd(rest) || text_eq(rest, "..") || (at && rest.n > 255))
		return refuse(rep, IGD_EPATH, e, "not a name that a system file has");
	while (component(&rest, &c)) {
		if (t->v[at].kind != 'd')
			return refuse(rep, IGD_EPATH, e, "it lies below something that is no folder");
		dir = at;
		next = find(t, at, c);
		*made = next == NONE;
		if (*made) {
			r = add(t, at, c, &next);
			if (r < 0)
				return refuse(rep, -r, e, r == -IGD_ELIMIT ? "too many entries" : "no memory");
		}
		at = next;
	}
	if (t->path_n == 0)
		keep_folder(t, e->name, dir);
	*ret = at;
	return 0;
}

/* A hard link is one more name for the content of an earlier entry. */
static int hard_link(struct host_archive *t, const struct tar_entry *e, struct node *n, struct report *rep)
{
	struct tar_entry to = { .name = e->link, .at = e->at };
	struct span rest = e->link, c;
	uint32_t at = 0;
	int r;

	r = check_name(e->link, &to, rep);
	if (r < 0)
		return r;
	while (at != NONE && component(&rest, &c))
		at = find(t, at, c);
	if (at == NONE || t->v[at].kind != 'f' || &t->v[at] == n)
		return refuse(rep, IGD_EPATH, e, "a hard link to no file of this archive");
	n->kind = 'f';
	n->bytes = t->v[at].bytes;
	return 0;
}

static int take_entry(struct host_archive *t, const struct tar_entry *e, struct report *rep)
{
	struct node *n;
	uint32_t at = 0;
	bool made = false;
	int r;

	if (e->bytes.n > HOST_FILE_MAX)
		return refuse(rep, IGD_ELIMIT, e, "larger than a capture's file may be");
	r = place(t, e, &at, &made, rep);
	if (r < 0)
		return r;
	n = &t->v[at];
	if (e->kind == 'd') {
		if (!made && n->kind != 'd')
			return refuse(rep, IGD_EPATH, e, "a folder with the name of an earlier entry");
		n->implied = false;
		n->mtime = e->mtime;
		n->at = e->at;
		return 0;
	}
	if (!made)
		return refuse(rep, IGD_EPATH, e, "the name comes twice");
	n->implied = false;
	n->mtime = e->mtime;
	n->at = e->at;
	if (e->kind == 'h')
		return hard_link(t, e, n, rep);
	n->kind = e->kind;
	n->bytes = e->kind == 'l' ? e->link : e->bytes;
	if (e->kind == 'l' && (host_name_is_odd(e->link) || e->link.n == 0 || e->link.n >= HOST_PATH_MAX))
		return refuse(rep, IGD_EPATH, e, "a link to nowhere");
	return 0;
}

static int take_all(struct host_archive *t, struct span all, struct report *rep)
{
	struct tar tar;
	struct tar_entry e;
	int r;

	tar_init(&tar, all);
	while ((r = tar_next(&tar, &e, rep)) == 0) {
		r = take_entry(t, &e, rep);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}

/* ---- which folder is the machine --------------------------------------------------------------- */

static bool looks_like_machine(const struct host_archive *t, uint32_t dir)
{
	static const char *const tops[] = { "sys", "proc", "etc" };
	uint32_t i;

	for (size_t k = 0; k < ARRAY_SIZE(tops); k++) {
		i = find(t, dir, span_str(tops[k]));
		if (i != NONE && t->v[i].kind == 'd')
			return true;
	}
	i = find(t, dir, span_str(HOST_MANIFEST));
	return i != NONE && t->v[i].kind == 'f';
}

static int find_root(struct host_archive *t, struct report *rep)
{
	uint32_t i;

	if (looks_like_machine(t, 0))
		return 0;
	for (i = t->v[0].first; i != NONE; i = t->v[i].next) {
		if (t->v[i].kind != 'd' || !looks_like_machine(t, i))
			continue;
		if (t->root)
			return report_refuse(rep, IGD_EMAGIC, t->v[i].at,
					     "two machines in one archive: \"%s\" and \"%s\"",
					     shown(span_str(t->v[t->root].name)).s, shown(span_str(t->v[i].name)).s);
		t->root = i;
	}
	if (t->root)
		return 0;
	return report_refuse(rep, IGD_EMAGIC, 0, "no sys, proc or etc folder in the archive: not a machine");
}

/* ---- the manifest ------------------------------------------------------------------------------ */

static void json_drop(json_t **j)
{
	json_decref(*j);
}

static uint8_t why_of(const char *word)
{
	for (size_t i = 1; i < ARRAY_SIZE(whys); i++)
		if (word && strcmp(whys[i].word, word) == 0)
			return (uint8_t)i;
	return WHY_UNREAD;
}

/* The node of @path below the root, made as '!' when the archive has none; NONE when that cannot be. */
static int manifest_node(struct host_archive *t, const char *path, bool make, uint32_t *ret)
{
	const struct tar_entry e = { .name = span_str(path) };
	struct span rest = e.name, c;
	uint32_t at = t->root, next;
	bool made = false;
	int r;

	*ret = NONE;
	if (check_name(e.name, &e, NULL) < 0)
		return -IGD_EPATH;
	while (component(&rest, &c)) {
		next = t->v[at].kind == 'd' ? find(t, at, c) : NONE;
		if (next == NONE && (!make || t->v[at].kind != 'd'))
			return 0;
		made = next == NONE;
		if (made) {
			r = add(t, at, c, &next);
			if (r < 0)
				return r;
		}
		at = next;
	}
	if (made)
		t->v[at].kind = '!';
	*ret = at;
	return 0;
}

static int manifest_refused(struct host_archive *t, json_t *list, size_t at, struct report *rep)
{
	const char *path, *why;
	uint32_t node;
	json_t *row;
	size_t i;
	int r;

	json_array_foreach(list, i, row)
	{
		path = json_string_value(json_object_get(row, "path"));
		why = json_string_value(json_object_get(row, "why"));
		if (!path || !why)
			return report_refuse(rep, IGD_EMAGIC, at, "refused[%zu] of the manifest has no path or why",
					     i);
		r = manifest_node(t, path, true, &node);
		if (r < 0)
			return report_refuse(rep, -r, at, "refused[%zu] of the manifest: a bad path", i);
		if (node != NONE)
			t->v[node].why = why_of(why);
	}
	return 0;
}

/* Folders whose names were all taken; every other one answers that this is not known. */
static int manifest_listed(struct host_archive *t, json_t *list, size_t at, struct report *rep)
{
	uint32_t node;
	json_t *row;
	size_t i;
	int r;

	for (uint32_t k = 0; k < t->n; k++)
		t->v[k].listed = !json_is_array(list);
	json_array_foreach(list, i, row)
	{
		if (!json_is_string(row))
			return report_refuse(rep, IGD_EMAGIC, at, "listed[%zu] of the manifest is no path", i);
		r = manifest_node(t, json_string_value(row), false, &node);
		if (r < 0)
			return report_refuse(rep, -r, at, "listed[%zu] of the manifest: a bad path", i);
		if (node != NONE)
			t->v[node].listed = true;
	}
	return 0;
}

/* "igdctl/capture/1": the number is the version; a name behind it that we do not know is refused. */
static int manifest_schema(json_t *top, size_t at, struct report *rep)
{
	const char *schema = json_string_value(json_object_get(top, "schema"));
	struct span s = span_str(schema ? schema : "");
	uint64_t major;

	if (!text_skip(&s, CAPTURE_SCHEMA_NAME) || !text_digits(&s, 10, &major) || (s.n && !text_starts(s, ".")))
		return report_refuse(rep, IGD_EMAGIC, at, "%s does not say which schema it follows", HOST_MANIFEST);
	if (major != CAPTURE_SCHEMA)
		return report_refuse(rep, IGD_EVERSION, at,
				     "the capture follows schema %llu, this igdctl knows %d: use the igdctl that "
				     "made it, or a newer one",
				     (unsigned long long)major, CAPTURE_SCHEMA);
	return 0;
}

static void manifest_maker(json_t *top, size_t at, struct report *rep)
{
	const char *by = json_string_value(json_object_get(top, "igdctl"));

	if (by && strcmp(by, IGDCTL_VERSION) != 0)
		report_note(rep, at, "taken by igdctl %s, this is %s: what only one of them asks for looks absent",
			    shown(span_str(by)).s, IGDCTL_VERSION);
}

static int manifest_read(struct host_archive *t, struct report *rep)
{
	_cleanup_(json_drop) json_t *top = NULL;
	uint32_t i = find(t, t->root, span_str(HOST_MANIFEST));
	json_error_t err;
	size_t at;
	int r;

	if (i == NONE || t->v[i].kind != 'f') {
		for (i = 0; i < t->n; i++)
			t->v[i].listed = true;
		report_note(rep, REPORT_NOWHERE, "no %s: taken for a tree that somebody packed by hand",
			    HOST_MANIFEST);
		return 0;
	}
	at = t->v[i].at;
	if (t->v[i].bytes.n > MANIFEST_MAX)
		return report_refuse(rep, IGD_ELIMIT, at, "%s is too large", HOST_MANIFEST);
	top = json_loadb((const char *)t->v[i].bytes.p, t->v[i].bytes.n, JSON_REJECT_DUPLICATES, &err);
	if (!json_is_object(top))
		return report_refuse(rep, IGD_EMAGIC, at, "%s is not JSON: line %d: %s", HOST_MANIFEST, err.line,
				     shown(span_str(err.text)).s);
	r = manifest_schema(top, at, rep);
	if (r == 0)
		r = manifest_refused(t, json_object_get(top, "refused"), at, rep);
	if (r == 0)
		r = manifest_listed(t, json_object_get(top, "listed"), at, rep);
	if (r < 0)
		return r;
	manifest_maker(top, at, rep);
	t->ours = true;
	if (json_is_boolean(json_object_get(top, "as_root")))
		t->as_root = json_is_true(json_object_get(top, "as_root"));
	return 0;
}

/*
 * tar fills up what sysfs promised and did not give: a file of 4096 bytes, a line and then zeros. Only
 * for trees packed by hand, and only where what stands before the zeros is whole lines.
 */
static void drop_padding(struct host_archive *t)
{
	const uint8_t *nul;
	struct node *n;
	size_t i;

	for (uint32_t k = 1; k < t->n; k++) {
		n = &t->v[k];
		if (n->kind != 'f' || n->bytes.n != 4096)
			continue;
		nul = memchr(n->bytes.p, 0, n->bytes.n);
		if (!nul || nul == n->bytes.p)
			continue;
		i = (size_t)(nul - n->bytes.p);
		if (n->bytes.p[i - 1] == '\n' && memcmp(nul, nul + 1, 4096 - i - 1) == 0)
			n->bytes.n = i;
	}
}

/* ---- answers ----------------------------------------------------------------------------------- */

static int archive_step(void *self, const char *name, enum walk_kind *ret, char target[HOST_PATH_MAX])
{
	struct host_archive *t = self;
	uint32_t i = find(t, t->stack[t->top], span_str(name));
	const struct node *n;

	if (i == NONE)
		return -IGD_ENOENT;
	n = &t->v[i];
	if (n->kind == '!')
		return -whys[n->why].code;
	if (n->kind == 'l') {
		memcpy(target, n->bytes.p, n->bytes.n); /* shorter than HOST_PATH_MAX: see take_entry() */
		target[n->bytes.n] = '\0';
		*ret = WALK_LINK;
		return 0;
	}
	t->stack[++t->top] = i;
	*ret = n->kind == 'd' ? WALK_FOLDER : WALK_FILE;
	return 0;
}

static void archive_pop(void *self)
{
	((struct host_archive *)self)->top--;
}

static void archive_on_link(void *self, const char *canon, const char *target)
{
	struct host_archive *t = self;

	if (t->trace)
		t->trace->on_link(t->trace->ctx, canon, target);
}

static int archive_walk(struct host_archive *t, const char *path, bool last, struct walk *w,
			char target[HOST_PATH_MAX])
{
	static const struct walk_ops ops = { .step = archive_step, .pop = archive_pop, .on_link = archive_on_link };

	t->top = 0;
	t->stack[0] = t->root;
	return walk_path(&ops, t, path, last, w, target);
}

/* The node that @path leads to. */
static int archive_node(struct host_archive *t, const char *path, const struct node **ret)
{
	char target[HOST_PATH_MAX];
	struct walk w;
	int r = archive_walk(t, path, true, &w, target);

	if (r < 0)
		return r;
	*ret = &t->v[t->stack[t->top]];
	return 0;
}

/* The bytes of the file at @path, where they lie. */
static int archive_bytes(void *self, const char *path, struct span *ret)
{
	const struct node *n;
	int r = archive_node(self, path, &n);

	if (r < 0)
		return r;
	if (n->kind != 'f')
		return -IGD_EIO;
	if (n->why)
		return -whys[n->why].code;
	*ret = n->bytes;
	return 0;
}

static int copy_out(struct span bytes, struct arena *a, struct span *ret)
{
	const char *copy = arena_span(a, bytes);

	if (a->full)
		return -IGD_ELIMIT;
	*ret = (struct span) { (const uint8_t *)copy, bytes.n };
	return 0;
}

static int archive_read(void *self, const char *path, size_t max, struct arena *a, struct span *ret)
{
	struct span bytes = { 0 };
	int r = archive_bytes(self, path, &bytes);

	if (r == 0 && bytes.n > max)
		r = -IGD_ELIMIT;
	return r < 0 ? r : copy_out(bytes, a, ret);
}

static int archive_head(void *self, const char *path, struct span have, size_t n, struct arena *a, struct span *ret)
{
	struct span bytes = { 0 };
	int r = archive_bytes(self, path, &bytes);

	(void)have;
	if (r < 0)
		return r;
	bytes.n = bytes.n < n ? bytes.n : n;
	return copy_out(bytes, a, ret);
}

static int archive_link(void *self, const char *path, struct arena *a, const char **ret)
{
	char target[HOST_PATH_MAX];
	struct walk w;
	int r = archive_walk(self, path, false, &w, target);

	if (r < 0)
		return r;
	if (w.kind != WALK_LINK)
		return -IGD_ENOENT;
	*ret = arena_str(a, target);
	return a->full ? -IGD_ELIMIT : 0;
}

static int archive_list(void *self, const char *path, struct arena *a, struct host_names *ret)
{
	struct host_archive *t = self;
	struct host_names names = { 0 };
	const struct node *n;
	int r = archive_node(t, path, &n);

	if (r < 0)
		return r;
	if (n->kind != 'd')
		return -IGD_ENOENT;
	if (n->why || !n->listed)
		return n->why ? -whys[n->why].code : -IGD_EACCES;
	names.v = arena_alloc(a, (n->n_children + 1) * sizeof(*names.v));
	if (!names.v)
		return -IGD_ELIMIT;
	for (uint32_t i = n->first; i != NONE; i = t->v[i].next) {
		if (t->v[i].kind == '!' || (n == &t->v[t->root] && strcmp(t->v[i].name, HOST_MANIFEST) == 0))
			continue;
		names.v[names.n++] = arena_span(a, (struct span) { (const uint8_t *)t->v[i].name, t->v[i].name_n });
	}
	host_names_sort(&names);
	*ret = names;
	return a->full ? -IGD_ELIMIT : 0;
}

static int archive_has(void *self, const char *path)
{
	const struct node *n;
	int r = archive_node(self, path, &n);

	return r == 0 ? 1 : r == -IGD_ENOENT ? 0 : r;
}

static int archive_mtime(void *self, const char *path, int64_t *ret)
{
	const struct node *n;
	int r = archive_node(self, path, &n);

	if (r == 0)
		*ret = n->mtime;
	return r;
}

static const char *archive_why(void *self, int r, const char *path)
{
	struct host_archive *t = self;
	char target[HOST_PATH_MAX];
	const struct node *n;
	struct walk w;
	uint32_t i;

	if (archive_walk(t, path, true, &w, target) < 0) {
		if (w.loop)
			return "symbolic links go in a circle";
		if (r == -IGD_ENOENT)
			return w.out ? "symbolic link leads out of the tree" : NULL;
		i = w.n < strlen(w.canon)
			    ? find(t, t->stack[t->top],
				   span_str(strrchr(w.canon, '/') ? strrchr(w.canon, '/') + 1 : w.canon))
			    : NONE;
		return i != NONE && t->v[i].why ? whys[t->v[i].why].says : NULL;
	}
	n = &t->v[t->stack[t->top]];
	if (n->why)
		return whys[n->why].says;
	if (r == -IGD_EACCES && n->kind == 'd')
		return "its names are not in the capture";
	if (r == -IGD_EIO)
		return "not a regular file";
	return r == -IGD_ELIMIT ? "larger than is read" : NULL;
}

static int archive_trace(void *self, const char *path, bool last, const struct trace *tr, struct walk *w,
			 char target[HOST_PATH_MAX])
{
	struct host_archive *t = self;
	int r;

	t->trace = tr;
	r = archive_walk(t, path, last, w, target);
	t->trace = NULL;
	return r;
}

static void archive_free(void *self)
{
	struct host_archive *t = self;

	arena_done(&t->arena);
	free(t->owned);
	free(t->v);
	free(t->slots);
	free(t->path);
	free(t);
}

static const struct host_ops archive_ops = {
	.read = archive_read,
	.head = archive_head,
	.link = archive_link,
	.list = archive_list,
	.has = archive_has,
	.mtime = archive_mtime,
	.why = archive_why,
	.trace = archive_trace,
	.free = archive_free,
};

/* ---- opening ----------------------------------------------------------------------------------- */

static struct host_archive *archive_new(size_t unpacked)
{
	struct host_archive *t = calloc(1, sizeof(*t));
	uint32_t room = 256;

	if (!t)
		return NULL;
	while (room < HOST_NAMES_MAX / 2 && room < unpacked / ((size_t)2 * TAR_BLOCK))
		room *= 2;
	t->as_root = -1;
	t->path = malloc(TAR_NAME_MAX);
	if (!t->path || !grow(t, room)) {
		archive_free(t);
		return NULL;
	}
	t->v[0] = (struct node) { .name = "",
				  .parent = NONE,
				  .first = NONE,
				  .last = NONE,
				  .next = NONE,
				  .chain = NONE,
				  .kind = 'd',
				  .implied = true };
	t->n = 1;
	return t;
}

static int archive_load(struct host_archive *t, struct span all, struct report *rep)
{
	int r = take_all(t, all, rep);

	if (r == 0)
		r = find_root(t, rep);
	if (r == 0)
		r = manifest_read(t, rep);
	if (r == 0 && !t->ours)
		drop_padding(t);
	return r;
}

/* @all is a tar archive; @owned, when not NULL, is its malloc()ed block and is owned from here on. */
static int archive_open(struct span all, uint8_t *owned, const char *name, struct host **ret, struct report *rep)
{
	struct host_archive *t = archive_new(all.n);
	int as_root, r;

	if (!t) {
		free(owned);
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	}
	t->owned = owned;
	r = archive_load(t, all, rep);
	if (r < 0) {
		archive_free(t);
		return r;
	}
	as_root = t->as_root;
	r = host_new(&archive_ops, t, name, ret, rep); /* @t is the host's, or gone */
	if (r < 0)
		return r;
	(*ret)->capture = true;
	(*ret)->as_root = as_root;
	return 0;
}

int host_open_capture_memory(struct span packed, const char *name, struct host **ret, struct report *rep)
{
	uint8_t *owned = NULL;
	struct span all;
	int r;

	report_subject(rep, "%s", shown(span_str(name)).s);
	if (tar_is(packed))
		return archive_open(packed, NULL, name, ret, rep);
	r = unpack(packed, &owned, &all, rep);
	if (r < 0)
		return r;
	return archive_open(all, owned, name, ret, rep);
}

int host_open_capture(const char *file, struct host **ret, struct report *rep)
{
	uint8_t *packed = NULL, *owned = NULL;
	struct span bytes, all;
	int r;

	report_subject(rep, "%s", shown(span_str(file)).s);
	r = unpack_file(file, &packed, &bytes, rep);
	if (r < 0)
		return r;
	if (tar_is(bytes))
		return archive_open(bytes, packed, file, ret, rep);
	r = unpack(bytes, &owned, &all, rep);
	free(packed);
	if (r < 0)
		return r;
	return archive_open(all, owned, file, ret, rep);
}
