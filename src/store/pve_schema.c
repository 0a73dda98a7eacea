// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/pve_schema.h"

#include <string.h>

#include "base/addr.h"
#include "base/macros.h"
#include "base/text.h"
#include "store/pve_conf.h"
#include "store/pve_doc.h"

enum form {
	ANY,
	BOOL,
	INTEGER,
	NUMBER,
	STRING,
	HOSTPCI,
	USB,
	MACHINE,
	VGA,
	NET,
	DRIVE,
	EFIDISK,
	TPMSTATE,
	CPU,
	AGENT,
	BIOS,
	OSTYPE
};

static const struct known {
	const char *key;
	unsigned count; /* "hostpci0" to "hostpci15": 16; 0: a key without number */
	enum form form;
} known[] = {
	{ "acpi", 0, BOOL },
	{ "affinity", 0, STRING },
	{ "agent", 0, AGENT },
	{ "allow-ksm", 0, BOOL },
	{ "amd-sev", 0, STRING },
	{ "arch", 0, STRING },
	{ "args", 0, ANY },
	{ "audio", 1, STRING },
	{ "autostart", 0, BOOL },
	{ "balloon", 0, INTEGER },
	{ "bios", 0, BIOS },
	{ "boot", 0, STRING },
	{ "bootdisk", 0, STRING },
	{ "cdrom", 0, STRING },
	{ "cicustom", 0, STRING },
	{ "cipassword", 0, STRING },
	{ "citype", 0, STRING },
	{ "ciupgrade", 0, BOOL },
	{ "ciuser", 0, STRING },
	{ "cores", 0, INTEGER },
	{ "cpu", 0, CPU },
	{ "cpulimit", 0, NUMBER },
	{ "cpuunits", 0, INTEGER },
	{ "delete", 0, ANY },
	{ "description", 0, ANY },
	{ "efidisk", 1, EFIDISK },
	{ "freeze", 0, BOOL },
	{ "hookscript", 0, STRING },
	{ "hostpci", 16, HOSTPCI },
	{ "hotplug", 0, STRING },
	{ "hugepages", 0, STRING },
	{ "ide", 4, DRIVE },
	{ "intel-tdx", 0, STRING },
	{ "ipconfig", 32, STRING },
	{ "ivshmem", 0, STRING },
	{ "keephugepages", 0, BOOL },
	{ "keyboard", 0, STRING },
	{ "kvm", 0, BOOL },
	{ "localtime", 0, BOOL },
	{ "lock", 0, STRING },
	{ "machine", 0, MACHINE },
	{ "memory", 0, STRING },
	{ "meta", 0, STRING },
	{ "migrate_downtime", 0, NUMBER },
	{ "migrate_speed", 0, INTEGER },
	{ "name", 0, STRING },
	{ "nameserver", 0, STRING },
	{ "net", 32, NET },
	{ "numa", 0, BOOL },
	{ "numa", 8, STRING },
	{ "onboot", 0, BOOL },
	{ "ostype", 0, OSTYPE },
	{ "parallel", 3, STRING },
	{ "parent", 0, STRING },
	{ "protection", 0, BOOL },
	{ "reboot", 0, BOOL },
	{ "rng", 1, STRING },
	{ "running-nets-host-mtu", 0, STRING },
	{ "runningcpu", 0, STRING },
	{ "runningmachine", 0, STRING },
	{ "sata", 6, DRIVE },
	{ "scsi", 31, DRIVE },
	{ "scsihw", 0, STRING },
	{ "searchdomain", 0, STRING },
	{ "serial", 4, STRING },
	{ "shares", 0, INTEGER },
	{ "smbios", 2, STRING }, /* smbios1 is the only one */
	{ "smp", 0, INTEGER },
	{ "snapstate", 0, STRING },
	{ "snaptime", 0, INTEGER },
	{ "sockets", 0, INTEGER },
	{ "spice_enhancements", 0, STRING },
	{ "sshkeys", 0, STRING },
	{ "startdate", 0, STRING },
	{ "startup", 0, STRING },
	{ "tablet", 0, BOOL },
	{ "tags", 0, STRING },
	{ "tdf", 0, BOOL },
	{ "template", 0, BOOL },
	{ "tpmstate", 1, TPMSTATE },
	{ "unused", 256, STRING },
	{ "usb", 14, USB },
	{ "vcpus", 0, INTEGER },
	{ "vga", 0, VGA },
	{ "virtio", 16, DRIVE },
	{ "virtiofs", 10, STRING },
	{ "vmgenid", 0, STRING },
	{ "vmstate", 0, STRING },
	{ "vmstatestorage", 0, STRING },
	{ "watchdog", 0, STRING },
};

/* ---- the properties of each format; the first is the bare word's -------------------------------------------- */

enum word { W_ANY, W_BOOL, W_NUMBER, W_HEX4, W_HOST, W_USB, W_MACHINE, W_VGA, W_MAC };

static const struct property {
	enum form form;
	const char *key;
	enum word word;
} properties[] = {
	{ HOSTPCI, "host", W_HOST },
	{ HOSTPCI, "mapping", W_ANY },
	{ HOSTPCI, "rombar", W_BOOL },
	{ HOSTPCI, "romfile", W_ANY },
	{ HOSTPCI, "pcie", W_BOOL },
	{ HOSTPCI, "x-vga", W_BOOL },
	{ HOSTPCI, "legacy-igd", W_BOOL },
	{ HOSTPCI, "mdev", W_ANY },
	{ HOSTPCI, "vendor-id", W_HEX4 },
	{ HOSTPCI, "device-id", W_HEX4 },
	{ HOSTPCI, "sub-vendor-id", W_HEX4 },
	{ HOSTPCI, "sub-device-id", W_HEX4 },
	{ HOSTPCI, "driver", W_ANY },
	{ USB, "host", W_USB },
	{ USB, "mapping", W_ANY },
	{ USB, "usb3", W_BOOL },
	{ MACHINE, "type", W_MACHINE },
	{ MACHINE, "viommu", W_ANY },
	{ MACHINE, "aw-bits", W_NUMBER },
	{ MACHINE, "enable-s3", W_BOOL },
	{ MACHINE, "enable-s4", W_BOOL },
	{ VGA, "type", W_VGA },
	{ VGA, "memory", W_NUMBER },
	{ VGA, "clipboard", W_ANY },
	{ EFIDISK, "file", W_ANY },
	{ EFIDISK, "volume", W_ANY },
	{ EFIDISK, "format", W_ANY },
	{ EFIDISK, "size", W_ANY },
	{ EFIDISK, "efitype", W_ANY },
	{ EFIDISK, "pre-enrolled-keys", W_BOOL },
	{ EFIDISK, "ms-cert", W_ANY },
	{ TPMSTATE, "file", W_ANY },
	{ TPMSTATE, "volume", W_ANY },
	{ TPMSTATE, "size", W_ANY },
	{ TPMSTATE, "version", W_ANY },
	{ CPU, "cputype", W_ANY },
	{ CPU, "hidden", W_BOOL },
	{ CPU, "hv-vendor-id", W_ANY },
	{ CPU, "flags", W_ANY },
	{ CPU, "phys-bits", W_ANY },
	{ CPU, "guest-phys-bits", W_NUMBER },
	{ CPU, "reported-model", W_ANY },
	{ CPU, "level", W_NUMBER },
	{ AGENT, "enabled", W_BOOL },
	{ AGENT, "fstrim_cloned_disks", W_BOOL },
	{ AGENT, "freeze-fs", W_BOOL },
	{ AGENT, "freeze-fs-on-backup", W_BOOL },
	{ AGENT, "type", W_ANY },
};

static bool is_hex(struct span s, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'f')))
			return false;
	return s.n == n;
}

/* "0000:00:02.0;0000:00:02.1", functions and domains left out or not. */
static bool is_host(struct span s)
{
	struct span part;
	size_t n = 0, said = 1;
	struct pci_addr a;

	for (size_t i = 0; i < s.n; i++)
		said += s.p[i] == ';';
	for (part = s; pve_hostpci_next(&part, &a);)
		n++;
	return n == said;
}

/* "VVVV:PPPP" with or without 0x, "BUS-PORT[.PORT]*", "spice". */
static bool is_usb(struct span s)
{
	struct span rest = s, vendor;
	uint64_t n;

	if (text_eq(s, "spice"))
		return true;
	if (text_until(&rest, ":", &vendor)) {
		(void)text_skip(&vendor, "0x");
		(void)text_skip(&rest, "0x");
		return is_hex(vendor, 4) && is_hex(rest, 4);
	}
	if (!text_digits(&rest, 10, &n) || !text_skip(&rest, "-") || !text_digits(&rest, 10, &n))
		return false;
	while (text_skip(&rest, "."))
		if (!text_digits(&rest, 10, &n))
			return false;
	return rest.n == 0;
}

/* pc|pc(-i440fx)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|q35|pc-q35-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt(?:-\d+(\.\d+)+)?(\+pve\d+)?
 */
static bool is_machine(struct span s)
{
	uint64_t n;

	if (text_eq(s, "pc") || text_eq(s, "q35") || text_eq(s, "virt"))
		return true;
	if (!text_skip(&s, "pc-i440fx-") && !text_skip(&s, "pc-q35-") && !text_skip(&s, "virt-") &&
	    !text_skip(&s, "pc-"))
		return false;
	if (!text_digits(&s, 10, &n) || !text_skip(&s, ".") || !text_digits(&s, 10, &n))
		return false;
	while (text_skip(&s, "."))
		if (!text_digits(&s, 10, &n))
			return text_eq(s, "pxe");
	if (text_skip(&s, "+pve") && !text_digits(&s, 10, &n))
		return false;
	(void)text_skip(&s, ".pxe");
	return s.n == 0;
}

static bool is_vga(struct span s)
{
	static const char *const types[] = { "cirrus", "qxl",	  "qxl2",      "qxl3",	  "qxl4",
					     "none",   "serial0", "serial1",   "serial2", "serial3",
					     "std",    "virtio",  "virtio-gl", "vmware" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_eq(s, types[i]))
			return true;
	return false;
}

static bool is_mac(struct span s)
{
	struct span part;

	for (int i = 0; i < 5; i++)
		if (!text_until(&s, ":", &part) || !is_hex(part, 2))
			return false;
	return is_hex(s, 2);
}

static bool is_number(struct span s)
{
	uint64_t n;

	if (!text_digits(&s, 10, &n))
		return false;
	return s.n == 0 || (text_skip(&s, ".") && text_digits(&s, 10, &n) && s.n == 0);
}

/* "<mac>": what a capture puts in the place of what it keeps to itself. */
static bool is_redacted(struct span v)
{
	return v.n > 2 && v.p[0] == '<' && v.p[v.n - 1] == '>';
}

static bool word_fits(enum word w, struct span v)
{
	if (is_redacted(v))
		return true;
	switch (w) {
	case W_BOOL:
		return pve_bool(v) >= 0;
	case W_NUMBER:
		return is_number(v);
	case W_HEX4:
		return text_skip(&v, "0x") && is_hex(v, 4);
	case W_HOST:
		return is_host(v);
	case W_USB:
		return is_usb(v);
	case W_MACHINE:
		return is_machine(v);
	case W_VGA:
		return is_vga(v);
	case W_MAC:
		return is_mac(v);
	case W_ANY:
		break;
	}
	return true;
}

/* @key empty: the bare word. NULL: the format has no such property. */
static const struct property *property_of(enum form f, struct span key)
{
	for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
		if (properties[i].form == f && (key.n == 0 || text_eq(key, properties[i].key)))
			return &properties[i];
	return NULL;
}

static const char *string_fault(enum form f, struct span value, struct span *ret_what)
{
	struct span key, v, rest = value;
	const struct property *p;

	while (pve_property_next(&rest, &key, &v)) {
		*ret_what = key.n ? key : v;
		p = property_of(f, key);
		if (!p)
			return "is no property of it";
		*ret_what = v;
		if (!word_fits(p->word, v))
			return "does not fit";
	}
	return NULL;
}

/* "virtio=MAC,bridge=..." : the model is a key. */
static const char *net_fault(struct span value, struct span *ret_what)
{
	static const char *const models[] = {
		"virtio", "e1000",	   "e1000e",	    "rtl8139",	     "vmxnet3",
		"i82551", "i82557b",	   "i82559er",	    "ne2k_isa",	     "ne2k_pci",
		"pcnet",  "e1000-82540em", "e1000-82544gc", "e1000-82545em", "macaddr"
	};
	struct span key, v, rest = value;

	while (pve_property_next(&rest, &key, &v))
		for (size_t i = 0; i < ARRAY_SIZE(models); i++)
			if (text_eq(key, models[i]) && !is_mac(v) && !is_redacted(v)) {
				*ret_what = v;
				return "is no MAC address";
			}
	return NULL;
}

static const char *choice_fault(enum form f, struct span value)
{
	static const char *const bios[] = { "seabios", "ovmf" };
	static const char *const os[] = { "other", "wxp",   "w2k",   "w2k3", "w2k8", "wvista", "win7",
					  "win8",  "win10", "win11", "l24",  "l26",  "solaris" };
	const char *const *words = f == BIOS ? bios : os;

	for (size_t i = 0; i < (f == BIOS ? ARRAY_SIZE(bios) : ARRAY_SIZE(os)); i++)
		if (text_eq(value, words[i]))
			return NULL;
	return "is none of the words it may be";
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static const struct known *known_key(struct span key)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct span s = key;
		uint64_t n;

		if (known[i].count == 0 ? text_eq(key, known[i].key)
					: text_skip(&s, known[i].key) && text_digits(&s, 10, &n) && s.n == 0 &&
						  n < known[i].count)
			return &known[i];
	}
	return NULL;
}

bool pve_key_known(struct span key)
{
	return known_key(key) != NULL;
}

const char *pve_value_fault(struct span key, struct span value, struct span *ret_what)
{
	const struct known *k = known_key(key);
	struct span rest = value;
	uint64_t n;

	*ret_what = value;
	switch (k ? k->form : ANY) {
	case BOOL:
		return pve_bool(value) >= 0 ? NULL : "is neither 1 nor 0";
	case INTEGER:
		return text_digits(&rest, 10, &n) && rest.n == 0 ? NULL : "is no whole number";
	case NUMBER:
		return is_number(value) ? NULL : "is no number";
	case NET:
		return net_fault(value, ret_what);
	case HOSTPCI:
	case USB:
	case MACHINE:
	case VGA:
	case EFIDISK:
	case TPMSTATE:
	case CPU:
	case AGENT:
		return string_fault(k->form, value, ret_what);
	case BIOS:
	case OSTYPE:
		return choice_fault(k->form, value);
	case DRIVE:
	case STRING:
	case ANY:
		break;
	}
	return NULL;
}
