// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a Dell PFS file. */
#include "fw/pfs.h"
#include "wrap_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return wrap_fuzz(&wrapper_pfs, data, size);
}
