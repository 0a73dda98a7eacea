/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * render.h - a VM in which the GPU works, in the words of a target: made up, corrected, or translated.
 */
#pragma once

#include "plan/choose.h"
#include "plan/give.h"
#include "plan/with.h"
#include "store/domain.h"
#include "store/pve_doc.h"
#include "store/vm.h"

struct render_source { /* a definition that there is; all NULL: none */
	const struct vm *vm;
	const struct pve_doc *pve;   /* of a Proxmox definition */
	const struct domain *domain; /* of libvirt's; written on by render(): read it anew afterwards */
	struct span text;
};

struct render_wish {
	enum vm_target target;
	struct vm_look look; /* release of QEMU, mode asked for, ROM files looked at */
	const char *rom;     /* file to show as ROM; NULL: as it is */
	const char *mdev;    /* type of mediated device; NULL: the usual one of the chip */
	const struct with *with;
	enum vm_os os; /* of a VM that is made up; and its size */
	uint64_t memory_mib;
	unsigned cores;
	const char *name;
	const char *id; /* Proxmox VMID for the commands; NULL: the source's */
};

struct rendered {
	struct vm_case c; /* of the source, or of the empty definition */
	struct vm before; /* the source's VM, or the made-up one before the GPU came */
	struct choice choice;
	struct given given;
	struct vm_losses lost;
	struct span text; /* the definition */
	const char *const *const
		*commands;   /* the same as commands of the target, each an argv; NULL-ended, may be empty */
	const char *refused; /* NULL: none of the above is missing */
};

/*
 * 0, also when refused: then .refused says why and .choice what there is. -IGD_ENOMEM. Everything lives in @a or in
 * what
 * @src borrows from.
 */
int render(const struct facts *f, const struct findings *found, const struct render_source *src,
	   const struct render_wish *w, struct arena *a, struct rendered *ret) _must_check_;
