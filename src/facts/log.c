// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log.c - lines of logs, and what the kernel's own tell of the machine.
 *
 * Each message is the kernel's, from the source named beside it. A log is the weakest source of a fact, and it may
 * have lost its beginning: so everything here only fills what is still unknown, and nothing is concluded from a
 * line that is missing, but for the list of ACPI tables, whose length the list itself tells.
 */
#include "facts/log.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define LOG_MAX ((size_t)1 << 20) /* lines of one snapshot */

/* ---- taking a line apart ------------------------------------------------------------------------------ */

static bool digits_at(struct span s, size_t at, size_t n)
{
	struct span c;

	if (!span_cut(s, at, n, &c))
		return false;
	for (size_t i = 0; i < n; i++)
		if (c.p[i] < '0' || c.p[i] > '9')
			return false;
	return true;
}

/* "20:35:58" at @at. */
static bool clock_at(struct span s, size_t at)
{
	return digits_at(s, at, 2) && span_is(s, at + 2, ":") && digits_at(s, at + 3, 2) && span_is(s, at + 5, ":") &&
	       digits_at(s, at + 6, 2);
}

/* "    0.050582" of "[    0.050582]". */
static bool uptime_read(struct span s, double *ret)
{
	uint64_t whole, part;
	double scale = 1;

	s = text_trim(s);
	if (!text_digits(&s, 10, &whole) || !text_skip(&s, ".") || s.n > 9)
		return false;
	for (size_t i = 0; i < s.n; i++)
		scale *= 10;
	if (!text_digits(&s, 10, &part) || s.n)
		return false;
	*ret = (double)whole + (double)part / scale;
	return true;
}

/* "[...]" in front: seconds since boot, or the wall clock of dmesg -T. */
static bool bracket_stamp(struct span *s, struct log_parts *p)
{
	struct span in, rest = *s;

	if (!text_skip(&rest, "[") || !text_until(&rest, "]", &in) || in.n > 40)
		return false;
	if (!uptime_read(in, &p->time) && !(in.n >= 20 && (clock_at(in, 11) || clock_at(in, 16))))
		return false;
	*s = rest;
	return true;
}

/* "Jun 03 20:35:58 " or "2025-06-03T20:35:58.123456+02:00 ". */
static bool date_stamp(struct span *s)
{
	struct span word, rest = *s;

	if (clock_at(*s, 7) && span_is(*s, 3, " ") && span_is(*s, 15, " "))
		return span_from(*s, 16, s);
	if (!digits_at(*s, 0, 4) || !span_is(*s, 4, "-") || !digits_at(*s, 5, 2) || !clock_at(*s, 11) ||
	    !(span_is(*s, 10, "T") || span_is(*s, 10, " ")))
		return false;
	return span_from(*s, 11, &rest) && text_word(&rest, &word) && span_from(rest, 0, s);
}

/* "host kernel: " or "host QEMU[4711]: "; the host alone is no message. */
static bool process_name(struct span *s, struct log_parts *p)
{
	struct span rest = *s, host, name;

	if (!text_word(&rest, &host) || text_ends(host, ":") || !text_word(&rest, &name) || !text_ends(name, ":"))
		return false;
	if (!text_eq(name, "kernel:") && !text_ends(name, "]:"))
		return false;
	p->kernel = text_eq(name, "kernel:");
	*s = rest;
	return true;
}

/* "<6>" of the raw buffer, "kern  :info  : " of dmesg -x. */
static void level_skip(struct span *s)
{
	struct span rest = *s, level;

	if (text_skip(&rest, "<") && text_digits(&rest, 10, &(uint64_t) { 0 }) && text_skip(&rest, ">"))
		*s = rest;
	rest = *s;
	if (text_skip(&rest, "kern  :") && text_until(&rest, ":", &level) && level.n < 10)
		*s = text_trim(rest);
}

struct log_parts log_line_parts(struct span line)
{
	struct log_parts p = { .time = -1 };
	struct span s = text_trim(line), rest;

	level_skip(&s);
	if (bracket_stamp(&s, &p)) {
		p.stamped = p.kernel = true;
		s = text_trim(s);
		rest = s;
		if (process_name(&rest, &p))
			s = rest;
	} else if (date_stamp(&s)) {
		p.stamped = true;
		process_name(&s, &p);
		s = text_trim(s);
		if (p.kernel)
			bracket_stamp(&s, &p);
	} else if (text_skip(&s, "kernel:")) {
		p.stamped = p.kernel = true;
		s = text_trim(s);
		bracket_stamp(&s, &p);
	}
	p.text = text_trim(s);
	return p;
}

int facts_log_line(struct facts *f, const char *file, size_t line, struct span raw, const struct log_parts *parts)
{
	struct span whole = text_trim(raw), tail;
	struct log_line *l;
	size_t at = whole.n;

	if (f->n_log >= LOG_MAX)
		return -IGD_ELIMIT;
	l = arena_push(&f->arena, f->log, f->n_log);
	if (!l)
		return -IGD_ENOMEM;
	l->from = facts_at(f, file, line);
	l->raw = arena_span(&f->arena, whole);
	/* The text is the tail of the line: one copy serves both. */
	if (parts->text.n <= whole.n && span_from(whole, whole.n - parts->text.n, &tail) && tail.p == parts->text.p)
		at = whole.n - parts->text.n;
	l->text = at < whole.n && *l->raw ? l->raw + at : arena_span(&f->arena, parts->text);
	l->time = parts->time;
	return 0;
}

int facts_log_text(struct facts *f, const char *file, struct span text, size_t first_line)
{
	struct span l;

	for (; span_line(&text, &l); first_line++) {
		struct log_parts p = log_line_parts(l);
		int r = p.text.n ? facts_log_line(f, file, first_line, l, &p) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- what the lines tell ------------------------------------------------------------------------------- */

#define ACPI_TABLES_MAX 256 /* of one list; machines have 20 to 60 */

struct apply {
	struct facts *f;
	struct report *rep;
	const struct log_line *l;
	size_t acpi_want, acpi_have;	   /* tables that the XSDT lists, tables named so far */
	uint64_t acpi_at[ACPI_TABLES_MAX]; /* where those are: a list may be pasted twice */
	bool acpi_later;		   /* what comes now was loaded after the list */
	bool acpi_whole;		   /* a list before this one had all its tables */
	const char *acpi_from;
	const char *dmar_from, *ivrs_from, *vfct_from; /* where the list names it */
	struct fact_str *drivers;		       /* by index of .pci: who spoke last */
	size_t n_drivers;
	struct pci_addr boot_vga;
	const char *boot_vga_from;
};

struct rule {
	const char *head;
	void (*apply)(struct apply *a, struct span rest);
};

/* "[mem 0x8c800000-0x9c7fffff 64bit pref]" or "0x8c800000-0x9c7fffff". */
static bool range_read(struct span s, uint64_t *ret_start, uint64_t *ret_end)
{
	struct span before, lo;
	uint64_t start, end;

	if (!text_until(&s, "0x", &before) || !text_digits(&s, 16, &start))
		return false;
	lo = s;
	if (!text_skip(&lo, "-") || (text_skip(&lo, "0x"), !text_digits(&lo, 16, &end)) || end < start)
		return false;
	*ret_start = start;
	*ret_end = end;
	return true;
}

static const char *keep(struct apply *a, struct span s)
{
	return arena_span(&a->f->arena, text_trim(s));
}

/* init/version-timestamp.c, linux_banner */
static void linux_version(struct apply *a, struct span s)
{
	struct span release;

	if (text_word(&s, &release) && digits_at(release, 0, 1))
		fact_str_set(&a->f->kernel, keep(a, release), a->l->from);
}

/* arch/x86/kernel/setup.c "Command line: "; init/main.c "Kernel command line: " */
static void command_line(struct apply *a, struct span s)
{
	if (!a->f->cmdline.v && facts_conf_text(a->f, CONF_CMDLINE, "", s, 0) == 0) {
		for (size_t i = 0; i < a->f->n_confs; i++)
			if (a->f->confs[i].kind == CONF_CMDLINE)
				a->f->confs[i].from = a->l->from;
		a->f->cmdline.from = a->f->conf_seen[CONF_CMDLINE].from = a->l->from;
	}
}

/* The maker is written in front of the product, with a blank between; these have blanks themselves. */
static size_t vendor_len(struct span s)
{
	static const char *const makers[] = { "Dell Inc.",
					      "ASUSTeK COMPUTER INC.",
					      "ASUSTeK Computer Inc.",
					      "Gigabyte Technology Co., Ltd.",
					      "Micro-Star International Co., Ltd.",
					      "MICRO-STAR INTERNATIONAL CO.,LTD",
					      "To Be Filled By O.E.M.",
					      "To be filled by O.E.M.",
					      "Intel(R) Client Systems",
					      "Intel Corporation",
					      "System manufacturer",
					      "Default string",
					      "Apple Inc.",
					      "FUJITSU CLIENT COMPUTING LIMITED",
					      "Shuttle Inc.",
					      "SAMSUNG ELECTRONICS CO., LTD.",
					      "Red Hat" };
	struct span word;

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (text_starts(s, makers[i]))
			return strlen(makers[i]);
	return text_word(&s, &word) ? word.n : 0;
}

/* drivers/firmware/dmi_scan.c dmi_format_ids(): "VENDOR PRODUCT/BOARD, BIOS VERSION DATE" */
static void dmi(struct apply *a, struct span s)
{
	struct span machine, vendor = { 0 }, product = { 0 }, before, version, date;
	const char *from = a->l->from;
	size_t n;

	if (text_starts(s, "Memory slots") || !text_until(&s, ", BIOS ", &machine))
		return;
	machine = text_trim(machine);
	n = vendor_len(machine);
	span_cut(machine, 0, n, &vendor);
	span_from(machine, n, &product);
	fact_str_set(&a->f->sys_vendor, keep(a, vendor), from);
	before = product;
	if (text_until(&before, "/", &product))
		fact_str_set(&a->f->board, keep(a, before), from);
	fact_str_set(&a->f->product, keep(a, product), from);
	s = text_trim(s);
	for (n = s.n; n > 0 && span_cut(s, n - 1, 1, &date) && date.p[0] != ' ';)
		n--;
	if (span_from(s, n, &date) && digits_at(date, 0, 2) && span_cut(s, 0, n, &version)) {
		fact_str_set(&a->f->bios_version, keep(a, version), from);
		fact_str_set(&a->f->bios_date, keep(a, date), from);
	}
}

/* drivers/firmware/efi/efi.c: "efi: EFI v2.60 by HP" */
static void efi(struct apply *a, struct span s)
{
	s = text_trim(s);
	if (text_starts(s, "EFI v"))
		fact_tri_set(&a->f->efi, true, a->l->from);
}

/* arch/x86/kernel/setup.c, security patches: "Secure boot enabled" */
static void secure_boot(struct apply *a, struct span s)
{
	s = text_trim(s);
	if (text_starts(s, "enabled") || text_starts(s, "disabled"))
		fact_tri_set(&a->f->secure_boot, text_starts(s, "enabled"), a->l->from);
}

/* security/lockdown/lockdown.c lock_kernel_down(); distributions choose integrity for Secure Boot. */
static void lockdown(struct apply *a, struct span s)
{
	if (text_has(s, "EFI Secure Boot") || text_has(s, "UEFI Secure Boot"))
		fact_str_set(&a->f->lockdown, "integrity", a->l->from);
}

/* A table that the XSDT may have listed, once: those that are loaded later lie at kernel addresses. */
static void acpi_count(struct apply *a, uint64_t at)
{
	if (at >> 48 || a->acpi_later || a->acpi_have == ACPI_TABLES_MAX)
		return;
	for (size_t i = 0; i < a->acpi_have; i++)
		if (a->acpi_at[i] == at)
			return;
	a->acpi_at[a->acpi_have++] = at;
}

static bool acpi_is_whole(const struct apply *a)
{
	return a->acpi_whole || (a->acpi_want > 0 && a->acpi_have >= a->acpi_want);
}

/* The list of a boot begins; one paste may hold several. */
static void acpi_root(struct apply *a, size_t want)
{
	a->acpi_whole = acpi_is_whole(a);
	a->acpi_want = want;
	a->acpi_have = 0;
	a->acpi_later = false;
	a->acpi_from = a->acpi_from ? a->acpi_from : a->l->from;
}

/*
 * drivers/acpi/acpica/tbprint.c: "ACPI: XSDT 0x000000007FCD4188 0000FC (v01 ...". The XSDT has a header of 36 bytes
 * and 8 for each table, the RSDT 4 (ACPI specification 5.2.7, 5.2.8). DSDT and FACS are found through the FADT and
 * are not in it. So a pasted list tells by itself whether it is whole.
 */
static void acpi_table(struct apply *a, struct span s)
{
	struct span name, at, len;
	uint64_t bytes, where;

	if (text_starts(s, "Dynamic OEM Table Load") || text_starts(s, "Host-directed Dynamic ACPI Table Load"))
		a->acpi_later = true; /* drivers/acpi/acpica/exconfig.c, tbxfload.c */
	if (!text_word(&s, &name) || name.n != 4 || !text_word(&s, &at) || !text_skip(&at, "0x") ||
	    !text_digits(&at, 16, &where) || !text_word(&s, &len) || !text_digits(&len, 16, &bytes) || len.n)
		return;
	if ((text_eq(name, "XSDT") || text_eq(name, "RSDT")) && bytes > 36) {
		acpi_root(a, (size_t)(bytes - 36) / (text_eq(name, "XSDT") ? 8 : 4));
	} else if (text_eq(name, "DMAR")) {
		a->dmar_from = a->l->from;
	} else if (text_eq(name, "IVRS")) {
		a->ivrs_from = a->l->from;
	} else if (text_eq(name, "VFCT")) {
		a->vfct_from = a->l->from;
	}
	if (a->acpi_from && !text_eq(name, "XSDT") && !text_eq(name, "RSDT") && !text_eq(name, "RSDP") &&
	    !text_eq(name, "DSDT") && !text_eq(name, "FACS"))
		acpi_count(a, where);
}

/* arch/x86/kernel/early-quirks.c intel_graphics_stolen() */
static void stolen(struct apply *a, struct span s)
{
	uint64_t start, end;

	if (range_read(s, &start, &end) && end - start < UINT64_C(1) << 36) {
		fact_num_set(&a->f->igd.stolen, end - start + 1, a->l->from);
		fact_num_set(&a->f->igd.bdsm, start, a->l->from);
	}
}

static struct iommu_unit *unit(struct apply *a, const char *name)
{
	struct iommu_unit *u;

	for (size_t i = 0; i < a->f->n_iommus; i++)
		if (strcmp(a->f->iommus[i].name, name) == 0)
			return &a->f->iommus[i];
	if (a->f->n_iommus >= 256)
		return NULL;
	u = arena_push(&a->f->arena, a->f->iommus, a->f->n_iommus);
	if (u)
		*u = (struct iommu_unit) { .name = arena_str(&a->f->arena, name), .from = a->l->from };
	return u;
}

static bool hex_after(struct span s, const char *word, uint64_t *ret)
{
	struct span before;

	return text_until(&s, word, &before) && (text_skip(&s, "0x"), text_digits(&s, 16, ret));
}

/* drivers/iommu/intel/dmar.c alloc_iommu(): "dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap ..." */
static void dmar_unit(struct apply *a, struct span s)
{
	struct span rest = s, before, version;
	const char *from = a->l->from;
	uint64_t n, base, cap, ecap;
	struct iommu_unit *u;
	char name[32];

	if (!text_digits(&rest, 10, &n) || n > 255 || !hex_after(s, "reg_base_addr ", &base))
		return;
	text_copy(span_str(arena_printf(&a->f->arena, "dmar%u", (unsigned)n)), name, sizeof(name));
	u = unit(a, name);
	if (!u)
		return;
	fact_num_set(&u->base, base, from);
	if (text_until(&rest, " ver ", &before) && text_word(&rest, &version))
		fact_str_set(&u->version, keep(a, version), from);
	if (hex_after(s, " cap ", &cap))
		fact_num_set(&u->cap, cap, from);
	if (hex_after(s, " ecap ", &ecap))
		fact_num_set(&u->ecap, ecap, from);
}

/* drivers/iommu/intel/dmar.c and iommu.c. What walks the table shows that it is there. */
static void dmar(struct apply *a, struct span s)
{
	static const char *const walks[] = { "Host address width", "DRHD base",	    "RMRR base", "ATSR flags",
					     "No ATSR found",	   "IOMMU feature", "dmar" };
	static const char *const runs[] = { "Intel(R) Virtualization Technology for Directed I/O",
					    "Using Queued",
					    "Using Register based",
					    "DRHD: handling fault",
					    "[DMA Read",
					    "[DMA Write" };

	s = text_trim(s);
	for (size_t i = 0; i < ARRAY_SIZE(walks); i++)
		if (text_starts(s, walks[i]))
			fact_tri_set(&a->f->dmar, true, a->l->from);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		if (text_starts(s, runs[i]))
			fact_tri_set(&a->f->iommu_on, true, a->l->from);
	if (text_has(s, "Using Queued invalidation"))
		fact_tri_set(&a->f->iommu_on, true, a->l->from);
	if (text_starts(s, "No DMAR found") || text_starts(s, "No DMAR devices found"))
		fact_tri_set(&a->f->dmar, false, a->l->from);
	if (text_skip(&s, "dmar") || text_skip(&s, "IOMMU "))
		dmar_unit(a, s);
}

/* drivers/iommu/intel/irq_remapping.c */
static void dmar_ir(struct apply *a, struct span s)
{
	s = text_trim(s);
	if (text_starts(s, "Enabled IRQ remapping"))
		fact_tri_set(&a->f->irq_remap, true, a->l->from);
	else if (text_starts(s, "Failed to enable irq remapping") ||
		 text_starts(s, "Not enabling interrupt remapping") ||
		 text_starts(s, "This system BIOS has enabled interrupt remapping"))
		fact_tri_set(&a->f->irq_remap, false, a->l->from);
	if (text_starts(s, "IOAPIC id") || text_starts(s, "HPET id"))
		fact_tri_set(&a->f->dmar, true, a->l->from);
}

/* drivers/iommu/amd/init.c */
static void amd_vi(struct apply *a, struct span s)
{
	s = text_trim(s);
	if (text_starts(s, "Interrupt remapping enabled"))
		fact_tri_set(&a->f->irq_remap, true, a->l->from);
	if (text_starts(s, "Found IOMMU") || text_starts(s, "Interrupt remapping enabled") ||
	    text_starts(s, "Event logged") || text_starts(s, "AMD IOMMUv2 loaded"))
		fact_tri_set(&a->f->iommu_on, true, a->l->from);
	if (text_starts(s, "Found IOMMU") || text_starts(s, "Event logged"))
		fact_tri_set(&a->f->ivrs, true, a->l->from);
}

/* arch/x86/kernel/smpboot.c print_cpu_info(): "CPU0: Intel(R) ... (family: 0x6, model: 0x9e, stepping: 0xa)" */
static void cpu0(struct apply *a, struct span s)
{
	struct cpu *cpu = &a->f->cpu;
	struct span name;
	uint64_t v;

	if (!text_until(&s, " (family: ", &name))
		return;
	fact_str_set(&cpu->model, keep(a, name), a->l->from);
	if (text_has(name, "Intel"))
		fact_str_set(&cpu->vendor, "GenuineIntel", a->l->from);
	else if (text_has(name, "AMD"))
		fact_str_set(&cpu->vendor, "AuthenticAMD", a->l->from);
	if ((text_skip(&s, "0x"), text_digits(&s, 16, &v)))
		fact_num_set(&cpu->family, v, a->l->from);
	if (hex_after(s, "model: ", &v))
		fact_num_set(&cpu->model_no, v, a->l->from);
	if (hex_after(s, "stepping: ", &v))
		fact_num_set(&cpu->stepping, v, a->l->from);
}

/* kernel/smp.c: "smp: Brought up 1 node, 6 CPUs" */
static void smp(struct apply *a, struct span s)
{
	struct span before;
	uint64_t n;

	if (text_until(&s, "Brought up ", &before) && text_until(&s, ", ", &before) && text_digits(&s, 10, &n) &&
	    text_starts(s, " CPU"))
		fact_num_set(&a->f->cpu.cpus, n, a->l->from);
}

/* arch/x86/kernel/cpu/hypervisor.c */
static void hypervisor(struct apply *a, struct span s)
{
	(void)s;
	fact_tri_set(&a->f->cpu.hypervisor, true, a->l->from);
}

/* drivers/pci/vgaarb.c before 6.2: "vgaarb: setting as boot device: PCI:0000:00:02.0" */
static void vgaarb(struct apply *a, struct span s)
{
	struct span before;
	struct pci_addr addr;

	if (text_until(&s, "setting as boot device: PCI:", &before) && pci_addr_read(&s, &addr)) {
		a->boot_vga = addr;
		a->boot_vga_from = a->l->from;
	}
}

static const struct rule rules[] = {
	{ "Linux version ", linux_version },
	{ "Command line:", command_line },
	{ "Kernel command line:", command_line },
	{ "DMI:", dmi },
	{ "efi:", efi },
	{ "Secure boot ", secure_boot },
	{ "secureboot: Secure boot ", secure_boot },
	{ "Kernel is locked down from ", lockdown },
	{ "Lockdown: Kernel is locked down from ", lockdown },
	{ "ACPI: ", acpi_table },
	{ "Reserving Intel graphics ", stolen },
	{ "DMAR-IR:", dmar_ir },
	{ "DMAR:", dmar },
	{ "dmar:", dmar },
	{ "AMD-Vi:", amd_vi },
	{ "smpboot: CPU0: ", cpu0 },
	{ "smp: ", smp },
	{ "Hypervisor detected: ", hypervisor },
	{ "vgaarb:", vgaarb },
};

/* ---- lines about one PCI function --------------------------------------------------------------------- */

/* drivers/pci/probe.c pci_type_str() */
static const struct {
	const char *words;
	enum pcie_type type;
} types[] = {
	{ "PCIe Endpoint", PCIE_ENDPOINT },
	{ "PCIe Legacy Endpoint", PCIE_LEG_ENDPOINT },
	{ "PCIe Root Port", PCIE_ROOT_PORT },
	{ "PCIe Switch Upstream Port", PCIE_UPSTREAM },
	{ "PCIe Switch Downstream Port", PCIE_DOWNSTREAM },
	{ "PCIe to PCI/PCI-X bridge", PCIE_PCI_BRIDGE },
	{ "PCI/PCI-X to PCIe bridge", PCIE_PCIE_BRIDGE },
	{ "PCIe Root Complex Integrated Endpoint", PCIE_RC_ENDPOINT },
	{ "PCIe Root Complex Event Collector", PCIE_RC_EVENT },
	{ "conventional PCI", PCIE_NONE },
	{ "CardBus bridge", PCIE_NONE },
};

/* drivers/pci/probe.c pci_setup_device(): "[8086:3e92] type 00 class 0x030000 PCIe ..." */
static void pci_setup(struct apply *a, struct pci_fn *p, struct span s)
{
	const char *from = a->l->from;
	uint64_t vendor, device, type, class;

	if (!text_digits(&s, 16, &vendor) || !text_skip(&s, ":") || !text_digits(&s, 16, &device) ||
	    !text_skip(&s, "] type ") || !text_digits(&s, 16, &type) || !text_skip(&s, " class 0x") ||
	    !text_digits(&s, 16, &class) || vendor > 0xffff || device > 0xffff || class > 0xffffff)
		return;
	if (p->id.known && p->id.v != (vendor << 16 | device)) {
		report_note(a->rep, REPORT_NOWHERE, "%s calls it %04x:%04x, %s said %04x:%04x; the first stays", from,
			    (unsigned)vendor, (unsigned)device, p->id.from, pci_fn_vendor(p), pci_fn_device(p));
		return;
	}
	fact_num_set(&p->id, vendor << 16 | device, from);
	fact_num_set(&p->class, class >> 8, from);
	fact_num_set(&p->prog_if, class & 0xff, from);
	fact_num_set(&p->header_type, type & 0x7f, from);
	s = text_trim(s);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_starts(s, types[i].words))
			fact_num_set(&p->pcie_type, types[i].type, from);
}

#define RES_IO	     0x00000100U /* Linux include/linux/ioport.h */
#define RES_MEM	     0x00000200U
#define RES_PREFETCH 0x00002000U
#define RES_MEM_64   0x00100000U

/* drivers/pci/probe.c: "BAR 0 [mem ...]" since 6.9, "reg 0x10: [mem ...]" before, "reg 10:" before 3.9 */
static void pci_bar(struct pci_fn *p, struct span s)
{
	struct pci_bar bar = { 0 };
	uint64_t index;

	if (text_skip(&s, "BAR ")) {
		if (!text_digits(&s, 10, &index) || !text_skip(&s, " ["))
			return;
	} else {
		if (!text_skip(&s, "reg ") || (text_skip(&s, "0x"), !text_digits(&s, 16, &index)) ||
		    !text_skip(&s, ": [") || index < 0x10)
			return;
		index = index == 0x30 ? 6 : (index - 0x10) / 4;
	}
	if (index > 6 || p->n_bars.known || !range_read(s, &bar.start, &bar.end))
		return;
	bar.flags = text_starts(s, "io") ? RES_IO : RES_MEM;
	bar.flags |= (text_has(s, "64bit") ? RES_MEM_64 : 0) | (text_has(s, "pref") ? RES_PREFETCH : 0);
	if (!p->bars[index].flags)
		p->bars[index] = bar;
}

/* drivers/pci/setup-bus.c: "PCI bridge to [bus 02-05]" */
static void pci_bridge(struct apply *a, struct pci_fn *p, struct span s)
{
	uint64_t from, to;

	if (!text_digits(&s, 16, &from) || from > 0xff)
		return;
	to = from;
	if (text_skip(&s, "-") && (!text_digits(&s, 16, &to) || to > 0xff))
		return;
	fact_num_set(&p->secondary, from, a->l->from);
	fact_num_set(&p->subordinate, to, a->l->from);
	fact_num_set(&p->header_type, PCI_HEADER_TYPE_BRIDGE, a->l->from);
}

/* drivers/gpu/drm/xe/xe_device.c, i915 intel_display_device.c: "[drm] Found X (device ID a780)" */
static void drm_found(struct apply *a, struct pci_fn *p, struct span s)
{
	struct span before;
	uint64_t id;

	if (text_until(&s, "(device ID ", &before) && text_digits(&s, 16, &id) && id <= 0xffff)
		fact_num_set(&p->id, (uint64_t)PCI_VENDOR_INTEL << 16 | id, a->l->from);
}

/* Returns false when the arena is full. */
static bool function_says(struct apply *a, struct pci_fn *p, struct span s)
{
	struct span before;
	uint64_t n;

	if (text_until(&s, "[drm] Found ", &before))
		drm_found(a, p, s);
	else if (text_skip(&s, "["))
		pci_setup(a, p, s);
	else if (text_starts(s, "BAR ") || text_starts(s, "reg "))
		pci_bar(p, s);
	else if (text_skip(&s, "PCI bridge to [bus "))
		pci_bridge(a, p, s);
	else if (text_skip(&s, "Adding to iommu group ") && text_digits(&s, 10, &n))
		return facts_group_add(a->f, p, n, a->l->from) == 0;
	else if (text_starts(s, "vgaarb: setting as boot VGA device")) {
		a->boot_vga = p->addr;
		a->boot_vga_from = a->l->from;
	}
	return true;
}

/* ---- network interfaces ------------------------------------------------------------------------------------ */

/* "eno1: text" behind a driver and an address; "eno1 (unregistering): text", "eno1: renamed from eth0". */
static bool net_line(struct apply *a, int index, struct span s, bool *ret_gone)
{
	struct span name, rest = s;
	struct netif *n;

	if (!text_until(&rest, ":", &name))
		return false;
	*ret_gone = text_has(name, "(unregistering)") || text_has(name, "(unregistered)");
	if (!text_word(&name, &name) || name.n > 15 || !text_starts(rest, " ") ||
	    !(text_starts(name, "e") || text_starts(name, "w")) || text_starts(name, "error"))
		return false;
	rest = text_trim(rest);
	if (text_starts(name, "eth") && text_has(rest, "PCI Express"))
		return true; /* a name for a second, until the system renames it */
	n = facts_net(a->f, name, a->l->from);
	if (n && n->pci < 0)
		n->pci = index;
	return n != NULL;
}

/* net/bridge/br_stp.c: "vmbr0: port 1(eno1) entered forwarding state"; ports of guests are left out. */
static void bridge_line(struct apply *a, struct span s)
{
	static const char *const guests[] = { "tap", "fwpr", "fwln", "veth", "vnet" };
	struct span bridge, port, before;
	struct netif *n;

	if (!text_until(&s, ": port ", &bridge) || !text_digits(&s, 10, &(uint64_t) { 0 }) || !text_skip(&s, "(") ||
	    !text_until(&s, ") entered ", &port) || text_starts(bridge, "fwbr"))
		return;
	before = port;
	for (size_t i = 0; i < ARRAY_SIZE(guests); i++)
		if (text_starts(before, guests[i]))
			return;
	n = facts_net(a->f, port, a->l->from);
	if (n)
		fact_str_set(&n->bridge, keep(a, bridge), a->l->from);
}

/* ---- all of it ------------------------------------------------------------------------------------------------ */

/* "DRIVER 0000:00:02.0: text" or "DRIVER 0000:00:02.0 eno1: text"; @s is left behind the address. */
static bool driver_prefix(struct span *s, struct span *ret_driver, struct pci_addr *ret)
{
	struct span rest = *s;

	if (!text_word(&rest, ret_driver) || ret_driver->n > 40 || text_ends(*ret_driver, ":"))
		return false;
	rest = text_trim(rest);
	if (!pci_addr_read(&rest, ret) || !(text_starts(rest, ": ") || text_starts(rest, " ")))
		return false;
	*s = rest;
	return true;
}

/* False when the arena is full. */
static bool driver_line(struct apply *a, struct span s)
{
	struct pci_addr addr;
	struct pci_fn *p;
	struct span driver;
	bool gone = false;
	int index;

	if (!driver_prefix(&s, &driver, &addr))
		return true;
	p = facts_pci(a->f, addr, a->l->from);
	if (!p)
		return true; /* past the limit of functions */
	index = facts_pci_index(a->f, addr);
	if (text_skip(&s, ": ")) {
		if (!function_says(a, p, s))
			return false;
	} else if (!text_skip(&s, " ") || !net_line(a, index, s, &gone)) {
		return true;
	}
	if (text_eq(driver, "pci") || (size_t)index >= a->n_drivers)
		return true;
	a->drivers[index] = (struct fact_str) { 0 };
	if (!gone)
		a->drivers[index] = STR_KNOWN(keep(a, driver), a->l->from);
	return true;
}

/* Add the functions first: the table of who spoke last is made once, for all of them. */
static bool drivers_room(struct apply *a)
{
	for (size_t i = 0; i < a->f->n_log; i++) {
		struct span s = span_str(a->f->log[i].text), driver;
		struct pci_addr addr;

		if (driver_prefix(&s, &driver, &addr))
			facts_pci(a->f, addr, a->f->log[i].from); /* past the limit it stays out */
	}
	a->n_drivers = a->f->n_pci;
	a->drivers = arena_alloc(&a->f->arena, (a->n_drivers + 1) * sizeof(*a->drivers));
	return a->drivers != NULL;
}

static bool line_apply(struct apply *a)
{
	struct span s = span_str(a->l->text);

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (s.n && s.p[0] == (uint8_t)rules[i].head[0] && text_skip(&s, rules[i].head)) {
			rules[i].apply(a, text_trim(s));
			return true;
		}
	if (text_has(s, ": port "))
		bridge_line(a, s);
	return driver_line(a, s);
}

/*
 * A boot log begins with the version and the command line, and then prints the firmware's memory map (Linux
 * arch/x86/kernel/setup.c setup_arch(), e820.c). With "grep" in between, the map is gone.
 */
static bool log_begins(const struct facts *f)
{
	size_t map = 0, i;

	for (i = 0; i < f->n_log && i < 8; i++)
		if (text_starts(span_str(f->log[i].text), "Linux version "))
			break;
	if (i >= f->n_log || i >= 8)
		return false;
	for (size_t k = i; k < f->n_log && k < i + 64; k++)
		map += text_has(span_str(f->log[k].text), "BIOS-e820: ") ? 1 : 0;
	return map >= 3 && f->n_log >= 200;
}

static void tables_conclude(struct apply *a)
{
	bool whole = acpi_is_whole(a);
	struct facts *f = a->f;
	struct {
		struct fact_tri *fact;
		const char *from;
	} tables[] = { { &f->dmar, a->dmar_from }, { &f->ivrs, a->ivrs_from }, { &f->vfct, a->vfct_from } };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (tables[i].from)
			fact_tri_set(tables[i].fact, true, tables[i].from);
		else if (whole)
			fact_tri_set(tables[i].fact, false, a->acpi_from);
	}
}

static void functions_conclude(struct apply *a)
{
	struct facts *f = a->f;

	for (size_t i = 0; i < f->n_pci; i++) {
		struct pci_fn *p = &f->pci[i];
		bool any = false;

		for (size_t b = 0; b < ARRAY_SIZE(p->bars); b++)
			any |= p->bars[b].flags != 0;
		if (any)
			fact_num_set(&p->n_bars, ARRAY_SIZE(p->bars), p->from);
		if (i < a->n_drivers && a->drivers[i].v)
			fact_str_set(&p->driver, a->drivers[i].v, a->drivers[i].from);
		if (a->boot_vga_from &&
		    (pci_addr_eq(p->addr, a->boot_vga) || pci_fn_base_class(p, PCI_CLASS_DISPLAY)))
			fact_tri_set(&p->boot_vga, pci_addr_eq(p->addr, a->boot_vga), a->boot_vga_from);
	}
}

int facts_log_apply(struct facts *f, struct report *rep)
{
	struct apply a = { .f = f, .rep = rep };

	if (!drivers_room(&a))
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "too many PCI functions");
	for (size_t i = 0; i < f->n_log; i++) {
		a.l = &f->log[i];
		if (!line_apply(&a))
			return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%s: the facts are full", a.l->from);
	}
	tables_conclude(&a);
	functions_conclude(&a);
	if (log_begins(f))
		fact_tri_set(&f->log_whole, true, f->log[0].from);
	return 0;
}
