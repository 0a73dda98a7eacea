// SPDX-License-Identifier: GPL-2.0-or-later
/* test_run.c - programs that the engine runs: what they get, what they leave, how they end. */
#include "tree.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "change/run.h"
#include "change/site.h"

struct place {
	struct tree t;
	struct site s;
	int out;
	int ticks;
};

/* This machine's programs, without its journal. */
static void place_init(struct place *p)
{
	*p = (struct place) { .s = { .live = true, .journal = -1 } };
	tree_init(&p->t);
	p->s.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->s.lock = open(tree_path(&p->t, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	p->out = open(tree_path(&p->t, "out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(p->s.root >= 0 && p->s.lock >= 0 && p->out >= 0);
}

static void place_done(struct place *p)
{
	close(p->s.root);
	close(p->s.lock);
	close(p->out);
	tree_done(&p->t);
}

static int shell(struct place *p, const char *script, run_tick tick)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	assert_int_equal(ftruncate(p->out, 0), 0);
	assert_int_equal(lseek(p->out, 0, SEEK_SET), 0);
	return run_program(&p->s, argv, p->out, tick, p, NULL);
}

static const char *printed(struct place *p)
{
	static char buf[4096];
	ssize_t n = pread(p->out, buf, sizeof(buf) - 1, 0);

	assert_true(n >= 0);
	buf[n] = '\0';
	return buf;
}

static void ends(_unused_ void **state)
{
	const char *const none[] = { "igdctl-has-no-such-program", NULL };
	struct report rep = { 0 };
	struct place p;

	place_init(&p);
	assert_int_equal(shell(&p, "echo out; echo err >&2", NULL), 0);
	assert_string_equal(printed(&p), "out\nerr\n");
	assert_int_equal(shell(&p, "exit 7", NULL), 7);
	assert_int_equal(shell(&p, "kill -9 $$", NULL), 128 + 9);
	assert_int_equal(run_program(&p.s, none, p.out, NULL, NULL, &rep), -IGD_ENOENT);
	assert_non_null(strstr(rep.refusal.text, "no such program"));
	place_done(&p);
}

static void surroundings(_unused_ void **state)
{
	char *path = strdup(getenv("PATH"));
	struct place p;

	assert_non_null(path);
	place_init(&p);
	assert_int_equal(setenv("LD_IGDCTL_TEST", "bad", 1), 0);
	assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
	assert_int_equal(
		shell(&p, "env | sort; cat; pwd; umask; read -r a b c d e f </proc/$$/stat; test $e = $$", NULL), 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
	assert_null(strstr(printed(&p), "LD_IGDCTL_TEST"));
	assert_non_null(strstr(printed(&p), "PATH=" SITE_PATH "\n"));
	assert_non_null(strstr(printed(&p), "LC_ALL=C\n"));
	assert_non_null(strstr(printed(&p), "\n/\n0022\n"));
	place_done(&p);
}

/* Descriptors of ours stay ours, but for the lock. */
static void descriptors(_unused_ void **state)
{
	struct place p;
	int extra;

	place_init(&p);
	extra = open(tree_path(&p.t, "secret"), O_RDWR | O_CREAT, 0600); /* not closed by exec */
	assert_true(extra >= 0);
	assert_int_equal(shell(&p, "ls -l /proc/self/fd", NULL), 0);
	assert_null(strstr(printed(&p), "secret"));
	assert_non_null(strstr(printed(&p), "/lock\n"));
	close(extra);
	place_done(&p);
}

static void count(void *ctx)
{
	((struct place *)ctx)->ticks++;
}

static void ticks(_unused_ void **state)
{
	struct place p;

	place_init(&p);
	assert_int_equal(shell(&p, "sleep 1", count), 0);
	assert_in_range(p.ticks, 1, 10);
	place_done(&p);
}

/* A terminal's Ctrl-C reaches our group, not the program's. */
static void group_of_its_own(_unused_ void **state)
{
	int st = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct place p;
		int r;

		place_init(&p);
		setpgid(0, 0);
		signal(SIGINT, SIG_IGN);
		r = shell(&p, "kill -INT -$PPID; sleep 0.2; echo alive", NULL);
		r = r == 0 && strcmp(printed(&p), "alive\n") == 0 ? 0 : 1;
		place_done(&p);
		_exit(r);
	}
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_int_equal(st, 0);
}

/* Another root: its own program, chrooted. */
static void another_root(_unused_ void **state)
{
	const char *const argv[] = { "busybox", "ls", "/", NULL };
	struct report rep = { 0 };
	struct place p;
	char command[256];
	int r;

	place_init(&p);
	tree_way(&p.t, "root/bin/x");
	tree_way(&p.t, "root/only-here/x");
	snprintf(command, sizeof(command), "cp -L /bin/busybox %s/root/bin/busybox 2>&1 || true", p.t.top);
	assert_int_equal(system(command), 0);
	close(p.s.root);
	p.s.live = false;
	p.s.root = open(tree_path(&p.t, "root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = access("/bin/busybox", X_OK) == 0 ? run_program(&p.s, argv, p.out, NULL, NULL, &rep) : -IGD_ENOENT;
	if (r < 0) {
		print_message("skipped: wants a static busybox, and root rights: %s\n", rep.refusal.text);
		place_done(&p);
		skip();
	}
	assert_int_equal(r, 0);
	assert_string_equal(printed(&p), "bin\nonly-here\n");
	place_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),	 cmocka_unit_test(surroundings),     cmocka_unit_test(descriptors),
		cmocka_unit_test(ticks), cmocka_unit_test(group_of_its_own), cmocka_unit_test(another_root),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
