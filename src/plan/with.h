/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * with.h - what goes to the VM beside the GPU: keyboard, mouse, Bluetooth, Wi-Fi, sound; named by a word, an id, a
 * port or an address.
 */
#pragma once

#include "facts/facts.h"
#include "store/vm.h"

#define WITH_MAX 16

struct with {
	struct pci_addr pcis[WITH_MAX];
	size_t n_pcis;
	struct vm_usb usbs[WITH_MAX];
	size_t n_usbs;
	const char *notes[WITH_MAX]; /* why something does not go, and what to use instead */
	size_t n_notes;
};

/*
 * Add what @word names: "keyboard", "mouse", "bluetooth", "wifi", "audio", "046d:c52b", "1-14", "00:14.3". A device
 * whose IOMMU group holds what the host needs is not added: a note says so. False for a word that is none of these.
 * Strings live in @a.
 */
bool with_add(const struct facts *f, const char *word, struct arena *a, struct with *w) _must_check_;

/* What the host must not lose and would lose with this function (.fn VM_FN_ALL: any of its slot): it stands in one
 * group with it. NULL: nothing, or its group is not known. */
const char *with_loss(const struct facts *f, struct pci_addr at, struct arena *a);
