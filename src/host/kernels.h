/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernels.h - the kernels that are installed on a machine, and texts that speak of each of them.
 *
 * Between the day a plan is made and the day it is taken back kernels come and go. So a plan names none: where it
 * means them all it says "%K", and what that stands for is looked up when it is needed.
 */
#pragma once

#include "host/host.h"

#define KERNEL_EACH "%K"
#define KERNELS_MAX 64 /* installed ones that are looked at */

/*
 * Releases of the installed kernels, sorted by bytes: those whose modules are in lib/modules and whose image is in
 * boot/vmlinuz-RELEASE (Debian) or lib/modules/RELEASE/vmlinuz (Fedora, Arch; systemd kernel-install(8), add-all).
 * Folders that a kernel left behind and names that no release has do not count. None is none; -IGD_ELIMIT,
 * -IGD_EACCES, -IGD_ENOMEM.
 */
int host_kernels(struct host *h, struct arena *a, struct host_names *ret) _must_check_;

/* @text with @release for each "%K", of @a. */
const char *kernel_text(struct arena *a, const char *text, const char *release);

/* The words of @text, of @a; each that holds "%K" once for each installed kernel. Answers as host_kernels(). */
int host_each_kernel(struct host *h, const char *text, struct arena *a, const char **ret) _must_check_;
