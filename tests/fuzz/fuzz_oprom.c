// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a PCI option ROM: each image lies in the bytes, and the chain ends. */
#include <stdlib.h>

#include "fw/oprom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data, size };
	struct report rep = { 0 };
	struct oprom img;
	size_t n = 0;

	while (oprom_next(&rest, &n, &img, &rep) > 0) {
		if (img.bytes.p < data || img.bytes.p + img.bytes.n > data + size || img.bytes.n % 512 ||
		    n > OPROM_IMAGES_MAX)
			abort();
		(void)oprom_is_for(&img, 0x8086, 0x3e92);
	}
	return 0;
}
