// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_pci.c - what lspci prints, in any of its verbosities, and listings of IOMMU groups in the shapes that
 * people's scripts give them.
 *
 * The words are those of pciutils 3.9 (lspci.c show_terse(), show_verbose(); ls-caps.c; ls-ecaps.c; ls-kernel.c).
 */
#include <string.h>

#include "base/text.h"
#include "facts/bundle.h"

/* Names of classes in pci.ids, for plain lspci, which prints no numbers. */
static const struct {
	const char *name;
	uint16_t class;
} classes[] = {
	{ "Non-VGA unclassified device", 0x0000 },
	{ "SCSI storage controller", 0x0100 },
	{ "IDE interface", 0x0101 },
	{ "RAID bus controller", 0x0104 },
	{ "SATA controller", 0x0106 },
	{ "Serial Attached SCSI controller", 0x0107 },
	{ "Non-Volatile memory controller", 0x0108 },
	{ "Mass storage controller", 0x0180 },
	{ "Ethernet controller", PCI_CLASS_NETWORK << 8 },
	{ "Network controller", 0x0280 },
	{ "VGA compatible controller", PCI_CLASS_DISPLAY_VGA },
	{ "XGA compatible controller", 0x0301 },
	{ "3D controller", 0x0302 },
	{ "Display controller", PCI_CLASS_DISPLAY_OTHER },
	{ "Multimedia video controller", 0x0400 },
	{ "Multimedia audio controller", 0x0401 },
	{ "Audio device", PCI_CLASS_AUDIO_HDA },
	{ "Multimedia controller", 0x0480 },
	{ "RAM memory", 0x0500 },
	{ "Memory controller", 0x0580 },
	{ "Host bridge", PCI_CLASS_BRIDGE_HOST },
	{ "ISA bridge", PCI_CLASS_BRIDGE_ISA },
	{ "PCI bridge", PCI_CLASS_BRIDGE_PCI },
	{ "CardBus bridge", 0x0607 },
	{ "Bridge", 0x0680 },
	{ "Serial controller", 0x0700 },
	{ "Communication controller", 0x0780 },
	{ "PIC", 0x0800 },
	{ "SD Host controller", 0x0805 },
	{ "IOMMU", 0x0806 },
	{ "System peripheral", 0x0880 },
	{ "FireWire (IEEE 1394)", 0x0c00 },
	{ "USB controller", PCI_CLASS_SERIAL_USB },
	{ "USB Controller", PCI_CLASS_SERIAL_USB },
	{ "SMBus", PCI_CLASS_SERIAL_SMBUS },
	{ "Serial bus controller", PCI_CLASS_SERIAL_OTHER },
	{ "Encryption controller", 0x1080 },
	{ "Signal processing controller", 0x1180 },
	{ "Processing accelerators", 0x1200 },
	{ "Non-Essential Instrumentation", 0x1300 },
};

/* ---- ids and names --------------------------------------------------------------------------------------- */

static bool hex_n(struct span *s, size_t width, uint64_t *ret)
{
	struct span field, rest, next;

	if (!span_cut(*s, 0, width, &field) || !text_digits(&field, 16, ret) || field.n ||
	    !span_from(*s, width, &rest))
		return false;
	if (span_cut(rest, 0, 1, &next) && text_digits(&next, 16, &(uint64_t) { 0 }))
		return false;
	*s = rest;
	return true;
}

bool bundle_id_read(struct span *s, uint64_t *ret)
{
	struct span rest = *s;
	uint64_t vendor, device;

	if (!hex_n(&rest, 4, &vendor) || !text_skip(&rest, ":") || !hex_n(&rest, 4, &device))
		return false;
	*ret = vendor << 16 | device;
	*s = rest;
	return true;
}

bool bundle_pci_id(struct bundle *b, struct pci_fn *p, uint64_t id)
{
	char buf[PCI_ADDR_STR];

	if (p->id.known && p->id.v != id) {
		bundle_note(b, "%s is %04x:%04x here and %04x:%04x in %s; the first stays",
			    pci_addr_str(p->addr, buf), (unsigned)(id >> 16), (unsigned)(id & 0xffff),
			    pci_fn_vendor(p), pci_fn_device(p), p->id.from);
		return false;
	}
	fact_num_set(&p->id, id, bundle_at(b));
	return true;
}

/* The first "[8086:3e92]" of @s: where it begins, its id, and what is behind it. */
static bool bracket_id(struct span s, size_t *ret_at, uint64_t *ret_id, struct span *ret_rest)
{
	struct span rest = s, before, in;

	while (text_until(&rest, "[", &before)) {
		in = rest;
		if (bundle_id_read(&in, ret_id) && text_skip(&in, "]")) {
			*ret_at = s.n - rest.n - 1;
			*ret_rest = in;
			return true;
		}
	}
	return false;
}

/* "(rev 02)" and "(prog-if 00 [VGA controller])" in any order, eaten. lspci leaves "(rev 00)" out. */
static void in_parentheses(struct bundle *b, struct pci_fn *p, struct span *s, bool rev_known)
{
	struct span rest = text_trim(*s), in;
	uint64_t v;

	while (text_skip(&rest, "(") && text_until(&rest, ")", &in)) {
		if (text_skip(&in, "rev ") && hex_n(&in, 2, &v)) {
			fact_num_set(&p->rev, v, bundle_at(b));
			rev_known = false;
		} else if (text_skip(&in, "prog-if ") && hex_n(&in, 2, &v)) {
			fact_num_set(&p->prog_if, v, bundle_at(b));
		}
		rest = text_trim(rest);
		*s = rest;
	}
	if (rev_known)
		fact_num_set(&p->rev, 0, bundle_at(b));
}

bool bundle_pci_text(struct bundle *b, struct pci_fn *p, struct span s, bool rev_or_0, struct span *ret_rest)
{
	struct span name = s, rest = { s.p, 0 };
	uint64_t id;
	size_t at;

	if (bracket_id(s, &at, &id, &rest)) {
		span_cut(s, 0, at, &name);
		if (!bundle_pci_id(b, p, id))
			return false;
		in_parentheses(b, p, &rest, rev_or_0);
	} else if (text_find(s, " (rev ") < s.n) {
		span_cut(s, 0, text_find(s, " (rev "), &name);
		span_from(s, name.n, &rest);
		in_parentheses(b, p, &rest, false);
	}
	name = text_trim(name);
	if (name.n && !text_eq(name, "Device") && !text_ends(name, "Device"))
		fact_str_set(&p->name, bundle_keep(b, name), bundle_at(b));
	*ret_rest = rest;
	return true;
}

/* ---- the line of a function ----------------------------------------------------------------------------- */

static void group_set(struct bundle *b, struct pci_fn *p, uint64_t group)
{
	char buf[PCI_ADDR_STR];

	if (p->group.known && p->group.v != group)
		bundle_note(b, "%s is in IOMMU group %llu here and %llu in %s; the first stays",
			    pci_addr_str(p->addr, buf), (unsigned long long)group, (unsigned long long)p->group.v,
			    p->group.from);
	else if (facts_group_add(b->f, p, group, bundle_at(b)) < 0)
		b->f->arena.full = true;
}

/* "0300: 8086:3e92 (rev 04)", what lspci -n prints behind the address. */
static bool numeric_words(struct span s, uint64_t *ret_class, uint64_t *ret_id, struct span *ret_rest)
{
	text_skip(&s, "Class ");
	if (!hex_n(&s, 4, ret_class) || !text_skip(&s, ": ") || !bundle_id_read(&s, ret_id))
		return false;
	*ret_rest = s;
	return true;
}

/* "VGA compatible controller [0300]: " or, without the number, one of the names above. */
static bool class_words(struct span *s, struct fact_num *ret, const char *from)
{
	struct span head, rest = *s, number;
	uint64_t class;

	if (!text_until(&rest, ": ", &head)) {
		if (!text_ends(*s, ":"))
			return false;
		head = *s;
		rest = (struct span) { s->p, 0 };
		span_cut(head, 0, head.n - 1, &head);
	}
	if (head.n >= 6 && text_ends(head, "]") && span_from(head, head.n - 6, &number) && text_skip(&number, "[") &&
	    hex_n(&number, 4, &class)) {
		*ret = NUM_KNOWN(class, from);
		*s = rest;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (text_eq(head, classes[i].name)) {
			*ret = NUM_KNOWN(classes[i].class, from);
			*s = rest;
			return true;
		}
	return false;
}

static void block_begin(struct bundle *b, struct pci_addr a)
{
	bundle_pci_end(b);
	b->block.pci = facts_pci_index(b->f, a);
}

/* "... Driver: i915" at the end of a line, as some group listings have it. */
static void inline_driver(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span before, word;

	if ((text_until(&s, "Driver: ", &before) || text_until(&s, "driver in use: ", &before)) &&
	    text_word(&s, &word))
		fact_str_set(&p->driver, bundle_keep(b, word), bundle_at(b));
}

static bool function_line(struct bundle *b, struct span s);

static bool function_numeric(struct bundle *b, struct pci_addr a, uint64_t class, uint64_t id, struct span rest)
{
	struct pci_fn *p = facts_pci(b->f, a, bundle_at(b));

	if (!p)
		return true;
	block_begin(b, a);
	if (!bundle_pci_id(b, p, id)) {
		b->block.pci = -1;
		return true;
	}
	fact_num_set(&p->class, class, bundle_at(b));
	in_parentheses(b, p, &rest, true);
	if (b->group.known)
		group_set(b, p, b->group.v);
	return true;
}

static bool function_named(struct bundle *b, struct pci_addr a, const struct fact_num *class, struct span s)
{
	struct pci_fn *p = facts_pci(b->f, a, bundle_at(b));
	struct span rest;

	if (!p)
		return true;
	block_begin(b, a);
	if (!bundle_pci_text(b, p, s, true, &rest)) { /* another machine's, or a mistake */
		b->block.pci = -1;
		return true;
	}
	if (class->known)
		fact_num_set(&p->class, class->v, class->from);
	if (b->group.known)
		group_set(b, p, b->group.v);
	inline_driver(b, p, rest);
	rest = text_trim(rest);
	if (rest.n >= 7 && rest.n < s.n)
		function_line(b, rest); /* two lines that became one */
	return true;
}

/* lspci -mm: 00:02.0 "VGA compatible controller [0300]" "Intel Corporation [8086]" "Name [3e92]" -r04 ... */
static bool function_quoted(struct bundle *b, struct pci_addr a, struct span s)
{
	struct span field[3], before, number;
	struct pci_fn *p;
	uint64_t v[3];

	for (size_t i = 0; i < 3; i++) {
		if (!text_until(&s, "\"", &before) || !text_until(&s, "\"", &field[i]) || !text_ends(field[i], "]") ||
		    field[i].n < 6)
			return false;
		span_from(field[i], field[i].n - 6, &number);
		if (!text_skip(&number, "[") || !hex_n(&number, 4, &v[i]))
			return false;
	}
	p = facts_pci(b->f, a, bundle_at(b));
	if (!p || !bundle_pci_id(b, p, v[1] << 16 | v[2]))
		return true;
	fact_num_set(&p->class, v[0], bundle_at(b));
	if (span_cut(field[2], 0, field[2].n - 6, &before))
		fact_str_set(&p->name, bundle_keep(b, before), bundle_at(b));
	return true;
}

/* A line that begins with an address. */
static bool function_line(struct bundle *b, struct span s)
{
	struct fact_num class = { 0 };
	uint64_t number, id;
	struct pci_addr a;
	struct span rest;

	if (!pci_addr_read(&s, &a))
		return false;
	text_skip(&s, ":"); /* some scripts write "00:02.0: VGA" */
	if (!text_starts(s, " ") && !text_starts(s, "\t"))
		return false;
	s = text_trim(s);
	if (text_starts(s, "\""))
		return function_quoted(b, a, s);
	if (numeric_words(s, &number, &id, &rest))
		return function_numeric(b, a, number, id, rest);
	if (class_words(&s, &class, bundle_at(b)))
		return function_named(b, a, &class, s);
	if ((b->group.known || b->hint == HINT_LSPCI) && text_until(&s, ": ", &rest)) /* a class of no use here */
		return function_named(b, a, &class, s);
	if (b->group.known && bracket_id(s, &(size_t) { 0 }, &id, &rest))
		return function_named(b, a, &class, s);
	return false;
}

/* Nothing but addresses, below the heading of a group: what "ls" of a group's folder prints. */
static bool addresses_line(struct bundle *b, struct span s)
{
	struct span rest = s, word;
	struct pci_addr a;
	struct pci_fn *p;

	if (!b->group.known)
		return false;
	while (text_word(&rest, &word))
		if (!pci_addr_read(&word, &a) || word.n)
			return false;
	for (rest = s; text_word(&rest, &word);)
		if (pci_addr_read(&word, &a)) {
			p = facts_pci(b->f, a, bundle_at(b));
			if (p)
				group_set(b, p, b->group.v);
		}
	return true;
}

/* ---- the lines below it ------------------------------------------------------------------------------------ */

static void sub_subsystem(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span rest;
	uint64_t id;

	s = text_trim(s);
	if (bundle_id_read(&s, &id) || bracket_id(s, &(size_t) { 0 }, &id, &rest))
		fact_num_set(&p->subsys, id, bundle_at(b));
}

static void sub_driver(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span word;

	b->block.closed = true;
	if (text_word(&s, &word))
		fact_str_set(&p->driver, bundle_keep(b, word), bundle_at(b));
}

/* "i915, xe" as "i915 xe". */
static void sub_modules(struct bundle *b, struct pci_fn *p, struct span s)
{
	char *list = (char *)bundle_keep(b, s);
	size_t n = 0;

	b->block.closed = true;
	for (size_t i = 0; list[i]; i++)
		if (list[i] != ',')
			list[n++] = list[i];
	if (n)
		list[n] = '\0';
	fact_str_set(&p->modules, list, bundle_at(b));
	if (!p->driver.v) /* the line of the driver stands above this one, when there is a driver */
		fact_str_set(&p->driver, "", bundle_at(b));
}

/* ls-caps.c cap_express() */
static const struct {
	const char *words;
	enum pcie_type type;
} types[] = {
	{ "Endpoint", PCIE_ENDPOINT },
	{ "Legacy Endpoint", PCIE_LEG_ENDPOINT },
	{ "Root Port", PCIE_ROOT_PORT },
	{ "Upstream Port", PCIE_UPSTREAM },
	{ "Downstream Port", PCIE_DOWNSTREAM },
	{ "PCI-Express to PCI/PCI-X Bridge", PCIE_PCI_BRIDGE },
	{ "PCI/PCI-X Bridge", PCIE_PCI_BRIDGE },
	{ "PCI/PCI-X to PCI-Express Bridge", PCIE_PCIE_BRIDGE },
	{ "Root Complex Integrated Endpoint", PCIE_RC_ENDPOINT },
	{ "Root Complex Event Collector", PCIE_RC_EVENT },
};

static void express(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span in;

	b->block.express = true;
	s = text_trim(s);
	if (text_skip(&s, "(v"))
		text_until(&s, ")", &in);
	s = text_trim(s);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_starts(s, types[i].words)) {
			fact_num_set(&p->pcie_type, types[i].type, bundle_at(b));
			return;
		}
}

static void sub_capability(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct pci_block *k = &b->block;
	struct span in;
	uint64_t at = 0;

	k->devcap_now = false;
	s = text_trim(s);
	if (text_has(s, "access denied")) {
		k->denied = true;
		return;
	}
	if (!text_skip(&s, "[") || !text_until(&s, "]", &in) || !text_digits(&in, 16, &at))
		return;
	k->caps = true;
	k->ext |= at >= PCI_EXT_CAP_START;
	s = text_trim(s);
	if (at < PCI_EXT_CAP_START && text_skip(&s, "Express"))
		express(b, p, s);
	else if (text_starts(s, "Access Control Services")) {
		k->acs = true;
		fact_tri_set(&p->acs, true, bundle_at(b));
	} else if (text_starts(s, "Single Root I/O Virtualization")) {
		k->sriov = true;
	} else if (text_starts(s, "PCI Advanced Features")) {
		k->af = true; /* its line about reset is printed from -vv on only */
	}
}

static void flr(struct bundle *b, struct pci_fn *p, struct span s, const char *flag)
{
	struct span before;

	if (!text_until(&s, flag, &before))
		return;
	b->block.flr_seen = true;
	b->block.flr |= text_starts(s, "+");
	if (text_starts(s, "+"))
		fact_tri_set(&p->flr, true, bundle_at(b));
}

static void sub_devcap(struct bundle *b, struct pci_fn *p, struct span s)
{
	b->block.devcap_now = true;
	flr(b, p, s, "FLReset");
}

static void sub_exttag(struct bundle *b, struct pci_fn *p, struct span s)
{
	if (b->block.devcap_now)
		flr(b, p, s, "FLReset");
}

static void sub_devctl(struct bundle *b, struct pci_fn *p, struct span s)
{
	(void)p;
	(void)s;
	b->block.devcap_now = false;
}

static void sub_afcap(struct bundle *b, struct pci_fn *p, struct span s)
{
	flr(b, p, s, "FLR");
}

/* ls-ecaps.c cap_acs(): the bits in the order of PCI Express Base Specification 5.0, 7.7.11.2 */
static uint64_t acs_bits(struct span s)
{
	static const char *const flags[] = { "SrcValid+",    "TransBlk+",   "ReqRedir+",   "CmpltRedir+",
					     "UpstreamFwd+", "EgressCtrl+", "DirectTrans+" };
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		bits |= text_has(s, flags[i]) ? UINT64_C(1) << i : 0;
	return bits;
}

static void sub_acscap(struct bundle *b, struct pci_fn *p, struct span s)
{
	fact_num_set(&p->acs_cap, acs_bits(s), bundle_at(b));
}

static void sub_acsctl(struct bundle *b, struct pci_fn *p, struct span s)
{
	fact_num_set(&p->acs_ctl, acs_bits(s), bundle_at(b));
}

static void sub_vfs(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span before, rest = s;
	uint64_t n;

	if (text_until(&rest, "Total VFs: ", &before) && text_digits(&rest, 10, &n))
		fact_num_set(&p->sriov_total, n, bundle_at(b));
	if (text_until(&rest, "Number of VFs: ", &before) && text_digits(&rest, 10, &n))
		fact_num_set(&p->sriov_num, n, bundle_at(b));
}

static void sub_bus(struct bundle *b, struct pci_fn *p, struct span s)
{
	uint64_t primary, secondary, subordinate;

	if (!hex_n(&s, 2, &primary) || !text_skip(&s, ", secondary=") || !hex_n(&s, 2, &secondary) ||
	    !text_skip(&s, ", subordinate=") || !hex_n(&s, 2, &subordinate))
		return;
	fact_num_set(&p->secondary, secondary, bundle_at(b));
	fact_num_set(&p->subordinate, subordinate, bundle_at(b));
	fact_num_set(&p->header_type, PCI_HEADER_TYPE_BRIDGE, bundle_at(b));
}

static void sub_status(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span word;

	s = text_trim(s);
	b->block.verbose = true;
	b->block.has_list |= text_starts(s, "Cap+");
	b->block.no_list |= text_starts(s, "Cap-");
	if (text_has(s, "NoSoftRst") && text_word(&s, &word))
		fact_str_set(&p->power_state, bundle_keep(b, word), bundle_at(b));
}

/* "Flags: bus master, fast devsel, latency 0, IRQ 131, IOMMU group 7" of lspci -v. */
static void sub_verbose(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span before;
	uint64_t n;

	b->block.verbose = true;
	if (text_until(&s, ", IOMMU group ", &before) && text_digits(&s, 10, &n) && n < 0xffffff)
		group_set(b, p, n);
}

static void sub_group(struct bundle *b, struct pci_fn *p, struct span s)
{
	uint64_t n;

	s = text_trim(s);
	if (text_digits(&s, 10, &n) && s.n == 0)
		group_set(b, p, n);
}

/* "64K", "16M", "1G" of "[size=...]" in bytes. */
static bool size_read(struct span s, uint64_t *ret)
{
	struct span before;
	uint64_t n;
	unsigned shift;

	if (!text_until(&s, "[size=", &before) || !text_digits(&s, 10, &n) || n > UINT64_C(1) << 32)
		return false;
	shift = text_starts(s, "K")   ? 10
		: text_starts(s, "M") ? 20
		: text_starts(s, "G") ? 30
		: text_starts(s, "T") ? 40
				      : 0;
	if (n > UINT64_MAX >> shift)
		return false;
	*ret = n << shift;
	return true;
}

static void region(struct bundle *b, struct pci_fn *p, uint64_t index, struct span s)
{
	struct span before, rest = s;
	uint64_t start, size;

	if (index >= ARRAY_SIZE(p->bars) || !text_until(&rest, "at ", &before) || !text_digits(&rest, 16, &start) ||
	    !size_read(s, &size) || size == 0 || start > UINT64_MAX - size || p->bars[index].flags)
		return;
	p->bars[index] = (struct pci_bar) { start, start + size - 1, text_has(before, "I/O") ? 0x100 : 0x200 };
	if (text_has(s, "(64-bit"))
		p->bars[index].flags |= 0x100000; /* IORESOURCE_MEM_64, Linux include/linux/ioport.h */
	if (text_has(s, ", prefetchable"))
		p->bars[index].flags |= 0x2000; /* IORESOURCE_PREFETCH */
	fact_num_set(&p->n_bars, ARRAY_SIZE(p->bars), bundle_at(b));
}

static void sub_region(struct bundle *b, struct pci_fn *p, struct span s)
{
	uint64_t index;

	if (text_digits(&s, 10, &index) && text_starts(s, ":"))
		region(b, p, index, s);
}

static void sub_rom(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span all = b->raw;

	(void)s;
	region(b, p, 6, all);
}

static const struct {
	const char *head;
	void (*read)(struct bundle *b, struct pci_fn *p, struct span rest);
} subs[] = {
	{ "Subsystem:", sub_subsystem },    { "Kernel driver in use:", sub_driver },
	{ "Kernel modules:", sub_modules }, { "Capabilities:", sub_capability },
	{ "DevCap:", sub_devcap },	    { "ExtTag", sub_exttag },
	{ "DevCtl:", sub_devctl },	    { "AFCap:", sub_afcap },
	{ "ACSCap:", sub_acscap },	    { "ACSCtl:", sub_acsctl },
	{ "Initial VFs:", sub_vfs },	    { "Bus: primary=", sub_bus },
	{ "Status:", sub_status },	    { "Control:", sub_verbose },
	{ "Flags: ", sub_verbose },	    { "IOMMU group:", sub_group },
	{ "Region ", sub_region },	    { "Expansion ROM at", sub_rom },
	{ "DeviceName:", sub_devctl },	    { "Latency:", sub_devctl },
	{ "Interrupt:", sub_devctl },
};

static bool sub_line(struct bundle *b, struct span s)
{
	if (b->block.pci < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(subs); i++)
		if (s.p[0] == (uint8_t)subs[i].head[0] && text_skip(&s, subs[i].head)) {
			subs[i].read(b, &b->f->pci[b->block.pci], s);
			return true;
		}
	return false;
}

/* "00: 86 80 92 3e ..." of lspci -x, -xxx and -xxxx: sixteen bytes a line, each at its place. */
static bool hex_line(struct bundle *b, struct span s)
{
	struct pci_block *k = &b->block;
	uint64_t at, v;
	uint8_t row[16];

	if (k->pci < 0 || !text_digits(&s, 16, &at) || !text_starts(s, ": "))
		return false;
	text_skip(&s, ":");
	for (size_t i = 0; i < sizeof(row); i++) {
		if (!text_skip(&s, " ") || !hex_n(&s, 2, &v))
			return false;
		row[i] = (uint8_t)v;
	}
	if (text_trim(s).n || at != k->config_n || at > sizeof(k->config) - sizeof(row))
		return false;
	memcpy(k->config + at, row, sizeof(row));
	k->config_n += sizeof(row);
	return true;
}

/*
 * What a list that was printed whole does not hold is not there: lspci walks all capabilities, and those of the
 * extended space when there is an Express capability; a cut paste has no end.
 */
static void block_absences(struct bundle *b, struct pci_fn *p)
{
	const struct pci_block *k = &b->block;
	bool whole = k->verbose && k->closed && !k->denied && (k->caps || k->no_list);
	bool whole_ext = whole && (!k->express || k->ext);

	if (whole && !k->express)
		fact_num_set(&p->pcie_type, PCIE_NONE, bundle_at(b));
	if (whole && (k->flr_seen || (!k->express && !k->af)))
		fact_tri_set(&p->flr, k->flr, bundle_at(b));
	if (whole_ext && !k->acs)
		fact_tri_set(&p->acs, false, bundle_at(b));
	if (whole_ext && !k->sriov)
		fact_num_set(&p->sriov_total, 0, bundle_at(b));
}

void bundle_pci_end(struct bundle *b)
{
	struct pci_block *k = &b->block;

	if (k->pci >= 0) {
		struct pci_fn *p = &b->f->pci[k->pci];

		if (k->config_n)
			facts_pci_config(b->f, p, (struct span) { k->config, k->config_n }, bundle_at(b));
		block_absences(b, p);
	}
	k->pci = -1;
	k->verbose = k->denied = k->caps = k->has_list = k->no_list = k->express = k->devcap_now = false;
	k->flr_seen = k->flr = k->af = k->ext = k->acs = k->sriov = k->closed = false;
	k->config_n = 0;
}

/* ---- listings of groups --------------------------------------------------------------------------------------- */

/* ".../iommu_groups/7/devices/0000:00:1f.3" anywhere in the line; "...devices:" is the heading of "ls -R". */
static bool group_path(struct bundle *b, struct span s)
{
	struct span before;
	struct pci_addr a;
	struct pci_fn *p;
	uint64_t n;

	if (!text_until(&s, "iommu_groups/", &before) || !text_digits(&s, 10, &n) || !text_skip(&s, "/devices"))
		return false;
	if (text_eq(s, ":")) {
		b->group = NUM_KNOWN(n, bundle_at(b));
		return true;
	}
	if (!text_skip(&s, "/") || !pci_addr_read(&s, &a))
		return false;
	p = facts_pci(b->f, a, bundle_at(b));
	if (p)
		group_set(b, p, n);
	return true;
}

static bool skip_word_nocase(struct span *s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < n; i++)
		if (i >= s->n || (s->p[i] | 0x20) != (uint8_t)word[i])
			return false;
	return span_from(*s, n, s);
}

static struct span skip_any(struct span s, const char *set)
{
	while (s.n && s.p[0] && strchr(set, s.p[0]))
		span_from(s, 1, &s);
	return s;
}

/* "IOMMU Group 1:", "Group:  0   ", "=== IOMMU group 12 ===", "IOMMU_GROUP: 3": the number, and what follows. */
static bool group_heading(struct span s, uint64_t *ret, struct span *ret_rest)
{
	s = skip_any(s, "#=*-[(< \t");
	if (skip_word_nocase(&s, "iommu"))
		s = skip_any(s, "_- ");
	if (!skip_word_nocase(&s, "group"))
		return false;
	s = skip_any(s, ":#= \t");
	if (!text_digits(&s, 10, ret) || *ret > 0xffffff)
		return false;
	*ret_rest = skip_any(s, ":;,)]>=*# \t");
	return s.n == 0 || strchr(":;,)]>=*# \t", s.p[0]);
}

/* "[8086:3e92] [R] 00:02.0  VGA compatible controller  ...": ids first, as some listings have it. */
static bool ids_first(struct bundle *b, struct span s)
{
	struct fact_num class = { 0 };
	struct pci_addr a;
	struct pci_fn *p;
	uint64_t id;

	if (!text_skip(&s, "[") || !bundle_id_read(&s, &id) || !text_skip(&s, "]"))
		return false;
	s = text_trim(s);
	if (text_skip(&s, "[R]"))
		s = text_trim(s);
	if (!pci_addr_read(&s, &a) || !(p = facts_pci(b->f, a, bundle_at(b))))
		return false;
	if (!bundle_pci_id(b, p, id))
		return true;
	s = text_trim(s);
	for (size_t i = 0; i < ARRAY_SIZE(classes) && !class.known; i++)
		if (text_skip(&s, classes[i].name))
			class = NUM_KNOWN(classes[i].class, bundle_at(b));
	if (class.known)
		fact_num_set(&p->class, class.v, class.from);
	text_skip(&s, ":");
	s = text_trim(s);
	if (s.n && class.known)
		bundle_pci_text(b, p, s, true, &s);
	if (b->group.known)
		group_set(b, p, b->group.v);
	return true;
}

bool bundle_group_line(struct bundle *b, struct span s)
{
	struct span rest;
	struct pci_addr a;
	uint64_t n;

	if (text_has(s, "iommu_groups/"))
		return group_path(b, s);
	if (b->block.pci >= 0 && text_starts(s, "IOMMU group:"))
		return false; /* lspci -v says it of its function */
	if (b->group.known && b->group_indented && !bundle_indented(b) && !text_starts(s, "Bus "))
		b->group.known = false;
	if (!group_heading(s, &n, &rest))
		return b->group.known && text_starts(s, "[") && ids_first(b, s);
	if (rest.n && !pci_addr_read(&(struct span) { rest.p, rest.n }, &a) && !text_starts(rest, "["))
		return false;
	bundle_pci_end(b);
	b->group = NUM_KNOWN(n, bundle_at(b));
	b->group_indented = rest.n > 0;
	if (rest.n && !ids_first(b, rest) && !function_line(b, rest) && !addresses_line(b, rest)) {
		struct pci_fn *p = pci_addr_read(&rest, &a) ? facts_pci(b->f, a, bundle_at(b)) : NULL;

		if (p)
			group_set(b, p, n);
	}
	return true;
}

bool bundle_pci_line(struct bundle *b, struct span s)
{
	struct span before, quoted = s;

	if (hex_line(b, s) || sub_line(b, s) || function_line(b, s) || addresses_line(b, s))
		return true;
	/* A function in a sentence: "GPU: `00:02.0 VGA compatible controller: ...`". */
	if (!text_until(&quoted, "`", &before))
		return false;
	if (!text_until(&quoted, "`", &before) || before.n <= 8 || !function_line(b, before))
		return false;
	bundle_pci_end(b);
	return true;
}

/* ---- pvesh get /nodes/NODE/hardware/pci ----------------------------------------------------------------------- */

/* The next cell between "|" or the box character U+2502. */
static bool cell_next(struct span *s, struct span *ret)
{
	static const char *const bars[] = { "\xe2\x94\x82", "|" };

	for (size_t i = 0; i < ARRAY_SIZE(bars); i++)
		if (text_until(s, bars[i], ret)) {
			*ret = text_trim(*ret);
			return true;
		}
	return false;
}

static bool table_heading(struct bundle *b, struct span s)
{
	const struct {
		const char *name;
		unsigned *column;
	} columns[] = {
		{ "id", &b->table.id },		{ "iommugroup", &b->table.group }, { "vendor", &b->table.vendor },
		{ "device", &b->table.device }, { "class", &b->table.class },	   { "device_name", &b->table.name },
	};
	struct span cell;

	b->table = (struct table) { 0 };
	for (unsigned n = 0; cell_next(&s, &cell); n++)
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
			if (text_eq(cell, columns[i].name))
				*columns[i].column = n + 1;
	b->table.active = b->table.id && b->table.group;
	return b->table.active;
}

#define TABLE_COLUMNS 24

static bool table_number(const struct span *cells, unsigned column, uint64_t *ret)
{
	return column && column <= TABLE_COLUMNS && text_number(cells[column - 1], ret);
}

static bool table_row(struct bundle *b, struct span s)
{
	struct span cells[TABLE_COLUMNS] = { 0 }, id;
	uint64_t vendor, device, v;
	struct pci_addr a;
	struct pci_fn *p;

	for (unsigned n = 0; n < TABLE_COLUMNS && cell_next(&s, &cells[n]);)
		n++;
	if (b->table.id > TABLE_COLUMNS)
		return false;
	id = cells[b->table.id - 1];
	if (!pci_addr_read(&id, &a) || id.n || !(p = facts_pci(b->f, a, bundle_at(b))))
		return false;
	if (table_number(cells, b->table.vendor, &vendor) && table_number(cells, b->table.device, &device) &&
	    vendor <= 0xffff && device <= 0xffff && !bundle_pci_id(b, p, vendor << 16 | device))
		return true;
	if (table_number(cells, b->table.class, &v) && v <= 0xffffff) {
		fact_num_set(&p->class, v >> 8, bundle_at(b));
		fact_num_set(&p->prog_if, v & 0xff, bundle_at(b));
	}
	if (table_number(cells, b->table.group, &v) && v < 0xffffff)
		group_set(b, p, v);
	else if (b->table.group <= TABLE_COLUMNS && text_eq(cells[b->table.group - 1], "-1"))
		group_set(b, p, GROUP_NONE); /* Proxmox PVE/SysFSTools.pm lspci(): -1 without a group */
	if (b->table.name && b->table.name <= TABLE_COLUMNS && cells[b->table.name - 1].n)
		fact_str_set(&p->name, bundle_keep(b, cells[b->table.name - 1]), bundle_at(b));
	return true;
}

bool bundle_table_line(struct bundle *b, struct span s)
{
	if (text_has(s, "iommugroup") && table_heading(b, s))
		return true;
	if (!b->table.active)
		return false;
	return table_row(b, s);
}

/* ---- at the end --------------------------------------------------------------------------------------------- */

/*
 * lspci -tv and inxi name functions without their class. Where the name leaves no doubt, it is one; a GPU's name
 * never does (0300 and 0380 are what matters there).
 */
static const struct {
	const char *words;
	uint16_t class;
} named[] = {
	{ "Host Bridge", PCI_CLASS_BRIDGE_HOST },
	{ "DRAM Controller", PCI_CLASS_BRIDGE_HOST },
	{ "DRAM Registers", PCI_CLASS_BRIDGE_HOST },
	{ "LPC", PCI_CLASS_BRIDGE_ISA },
	{ "eSPI", PCI_CLASS_BRIDGE_ISA },
	{ "SMBus", PCI_CLASS_SERIAL_SMBUS },
	{ "xHCI", PCI_CLASS_SERIAL_USB },
	{ "EHCI", PCI_CLASS_SERIAL_USB },
	{ "USB controller", PCI_CLASS_SERIAL_USB },
	{ "Ethernet", PCI_CLASS_NETWORK << 8 },
	{ "WiFi", 0x0280 },
	{ "Wi-Fi", 0x0280 },
	{ "Wireless", 0x0280 },
	{ "HECI", 0x0780 },
	{ "SOL", 0x0700 },
	{ "RAID", 0x0104 },
	{ "SATA", 0x0106 },
	{ "NVMe", 0x0108 },
	{ "Shared SRAM", 0x0500 },
	{ "SPI ", PCI_CLASS_SERIAL_OTHER },
	{ "Root Port", PCI_CLASS_BRIDGE_PCI },
};

void bundle_pci_conclude(struct bundle *b)
{
	for (size_t i = 0; i < b->f->n_pci; i++) {
		struct pci_fn *p = &b->f->pci[i];

		if (!p->class.known && p->secondary.known)
			fact_num_set(&p->class, PCI_CLASS_BRIDGE_PCI, p->secondary.from);
		for (size_t k = 0; k < ARRAY_SIZE(named) && p->name.v && !p->class.known; k++)
			if (text_has(span_str(p->name.v), named[k].words))
				fact_num_set(&p->class, named[k].class,
					     arena_printf(&b->f->arena, "%s, by its name", p->name.from));
	}
}
