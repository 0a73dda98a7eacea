// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a Proxmox definition or a libvirt domain, made into one in which the GPU works, for each target: what
 * comes out can be read again by the target's own reader.
 */
#include <stdlib.h>

#include "base/error.h"
#include "facts/facts.h"
#include "plan/render.h"
#include "store/vm_domain.h"
#include "store/vm_pve.h"

#define ARENA_LIMIT ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct facts *facts;
static struct findings findings;

/* A host with a Coffee Lake, made once. */
static void host_make(void)
{
	struct report rep = { 0 };
	struct pci_fn *p;

	facts = facts_new("fuzz", SOURCE_BUNDLE);
	p = facts ? facts_pci(facts, (struct pci_addr) { 0, 0, 2, 0 }, "fuzz") : NULL;
	if (!p)
		abort();
	p->id = NUM_KNOWN(0x80863e92, "fuzz");
	p->class = NUM_KNOWN(PCI_CLASS_DISPLAY_VGA, "fuzz");
	if (facts_finish(facts, &rep) < 0 || checks_run(facts, &findings) < 0)
		abort();
}

static void read_again(enum vm_target t, struct span text, struct arena *a)
{
	struct report rep = { 0 };
	struct pve_doc doc;
	struct domain dom;
	struct vm v;

	if (t == VM_PVE && (pve_doc_read(text, a, &doc, &rep) < 0 || vm_pve_read(&doc, NULL, a, &v) < 0) && !a->full)
		abort();
	if (t != VM_LIBVIRT)
		return;
	if (domain_read(text, a, &dom, &rep) < 0) {
		if (!a->full && rep.code != -IGD_ELIMIT)
			abort();
		return;
	}
	if (vm_domain_read(&dom, a, &v) < 0 && !a->full)
		abort();
	domain_done(&dom);
}

static void render_all(const struct render_source *src, struct arena *a)
{
	static const char *const releases[] = { "7.2", "9.2", "10.1" };

	for (int t = 0; t < VM_TARGETS; t++) {
		struct render_wish w = { .target = (enum vm_target)t, .look.qemu = releases[src->text.n % 3] };
		struct rendered r;

		if (render(facts, &findings, src, &w, a, &r) == 0 && !r.refused)
			read_again((enum vm_target)t, r.text, a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .limit = ARENA_LIMIT };
	struct span text = { data, size };
	struct report rep = { 0 };
	struct domain dom = { 0 };
	struct pve_doc doc;
	struct vm v;

	if (!facts)
		host_make();
	if (size && data[0] == '<' && domain_read(text, &a, &dom, &rep) == 0) {
		if (vm_domain_read(&dom, &a, &v) == 0)
			render_all(&(struct render_source) { &v, NULL, &dom, text }, &a);
		domain_done(&dom);
	} else if (pve_doc_read(text, &a, &doc, &rep) == 0 && vm_pve_read(&doc, "100", &a, &v) == 0) {
		render_all(&(struct render_source) { &v, &doc, NULL, text }, &a);
	}
	arena_done(&a);
	return 0;
}
