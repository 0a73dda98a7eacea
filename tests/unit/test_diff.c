// SPDX-License-Identifier: GPL-2.0-or-later
/* test_diff.c - unified diffs, against diff(1) where both have one answer, and by carrying them out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "plan/diff.h"
#include "tree.h"

static struct span diff(const char *x, const char *y, struct arena *a)
{
	struct span ret = { 0 };

	assert_int_equal(diff_unified("a", "b", span_str(x), span_str(y), a, &ret), 0);
	return ret;
}

static void test_same(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_int_equal(diff("", "", &a).n, 0);
	assert_int_equal(diff("x\ny", "x\ny", &a).n, 0);
	arena_done(&a);
}

static void test_new_and_gone(void **state)
{
	struct arena a = { 0 };
	struct span d;

	(void)state;
	assert_int_equal(diff_unified(NULL, "b/x", (struct span) { 0 }, span_str("1\n2\n"), &a, &d), 0);
	assert_true(text_eq(d, "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+1\n+2\n"));
	assert_int_equal(diff_unified("a/x", NULL, span_str("1\n"), (struct span) { 0 }, &a, &d), 0);
	assert_true(text_eq(d, "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"));
	arena_done(&a);
}

/* What diff(1) says of the same two texts. */
static size_t peer(struct tree *t, const char *x, const char *y, char *buf, size_t room)
{
	int ends[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t child;

	tree_file(t, "x", x);
	tree_file(t, "y", y);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		if (chdir(t->top) == 0)
			execlp("diff", "diff", "-u", "--label", "a", "--label", "b", "x", "y", (char *)NULL);
		_exit(2);
	}
	close(ends[1]);
	while ((got = read(ends[0], buf + n, room - n)) > 0)
		n += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, W_EXITCODE(1, 0)); /* they differ; 2 is trouble */
	return n;
}

static void test_peer(void **state)
{
	static const char *const pairs[][2] = {
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n" },
		{ "1\n2\n3\n", "1\n2\n3" },
		{ "1\n2", "1\n2\n" },
		{ "1", "2" },
		{ "", "1\n2\n" },
		{ "1\n", "" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "x\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ny\n" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n" },
		{ "a\nb\nc\n", "b\nc\nd\n" },
		{ "options vfio-pci ids=8086:3e92 disable_vga=1\nblacklist i915\n",
		  "options vfio-pci ids=8086:3e92\nblacklist i915\n" },
		{ "a\r\nb\n\nc\n", "a\nb\n\nc\n\n" },
	};
	struct tree t;

	(void)state;
	tree_init(&t);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct arena a = { 0 };
		struct span d = diff(pairs[i][0], pairs[i][1], &a);
		char want[4096];
		size_t n = peer(&t, pairs[i][0], pairs[i][1], want, sizeof(want));

		if (n != d.n || memcmp(want, d.p, n) != 0)
			fail_msg("pair %zu:\n%.*s\ninstead of\n%.*s", i, (int)d.n, (const char *)d.p, (int)n, want);
		arena_done(&a);
	}
	tree_done(&t);
}

/* @x with @d carried out on it, as patch(1) does; the texts' lines all end with a newline. */
static size_t patched(struct span x, struct span d, char *out)
{
	struct span line, old;
	size_t n = 0, at = 0;

	for (int i = 0; i < 2; i++)
		assert_true(span_line(&d, &line));
	while (span_line(&d, &line)) {
		struct span s = line;
		uint64_t from = 0;

		if (text_skip(&s, "@@ -")) {
			assert_true(text_digits(&s, 10, &from));
			from -= text_starts(s, ",0") ? 0 : 1;
			for (; at < from && span_line(&x, &old); at++)
				n += (size_t)sprintf(out + n, "%.*s\n", (int)old.n, (const char *)old.p);
			continue;
		}
		if (!text_starts(line, "+")) {
			assert_true(span_line(&x, &old) && old.n == line.n - 1 &&
				    memcmp(old.p, line.p + 1, old.n) == 0);
			at++;
		}
		if (!text_starts(line, "-"))
			n += (size_t)sprintf(out + n, "%.*s\n", (int)line.n - 1, (const char *)line.p + 1);
	}
	while (span_line(&x, &old))
		n += (size_t)sprintf(out + n, "%.*s\n", (int)old.n, (const char *)old.p);
	return n;
}

static void test_carried_out(void **state)
{
	unsigned seed = 1;
	char x[256], y[256], out[1024];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		size_t n[2] = { 0, 0 };
		struct arena a = { 0 };
		struct span d;

		for (int k = 0; k < 2; k++)
			for (seed = seed * 1103515245U + 12345U; (seed >> 16) % 24 && n[k] < 200;
			     seed = seed * 1103515245U + 12345U)
				n[k] += (size_t)sprintf((k ? y : x) + n[k], "%c\n", 'a' + (int)((seed >> 20) % 4));
		x[n[0]] = y[n[1]] = '\0';
		d = diff(x, y, &a);
		if (d.n) {
			size_t got = patched(span_str(x), d, out);

			assert_int_equal(got, n[1]);
			assert_memory_equal(out, y, got);
		} else {
			assert_string_equal(x, y);
		}
		arena_done(&a);
	}
}

/* Too many pairs of lines for the table: the middle goes and comes whole, and soon. */
static void test_bounded(void **state)
{
	const size_t lines = 20000;
	char *x = malloc(lines * 8), *y = malloc(lines * 8), *out = malloc(lines * 16);
	size_t n = 0, m = 0;
	struct arena a = { 0 };
	struct span d;

	(void)state;
	for (int i = 0; i < (int)lines; i++) {
		n += (size_t)sprintf(x + n, "%d\n", i);
		m += (size_t)sprintf(y + m, "%d\n", i % 7 ? i : -1);
	}
	d = diff(x, y, &a);
	assert_true(d.n > 0 && d.n < n + m + 3 * lines);
	assert_int_equal(patched(span_str(x), d, out), m);
	assert_memory_equal(out, y, m);
	arena_done(&a);
	free(x);
	free(y);
	free(out);
}

static void test_no_memory(void **state)
{
	struct arena a = { .limit = 64 };
	struct span d = { 0 };

	(void)state;
	assert_int_equal(diff_unified("a", "b", span_str("1\n2\n3\n4\n5\n"), span_str("x\n"), &a, &d), -IGD_ENOMEM);
	assert_null(d.p);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),	cmocka_unit_test(test_new_and_gone),
		cmocka_unit_test(test_peer),	cmocka_unit_test(test_carried_out),
		cmocka_unit_test(test_bounded), cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
