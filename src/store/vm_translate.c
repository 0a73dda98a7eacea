// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_translate.h"

#include <string.h>

#include "base/text.h"
#include "store/section_conf.h"

/* What the first target calls a disk says its bus and place; so does the other's name for it. */
static const char *disk_name(struct vm *v, const struct vm_disk *d, enum vm_target target, unsigned nth)
{
	static const char *const pve[] = { [VM_DISK_IDE] = "ide",
					   [VM_DISK_SATA] = "sata",
					   [VM_DISK_SCSI] = "scsi",
					   [VM_DISK_VIRTIO] = "virtio",
					   [VM_DISK_OTHER] = "sata" };
	static const char *const libvirt[] = { [VM_DISK_IDE] = "hd",
					       [VM_DISK_SATA] = "sd",
					       [VM_DISK_SCSI] = "sd",
					       [VM_DISK_VIRTIO] = "vd",
					       [VM_DISK_OTHER] = "sd" };

	if (target == VM_PVE)
		return arena_printf(v->arena, "%s%u", pve[d->bus], d->index);
	if (target == VM_LIBVIRT)
		return arena_printf(v->arena, "%s%c", libvirt[d->bus], 'a' + (char)(nth % 26));
	return arena_printf(v->arena, "drive%u", nth);
}

static unsigned same_stem(const struct vm *v, size_t at)
{
	unsigned n = 0;

	for (size_t i = 0; i < at; i++) {
		bool a = v->disks[i].bus == VM_DISK_SATA || v->disks[i].bus == VM_DISK_SCSI ||
			 v->disks[i].bus == VM_DISK_OTHER;
		bool b = v->disks[at].bus == VM_DISK_SATA || v->disks[at].bus == VM_DISK_SCSI ||
			 v->disks[at].bus == VM_DISK_OTHER;

		n += v->disks[i].bus == v->disks[at].bus || (a && b);
	}
	return n;
}

static void volume_resolve(struct vm *v, const char **source, const char **format, struct span storage,
			   struct vm_losses *lost)
{
	const char *path;

	if (!*source || (*source)[0] == '/' || !strchr(*source, ':'))
		return;
	path = storage_path(storage, *source, v->arena, format);
	if (!path) {
		vm_lose(lost, arena_printf(v->arena, "volume %s", *source),
			"put its path in the place of /REPLACE/...: pvesm path tells it on the Proxmox host");
		path = arena_printf(v->arena, "/REPLACE/%.*s/%s", (int)strcspn(*source, ":"), *source,
				    strchr(*source, ':') + 1);
	}
	*source = path;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

static void names_give(struct vm *v, enum vm_target target)
{
	static const char *const stems[] = { [VM_PVE] = "hostpci", [VM_LIBVIRT] = "hostdev", [VM_QEMU] = "hostdev" };

	for (size_t i = 0; i < v->n_pcis; i++) {
		struct vm_pci *p = &v->pcis[i];

		p->id = p->from = arena_printf(v->arena, "%s%zu", stems[target], i);
		if (v->target == VM_PVE && p->romfile && *p->romfile &&
		    p->romfile[0] != '/') /* raw: QEMU's own folder */
			p->romfile = arena_printf(v->arena, "/usr/share/kvm/%s", p->romfile);
		p->raw = false;
		p->managed = VM_YES;
		if (p->guest.place != VM_PLACE_ROOT || p->guest.dev != 2)
			p->guest = (struct vm_slot) { .place = VM_PLACE_AUTO };
		if (target != VM_PVE)
			p->legacy_igd = p->pcie = VM_UNSAID;
		else
			p->display = p->ramfb = p->multifunction = VM_UNSAID;
		if (target == VM_PVE || !p->driver || strcmp(p->driver, "vfio-pci-nohotplug") != 0)
			p->driver = NULL; /* the usual one */
		vm_setting_put(v, p, "driver", NULL, NULL);
	}
	for (size_t i = 0; i < v->n_disks; i++)
		v->disks[i].from =
			disk_name(v, &v->disks[i], target, target == VM_LIBVIRT ? same_stem(v, i) : (unsigned)i);
	for (size_t i = 0; i < v->n_nets; i++) {
		v->nets[i].from = arena_printf(v->arena, "net%zu", i);
		if (v->nets[i].model && strncmp(v->nets[i].model, "virtio-net", 10) == 0) /* QEMU's name of it */
			v->nets[i].model = "virtio";
	}
	for (size_t i = 0; i < v->n_usbs; i++)
		v->usbs[i].from = arena_printf(v->arena, "usb%zu", i);
}

static bool is_modelled(const struct vm_arg *x, enum vm_target from)
{
	static const char *const whole[] = { "-name",	   "-machine",	  "-M",	      "-cpu",	     "-smp",
					     "-m",	   "-vga",	  "-display", "-vnc",	     "-spice",
					     "-nographic", "-nodefaults", "-drive",   "-device",     "-bios",
					     "-netdev",	   "-nic",	  "-serial",  "-uuid",	     "-set",
					     "-boot",	   "-overcommit", "-rtc",     "-enable-kvm", "-accel",
					     "-cdrom" };

	if (from != VM_QEMU) /* exceptions beside the target's own words: only these are in the model */
		return strcmp(x->option, "-set") == 0 ||
		       (x->value && strcmp(x->option, "-device") == 0 && strncmp(x->value, "vfio-pci", 8) == 0) ||
		       (x->value && strcmp(x->option, "-drive") == 0 && strstr(x->value, "if=pflash"));
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (strcmp(x->option, whole[i]) == 0)
			return true;
	return false;
}

/* Raw options that the model does not hold go along where the other target takes raw options too. */
static void args_give(struct vm *v, enum vm_target target, struct vm_losses *lost)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->n_args; i++) {
		const struct vm_arg x = v->args[i];

		if (is_modelled(&x, v->target))
			continue;
		if (v->target != VM_QEMU && target != VM_QEMU)
			v->args[kept++] = x;
		else if (v->target == VM_QEMU && target != VM_QEMU)
			vm_lose(lost, arena_printf(v->arena, "%s %s", x.option, x.value ? x.value : ""),
				"put it into raw arguments if the VM needs it");
		else
			vm_lose(lost, arena_printf(v->arena, "%s %s", x.option, x.value ? x.value : ""),
				"add it to the line if the VM needs it");
	}
	v->n_args = kept;
}

static const char *display_word(const struct vm *v)
{
	if (!v->display)
		return NULL;
	return strcmp(v->display, "none") == 0	       ? "none"
	       : strncmp(v->display, "virtio", 6) == 0 ? "virtio"
	       : strncmp(v->display, "qxl", 3) == 0    ? "qxl"
						       : "std";
}

static const char *os_word(const struct vm *v)
{
	if (v->os == VM_OS_WINDOWS)
		return v->windows >= 11			     ? "win11"
		       : v->windows == 10 || v->windows == 0 ? "win10"
		       : v->windows == 8		     ? "win8"
							     : "win7";
	return v->os == VM_OS_LINUX ? "l26" : v->os == VM_OS_OTHER ? "other" : NULL;
}

/* Proxmox's revision of a machine type is its own, and so are its words. */
static void words_give(struct vm *v, enum vm_target target)
{
	struct span type = span_str(v->machine.raw ? v->machine.raw : "");
	const char *viommu = v->machine.viommu;

	vm_machine_read(span_before(type, '+'), v->arena, &v->machine);
	v->machine.viommu = viommu;
	v->display = v->display_raw = display_word(v);
	v->os_raw = target == VM_PVE ? os_word(v) : NULL;
	v->boot_raw = NULL;
	v->n_boot_lost = 0;
	if (v->target != VM_PVE)
		v->balloon = v->balloon == VM_UNSAID && v->target == VM_QEMU ? VM_NO : v->balloon;
	if (target == VM_PVE && !v->cpu.cores) {
		unsigned sockets = v->cpu.sockets ? v->cpu.sockets : 1;

		v->cpu.cores = v->cpu.vcpus / sockets ? v->cpu.vcpus / sockets : 1;
	}
	if (target == VM_PVE && v->cpu.cores && v->cpu.threads > 1)
		v->cpu.cores *= v->cpu.threads; /* Proxmox knows no threads */
	v->cpu.flags = NULL;
}

static void firmware_give(struct vm *v, enum vm_target target, struct vm_losses *lost)
{
	struct vm_firmware *f = &v->firmware;

	if (target == VM_PVE && f->kind == VM_OVMF && f->vars && f->vars[0] == '/') {
		vm_lose(lost, f->vars,
			"import the variable store: qm set VMID --efidisk0 STORE:0,import-from=FILE,efitype=4m,"
			"pre-enrolled-keys=0");
		f->vars = NULL;
	}
	if (target == VM_PVE && f->code)
		vm_lose(lost, f->code, "Proxmox's own OVMF is used; what this one adds must come with the GPU's ROM");
	if (target == VM_PVE) {
		f->code = NULL;
		f->automatic = false;
	}
	f->ours = f->doubled = false;
}

static void pve_losses(struct vm *v, struct vm_losses *lost)
{
	for (size_t i = 0; i < v->n_disks; i++)
		if (v->disks[i].source && v->disks[i].source[0] == '/')
			vm_lose(lost, v->disks[i].source,
				arena_printf(v->arena, "import the disk: qm set VMID --%s STORE:0,import-from=FILE",
					     v->disks[i].from));
	for (size_t i = 0; i < v->n_nets; i++)
		if (!v->nets[i].bridge) {
			vm_lose(lost,
				arena_printf(v->arena, "%s %s of %s", v->nets[i].network ? "network" : "user network",
					     v->nets[i].network ? v->nets[i].network : "", v->nets[i].from),
				"name your bridge; vmbr0 stands there now");
			v->nets[i].bridge = "vmbr0";
			v->nets[i].user = false;
		}
	if (v->tpm.there && !v->tpm.state)
		vm_lose(lost, "the TPM", "make one: qm set VMID --tpmstate0 STORE:1,version=v2.0");
	if (v->cpu.n_pins && !v->cpu.affinity)
		vm_lose(lost, "a processor for each virtual CPU", "Proxmox pins all of them to one list (affinity)");
}

static void redacted_drop(const char **s)
{
	if (*s && (*s)[0] == '<')
		*s = NULL;
}

/* What a capture keeps to itself ("<uuid>", "<mac>") is nothing to write down. */
static void redacted_take(struct vm *v)
{
	redacted_drop(&v->uuid);
	redacted_drop(&v->vmgenid);
	for (size_t i = 0; i < v->n_nets; i++)
		redacted_drop(&v->nets[i].mac);
}

void vm_translate(struct vm *v, enum vm_target target, struct span storage, struct vm_losses *lost)
{
	redacted_take(v);
	args_give(v, target, lost);
	names_give(v, target);
	words_give(v, target);
	firmware_give(v, target, lost);
	for (size_t i = 0; i < v->n_disks && target != VM_PVE; i++)
		volume_resolve(v, &v->disks[i].source, &v->disks[i].format, storage, lost);
	if (target != VM_PVE && v->firmware.vars)
		volume_resolve(v, &v->firmware.vars, &(const char *) { NULL }, storage, lost);
	if (target == VM_PVE)
		pve_losses(v, lost);
	for (size_t i = 0; i < v->n_others; i++)
		vm_lose(lost, v->others[i].what,
			arena_printf(v->arena, "%s: this program has no word of %s for it",
				     v->others[i].value && *v->others[i].value ? v->others[i].value : "said",
				     vm_target_str(target)));
	v->target = target;
	v->json_devices = target == VM_LIBVIRT ? VM_UNSAID : VM_NO;
	v->n_others = v->n_faults = v->n_snapshots = v->n_holders = 0;
	v->others = NULL;
	v->faults = NULL;
	v->holders = NULL;
	v->lock = NULL;
	v->pending = v->fragment = false;
}
