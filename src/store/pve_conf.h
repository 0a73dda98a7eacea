/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pve_conf.h - just enough of a Proxmox VE guest's definition to tell which host devices it uses.
 *
 * "key: value" lines; '#' lines are the description; "[name]" begins a snapshot and ends what is in force (Proxmox
 * qemu-server PVE/QemuServer.pm parse_vm_config(), pve-container PVE/LXC/Config.pm parse_pct_config()).
 * hostpciN: "[host=]ADDR[;ADDR...]" or "mapping=NAME", then properties (PVE/QemuServer/PCI.pm).
 */
#pragma once

#include "base/addr.h"
#include "base/span.h"

#define PVE_FN_ALL 8 /* function of an address without one: all functions of the slot */

struct pve_line {
	struct span raw, key, value;
};

/* Eat lines up to the next "key: value"; false at the end or at a snapshot. */
bool pve_next(struct span *rest, struct pve_line *ret);

struct pve_hostpci {
	struct span hosts;   /* addresses that pve_hostpci_next() eats; empty with a mapping */
	struct span mapping; /* name of a cluster mapping; empty when there is none */
	struct span mdev;    /* mediated device type; empty when there is none */
};

/* Is the key hostpci0 to hostpci15? */
bool pve_is_hostpci(struct span key);
void pve_hostpci_read(struct span value, struct pve_hostpci *ret);

/* Eat the next address of @hosts; "00:02" answers function PVE_FN_ALL. False when there is no more. */
bool pve_hostpci_next(struct span *hosts, struct pci_addr *ret);

/* Eat up to and with the next "host=ADDR" of a QEMU command line's vfio-pci device in @args. */
bool qemu_vfio_next(struct span *args, struct pci_addr *ret);
