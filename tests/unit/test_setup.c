// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_setup.c - what QEMU must be told, over every mode, chip and class of releases: the rules that hold for all of
 * them, and the whole table as text (setup.txt), which a person can read and compare with QEMU docs/igd-assign.txt.
 *
 * With IGDCTL_WRITE=1 the text is written instead of compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/setup.h"

static const char class_letters[] = "ABCDE";
static const struct {
	unsigned major, minor;
} newest[] = { { 9, 1 }, { 9, 2 }, { 10, 0 }, { 10, 1 }, { 11, 1 } };

/* ---- rules that hold for all ----------------------------------------------------------------------------------- */

static void judge_properties(const struct setup_case *c, const struct setup *s)
{
	for (size_t i = 0; i < s->n_settings; i++) {
		unsigned major, minor;

		assert_non_null(s->settings[i].value);
		if (!setup_property_since(s->settings[i].name, &major, &minor))
			continue;
		if (major > newest[c->qemu].major ||
		    (major == newest[c->qemu].major && minor > newest[c->qemu].minor))
			fail_msg("%s for class %c", s->settings[i].name, class_letters[c->qemu]);
	}
}

static void judge_gms(const struct setup_case *c, const struct setup *s)
{
	const struct vm_setting *gms = setup_setting(s, "x-igd-gms");
	unsigned max;
	bool fine;

	if (!gms)
		return;
	assert_int_not_equal(c->qemu, QEMU_B); /* reads it and does nothing */
	assert_non_null(c->id);
	if (c->qemu >= QEMU_D)
		assert_int_not_equal(c->id->qemu_gen[c->qemu], -1); /* ends on it */
	assert_true(setup_gms_range(c->qemu, c->id, &max, &fine));
	assert_in_range(strtoul(gms->value, NULL, 0), 1, max);
}

static void judge(const struct setup_case *c)
{
	struct setup s = { 0 };
	const char *why = "untouched";
	int r = setup_make(c, &s, &why);

	if (r) {
		assert_int_equal(r, 1);
		assert_non_null(why);
		assert_true(strlen(why) > 10);
		assert_int_equal(s.n_settings, 0);
		return;
	}
	assert_null(why);
	judge_properties(c, &s);
	judge_gms(c, &s);
	if (setup_setting(&s, "x-igd-lpc"))
		assert_int_equal(s.machine, VM_MACHINE_PC);
	if (c->mode == MODE_LEGACY) {
		assert_true(c->id && c->id->legacy != SUPPORT_NO);
		assert_int_equal(s.machine, VM_MACHINE_PC);
		assert_int_equal(s.firmware, VM_SEABIOS);
		assert_int_equal(s.rom, ROM_VBIOS);
	}
	if (c->mode == MODE_LEGACY || c->mode == MODE_UEFI) {
		assert_true(s.at_2 && s.alone);
		assert_non_null(setup_setting(&s, "x-igd-opregion")); /* its default turned in 10.1 */
		assert_int_equal(setup_setting(&s, "x-igd-legacy-mode") != NULL, c->qemu >= QEMU_C);
	}
	assert_int_equal(setup_setting(&s, "x-pci-class-code") != NULL,
			 c->secondary && s.at_2 && c->qemu >= QEMU_D && c->mode == MODE_UEFI);
}

static const uint64_t stolen_sizes[] = { 0, 4 << 20, 32 << 20, 64 << 20, 512 << 20, 2048ULL << 20 };

static void test_rules(void **state)
{
	size_t n;
	const struct igd_id *ids = igd_ids(&n);

	(void)state;
	for (size_t i = 0; i <= n; i++) /* the last: a chip that is not known */
		for (unsigned k = 0; k < MODE_COUNT * QEMU_CLASSES; k++)
			for (size_t m = 0; m < 4 * ARRAY_SIZE(stolen_sizes); m++) {
				struct setup_case c = { .mode = (enum mode)(k / QEMU_CLASSES),
							.id = i < n ? &ids[i] : NULL,
							.qemu = (enum qemu_class)(k % QEMU_CLASSES),
							.machine = m & 1 ? VM_MACHINE_Q35 : VM_MACHINE_PC,
							.secondary = m & 2,
							.stolen = stolen_sizes[m / 4] };

				judge(&c);
			}
}

static void test_gms_is_the_hosts(void **state)
{
	static const struct {
		uint64_t stolen;
		const char *want;
	} cases[] = { { 0, "0x2" },	   { 32 << 20, "0x1" },	  { 64 << 20, "0x2" },
		      { 96 << 20, "0x3" }, { 512 << 20, "0x10" }, { 1024ULL << 20, "0x10" } };
	struct setup_case c = { .mode = MODE_LEGACY, .id = igd_id_find(0x8086, 0x3e92), .qemu = QEMU_A };
	struct setup s;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		c.stolen = cases[i].stolen;
		assert_int_equal(setup_make(&c, &s, &why), 0);
		assert_string_equal(setup_setting(&s, "x-igd-gms")->value, cases[i].want);
	}
}

/* The machine of a VM that there is stays where the mode leaves the choice, and only there. */
static void test_machine_is_kept(void **state)
{
	struct setup_case c = { .mode = MODE_UPT, .id = igd_id_find(0x8086, 0x3e92), .qemu = QEMU_E };
	struct setup s;
	const char *why;

	(void)state;
	for (int m = VM_MACHINE_PC; m <= VM_MACHINE_Q35; m++) {
		c.machine = (enum vm_machine_kind)m;
		c.mode = MODE_UPT;
		assert_int_equal(setup_make(&c, &s, &why), 0);
		assert_int_equal(s.machine, m);
		c.mode = MODE_UEFI;
		assert_int_equal(setup_make(&c, &s, &why), 0);
		assert_int_equal(s.machine, VM_MACHINE_PC);
	}
}

static void test_properties_since(void **state)
{
	unsigned major, minor;

	(void)state;
	assert_true(setup_property_since("x-igd-lpc", &major, &minor));
	assert_int_equal(major * 100 + minor, 1000);
	assert_true(setup_property_since("x-pci-class-code", &major, &minor));
	assert_int_equal(major * 100 + minor, 1001);
	assert_false(setup_property_since("x-igd-gms", &major, &minor));
	assert_false(setup_property_since("no-such", &major, &minor));
}

/* QEMU hw/vfio/igd.c by release: 0x10 up to 9.1; nothing in 9.2; then by generation. */
static void test_gms_range(void **state)
{
	static const struct {
		uint16_t device;
		enum qemu_class qemu;
		bool takes, fine;
		unsigned max;
	} cases[] = {
		{ 0x3e92, QEMU_A, true, false, 0x10 }, { 0x3e92, QEMU_B, false, false, 0 },
		{ 0x3e92, QEMU_C, true, false, 0x40 }, { 0x3e92, QEMU_D, true, true, 0x40 },
		{ 0x0412, QEMU_E, true, false, 0x10 }, { 0x1616, QEMU_E, true, false, 0x40 },
		{ 0xa780, QEMU_E, true, true, 0x40 },  { 0x7d55, QEMU_C, false, false, 0 },
		{ 0x7d55, QEMU_E, false, false, 0 },
	};
	unsigned max;
	bool fine;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct igd_id *id = igd_id_find(0x8086, cases[i].device);

		assert_non_null(id);
		assert_int_equal(setup_gms_range(cases[i].qemu, id, &max, &fine), cases[i].takes);
		if (!cases[i].takes)
			continue;
		assert_int_equal(max, cases[i].max);
		assert_int_equal(fine, cases[i].fine);
	}
}

/* ---- the whole table as text -------------------------------------------------------------------------------- */

#define ANSWER 512
#define GROUPS 64

struct group { /* chips that get the same answer throughout */
	char answers[MODE_COUNT][QEMU_CLASSES][ANSWER];
	char head[64];
	char platforms[1024];
};

static const char *const roms[] = { [ROM_NO] = "no-rom", [ROM_VBIOS] = "vbios", [ROM_UEFI] = "efi-rom" };

static void answer_make(const struct setup_case *c, char buf[ANSWER])
{
	const char *why;
	struct setup s;
	size_t n;

	if (setup_make(c, &s, &why)) {
		snprintf(buf, ANSWER, "refused: %s", why);
		return;
	}
	n = (size_t)snprintf(buf, ANSWER, "%s %s %s%s%s", s.machine == VM_MACHINE_PC ? "pc" : "q35",
			     s.any_firmware	     ? "any-firmware"
			     : s.firmware == VM_OVMF ? "ovmf"
						     : "seabios",
			     roms[s.rom], s.at_2 ? " 00:02.0" : "", s.alone ? " alone" : "");
	for (size_t i = 0; i < s.n_settings && n < ANSWER; i++)
		n += (size_t)snprintf(buf + n, ANSWER - n, " %s=%s", s.settings[i].name, s.settings[i].value);
	if (s.note && n < ANSWER)
		snprintf(buf + n, ANSWER - n, " (%s)", s.note);
}

static void group_make(const struct igd_id *id, struct group *g)
{
	memset(g, 0, sizeof(*g));
	for (unsigned m = 0; m < MODE_COUNT; m++)
		for (unsigned q = 0; q < QEMU_CLASSES; q++) {
			struct setup_case c = {
				.mode = (enum mode)m, .id = id, .qemu = (enum qemu_class)q, .machine = VM_MACHINE_Q35
			};

			answer_make(&c, g->answers[m][q]);
		}
	if (!id)
		snprintf(g->head, sizeof(g->head), "a chip that is not known");
	else if (id->kind == GPU_AMD_APU)
		snprintf(g->head, sizeof(g->head), "AMD");
	else
		snprintf(g->head, sizeof(g->head), "%sQEMU's generation %d/%d/%d/%d/%d",
			 id->kind == GPU_INTEL_DISCRETE ? "cards, " : "", id->qemu_gen[0], id->qemu_gen[1],
			 id->qemu_gen[2], id->qemu_gen[3], id->qemu_gen[4]);
}

static void group_add(struct group *all, size_t *n, const struct igd_id *id)
{
	static struct group new;
	char name[128];
	size_t i;

	group_make(id, &new);
	for (i = 0; i < *n; i++)
		if (memcmp(all[i].answers, new.answers, sizeof(new.answers)) == 0 &&
		    strcmp(all[i].head, new.head) == 0)
			break;
	assert_true(i < GROUPS);
	if (i == *n)
		all[(*n)++] = new;
	if (!id)
		return;
	snprintf(name, sizeof(name), "%s%s", *all[i].platforms ? ", " : "", id->platform);
	if (!strstr(all[i].platforms, id->platform) &&
	    strlen(all[i].platforms) + strlen(name) < sizeof(all[i].platforms))
		strcat(all[i].platforms, name);
}

static void group_print(const struct group *g, FILE *out)
{
	fprintf(out, "\n%s%s%s\n", g->head, *g->platforms ? ": " : "", g->platforms);
	for (unsigned m = 0; m < MODE_COUNT; m++)
		for (unsigned q = 0, to; q < QEMU_CLASSES; q = to + 1) {
			char classes[8];

			for (to = q; to + 1 < QEMU_CLASSES && strcmp(g->answers[m][q], g->answers[m][to + 1]) == 0;
			     to++)
				;
			snprintf(classes, sizeof(classes), to > q ? "%c-%c" : "%c", class_letters[q],
				 class_letters[to]);
			fprintf(out, "%-8s %-4s %s\n", mode_str((enum mode)m), classes, g->answers[m][q]);
		}
}

static char *table_text(void)
{
	static struct group all[GROUPS];
	size_t n_ids, n = 0, size;
	const struct igd_id *ids = igd_ids(&n_ids);
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < n_ids; i++)
		group_add(all, &n, &ids[i]);
	group_add(all, &n, NULL);
	fprintf(out,
		"What QEMU must be told, by mode and class of releases: A up to 9.1, B 9.2, C 10.0, D 10.1, E 10.2 "
		"and later.\nMade by test_setup with IGDCTL_WRITE=1; the VM that there is has q35 and the stolen "
		"memory is not known.\n");
	for (size_t i = 0; i < n; i++)
		group_print(&all[i], out);
	fclose(out);
	return text;
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(text);
	if (f) {
		(void)!fread(text, 1, (1 << 20) - 1, f);
		fclose(f);
	}
	return text;
}

/* The first line in which they differ is told. */
static void compare(char *got, char *want)
{
	char *a, *b, *at_a, *at_b;
	unsigned line = 1;

	if (strcmp(got, want) == 0)
		return;
	for (a = strtok_r(got, "\n", &at_a), b = strtok_r(want, "\n", &at_b); a && b && strcmp(a, b) == 0; line++) {
		a = strtok_r(NULL, "\n", &at_a);
		b = strtok_r(NULL, "\n", &at_b);
	}
	fail_msg("setup.txt, line %u without the empty ones:\n  is     %s\n  wanted %s", line, a ? a : "(end)",
		 b ? b : "(end)");
}

static void test_table(void **state)
{
	char path[4096], *got = table_text(), *want;
	const char *source = getenv("IGDCTL_SOURCE");

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/unit/setup.txt", source ? source : ".");
	if (getenv("IGDCTL_WRITE")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(got, f);
		assert_int_equal(fclose(f), 0);
	}
	want = slurp(path);
	compare(got, want);
	free(got);
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),		cmocka_unit_test(test_gms_is_the_hosts),
		cmocka_unit_test(test_machine_is_kept), cmocka_unit_test(test_properties_since),
		cmocka_unit_test(test_gms_range),	cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests_name("setup", tests, NULL, NULL);
}
