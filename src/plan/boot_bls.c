// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_bls.c - GRUB that reads Boot Loader Specification entries, kept by grubby: Fedora and its kin. Their
 * grub2-mkconfig does not source /etc/default/grub.d.
 */
#include "plan/boot.h"

/* grubby(8). */
static void grubby(struct host_plan *h, const char *add, const char *go, struct operation *op)
{
	const char *argv[4] = { "grubby", "--update-kernel=ALL" }, *inverse[4] = { argv[0], argv[1] };
	size_t n = 2;

	if (*go) {
		argv[n] = arena_printf(h->a, "--remove-args=%s", go);
		inverse[n++] = arena_printf(h->a, "--args=%s", go);
	}
	if (*add) {
		argv[n] = arena_printf(h->a, "--args=%s", add);
		inverse[n++] = arena_printf(h->a, "--remove-args=%s", add);
	}
	op->target = "the boot entries of all kernels";
	op->argv = host_argv(h, argv, n);
	op->inverse = host_argv(h, inverse, n);
}

const struct boot_row boot_grubby = {
	.name = "GRUB with Boot Loader Specification entries, grubby",
	.loaders = "bls",
	.tools = "grubby",
	.distros = "fedora rhel almalinux rocky centos",
	.reads = boot_reads_entries,
	.keep = boot_keep_program,
	.command = grubby,
	.each_entry = true,
	.by_program = true,
	.entries = "/boot/loader/entries/*.conf",
	.all_anew = true,
};
