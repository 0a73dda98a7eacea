/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * give.h - a VM's definition turned into one in which the GPU works; each difference with its reason.
 *
 * Only what a setup, a fact of the host or a rule of check/vm_check.h asks for is changed: `vm render --from` and the
 * VM's part of a plan are this function and a writer.
 */
#pragma once

#include "check/setup.h"
#include "check/vm_check.h"
#include "store/vm.h"

struct give_wish {
	enum mode mode;
	struct setup setup;
	struct pci_addr gpu;	     /* the function: of the whole GPU, or a virtual one */
	const char *rom;	     /* file to show as ROM; NULL: the one that the definition names */
	const char *mdev;	     /* type of the mediated device, MODE_GVTG */
	const struct pci_addr *pcis; /* further functions of the host to go with it */
	size_t n_pcis;
	const struct vm_usb *usbs; /* USB devices to go with it */
	size_t n_usbs;
	unsigned phys_limit; /* of the guest's address bits; 0: none is needed */
	const char *p_cpus;  /* the host's performance cores when it has efficient ones too; NULL: no pinning */
	bool fresh;	     /* the VM is made up by us: nothing of it must be kept */
};

struct vm_change {
	const char *what;	    /* "vga", "hostpci0 x-igd-gms" */
	const char *before, *after; /* NULL: not there */
	const char *id;		    /* the row that asks for it */
	const char *why;
};

struct given {
	struct vm vm;
	struct vm_change *changes;
	size_t n_changes;
	const char **todo; /* what only the owner can do */
	size_t n_todo;
};

/*
 * @c is the case of @from (vm_case_make()). Everything in @ret lives in @from's arena. False when that is full.
 */
bool vm_give(const struct vm *from, const struct vm_case *c, const struct give_wish *w,
	     struct given *ret) _must_check_;
