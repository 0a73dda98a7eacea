// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_check.c - the tables themselves, and what they say of machines made by hand: each row that matters is
 * tripped by exactly the facts that should trip it, and by no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "facts/read.h"

static const char here[] = "test";

/* ---- machines by hand --------------------------------------------------------------------------------- */

struct fn_row {
	uint8_t bus, dev, fn;
	uint32_t id;
	uint16_t class;
	int group; /* -1: unknown, -2: none */
	int type;  /* enum pcie_type, -1: unknown */
	const char *driver;
};

static struct facts *machine(const struct fn_row *rows, size_t n)
{
	struct facts *f = facts_new("by hand", SOURCE_ROOT);

	assert_non_null(f);
	for (size_t i = 0; i < n; i++) {
		struct pci_addr a = { 0, rows[i].bus, rows[i].dev, rows[i].fn };
		struct pci_fn *p = facts_pci(f, a, here);

		assert_non_null(p);
		fact_num_set(&p->id, rows[i].id, here);
		fact_num_set(&p->class, rows[i].class, here);
		if (rows[i].driver)
			fact_str_set(&p->driver, rows[i].driver, here);
		if (rows[i].type >= 0)
			fact_num_set(&p->pcie_type, (uint64_t)rows[i].type, here);
		if (rows[i].group != -1)
			assert_int_equal(facts_group_add(f, p,
							 rows[i].group == -2 ? GROUP_NONE : (uint64_t)rows[i].group,
							 here),
					 0);
	}
	fact_tri_set(&f->pci_whole, true, here);
	return f;
}

static void option(struct facts *f, enum conf_kind kind, const char *key, const char *value)
{
	struct conf *c = arena_push(&f->arena, f->confs, f->n_confs);

	assert_non_null(c);
	*c = (struct conf) { .kind = kind, .from = here, .line = key, .key = key, .value = value };
	fact_tri_set(&f->conf_seen[kind], true, here);
	if (kind == CONF_CMDLINE)
		fact_str_set(&f->cmdline, "root=/dev/sda1", here);
}

static void modprobe(struct facts *f, const char *verb, const char *module, const char *key, const char *value)
{
	struct conf *c = arena_push(&f->arena, f->confs, f->n_confs);

	assert_non_null(c);
	*c = (struct conf) {
		.kind = CONF_MODPROBE, .from = here, .verb = verb, .module = module, .key = key, .value = value
	};
	c->line = arena_printf(&f->arena, "%s %s", verb, module);
	fact_tri_set(&f->conf_seen[CONF_MODPROBE], true, here);
}

static void log_line(struct facts *f, const char *text)
{
	struct log_line *l = arena_push(&f->arena, f->log, f->n_log);

	assert_non_null(l);
	*l = (struct log_line) { .from = here, .text = text, .raw = text, .time = -1 };
}

/* Lines that no row is about. */
static void quiet_log(struct facts *f, int n)
{
	for (int i = 0; i < n; i++)
		log_line(f, "usb 1-1: new full-speed USB device");
}

/* Close the snapshot, judge it, and say what one row answered. Frees the snapshot. */
static enum verdict verdict_of(struct facts *f, const char *id)
{
	struct findings all;
	const struct finding *x;
	enum verdict v;

	assert_int_equal(facts_finish(f, NULL), 0);
	assert_int_equal(checks_run(f, &all), 0);
	x = findings_get(&all, id);
	assert_non_null(x);
	v = x->verdict;
	findings_done(&all);
	facts_free(f);
	return v;
}

/* The evidence of one row, a line each. Frees the snapshot. */
static void evidence_of(struct facts *f, const char *id, char *buf, size_t n)
{
	struct findings all;
	const struct finding *x;
	size_t used = 0;

	buf[0] = '\0';
	assert_int_equal(facts_finish(f, NULL), 0);
	assert_int_equal(checks_run(f, &all), 0);
	x = findings_get(&all, id);
	assert_non_null(x);
	for (size_t i = 0; i < x->evidence.n && used < n; i++)
		used += (size_t)snprintf(buf + used, n - used, "%s\n", x->evidence.items[i].text);
	findings_done(&all);
	facts_free(f);
}

static enum mode_answer answer_of(struct facts *f, enum mode m)
{
	struct findings all;
	enum mode_answer a;

	assert_int_equal(facts_finish(f, NULL), 0);
	assert_int_equal(checks_run(f, &all), 0);
	a = all.modes[m].answer;
	findings_done(&all);
	facts_free(f);
	return a;
}

#define UHD630 0x80863e92
#define UHD770 0x8086a780

/* A Coffee Lake desktop: GPU alone; sound, bus functions and the NIC share the last group. */
static const struct fn_row coffee[] = {
	{ .dev = 0, .id = 0x80863ec2, .class = 0x0600, .group = 1, .type = PCIE_NONE, .driver = "" },
	{ .dev = 2, .id = UHD630, .class = 0x0300, .group = 0, .type = PCIE_RC_ENDPOINT, .driver = "i915" },
	{ .dev = 0x14, .id = 0x8086a36d, .class = 0x0c03, .group = 3, .type = PCIE_NONE, .driver = "xhci_hcd" },
	{ .dev = 0x14, .fn = 2, .id = 0x8086a36f, .class = 0x0500, .group = 3, .type = PCIE_NONE, .driver = "" },
	{ .dev = 0x1f, .id = 0x8086a306, .class = 0x0601, .group = 7, .type = PCIE_NONE, .driver = "" },
	{ .dev = 0x1f,
	  .fn = 3,
	  .id = 0x8086a348,
	  .class = 0x0403,
	  .group = 7,
	  .type = PCIE_NONE,
	  .driver = "snd_hda_intel" },
	{ .dev = 0x1f,
	  .fn = 6,
	  .id = 0x808615bb,
	  .class = 0x0200,
	  .group = 7,
	  .type = PCIE_NONE,
	  .driver = "e1000e" },
};
#define COFFEE() machine(coffee, ARRAY_SIZE(coffee))

static struct facts *one_gpu(uint32_t id, uint16_t class, int group)
{
	struct fn_row row = {
		.dev = 2, .id = id, .class = class, .group = group, .type = PCIE_RC_ENDPOINT, .driver = "i915"
	};

	return machine(&row, 1);
}

/* ---- the tables themselves ------------------------------------------------------------------------------ */

static void test_tables(void **state)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = checks_table(rows, CHECKS_MAX);

	(void)state;
	assert_in_range(n, 60, CHECKS_MAX);
	for (size_t i = 0; i < n; i++) {
		bool after_found = !rows[i]->after;

		assert_non_null(rows[i]->says);
		assert_non_null(rows[i]->source);
		assert_int_equal(rows[i]->says[strlen(rows[i]->says) - 1], '.');
		if (rows[i]->fix)
			assert_int_equal(rows[i]->fix[strlen(rows[i]->fix) - 1], '.');
		else
			assert_true(rows[i]->severity <= SEV_NOTE); /* what is bad has a way out */
		assert_true(rows[i]->test || rows[i]->log[0]);
		assert_true(!rows[i]->must_know || rows[i]->blocks);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(rows[k]->id, rows[i]->id);
			after_found |= rows[i]->after && strcmp(rows[i]->after, rows[k]->id) == 0;
		}
		assert_true(after_found); /* .after names a row above */
	}
}

/* Unknown never becomes no, nor yes: of a machine of which nothing is known, nothing is said. */
static void test_nothing_known(void **state)
{
	struct facts *f = facts_new("nothing", SOURCE_BUNDLE);
	struct findings all;

	(void)state;
	assert_int_equal(facts_finish(f, NULL), 0);
	assert_int_equal(checks_run(f, &all), 0);
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].verdict != VERDICT_UNKNOWN)
			print_error("row %s says %s of nothing\n", all.v[i].check->id, verdict_str(all.v[i].verdict));
		assert_int_equal(all.v[i].verdict, VERDICT_UNKNOWN);
		assert_true(all.v[i].evidence.n > 0); /* and says why */
	}
	for (int m = 0; m < MODE_COUNT; m++)
		assert_int_equal(all.modes[m].answer, MODE_UNKNOWN);
	findings_done(&all);
	facts_free(f);
}

/* ---- firmware and IOMMU ------------------------------------------------------------------------------------ */

static void test_vtd(void **state)
{
	struct facts *f;

	(void)state;
	f = one_gpu(UHD630, 0x0300, -1);
	fact_tri_set(&f->dmar, false, here);
	fact_tri_set(&f->groups_seen, false, here);
	assert_int_equal(verdict_of(f, "vtd.no-dmar"), VERDICT_FAIL);

	f = one_gpu(UHD630, 0x0300, -1);
	fact_tri_set(&f->dmar, false, here);
	fact_tri_set(&f->groups_seen, false, here);
	assert_int_equal(verdict_of(f, "iommu.off"), VERDICT_NOT_RUN); /* the firmware comes first */

	f = one_gpu(UHD630, 0x0300, -1);
	fact_tri_set(&f->dmar, true, here);
	fact_tri_set(&f->groups_seen, false, here);
	assert_int_equal(verdict_of(f, "iommu.off"), VERDICT_FAIL);

	f = one_gpu(UHD630, 0x0300, -1); /* no root rights: the table cannot be seen, the groups can */
	fact_tri_set(&f->groups_seen, false, here);
	assert_int_equal(verdict_of(f, "iommu.off"), VERDICT_FAIL);

	assert_int_equal(verdict_of(COFFEE(), "iommu.off"), VERDICT_PASS);
	assert_int_equal(verdict_of(COFFEE(), "vtd.no-dmar"), VERDICT_PASS);
}

static void test_igfx(void **state)
{
	struct facts *f;

	(void)state;
	f = one_gpu(0x80861616, 0x0300, -1); /* Broadwell */
	fact_str_set(&f->kernel, "6.8.12-11-pve", here);
	assert_int_equal(verdict_of(f, "iommu.igfx-quirk"), VERDICT_FAIL);
	f = one_gpu(0x80861616, 0x0300, -1);
	fact_str_set(&f->kernel, "5.3.18-3-pve", here);
	assert_int_equal(verdict_of(f, "iommu.igfx-quirk"), VERDICT_UNKNOWN);
	f = one_gpu(0x80861912, 0x0300, -1); /* Skylake: Ubuntu's kernels alone */
	fact_str_set(&f->kernel, "6.8.0-53-generic", here);
	assert_int_equal(verdict_of(f, "iommu.igfx-quirk"), VERDICT_FAIL);
	f = one_gpu(0x80861912, 0x0300, -1);
	fact_str_set(&f->kernel, "6.8.12-11-pve", here);
	assert_int_equal(verdict_of(f, "iommu.igfx-quirk"), VERDICT_UNKNOWN);
	f = one_gpu(UHD630, 0x0300, -1);
	option(f, CONF_CMDLINE, "intel_iommu", "on,igfx_off");
	assert_int_equal(verdict_of(f, "iommu.igfx-off"), VERDICT_FAIL);
	f = one_gpu(UHD630, 0x0300, -1); /* the next boot's, not this one's */
	option(f, CONF_CMDLINE, "quiet", NULL);
	option(f, CONF_GRUB, "intel_iommu", "on,igfx_off");
	assert_int_equal(verdict_of(f, "iommu.igfx-off"), VERDICT_PASS);
	f = one_gpu(UHD630, 0x0300, -1);
	log_line(f, "DMAR: Disable GFX device mapping");
	assert_int_equal(verdict_of(f, "iommu.igfx-off"), VERDICT_FAIL);
	f = COFFEE(); /* it has its group, whatever is written */
	option(f, CONF_CMDLINE, "intel_iommu", "on,igfx_off");
	assert_int_equal(verdict_of(f, "iommu.igfx-off"), VERDICT_PASS);
	f = COFFEE();
	option(f, CONF_CMDLINE, "intel_iommu", "on");
	assert_int_equal(verdict_of(f, "iommu.igfx-off"), VERDICT_PASS);
}

static void test_iommu_disabled(void **state)
{
	static const struct {
		const char *vendor, *key, *values[2];
		enum verdict wanted;
	} cases[] = {
		{ "GenuineIntel", "intel_iommu", { "off" }, VERDICT_FAIL },
		{ "GenuineIntel", "intel_iommu", { "off", "on" }, VERDICT_PASS },
		{ "GenuineIntel", "intel_iommu", { "on", "sm_on,off" }, VERDICT_FAIL },
		{ "GenuineIntel", "amd_iommu", { "off" }, VERDICT_PASS },
		{ "AuthenticAMD", "amd_iommu", { "off" }, VERDICT_FAIL },
		{ "AuthenticAMD", "intel_iommu", { "off" }, VERDICT_PASS },
		{ "AuthenticAMD", "iommu", { "off" }, VERDICT_FAIL },
		{ NULL, "intel_iommu", { "off" }, VERDICT_FAIL },
		{ NULL, "amd_iommu", { "off" }, VERDICT_FAIL },
		{ NULL, "iommu", { "pt" }, VERDICT_PASS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = facts_new("by hand", SOURCE_ROOT);

		assert_non_null(f);
		if (cases[i].vendor)
			fact_str_set(&f->cpu.vendor, cases[i].vendor, here);
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].values) && cases[i].values[k]; k++)
			option(f, CONF_CMDLINE, cases[i].key, cases[i].values[k]);
		assert_int_equal(verdict_of(f, "iommu.disabled"), cases[i].wanted);
	}
	struct facts *f = one_gpu(UHD630, 0x0300, -1);
	option(f, CONF_CMDLINE, "intel_iommu", "off");
	fact_tri_set(&f->iommu_on, true, here);
	assert_int_equal(verdict_of(f, "iommu.disabled"), VERDICT_PASS);
}

static void test_needs_option(void **state)
{
	static const struct {
		const char *kernel, *key, *value;
		enum verdict wanted;
	} cases[] = {
		{ "6.5.13-6-pve", "quiet", NULL, VERDICT_FAIL },
		{ "6.5.13-6-pve", "intel_iommu", "on", VERDICT_PASS },
		{ "6.5.13-6-pve", "intel_iommu", "sm_on", VERDICT_FAIL },
		{ "6.8.12-11-pve", "quiet", NULL, VERDICT_PASS },
		{ "6.5.0-44-generic", "quiet", NULL, VERDICT_FAIL },
		{ "6.11.4-301.fc41.x86_64", "quiet", NULL, VERDICT_FAIL },
		{ "6.12.1-arch1-1", "quiet", NULL, VERDICT_FAIL },
		{ "6.1.0-18-amd64", "quiet", NULL, VERDICT_PASS },
		{ NULL, "quiet", NULL, VERDICT_UNKNOWN },
	};
	struct facts *f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		f = one_gpu(UHD630, 0x0300, -1);
		if (cases[i].kernel)
			fact_str_set(&f->kernel, cases[i].kernel, here);
		option(f, CONF_CMDLINE, cases[i].key, cases[i].value);
		assert_int_equal(verdict_of(f, "iommu.needs-option"), cases[i].wanted);
	}
	for (int i = 0; i < 5; i++) {
		f = i == 0 ? COFFEE() : one_gpu(UHD630, 0x0300, -1); /* 0: it has groups */
		fact_str_set(&f->kernel, "6.5.13-6-pve", here);
		option(f, CONF_CMDLINE, "quiet", NULL);
		if (i == 1)
			fact_str_set(&f->cpu.vendor, "AuthenticAMD", here);
		if (i == 2)
			fact_tri_set(&f->iommu_on, true, here);
		if (i == 3)
			fact_str_set(&f->kconfig_on, "VFIO_PCI INTEL_IOMMU_DEFAULT_ON", here);
		if (i == 4)
			fact_tri_set(&f->groups_seen, false, here);
		assert_int_equal(verdict_of(f, "iommu.needs-option"), i == 4 ? VERDICT_NOT_RUN : VERDICT_PASS);
	}
}

/* What stands in GRUB's file matters only where GRUB does not boot and someone relies on it. */
static void test_not_grub(void **state)
{
	static const struct {
		const char *loader, *grub, *kernel_cmdline;
		enum verdict wanted;
	} cases[] = {
		{ "systemd-boot", "intel_iommu", NULL, VERDICT_FAIL },
		{ "systemd-boot", "intel_iommu", "intel_iommu", VERDICT_PASS },
		{ "systemd-boot", "splash", NULL, VERDICT_PASS },
		{ "systemd-boot", NULL, "intel_iommu", VERDICT_FAIL }, /* the file was not read */
		{ "grub", "intel_iommu", NULL, VERDICT_PASS },
		{ NULL, "intel_iommu", NULL, VERDICT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = COFFEE();

		if (cases[i].loader)
			fact_str_set(&f->boot_loader, cases[i].loader, here);
		if (cases[i].grub)
			option(f, CONF_GRUB, cases[i].grub, "on");
		if (cases[i].kernel_cmdline)
			option(f, CONF_KERNEL_CMDLINE, cases[i].kernel_cmdline, "on");
		assert_int_equal(verdict_of(f, "boot.not-grub"), cases[i].wanted);
	}
	struct facts *f = COFFEE();

	fact_str_set(&f->boot_loader, "systemd-boot", here); /* nobody reads the menu either */
	fact_tri_set(&f->conf_seen[CONF_GRUB], true, here);
	fact_num_set(&f->grub_default_mtime, 2, here);
	fact_num_set(&f->grub_cfg_mtime, 1, here);
	assert_int_equal(verdict_of(f, "boot.grub-stale"), VERDICT_PASS);
}

static void test_stolen_large(void **state)
{
	static const struct {
		uint64_t mib;
		enum verdict wanted;
	} cases[] = { { 32, VERDICT_PASS }, { 64, VERDICT_PASS }, { 96, VERDICT_FAIL }, { 256, VERDICT_FAIL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = COFFEE();

		f->igd.stolen = NUM_KNOWN(cases[i].mib << 20, here);
		assert_int_equal(verdict_of(f, "igd.stolen-large"), cases[i].wanted);
	}
	struct facts *f = COFFEE();

	f->igd.stolen = (struct fact_num) { 0 };
	assert_int_equal(verdict_of(f, "igd.stolen-large"), VERDICT_UNKNOWN);
}

static void test_only(void **state)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = checks_table(rows, CHECKS_MAX), whole = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i]->id, "driver.host-owns") == 0 || strcmp(rows[i]->id, "console.last") == 0)
			whole += rows[i]->only == MODES_WHOLE;
	assert_int_equal(whole, 2);
}

static void test_cpu_models(void **state)
{
	static const struct {
		const char *model;
		enum verdict wanted;
	} cases[] = {
		{ "Intel(R) Core(TM) i5-9400F CPU @ 2.90GHz", VERDICT_FAIL },
		{ "Intel(R) Core(TM) i9-10900KF CPU @ 3.70GHz", VERDICT_FAIL },
		{ "Intel(R) Core(TM) Ultra 7 265KF", VERDICT_FAIL },
		{ "Intel(R) Core(TM) i5-8400T CPU @ 1.70GHz", VERDICT_PASS },
		{ "Intel(R) N100", VERDICT_PASS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = facts_new("cpu", SOURCE_ROOT);

		fact_str_set(&f->cpu.model, cases[i].model, here);
		assert_int_equal(verdict_of(f, "cpu.no-gpu"), cases[i].wanted);
	}
}

/* ---- groups --------------------------------------------------------------------------------------------------- */

static void test_group_holds_host(void **state)
{
	struct facts *f;
	struct netif *nic;
	char text[2048];

	(void)state;
	assert_int_equal(verdict_of(COFFEE(), "group.igd-shared"), VERDICT_PASS);
	f = COFFEE();
	modprobe(f, "options", "vfio_pci", "ids", "8086:3e92,8086:a348");
	nic = arena_push(&f->arena, f->nets, f->n_nets);
	assert_non_null(nic);
	*nic = (struct netif) { .name = "eno1", .from = here, .pci = 6, .default_route = TRI_KNOWN(true, here) };
	evidence_of(f, "group.holds-host", text, sizeof(text));
	assert_non_null(strstr(text, "00:1f.3 is named by"));
	assert_null(strstr(text, "00:1f.0 is"));
	assert_non_null(strstr(text, "the GPU's own group 0 is not concerned"));
	f = COFFEE();
	modprobe(f, "options", "vfio_pci", "ids", "8086:3e92"); /* the GPU alone takes nothing along */
	assert_int_equal(verdict_of(f, "group.holds-host"), VERDICT_PASS);
}

/* ---- configuration ------------------------------------------------------------------------------------------ */

static void test_conf(void **state)
{
	static const struct {
		const char *key, *value, *row;
		enum verdict wanted;
	} cases[] = {
		{ "intel_iommu", "pt", "conf.mistyped", VERDICT_FAIL },
		{ "intel_iomu", "on", "conf.mistyped", VERDICT_FAIL },
		{ "video", "efifb:off,vesafb:off", "conf.mistyped", VERDICT_FAIL },
		{ "intel_iommu", "on", "conf.mistyped", VERDICT_PASS },
		{ "iommu", "pt", "conf.mistyped", VERDICT_PASS },
		{ "intel_iommu", "on,sm_on", "conf.mistyped", VERDICT_PASS },
		{ "quiet", NULL, "conf.mistyped", VERDICT_PASS },
		{ "video", "efifb:off", "conf.efifb-off", VERDICT_FAIL },
		{ "initcall_blacklist", "sysfb_init", "conf.sysfb", VERDICT_FAIL },
		{ "intel_iommu", "on", "conf.iommu-redundant", VERDICT_FAIL },
		{ "intel_iommu", "off", "iommu.disabled", VERDICT_PASS }, /* there are groups */
		{ "modprobe.blacklist", "i915", "conf.blacklist-gpu", VERDICT_FAIL },
		{ "modprobe.blacklist", "nouveau,snd_hda_intel", "conf.blacklist-sound", VERDICT_FAIL },
		{ "modprobe.blacklist", "nouveau", "conf.blacklist-gpu", VERDICT_PASS },
		{ "vfio-pci.disable_vga", "1", "conf.disable-vga", VERDICT_FAIL },
		{ "vfio_pci.disable_vga", "0", "conf.disable-vga", VERDICT_PASS },
		{ "kvm.ignore_msrs", "1", "conf.ignore-msrs", VERDICT_FAIL },
		{ "kvm.ignore_msrs", "Y", "conf.ignore-msrs", VERDICT_FAIL },
		{ "kvm.ignore_msrs", "t", "conf.ignore-msrs", VERDICT_FAIL },
		{ "kvm.ignore_msrs", "On", "conf.ignore-msrs", VERDICT_FAIL },
		{ "kvm.ignore_msrs", NULL, "conf.ignore-msrs", VERDICT_FAIL },
		{ "kvm.ignore_msrs", "", "conf.ignore-msrs", VERDICT_PASS },
		{ "kvm.ignore_msrs", "off", "conf.ignore-msrs", VERDICT_PASS },
		{ "pcie_acs_override", "downstream,multifunction", "conf.acs-override", VERDICT_FAIL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = COFFEE();
		enum verdict v;

		option(f, CONF_CMDLINE, cases[i].key, cases[i].value);
		fact_tri_set(&f->conf_seen[CONF_MODPROBE], true, here);
		fact_str_set(&f->kernel, "6.8.12-11-pve", here);
		v = verdict_of(f, cases[i].row);
		if (v != cases[i].wanted)
			print_error("%s=%s: %s\n", cases[i].key, cases[i].value ? cases[i].value : "", cases[i].row);
		assert_int_equal(v, cases[i].wanted);
	}
}

static void test_ids(void **state)
{
	static const struct {
		const char *ids[2];
		const char *row;
		enum verdict wanted;
	} cases[] = {
		{ { "8086:3e92" }, "conf.ids-no-device", VERDICT_PASS },
		{ { "10de:1c82,8086:3e92" }, "conf.ids-no-device", VERDICT_PASS },
		{ { "10de:1c82,10de:0fb9" }, "conf.ids-no-device", VERDICT_FAIL },
		{ { "8086:3e92", "10de:1c82" }, "conf.ids-no-device", VERDICT_FAIL },
		{ { "8086:3e92,8086:3e92", "8086:3e92" }, "conf.ids-no-device", VERDICT_PASS },
		{ { "8086-3e92" }, "conf.ids-no-device", VERDICT_FAIL },
		{ { "8086-3e92,8086:3e92" }, "conf.ids-no-device", VERDICT_PASS },
		{ { NULL }, "conf.ids-no-device", VERDICT_PASS },
		{ { "8086:3e92" }, "conf.ids-ambiguous", VERDICT_PASS },
		{ { "8086:3e92:ffffffff:ffffffff,8086:a36d" }, "driver.vfio-lost", VERDICT_FAIL },
		{ { "8086:3e9,18086:3e92,3e92" }, "driver.vfio-lost", VERDICT_PASS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = COFFEE();

		fact_tri_set(&f->conf_seen[CONF_MODPROBE], true, here);
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].ids) && cases[i].ids[k]; k++)
			modprobe(f, "options", "vfio_pci", "ids", cases[i].ids[k]);
		assert_int_equal(verdict_of(f, cases[i].row), cases[i].wanted);
	}
	struct facts *f = COFFEE();
	struct pci_fn *p = facts_pci(f, (struct pci_addr) { .bus = 1 }, here);

	fact_num_set(&p->id, UHD630, here);
	modprobe(f, "options", "vfio_pci", "ids", "8086:3e92");
	assert_int_equal(verdict_of(f, "conf.ids-ambiguous"), VERDICT_FAIL);
	f = COFFEE();
	modprobe(f, "blacklist", "vfio_pci", NULL, NULL);
	assert_int_equal(verdict_of(f, "conf.blacklist-vfio"), VERDICT_FAIL);
	f = COFFEE();
	fact_tri_set(&f->conf_seen[CONF_MODPROBE], true, here);
	assert_int_equal(verdict_of(f, "conf.blacklist-vfio"), VERDICT_PASS);
}

/* Megabytes of ids= beside thousands of functions: more than PLANS_MAX of them count for nothing, and take no time.
 */
static void test_ids_many(void **state)
{
	struct facts *f = facts_new("many", SOURCE_BUNDLE);
	size_t n = 400000;
	char *text;

	(void)state;
	assert_non_null(f);
	text = arena_alloc(&f->arena, n * 10 + 1);
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 10 * i, "1af4:1000,", 10);
	for (unsigned i = 0; i < 8192; i++) {
		struct pci_fn *p = facts_pci(f, (struct pci_addr) { .bus = (uint8_t)(i >> 5), .dev = i & 31 }, here);

		fact_num_set(&p->id, 0x1af41001, here);
		assert_int_equal(facts_group_add(f, p, i, here), 0);
	}
	modprobe(f, "options", "vfio_pci", "ids", text);
	assert_int_equal(verdict_of(f, "group.holds-host"), VERDICT_UNKNOWN);
}

/* allow_unsafe_interrupts is judged by whether the host has interrupt remapping, and by nothing else. */
static void test_unsafe_interrupts(void **state)
{
	static const struct {
		enum tri remap;
		enum verdict needless, missing;
	} cases[] = {
		{ TRI_YES, VERDICT_FAIL, VERDICT_PASS },
		{ TRI_NO, VERDICT_PASS, VERDICT_PASS },
		{ TRI_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		struct facts *f = COFFEE();

		f->irq_remap = (struct fact_tri) { cases[i / 2].remap, here };
		modprobe(f, "options", "vfio_iommu_type1", "allow_unsafe_interrupts", "1");
		if (i % 2)
			assert_int_equal(verdict_of(f, "conf.unsafe-interrupts"), cases[i / 2].needless);
		else
			assert_int_equal(verdict_of(f, "irq-remap.missing"), cases[i / 2].missing);
	}
	struct facts *f = COFFEE();
	f->irq_remap = TRI_KNOWN(false, here);
	assert_int_equal(verdict_of(f, "irq-remap.missing"), VERDICT_FAIL);
}

static void test_virqfd(void **state)
{
	static const struct {
		const char *kernel;
		enum verdict wanted;
	} cases[] = { { "6.8.12-11-pve", VERDICT_FAIL },
		      { "6.1.0-18-amd64", VERDICT_PASS },
		      { NULL, VERDICT_UNKNOWN } };
	struct facts *f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct conf *c;

		f = COFFEE();
		if (cases[i].kernel)
			fact_str_set(&f->kernel, cases[i].kernel, here);
		c = arena_push(&f->arena, f->confs, f->n_confs);
		assert_non_null(c);
		*c = (struct conf) {
			.kind = CONF_MODULES, .from = here, .line = "vfio_virqfd", .module = "vfio_virqfd"
		};
		fact_tri_set(&f->conf_seen[CONF_MODULES], true, here);
		assert_int_equal(verdict_of(f, "conf.vfio-virqfd"), cases[i].wanted);
	}
	f = facts_new("log", SOURCE_BUNDLE);
	log_line(f, "==> ERROR: module not found: 'vfio_virqfd'");
	assert_int_equal(verdict_of(f, "conf.vfio-virqfd"), VERDICT_FAIL);
}

static void test_not_in_force(void **state)
{
	struct facts *f = COFFEE();

	(void)state;
	option(f, CONF_CMDLINE, "quiet", NULL);
	option(f, CONF_GRUB, "intel_iommu", "on");
	assert_int_equal(verdict_of(f, "conf.not-in-force"), VERDICT_FAIL);
	f = COFFEE();
	option(f, CONF_CMDLINE, "intel_iommu", "on");
	option(f, CONF_GRUB, "intel_iommu", "on");
	option(f, CONF_GRUB, "splash", NULL); /* not ours to judge */
	assert_int_equal(verdict_of(f, "conf.not-in-force"), VERDICT_PASS);
}

/* ---- logs ------------------------------------------------------------------------------------------------------ */

/* Every row that reads a line is tripped by that line, and by no line of another row. */
static void test_log_rows(void **state)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = checks_table(rows, CHECKS_MAX);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(rows[i]->log) && rows[i]->log[k]; k++) {
			struct facts *f = facts_new("log", SOURCE_BUNDLE);

			log_line(f, arena_printf(&f->arena, "kvm: %s and more", rows[i]->log[k]));
			assert_int_equal(verdict_of(f, rows[i]->id), VERDICT_FAIL);
			f = facts_new("log", SOURCE_BUNDLE);
			quiet_log(f, 20);
			assert_int_equal(verdict_of(f, rows[i]->id), VERDICT_PASS);
		}
}

/* Rows whose line counts only for some devices, or only more than once. */
static void test_log_devices(void **state)
{
#define QEMU_RESET(a) "kvm: vfio: Cannot reset device " a ", no available reset mechanism."
#define PVE_RESET(a)  "failed to reset PCI device '" a "', but trying to continue as not all devices need a reset"
#define GROUP(a)      "kvm: -device vfio-pci,host=" a ": vfio " a ": error getting device from group 7: Permission denied"
	static const struct {
		const char *lines[2], *row;
		enum verdict wanted;
	} cases[] = {
		{ { QEMU_RESET("0000:00:1f.3") }, "log.no-reset", VERDICT_FAIL },
		{ { QEMU_RESET("0000:00:1f.3") }, "log.gpu-no-reset", VERDICT_PASS },
		{ { QEMU_RESET("0000:00:02.0") }, "log.no-reset", VERDICT_PASS },
		{ { QEMU_RESET("0000:00:02.0") }, "log.gpu-no-reset", VERDICT_FAIL },
		{ { PVE_RESET("0000:00:02.0") }, "log.gpu-no-reset", VERDICT_FAIL },
		{ { PVE_RESET("0000:00:02.0") }, "log.no-reset", VERDICT_PASS },
		{ { PVE_RESET("0000:00:1f.3") }, "log.no-reset", VERDICT_FAIL },
		{ { PVE_RESET("0000:05:00.0") }, "log.amd-no-reset", VERDICT_FAIL },
		{ { PVE_RESET("0000:05:00.0") }, "log.gpu-no-reset", VERDICT_PASS },
		{ { PVE_RESET("0000:06:00.0") }, "log.gpu-no-reset", VERDICT_FAIL }, /* a card */
		{ { "vfio-pci 0000:00:02.0: not ready 1023ms after FLR; waiting" }, "log.flr-loop", VERDICT_PASS },
		{ { "vfio-pci 0000:00:02.0: not ready 1023ms after FLR; waiting",
		    "vfio-pci 0000:00:02.0: not ready 1023ms after FLR; waiting" },
		  "log.flr-loop",
		  VERDICT_FAIL },
		{ { GROUP("0000:00:02.1") }, "log.vf-group-denied", VERDICT_FAIL },
		{ { GROUP("0000:00:02.0") }, "log.vf-group-denied", VERDICT_PASS },
		{ { GROUP("0000:01:00.1") }, "log.vf-group-denied", VERDICT_PASS },
		{ { "Cannot bind 0000:00:02.0 to vfio" }, "log.cannot-bind", VERDICT_FAIL },
		{ { "Cannot bind to address" }, "log.cannot-bind", VERDICT_PASS },
		{ { "vfio: error opening /dev/vfio/7: Device or resource busy" }, "log.vfio-busy", VERDICT_FAIL },
		{ { "vfio: error opening /dev/vfio/7: No such file or directory" }, "log.vfio-busy", VERDICT_PASS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static const struct fn_row rows[] = {
			{ .dev = 2, .id = UHD630, .class = 0x0300, .group = 0, .type = PCIE_RC_ENDPOINT },
			{ .dev = 0x1f, .fn = 3, .id = 0x8086a348, .class = 0x0403, .group = 7, .type = PCIE_NONE },
			{ .bus = 5, .id = 0x10021638, .class = 0x0300, .group = 8, .type = PCIE_ENDPOINT },
			{ .bus = 6, .id = 0x10de1c82, .class = 0x0300, .group = 9, .type = PCIE_ENDPOINT },
		};
		struct facts *f = machine(rows, ARRAY_SIZE(rows));
		enum verdict v;

		for (size_t k = 0; k < ARRAY_SIZE(cases[i].lines) && cases[i].lines[k]; k++)
			log_line(f, cases[i].lines[k]);
		quiet_log(f, 20);
		v = verdict_of(f, cases[i].row);
		if (v != cases[i].wanted)
			print_error("%s: %s\n", cases[i].lines[0], cases[i].row);
		assert_int_equal(v, cases[i].wanted);
	}
	struct facts *f = facts_new("log", SOURCE_BUNDLE); /* a log alone */

	log_line(f, QEMU_RESET("0000:00:02.0"));
	assert_int_equal(verdict_of(f, "log.gpu-no-reset"), VERDICT_FAIL);
}

static void test_faults(void **state)
{
	struct facts *f = facts_new("log", SOURCE_BUNDLE);

	(void)state;
	for (int i = 0; i < 3; i++)
		log_line(f, "DMAR: [DMA Read] Request device [00:02.0] fault addr b4000000");
	assert_int_equal(verdict_of(f, "log.dmar-faults-few"), VERDICT_FAIL);
	f = facts_new("log", SOURCE_BUNDLE);
	for (int i = 0; i < 30; i++)
		log_line(f, "DMAR: [DMA Read] Request device [00:02.0] fault addr b4000000");
	assert_int_equal(verdict_of(f, "log.dmar-faults-stream"), VERDICT_FAIL);
	f = facts_new("log", SOURCE_BUNDLE);
	log_line(f, "DMAR: [DMA Read] Request device [03:00.0] fault addr b4000000"); /* another device's */
	quiet_log(f, 20);
	assert_int_equal(verdict_of(f, "log.dmar-faults-few"), VERDICT_PASS);
}

/* A row passes only where it has looked: the silence of an excerpt, or of another file, says nothing. */
static void test_not_looked(void **state)
{
	static const char *const modprobe_rows[] = { "conf.blacklist-gpu", "conf.blacklist-sound",
						     "conf.no-softdep",	   "conf.bad-modprobe-line",
						     "conf.ignore-msrs",   "driver.vfio-lost" };
	static const char *const log_rows[] = { "log.memlock",	   "log.dmar-faults-few", "log.dmar-faults-stream",
						"log.sriov-no-pf", "group.not-viable",	  "group.took-host" };
	struct facts *f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modprobe_rows); i++) {
		f = COFFEE();
		option(f, CONF_CMDLINE, "quiet", NULL);
		assert_int_equal(verdict_of(f, modprobe_rows[i]), VERDICT_UNKNOWN);
		f = COFFEE();
		fact_tri_set(&f->conf_seen[CONF_MODPROBE], true, here);
		assert_int_equal(verdict_of(f, modprobe_rows[i]), VERDICT_PASS);
	}
	for (size_t i = 0; i < ARRAY_SIZE(log_rows); i++) {
		f = COFFEE();
		quiet_log(f, 19);
		assert_int_equal(verdict_of(f, log_rows[i]), VERDICT_UNKNOWN);
		f = COFFEE();
		quiet_log(f, 1);
		fact_tri_set(&f->log_whole, true, here);
		assert_int_equal(verdict_of(f, log_rows[i]), VERDICT_PASS);
	}
}

static void test_rmrr(void **state)
{
	struct facts *f = COFFEE();

	(void)state;
	quiet_log(f, 30); /* a long log that does not reach back to boot */
	assert_int_equal(verdict_of(f, "vtd.rmrr"), VERDICT_UNKNOWN);
	f = COFFEE();
	fact_tri_set(&f->log_whole, true, here);
	assert_int_equal(verdict_of(f, "vtd.rmrr"), VERDICT_PASS);
	f = COFFEE();
	f->groups[0].reserved = arena_alloc(&f->arena, sizeof(*f->groups[0].reserved));
	assert_non_null(f->groups[0].reserved);
	f->groups[0].reserved[0] = (struct reserved_region) { 0xfee00000, 0xfeefffff, "msi" };
	f->groups[0].n_reserved = 1;
	assert_int_equal(verdict_of(f, "vtd.rmrr"), VERDICT_PASS);
}

/* ---- who uses the GPU ------------------------------------------------------------------------------------- */

static struct facts *two_gpus(const char *fb)
{
	static const struct fn_row rows[] = {
		{ .dev = 2, .id = UHD630, .class = 0x0300, .group = 0, .type = PCIE_RC_ENDPOINT, .driver = "i915" },
		{ .bus = 1,
		  .id = 0x10de2184,
		  .class = 0x0300,
		  .group = 1,
		  .type = PCIE_ENDPOINT,
		  .driver = "nouveau" },
	};
	struct facts *f = machine(rows, fb ? 2 : 1);
	struct vtcon *vt = arena_push(&f->arena, f->vtcons, f->n_vtcons);

	assert_non_null(vt);
	*vt = (struct vtcon) { "(M) frame buffer device", here, TRI_KNOWN(true, here) };
	fact_str_set(&f->fb_owner, fb ? fb : "EFI VGA", here);
	return f;
}

static void monitor(struct facts *f, int pci)
{
	struct connector *c = arena_push(&f->arena, f->connectors, f->n_connectors);

	assert_non_null(c);
	*c = (struct connector) {
		.name = "card0-DP-1", .from = here, .connected = TRI_KNOWN(true, here), .pci = pci
	};
}

static void test_in_use(void **state)
{
	struct facts *f;

	(void)state;
	assert_int_equal(verdict_of(two_gpus("i915drmfb"), "gpu.in-use"), VERDICT_FAIL);
	assert_int_equal(verdict_of(two_gpus("nouveaudrmfb"), "gpu.in-use"), VERDICT_UNKNOWN);
	assert_int_equal(verdict_of(two_gpus(NULL), "gpu.in-use"), VERDICT_FAIL); /* the only one */
	f = two_gpus("nouveaudrmfb");
	monitor(f, 1);
	assert_int_equal(verdict_of(f, "gpu.in-use"), VERDICT_UNKNOWN);
	f = two_gpus("nouveaudrmfb");
	monitor(f, 0);
	assert_int_equal(verdict_of(f, "gpu.in-use"), VERDICT_FAIL);
	f = two_gpus("nouveaudrmfb");
	monitor(f, -1);
	assert_int_equal(verdict_of(f, "gpu.in-use"), VERDICT_FAIL);
}

/* ---- modes -------------------------------------------------------------------------------------------------- */

static void test_modes(void **state)
{
	struct facts *f;

	(void)state;
	assert_int_equal(answer_of(COFFEE(), MODE_LEGACY), MODE_POSSIBLE);
	assert_int_equal(answer_of(COFFEE(), MODE_UEFI), MODE_POSSIBLE);
	assert_int_equal(answer_of(COFFEE(), MODE_SRIOV), MODE_BLOCKED);
	assert_int_equal(answer_of(COFFEE(), MODE_AMD_APU), MODE_BLOCKED);
	assert_int_equal(answer_of(one_gpu(UHD770, 0x0300, 0), MODE_LEGACY), MODE_BLOCKED); /* no VBIOS */
	assert_int_equal(answer_of(one_gpu(UHD770, 0x0300, 0), MODE_UEFI), MODE_POSSIBLE);
	assert_int_equal(answer_of(one_gpu(UHD770, 0x0300, 0), MODE_GVTG), MODE_BLOCKED);
	assert_int_equal(answer_of(one_gpu(UHD630, 0x0380, 0), MODE_LEGACY),
			 MODE_BLOCKED); /* not the primary display */
	assert_int_equal(answer_of(one_gpu(UHD630, 0x0300, -1), MODE_LEGACY), MODE_UNKNOWN);
	f = one_gpu(UHD630, 0x0300, -1);
	option(f, CONF_CMDLINE, "intel_iommu", "igfx_off");
	assert_int_equal(answer_of(f, MODE_UEFI), MODE_BLOCKED);
}

static void test_mode_names(void **state)
{
	enum mode m;

	(void)state;
	for (int i = 0; i < MODE_COUNT; i++) {
		assert_true(mode_parse(mode_str((enum mode)i), &m));
		assert_int_equal(m, i);
	}
	assert_false(mode_parse("auto", &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_vtd),
		cmocka_unit_test(test_igfx),
		cmocka_unit_test(test_iommu_disabled),
		cmocka_unit_test(test_needs_option),
		cmocka_unit_test(test_not_grub),
		cmocka_unit_test(test_stolen_large),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_cpu_models),
		cmocka_unit_test(test_group_holds_host),
		cmocka_unit_test(test_conf),
		cmocka_unit_test(test_unsafe_interrupts),
		cmocka_unit_test(test_virqfd),
		cmocka_unit_test(test_not_in_force),
		cmocka_unit_test(test_log_rows),
		cmocka_unit_test(test_log_devices),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_not_looked),
		cmocka_unit_test(test_rmrr),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ids_many),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_mode_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
