/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * igd_driver.h - the project's own UEFI drivers (efi/), as bytes inside this program, and how to know them again.
 *
 * They are PE32+ images for X64, built with the program. Each carries a mark, "igdctl-driver NAME VERSION" and a zero
 * byte, by which it is found in a ROM or a firmware volume whoever put it there. A VBT for GopPolicy travels as a
 * section of its PE, ".vbt", so that one way serves option ROMs and firmware volumes.
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "base/span.h"
#include "fw/guid.h"

enum igd_driver { IGD_DRIVER_ASSIGNMENT, IGD_DRIVER_POLICY, IGD_DRIVERS };

/* The PE of a driver, in the program. */
struct span igd_driver_bytes(enum igd_driver d);

/*
 * The PE of Witness, which tells igdctl rehearse what a firmware has become (docs/uefi-drivers.md). It is no enum
 * igd_driver: it goes into a VM that is rehearsed, never into a ROM or a firmware that is built for somebody, and
 * igd_driver_is() does not know it.
 */
struct span igd_witness_bytes(void);

/* "IgdAssignment", "GopPolicy". */
const char *igd_driver_name(enum igd_driver d);

/* The GUID of its file in a firmware volume. */
extern const struct guid igd_driver_guids[IGD_DRIVERS];

/* Of the file with the owner's GOP driver, and of the record of what was done (fw/ovmf.h). */
extern const struct guid igd_gop_guid, igd_record_guid;

struct igd_driver_mark {
	enum igd_driver driver;
	char version[16]; /* "0.1.0" */
	struct span vbt;  /* what its section .vbt holds; borrows; .p NULL: none */
};

/* Is the PE @pe one of ours, of whatever version? True and @ret. */
bool igd_driver_is(struct span pe, struct igd_driver_mark *ret);

/*
 * GopPolicy with @vbt in it, the caller's to free: 0 and @ret; or what vbt_read() says of @vbt (so one that is cut
 * short is refused), -IGD_ENOMEM. The VBT goes in as it is; the driver repairs the checksum of its copy.
 */
int igd_policy_with_vbt(struct span vbt, struct buffer *ret, struct report *rep) _must_check_;
