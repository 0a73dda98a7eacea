// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_capture.c - any bytes as a capture: opened, asked odd questions, read whole as facts, and judged. */
#include <stddef.h>
#include <stdint.h>

#include "check/check.h"
#include "facts/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Answers count for nothing here, only how they are found. */
static int look(struct host *h, struct arena *a, const char *path)
{
	struct host_names names;
	const char *link;
	struct span text;
	int64_t t;
	int r;

	r = host_read(h, path, HOST_TEXT_MAX, a, &text);
	host_why(h, r, path, a);
	r |= host_has(h, path) | host_link(h, path, a, &link) | host_mtime(h, path, &t);
	if (host_list(h, path, a, &names) < 0)
		return r;
	for (size_t i = 0; i < names.n && i < 16; i++)
		r |= host_read(h, arena_printf(a, "%s/%s", path, names.v[i]), HOST_TEXT_MAX, a, &text);
	return r;
}

static void judge(struct host *h, struct report *rep)
{
	struct facts *f = facts_new("fuzz", SOURCE_CAPTURE);
	struct findings all = { 0 };

	if (f && facts_read_tree(f, h, rep) == 0 && facts_finish(f, rep) == 0 && checks_run(f, &all) == 0)
		findings_done(&all);
	facts_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const paths[] = { "",
					     "sys",
					     "proc/cmdline",
					     "etc/pve/local/qemu-server",
					     "sys/bus/pci/devices/0000:00:02.0/config",
					     "a/../../b" };
	struct arena a = { .limit = (size_t)4 * 1024 * 1024 };
	struct host *h = NULL;
	struct report rep = { 0 };
	const struct host_entry *e;
	volatile int answers = 0;
	size_t n_e;

	if (host_open_capture_memory((struct span) { p, n }, "fuzz", &h, &rep) < 0)
		return 0;
	host_record(h);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		answers |= look(h, &a, paths[i]);
	answers |= host_recorded(h, &e, &n_e);
	(void)answers;
	judge(h, &rep);
	host_free(h);
	arena_done(&a);
	return 0;
}
