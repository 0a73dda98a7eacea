// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as what vendors pack firmware in: programs with an archive, Inno Setup, Insyde, Phoenix, HP, coreboot. */
#include "fw/cbfs.h"
#include "fw/iflash.h"
#include "fw/inno.h"
#include "fw/phoenix.h"
#include "fw/selfextract.h"
#include "fw/softpaq.h"
#include "wrap_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wrapper *const all[] = { &wrapper_iflash, &wrapper_phoenix,	    &wrapper_softpaq,
						     &wrapper_cbfs,   &wrapper_selfextract, &wrapper_inno };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		wrap_fuzz(all[i], data, size);
	return 0;
}
