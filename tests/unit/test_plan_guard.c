// SPDX-License-Identifier: GPL-2.0-or-later
/* test_plan_guard.c - the guard in a plan, a try without a reboot with each thing that refuses it, and what the
 * screen shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>

#include "base/error.h"
#include "plan/host.h"
#include "toy_host.h"

#define PROGRAM "/usr/bin/igdctl"

/* Its sound is alone in its group. */
static const struct toy_dev quiet[] = {
	{ 0, 0x02, 0, 0x80863e92, 0x0300, 1, 0, "i915", "i915" },
	{ 0, 0x14, 0, 0x8086a36d, 0x0c03, 2, TOY_KEYBOARD, "xhci_hcd", "xhci_hcd" },
	{ 0, 0x17, 0, 0x8086a352, 0x0106, 3, TOY_ROOT, "ahci", "ahci" },
	{ 0, 0x1f, 3, 0x8086a348, 0x0403, 4, 0, "snd_hda_intel", "snd_hda_intel" },
	{ 1, 0x00, 0, 0x808615f3, 0x0200, 5, TOY_ROUTE, "igc", "igc" },
};
static const struct toy_dev second_gpu = { 2, 0, 0, 0x10de1c03, 0x0300, 6, 0, "nouveau", "nouveau" };

struct fixture {
	struct toy t;
	struct facts *f;
	struct findings found;
	struct arena a;
	struct plan p;
};

static void toy_init(struct toy *t)
{
	toy_desktop(t);
	memcpy(t->devs, quiet, sizeof(quiet));
	t->n_devs = ARRAY_SIZE(quiet);
	t->tools = "update-grub grub-mkconfig grub.d update-initramfs systemctl";
	toy_write(t, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
}

/* Its facts, with an SSH server that listens and nobody who has the GPU open. */
static void look(struct fixture *x)
{
	x->f = toy_facts(&x->t);
	x->p = (struct plan) { .arena = &x->a, .mode = x->t.mode };
	x->f->ways[WAY_SSH] = (struct way_in) { TRI_KNOWN(true, "toy"), "SSH on port 22 of every address" };
	x->f->gpu_users_seen = TRI_KNOWN(true, "toy");
}

static struct plan_wish wish(const struct fixture *x)
{
	return (struct plan_wish) { x->t.mode, x->t.wish, x->t.n_wish, x->t.late };
}

static void judge(struct fixture *x)
{
	assert_int_equal(checks_run(x->f, &x->found), 0);
}

static void forget(struct fixture *x)
{
	findings_done(&x->found);
	facts_free(x->f);
	arena_done(&x->a);
	arena_done(&x->t.arena);
}

static bool has_note(const struct plan *p, enum plan_word word, const char *text)
{
	for (size_t i = 0; i < p->n_notes; i++)
		if (p->notes[i].word == word && strstr(p->notes[i].text, text))
			return true;
	return false;
}

/* ---- the guard ------------------------------------------------------------------------------------------------ */

static int spare_answer;

/* In place of plan/spare.c's (tests/unit/meson.build): one file, behind all others. */
int __wrap_plan_spare(const struct facts *f, struct plan *p);

int __wrap_plan_spare(const struct facts *f, struct plan *p)
{
	const struct operation op = { .kind = OP_WRITE,
				      .target = "/etc/grub.d/42_igdctl",
				      .there = TRI_NO,
				      .after = span_str("spare\n"),
				      .mode = 0755,
				      .reason = "console.last",
				      .says = "x" };

	assert_non_null(f);
	assert_true(spare_answer < 0 || plan_add(p, &op));
	return spare_answer;
}

static void host_part(struct fixture *x)
{
	const struct plan_wish w = wish(x);

	judge(x);
	assert_int_equal(plan_host(x->f, &x->found, &w, &x->p), 0);
}

static void test_guard(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };
	const char *first, *why = NULL;
	size_t n;

	(void)state;
	toy_init(&x.t);
	look(&x);
	host_part(&x);
	n = x.p.n_ops;
	first = x.p.ops[0].target;
	assert_int_equal(plan_guard(x.f, PROGRAM, 900, &x.p), 0);
	assert_int_equal(x.p.n_ops, n + 3);
	assert_int_equal(x.p.guard_seconds, 900);
	assert_string_equal(x.p.ops[0].target, PLAN_GUARD_UNIT);
	assert_true(text_has(x.p.ops[0].after, "\nExecStart=" PROGRAM " guard\n"));
	assert_string_equal(x.p.ops[1].target, PLAN_GUARD_WANTS);
	assert_true(text_has(x.p.ops[1].after, "\nWants=igdctl-guard.service\n"));
	assert_string_equal(x.p.ops[2].target, "/etc/grub.d/42_igdctl");
	assert_string_equal(x.p.ops[3].target, first);
	assert_false(plan_guard_admits(&x.p.ops[2], PROGRAM));
	assert_true(has_note(&x.p, PLAN_WARNING, "you have 15 minutes"));
	for (size_t i = 0; i < 2; i++) {
		assert_true(plan_admits(&x.p.ops[i], &why));
		assert_true(plan_guard_admits(&x.p.ops[i], PROGRAM));
		assert_int_equal(plan_guard_admits(&x.p.ops[i], "/home/me/igdctl"), i == 1); /* it names no program */
		assert_int_equal(x.p.ops[i].mode, 0644);
		assert_int_equal(strlen(x.p.ops[i].after_sha256), 64);
	}
	forget(&x);
}

/* Its files stand as they should: nothing is written again. */
static void test_guard_stands(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };
	struct arena a = { 0 };

	(void)state;
	toy_init(&x.t);
	toy_write(&x.t, PLAN_GUARD_UNIT, guard_unit(&a, span_str(PROGRAM)));
	toy_write(&x.t, PLAN_GUARD_WANTS, guard_wants);
	look(&x);
	host_part(&x);
	assert_int_equal(plan_guard(x.f, PROGRAM, 61, &x.p), 0);
	assert_string_equal(x.p.ops[0].target, "/etc/grub.d/42_igdctl");
	assert_true(has_note(&x.p, PLAN_WARNING, "you have 61 seconds"));
	forget(&x);
	arena_done(&a);
}

static void test_guard_none(void **state)
{
	static const char *const odd[] = { "igdctl", "/", "/usr/bin/igd ctl", "/opt/%i/igdctl", "/a/../igdctl", "" };

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(odd); i++) {
		struct fixture x = { .p = { .arena = NULL } };
		size_t n;

		toy_init(&x.t);
		if (i == ARRAY_SIZE(odd))
			x.t.tools = "update-grub";
		look(&x);
		host_part(&x);
		n = x.p.n_ops;
		assert_int_equal(plan_guard(x.f, i < ARRAY_SIZE(odd) ? odd[i] : PROGRAM, 900, &x.p), 0);
		assert_int_equal(x.p.n_ops, n);
		assert_int_equal(x.p.guard_seconds, 0);
		assert_true(has_note(&x.p, PLAN_WARNING, "No guard"));
		forget(&x);
	}
}

/* A plan that does nothing has the guard alone, for what waits for its boot; one that is refused has none. */
static void test_guard_of_nothing(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };

	(void)state;
	toy_init(&x.t);
	look(&x);
	judge(&x);
	x.p.refused = true;
	assert_int_equal(plan_guard(x.f, PROGRAM, 900, &x.p), 0);
	assert_int_equal(x.p.n_ops + x.p.guard_seconds, 0);
	x.p.refused = false;
	assert_int_equal(plan_guard(x.f, PROGRAM, 900, &x.p), 0);
	assert_int_equal(x.p.n_ops, 3); /* its spare entry too */
	assert_int_equal(x.p.guard_seconds, 900);
	spare_answer = -IGD_ENOMEM;
	findings_done(&x.found);
	host_part(&x);
	assert_int_equal(plan_guard(x.f, PROGRAM, 900, &x.p), -IGD_ENOMEM);
	spare_answer = 0;
	forget(&x);
}

/* Only its own bytes are taken for the guard's, whatever byte differs. */
/* SSH and the guard come only after a passphrase that is asked for unseen; at once, both are there. */
static void test_passphrase(void **state)
{
	(void)state;
	for (int opened = 0; opened < 2; opened++) {
		struct fixture x = { .p = { .arena = NULL } };
		struct plan_wish w;

		toy_init(&x.t);
		look(&x);
		fact_str_set(&x.f->root_crypt, "sda3_crypt", "toy");
		fact_str_set(&x.f->root_opener, opened ? "the TPM" : "", "toy");
		host_part(&x);
		assert_int_equal(findings_get(&x.found, "console.way-in")->verdict,
				 opened ? VERDICT_PASS : VERDICT_UNKNOWN);
		assert_int_equal(has_note(&x.p, PLAN_WARNING, "only after the passphrase of sda3_crypt"), !opened);
		assert_int_equal(plan_guard(x.f, PROGRAM, 900, &x.p), 0);
		assert_int_equal(has_note(&x.p, PLAN_WARNING, "once the passphrase of sda3_crypt was typed"),
				 !opened);
		plan_screen(x.f, &x.found, &x.p);
		assert_int_equal(has_note(&x.p, PLAN_SCREEN, "Passphrase: "), !opened);
		assert_true(has_note(&x.p, PLAN_SCREEN, "Only the one \"without igdctl's settings\""));
		x.p = (struct plan) { .arena = &x.a, .mode = x.t.mode };
		w = wish(&x);
		assert_int_equal(plan_now(x.f, &x.found, &w, &x.p), 0);
		assert_false(x.p.refused);
		forget(&x);
	}
}

static void test_guard_text(void **state)
{
	struct arena a = { 0 };
	const char *text = guard_unit(&a, span_str(PROGRAM));
	size_t n = strlen(text), in_program = 0;
	char *copy = malloc(n);

	(void)state;
	assert_non_null(copy);
	assert_true(guard_unit_text(span_str(text)));
	assert_true(guard_wants_text(span_str(guard_wants)));
	assert_false(guard_wants_text(span_str(text)));
	assert_false(guard_unit_text(span_str(guard_unit(&a, span_str("/usr/bin/x -c reboot")))));
	assert_false(guard_unit_text(span_str(guard_unit(&a, span_str("bin/x")))));
	assert_true(guard_unit_text(span_str(guard_unit(&a, span_str("/opt/x")))));
	for (size_t i = 0; i < n; i++) {
		assert_false(guard_unit_text((struct span) { (const uint8_t *)text, i }));
		memcpy(copy, text, n);
		copy[i] ^= 1;
		in_program += guard_unit_text((struct span) { (const uint8_t *)copy, n });
	}
	assert_int_equal(in_program, 0); /* it stands there twice, and must be the same */
	free(copy);
	arena_done(&a);
}

/* ---- a try without a reboot ---------------------------------------------------------------------------------- */

static void now(struct fixture *x)
{
	const struct plan_wish w = wish(x);

	judge(x);
	assert_int_equal(plan_now(x->f, &x->found, &w, &x->p), 0);
}

static void vtcon_add(struct facts *f, const char *name, bool bound)
{
	struct vtcon *v = arena_push(&f->arena, f->vtcons, f->n_vtcons);

	assert_non_null(v);
	*v = (struct vtcon) { name, "/sys/class/vtconsole/vtcon1/name", TRI_KNOWN(bound, "toy") };
}

static void user_add(struct facts *f, unsigned dev, bool placed)
{
	struct gpu_user *u = arena_push(&f->arena, f->gpu_users, f->n_gpu_users);

	assert_non_null(u);
	*u = (struct gpu_user) { 4242, "Xorg", "card0", { .dev = (uint8_t)dev }, placed };
}

static void test_now(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };
	const char *why;

	(void)state;
	toy_init(&x.t);
	look(&x);
	vtcon_add(x.f, "(S) dummy device", true);
	vtcon_add(x.f, "(M) frame buffer device", false);
	now(&x);
	assert_false(x.p.refused);
	assert_int_equal(x.p.n_ops, 3);
	assert_int_equal(x.p.ops[0].kind, OP_RUN);
	assert_string_equal(x.p.ops[0].argv[0], "modprobe");
	assert_int_equal(x.p.ops[1].kind, OP_BIND); /* sound first: it holds the GPU's driver */
	assert_string_equal(x.p.ops[1].target, "0000:00:1f.3");
	assert_string_equal(x.p.ops[1].driver_before, "snd_hda_intel");
	assert_string_equal(x.p.ops[1].driver_after, "");
	assert_string_equal(x.p.ops[2].target, "0000:00:02.0");
	assert_string_equal(x.p.ops[2].driver_before, "i915");
	assert_string_equal(x.p.ops[2].driver_after, "vfio-pci");
	for (size_t i = 0; i < x.p.n_ops; i++)
		assert_true(plan_admits(&x.p.ops[i], &why));
	assert_true(has_note(&x.p, PLAN_WARNING, "kernels have crashed"));
	assert_true(has_note(&x.p, PLAN_WARNING, "without the sound of 0000:00:1f.3"));
	forget(&x);
}

static void test_now_stands(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };

	(void)state;
	toy_init(&x.t);
	x.t.devs[0].bound = "vfio-pci";
	look(&x);
	x.f->gpu_users_seen = (struct fact_tri) { TRI_UNKNOWN, NULL }; /* of no interest then */
	now(&x);
	assert_false(x.p.refused);
	assert_int_equal(x.p.n_ops, 0);
	assert_true(has_note(&x.p, PLAN_NOT_NEEDED, "already"));
	forget(&x);
}

static void spoil(struct fixture *x, size_t how)
{
	switch (how) {
	case 0:
		x->f->gpu_users_seen = (struct fact_tri) { TRI_UNKNOWN, "only root" };
		break;
	case 1:
		user_add(x->f, 2, true);
		break;
	case 2:
		user_add(x->f, 0, false); /* of which GPU nobody knows */
		break;
	case 3:
		vtcon_add(x->f, "(M) frame buffer device", true);
		break;
	case 4:
		x->f->ways[WAY_SSH].open = TRI_KNOWN(false, "toy");
		break;
	case 5:
		fact_str_set(&x->f->kconfig_off, "VFIO_PCI", "toy");
		break;
	default:
		break;
	}
}

static void test_now_refused(void **state)
{
	static const char *const says[] = { "run this as root", "Xorg (process 4242", "Xorg (process 4242",
					    "vtcon1/bind",	"no other way in",    "without vfio-pci",
					    "The IOMMU is off", "only a whole Intel", "Nobody knows how nouveau",
					    "shares its IOMMU", "There is no device" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(says); i++) {
		struct fixture x = { .p = { .arena = NULL } };

		toy_init(&x.t);
		if (i == 6)
			x.t.iommu_on = false;
		if (i == 7)
			x.t.mode = MODE_GVTG;
		if (i == 8)
			x.t.devs[0].bound = "nouveau";
		if (i == 9)
			x.t.devs[3].group = 1;
		if (i == 10)
			x.t.wish[0].dev = 3;
		look(&x);
		spoil(&x, i);
		now(&x);
		if (!x.p.refused || !has_note(&x.p, PLAN_WHY, says[i]))
			fail_msg("%zu: %s", i, x.p.n_notes ? x.p.notes[x.p.n_notes - 1].text : "not refused");
		assert_int_equal(x.p.n_ops, 0);
		forget(&x);
	}
}

/* Another GPU's sessions and console are no hindrance, and nothing goes dark. */
static void test_now_second(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };

	(void)state;
	toy_init(&x.t);
	x.t.devs[x.t.n_devs++] = second_gpu;
	look(&x);
	fact_str_set(&x.f->fb_owner, "nouveaudrmfb", "toy");
	vtcon_add(x.f, "(M) frame buffer device", true);
	user_add(x.f, 5, true);
	x.f->ways[WAY_SSH].open = TRI_KNOWN(false, "toy");
	now(&x);
	assert_false(x.p.refused);
	assert_int_equal(x.p.n_ops, 3);
	forget(&x);
}

/* ---- the screen
 * ---------------------------------------------------------------------------------------------------- */

static void test_screen(void **state)
{
	static const struct {
		enum mode mode;
		const char *kernel, *cmdline;
		bool second;
		const char *says[2];
	} cases[] = {
		{ MODE_UEFI, "6.1.0", "root=/dev/sda1", false, { "stands still or goes dark", "all unseen" } },
		{ MODE_LEGACY, "5.10.0", "root=/dev/sda1", false, { "they stand still", "its BIOS draws" } },
		{ MODE_UPT, "6.1.0", "root=/dev/sda1 rd.luks.uuid=1", false, { "asked for unseen", "stay dark" } },
		{ MODE_UEFI, "6.1.0", "initcall_blacklist=sysfb_init", false, { "Kernel: nothing", "VM stops" } },
		{ MODE_UEFI, "6.1.0", "root=/dev/sda1", true, { "comes on 0000:02:00.0", "dark from early boot" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture x = { .p = { .arena = NULL } };

		toy_init(&x.t);
		x.t.mode = cases[i].mode;
		x.t.kernel = cases[i].kernel;
		x.t.cmdline = cases[i].cmdline;
		if (cases[i].second)
			x.t.devs[x.t.n_devs++] = second_gpu;
		look(&x);
		host_part(&x);
		plan_screen(x.f, &x.found, &x.p);
		assert_int_equal(has_note(&x.p, PLAN_SCREEN, "No entry shows a picture"), !cases[i].second);
		for (size_t k = 0; k < 2; k++)
			if (!has_note(&x.p, PLAN_SCREEN, cases[i].says[k]))
				fail_msg("%zu: %s", i, cases[i].says[k]);
		forget(&x);
	}
}

static void test_screen_none(void **state)
{
	struct fixture x = { .p = { .arena = NULL } };

	(void)state;
	toy_init(&x.t);
	x.t.mode = MODE_SRIOV; /* the GPU stays */
	look(&x);
	host_part(&x);
	plan_screen(x.f, &x.found, &x.p);
	assert_false(has_note(&x.p, PLAN_SCREEN, ""));
	forget(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard),	    cmocka_unit_test(test_guard_stands),
		cmocka_unit_test(test_guard_none),  cmocka_unit_test(test_guard_of_nothing),
		cmocka_unit_test(test_passphrase),  cmocka_unit_test(test_guard_text),
		cmocka_unit_test(test_now),	    cmocka_unit_test(test_now_stands),
		cmocka_unit_test(test_now_refused), cmocka_unit_test(test_now_second),
		cmocka_unit_test(test_screen),	    cmocka_unit_test(test_screen_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
