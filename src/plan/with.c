// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/with.h"

#include <string.h>

#include "base/text.h"
#include "check/isolation.h"

#define CLASS_WIFI  0x0280
#define CLASS_HDA   0x0403
#define CLASS_AUDIO 0x0401 /* a DSP in front of the codec: what SOF drives */

static void note(struct with *w, const char *text)
{
	if (w->n_notes < WITH_MAX)
		w->notes[w->n_notes++] = text;
}

static const char *group_loss(const struct facts *f, const struct pci_fn *p, struct arena *a)
{
	const struct iommu_group *g = p->group.known ? facts_group(f, p->group.v) : NULL;
	struct loss *losses;
	size_t n;

	if (!g || losses_of(f, g, a, &losses, &n) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (losses[i].fatal)
			return losses[i].what;
	return NULL;
}

const char *with_loss(const struct facts *f, struct pci_addr at, struct arena *a)
{
	const char *loss = NULL;

	for (size_t i = 0; i < f->n_pci && !loss; i++)
		if (at.fn == VM_FN_ALL ? pci_addr_same_slot(f->pci[i].addr, at) : pci_addr_eq(f->pci[i].addr, at))
			loss = group_loss(f, &f->pci[i], a);
	return loss;
}

static void pci_add(const struct facts *f, struct pci_addr at, const char *otherwise, struct arena *a, struct with *w)
{
	const char *loss = with_loss(f, at, a);
	char addr[PCI_ADDR_STR];

	pci_addr_str(at, addr);
	if (f->pci_whole.v == TRI_YES && !facts_find_pci(f, at))
		note(w, arena_printf(a, "%s is not on this host.", addr));
	else if (loss)
		note(w, arena_printf(a, "%s stays with the host, which would lose more with its IOMMU group: %s. %s",
				     addr, loss, otherwise));
	else if (w->n_pcis < WITH_MAX)
		w->pcis[w->n_pcis++] = at;
}

static void usb_add(struct with *w, struct vm_usb u)
{
	if (w->n_usbs < WITH_MAX)
		w->usbs[w->n_usbs++] = u;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

static bool is_keyboard(const struct usb_dev *u)
{
	return u->keyboard.v == TRI_YES;
}

static bool is_mouse(const struct usb_dev *u)
{
	return u->keyboard.v != TRI_YES && u->hub.v != TRI_YES &&
	       ((u->class.known && u->class.v == 0x03) ||
		(u->name.v && (strstr(u->name.v, "Mouse") || strstr(u->name.v, "mouse"))));
}

static bool is_bluetooth(const struct usb_dev *u)
{
	return u->bluetooth.v == TRI_YES || (u->name.v && strstr(u->name.v, "Bluetooth"));
}

static const struct {
	const char *word;
	bool (*is)(const struct usb_dev *u);
	const char *none;
} usb_words[] = {
	{ "keyboard", is_keyboard, "No USB keyboard is known on this host: name it by id or port." },
	{ "mouse", is_mouse, "No USB mouse is known on this host: name it by id or port." },
	{ "bluetooth", is_bluetooth, "No Bluetooth adapter is known on this host's USB: name it by id or port." },
};

static void usb_find(const struct facts *f, size_t word, struct with *w)
{
	size_t before = w->n_usbs;

	for (size_t i = 0; i < f->n_usb && w->n_usbs == before; i++)
		if (usb_words[word].is(&f->usb[i]))
			usb_add(w, (struct vm_usb) { .vendor = f->usb[i].vendor, .product = f->usb[i].product });
	if (w->n_usbs == before)
		note(w, usb_words[word].none);
}

static const struct {
	const char *word;
	unsigned class, class2;
	const char *none, *otherwise;
} pci_words[] = {
	{ "wifi", CLASS_WIFI, CLASS_WIFI, "No Wi-Fi adapter is known on this host's PCI buses.",
	  "Use a USB adapter, or a bridge of the host." },
	{ "audio", CLASS_HDA, CLASS_AUDIO, "No sound function is known on this host.",
	  "For sound use a USB or Bluetooth device, or the monitor's sound through the network (RDP)." },
};

static void pci_find(const struct facts *f, size_t word, struct arena *a, struct with *w)
{
	for (size_t i = 0; i < f->n_pci; i++) {
		const struct pci_fn *p = &f->pci[i];

		if (p->addr.bus == 0 || pci_words[word].class == CLASS_WIFI)
			if (p->class.known &&
			    (p->class.v == pci_words[word].class || p->class.v == pci_words[word].class2)) {
				pci_add(f, p->addr, pci_words[word].otherwise, a, w);
				return;
			}
	}
	note(w, pci_words[word].none);
}

/* ---- ids, ports, addresses ---------------------------------------------------------------------------------- */

static bool id_read(struct span s, struct vm_usb *ret)
{
	uint64_t vendor, product;

	if (s.n != 9 || !text_digits(&s, 16, &vendor) || !text_skip(&s, ":") || !text_digits(&s, 16, &product) || s.n)
		return false;
	*ret = (struct vm_usb) { .vendor = (uint16_t)vendor, .product = (uint16_t)product };
	return true;
}

static bool is_port(struct span s)
{
	uint64_t n;

	if (!text_digits(&s, 10, &n) || !text_skip(&s, "-") || !text_digits(&s, 10, &n))
		return false;
	while (text_skip(&s, "."))
		if (!text_digits(&s, 10, &n))
			return false;
	return s.n == 0;
}

bool with_add(const struct facts *f, const char *word, struct arena *a, struct with *w)
{
	struct pci_addr at;
	struct vm_usb u;

	for (size_t i = 0; i < ARRAY_SIZE(usb_words); i++)
		if (strcmp(word, usb_words[i].word) == 0) {
			usb_find(f, i, w);
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(pci_words); i++)
		if (strcmp(word, pci_words[i].word) == 0) {
			pci_find(f, i, a, w);
			return true;
		}
	if (id_read(span_str(word), &u))
		usb_add(w, u);
	else if (is_port(span_str(word)))
		usb_add(w, (struct vm_usb) { .port = arena_str(a, word) });
	else if (pci_addr_parse(word, &at))
		pci_add(f, at, "Leave it there.", a, w);
	else
		return false;
	return true;
}
