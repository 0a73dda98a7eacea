// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a capsule; a text with LZMA is tried too. */
#include "fw/capsule.h"
#include "wrap_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	wrap_fuzz(&wrapper_dell_text, data, size);
	return wrap_fuzz(&wrapper_capsule, data, size);
}
