// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/pve_conf.h"

#include "base/text.h"

bool pve_next(struct span *rest, struct pve_line *ret)
{
	struct span l, s, key;

	while (span_line(rest, &l)) {
		s = text_trim(l);
		if (text_starts(s, "["))
			break;
		if (text_starts(s, "#") || !text_until(&s, ":", &key))
			continue;
		*ret = (struct pve_line) { text_trim(l), text_trim(key), text_trim(s) };
		return true;
	}
	rest->n = 0;
	return false;
}

bool pve_is_hostpci(struct span key)
{
	uint64_t n;

	return text_skip(&key, "hostpci") && text_digits(&key, 10, &n) && n < 16 && key.n == 0;
}

void pve_hostpci_read(struct span value, struct pve_hostpci *ret)
{
	struct span none = { value.p, 0 }, rest = value, part;
	bool first = true;

	*ret = (struct pve_hostpci) { none, none, none };
	for (; text_part(&rest, ",", &part); first = false) {
		part = text_trim(part);
		if (text_skip(&part, "mapping="))
			ret->mapping = part;
		else if (text_skip(&part, "mdev="))
			ret->mdev = part;
		else if (text_skip(&part, "host=") || (first && !text_has(part, "=")))
			ret->hosts = part;
	}
}

/* "[dddd:]bb:dd" without a function. */
static bool slot_read(struct span s, struct pci_addr *ret)
{
	struct span field = s;
	uint64_t v[3];
	size_t n = 0;

	while (n < 3 && text_digits(&field, 16, &v[n])) {
		n++;
		if (!text_skip(&field, ":"))
			break;
	}
	if (field.n || n < 2 || v[n - 1] >= PCI_DEVFN_MAX || v[n - 2] > 0xff || (n == 3 && v[0] > 0xffffff))
		return false;
	*ret = (struct pci_addr) { n == 3 ? (uint32_t)v[0] : 0, (uint8_t)v[n - 2], (uint8_t)v[n - 1], PVE_FN_ALL };
	return true;
}

bool pve_hostpci_next(struct span *hosts, struct pci_addr *ret)
{
	struct span part;

	while (text_part(hosts, ";", &part)) {
		part = text_trim(part);
		if (slot_read(part, ret) || (pci_addr_read(&part, ret) && part.n == 0))
			return true;
	}
	return false;
}

bool qemu_vfio_next(struct span *args, struct pci_addr *ret)
{
	struct span before, at;

	while (text_until(args, "host=", &before)) {
		at = *args;
		if (pci_addr_read(&at, ret)) {
			*args = at;
			return true;
		}
	}
	return false;
}
