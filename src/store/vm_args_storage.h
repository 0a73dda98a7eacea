/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_args_storage.h - disks and network cards of a QEMU command line, whose two halves (-drive and -device, -netdev
 * and -device) stand apart; private to vm_args.c.
 */
#pragma once

#include "store/vm.h"

void storage_drive(struct vm *v, const char *value);  /* -drive */
void storage_netdev(struct vm *v, const char *value); /* -netdev */
void storage_nic(struct vm *v, const char *value);    /* -nic */
/* -device: does it name a drive or a netdev seen before? */
void storage_device(struct vm *v, const char *driver, const char *value);
/* When all is read: netdevs and drives that no device took have no place in the VM. */
void storage_close(struct vm *v);
