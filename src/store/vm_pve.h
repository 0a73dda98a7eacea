/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_pve.h - a Proxmox VE definition as a VM, and back.
 *
 * What Proxmox makes of each key, and in which slot a device lands, is what qemu-server 9.2 does (PVE/QemuServer.pm
 * config_to_command(), PVE/QemuServer/PCI.pm get_pci_addr_map() and print_hostpci_devices(), pve-q35-4.0.cfg).
 */
#pragma once

#include "store/pve_doc.h"
#include "store/vm.h"

#define PVE_ROM_DIR "/usr/share/kvm/"

/* Read the main part. @id: the VMID, or NULL. -IGD_ENOMEM, or a refusal of "args:" with an open quote told as a
 * fault: so 0 for all that pve_doc_read() took. */
int vm_pve_read(const struct pve_doc *d, const char *id, struct arena *a, struct vm *ret) _must_check_;

/*
 * Bring @d, which @was was read from, to say what @now says; only keys that differ are touched. With @was NULL the
 * document is new and every key is written. False when the arena is full.
 */
bool vm_pve_write(struct pve_doc *d, const struct vm *was, const struct vm *now) _must_check_;
