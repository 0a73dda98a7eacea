// SPDX-License-Identifier: GPL-2.0-or-later
/* test_change.c - plans carried out on a folder and taken back, with a stand-in for the machine's programs. */
#include "tree.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "change/change.h"
#include "change/site.h"

#define GRUB	"etc/default/grub"
#define GRUB_D	"etc/default/grub.d/90-igdctl.cfg"
#define MODS	"etc/modprobe.d/igdctl.conf"
#define CFG	"boot/grub/grub.cfg"
#define OLD	"GRUB_CMDLINE_LINUX=\"quiet\"\n"
#define NEW	"GRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n"
#define JOURNAL JOURNAL_DIR "/journal"

/* What a machine's update-grub does here: its file holds what the settings hold. */
struct machine {
	struct tree t;
	struct arena a;
	struct plan p;
	struct change_hooks h;
	struct report rep;
	int fails;	    /* the n-th command, from 1; 0: none */
	bool fails_late;    /* after it wrote */
	const char *prints; /* beside its name */
	int n_run, n_said;  /* commands, words */
	int look;	    /* what the look at the boot entry answers */
	int look_back;	    /* ... and at the images, once the commands have made them again */
	char last[64];	    /* argv[1] of the last command, or argv[0] */
	const char *words;  /* of all commands, a line each */
	unsigned id;
};

static const char *slurp(struct machine *m, const char *name)
{
	static char buf[2][4096];
	static int at;
	int fd = open(tree_path(&m->t, name), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return NULL;
	at = !at;
	n = read(fd, buf[at], sizeof(buf[at]) - 1);
	assert_true(n >= 0);
	buf[at][n] = '\0';
	close(fd);
	return buf[at];
}

static int run(void *ctx, struct site *s, const char *const *argv, int fd, struct report *rep)
{
	struct machine *m = ctx;
	const char *one, *two;
	char text[8192];

	assert_non_null(s);
	assert_non_null(rep);
	assert_true(dprintf(fd, "this is %s\n%s", argv[0], m->prints ? m->prints : "") > 0);
	snprintf(m->last, sizeof(m->last), "%s", argv[1] ? argv[1] : argv[0]);
	for (size_t i = 0; argv[i]; i++)
		m->words = arena_printf(&m->a, "%s%s%c", m->words ? m->words : "", argv[i], argv[i + 1] ? ' ' : '\n');
	m->n_run++;
	if (m->n_run == m->fails && !m->fails_late)
		return 7;
	one = slurp(m, GRUB);
	two = slurp(m, GRUB_D);
	snprintf(text, sizeof(text), "%s%s", one ? one : "", two ? two : "");
	tree_file(&m->t, CFG, text);
	return m->n_run == m->fails ? 7 : 0;
}

static void say(void *ctx, enum change_phase phase, const struct operation *op, int r)
{
	struct machine *m = ctx;

	assert_true(phase == PHASE_LOOK ? op == NULL : op != NULL);
	assert_true(r <= 0 || phase == PHASE_UNDO_END);
	m->n_said++;
}

static int look(void *ctx, const struct promise *q, struct arena *a, const char **ret_why)
{
	struct machine *m = ctx;

	assert_non_null(a);
	if (q->absent) { /* on the way back: of an image, and a file of ours that was in it */
		assert_int_equal(q->kind, PROMISE_IMAGE);
		assert_string_equal(q->what, GRUB_D);
		*ret_why = "an image still holds it";
		return m->look_back;
	}
	*ret_why = "no entry has the word";
	return m->look;
}

static void machine_init(struct machine *m)
{
	*m = (struct machine) { .p.mode = MODE_UEFI };
	m->p.arena = &m->a;
	m->h = (struct change_hooks) { .ctx = m, .say = say, .run = run, .look = look };
	tree_init(&m->t);
	tree_file(&m->t, GRUB, OLD);
	tree_file(&m->t, CFG, OLD);
	tree_file(&m->t, MODS, "# old\n");
	tree_file(&m->t, "usr/sbin/update-grub", "#!/bin/sh\n");
	assert_int_equal(chmod(tree_path(&m->t, "usr/sbin/update-grub"), 0755), 0);
}

static void machine_done(struct machine *m)
{
	tree_done(&m->t);
	arena_done(&m->a);
}

static void add_file(struct machine *m, const char *target, const char *before, const char *after)
{
	const struct operation op = { .kind = OP_WRITE,
				      .target = target,
				      .there = before ? TRI_YES : TRI_NO,
				      .before = before ? span_str(before) : (struct span) { 0 },
				      .after = after ? span_str(after) : (struct span) { 0 },
				      .gone = !after,
				      .mode = before ? 0 : 0644,
				      .reason = "iommu.off",
				      .says = "for the test" };

	assert_true(plan_add(&m->p, &op));
}

static void add_run(struct machine *m)
{
	static const char *const argv[] = { "update-grub", NULL };
	const struct operation op = {
		.kind = OP_RUN, .target = "/" CFG, .argv = argv, .reason = "iommu.off", .says = "for the test"
	};
	const struct promise q = { PROMISE_ENTRY, "/boot/none-*/grub.cfg /boot/g*/grub.c?g", "intel_iommu=on", false,
				   "iommu.off" };

	assert_true(plan_add(&m->p, &op));
	assert_true(plan_promise(&m->p, &q));
}

/* A file changed, one made in a folder to be made, one removed, a command. */
static void add_all(struct machine *m)
{
	add_file(m, "/" GRUB, OLD, NEW);
	add_file(m, "/" GRUB_D, NULL, "# ours\n");
	add_file(m, "/" MODS, "# old\n", NULL);
	add_run(m);
}

static int apply(struct machine *m)
{
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	r = site_open(m->t.top, true, &s, &m->rep);
	if (r == 0)
		r = change_apply(s, &m->p, &m->h, &m->id, &m->rep);
	site_free(s);
	return r;
}

static int revert_as(struct machine *m, unsigned id, enum change_edits edits, struct conflicts *found)
{
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	assert_int_equal(site_open(m->t.top, false, &s, &m->rep), 0);
	r = change_revert(s, id, edits, "revert", &m->h, &m->a, found, &m->rep);
	site_free(s);
	return r;
}

static int revert(struct machine *m, unsigned id, bool keep, struct conflicts *found)
{
	return revert_as(m, id, keep ? EDITS_KEEP : EDITS_REFUSE, found);
}

static int recover(struct machine *m, unsigned *n)
{
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	assert_int_equal(site_open(m->t.top, true, &s, &m->rep), 0);
	r = change_recover(s, &m->h, n, &m->rep);
	site_free(s);
	return r;
}

static enum transaction_state state_of(struct machine *m, unsigned id)
{
	struct host *h = NULL;
	struct journal j;
	const struct transaction *t;
	enum transaction_state state;

	assert_int_equal(host_open_root(m->t.top, &h, NULL), 0);
	assert_int_equal(journal_read(h, &m->a, &j, NULL), 0);
	t = journal_find(&j, id);
	assert_non_null(t);
	assert_null(t->broken);
	state = t->state;
	host_free(h);
	return state;
}

static bool has(struct machine *m, const char *name)
{
	return access(tree_path(&m->t, name), F_OK) == 0;
}

static void assert_old(struct machine *m)
{
	assert_string_equal(slurp(m, GRUB), OLD);
	assert_string_equal(slurp(m, CFG), OLD);
	assert_string_equal(slurp(m, MODS), "# old\n");
	assert_false(has(m, "etc/default/grub.d"));
}

static void assert_new(struct machine *m)
{
	assert_string_equal(slurp(m, GRUB), NEW);
	assert_string_equal(slurp(m, GRUB_D), "# ours\n");
	assert_string_equal(slurp(m, CFG), NEW "# ours\n");
	assert_false(has(m, MODS));
}

/* ---- done and taken back ------------------------------------------------------------------------------------- */

static void applied_and_reverted(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;
	struct stat st;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(chmod(tree_path(&m.t, GRUB), 0640), 0);
	assert_int_equal(chmod(tree_path(&m.t, MODS), 0600), 0);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.id, 1);
	assert_int_equal(m.n_run, 1);
	assert_int_equal(m.n_said, 9);
	assert_new(&m);
	assert_int_equal(stat(tree_path(&m.t, GRUB), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(state_of(&m, 1), TRANSACTION_APPLIED);
	assert_string_equal(slurp(&m, JOURNAL "/0001/out/4"), "this is update-grub\n");
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(found.n, 0);
	assert_int_equal(m.n_run, 2);
	assert_old(&m);
	assert_int_equal(stat(tree_path(&m.t, GRUB), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(stat(tree_path(&m.t, MODS), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTED);
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_NOTHING);
	assert_int_equal(revert(&m, 2, false, &found), -IGD_ENOENT);
	machine_done(&m);
}

/* ---- for each kernel ------------------------------------------------------------------------------------------ */

static void kernel(struct machine *m, const char *release, bool there)
{
	const char *const files[] = { arena_printf(&m->a, "lib/modules/%s/modules.dep", release),
				      arena_printf(&m->a, "boot/vmlinuz-%s", release) };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (there)
			tree_file(&m->t, files[i], "\n");
		else
			assert_int_equal(unlink(tree_path(&m->t, files[i])), 0);
}

static void add_each(struct machine *m)
{
	static const char *const argv[] = { "update-grub", "%K", "/boot/vmlinuz-%K", NULL };
	const struct operation op = {
		.kind = OP_RUN, .target = "/" CFG, .argv = argv, .reason = "iommu.off", .says = "for the test"
	};

	add_file(m, "/" GRUB, OLD, NEW);
	assert_true(plan_add(&m->p, &op));
}

/* Which kernels it runs for is found out when it runs, there and back. */
static void each_kernel(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	add_each(&m);
	tree_file(&m.t, "lib/modules/6.0.0-1/modules.dep", "\n"); /* one that was removed */
	tree_file(&m.t, "lib/modules/extra/modules.dep", "\n");
	tree_file(&m.t, "boot/vmlinuz-extra", "\n");
	assert_int_equal(apply(&m), -IGD_ENOENT);
	assert_non_null(strstr(m.rep.refusal.text, "each installed kernel"));
	kernel(&m, "6.1.0-1", true);
	kernel(&m, "6.1.0-2", true);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.n_run, 2);
	assert_string_equal(m.last, "6.1.0-2");
	assert_string_equal(slurp(&m, JOURNAL "/0001/out/2"), "this is update-grub\nthis is update-grub\n");
	kernel(&m, "6.1.0-1", false);
	kernel(&m, "6.1.0-2", false);
	kernel(&m, "6.1.0-3", true);
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(m.n_run, 3);
	assert_string_equal(m.last, "6.1.0-3");
	assert_string_equal(slurp(&m, GRUB), OLD);
	machine_done(&m);
}

/* An initramfs that a command is to write need not be there: what removed it must be undone too. */
static void each_kernel_without_image(_unused_ void **state)
{
	static const char *const argv[] = { "update-grub", "/boot/initrd.img-%K", "%K", NULL };
	const struct operation op = {
		.kind = OP_RUN, .target = "/" CFG, .argv = argv, .reason = "iommu.off", .says = "for the test"
	};
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	add_file(&m, "/" GRUB, OLD, NEW);
	assert_true(plan_add(&m.p, &op));
	kernel(&m, "6.1.0-1", true);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.n_run, 1);
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(m.n_run, 2);
	machine_done(&m);
}

/* One that it is to read is left out where there is none: the owner's own kernel may do without. */
static void each_kernel_may_lack_an_image(_unused_ void **state)
{
	static const char *const argv[] = { "update-grub", "%K", "/boot/vmlinuz-%K", "/boot/initrd.img-%K", NULL };
	const struct operation op = {
		.kind = OP_RUN, .target = "/" CFG, .argv = argv, .reason = "iommu.off", .says = "for the test"
	};
	struct machine m;

	machine_init(&m);
	add_file(&m, "/" GRUB, OLD, NEW);
	assert_true(plan_add(&m.p, &op));
	kernel(&m, "6.1.0-1", true);
	tree_file(&m.t, "boot/initrd.img-6.1.0-1", "\n");
	kernel(&m, "6.1.0-2-own", true);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.n_run, 2);
	assert_string_equal(m.words, "update-grub 6.1.0-1 /boot/vmlinuz-6.1.0-1 /boot/initrd.img-6.1.0-1\n"
				     "update-grub 6.1.0-2-own /boot/vmlinuz-6.1.0-2-own\n");
	machine_done(&m);
}

/* On the way back the first that fails keeps no other from it. */
static void each_kernel_fails(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	add_each(&m);
	kernel(&m, "6.1.0-1", true);
	kernel(&m, "6.1.0-2", true);
	assert_int_equal(apply(&m), CHANGE_DONE);
	m.fails = m.n_run + 1;
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_HALFWAY);
	assert_int_equal(m.n_run, 4);
	assert_non_null(strstr(m.rep.notes[0].text, "(update-grub 6.1.0-1 /boot/vmlinuz-6.1.0-1)"));
	kernel(&m, "6.1.0-1", false);
	kernel(&m, "6.1.0-2", false);
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(m.n_run, 4);
	machine_done(&m);
}

static void second_does_nothing(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(apply(&m), CHANGE_NOTHING);
	assert_int_equal(m.id, 0);
	assert_int_equal(m.n_run, 1);
	machine_done(&m);
}

static void command_alone(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_run(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(apply(&m), CHANGE_NOTHING);
	add_run(&m); /* another plan: it wants it twice */
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.n_run, 3);
	machine_done(&m);
}

static void attributes_stay(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;
	char value[8] = "";

	machine_init(&m);
	if (setxattr(tree_path(&m.t, GRUB), "user.note", "kept", 4, 0) < 0 ||
	    setxattr(tree_path(&m.t, MODS), "user.note", "back", 4, 0) < 0) {
		machine_done(&m);
		skip(); /* a file system without */
	}
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(getxattr(tree_path(&m.t, GRUB), "user.note", value, sizeof(value)), 4);
	assert_memory_equal(value, "kept", 4);
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(getxattr(tree_path(&m.t, GRUB), "user.note", value, sizeof(value)), 4);
	assert_memory_equal(value, "kept", 4);
	assert_int_equal(getxattr(tree_path(&m.t, MODS), "user.note", value, sizeof(value)), 4);
	assert_memory_equal(value, "back", 4);
	machine_done(&m);
}

static void link_is_written_through(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;
	struct stat st;

	machine_init(&m);
	tree_file(&m.t, "srv/config/grub", OLD);
	assert_int_equal(unlink(tree_path(&m.t, GRUB)), 0);
	tree_link(&m.t, GRUB, "/srv/config/grub"); /* inside the root, not the test's own /srv */
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_string_equal(slurp(&m, "srv/config/grub"), NEW);
	assert_int_equal(lstat(tree_path(&m.t, GRUB), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_string_equal(slurp(&m, "srv/config/grub"), OLD);
	assert_int_equal(lstat(tree_path(&m.t, GRUB), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	machine_done(&m);
}

/* ---- refused, and nothing changed ---------------------------------------------------------------------------- */

static void refused(struct machine *m, int code)
{
	assert_int_equal(apply(m), code);
	assert_true(m->rep.refusal.text[0]);
	assert_int_equal(m->n_run, 0);
	assert_false(has(m, JOURNAL "/0001"));
}

static void changed_since(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	tree_file(&m.t, GRUB, OLD "# mine\n");
	refused(&m, -IGD_ECHANGED);
	assert_string_equal(slurp(&m, GRUB), OLD "# mine\n");
	assert_false(has(&m, GRUB_D));
	tree_file(&m.t, GRUB, OLD);
	tree_file(&m.t, GRUB_D, "somebody's\n");
	refused(&m, -IGD_ECHANGED);
	assert_string_equal(slurp(&m, GRUB), OLD);
	machine_done(&m);
}

static void dangling_link(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(unlink(tree_path(&m.t, GRUB)), 0);
	tree_link(&m.t, GRUB, "../../../../nowhere/grub");
	refused(&m, -IGD_EPATH);
	assert_int_equal(unlink(tree_path(&m.t, GRUB)), 0);
	tree_link(&m.t, GRUB, "grub");
	refused(&m, -IGD_EPATH);
	machine_done(&m);
}

static void way_is_barred(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	tree_link(&m.t, "etc/default/grub.d", "../nowhere");
	refused(&m, -IGD_EPATH);
	assert_int_equal(unlink(tree_path(&m.t, "etc/default/grub.d")), 0);
	tree_file(&m.t, "etc/default/grub.d", "a file");
	refused(&m, -IGD_EPATH);
	assert_int_equal(unlink(tree_path(&m.t, "etc/default/grub.d")), 0);
	tree_way(&m.t, "srv/grub.d/x");
	tree_link(&m.t, "etc/default/grub.d", "/srv/grub.d"); /* a folder all the same */
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_string_equal(slurp(&m, "srv/grub.d/90-igdctl.cfg"), "# ours\n");
	machine_done(&m);
}

static void link_to_be_removed(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	tree_file(&m.t, "srv/mods", "# old\n");
	assert_int_equal(unlink(tree_path(&m.t, MODS)), 0);
	tree_link(&m.t, MODS, "../../srv/mods");
	refused(&m, -IGD_EPATH);
	machine_done(&m);
}

static void program_missing(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(chmod(tree_path(&m.t, "usr/sbin/update-grub"), 0644), 0);
	refused(&m, -IGD_ENOENT);
	assert_int_equal(unlink(tree_path(&m.t, "usr/sbin/update-grub")), 0);
	refused(&m, -IGD_ENOENT);
	machine_done(&m);
}

static void unknown_before(_unused_ void **state)
{
	const struct operation op = { .kind = OP_WRITE, .target = "/" GRUB, .there = TRI_UNKNOWN };
	struct machine m;

	machine_init(&m);
	assert_true(plan_add(&m.p, &op));
	refused(&m, -IGD_EUSAGE);
	machine_done(&m);
}

static void two_at_once(_unused_ void **state)
{
	struct site *s = NULL;
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(site_open(m.t.top, true, &s, NULL), 0);
	refused(&m, -IGD_EBUSY);
	site_free(s);
	assert_int_equal(apply(&m), CHANGE_DONE);
	machine_done(&m);
}

/* ---- failed, and undone -------------------------------------------------------------------------------------- */

static void command_fails(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	m.fails = 1;
	assert_int_equal(apply(&m), CHANGE_UNDONE);
	assert_non_null(strstr(m.rep.refusal.text, "status 7"));
	assert_int_equal(m.n_run, 2); /* whatever it changed is made anew */
	assert_old(&m);
	assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTED);
	m.fails = m.n_run + 1;
	m.fails_late = true;
	assert_int_equal(apply(&m), CHANGE_UNDONE);
	assert_int_equal(m.n_run, 4);
	assert_old(&m);
	assert_int_equal(state_of(&m, 2), TRANSACTION_REVERTED);
	machine_done(&m);
}

static void promise_broken(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	m.look = 1;
	assert_int_equal(apply(&m), CHANGE_UNDONE);
	assert_string_equal(m.rep.refusal.text, "no entry has the word");
	assert_old(&m);
	m.look = 2;
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_new(&m);
	machine_done(&m);
}

/* What a program warns of on its way to a good end is told. */
static void warned(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	m.prints =
		"Generating\nWARN: no such disk - skipping\nFound warning: in the middle\nW: one\nW: two\nW: three\n"
		"W: four\n";
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.rep.n_notes, 4);
	assert_string_equal(m.rep.notes[0].text, "update-grub said: WARN: no such disk - skipping");
	assert_string_equal(m.rep.notes[3].text, "update-grub said: W: three");
	machine_done(&m);
}

/* A program may say that all is well and have made nothing: what it should have made is looked at. */
static void made_nothing(_unused_ void **state)
{
	const struct promise q = { PROMISE_IMAGE, "/boot/initrd.img-*", GRUB_D, false, "iommu.off" };
	struct conflicts found = { 0 };
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_true(plan_promise(&m.p, &q));
	assert_int_equal(apply(&m), CHANGE_DONE);
	m.look_back = 1;
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_HALFWAY);
	assert_string_equal(m.rep.notes[1].text, "an image still holds it");
	assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTING);
	assert_int_equal(m.n_run, 2);
	m.look_back = 2; /* nobody can tell */
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(m.n_run, 3);
	assert_old(&m);
	machine_done(&m);
}

static int interrupt(void *ctx, struct site *s, const char *const *argv, int fd, struct report *rep)
{
	assert_int_equal(raise(SIGINT), 0);
	return run(ctx, s, argv, fd, rep);
}

static void interrupted(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	m.h.run = interrupt;
	assert_int_equal(apply(&m), CHANGE_UNDONE);
	assert_old(&m);
	machine_done(&m);
}

/* Undoing fails: the second run of the command. A recovery ends it. */
static void half_way(_unused_ void **state)
{
	struct machine m;
	unsigned n;

	machine_init(&m);
	add_all(&m);
	m.look = 1;
	m.fails = 2;
	assert_int_equal(apply(&m), CHANGE_HALFWAY);
	assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTING);
	assert_int_equal(apply(&m), -IGD_EBUSY); /* first things first */
	assert_int_equal(recover(&m, &n), CHANGE_DONE);
	assert_int_equal(n, 1);
	assert_old(&m);
	assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTED);
	assert_int_equal(recover(&m, &n), CHANGE_NOTHING);
	machine_done(&m);
}

/* ---- stopped ------------------------------------------------------------------------------------------------- */

/* The log of a whole transaction, cut at every byte, and the disk as it was then or as it became: all old. */
static void log_cut_anywhere(_unused_ void **state)
{
	struct machine m;
	char log[4096];
	unsigned n;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	snprintf(log, sizeof(log), "%s", slurp(&m, JOURNAL "/0001/log"));
	for (size_t at = strcspn(log, "\n") + 1; at < strlen(log); at++) {
		bool any = strchr(log, '\n') + 1 + 1 < log + at &&
			   memchr(log + strcspn(log, "\n") + 1, '\n', at - strcspn(log, "\n") - 1);

		tree_file_n(&m.t, JOURNAL "/0001/log", log, at);
		assert_int_equal(recover(&m, &n), CHANGE_DONE);
		assert_int_equal(n, 1);
		assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTED);
		if (!any)
			assert_string_equal(slurp(&m, GRUB), NEW); /* it had not begun by its own word */
		else
			assert_string_equal(slurp(&m, GRUB), OLD);
		tree_file(&m.t, GRUB, NEW);
	}
	machine_done(&m);
}

static void leftovers_go(_unused_ void **state)
{
	struct machine m;
	unsigned n;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	tree_file(&m.t, JOURNAL "/0001/log",
		  "{\"kind\":\"begin\",\"time\":1}\n{\"kind\":\"do\",\"time\":1,\"op\":0,\"there\":true,\"mode\":420,"
		  "\"uid\":0,\"gid\":0}\n{\"kind\":\"di");
	tree_file(&m.t, "etc/default/.igdctl-0001-1", "half");
	tree_file(&m.t, JOURNAL "/new/plan.json", "{");
	assert_int_equal(recover(&m, &n), CHANGE_DONE);
	assert_false(has(&m, "etc/default/.igdctl-0001-1"));
	assert_false(has(&m, JOURNAL "/new"));
	assert_string_equal(slurp(&m, GRUB), OLD);
	machine_done(&m);
}

static void broken_is_told(_unused_ void **state)
{
	struct machine m;
	unsigned n;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	tree_file(&m.t, JOURNAL "/0001/log", "rubbish\n");
	assert_int_equal(recover(&m, &n), CHANGE_HALFWAY);
	assert_non_null(strstr(m.rep.notes[0].text, "0001"));
	machine_done(&m);
}

/* ---- somebody else's edits ----------------------------------------------------------------------------------- */

static void edit_elsewhere(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	add_file(&m, "/" GRUB_D, NULL, "# ours\n");
	add_run(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	tree_file(&m.t, GRUB, "their own\n");
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_string_equal(slurp(&m, GRUB), "their own\n");
	assert_string_equal(slurp(&m, CFG), "their own\n");
	assert_false(has(&m, "etc/default/grub.d"));
	machine_done(&m);
}

static void edit_in_ours(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	tree_file(&m.t, GRUB, NEW "# theirs\n");
	tree_file(&m.t, "etc/default/grub.d/50-theirs.cfg", "");
	assert_int_equal(revert(&m, 1, false, &found), -IGD_ECHANGED);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.v[0].path, "/" GRUB);
	assert_true(span_same(found.v[0].before, span_str(OLD)));
	assert_true(span_same(found.v[0].ours, span_str(NEW)));
	assert_true(span_same(found.v[0].now, span_str(NEW "# theirs\n")));
	assert_int_equal(found.v[0].there, TRI_YES);
	assert_string_equal(slurp(&m, GRUB_D), "# ours\n"); /* nothing was touched */
	assert_int_equal(revert(&m, 1, true, &found), CHANGE_DONE);
	assert_string_equal(slurp(&m, GRUB), NEW "# theirs\n");
	assert_false(has(&m, GRUB_D));
	assert_true(has(&m, "etc/default/grub.d/50-theirs.cfg"));
	assert_string_equal(slurp(&m, MODS), "# old\n");
	assert_int_equal(state_of(&m, 1), TRANSACTION_REVERTED);
	machine_done(&m);
}

static void ours_was_removed(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(unlink(tree_path(&m.t, GRUB)), 0);
	assert_int_equal(unlink(tree_path(&m.t, GRUB_D)), 0); /* as it was before: no conflict */
	assert_int_equal(revert(&m, 1, false, &found), -IGD_ECHANGED);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.v[0].there, TRI_NO);
	machine_done(&m);
}

/* What update-grub finds on the way back is not that the file is missing, but the words that stand in for it. */
static int run_looks(void *ctx, struct site *s, const char *const *argv, int fd, struct report *rep)
{
	struct machine *m = ctx;

	assert_string_equal(slurp(m, "etc/kernel/cmdline"), "root=x\n");
	return run(ctx, s, argv, fd, rep);
}

static void one_stands_in(_unused_ void **state)
{
	struct operation op = { .kind = OP_WRITE,
				.target = "/etc/kernel/cmdline",
				.there = TRI_NO,
				.after = span_str("root=x intel_iommu=on\n"),
				.meanwhile = "root=x\n",
				.mode = 0644,
				.reason = "iommu.off",
				.says = "for the test" };
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	assert_true(plan_add(&m.p, &op));
	add_run(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	m.h.run = run_looks;
	m.fails = 2;
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_HALFWAY);
	assert_string_equal(slurp(&m, "etc/kernel/cmdline"), "root=x\n");
	m.fails = 0;
	assert_int_equal(revert(&m, 1, false, &found), CHANGE_DONE);
	assert_int_equal(m.n_run, 3);
	assert_false(has(&m, "etc/kernel/cmdline"));
	assert_false(has(&m, "etc/kernel"));
	machine_done(&m);
}

static int revert_test(struct machine *m, struct conflicts found[2])
{
	static const unsigned both[] = { 2, 1 };
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	assert_int_equal(site_open(m->t.top, false, &s, &m->rep), 0);
	r = change_revert_test(s, both, 2, &m->a, found, &m->rep);
	site_free(s);
	return r;
}

/* An older change meets a file as the newer one found it; what bars the older one bars both. */
static void edits_under_two(_unused_ void **state)
{
	static const char third[] = NEW "# second\n";
	struct conflicts found[2];
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	m.p = (struct plan) { .arena = &m.a, .mode = MODE_UEFI };
	add_file(&m, "/" GRUB, NEW, third);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(m.id, 2);
	assert_int_equal(revert(&m, 1, true, &found[0]), -IGD_EUSAGE);
	assert_string_equal(m.rep.refusal.text,
			    "change 2 stands on change 1: igdctl revert 2 first, or igdctl revert for all");
	assert_int_equal(revert_test(&m, found), 0);
	tree_file(&m.t, GRUB_D, "# theirs\n");
	assert_int_equal(revert_test(&m, found), -IGD_ECHANGED);
	assert_int_equal(found[0].n, 0);
	assert_int_equal(found[1].n, 1);
	assert_string_equal(found[1].v[0].path, "/" GRUB_D);
	assert_string_equal(slurp(&m, GRUB), third); /* nothing was touched */
	tree_file(&m.t, GRUB_D, "# ours\n");
	tree_file(&m.t, GRUB, "# theirs\n");
	assert_int_equal(revert_test(&m, found), -IGD_ECHANGED);
	assert_int_equal(found[0].n, 1);
	assert_int_equal(found[1].n, 0);
	machine_done(&m);
}

static void on_top_of_one_unread(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	tree_file(&m.t, JOURNAL_DIR "/journal/0001/plan.json", "{}");
	m.p = (struct plan) { .arena = &m.a, .mode = MODE_UEFI };
	add_file(&m, "/" GRUB, NEW, NEW "# second\n");
	assert_int_equal(apply(&m), -IGD_EMAGIC);
	assert_non_null(strstr(m.rep.refusal.text, "/journal/0001"));
	assert_string_equal(slurp(&m, GRUB), NEW);
	machine_done(&m);
}

/* Between the two somebody edited a file: the newer one, made by hand here, found it so. */
static void edit_between_two(_unused_ void **state)
{
	struct conflicts found[2];
	struct machine m;

	machine_init(&m);
	add_all(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	tree_file(&m.t, GRUB, NEW "# theirs\n");
	m.p = (struct plan) { .arena = &m.a, .mode = MODE_UEFI };
	add_file(&m, "/" GRUB, NEW "# theirs\n", NEW "# second\n");
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_int_equal(revert_test(&m, found), -IGD_ECHANGED);
	assert_int_equal(found[0].n, 0);
	assert_int_equal(found[1].n, 1);
	assert_true(span_same(found[1].v[0].now, span_str(NEW "# theirs\n")));
	machine_done(&m);
}

/* ---- who else keeps definitions ------------------------------------------------------------------------------ */

#define PVE_CONF "etc/pve/qemu-server/100.conf"
#define PVE_LOCK "var/lock/qemu-server/lock-100.conf"
#define XML	 "etc/libvirt/qemu/win.xml"

static void add_vm(struct machine *m, const char *target, const char *before, const char *after)
{
	const struct operation op = { .kind = OP_VM,
				      .target = target,
				      .there = TRI_YES,
				      .before = span_str(before),
				      .after = span_str(after),
				      .reason = "vm.igd",
				      .says = "for the test" };

	assert_true(plan_add(&m->p, &op));
}

/* As if the tree were the machine that runs. */
static int apply_live(struct machine *m)
{
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	assert_int_equal(site_open(m->t.top, true, &s, &m->rep), 0);
	s->live = true;
	r = change_apply(s, &m->p, &m->h, &m->id, &m->rep);
	site_free(s);
	return r;
}

static int recover_live(struct machine *m, unsigned *n)
{
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	assert_int_equal(site_open(m->t.top, true, &s, &m->rep), 0);
	s->live = true;
	r = change_recover(s, &m->h, n, &m->rep);
	site_free(s);
	return r;
}

static int revert_live(struct machine *m, unsigned id, struct conflicts *found)
{
	struct site *s = NULL;
	int r;

	m->rep = (struct report) { 0 };
	assert_int_equal(site_open(m->t.top, false, &s, &m->rep), 0);
	s->live = true;
	r = change_revert(s, id, EDITS_REFUSE, "revert", &m->h, &m->a, found, &m->rep);
	site_free(s);
	return r;
}

static void proxmox_lock_is_kept(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;
	int fd;

	machine_init(&m);
	tree_file(&m.t, PVE_CONF, "bios: ovmf\n");
	tree_file(&m.t, PVE_LOCK, "");
	add_vm(&m, "/" PVE_CONF, "bios: ovmf\n", "bios: seabios\n");
	fd = open(tree_path(&m.t, PVE_LOCK), O_WRONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(apply_live(&m), -IGD_EBUSY); /* after the ten seconds that Proxmox waits */
	assert_string_equal(slurp(&m, PVE_CONF), "bios: ovmf\n");
	assert_int_equal(close(fd), 0);
	assert_int_equal(apply_live(&m), CHANGE_DONE);
	assert_string_equal(slurp(&m, PVE_CONF), "bios: seabios\n");
	assert_int_equal(revert_live(&m, 1, &found), CHANGE_DONE);
	assert_string_equal(slurp(&m, PVE_CONF), "bios: ovmf\n");
	machine_done(&m);
}

static void proxmox_at_work(_unused_ void **state)
{
	static const char *const locked = "bios: ovmf\nlock: backup\n[snap]\nbios: ovmf\n",
				 *const other = "bios: ovmf\n[snap]\nlock: backup\n";
	struct machine m;

	machine_init(&m);
	tree_file(&m.t, PVE_CONF, locked);
	add_vm(&m, "/" PVE_CONF, locked, "bios: seabios\n");
	assert_int_equal(apply_live(&m), -IGD_EBUSY);
	assert_non_null(strstr(m.rep.refusal.text, "locked (backup)"));
	machine_done(&m);
	machine_init(&m);
	tree_file(&m.t, PVE_CONF, other); /* of a snapshot: not the VM's own */
	add_vm(&m, "/" PVE_CONF, other, "bios: seabios\n");
	assert_int_equal(apply_live(&m), CHANGE_DONE);
	machine_done(&m);
}

/* libvirt keeps the definition in words of its own; once it takes it and does nothing. */
static int virsh(void *ctx, _unused_ struct site *s, const char *const *argv, _unused_ int fd,
		 _unused_ struct report *rep)
{
	struct machine *m = ctx;
	char text[8192];

	assert_string_equal(argv[0], "virsh");
	assert_string_equal(argv[1], "-c");
	assert_string_equal(argv[2], "qemu:///system");
	assert_string_equal(argv[3], "define");
	assert_int_equal(argv[4][0], '/');
	assert_null(argv[5]);
	if (m->n_run++ == 0)
		return 0;
	snprintf(text, sizeof(text), "%s%s", m->fails == m->n_run ? "<other/>" : "", slurp(m, argv[4] + 1));
	tree_file(&m->t, XML, text);
	return 0;
}

static void libvirt_is_asked(_unused_ void **state)
{
	struct conflicts found;
	struct machine m;

	machine_init(&m);
	m.h.run = virsh;
	tree_file(&m.t, XML, "<old/>");
	add_vm(&m, "/" XML, "<old/>", "<new/>");
	assert_int_equal(apply_live(&m), -IGD_ENOENT); /* no virsh */
	tree_file(&m.t, "usr/bin/virsh", "");
	assert_int_equal(chmod(tree_path(&m.t, "usr/bin/virsh"), 0755), 0);
	assert_int_equal(apply_live(&m), CHANGE_UNDONE);
	assert_non_null(strstr(m.rep.refusal.text, "the definition is as it was"));
	m.fails = 2; /* not so, but in other words */
	assert_int_equal(apply_live(&m), CHANGE_DONE);
	assert_string_equal(slurp(&m, XML), "<other/><new/>");
	assert_int_equal(apply_live(&m), CHANGE_NOTHING);
	tree_file(&m.t, XML, "<theirs/>");
	assert_int_equal(apply_live(&m), -IGD_ECHANGED);
	assert_int_equal(revert_live(&m, 2, &found), -IGD_ECHANGED);
	assert_int_equal(found.n, 1);
	assert_true(span_same(found.v[0].now, span_str("<theirs/>")));
	tree_file(&m.t, XML, "<other/><new/>");
	assert_int_equal(revert_live(&m, 2, &found), CHANGE_DONE);
	assert_string_equal(slurp(&m, XML), "<old/>");
	assert_int_equal(m.n_run, 3);
	machine_done(&m);
}

/* Stopped before the journal knew how libvirt words it: the old one comes back, and a copy of what was there stays.
 */
static void libvirt_is_stopped(_unused_ void **state)
{
	char log[4096], *did;
	struct machine m;
	unsigned n;

	machine_init(&m);
	m.h.run = virsh;
	m.n_run = 1;
	tree_file(&m.t, XML, "<old/>");
	tree_file(&m.t, "usr/bin/virsh", "");
	assert_int_equal(chmod(tree_path(&m.t, "usr/bin/virsh"), 0755), 0);
	add_vm(&m, "/" XML, "<old/>", "<new/>");
	assert_int_equal(apply_live(&m), CHANGE_DONE);
	snprintf(log, sizeof(log), "%s", slurp(&m, JOURNAL "/0001/log"));
	did = strstr(log, "\"did\"");
	assert_non_null(did);
	while (did > log && did[-1] != '\n')
		did--;
	*did = '\0';
	tree_file(&m.t, JOURNAL "/0001/log", log);
	tree_file(&m.t, XML, "<theirs/>");
	assert_int_equal(recover_live(&m, &n), CHANGE_DONE);
	assert_string_equal(slurp(&m, XML), "<old/>");
	assert_string_equal(slurp(&m, JOURNAL "/0001/edited-1"), "<theirs/>");
	machine_done(&m);
}

static void another_root_has_no_libvirt(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	tree_file(&m.t, XML, "<old/>");
	add_vm(&m, "/" XML, "<old/>", "<new/>");
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_string_equal(slurp(&m, XML), "<new/>");
	assert_int_equal(m.n_run, 0);
	machine_done(&m);
}

static void add_bind(struct machine *m)
{
	const struct operation op = { .kind = OP_BIND,
				      .target = "0000:00:02.0",
				      .there = TRI_UNKNOWN,
				      .driver_before = "i915",
				      .driver_after = "vfio-pci",
				      .reason = "iommu.off",
				      .says = "for the test" };

	assert_true(plan_add(&m->p, &op));
}

/* What the kernel is told; it is no kernel, so the device stays where it is and all is undone. */
static void binding(_unused_ void **state)
{
	struct machine m;

	machine_init(&m);
	add_bind(&m);
	assert_int_equal(apply(&m), -IGD_EUSAGE); /* nothing runs there */
	assert_int_equal(apply_live(&m), -IGD_ENOENT);
	tree_file(&m.t, "sys/bus/pci/devices/0000:00:02.0/driver_override", "(null)\n");
	assert_int_equal(apply_live(&m), -IGD_ECHANGED); /* its driver is none */
	tree_file(&m.t, "sys/bus/pci/drivers/i915/unbind", "");
	tree_file(&m.t, "sys/bus/pci/drivers_probe", "");
	tree_link(&m.t, "sys/bus/pci/devices/0000:00:02.0/driver", "../../drivers/i915");
	tree_link(&m.t, "sys/bus/pci/devices/0000:00:02.0/iommu_group", "../../../kernel/iommu_groups/12");
	tree_file(&m.t, "proc/77/comm", "kvm\n");
	tree_link(&m.t, "proc/77/fd/9", "/dev/vfio/12");
	assert_int_equal(apply_live(&m), -IGD_EBUSY);
	assert_non_null(strstr(m.rep.refusal.text, "kvm (process 77) has it open, /dev/vfio/12; end that VM first"));
	assert_int_equal(unlink(tree_path(&m.t, "proc/77/fd/9")), 0);
	tree_link(&m.t, "proc/77/fd/9", "/dev/vfio/13"); /* another's */
	tree_file(&m.t, "sys/bus/pci/devices/0000:00:02.0/drm/card0/dev", "226:0\n");
	tree_link(&m.t, "proc/77/fd/3", "/dev/dri/card0");
	assert_int_equal(apply_live(&m), -IGD_EBUSY);
	assert_int_equal(unlink(tree_path(&m.t, "proc/77/fd/3")), 0);
	assert_int_equal(apply_live(&m), CHANGE_UNDONE);
	assert_non_null(strstr(m.rep.refusal.text, "should be vfio-pci"));
	assert_string_equal(slurp(&m, "sys/bus/pci/drivers/i915/unbind"), "0000:00:02.0");
	assert_string_equal(slurp(&m, "sys/bus/pci/drivers_probe"), "0000:00:02.0");
	assert_int_equal(slurp(&m, "sys/bus/pci/devices/0000:00:02.0/driver_override")[0], '\n');
	machine_done(&m);
}

/* From a rescue system: a try ended with the machine, and no device of the system that runs now is touched. */
static void binding_elsewhere(_unused_ void **state)
{
	const struct record began = {
		.kind = RECORD_DO, .there = true, .text = "", .mount = "", .boot = "", .sha256 = ""
	};
	struct site *s = NULL;
	struct machine m;
	unsigned n;

	machine_init(&m);
	add_bind(&m);
	tree_file(&m.t, "sys/bus/pci/devices/0000:00:02.0/driver_override", "mine\n");
	assert_int_equal(site_open(m.t.top, true, &s, &m.rep), 0);
	assert_int_equal(journal_begin(s, &m.p, &m.id, &m.rep), 0);
	assert_int_equal(journal_note(s, m.id, &began, &m.rep), 0);
	site_free(s);
	assert_int_equal(recover(&m, &n), CHANGE_DONE);
	assert_string_equal(slurp(&m, "sys/bus/pci/devices/0000:00:02.0/driver_override"), "mine\n");
	assert_int_equal(state_of(&m, m.id), TRANSACTION_REVERTED);
	machine_done(&m);
}

/* ---- a journal that leads out -------------------------------------------------------------------------------- */

/* @name of the machine is moved into @o and is a link to there now. Whoever reads follows it inside the machine,
 * where the same plan and the same log are found. */
static void lead_out(struct machine *m, struct tree *o, const char *name)
{
	static const char *const files[] = { "", "/plan.json", "/log" };
	char there[256], out[512], in[1024];
	struct stat st;

	snprintf(there, sizeof(there), "%s/%s", o->top, strrchr(name, '/') + 1);
	assert_int_equal(rename(tree_path(&m->t, name), there), 0);
	assert_int_equal(symlink(there, tree_path(&m->t, name)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(out, sizeof(out), "%s%s", there, files[i]);
		snprintf(in, sizeof(in), "%s%s", m->t.top, out);
		if (stat(out, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		tree_way(&m->t, out + 1);
		assert_int_equal(link(out, in), 0);
	}
}

static bool is_gone(struct machine *m, const char *name)
{
	struct stat st;

	return lstat(tree_path(&m->t, name), &st) < 0 && errno == ENOENT;
}

static void assert_mine(struct tree *o, const char *name)
{
	char text[16] = "";
	FILE *f = fopen(tree_path(o, name), "re");

	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text), f), strlen("mine\n"));
	assert_string_equal(text, "mine\n");
	fclose(f);
}

/* What a stop left of a transaction is removed before anybody is asked. */
static void leftovers_lead_out(_unused_ void **state)
{
	struct machine m;
	struct tree o;
	char path[256];
	unsigned n;

	machine_init(&m);
	tree_init(&o);
	tree_file(&o, "plan.json", "mine\n");
	tree_file(&o, "log", "mine\n");
	tree_link(&m.t, JOURNAL "/new", o.top);
	assert_int_equal(recover(&m, &n), CHANGE_NOTHING);
	assert_true(is_gone(&m, JOURNAL "/new"));
	snprintf(path, sizeof(path), "%s/log", o.top);
	tree_link(&m.t, JOURNAL "/new/log", path);
	tree_link(&m.t, JOURNAL "/new/plan.json", "../../../../../../../plan.json");
	assert_int_equal(recover(&m, &n), CHANGE_NOTHING);
	assert_true(is_gone(&m, JOURNAL "/new"));
	tree_link(&m.t, JOURNAL "/new", "nowhere");
	assert_int_equal(recover(&m, &n), CHANGE_NOTHING);
	tree_file(&m.t, JOURNAL "/new", "");
	assert_int_equal(recover(&m, &n), CHANGE_NOTHING);
	assert_true(is_gone(&m, JOURNAL "/new"));
	assert_mine(&o, "plan.json");
	assert_mine(&o, "log");
	tree_done(&o);
	machine_done(&m);
}

static off_t size_of(struct tree *o, const char *name)
{
	struct stat st;

	return stat(tree_path(o, name), &st) < 0 ? -1 : st.st_size;
}

/* A transaction that is a link, or a folder or a file in it that is one: nothing outside changes. */
static void transaction_leads_out(_unused_ void **state)
{
	static const struct {
		const char *link, *log, *out; /* .log, .out: where they came to lie outside */
		int r;
	} rows[] = {
		{ JOURNAL "/0001", "0001/log", "0001/out/undo-4", -IGD_EPATH },
		{ JOURNAL "/0001/log", "log", NULL, -IGD_EPATH },
		{ JOURNAL "/0001/plan.json", NULL, NULL, CHANGE_DONE }, /* it is only read */
		{ JOURNAL "/0001/out", NULL, "out/undo-4", CHANGE_HALFWAY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conflicts found;
		struct machine m;
		struct tree o;
		off_t log;

		machine_init(&m);
		tree_init(&o);
		add_all(&m);
		assert_int_equal(apply(&m), CHANGE_DONE);
		lead_out(&m, &o, rows[i].link);
		log = rows[i].log ? size_of(&o, rows[i].log) : 0;
		assert_true(log >= 0);
		assert_int_equal(revert(&m, 1, false, &found), rows[i].r);
		if (rows[i].r != CHANGE_DONE) {
			const char *why = rows[i].r < 0 ? m.rep.refusal.text : m.rep.notes[0].text;

			assert_non_null(strstr(why, "a symbolic link that is not followed"));
		}
		if (rows[i].r < 0)
			assert_new(&m);
		if (rows[i].log)
			assert_int_equal(size_of(&o, rows[i].log), log);
		if (rows[i].out)
			assert_int_equal(size_of(&o, rows[i].out), -1);
		tree_done(&o);
		machine_done(&m);
	}
}

/* The end of what the first command printed, as whoever shows it sees it. */
static const char *output_of(struct machine *m, size_t n)
{
	static char buf[64];
	_cleanup_(site_freep) struct site *s = NULL;

	assert_int_equal(site_open(m->t.top, false, &s, &m->rep), 0);
	buf[journal_out_end(s, 1, 0, false, buf, n)] = 0;
	return buf;
}

/* What a command printed is shown, and nothing that a link leads to. */
static void output_leads_out(_unused_ void **state)
{
	struct machine m;
	struct tree o;
	char path[256];

	machine_init(&m);
	tree_init(&o);
	add_run(&m);
	assert_int_equal(apply(&m), CHANGE_DONE);
	assert_string_equal(output_of(&m, 63), "this is update-grub\n");
	assert_string_equal(output_of(&m, 5), "grub\n");
	tree_file(&o, "out/1", "mine\n");
	snprintf(path, sizeof(path), "%s/out", o.top);
	assert_int_equal(unlink(tree_path(&m.t, JOURNAL "/0001/out/1")), 0);
	assert_int_equal(rmdir(tree_path(&m.t, JOURNAL "/0001/out")), 0);
	tree_link(&m.t, JOURNAL "/0001/out", path);
	assert_string_equal(output_of(&m, 63), "");
	assert_int_equal(unlink(tree_path(&m.t, JOURNAL "/0001/out")), 0);
	strcat(path, "/1");
	tree_link(&m.t, JOURNAL "/0001/out/1", path);
	assert_string_equal(output_of(&m, 63), "");
	tree_done(&o);
	machine_done(&m);
}

/* What is kept in its folder takes the place of whatever has the name. */
static void kept_files_lead_out(_unused_ void **state)
{
	static const char *const names[] = { JOURNAL "/0001/out/undo-2", JOURNAL "/0001/edited-1" };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(names); i++) {
		const char *name = names[i / 2];
		struct conflicts found;
		struct machine m;
		struct tree o;
		char path[256];

		machine_init(&m);
		tree_init(&o);
		add_file(&m, "/" MODS, "# old\n", "# ours\n");
		add_run(&m);
		assert_int_equal(apply(&m), CHANGE_DONE);
		tree_file(&m.t, MODS, "# theirs\n");
		tree_file(&o, "mine", "mine\n");
		snprintf(path, sizeof(path), "%s/mine", o.top);
		if (i % 2)
			assert_int_equal(link(path, tree_path(&m.t, name)), 0);
		else
			tree_link(&m.t, name, path);
		assert_int_equal(revert_as(&m, 1, EDITS_GIVE_WAY, &found), CHANGE_DONE);
		assert_old(&m);
		assert_string_equal(slurp(&m, names[0]), "this is update-grub\n");
		assert_string_equal(slurp(&m, names[1]), "# theirs\n");
		assert_mine(&o, "mine");
		tree_done(&o);
		machine_done(&m);
	}
}

/* The folder of them all, and the lock beside it. */
static void journal_leads_out(_unused_ void **state)
{
	static const char *const names[] = { JOURNAL, JOURNAL_DIR "/lock", JOURNAL_DIR "/lock" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct site *s = NULL;
		struct machine m;
		struct tree o;

		machine_init(&m);
		tree_init(&o);
		assert_int_equal(site_open(m.t.top, true, &s, NULL), 0);
		site_free(s);
		lead_out(&m, &o, names[i]);
		if (i == 2) { /* a device, which may act when it is opened, would be told alike */
			assert_int_equal(unlink(tree_path(&m.t, names[i])), 0);
			assert_int_equal(mkfifo(tree_path(&m.t, names[i]), 0600), 0);
		}
		for (int make = 0; make < 2; make++) {
			m.rep = (struct report) { 0 };
			assert_int_equal(site_open(m.t.top, make, &s, &m.rep), -IGD_EPATH);
			assert_non_null(strstr(m.rep.refusal.text, names[i]));
		}
		assert_false(site_is_busy(m.t.top));
		tree_done(&o);
		machine_done(&m);
	}
}

/* Nobody else's lock is taken for the machine's, nor held for a moment. */
static void lock_of_another(_unused_ void **state)
{
	struct site *s = NULL;
	struct machine m;
	struct tree o;
	int fd;

	machine_init(&m);
	tree_init(&o);
	assert_int_equal(site_open(m.t.top, true, &s, NULL), 0);
	assert_true(site_is_busy(m.t.top));
	site_free(s);
	assert_false(site_is_busy(m.t.top));
	assert_int_equal(unlink(tree_path(&m.t, JOURNAL_DIR "/lock")), 0);
	assert_int_equal(rmdir(tree_path(&m.t, JOURNAL)), 0);
	assert_int_equal(rmdir(tree_path(&m.t, JOURNAL_DIR)), 0);
	tree_link(&m.t, JOURNAL_DIR, o.top);
	tree_file(&o, "lock", "");
	fd = open(tree_path(&o, "lock"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_false(site_is_busy(m.t.top));
	close(fd);
	tree_done(&o);
	machine_done(&m);
}

/* ---- programs ------------------------------------------------------------------------------------------------ */

/* A program of the tree itself, chrooted there; without the right to that the test says so. */
static void real_program(_unused_ void **state)
{
	struct machine m;
	int r;

	machine_init(&m);
	add_run(&m);
	m.h.run = NULL;
	r = apply(&m);
	assert_int_equal(r, CHANGE_UNDONE); /* there is no /bin/sh in the tree: it cannot be started */
	assert_non_null(strstr(m.rep.refusal.text, "cannot be started"));
	machine_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applied_and_reverted),
		cmocka_unit_test(each_kernel),
		cmocka_unit_test(each_kernel_without_image),
		cmocka_unit_test(each_kernel_may_lack_an_image),
		cmocka_unit_test(each_kernel_fails),
		cmocka_unit_test(second_does_nothing),
		cmocka_unit_test(command_alone),
		cmocka_unit_test(attributes_stay),
		cmocka_unit_test(link_is_written_through),
		cmocka_unit_test(changed_since),
		cmocka_unit_test(dangling_link),
		cmocka_unit_test(link_to_be_removed),
		cmocka_unit_test(way_is_barred),
		cmocka_unit_test(program_missing),
		cmocka_unit_test(unknown_before),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(command_fails),
		cmocka_unit_test(promise_broken),
		cmocka_unit_test(warned),
		cmocka_unit_test(made_nothing),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(half_way),
		cmocka_unit_test(log_cut_anywhere),
		cmocka_unit_test(leftovers_go),
		cmocka_unit_test(broken_is_told),
		cmocka_unit_test(edit_elsewhere),
		cmocka_unit_test(edit_in_ours),
		cmocka_unit_test(ours_was_removed),
		cmocka_unit_test(one_stands_in),
		cmocka_unit_test(edits_under_two),
		cmocka_unit_test(edit_between_two),
		cmocka_unit_test(on_top_of_one_unread),
		cmocka_unit_test(leftovers_lead_out),
		cmocka_unit_test(transaction_leads_out),
		cmocka_unit_test(output_leads_out),
		cmocka_unit_test(kept_files_lead_out),
		cmocka_unit_test(journal_leads_out),
		cmocka_unit_test(lock_of_another),
		cmocka_unit_test(real_program),
		cmocka_unit_test(proxmox_lock_is_kept),
		cmocka_unit_test(proxmox_at_work),
		cmocka_unit_test(libvirt_is_asked),
		cmocka_unit_test(libvirt_is_stopped),
		cmocka_unit_test(another_root_has_no_libvirt),
		cmocka_unit_test(binding),
		cmocka_unit_test(binding_elsewhere),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
