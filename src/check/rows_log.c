// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows_log.c - lines of kernel, QEMU and task logs that name a cause by themselves, and lines that people
 * chase though they mean nothing.
 *
 * Each row is data: the line's fixed words, and what they mean. The words are the programs' own, from the
 * sources named.
 */
#include <string.h>

#include "base/addr.h"
#include "check/rows.h"

/* ---- lines about a device ------------------------------------------------------------------------------- */

/* Could it stand inside of an address, so that none begins behind it? */
static bool is_address_part(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '.';
}

/* The first PCI address in a line; false when it names none. */
static bool line_addr(const char *text, struct pci_addr *ret)
{
	for (const char *s = text; *s; s++) {
		struct span rest = span_str(s);

		if (s > text && is_address_part(s[-1]))
			continue;
		if (pci_addr_read(&rest, ret))
			return true;
	}
	return false;
}

/* Intel's GPU is always at 00:02.0, also in a log that comes without a list of functions. */
static bool is_gpu(const struct facts *f, struct pci_addr a)
{
	static const struct pci_addr usual = { .dev = 2 };
	const struct pci_fn *p = facts_find_pci(f, a);

	if (p && p->class.known)
		return p == row_igd(f) || pci_fn_base_class(p, PCI_CLASS_DISPLAY);
	return (p && p == row_igd(f)) || pci_addr_eq(a, usual);
}

static bool is_vf(const struct facts *f, struct pci_addr a)
{
	const struct pci_fn *p = facts_find_pci(f, a);

	return (p && p->is_vf.v == TRI_YES) || (a.domain == 0 && a.bus == 0 && a.dev == 2 && a.fn != 0);
}

enum reset_kind { RESET_OTHER, RESET_GPU, RESET_AMD_GPU };

static enum reset_kind reset_kind_of(const struct facts *f, const struct log_line *l)
{
	const struct pci_fn *p;
	struct pci_addr a;

	if (!line_addr(l->text, &a) || !is_gpu(f, a))
		return RESET_OTHER;
	p = facts_find_pci(f, a);
	return p && pci_fn_vendor(p) == PCI_VENDOR_AMD_GPU ? RESET_AMD_GPU : RESET_GPU;
}

/* The same words mean nothing for the chipset's functions and much for a GPU. */
static enum verdict no_reset(const struct facts *f, struct evidence *ev, enum reset_kind kind)
{
	static const char *const says[] = { "no available reset mechanism", "failed to reset PCI device",
					    "not all devices need a reset" };

	for (size_t i = 0; i < ARRAY_SIZE(says); i++)
		for (const struct log_line *l = facts_log(f, says[i], NULL); l; l = facts_log(f, says[i], l)) {
			if (i == 2 && strstr(l->text, says[1])) /* Proxmox says both in one line */
				continue;
			if (reset_kind_of(f, l) == kind)
				evidence_add(ev, l->from, "%s", l->text);
		}
	return ev->n ? VERDICT_FAIL : row_log_silent(f, ev);
}

static enum verdict no_reset_other(const struct facts *f, struct evidence *ev)
{
	return no_reset(f, ev, RESET_OTHER);
}

static enum verdict no_reset_gpu(const struct facts *f, struct evidence *ev)
{
	return no_reset(f, ev, RESET_GPU);
}

static enum verdict no_reset_amd(const struct facts *f, struct evidence *ev)
{
	return no_reset(f, ev, RESET_AMD_GPU);
}

/* Once is what each start of a VM does. */
static enum verdict flr_loop(const struct facts *f, struct evidence *ev)
{
	for (const struct log_line *l = facts_log(f, "after FLR", NULL); l; l = facts_log(f, "after FLR", l))
		evidence_add(ev, l->from, "%s", l->text);
	if (ev->n > 1)
		return VERDICT_FAIL;
	return ev->n ? VERDICT_PASS : row_log_silent(f, ev);
}

static enum verdict vf_group_denied(const struct facts *f, struct evidence *ev)
{
	static const char denied[] = "error getting device from group";
	struct pci_addr a;

	for (const struct log_line *l = facts_log(f, denied, NULL); l; l = facts_log(f, denied, l))
		if (line_addr(l->text, &a) && is_vf(f, a))
			evidence_add(ev, l->from, "%s", l->text);
	return ev->n ? VERDICT_FAIL : row_log_silent(f, ev);
}

/* FAIL on lines that hold both. */
static enum verdict both(const struct facts *f, struct evidence *ev, const char *rare, const char *other)
{
	for (const struct log_line *l = facts_log(f, rare, NULL); l; l = facts_log(f, rare, l))
		if (strstr(l->text, other))
			evidence_add(ev, l->from, "%s", l->text);
	return ev->n ? VERDICT_FAIL : row_log_silent(f, ev);
}

static enum verdict cannot_bind(const struct facts *f, struct evidence *ev)
{
	return both(f, ev, "Cannot bind", "to vfio");
}

static enum verdict group_busy(const struct facts *f, struct evidence *ev)
{
	return both(f, ev, "/dev/vfio/", "Device or resource busy");
}

/* A few faults right after assignment are the GPU touching stale page tables; a stream of them is a scan-out from
 * memory the VM no longer has. Twenty lines divide the two, or the kernel's own "callbacks suppressed". */
#define FAULTS_FEW 20

static size_t igd_faults(const struct facts *f, struct evidence *ev)
{
	size_t n = 0;

	for (const struct log_line *l = facts_log(f, "Request device [", NULL); l;
	     l = facts_log(f, "Request device [", l))
		if (strstr(l->text, "00:02.0]")) {
			if (n++ < 3)
				evidence_add(ev, l->from, "%s", l->text);
		}
	return n;
}

static enum verdict faults_few(const struct facts *f, struct evidence *ev)
{
	size_t n = igd_faults(f, ev);

	if (n == 0)
		return row_log_silent(f, ev);
	return n < FAULTS_FEW && !facts_log(f, "dmar_fault: ", NULL) ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict faults_stream(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "dmar_fault: ", NULL);
	size_t n = igd_faults(f, ev);

	if (l && strstr(l->text, "callbacks suppressed"))
		evidence_add(ev, l->from, "%s", l->text);
	if (n >= FAULTS_FEW || (l && strstr(l->text, "callbacks suppressed")))
		return VERDICT_FAIL;
	return n ? VERDICT_PASS : row_log_silent(f, ev);
}

/* The i915 of the SR-IOV package says which mode it runs in; the one that came up without a word of it is off. */
static enum verdict sriov_no_pf(const struct facts *f, struct evidence *ev)
{
	const struct log_line *out = facts_log(f, "i915: loading out-of-tree module", NULL);
	const struct log_line *up = facts_log(f, "i915 0000:00:02.0: [drm] Found", NULL);
	const struct log_line *range = facts_log(f, "Numerical result out of range", NULL);

	if (range)
		evidence_add(ev, range->from, "%s", range->text);
	if (out && up && !facts_log(f, "SR-IOV PF mode", NULL)) {
		evidence_add(ev, out->from, "%s", out->text);
		evidence_add(ev, up->from, "the driver came up and never said \"Running in SR-IOV PF mode\"");
	}
	return ev->n ? VERDICT_FAIL : row_log_silent(f, ev);
}

#define BENIGN .severity = SEV_BENIGN, .quiet = false
#define CAUSE  .severity = SEV_WARN

const struct check rows_log[] = {
	/* The IOMMU. */
	{ .id = "log.skip-igfx-quirk",
	  .catalog = "F06b",
	  BENIGN,
	  .log = { "Skip IOMMU disabling for graphics" },
	  .says = "The kernel kept the IOMMU on for this GPU: as it should be.",
	  .source = "Linux drivers/iommu/intel/iommu.c" },
	{ .id = "log.dmar-inconsistent",
	  .catalog = "F16",
	  BENIGN,
	  .log = { "DMAR: IOMMU feature" },
	  .says = "The two IOMMU units differ in optional features; the kernel uses what both have. Harmless.",
	  .source = "Linux drivers/iommu/intel/iommu.c, check_unit_feature" },
	{ .id = "log.dmar-faults-few",
	  .catalog = "F17a",
	  BENIGN,
	  .test = faults_few,
	  .says = "A few DMA faults of the GPU right after it changed hands are stale page tables. Harmless.",
	  .source = "QEMU docs/igd-assign.txt" },
	{ .id = "log.dmar-faults-stream",
	  .catalog = "F17b",
	  CAUSE,
	  .test = faults_stream,
	  .says = "The GPU keeps faulting: it scans out memory that the VM no longer maps.",
	  .fix = "Power-cycle the VM; use an option ROM that reserves stolen memory anew at each start.",
	  .source = "Linux drivers/iommu/intel/dmar.c, dmar_fault()" },
	{ .id = "log.memlock",
	  .catalog = "F19",
	  CAUSE,
	  .log = { "VFIO_MAP_DMA failed: Cannot allocate memory" },
	  .says = "QEMU may not lock the guest's memory.",
	  .fix = "Raise the locked-memory limit of its user, or let libvirt set <hard_limit>.",
	  .source = "Linux drivers/vfio/vfio_iommu_type1.c, RLIMIT_MEMLOCK" },
	{ .id = "log.libvirt-no-iommu",
	  .catalog = "F02",
	  CAUSE,
	  .log = { "host doesn't support passthrough of host PCI devices" },
	  .says = "libvirt sees no IOMMU groups on this host.",
	  .fix = "Turn VT-d (AMD: IOMMU) on in the firmware setup and, where the kernel needs it, add "
		 "intel_iommu=on.",
	  .source = "libvirt src/hypervisor/virhostdev.c" },
	{ .id = "log.cannot-bind",
	  .catalog = "F20",
	  CAUSE,
	  .test = cannot_bind,
	  .says = "Proxmox could not bind the device to vfio-pci: another driver does not let go of it.",
	  .fix = "Bind it to vfio-pci at boot, and stop what uses it on the host.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.vfio-busy",
	  .catalog = "F90",
	  CAUSE,
	  .test = group_busy,
	  .says = "Another VM or process has the device's group open.",
	  .fix = "Stop that one first; a device, and its group, can be in one VM at a time.",
	  .source = "Linux drivers/vfio/group.c, vfio_group_fops_open()" },
	/* ROMs, resets and MSRs. */
	{ .id = "log.rom-signature",
	  .catalog = "F40",
	  BENIGN,
	  .log = { "Invalid PCI ROM header signature" },
	  .says = "The host's shadow ROM area holds something else. Harmless as soon as the VM has a ROM file of its "
		  "own.",
	  .fix = "Give the VM a romfile; nothing else.",
	  .source = "Linux drivers/pci/rom.c" },
	{ .id = "log.no-rom",
	  .catalog = "F41",
	  CAUSE,
	  .log = { "Cannot read device rom" },
	  .says = "QEMU found no option ROM for the GPU.",
	  .fix = "Give the device a romfile made from your own firmware.",
	  .source = "QEMU hw/vfio/pci.c, hw/vfio/igd.c" },
	{ .id = "log.romfile-missing",
	  .catalog = "F42",
	  CAUSE,
	  .log = { "failed to find romfile" },
	  .says = "The ROM file is not where QEMU looks.",
	  .fix = "Put it into /usr/share/kvm with mode 0644 and name it without a path.",
	  .source = "QEMU hw/pci/pci.c; Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.ignored-msr",
	  .catalog = "F113",
	  BENIGN,
	  .log = { "ignored rdmsr", "ignored wrmsr" },
	  .says = "The guest read processor registers that KVM does not emulate. Harmless.",
	  .source = "Linux arch/x86/kvm/x86.c, kvm_msr_ignored_check()" },
	{ .id = "log.no-reset",
	  .catalog = "F120",
	  BENIGN,
	  .test = no_reset_other,
	  .says = "That function has no reset of its own, which is normal for sound and bus functions of the "
		  "chipset.",
	  .source = "QEMU hw/vfio/pci.c" },
	{ .id = "log.gpu-no-reset",
	  .catalog = "F122",
	  CAUSE,
	  .test = no_reset_gpu,
	  .says = "The GPU could not be reset, so what the last guest left in it is still there; a VM start or stop "
		  "may freeze the host.",
	  .fix = "Power-cycle the host before the next start; if it happens every time, use a newer kernel or do not "
		 "pass this GPU.",
	  .source = "QEMU hw/vfio/pci.c; Proxmox PVE/QemuServer/PCI.pm; Linux drivers/pci/pci.c" },
	{ .id = "log.amd-no-reset",
	  .catalog = "F125",
	  CAUSE,
	  .test = no_reset_amd,
	  .says = "The AMD GPU could not be reset: it works for one VM start after each boot of the host.",
	  .fix = "Reboot the host before the VM is started again, and shut the guest down cleanly.",
	  .source = "QEMU hw/vfio/pci.c; Linux drivers/pci/quirks.c" },
	{ .id = "log.stuck-d3",
	  CAUSE,
	  .log = { "Unable to change power state from D3cold to D0", "Unable to change power state from D3hot to D0",
		   "stuck in D3" },
	  .says = "A device went to sleep (D3) and does not wake up.",
	  .fix = "Power-cycle the machine, and add vfio-pci.disable_idle_d3=1 to the kernel command line.",
	  .source = "Linux drivers/pci/pci.c, pci_power_up(); drivers/vfio/pci/vfio_pci.c" },
	{ .id = "log.flr-loop",
	  .catalog = "F121",
	  .severity = SEV_NOTE,
	  .test = flr_loop,
	  .says = "The GPU is being reset again and again as the guest restarts.",
	  .fix = "If the VM never comes up, the ROM does not fit: rebuild it from this machine's firmware.",
	  .source = "Linux drivers/pci/pci.c, pci_dev_wait()" },
	/* QEMU and Proxmox about legacy mode. */
	{ .id = "log.vga-not-none",
	  .catalog = "F70",
	  CAUSE,
	  .log = { "legacy IGD assignment requires VGA mode to be 'none'" },
	  .says = "Proxmox refuses legacy-igd while the VM has an emulated display.",
	  .fix = "Set vga: none.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.legacy-on-q35",
	  .catalog = "F71",
	  CAUSE,
	  .log = { "legacy IGD assignment is not compatible with q35" },
	  .says = "Proxmox refuses legacy-igd on the q35 machine.",
	  .fix = "Use machine: pc-i440fx, or leave legacy-igd out.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.q35-needed",
	  .catalog = "F72",
	  CAUSE,
	  .log = { "q35 machine model is not enabled" },
	  .says = "Some hostpci entry still has pcie=1, which needs the q35 machine.",
	  .fix = "Remove pcie=1 from every hostpci entry.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.slot-1f",
	  .catalog = "F75",
	  CAUSE,
	  .log = { "cannot support legacy mode due to existing devices at address 1f.0", "existing device at 1f.0" },
	  .says = "Legacy mode needs guest slot 1f.0 for itself; the q35 machine has its own bridge there.",
	  .fix = "Use the i440fx machine, or the UEFI way without legacy mode.",
	  .source = "QEMU hw/vfio/igd.c" },
	{ .id = "log.chip-unknown-to-qemu",
	  .catalog = "F76",
	  CAUSE,
	  .log = { "is unsupported in legacy mode, try SandyBridge or newer" },
	  .says = "This QEMU's table of chips does not know the GPU (QEMU 9.2 and 10.0 lack many).",
	  .fix = "Use QEMU 10.1 or newer, or a 9.1 build.",
	  .source = "QEMU hw/vfio/igd.c, igd_gen()" },
	{ .id = "log.no-such-property",
	  .catalog = "F78",
	  CAUSE,
	  .log = { "Property 'vfio-pci.x-igd-", "Property 'vfio-pci-nohotplug.x-igd-" },
	  .says = "An x-igd option is newer than the installed QEMU.",
	  .fix = "Drop it, or update QEMU.",
	  .source = "QEMU hw/vfio/pci.c" },
	{ .id = "log.slot-2-taken",
	  .catalog = "F82",
	  CAUSE,
	  .log = { "slot 2 function 0 not available for vfio-pci" },
	  .says = "Another device sits at guest address 00:02.0.",
	  .fix = "Move it (usually the emulated VGA or a bridge) elsewhere.",
	  .source = "QEMU hw/pci/pci.c" },
	{ .id = "log.legacy-no-rom",
	  .catalog = "F79",
	  CAUSE,
	  .log = { "has no ROM, legacy mode disabled" },
	  .says = "QEMU gave up legacy mode because the GPU came without an option ROM.",
	  .fix = "Give the device a romfile made from your own firmware.",
	  .source = "QEMU hw/vfio/igd.c" },
	{ .id = "log.legacy-clash",
	  .catalog = "F73",
	  CAUSE,
	  .log = { "legacy IGD assignment only works for devices on host bus", "not compatible with x-vga",
		   "legacy IGD assignment requires rombar", "only one device can be assigned in legacy-igd mode" },
	  .says = "Proxmox refuses legacy-igd beside another option of that entry.",
	  .fix = "Name the GPU alone in one hostpci entry, without x-vga and with rombar left on.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.legacy-multifunction",
	  .catalog = "F74",
	  CAUSE,
	  .log = { "legacy IGD assignment is not compatible with multifunction devices" },
	  .says = "The hostpci entry names the whole slot, and virtual functions have made that more than one "
		  "function.",
	  .fix = "Write the function out (0000:00:02.0), and turn virtual functions off.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.legacy-mdev",
	  .catalog = "F81",
	  CAUSE,
	  .log = { "does not support host bridge access" },
	  .says = "Legacy mode was asked for a mediated device, which has none.",
	  .fix = "Leave legacy mode to the whole GPU; a mediated device goes to any guest address but 00:02.0.",
	  .source = "QEMU hw/vfio/igd.c" },
	{ .id = "log.gms-unsupported",
	  .catalog = "F52",
	  CAUSE,
	  .log = { "Unsupported IGD GMS value" },
	  .says = "x-igd-gms is larger than this QEMU takes.",
	  .fix = "Use a smaller value: it counts 32 MiB each.",
	  .source = "QEMU hw/vfio/igd.c" },
	{ .id = "log.no-legacy-property",
	  .catalog = "F85",
	  CAUSE,
	  .log = { "legacy-igd' not found", "legacy-igd\" not found" },
	  .says = "legacy-igd is a word of Proxmox; QEMU and libvirt know no such property.",
	  .fix = "Put the GPU at guest address 00:02.0 of an i440fx machine with a romfile instead.",
	  .source = "Proxmox PVE/QemuServer/PCI.pm; QEMU hw/vfio/pci.c" },
	{ .id = "log.set-no-device",
	  .catalog = "F86",
	  CAUSE,
	  .log = { "there is no device \"hostpci" },
	  .says = "args: -set names a hostpci entry that this VM does not have.",
	  .fix = "Use the number of the hostpci key in -set device.hostpciN.",
	  .source = "QEMU softmmu/vl.c, qemu_set_option()" },
	{ .id = "log.mapping-invalid",
	  .catalog = "F91",
	  CAUSE,
	  .log = { "PCI device mapping invalid" },
	  .says = "A resource mapping no longer fits the hardware: an address or id has changed.",
	  .fix = "Make the mapping anew under Datacenter, Resource Mappings.",
	  .source = "Proxmox PVE/Mapping/PCI.pm" },
	{ .id = "log.no-efidisk",
	  .catalog = "F99",
	  .severity = SEV_NOTE,
	  .log = { "no efidisk configured! Using temporary efivars disk" },
	  .says = "The VM has no EFI disk, so it forgets its boot entries.",
	  .fix = "Add an efidisk0 with efitype=4m.",
	  .source = "Proxmox PVE/QemuServer.pm" },
	{ .id = "log.mdev-container",
	  .catalog = "F143",
	  CAUSE,
	  .log = { "Failed to set iommu for container" },
	  .says = "VFIO could not set the IOMMU up for the device.",
	  .fix = "Look in the kernel log for 'No interrupt remapping support' and for RMRR; for a mediated device "
		 "also drop igfx_off.",
	  .source = "QEMU hw/vfio/container.c; Linux drivers/vfio/vfio_iommu_type1.c" },
	/* The guest and its firmware. */
	{ .id = "log.guest-no-vbt",
	  .catalog = "F48",
	  CAUSE,
	  .log = { "Failed to find VBIOS tables (VBT)" },
	  .says = "The graphics driver that wrote this found no VBT: a guest that says so was given no OpRegion.",
	  .fix = "Turn x-igd-opregion=on (QEMU before 10) or use a ROM that hands the OpRegion on.",
	  .source = "Linux drivers/gpu/drm/i915/display/intel_bios.c" },
	{ .id = "log.guest-stolen",
	  .catalog = "F49",
	  CAUSE,
	  .log = { "conflict detected with stolen region" },
	  .says = "The GPU's base of stolen memory points into ordinary memory: nobody rewrote it for the guest.",
	  .fix = "Use an option ROM that sets stolen memory up in the guest.",
	  .source = "Linux drivers/gpu/drm/i915/gem/i915_gem_stolen.c" },
	{ .id = "log.firmware-bdsm",
	  .catalog = "F50",
	  CAUSE,
	  .log = { "failed to allocate BDSM" },
	  .says = "The ROM found no room for stolen memory in the guest, so the picture is damaged.",
	  .fix = "Choose less pre-allocated graphics memory in the firmware setup, or give the VM 4 GiB and more.",
	  .source = "VfioIgdPkg IgdAssignmentDxe" },
	{ .id = "log.guest-firmware-late",
	  .catalog = "F105",
	  .severity = SEV_NOTE,
	  .log = { "Direct firmware load for i915/", "Direct firmware load for xe/" },
	  .says = "The graphics driver started before its firmware files could be read.",
	  .fix = "Put the files into that system's initramfs, or make the driver a module that loads later.",
	  .source = "Linux drivers/base/firmware_loader/main.c" },
	{ .id = "log.guest-mmio-ones",
	  .catalog = "F106",
	  CAUSE,
	  .log = { "MMIO access returns 0xFFFFFFFF" },
	  .says = "The GPU did not answer when its driver started: asleep, or being reset.",
	  .fix = "Load the driver again later; on the host, look for what resets the GPU.",
	  .source = "Linux drivers/gpu/drm/i915/intel_uncore.c" },
	{ .id = "log.ovmf-files",
	  .catalog = "F54",
	  CAUSE,
	  .log = { "OVMF_VARS.fd': No such file", "OVMF_CODE.fd': No such file", "OVMF.fd': No such file" },
	  .says = "A firmware file named on the VM's command line is not there.",
	  .fix = "Correct the path; each VM wants its own copy of the VARS file.",
	  .source = "QEMU block/file-posix.c" },
	{ .id = "log.dkms-build",
	  .catalog = "F135",
	  CAUSE,
	  .log = { "Error! Bad return status for module build on kernel" },
	  .says = "The out-of-tree module does not build for this kernel.",
	  .fix = "Take the release of the module that names this kernel, or boot the kernel that it names.",
	  .source = "dkms(8)" },
	/* Modules. */
	{ .id = "log.builtin-vfio",
	  .catalog = "F26",
	  CAUSE,
	  .log = { "Module vfio_pci is builtin" },
	  .says = "vfio-pci is compiled into the kernel, so options in modprobe.d do not reach it.",
	  .fix = "Write vfio-pci.ids=... on the kernel command line.",
	  .source = "modprobe(8); Linux kernel/params.c" },
	{ .id = "log.bad-modprobe-line",
	  .catalog = "F27",
	  CAUSE,
	  .log = { "ignoring bad line" },
	  .says = "A line of modprobe.d is not understood and is ignored.",
	  .fix = "Mend or remove that line.",
	  .source = "kmod libkmod/libkmod-config.c" },
	/* SR-IOV and GVT-g. */
	{ .id = "log.gvtg-unsupported",
	  .catalog = "F140",
	  CAUSE,
	  .log = { "Unsupported device. GVT-g is disabled" },
	  .says = "The kernel's i915 offers no GVT-g for this chip.",
	  .fix = "Use SR-IOV where the chip has it, or give the whole GPU.",
	  .source = "Linux drivers/gpu/drm/i915/intel_gvt.c" },
	{ .id = "log.kvmgt-symbols",
	  .catalog = "F142",
	  CAUSE,
	  .log = { "kvmgt: disagrees about version of symbol", "kvmgt: Unknown symbol" },
	  .says = "The distribution's kvmgt does not fit the i915 module that was built apart.",
	  .fix = "Take kvmgt out of /etc/modules.",
	  .source = "Linux kernel/module/version.c" },
	{ .id = "log.unsigned-module",
	  .catalog = "F134",
	  .severity = SEV_NOTE,
	  .log = { "module verification failed" },
	  .says = "A module without a valid signature was loaded; with Secure Boot on it would be refused.",
	  .fix = "With Secure Boot, sign it and enrol the key (mokutil).",
	  .source = "Linux kernel/module/signing.c" },
	{ .id = "log.sriov-param",
	  .catalog = "F131",
	  CAUSE,
	  .log = { "unknown parameter 'max_vfs' ignored" },
	  .says = "The kernel's own i915 was loaded instead of the SR-IOV one.",
	  .fix = "Rebuild the initramfs so that it holds the new module.",
	  .source = "Linux kernel/module/main.c" },
	{ .id = "log.sriov-no-pf",
	  .catalog = "F132",
	  CAUSE,
	  .test = sriov_no_pf,
	  .says = "The SR-IOV i915 runs, but not in PF mode, so it offers no virtual functions.",
	  .fix = "Add i915.enable_guc=3 i915.max_vfs=7 to the kernel command line.",
	  .source = "i915-sriov-dkms README" },
	{ .id = "log.sriov-mmio",
	  .catalog = "F133",
	  CAUSE,
	  .log = { "not enough MMIO resources for SR-IOV" },
	  .says = "The firmware left no address space for the virtual functions.",
	  .fix = "Turn on Above-4G decoding or SR-IOV in the firmware setup, or add pci=realloc.",
	  .source = "Linux drivers/pci/iov.c" },
	{ .id = "log.vf-gone",
	  .catalog = "F136",
	  CAUSE,
	  .log = { "no pci device info for device '0000:00:02." },
	  .says = "The virtual function is gone: something gave the whole GPU to vfio-pci, or no functions were "
		  "made.",
	  .fix = "Never bind 00:02.0 itself while virtual functions are in use; look for hooks that do.",
	  .source = "Linux drivers/pci/iov.c; Proxmox PVE/QemuServer/PCI.pm" },
	{ .id = "log.vf-group-denied",
	  .catalog = "F137",
	  CAUSE,
	  .test = vf_group_denied,
	  .says = "The kernel refuses the virtual function's device although the group is open.",
	  .fix = "Use another kernel release (6.8.12-12-pve and 6.14.8 are known for it).",
	  .source = "Linux drivers/vfio/group.c" },
	{ .id = "log.gpu-heartbeat",
	  .catalog = "F138",
	  CAUSE,
	  .log = { "Resetting chip for stopped heartbeat" },
	  .says = "The GPU hung and was reset while a virtual function was busy.",
	  .fix = "Try another version of the driver.",
	  .source = "Linux drivers/gpu/drm/i915/gt/intel_reset.c" },
	{ .id = "log.guc-noise",
	  .catalog = "F139",
	  BENIGN,
	  .log = { "GUC: mmio request 0x4100" },
	  .says = "A virtual function may not ask for the hardware configuration. Harmless.",
	  .source = "Linux drivers/gpu/drm/i915/gt/uc/intel_guc.c" },
	{ .id = "log.amd-page-faults",
	  .catalog = "F126",
	  CAUSE,
	  .log = { "AMD-Vi: Event logged [IO_PAGE_FAULT" },
	  .says = "The APU reaches for memory the VM does not map.",
	  .fix = "Pass all functions of the GPU's slot that its firmware needs.",
	  .source = "Linux drivers/iommu/amd/iommu.c" },
	{ 0 },
};
