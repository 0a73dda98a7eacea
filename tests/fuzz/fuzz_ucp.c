// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an AMI UCP. */
#include "fw/ucp.h"
#include "wrap_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return wrap_fuzz(&wrapper_ucp, data, size);
}
