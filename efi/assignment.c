// SPDX-License-Identifier: BSD-2-Clause
/* assignment.c - the driver IgdAssignment. */
#include "log.h"
#include "mark.h"
#include "uefi.h"

#define NAME "IgdAssignment"

static const char mark[] __attribute__((used)) = DRIVER_MARK(NAME);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	if (!image || !table)
		return EFI_INVALID_PARAMETER;
	log_open(NAME);
	log_line("started, version %s", DRIVER_VERSION(mark, NAME));
	return EFI_SUCCESS;
}
