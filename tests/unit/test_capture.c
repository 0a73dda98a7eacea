// SPDX-License-Identifier: GPL-2.0-or-later
/* test_capture.c - what was asked of a folder, asked again of its capture; and what becomes of the file. */
#include "tree.h"

#include "tar_image.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "host/capture.h"
#include "host/tar.h"

static const struct capture_options plain = { .created = 1751371200 }; /* 2025-07-01T12:00:00Z */

static void fill(struct tree *t)
{
	static const uint8_t binary[] = { 'D', 'M', 'A', 'R', 0, 1, 2, 0xff };
	char name[200];

	tree_file(t, "proc/cmdline", "root=UUID=0a1b2c3d-1111-2222-3333-444455556666 intel_iommu=on\n");
	tree_file(t, "proc/sys/kernel/hostname", "krypton\n");
	tree_file(t, "sys/devices/pci0000:00/0000:00:02.0/class", "0x030000\n");
	tree_file(t, "sys/devices/pci0000:00/0000:00:02.0/empty", "");
	tree_file(t, "sys/devices/pci0000:00/0000:00:02.0/unread", "nobody asks\n");
	tree_link(t, "sys/bus/pci/devices/0000:00:02.0", "../../../devices/pci0000:00/0000:00:02.0");
	tree_link(t, "sys/dangling", "nothing");
	tree_file(t, "sys/h\xc3\xa4user/not utf-8 \xff", "x"); /* in a locale of ASCII only */
	tree_file_n(t, "sys/firmware/acpi/tables/DMAR", binary, sizeof(binary));
	tree_file(t, "etc/shadow", "root:secret\n");
	tree_link(t, "etc/pve/local", "nodes/krypton");
	tree_file(t, "etc/pve/nodes/krypton/qemu-server/100.conf", "name: mine\nhostpci0: 00:02.0\n");
	memset(name, 'n', sizeof(name) - 1);
	memcpy(name, "sys/long/", 9);
	name[sizeof(name) - 1] = '\0';
	tree_file(t, name, "long\n");
	assert_int_equal(mkfifo(tree_path(t, "sys/fifo"), 0644), 0);
}

/*
 * Every question, its answer as a line of text: so that two hosts are compared by comparing texts.
 */
static const char *ask(struct host *h, struct arena *a)
{
	static const char *const paths[] = {
		"",
		"proc",
		"proc/cmdline",
		"sys",
		"sys/bus/pci/devices",
		"sys/bus/pci/devices/0000:00:02.0/class",
		"sys/bus/pci/devices/0000:00:02.0/empty",
		"sys/bus/pci/devices/0000:00:02.0/none",
		"sys/dangling",
		"sys/firmware/acpi/tables/DMAR",
		"sys/fifo",
		"sys/none/below",
		"sys/h\xc3\xa4user",
		"sys/h\xc3\xa4user/not utf-8 \xff",
		"sys/long",
		"etc/pve/qemu-server",
		"sys/bus/pci/devices/0000:00:02.0",
		"sys/kernel",
	};
	struct host_names names;
	const char *all = "", *link;
	struct span got;
	int64_t when;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		r = host_read(h, paths[i], HOST_TEXT_MAX, a, &got);
		all = arena_printf(a, "%s%s: read %d %zu %s\n", all, paths[i], r, r ? 0 : got.n,
				   r ? "" : (const char *)got.p);
		r = host_link(h, paths[i], a, &link);
		all = arena_printf(a, "%s link %d %s\n", all, r, r ? "" : link);
		when = 0;
		r = host_mtime(h, paths[i], &when);
		all = arena_printf(a, "%s has %d mtime %d\n", all, host_has(h, paths[i]), r);
		if (r == 0 &&
		    host_list(h, paths[i], a, &names) == -IGD_ENOENT) /* folders' times differ from run to run */
			all = arena_printf(a, "%s of a file: %d\n", all, (int)when);
		r = host_list(h, paths[i], a, &names);
		all = arena_printf(a, "%s list %d", all, r);
		for (size_t k = 0; r == 0 && k < names.n; k++)
			all = arena_printf(a, "%s %s", all, names.v[k]);
		all = arena_printf(a, "%s\n", all);
	}
	return all;
}

/* Without the things that redaction changes in the trees of fill(). */
static const char *hidden(struct arena *a, const char *s)
{
	struct span rest = span_str(s), before;
	const char *uuid = "0a1b2c3d-1111-2222-3333-444455556666";

	if (!text_until(&rest, uuid, &before))
		return s;
	return arena_printf(a, "%s00000000-0000-0000-0000-000000000001%s", arena_span(a, before),
			    arena_span(a, rest));
}

static void test_same_answers(void **state)
{
	static const char *const ends[] = { "x.tar", "x.tar.gz", "x.tar.zst", "x.tar.xz", "x" };
	struct arena a = { 0 };
	struct host *h, *back;
	struct tree t;
	const char *want, *got;
	struct span all;
	uint8_t *owned;

	(void)state;
	tree_init(&t);
	fill(&t);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	want = hidden(&a, ask(h, &a));
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		assert_int_equal(capture_pack(h, ends[i], &plain, &owned, &all, NULL), 0);
		assert_int_equal(tar_is(all), i == 0);
		assert_int_equal(host_open_capture_memory(all, ends[i], &back, NULL), 0);
		got = ask(back, &a);
		assert_string_equal(got, want);
		host_free(back);
		free(owned);
	}
	host_free(h);
	arena_done(&a);
	tree_done(&t);
}

/* A capture of a capture is the same capture. */
static void test_again(void **state)
{
	struct arena a = { 0 };
	struct host *h, *back;
	struct span all, twice;
	uint8_t *owned, *owned2;
	struct tree t;

	(void)state;
	tree_init(&t);
	fill(&t);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	ask(h, &a);
	assert_int_equal(capture_pack(h, "x.tar", &plain, &owned, &all, NULL), 0);
	host_free(h);
	assert_int_equal(host_open_capture_memory(all, "x", &back, NULL), 0);
	host_record(back);
	ask(back, &a);
	assert_int_equal(capture_pack(back, "x.tar", &plain, &owned2, &twice, NULL), 0);
	assert_int_equal(twice.n, all.n);
	assert_memory_equal(twice.p, all.p, all.n);
	host_free(back);
	free(owned);
	free(owned2);
	arena_done(&a);
	tree_done(&t);
}

static void test_withheld_and_unread(void **state)
{
	static const char *const unread = "sys/bus/pci/devices/0000:00:02.0/unread";
	struct arena a = { 0 };
	struct host_names names;
	struct host *h, *back;
	struct span all, got;
	uint8_t *owned;
	struct tree t;

	(void)state;
	tree_init(&t);
	fill(&t);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	assert_int_equal(host_read(h, "etc/shadow", HOST_TEXT_MAX, &a, &got), 0);
	assert_int_equal(host_read(h, "etc/pve/local/qemu-server/100.conf", HOST_TEXT_MAX, &a, &got), 0);
	assert_int_equal(host_list(h, "sys/bus/pci/devices/0000:00:02.0", &a, &names), 0);
	assert_int_equal(host_read(h, "proc/cmdline", 3, &a, &got), -IGD_ELIMIT);
	assert_int_equal(capture_pack(h, "x.tar", &plain, &owned, &all, NULL), 0);
	host_free(h);
	assert_null(memmem(all.p, all.n, "secret", 6));
	assert_null(memmem(all.p, all.n, "krypton", 7));
	assert_null(memmem(all.p, all.n, "nobody asks", 11));
	assert_int_equal(host_open_capture_memory(all, "x", &back, NULL), 0);
	assert_int_equal(host_has(back, "etc/shadow"), 1);
	assert_int_equal(host_read(back, "etc/shadow", HOST_TEXT_MAX, &a, &got), -IGD_EACCES);
	assert_non_null(strstr(host_why(back, -IGD_EACCES, "etc/shadow", &a), "on purpose"));
	assert_int_equal(host_has(back, unread), 1);
	assert_int_equal(host_read(back, unread, HOST_TEXT_MAX, &a, &got), -IGD_EACCES); /* not: empty */
	assert_int_equal(host_read(back, "proc/cmdline", HOST_TEXT_MAX, &a, &got), -IGD_ELIMIT);
	assert_int_equal(host_list(back, "proc", &a, &names), -IGD_EACCES); /* nobody listed it */
	assert_int_equal(host_list(back, "sys/devices/pci0000:00/0000:00:02.0", &a, &names), 0);
	assert_int_equal(names.n, 3);
	/* the node's folder has the name that the host's own file says */
	assert_int_equal(host_read(back, "proc/sys/kernel/hostname", HOST_TEXT_MAX, &a, &got), 0);
	assert_true(text_eq(got, "host\n"));
	assert_int_equal(host_read(back, "etc/pve/nodes/host/qemu-server/100.conf", HOST_TEXT_MAX, &a, &got), 0);
	assert_true(text_eq(got, "name: guest-1\nhostpci0: 00:02.0\n"));
	assert_int_equal(host_read(back, "etc/pve/local/qemu-server/100.conf", HOST_TEXT_MAX, &a, &got), 0);
	host_free(back);
	free(owned);
	arena_done(&a);
	tree_done(&t);
}

/* Files and folders that the user may not read; root may read everything, so root becomes somebody else. */
static void test_no_permission(void **state)
{
	struct arena a = { 0 };
	struct host_names names;
	struct host *h, *back;
	struct span all, got;
	uint8_t *owned;
	struct tree t;
	bool root = geteuid() == 0;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/iomem", "x");
	tree_file(&t, "sys/closed/x", "x");
	assert_int_equal(chmod(tree_path(&t, "proc/iomem"), 0), 0);
	assert_int_equal(chmod(tree_path(&t, "sys/closed"), 0), 0);
	assert_int_equal(chmod(t.top, 0755), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	assert_int_equal(host_read(h, "proc/iomem", HOST_TEXT_MAX, &a, &got), -IGD_EACCES);
	assert_int_equal(host_has(h, "sys/closed/x"), -IGD_EACCES);
	assert_int_equal(host_list(h, "sys/closed", &a, &names), -IGD_EACCES);
	assert_int_equal(host_list(h, "sys", &a, &names), 0);
	assert_int_equal(capture_pack(h, "x.tar", &plain, &owned, &all, NULL), 0);
	host_free(h);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(host_open_capture_memory(all, "x", &back, NULL), 0);
	assert_int_equal(host_read(back, "proc/iomem", HOST_TEXT_MAX, &a, &got), -IGD_EACCES);
	assert_int_equal(host_has(back, "proc/iomem"), 1);
	assert_int_equal(host_has(back, "sys/closed/x"), -IGD_EACCES);
	assert_int_equal(host_list(back, "sys/closed", &a, &names), -IGD_EACCES);
	assert_non_null(strstr(host_why(back, -IGD_EACCES, "sys/closed", &a), "no permission"));
	assert_int_equal(host_list(back, "sys", &a, &names), 0);
	assert_int_equal(names.n, 1);
	host_free(back);
	free(owned);
	arena_done(&a);
	assert_int_equal(chmod(tree_path(&t, "sys/closed"), 0755), 0);
	tree_done(&t);
}

static size_t count_names(struct tree *t, const char *folder)
{
	struct arena a = { 0 };
	struct host_names names;
	struct host *h;
	size_t n;

	assert_int_equal(host_open_root(tree_path(t, folder), &h, NULL), 0);
	assert_int_equal(host_list(h, "", &a, &names), 0);
	n = names.n;
	host_free(h);
	arena_done(&a);
	return n;
}

static void test_file(void **state)
{
	struct capture_options force = plain;
	struct report rep = { 0 };
	struct arena a = { 0 };
	struct host *h, *back;
	struct stat st;
	struct tree t;
	char *file;

	(void)state;
	force.force = true;
	tree_init(&t);
	fill(&t);
	tree_file(&t, "out/there", "mine");
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	file = strdup(tree_path(&t, "out/c.tar.gz"));
	assert_non_null(file);
	assert_int_equal(capture_write(h, file, &plain, &rep), -IGD_EUSAGE); /* nothing was recorded */
	host_record(h);
	ask(h, &a);
	assert_int_equal(capture_write(h, file, &plain, NULL), 0);
	assert_int_equal(host_open_capture(file, &back, NULL), 0);
	host_free(back);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	rep = (struct report) { 0 };
	assert_int_equal(capture_write(h, file, &plain, &rep), -IGD_EPATH);
	assert_non_null(strstr(rep.refusal.text, "there is one already"));
	assert_int_equal(capture_write(h, file, &force, NULL), 0);
	assert_int_equal(capture_write(h, tree_path(&t, "none/c.tar"), &plain, NULL), -IGD_ENOENT);
	assert_int_equal(capture_write(h, tree_path(&t, "sys"), &force, NULL), -IGD_EPATH);
	assert_int_equal(capture_write(h, tree_path(&t, "sys/fifo"), &force, NULL), -IGD_EPATH);
	assert_int_equal(capture_write(h, "-", &plain, NULL), -IGD_EUSAGE);
	assert_int_equal(capture_write(h, "", &plain, NULL), -IGD_EUSAGE);
	assert_int_equal(capture_write(h, "out/", &plain, NULL), -IGD_EUSAGE);
	assert_int_equal(count_names(&t, "out"), 2); /* nothing is left behind */
	free(file);
	host_free(h);
	arena_done(&a);
	tree_done(&t);
}

/* The manifest comes first and says what it should; tar's own reader sees the same entries. */
static void test_manifest(void **state)
{
	struct tar_entry e;
	struct arena a = { 0 };
	struct host *h;
	struct span all;
	uint8_t *owned;
	const char *text;
	struct tree t;
	struct tar tar;

	(void)state;
	tree_init(&t);
	fill(&t);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	ask(h, &a);
	assert_int_equal(capture_pack(h, "x.tar", &plain, &owned, &all, NULL), 0);
	tar_init(&tar, all);
	assert_int_equal(tar_next(&tar, &e, NULL), 0);
	assert_true(text_eq(e.name, HOST_MANIFEST));
	assert_int_equal(e.mtime, plain.created);
	text = arena_span(&a, e.bytes);
	assert_non_null(strstr(text, "\"schema\": \"igdctl/capture/1\""));
	assert_non_null(strstr(text, "\"igdctl\": \"" IGDCTL_VERSION "\""));
	assert_non_null(strstr(text, "\"created\": \"2025-07-01T12:00:00Z\""));
	assert_non_null(strstr(text, "\"as_root\": null"));
	assert_non_null(strstr(text, "\"live\": false"));
	assert_non_null(strstr(text, "\"path\": \"sys/fifo\""));
	while (tar_next(&tar, &e, NULL) == 0)
		assert_true(e.kind == 'f' || e.kind == 'd' || e.kind == 'l');
	free(owned);
	host_free(h);
	arena_done(&a);
	tree_done(&t);
}

/* Who took it is kept: what only root may read looks absent to others. */
static void test_live(void **state)
{
	struct arena a = { 0 };
	struct host *h, *back;
	struct span all, got;
	uint8_t *owned;

	(void)state;
	assert_int_equal(host_open_root("/", &h, NULL), 0);
	assert_true(host_is_live(h));
	assert_int_equal(host_as_root(h), geteuid() == 0);
	host_record(h);
	assert_int_equal(host_read(h, "proc/version", HOST_TEXT_MAX, &a, &got), 0);
	assert_int_equal(capture_pack(h, "x.tar", &plain, &owned, &all, NULL), 0);
	assert_int_equal(host_open_capture_memory(all, "x", &back, NULL), 0);
	assert_false(host_is_live(back));
	assert_int_equal(host_as_root(back), geteuid() == 0);
	host_free(back);
	host_free(h);
	free(owned);
	arena_done(&a);
}

static void test_time(void **state)
{
	(void)state;
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1234", 1), 0);
	assert_int_equal(capture_time(), 1234);
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "soon", 1), 0);
	assert_true(capture_time() > 1700000000);
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
	assert_true(capture_time() > 1700000000);
}

/* ---- packed archives that try to do harm ------------------------------------------------------- */

/* @size zeros, packed by zstd: a few kilobytes for a quarter of a gigabyte. */
static void pack_zeros(struct tar_image *ret, size_t size)
{
	static const uint8_t zeros[1 << 20];
	struct archive_entry *e = archive_entry_new();
	struct archive *a = archive_write_new();
	size_t used = 0;

	tar_more(ret, sizeof(zeros));
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_zstd(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, ret->b, ret->n, &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "x");
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	for (size_t n = 0; n < size; n += sizeof(zeros))
		assert_int_equal(archive_write_data(a, zeros, sizeof(zeros)), sizeof(zeros));
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	archive_entry_free(e);
	ret->n = used;
}

static void test_bomb(void **state)
{
	struct tar_image m = { 0 };
	struct host *h = NULL;

	(void)state;
	pack_zeros(&m, HOST_TREE_MAX + (1 << 20));
	assert_true(m.n < 65536);
	assert_int_equal(host_open_capture_memory(tar_span(&m), "bomb", &h, NULL), -IGD_ELIMIT);
	assert_null(h);
	tar_free(&m);
}

static void try_open(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct report rep = { 0 };
	struct host *h = NULL;
	int r;

	assert_non_null(copy);
	memcpy(copy, p, n);
	r = host_open_capture_memory((struct span) { copy, n }, "x", &h, &rep);
	assert_true(r == 0 ? h != NULL : r < 0 && h == NULL && rep.code == r);
	host_free(h);
	free(copy);
}

static void test_packed_damaged(void **state)
{
	static const char *const ends[] = { "x.gz", "x.zst" };
	struct arena a = { 0 };
	struct host *h;
	struct span all, got;
	uint8_t *owned;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/cmdline", "quiet\n");
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	assert_int_equal(host_read(h, "proc/cmdline", HOST_TEXT_MAX, &a, &got), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		assert_int_equal(capture_pack(h, ends[i], &plain, &owned, &all, NULL), 0);
		assert_true(all.n < 2000);
		for (size_t n = 0; n < all.n; n++) {
			try_open(owned, n);
			owned[n] ^= 0x55;
			try_open(owned, all.n);
			owned[n] ^= 0x55;
		}
		free(owned);
	}
	host_free(h);
	arena_done(&a);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_answers),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_withheld_and_unread),
		cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_packed_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
