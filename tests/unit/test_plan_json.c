// SPDX-License-Identifier: GPL-2.0-or-later
/* test_plan_json.c - a plan as JSON and back, and what is refused of a plan that somebody edited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "change/plan_json.h"

#define HEAD "# Written by igdctl; igdctl revert removes it.\n"

static const char *const update_grub[] = { "update-grub", NULL };
static const char *const grubby[] = { "grubby", "--update-kernel=ALL", "--args=intel_iommu=on", NULL };
static const char *const grubby_back[] = { "grubby", "--update-kernel=ALL", "--remove-args=intel_iommu=on", NULL };
static const char *const qm[] = { "qm", "set", "100", "--vga", "none", NULL };
static const char *const *const qms[] = { qm, NULL };

static const struct operation good[] = {
	{ .kind = OP_WRITE,
	  .target = "/etc/modprobe.d/igdctl.conf",
	  .there = TRI_NO,
	  .mode = 0644,
	  .reason = "driver.host-owns",
	  .says = "Vfio comes first." },
	{ .kind = OP_WRITE,
	  .target = "/etc/default/grub",
	  .there = TRI_YES,
	  .reason = "iommu.disabled",
	  .says = "Off." },
	{ .kind = OP_WRITE,
	  .target = "/etc/cmdline.d/90-igdctl.conf",
	  .there = TRI_YES,
	  .gone = true,
	  .reason = "plan.not-needed",
	  .says = "Gone." },
	{ .kind = OP_RUN,
	  .target = "/boot/grub/grub.cfg",
	  .argv = update_grub,
	  .reason = "iommu.off",
	  .says = "Anew." },
	{ .kind = OP_RUN,
	  .target = "the entries",
	  .argv = grubby,
	  .inverse = grubby_back,
	  .reason = "iommu.off",
	  .says = "On." },
	{ .kind = OP_VM,
	  .target = "/etc/pve/qemu-server/100.conf",
	  .there = TRI_YES,
	  .commands = qms,
	  .says = "A VM." },
	{ .kind = OP_BIND,
	  .target = "0000:00:02.0",
	  .driver_before = "i915",
	  .driver_after = "vfio-pci",
	  .reason = "plan.now",
	  .says = "Now." },
};
static const char *const before[] = {
	NULL, "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=off\"\n", "x", NULL, NULL, "vga: std\n\xff\n", NULL
};
static const char *const after[] = { HEAD "options vfio-pci ids=8086:3e92\nsoftdep i915 pre: vfio-pci\n",
				     "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
				     NULL,
				     NULL,
				     NULL,
				     "vga: none\n\xff\n",
				     NULL };

static void make(struct arena *a, struct plan *p)
{
	const struct promise q = { PROMISE_ENTRY, "/boot/grub/grub.cfg", "intel_iommu=on", false, "iommu.off" };

	*p = (struct plan) { .arena = a, .mode = MODE_UEFI, .guard_seconds = 600 };
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct operation op = good[i];

		op.before = before[i] ? span_str(before[i]) : (struct span) { 0 };
		op.after = after[i] ? span_str(after[i]) : (struct span) { 0 };
		assert_true(plan_add(p, &op));
	}
	assert_true(plan_promise(p, &q));
	plan_tell(p, PLAN_WARNING, "console.last", "It goes dark.");
	plan_tell(p, PLAN_SCREEN, NULL, "Black.");
}

static json_t *made(void)
{
	struct arena a = { 0 };
	struct plan p;
	json_t *json;

	make(&a, &p);
	json = plan_to_json(&p);
	assert_non_null(json);
	arena_done(&a);
	return json;
}

static int back(const json_t *json, struct report *rep)
{
	struct arena a = { 0 };
	struct plan p = { .arena = &a };
	int r = plan_from_json(json, &p, rep);

	assert_true(r == 0 || (r == rep->code && p.n_ops == 0));
	arena_done(&a);
	return r;
}

static void test_there_and_back(_unused_ void **state)
{
	struct arena a = { 0 };
	struct plan p = { .arena = &a };
	json_t *json = made();
	struct report rep = { 0 };

	assert_int_equal(plan_from_json(json, &p, &rep), 0);
	assert_int_equal(p.n_ops, ARRAY_SIZE(good));
	assert_int_equal(p.guard_seconds, 600);
	assert_int_equal(p.mode, MODE_UEFI);
	assert_true(p.ops[2].gone && !p.ops[3].inverse && p.ops[4].inverse);
	assert_string_equal(p.ops[4].inverse[2], "--remove-args=intel_iommu=on");
	assert_int_equal(p.ops[5].after.n, strlen(after[5]));
	assert_memory_equal(p.ops[5].after.p, after[5], p.ops[5].after.n);
	assert_string_equal(p.ops[6].driver_before, "i915");
	assert_string_equal(p.promises[0].what, "intel_iommu=on");
	assert_int_equal(p.notes[1].word, PLAN_SCREEN);
	json_decref(json);
	arena_done(&a);
}

/* ---- every part left out, or made another thing --------------------------------------------------------------- */

/* Each key of each object below @v in turn goes, or gets a value of another kind: @json is then no plan. */
#define KEYS_MAX 32

static size_t spoil(json_t *json, json_t *v)
{
	size_t n = 0, count = json_array_size(v), n_keys = 0;
	char keys[KEYS_MAX][64];

	for (size_t i = 0; i < count; i++)
		n += spoil(json, json_array_get(v, i));
	for (void *it = json_object_iter(v); it; it = json_object_iter_next(v, it)) {
		assert_true(n_keys < KEYS_MAX);
		snprintf(keys[n_keys++], sizeof(keys[0]), "%s", json_object_iter_key(it));
	}
	for (size_t i = 0; i < n_keys; i++) {
		json_t *child = json_incref(json_object_get(v, keys[i]));

		json_object_set_new(v, keys[i], json_real(1.5));
		assert_true(back(json, &(struct report) { 0 }) < 0);
		json_object_del(v, keys[i]);
		assert_true(back(json, &(struct report) { 0 }) < 0);
		json_object_set(v, keys[i], child);
		n += 2 + spoil(json, child);
		json_decref(child);
	}
	return n;
}

static void test_spoilt(_unused_ void **state)
{
	json_t *json = made();

	assert_true(spoil(json, json) > 200);
	assert_int_equal(back(json, &(struct report) { 0 }), 0);
	json_decref(json);
}

/* ---- what somebody wrote into it ------------------------------------------------------------------------------- */

/* Operation @op with these bytes, its digest mended; NULL: with its own. */
static json_t *with_bytes(size_t op, const char *target, const char *text)
{
	json_t *json = made(), *o = json_array_get(json_object_get(json, "operations"), op);
	char hex[65];

	if (target) {
		json_object_set_new(o, "target", json_string(target));
		json_object_set_new(json_object_get(o, "inverse"), "target", json_string(target));
	}
	if (!text)
		return json;
	plan_sha256(span_str(text), hex);
	json_object_set_new(o, "after", json_string(text));
	json_object_set_new(o, "after_base64", json_null());
	json_object_set_new(o, "after_sha256", json_string(hex));
	return json;
}

static void wants(json_t *json, int code, const char *where)
{
	struct report rep = { 0 };

	if (back(json, &rep) != -code)
		fail_msg("%s: not -%d: %s", where, code, rep.code ? rep.refusal.text : "taken");
	if (code && !strstr(rep.refusal.text, where))
		fail_msg("\"%s\" does not say %s", rep.refusal.text, where);
	json_decref(json);
}

static void test_bytes(_unused_ void **state)
{
	static const struct {
		size_t op;
		const char *target, *text;
		int code;
	} cases[] = {
		{ 0, NULL, HEAD "options vfio-pci ids=8086:3e92\n", 0 },
		{ 0, NULL, HEAD "install i915 /tmp/evil\n", IGD_EUSAGE },
		{ 0, NULL, HEAD "options vfio-pci ids=8086:3e92 \\\ninstall i915 x\n", IGD_EUSAGE },
		{ 0, NULL, "options vfio-pci ids=8086:3e92\n", IGD_EUSAGE },
		{ 0, "/etc/modprobe.d/other.conf", HEAD "options vfio-pci ids=8086:3e92\n", IGD_EUSAGE },
		{ 0, "/etc/cron.d/x", HEAD "options vfio-pci ids=8086:3e92\n", IGD_EUSAGE },
		{ 0, "/etc/modprobe.d/../cron.d/x", HEAD, IGD_EPATH },
		{ 0, "etc/modprobe.d/igdctl.conf", HEAD, IGD_EPATH },
		{ 0, "/etc/default/grub.d/90-igdctl.cfg",
		  HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=$(evil)\"\n",
		  IGD_EUSAGE },
		{ 0, "/etc/default/grub.d/90-igdctl.cfg",
		  HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT init=/bin/sh\"\n", IGD_EUSAGE },
		{ 0, "/etc/initramfs-tools/hooks/igdctl", HEAD "evil\n", IGD_EUSAGE },
		{ 0, "/etc/systemd/system/igdctl-guard.service", HEAD "[Service]\nExecStart=/tmp/evil guard\n",
		  IGD_EUSAGE },
		{ 1, NULL, "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n", 0 },
		{ 1, NULL, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", IGD_EUSAGE },
		{ 1, NULL, "# \nmine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", IGD_EUSAGE },
		{ 1, NULL, "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet init=/x\"\n", IGD_EUSAGE },
		{ 1, NULL, "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=`x`\"\n", IGD_EUSAGE },
		{ 1, NULL, "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nevil\n", IGD_EUSAGE },
		{ 1, NULL, "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\n", IGD_EUSAGE },
		{ 5, "/etc/pve/qemu-server/099.conf", "x", IGD_EUSAGE },
		{ 5, "/etc/shadow", "x", IGD_EUSAGE },
		{ 5, "/root/.ssh/authorized_keys", "x", IGD_EUSAGE },
		{ 5, "/usr/bin/login", "x", IGD_EUSAGE },
		{ 5, "/srv/vm/win.xml", NULL, 0 },
		{ 5, NULL, "hookscript: local:snippets/x\n", IGD_EUSAGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		wants(with_bytes(cases[i].op, cases[i].target, cases[i].text), cases[i].code, "operations[");
}

static void test_commands(_unused_ void **state)
{
	static const char *const bad[][6] = {
		{ "sh", "-c", "evil" },
		{ "update-grub", "-o", "/etc/shadow" },
		{ "grub-mkconfig", "-o", "/etc/shadow" },
		{ "/tmp/update-grub" },
		{ "grubby", "--update-kernel=ALL", "--args=init=/bin/sh" },
		{ "grubby", "--update-kernel=ALL" },
		{ "grubby", "--update-kernel=ALL", "--initrd=/tmp/x" },
		{ "rpm-ostree", "kargs", "--append=x" },
		{ "rpm-ostree", "install", "evil" },
		{ "rpm-ostree", "initramfs", "--enable", "--arg=--include", "--arg=/tmp/evil" },
		{ "rpm-ostree", "initramfs", "--enable", "--arg=-a", "--arg=/tmp/evil" },
		{ "rpm-ostree", "initramfs", "--enable", "--arg=-a", "--arg=--include=/tmp/evil" },
		{ "rpm-ostree", "initramfs", "--enable", "--arg=-a" },
		{ "rpm-ostree", "initramfs", "--enable", "--arg=--conf=/tmp/evil" },
		{ "kernel-install", "add", "../..", "/boot/vmlinuz-../.." },
		{ "kernel-install", "add", "6.1", "/boot/vmlinuz-6.1" },
		{ "kernel-install", "add", "%K", "/tmp/vmlinuz-%K" },
	};

	for (int inverse = 0; inverse < 2; inverse++)
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			json_t *json = made(), *o = json_array_get(json_object_get(json, "operations"), 4);
			json_t *argv = json_array();

			for (size_t k = 0; k < ARRAY_SIZE(bad[i]) && bad[i][k]; k++)
				json_array_append_new(argv, json_string(bad[i][k]));
			json_object_set_new(inverse ? json_object_get(o, "inverse") : o, "argv", argv);
			wants(json, IGD_EUSAGE, "operations[4]");
		}
}

static void test_values(_unused_ void **state)
{
	json_t *json = made();

	json_object_set_new(json, "guard_seconds", json_integer(-1));
	wants(json, IGD_EMAGIC, "guard_seconds");
	json = made();
	json_object_set_new(json, "refused", json_true());
	wants(json, IGD_EMAGIC, "refused");
	json = made();
	json_object_set_new(json_array_get(json_object_get(json, "promises"), 0), "where", json_string("/boot/../x"));
	wants(json, IGD_EPATH, "promises[0].where");
	json = made();
	json_object_set_new(json_array_get(json_object_get(json, "notes"), 0), "text", json_string("\033[2J"));
	wants(json, IGD_EMAGIC, "notes[0].text");
	json = made();
	json_object_set_new(json_array_get(json_object_get(json, "operations"), 1), "before_sha256",
			    json_string("0000000000000000000000000000000000000000000000000000000000000000"));
	wants(json, IGD_ESUM, "operations[1].before_sha256");
	json = made();
	json_object_set_new(json_array_get(json_object_get(json, "operations"), 0), "mode", json_string("0666"));
	wants(json, IGD_EUSAGE, "operations[0]");
}

static void test_text(_unused_ void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "", IGD_EMAGIC },
		{ "{", IGD_EMAGIC },
		{ "[]", IGD_EMAGIC },
		{ "{\"schema\": \"igdctl/check/1\"}", IGD_EMAGIC },
		{ "{\"schema\": \"igdctl/plan/2\", \"plan\": {}}", IGD_EVERSION },
		{ "{\"schema\": \"igdctl/plan/1\"}", IGD_EMAGIC },
		{ "{\"schema\": \"igdctl/plan/1\", \"plan\": {}, \"plan\": {}}", IGD_EMAGIC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena a = { 0 };
		struct plan p = { .arena = &a };
		struct report rep = { 0 };

		assert_int_equal(plan_from_text(span_str(cases[i].text), &p, &rep), -cases[i].code);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_spoilt), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_commands),       cmocka_unit_test(test_values), cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
