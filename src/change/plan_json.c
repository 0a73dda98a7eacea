// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan_json.c - a plan as JSON, and back.
 *
 * Bytes of files are text where they are UTF-8 and base64 (RFC 4648, 4) where not, so that a person can read a plan
 * and no byte is lost. Reading believes nothing: a plan in a file may have been written by anybody, and root carries
 * it out. What was read is therefore written again at the end and held against what was given: there is one way to
 * say a plan, and what is not said that way is none of ours.
 */
#include "change/plan_json.h"

#include <nettle/base64.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/error.h"
#include "base/text.h"

#define ARGV_WORDS_MAX 256
#define COMMANDS_MAX   64
#define PATH_BYTES_MAX 4096

static const char *const kinds[] = { [OP_WRITE] = "write", [OP_RUN] = "run", [OP_VM] = "vm", [OP_BIND] = "bind" };
static const char *const words[] = { [PLAN_WHY] = "why",
				     [PLAN_NOT_NEEDED] = "not-needed",
				     [PLAN_BY_HAND] = "by-hand",
				     [PLAN_WARNING] = "warning",
				     [PLAN_SCREEN] = "screen" };
static const char *const promises[] = { [PROMISE_ENTRY] = "entry",
					[PROMISE_IMAGE] = "image",
					[PROMISE_WORD] = "word",
					[PROMISE_GROUP] = "group",
					[PROMISE_DRIVER] = "driver" };

/* ---- written ------------------------------------------------------------------------------------------------ */

/* A string; null for NULL. Bytes that are no UTF-8 become '?'. */
static json_t *text_json(const char *s)
{
	char *clean;
	json_t *v;

	if (!s)
		return json_null();
	v = json_string(s);
	if (v)
		return v;
	clean = strdup(s);
	if (!clean)
		return NULL;
	text_clean(clean);
	v = json_string(clean);
	free(clean);
	return v;
}

/* Where memory runs out json_object_set_new() and its like say so with -1 and free the value: @ok keeps that. */
static void put(json_t *top, bool *ok, const char *key, json_t *v)
{
	*ok = json_object_set_new(top, key, v) == 0 && *ok;
}

static void append(json_t *list, bool *ok, json_t *v)
{
	*ok = json_array_append_new(list, v) == 0 && *ok;
}

static json_t *argv_json(const char *const *argv, bool *ok)
{
	json_t *list = json_array();

	for (; *argv; argv++)
		append(list, ok, text_json(*argv));
	return list;
}

/* @s under @key where it is text, in base64 under "KEY_base64" where not; @known: there are bytes. */
static void put_bytes(json_t *top, bool *ok, const char *key, bool known, struct span s)
{
	bool clean = text_bad_utf8(s) == s.n;
	char *text = known && !clean ? malloc(BASE64_ENCODE_RAW_LENGTH(s.n) + 1) : NULL;
	char other[32];

	snprintf(other, sizeof(other), "%s_base64", key);
	if (text) {
		base64_encode_raw(text, s.n, s.p);
		text[BASE64_ENCODE_RAW_LENGTH(s.n)] = '\0';
	}
	*ok = *ok && (!known || clean || text);
	put(top, ok, key, known && clean ? json_stringn(s.n ? (const char *)s.p : "", s.n) : json_null());
	put(top, ok, other, text ? json_string(text) : json_null());
	free(text);
}

static json_t *digest_json(const char *hex)
{
	return *hex ? json_string(hex) : json_null();
}

static bool is_file(const struct operation *op)
{
	return op->kind == OP_WRITE || op->kind == OP_VM;
}

/* Are the bytes before known? */
static bool has_before(const struct operation *op)
{
	return op->there == TRI_YES || (op->there == TRI_UNKNOWN && op->before.n);
}

static json_t *inverse_json(const struct operation *op, bool *ok)
{
	json_t *top = json_object();

	if (op->kind == OP_RUN) {
		put(top, ok, "kind", json_string("run"));
		put(top, ok, "argv", argv_json(op->inverse ? op->inverse : op->argv, ok));
		return top;
	}
	put(top, ok, "kind", json_string(op->kind == OP_BIND ? "bind" : op->there == TRI_NO ? "remove" : "restore"));
	put(top, ok, "target", text_json(op->target));
	if (op->kind == OP_BIND) {
		put(top, ok, "driver", text_json(op->driver_before));
	} else if (op->there == TRI_NO) {
		put(top, ok, "meanwhile", op->meanwhile ? text_json(op->meanwhile) : json_null());
	} else {
		put(top, ok, "sha256", digest_json(op->before_sha256));
		put_bytes(top, ok, "bytes", has_before(op), op->before);
	}
	return top;
}

static json_t *operation_json(const struct operation *op, bool *ok)
{
	json_t *list = json_array(), *top = json_object();
	bool file = is_file(op);
	char mode[16];

	snprintf(mode, sizeof(mode), "%04o", op->mode);
	for (size_t i = 0; op->commands && op->commands[i]; i++)
		append(list, ok, argv_json(op->commands[i], ok));
	put(top, ok, "kind", json_string(kinds[op->kind]));
	put(top, ok, "target", text_json(op->target));
	put(top, ok, "reason", text_json(op->reason));
	put(top, ok, "says", text_json(op->says));
	put(top, ok, "inverse", inverse_json(op, ok));
	put(top, ok, "there", !file || op->there == TRI_UNKNOWN ? json_null() : json_boolean(op->there == TRI_YES));
	put(top, ok, "before_sha256", file ? digest_json(op->before_sha256) : json_null());
	put_bytes(top, ok, "after", file && !op->gone, op->after);
	put(top, ok, "after_sha256", file && !op->gone ? digest_json(op->after_sha256) : json_null());
	put(top, ok, "mode", op->mode ? json_string(mode) : json_null());
	put(top, ok, "argv", op->argv ? argv_json(op->argv, ok) : json_null());
	put(top, ok, "commands", list);
	put(top, ok, "driver_before", op->kind == OP_BIND ? text_json(op->driver_before) : json_null());
	put(top, ok, "driver_after", op->kind == OP_BIND ? text_json(op->driver_after) : json_null());
	return top;
}

static json_t *promise_json(const struct promise *q, bool *ok)
{
	json_t *top = json_object();

	put(top, ok, "kind", json_string(promises[q->kind]));
	put(top, ok, "where", text_json(q->where));
	put(top, ok, "what", text_json(q->what));
	put(top, ok, "absent", json_boolean(q->absent));
	put(top, ok, "reason", text_json(q->reason));
	return top;
}

static json_t *note_json(const struct plan_note *note, bool *ok)
{
	json_t *top = json_object();

	put(top, ok, "kind", json_string(words[note->word]));
	put(top, ok, "id", text_json(note->id));
	put(top, ok, "text", text_json(note->text));
	return top;
}

json_t *plan_to_json(const struct plan *p)
{
	json_t *top = json_object(), *ops = json_array(), *kept = json_array(), *notes = json_array();
	bool ok = top != NULL;

	for (size_t i = 0; i < p->n_ops; i++)
		append(ops, &ok, operation_json(&p->ops[i], &ok));
	for (size_t i = 0; i < p->n_promises; i++)
		append(kept, &ok, promise_json(&p->promises[i], &ok));
	for (size_t i = 0; i < p->n_notes; i++)
		append(notes, &ok, note_json(&p->notes[i], &ok));
	put(top, &ok, "mode", p->mode == MODE_COUNT ? json_null() : json_string(mode_str(p->mode)));
	put(top, &ok, "refused", json_boolean(p->refused));
	put(top, &ok, "operations", ops);
	put(top, &ok, "promises", kept);
	put(top, &ok, "guard_seconds", json_integer(p->guard_seconds));
	put(top, &ok, "notes", notes);
	if (!ok) {
		json_decref(top);
		return NULL;
	}
	return top;
}

/* ---- read --------------------------------------------------------------------------------------------------- */

/* The first refusal stays, and what is asked for after it is empty. */
struct reading {
	struct arena *a;
	struct report *rep;
	int r;
	char at[48]; /* "operations[2]." */
	bool kept;   /* it was carried out once: it need not be one that this program would make */
};

static _printf_(4, 5) void wrong(struct reading *x, int code, const char *key, const char *fmt, ...)
{
	char text[REPORT_TEXT];
	va_list ap;

	if (x->r < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	x->r = report_refuse(x->rep, code, REPORT_NOWHERE, "%s%s: %s", x->at, key, text);
}

/* Is @o an object with these keys, all of them and no other? */
static bool is_object_of(struct reading *x, const json_t *o, const char *key, const char *const *keys, size_t n)
{
	if (x->r < 0)
		return false;
	if (!json_is_object(o)) {
		wrong(x, IGD_EMAGIC, key, "is no object");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!json_object_get(o, keys[i])) {
			wrong(x, IGD_EMAGIC, key, "the key \"%s\" is missing", keys[i]);
			return false;
		}
	if (json_object_size(o) != n) {
		wrong(x, x->kept ? IGD_EVERSION : IGD_EMAGIC, key, "has keys that no plan has");
		return false;
	}
	return true;
}

/* C0 but for tab and newline, delete, and C1, whose UTF-8 is c2 80 to c2 9f: a terminal may act on them. */
static bool is_printable(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if ((*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f ||
		    (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return false;
	return true;
}

/* A string of ours, "" once something is wrong; NULL for null, where that is @allowed. */
static const char *string(struct reading *x, const json_t *v, const char *key, bool allowed)
{
	const char *s = json_string_value(v);

	if (x->r == 0 && allowed && json_is_null(v))
		return NULL;
	if (x->r == 0 && (!s || strlen(s) != json_string_length(v)))
		wrong(x, IGD_EMAGIC, key, "is no text");
	else if (x->r == 0 && !is_printable(s))
		wrong(x, IGD_EMAGIC, key, "holds control characters");
	return x->r < 0 ? "" : arena_str(x->a, s);
}

static const char *text_of(struct reading *x, const json_t *o, const char *key)
{
	return string(x, json_object_get(o, key), key, false);
}

static const char *text_or_null(struct reading *x, const json_t *o, const char *key)
{
	return string(x, json_object_get(o, key), key, true);
}

static bool bool_of(struct reading *x, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_boolean(v))
		wrong(x, IGD_EMAGIC, key, "is neither true nor false");
	return json_is_true(v);
}

static size_t word_of(struct reading *x, const json_t *o, const char *key, const char *const *list, size_t n)
{
	const char *s = json_string_value(json_object_get(o, key));

	for (size_t i = 0; s && i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return i;
	wrong(x, s && x->kept ? IGD_EVERSION : IGD_EMAGIC, key, "is none of the words that stand there");
	return 0;
}

static const char *const *argv_of(struct reading *x, const json_t *list, const char *key)
{
	size_t n = json_array_size(list);
	const char **argv;

	if (x->r < 0)
		return NULL;
	if (!json_is_array(list) || n == 0)
		wrong(x, IGD_EMAGIC, key, "is no list of words");
	else if (n > ARGV_WORDS_MAX)
		wrong(x, IGD_ELIMIT, key, "has more than %d words", ARGV_WORDS_MAX);
	argv = x->r < 0 ? NULL : arena_alloc(x->a, (n + 1) * sizeof(*argv));
	for (size_t i = 0; argv && i < n; i++)
		argv[i] = string(x, json_array_get(list, i), key, false);
	return x->r < 0 ? NULL : argv;
}

static bool argv_same(const char *const *a, const char *const *b)
{
	while (*a && *b && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return !*a && !*b;
}

/* Digest of @s, or "" for null, which must be so exactly where @known is not. */
static void digest_of(struct reading *x, const json_t *o, const char *key, bool known, struct span s, char ret[65])
{
	const json_t *v = json_object_get(o, key);
	const char *hex = json_string_value(v);

	ret[0] = '\0';
	if (x->r < 0)
		return;
	if (known != !json_is_null(v) || (known && !hex)) {
		wrong(x, IGD_EMAGIC, key, known ? "the digest is missing" : "there is a digest, but no bytes");
		return;
	}
	if (!known)
		return;
	plan_sha256(s, ret);
	if (strcmp(ret, hex) != 0)
		wrong(x, IGD_ESUM, key, "is not the SHA-256 of the bytes beside it");
}

static struct span unbase64(struct reading *x, const char *text, const char *key)
{
	size_t n = strlen(text), room = BASE64_DECODE_LENGTH(n);
	uint8_t *p = arena_alloc(x->a, room + 1);
	struct base64_decode_ctx ctx;

	base64_decode_init(&ctx);
	if (!p || !base64_decode_update(&ctx, &room, p, n, text) || !base64_decode_final(&ctx)) {
		wrong(x, p ? IGD_EMAGIC : IGD_ENOMEM, key, "is no base64");
		return (struct span) { 0 };
	}
	return (struct span) { p, room };
}

/* The bytes under @key or "KEY_base64"; false: both are null. */
static bool bytes_of(struct reading *x, const json_t *o, const char *key, struct span *ret)
{
	char other[32];
	const json_t *plain = json_object_get(o, key), *coded;

	snprintf(other, sizeof(other), "%s_base64", key);
	coded = json_object_get(o, other);
	*ret = (struct span) { 0 };
	if (x->r < 0 || (json_is_null(plain) && json_is_null(coded)))
		return false;
	if (json_is_string(plain) && json_is_null(coded)) {
		const struct span s = { (const uint8_t *)json_string_value(plain), json_string_length(plain) };

		*ret = (struct span) { (const uint8_t *)arena_span(x->a, s), s.n };
	} else if (json_is_null(plain) && json_is_string(coded)) {
		*ret = unbase64(x, json_string_value(coded), other);
	} else {
		wrong(x, IGD_EMAGIC, key, "bytes stand here as text, in %s as base64, or in neither", other);
	}
	return x->r == 0;
}

/* Absolute, and each part of it a name: no "..", ".", or "//", and nothing behind the last slash missing. */
static bool is_path(const char *s)
{
	size_t part = 0;

	if (*s != '/' || strlen(s) > PATH_BYTES_MAX || strchr(s, '\n') || strchr(s, '\t'))
		return false;
	for (s++;; s += part + 1) {
		part = strcspn(s, "/");
		if (part == 0 || (part == 1 && s[0] == '.') || (part == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		if (!s[part])
			return true;
	}
}

static void inverse_read(struct reading *x, const json_t *o, struct operation *op)
{
	static const char *const run[] = { "kind", "argv" }, *const gone[] = { "kind", "target", "meanwhile" };
	static const char *const bind[] = { "kind", "target", "driver" };
	static const char *const restore[] = { "kind", "target", "sha256", "bytes", "bytes_base64" };
	bool known;

	if (op->kind == OP_RUN && is_object_of(x, o, "inverse", run, ARRAY_SIZE(run))) {
		op->inverse = argv_of(x, json_object_get(o, "argv"), "inverse.argv");
		if (op->inverse && op->argv && argv_same(op->inverse, op->argv))
			op->inverse = NULL;
	} else if (op->kind == OP_BIND) {
		is_object_of(x, o, "inverse", bind, ARRAY_SIZE(bind));
	} else if (is_file(op) && op->there == TRI_NO) {
		if (is_object_of(x, o, "inverse", gone, ARRAY_SIZE(gone)))
			op->meanwhile = text_or_null(x, o, "meanwhile");
	} else if (is_file(op) && is_object_of(x, o, "inverse", restore, ARRAY_SIZE(restore))) {
		known = bytes_of(x, o, "bytes", &op->before);
		if (known != has_before(op))
			wrong(x, IGD_EMAGIC, "inverse.bytes", "the bytes before are not what \"there\" says");
		digest_of(x, o, "sha256", op->there == TRI_YES, op->before, op->before_sha256);
	}
}

static void commands_read(struct reading *x, const json_t *list, struct operation *op)
{
	size_t n = json_array_size(list);
	const char *const **v;

	if (!json_is_array(list))
		wrong(x, IGD_EMAGIC, "commands", "is no list");
	else if (n > COMMANDS_MAX)
		wrong(x, IGD_ELIMIT, "commands", "there are more than %d", COMMANDS_MAX);
	v = x->r == 0 && op->kind == OP_VM ? arena_alloc(x->a, (n + 1) * sizeof(*v)) : NULL;
	for (size_t i = 0; v && i < n; i++)
		v[i] = argv_of(x, json_array_get(list, i), "commands");
	op->commands = v;
}

static void mode_read(struct reading *x, const json_t *v, struct operation *op)
{
	const char *s = json_string_value(v);

	if (json_is_null(v))
		return;
	for (size_t i = 0; s && s[i]; i++)
		op->mode = s[i] >= '0' && s[i] <= '7' && i < 4 ? op->mode * 8 + (unsigned)(s[i] - '0') : 0;
	if (!s || strlen(s) != 4 || s[0] != '0' || !op->mode)
		wrong(x, IGD_EMAGIC, "mode", "is no mode such as 0644");
}

static void file_read(struct reading *x, const json_t *o, struct operation *op)
{
	const json_t *there = json_object_get(o, "there");
	bool known;

	if (x->r == 0 && !is_path(op->target))
		wrong(x, IGD_EPATH, "target", "is no absolute path without \".\", \"..\" and \"//\"");
	op->there = json_is_true(there) ? TRI_YES : json_is_false(there) ? TRI_NO : TRI_UNKNOWN;
	inverse_read(x, json_object_get(o, "inverse"), op);
	digest_of(x, o, "before_sha256", op->there == TRI_YES, op->before, op->before_sha256);
	known = bytes_of(x, o, "after", &op->after);
	op->gone = !known && op->kind == OP_WRITE;
	if (!known && !op->gone)
		wrong(x, IGD_EMAGIC, "after", "is missing");
	digest_of(x, o, "after_sha256", known, op->after, op->after_sha256);
	mode_read(x, json_object_get(o, "mode"), op);
}

static void bind_read(struct reading *x, const json_t *o, struct operation *op)
{
	struct pci_addr a;

	if (x->r == 0 && !pci_addr_parse(op->target, &a))
		wrong(x, IGD_EMAGIC, "target", "is no address such as 0000:00:02.0");
	op->driver_before = text_of(x, o, "driver_before");
	op->driver_after = text_of(x, o, "driver_after");
	inverse_read(x, json_object_get(o, "inverse"), op);
}

static bool operation_read(struct reading *x, const json_t *o, struct operation *op)
{
	static const char *const keys[] = { "kind",  "target",	      "reason",	  "says",	   "inverse",
					    "there", "before_sha256", "after",	  "after_base64",  "after_sha256",
					    "mode",  "argv",	      "commands", "driver_before", "driver_after" };
	const char *why = "";

	if (!is_object_of(x, o, "operation", keys, ARRAY_SIZE(keys)))
		return false;
	op->kind = (enum op_kind)word_of(x, o, "kind", kinds, ARRAY_SIZE(kinds));
	op->target = text_of(x, o, "target");
	op->reason = text_or_null(x, o, "reason");
	op->says = text_or_null(x, o, "says");
	if (x->r == 0 && op->kind == OP_RUN) {
		op->argv = argv_of(x, json_object_get(o, "argv"), "argv");
		inverse_read(x, json_object_get(o, "inverse"), op);
	} else if (x->r == 0 && op->kind == OP_BIND) {
		bind_read(x, o, op);
	} else if (x->r == 0) {
		file_read(x, o, op);
	}
	commands_read(x, json_object_get(o, "commands"), op);
	if (x->r == 0 && !x->kept && !plan_admits(op, &why))
		wrong(x, IGD_EUSAGE, "target", "%s: %s", op->target, why);
	return x->r == 0;
}

/* Patterns of files between blanks, each absolute; an address; or nothing. */
static bool is_where(const struct promise *q)
{
	struct span rest = span_str(q->where), word;
	struct pci_addr a;
	size_t n = 0;

	if (q->kind == PROMISE_WORD)
		return !*q->where;
	if (q->kind == PROMISE_GROUP || q->kind == PROMISE_DRIVER)
		return pci_addr_parse(q->where, &a);
	for (; text_word(&rest, &word); n++)
		if (!text_starts(word, "/") || text_has(word, "/../") || text_ends(word, "/.."))
			return false;
	return n > 0;
}

static bool promise_read(struct reading *x, const json_t *o, struct promise *q)
{
	static const char *const keys[] = { "kind", "where", "what", "absent", "reason" };

	if (!is_object_of(x, o, "promise", keys, ARRAY_SIZE(keys)))
		return false;
	q->kind = (enum promise_kind)word_of(x, o, "kind", promises, ARRAY_SIZE(promises));
	q->where = text_of(x, o, "where");
	q->what = text_of(x, o, "what");
	q->absent = bool_of(x, o, "absent");
	q->reason = text_or_null(x, o, "reason");
	if (x->r == 0 && !is_where(q))
		wrong(x, IGD_EPATH, "where", "is not where such a promise can be looked at");
	return x->r == 0;
}

static bool note_read(struct reading *x, const json_t *o, struct plan_note *note)
{
	static const char *const keys[] = { "kind", "id", "text" };

	if (!is_object_of(x, o, "note", keys, ARRAY_SIZE(keys)))
		return false;
	note->word = (enum plan_word)word_of(x, o, "kind", words, ARRAY_SIZE(words));
	note->id = text_or_null(x, o, "id");
	note->text = text_of(x, o, "text");
	return x->r == 0;
}

/* Element @i of the list @key is next; false at its end, or when something is wrong. */
static const json_t *next(struct reading *x, const json_t *plan, const char *key, size_t i, size_t most)
{
	const json_t *list = json_object_get(plan, key);

	x->at[0] = '\0';
	if (x->r < 0)
		return NULL;
	if (!json_is_array(list)) {
		wrong(x, IGD_EMAGIC, key, "is no list");
		return NULL;
	}
	if (json_array_size(list) > most) {
		wrong(x, IGD_ELIMIT, key, "there are more than %zu", most);
		return NULL;
	}
	snprintf(x->at, sizeof(x->at), "%s[%zu].", key, i);
	return json_array_get(list, i);
}

static void lists_read(struct reading *x, const json_t *plan, struct plan *p)
{
	const json_t *o;

	for (size_t i = 0; (o = next(x, plan, "operations", i, PLAN_OPS_MAX)); i++) {
		struct operation *op = arena_push(x->a, p->ops, p->n_ops);

		if (!op || !operation_read(x, o, op))
			return;
	}
	for (size_t i = 0; (o = next(x, plan, "promises", i, PLAN_PROMISES_MAX)); i++) {
		struct promise *q = arena_push(x->a, p->promises, p->n_promises);

		if (!q || !promise_read(x, o, q))
			return;
	}
	for (size_t i = 0; (o = next(x, plan, "notes", i, PLAN_NOTES_MAX)); i++) {
		struct plan_note *note = arena_push(x->a, p->notes, p->n_notes);

		if (!note || !note_read(x, o, note))
			return;
	}
	x->at[0] = '\0';
}

static void head_read(struct reading *x, const json_t *plan, struct plan *p)
{
	const char *modes[MODE_COUNT];
	const json_t *seconds = json_object_get(plan, "guard_seconds");

	for (size_t i = 0; i < MODE_COUNT; i++)
		modes[i] = mode_str((enum mode)i);
	p->mode = json_is_null(json_object_get(plan, "mode"))
			  ? MODE_COUNT
			  : (enum mode)word_of(x, plan, "mode", modes, MODE_COUNT);
	p->refused = bool_of(x, plan, "refused");
	if (!json_is_integer(seconds) || json_integer_value(seconds) < 0 ||
	    json_integer_value(seconds) > PLAN_GUARD_MAX)
		wrong(x, IGD_EMAGIC, "guard_seconds", "is no number from 0 to %d", PLAN_GUARD_MAX);
	p->guard_seconds = x->r < 0 ? 0 : (unsigned)json_integer_value(seconds);
}

/* Is @plan what @p is written as? Then nothing of it was overlooked. */
static void written_again(struct reading *x, const json_t *plan, const struct plan *p)
{
	json_t *again = plan_to_json(p);

	if (!again)
		wrong(x, IGD_ENOMEM, "plan", "no memory");
	else if (!json_equal(again, plan))
		wrong(x, IGD_EMAGIC, "plan", "says something that no plan of this program says");
	json_decref(again);
}

static int plan_read(const json_t *plan, bool kept, struct plan *ret, struct report *rep)
{
	static const char *const keys[] = { "mode", "refused", "operations", "promises", "guard_seconds", "notes" };
	struct reading x = { .a = ret->arena, .rep = rep, .kept = kept };
	struct plan p = { .arena = ret->arena };

	if (!is_object_of(&x, plan, "plan", keys, ARRAY_SIZE(keys)))
		return x.r;
	head_read(&x, plan, &p);
	lists_read(&x, plan, &p);
	if (x.r == 0 && p.refused && (p.n_ops || p.n_promises || !p.n_notes))
		wrong(&x, IGD_EMAGIC, "refused", "a refused plan does nothing, and says why");
	if (x.r == 0 && !p.arena->full)
		written_again(&x, plan, &p);
	if (x.r == 0 && p.arena->full)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE,
				     "the plan is too large for the memory there is");
	if (x.r == 0)
		*ret = p;
	return x.r;
}

int plan_from_json(const json_t *plan, struct plan *ret, struct report *rep)
{
	return plan_read(plan, false, ret, rep);
}

int plan_from_journal(const json_t *plan, struct plan *ret, struct report *rep)
{
	return plan_read(plan, true, ret, rep);
}

int plan_from_text(struct span text, struct plan *ret, struct report *rep)
{
	const char *schema;
	json_error_t error;
	json_t *top;
	int r;

	if (text.n > PLAN_TEXT_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu bytes are more than any plan has", text.n);
	top = json_loadb(text.n ? (const char *)text.p : "", text.n, JSON_REJECT_DUPLICATES, &error);
	if (!top) {
		text_clean(error.text);
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "no JSON: line %d, %s", error.line, error.text);
	}
	schema = json_string_value(json_object_get(top, "schema"));
	if (!schema || strncmp(schema, "igdctl/plan/", 12) != 0)
		r = report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "this is no plan; igdctl plan -o FILE writes one");
	else if (strcmp(schema, "igdctl/plan/1") != 0)
		r = report_refuse(rep, IGD_EVERSION, REPORT_NOWHERE,
				  "a plan of a kind that this igdctl does not know; make it anew");
	else
		r = plan_from_json(json_object_get(top, "plan"), ret, rep);
	json_decref(top);
	return r;
}
