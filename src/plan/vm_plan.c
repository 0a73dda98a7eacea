// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/vm_plan.h"

#include <string.h>

#include "base/error.h"

size_t vm_plan_devices(const struct facts *f, const struct vm *v, struct pci_addr gpu, struct pci_addr *ret,
		       size_t max)
{
	size_t n = 0;

	if (n < max)
		ret[n++] = gpu;
	for (size_t i = 0; i < v->n_pcis; i++) {
		const struct vm_pci *p = &v->pcis[i];

		if (!p->has_host || pci_addr_eq(p->host, gpu))
			continue;
		if (p->host.fn != VM_FN_ALL && n < max)
			ret[n++] = p->host;
		for (size_t k = 0; k < f->n_pci && p->host.fn == VM_FN_ALL; k++)
			if (pci_addr_same_slot(f->pci[k].addr, p->host) && !pci_addr_eq(f->pci[k].addr, gpu) &&
			    n < max)
				ret[n++] = f->pci[k].addr;
	}
	return n;
}

static void notes_add(const struct rendered *r, struct plan *p)
{
	const struct vm *v = &r->before;

	for (size_t i = 0; i < r->given.n_todo; i++)
		plan_tell(p, PLAN_BY_HAND, NULL, "%s", r->given.todo[i]);
	for (size_t i = 0; i < r->lost.n; i++)
		plan_tell(p, PLAN_BY_HAND, NULL, "%s: %s", r->lost.v[i].what, r->lost.v[i].why);
	if (v->pending)
		plan_tell(p, PLAN_WARNING, "vm.pending",
			  "Changes wait for this VM's next start; apply or revert them first.");
	if (v->lock)
		plan_tell(p, PLAN_WARNING, "vm.locked",
			  "The VM is locked (%s); Proxmox refuses to change it until that ends.", v->lock);
	for (size_t i = 0; i < v->n_snapshots; i++)
		plan_tell(p, PLAN_WARNING, "vm.snapshots",
			  "Going back to snapshot %s also takes this change of the VM's definition back.",
			  v->snapshots[i]);
	if (r->given.vm.n_pcis)
		plan_tell(p, PLAN_WHY, NULL,
			  "All %llu MiB of the VM's memory are pinned while it runs; a snapshot with its memory, and "
			  "a move to another host, are refused by QEMU.",
			  (unsigned long long)r->given.vm.memory_mib);
}

int vm_plan(const struct render_source *src, const struct rendered *r, const char *path, bool real, struct plan *p)
{
	struct operation op = {
		.kind = OP_VM,
		.target = path,
		.there = real ? TRI_YES : TRI_UNKNOWN,
		.before = src->text,
		.after = r->text,
		.commands = r->commands,
		.reason = r->given.n_changes ? r->given.changes[0].id : NULL,
		.says = "the VM's definition, so that the GPU works in it",
	};

	notes_add(r, p);
	if (src->text.n == r->text.n && memcmp(src->text.p, r->text.p, r->text.n) == 0) {
		plan_tell(p, PLAN_NOT_NEEDED, NULL, "The VM's definition is as it should be.");
		return p->arena->full ? -IGD_ENOMEM : 0;
	}
	return plan_add(p, &op) ? 0 : -IGD_ENOMEM;
}
