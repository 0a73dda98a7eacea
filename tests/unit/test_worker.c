// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Children that read strangers' files: what they can no longer do, what it costs when one breaks, and that answers
 * come in the order of the inputs.
 *
 * Built twice: as the rest of the tests, and without sanitizers, which do not live under the system call filter and
 * the limit on memory. Only the second shows that these hold.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/sandbox.h"
#include "cli/worker.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Of main.c, which has a main of its own. */
int report_failed(const struct report *rep, int r, const char *what)
{
	fprintf(stderr, "%s: %d %d\n", what, r, rep ? rep->code : 0);
	return EXIT_FAILED;
}

static const struct cli cli = { .json = false };
static char folder[64];

static const char *place(const char *name)
{
	static char path[8][128];
	static unsigned turn;
	char *p = path[turn++ % 8];

	snprintf(p, 128, "%s/%s", folder, name);
	return p;
}

static char *file(const char *name, const char *text)
{
	FILE *f = fopen(place(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	return strdup(place(name));
}

static int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/igdctl-worker-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_drop(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "rm -r '%s'", folder);
	return system(line);
}

/* ---- the sandbox -------------------------------------------------------------------------------------------- */

static bool refused(long r)
{
	return r < 0;
}

static bool opens_nothing(void)
{
	return refused(open("/etc/passwd", O_RDONLY)) && refused(open("/dev/null", O_RDWR)) &&
	       refused(open(place("new"), O_CREAT | O_WRONLY, 0600)) && refused(open("/proc/self/mem", O_RDWR)) &&
	       refused(open("/", O_PATH)) && refused(unlink(place("there"))) && refused(mkdir(place("dir"), 0700)) &&
	       refused(rename(place("there"), place("gone"))) && refused(chmod(place("there"), 0777)) &&
	       refused(truncate(place("there"), 0)) && refused(symlink("/", place("link"))) && refused(chdir("/"));
}

static bool starts_nothing(void)
{
	char *const args[] = { (char *)"true", NULL };
	pid_t child;

	execve("/bin/true", args, args + 1);
	execve("/usr/bin/true", args, args + 1); /* had it worked, the status would be 0, which no test answers */
	child = fork();
	if (child == 0)
		_exit(0);
	return child < 0 && refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) &&
	       refused(syscall(SYS_memfd_create, "", 0));
}

static bool reaches_nobody(void)
{
	return refused(socket(AF_INET, SOCK_STREAM, 0)) && refused(socket(AF_UNIX, SOCK_STREAM, 0)) &&
	       refused(socket(AF_NETLINK, SOCK_RAW, 0)) && refused(kill(getppid(), 0)) &&
	       refused(kill(getpid(), 0)) && refused(syscall(SYS_tgkill, getppid(), getppid(), 0)) &&
	       refused(syscall(SYS_tkill, getppid(), 0)) &&
	       refused(syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0)) &&
	       refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static bool takes_nothing_back(void)
{
	const struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };

	return refused(setrlimit(RLIMIT_AS, &more)) && refused(setuid(0)) &&
	       refused(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) && refused(syscall(SYS_unshare, 0)) &&
	       mmap(NULL, SEAL_MEMORY, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static bool still_reads(void)
{
	uint8_t *p = malloc(8 << 20);
	struct timespec now;

	if (!p || clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return false;
	memset(p, 1, 8 << 20);
	free(p);
	return syscall(SYS_tgkill, getpid(), getpid(), 0) == 0; /* abort() */
}

/* Does a sealed child find that @holds? */
static bool sealed(bool (*holds)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		(void)sandbox_seal(20); /* Landlock may be missing; the filter alone has to do */
		_exit(holds() ? 42 : 43);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

static void seccomp_is_there(void)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
		print_message("this kernel has no seccomp\n");
		skip();
	}
}

static void a_sealed_child_can_do_nothing(void **state)
{
	(void)state;
	seccomp_is_there();
	free(file("there", "text"));
	assert_true(sealed(opens_nothing));
	assert_true(sealed(starts_nothing));
	assert_true(sealed(reaches_nobody));
	assert_true(sealed(takes_nothing_back));
	assert_true(sealed(still_reads));
	assert_int_equal(access(place("there"), F_OK), 0);
}

/* By the clock, or by the processor's time, where both limits are one and the kernel kills (setrlimit(2)). */
static void a_sealed_child_does_not_live_for_ever(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		(void)sandbox_seal(1);
		for (volatile unsigned n = 0;; n++)
			;
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) &&
		    (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL));
}

/* ---- workers ------------------------------------------------------------------------------------------------ */

/* What the parent was given, in its order: "0:words=bytes;0.;1!line;" */
struct heard {
	char text[4096];
	size_t n, answers;
	int status; /* that the taker answers */
};

static void hear(struct heard *h, const char *text, size_t n)
{
	assert_true(h->n + n < sizeof(h->text));
	memcpy(h->text + h->n, text, n);
	h->n += n;
}

static int take(void *ctx, size_t i, struct span words, struct span bytes)
{
	char head[16];

	snprintf(head, sizeof(head), "%zu:", i);
	hear(ctx, head, strlen(head));
	hear(ctx, (const char *)words.p, words.n);
	hear(ctx, "=", 1);
	hear(ctx, (const char *)bytes.p, bytes.n);
	hear(ctx, ";", 1);
	return ((struct heard *)ctx)->status;
}

static int end(void *ctx, size_t i, const char *line)
{
	char text[600];

	snprintf(text, sizeof(text), "%zu%s%s;", i, line ? "!" : ".", line ? line : "");
	hear(ctx, text, strlen(text));
	((struct heard *)ctx)->answers += line == NULL;
	return EXIT_DONE;
}

typedef int work_fn(const void *ctx, size_t i, struct span bytes, struct outbox *box);

/* Long for a busy machine; those that wait for the end of it take less. */
static unsigned patience = 60;

static int run(work_fn *work, char *const *inputs, size_t n, struct heard *h)
{
	struct workers w = { .cli = &cli,
			     .inputs = inputs,
			     .n = n,
			     .seconds = patience,
			     .work = work,
			     .take = take,
			     .end = end,
			     .ctx = h };

	return workers_run(&w);
}

static void busy(unsigned ms)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000 + (now.tv_nsec - from.tv_nsec) / 1000000 < ms);
}

static int echo(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	(void)ctx;
	busy(i % 2 ? 0 : 150); /* every other one is slow */
	(void)outbox_send(box, span_str("text"), bytes);
	return EXIT_DONE;
}

static void answers_come_in_order(void **state)
{
	char *inputs[] = { file("a", "first"), file("b", ""), file("c", "third"), file("d", "fourth"),
			   file("e", "5") };
	struct heard h = { .n = 0 };

	(void)state;
	assert_int_equal(run(echo, inputs, 5, &h), EXIT_DONE);
	assert_string_equal(h.text, "0:text=first;0.;1:text=;1.;2:text=third;2.;3:text=fourth;3.;4:text=5;4.;");
	for (size_t i = 0; i < 5; i++)
		free(inputs[i]);
}

static int big(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	uint8_t *p = calloc(1, 3 << 20);

	(void)ctx, (void)i;
	for (size_t k = 0; k < 3 << 20; k++)
		p[k] = (uint8_t)(bytes.n + k * 7);
	(void)outbox_send(box, span_str("big"), (struct span) { p, 3 << 20 });
	outbox_progress(box, 5, 0);
	outbox_progress(box, UINT64_MAX, 1);
	outbox_progress(box, 1, 1000);
	free(p);
	return EXIT_FINDINGS;
}

static int take_big(void *ctx, size_t i, struct span words, struct span bytes)
{
	struct heard *h = ctx;

	(void)i;
	assert_int_equal(words.n, 3);
	assert_int_equal(bytes.n, 3 << 20);
	for (size_t k = 0; k < bytes.n; k += 4093)
		assert_int_equal(bytes.p[k], (uint8_t)(4 + k * 7));
	h->answers++;
	return EXIT_DONE;
}

static void large_answers_come_whole(void **state)
{
	char *inputs[] = { file("a", "four"), NULL, NULL, NULL };
	struct heard h = { .n = 0 };
	struct workers w = { .cli = &cli, .inputs = inputs, .n = 4, .work = big, .take = take_big, .ctx = &h };

	(void)state;
	inputs[1] = inputs[2] = inputs[3] = inputs[0];
	assert_int_equal(workers_run(&w), EXIT_FINDINGS);
	assert_int_equal(h.answers, 4);
	free(inputs[0]);
}

/* Each input's text says how its reader ends. */
static int misbehave(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	const uint64_t head[4] = { 2, UINT64_MAX, UINT64_MAX - 5, 0 }, done[4] = { 4, 0, 0, 99 };

	(void)ctx, (void)i;
	if (span_is(bytes, 0, "segv")) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	} else if (span_is(bytes, 0, "abort")) {
		abort();
	} else if (span_is(bytes, 0, "loop")) {
		for (volatile unsigned n = 0;; n++)
			;
	} else if (span_is(bytes, 0, "exit")) {
		_exit(0);
	} else if (span_is(bytes, 0, "lie")) { /* lengths that wrap */
		assert_int_equal(write(box->fd, head, sizeof(head)), sizeof(head));
	} else if (span_is(bytes, 0, "odd")) { /* a status that there is not */
		assert_int_equal(write(box->fd, done, sizeof(done)), sizeof(done));
		_exit(0);
	}
	(void)outbox_send(box, span_str("text"), bytes);
	return EXIT_DONE;
}

static void one_that_breaks_costs_its_own_answer(void **state)
{
	static const char *const ways[] = { "good",  "segv", "good", "loop", "good",
					    "abort", "exit", "lie",  "odd",  "good" };
	static const char *const says[] = { NULL,
					    "signal 11",
					    NULL,
					    "more than 2 seconds",
					    NULL,
					    "signal 6",
					    "without an answer",
					    "without an answer",
					    "without an answer",
					    NULL };
	struct heard h = { .n = 0 };
	char *inputs[10], *at;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		char name[8];

		snprintf(name, sizeof(name), "in%zu", i);
		inputs[i] = file(name, ways[i]);
	}
	patience = 2;
	assert_int_equal(run(misbehave, inputs, 10, &h), EXIT_FAILED);
	patience = 60;
	assert_int_equal(h.answers, 4);
	at = h.text;
	for (size_t i = 0; i < 10; i++) {
		char want[16];

		snprintf(want, sizeof(want), says[i] ? "%zu!" : "%zu:text=good", i);
		at = strstr(at, want);
		assert_non_null(at);
		if (says[i]) {
			assert_non_null(strstr(at, says[i]));
			assert_true(strstr(at, says[i]) < strchr(at, ';'));
			assert_true(strncmp(at + 2, inputs[i], strlen(inputs[i])) == 0);
		}
		free(inputs[i]);
	}
}

static int hungry(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	void *volatile p;
	size_t n = 0;

	(void)ctx, (void)i, (void)bytes;
	while ((p = malloc(64 << 20)) != NULL && n <= SEAL_MEMORY)
		n += 64 << 20;
	(void)outbox_send(box, span_str(n < SEAL_MEMORY ? "limited" : "not limited"), span_str(""));
	return EXIT_DONE;
}

static void memory_has_an_end(void **state)
{
	struct heard h = { .n = 0 };
	char *inputs[1];

	(void)state;
	seccomp_is_there();
	inputs[0] = file("a", "x");
	assert_int_equal(run(hungry, inputs, 1, &h), EXIT_DONE);
	assert_string_equal(h.text, "0:limited=;0.;");
	free(inputs[0]);
}

static int count(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	struct stat st;
	unsigned n = 0;
	char text[16];

	(void)ctx, (void)i, (void)bytes;
	busy(100);
	for (int fd = 3; fd < 512; fd++)
		n += fstat(fd, &st) == 0;
	snprintf(text, sizeof(text), "%u", n);
	(void)outbox_send(box, span_str("open"), span_str(text));
	return EXIT_DONE;
}

static void a_child_has_no_pipe_but_its_own(void **state)
{
	char *inputs[] = { file("a", "x"), file("b", "x"), file("c", "x") };
	int secret = open(place("a"), O_RDONLY), far = fcntl(secret, F_DUPFD, 300);
	struct heard h = { .n = 0 };

	(void)state;
	assert_true(secret > 0 && far >= 300);
	assert_int_equal(run(count, inputs, 3, &h), EXIT_DONE);
	assert_string_equal(h.text, "0:open=2;0.;1:open=2;1.;2:open=2;2.;");
	close(secret);
	close(far);
	for (size_t i = 0; i < 3; i++)
		free(inputs[i]);
}

static void what_is_no_file_is_refused(void **state)
{
	char *inputs[] = { strdup(place("nowhere")), strdup("/dev/null"), strdup(place("fifo")), file("a", "good"),
			   strdup("/dev/tty") };
	struct heard h = { .n = 0 };

	(void)state;
	assert_int_equal(mkfifo(inputs[2], 0600), 0);
	assert_int_equal(run(echo, inputs, 5, &h), EXIT_FAILED);
	assert_int_equal(h.answers, 1);
	assert_non_null(strstr(h.text, "0!"));
	assert_non_null(strstr(h.text, "/dev/null: is no file;"));
	assert_non_null(strstr(h.text, "fifo: is no file;"));
	assert_non_null(strstr(h.text, "3:text=good;3.;"));
	for (size_t i = 0; i < 5; i++)
		free(inputs[i]);
}

static void the_worst_status_counts(void **state)
{
	char *inputs[] = { file("a", "good"), file("b", "good") };
	struct heard h = { .status = EXIT_REFUSED };

	(void)state;
	assert_int_equal(run(misbehave, inputs, 2, &h), EXIT_REFUSED);
	h = (struct heard) { .status = EXIT_FINDINGS };
	assert_int_equal(run(misbehave, inputs, 2, &h), EXIT_FINDINGS);
	h = (struct heard) { .status = EXIT_FAILED };
	assert_int_equal(run(misbehave, inputs, 2, &h), EXIT_FAILED);
	h = (struct heard) { .status = EXIT_DONE };
	assert_int_equal(run(misbehave, inputs, 0, &h), EXIT_DONE);
	free(inputs[0]);
	free(inputs[1]);
}

static void folders_become_their_files(void **state)
{
	char *names[] = { strdup(place("deep")), (char *)"-", strdup(place("nowhere")), strdup(place("none")) };
	char **all;
	size_t n;

	(void)state;
	assert_int_equal(mkdir(place("deep"), 0700), 0);
	assert_int_equal(mkdir(place("deep/er"), 0700), 0);
	assert_int_equal(mkdir(place("none"), 0700), 0);
	free(file("deep/b", "x"));
	free(file("deep/a", "x"));
	free(file("deep/er/c", "x"));
	assert_int_equal(symlink("/etc/passwd", place("deep/link")), 0);
	assert_int_equal(symlink("..", place("deep/up")), 0);
	assert_int_equal(mkfifo(place("deep/fifo"), 0600), 0);
	all = inputs_expand(names, 4, &n);
	assert_non_null(all);
	assert_int_equal(n, 5);
	assert_string_equal(all[0], place("deep/a"));
	assert_string_equal(all[1], place("deep/b"));
	assert_string_equal(all[2], place("deep/er/c"));
	assert_string_equal(all[3], "-");
	assert_string_equal(all[4], names[2]);
	assert_null(all[5]);
	inputs_free(all);
	all = inputs_expand(names + 3, 1, &n);
	assert_non_null(all);
	assert_int_equal(n, 0);
	inputs_free(all);
	inputs_free(NULL);
	free(names[0]);
	free(names[2]);
	free(names[3]);
}

int main(void)
{
	/* Under sanitizers there is no filter of system calls and no end of addresses: worker-plain alone has these.
	 */
	const struct CMUnitTest unsanitized[] = {
		cmocka_unit_test(a_sealed_child_can_do_nothing),
		cmocka_unit_test(memory_has_an_end),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_child_does_not_live_for_ever),
		cmocka_unit_test(answers_come_in_order),
		cmocka_unit_test(large_answers_come_whole),
		cmocka_unit_test(one_that_breaks_costs_its_own_answer),
		cmocka_unit_test(a_child_has_no_pipe_but_its_own),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(the_worst_status_counts),
		cmocka_unit_test(folders_become_their_files),
	};

	int failed = cmocka_run_group_tests_name("worker", tests, folder_make, folder_drop);

	if (!SANITIZED)
		failed += cmocka_run_group_tests_name("sealed worker", unsanitized, folder_make, folder_drop);
	return failed;
}
