// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows_mode.c - what each mode needs of chip, kernel and QEMU. These rows speak through the table of modes.
 */
#include <string.h>

#include "check/rows.h"

/* The chip's row, or UNKNOWN with the reason. */
static const struct igd_id *chip(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);

	if (f->igd.id)
		evidence_add(ev, p->id.from, "%s (%04x:%04x)", f->igd.id->platform, f->igd.id->vendor,
			     f->igd.id->device);
	else
		evidence_unknown(ev, "which chip this is",
				 p ? "not in the table of GPUs" : facts_why(f->igd.present.from));
	return f->igd.id;
}

static enum verdict vendor_is(const struct facts *f, struct evidence *ev, enum gpu_kind want)
{
	const struct igd_id *id = chip(f, ev);

	if (!id)
		return VERDICT_UNKNOWN;
	return id->kind == want ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict not_intel(const struct facts *f, struct evidence *ev)
{
	return vendor_is(f, ev, GPU_INTEL_INTEGRATED);
}

static enum verdict not_amd(const struct facts *f, struct evidence *ev)
{
	return vendor_is(f, ev, GPU_AMD_APU);
}

static enum verdict supported(enum support s)
{
	return s == SUPPORT_NO ? VERDICT_FAIL : s == SUPPORT_YES ? VERDICT_PASS : VERDICT_UNKNOWN;
}

static enum verdict chip_legacy(const struct facts *f, struct evidence *ev)
{
	const struct igd_id *id = chip(f, ev);

	return id ? supported(id->legacy) : VERDICT_UNKNOWN;
}

/* Every chip whose display driver has a UEFI GOP and whose stolen memory QEMU can place. */
static enum verdict chip_uefi(const struct facts *f, struct evidence *ev)
{
	const struct igd_id *id = chip(f, ev);

	if (!id)
		return VERDICT_UNKNOWN;
	if (id->generation < 7) {
		evidence_add(ev, NULL, "firmware of that time had a VBIOS and rarely a GOP driver");
		return VERDICT_UNKNOWN;
	}
	return id->ggc == GGC_MTL				   ? VERDICT_UNKNOWN
	       : id->legacy == SUPPORT_NO && id->upt == SUPPORT_NO ? VERDICT_FAIL
								   : VERDICT_PASS;
}

static enum verdict chip_upt(const struct facts *f, struct evidence *ev)
{
	const struct igd_id *id = chip(f, ev);

	return id ? supported(id->upt) : VERDICT_UNKNOWN;
}

static enum verdict chip_gvtg(const struct facts *f, struct evidence *ev)
{
	const struct igd_id *id = chip(f, ev);

	if (!id)
		return VERDICT_UNKNOWN;
	if (f->mdev_types.v == TRI_YES)
		return VERDICT_PASS;
	return supported(id->gvtg);
}

static enum verdict chip_sriov(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	const struct igd_id *id;

	if (p && p->sriov_total.known) {
		evidence_add(ev, p->sriov_total.from, "%llu virtual functions", (unsigned long long)p->sriov_total.v);
		return p->sriov_total.v ? VERDICT_PASS : VERDICT_FAIL;
	}
	id = chip(f, ev);
	if (!id)
		return VERDICT_UNKNOWN;
	return id->sriov_mainline[0] || id->sriov_dkms[0] ? VERDICT_PASS : VERDICT_FAIL;
}

/* A driver that makes virtual functions: xe, or an i915 that says so; vfio-pci on the whole GPU rules it out. */
static enum verdict sriov_driver(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	const struct log_line *l = facts_log(f, "SR-IOV PF mode", NULL);

	if (p && p->sriov_num.known && p->sriov_num.v) {
		evidence_add(ev, p->sriov_num.from, "%llu virtual functions are on",
			     (unsigned long long)p->sriov_num.v);
		return VERDICT_PASS;
	}
	if (l) {
		evidence_add(ev, l->from, "%s", l->text);
		return VERDICT_PASS;
	}
	if (!p || !p->driver.v)
		return evidence_unknown(ev, "the GPU's driver", p ? p->driver.from : f->igd.present.from);
	evidence_add(ev, p->driver.from, "driver: %s", or_dash(p->driver.v));
	if (row_module_option(f, "i915", "max_vfs", NULL) && strcmp(p->driver.v, "i915") == 0)
		return evidence_unknown(ev, "whether this i915 has SR-IOV",
					"max_vfs= is set, the kernel log is not here");
	return strcmp(p->driver.v, "xe") == 0 ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict gvtg_off(const struct facts *f, struct evidence *ev)
{
	const struct conf *gvt = row_module_option(f, "i915", "enable_gvt", NULL);
	const struct conf *guc = row_module_option(f, "i915", "enable_guc", NULL);

	if (f->mdev_types.v == TRI_YES)
		return row_tri(ev, f->mdev_types, TRI_YES, "mediated device types");
	if (gvt)
		row_conf_evidence(ev, gvt, NULL);
	if (guc)
		row_conf_evidence(ev, guc, NULL);
	if (gvt && guc && guc->value && strcmp(guc->value, "0") != 0)
		return VERDICT_FAIL;
	if (!gvt && f->cmdline.v && f->conf_seen[CONF_MODPROBE].v == TRI_YES)
		return VERDICT_FAIL;
	return f->mdev_types.v == TRI_NO && !gvt ? VERDICT_FAIL
						 : evidence_unknown(ev, "whether GVT-g is on", f->mdev_types.from);
}

static enum verdict vfio_igd(const struct facts *f, struct evidence *ev)
{
	if (f->kconfig_on.v && facts_word_in(f->kconfig_on.v, "VFIO_PCI_IGD")) {
		evidence_add(ev, f->kconfig_on.from, "CONFIG_VFIO_PCI_IGD=y");
		return VERDICT_PASS;
	}
	if (f->kconfig_off.v && facts_word_in(f->kconfig_off.v, "VFIO_PCI_IGD")) {
		evidence_add(ev, f->kconfig_off.from, "CONFIG_VFIO_PCI_IGD is not set");
		return VERDICT_FAIL;
	}
	return evidence_unknown(ev, "CONFIG_VFIO_PCI_IGD", f->kconfig_on.from);
}

/* QEMU 9.2 dropped chips that it does not list from legacy mode (hw/vfio/igd.c igd_gen(), commit e433f20897). */
static enum verdict qemu_knows(const struct facts *f, struct evidence *ev)
{
	enum qemu_class class;

	if (!f->igd.id || f->igd.id->kind != GPU_INTEL_INTEGRATED)
		return evidence_unknown(ev, "which chip this is", f->igd.present.from);
	if (!row_qemu(f, &class))
		return evidence_unknown(ev, "the QEMU version", f->qemu.from);
	evidence_add(ev, f->qemu.from, "QEMU %s takes %s for generation %d", f->qemu.v, f->igd.id->platform,
		     f->igd.id->qemu_gen[class]);
	return f->igd.id->qemu_gen[class] >= 0 || class >= QEMU_D ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict vfct(const struct facts *f, struct evidence *ev)
{
	return row_tri(ev, f->vfct, TRI_YES, "ACPI table VFCT");
}

#define SRIOV MODE_BIT(MODE_SRIOV)
#define GVTG  MODE_BIT(MODE_GVTG)

const struct check rows_mode[] = {
	{ .id = "mode.not-intel",
	  .severity = SEV_NOTE,
	  .blocks = MODES_INTEL | SRIOV | GVTG,
	  .must_know = true,
	  .after = "igd.absent",
	  .quiet = true,
	  .test = not_intel,
	  .says = "The integrated GPU is not Intel's.",
	  .source = "PCI vendor id" },
	{ .id = "mode.not-amd",
	  .severity = SEV_NOTE,
	  .blocks = MODE_BIT(MODE_AMD_APU),
	  .must_know = true,
	  .after = "igd.absent",
	  .quiet = true,
	  .test = not_amd,
	  .says = "The integrated GPU is not AMD's.",
	  .source = "PCI vendor id" },
	{ .id = "mode.legacy-chip",
	  .severity = SEV_NOTE,
	  .blocks = MODE_BIT(MODE_LEGACY),
	  .must_know = true,
	  .after = "mode.not-intel",
	  .quiet = true,
	  .test = chip_legacy,
	  .says = "Legacy mode needs a chip with a VBIOS: Sandy Bridge to Comet Lake.",
	  .fix = "Use the uefi mode.",
	  .source = "QEMU docs/igd-assign.txt" },
	{ .id = "mode.uefi-chip",
	  .severity = SEV_NOTE,
	  .blocks = MODE_BIT(MODE_UEFI),
	  .must_know = true,
	  .after = "mode.not-intel",
	  .quiet = true,
	  .test = chip_uefi,
	  .says = "This chip cannot be brought up by a UEFI option ROM in a VM.",
	  .source = "QEMU hw/vfio/igd.c" },
	{ .id = "mode.upt-chip",
	  .severity = SEV_NOTE,
	  .blocks = MODE_BIT(MODE_UPT),
	  .must_know = true,
	  .after = "mode.not-intel",
	  .quiet = true,
	  .test = chip_upt,
	  .says = "Passing the GPU as a second adapter (UPT) starts with Broadwell.",
	  .source = "QEMU docs/igd-assign.txt" },
	{ .id = "mode.qemu-chip",
	  .catalog = "F76",
	  .severity = SEV_NOTE,
	  .blocks = MODE_BIT(MODE_LEGACY) | MODE_BIT(MODE_UEFI),
	  .after = "mode.not-intel",
	  .test = qemu_knows,
	  .says = "The installed QEMU does not know this chip, so it sets no stolen memory up for it.",
	  .fix = "Use a newer QEMU: 10.0 knows what 9.2 forgot, 10.1 takes every chip (in place of 9.2 also 9.1).",
	  .source = "QEMU hw/vfio/igd.c, igd_gen()" },
	{ .id = "kernel.no-vfio-igd",
	  .catalog = "F80",
	  .severity = SEV_WARN,
	  .blocks = MODE_BIT(MODE_LEGACY) | MODE_BIT(MODE_UEFI),
	  .after = "mode.not-intel",
	  .test = vfio_igd,
	  .says = "The kernel is built without CONFIG_VFIO_PCI_IGD, so a VM gets no OpRegion.",
	  .fix = "Use a kernel of Debian, Proxmox, Ubuntu, Fedora or Arch.",
	  .source = "Linux drivers/vfio/pci/Kconfig" },
	{ .id = "sriov.chip",
	  .catalog = "F130",
	  .severity = SEV_NOTE,
	  .blocks = SRIOV,
	  .must_know = true,
	  .after = "mode.not-intel",
	  .quiet = true,
	  .test = chip_sriov,
	  .says = "This chip has no SR-IOV.",
	  .source = "Linux drivers/gpu/drm/xe/xe_pci.c; i915-sriov-dkms README" },
	{ .id = "sriov.driver",
	  .catalog = "F130",
	  .severity = SEV_NOTE,
	  .blocks = SRIOV,
	  .must_know = true,
	  .after = "sriov.chip",
	  .quiet = true,
	  .test = sriov_driver,
	  .says = "The driver in use makes no virtual functions: the kernel's own i915 cannot, and vfio-pci has no "
		  "say in it.",
	  .fix = "Use xe (6.18 or newer with xe.force_probe) or the SR-IOV build of i915.",
	  .source = "Linux drivers/gpu/drm/i915 (no sriov_configure)" },
	{ .id = "gvtg.chip",
	  .catalog = "F140",
	  .severity = SEV_NOTE,
	  .blocks = GVTG,
	  .must_know = true,
	  .after = "mode.not-intel",
	  .quiet = true,
	  .test = chip_gvtg,
	  .says = "GVT-g exists only for Broadwell to Comet Lake, without Gemini Lake.",
	  .fix = "Use another mode.",
	  .source = "Linux drivers/gpu/drm/i915/intel_gvt.c, is_supported_device()" },
	{ .id = "gvtg.off",
	  .catalog = "F141",
	  .severity = SEV_NOTE,
	  .blocks = GVTG,
	  .must_know = true,
	  .after = "gvtg.chip",
	  .quiet = true,
	  .test = gvtg_off,
	  .says = "GVT-g is off: i915.enable_gvt=1 is missing, or GuC submission is on.",
	  .fix = "Add i915.enable_gvt=1, leave i915.enable_guc at 0, load kvmgt.",
	  .source = "Linux drivers/gpu/drm/i915/intel_gvt.c" },
	{ .id = "amd.no-vfct",
	  .severity = SEV_NOTE,
	  .blocks = MODE_BIT(MODE_AMD_APU),
	  .after = "mode.not-amd",
	  .quiet = true,
	  .test = vfct,
	  .says = "There is no VFCT table, from which the video BIOS would come.",
	  .fix = "Boot the host in UEFI mode with the APU as a display.",
	  .source = "Linux drivers/gpu/drm/amd/amdgpu/amdgpu_bios.c" },
	{ 0 },
};
