// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/vm_domain_devices.h"
#include "store/vm_domain_write.h"

/* ---- addresses ---------------------------------------------------------------------------------------------- */

/* In libvirt's own spelling; an attribute that says the same in another one is left. */
static void hex_put(struct domain_writing *w, xmlNode *n, const char *attr, int digits, unsigned value)
{
	uint64_t old;

	if (!domain_number(node_attr(n, attr, w->a), UINT32_MAX, &old) || old != value)
		node_put(w->d, n, attr, arena_printf(w->a, "0x%0*x", digits, value));
}

static void address_put(struct domain_writing *w, xmlNode *n, struct pci_addr at)
{
	hex_put(w, n, "domain", 4, at.domain);
	hex_put(w, n, "bus", 2, at.bus);
	hex_put(w, n, "slot", 2, at.dev);
	hex_put(w, n, "function", 1, at.fn);
}

/* In a new document libvirt makes the bridges that addresses ask for: root ports, which have slot 0 only, or on
 * i440fx PCI bridges, which have all but that one. */
static bool bridge_is_made(const struct domain_writing *w, uint8_t dev)
{
	return !w->all || (w->now->machine.kind == VM_MACHINE_Q35) == (dev == 0);
}

static void guest_put(struct domain_writing *w, xmlNode *n, const struct vm_pci *p)
{
	struct pci_addr at = { .dev = p->guest.dev, .fn = p->guest.fn };
	xmlNode *address;
	uint64_t bus;

	if (p->guest.place == VM_PLACE_BEHIND && domain_number(p->guest.bus, 0xff, &bus) && bridge_is_made(w, at.dev))
		at.bus = (uint8_t)bus;
	else if (p->guest.place == VM_PLACE_NO_BUS)
		vm_lose(w->lost, arena_printf(w->a, "bus %s of %s", or_dash(p->guest.bus), or_dash(p->from)),
			"the machine has no such bus; libvirt chooses a place");
	if (p->guest.place != VM_PLACE_ROOT && !(p->guest.place == VM_PLACE_BEHIND && at.bus)) {
		/* Nowhere in particular, or behind a bridge of another target's: libvirt makes a root port. */
		node_remove(w->d, node_first(n, "address"));
		return;
	}
	address = node_make(w->d, n, "address");
	node_put(w->d, address, "type", "pci");
	address_put(w, address, at);
	node_put(w->d, address, "multifunction",
		 p->multifunction == VM_UNSAID ? NULL
		 : p->multifunction == VM_YES  ? "on"
					       : "off");
}

/* ---- hostdevs ----------------------------------------------------------------------------------------------- */

static void rom_put(struct domain_writing *w, xmlNode *n, const struct vm_pci *p)
{
	bool none = p->romfile && !*p->romfile;
	xmlNode *rom;

	if (!p->romfile && p->rombar == VM_UNSAID) {
		node_remove_at(w->d, n, "rom");
		return;
	}
	rom = node_make(w->d, n, "rom");
	node_put(w->d, rom, "enabled", none ? "no" : NULL);
	domain_put_state(w, rom, "", "bar", none ? VM_UNSAID : p->rombar);
	node_put(w->d, rom, "file", none ? NULL : p->romfile);
}

static bool guest_differs(const struct vm_pci *a, const struct vm_pci *b)
{
	return a->guest.place != b->guest.place || a->guest.dev != b->guest.dev || a->guest.fn != b->guest.fn ||
	       (a->guest.place == VM_PLACE_BEHIND && !domain_same(a->guest.bus, b->guest.bus)) ||
	       a->multifunction != b->multifunction;
}

static void pci_change(struct domain_writing *w, xmlNode *n, const struct vm_pci *was, const struct vm_pci *p)
{
	if (p->has_host && !(was->has_host && pci_addr_eq(was->host, p->host)))
		address_put(w, node_make(w->d, n, "source/address"), p->host);
	if (!domain_same(was->mdev, p->mdev) && p->mdev)
		node_put(w->d, node_make(w->d, n, "source/address"), "uuid", vm_mdev_uuid(w->now, p, w->lost));
	if (was->managed != p->managed)
		node_put(w->d, n, "managed", p->managed == VM_UNSAID ? NULL : p->managed == VM_YES ? "yes" : "no");
	if (!domain_same(was->romfile, p->romfile) || was->rombar != p->rombar)
		rom_put(w, n, p);
	if (p->mdev && was->display != p->display)
		domain_put_state(w, n, "", "display", p->display);
	if (p->mdev && was->ramfb != p->ramfb)
		domain_put_state(w, n, "", "ramfb", p->ramfb);
	if (guest_differs(was, p))
		guest_put(w, n, p);
}

/* Can libvirt have it at all? */
static bool pci_check(struct domain_writing *w, const struct vm_pci *p)
{
	const char *from = or_dash(p->from);

	if (!p->mdev && !p->has_host) {
		vm_lose(w->lost, arena_printf(w->a, "%s, mapping %s", from, or_dash(p->mapping)),
			"a mapping is the other cluster's: name the device's address");
		return false;
	}
	if (p->n_hosts > 1)
		vm_lose(w->lost, arena_printf(w->a, "%u alternatives of %s", p->n_hosts - 1, from),
			"libvirt takes one device: the first");
	if (p->host.fn == VM_FN_ALL && p->has_host)
		vm_lose(w->lost, arena_printf(w->a, "the other functions of %s", from),
			"each function is a hostdev of its own: only function 0 is written");
	return true;
}

static xmlNode *pci_new(struct domain_writing *w, const struct vm_pci *p)
{
	bool keep = p->driver && strcmp(p->driver, "keep") == 0;
	struct pci_addr host = p->host;
	xmlNode *n;

	if (!pci_check(w, p))
		return NULL;
	n = w->d->fragment ? NULL : node_add(w->d, w->devices, "hostdev", NULL);
	node_put(w->d, n, "mode", "subsystem");
	node_put(w->d, n, "type", p->mdev ? "mdev" : "pci");
	if (p->managed != VM_UNSAID || !(w->all && w->now->target == VM_LIBVIRT))
		node_put(w->d, n, "managed", p->managed == VM_NO || keep ? "no" : "yes");
	if (p->mdev) {
		node_put(w->d, n, "model", "vfio-pci");
		domain_put_state(w, n, "", "display", p->display);
		domain_put_state(w, n, "", "ramfb", p->ramfb);
		domain_put_attr(w, n, "source/address", "uuid", vm_mdev_uuid(w->now, p, w->lost));
	} else {
		domain_put_attr(w, n, "driver", "name", "vfio");
		host.fn = host.fn == VM_FN_ALL ? 0 : host.fn;
		address_put(w, node_make(w->d, n, "source/address"), host);
	}
	if (p->romfile || p->rombar != VM_UNSAID)
		rom_put(w, n, p);
	if (p->guest.place != VM_PLACE_AUTO)
		guest_put(w, n, p);
	if (p->id && text_starts(span_str(p->id), "ua-")) /* a name of the user's own stays */
		domain_put_attr(w, n, "alias", "name", p->id);
	return n;
}

/* The element that .from counts: "hostdev 2", "interface 0". */
static xmlNode *counted(const struct domain_writing *w, const char *from)
{
	struct span s = span_str(from ? from : "");
	bool hostdev = text_skip(&s, "hostdev ");
	uint64_t n;

	if ((!hostdev && !text_skip(&s, "interface ")) || !text_number(s, &n))
		return NULL;
	if (hostdev)
		return n < w->n_hostdev_nodes ? w->hostdev_nodes[n] : NULL;
	return n < w->n_interface_nodes ? w->interface_nodes[n] : NULL;
}

static void hostdev_remove(struct domain_writing *w, xmlNode *n)
{
	for (size_t i = 0; n && i < w->n_hostdevs; i++)
		if (w->hostdevs[i].node == n) {
			xmlNode *override = w->hostdevs[i].override ? w->hostdevs[i].override->parent : NULL;

			node_remove(w->d, w->hostdevs[i].override);
			node_prune(w->d, override);
			w->hostdevs[i].override = NULL;
			w->hostdevs[i].node = NULL;
		}
	if (n == w->root)
		vm_lose(w->lost, "hostdev", "the file is this one device: it cannot be taken out of it");
	node_remove(w->d, n);
}

static const struct vm_pci *pci_from(const struct vm *v, const char *from)
{
	for (size_t i = 0; from && i < v->n_pcis; i++)
		if (!v->pcis[i].raw && v->pcis[i].from && strcmp(v->pcis[i].from, from) == 0)
			return &v->pcis[i];
	return NULL;
}

static void pcis_write(struct domain_writing *w)
{
	for (size_t i = 0; i < w->was->n_pcis; i++)
		if (!w->was->pcis[i].raw && !pci_from(w->now, w->was->pcis[i].from))
			hostdev_remove(w, counted(w, w->was->pcis[i].from));
	for (size_t i = 0; i < w->now->n_pcis; i++) {
		const struct vm_pci *p = &w->now->pcis[i], *was = pci_from(w->was, p->from);

		if (p->raw)
			continue;
		if (was && !was->mdev != !p->mdev) { /* another kind of element */
			hostdev_remove(w, counted(w, p->from));
			was = NULL;
		}
		w->pci_nodes[i] = was ? counted(w, p->from) : pci_new(w, p);
		if (was && w->pci_nodes[i])
			pci_change(w, w->pci_nodes[i], was, p);
	}
}

/* ---- USB devices -------------------------------------------------------------------------------------------- */

static const struct vm_usb *usb_from(const struct vm *v, const char *from)
{
	for (size_t i = 0; from && i < v->n_usbs; i++)
		if (v->usbs[i].from && strcmp(v->usbs[i].from, from) == 0)
			return &v->usbs[i];
	return NULL;
}

static void usb_ids_put(struct domain_writing *w, xmlNode *n, const struct vm_usb *u)
{
	domain_put_attr(w, n, "source/vendor", "id", arena_printf(w->a, "0x%04x", u->vendor));
	domain_put_attr(w, n, "source/product", "id", arena_printf(w->a, "0x%04x", u->product));
}

static void usb_new(struct domain_writing *w, const struct vm_usb *u)
{
	const char *from = or_dash(u->from);
	xmlNode *n;

	if (!u->vendor && !u->product) {
		vm_lose(w->lost, u->port ? arena_printf(w->a, "port %s of %s", u->port, from) : from,
			u->spice ? "add a redirdev where SPICE is in use"
				 : "libvirt knows USB devices by vendor and product, not by port or mapping");
		return;
	}
	n = node_add(w->d, w->devices, "hostdev", NULL);
	node_put(w->d, n, "mode", "subsystem");
	node_put(w->d, n, "type", "usb");
	node_put(w->d, n, "managed", "yes");
	domain_put_attr(w, n, "source", "startupPolicy", "optional"); /* the VM starts without it */
	usb_ids_put(w, n, u);
}

static void usbs_write(struct domain_writing *w)
{
	for (size_t i = 0; i < w->was->n_usbs; i++)
		if (!usb_from(w->now, w->was->usbs[i].from))
			hostdev_remove(w, counted(w, w->was->usbs[i].from));
	for (size_t i = 0; i < w->now->n_usbs; i++) {
		const struct vm_usb *u = &w->now->usbs[i], *was = usb_from(w->was, u->from);

		if (!was)
			usb_new(w, u);
		else if (was->vendor != u->vendor || was->product != u->product)
			usb_ids_put(w, counted(w, u->from), u);
	}
}

/* ---- disks -------------------------------------------------------------------------------------------------- */

/* The disk of that name: the one at @at where two have it, as no domain that libvirt took has. */
static const struct vm_disk *disk_from(const struct vm *v, size_t at, const char *from)
{
	if (at < v->n_disks && from && v->disks[at].from && strcmp(v->disks[at].from, from) == 0)
		return &v->disks[at];
	for (size_t i = 0; from && i < v->n_disks; i++)
		if (v->disks[i].from && strcmp(v->disks[i].from, from) == 0)
			return &v->disks[i];
	return NULL;
}

static xmlNode *disk_node(const struct domain_writing *w, const char *dev)
{
	xmlNode *n = node_first(w->devices, "disk");

	while (n && !node_attr_is(node_first(n, "target"), "dev", dev))
		n = node_next(n, "disk");
	return n;
}

static void disk_source_put(struct domain_writing *w, xmlNode *n, const char *source)
{
	bool block = source && text_starts(span_str(source), "/dev/");

	if (!source) {
		node_remove_at(w->d, n, "source");
		return;
	}
	node_put(w->d, n, "type", block ? "block" : "file");
	domain_put_attr(w, n, "source", "file", block ? NULL : source);
	domain_put_attr(w, n, "source", "dev", block ? source : NULL);
}

static void disk_put(struct domain_writing *w, xmlNode *n, const struct vm_disk *was, const struct vm_disk *d)
{
	const struct {
		const char *attr, *was, *now;
	} driver[] = {
		{ "type", was->format, d->format },
		{ "cache", was->cache, d->cache },
		{ "io", was->aio, d->aio },
	};

	for (size_t i = 0; i < ARRAY_SIZE(driver); i++)
		if (!domain_same(driver[i].was, driver[i].now))
			domain_put_attr(w, n, "driver", driver[i].attr, driver[i].now);
	if (was->discard != d->discard)
		domain_put_attr(w, n, "driver", "discard",
				d->discard == VM_UNSAID ? NULL
				: d->discard == VM_YES	? "unmap"
							: "ignore");
	if (!domain_same(was->source, d->source))
		disk_source_put(w, n, d->source);
	if (was->ssd != d->ssd)
		domain_put_attr(w, n, "target", "rotation_rate", d->ssd == VM_YES ? "1" : NULL);
	if (!domain_same(was->serial, d->serial))
		domain_put_text(w, n, "serial", d->serial);
	if (was->readonly != d->readonly)
		domain_put_there(w, n, "readonly", d->readonly == VM_YES);
}

static bool is_disk_name(const char *name)
{
	static const char *const heads[] = { "hd", "sd", "vd" };
	struct span s = span_str(name ? name : "");

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (text_skip(&s, heads[i]))
			return s.n > 0 && strspn(name + 2, "abcdefghijklmnopqrstuvwxyz") == s.n;
	return false;
}

/* A target's name that no disk has yet. libvirt wants each but once, whatever the bus. */
static const char *disk_name(struct domain_writing *w, const struct vm_disk *d, enum vm_disk_bus bus)
{
	const char *head = bus == VM_DISK_IDE ? "hd" : bus == VM_DISK_VIRTIO ? "vd" : "sd", *name;

	if (is_disk_name(d->from))
		return d->from;
	do {
		unsigned n = w->disk_names++;

		name = n < 26 ? arena_printf(w->a, "%s%c", head, 'a' + n)
			      : arena_printf(w->a, "%s%c%c", head, 'a' + n / 26 % 26, 'a' + n % 26);
	} while (disk_node(w, name) && w->disk_names < 26 * 26);
	return name;
}

static xmlNode *disk_new(struct domain_writing *w, const struct vm_disk *d)
{
	/* The chipset of q35 has no IDE for disks, and libvirt refuses them there. */
	enum vm_disk_bus bus =
		d->bus == VM_DISK_IDE && w->now->machine.kind == VM_MACHINE_Q35 ? VM_DISK_SATA : d->bus;
	const struct vm_disk none = { 0 };
	xmlNode *n;

	if (d->source && *d->source != '/') {
		vm_lose(w->lost, arena_printf(w->a, "%s: %s", or_dash(d->from), d->source),
			"no path: where the disk will lie is not known here");
		return NULL;
	}
	if (d->iothread == VM_YES)
		vm_lose(w->lost, arena_printf(w->a, "iothread of %s", or_dash(d->from)), "a matter of speed only");
	n = node_add(w->d, w->devices, "disk", NULL);
	node_put(w->d, n, "type", "file");
	node_put(w->d, n, "device", d->cdrom ? "cdrom" : "disk");
	if (d->format || d->cache || d->aio || d->discard != VM_UNSAID)
		domain_put_attr(w, n, "driver", "name", "qemu");
	if (d->source)
		disk_source_put(w, n, d->source);
	domain_put_attr(w, n, "target", "dev", disk_name(w, d, bus));
	domain_put_attr(w, n, "target", "bus", domain_bus_str(bus));
	disk_put(w, n, &none, d);
	return n;
}

static void disks_write(struct domain_writing *w)
{
	bool scsi = false;

	for (size_t i = 0; i < w->was->n_disks; i++)
		if (!disk_from(w->now, i, w->was->disks[i].from))
			node_remove(w->d, disk_node(w, w->was->disks[i].from));
	for (size_t i = 0; i < w->now->n_disks; i++) {
		const struct vm_disk *d = &w->now->disks[i], *was = disk_from(w->was, i, d->from);

		w->disk_nodes[i] = was ? disk_node(w, d->from) : disk_new(w, d);
		if (was && w->disk_nodes[i])
			disk_put(w, w->disk_nodes[i], was, d);
		scsi |= !was && w->disk_nodes[i] && d->bus == VM_DISK_SCSI;
	}
	if (scsi && w->all) { /* libvirt's own choice is an LSI of 1996 */
		xmlNode *n = node_add(w->d, w->devices, "controller", NULL);

		node_put(w->d, n, "type", "scsi");
		node_put(w->d, n, "index", "0");
		node_put(w->d, n, "model", "virtio-scsi");
	}
}

/* ---- interfaces --------------------------------------------------------------------------------------------- */

static const struct vm_net *net_from(const struct vm *v, const char *from)
{
	for (size_t i = 0; from && i < v->n_nets; i++)
		if (v->nets[i].from && strcmp(v->nets[i].from, from) == 0)
			return &v->nets[i];
	return NULL;
}

static void count_put(struct domain_writing *w, xmlNode *n, const char *path, const char *attr, unsigned value)
{
	if (value)
		domain_put_attr(w, n, path, attr, arena_printf(w->a, "%u", value));
	else if (node_at(n, path))
		node_put(w->d, node_at(n, path), attr, NULL);
	node_prune(w->d, node_at(n, path));
}

static void net_source_put(struct domain_writing *w, xmlNode *n, const struct vm_net *x)
{
	node_put(w->d, n, "type", x->bridge ? "bridge" : x->network ? "network" : "user");
	if (!x->bridge && !x->network) {
		node_remove_at(w->d, n, "source");
		return;
	}
	domain_put_attr(w, n, "source", "bridge", x->bridge);
	domain_put_attr(w, n, "source", "network", x->bridge ? NULL : x->network);
}

static void net_put(struct domain_writing *w, xmlNode *n, const struct vm_net *was, const struct vm_net *x)
{
	if (!domain_same(was->mac, x->mac) && x->mac)
		domain_put_attr(w, n, "mac", "address", x->mac);
	if (!domain_same(was->bridge, x->bridge) || !domain_same(was->network, x->network) || was->user != x->user)
		net_source_put(w, n, x);
	if (!domain_same(was->model, x->model) && x->model)
		domain_put_attr(w, n, "model", "type", x->model);
	if (was->queues != x->queues)
		count_put(w, n, "driver", "queues", x->queues);
	if (was->tag != x->tag) {
		count_put(w, n, "vlan/tag", "id", x->tag);
		node_prune(w->d, node_first(n, "vlan"));
	}
	if (was->mtu != x->mtu)
		count_put(w, n, "mtu", "size", x->mtu);
	if (was->link_down != x->link_down)
		domain_put_attr(w, n, "link", "state", x->link_down == VM_YES ? "down" : "up");
}

static xmlNode *net_new(struct domain_writing *w, const struct vm_net *from)
{
	const struct vm_net none = { .link_down = from->link_down == VM_NO && w->all };
	struct vm_net x = *from;
	xmlNode *n;

	if (!x.bridge && !x.network && !x.user) {
		vm_lose(w->lost, or_dash(x.from), "neither a bridge nor a network is known for it");
		return NULL;
	}
	if (x.tag && x.bridge && w->all) {
		vm_lose(w->lost, arena_printf(w->a, "tag %u of %s", x.tag, or_dash(x.from)),
			"libvirt tags no Linux bridge before 11.0: make a bridge of that VLAN on the host");
		x.tag = 0;
	}
	if (x.firewall == VM_YES)
		vm_lose(w->lost, arena_printf(w->a, "firewall of %s", or_dash(x.from)), "it is Proxmox's own");
	n = node_add(w->d, w->devices, "interface", NULL);
	net_source_put(w, n, &x);
	net_put(w, n, &none, &x);
	return n;
}

static void nets_write(struct domain_writing *w)
{
	for (size_t i = 0; i < w->was->n_nets; i++)
		if (!net_from(w->now, w->was->nets[i].from))
			node_remove(w->d, counted(w, w->was->nets[i].from));
	for (size_t i = 0; i < w->now->n_nets; i++) {
		const struct vm_net *x = &w->now->nets[i], *was = net_from(w->was, x->from);

		w->net_nodes[i] = was ? counted(w, x->from) : net_new(w, x);
		if (was && w->net_nodes[i])
			net_put(w, w->net_nodes[i], was, x);
	}
}

/* ---- boot order --------------------------------------------------------------------------------------------- */

/* "cdrom,hd": classes, as <os><boot dev=/> says them; anything else is another target's words. */
static bool is_classes(const char *boot)
{
	static const char *const words[] = { "fd", "hd", "cdrom", "network" };
	struct span rest = span_str(boot ? boot : ""), word;
	bool known = false;

	while (text_part(&rest, ",", &word)) {
		known = false;
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			known |= text_eq(word, words[i]);
		if (!known)
			return false;
	}
	return known;
}

static void classes_write(struct domain_writing *w)
{
	struct span rest = span_str(w->now->boot_raw), word;
	xmlNode *os = node_make(w->d, w->root, "os");

	while (text_part(&rest, ",", &word))
		node_put(w->d, node_add(w->d, os, "boot", NULL), "dev", arena_span(w->a, word));
}

static bool boot_differs(const struct domain_writing *w)
{
	const struct vm *now = w->now;

	if (w->all || !domain_same(w->was->boot_raw, now->boot_raw))
		return true;
	for (size_t i = 0; i < now->n_disks; i++) {
		const struct vm_disk *was = disk_from(w->was, i, now->disks[i].from);

		if ((was ? was->boot : 0) != now->disks[i].boot)
			return true;
	}
	for (size_t i = 0; i < now->n_nets; i++) {
		const struct vm_net *was = net_from(w->was, now->nets[i].from);

		if ((was ? was->boot : 0) != now->nets[i].boot)
			return true;
	}
	for (size_t i = 0; i < now->n_pcis; i++) {
		const struct vm_pci *was = now->pcis[i].raw ? &now->pcis[i] : pci_from(w->was, now->pcis[i].from);

		if ((was ? was->boot : 0) != now->pcis[i].boot)
			return true;
	}
	return false;
}

static void order_put(struct domain_writing *w, xmlNode *n, unsigned order)
{
	if (n)
		count_put(w, n, "boot", "order", order);
}

/* Places of single devices; libvirt takes these or the classes, not both. */
static void orders_write(struct domain_writing *w)
{
	for (size_t i = 0; i < w->now->n_disks; i++)
		order_put(w, w->disk_nodes[i], w->now->disks[i].boot);
	for (size_t i = 0; i < w->now->n_nets; i++)
		order_put(w, w->net_nodes[i], w->now->nets[i].boot);
	for (size_t i = 0; i < w->now->n_pcis; i++)
		order_put(w, w->pci_nodes[i], w->now->pcis[i].boot);
}

static void boot_write(struct domain_writing *w)
{
	bool classes = is_classes(w->now->boot_raw),
	     kept = !w->all && domain_same(w->was->boot_raw, w->now->boot_raw);

	if (w->d->fragment) {
		orders_write(w);
		return;
	}
	if (!boot_differs(w))
		return;
	node_remove_at(w->d, w->root, "os/boot");
	if (classes && !kept)
		classes_write(w);
	else
		orders_write(w);
}

/* ---- the other devices -------------------------------------------------------------------------------------- */

/* QEMU's and Proxmox's words for what libvirt calls otherwise. */
static const struct {
	const char *word, *model;
} displays[] = {
	{ "std", "vga" },     { "virtio-gl", "virtio" }, { "vmware", "vmvga" }, { "qxl2", "qxl" },
	{ "qxl3", "qxl" },    { "qxl4", "qxl" },	 { "vga", "vga" },	{ "virtio", "virtio" },
	{ "qxl", "qxl" },     { "cirrus", "cirrus" },	 { "none", "none" },	{ "ramfb", "ramfb" },
	{ "bochs", "bochs" }, { "vmvga", "vmvga" },	 { "xen", "xen" },	{ "vbox", "vbox" },
	{ "gop", "gop" },
};

static const char *display_model(struct domain_writing *w, const char *display)
{
	for (size_t i = 0; i < ARRAY_SIZE(displays); i++)
		if (strcmp(displays[i].word, display) == 0)
			return displays[i].model;
	vm_lose(w->lost, arena_printf(w->a, "display %s", display),
		"libvirt has no such video model: virtio is written");
	return "virtio";
}

static void video_write(struct domain_writing *w)
{
	const char *model;
	xmlNode *n, *m;

	if (!CHANGED_STR(w, display))
		return;
	if (!w->now->display) { /* the target's own */
		node_remove_at(w->d, w->devices, "video");
		return;
	}
	model = display_model(w, w->now->display);
	n = node_make(w->d, w->devices, "video");
	if (strcmp(model, "none") == 0) { /* stands alone, in no slot, with no memory */
		while (node_next(n, "video"))
			node_remove(w->d, node_next(n, "video"));
		node_remove_at(w->d, n, "address");
		node_remove_at(w->d, n, "driver");
		node_remove_at(w->d, n, "model");
	}
	m = node_make(w->d, n, "model");
	while (m && node_kid(m) && !w->all)
		node_remove(w->d, node_kid(m));
	node_put(w->d, m, "type", model);
}

static void screen_write(struct domain_writing *w)
{
	xmlNode *n;

	if (!CHANGED(w, screen))
		return;
	if (w->now->screen != VM_YES) {
		node_remove_at(w->d, w->devices, "graphics");
		return;
	}
	n = node_make(w->d, w->devices, "graphics");
	if (node_attr(n, "type", w->a))
		return;
	node_put(w->d, n, "type", "vnc");
	node_put(w->d, n, "port", "-1");
	node_put(w->d, n, "autoport", "yes");
}

static void agent_write(struct domain_writing *w)
{
	xmlNode *n = node_first(w->devices, "channel");

	if (!CHANGED(w, agent))
		return;
	while (n && !node_attr_is(node_first(n, "target"), "name", "org.qemu.guest_agent.0"))
		n = node_next(n, "channel");
	if (w->now->agent != VM_YES) {
		node_remove(w->d, n);
		return;
	}
	if (n)
		return;
	n = node_add(w->d, w->devices, "channel", NULL);
	node_put(w->d, n, "type", "unix");
	domain_put_attr(w, n, "target", "type", "virtio");
	domain_put_attr(w, n, "target", "name", "org.qemu.guest_agent.0");
}

static void serial_write(struct domain_writing *w)
{
	unsigned there = w->all ? 0 : w->was->n_serial;
	xmlNode *n;

	for (; there < w->now->n_serial; there++)
		node_put(w->d, node_add(w->d, w->devices, "serial", NULL), "type", "pty");
	for (; there > w->now->n_serial; there--) { /* the last; a console without a serial line is one too */
		xmlNode *last = node_first(w->devices, "serial");

		while ((n = node_next(last, "serial")))
			last = n;
		node_remove_at(w->d, there == 1 ? w->devices : NULL, "console");
		node_remove(w->d, last);
	}
}

static void balloon_write(struct domain_writing *w)
{
	xmlNode *n;

	if (!CHANGED(w, balloon) || w->now->balloon == VM_UNSAID)
		return;
	if (w->all && w->now->balloon == VM_YES && w->now->balloon_mib && w->now->balloon_mib != w->now->memory_mib)
		vm_lose(w->lost, "the balloon's minimum",
			"libvirt has none; and a passed-through device pins all memory");
	n = node_make(w->d, w->devices, "memballoon");
	while (node_kid(n))
		node_remove(w->d, node_kid(n));
	node_put(w->d, n, "model", w->now->balloon == VM_NO ? "none" : "virtio");
}

static void tpm_write(struct domain_writing *w)
{
	const struct vm_tpm *was = &w->was->tpm, *t = &w->now->tpm;
	const char *version = t->version ? t->version : "2.0";
	xmlNode *n;

	if (!w->all && was->there == t->there && domain_same(was->version, t->version))
		return;
	if (!t->there) {
		node_remove_at(w->d, w->devices, "tpm");
		return;
	}
	if (w->all && t->state)
		vm_lose(w->lost, "the TPM's state", "the new TPM is empty: have BitLocker's recovery key at hand");
	n = node_make(w->d, w->devices, "tpm");
	if (!node_attr(n, "model", w->a))
		node_put(w->d, n, "model", strcmp(version, "2.0") == 0 ? "tpm-crb" : "tpm-tis");
	domain_put_attr(w, n, "backend", "type", "emulator");
	domain_put_attr(w, n, "backend", "version", version);
}

static void sound_write(struct domain_writing *w)
{
	static const struct {
		const char *has, *model;
	} models[] = { { "ich9", "ich9" }, { "intel-hda", "ich6" }, { "AC97", "ac97" } };
	const char *audio = w->now->audio;

	if (!CHANGED_STR(w, audio))
		return;
	if (!audio) {
		node_remove_at(w->d, w->devices, "sound");
		return;
	}
	for (size_t i = 0; w->all && i < ARRAY_SIZE(models); i++)
		if (strstr(audio, models[i].has)) {
			audio = models[i].model;
			break;
		}
	domain_put_attr(w, w->devices, "sound", "model", audio);
}

static void rng_write(struct domain_writing *w)
{
	const char *rng = w->now->rng, *path = rng ? strchr(rng, '/') : NULL;

	if (!CHANGED_STR(w, rng))
		return;
	if (!rng) {
		node_remove_at(w->d, w->devices, "rng");
		return;
	}
	domain_put_attr(w, w->devices, "rng", "model", "virtio");
	domain_put_attr(w, w->devices, "rng/backend", "model", "random");
	/* "source=/dev/urandom,period=1000" on Proxmox */
	domain_put_text(w, w->devices, "rng/backend",
			path ? arena_printf(w->a, "%.*s", (int)strcspn(path, ","), path) : "/dev/urandom");
}

static void tablet_write(struct domain_writing *w)
{
	xmlNode *n = node_first(w->devices, "input");

	if (!CHANGED(w, tablet) || (w->all && w->now->tablet != VM_YES))
		return;
	while (n && !node_attr_is(n, "type", "tablet"))
		n = node_next(n, "input");
	if (w->now->tablet != VM_YES) {
		node_remove(w->d, n);
		return;
	}
	if (!n)
		n = node_add(w->d, w->devices, "input", NULL);
	node_put(w->d, n, "type", "tablet");
	node_put(w->d, n, "bus", "usb");
}

static void viommu_write(struct domain_writing *w)
{
	if (!CHANGED_STR(w, machine.viommu))
		return;
	if (w->now->machine.viommu)
		domain_put_attr(w, w->devices, "iommu", "model", w->now->machine.viommu);
	else
		node_remove_at(w->d, w->devices, "iommu");
}

void domain_devices_write(struct domain_writing *w)
{
	if (w->d->fragment) {
		pcis_write(w);
		boot_write(w);
		return;
	}
	disks_write(w);
	nets_write(w);
	serial_write(w);
	agent_write(w);
	tablet_write(w);
	tpm_write(w);
	screen_write(w);
	sound_write(w);
	video_write(w);
	pcis_write(w);
	usbs_write(w);
	balloon_write(w);
	rng_write(w);
	viommu_write(w);
	boot_write(w);
}
