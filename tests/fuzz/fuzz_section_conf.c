// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as storage.cfg or a list of mappings: sections and keys lie in the text, in its order, and it ends. */
#include <stdlib.h>

#include "store/section_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span s, const uint8_t *data, size_t size)
{
	if (s.n && (s.p < data || s.p + s.n > data + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data, size }, key, value;
	struct arena a = { .limit = (size_t)16 << 20 };
	struct pci_addr at;
	struct section s;

	while (section_next(&rest, &s)) {
		inside(s.id, data, size);
		inside(s.body, data, size);
		while (section_next_key(&s.body, &key, &value)) {
			inside(key, data, size);
			inside(value, data, size);
		}
	}
	rest = (struct span) { data, size };
	(void)storage_path(rest, "local:100/vm-100-disk-0.qcow2", &a, NULL);
	(void)storage_path(rest, "lvm:vm-100-disk-0", &a, NULL);
	(void)mapping_find(rest, span_str("igpu"), (struct span) { 0 }, &at);
	arena_done(&a);
	return 0;
}
