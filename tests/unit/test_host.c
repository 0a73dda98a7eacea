// SPDX-License-Identifier: GPL-2.0-or-later
/* test_host.c - folders and archives as machines: the same answers, and none from outside. */
#include "tree.h"

#include "tar_image.h"

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "host/host.h"

/* ---- one tree, two keepers --------------------------------------------------------------------- */

static void fill_folder(struct tree *t)
{
	tree_file(t, "root/proc/cmdline", "quiet\n");
	tree_file(t, "root/sys/devices/a/class", "0x030000\n");
	tree_link(t, "root/sys/bus/a", "../devices/a");
	tree_link(t, "root/sys/abs", "/sys/devices/a/class");
	tree_link(t, "root/sys/out", "../../../../../../../../etc/passwd");
	tree_link(t, "root/sys/outside", "/../../secret");
	tree_link(t, "root/sys/loop1", "loop2");
	tree_link(t, "root/sys/loop2", "loop1");
	tree_link(t, "root/sys/dangling", "nothing");
	tree_link(t, "root/sys/top", "/");
	tree_file(t, "secret", "outside\n");
}

static void fill_archive(struct tar_image *m)
{
	tar_file(m, "./proc/cmdline", "quiet\n");
	tar_file(m, "./sys/devices/a/class", "0x030000\n");
	tar_link(m, "./sys/bus/a", "../devices/a");
	tar_link(m, "./sys/abs", "/sys/devices/a/class");
	tar_link(m, "./sys/out", "../../../../../../../../etc/passwd");
	tar_link(m, "./sys/outside", "/../../secret");
	tar_link(m, "./sys/loop1", "loop2");
	tar_link(m, "./sys/loop2", "loop1");
	tar_link(m, "./sys/dangling", "nothing");
	tar_link(m, "./sys/top", "/");
	tar_end(m);
}

static void reads(struct host *h, const char *path, const char *want)
{
	struct arena a = { 0 };
	struct span got;

	assert_int_equal(host_read(h, path, HOST_TEXT_MAX, &a, &got), 0);
	assert_string_equal((const char *)got.p, want);
	assert_int_equal(got.n, strlen(want));
	arena_done(&a);
}

static void refuses(struct host *h, const char *path, int code, const char *why)
{
	struct span got = { NULL, 7 };
	struct arena a = { 0 };

	assert_int_equal(host_read(h, path, HOST_TEXT_MAX, &a, &got), -code);
	assert_int_equal(got.n, 7);
	assert_non_null(strstr(host_why(h, -code, path, &a), why));
	arena_done(&a);
}

static void answers(struct host *h)
{
	static const char *const sys[] = { "abs",   "bus", "dangling", "devices", "loop1",
					   "loop2", "out", "outside",  "top" };
	struct host_names names;
	struct arena a = { 0 };
	struct span got;
	const char *link;
	int64_t t;

	reads(h, "proc/cmdline", "quiet\n");
	reads(h, "sys/bus/a/class", "0x030000\n");
	reads(h, "sys/abs", "0x030000\n");
	reads(h, "sys/top/sys/top/./proc//cmdline", "quiet\n");
	reads(h, "sys/bus/a/../a/class", "0x030000\n"); /* ".." is where the link led */
	refuses(h, "sys/out", IGD_ENOENT, "symbolic link leads out of the tree");
	refuses(h, "sys/outside", IGD_ENOENT, "symbolic link leads out of the tree");
	refuses(h, "../../secret", IGD_ENOENT, "");
	refuses(h, "sys/loop1", IGD_EIO, "symbolic links go in a circle");
	refuses(h, "sys/dangling", IGD_ENOENT, "");
	refuses(h, "sys/bus", IGD_EIO, "not a regular file");
	refuses(h, "proc/cmdline/x", IGD_ENOENT, "");
	assert_int_equal(host_read(h, "proc/cmdline", 3, &a, &got), -IGD_ELIMIT);

	got = (struct span) { 0 };
	assert_int_equal(host_read_head(h, "proc/cmdline", got, 2, &a, &got), 0);
	assert_int_equal(got.n, 2);
	assert_int_equal(host_read_head(h, "proc/cmdline", got, 4, &a, &got), 0);
	assert_memory_equal(got.p, "quie", 4);
	assert_int_equal(host_read_head(h, "proc/cmdline", got, 100, &a, &got), 0);
	assert_int_equal(got.n, 6);
	assert_memory_equal(got.p, "quiet\n", 6);
	assert_int_equal(host_read_head(h, "sys/bus", (struct span) { 0 }, 100, &a, &got), -IGD_EIO);
	assert_int_equal(host_read_head(h, "sys/none", (struct span) { 0 }, 100, &a, &got), -IGD_ENOENT);

	assert_int_equal(host_has(h, "sys/bus/a"), 1);
	assert_int_equal(host_has(h, "sys/dangling"), 0);
	assert_int_equal(host_has(h, "sys/none"), 0);
	assert_int_equal(host_link(h, "sys/bus/a", &a, &link), 0);
	assert_string_equal(link, "../devices/a");
	assert_int_equal(host_link(h, "sys/dangling", &a, &link), 0);
	assert_int_equal(host_link(h, "proc/cmdline", &a, &link), -IGD_ENOENT);
	assert_int_equal(host_link(h, "sys/none", &a, &link), -IGD_ENOENT);
	assert_int_equal(host_mtime(h, "proc/cmdline", &t), 0);
	assert_int_equal(t, 1000);
	assert_int_equal(host_mtime(h, "proc/none", &t), -IGD_ENOENT);
	assert_int_equal(host_list(h, "sys", &a, &names), 0);
	assert_int_equal(names.n, ARRAY_SIZE(sys));
	for (size_t i = 0; i < names.n; i++)
		assert_string_equal(names.v[i], sys[i]);
	assert_int_equal(host_list(h, "sys/bus/a", &a, &names), 0);
	assert_int_equal(names.n, 1);
	assert_int_equal(host_list(h, "proc/cmdline", &a, &names), -IGD_ENOENT);
	assert_int_equal(host_list(h, "none", &a, &names), -IGD_ENOENT);
	arena_done(&a);
}

static void test_folder(void **state)
{
	struct tree t;
	struct host *h;

	(void)state;
	tree_init(&t);
	fill_folder(&t);
	assert_int_equal(host_open_root(tree_path(&t, "root"), &h, NULL), 0);
	assert_false(host_is_live(h));
	assert_false(host_is_capture(h));
	assert_int_equal(host_as_root(h), -1);
	answers(h);
	host_record(h); /* remembering changes no answer */
	answers(h);
	host_free(h);
	assert_int_equal(setenv("IGDCTL_NO_OPENAT2", "1", 1), 0); /* an old kernel */
	assert_int_equal(host_open_root(tree_path(&t, "root"), &h, NULL), 0);
	answers(h);
	host_free(h);
	assert_int_equal(unsetenv("IGDCTL_NO_OPENAT2"), 0);
	tree_done(&t);
}

static bool keep_b(void *ctx, struct span piece)
{
	(*(unsigned *)ctx)++;
	return piece.n && piece.p[0] == 'b';
}

/* What a record holds: the most that was asked of a head, the pieces that were kept of a large file. */
static void test_parts(void **state)
{
	const struct host_entry *e;
	struct arena a = { 0 };
	struct span got = { 0 };
	unsigned asked = 0;
	struct tree t;
	struct host *h;
	size_t n, seen = 0;

	(void)state;
	tree_init(&t);
	tree_file(&t, "root/proc/head", "0123456789");
	tree_file(&t, "root/proc/some", "a1\nb2\n\na3\nb4");
	assert_int_equal(host_open_root(tree_path(&t, "root"), &h, NULL), 0);
	host_record(h);
	assert_int_equal(host_read_head(h, "proc/head", got, 4, &a, &got), 0);
	assert_int_equal(host_read_head(h, "proc/head", got, 7, &a, &got), 0);
	assert_int_equal(host_read_head(h, "proc/head", (struct span) { 0 }, 2, &a, &got), 0);
	assert_int_equal(host_read_some(h, "proc/some", "\n", keep_b, &asked, &a, &got), 0);
	assert_int_equal(asked, 5);
	assert_int_equal(got.n, 5);
	assert_memory_equal(got.p, "b2\nb4", 5);
	assert_int_equal(host_recorded(h, &e, &n), 0);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(e[i].path, "proc/head") == 0 && ++seen)
			assert_int_equal(e[i].bytes.n, 7);
		if (strcmp(e[i].path, "proc/some") == 0 && ++seen)
			assert_int_equal(e[i].bytes.n, 5);
	}
	assert_int_equal(seen, 2);
	host_free(h);
	arena_done(&a);
	tree_done(&t);
}

static void test_archive(void **state)
{
	struct tar_image m = { 0 };
	struct report rep = { 0 };
	struct host *h;

	(void)state;
	fill_archive(&m);
	assert_int_equal(host_open_capture_memory(tar_span(&m), "m.tar", &h, &rep), 0);
	assert_int_equal(rep.n_notes, 1); /* nobody's manifest */
	assert_true(host_is_capture(h));
	assert_string_equal(host_name(h), "m.tar");
	answers(h);
	host_record(h);
	answers(h);
	host_free(h);
	tar_free(&m);
}

/* ---- folders that try to do harm --------------------------------------------------------------- */

static void test_not_regular(void **state)
{
	struct host_names names;
	struct arena a = { 0 };
	struct tree t;
	struct host *h;

	(void)state;
	tree_init(&t);
	tree_file(&t, "sys/x", "");
	assert_int_equal(mkfifo(tree_path(&t, "sys/fifo"), 0644), 0);
	tree_link(&t, "sys/to-fifo", "fifo");
	tree_file(&t, "sys/bad\033[2Jname", "x");
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	for (int slow = 0; slow < 2; slow++) {
		refuses(h, "sys/fifo", IGD_EIO, "not a regular file"); /* and did not wait for a writer */
		refuses(h, "sys/to-fifo", IGD_EIO, "not a regular file");
		reads(h, "sys/x", "");
		assert_int_equal(host_list(h, "sys", &a, &names), 0);
		assert_int_equal(names.n, 3);
		host_free(h);
		assert_int_equal(setenv("IGDCTL_NO_OPENAT2", "1", 1), 0);
		assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	}
	host_free(h);
	assert_int_equal(unsetenv("IGDCTL_NO_OPENAT2"), 0);
	arena_done(&a);
	tree_done(&t);
}

static void test_long_paths(void **state)
{
	char deep[2 * (HOST_DEPTH_MAX + 2) + 1], *longer = malloc(HOST_PATH_MAX + 2);
	struct arena a = { 0 };
	struct span got;
	struct tree t;
	struct host *h;

	(void)state;
	assert_non_null(longer);
	memset(longer, 'a', HOST_PATH_MAX + 1);
	longer[HOST_PATH_MAX + 1] = '\0';
	for (size_t i = 0; i < sizeof(deep) - 1; i++)
		deep[i] = i % 2 ? '/' : 'd';
	deep[sizeof(deep) - 1] = '\0';
	tree_init(&t);
	tree_file(&t, "sys/x", "");
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	assert_int_equal(host_read(h, longer, 10, &a, &got), -IGD_ELIMIT);
	assert_int_equal(host_read(h, deep, 10, &a, &got), -IGD_ENOENT);
	assert_int_equal(host_has(h, "sys/x/"), 0);
	host_free(h);
	assert_int_equal(host_open_root(tree_path(&t, "none"), &h, NULL), -IGD_ENOENT);
	assert_int_equal(host_open_root(tree_path(&t, "sys/x"), &h, NULL), -IGD_ENOENT);
	free(longer);
	arena_done(&a);
	tree_done(&t);
}

/* ---- archives that try to do harm -------------------------------------------------------------- */

/* Refused with @code, and words. Frees the archive. */
static void bad(struct tar_image *m, int code)
{
	struct report rep = { 0 };
	struct host *h = NULL;

	tar_end(m);
	assert_int_equal(host_open_capture_memory(tar_span(m), "bad", &h, &rep), -code);
	assert_null(h);
	assert_int_equal(rep.code, -code);
	assert_true(rep.refusal.text[0] != '\0');
	tar_free(m);
}

static void test_names_refused(void **state)
{
	static const char *const names[] = {
		"/etc/passwd", "../x", "sys/../../x", "sys/..", "..", "a\033b", "sys/a/x"
	};
	const struct span none = { NULL, 0 };
	struct tar_image m = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		tar_file(&m, "sys/a", "");
		tar_file(&m, names[i], "");
		bad(&m, IGD_EPATH);
		tar_file(&m, "sys/a", "");
		tar_put(&m, '1', "sys/hard", names[i], none);
		bad(&m, IGD_EPATH);
	}
	tar_file(&m, "sys/a", "1");
	tar_file(&m, "./sys//a", "2");
	bad(&m, IGD_EPATH);
	tar_file(&m, "sys/a", "1");
	tar_put(&m, '5', "sys/a", "", none);
	bad(&m, IGD_EPATH);
	tar_link(&m, "sys/a", "b");
	tar_file(&m, "sys/a/b", "through a link");
	bad(&m, IGD_EPATH);
	tar_link(&m, "sys/a", "");
	bad(&m, IGD_EPATH);
	tar_put(&m, '1', "sys/hard", "sys/hard", none);
	bad(&m, IGD_EPATH);
	tar_put(&m, '3', "sys/device", "", none);
	bad(&m, IGD_EPATH);
}

static void test_no_machine(void **state)
{
	struct tar_image m = { 0 };
	struct host *h;

	(void)state;
	tar_file(&m, "photos/1", "");
	bad(&m, IGD_EMAGIC);
	tar_file(&m, "a/sys/x", "");
	tar_file(&m, "b/sys/x", "");
	bad(&m, IGD_EMAGIC);
	assert_int_equal(host_open_capture_memory(span_str("words"), "w", &h, NULL), -IGD_EMAGIC);
	assert_int_equal(host_open_capture_memory((struct span) { NULL, 0 }, "w", &h, NULL), -IGD_EMAGIC);
	tar_file(&m, "one-below/proc/cmdline", "quiet\n");
	tar_end(&m);
	assert_int_equal(host_open_capture_memory(tar_span(&m), "ok", &h, NULL), 0);
	reads(h, "proc/cmdline", "quiet\n");
	host_free(h);
	tar_free(&m);
}

static void test_hard_link_inside(void **state)
{
	struct tar_image m = { 0 };
	struct host *h;

	(void)state;
	tar_file(&m, "sys/a", "text");
	tar_put(&m, '1', "sys/b", "./sys/a", (struct span) { NULL, 0 });
	tar_end(&m);
	assert_int_equal(host_open_capture_memory(tar_span(&m), "ok", &h, NULL), 0);
	reads(h, "sys/b", "text");
	host_free(h);
	tar_free(&m);
}

static void test_manifests(void **state)
{
	static const struct {
		const char *text;
		int code;
	} manifests[] = {
		{ "", IGD_EMAGIC },
		{ "[]", IGD_EMAGIC },
		{ "{", IGD_EMAGIC },
		{ "{}", IGD_EMAGIC },
		{ "{\"schema\":\"other/1\"}", IGD_EMAGIC },
		{ "{\"schema\":\"igdctl/capture/1x\"}", IGD_EMAGIC },
		{ "{\"schema\":\"igdctl/capture/2\"}", IGD_EVERSION },
		{ "{\"schema\":\"igdctl/capture/1\",\"refused\":[1]}", IGD_EMAGIC },
		{ "{\"schema\":\"igdctl/capture/1\",\"refused\":[{\"path\":\"../x\",\"why\":\"io\"}]}", IGD_EPATH },
		{ "{\"schema\":\"igdctl/capture/1\",\"listed\":[7]}", IGD_EMAGIC },
		{ "{\"schema\":\"igdctl/capture/1\",\"listed\":[\"/x\"]}", IGD_EPATH },
	};
	struct tar_image m = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(manifests); i++) {
		tar_file(&m, HOST_MANIFEST, manifests[i].text);
		bad(&m, manifests[i].code);
	}
}

static void test_manifest_is_honoured(void **state)
{
	struct tar_image m = { 0 };
	struct host_names names;
	struct arena a = { 0 };
	struct host *h;

	(void)state;
	tar_file(&m, HOST_MANIFEST,
		 "{\"schema\":\"igdctl/capture/1\",\"as_root\":false,\"new key\":1,"
		 "\"refused\":[{\"path\":\"proc/iomem\",\"why\":\"access\"},{\"path\":\"etc/secret/"
		 "x\",\"why\":\"access\"},"
		 "{\"path\":\"sys/seen\",\"why\":\"unread\"},{\"path\":\"sys/big\",\"why\":\"limit\"},"
		 "{\"path\":\"sys/odd\",\"why\":\"word of a later version\"}],\"listed\":[\"sys\"]}");
	tar_file(&m, "proc/iomem", "");
	tar_file(&m, "sys/seen", "");
	tar_file(&m, "sys/big", "");
	tar_file(&m, "sys/odd", "");
	tar_end(&m);
	assert_int_equal(host_open_capture_memory(tar_span(&m), "m", &h, NULL), 0);
	assert_int_equal(host_as_root(h), 0);
	refuses(h, "proc/iomem", IGD_EACCES, "no permission");
	refuses(h, "etc/secret/x", IGD_EACCES, "no permission");
	refuses(h, "sys/seen", IGD_EACCES, "its content is not in the capture");
	refuses(h, "sys/big", IGD_ELIMIT, "too large");
	refuses(h, "sys/odd", IGD_EACCES, "its content is not in the capture");
	assert_int_equal(host_has(h, "proc/iomem"), 1);
	assert_int_equal(host_has(h, "etc/secret/x"), -IGD_EACCES);
	assert_int_equal(host_has(h, "etc/secret/y"), 0);
	assert_int_equal(host_list(h, "sys", &a, &names), 0);
	assert_int_equal(names.n, 3);
	assert_int_equal(host_list(h, "proc", &a, &names), -IGD_EACCES);
	host_free(h);
	arena_done(&a);
	tar_free(&m);
}

/* Names enough to pass HOST_NAMES_MAX, and folders deeper than HOST_DEPTH_MAX. */
static void test_too_many(void **state)
{
	struct tar_image m = { 0 };
	char name[2 * HOST_DEPTH_MAX + 8] = "sys", *room;
	size_t n = HOST_NAMES_MAX + 1;
	struct report rep = { 0 };
	struct host *h;

	(void)state;
	for (size_t i = 0; i < HOST_DEPTH_MAX; i++)
		memcpy(name + 3 + 2 * i, "/d", 3);
	assert_int_equal(strlen(name), 3 + 2 * HOST_DEPTH_MAX);
	/* longer than a ustar name: a GNU long name before it */
	tar_put(&m, 'L', "x", "", span_str(name));
	tar_file(&m, "x", "");
	bad(&m, IGD_ELIMIT);

	room = (char *)tar_more(&m, 512 * n + 1024);
	for (size_t i = 0; i < n; i++) {
		struct tar_image one = { 0 };

		snprintf(name, sizeof(name), "sys/%zu", i);
		tar_file(&one, name, "");
		memcpy(room + 512 * i, one.b, 512);
		tar_free(&one);
	}
	assert_int_equal(host_open_capture_memory(tar_span(&m), "many", &h, &rep), -IGD_ELIMIT);
	assert_non_null(strstr(rep.refusal.text, "too many entries"));
	tar_free(&m);
}

/* A reader of an archive must stand every shorter form and every wrong byte of it. */
static void try_open(struct span all)
{
	struct host_names names;
	struct arena a = { 0 };
	struct host *h = NULL;
	struct span got;
	const char *link;

	if (host_open_capture_memory(all, "x", &h, NULL) < 0) {
		assert_null(h);
		return;
	}
	if (host_read(h, "sys/abs", HOST_TEXT_MAX, &a, &got) < 0 || host_list(h, "sys", &a, &names) < 0 ||
	    host_link(h, "sys/bus/a", &a, &link) < 0)
		assert_non_null(host_why(h, -IGD_EIO, "sys/abs", &a));
	host_free(h);
	arena_done(&a);
}

static void test_damaged(void **state)
{
	static const uint8_t with[] = { 0x00, 0xff, '/', '.' };
	struct tar_image m = { 0 };
	uint8_t was, *copy;

	(void)state;
	fill_archive(&m);
	for (size_t n = 0; n <= m.n; n += n % 512 < 8 || n % 512 > 504 ? 1 : 8) {
		copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, m.b, n);
		try_open((struct span) { copy, n });
		free(copy);
	}
	for (size_t at = 0; at < m.n; at++) {
		if (m.b[at] == 0 && at % 512 > 345) /* the padding of headers and contents */
			continue;
		was = m.b[at];
		for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
			uint8_t sum[8];

			memcpy(sum, m.b + at / 512 * 512 + 148, sizeof(sum));
			m.b[at] = with[i];
			try_open(tar_span(&m));
			if (at % 512 < 148 || at % 512 >= 156) {
				tar_sum(m.b + at / 512 * 512);
				try_open(tar_span(&m));
			}
			m.b[at] = was;
			memcpy(m.b + at / 512 * 512 + 148, sum, sizeof(sum));
		}
	}
	tar_free(&m);
}

static void test_file_refused(void **state)
{
	struct report rep = { 0 };
	struct host *h = NULL;
	struct tree t;

	(void)state;
	tree_init(&t);
	assert_int_equal(mkfifo(tree_path(&t, "fifo"), 0644), 0);
	assert_int_equal(host_open_capture(t.path, &h, &rep), -IGD_EIO);
	assert_int_equal(host_open_capture(t.top, &h, NULL), -IGD_EIO);
	assert_int_equal(host_open_capture(tree_path(&t, "none"), &h, NULL), -IGD_ENOENT);
	tree_file(&t, "text", "no archive");
	assert_int_equal(host_open_capture(tree_path(&t, "text"), &h, NULL), -IGD_EMAGIC);
	assert_null(h);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder),	     cmocka_unit_test(test_parts),
		cmocka_unit_test(test_archive),	     cmocka_unit_test(test_not_regular),
		cmocka_unit_test(test_long_paths),   cmocka_unit_test(test_names_refused),
		cmocka_unit_test(test_no_machine),   cmocka_unit_test(test_hard_link_inside),
		cmocka_unit_test(test_manifests),    cmocka_unit_test(test_manifest_is_honoured),
		cmocka_unit_test(test_too_many),     cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_file_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
