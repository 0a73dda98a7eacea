/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm_translate.h - a VM said in the words of another target. */
#pragma once

#include "store/vm.h"

/*
 * Make @v, read from one target, a VM of @target that no document of it holds yet: devices get the names that a boot
 * order and -set use there (hostpci0, hostdev0; scsi0, sda; net0), volumes of Proxmox become paths by @storage
 * (storage.cfg; may be empty), raw options that the model holds go. What has no counterpart goes into @lost.
 */
void vm_translate(struct vm *v, enum vm_target target, struct span storage, struct vm_losses *lost);
