/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qemu_ask.h - the parts of qemu.h that tests want alone. */
#pragma once

#include "base/span.h"
#include "rehearse/qemu.h"

/*
 * Run @path with @words (at most 6, NULL ends) and take what it says on standard output and standard error into @buf
 * of @room bytes, the first of it when it is more. 0 and @ret_status as of waitpid(2); -IGD_EIO (among others when it
 * does not end in time; it is killed then), -IGD_ENOENT, -IGD_EACCES.
 */
int qemu_ask(const char *path, const char *const *words, int patience_ms, char *buf, size_t room, int *ret_status,
	     struct report *rep) _must_check_;

/* The numbers of "QEMU emulator version 11.1.3 (...)" at the front of a line of @said: true and @ret's numbers. */
bool qemu_version_read(struct span said, struct qemu_program *ret);
