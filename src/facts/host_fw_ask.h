/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_fw_ask.h - one reading of a machine's firmware under way; private to the facts/host_fw*.c files. */
#pragma once

#include "facts/host_fw.h"

struct ask {
	const struct facts *f;
	struct host *h;
	const struct host_fw_options *o;
	struct host_fw *to;
	const struct pci_fn *gpu;
	const char *addr;	 /* of it, "0000:00:02.0" */
	bool had[HOST_FW_KINDS]; /* of this GPU */
	size_t n_intel;		 /* GPUs of Intel's on this machine */
};

#define VENDOR_INTEL 0x8086
#define VENDOR_AMD   0x1002

/* A new row; NULL when the arena is full. It is NOT_TRIED until somebody says otherwise. */
struct host_fw_source *ask_row(struct ask *q, const char *source, const enum host_fw_kind *kinds, size_t n);
/* Is any of what the row can give still wanted? When not, it says so. */
bool ask_wants(struct ask *q, struct host_fw_source *s);
/* Its verdict. */
void ask_says(struct ask *q, struct host_fw_source *s, enum host_fw_verdict v, const char *fmt, ...) _printf_(4, 5);
/* That a file could not be read: @r is what host_read() answered. */
void ask_unread(struct ask *q, struct host_fw_source *s, int r, const char *path);
/* A piece that it gave, when it is wanted. */
void ask_gives(struct ask *q, struct host_fw_source *s, enum host_fw_kind k, struct span bytes);
/* The same for a ROM, which is looked at first; @of: what it is, "copy of the driver's". */
void ask_gives_rom(struct ask *q, struct host_fw_source *s, struct span rom, const char *of);
/* The folder of the GPU in debugfs, without a leading slash; NULL, and @s says why. */
const char *ask_debugfs(struct ask *q, struct host_fw_source *s);

/* The sources. */
void ask_intel_debugfs(struct ask *q);
void ask_vfio(struct ask *q);
void ask_amd_debugfs(struct ask *q);
void ask_vfct(struct ask *q);
void ask_rom(struct ask *q);
