/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu.h - which QEMU there is, whether it can rehearse, and the words it is started with.
 */
#pragma once

#include "base/report.h"

struct qemu_program {
	char path[4096]; /* absolute */
	unsigned major, minor, micro;
};

/*
 * The program @name (a path, or a word that PATH finds; NULL: "qemu-system-x86_64", then "kvm", then
 * /usr/libexec/qemu-kvm) and its version, which it is asked for. 0; -IGD_ENOENT, -IGD_EACCES, -IGD_EIO (it does not
 * answer as QEMU does). Waits no longer than ten seconds.
 */
int qemu_find(const char *name, struct qemu_program *ret, struct report *rep) _must_check_;

/*
 * Can it be a vfio-user client? From 10.1.1 on (10.1.0 gives each device class 0: QEMU commit 1b50621881), where it
 * was built with it, which it is asked for. 0, or -IGD_EVERSION with what to do in @rep; what keeps it from answering
 * as with qemu_find().
 */
int qemu_can_rehearse(const struct qemu_program *q, struct report *rep) _must_check_;
