/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_fw.h - what a machine still holds of the firmware that its GPUs were started with.
 *
 * OpRegion and VBT are in memory while the system runs, a legacy VBIOS may be, and AMD's lies in an ACPI table. Each
 * is had in more ways than one, of which some want root, some a certain driver, and one a reset of the device. So
 * each way is a row that says what it gave, or why it gave nothing. The first that gives a piece is the last that is
 * asked for it, and the best come first.
 *
 * Sources: Linux drivers/gpu/drm/i915/display/intel_opregion.c and intel_bios.c (i915_opregion, i915_vbt; xe shares
 * them), drivers/gpu/drm/amd/amdgpu/amdgpu_debugfs.c (amdgpu_vbios), drivers/gpu/drm/drm_debugfs.c (the file name),
 * drivers/vfio/pci/vfio_pci_igd.c, drivers/pci/pci-sysfs.c and rom.c, arch/x86/pci/fixup.c (the shadowed ROM at
 * C0000h), drivers/gpu/drm/amd/amdgpu/amdgpu_bios.c (VFCT), drivers/char/mem.c (/dev/mem).
 */
#pragma once

#include "facts/facts.h"
#include "host/host.h"
#include "host/rom_switch.h"
#include "host/vfio_igd.h"

enum host_fw_kind { HOST_FW_OPREGION, HOST_FW_VBT, HOST_FW_VBIOS, HOST_FW_GOP, HOST_FW_KINDS };

enum host_fw_verdict {
	HOST_FW_OK,
	HOST_FW_ABSENT,	   /* it is not there */
	HOST_FW_DENIED,	   /* it may be, but not for this user */
	HOST_FW_REFUSED,   /* something was there, which is not what it should be, or could not be read */
	HOST_FW_NOT_TRIED, /* not needed, not meant for this, or not asked for */
};

struct host_fw_piece {
	enum host_fw_kind kind;
	const char *name; /* for a file: "vbt-8086-3e92.bin" */
	struct span bytes;
};

#define HOST_FW_PIECES 2 /* OpRegion and VBT: no source gives more */

struct host_fw_source {
	const struct pci_fn *gpu; /* NULL: one of no GPU alone. Lives as long as the facts */
	const char *source;	  /* "debugfs", "vfio", "amdgpu", "vfct", "rom", "dev-mem", "gop" */
	bool can[HOST_FW_KINDS];  /* what it can give at best */
	enum host_fw_verdict verdict;
	const char *why; /* what it gave, or why it did not; a sentence without its stop */
	struct host_fw_piece pieces[HOST_FW_PIECES];
	size_t n_pieces;
};

struct host_fw_options {
	bool want[HOST_FW_KINDS];
	const char *device; /* "0000:00:02.0" or "8086:3e92": this GPU alone; NULL: all of Intel's and AMD's */
	/* What else than reading may be done, each NULL where it may not: a reset of the device, a switched ROM. */
	const struct vfio_ops *vfio;
	const struct rom_switch *rom;
	const char *no_vfio, *no_rom; /* why not, when NULL */
};

struct host_fw {
	struct arena arena; /* of all that is here */
	struct host_fw_source *v;
	size_t n;
	size_t n_gpus;
};

/*
 * Try all that @o allows on the machine @h, of which @f are the finished facts. 0 and @ret, to be released with
 * host_fw_done() also after a failure; -IGD_ENOENT (no such GPU), -IGD_EUSAGE (.device is neither address nor id),
 * -IGD_ELIMIT. That nothing was found is no failure: the rows say so.
 */
int host_fw_read(const struct facts *f, struct host *h, const struct host_fw_options *o, struct host_fw *ret,
		 struct report *rep) _must_check_;
void host_fw_done(struct host_fw *fw);

const char *host_fw_kind_str(enum host_fw_kind k);	 /* "opregion", "vbt", "vbios", "gop" */
const char *host_fw_verdict_str(enum host_fw_verdict v); /* "ok", "absent", "denied", "refused", "not-tried" */
