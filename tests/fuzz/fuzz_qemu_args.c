// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as raw QEMU options, for each target that can hold some: each word lies in the text, in its order, and
 * what they come to as a VM holds together.
 */
#include <stdlib.h>

#include "store/qemu_args.h"

#define ARENA_LIMIT ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void vm_look_at(const struct vm *v)
{
	for (size_t i = 1; i < v->n_holders; i++)
		require(v->holders[i - 1].dev < v->holders[i].dev ||
			(v->holders[i - 1].dev == v->holders[i].dev && v->holders[i - 1].fn <= v->holders[i].fn));
	for (size_t i = 0; i < v->n_holders; i++)
		require(v->holders[i].who && v->holders[i].dev < 32 && v->holders[i].fn < 8);
	for (size_t i = 0; i < v->n_faults; i++)
		require(v->faults[i].from && v->faults[i].text);
	for (size_t i = 0; i < v->n_pcis; i++) {
		require(v->pcis[i].from && v->pcis[i].guest.dev < 32 && v->pcis[i].guest.fn < 8);
		for (size_t k = 0; k < v->pcis[i].n_settings; k++)
			require(v->pcis[i].settings[k].name && v->pcis[i].settings[k].value);
	}
	for (size_t i = 0; i < v->n_fwcfgs; i++)
		require(v->fwcfgs[i].name != NULL);
}

static void target_try(enum vm_target t, const struct args_word *words, size_t n)
{
	struct arena a = { .limit = ARENA_LIMIT };
	struct vm v;

	vm_init(&v, t, &a);
	v.json_devices = t == VM_LIBVIRT ? VM_YES : VM_NO;
	for (size_t i = 0; i < n; i++) {
		bool value = words[i].text[0] == '-' && qemu_option_has_value(words[i].text) && i + 1 < n;

		vm_arg(&v, words[i].text, value ? words[i + 1].text : NULL);
		i += value;
	}
	vm_read_args(&v);
	if (!a.full)
		vm_look_at(&v);
	arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .limit = ARENA_LIMIT };
	const uint8_t *end = data;
	struct report rep = { 0 };
	struct args_word *words;
	size_t n;
	int r = args_words((struct span) { data, size }, &a, &words, &n, &rep);

	require(r == rep.code || a.full);
	if (r == 0) {
		for (size_t i = 0; i < n; i++) {
			require(words[i].text && words[i].raw.p >= end && words[i].raw.n > 0);
			require(strlen(words[i].text) <= words[i].raw.n);
			end = words[i].raw.p + words[i].raw.n;
		}
		require(end <= data + size);
		for (int t = 0; t < VM_TARGETS; t++)
			target_try((enum vm_target)t, words, n);
	}
	arena_done(&a);
	return 0;
}
