// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_policy.c - the driver GopPolicy with a VBT in it.
 *
 * The driver looks for its section .vbt when a GOP asks for the table (efi/policy.c) and refuses one that is not
 * whole, on a machine where only port 0x402 tells it; so the same is asked here, where somebody reads the answer.
 */
#include "fw/igd_driver.h"
#include "fw/pe_section.h"
#include "fw/vbt.h"

int igd_policy_with_vbt(struct span vbt, struct buffer *ret, struct report *rep)
{
	struct vbt_info v;
	struct vbt_bdb bdb;
	int r = vbt_read(vbt, &v, rep);

	if (r < 0)
		return r;
	r = vbt_bdb_read(&v, &bdb, rep);
	if (r < 0)
		return r;
	return pe_section_add(igd_driver_bytes(IGD_DRIVER_POLICY), ".vbt", v.bytes, ret, rep);
}
