/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pve_schema.h - which keys and values a Proxmox VE definition may hold (qemu-server PVE/QemuServer.pm $confdesc and
 * the formats it names, 9.2). What does not fit is dropped by Proxmox at its next write, so a word out of place is
 * lost data, not style.
 */
#pragma once

#include "base/span.h"

/* Is it a key of a VM: "hostpci3", "scsihw"? Keys of snapshots ("snaptime", "vmstate") count. */
bool pve_key_known(struct span key);

/*
 * Does the value fit its key? NULL: it does, or this program does not know better; else what is wrong, a constant
 * ("no such property"), and @ret_what the part of the value that it is about.
 */
const char *pve_value_fault(struct span key, struct span value, struct span *ret_what);
