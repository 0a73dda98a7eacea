/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm_qemu.h - a VM as a QEMU command line. What such a line says is read by vm_read_args() (store/qemu_args.h). */
#pragma once

#include "store/vm.h"

/*
 * The words of the command line, the program first. With @was (read from a command line) its own options are kept, in
 * their order, and only what @now changes is; with @was NULL everything is written. What a command line cannot say
 * goes into @lost. False when the arena is full.
 */
bool vm_qemu_write(const struct vm *was, const struct vm *now, struct arena *a, const char ***ret, size_t *n,
		   struct vm_losses *lost) _must_check_;

/* A word as a POSIX shell wants it. */
const char *shell_quoted(const char *word, struct arena *a);
