// SPDX-License-Identifier: GPL-2.0-or-later
/* test_journal.c - the journal of a machine, as it was written, cut, and edited by somebody who means no good. */
#include "tree.h"

#include "base/error.h"
#include "change/change.h"
#include "change/record.h"

#define BEGIN                                                                                                        \
	"{\"kind\":\"begin\",\"time\":1700000000,\"boot\":\"01234567-89ab-cdef-0123-456789abcdef\",\"seconds\":300}" \
	"\n"
#define DO    "{\"kind\":\"do\",\"time\":1700000001,\"op\":0,\"there\":true,\"mode\":416,\"uid\":0,\"gid\":4}\n"
#define DID   "{\"kind\":\"did\",\"time\":1700000002,\"op\":0}\n"
#define DONE  "{\"kind\":\"applied\",\"time\":1700000003}\n"
#define BACK  "{\"kind\":\"revert\",\"time\":1700000004,\"text\":\"revert\"}\n"
#define UNDO  "{\"kind\":\"undo\",\"time\":1700000005,\"op\":0}\n"
#define UNDID "{\"kind\":\"undid\",\"time\":1700000006,\"op\":0,\"text\":\"kept\"}\n"
#define OVER  "{\"kind\":\"reverted\",\"time\":1700000007}\n"
#define YES   "{\"kind\":\"confirmed\",\"time\":1700000008,\"boot\":\"\"}\n"
#define ALL   BEGIN DO DID DONE BACK UNDO UNDID OVER

/* A transaction of one operation, on a file that was there, and its log. */
static struct operation one_op = { .kind = OP_WRITE, .target = "/etc/default/grub", .there = TRI_YES };

static const char *read_log(const char *log, struct arena *a, struct transaction *t)
{
	*t = (struct transaction) { .plan.ops = &one_op, .plan.n_ops = 1 };
	return transaction_read_log(span_str(log), a, t);
}

static void states(_unused_ void **state)
{
	static const struct {
		const char *log;
		enum transaction_state state;
		size_t n;
	} rows[] = {
		{ BEGIN, TRANSACTION_BEGUN, 1 },
		{ BEGIN DO, TRANSACTION_BEGUN, 2 },
		{ BEGIN DO DID DONE, TRANSACTION_APPLIED, 4 },
		{ BEGIN DO DID DONE BACK UNDO, TRANSACTION_REVERTING, 6 },
		{ BEGIN DO BACK BACK UNDO UNDO UNDID, TRANSACTION_REVERTING, 7 },
		{ ALL, TRANSACTION_REVERTED, 8 },
	};
	struct arena a = { 0 };
	struct transaction t;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_null(read_log(rows[i].log, &a, &t));
		assert_int_equal(t.state, rows[i].state);
		assert_int_equal(t.n_records, rows[i].n);
		assert_ptr_equal(t.begun, t.records);
		assert_false(t.confirmed);
	}
	assert_null(read_log(BEGIN DO DID DONE YES, &a, &t));
	assert_true(t.confirmed);
	assert_int_equal(t.state, TRANSACTION_APPLIED);
	arena_done(&a);
}

static void fields(_unused_ void **state)
{
	struct arena a = { 0 };
	struct transaction t;

	assert_null(read_log(ALL, &a, &t));
	assert_int_equal(t.begun->time, 1700000000);
	assert_int_equal(t.begun->seconds, 300);
	assert_string_equal(t.begun->boot, "01234567-89ab-cdef-0123-456789abcdef");
	assert_true(t.records[1].there);
	assert_int_equal(t.records[1].mode, 0640);
	assert_int_equal(t.records[1].gid, 4);
	assert_string_equal(t.records[1].text, "");
	assert_string_equal(t.records[6].text, "kept");
	arena_done(&a);
}

static void hostile(_unused_ void **state)
{
	static const char *const logs[] = {
		"",
		"\n",
		"rubbish\n",
		"[]\n",
		"{}\n",
		DO,								 /* nothing was begun */
		BEGIN BEGIN,							 /* twice */
		BEGIN DONE DO,							 /* after its end */
		BEGIN UNDO,							 /* not on the way back */
		BEGIN OVER,							 /* no way back at all */
		ALL BACK,							 /* it is over */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":1,\"there\":true}\n",	 /* one more than there are */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":-1,\"there\":true}\n", /* before the first */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"there\":true,\"mode\":0,\"uid\":0,\"gid\":0}\n", /* of none */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":0,\"mode\":0,\"uid\":0,\"gid\":0}\n", /* there or not? */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":0,\"there\":false}\n", /* not what the plan says */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":0,\"there\":true,\"uid\":0,\"gid\":0}\n",  /* no mode */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":0,\"there\":true,\"mode\":0,\"gid\":0}\n", /* no owner */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":0,\"there\":true,\"mode\":0,\"uid\":0}\n", /* no group */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"op\":0.5}\n",				     /* between two */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"mode\":4096}\n",				     /* no mode */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"uid\":4294967296}\n",			     /* nobody */
		BEGIN "{\"kind\":\"do\",\"time\":1,\"there\":1}\n",				     /* no truth */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"sha256\":\"abc\"}\n",			     /* no digest */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"sha256\":7}\n",				     /* no text */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"text\":\"\\u001b[2J\"}\n", /* a terminal would act on it */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"text\":\"a\\u0000b\"}\n",	 /* hides its end */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"boot\":\"../x\"}\n",	 /* no boot id */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"more\":1}\n",		 /* an unknown key */
		BEGIN "{\"kind\":\"did\",\"time\":1,\"time\":2}\n",		 /* a key twice */
		BEGIN "{\"kind\":\"did\"}\n",					 /* no time */
		BEGIN "{\"kind\":\"dream\",\"time\":1}\n",			 /* no kind */
		BEGIN "\n" DO,							 /* an empty line */
	};
	struct arena a = { 0 };
	struct transaction t;

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
		assert_non_null(read_log(logs[i], &a, &t));
	arena_done(&a);
}

/* A wrong value is damage; only what this igdctl never writes is told as written by a newer one. */
static void damaged_or_newer(_unused_ void **state)
{
	static const struct {
		const char *field;
		bool newer;
	} rows[] = {
		{ "\"op\":\"0\"", false },	  { "\"there\":1", false },	   { "\"mode\":4096", false },
		{ "\"uid\":-1", false },	  { "\"gid\":\"root\"", false },   { "\"boot\":\"../x\"", false },
		{ "\"seconds\":0.5", false },	  { "\"sha256\":\"abc\"", false }, { "\"text\":\"\\u001b\"", false },
		{ "\"mount\":\"boot\"", false },  { "\"mount\":\"\"", false },	   { "\"mount\":7", false },
		{ "\"mounts\":\"/boot\"", true },
	};
	struct arena a = { 0 };
	struct transaction t;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *bad =
			read_log(arena_printf(&a, BEGIN "{\"kind\":\"did\",\"time\":1,%s}\n", rows[i].field), &a, &t);

		assert_non_null(bad);
		assert_non_null(strstr(bad, rows[i].newer ? "does not know" : "has a wrong"));
		assert_int_equal(t.newer, rows[i].newer);
	}
	assert_non_null(read_log(BEGIN "{\"kind\":\"dream\",\"time\":1}\n", &a, &t));
	assert_true(t.newer);
	assert_non_null(read_log(BEGIN "{\"kind\":7,\"time\":1}\n", &a, &t));
	assert_false(t.newer);
	arena_done(&a);
}

/* A stop cuts a line off: what stands before it counts, and no more. */
static void cut_anywhere(_unused_ void **state)
{
	const char *log = ALL;

	for (size_t n = 0; n <= strlen(log); n++) {
		struct arena a = { 0 };
		struct transaction t = { .plan.ops = &one_op, .plan.n_ops = 1 };
		char *copy = malloc(n ? n : 1);
		size_t lines = 0;
		const char *bad;

		assert_non_null(copy);
		memcpy(copy, log, n);
		for (size_t i = 0; i < n; i++)
			lines += copy[i] == '\n';
		bad = transaction_read_log((struct span) { (const uint8_t *)copy, n }, &a, &t);
		assert_int_equal(bad == NULL, lines > 0);
		assert_int_equal(t.n_records, lines);
		free(copy);
		arena_done(&a);
	}
}

static void each_byte_changed(_unused_ void **state)
{
	static const char swaps[] = { '\0', '"', '\n', '9', '}', (char)0xff };
	char log[] = ALL;
	size_t refused = 0;

	for (size_t at = 0; at < strlen(ALL); at++) {
		for (size_t k = 0; k < ARRAY_SIZE(swaps); k++) {
			struct arena a = { 0 };
			struct transaction t = { .plan.ops = &one_op, .plan.n_ops = 1 };
			char was = log[at];

			log[at] = swaps[k];
			refused += transaction_read_log((struct span) { (const uint8_t *)log, strlen(ALL) }, &a,
							&t) != NULL;
			log[at] = was;
			arena_done(&a);
		}
	}
	assert_true(refused > 1000);
}

/* ---- on a disk ----------------------------------------------------------------------------------------------- */

static int read_all(struct tree *t, struct arena *a, struct journal *j, struct report *rep)
{
	struct host *h = NULL;
	int r;

	assert_int_equal(host_open_root(t->top, &h, rep), 0);
	r = journal_read(h, a, j, rep);
	host_free(h);
	return r;
}

static void none(_unused_ void **state)
{
	struct arena a = { 0 };
	struct journal j = { NULL, 42 };
	struct tree t;

	tree_init(&t);
	assert_int_equal(read_all(&t, &a, &j, NULL), 0);
	assert_int_equal(j.n, 0);
	assert_null(journal_find(&j, 1));
	tree_done(&t);
	arena_done(&a);
}

static void plan_of(struct arena *a, struct plan *p)
{
	const struct operation op = { .kind = OP_WRITE,
				      .target = "/etc/strange/name",
				      .there = TRI_YES,
				      .before = span_str("y\n"),
				      .after = span_str("x\n"),
				      .reason = "iommu.off",
				      .says = "what no plan of today holds" };

	*p = (struct plan) { .arena = a, .mode = MODE_UEFI, .guard_seconds = 300 };
	assert_true(plan_add(p, &op));
}

static void written_and_read(_unused_ void **state)
{
	const struct record rec = { .kind = RECORD_DO,
				    .there = true,
				    .mode = 0600,
				    .uid = 1,
				    .gid = 2,
				    .text = "/etc",
				    .mount = "/boot/efi" };
	const struct record half = { .kind = RECORD_DO, .there = true, .text = "no UTF-8: \xff" };
	const struct record sum = { .kind = RECORD_DID,
				    .sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" };
	struct arena a = { 0 };
	struct site *s = NULL;
	struct journal j;
	struct plan p;
	struct tree t;
	unsigned id = 0;

	tree_init(&t);
	tree_file(&t, "proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
	plan_of(&a, &p);
	assert_int_equal(site_open(t.top, true, &s, NULL), 0);
	assert_int_equal(journal_begin(s, &p, &id, NULL), 0);
	assert_int_equal(id, 1);
	assert_int_equal(journal_note(s, 1, &rec, NULL), 0);
	assert_int_equal(journal_note(s, 1, &half, NULL), -IGD_ENOMEM); /* and not a line without it */
	assert_int_equal(journal_note(s, 1, &sum, NULL), 0);
	assert_int_equal(journal_begin(s, &p, &id, NULL), 0);
	assert_int_equal(id, 2);
	assert_int_equal(journal_note(s, 3, &rec, NULL), -IGD_ENOENT);
	site_free(s);
	assert_int_equal(read_all(&t, &a, &j, NULL), 0);
	assert_int_equal(j.n, 2);
	assert_null(j.v[0].broken);
	assert_int_equal(j.v[0].plan.n_ops, 1); /* although plan_admits() would not have it */
	assert_int_equal(j.v[0].plan.guard_seconds, 300);
	assert_int_equal(j.v[0].begun->seconds, 300);
	assert_string_equal(j.v[0].begun->boot, "01234567-89ab-cdef-0123-456789abcdef");
	assert_true(j.v[0].begun->time > 1700000000);
	assert_int_equal(j.v[0].n_records, 3);
	assert_int_equal(j.v[0].records[1].mode, 0600);
	assert_string_equal(j.v[0].records[1].text, "/etc");
	assert_string_equal(j.v[0].records[1].mount, "/boot/efi");
	assert_string_equal(j.v[0].records[2].mount, "");
	assert_string_equal(j.v[0].records[2].sha256, sum.sha256);
	assert_ptr_equal(journal_find(&j, 2), &j.v[1]);
	tree_done(&t);
	arena_done(&a);
}

/* The next record after a torn one does not stand behind its rest. */
static void torn_line_goes(_unused_ void **state)
{
	const struct record done = { .kind = RECORD_APPLIED };
	struct arena a = { 0 };
	struct site *s = NULL;
	struct journal j;
	struct plan p;
	struct tree t;
	unsigned id;
	FILE *log;

	tree_init(&t);
	plan_of(&a, &p);
	assert_int_equal(site_open(t.top, true, &s, NULL), 0);
	assert_int_equal(journal_begin(s, &p, &id, NULL), 0);
	log = fopen(tree_path(&t, JOURNAL_DIR "/journal/0001/log"), "ae");
	assert_non_null(log);
	assert_true(fputs("{\"kind\":\"do\",\"ti", log) >= 0);
	assert_int_equal(fclose(log), 0);
	assert_int_equal(journal_note(s, 1, &done, NULL), 0);
	site_free(s);
	assert_int_equal(read_all(&t, &a, &j, NULL), 0);
	assert_null(j.v[0].broken);
	assert_int_equal(j.v[0].state, TRANSACTION_APPLIED);
	assert_int_equal(j.v[0].n_records, 2);
	tree_done(&t);
	arena_done(&a);
}

static void broken_ones(_unused_ void **state)
{
	static const char *const names[] = { "0001/plan.json", "0002/log", "0003/plan.json" };
	static const char *const texts[] = { "{\"mode\":", "{\"kind\":\"did\",\"time\":1}\n", "{\"mode\":\"uefi\"}" };
	struct arena a = { 0 };
	struct site *s = NULL;
	struct journal j;
	struct plan p;
	struct tree t;
	unsigned id;
	char path[128];

	tree_init(&t);
	plan_of(&a, &p);
	assert_int_equal(site_open(t.top, true, &s, NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(journal_begin(s, &p, &id, NULL), 0);
	site_free(s);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), JOURNAL_DIR "/journal/%s", names[i]);
		tree_file(&t, path, texts[i]);
	}
	tree_file(&t, JOURNAL_DIR "/journal/notes.txt", "somebody's");
	tree_file(&t, JOURNAL_DIR "/journal/new/log", "");
	assert_int_equal(read_all(&t, &a, &j, NULL), 0);
	assert_int_equal(j.n, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(j.v[i].broken);
		assert_int_equal(j.v[i].plan.n_ops, 0);
	}
	assert_null(j.v[3].broken);
	assert_int_equal(unlink(tree_path(&t, JOURNAL_DIR "/journal/0004/log")), 0);
	assert_int_equal(read_all(&t, &a, &j, NULL), 0);
	assert_non_null(j.v[3].broken);
	tree_done(&t);
	arena_done(&a);
}

static void no_place_for_it(_unused_ void **state)
{
	struct report rep = { 0 };
	struct site *s = NULL;
	struct tree t;

	tree_init(&t);
	assert_int_equal(site_open(t.top, false, &s, &rep), -IGD_ENOENT);
	assert_non_null(strstr(rep.refusal.text, "has changed nothing"));
	assert_int_equal(access(tree_path(&t, "var"), F_OK), -1);
	assert_int_equal(site_open(tree_path(&t, "none"), true, &s, NULL), -IGD_ENOENT);
	tree_file(&t, "var/lib/igdctl", "a file");
	assert_true(site_open(t.top, true, &s, NULL) < 0);
	assert_null(s);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states),
		cmocka_unit_test(fields),
		cmocka_unit_test(hostile),
		cmocka_unit_test(damaged_or_newer),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(each_byte_changed),
		cmocka_unit_test(none),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(torn_line_goes),
		cmocka_unit_test(broken_ones),
		cmocka_unit_test(no_place_for_it),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
