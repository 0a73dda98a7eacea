// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_inxi.c - inxi's report: sections of "key: value" pairs, wrapped wherever the terminal ended.
 *
 * A word that ends in a colon begins a key, all that follows up to the next is its value. What it says of a device
 * is kept until the end: lspci's word is better.
 */
#include <stdio.h>
#include <string.h>

#include "facts/bundle.h"

#define DEVS_MAX 256

static void device_end(struct bundle *b)
{
	struct inxi_dev *slot;

	if (b->inxi.dev_open && b->inxi.dev.has_addr && b->n_devs < DEVS_MAX) {
		slot = arena_push(&b->f->arena, b->devs, b->n_devs);
		if (slot)
			*slot = b->inxi.dev;
	}
	b->inxi.dev = (struct inxi_dev) { 0 };
	b->inxi.dev_open = false;
}

static bool section_is(const struct inxi *x, const char *name)
{
	return x->section && strcmp(x->section, name) == 0;
}

static bool device_key(struct bundle *b, const char *key, struct span v)
{
	struct inxi *x = &b->inxi;
	struct pci_addr a;
	uint64_t n;

	if (strncmp(key, "Device-", 7) == 0 || strncmp(key, "Card-", 5) == 0) {
		device_end(b);
		x->dev_open = true;
		x->dev.from = bundle_at(b);
		x->dev.name = bundle_keep(b, v);
		return true;
	}
	if (!x->dev_open)
		return false;
	if (strcmp(key, "driver") == 0)
		x->dev.driver = text_eq(v, "N/A") ? "" : bundle_keep(b, v);
	else if (strcmp(key, "bus-ID") == 0 || strcmp(key, "ID") == 0)
		x->dev.has_addr = pci_addr_read(&v, &a) && v.n == 0 && (x->dev.addr = a, true);
	else if (strcmp(key, "IF") == 0 && section_is(x, "Network:"))
		x->dev.iface = bundle_keep(b, v);
	else if (strcmp(key, "chip-ID") == 0 && bundle_id_read(&v, &n))
		x->dev.id = NUM_KNOWN(n, bundle_at(b));
	else if (strcmp(key, "class-ID") == 0 && text_digits(&v, 16, &n) && v.n == 0 && n <= 0xffff)
		x->dev.class = NUM_KNOWN(n, bundle_at(b));
	else
		return false;
	return true;
}

/*
 * "UEFI: HP", "BIOS: Dell", "UEFI [Legacy]: HP" or "UEFI-[Legacy]: HP" where a machine that could do better was
 * started the old way; newer versions of inxi have "Firmware: UEFI vendor: HP".
 */
static bool firmware_key(const char *key, struct span v, enum tri *ret)
{
	if (strcmp(key, "Firmware") == 0)
		*ret = text_starts(v, "BIOS") || text_has(v, "[Legacy]") ? TRI_NO
		       : text_starts(v, "UEFI")				 ? TRI_YES
									 : TRI_UNKNOWN;
	else if (strcmp(key, "UEFI") == 0)
		*ret = TRI_YES;
	else if (strncmp(key, "UEFI", 4) == 0 || strcmp(key, "[Legacy]") == 0 || strcmp(key, "BIOS") == 0)
		*ret = TRI_NO;
	else
		return false;
	return true;
}

static void machine_key(struct bundle *b, const char *key, struct span v)
{
	struct facts *f = b->f;
	struct inxi *x = &b->inxi;
	enum tri efi = TRI_UNKNOWN;
	const char *at = bundle_at(b);

	if (strcmp(key, "System") == 0)
		fact_str_set(&f->sys_vendor, bundle_keep(b, v), at);
	else if (strcmp(key, "product") == 0)
		fact_str_set(&f->product, bundle_keep(b, v), at);
	else if (strcmp(key, "model") == 0)
		fact_str_set(&f->board, bundle_keep(b, v), at);
	else if (firmware_key(key, v, &efi)) {
		if (efi != TRI_UNKNOWN)
			fact_tri_set(&f->efi, efi == TRI_YES, at);
		snprintf(x->item, sizeof(x->item), "firmware");
	} else if (strcmp(x->item, "firmware") == 0 && strcmp(key, "v") == 0) {
		fact_str_set(&f->bios_version, bundle_keep(b, v), at);
	} else if (strcmp(x->item, "firmware") == 0 && strcmp(key, "date") == 0) {
		fact_str_set(&f->bios_date, bundle_keep(b, v), at);
	}
}

/* "6-core", "quad core" of older versions; "10-core (2-mt/8-st)" of a hybrid. */
static void cores(struct bundle *b, struct span v)
{
	static const char *const words[] = { "", "single", "dual", "triple", "quad" };
	struct span s = v;
	uint64_t n;

	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		if (text_starts(v, words[i]))
			fact_num_set(&b->f->cpu.cores, i, bundle_at(b));
	if (text_digits(&s, 10, &n) && (text_starts(s, "-core") || text_starts(s, "-Core")) && n && n < 4096)
		fact_num_set(&b->f->cpu.cores, n, bundle_at(b));
}

static void cpu_key(struct bundle *b, const char *key, struct span v)
{
	struct cpu *cpu = &b->f->cpu;

	if (strcmp(key, "Info") == 0 || strcmp(key, "Topology") == 0) {
		cores(b, v);
	} else if (strcmp(key, "model") == 0) {
		fact_str_set(&cpu->model, bundle_keep(b, v), bundle_at(b));
		if (text_has(v, "Intel"))
			fact_str_set(&cpu->vendor, "GenuineIntel", bundle_at(b));
		else if (text_has(v, "AMD"))
			fact_str_set(&cpu->vendor, "AuthenticAMD", bundle_at(b));
	} else if (strcmp(key, "Flags") == 0 || strcmp(key, "flags") == 0) {
		const char *list = bundle_keep(b, v); /* a choice of flags: one that is missing says nothing */

		if (facts_word_in(list, "vmx") || facts_word_in(list, "svm"))
			fact_tri_set(&cpu->virt, true, bundle_at(b));
	}
}

static void system_key(struct bundle *b, const char *key, struct span v)
{
	struct span word;

	if (strcmp(key, "Kernel") == 0 && text_word(&v, &word) && word.p[0] >= '0' && word.p[0] <= '9')
		fact_str_set(&b->f->kernel, bundle_keep(b, word), bundle_at(b));
	else if (strcmp(key, "Distro") == 0)
		fact_str_set(&b->f->distro, bundle_keep(b, v), bundle_at(b));
}

/* The pair is whole. */
static void pair_end(struct bundle *b)
{
	struct inxi *x = &b->inxi;
	struct span v = text_trim((struct span) { (const uint8_t *)x->value, x->value_n });

	if (x->key[0] && !device_key(b, x->key, v)) {
		if (section_is(x, "System:"))
			system_key(b, x->key, v);
		else if (section_is(x, "Machine:"))
			machine_key(b, x->key, v);
		else if (section_is(x, "CPU:"))
			cpu_key(b, x->key, v);
	}
	x->key[0] = '\0';
	x->value_n = 0;
}

void bundle_inxi_end(struct bundle *b)
{
	if (!b->inxi.section)
		return;
	pair_end(b);
	device_end(b);
	b->inxi = (struct inxi) { 0 };
}

static void value_add(struct inxi *x, struct span word)
{
	size_t room = sizeof(x->value) - x->value_n;

	if (x->value_n && room > 1) {
		x->value[x->value_n++] = ' ';
		room--;
	}
	if (word.n < room) {
		memcpy(x->value + x->value_n, word.p, word.n);
		x->value_n += word.n;
	}
}

static void words_read(struct bundle *b, struct span s)
{
	struct inxi *x = &b->inxi;
	struct span word;

	while (text_word(&s, &word)) {
		if (word.n > 1 && text_ends(word, ":") && word.n < sizeof(x->key)) {
			pair_end(b);
			text_copy((struct span) { word.p, word.n - 1 }, x->key, sizeof(x->key));
		} else if (x->key[0]) {
			value_add(x, word);
		}
	}
}

static const char *section_of(struct span s)
{
	static const char *const sections[] = { "System:",  "Machine:",	  "CPU:",    "Graphics:", "Audio:",
						"Network:", "Bluetooth:", "Memory:", "Drives:",	  "Partition:",
						"Sensors:", "Info:",	  "RAID:",   "Swap:",	  "USB:",
						"Battery:", "Processes:" };

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (text_starts(s, sections[i]) && (s.n == strlen(sections[i]) || s.p[strlen(sections[i])] == ' '))
			return sections[i];
	return NULL;
}

/* A section begins with its name alone, or with a pair that only inxi prints there. */
static bool section_begins(struct span s, const char *section)
{
	static const char *const firsts[] = { "Host:",	   "Kernel:", "Type:", "Info:",
					      "Topology:", "Device-", "Card-", "System:" };
	struct span rest = s;

	text_skip(&rest, section);
	rest = text_trim(rest);
	if (rest.n == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(firsts); i++)
		if (text_starts(rest, firsts[i]))
			return true;
	return false;
}

bool bundle_inxi_line(struct bundle *b, struct span s)
{
	const char *section = section_of(s);

	if (section && (!bundle_indented(b) || !b->inxi.section) && (b->inxi.section || section_begins(s, section))) {
		bundle_inxi_end(b);
		b->inxi.section = section;
		text_skip(&s, section);
		words_read(b, s);
		return true;
	}
	if (!b->inxi.section || !bundle_indented(b)) {
		bundle_inxi_end(b);
		return false;
	}
	words_read(b, s);
	return true;
}

static void iface_place(struct bundle *b, const struct inxi_dev *d)
{
	struct netif *n = facts_net(b->f, span_str(d->iface), d->from);

	if (n && n->pci < 0)
		n->pci = facts_pci_index(b->f, d->addr);
}

void bundle_inxi_conclude(struct bundle *b)
{
	for (size_t i = 0; i < b->n_devs; i++) {
		const struct inxi_dev *d = &b->devs[i];
		struct pci_fn *p = facts_pci(b->f, d->addr, d->from);

		if (!p)
			return;
		if (d->id.known && p->id.known && p->id.v != d->id.v)
			continue;
		if (d->id.known)
			fact_num_set(&p->id, d->id.v, d->id.from);
		if (d->class.known)
			fact_num_set(&p->class, d->class.v, d->class.from);
		if (d->driver)
			fact_str_set(&p->driver, d->driver, d->from);
		fact_str_set(&p->name, d->name, d->from);
		if (d->iface)
			iface_place(b, d);
	}
}
