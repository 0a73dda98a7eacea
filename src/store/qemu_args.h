/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu_args.h - QEMU's command line: the words of a shell-like text, the options they make, and the properties in an
 * option's value.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"
#include "store/vm.h"

#define ARGS_WORDS_MAX 4096

struct args_word {
	struct span raw;  /* as written, with its quotes */
	const char *text; /* what the program gets */
};

/*
 * Take a text apart as Perl's Text::ParseWords::shellwords() does it, which is what Proxmox hands "args:" to, and as
 * a shell does where the two agree: blanks part words, '...' and "..." hold them together, a backslash takes the next
 * character (inside "..." too, inside '...' not). A backslash before a newline joins lines. Nothing is expanded.
 * Returns 0, -IGD_EMAGIC for a quote that nothing closes and for a NUL byte, -IGD_ELIMIT, or -IGD_ENOMEM.
 */
int args_words(struct span s, struct arena *a, struct args_word **ret, size_t *n, struct report *rep) _must_check_;

/* Is an option of that name followed by a value (QEMU qemu-options.hx, HAS_ARG)? */
bool qemu_option_has_value(const char *option);

/*
 * Eat the next property of an option's value: "key=value", or a bare word, which is the value of the option's own
 * first key when it comes first (@ret_key NULL) and else a key without value (@ret_value NULL). ",," stands for a
 * comma (QEMU util/keyval.c). False at the end, and when the arena is full.
 */
bool qemu_property_next(struct span *rest, struct arena *a, const char **ret_key, const char **ret_value);

/* The value of one property of "driver,key=value,..."; NULL: it has none of that name. The last one counts. */
const char *qemu_property(const char *value, const char *key, struct arena *a);

/*
 * Take the raw options in @v->args for what they say: vfio-pci devices, -set, machine, firmware, processor, memory,
 * display, fw_cfg. With @v->json_devices NO the target's own devices stand as plain strings, so that -set finds them;
 * else QEMU knows no device of that name. Call when the target's own words are read: of two of a kind the raw one
 * comes last.
 */
void vm_read_args(struct vm *v);

/* "2", "0x2", "02.0": device and function, hexadecimal whatever is written (QEMU hw/core/qdev-properties-system.c,
 * set_pci_devfn()). */
bool qemu_slot_read(const char *s, uint8_t *ret_dev, uint8_t *ret_fn);

/* Where a device lands that is given this bus and address. On Proxmox's q35 pci.0 to pci.3 are bridges
 * (qemu-server pve-q35-4.0.cfg). */
struct vm_slot qemu_place(const struct vm *v, const char *bus, const char *addr);
