/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ostree.h - what libostree and rpm-ostree write of a deployment: the one that is staged, an origin, entries' names.
 *
 * A booted host stages each change: /run/ostree/staged-deployment says what the shutdown is to make of it, and only
 * then is there a boot entry (libostree ostree-sysroot-deploy.c, ostree_sysroot_stage_tree_with_options() and
 * _ostree_sysroot_finalize_staged(); rpm-ostree rpmostree-sysroot-upgrader.cxx, use_staging).
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

#define OSTREE_STAGED "run/ostree/staged-deployment" /* below the machine's root */

/*
 * The kernel options of a staged deployment as the line of a boot entry, "options root=... quiet", of @a; false where
 * @staged holds none that can be read. It is a GVariant a{sv} whose "kargs" is an "as" (GVariant Specification 1.0,
 * "Serialisation Format"; little-endian, as libostree writes on x86).
 */
bool ostree_staged_options(struct span staged, struct arena *a, const char **ret) _must_check_;
/* The path of its origin, "ostree/deploy/fedora/deploy/CHECKSUM.0.origin", of @a; false as above. */
bool ostree_staged_origin(struct span staged, struct arena *a, const char **ret) _must_check_;

/* The number in "ostree-2.conf" or "ostree-2-fedora.conf": of several entries the highest is the newest, which boots
 * (libostree, bootloader_entry_filename()). 0: it is no such name; @path may have folders. */
unsigned ostree_entry_number(const char *path);

/* Whether the client makes its initramfs itself, and with which arguments of dracut (rpm-ostree origin.rs: the keys
 * regenerate-initramfs and initramfs-args of group rpmostree, a key file of GLib). */
struct ostree_initramfs {
	bool enabled;
	const char *args; /* a line each; "" for none */
};
/* False: a value there is not of that form, or holds escapes that are not read here. */
bool ostree_origin_read(struct span origin, struct arena *a, struct ostree_initramfs *ret) _must_check_;
