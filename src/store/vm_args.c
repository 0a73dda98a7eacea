// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_args.c - what raw QEMU options say about a VM: the whole of it for a plain QEMU command line, the exceptions
 * that a Proxmox "args:" or a libvirt <qemu:commandline> makes elsewhere.
 */
#include <string.h>

#include "base/text.h"
#include "store/qemu_args.h"
#include "store/vm_args_storage.h"

/* Where the words came from, for people. */
static const char *place_of(const struct vm *v)
{
	static const char *const words[] = {
		[VM_PVE] = "args", [VM_LIBVIRT] = "qemu:commandline", [VM_QEMU] = "command line"
	};

	return words[v->target];
}

static bool starts(const char *s, const char *head)
{
	return strncmp(s, head, strlen(head)) == 0;
}

/* ---- places on the guest's buses ---------------------------------------------------------------------------- */

/* Is there a bridge of that name: among the devices of the command line, or in what the target always makes? */
static bool bus_is_made(const struct vm *v, const char *bus)
{
	if (v->target != VM_QEMU)
		return v->target == VM_LIBVIRT ? !starts(bus, "pci.0") && !starts(bus, "pcie.0")
					       : starts(bus, "pci.") || starts(bus, "ich9-pcie-port-");
	for (size_t i = 0; i < v->n_args; i++) {
		const char *id = v->args[i].value && strcmp(v->args[i].option, "-device") == 0
					 ? qemu_property(v->args[i].value, "id", v->arena)
					 : NULL;

		if (id && strcmp(id, bus) == 0)
			return true;
	}
	return false;
}

struct vm_slot qemu_place(const struct vm *v, const char *bus, const char *addr)
{
	const char *root = v->machine.kind == VM_MACHINE_Q35 ? "pcie.0" : "pci.0";
	struct vm_slot s = { .bus = bus };
	bool said = addr && qemu_slot_read(addr, &s.dev, &s.fn);

	if (!bus || strcmp(bus, root) == 0)
		s.place = said ? VM_PLACE_ROOT : VM_PLACE_AUTO;
	else
		s.place = bus_is_made(v, bus) ? VM_PLACE_BEHIND : VM_PLACE_NO_BUS;
	return s;
}

/* ---- properties of an assigned device ----------------------------------------------------------------------- */

struct pci_words { /* what the place of a device is made of, until all words are read */
	const char *bus, *addr;
};

static bool host_read(const char *value, struct vm_pci *p)
{
	struct span s = span_str(value);
	struct pci_addr a;

	if (!pci_addr_read(&s, &a) || s.n)
		return false;
	p->host = a;
	p->has_host = true;
	p->n_hosts = 1;
	return true;
}

static void pci_take(struct vm *v, struct vm_pci *p, struct pci_words *w, struct vm_setting s)
{
	const struct {
		const char *name;
		enum vm_bool *flag;
	} flags[] = { { "x-vga", &p->x_vga },
		      { "multifunction", &p->multifunction },
		      { "ramfb", &p->ramfb },
		      { "display", &p->display } };
	struct vm_setting *added;

	if (vm_is_no_property(s.name))
		vm_fault(v, VM_FAULT_NO_PROPERTY, s.from, s.name);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(s.name, flags[i].name) == 0) {
			*flags[i].flag = vm_bool_read(s.value);
			return;
		}
	if (strcmp(s.name, "host") == 0 && host_read(s.value, p))
		return;
	if (strcmp(s.name, "addr") == 0) {
		w->addr = s.value;
	} else if (strcmp(s.name, "bus") == 0) {
		w->bus = s.value;
	} else if (strcmp(s.name, "romfile") == 0) {
		p->romfile = p->romfile_raw = s.value;
	} else if (strcmp(s.name, "rombar") == 0) {
		p->rombar = strcmp(s.value, "0") == 0 ? VM_NO : VM_YES;
	} else if (strcmp(s.name, "id") == 0) {
		p->id = s.value;
	} else if (strcmp(s.name, "sysfsdev") == 0) {
		p->mdev = s.value;
	} else {
		added = arena_push(v->arena, p->settings, p->n_settings);
		if (added)
			*added = s;
	}
}

static void hold_first_free(struct vm *v, const char *who, const char *from)
{
	for (uint8_t dev = 1; dev < PCI_DEVFN_MAX; dev++)
		if (!vm_holder(v, dev, 0, NULL)) {
			vm_hold(v, dev, 0, who, from);
			return;
		}
}

static void pci_device(struct vm *v, const char *driver, struct span rest)
{
	struct vm_pci *p = arena_push(v->arena, v->pcis, v->n_pcis);
	struct pci_words w = { 0 };
	const char *key, *value;

	if (!p)
		return;
	*p = (struct vm_pci) { .from = place_of(v), .driver = driver, .raw = true };
	while (qemu_property_next(&rest, v->arena, &key, &value))
		if (value)
			pci_take(v, p, &w, (struct vm_setting) { key, value, "-device", false });
	p->guest = qemu_place(v, w.bus, w.addr);
	if (v->target != VM_QEMU)
		return;
	if (p->guest.place == VM_PLACE_ROOT)
		vm_hold(v, p->guest.dev, p->guest.fn, p->id ? p->id : "vfio-pci", place_of(v));
	else if (p->guest.place == VM_PLACE_AUTO)
		hold_first_free(v, p->id ? p->id : "vfio-pci", place_of(v));
}

/* "device.ID.PROPERTY=VALUE": an id may hold dots ("hostpci0.0"), a property may not. */
static void take_set(struct vm *v, const char *text)
{
	struct span rest = span_str(text), id;
	const char *eq = strchr(text, '='), *dot;
	struct vm_pci *p;
	struct pci_words w = { 0 };

	if (!eq || !text_skip(&rest, "device."))
		return;
	for (dot = eq; dot > text && *dot != '.'; dot--)
		;
	if (dot < text + strlen("device.") || !span_cut(rest, 0, (size_t)(dot - text) - strlen("device."), &id))
		return;
	p = vm_pci_of(v, arena_span(v->arena, id));
	if (!p) {
		if (text_starts(id, "hostpci") || text_starts(id, "hostdev"))
			vm_fault(v, VM_FAULT_NO_DEVICE, place_of(v), text);
		return;
	}
	if (v->json_devices != VM_NO && !p->raw)
		vm_fault(v, VM_FAULT_JSON_SET, place_of(v), text);
	pci_take(v, p, &w,
		 (struct vm_setting) { arena_printf(v->arena, "%.*s", (int)(eq - dot - 1), dot + 1), eq + 1,
				       place_of(v), true });
	if (w.bus || w.addr)
		p->guest = qemu_place(v, w.bus ? w.bus : p->guest.bus,
				      w.addr ? w.addr : arena_printf(v->arena, "%x.%x", p->guest.dev, p->guest.fn));
}

/* ---- options ------------------------------------------------------------------------------------------------ */

/* Devices that sit on a PCI bus, by the head of their names (QEMU 10.2 "-device help"). */
static bool is_pci(const char *driver)
{
	static const char *const heads[] = {
		"virtio-",	  "e1000",	    "rtl8139",	     "vmxnet3",	      "i8255",
		"ne2k_pci",	  "pcnet",	    "qemu-xhci",     "nec-usb-xhci",  "ich9-usb",
		"usb-ehci",	  "piix",	    "nvme",	     "VGA",	      "qxl",
		"cirrus-vga",	  "vmware-svga",    "bochs-display", "secondary-vga", "intel-hda",
		"ich9-intel-hda", "AC97",	    "megasas",	     "lsi",	      "ahci",
		"ich9-ahci",	  "pcie-root-port", "ioh3420",	     "pci-bridge",    "pcie-pci-bridge",
		"ivshmem-",	  "vhost-",	    "pvscsi",	     "igb",	      "vfio-pci"
	};
	size_t n = strlen(driver);

	if (n > 7 && strcmp(driver + n - 7, "-device") == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (starts(driver, heads[i]))
			return strcmp(driver, "nvme-ns") != 0 && !starts(driver, "virtio-serial-bus");
	return false;
}

static void device_hold(struct vm *v, const char *driver, const char *value)
{
	const char *id = qemu_property(value, "id", v->arena), *addr = qemu_property(value, "addr", v->arena);
	struct vm_slot slot = qemu_place(v, qemu_property(value, "bus", v->arena), addr);
	struct vm_holder *h;

	if (slot.place == VM_PLACE_AUTO && v->target == VM_QEMU && is_pci(driver) &&
	    !qemu_property(value, "bus", v->arena))
		hold_first_free(v, id ? id : driver, place_of(v));
	if (slot.place != VM_PLACE_ROOT)
		return;
	h = vm_hold(v, slot.dev, slot.fn, id ? id : driver, place_of(v));
	if (h)
		h->igd_lpc = strcmp(driver, "vfio-pci-igd-lpc-bridge") == 0;
}

static void usb_device(struct vm *v, const char *value)
{
	struct vm_usb *u = arena_push(v->arena, v->usbs, v->n_usbs);
	const char *id = qemu_property(value, "id", v->arena), *port = qemu_property(value, "hostport", v->arena);
	uint64_t n;

	if (!u)
		return;
	u->from = id ? id : "usb-host";
	if (text_number(span_str(or_dash(qemu_property(value, "vendorid", v->arena))), &n) && n <= 0xffff)
		u->vendor = (uint16_t)n;
	if (text_number(span_str(or_dash(qemu_property(value, "productid", v->arena))), &n) && n <= 0xffff)
		u->product = (uint16_t)n;
	if (port)
		u->port = arena_printf(v->arena, "%s-%s", or_dash(qemu_property(value, "hostbus", v->arena)), port);
}

static void take_device(struct vm *v, const char *value)
{
	struct span rest = span_str(value);
	const char *driver, *none;

	if (!qemu_property_next(&rest, v->arena, &driver, &none))
		return;
	if (none && strcmp(driver, "driver") == 0) /* "driver=vfio-pci,..." */
		driver = none;
	if (strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "vfio-pci-nohotplug") == 0)
		pci_device(v, driver, rest);
	else
		device_hold(v, driver, value);
	if (v->target != VM_QEMU)
		return;
	if (strcmp(driver, "usb-host") == 0)
		usb_device(v, value);
	else if (starts(driver, "virtio-balloon"))
		v->balloon = VM_YES;
	else if (strcmp(driver, "virtserialport") == 0 && strstr(value, "org.qemu.guest_agent.0"))
		v->agent = VM_YES;
	else if (starts(driver, "tpm-"))
		v->tpm = (struct vm_tpm) { true, "2.0", NULL };
	else
		storage_device(v, driver, value);
}

static void take_machine(struct vm *v, const char *value)
{
	struct span rest = span_str(value);
	const char *key, *val, *type;
	struct vm_machine m;

	if (!qemu_property_next(&rest, v->arena, &key, &val))
		return;
	type = !val ? key : qemu_property(value, "type", v->arena);
	if (type) {
		vm_machine_read(span_str(type), v->arena, &m);
		m.viommu = v->machine.viommu;
		v->machine = m;
	}
	if (qemu_property(value, "smm", v->arena))
		v->firmware.smm = vm_bool_read(qemu_property(value, "smm", v->arena));
}

static void take_cpu(struct vm *v, const char *value)
{
	struct span rest = span_str(value);
	const char *model, *none, *limit = qemu_property(value, "host-phys-bits-limit", v->arena);
	uint64_t bits;

	if (v->cpu.model)
		v->cpu.doubled = true;
	if (qemu_property_next(&rest, v->arena, &model, &none))
		v->cpu.model = model;
	v->cpu.flags = rest.n ? arena_span(v->arena, rest) : v->cpu.flags;
	if (limit && text_number(span_str(limit), &bits) && bits <= 64)
		v->cpu.phys_limit = (unsigned)bits;
	if (strstr(value, "kvm=off"))
		v->cpu.hidden = VM_YES;
	if (strstr(value, "hv-") || strstr(value, "hv_"))
		v->cpu.hyperv = VM_YES;
}

static void take_count(const char *value, const char *key, struct vm *v, unsigned *ret)
{
	const char *s = qemu_property(value, key, v->arena);
	uint64_t n;

	if (s && text_number(span_str(s), &n) && n > 0 && n <= 4096)
		*ret = (unsigned)n;
}

static void take_smp(struct vm *v, const char *value)
{
	struct span rest = span_str(value);
	const char *first, *val;
	uint64_t n;

	if (qemu_property_next(&rest, v->arena, &first, &val) && !val && text_number(span_str(first), &n) && n > 0 &&
	    n <= 4096)
		v->cpu.vcpus = (unsigned)n;
	take_count(value, "cpus", v, &v->cpu.vcpus);
	take_count(value, "cores", v, &v->cpu.cores);
	take_count(value, "sockets", v, &v->cpu.sockets);
	take_count(value, "threads", v, &v->cpu.threads);
}

/* "8192", "8G", "8192M", "size=8G": MiB when no unit is written (QEMU softmmu/vl.c). */
static void take_memory(struct vm *v, const char *value)
{
	struct span rest = span_str(value);
	const char *key, *val;
	uint64_t n;

	if (!qemu_property_next(&rest, v->arena, &key, &val))
		return;
	rest = span_str(val ? val : key);
	if (!text_digits(&rest, 10, &n) || n > UINT32_MAX)
		return;
	if (text_starts(rest, "G") || text_starts(rest, "g"))
		n *= 1024;
	else if (text_starts(rest, "K") || text_starts(rest, "k"))
		n /= 1024;
	v->memory_mib = n;
}

static void take_vga(struct vm *v, const char *value)
{
	v->display = v->display_raw = value;
	v->display_from = place_of(v);
}

static void take_nographic(struct vm *v, const char *value)
{
	(void)value;
	if (v->target == VM_QEMU) { /* without -nodefaults a serial line goes to the terminal */
		v->n_serial += v->n_serial == 0;
		v->screen = VM_NO;
	}
}

static void pflash_take(struct vm *v, const char *value, const char *file)
{
	const char *unit = qemu_property(value, "unit", v->arena);

	if (v->target != VM_QEMU && v->firmware.kind == VM_OVMF && !v->firmware.ours)
		v->firmware.doubled = true;
	v->firmware.kind = VM_OVMF;
	v->firmware.ours = true;
	if (unit ? strcmp(unit, "1") == 0 : v->firmware.code != NULL)
		v->firmware.vars = file;
	else
		v->firmware.code = file;
}

/* "if=pflash,unit=0,file=..." is the firmware's code, unit 1 its variables; all else is a disk. */
static void take_drive(struct vm *v, const char *value)
{
	const char *what = qemu_property(value, "if", v->arena);
	struct span rest = span_str(value);
	const char *key, *val;

	while (qemu_property_next(&rest, v->arena, &key, &val))
		if (!val)
			vm_fault(v, VM_FAULT_SHORT_BOOL, place_of(v), key);
	if (what && strcmp(what, "pflash") == 0)
		pflash_take(v, value, qemu_property(value, "file", v->arena));
	else if (v->target == VM_QEMU)
		storage_drive(v, value);
}

static void take_bios(struct vm *v, const char *value)
{
	v->firmware.code = value;
	v->firmware.ours = true;
	if (strstr(value, "OVMF") || strstr(value, "ovmf"))
		v->firmware.kind = VM_OVMF; /* without a store for variables */
}

static void take_fwcfg(struct vm *v, const char *value)
{
	const char *name = qemu_property(value, "name", v->arena);
	struct vm_fwcfg *f;
	struct span rest = span_str(value);
	const char *key, *val;

	if (!name && qemu_property_next(&rest, v->arena, &key, &val) && !val)
		name = key;
	f = name ? arena_push(v->arena, v->fwcfgs, v->n_fwcfgs) : NULL;
	if (f)
		*f = (struct vm_fwcfg) { name, place_of(v) };
}

static void take_serial(struct vm *v, const char *value)
{
	if (v->target == VM_QEMU && strcmp(value, "none") != 0)
		v->n_serial++;
}

static void take_name(struct vm *v, const char *value)
{
	struct span rest = span_str(value);
	const char *key, *val;

	if (v->target == VM_QEMU && qemu_property_next(&rest, v->arena, &key, &val))
		v->name = val ? val : key;
}

static void take_uuid(struct vm *v, const char *value)
{
	if (v->target == VM_QEMU)
		v->uuid = value;
}

static void take_screen(struct vm *v, const char *value)
{
	v->screen = starts(value, "none") ? VM_NO : VM_YES;
}

static void take_cdrom(struct vm *v, const char *value)
{
	if (v->target == VM_QEMU)
		storage_drive(v, arena_printf(v->arena, "media=cdrom,file=%s", value));
}

static void take_netdev(struct vm *v, const char *value)
{
	if (v->target == VM_QEMU)
		storage_netdev(v, value);
}

static void take_nic(struct vm *v, const char *value)
{
	if (v->target == VM_QEMU && !starts(value, "none"))
		storage_nic(v, value);
}

static void take_overcommit(struct vm *v, const char *value)
{
	if (qemu_property(value, "mem-lock", v->arena))
		v->locked = vm_bool_read(qemu_property(value, "mem-lock", v->arena));
}

static const struct {
	const char *option;
	void (*take)(struct vm *v, const char *value);
} options[] = {
	{ "-device", take_device },
	{ "-set", take_set },
	{ "-machine", take_machine },
	{ "-M", take_machine },
	{ "-cpu", take_cpu },
	{ "-smp", take_smp },
	{ "-m", take_memory },
	{ "-vga", take_vga },
	{ "-nographic", take_nographic },
	{ "-drive", take_drive },
	{ "-bios", take_bios },
	{ "-fw_cfg", take_fwcfg },
	{ "-serial", take_serial },
	{ "-name", take_name },
	{ "-uuid", take_uuid },
	{ "-display", take_screen },
	{ "-vnc", take_screen },
	{ "-spice", take_screen },
	{ "-overcommit", take_overcommit },
	{ "-netdev", take_netdev },
	{ "-nic", take_nic },
	{ "-cdrom", take_cdrom },
};

/* "-device" for "--device". */
static const char *option_name(const struct vm_arg *x)
{
	return starts(x->option, "--") ? x->option + 1 : x->option;
}

static void option_take(struct vm *v, const struct vm_arg *x)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].option, option_name(x)) == 0 &&
		    (x->value || !qemu_option_has_value(option_name(x))))
			options[i].take(v, x->value ? x->value : "");
}

enum rank { RANK_MACHINE, RANK_PLAIN, RANK_DEVICE, RANK_SET, RANKS };

/* The machine first: where a device lands depends on it. -set last: it acts when all devices are known. */
static enum rank rank_of(const struct vm_arg *x)
{
	static const struct {
		const char *option;
		enum rank rank;
	} ranks[] = {
		{ "-machine", RANK_MACHINE }, { "-M", RANK_MACHINE }, { "-device", RANK_DEVICE }, { "-set", RANK_SET }
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranks); i++)
		if (strcmp(ranks[i].option, option_name(x)) == 0)
			return ranks[i].rank;
	return RANK_PLAIN;
}

static bool option_there(const struct vm *v, const char *option)
{
	for (size_t i = 0; i < v->n_args; i++)
		if (strcmp(option_name(&v->args[i]), option) == 0)
			return true;
	return false;
}

static void card_hold(struct vm *v, const char *addr)
{
	struct vm_slot slot = qemu_place(v, NULL, addr);

	if (addr && slot.place == VM_PLACE_ROOT)
		vm_hold(v, slot.dev, slot.fn, "network card", place_of(v));
	else
		hold_first_free(v, "network card", place_of(v));
}

/* What QEMU adds before any -device, unasked or by -nic: a VGA, then network cards, each in the first free slot (QEMU
 * hw/i386/pc_piix.c, pc_q35.c; tried with 7.2 and 11.1: "slot 2 function 0 not available"). */
static void defaults_take(struct vm *v)
{
	bool bare = option_there(v, "-nodefaults"), said = option_there(v, "-netdev");

	if (!v->display && (bare || option_there(v, "-nographic")))
		v->display = "none";
	if (!v->display || strcmp(v->display, "none") != 0)
		hold_first_free(v, "VGA", v->display_from);
	for (size_t i = 0; i < v->n_args; i++) {
		const char *name = option_name(&v->args[i]), *value = v->args[i].value;

		if (strcmp(name, "-nic") != 0 && strcmp(name, "-net") != 0)
			continue;
		said = true;
		if (value && !starts(value, "none") && (strcmp(name, "-nic") == 0 || starts(value, "nic")))
			card_hold(v, qemu_property(value, "addr", v->arena));
	}
	if (!bare && !said)
		hold_first_free(v, "default network card", NULL);
}

void vm_read_args(struct vm *v)
{
	for (int rank = 0; rank < RANKS; rank++) {
		if (rank == RANK_PLAIN && v->target == VM_QEMU)
			vm_hold_machine(v);
		if (rank == RANK_DEVICE && v->target == VM_QEMU)
			defaults_take(v);
		for (size_t i = 0; i < v->n_args; i++)
			if (rank_of(&v->args[i]) == (enum rank)rank)
				option_take(v, &v->args[i]);
	}
	if (v->target != VM_QEMU)
		return;
	storage_close(v);
	vm_hosts_compare(v);
}
