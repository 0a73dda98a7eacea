/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm_rows.h - the tables of rows about a VM's definition; private to check/. */
#pragma once

#include "check/vm_check.h"

#define ON(target) (1U << (target))
#define EVERYWHERE (ON(VM_PVE) | ON(VM_LIBVIRT) | ON(VM_QEMU))

struct vm_row {
	struct check check;
	unsigned targets; /* ON()s of those it speaks of */
	unsigned modes;	  /* MODE_BIT()s: only asked when the definition amounts to one of them; 0: always */
	bool whole;	  /* not asked of a fragment */
	enum verdict (*test)(const struct vm_case *c, struct evidence *ev);
	enum vm_fault_kind fault; /* with .test NULL: FAIL when the reader found one of these */
};

/* Each ends with a row without id. */
extern const struct vm_row vm_rows_igd[];   /* the GPU in the guest: slot, ROM, properties, release of QEMU */
extern const struct vm_row vm_rows_text[];  /* what the words of a target do to the definition itself */
extern const struct vm_row vm_rows_guest[]; /* the rest of the VM: memory, processor, console, boot */
extern const struct vm_row vm_rows_host[];  /* definition against host and other guests */

/* The GPU at 00:02.0 of the guest. */
bool vm_at_2(const struct vm_case *c);
/* Evidence of a property: "x-igd-gms=0x2", where it stands. */
void vm_setting_evidence(struct evidence *ev, const struct vm_setting *s);
