// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding QEMU and asking it: stand-ins that are old, silent, wrong, hang, or cannot be started. */
#include "image.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/macros.h"
#include "rehearse/qemu_ask.h"

static char folder[64];

static const char *place(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % ARRAY_SIZE(path)];

	snprintf(p, 128, "%s/%s", folder, name);
	return p;
}

/* A shell script; its path, good for three more calls. */
static const char *program(const char *name, mode_t mode, const char *script)
{
	const char *path = place(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static int folder_make(void **state _unused_)
{
	snprintf(folder, sizeof(folder), "/tmp/igdctl-qemu-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_drop(void **state _unused_)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	return system(line);
}

static double clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- versions ----------------------------------------------------------------------------------------------- */

static void reads_versions(void **state _unused_)
{
	static const struct {
		const char *said;
		unsigned major, minor, micro;
	} good[] = {
		{ "QEMU emulator version 11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)\nCopyright (c) ...\n", 11, 1, 3 },
		{ "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\n", 7, 2, 22 },
		{ "QEMU emulator version 9.1.0 (qemu-kvm-9.1.0-15.el9)", 9, 1, 0 },
		{ "QEMU emulator version 10.1.2 (pve-qemu-kvm_10.1.2-1)\r\n", 10, 1, 2 },
		{ "QEMU emulator version 10.0.90 (v10.1.0-rc0-12-g0123abc)\n", 10, 0, 90 },
		{ "QEMU emulator version 10.2\n", 10, 2, 0 },
		{ "some wrapper speaks first\nQEMU emulator version 11.0.1\n", 11, 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct qemu_program q = { .path = "/q", .micro = 99 };

		assert_true(qemu_version_read(span_str(good[i].said), &q));
		assert_int_equal(q.major, good[i].major);
		assert_int_equal(q.minor, good[i].minor);
		assert_int_equal(q.micro, good[i].micro);
		assert_string_equal(q.path, "/q");
	}
}

static void refuses_what_is_no_version(void **state _unused_)
{
	static const char *const bad[] = { "",
					   "\n\n",
					   "QEMU emulator version",
					   "QEMU emulator version \n",
					   "QEMU emulator version eleven",
					   "QEMU emulator version 11",
					   "QEMU emulator version 11.",
					   "QEMU emulator version 11.x",
					   "QEMU emulator version 11.1.",
					   "QEMU emulator version -1.1.1",
					   "QEMU emulator version 99999.1.1",
					   "QEMU emulator version 99999999999999999999999.1.1",
					   "qemu-img version 7.2.22" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct qemu_program q = { .major = 7, .minor = 8, .micro = 9 };

		assert_false(qemu_version_read(span_str(bad[i]), &q));
		assert_true(q.major == 7 && q.minor == 8 && q.micro == 9);
	}
}

/* ---- finding ------------------------------------------------------------------------------------------------ */

static int find(const char *name, struct qemu_program *q, const char *told)
{
	struct report rep = { 0 };
	int r = qemu_find(name, q, &rep);

	assert_int_equal(r, rep.code);
	if (told && !strstr(rep.refusal.text, told))
		fail_msg("\"%s\" is not in \"%s\"", told, rep.refusal.text);
	assert_true(strlen(rep.refusal.text) < REPORT_TEXT - 1); /* else it was cut */
	return r;
}

static void finds_by_path_and_by_name(void **state _unused_)
{
	const char *path = program("qemu-system-x86_64", 0755, "echo 'QEMU emulator version 11.1.3 (x)'");
	struct qemu_program q;
	char here[4096], *was = strdup(getenv("PATH"));

	assert_int_equal(find(path, &q, NULL), 0);
	assert_string_equal(q.path, path);
	assert_true(q.major == 11 && q.minor == 1 && q.micro == 3);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(find("./qemu-system-x86_64", &q, NULL), 0);
	assert_int_equal(q.path[0], '/');
	assert_int_equal(access(q.path, X_OK), 0);
	assert_int_equal(chdir(here), 0);
	setenv("PATH", "/nowhere::/nowhere/else", 1);
	assert_int_equal(find("qemu-system-x86_64", &q, "there is no program"), -IGD_ENOENT);
	setenv("PATH", place(""), 1); /* with a slash at its end */
	assert_int_equal(find("qemu-system-x86_64", &q, NULL), 0);
	assert_int_equal(find(NULL, &q, NULL), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(find("qemu-system-x86_64", &q, "there is no program"), -IGD_ENOENT);
	program("kvm", 0755, "echo 'QEMU emulator version 10.1.2'");
	assert_int_equal(find(NULL, &q, NULL), 0);
	assert_string_equal(strrchr(q.path, '/'), "/kvm");
	assert_int_equal(unlink(place("kvm")), 0);
	if (access("/usr/libexec/qemu-kvm", F_OK) < 0)
		assert_int_equal(find(NULL, &q, "no QEMU is installed"), -IGD_ENOENT);
	setenv("PATH", was, 1);
	free(was);
}

static void says_why_it_cannot_be_started(void **state _unused_)
{
	struct qemu_program q = { .path = "untouched" };
	char longer[5000];

	assert_int_equal(find(program("nox", 0644, "exit 0"), &q, "not a program that you may start"), -IGD_EACCES);
	assert_int_equal(find(folder, &q, "not a program that you may start"), -IGD_EACCES);
	assert_int_equal(find(place("not-there"), &q, "there is no program"), -IGD_ENOENT);
	program("strange", 0755, "");
	assert_int_equal(truncate(place("strange"), 3), 0); /* "#!/", which no kernel starts */
	assert_int_equal(find(place("strange"), &q, "cannot be started"), -IGD_EACCES);
	memset(longer, 'a', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(find(longer, &q, "there is no program"), -IGD_ENOENT);
	assert_string_equal(q.path, "untouched");
}

static void says_what_answers_wrongly(void **state _unused_)
{
	struct qemu_program q = { .path = "untouched" };

	assert_int_equal(find(program("silent", 0755, "exit 0"), &q, "says nothing"), -IGD_EIO);
	assert_int_equal(find(program("other", 0755, "printf 'a\\033[31mb\\n' >&2; exit 1"), &q, "\"a?[31mb\""),
			 -IGD_EIO);
	assert_int_equal(find(program("endless", 0755, "head -c 3000000 /dev/zero"), &q, NULL), -IGD_EIO);
	assert_int_equal(find(program("killed", 0755, "kill -9 $$"), &q, "says nothing"), -IGD_EIO);
	assert_string_equal(q.path, "untouched");
}

static void hanging_ends(void **state _unused_)
{
	static const char *const words[] = { "--version", NULL };
	const char *path = program("hang", 0755, "echo $$ >$0.pid; sleep 1000 & echo QEMU; wait");
	struct report rep = { 0 };
	double begin = clock_now();
	char buf[64];
	int status, pid = 0;
	FILE *f;

	assert_int_equal(qemu_ask(path, words, 700, buf, sizeof(buf), &status, &rep), -IGD_EIO);
	assert_non_null(strstr(rep.refusal.text, "does not end"));
	assert_true(clock_now() - begin < 8);
	assert_string_equal(buf, "QEMU\n");
	f = fopen(place("hang.pid"), "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	for (int i = 0; i < 200 && kill(-pid, 0) == 0; i++) /* its child is somebody else's to wait for */
		usleep(10000);
	assert_int_equal(kill(-pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing of ours is left */
}

static void takes_as_much_as_fits(void **state _unused_)
{
	static const char *const words[] = { "one", "two words", NULL };
	char buf[8];
	int status;

	assert_int_equal(qemu_ask(program("args", 0755, "printf '%s' \"$2\"; exit 3"), words, 5000, buf, sizeof(buf),
				  &status, NULL),
			 0);
	assert_string_equal(buf, "two wor");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

/* ---- can it rehearse ---------------------------------------------------------------------------------------- */

static int can(struct qemu_program q, const char *told)
{
	struct report rep = { 0 };
	int r = qemu_can_rehearse(&q, &rep);

	assert_int_equal(r, rep.code);
	if (told && !strstr(rep.refusal.text, told))
		fail_msg("\"%s\" is not in \"%s\"", told, rep.refusal.text);
	assert_true(strlen(rep.refusal.text) < REPORT_TEXT - 1);
	return r;
}

static void old_ones_cannot(void **state _unused_)
{
	struct qemu_program q = { .path = "/nowhere", .major = 7, .minor = 2, .micro = 22 };

	assert_int_equal(can(q, "QEMU 7.2.22 has no vfio-user-pci: install 10.1.1 or newer"), -IGD_EVERSION);
	assert_int_equal(can(q, "trixie-backports"), -IGD_EVERSION);
	q = (struct qemu_program) { .path = "/nowhere", .major = 10, .minor = 0, .micro = 90 };
	assert_int_equal(can(q, "has no vfio-user-pci"), -IGD_EVERSION);
	q = (struct qemu_program) { .path = "/nowhere", .major = 10, .minor = 1, .micro = 0 };
	assert_int_equal(can(q, "QEMU 10.1.0 gives each vfio-user device class 0"), -IGD_EVERSION);
}

static void new_ones_are_asked_for_the_device(void **state _unused_)
{
	struct qemu_program q = { .major = 10, .minor = 1, .micro = 1 };
	const char *path = program("with", 0755,
				   "[ \"$1 $2\" = '-device vfio-user-pci,help' ] || exit 9\n"
				   "echo 'vfio-user-pci options:'; echo '  socket=<SocketAddress>'");

	snprintf(q.path, sizeof(q.path), "%s", path);
	assert_int_equal(can(q, NULL), 0);
	q.major = 12;
	q.minor = q.micro = 0;
	assert_int_equal(can(q, NULL), 0);
	path = program("without", 0755, "echo \"Device 'vfio-user-pci' not found\" >&2"); /* and status 0 */
	snprintf(q.path, sizeof(q.path), "%s", path);
	assert_int_equal(can(q, "was built without the device vfio-user-pci"), -IGD_EVERSION);
	snprintf(q.path, sizeof(q.path), "%s", place("gone"));
	assert_int_equal(can(q, "cannot be started"), -IGD_ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_versions),
		cmocka_unit_test(refuses_what_is_no_version),
		cmocka_unit_test(finds_by_path_and_by_name),
		cmocka_unit_test(says_why_it_cannot_be_started),
		cmocka_unit_test(says_what_answers_wrongly),
		cmocka_unit_test(hanging_ends),
		cmocka_unit_test(takes_as_much_as_fits),
		cmocka_unit_test(old_ones_cannot),
		cmocka_unit_test(new_ones_are_asked_for_the_device),
	};

	return cmocka_run_group_tests_name("qemu", tests, folder_make, folder_drop);
}
