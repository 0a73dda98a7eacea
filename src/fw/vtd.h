/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vtd.h - what a VT-d unit can do, out of its two capability registers.
 *
 * Source: Intel Virtualization Technology for Directed I/O, Architecture Specification 4.1, 11.4.2
 * (Capability Register) and 11.4.3 (Extended Capability Register). Linux shows both under
 * /sys/class/iommu/dmarN/intel-iommu/{cap,ecap}.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct vtd_caps {
	uint8_t mgaw;		/* bits of a guest address, cap 21:16 plus one */
	uint8_t sagaw;		/* cap 12:8 raw: bit 1 3-level (39 bits), bit 2 4-level (48), bit 3 5-level (57) */
	uint8_t sagaw_bits;	/* the widest of those, 0 none */
	uint8_t sllps;		/* cap 37:34: second-stage large pages, bit 0 2 MiB, bit 1 1 GiB */
	uint32_t domains;	/* 1 << (4 + 2 * cap 2:0) */
	bool caching_mode;	/* CM, cap 7: set by emulated units */
	bool rwbf;		/* cap 4: write buffers must be flushed */
	bool fl5lp;		/* cap 60 */
	bool posted_interrupts; /* PI, cap 59 */
	bool coherent;		/* C, ecap 0 */
	bool queued_inval;	/* QI, ecap 1 */
	bool device_tlb;	/* DT, ecap 2 */
	bool intr_remap;	/* IR, ecap 3 */
	bool x2apic;		/* EIM, ecap 4 */
	bool pass_through;	/* PT, ecap 6 */
	bool snoop_control;	/* SC, ecap 7 */
	bool nested;		/* NEST, ecap 26 */
	bool scalable_mode;	/* SMTS, ecap 43 */
	bool second_stage;	/* SSTS, ecap 46 */
	bool first_stage;	/* FSTS, ecap 47 */
};

/*
 * Decode @cap and @ecap. False, and @ret untouched, when @cap cannot be a capability register: all ones (the
 * unit does not answer; Linux dmar.c says so too) or all zeros. Reserved bits are not looked at.
 */
bool vtd_caps_read(uint64_t cap, uint64_t ecap, struct vtd_caps *ret) _must_check_;
