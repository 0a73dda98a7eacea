// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a libvirt domain: kept when nothing changes, and well-formed whatever is changed in them. */
#include <stdlib.h>

#include "base/error.h"
#include "store/vm_domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void edit(struct vm *v)
{
	struct vm_pci *p;

	v->machine.kind = VM_MACHINE_Q35;
	v->machine.raw = "q35";
	v->memory_mib += 1024;
	v->cpu.model = "host";
	v->cpu.phys_limit = 39;
	v->cpu.hyperv = VM_YES;
	v->cpu.hidden = VM_YES;
	v->firmware.code = v->firmware.code ? NULL : "/CODE.fd";
	v->balloon = VM_NO;
	v->display = "none";
	v->agent = v->agent == VM_YES ? VM_NO : VM_YES;
	v->n_disks /= 2;
	v->n_nets /= 2;
	if (v->n_args)
		v->n_args--;
	if (v->n_pcis > 1) {
		v->pcis++;
		v->n_pcis--;
	}
	for (size_t i = 0; i < v->n_pcis; i++) {
		v->pcis[i].guest = (struct vm_slot) { .place = VM_PLACE_ROOT, .dev = 2 };
		v->pcis[i].romfile = "/a<b>'\"&.rom";
		vm_setting_put(v, &v->pcis[i], "x-igd-opregion", "on", NULL);
	}
	p = arena_push(v->arena, v->pcis, v->n_pcis);
	require(p != NULL);
	*p = (struct vm_pci) { .has_host = true, .x_vga = VM_YES };
}

static void reread(struct domain *d, struct arena *a)
{
	struct span text = domain_write(d, a);
	struct domain again = { 0 };
	struct vm v;
	int r = domain_read(text, a, &again, NULL);

	require(r == 0 || r == -IGD_ELIMIT); /* a new document may have more parts than the old one */
	if (r == 0)
		require(vm_domain_read(&again, a, &v) == 0);
	domain_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size }, out;
	struct arena a = { 0 };
	struct vm_losses lost = { .arena = &a };
	struct domain d = { 0 }, new = { 0 };
	struct report rep = { 0 };
	struct vm v, now;
	int r = domain_read(text, &a, &d, &rep);

	require(r == 0 || r == rep.code);
	if (r == 0) {
		require(vm_domain_read(&d, &a, &v) == 0 && vm_copy(&v, &now));
		require(vm_domain_write(&d, &v, &now, &lost) == 0);
		out = domain_write(&d, &a);
		require(out.n == size && memcmp(out.p, data, size) == 0);
		require(vm_domain_write(&new, NULL, &v, &lost) == 0);
		reread(&new, &a);
		edit(&now);
		require(vm_domain_write(&d, &v, &now, &lost) == 0);
		reread(&d, &a);
	}
	domain_done(&new);
	domain_done(&d);
	arena_done(&a);
	return 0;
}
