// SPDX-License-Identifier: GPL-2.0-or-later
/* test_guard.c - boots of a folder: confirmed, not confirmed, stopped; each waited for by the second. */
#include "tree.h"

#include "base/error.h"
#include "change/guard.h"

#define BOOT   "proc/sys/kernel/random/boot_id"
#define ONE    "11111111-1111-1111-1111-111111111111"
#define TWO    "22222222-2222-2222-2222-222222222222"
#define FILE_A "etc/modprobe.d/igdctl.conf"
#define FILE_B "etc/modules-load.d/igdctl.conf"
#define UNIT   "etc/systemd/system/igdctl-guard.service"
#define VM     "home/vms/win.conf"
#define FILE_C "etc/dracut.conf.d/90-igdctl.conf"
#define FILE_D "etc/cmdline.d/90-igdctl.conf"

struct machine {
	struct tree t;
	struct report rep;
	int n_asked; /* whether to stop */
	int confirm_at, revert_at, stop_at;
	unsigned confirm; /* the transaction that is, or is taken back */
	int stale;	  /* looks at an image, from now on, that find in it what is gone */
	int fails;	  /* commands that do, from now on */
	char said[1024];
};

static void boot(struct machine *m, const char *id)
{
	char line[64];

	snprintf(line, sizeof(line), "%s\n", id);
	tree_file(&m->t, BOOT, line);
}

static void machine_init(struct machine *m)
{
	*m = (struct machine) { .n_asked = 0 };
	tree_init(&m->t);
	tree_file(&m->t, "etc/hostname", "x\n");
	boot(m, ONE);
}

static void machine_done(struct machine *m)
{
	tree_done(&m->t);
}

static bool is_there(struct machine *m, const char *name)
{
	return access(tree_path(&m->t, name), F_OK) == 0;
}

static void move(struct machine *m, const char *from, const char *to)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s", tree_path(&m->t, from));
	assert_int_equal(rename(path, tree_path(&m->t, to)), 0);
}

static const char *tree_absolute(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "/%s", name);
	return path;
}

static void plan_init(struct plan *p, struct arena *a, const char *target, unsigned seconds)
{
	const struct operation op = { .kind = OP_WRITE,
				      .target = target,
				      .there = TRI_NO,
				      .after = span_str("# ours\n"),
				      .mode = 0644,
				      .reason = "iommu.off",
				      .says = "for the test" };

	*p = (struct plan) { .arena = a, .mode = MODE_UEFI, .guard_seconds = seconds };
	assert_true(plan_add(p, &op));
}

/* Commands are the test's; systemctl is run for no machine but the one that runs. */
static int run(void *ctx, struct site *s, const char *const *argv, int fd, struct report *rep)
{
	struct machine *m = ctx;

	(void)s;
	(void)fd;
	(void)rep;
	if (strcmp(argv[0], "true") != 0)
		fail_msg("%s was run", argv[0]);
	if (m->fails > 0)
		assert_true(is_there(m, UNIT)); /* the guard goes last: it is there for the next try */
	return m->fails-- > 0 ? 1 : 0;
}

static unsigned apply_plan(struct machine *m, const struct plan *p)
{
	struct change_hooks hooks = { .ctx = m, .run = run };
	struct site *s = NULL;
	unsigned id = 0;

	assert_int_equal(site_open(m->t.top, true, &s, &m->rep), 0);
	assert_int_equal(change_apply(s, p, &hooks, &id, &m->rep), CHANGE_DONE);
	site_free(s);
	return id;
}

static unsigned apply(struct machine *m, const char *target, unsigned seconds)
{
	struct arena a = { 0 };
	struct plan p;
	unsigned id;

	plan_init(&p, &a, target, seconds);
	id = apply_plan(m, &p);
	arena_done(&a);
	return id;
}

/* As plans are: the guard's own unit first, a file, a VM's definition, a command. */
static unsigned apply_all(struct machine *m, unsigned seconds)
{
	static const char *const argv[] = { "true", NULL };
	const struct operation vm = { .kind = OP_VM,
				      .target = "/" VM,
				      .there = TRI_YES,
				      .before = span_str("# before\n"),
				      .after = span_str("# after\n"),
				      .reason = "iommu.off",
				      .says = "for the test" };
	const struct operation command = {
		.kind = OP_RUN, .target = "what is made", .argv = argv, .reason = "iommu.off", .says = "for the test"
	};
	const struct promise image = { PROMISE_IMAGE, "/boot/image", FILE_A, false, "iommu.off" };
	struct operation file;
	struct arena a = { 0 };
	struct plan p;
	unsigned id;

	tree_file(&m->t, VM, "# before\n");
	tree_file(&m->t, "usr/bin/true", "");
	assert_int_equal(chmod(tree_path(&m->t, "usr/bin/true"), 0755), 0);
	plan_init(&p, &a, "/" UNIT, seconds);
	file = p.ops[0];
	file.target = "/" FILE_A;
	assert_true(plan_add(&p, &file) && plan_add(&p, &command) && plan_add(&p, &vm) && plan_promise(&p, &image));
	id = apply_plan(m, &p);
	arena_done(&a);
	return id;
}

static void apply_op(struct machine *m, const struct operation *op, unsigned seconds)
{
	struct arena a = { 0 };
	struct plan p = { .arena = &a, .mode = MODE_UEFI, .guard_seconds = seconds };

	assert_true(plan_add(&p, op));
	apply_plan(m, &p);
	arena_done(&a);
}

/* As a stop of the machine leaves it: begun, and no file changed yet. */
static void begin(struct machine *m, const char *target, unsigned seconds)
{
	struct site *s = NULL;
	struct arena a = { 0 };
	struct plan p;
	unsigned id = 0;

	plan_init(&p, &a, target, seconds);
	assert_int_equal(site_open(m->t.top, true, &s, &m->rep), 0);
	assert_int_equal(journal_begin(s, &p, &id, &m->rep), 0);
	site_free(s);
	arena_done(&a);
}

/* What igdctl verify --confirm does, while the guard waits: so it must not hold the journal's lock. */
static void confirm(struct machine *m)
{
	const struct record rec = { .kind = RECORD_CONFIRMED, .boot = TWO, .sha256 = "", .text = "" };
	struct site *s = NULL;

	assert_int_equal(site_open(m->t.top, false, &s, &m->rep), 0);
	assert_int_equal(journal_note(s, m->confirm, &rec, &m->rep), 0);
	site_free(s);
}

/* What igdctl revert does. */
static void revert(struct machine *m)
{
	struct change_hooks hooks = { .ctx = m, .run = run };
	struct conflicts found;
	struct arena a = { 0 };
	struct site *s = NULL;

	assert_int_equal(site_open(m->t.top, false, &s, &m->rep), 0);
	assert_int_equal(change_revert(s, m->confirm, EDITS_REFUSE, "revert", &hooks, &a, &found, &m->rep),
			 CHANGE_DONE);
	site_free(s);
	arena_done(&a);
}

static int look(void *ctx, const struct promise *q, struct arena *a, const char **ret_why)
{
	struct machine *m = ctx;

	(void)a;
	*ret_why = "an image still holds it";
	return q->absent && m->stale-- > 0;
}

static bool stopped(void *ctx)
{
	struct machine *m = ctx;

	m->n_asked++;
	if (m->n_asked == m->confirm_at)
		confirm(m);
	if (m->n_asked == m->revert_at)
		revert(m);
	return m->n_asked == m->stop_at;
}

static void say(void *ctx, const char *text)
{
	struct machine *m = ctx;
	size_t n = strlen(m->said);

	snprintf(m->said + n, sizeof(m->said) - n, "%s\n", text);
}

static int guard(struct machine *m)
{
	const struct change_hooks change = { .ctx = m, .run = run, .look = look };
	const struct guard_hooks g = {
		.ctx = m, .say = say, .stopped = stopped, .tries = 3, .pause = 1, .change = &change
	};
	int r;

	m->rep = (struct report) { 0 };
	m->n_asked = 0;
	m->said[0] = '\0';
	r = guard_run(m->t.top, &g, &m->rep);
	return r;
}

static size_t count(struct machine *m, unsigned id, enum record_kind kind)
{
	struct arena a = { 0 };
	struct journal j;
	struct host *h = NULL;
	const struct transaction *t;
	size_t n = 0;

	assert_int_equal(host_open_root(m->t.top, &h, NULL), 0);
	assert_int_equal(journal_read(h, &a, &j, NULL), 0);
	t = journal_find(&j, id);
	assert_non_null(t);
	for (size_t i = 0; i < t->n_records; i++)
		n += t->records[i].kind == kind;
	host_free(h);
	arena_done(&a);
	return n;
}

/* ---- nothing to do ------------------------------------------------------------------------------------------- */

static void test_nothing(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	assert_int_equal(guard(&m), GUARD_NOTHING); /* no journal */
	assert_false(is_there(&m, JOURNAL_DIR));
	apply(&m, "/" FILE_A, 1);
	assert_int_equal(guard(&m), GUARD_NOTHING); /* in the boot that it was applied in */
	assert_int_equal(remove(tree_path(&m.t, BOOT)), 0);
	assert_int_equal(guard(&m), GUARD_NOTHING); /* nobody knows which boot this is */
	assert_true(is_there(&m, FILE_A));
	assert_int_equal(m.n_asked, 0);
	machine_done(&m);
}

static void test_no_guard(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	apply(&m, "/" FILE_A, 0);
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_NOTHING);
	assert_true(is_there(&m, FILE_A));
	machine_done(&m);
}

/* ---- waited for ---------------------------------------------------------------------------------------------- */

static void test_confirmed(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	m.confirm = apply(&m, "/" FILE_A, 60);
	m.confirm_at = 1;
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_CONFIRMED);
	assert_non_null(strstr(m.said, "igdctl verify --confirm"));
	assert_true(is_there(&m, FILE_A));
	assert_int_equal(count(&m, m.confirm, RECORD_BOOTED), 1);
	m.confirm_at = 0;
	boot(&m, "33333333-3333-3333-3333-333333333333");
	assert_int_equal(guard(&m), GUARD_NOTHING); /* confirmed for good */
	machine_done(&m);
}

/* Taken back by hand while it waits: nothing was confirmed, and nothing is left to do. */
static void test_taken_back(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	m.confirm = apply(&m, "/" FILE_A, 60);
	m.revert_at = 1;
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_GONE);
	assert_false(is_there(&m, FILE_A));
	assert_int_equal(count(&m, m.confirm, RECORD_REBOOT), 0);
	machine_done(&m);
}

static void test_not_confirmed(void **state)
{
	struct machine m;
	unsigned id;

	(void)state;
	machine_init(&m);
	id = apply(&m, "/" FILE_A, 1);
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_false(is_there(&m, FILE_A));
	assert_int_equal(count(&m, id, RECORD_REBOOT), 1);
	assert_int_equal(count(&m, id, RECORD_REVERTED), 1);
	assert_non_null(strstr(m.said, "so not run: systemctl reboot"));
	assert_int_equal(guard(&m), GUARD_NOTHING); /* once */
	boot(&m, "33333333-3333-3333-3333-333333333333");
	assert_int_equal(guard(&m), GUARD_NOTHING);
	assert_int_equal(count(&m, id, RECORD_REBOOT), 1);
	machine_done(&m);
}

/* All that is not confirmed goes at once: a second reboot by itself must not come. */
static void test_several(void **state)
{
	struct machine m;
	unsigned one, two;

	(void)state;
	machine_init(&m);
	one = apply(&m, "/" FILE_A, 1);
	two = apply(&m, "/" FILE_B, 1);
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_false(is_there(&m, FILE_A) || is_there(&m, FILE_B));
	assert_int_equal(count(&m, one, RECORD_REBOOT) + count(&m, two, RECORD_REBOOT), 2);
	machine_done(&m);
}

/* What waited for the same boot goes with a guarded change, and what came on top of it, so that it finds its files as
 * it left them; what an earlier boot had brought stays. */
static void test_on_top(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	apply(&m, "/" FILE_B, 0);
	boot(&m, "33333333-3333-3333-3333-333333333333");
	apply(&m, "/" FILE_D, 0);
	apply(&m, "/" FILE_A, 1);
	apply(&m, "/" FILE_C, 0);
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_false(is_there(&m, FILE_A) || is_there(&m, FILE_C) || is_there(&m, FILE_D));
	assert_true(is_there(&m, FILE_B));
	machine_done(&m);
}

/* One confirmed, one not: only that goes. */
static void test_one_of_two(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	m.confirm = apply(&m, "/" FILE_A, 2);
	apply(&m, "/" FILE_B, 2);
	m.confirm_at = 1;
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_true(is_there(&m, FILE_A));
	assert_false(is_there(&m, FILE_B));
	machine_done(&m);
}

/* What was applied later stands on it. */
static void test_newer(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	apply(&m, "/" FILE_A, 1);
	m.confirm = apply(&m, "/" FILE_B, 0);
	confirm(&m);
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_false(is_there(&m, FILE_A) || is_there(&m, FILE_B));
	assert_non_null(strstr(m.said, "Change 2 came with it"));
	machine_done(&m);
}

/* Boots that ended without a confirmation make the next wait shorter. */
static void test_halved(void **state)
{
	static const char *const boots[] = { TWO, "33333333-3333-3333-3333-333333333333",
					     "44444444-4444-4444-4444-444444444444",
					     "44444444-4444-4444-4444-444444444444" },
				 *const waits[] = { " 200 s", " 100 s", " 60 s", " 60 s" };
	struct machine m;

	(void)state;
	machine_init(&m);
	apply(&m, "/" FILE_A, 200);
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
		boot(&m, boots[i]);
		m.stop_at = 1;
		assert_int_equal(guard(&m), GUARD_STOPPED);
		assert_non_null(strstr(m.said, waits[i]));
	}
	machine_done(&m);
}

/* ---- taken back with difficulty ------------------------------------------------------------------------------- */

static void test_command_fails(void **state)
{
	struct machine m;
	unsigned id;

	(void)state;
	machine_init(&m);
	id = apply_all(&m, 1);
	boot(&m, TWO);
	m.fails = 2;
	assert_int_equal(guard(&m), GUARD_REVERTED); /* at the third try */
	assert_false(is_there(&m, FILE_A) || is_there(&m, UNIT));
	assert_int_equal(count(&m, id, RECORD_REVERTED), 1);
	machine_done(&m);
	machine_init(&m);
	id = apply_all(&m, 1);
	boot(&m, TWO);
	m.fails = 3;
	assert_int_equal(guard(&m), GUARD_HALFWAY);
	assert_true(is_there(&m, UNIT));
	assert_int_equal(count(&m, id, RECORD_REBOOT), 0);
	assert_int_equal(guard(&m), GUARD_REVERTED); /* the next boot, or whoever starts it again */
	assert_int_equal(count(&m, id, RECORD_REBOOT), 1);
	machine_done(&m);
}

/* A VM's definition that cannot be written keeps no host dark, nor does an image that takes two tries. */
static void test_vm_fails(void **state)
{
	struct machine m;
	unsigned id;

	(void)state;
	machine_init(&m);
	id = apply_all(&m, 1);
	boot(&m, TWO);
	move(&m, VM, "home/away");
	assert_int_equal(mkdir(tree_path(&m.t, VM), 0755), 0);
	m.stale = 1;
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_false(is_there(&m, FILE_A));
	assert_true(is_there(&m, UNIT));
	assert_int_equal(count(&m, id, RECORD_REVERTED), 0);
	assert_int_equal(remove(tree_path(&m.t, VM)), 0);
	move(&m, "home/away", VM);
	boot(&m, "33333333-3333-3333-3333-333333333333");
	assert_int_equal(guard(&m), GUARD_NOTHING); /* and not a second reboot */
	assert_int_equal(count(&m, id, RECORD_REVERTED), 1);
	assert_int_equal(count(&m, id, RECORD_REBOOT), 1);
	assert_false(is_there(&m, UNIT));
	machine_done(&m);
}

static void test_stopped(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	apply(&m, "/" FILE_A, 60);
	boot(&m, TWO);
	m.stop_at = 2;
	assert_int_equal(guard(&m), GUARD_STOPPED);
	assert_true(is_there(&m, FILE_A));
	machine_done(&m);
}

/* ---- edited --------------------------------------------------------------------------------------------------- */

static const char *slurp(struct machine *m, const char *name)
{
	static char text[1024];
	FILE *f = fopen(tree_path(&m->t, name), "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* A file of ours goes, edited or not, and the edit is kept elsewhere. */
static void test_edited(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	apply(&m, "/" FILE_A, 1);
	apply(&m, "/" FILE_B, 1);
	tree_file(&m.t, FILE_A, "# theirs\n");
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_false(is_there(&m, FILE_A) || is_there(&m, FILE_B));
	assert_string_equal(slurp(&m, JOURNAL_DIR "/journal/0001/edited-1"), "# theirs\n");
	assert_non_null(strstr(m.rep.notes[0].text, "/" JOURNAL_DIR "/journal/0001/edited-1"));
	machine_done(&m);
}

/* Out of an owner's file goes what the change put in; what cannot be told apart stays. */
static void test_merged(void **state)
{
	static const struct {
		enum op_kind kind;
		const char *path, *before, *after, *now, *then;
	} rows[] = {
		{ OP_WRITE, "etc/default/grub", "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
		  "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n",
		  "A=2\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash intel_iommu=on\"\n",
		  "A=2\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n" },
		{ OP_WRITE, "etc/kernel/cmdline", "root=x quiet\n", "root=x quiet vfio-pci.ids=8086:1\n",
		  "root=y quiet vfio-pci.ids=8086:1\n", "root=y quiet\n" },
		{ OP_WRITE, "boot/loader/entries/a.conf", "linux /a\noptions ro\n",
		  "linux /a\noptions ro\noptions intel_iommu=on\n", "linux /b\noptions ro\noptions intel_iommu=on\n",
		  "linux /b\noptions ro\n" },
		{ OP_VM, "etc/pve/qemu-server/100.conf", "args: -a\nonboot: 1\nvga: std\n",
		  "args: -a -b\nhostpci0: 00:02.0\nonboot: 1\n",
		  "args: -a -b\nhostpci0: 00:02.0,rombar=0\nmemory: 4096\nonboot: 1\n\n[s]\nhostpci0: 00:02.0\n",
		  "args: -a\nmemory: 4096\nonboot: 1\nvga: std\n\n[s]\nhostpci0: 00:02.0\n" },
		{ OP_VM, "etc/pve/qemu-server/100.conf", "args: -a\n", "args: -b\n", "args: -c\n", "args: -c\n" },
		{ OP_WRITE, "etc/modprobe.d/theirs.conf", "blacklist i915\n", "\n", "# x\n", "# x\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct machine m;

		machine_init(&m);
		tree_file(&m.t, rows[i].path, rows[i].before);
		apply_op(&m,
			 &(struct operation) { .kind = rows[i].kind,
					       .target = tree_absolute(rows[i].path),
					       .there = TRI_YES,
					       .before = span_str(rows[i].before),
					       .after = span_str(rows[i].after),
					       .reason = "iommu.off",
					       .says = "for the test" },
			 1);
		tree_file(&m.t, rows[i].path, rows[i].now);
		boot(&m, TWO);
		assert_int_equal(guard(&m), GUARD_REVERTED);
		assert_string_equal(slurp(&m, rows[i].path), rows[i].then);
		assert_non_null(strstr(m.rep.notes[0].text, strcmp(rows[i].now, rows[i].then) == 0
								    ? "left as somebody made it"
								    : "is out of it"));
		machine_done(&m);
	}
}

/* ---- stopped on the way --------------------------------------------------------------------------------------- */

static void test_recovered(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	begin(&m, "/" FILE_A, 1);
	assert_int_equal(guard(&m), GUARD_NOTHING); /* in the same boot nothing was started with it */
	assert_int_equal(count(&m, 1, RECORD_REVERTED), 1);
	begin(&m, "/" FILE_A, 1);
	boot(&m, TWO);
	assert_int_equal(guard(&m), GUARD_REVERTED);
	assert_int_equal(count(&m, 2, RECORD_REBOOT), 1);
	assert_int_equal(guard(&m), GUARD_NOTHING);
	begin(&m, "/" FILE_B, 0);
	boot(&m, ONE);
	assert_int_equal(guard(&m), GUARD_NOTHING); /* without a guard nothing is started anew */
	assert_int_equal(count(&m, 3, RECORD_REVERTED), 1);
	assert_int_equal(count(&m, 3, RECORD_REBOOT), 0);
	machine_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),	      cmocka_unit_test(test_no_guard),
		cmocka_unit_test(test_confirmed),     cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_not_confirmed), cmocka_unit_test(test_several),
		cmocka_unit_test(test_one_of_two),    cmocka_unit_test(test_newer),
		cmocka_unit_test(test_on_top),	      cmocka_unit_test(test_halved),
		cmocka_unit_test(test_command_fails), cmocka_unit_test(test_vm_fails),
		cmocka_unit_test(test_stopped),	      cmocka_unit_test(test_edited),
		cmocka_unit_test(test_merged),	      cmocka_unit_test(test_recovered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
