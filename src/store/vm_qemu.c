// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_qemu.h"

#include <string.h>

#include "base/text.h"
#include "store/qemu_args.h"

struct words {
	struct arena *a;
	const char **v;
	size_t n;
	struct vm_losses *lost;
};

static void word(struct words *w, const char *s)
{
	const char **x = arena_push(w->a, w->v, w->n);

	if (x)
		*x = s;
}

static void pair(struct words *w, const char *option, const char *value)
{
	word(w, option);
	word(w, value);
}

/* A comma in a value is written twice (QEMU util/keyval.c). */
static const char *escaped(struct words *w, const char *s)
{
	char *buf = strchr(s, ',') ? arena_alloc(w->a, strlen(s) * 2 + 1) : NULL, *p = buf;

	if (!buf)
		return s;
	for (; *s; s++) {
		*p++ = *s;
		if (*s == ',')
			*p++ = ',';
	}
	return buf;
}

static const char *on_off(enum vm_bool b)
{
	return b == VM_YES ? "on" : "off";
}

/* ---- devices ------------------------------------------------------------------------------------------------ */

static const char *host_text(struct words *w, const struct vm_pci *p)
{
	return arena_printf(w->a, "%04x:%02x:%02x.%x", p->host.domain, p->host.bus, p->host.dev, p->host.fn & 7);
}

static const char *mdev_path(struct words *w, const struct vm *v, const struct vm_pci *p)
{
	if (p->mdev[0] == '/')
		return p->mdev;
	return arena_printf(w->a, "/sys/bus/mdev/devices/%s", vm_mdev_uuid(v, p, w->lost));
}

static const char *pci_text(struct words *w, const struct vm *v, const struct vm_pci *p)
{
	const char *s = arena_printf(w->a, "%s,%s",
				     p->driver && strncmp(p->driver, "vfio-pci", 8) == 0 ? p->driver : "vfio-pci",
				     p->mdev ? arena_printf(w->a, "sysfsdev=%s", mdev_path(w, v, p))
					     : arena_printf(w->a, "host=%s", host_text(w, p)));

	if (p->id)
		s = arena_printf(w->a, "%s,id=%s", s, p->id);
	if (p->guest.place == VM_PLACE_ROOT)
		s = arena_printf(w->a, "%s,bus=%s,addr=%02x.%x", s,
				 v->machine.kind == VM_MACHINE_Q35 ? "pcie.0" : "pci.0", p->guest.dev, p->guest.fn);
	else if (p->guest.place == VM_PLACE_BEHIND && v->target == VM_QEMU && p->guest.bus)
		s = arena_printf(w->a, "%s,bus=%s", s, p->guest.bus);
	if (p->rombar != VM_UNSAID)
		s = arena_printf(w->a, "%s,rombar=%d", s, p->rombar == VM_YES);
	if (p->romfile)
		s = arena_printf(w->a, "%s,romfile=%s", s, escaped(w, p->romfile));
	if (p->x_vga != VM_UNSAID)
		s = arena_printf(w->a, "%s,x-vga=%s", s, on_off(p->x_vga));
	if (p->multifunction == VM_YES)
		s = arena_printf(w->a, "%s,multifunction=on", s);
	for (size_t i = 0; i < p->n_settings; i++)
		s = arena_printf(w->a, "%s,%s=%s", s, p->settings[i].name, escaped(w, p->settings[i].value));
	return s;
}

static void pci_write(struct words *w, const struct vm *v, const struct vm_pci *p)
{
	if (p->mapping && !p->has_host) {
		vm_lose(w->lost, arena_printf(w->a, "the device of mapping %s", p->mapping),
			"name its address: QEMU knows no mappings");
		return;
	}
	if (p->has_host && p->host.fn == VM_FN_ALL && !p->mdev)
		vm_lose(w->lost, arena_printf(w->a, "further functions of %02x:%02x", p->host.bus, p->host.dev),
			"QEMU takes one function a -device: add those that the VM needs");
	pair(w, "-device", pci_text(w, v, p));
}

static void usb_write(struct words *w, const struct vm_usb *u)
{
	struct span port = span_str(u->port ? u->port : ""), bus;

	if (u->port && text_until(&port, "-", &bus))
		pair(w, "-device",
		     arena_printf(w->a, "usb-host,hostbus=%.*s,hostport=%.*s", (int)bus.n, (const char *)bus.p,
				  (int)port.n, (const char *)port.p));
	else if (u->vendor)
		pair(w, "-device",
		     arena_printf(w->a, "usb-host,vendorid=0x%04x,productid=0x%04x", u->vendor, u->product));
	else
		vm_lose(w->lost, arena_printf(w->a, "USB device %s", u->mapping ? u->mapping : "by SPICE"),
			"name it by id or port");
}

static void usbs_write(struct words *w, const struct vm *now, size_t from, bool controller)
{
	if (from < now->n_usbs && controller)
		pair(w, "-device", "qemu-xhci,id=xhci");
	for (size_t i = from; i < now->n_usbs; i++)
		usb_write(w, &now->usbs[i]);
}

static void disk_write(struct words *w, const struct vm_disk *d, size_t i)
{
	static const char *const devices[] = { [VM_DISK_IDE] = "ide",
					       [VM_DISK_SATA] = "ide",
					       [VM_DISK_SCSI] = "scsi",
					       [VM_DISK_VIRTIO] = "virtio-blk-pci",
					       [VM_DISK_OTHER] = "ide" };
	const char *device = devices[d->bus], *s = arena_printf(w->a, "if=none,id=drive%zu", i);

	if (d->source)
		s = arena_printf(w->a, "%s,file=%s", s, escaped(w, d->source));
	s = d->source ? arena_printf(w->a, "%s,format=%s", s, d->format ? d->format : "raw") : s;
	if (d->cdrom || d->readonly == VM_YES)
		s = arena_printf(w->a, "%s,readonly=on", s);
	if (d->cache && d->source)
		s = arena_printf(w->a, "%s,cache=%s", s, d->cache);
	if (d->discard == VM_YES)
		s = arena_printf(w->a, "%s,discard=unmap", s);
	if (d->bus != VM_DISK_VIRTIO)
		device = arena_printf(w->a, "%s-%s", device, d->cdrom ? "cd" : "hd");
	pair(w, "-drive", s);
	s = arena_printf(w->a, "%s,drive=drive%zu", device, i);
	pair(w, "-device", d->boot ? arena_printf(w->a, "%s,bootindex=%u", s, d->boot - 1) : s);
}

static void net_write(struct words *w, const struct vm_net *n, size_t i)
{
	const char *model = !n->model || strncmp(n->model, "virtio", 6) == 0 ? "virtio-net-pci" : n->model;
	const char *s = arena_printf(w->a, "%s,netdev=net%zu", model, i);

	if (n->bridge)
		pair(w, "-netdev", arena_printf(w->a, "bridge,id=net%zu,br=%s", i, n->bridge));
	else
		pair(w, "-netdev", arena_printf(w->a, "user,id=net%zu", i));
	if (n->network)
		vm_lose(w->lost, arena_printf(w->a, "network %s of %s", n->network, n->from),
			"QEMU knows no networks of libvirt; the line uses its own");
	if (n->tag)
		vm_lose(w->lost, arena_printf(w->a, "VLAN %u of %s", n->tag, n->from), "set it at the host's bridge");
	if (n->firewall == VM_YES)
		vm_lose(w->lost, arena_printf(w->a, "firewall of %s", n->from), "that is Proxmox's own");
	if (n->mac)
		s = arena_printf(w->a, "%s,mac=%s", s, n->mac);
	pair(w, "-device", n->boot ? arena_printf(w->a, "%s,bootindex=%u", s, n->boot - 1) : s);
}

/* ---- the whole line ----------------------------------------------------------------------------------------- */

static const char *cpu_text(struct words *w, const struct vm *v)
{
	const char *s = v->cpu.model ? v->cpu.model : "host";

	if (v->cpu.hidden == VM_YES)
		s = arena_printf(w->a, "%s,kvm=off", s);
	if (v->os == VM_OS_WINDOWS) /* QEMU docs/system/i386/hyperv.rst: the set that it recommends */
		s = arena_printf(w->a,
				 "%s,hv-relaxed,hv-vapic,hv-spinlocks=0x1fff,hv-vpindex,hv-runtime,hv-time,hv-synic,"
				 "hv-stimer,hv-reset,hv-frequencies,hv-tlbflush,hv-ipi",
				 s);
	if (v->cpu.hv_vendor)
		s = arena_printf(w->a, "%s,hv-vendor-id=%s", s, v->cpu.hv_vendor);
	if (v->cpu.phys_limit)
		s = arena_printf(w->a, "%s,host-phys-bits=on,host-phys-bits-limit=%u", s, v->cpu.phys_limit);
	return s;
}

static void smp_write(struct words *w, const struct vm *v)
{
	const struct vm_cpu *c = &v->cpu;
	unsigned sockets = c->sockets ? c->sockets : 1, threads = c->threads ? c->threads : 1;
	unsigned cores = c->vcpus / sockets / threads;

	if (cores == 0 || cores * sockets * threads != c->vcpus)
		pair(w, "-smp", arena_printf(w->a, "%u", c->vcpus));
	else
		pair(w, "-smp",
		     arena_printf(w->a, "%u,sockets=%u,cores=%u,threads=%u", c->vcpus, sockets, cores, threads));
}

/* Debian's names; other distributions put the same files elsewhere (/usr/share/edk2). */
#define OVMF_CODE "/usr/share/OVMF/OVMF_CODE_4M.fd"

static void firmware_write(struct words *w, const struct vm *v)
{
	const struct vm_firmware *f = &v->firmware;
	const char *code = f->code ? f->code : OVMF_CODE, *vars = f->vars && f->vars[0] == '/' ? f->vars : NULL;

	if (f->kind != VM_OVMF) {
		if (f->code && f->ours)
			pair(w, "-bios", f->code);
		return;
	}
	pair(w, "-drive", arena_printf(w->a, "if=pflash,unit=0,format=raw,readonly=on,file=%s", escaped(w, code)));
	if (!vars) {
		vars = arena_printf(w->a, "/var/lib/qemu/%s_VARS.fd",
				    v->name && !strpbrk(v->name, "/ ") ? v->name : "vm");
		vm_lose(w->lost, "the store for OVMF's variables",
			arena_printf(w->a, "copy OVMF_VARS_4M.fd to %s, or the VM's own store", vars));
	}
	pair(w, "-drive", arena_printf(w->a, "if=pflash,unit=1,format=raw,file=%s", escaped(w, vars)));
}

static void tpm_write(struct words *w, const struct vm *v)
{
	const char *socket =
		arena_printf(w->a, "/run/%s-swtpm.sock", v->name && !strpbrk(v->name, "/ ,") ? v->name : "vm");

	if (!v->tpm.there)
		return;
	pair(w, "-chardev", arena_printf(w->a, "socket,id=chrtpm,path=%s", socket));
	pair(w, "-tpmdev", "emulator,id=tpm0,chardev=chrtpm");
	pair(w, "-device", "tpm-tis,tpmdev=tpm0");
	vm_lose(w->lost, "the TPM's state",
		arena_printf(w->a,
			     "start swtpm first: swtpm socket --tpm2 --tpmstate dir=DIR --ctrl type=unixio,path=%s",
			     socket));
}

static void console_write(struct words *w, const struct vm *v)
{
	bool none = v->display && strcmp(v->display, "none") == 0;

	if (none) {
		pair(w, "-vga", "none");
		pair(w, "-display", "none");
	} else {
		pair(w, "-vga", !v->display || strncmp(v->display, "virtio", 6) != 0 ? "std" : "virtio");
		pair(w, "-vnc", "127.0.0.1:0");
	}
	if (v->n_serial)
		pair(w, "-serial", "pty");
	if (v->agent != VM_YES)
		return;
	pair(w, "-chardev",
	     arena_printf(w->a, "socket,id=agent,path=/run/%s-agent.sock,server=on,wait=off",
			  v->name && !strpbrk(v->name, "/ ,") ? v->name : "vm"));
	pair(w, "-device", "virtio-serial-pci");
	pair(w, "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0");
}

static bool any_disk(const struct vm *v, enum vm_disk_bus bus)
{
	for (size_t i = 0; i < v->n_disks; i++)
		if (v->disks[i].bus == bus)
			return true;
	return false;
}

static void head_write(struct words *w, const struct vm *v)
{
	const char *type = v->machine.raw ? v->machine.raw : v->machine.kind == VM_MACHINE_Q35 ? "q35" : "pc";
	const char *plus = strchr(type, '+'); /* Proxmox's revision is its own */

	word(w, "qemu-system-x86_64");
	if (v->name)
		pair(w, "-name", escaped(w, v->name));
	if (v->uuid && v->uuid[0] != '<')
		pair(w, "-uuid", v->uuid);
	pair(w, "-machine",
	     arena_printf(w->a, "type=%.*s,accel=kvm", (int)(plus ? plus - type : (long)strlen(type)), type));
	pair(w, "-cpu", cpu_text(w, v));
	smp_write(w, v);
	pair(w, "-m", arena_printf(w->a, "%lluM", (unsigned long long)v->memory_mib));
	if (v->locked == VM_YES)
		pair(w, "-overcommit", "mem-lock=on");
	pair(w, "-rtc", v->os == VM_OS_WINDOWS ? "base=localtime,driftfix=slew" : "base=utc");
	word(w, "-nodefaults");
	firmware_write(w, v);
}

static void line_write(struct words *w, const struct vm *v)
{
	head_write(w, v);
	for (size_t i = 0; i < v->n_pcis; i++) /* first: what has no address takes no slot before them */
		pci_write(w, v, &v->pcis[i]);
	console_write(w, v);
	if (any_disk(v, VM_DISK_SCSI))
		pair(w, "-device", "virtio-scsi-pci,id=scsihw0");
	if (any_disk(v, VM_DISK_SATA) && v->machine.kind == VM_MACHINE_PC)
		pair(w, "-device", "ich9-ahci,id=ahci0");
	for (size_t i = 0; i < v->n_disks; i++)
		disk_write(w, &v->disks[i], i);
	for (size_t i = 0; i < v->n_nets; i++)
		net_write(w, &v->nets[i], i);
	usbs_write(w, v, 0, true);
	tpm_write(w, v);
	if (v->vmgenid && v->vmgenid[0] != '<' && strlen(v->vmgenid) == 36)
		pair(w, "-device", arena_printf(w->a, "vmgenid,guid=%s", v->vmgenid));
	if (v->cpu.affinity)
		vm_lose(w->lost, arena_printf(w->a, "the processors %s", v->cpu.affinity),
			arena_printf(w->a, "begin the line with: taskset -c %s", v->cpu.affinity));
	else if (v->cpu.n_pins)
		vm_lose(w->lost, "a processor for each virtual CPU", "pin QEMU's threads when it runs (taskset)");
	for (size_t i = 0; i < v->n_others; i++)
		vm_lose(w->lost, v->others[i].what, "this program does not translate it to QEMU");
}

/* ---- a line that is there ----------------------------------------------------------------------------------- */

static bool is_named(const struct vm_arg *x, const char *a, const char *b)
{
	return strcmp(x->option, a) == 0 || strcmp(x->option, b) == 0;
}

static bool is_vfio(const struct vm_arg *x)
{
	return strcmp(x->option, "-device") == 0 && x->value &&
	       (strncmp(x->value, "vfio-pci,", 9) == 0 || strncmp(x->value, "vfio-pci-nohotplug,", 19) == 0 ||
		strstr(x->value, "driver=vfio-pci"));
}

/* The first word of an option's value, or its "type=", replaced. */
static const char *type_replaced(struct words *w, const char *value, const char *type)
{
	struct span rest = span_str(value), first;

	if (!text_until(&rest, ",", &first))
		return type;
	return arena_printf(w->a, "%s,%.*s", type, (int)rest.n, (const char *)rest.p);
}

static bool differ(const char *a, const char *b)
{
	return (a == NULL) != (b == NULL) || (a && strcmp(a, b) != 0);
}

static bool gpu_at_2(const struct vm *v)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].guest.place == VM_PLACE_ROOT && v->pcis[i].guest.dev == 2)
			return true;
	return false;
}

/* QEMU makes the cards of -nic before any -device, the first in slot 2 where no VGA is, and lets nobody place them
 * (net/net.c net_param_nic()): beside a GPU in that slot they are said as -netdev and -device. */
static bool is_card_to_move(const struct vm *now, const struct vm_arg *x)
{
	return is_named(x, "-nic", "--nic") && x->value && strncmp(x->value, "none", 4) != 0 && gpu_at_2(now);
}

static void card_write(struct words *w, const struct vm *now, const struct vm_arg *x, size_t n)
{
	struct span rest = span_str(x->value), type = { 0 };
	const char *key, *value, *net, *device = now->machine.kind == VM_MACHINE_Q35 ? "e1000e" : "e1000", *tail = "";

	text_part(&rest, ",", &type);
	net = arena_printf(w->a, "%.*s,id=card%zu", (int)type.n, (const char *)type.p, n);
	while (qemu_property_next(&rest, w->a, &key, &value))
		if (strcmp(key, "model") == 0 && value)
			device = strcmp(value, "virtio") == 0 ? "virtio-net-pci" : value;
		else if (strcmp(key, "mac") == 0 && value)
			tail = arena_printf(w->a, ",mac=%s", value);
		else if (strcmp(key, "id") != 0)
			net = arena_printf(w->a, value ? "%s,%s=%s" : "%s,%s", net, key, value);
	pair(w, "-netdev", net);
	pair(w, "-device", arena_printf(w->a, "%s,netdev=card%zu%s", device, n, tail));
}

static void kept_write(struct words *w, const struct vm *was, const struct vm *now, const struct vm_arg *x)
{
	const char *value = x->value;

	if (is_named(x, "-machine", "-M") && differ(was->machine.raw, now->machine.raw) && now->machine.raw)
		value = type_replaced(w, value, now->machine.raw);
	if (is_named(x, "-cpu", "--cpu") && differ(was->cpu.model, now->cpu.model))
		value = type_replaced(w, value, now->cpu.model);
	if (is_named(x, "-cpu", "--cpu") && now->cpu.phys_limit && !was->cpu.phys_limit)
		value = arena_printf(w->a, "%s,host-phys-bits=on,host-phys-bits-limit=%u", value,
				     now->cpu.phys_limit);
	word(w, x->option);
	if (value)
		word(w, value);
}

static bool said(const struct vm *v, const char *option, const char *value)
{
	for (size_t i = 0; i < v->n_args; i++)
		if (strcmp(v->args[i].option, option) == 0 &&
		    (!value || (v->args[i].value && strcmp(v->args[i].value, value) == 0)))
			return true;
	return false;
}

static bool has_part(const struct vm *v, const char *option, const char *part)
{
	for (size_t i = 0; i < v->n_args; i++)
		if (strcmp(v->args[i].option, option) == 0 && v->args[i].value && strstr(v->args[i].value, part))
			return true;
	return false;
}

/* All of them after the GPU, and so the one that QEMU would make unasked. */
static void cards_write(struct words *w, const struct vm *was, const struct vm *now)
{
	const struct vm_holder *h = vm_holder(was, 2, 0, NULL);
	const struct vm_arg unasked = { .option = "-nic", .value = "user" };
	size_t n = 0;

	for (size_t i = 0; i < now->n_args; i++)
		if (is_card_to_move(now, &now->args[i]))
			card_write(w, now, &now->args[i], n++);
	if (gpu_at_2(now) && !said(now, "-nodefaults", NULL) && h && strcmp(h->who, "default network card") == 0)
		card_write(w, now, &unasked, n);
}

/* Those that have an address first, before another takes it. */
static void pcis_write(struct words *w, const struct vm *now)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < now->n_pcis; k++)
			if ((now->pcis[k].guest.place == VM_PLACE_AUTO) == (pass == 1))
				pci_write(w, now, &now->pcis[k]);
}

static void edited_write(struct words *w, const struct vm *was, const struct vm *now)
{
	bool first = true;

	word(w, "qemu-system-x86_64");
	if (differ(was->machine.raw, now->machine.raw) && !said(now, "-machine", NULL) && !said(now, "-M", NULL))
		pair(w, "-machine", now->machine.raw);
	if (differ(was->cpu.model, now->cpu.model) && !said(now, "-cpu", NULL))
		pair(w, "-cpu", cpu_text(w, now));
	if (differ(was->display, now->display) && now->display)
		pair(w, "-vga", now->display);
	if (now->firmware.kind == VM_OVMF && was->firmware.kind != VM_OVMF)
		firmware_write(w, now);
	for (size_t i = 0; i < now->n_args; i++) {
		const struct vm_arg *x = &now->args[i];

		if (first && strcmp(x->option, "-device") == 0) {
			pcis_write(w, now);
			first = false;
		}
		if (!is_vfio(x) && !is_card_to_move(now, x))
			kept_write(w, was, now, x);
	}
	if (first)
		pcis_write(w, now);
	cards_write(w, was, now);
	if (now->n_serial > was->n_serial)
		pair(w, "-serial", "pty");
	usbs_write(w, now, was->n_usbs, !has_part(now, "-device", "xhci") && !said(now, "-usb", NULL));
	if (now->cpu.affinity && !was->cpu.affinity)
		vm_lose(w->lost, arena_printf(w->a, "the processors %s", now->cpu.affinity),
			arena_printf(w->a, "begin the line with: taskset -c %s", now->cpu.affinity));
}

bool vm_qemu_write(const struct vm *was, const struct vm *now, struct arena *a, const char ***ret, size_t *n,
		   struct vm_losses *lost)
{
	struct words w = { .a = a, .lost = lost };

	if (was)
		edited_write(&w, was, now);
	else
		line_write(&w, now);
	*ret = w.v;
	*n = w.n;
	return !a->full;
}

const char *shell_quoted(const char *word_, struct arena *a)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%";
	char *buf, *p;

	if (*word_ && word_[strspn(word_, plain)] == '\0')
		return word_;
	p = buf = arena_alloc(a, strlen(word_) * 4 + 3);
	if (!buf)
		return word_;
	*p++ = '\'';
	for (; *word_; word_++) {
		if (*word_ == '\'') {
			memcpy(p, "'\\''", 4);
			p += 4;
		} else {
			*p++ = *word_;
		}
	}
	*p = '\'';
	return buf;
}
