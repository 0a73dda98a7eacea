// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/give.h"

#include <string.h>

#include "base/text.h"
#include "plan/with.h"
#include "store/qemu_args.h"

struct giving {
	const struct vm_case *c;
	const struct give_wish *w;
	struct given *g;
	struct vm *v; /* g->vm */
	struct arena *a;
	struct vm_pci *gpu;
};

/* ---- telling ------------------------------------------------------------------------------------------------ */

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static void change(struct giving *x, const char *what, const char *before, const char *after, const char *id,
		   const char *why)
{
	struct vm_change *n = same(before, after) ? NULL : arena_push(x->a, x->g->changes, x->g->n_changes);

	if (n)
		*n = (struct vm_change) { what, before, after, id, why };
}

static void todo(struct giving *x, const char *text)
{
	const char **n = arena_push(x->a, x->g->todo, x->g->n_todo);

	if (n)
		*n = text;
}

static const char *flag_str(enum vm_bool b)
{
	return b == VM_UNSAID ? NULL : b == VM_YES ? "1" : "0";
}

/* "hostpci0 rombar" */
static const char *of_gpu(struct giving *x, const char *what)
{
	return arena_printf(x->a, "%s %s", x->gpu->id ? x->gpu->id : "GPU", what);
}

/* ---- machine and firmware ----------------------------------------------------------------------------------- */

static const char *machine_name(struct giving *x, enum vm_machine_kind kind, bool pin)
{
	const char *stem = kind == VM_MACHINE_Q35 ? "pc-q35" : "pc-i440fx";

	if (!pin || !x->c->qemu_known)
		return kind == VM_MACHINE_Q35 ? "q35" : "pc";
	return arena_printf(x->a, "%s-%u.%u", stem, x->c->major, x->c->minor);
}

/* Older than the QEMU's oldest, or newer than itself. */
static bool machine_gone(const struct giving *x)
{
	const struct vm_machine *m = &x->v->machine;
	unsigned own = m->major * 100 + m->minor, qemu = x->c->major * 100 + x->c->minor;

	if (!m->pinned || !x->c->qemu_known)
		return false;
	return own > qemu || (qemu >= 1001 && own < setup_oldest_machine(x->c->major, x->c->minor));
}

static void machine_give(struct giving *x)
{
	enum vm_machine_kind want = x->w->setup.machine, is = x->v->machine.kind;
	bool windows = x->v->os == VM_OS_WINDOWS, pinned = x->v->machine.pinned, gone = machine_gone(x);
	const char *before = x->v->machine.raw, *viommu = x->v->machine.viommu, *after;

	if (want == is && !gone && !(windows && !pinned && x->c->qemu_known) && !x->w->fresh)
		return;
	after = machine_name(x, want, windows || pinned || x->w->fresh);
	vm_machine_read(span_str(after), x->a, &x->v->machine);
	x->v->machine.viommu = want == VM_MACHINE_Q35 ? viommu : NULL;
	change(x, "machine", before, after,
	       want != is ? "vm.q35-gop"
	       : gone	  ? "vm.machine-gone"
			  : "vm.machine-unpinned",
	       want != is    ? "the GPU's firmware needs the host's ids at the LPC bridge, which q35 cannot take"
	       : gone	     ? "this QEMU does not have that machine type"
	       : x->w->fresh ? "the same hardware after each upgrade of QEMU"
			     : "Windows must find the same hardware after an upgrade of QEMU");
	if (want != is && windows && !x->w->fresh)
		todo(x, "Windows finds other hardware on another machine type: suspend BitLocker, keep its recovery "
			"key, and have the storage driver installed before the change.");
}

/* Devices that only PCI Express has. */
static void pcie_take(struct giving *x)
{
	for (size_t i = 0; i < x->v->n_pcis && x->v->machine.kind != VM_MACHINE_Q35; i++) {
		struct vm_pci *p = &x->v->pcis[i];

		if (p->pcie != VM_YES)
			continue;
		p->pcie = VM_UNSAID;
		change(x, arena_printf(x->a, "%s pcie", p->id), "1", NULL, "vm.pcie-on-pc",
		       "i440fx has no PCI Express");
	}
}

static bool is_arg(const struct vm_arg *a, const char *option, const char *part)
{
	return strcmp(a->option, option) == 0 && a->value && strstr(a->value, part);
}

/* Take out raw options of that name whose value holds @part. */
static bool args_take(struct giving *x, const char *option, const char *part, const char *id, const char *why)
{
	size_t kept = 0, n = x->v->n_args;

	for (size_t i = 0; i < n; i++) {
		if (is_arg(&x->v->args[i], option, part))
			change(x, option, x->v->args[i].value, NULL, id, why);
		else
			x->v->args[kept++] = x->v->args[i];
	}
	x->v->n_args = kept;
	return kept < n;
}

/* The storage that the VM's first disk lies on. */
static const char *storage_of(struct giving *x)
{
	for (size_t i = 0; i < x->v->n_disks; i++) {
		const char *s = x->v->disks[i].source, *colon = s && s[0] != '/' ? strchr(s, ':') : NULL;

		if (colon && !x->v->disks[i].cdrom)
			return arena_printf(x->a, "%.*s", (int)(colon - s), s);
	}
	return "STORE";
}

static void vars_todo(struct giving *x)
{
	if (x->v->target == VM_PVE)
		todo(x, arena_printf(x->a,
				     "Give OVMF a store for its variables: qm set %s --efidisk0 "
				     "%s:1,efitype=4m,pre-enrolled-keys=0",
				     x->v->id ? x->v->id : "VMID", storage_of(x)));
}

static void firmware_give(struct giving *x)
{
	struct vm_firmware *f = &x->v->firmware;
	enum vm_firmware_kind want = x->w->setup.any_firmware && !x->w->fresh ? f->kind : x->w->setup.firmware;
	bool raw = x->v->target != VM_QEMU && f->ours;

	if (raw && args_take(x, "-drive", "pflash", "vm.own-firmware",
			     "the target's own OVMF is backed up and updated; the GPU's drivers come with its ROM")) {
		f->ours = f->doubled = false;
		f->code = f->vars = NULL;
	}
	if (want != f->kind || raw)
		change(x, "firmware",
		       raw		    ? "by arguments"
		       : f->kind == VM_OVMF ? "OVMF"
					    : "SeaBIOS",
		       want == VM_OVMF ? "OVMF" : "SeaBIOS", "vm.rom-firmware",
		       "the mode's ROM runs in this firmware");
	if (want != f->kind && !x->w->rom && x->w->setup.rom != ROM_NO && !x->w->fresh)
		todo(x,
		     want == VM_OVMF
			     ? "Name an option ROM with a UEFI driver (--rom)."
			     : "Name this machine's VBIOS (--rom): the ROM that OVMF ran does not run in SeaBIOS.");
	if (want != f->kind && !x->w->fresh)
		todo(x, want == VM_OVMF ? "A guest installed with a BIOS does not start under UEFI: convert its disk "
					  "first (Windows: mbr2gpt)."
					: "A guest installed with UEFI does not start with a BIOS.");
	if (x->v->target == VM_LIBVIRT && !f->code && f->secure_boot == VM_YES &&
	    x->v->machine.kind == VM_MACHINE_PC) {
		f->secure_boot = VM_UNSAID;
		change(x, "secure boot", "on", NULL, "vm.secure-boot",
		       "libvirt finds no firmware with enrolled keys for i440fx; an unsigned option ROM runs "
		       "without");
	}
	f->kind = want;
	if (want == VM_OVMF && x->w->fresh && x->v->target == VM_PVE) {
		f->vars = "local-lvm:1";
		f->vars_size = "4m";
	}
	if (want == VM_OVMF && !f->vars && !f->ours && !f->automatic)
		vars_todo(x);
}

/* ---- display ------------------------------------------------------------------------------------------------ */

static void display_put(struct giving *x, const char *now, const char *id, const char *why)
{
	const char *before = x->v->display_raw ? x->v->display_raw : x->v->display;

	change(x, "display", before, now, id, why);
	x->v->display = x->v->display_raw = now;
	x->v->screen = strcmp(now, "none") == 0 ? VM_NO : VM_YES;
	args_take(x, "-vga", "", "vm.vga-beside", "said by the target's own words");
}

static void display_give(struct giving *x)
{
	const struct vm *v = x->v;
	bool none = v->display && strcmp(v->display, "none") == 0;

	if (x->w->setup.alone && !(none && (v->target != VM_PVE || same(v->display_raw, "none"))))
		display_put(x, "none", "vm.vga-beside",
			    "the GPU must be the only display the guest's firmware finds");
	if (!x->w->setup.alone && (x->w->fresh || (none && (!x->c->gpu || x->c->mode != x->w->mode ||
							    (v->agent != VM_YES && !v->n_serial)))))
		display_put(x, v->os == VM_OS_LINUX ? "virtio" : "std", "vm.no-console",
			    "in this mode the GPU shows no picture of its own before the driver loads");
}

static void console_give(struct giving *x)
{
	struct vm *v = x->v;

	if (!x->w->setup.alone || v->agent == VM_YES || v->n_serial)
		return;
	v->n_serial = 1;
	change(x, "serial0", NULL, "socket", "vm.no-console", "a way in while the screen is dark");
	todo(x, "Set remote access up in the guest (RDP, SSH) before its emulated screen goes.");
}

/* ---- the GPU ------------------------------------------------------------------------------------------------ */

static struct vm_pci *gpu_find(struct giving *x)
{
	for (size_t i = 0; x->c->gpu && i < x->v->n_pcis; i++)
		if (&x->c->vm->pcis[i] == x->c->gpu)
			return &x->v->pcis[i];
	return NULL;
}

/* The first name that no other device has. */
static const char *free_id(struct giving *x, const char *stem)
{
	for (unsigned n = 0; n < 256; n++) {
		const char *id = arena_printf(x->a, "%s%u", stem, n);

		if (!vm_pci_of(x->v, id))
			return id;
	}
	return stem;
}

static const char *stem_of(enum vm_target t)
{
	static const char *const stems[] = { [VM_PVE] = "hostpci", [VM_LIBVIRT] = "hostdev", [VM_QEMU] = "igd" };

	return stems[t];
}

static struct vm_pci *pci_add(struct giving *x, struct pci_addr host)
{
	const char *id = free_id(x, stem_of(x->v->target));
	struct vm_pci *p = arena_push(x->a, x->v->pcis, x->v->n_pcis);

	if (p)
		*p = (struct vm_pci) {
			.id = id, .from = id, .host = host, .has_host = true, .n_hosts = 1, .managed = VM_YES
		};
	return p;
}

static const char *addr_of(struct giving *x, const struct vm_pci *p)
{
	if (p->mapping)
		return arena_printf(x->a, "mapping %s", p->mapping);
	if (p->host.fn == VM_FN_ALL)
		return arena_printf(x->a, "%04x:%02x:%02x", p->host.domain, p->host.bus, p->host.dev);
	return arena_printf(x->a, "%04x:%02x:%02x.%x", p->host.domain, p->host.bus, p->host.dev, p->host.fn);
}

/* Out of raw arguments into the target's own words: the GPU, and what stands beside it there. */
static void own_words(struct giving *x)
{
	if (!x->gpu->raw || x->v->target == VM_QEMU)
		return;
	args_take(x, "-device", "vfio-pci", "vm.by-args",
		  "the target binds, reserves and checks what its own words name; no patch to it is needed");
	for (size_t i = 0; i < x->v->n_pcis; i++) {
		struct vm_pci *p = &x->v->pcis[i];

		if (!p->raw)
			continue;
		p->raw = false;
		p->id = p->from = free_id(x, stem_of(x->v->target));
		if (p->romfile && *p->romfile && p->romfile[0] != '/' && x->v->target == VM_PVE)
			p->romfile = arena_printf(x->a, "/usr/share/kvm/%s", p->romfile);
		p->driver = NULL;
		p->managed = VM_YES;
	}
}

static void host_give(struct giving *x)
{
	struct vm_pci *p = x->gpu;
	const char *before = addr_of(x, p);

	if ((p->mapping && x->w->mode != MODE_SRIOV) || (p->mdev && x->w->mdev && !p->has_host))
		return; /* named in another way */
	p->host = x->w->gpu;
	p->has_host = true;
	p->n_hosts = 1;
	change(x, of_gpu(x, "host"), before, addr_of(x, p), "vm.no-function",
	       "one function; without it every function of the slot is taken, virtual ones too");
}

static const char *place_str(struct giving *x, struct vm_slot s)
{
	switch (s.place) {
	case VM_PLACE_ROOT:
		return arena_printf(x->a, "00:%02x.%x", s.dev, s.fn);
	case VM_PLACE_AUTO:
		return "any";
	case VM_PLACE_BEHIND:
		return "behind a bridge";
	default:
		return arena_printf(x->a, "bus %s, which is not there", s.bus);
	}
}

static void place_give(struct giving *x)
{
	struct vm_pci *p = x->gpu;
	bool pc = x->v->machine.kind == VM_MACHINE_PC, two = x->w->setup.at_2;
	enum vm_bool legacy = x->v->target == VM_PVE && two && pc ? VM_YES : VM_UNSAID;
	struct vm_slot before = p->guest;

	if (two)
		p->guest = (struct vm_slot) { VM_PLACE_ROOT, 2, 0, pc ? "pci.0" : "pcie.0" };
	else if (x->w->fresh || before.place == VM_PLACE_NO_BUS || (before.place == VM_PLACE_ROOT && before.dev == 2))
		p->guest = (struct vm_slot) { .place = VM_PLACE_AUTO };
	change(x, of_gpu(x, "in the guest"), place_str(x, before), place_str(x, p->guest), "vm.slot",
	       "ROM and drivers want the GPU at 00:02.0 of the guest");
	change(x, of_gpu(x, "legacy-igd"), flag_str(p->legacy_igd), flag_str(legacy), "vm.bridge-at-1f",
	       legacy == VM_YES ? "gives the GPU slot 2 and frees 00:1f.0 for its LPC bridge"
				: "only for slot 2 of i440fx");
	p->legacy_igd = legacy;
	if (!two && x->v->target == VM_PVE && x->v->machine.kind == VM_MACHINE_Q35 && p->pcie == VM_UNSAID &&
	    !p->mdev)
		p->pcie = VM_YES;
	else if (two && p->pcie == VM_YES)
		p->pcie = VM_UNSAID;
}

static void rom_give(struct giving *x)
{
	struct vm_pci *p = x->gpu;
	const char *before = p->romfile;
	enum vm_bool bar = x->w->mode == MODE_UPT ? VM_NO : VM_UNSAID;

	if (x->w->setup.rom == ROM_NO)
		p->romfile = p->romfile_raw = NULL;
	else if (x->w->rom)
		p->romfile = p->romfile_raw = x->w->rom;
	if (x->w->setup.rom == ROM_NO && x->w->rom)
		todo(x, "No ROM is run in this mode: what --rom names is not used.");
	change(x, of_gpu(x, "romfile"), before, p->romfile, "vm.rom-none",
	       p->romfile ? "what the guest's firmware runs to bring the GPU up" : "no ROM is run in this mode");
	if (x->w->setup.rom != ROM_NO && !(p->romfile && *p->romfile))
		todo(x, x->w->setup.rom == ROM_UEFI
				? "Make an option ROM out of the firmware of this very machine (IGD assignment, GOP "
				  "policy, GOP driver) and name it with --rom; without it the screen stays dark "
				  "until the guest's driver loads."
				: "Name this machine's VBIOS with --rom.");
	if (p->rombar == VM_YES && bar == VM_UNSAID)
		bar = VM_YES; /* says what is so anyway */
	change(x, of_gpu(x, "rombar"), flag_str(p->rombar), flag_str(bar),
	       bar == VM_NO ? "vm.rom-hidden" : "vm.legacy-clash",
	       bar == VM_NO ? "no ROM is looked for where none is needed" : "the guest's firmware must see the ROM");
	p->rombar = bar;
	if (p->x_vga != VM_UNSAID && x->w->mode != MODE_AMD_APU) {
		change(x, of_gpu(x, "x-vga"), flag_str(p->x_vga), NULL, "vm.legacy-clash",
		       "QEMU claims the VGA ranges by itself where the mode needs them");
		p->x_vga = VM_UNSAID;
	}
	if (p->mdev)
		return; /* a share can be shown by QEMU */
	if (p->display == VM_YES || p->ramfb == VM_YES)
		change(x, of_gpu(x, "display"), "on", NULL, "vm.display-on", "QEMU cannot show it");
	p->display = p->ramfb = VM_UNSAID;
	vm_setting_put(x->v, p, "display", NULL, NULL);
	vm_setting_put(x->v, p, "ramfb", NULL, NULL);
}

static const char *why_setting(const char *name)
{
	static const struct {
		const char *name, *id, *why;
	} whys[] = {
		{ "x-igd-opregion", "vm.opregion-unsaid", "its default changed from off to on in QEMU 10.1" },
		{ "x-igd-lpc", "vm.lpc-missing", "the GOP driver looks at the ids of the LPC bridge" },
		{ "x-igd-legacy-mode", "vm.legacy-mode-unsaid", "QEMU 10.0 and newer would else guess" },
		{ "x-igd-gms", "vm.gms-zero", "QEMU up to 9.1 says no memory at all without it" },
		{ "x-pci-class-code", "vm.display-class", "the GOP driver wants a VGA" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(whys); i++)
		if (strcmp(whys[i].name, name) == 0)
			return whys[i].why;
	return "";
}

static const char *id_setting(const char *name)
{
	return strcmp(name, "x-igd-gms") == 0		? "vm.gms-inert"
	       : strcmp(name, "x-igd-lpc") == 0		? "vm.lpc-missing"
	       : strcmp(name, "x-igd-legacy-mode") == 0 ? "vm.legacy-mode-unsaid"
	       : strcmp(name, "x-pci-class-code") == 0	? "vm.display-class"
							: "vm.opregion-unsaid";
}

static const char *why_gone(const struct giving *x, const char *name)
{
	if (strcmp(name, "x-igd-gms") != 0)
		return "not for this mode on this QEMU";
	return x->c->qemu == QEMU_B ? "QEMU 9.2 reads it and does nothing with it"
				    : "QEMU takes the host's own size without it";
}

/* Does a value that is there say the same: "2" and "0x2", "true" and "on"? */
static bool means_same(const char *a, const char *b)
{
	uint64_t x, y;

	if (text_number(span_str(a), &x) && text_number(span_str(b), &y))
		return x == y;
	return strcmp(a, b) == 0 || (vm_bool_read(a) != VM_UNSAID && vm_bool_read(a) == vm_bool_read(b));
}

static void settings_give(struct giving *x)
{
	static const char *const ours[] = { "x-igd-opregion", "x-igd-lpc", "x-igd-legacy-mode", "x-igd-gms",
					    "x-pci-class-code" };
	struct vm_pci *p = x->gpu;

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		const struct vm_setting *is = vm_setting(p, ours[i]), *want = setup_setting(&x->w->setup, ours[i]);

		if (is && want && means_same(is->value, want->value))
			continue;
		if (is || want)
			change(x, of_gpu(x, ours[i]), is ? is->value : NULL, want ? want->value : NULL,
			       id_setting(ours[i]), want ? why_setting(ours[i]) : why_gone(x, ours[i]));
		vm_setting_put(x->v, p, ours[i], want ? want->value : NULL, "setup");
	}
}

/* Arguments that set what legacy-igd and the settings say now. */
static void sets_take(struct giving *x)
{
	const struct vm_pci *p = x->gpu;
	size_t kept = 0;

	for (size_t i = 0; i < x->v->n_args; i++) {
		const struct vm_arg *a = &x->v->args[i];
		const char *head = p->id ? arena_printf(x->a, "device.%s.", p->id) : "device.";
		bool ours = strcmp(a->option, "-set") == 0 && a->value && strncmp(a->value, head, strlen(head)) == 0;

		if (ours && strncmp(a->value + strlen(head), "addr=", 5) == 0 && p->legacy_igd == VM_YES)
			change(x, "-set", a->value, NULL, "vm.set-redundant",
			       "legacy-igd=1 already puts the GPU there");
		if (!ours)
			x->v->args[kept++] = *a;
	}
	x->v->n_args = kept;
}

static void gpu_give(struct giving *x)
{
	x->gpu = gpu_find(x);
	if (!x->gpu) {
		x->gpu = pci_add(x, x->w->gpu);
		if (!x->gpu)
			return;
		x->gpu->guest.place = VM_PLACE_AUTO;
		change(x, x->gpu->id, NULL, addr_of(x, x->gpu), "vm.gpu", "the GPU goes to this VM");
	}
	own_words(x);
	host_give(x);
	if (!same(x->gpu->mdev, x->w->mdev))
		change(x, of_gpu(x, "mdev"), x->gpu->mdev, x->w->mdev, "vm.mode", "a share of the GPU, or all of it");
	x->gpu->mdev = x->w->mdev;
	place_give(x);
	rom_give(x);
	settings_give(x);
	sets_take(x);
	if (args_take(x, "-fw_cfg", "etc/igd-", "vm.fwcfg-by-hand", "QEMU makes these files itself"))
		x->v->n_fwcfgs = 0;
}

/* ---- the rest of the VM ------------------------------------------------------------------------------------- */

static void memory_give(struct giving *x)
{
	if (x->v->balloon != VM_NO && x->v->target != VM_QEMU) {
		change(x, "balloon", x->v->balloon == VM_YES ? "on" : NULL, "0", "vm.balloon",
		       "a VM with a passed-through device cannot give memory back");
		x->v->balloon = VM_NO;
	}
	if (x->w->fresh)
		x->v->locked = VM_YES;
}

static void cpu_give(struct giving *x)
{
	struct vm_cpu *c = &x->v->cpu;
	bool host = c->model && (strcmp(c->model, "host") == 0 || strcmp(c->model, "max") == 0);

	if (!host && !c->doubled && (x->v->os != VM_OS_OTHER || !c->model)) {
		change(x, "cpu", c->model, "host", "vm.cpu-model", "the GPU's driver looks for the host's features");
		c->model = "host";
		c->flags = NULL;
	}
	if (x->w->phys_limit && c->phys_limit != x->w->phys_limit && x->v->firmware.kind == VM_OVMF) {
		change(x, "cpu address bits", c->phys_limit ? arena_printf(x->a, "%u", c->phys_limit) : NULL,
		       arena_printf(x->a, "%u", x->w->phys_limit), "vm.phys-bits",
		       "the host's IOMMU reaches no further");
		c->phys_limit = x->w->phys_limit;
	}
	if (x->v->os == VM_OS_WINDOWS && c->hyperv == VM_UNSAID && x->v->target != VM_PVE) {
		c->hyperv = VM_YES;
		change(x, "enlightenments", NULL, "on", "vm.windows", "Windows runs slowly without them");
	}
	if (x->w->p_cpus && !c->affinity && !c->n_pins) {
		c->affinity = x->w->p_cpus;
		change(x, "affinity", NULL, c->affinity, "vm.cores",
		       "the guest sees all processors alike: keep it on the performance cores");
	}
}

static void boot_give(struct giving *x)
{
	struct vm *v = x->v;
	struct vm_disk *first = NULL;
	const char *before = v->boot_raw;

	if (v->n_boot_lost && !v->boot_empty) {
		change(x, "boot", before, "without devices that are not there", "vm.boot-lost",
		       "they cannot be started");
		v->n_boot_lost = 0;
		return;
	}
	if (!v->boot_empty)
		return;
	for (size_t i = 0; i < v->n_disks && !first; i++)
		first = v->disks[i].cdrom || !v->disks[i].source ? NULL : &v->disks[i];
	if (!first)
		return;
	first->boot = 1;
	v->boot_empty = false;
	v->n_boot_lost = 0;
	v->boot_raw = arena_printf(x->a, "order=%s", first->from);
	change(x, "boot", before && *before ? before : "empty", v->boot_raw, "vm.boot-empty",
	       "an empty order starts only what OVMF remembers");
}

static bool has_pci(const struct vm *v, struct pci_addr a)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].has_host &&
		    (pci_addr_eq(v->pcis[i].host, a) ||
		     (v->pcis[i].host.fn == VM_FN_ALL && pci_addr_same_slot(v->pcis[i].host, a))))
			return true;
	return false;
}

static bool has_usb(const struct vm *v, const struct vm_usb *u)
{
	for (size_t i = 0; i < v->n_usbs; i++)
		if (u->port ? same(u->port, v->usbs[i].port)
			    : v->usbs[i].vendor == u->vendor && v->usbs[i].product == u->product)
			return true;
	return false;
}

static void companions_give(struct giving *x)
{
	struct vm_usb *u;

	for (size_t i = 0; i < x->w->n_pcis; i++) {
		struct vm_pci *p = has_pci(x->v, x->w->pcis[i]) ? NULL : pci_add(x, x->w->pcis[i]);

		if (!p)
			continue;
		p->guest.place = VM_PLACE_AUTO;
		p->pcie = x->v->target == VM_PVE && x->v->machine.kind == VM_MACHINE_Q35 ? VM_YES : VM_UNSAID;
		change(x, p->id, NULL, addr_of(x, p), "vm.with", "asked for");
	}
	for (size_t i = 0; i < x->w->n_usbs; i++) {
		u = has_usb(x->v, &x->w->usbs[i]) ? NULL : arena_push(x->a, x->v->usbs, x->v->n_usbs);
		if (!u)
			continue;
		*u = x->w->usbs[i];
		u->from = arena_printf(x->a, "usb%zu", x->v->n_usbs - 1);
		change(x, "USB", NULL, u->port ? u->port : arena_printf(x->a, "%04x:%04x", u->vendor, u->product),
		       "vm.with", "asked for");
	}
}

/* What the host would lose with a device that the VM takes beside the GPU; NULL: nothing, as far as is known. */
static const char *loss_of(struct giving *x, const struct vm_pci *p)
{
	struct pci_addr lpc = { 0, 0, 0x1f, 0 };

	if (p->host.fn == VM_FN_ALL && pci_addr_same_slot(p->host, lpc))
		return "with all of 00:1f the LPC bridge would go";
	if (pci_addr_eq(p->host, lpc))
		return "the host cannot do without its LPC bridge";
	return with_loss(x->c->f, p->host, x->a);
}

/* Devices that the host cannot lose stay with it, whatever the definition says. */
static void devices_keep(struct giving *x)
{
	size_t kept = 0, n = x->v->n_pcis;

	for (size_t i = 0; i < n; i++) {
		struct vm_pci *p = &x->v->pcis[i];
		const char *loss = p != x->gpu && p->has_host && !p->mdev ? loss_of(x, p) : NULL;

		if (loss) {
			change(x, p->id ? p->id : p->from, addr_of(x, p), NULL, "vm.group", loss);
			continue;
		}
		if (p == x->gpu)
			x->gpu = &x->v->pcis[kept];
		x->v->pcis[kept++] = *p;
	}
	x->v->n_pcis = kept;
}

bool vm_give(const struct vm *from, const struct vm_case *c, const struct give_wish *w, struct given *ret)
{
	struct giving x = { .c = c, .w = w, .g = ret, .v = &ret->vm, .a = from->arena };

	*ret = (struct given) { 0 };
	if (!vm_copy(from, &ret->vm))
		return false;
	machine_give(&x);
	pcie_take(&x);
	firmware_give(&x);
	gpu_give(&x);
	if (!x.gpu)
		return false;
	devices_keep(&x);
	display_give(&x);
	console_give(&x);
	memory_give(&x);
	cpu_give(&x);
	boot_give(&x);
	companions_give(&x);
	if (w->fresh && x.v->target == VM_PVE)
		todo(&x, "STORE:N makes a new volume of N GiB when qm create runs; a .conf names the volume itself. "
			 "Replace local-lvm and vmbr0 by yours.");
	return !from->arena->full;
}
