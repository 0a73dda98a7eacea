// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_args_storage.h"

#include <string.h>

#include "base/text.h"
#include "store/qemu_args.h"

static enum vm_disk_bus bus_of(const char *word)
{
	static const struct {
		const char *part;
		enum vm_disk_bus bus;
	} buses[] = { { "virtio", VM_DISK_VIRTIO },
		      { "scsi", VM_DISK_SCSI },
		      { "ide", VM_DISK_IDE },
		      { "sata", VM_DISK_SATA } };

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
		if (strstr(word, buses[i].part))
			return buses[i].bus;
	return VM_DISK_OTHER;
}

static unsigned next_index(const struct vm *v, enum vm_disk_bus bus)
{
	unsigned n = 0;

	for (size_t i = 0; i < v->n_disks; i++)
		n += v->disks[i].bus == bus;
	return n;
}

void storage_drive(struct vm *v, const char *value)
{
	const char *what = qemu_property(value, "if", v->arena), *media = qemu_property(value, "media", v->arena);
	const char *id = qemu_property(value, "id", v->arena);
	enum vm_disk_bus bus = !what ? VM_DISK_IDE : strcmp(what, "none") == 0 ? VM_DISK_OTHER : bus_of(what);
	unsigned index = next_index(v, bus);
	struct vm_disk *d = arena_push(v->arena, v->disks, v->n_disks);

	if (!d)
		return;
	*d = (struct vm_disk) {
		.from = id ? id : arena_printf(v->arena, "drive %zu", v->n_disks - 1),
		.bus = bus,
		.index = index,
		.cdrom = media && strcmp(media, "cdrom") == 0,
		.source = qemu_property(value, "file", v->arena),
		.format = qemu_property(value, "format", v->arena),
		.cache = qemu_property(value, "cache", v->arena),
		.readonly = vm_bool_read(qemu_property(value, "readonly", v->arena)),
	};
	if (qemu_property(value, "discard", v->arena))
		d->discard = strcmp(qemu_property(value, "discard", v->arena), "unmap") == 0 ? VM_YES : VM_NO;
}

static struct vm_net *net_new(struct vm *v, const char *value, const char *from)
{
	struct vm_net *n = arena_push(v->arena, v->nets, v->n_nets);
	struct span rest = span_str(value);
	const char *kind, *none;

	if (!n)
		return NULL;
	*n = (struct vm_net) { .from = from, .bridge = qemu_property(value, "br", v->arena) };
	n->user = qemu_property_next(&rest, v->arena, &kind, &none) && strcmp(kind, "user") == 0;
	n->mac = qemu_property(value, "mac", v->arena);
	n->model = qemu_property(value, "model", v->arena);
	return n;
}

void storage_netdev(struct vm *v, const char *value)
{
	const char *id = qemu_property(value, "id", v->arena);

	(void)net_new(v, value, id ? id : "-netdev");
}

void storage_nic(struct vm *v, const char *value)
{
	struct vm_net *n = net_new(v, value, "-nic");

	if (n && !n->model)
		n->model = "e1000";
}

static void boot_read(const char *value, struct arena *a, unsigned *ret)
{
	const char *s = qemu_property(value, "bootindex", a);
	uint64_t n;

	if (s && text_number(span_str(s), &n) && n < 1000)
		*ret = (unsigned)n + 1; /* QEMU counts from 0 */
}

void storage_device(struct vm *v, const char *driver, const char *value)
{
	const char *drive = qemu_property(value, "drive", v->arena),
		   *netdev = qemu_property(value, "netdev", v->arena);

	for (size_t i = 0; drive && i < v->n_disks; i++)
		if (strcmp(v->disks[i].from, drive) == 0 && v->disks[i].bus == VM_DISK_OTHER) {
			unsigned index = next_index(v, bus_of(driver));

			v->disks[i].bus = bus_of(driver);
			v->disks[i].index = index;
			v->disks[i].cdrom |= strstr(driver, "-cd") != NULL;
			boot_read(value, v->arena, &v->disks[i].boot);
		}
	for (size_t i = 0; netdev && i < v->n_nets; i++)
		if (strcmp(v->nets[i].from, netdev) == 0) {
			v->nets[i].model = driver;
			v->nets[i].mac = qemu_property(value, "mac", v->arena);
			boot_read(value, v->arena, &v->nets[i].boot);
		}
}

void storage_close(struct vm *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->n_nets; i++)
		if (v->nets[i].model)
			v->nets[kept++] = v->nets[i];
	v->n_nets = kept;
	kept = 0;
	for (size_t i = 0; i < v->n_disks; i++)
		if (v->disks[i].bus != VM_DISK_OTHER)
			v->disks[kept++] = v->disks[i];
	v->n_disks = kept;
}
