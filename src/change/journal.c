// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journal.c - reading what was done to a machine.
 *
 * A journal may have been edited, or belong to a disk that somebody else filled: every record is checked for its
 * keys, their types and ranges, and for its place in the order of things. A transaction that is not in order is told
 * as broken, with its reason, and hinders none of the others.
 */
#include "change/journal.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "change/plan_json.h"
#include "change/record.h"

#define RECORDS_MAX 16384 /* of one log */

/* ---- what records are --------------------------------------------------------------------------------------- */

#define FROM(state) (1U << (state))
#define ANY                                                                                  \
	(FROM(TRANSACTION_BEGUN) | FROM(TRANSACTION_APPLIED) | FROM(TRANSACTION_REVERTING) | \
	 FROM(TRANSACTION_REVERTED))

/* In which states of its transaction a record may come, and which it brings. Beside "kind" and "time" one of an
 * operation has "op". */
static const struct record_row {
	const char *name;
	bool has_op;
	unsigned from;
	int to; /* -1: it stays */
} rows[] = {
	[RECORD_BEGIN] = { "begin", false, 0, TRANSACTION_BEGUN },
	[RECORD_DO] = { "do", true, FROM(TRANSACTION_BEGUN), -1 },
	[RECORD_DID] = { "did", true, FROM(TRANSACTION_BEGUN), -1 },
	[RECORD_APPLIED] = { "applied", false, FROM(TRANSACTION_BEGUN), TRANSACTION_APPLIED },
	[RECORD_REVERT] = { "revert", false, ANY & ~FROM(TRANSACTION_REVERTED), TRANSACTION_REVERTING },
	[RECORD_UNDO] = { "undo", true, FROM(TRANSACTION_REVERTING), -1 },
	[RECORD_UNDID] = { "undid", true, FROM(TRANSACTION_REVERTING), -1 },
	[RECORD_REVERTED] = { "reverted", false, FROM(TRANSACTION_REVERTING), TRANSACTION_REVERTED },
	[RECORD_CONFIRMED] = { "confirmed", false, ANY, -1 },
	[RECORD_BOOTED] = { "booted", false, ANY, -1 },
	[RECORD_REBOOT] = { "reboot", false, ANY, -1 },
};

const char *record_kind_str(enum record_kind kind)
{
	return rows[kind].name;
}

static bool kind_of(const char *name, enum record_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*ret = (enum record_kind)i;
		return true;
	}
	return false;
}

/* ---- one line ----------------------------------------------------------------------------------------------- */

static bool only_of(const char *s, const char *alphabet, size_t most)
{
	return strlen(s) <= most && strspn(s, alphabet) == strlen(s);
}

static bool is_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool number_get(const json_t *v, uint64_t most, uint64_t *ret)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || (uint64_t)n > most)
		return false;
	*ret = (uint64_t)n;
	return true;
}

static bool unsigned_get(const json_t *v, uint64_t most, unsigned *ret)
{
	uint64_t n;

	if (!number_get(v, most, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

static bool words_get(const json_t *v, const char *alphabet, size_t most, struct arena *a, const char **ret)
{
	const char *s = json_string_value(v);

	if (!s || strlen(s) != json_string_length(v) || strlen(s) > most || !is_text(s) ||
	    (alphabet && !only_of(s, alphabet, most)))
		return false;
	*ret = arena_str(a, s);
	return true;
}

/* @ret_newer: it is not wrong, but a key or a kind of record that this igdctl never writes. */
static bool field_get(const char *key, const json_t *v, struct arena *a, struct record *r, bool *ret_newer)
{
	uint64_t n;

	if (strcmp(key, "kind") == 0) {
		bool known = json_is_string(v) && kind_of(json_string_value(v), &r->kind);

		*ret_newer = json_is_string(v) && !known;
		return known;
	}
	if (strcmp(key, "time") == 0) {
		r->time = json_integer_value(v);
		return json_is_integer(v);
	}
	if (strcmp(key, "op") == 0) {
		bool ok = number_get(v, SIZE_MAX / 2, &n);

		r->op = ok ? (size_t)n : 0;
		return ok;
	}
	if (strcmp(key, "there") == 0) {
		r->there = json_is_true(v);
		return json_is_boolean(v);
	}
	if (strcmp(key, "mode") == 0)
		return unsigned_get(v, 07777, &r->mode);
	if (strcmp(key, "uid") == 0)
		return unsigned_get(v, UINT_MAX, &r->uid);
	if (strcmp(key, "gid") == 0)
		return unsigned_get(v, UINT_MAX, &r->gid);
	if (strcmp(key, "seconds") == 0)
		return unsigned_get(v, UINT_MAX, &r->seconds);
	if (strcmp(key, "sha256") == 0)
		return words_get(v, "0123456789abcdef", 64, a, &r->sha256) &&
		       (strlen(r->sha256) == 64 || !*r->sha256);
	if (strcmp(key, "boot") == 0)
		return words_get(v, "0123456789abcdef-", 64, a, &r->boot);
	if (strcmp(key, "mount") == 0)
		return words_get(v, NULL, HOST_PATH_MAX - 1, a, &r->mount) && *r->mount == '/';
	if (strcmp(key, "text") == 0)
		return words_get(v, NULL, JOURNAL_TEXT, a, &r->text);
	*ret_newer = true;
	return false;
}

/* A key that @r cannot do without and has not: by "there" the way back knows whether to remove a file. NULL: none. */
static const char *missing(const json_t *top, const struct record *r)
{
	static const struct {
		const char *key;
		bool op, begun, file; /* wanted of a record of an operation, of its first, of that about a file */
	} wanted[] = { { "op", true, false, false },
		       { "there", false, true, false },
		       { "mode", false, false, true },
		       { "uid", false, false, true },
		       { "gid", false, false, true } };

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (((wanted[i].op && rows[r->kind].has_op) || (wanted[i].begun && r->kind == RECORD_DO) ||
		     (wanted[i].file && r->kind == RECORD_DO && r->there)) &&
		    !json_object_get(top, wanted[i].key))
			return wanted[i].key;
	return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *record_get(struct span line, struct arena *a, struct record *ret, bool *ret_newer)
{
	struct record r = { .sha256 = "", .boot = "", .text = "", .mount = "" };
	json_t *top = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	const char *bad = NULL;
	bool newer = false;

	if (!json_is_object(top) || !json_object_get(top, "kind") || !json_object_get(top, "time"))
		bad = "is no record";
	for (void *it = bad ? NULL : json_object_iter(top); it && !bad; it = json_object_iter_next(top, it))
		if (!field_get(json_object_iter_key(it), json_object_iter_value(it), a, &r, &newer)) {
			*ret_newer = newer;
			bad = arena_printf(
				a, newer ? "has a \"%.20s\" that this igdctl does not know" : "has a wrong \"%.20s\"",
				json_object_iter_key(it));
		}
	if (!bad && missing(top, &r))
		bad = arena_printf(a, "has no \"%s\"", missing(top, &r));
	json_decref(top);
	*ret = r;
	return bad;
}

/* ---- one log ------------------------------------------------------------------------------------------------ */

/* Does a record that an operation begins say of its file what the plan says? The plan is the one that was found to be
 * so right before. */
static bool fits_plan(const struct transaction *t, const struct record *r)
{
	const struct operation *op;

	if (r->kind != RECORD_DO || t->broken)
		return true;
	op = &t->plan.ops[r->op];
	return r->there == (op->kind == OP_BIND || (op->kind != OP_RUN && op->there == TRI_YES));
}

static const char *record_add(struct transaction *t, const struct record *r, struct arena *a)
{
	const struct record_row *row = &rows[r->kind];
	struct record *slot;

	if (r->kind == RECORD_BEGIN ? t->n_records > 0 : t->n_records == 0 || !(row->from & FROM(t->state)))
		return arena_printf(a, "has \"%s\" where it cannot come", row->name);
	if (row->has_op ? !t->broken && r->op >= t->plan.n_ops : r->op != 0)
		return "names an operation that the plan has not";
	if (!fits_plan(t, r))
		return "says otherwise than its plan whether the file was there";
	if (t->n_records == RECORDS_MAX || !(slot = arena_push(a, t->records, t->n_records)))
		return "is one too many";
	*slot = *r;
	if (row->to >= 0)
		t->state = (enum transaction_state)row->to;
	t->confirmed |= r->kind == RECORD_CONFIRMED;
	return NULL;
}

const char *transaction_read_log(struct span log, struct arena *a, struct transaction *t)
{
	struct span line;
	size_t n = 0;
	const char *bad;
	struct record r;

	while (log.n > 0 && log.p[log.n - 1] != '\n')
		log.n--;
	while (span_line(&log, &line)) {
		n++;
		bad = record_get(line, a, &r, &t->newer);
		if (!bad)
			bad = record_add(t, &r, a);
		if (bad)
			return arena_printf(a, "line %zu of its log %s", n, bad);
	}
	if (t->n_records == 0)
		return "its log is empty";
	t->begun = &t->records[0];
	return a->full ? "no memory" : NULL;
}

/* ---- one transaction ---------------------------------------------------------------------------------------- */

static const char *plan_get(struct span text, struct arena *a, struct plan *ret, bool *ret_newer)
{
	struct report rep = { 0 };
	json_error_t e;
	json_t *top = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);
	int r;

	if (!top)
		return arena_printf(a, "its plan is no JSON, line %d", e.line);
	ret->arena = a;
	r = plan_from_journal(top, ret, &rep);
	json_decref(top);
	if (r == 0)
		return NULL;
	*ret = (struct plan) { .arena = a };
	*ret_newer = r == -IGD_EVERSION;
	return arena_printf(a, "its plan cannot be used: %s", rep.code ? rep.refusal.text : igd_error_str(r));
}

static void transaction_read(struct host *h, const char *name, struct arena *a, struct transaction *t)
{
	const char *dir = JOURNAL_DIR "/journal", *bad_log;
	struct span text;
	int r;

	t->plan.arena = a;
	r = host_read(h, arena_printf(a, "%s/%s/plan.json", dir, name), JOURNAL_BYTES, a, &text);
	t->broken = r < 0 ? arena_printf(a, "its plan cannot be read: %s", igd_error_str(r))
			  : plan_get(text, a, &t->plan, &t->newer);
	r = host_read(h, arena_printf(a, "%s/%s/log", dir, name), JOURNAL_LOG, a, &text);
	bad_log = r < 0 ? arena_printf(a, "its log cannot be read: %s", igd_error_str(r))
			: transaction_read_log(text, a, t);
	if (!bad_log)
		return;
	t->state = TRANSACTION_BEGUN; /* nobody knows: so it is not told to be in order */
	t->begun = NULL;
	t->plan.n_ops = 0;
	t->broken = bad_log;
}

static bool id_of(const char *name, unsigned *ret)
{
	struct span s = span_str(name);
	uint64_t id;

	if (s.n < 4 || s.n > 9 || !text_digits(&s, 10, &id) || s.n || id == 0)
		return false;
	*ret = (unsigned)id;
	return s.n == 0;
}

int journal_read(struct host *h, struct arena *a, struct journal *ret, struct report *rep)
{
	struct journal j = { 0 };
	struct host_names names = { 0 };
	int r = host_list(h, JOURNAL_DIR "/journal", a, &names);

	if (r == -IGD_ENOENT) {
		*ret = j;
		return 0;
	}
	if (r < 0)
		return report_refuse(rep, -r, REPORT_NOWHERE, "/" JOURNAL_DIR "/journal: %s",
				     r == -IGD_EACCES ? "only root may read it; run this with sudo"
						      : igd_error_str(r));
	for (size_t i = 0; i < names.n; i++) {
		struct transaction *t;
		unsigned id;

		if (!id_of(names.v[i], &id))
			continue;
		if (j.n == JOURNAL_MAX)
			return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE,
					     "/" JOURNAL_DIR
					     "/journal: more than %d transactions; move old ones away",
					     JOURNAL_MAX);
		t = arena_push(a, j.v, j.n);
		if (!t)
			return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for the journal");
		t->id = id;
		transaction_read(h, names.v[i], a, t);
	}
	if (a->full)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for the journal");
	*ret = j;
	return 0;
}

const struct transaction *journal_find(const struct journal *j, unsigned id)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->v[i].id == id)
			return &j->v[i];
	return NULL;
}

const struct transaction *journal_above(const struct journal *j, const struct transaction *t)
{
	for (size_t i = j->n; i-- > 0 && j->v[i].id > t->id;)
		if (j->v[i].state != TRANSACTION_REVERTED)
			return &j->v[i];
	return NULL;
}

const char *journal_broken_next(const struct transaction *t)
{
	return t->newer ? "a newer igdctl wrote it: use that one, and leave the folder where it is"
			: "see that the machine is in order, then move that folder away and keep it: it holds the "
			  "old bytes";
}

int journal_refuse_above(const struct journal *j, const struct transaction *t, struct report *rep)
{
	const struct transaction *above = journal_above(j, t);

	return above ? report_refuse(
			       rep, IGD_EUSAGE, REPORT_NOWHERE,
			       "change %u stands on change %u: igdctl revert %u first, or igdctl revert for all",
			       above->id, t->id, above->id)
		     : 0;
}

const char *journal_boot_id(struct host *h, struct arena *a)
{
	struct span text;

	if (host_read(h, "proc/sys/kernel/random/boot_id", HOST_TEXT_MAX, a, &text) < 0)
		return "";
	text = text_trim(text);
	return text.n == 36 && only_of(arena_span(a, text), "0123456789abcdef-", 36) ? arena_span(a, text) : "";
}

void journal_out_path(unsigned id, size_t op, bool undo, char ret[JOURNAL_PATH])
{
	snprintf(ret, JOURNAL_PATH, "/" JOURNAL_DIR "/journal/%04u/out/%s%zu", id, undo ? "undo-" : "", op + 1);
}
