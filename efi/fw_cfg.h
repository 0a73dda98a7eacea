/* SPDX-License-Identifier: BSD-2-Clause */
/* fw_cfg.h - files that QEMU hands to the firmware (QEMU docs/specs/fw_cfg.rst: ports 0x510 and 0x511). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fw_cfg_file {
	uint16_t select;
	uint32_t size; /* bytes */
};

/* Is there one? Its signature says so. */
bool fw_cfg_is_there(void);

/* Find the file @name: true and @ret. At most FW_CFG_FILES_MAX entries of the directory are looked at. */
bool fw_cfg_find(const char *name, struct fw_cfg_file *ret);

#define FW_CFG_FILES_MAX 4096

/* Read its first @n bytes, at most its size. */
void fw_cfg_read(const struct fw_cfg_file *f, void *buf, uint32_t n);
