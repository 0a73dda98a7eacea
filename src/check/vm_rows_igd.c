// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_rows_igd.c - the GPU inside the VM: the slot it lands in, the ROM it shows, the properties QEMU gets, and what
 * this release of QEMU makes of them.
 */
#include <string.h>

#include "base/text.h"
#include "check/vm_rows.h"

#define SCREEN                                                                                               \
	(MODE_BIT(MODE_LEGACY) | MODE_BIT(MODE_UEFI)) /* modes that show a picture before the guest's driver \
						       */
#define PF  (SCREEN | MODE_BIT(MODE_UPT))
#define MIB (1ULL << 20)

static void place_evidence(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_slot *s = &c->gpu->guest;

	if (s->place == VM_PLACE_ROOT)
		evidence_add(ev, c->gpu->from, "the guest sees the GPU at 00:%02x.%x", s->dev, s->fn);
	else if (s->place == VM_PLACE_AUTO)
		evidence_add(ev, c->gpu->from, "no address in the guest is written, so any free one is taken");
	else
		evidence_add(ev, c->gpu->from, "on bus %s, which is behind a bridge",
			     s->bus ? s->bus : "other than 0");
}

static void qemu_evidence(const struct vm_case *c, struct evidence *ev)
{
	evidence_add(ev, c->qemu_from, "QEMU %u.%u", c->major, c->minor);
}

static enum verdict qemu_unknown(struct evidence *ev)
{
	return evidence_unknown(ev, "the release of QEMU", "neither the host nor the machine type tells");
}

/* For a row that needs the release, and the chip too. */
static enum verdict chip_or_qemu_unknown(const struct vm_case *c, struct evidence *ev)
{
	return c->qemu_known ? evidence_unknown(ev, "which chip this is", c->f->igd.present.from) : qemu_unknown(ev);
}

/* ---- the slot ----------------------------------------------------------------------------------------------- */

static enum verdict root_bus(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_slot *s = c->gpu ? &c->gpu->guest : NULL;
	bool q35 = c->vm->machine.kind == VM_MACHINE_Q35;

	if (!s || !s->bus)
		return VERDICT_PASS;
	if (s->place != VM_PLACE_NO_BUS && !(q35 && c->gpu->raw && strcmp(s->bus, "pci.0") == 0))
		return VERDICT_PASS;
	evidence_add(ev, c->gpu->from, "bus=%s", s->bus);
	evidence_add(ev, "machine", "%s: its root bus is %s%s", c->vm->machine.raw ? c->vm->machine.raw : "i440fx",
		     q35 ? "pcie.0" : "pci.0", s->place == VM_PLACE_BEHIND ? "; pci.0 is a bridge below it" : "");
	return VERDICT_FAIL;
}

static bool wants_2(const struct vm_case *c)
{
	return (c->gpu->romfile && *c->gpu->romfile) || c->vm->os == VM_OS_WINDOWS;
}

static enum verdict slot_wrong(const struct vm_case *c, struct evidence *ev)
{
	place_evidence(c, ev);
	return vm_at_2(c) || !wants_2(c) ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict slot_other(const struct vm_case *c, struct evidence *ev)
{
	place_evidence(c, ev);
	return vm_at_2(c) || wants_2(c) ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict slot_unsaid(const struct vm_case *c, struct evidence *ev)
{
	bool rom = c->gpu && c->gpu->romfile && *c->gpu->romfile;

	if (!c->gpu || c->gpu->guest.place != VM_PLACE_AUTO || !rom)
		return VERDICT_PASS;
	place_evidence(c, ev);
	return VERDICT_FAIL;
}

static enum verdict slot_taken(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_holders && vm_at_2(c); i++) {
		const struct vm_holder *h = &c->vm->holders[i];

		if (h->dev == 2 && h->fn == 0 && strcmp(h->who, c->gpu->id ? c->gpu->id : "vfio-pci") != 0)
			evidence_add(ev, h->from, "00:02.0 of the guest: %s", h->who);
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict lpc_taken(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_holder *h = vm_holder(c->vm, 0x1f, 0, NULL);
	bool lpc = vm_setting_bool(c->gpu, "x-igd-lpc") == VM_YES;

	if (!h || h->igd_lpc || (!lpc && c->legacy == TRI_NO) || c->vm->machine.kind != VM_MACHINE_PC)
		return VERDICT_PASS;
	if (!lpc && c->legacy == TRI_UNKNOWN)
		return chip_or_qemu_unknown(c, ev);
	evidence_add(ev, h->from, "00:1f.0 of the guest: %s", h->who);
	return VERDICT_FAIL;
}

static enum verdict q35_lpc(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_setting *s = c->gpu ? vm_setting(c->gpu, "x-igd-lpc") : NULL;

	if (!s || vm_bool_read(s->value) != VM_YES || c->vm->machine.kind != VM_MACHINE_Q35)
		return VERDICT_PASS;
	vm_setting_evidence(ev, s);
	evidence_add(ev, "machine", "%s", c->vm->machine.raw);
	return VERDICT_FAIL;
}

static enum verdict q35_vbios(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->machine.kind != VM_MACHINE_Q35 || !c->gpu->romfile || c->gpu->rombar == VM_NO)
		return VERDICT_PASS;
	evidence_add(ev, "machine", "%s with SeaBIOS and romfile=%s", c->vm->machine.raw, c->gpu->romfile_raw);
	return VERDICT_FAIL;
}

static enum verdict q35_gop(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->machine.kind != VM_MACHINE_Q35)
		return VERDICT_PASS;
	evidence_add(ev, "machine", "%s", c->vm->machine.raw);
	return VERDICT_FAIL;
}

/* ---- properties against the release of QEMU ----------------------------------------------------------------- */

static enum verdict property_new(const struct vm_case *c, struct evidence *ev)
{
	unsigned major, minor;

	for (size_t i = 0; c->gpu && i < c->gpu->n_settings; i++) {
		const struct vm_setting *s = &c->gpu->settings[i];

		if (!setup_property_since(s->name, &major, &minor))
			continue;
		if (!c->qemu_known)
			return qemu_unknown(ev);
		if (c->major > major || (c->major == major && c->minor >= minor))
			continue;
		evidence_add(ev, s->from, "%s is known from QEMU %u.%u on", s->name, major, minor);
	}
	if (ev->n)
		qemu_evidence(c, ev);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict gms_inert(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_setting *s = vm_setting(c->gpu, "x-igd-gms");

	if (!s || !c->qemu_known || c->qemu != QEMU_B)
		return s && !c->qemu_known ? qemu_unknown(ev) : VERDICT_PASS;
	vm_setting_evidence(ev, s);
	qemu_evidence(c, ev);
	return VERDICT_FAIL;
}

/* Is the value out of what this release takes? @ends: of releases that end on it; else of those that go on. */
static enum verdict gms_bad(const struct vm_case *c, struct evidence *ev, bool ends)
{
	bool fine = false, takes;
	unsigned max = 0;
	uint64_t value;

	if (!vm_setting_number(c->gpu, "x-igd-gms", &value) || value == 0)
		return VERDICT_PASS;
	if (!c->qemu_known)
		return qemu_unknown(ev);
	if (c->qemu == QEMU_B || (c->qemu >= QEMU_D) != ends)
		return VERDICT_PASS;
	if (!c->id)
		return chip_or_qemu_unknown(c, ev);
	takes = setup_gms_range(c->qemu, c->id, &max, &fine);
	if (takes && (value <= max || (fine && value >= 0xf0 && value <= 0xfe)))
		return VERDICT_PASS;
	vm_setting_evidence(ev, vm_setting(c->gpu, "x-igd-gms"));
	qemu_evidence(c, ev);
	return VERDICT_FAIL;
}

static enum verdict gms_fatal(const struct vm_case *c, struct evidence *ev)
{
	return gms_bad(c, ev, true);
}

static enum verdict gms_ignored(const struct vm_case *c, struct evidence *ev)
{
	return gms_bad(c, ev, false);
}

static enum verdict gms_zero(const struct vm_case *c, struct evidence *ev)
{
	uint64_t value;

	if ((c->qemu_known && c->qemu != QEMU_A) || c->legacy == TRI_NO)
		return VERDICT_PASS;
	if (vm_setting_number(c->gpu, "x-igd-gms", &value) && value)
		return VERDICT_PASS;
	if (c->legacy == TRI_UNKNOWN)
		return chip_or_qemu_unknown(c, ev);
	qemu_evidence(c, ev);
	evidence_add(ev, c->gpu->from, "no x-igd-gms");
	return VERDICT_FAIL;
}

/* Whose size the guest's driver expects is the one that the host's firmware set (971ca22f04). */
static enum verdict gms_host(const struct vm_case *c, struct evidence *ev)
{
	uint64_t value, host;

	if (!vm_setting_number(c->gpu, "x-igd-gms", &value) || !value || (c->qemu_known && c->qemu == QEMU_B))
		return VERDICT_PASS;
	if (!c->f->igd.stolen.known)
		return evidence_unknown(ev, "how much memory the host's firmware gave the GPU",
					c->f->igd.stolen.from);
	host = c->f->igd.stolen.v / MIB;
	if (value * 32 == host || value > 0x40)
		return VERDICT_PASS;
	vm_setting_evidence(ev, vm_setting(c->gpu, "x-igd-gms"));
	evidence_add(ev, c->f->igd.stolen.from, "%llu MiB on the host, %llu MiB here", (unsigned long long)host,
		     (unsigned long long)value * 32);
	return VERDICT_FAIL;
}

static enum verdict opregion_unsaid(const struct vm_case *c, struct evidence *ev)
{
	if (vm_setting(c->gpu, "x-igd-opregion"))
		return VERDICT_PASS;
	evidence_add(ev, c->gpu->from, "no x-igd-opregion");
	if (c->qemu_known)
		qemu_evidence(c, ev);
	return VERDICT_FAIL;
}

static bool by_hand(const struct vm_case *c, const char *name)
{
	for (size_t i = 0; i < c->vm->n_fwcfgs; i++)
		if (strcmp(c->vm->fwcfgs[i].name, name) == 0)
			return true;
	return false;
}

/* From 10.0 on QEMU gives up the GPU's whole set-up when its legacy mode finds no ROM (2fedccf03c). */
static enum tri stops_without_rom(const struct vm_case *c)
{
	return c->qemu_known && c->qemu < QEMU_C ? TRI_NO : c->no_rom;
}

static enum verdict boot_unknown(const struct vm_case *c, struct evidence *ev)
{
	return evidence_unknown(ev, "how the host was booted, and with it whether it has a VBIOS to lend",
				c->f->efi.from);
}

static void stop_evidence(const struct vm_case *c, struct evidence *ev)
{
	evidence_add(ev, c->gpu->from, "no romfile: QEMU %u.%u says \"Device has no ROM\" and sets nothing up",
		     c->major, c->minor);
}

/* Off by default up to 10.0, where legacy mode does not bring it along. */
static enum verdict opregion_off(const struct vm_case *c, struct evidence *ev)
{
	enum vm_bool said = vm_setting_bool(c->gpu, "x-igd-opregion");

	if (by_hand(c, "etc/igd-opregion"))
		return VERDICT_PASS;
	if (stops_without_rom(c) == TRI_YES) {
		stop_evidence(c, ev);
		return VERDICT_FAIL;
	}
	if (said == VM_YES)
		return stops_without_rom(c) == TRI_NO ? VERDICT_PASS : boot_unknown(c, ev);
	if (said == VM_UNSAID && !c->qemu_known)
		return qemu_unknown(ev);
	if (said == VM_UNSAID && (c->qemu >= QEMU_D || c->legacy == TRI_YES))
		return VERDICT_PASS;
	if (said == VM_UNSAID && c->legacy == TRI_UNKNOWN)
		return chip_or_qemu_unknown(c, ev);
	evidence_add(ev, c->gpu->from, "%s", said == VM_NO ? "x-igd-opregion=off" : "no x-igd-opregion");
	if (c->qemu_known)
		qemu_evidence(c, ev);
	return VERDICT_FAIL;
}

static enum verdict mode_unsaid(const struct vm_case *c, struct evidence *ev)
{
	if ((c->qemu_known && c->qemu < QEMU_C) || c->vm->machine.kind != VM_MACHINE_PC || !vm_at_2(c) ||
	    vm_setting(c->gpu, "x-igd-legacy-mode"))
		return VERDICT_PASS;
	if (!c->qemu_known)
		return qemu_unknown(ev);
	qemu_evidence(c, ev);
	evidence_add(ev, c->gpu->from, "no x-igd-legacy-mode");
	return VERDICT_FAIL;
}

static enum verdict legacy_forced(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_setting *s = c->gpu ? vm_setting(c->gpu, "x-igd-legacy-mode") : NULL;
	bool fits = c->vm->machine.kind == VM_MACHINE_PC && c->gpu && vm_at_2(c);

	if (!s || vm_bool_read(s->value) != VM_YES)
		return VERDICT_PASS;
	if (fits && (!c->qemu_known || (c->qemu >= QEMU_D && !c->id)))
		return chip_or_qemu_unknown(c, ev);
	if (fits && (c->qemu < QEMU_D || c->legacy == TRI_YES))
		return VERDICT_PASS;
	vm_setting_evidence(ev, s);
	place_evidence(c, ev);
	return VERDICT_FAIL;
}

static enum verdict chip_unknown(const struct vm_case *c, struct evidence *ev)
{
	if (!c->id)
		return evidence_unknown(ev, "which chip this is", c->f->igd.present.from);
	if (!c->qemu_known)
		return qemu_unknown(ev);
	evidence_add(ev, c->qemu_from, "QEMU %u.%u takes %s for generation %d", c->major, c->minor, c->id->platform,
		     c->id->qemu_gen[c->qemu]);
	return c->id->qemu_gen[c->qemu] >= 0 || c->qemu >= QEMU_D ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict bdsm_wrong(const struct vm_case *c, struct evidence *ev)
{
	if ((c->qemu_known && c->qemu != QEMU_A) || (c->id && c->id->generation < 11))
		return VERDICT_PASS;
	if (!c->id || !c->qemu_known)
		return chip_or_qemu_unknown(c, ev);
	evidence_add(ev, c->qemu_from, "QEMU %u.%u takes %s for generation %d", c->major, c->minor, c->id->platform,
		     c->id->qemu_gen[c->qemu]);
	return VERDICT_FAIL;
}

/* Up to 9.2 legacy mode alone emulates the register; from 10.0 on (2fedccf03c) each set-up that QEMU goes through
 * with. Meteor Lake and later have none. What is set aside by hand is vm.fwcfg-lost's. */
static enum verdict bdsm_lost(const struct vm_case *c, struct evidence *ev)
{
	bool emulated = c->legacy == TRI_YES || (c->qemu_known && c->qemu >= QEMU_C);

	if ((emulated && c->no_rom == TRI_NO) || by_hand(c, "etc/igd-bdsm-size"))
		return VERDICT_PASS;
	if (c->id && c->id->bdsm != BDSM_5C_32 && c->id->bdsm != BDSM_C0_64)
		return VERDICT_PASS;
	if (!c->qemu_known || !c->id)
		return chip_or_qemu_unknown(c, ev);
	if (c->no_rom == TRI_UNKNOWN)
		return boot_unknown(c, ev);
	if (stops_without_rom(c) == TRI_YES)
		stop_evidence(c, ev);
	else
		evidence_add(ev, c->qemu_from,
			     "QEMU %u.%u emulates BDSM in its legacy mode only, which is not on here", c->major,
			     c->minor);
	return VERDICT_FAIL;
}

static enum verdict lpc_missing(const struct vm_case *c, struct evidence *ev)
{
	if ((c->qemu_known && c->qemu < QEMU_C) || c->legacy == TRI_YES || c->vm->machine.kind != VM_MACHINE_PC ||
	    vm_setting_bool(c->gpu, "x-igd-lpc") == VM_YES)
		return VERDICT_PASS;
	if (!c->qemu_known || c->legacy == TRI_UNKNOWN)
		return chip_or_qemu_unknown(c, ev);
	qemu_evidence(c, ev);
	evidence_add(ev, c->gpu->from, "no x-igd-lpc=on, and QEMU's legacy mode does not bring it here");
	return VERDICT_FAIL;
}

static enum verdict fwcfg_twice(const struct vm_case *c, struct evidence *ev)
{
	bool bdsm = by_hand(c, "etc/igd-bdsm-size"), opregion = by_hand(c, "etc/igd-opregion");
	enum vm_bool said = c->gpu ? vm_setting_bool(c->gpu, "x-igd-opregion") : VM_UNSAID;

	if (!c->gpu || (!bdsm && !opregion))
		return VERDICT_PASS;
	if (!c->qemu_known)
		return qemu_unknown(ev);
	if (bdsm && (c->qemu >= QEMU_C || c->legacy == TRI_YES))
		evidence_add(ev, NULL, "etc/igd-bdsm-size, which QEMU makes itself");
	if (opregion && (said == VM_YES || c->legacy == TRI_YES || (said == VM_UNSAID && c->qemu >= QEMU_D)))
		evidence_add(ev, NULL, "etc/igd-opregion, which QEMU makes itself");
	if (ev->n)
		qemu_evidence(c, ev);
	else if (c->legacy == TRI_UNKNOWN)
		return chip_or_qemu_unknown(c, ev);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict fwcfg_lost(const struct vm_case *c, struct evidence *ev)
{
	if (!by_hand(c, "etc/igd-bdsm-size") || !c->gpu)
		return VERDICT_PASS;
	if (!c->qemu_known)
		return qemu_unknown(ev);
	if (c->qemu >= QEMU_C || c->legacy == TRI_YES)
		return VERDICT_PASS;
	if (c->legacy == TRI_UNKNOWN)
		return chip_or_qemu_unknown(c, ev);
	evidence_add(ev, "-fw_cfg", "etc/igd-bdsm-size");
	qemu_evidence(c, ev);
	return VERDICT_FAIL;
}

static enum verdict fwcfg_hand(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_fwcfgs; i++)
		if (strncmp(c->vm->fwcfgs[i].name, "etc/igd-", 8) == 0)
			evidence_add(ev, c->vm->fwcfgs[i].from, "%s", c->vm->fwcfgs[i].name);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* ---- ROM
 * -------------------------------------------------------------------------------------------------------------------
 */

static bool has_rom(const struct vm_case *c)
{
	return c->gpu->romfile && *c->gpu->romfile;
}

/* The kernel offers the shadow of the host's own VBIOS, which only a host booted without UEFI has. */
static enum verdict rom_none_legacy(const struct vm_case *c, struct evidence *ev)
{
	if (has_rom(c))
		return VERDICT_PASS;
	if (c->f->efi.v == TRI_UNKNOWN)
		return boot_unknown(c, ev);
	evidence_add(ev, c->gpu->from, "no romfile");
	evidence_add(ev, c->f->efi.from, "the host was booted by %s", c->f->efi.v == TRI_YES ? "UEFI" : "a BIOS");
	return c->f->efi.v == TRI_YES ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict rom_none_uefi(const struct vm_case *c, struct evidence *ev)
{
	evidence_add(ev, c->gpu->from, has_rom(c) ? "romfile=%s" : "no romfile",
		     c->gpu->romfile_raw ? c->gpu->romfile_raw : "");
	return has_rom(c) ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict rom_hidden(const struct vm_case *c, struct evidence *ev)
{
	if (!c->gpu || !has_rom(c) || c->gpu->rombar != VM_NO)
		return VERDICT_PASS;
	evidence_add(ev, c->gpu->from, "romfile=%s with rombar=0", c->gpu->romfile_raw);
	return VERDICT_FAIL;
}

static const struct rom_look *look_at(const struct vm_case *c, const char *path)
{
	for (size_t i = 0; i < c->look->n_roms; i++)
		if (strcmp(c->look->roms[i].path, path) == 0)
			return &c->look->roms[i];
	return NULL;
}

static enum verdict rom_missing(const struct vm_case *c, struct evidence *ev)
{
	const char *unknown = NULL;

	for (size_t i = 0; i < c->vm->n_pcis; i++) {
		const char *path = c->vm->pcis[i].romfile;
		const struct rom_look *l = path && *path ? look_at(c, path) : NULL;

		if (!path || !*path)
			continue;
		if (l && l->there == TRI_NO)
			evidence_add(ev, path, "there is no such file on the host");
		if (!l || l->there == TRI_UNKNOWN)
			unknown = path;
	}
	if (!ev->n && unknown)
		return evidence_unknown(ev, arena_printf(ev->arena, "whether %s is there", unknown),
					"no host at hand whose files could be read");
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict rom_unknown(const struct vm_case *c, struct evidence *ev, bool *ret)
{
	*ret = c->gpu && has_rom(c) && (!c->rom || (!c->rom->looked && !c->rom->fault));
	return *ret ? evidence_unknown(ev, "what the ROM file holds",
				       c->rom ? c->rom->path : "no host at hand whose files could be read")
		    : VERDICT_PASS;
}

static enum verdict rom_bad(const struct vm_case *c, struct evidence *ev)
{
	bool unknown;
	enum verdict v = rom_unknown(c, ev, &unknown);

	if (unknown || !c->rom || !c->rom->fault)
		return v;
	evidence_add(ev, c->rom->path, "%s", c->rom->fault);
	return VERDICT_FAIL;
}

static enum verdict rom_firmware(const struct vm_case *c, struct evidence *ev)
{
	bool unknown, ovmf = c->vm->firmware.kind == VM_OVMF;
	enum verdict v = rom_unknown(c, ev, &unknown);

	if (unknown || !c->rom || !c->rom->looked)
		return v;
	evidence_add(ev, c->rom->path, "%s",
		     c->rom->efi && c->rom->vbios ? "an EFI image and a VBIOS"
		     : c->rom->efi		  ? "an EFI image only"
		     : c->rom->vbios		  ? "a VBIOS only"
						  : "neither an EFI image nor a VBIOS");
	return (ovmf ? c->rom->efi : c->rom->vbios) ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict rom_device(const struct vm_case *c, struct evidence *ev)
{
	bool unknown;
	enum verdict v = rom_unknown(c, ev, &unknown);

	if (unknown || !c->rom || !c->rom->looked)
		return v;
	if (!c->fn || !c->fn->id.known)
		return evidence_unknown(ev, "the GPU's id", c->fn ? c->fn->id.from : c->f->igd.present.from);
	evidence_add(ev, c->rom->path, "made for %04x:%04x, the GPU is %04x:%04x", c->rom->vendor, c->rom->device,
		     pci_fn_vendor(c->fn), pci_fn_device(c->fn));
	return c->rom->fits ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict secure_boot(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->firmware.secure_boot != VM_YES || !has_rom(c))
		return VERDICT_PASS;
	evidence_add(ev, c->vm->firmware.vars, "keys are enrolled");
	return VERDICT_FAIL;
}

/* ---- other displays and devices ----------------------------------------------------------------------------- */

static enum verdict vga_beside(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->display && strcmp(c->vm->display, "none") == 0)
		return VERDICT_PASS;
	if (!c->vm->display && c->vm->fragment)
		return evidence_unknown(ev, "the emulated display", "this is a fragment");
	evidence_add(ev, c->vm->display_from, "%s",
		     c->vm->display ? c->vm->display : "nothing said, so a VGA is emulated");
	return VERDICT_FAIL;
}

static enum verdict display_on(const struct vm_case *c, struct evidence *ev)
{
	if (!c->gpu || c->gpu->mdev)
		return VERDICT_PASS;
	if (c->gpu->display == VM_YES)
		evidence_add(ev, c->gpu->from, "display=on");
	if (c->gpu->ramfb == VM_YES)
		evidence_add(ev, c->gpu->from, "ramfb=on");
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict mdev_opregion(const struct vm_case *c, struct evidence *ev)
{
	enum vm_bool said = vm_setting_bool(c->gpu, "x-igd-opregion");

	if (said == VM_NO || c->vm->firmware.kind != VM_OVMF)
		return VERDICT_PASS;
	if (!c->qemu_known)
		return qemu_unknown(ev);
	if (c->qemu < QEMU_C || (c->qemu == QEMU_C && said != VM_YES))
		return VERDICT_PASS;
	qemu_evidence(c, ev);
	evidence_add(ev, c->gpu->from, "x-igd-opregion is %s", said == VM_YES ? "on" : "on by default");
	return VERDICT_FAIL;
}

static enum verdict two_gpus(const struct vm_case *c, struct evidence *ev)
{
	size_t n = 0;

	for (size_t i = 0; c->gpu && i < c->vm->n_pcis; i++) {
		const struct vm_pci *p = &c->vm->pcis[i];

		if (p != c->gpu && !(p->has_host && pci_addr_same_slot(p->host, c->gpu->host)))
			continue;
		n++;
		evidence_add(ev, p->from, "%s of the GPU",
			     p->mdev	  ? "a share"
			     : p->host.fn ? "a function"
					  : "the whole");
	}
	if (n < 2 || (c->qemu_known && c->qemu < QEMU_C))
		return VERDICT_PASS;
	if (!c->qemu_known)
		return qemu_unknown(ev);
	qemu_evidence(c, ev);
	return c->qemu == QEMU_C || c->mode != MODE_SRIOV ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict vf_rom(const struct vm_case *c, struct evidence *ev)
{
	if (!has_rom(c))
		return VERDICT_PASS;
	evidence_add(ev, c->gpu->from, "function %u with romfile=%s", c->gpu->host.fn, c->gpu->romfile_raw);
	return VERDICT_FAIL;
}

static enum verdict sibling_audio(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_pcis; i++)
		if (c->vm->pcis[i].has_host && c->vm->pcis[i].host.bus == 0 &&
		    (c->vm->pcis[i].host.dev == 0x1f || c->vm->pcis[i].host.dev == 0x03))
			return VERDICT_PASS;
	evidence_add(ev, NULL, "neither 00:1f.3 nor 00:03.0 goes with the GPU");
	return VERDICT_FAIL;
}

#define QEMU_IGD "QEMU hw/vfio/igd.c"
#define QEMU_DOC "QEMU docs/igd-assign.txt"

const struct vm_row vm_rows_igd[] = {
	{ { .id = "vm.root-bus",
	    .catalog = "F83",
	    .severity = SEV_BLOCK,
	    .says = "The GPU is put on a bus that is not the root bus of this machine type: the guest cannot see it "
		    "at 00:02.0, where its driver and its ROM want it, or QEMU does not even start.",
	    .fix = "On q35 write bus=pcie.0, on i440fx bus=pci.0.",
	    .source = "QEMU hw/pci-host/q35.c, i440fx.c; Proxmox pve-q35-4.0.cfg" },
	  .targets = EVERYWHERE,
	  .test = root_bus },
	{ { .id = "vm.slot",
	    .catalog = "F83",
	    .severity = SEV_BLOCK,
	    .after = "vm.root-bus",
	    .says = "The guest does not see the GPU at 00:02.0: its ROM does not run there, and Windows shows code "
		    "43.",
	    .fix = "Put it at 00:02.0 of the root bus (Proxmox on i440fx: legacy-igd=1).",
	    .source = QEMU_DOC },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = slot_wrong },
	{ { .id = "vm.slot-other",
	    .catalog = "F83",
	    .severity = SEV_WARN,
	    .after = "vm.root-bus",
	    .says = "The guest does not see the GPU at 00:02.0: no picture before its driver loads, perhaps none "
		    "after.",
	    .fix = "Put it at 00:02.0 of the root bus, unless it is only to compute.",
	    .source = QEMU_DOC },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = slot_other },
	{ { .id = "vm.slot-unsaid",
	    .catalog = "F83",
	    .severity = SEV_BLOCK,
	    .says = "The GPU has a ROM but no address in the guest, so it lands anywhere.",
	    .fix = "Write its address: bus 0, slot 2, function 0.",
	    .source = QEMU_DOC },
	  .targets = ON(VM_LIBVIRT) | ON(VM_QEMU),
	  .whole = true,
	  .test = slot_unsaid },
	{ { .id = "vm.slot-taken",
	    .catalog = "F82",
	    .severity = SEV_BLOCK,
	    .says = "Another device of the VM holds 00:02.0, which the GPU needs.",
	    .fix = "Emulate no VGA, and give network cards and bridges another slot.",
	    .source = "QEMU hw/pci/pci.c, do_pci_register_device()" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = slot_taken },
	{ { .id = "vm.lpc-taken",
	    .catalog = "F75",
	    .severity = SEV_BLOCK,
	    .after = "vm.bridge-at-1f",
	    .says = "Another device holds the guest's 00:1f.0, where QEMU puts the LPC bridge for the GPU.",
	    .fix = "Give that device another slot.",
	    .source = QEMU_IGD },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = lpc_taken },
	{ { .id = "vm.q35-lpc",
	    .catalog = "F58",
	    .severity = SEV_BLOCK,
	    .says = "x-igd-lpc=on cannot work on q35, whose own LPC bridge is at 00:1f.0: QEMU ends.",
	    .fix = "Leave it out, or use i440fx, which a picture before the driver needs anyway.",
	    .source = QEMU_IGD },
	  .targets = EVERYWHERE,
	  .test = q35_lpc },
	{ { .id = "vm.q35-vbios",
	    .catalog = "F75",
	    .severity = SEV_BLOCK,
	    .says = "A VBIOS does not run on q35: the ids of the LPC bridge cannot be set there.",
	    .fix = "Use i440fx.",
	    .source = QEMU_DOC },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_LEGACY),
	  .whole = true,
	  .test = q35_vbios },
	{ { .id = "vm.q35-gop",
	    .catalog = "F58",
	    .severity = SEV_NOTE,
	    .says = "On q35 the GOP driver may decline, because it looks at the LPC bridge's ids; the guest's driver "
		    "does not.",
	    .fix = "Use i440fx for a picture from the firmware on.",
	    .source = QEMU_DOC },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_UEFI),
	  .whole = true,
	  .test = q35_gop },
	{ { .id = "vm.property-new",
	    .catalog = "F78",
	    .severity = SEV_BLOCK,
	    .says = "This release of QEMU does not have the property: it ends.",
	    .fix = "Leave it out, or use a newer QEMU.",
	    .source = "QEMU hw/vfio/pci.c by release" },
	  .targets = EVERYWHERE,
	  .test = property_new },
	{ { .id = "vm.gms-inert",
	    .catalog = "F51",
	    .severity = SEV_NOTE,
	    .says = "QEMU 9.2 reads x-igd-gms and does nothing with it: the host's own size is used.",
	    .fix = "Leave it out; set the size in the host's firmware setup (DVMT pre-allocated).",
	    .source = "QEMU commit 971ca22f04" },
	  .targets = EVERYWHERE,
	  .modes = PF,
	  .test = gms_inert },
	{ { .id = "vm.gms-fatal",
	    .catalog = "F52",
	    .severity = SEV_BLOCK,
	    .says = "This release of QEMU ends on this value of x-igd-gms.",
	    .fix = "Leave it out: the host's own size is used.",
	    .source = QEMU_IGD " (395a1f7941)" },
	  .targets = EVERYWHERE,
	  .modes = PF,
	  .test = gms_fatal },
	{ { .id = "vm.gms-ignored",
	    .catalog = "F52",
	    .severity = SEV_WARN,
	    .says = "This release of QEMU does not take this value of x-igd-gms, says so, and goes on without it.",
	    .fix = "Use a value that it takes: units of 32 MiB, at most 0x10.",
	    .source = QEMU_IGD },
	  .targets = EVERYWHERE,
	  .modes = PF,
	  .test = gms_ignored },
	{ { .id = "vm.gms-zero",
	    .catalog = "F51",
	    .severity = SEV_WARN,
	    .says = "QEMU up to 9.1 tells the guest that the GPU has no memory of its own unless x-igd-gms says a "
		    "size; the Windows driver fails on that.",
	    .fix = "Set x-igd-gms to the host's size in units of 32 MiB.",
	    .source = QEMU_IGD },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = gms_zero },
	{ { .id = "vm.gms-host",
	    .catalog = "F51",
	    .severity = SEV_WARN,
	    .says = "x-igd-gms differs from what the host's firmware set aside; the Windows driver can crash on "
		    "that.",
	    .fix = "Use the host's size, or change that in its firmware setup.",
	    .source = "QEMU commit 971ca22f04" },
	  .targets = EVERYWHERE,
	  .modes = PF,
	  .test = gms_host },
	{ { .id = "vm.opregion-unsaid",
	    .catalog = "F48",
	    .severity = SEV_NOTE,
	    .says = "Whether the guest gets the OpRegion is left to QEMU, whose default turned from off to on in "
		    "10.1.",
	    .fix = "Write x-igd-opregion.",
	    .source = "QEMU commit 16cbb43302" },
	  .targets = EVERYWHERE,
	  .modes = PF,
	  .test = opregion_unsaid },
	{ { .id = "vm.opregion-off",
	    .catalog = "F48",
	    .severity = SEV_WARN,
	    .says = "The guest gets no OpRegion, so its driver does not know the GPU's connectors.",
	    .fix = "Write x-igd-opregion=on.",
	    .source = QEMU_DOC },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = opregion_off },
	{ { .id = "vm.legacy-mode-unsaid",
	    .severity = SEV_NOTE,
	    .says = "At 00:02.0 of i440fx QEMU 10.0 and newer tries its legacy mode by itself; when that fails "
		    "half-way QEMU can crash.",
	    .fix = "Write x-igd-legacy-mode: off with OVMF, auto with SeaBIOS and a VBIOS.",
	    .source = QEMU_IGD " (9267f96ad6)" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = mode_unsaid },
	{ { .id = "vm.legacy-forced",
	    .catalog = "F75",
	    .severity = SEV_BLOCK,
	    .says = "x-igd-legacy-mode=on is refused by QEMU here: it wants i440fx, 00:02.0 and, from 10.1 on, a "
		    "chip up to Comet Lake.",
	    .fix = "Write auto or off.",
	    .source = QEMU_IGD },
	  .targets = EVERYWHERE,
	  .test = legacy_forced },
	{ { .id = "vm.chip-unknown",
	    .catalog = "F76",
	    .severity = SEV_BLOCK,
	    .says = "This release of QEMU does not know the chip: no stolen memory, no LPC ids, no VGA for it.",
	    .fix = "Use QEMU 10.1 or newer, or 9.1.",
	    .source = QEMU_IGD ", igd_gen()" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .test = chip_unknown },
	{ { .id = "vm.bdsm-wrong",
	    .catalog = "F61",
	    .severity = SEV_WARN,
	    .says = "QEMU up to 9.1 takes this chip for an older one and puts the address of its memory into the "
		    "wrong register.",
	    .fix = "Use QEMU 10.1 or newer.",
	    .source = "QEMU commit 7bafcd1767" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .test = bdsm_wrong },
	{ { .id = "vm.bdsm-lost",
	    .severity = SEV_WARN,
	    .says = "The guest sees the host's own BDSM, and what it writes there is lost: nobody can tell the GPU "
		    "where the guest keeps its stolen memory.",
	    .fix = "Use QEMU 10.0 or newer. An older one needs i440fx, 00:02.0 and a ROM; a newer one just the ROM, "
		   "or x-igd-legacy-mode=off.",
	    .source = QEMU_IGD " (2fedccf03c)" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = bdsm_lost },
	{ { .id = "vm.lpc-missing",
	    .catalog = "F77",
	    .severity = SEV_WARN,
	    .says = "The guest's LPC bridge does not get the host's ids here, and without them the GOP driver shows "
		    "nothing.",
	    .fix = "Write x-igd-lpc=on.",
	    .source = "QEMU commit dd69d84604" },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_UEFI),
	  .whole = true,
	  .test = lpc_missing },
	{ { .id = "vm.fwcfg-twice",
	    .severity = SEV_BLOCK,
	    .says = "A fw_cfg file is given by hand that QEMU makes itself: it ends with \"duplicate fw_cfg file "
		    "name\".",
	    .fix = "Take the -fw_cfg options out.",
	    .source = "QEMU hw/nvram/fw_cfg.c; commits 2fedccf03c, 16cbb43302" },
	  .targets = EVERYWHERE,
	  .test = fwcfg_twice },
	{ { .id = "vm.fwcfg-lost",
	    .severity = SEV_WARN,
	    .says = "Memory is set aside for the GPU by hand, but this QEMU does not emulate the register that would "
		    "tell the GPU: the write is lost.",
	    .fix = "Use QEMU 10.0 or newer without the -fw_cfg options, or i440fx.",
	    .source = QEMU_IGD " before 2fedccf03c" },
	  .targets = EVERYWHERE,
	  .test = fwcfg_lost },
	{ { .id = "vm.fwcfg-by-hand",
	    .severity = SEV_NOTE,
	    .says = "Files in etc/ of fw_cfg belong to QEMU; those given by hand go stale with the host's firmware.",
	    .fix = "Write x-igd-opregion=on instead.",
	    .source = "QEMU docs/specs/fw_cfg.rst" },
	  .targets = EVERYWHERE,
	  .test = fwcfg_hand },
	{ { .id = "vm.rom-none",
	    .catalog = "F79",
	    .severity = SEV_BLOCK,
	    .says = "There is no ROM for the GPU: a host booted by UEFI has no VBIOS to lend, and legacy mode needs "
		    "one.",
	    .fix = "Name a VBIOS with romfile, or use the uefi mode.",
	    .source = QEMU_IGD },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_LEGACY),
	  .whole = true,
	  .test = rom_none_legacy },
	{ { .id = "vm.rom-none-uefi",
	    .catalog = "F41",
	    .severity = SEV_WARN,
	    .says = "No ROM is given: stock OVMF knows nothing of the GPU, so there is no picture before the guest's "
		    "driver, and on Windows perhaps none at all.",
	    .fix = "Name an option ROM with romfile, unless the firmware carries the drivers itself.",
	    .source = QEMU_DOC },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_UEFI),
	  .whole = true,
	  .test = rom_none_uefi },
	{ { .id = "vm.rom-hidden",
	    .catalog = "F88",
	    .severity = SEV_WARN,
	    .says = "rombar=0 hides the ROM file from the guest's firmware.",
	    .fix = "Leave rombar out.",
	    .source = "QEMU hw/vfio/pci.c, hw/pci/pci.c pci_add_option_rom()" },
	  .targets = EVERYWHERE,
	  .test = rom_hidden },
	{ { .id = "vm.rom-missing",
	    .catalog = "F42",
	    .severity = SEV_BLOCK,
	    .after = "vm.rom-absolute",
	    .says = "A ROM file is not there: QEMU ends.",
	    .fix = "Put it there, readable for all.",
	    .source = "QEMU hw/pci/pci.c, pci_add_option_rom()" },
	  .targets = EVERYWHERE,
	  .test = rom_missing },
	{ { .id = "vm.rom-bad",
	    .catalog = "F43",
	    .severity = SEV_BLOCK,
	    .after = "vm.rom-missing",
	    .says = "The ROM file is no PCI option ROM: firmware passes over it without a word.",
	    .fix = "Wrap the driver into an option ROM.",
	    .source = "PCI Firmware Specification 3.0, 5.1" },
	  .targets = EVERYWHERE,
	  .test = rom_bad },
	{ { .id = "vm.rom-firmware",
	    .catalog = "F44",
	    .severity = SEV_BLOCK,
	    .after = "vm.rom-bad",
	    .says = "The ROM holds nothing that this VM's firmware runs: OVMF wants an EFI image, SeaBIOS a VBIOS.",
	    .fix = "Use the other ROM, or the other firmware.",
	    .source = "PCI Firmware Specification 3.0, 5.1.2 (code type)" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .test = rom_firmware },
	{ { .id = "vm.rom-device",
	    .catalog = "F45",
	    .severity = SEV_WARN,
	    .after = "vm.rom-bad",
	    .says = "The ROM is made for another device; firmware passes over it.",
	    .fix = "Use the ROM of this very chip.",
	    .source = "EDK II MdeModulePkg PciOptionRomSupport.c; SeaBIOS src/optionroms.c" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .test = rom_device },
	{ { .id = "vm.secure-boot",
	    .catalog = "F53",
	    .severity = SEV_NOTE,
	    .says = "With Secure Boot keys enrolled OVMF may refuse an option ROM that is not signed.",
	    .fix = "If the ROM does not run, use a variable store without keys.",
	    .source = "EDK II SecurityPkg DxeImageVerificationLib" },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_UEFI),
	  .test = secure_boot },
	{ { .id = "vm.vga-beside",
	    .catalog = "F87",
	    .severity = SEV_BLOCK,
	    .says = "A VGA is emulated beside the GPU, which is to be the only one: the guest's firmware picks the "
		    "emulated one.",
	    .fix = "Emulate no display (vga: none, <model type='none'/>, -vga none).",
	    .source = QEMU_DOC },
	  .targets = ON(VM_LIBVIRT) | ON(VM_QEMU),
	  .modes = SCREEN,
	  .whole = true,
	  .test = vga_beside },
	{ { .id = "vm.display-on",
	    .severity = SEV_BLOCK,
	    .says = "QEMU cannot show the screen of a GPU that is passed through: display=on and ramfb=on end it.",
	    .fix = "Leave it out.",
	    .source = "QEMU hw/vfio/display.c" },
	  .targets = EVERYWHERE,
	  .test = display_on },
	{ { .id = "vm.mdev-opregion",
	    .severity = SEV_WARN,
	    .says = "From QEMU 10.0 on OVMF hangs on the OpRegion of a mediated device.",
	    .fix = "Write x-igd-opregion=off.",
	    .source = "kholia/OSX-KVM pull request 282; QEMU commit 106cdbcef4" },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_GVTG),
	  .test = mdev_opregion },
	{ { .id = "vm.two-gpus",
	    .severity = SEV_BLOCK,
	    .says = "QEMU makes the same fw_cfg file for each function of the GPU and ends on the second.",
	    .fix = "Give one function, or use QEMU 10.1 or newer for virtual functions.",
	    .source = "strongtz/i915-sriov-dkms issue 377; QEMU commits c0273e77f2, 0992ea07db" },
	  .targets = EVERYWHERE,
	  .test = two_gpus },
	{ { .id = "vm.vf-rom",
	    .catalog = "F89",
	    .severity = SEV_WARN,
	    .says = "A virtual function of the GPU has no display and runs no ROM; and without SR-IOV on there is no "
		    "such function, and the host can freeze.",
	    .fix = "To pass the whole GPU name function 0; for a virtual function leave the ROM out and turn SR-IOV "
		   "on first.",
	    .source = "LongQT-sea/intel-igpu-passthru issue 27" },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_SRIOV),
	  .test = vf_rom },
	{ { .id = "vm.no-audio",
	    .catalog = "F108",
	    .severity = SEV_NOTE,
	    .says = "The GPU's monitor gets no sound: that comes from another function of the host, mostly 00:1f.3.",
	    .fix = "Give that function too if its group allows (igdctl check 00:1f.3); else use USB sound.",
	    .source = "Linux sound/pci/hda/hda_intel.c" },
	  .targets = EVERYWHERE,
	  .modes = SCREEN,
	  .whole = true,
	  .test = sibling_audio },
	{ { .id = NULL } },
};
