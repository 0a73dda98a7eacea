/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ids.h - vfio-pci's ids=: which devices it needs, what others have written of it, and which of them counts after the
 * next boot; private to plan/.
 *
 * The option is one text, and of several the last counts (Linux kernel/params.c, param_set_copystring()). Files of
 * modprobe.d come before the kernel's command line (kmod 34, kmod_config_new()), and that can be another one for each
 * boot entry.
 */
#pragma once

#include "plan/host.h"

/* Has the driver @p now? Is it compiled in? */
bool vfio_has(const struct pci_fn *p);
bool vfio_is_builtin(const struct host_plan *h);

/* Is it an option of the kernel's that says which ids, for no modprobe.d is read? */
bool ids_by_option(const struct host_plan *h);

/* Has vfio-pci had @p since boot, and by what the owner wrote, so that it will again? Or all of .bind? */
bool ids_since_boot(const struct host_plan *h, const struct pci_fn *p);
bool ids_all_since_boot(const struct host_plan *h);

/* Does a file of ours name @p? */
bool ids_are_own(const struct host_plan *h, const struct pci_fn *p);

/*
 * What ids= has to hold for the devices of .bind that need one, "8086:3e92,8086:a348", of the plan's arena; "" when
 * none does, or when it is for the owner to write, who is told so. A device whose id another function has too is
 * taken from .bind, and told.
 */
const char *ids_wanted(struct host_plan *h);

/* Fill .bound: what has vfio-pci at the next boot, by @ids of ours or by what stands. */
void ids_find_bound(struct host_plan *h, const char *ids);
