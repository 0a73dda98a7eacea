/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_domain.h - a libvirt domain as a VM, and back.
 *
 * What each element means is libvirt's docs/formatdomain.rst and drvqemu.rst (the qemu: elements); what libvirt makes
 * of them is its src/qemu/qemu_alias.c, qemu_domain_address.c and qemu_command.c (9.0).
 *
 * Three things are libvirt's own. A hostdev has the id that libvirt will give it, since properties are set by that
 * name. A firmware of pflash type without <nvram> still has its variables kept: libvirt makes a file, so .vars is
 * NULL and nothing is lost. And what <qemu:override> sets stands in .settings as QEMU gets it, and once more in the
 * field that it is about (.x_vga, .driver, .romfile, .rombar, .display, .ramfb, .multifunction, .guest).
 */
#pragma once

#include "store/domain.h"
#include "store/vm.h"

#define DOMAIN_QEMU_NS "http://libvirt.org/schemas/domain/qemu/1.0"

/* -IGD_ENOMEM; 0 for all else that domain_read() took. */
int vm_domain_read(const struct domain *d, struct arena *a, struct vm *ret) _must_check_;

/*
 * Bring @d, which was read into @was, to say what @now says; what is the same in both is not touched. @was NULL: @d
 * is thrown away and begun anew, and all of @now is written. Devices are matched by .from (disks by target), so a new
 * one has a .from that @was has not, or NULL. .args is the whole of <qemu:commandline>. A setting that is not there
 * by a -set in .args becomes a <qemu:override>; overrides follow their hostdev when its number changes.
 * @lost: what libvirt cannot say. -IGD_ENOMEM leaves @d half changed: throw it away.
 */
int vm_domain_write(struct domain *d, const struct vm *was, const struct vm *now,
		    struct vm_losses *lost) _must_check_;
