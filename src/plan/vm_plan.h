/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm_plan.h - the VM's part of a plan: the operation that brings its definition to what render() made of it. */
#pragma once

#include "plan/plan.h"
#include "plan/render.h"

/* The functions of the host that a VM takes, a whole slot as each of its functions, the GPU first; at most @max into
 * @ret. */
size_t vm_plan_devices(const struct facts *f, const struct vm *v, struct pci_addr gpu, struct pci_addr *ret,
		       size_t max);

/*
 * Add the operation, and the notes that belong to it; nothing when the definition is as it should be. @path: where
 * the definition lies on the host, NULL when that is not known; @real: its bytes were read there, not out of a paste.
 * 0 or -IGD_ENOMEM.
 */
int vm_plan(const struct render_source *src, const struct rendered *r, const char *path, bool real,
	    struct plan *p) _must_check_;
