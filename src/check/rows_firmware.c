// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows_firmware.c - the first links of the chain: is there a GPU, is there an IOMMU, does the kernel use it.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "check/rows.h"
#include "std/vtd.h"

static enum verdict pci_none(const struct facts *f, struct evidence *ev)
{
	return row_tri(ev, f->pci_seen, TRI_YES, "PCI bus");
}

static enum verdict inside_vm(const struct facts *f, struct evidence *ev)
{
	return row_tri(ev, f->cpu.hypervisor, TRI_NO, "this machine runs under a hypervisor");
}

/* Any KVM message or a kvm device shows that the CPU can; a missing flag may also mean a VM without nesting. */
static enum verdict no_virt(const struct facts *f, struct evidence *ev)
{
	if (f->dev_kvm.v == TRI_YES)
		return row_tri(ev, f->dev_kvm, TRI_YES, "/dev/kvm");
	return row_tri(ev, f->cpu.virt, TRI_YES, "vmx or svm CPU flag");
}

static enum verdict kvm_locked(const struct facts *f, struct evidence *ev)
{
	if (f->cpu.virt.v != TRI_YES)
		return evidence_unknown(ev, "vmx or svm CPU flag", f->cpu.virt.from);
	return row_tri(ev, f->dev_kvm, TRI_YES, "/dev/kvm");
}

/* A model number that ends in F has no working GPU: i5-9400F, i9-10900KF, Ultra 7 265KF (Intel processor numbers). */
static bool cpu_without_gpu(const char *model)
{
	struct span rest = span_str(model), word, digits;
	bool ultra = text_has(rest, "Ultra");
	uint64_t number;

	while (text_word(&rest, &word)) {
		digits = word;
		if (!text_ends(word, "F") || (!ultra && !text_starts(word, "i")))
			continue;
		if ((text_until(&digits, "-", &(struct span) { 0 }) || ultra) && text_digits(&digits, 10, &number) &&
		    number >= 200)
			return true;
	}
	return false;
}

static enum verdict cpu_no_gpu(const struct facts *f, struct evidence *ev)
{
	if (!f->cpu.model.v)
		return evidence_unknown(ev, "the CPU model", f->cpu.model.from);
	evidence_add(ev, f->cpu.model.from, "%s", f->cpu.model.v);
	if (f->igd.present.v == TRI_YES)
		return VERDICT_PASS;
	return cpu_without_gpu(f->cpu.model.v) ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict igd_absent(const struct facts *f, struct evidence *ev)
{
	char buf[PCI_ADDR_STR];
	const struct pci_fn *p = row_igd(f);

	for (size_t i = 0; i < f->n_pci && !p; i++)
		if (pci_fn_base_class(&f->pci[i], PCI_CLASS_DISPLAY))
			evidence_add(ev, f->pci[i].from, "%s is another display device, %04x:%04x",
				     pci_addr_str(f->pci[i].addr, buf), pci_fn_vendor(&f->pci[i]),
				     pci_fn_device(&f->pci[i]));
	if (p)
		evidence_add(ev, p->from, "%s is %04x:%04x", pci_addr_str(p->addr, buf), pci_fn_vendor(p),
			     pci_fn_device(p));
	return row_tri(ev, f->igd.present, TRI_YES, "integrated GPU on the PCI bus");
}

static enum verdict igd_unlisted(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	char buf[PCI_ADDR_STR];

	if (!p || !p->id.known)
		return evidence_unknown(ev, "the GPU's PCI id", p ? p->id.from : f->igd.present.from);
	evidence_add(ev, p->id.from, "%s is %04x:%04x%s%s", pci_addr_str(p->addr, buf), pci_fn_vendor(p),
		     pci_fn_device(p), f->igd.id ? ", " : "", f->igd.id ? f->igd.id->platform : "");
	return f->igd.id ? VERDICT_PASS : VERDICT_FAIL;
}

/* ---- VT-d and AMD-Vi ------------------------------------------------------------------------------ */

static enum verdict no_dmar(const struct facts *f, struct evidence *ev)
{
	struct fact_tri table = row_amd_host(f) ? f->ivrs : f->dmar;

	if (f->iommu_on.v == TRI_YES && table.v != TRI_YES) {
		evidence_add(ev, f->iommu_on.from, "the kernel uses an IOMMU");
		return VERDICT_PASS;
	}
	return row_tri(ev, table, TRI_YES, row_amd_host(f) ? "ACPI table IVRS" : "ACPI table DMAR");
}

/*
 * The word that turned it off, or NULL. Of intel_iommu= the last "on" or "off" counts; nothing takes iommu=off or
 * amd_iommu=off back (Linux drivers/iommu/intel/iommu.c intel_iommu_setup(), arch/x86/kernel/pci-dma.c
 * iommu_setup(), drivers/iommu/amd/init.c parse_amd_iommu_options()).
 */
static const struct conf *turned_off(const struct facts *f, const char *key, const char *undo)
{
	const struct conf *off = NULL;

	for (const struct conf *c = row_option(f, key, true, NULL); c; c = row_option(f, key, true, c)) {
		struct span rest = span_str(c->value ? c->value : ""), word;

		while (text_part(&rest, ",", &word)) {
			if (text_eq(word, "off"))
				off = c;
			else if (undo && text_eq(word, undo))
				off = NULL;
		}
	}
	return off;
}

static enum verdict iommu_disabled(const struct facts *f, struct evidence *ev)
{
	const struct {
		const char *key, *undo;
		bool asked; /* the other maker's option means nothing here */
	} keys[] = { { "iommu", NULL, true },
		     { "intel_iommu", "on", !row_amd_host(f) },
		     { "amd_iommu", NULL, !row_intel_host(f) } };

	if (f->iommu_on.v == TRI_YES || f->n_groups) {
		evidence_add(ev, f->iommu_on.v == TRI_YES ? f->iommu_on.from : f->groups_seen.from,
			     "the kernel uses an IOMMU");
		return VERDICT_PASS;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct conf *c = keys[i].asked ? turned_off(f, keys[i].key, keys[i].undo) : NULL;

		if (c)
			row_conf_evidence(ev, c, NULL);
	}
	if (ev->n)
		return VERDICT_FAIL;
	return f->cmdline.v ? VERDICT_PASS
			    : evidence_unknown(ev, "the running kernel's command line", f->cmdline.from);
}

static enum verdict iommu_off(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "IOMMU not present", NULL);

	if (f->iommu_on.v == TRI_YES || f->groups_seen.v == TRI_YES) {
		evidence_add(ev, f->iommu_on.v == TRI_YES ? f->iommu_on.from : f->groups_seen.from,
			     "%zu IOMMU groups", f->n_groups);
		return VERDICT_PASS;
	}
	if (!l)
		l = facts_log(f, "no iommu_group found", NULL);
	if (l) {
		evidence_add(ev, l->from, "%s", l->text);
		return VERDICT_FAIL;
	}
	if (f->cmdline.v)
		evidence_add(ev, f->cmdline.from, "command line: %s", f->cmdline.v);
	if (f->groups_seen.v == TRI_NO)
		return row_tri(ev, f->groups_seen, TRI_YES, "IOMMU groups");
	return row_tri(ev, f->iommu_on, TRI_YES, "IOMMU in use");
}

/*
 * Kernels that leave Intel's IOMMU off by default (CONFIG_INTEL_IOMMU_DEFAULT_ON unset): Proxmox's and Ubuntu's
 * before 6.8, Fedora's and Arch's. Unknown: another maker's, whose choice is not in the release.
 */
static enum tri needs_option(const struct facts *f)
{
	struct span k = span_str(f->kernel.v);
	int cmp;

	if (text_ends(k, "-amd64")) /* Debian has a third choice, which leaves only the GPU's own domain out */
		return TRI_NO;
	if (f->kconfig_on.v && facts_word_in(f->kconfig_on.v, "INTEL_IOMMU_DEFAULT_ON"))
		return TRI_NO;
	if (f->kconfig_off.v && facts_word_in(f->kconfig_off.v, "INTEL_IOMMU_DEFAULT_ON"))
		return TRI_YES;
	if (text_ends(k, "-pve") || text_ends(k, "-generic"))
		return !facts_kernel_cmp(f, 6, 8, &cmp) ? TRI_UNKNOWN : cmp < 0 ? TRI_YES : TRI_NO;
	return text_has(k, ".fc") || text_has(k, "-arch") ? TRI_YES : TRI_UNKNOWN;
}

/* For texts that show what the kernel was told, and nothing of what became of it. */
static enum verdict option_missing(const struct facts *f, struct evidence *ev)
{
	enum tri need;

	if (f->iommu_on.v != TRI_UNKNOWN || f->groups_seen.v != TRI_UNKNOWN || f->n_groups) {
		evidence_add(ev, f->iommu_on.v != TRI_UNKNOWN ? f->iommu_on.from : f->groups_seen.from,
			     "whether the kernel uses the IOMMU is known");
		return VERDICT_PASS;
	}
	if (!row_intel_host(f)) {
		if (!row_amd_host(f))
			return evidence_unknown(ev, "the CPU's maker", f->cpu.vendor.from);
		evidence_add(ev, f->cpu.vendor.from, "the host is AMD's, whose IOMMU is on by default");
		return VERDICT_PASS;
	}
	if (!f->cmdline.v)
		return evidence_unknown(ev, "the running kernel's command line", f->cmdline.from);
	for (const struct conf *c = row_option(f, "intel_iommu", true, NULL); c;
	     c = row_option(f, "intel_iommu", true, c))
		if (row_value_has(c->value, "on")) {
			row_conf_evidence(ev, c, NULL);
			return VERDICT_PASS;
		}
	if (!f->kernel.v)
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	need = needs_option(f);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	if (need == TRI_UNKNOWN)
		return evidence_unknown(ev, "this kernel's default", "its release does not tell");
	evidence_add(ev, f->cmdline.from, "command line: %s", f->cmdline.v);
	return need == TRI_YES ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict igfx_off(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "DMAR: Disable GFX device mapping", NULL);
	const struct pci_fn *p = row_igd(f);
	const struct conf *c;

	if (p && p->group.known && p->group.v != GROUP_NONE) {
		evidence_add(ev, p->group.from, "the GPU is in IOMMU group %llu", (unsigned long long)p->group.v);
		return VERDICT_PASS;
	}
	for (c = row_option(f, "intel_iommu", true, NULL); c; c = row_option(f, "intel_iommu", true, c))
		if (row_value_has(c->value, "igfx_off"))
			row_conf_evidence(ev, c, NULL);
	if (l)
		evidence_add(ev, l->from, "%s", l->text);
	if (ev->n)
		return VERDICT_FAIL;
	return f->cmdline.v ? VERDICT_PASS : evidence_unknown(ev, "the kernel command line", f->cmdline.from);
}

/* "6.8.0-53-generic": the build number behind the first dash; 0 when there is none. */
static uint64_t kernel_abi(const char *release)
{
	struct span s = span_str(release), head;
	uint64_t abi = 0;

	return text_until(&s, "-", &head) && text_digits(&s, 10, &abi) ? abi : 0;
}

/*
 * Which kernels drop the DRHD of this chip's graphics: Linux drivers/iommu/intel/iommu.c quirk_iommu_igfx()
 * (Broadwell since 5.4, commit 1f76249cc3be); Ubuntu's own additions for Skylake and later from 6.8 on.
 */
static bool igfx_quirk_kernel(const struct facts *f, enum igfx_quirk quirk)
{
	static const unsigned ubuntu_abi[] = {
		[IGFX_UBUNTU_6_8_49] = 49, [IGFX_UBUNTU_6_8_53] = 53, [IGFX_UBUNTU_6_8_103] = 103
	};
	bool ubuntu = f->kernel.v && text_ends(span_str(f->kernel.v), "-generic");
	int cmp;

	if (quirk == IGFX_NONE)
		return false;
	if (quirk == IGFX_MAINLINE_5_4)
		return facts_kernel_cmp(f, 5, 4, &cmp) && cmp >= 0;
	if (!ubuntu || !facts_kernel_cmp(f, 6, 8, &cmp) || cmp < 0)
		return false;
	if (cmp == 0)
		return kernel_abi(f->kernel.v) >= ubuntu_abi[quirk];
	return quirk != IGFX_UBUNTU_6_8_103; /* newer series carry the older additions only */
}

static enum verdict igfx_quirk(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "Disabling IOMMU for graphics on this chipset", NULL);
	const struct pci_fn *p = row_igd(f);

	if (l) {
		evidence_add(ev, l->from, "%s", l->text);
		return VERDICT_FAIL;
	}
	if (!p)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (p->group.known && p->group.v != GROUP_NONE) {
		evidence_add(ev, p->group.from, "the GPU is in IOMMU group %llu", (unsigned long long)p->group.v);
		return VERDICT_PASS;
	}
	if (f->igd.id && igfx_quirk_kernel(f, f->igd.id->igfx)) {
		evidence_add(ev, f->kernel.from, "kernel %s does this on %s", f->kernel.v, f->igd.id->platform);
		return VERDICT_FAIL;
	}
	if (p->group.known && f->n_groups > 0) {
		evidence_add(ev, p->group.from, "the GPU has no IOMMU group, while %zu groups exist", f->n_groups);
		return VERDICT_FAIL;
	}
	if (!p->group.known)
		return evidence_unknown(ev, "the GPU's IOMMU group", p->group.from);
	return VERDICT_UNKNOWN;
}

/* An RMRR that is not relaxable forbids VFIO; those of graphics and USB are relaxable (Linux 5.3 on,
 * drivers/iommu/intel/iommu.c device_rmrr_is_relaxable()). */
static enum verdict rmrr(const struct facts *f, struct evidence *ev)
{
	static const char *const refused[] = { "ineligible for IOMMU domain attach",
					       "requested this device have a 1:1" };
	char buf[PCI_ADDR_STR];
	char claim[ROW_HOW_STR];
	bool reserved_read = false; /* each group has one, that of message interrupts */

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		for (const struct log_line *l = facts_log(f, refused[i], NULL); l; l = facts_log(f, refused[i], l))
			evidence_add(ev, l->from, "%s", l->text);
	for (size_t i = 0; i < f->n_groups; i++) {
		const struct iommu_group *g = &f->groups[i];
		const char *how = g->n_members ? row_claimed(ev, &f->pci[g->members[0]], claim) : NULL;

		reserved_read |= g->n_reserved > 0;
		for (size_t k = 0; k < g->n_reserved && how; k++)
			if (strcmp(g->reserved[k].type, "direct") == 0)
				evidence_add(ev, f->pci[g->members[0]].from,
					     "%s %s, and group %llu has a reserved region 0x%llx-0x%llx",
					     pci_addr_str(f->pci[g->members[0]].addr, buf), how,
					     (unsigned long long)g->id, (unsigned long long)g->reserved[k].start,
					     (unsigned long long)g->reserved[k].end);
	}
	if (ev->n)
		return VERDICT_FAIL;
	return reserved_read || f->log_whole.v == TRI_YES
		       ? VERDICT_PASS
		       : evidence_unknown(ev, "reserved regions",
					  f->groups_seen.v == TRI_UNKNOWN ? f->groups_seen.from : NULL);
}

static enum verdict no_irq_remap(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "No interrupt remapping support", NULL);
	enum tri have = l ? TRI_NO : row_irq_remap(f, ev);

	if (l)
		evidence_add(ev, l->from, "%s", l->text);
	if (have == TRI_UNKNOWN)
		return row_amd_host(f) ? VERDICT_UNKNOWN
				       : evidence_unknown(ev, "interrupt remapping", f->irq_remap.from);
	if (have == TRI_NO && row_module_option_on(f, "vfio_iommu_type1", "allow_unsafe_interrupts", NULL)) {
		evidence_add(ev, NULL, "allow_unsafe_interrupts is set, so VFIO will go on without it");
		return VERDICT_PASS;
	}
	return have == TRI_YES ? VERDICT_PASS : VERDICT_FAIL;
}

/* First argument of a failed mapping: "vfio_dma_map(0x5e04..., 0x380010000000, ...) = -22" is an address the IOMMU
 * cannot take (QEMU hw/vfio/common.c). */
static enum verdict width(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l;
	unsigned mgaw = 0;

	l = facts_log(f, "VFIO_MAP_DMA failed: Invalid argument", NULL);
	if (l)
		evidence_add(ev, l->from, "%s", l->text);
	for (l = facts_log(f, "dma_map(", NULL); l; l = facts_log(f, "dma_map(", l))
		if (strstr(l->text, "-22"))
			evidence_add(ev, l->from, "%s", l->text);
	if (ev->n)
		return VERDICT_FAIL;
	for (size_t i = 0; i < f->n_iommus; i++)
		if (f->iommus[i].cap.known) {
			unsigned bits = VTD_CAP_MGAW(f->iommus[i].cap.v);

			mgaw = mgaw && mgaw < bits ? mgaw : bits;
			evidence_add(ev, f->iommus[i].from, "%s: guest addresses of at most %u bits",
				     f->iommus[i].name, bits);
		}
	if (!mgaw)
		return evidence_unknown(ev, "the IOMMU's address width", f->n_iommus ? f->iommus[0].cap.from : NULL);
	if (!f->cpu.phys_bits.known)
		return evidence_unknown(ev, "the CPU's address width", f->cpu.phys_bits.from);
	evidence_add(ev, f->cpu.phys_bits.from, "the CPU has %llu address bits",
		     (unsigned long long)f->cpu.phys_bits.v);
	return f->cpu.phys_bits.v > mgaw ? VERDICT_FAIL : VERDICT_PASS;
}

#define FIRMWARE_SETUP "In the firmware setup, "

const struct check rows_firmware[] = {
	{ .id = "pci.none",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .must_know = true,
	  .test = pci_none,
	  .says = "This machine has no PCI bus, so there is no GPU to give away.",
	  .fix = "Run igdctl on the host itself, not in a container or a VM without PCI.",
	  .source = "Linux Documentation/ABI/testing/sysfs-bus-pci" },
	{ .id = "vm.inside",
	  .severity = SEV_NOTE,
	  .test = inside_vm,
	  .says = "This machine is itself a virtual machine.",
	  .fix = "Give the GPU away on the physical host; nested passthrough needs an emulated IOMMU there.",
	  .source = "CPUID leaf 1, ECX bit 31 (Linux /proc/cpuinfo flag hypervisor)" },
	{ .id = "cpu.no-virt",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .after = "pci.none",
	  .test = no_virt,
	  .says = "The CPU offers no hardware virtualization (VT-x or AMD-V).",
	  .fix = FIRMWARE_SETUP "turn on virtualization (VT-x, SVM).",
	  .source = "Linux arch/x86/kernel/cpu/feat_ctl.c" },
	{ .id = "kvm.missing",
	  .severity = SEV_WARN,
	  .after = "cpu.no-virt",
	  .test = kvm_locked,
	  .says = "The CPU has VT-x or AMD-V, but there is no /dev/kvm: locked by the firmware, or the module is not "
		  "loaded.",
	  .fix = "Load kvm_intel or kvm_amd; if it says \"disabled by bios\", turn virtualization on in the firmware "
		 "setup.",
	  .source = "Linux arch/x86/kvm/vmx/vmx.c" },
	{ .id = "cpu.no-gpu",
	  .catalog = "F14",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .test = cpu_no_gpu,
	  .says = "This CPU model has no integrated GPU (its number ends in F).",
	  .fix = "Give a discrete GPU to the VM instead.",
	  .source = "Intel processor numbers, suffix F" },
	{ .id = "igd.absent",
	  .catalog = "F14",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .must_know = true,
	  .after = "cpu.no-gpu",
	  .test = igd_absent,
	  .says = "No integrated GPU is on the PCI bus: the firmware hides it, or the CPU has none.",
	  .fix = FIRMWARE_SETUP
	  "set internal graphics to Enabled (not Auto) or multi-monitor on; attach a monitor or a dummy plug.",
	  .source = "Intel Core Processor Family Datasheet Vol. 2, DEVEN register (host bridge 0x54)" },
	{ .id = "igd.unlisted",
	  .severity = SEV_NOTE,
	  .after = "igd.absent",
	  .test = igd_unlisted,
	  .says = "The GPU's PCI id is not in this program's table, so what it can do is not known.",
	  .fix = "Look for a newer igdctl, and report the id.",
	  .source = "Linux include/drm/intel/pciids.h" },
	{ .id = "vtd.no-dmar",
	  .catalog = "F01",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .must_know = true,
	  .after = "pci.none",
	  .test = no_dmar,
	  .says = "The firmware publishes no DMAR (Intel) or IVRS (AMD) table: the IOMMU is off in the setup, or "
		  "missing.",
	  .fix = FIRMWARE_SETUP "turn on VT-d (AMD: IOMMU), then look again.",
	  .source = "Intel VT-d specification 4.1, 8.1; Linux drivers/iommu/intel/dmar.c" },
	{ .id = "iommu.disabled",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .test = iommu_disabled,
	  .says = "The running kernel was told to leave the IOMMU off.",
	  .fix = "Remove that option from the kernel command line.",
	  .source = "Linux Documentation/admin-guide/kernel-parameters.txt, iommu= and intel_iommu=" },
	{ .id = "iommu.off",
	  .catalog = "F02",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .must_know = true,
	  .after = "vtd.no-dmar",
	  .test = iommu_off,
	  .says = "The kernel does not use the IOMMU: there are no IOMMU groups.",
	  .fix = "Add intel_iommu=on to the kernel command line (kernels before 6.8 of Proxmox and Ubuntu, Fedora "
		 "and Arch need it); where a log says the same and VT-d was never turned on, do that first.",
	  .source = "Linux drivers/iommu/intel/Kconfig INTEL_IOMMU_DEFAULT_ON" },
	{ .id = "iommu.needs-option",
	  .catalog = "F02",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_ALL,
	  .after = "iommu.off",
	  .test = option_missing,
	  .says = "The IOMMU is off: this kernel needs intel_iommu=on.",
	  .fix = "Add intel_iommu=on to the kernel command line and reboot.",
	  .source = "Linux drivers/iommu/intel/Kconfig INTEL_IOMMU_DEFAULT_ON" },
	{ .id = "iommu.igfx-off",
	  .catalog = "F07",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_INTEL | MODE_BIT(MODE_SRIOV),
	  .test = igfx_off,
	  .says = "intel_iommu=igfx_off takes the GPU out of the IOMMU: it gets no group.",
	  .fix = "Remove igfx_off from the kernel command line.",
	  .source = "Linux drivers/iommu/intel/iommu.c, intel_iommu_setup() and init_no_remapping_devices()" },
	{ .id = "iommu.igfx-quirk",
	  .catalog = "F06",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_INTEL | MODE_BIT(MODE_SRIOV),
	  .must_know = true,
	  .after = "iommu.igfx-off",
	  .test = igfx_quirk,
	  .says = "The kernel leaves the IOMMU off for this GPU, so it has no group; no boot option undoes this.",
	  .fix = "Broadwell: use GVT-g or a container, or a kernel without the quirk. Skylake and later on Ubuntu: "
		 "use a kernel of Debian, Proxmox or mainline.",
	  .source = "Linux drivers/iommu/intel/iommu.c, quirk_iommu_igfx(), commit 1f76249cc3be" },
	{ .id = "vtd.rmrr",
	  .catalog = "F08",
	  .severity = SEV_BLOCK,
	  .test = rmrr,
	  .says = "The firmware reserves memory for a device meant for a VM (RMRR), so the kernel will not give it "
		  "away.",
	  .fix = "Update the firmware, or choose another device. The integrated GPU and USB controllers are not "
		 "affected.",
	  .source = "Linux drivers/iommu/intel/iommu.c, device_rmrr_is_relaxable(); drivers/iommu/iommu.c" },
	{ .id = "irq-remap.missing",
	  .catalog = "F09",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_WHOLE | MODE_BIT(MODE_SRIOV),
	  .after = "iommu.off",
	  .test = no_irq_remap,
	  .says = "There is no interrupt remapping, so VFIO refuses every device.",
	  .fix = "Turn it on in the firmware setup (x2APIC, VT-d interrupt remapping). Only if the chipset really "
		 "has none: vfio_iommu_type1.allow_unsafe_interrupts=1, at the cost that a guest can forge "
		 "interrupts into the host.",
	  .source = "Linux drivers/vfio/vfio_iommu_type1.c; VT-d specification, DMAR flags bit 0" },
	{ .id = "iommu.width",
	  .catalog = "F18",
	  .severity = SEV_WARN,
	  .after = "iommu.off",
	  .test = width,
	  .says = "Guest addresses can be wider than the IOMMU takes, so mappings of the VM's memory or BARs fail.",
	  .fix = "Limit the guest: -cpu host,host-phys-bits-limit=N with N the IOMMU's width; in libvirt "
		 "<maxphysaddr mode='passthrough' limit='N'/>.",
	  .source = "VT-d specification 4.1, 11.4.2 (CAP.MGAW); QEMU docs/igd-assign.txt" },
	{ 0 },
};
