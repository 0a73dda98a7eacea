// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_pve_write.c - a VM as keys of a Proxmox definition. Each key is one function that says its value, or NULL for
 * "not to be there"; it is asked about the VM before and after, and the document is touched only where the answers
 * differ.
 */
#include "store/vm_pve.h"

#include <string.h>

#include "base/text.h"
#include "store/qemu_args.h"

struct writing {
	struct pve_doc *d;
	struct arena *a;
	bool ok;
};

/* ---- keys that are one value -------------------------------------------------------------------------------- */

typedef const char *(*say)(struct arena *a, const struct vm *v);

static const char *machine_say(struct arena *a, const struct vm *v)
{
	const char *type = v->machine.raw ? v->machine.raw : v->machine.kind == VM_MACHINE_Q35 ? "q35" : NULL;

	if (!type)
		return v->machine.viommu ? arena_printf(a, "pc,viommu=%s", v->machine.viommu) : NULL;
	return v->machine.viommu ? arena_printf(a, "%s,viommu=%s", type, v->machine.viommu) : type;
}

static const char *bios_say(struct arena *a, const struct vm *v)
{
	(void)a;
	return v->firmware.kind == VM_OVMF && !v->firmware.ours ? "ovmf" : NULL;
}

static const char *vga_say(struct arena *a, const struct vm *v)
{
	(void)a;
	return v->display_raw ? v->display_raw : v->display;
}

static const char *cpu_say(struct arena *a, const struct vm *v)
{
	const struct vm_cpu *c = &v->cpu;
	const char *s;

	if (!c->model)
		return NULL;
	s = strcmp(c->model, "max") == 0 ? "host" : c->model;
	if (c->flags)
		s = arena_printf(a, "%s,flags=%s", s, c->flags);
	if (c->hidden == VM_YES)
		s = arena_printf(a, "%s,hidden=1", s);
	if (c->hv_vendor)
		s = arena_printf(a, "%s,hv-vendor-id=%s", s, c->hv_vendor);
	return c->phys_limit ? arena_printf(a, "%s,phys-bits=%u", s, c->phys_limit) : s;
}

static const char *cores_say(struct arena *a, const struct vm *v)
{
	return v->cpu.cores ? arena_printf(a, "%u", v->cpu.cores) : NULL;
}

static const char *sockets_say(struct arena *a, const struct vm *v)
{
	return v->cpu.sockets ? arena_printf(a, "%u", v->cpu.sockets) : NULL;
}

/* One list for all virtual CPUs: Proxmox cannot pin each. */
static const char *affinity_say(struct arena *a, const struct vm *v)
{
	const char *s = v->cpu.affinity;

	for (size_t i = 0; i < v->cpu.n_pins && !v->cpu.affinity; i++)
		if (v->cpu.pins[i].vcpu >= 0)
			s = s ? arena_printf(a, "%s,%s", s, v->cpu.pins[i].cpus) : v->cpu.pins[i].cpus;
	return s;
}

static const char *memory_say(struct arena *a, const struct vm *v)
{
	return arena_printf(a, "%llu", (unsigned long long)v->memory_mib);
}

static const char *balloon_say(struct arena *a, const struct vm *v)
{
	if (v->balloon == VM_NO)
		return "0";
	return v->balloon == VM_YES && v->balloon_mib ? arena_printf(a, "%llu", (unsigned long long)v->balloon_mib)
						      : NULL;
}

static const char *agent_say(struct arena *a, const struct vm *v)
{
	(void)a;
	return v->agent == VM_UNSAID ? NULL : v->agent == VM_YES ? "1" : "0";
}

static const char *serial_say(struct arena *a, const struct vm *v)
{
	(void)a;
	return v->n_serial ? "socket" : NULL;
}

static const char *boot_say(struct arena *a, const struct vm *v)
{
	const char *order = NULL;
	unsigned n = (unsigned)(v->n_disks + v->n_nets + v->n_pcis);

	if (v->boot_empty || (v->boot_raw && strncmp(v->boot_raw, "order=", 6) != 0))
		return v->boot_raw;
	for (unsigned place = 1; place <= n; place++) {
		const char *name = NULL;

		for (size_t i = 0; i < v->n_disks; i++)
			name = v->disks[i].boot == place ? v->disks[i].from : name;
		for (size_t i = 0; i < v->n_nets; i++)
			name = v->nets[i].boot == place ? v->nets[i].from : name;
		for (size_t i = 0; i < v->n_pcis; i++)
			name = v->pcis[i].boot == place ? v->pcis[i].id : name;
		if (name)
			order = order ? arena_printf(a, "%s;%s", order, name) : arena_printf(a, "order=%s", name);
	}
	for (size_t i = 0; i < v->n_boot_lost; i++)
		order = arena_printf(a, "%s%s%s", order ? order : "order=", order ? ";" : "", v->boot_lost[i]);
	return order;
}

static const char *ostype_say(struct arena *a, const struct vm *v)
{
	(void)a;
	return v->os_raw;
}

static bool name_fits(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

	return n > 0 && s[n] == '\0' && s[0] != '-' && s[0] != '.';
}

static const char *name_say(struct arena *a, const struct vm *v)
{
	char *s;

	if (!v->name || name_fits(v->name))
		return v->name;
	s = arena_alloc(a, strlen(v->name) + 1); /* a DNS name: blanks and the like become '-' */
	for (size_t i = 0; s && v->name[i]; i++)
		s[i] = name_fits((char[]) { 'a', v->name[i], 'a', 0 }) ? v->name[i] : '-';
	return s;
}

static const char *smbios_say(struct arena *a, const struct vm *v)
{
	return v->uuid ? arena_printf(a, "uuid=%s", v->uuid) : NULL;
}

static const char *vmgenid_say(struct arena *a, const struct vm *v)
{
	(void)a;
	return v->vmgenid;
}

static const char *efidisk_say(struct arena *a, const struct vm *v)
{
	const struct vm_firmware *f = &v->firmware;

	if (!f->vars || f->ours)
		return NULL; /* Proxmox passes over it while another firmware runs */
	return arena_printf(a, "%s,efitype=%s%s", f->vars, f->vars_size ? f->vars_size : "4m",
			    f->secure_boot == VM_YES ? ",pre-enrolled-keys=1" : "");
}

static const char *tpm_say(struct arena *a, const struct vm *v)
{
	if (!v->tpm.there || !v->tpm.state)
		return NULL;
	return arena_printf(a, "%s,version=v%s", v->tpm.state, v->tpm.version ? v->tpm.version : "2.0");
}

static const char *scsihw_say(struct arena *a, const struct vm *v)
{
	(void)a;
	for (size_t i = 0; i < v->n_disks; i++)
		if (v->disks[i].bus == VM_DISK_SCSI)
			return "virtio-scsi-single";
	return NULL;
}

/* ---- args
 * ------------------------------------------------------------------------------------------------------------------
 */

/* Sub-keys of hostpci that are properties of QEMU under another name. */
static bool in_hostpci(const char *name)
{
	return strncmp(name, "x-pci-", 6) == 0 && strcmp(name + strlen(name) - 3, "-id") == 0;
}

static bool is_our_set(const struct vm *v, const struct vm_arg *x)
{
	if (strcmp(x->option, "-set") != 0 || !x->value || strncmp(x->value, "device.", 7) != 0)
		return false;
	for (size_t i = 0; i < v->n_pcis; i++) {
		size_t n = v->pcis[i].id && !v->pcis[i].raw ? strlen(v->pcis[i].id) : 0;

		if (n && strncmp(x->value + 7, v->pcis[i].id, n) == 0 && x->value[7 + n] == '.')
			return true;
	}
	return false;
}

static const char *quoted(struct arena *a, const char *word)
{
	if (*word && !strpbrk(word, " \t\n\"'\\"))
		return word;
	return strchr(word, '\'') ? arena_printf(a, "\"%s\"", word) : arena_printf(a, "'%s'", word);
}

static void args_add(struct arena *a, const char **s, const char *word)
{
	*s = *s ? arena_printf(a, "%s %s", *s, quoted(a, word)) : quoted(a, word);
}

/* legacy-igd and the plain slots are Proxmox's own doing; only a place on q35's root bus must be said. */
static bool place_is_said(const struct vm *v, const struct vm_pci *p)
{
	return p->guest.place == VM_PLACE_ROOT && v->machine.kind == VM_MACHINE_Q35 && v->windows != 7;
}

static const char *args_say(struct arena *a, const struct vm *v)
{
	const char *s = NULL;

	for (size_t i = 0; i < v->n_args; i++) {
		if (is_our_set(v, &v->args[i]))
			continue;
		args_add(a, &s, v->args[i].option);
		if (v->args[i].value)
			args_add(a, &s, v->args[i].value);
	}
	for (size_t i = 0; i < v->n_pcis; i++) {
		const struct vm_pci *p = &v->pcis[i];

		if (p->raw || !p->id)
			continue;
		if (place_is_said(v, p)) {
			args_add(a, &s, "-set");
			args_add(a, &s, arena_printf(a, "device.%s.bus=pcie.0", p->id));
			args_add(a, &s, "-set");
			args_add(a, &s, arena_printf(a, "device.%s.addr=%02x.%x", p->id, p->guest.dev, p->guest.fn));
		}
		for (size_t k = 0; k < p->n_settings; k++) {
			if (in_hostpci(p->settings[k].name))
				continue;
			args_add(a, &s, "-set");
			args_add(
				a, &s,
				arena_printf(a, "device.%s.%s=%s", p->id, p->settings[k].name, p->settings[k].value));
		}
	}
	return s;
}

/* ---- lists
 * ------------------------------------------------------------------------------------------------------------------
 */

static const char *host_text(struct arena *a, const struct vm_pci *p)
{
	if (p->mapping)
		return arena_printf(a, "mapping=%s", p->mapping);
	if (p->host.fn == VM_FN_ALL)
		return arena_printf(a, "%04x:%02x:%02x", p->host.domain, p->host.bus, p->host.dev);
	return arena_printf(a, "%04x:%02x:%02x.%x", p->host.domain, p->host.bus, p->host.dev, p->host.fn);
}

static const char *with_flag(struct arena *a, const char *s, const char *key, enum vm_bool flag)
{
	return flag == VM_UNSAID ? s : arena_printf(a, "%s,%s=%d", s, key, flag == VM_YES);
}

/* The name below PVE_ROM_DIR. */
static const char *rom_name(const struct vm_pci *p)
{
	size_t n = strlen(PVE_ROM_DIR);

	if (strncmp(p->romfile, PVE_ROM_DIR, n) == 0)
		return p->romfile + n;
	return strrchr(p->romfile, '/') ? strrchr(p->romfile, '/') + 1 : p->romfile;
}

/* Sub-keys in the order Proxmox prints them: sorted. */
static const char *hostpci_say(struct arena *a, const struct vm_pci *p)
{
	const char *s = host_text(a, p);

	for (size_t i = 0; i < p->n_settings; i++)
		if (strcmp(p->settings[i].name, "x-pci-device-id") == 0)
			s = arena_printf(a, "%s,device-id=%s", s, p->settings[i].value);
	if (p->driver && strcmp(p->driver, "keep") == 0)
		s = arena_printf(a, "%s,driver=keep", s);
	s = with_flag(a, s, "legacy-igd", p->legacy_igd);
	if (p->mdev)
		s = arena_printf(a, "%s,mdev=%s", s, p->mdev);
	s = with_flag(a, s, "pcie", p->pcie);
	s = with_flag(a, s, "rombar", p->rombar);
	if (p->romfile && *p->romfile)
		s = arena_printf(a, "%s,romfile=%s", s, rom_name(p));
	for (size_t i = 0; i < p->n_settings; i++)
		if (in_hostpci(p->settings[i].name) && strcmp(p->settings[i].name, "x-pci-device-id") != 0)
			s = arena_printf(a, "%s,%s=%s", s, p->settings[i].name + strlen("x-pci-"),
					 p->settings[i].value);
	return with_flag(a, s, "x-vga", p->x_vga);
}

static const char *usb_say(struct arena *a, const struct vm_usb *u)
{
	if (u->mapping)
		return arena_printf(a, "mapping=%s", u->mapping);
	if (u->spice)
		return "spice";
	return u->port ? arena_printf(a, "host=%s", u->port)
		       : arena_printf(a, "host=%04x:%04x", u->vendor, u->product);
}

static const char *disk_say(struct arena *a, const struct vm_disk *d)
{
	const char *s = d->source ? d->source : "none";

	if (d->cache)
		s = arena_printf(a, "%s,cache=%s", s, d->cache);
	if (d->discard == VM_YES)
		s = arena_printf(a, "%s,discard=on", s);
	if (d->iothread == VM_YES)
		s = arena_printf(a, "%s,iothread=1", s);
	if (d->cdrom)
		s = arena_printf(a, "%s,media=cdrom", s);
	if (d->readonly == VM_YES && !d->cdrom)
		s = arena_printf(a, "%s,ro=1", s);
	if (d->serial)
		s = arena_printf(a, "%s,serial=%s", s, d->serial);
	if (d->size)
		s = arena_printf(a, "%s,size=%s", s, d->size);
	return d->ssd == VM_YES ? arena_printf(a, "%s,ssd=1", s) : s;
}

static const char *net_say(struct arena *a, const struct vm_net *n)
{
	const char *s = n->model ? n->model : "virtio";

	s = strncmp(s, "virtio", 6) == 0 ? "virtio" : s;
	if (n->mac)
		s = arena_printf(a, "%s=%s", s, n->mac);
	if (n->bridge)
		s = arena_printf(a, "%s,bridge=%s", s, n->bridge);
	s = with_flag(a, s, "firewall", n->firewall == VM_NO ? VM_UNSAID : n->firewall);
	if (n->link_down == VM_YES)
		s = arena_printf(a, "%s,link_down=1", s);
	if (n->mtu)
		s = arena_printf(a, "%s,mtu=%u", s, n->mtu);
	if (n->queues)
		s = arena_printf(a, "%s,queues=%u", s, n->queues);
	return n->tag ? arena_printf(a, "%s,tag=%u", s, n->tag) : s;
}

/* ---- the document ------------------------------------------------------------------------------------------- */

static const struct {
	const char *key;
	say say;
	bool new_only; /* kept as it stands in a document that is there */
} keys[] = {
	{ "affinity", affinity_say, false }, { "agent", agent_say, false },	 { "balloon", balloon_say, false },
	{ "bios", bios_say, false },	     { "boot", boot_say, false },	 { "cores", cores_say, false },
	{ "cpu", cpu_say, false },	     { "efidisk0", efidisk_say, false }, { "machine", machine_say, false },
	{ "memory", memory_say, false },     { "name", name_say, false },	 { "ostype", ostype_say, false },
	{ "scsihw", scsihw_say, true },	     { "smbios1", smbios_say, true },	 { "sockets", sockets_say, false },
	{ "tpmstate0", tpm_say, true },	     { "vga", vga_say, false },		 { "vmgenid", vmgenid_say, true },
};

static bool differ(const char *a, const char *b)
{
	return (a == NULL) != (b == NULL) || (a && strcmp(a, b) != 0);
}

/* How many -set words the text has, and how many the settings come to: more of them are redundant ones to go. */
static size_t sets_count(const struct vm *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_args; i++)
		n += is_our_set(v, &v->args[i]);
	return n;
}

static size_t sets_wanted(const struct vm *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_pcis; i++) {
		const struct vm_pci *p = &v->pcis[i];

		n += p->raw || !p->id || !place_is_said(v, p) ? 0 : 2;
		for (size_t k = 0; k < p->n_settings && !p->raw && p->id; k++)
			n += !in_hostpci(p->settings[k].name);
	}
	return n;
}

static void args_write(struct writing *w, const struct vm *was, const struct vm *now)
{
	const char *text = args_say(w->a, now);

	if (!was ? text != NULL
		 : differ(args_say(w->a, was), text) ||
			    (sets_count(was) != sets_count(now) && sets_count(was) != sets_wanted(now)))
		w->ok &= pve_doc_set(w->d, "args", text);
}

static void key_set(struct writing *w, const char *key, const char *was, const char *now)
{
	if (differ(was, now))
		w->ok &= pve_doc_set(w->d, key, now);
}

static const struct vm_pci *pci_by(const struct vm *v, const char *id)
{
	for (size_t i = 0; v && id && i < v->n_pcis; i++)
		if (!v->pcis[i].raw && v->pcis[i].id && strcmp(v->pcis[i].id, id) == 0)
			return &v->pcis[i];
	return NULL;
}

static void pcis_write(struct writing *w, const struct vm *was, const struct vm *now)
{
	for (size_t i = 0; i < now->n_pcis; i++) {
		const struct vm_pci *p = &now->pcis[i], *before = pci_by(was, p->id);

		if (!p->raw && p->id)
			key_set(w, p->id, before ? hostpci_say(w->a, before) : NULL, hostpci_say(w->a, p));
	}
	for (size_t i = 0; was && i < was->n_pcis; i++)
		if (was->pcis[i].id && !was->pcis[i].raw && !pci_by(now, was->pcis[i].id))
			w->ok &= pve_doc_set(w->d, was->pcis[i].id, NULL);
}

/* Devices that a definition of Proxmox has already keep their keys; others get the first free one. */
static void usbs_write(struct writing *w, const struct vm *was, const struct vm *now)
{
	for (size_t i = was ? was->n_usbs : 0, n = 0; i < now->n_usbs; i++) {
		const char *key;

		do
			key = arena_printf(w->a, "usb%zu", n++);
		while (pve_doc_get(w->d, key) && n < 14);
		w->ok &= pve_doc_set(w->d, key, usb_say(w->a, &now->usbs[i]));
	}
}

static const char *disk_key(struct arena *a, const struct vm_disk *d)
{
	static const char *const buses[] = { [VM_DISK_IDE] = "ide",
					     [VM_DISK_SATA] = "sata",
					     [VM_DISK_SCSI] = "scsi",
					     [VM_DISK_VIRTIO] = "virtio",
					     [VM_DISK_OTHER] = "sata" };

	return arena_printf(a, "%s%u", buses[d->bus], d->index);
}

static void new_devices_write(struct writing *w, const struct vm *now)
{
	for (size_t i = 0; i < now->n_disks; i++)
		w->ok &= pve_doc_set(w->d, disk_key(w->a, &now->disks[i]), disk_say(w->a, &now->disks[i]));
	for (size_t i = 0; i < now->n_nets; i++) {
		const struct vm_net *n = &now->nets[i];

		w->ok &= pve_doc_set(w->d, arena_printf(w->a, "net%zu", i), net_say(w->a, n));
	}
}

bool vm_pve_write(struct pve_doc *d, const struct vm *was, const struct vm *now)
{
	struct writing w = { d, d->arena, true };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!was || !keys[i].new_only)
			key_set(&w, keys[i].key, was ? keys[i].say(w.a, was) : NULL, keys[i].say(w.a, now));
	if (now->n_serial && (!was || !was->n_serial))
		w.ok &= pve_doc_set(d, "serial0", serial_say(w.a, now));
	args_write(&w, was, now);
	pcis_write(&w, was, now);
	usbs_write(&w, was, now);
	if (!was)
		new_devices_write(&w, now);
	return w.ok && !w.a->full;
}
