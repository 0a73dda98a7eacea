/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * section_conf.h - Proxmox's section files: storage.cfg ("TYPE: ID", then "\tkey value" lines, then a blank line) and
 * the cluster's mappings ("ID" alone, then the same), as pve-common PVE/SectionConfig.pm and pve-guest-common
 * PVE/Mapping/PCI.pm read them.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/span.h"

struct section {
	struct span type, id; /* .type is empty in a mapping file */
	struct span body;     /* what section_next_key() eats */
};

/* Eat the next section; comments and lines that belong to none are passed over. False at the end. */
bool section_next(struct span *rest, struct section *ret);
/* Eat the next "key value" of a body; a key without value has an empty one. False at the end. */
bool section_next_key(struct span *body, struct span *ret_key, struct span *ret_value);

/*
 * Where a volume ("local-lvm:vm-100-disk-0") lies on the host, as pve-storage's plugins make it: a folder's file, or
 * the device of a logical volume or ZFS volume. NULL: the storage is not in @cfg, or its type has no path.
 * @ret_format (may be NULL) is "raw" or "qcow2". The answer lives in @a.
 */
const char *storage_path(struct span cfg, const char *volume, struct arena *a, const char **ret_format);

/* The first function that the mapping @id of @cfg (pci.cfg) stands for on @node (empty: on any). */
bool mapping_find(struct span cfg, struct span id, struct span node, struct pci_addr *ret);
