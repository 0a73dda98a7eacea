/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostdev.h - the host's PCI functions that a libvirt domain names, by a plain scan for <hostdev> elements
 * (libvirt formatdomain, "Host device assignment"). This is no XML reader: it looks at the first <address> inside
 * <source>, and takes text inside comments for text.
 */
#pragma once

#include "base/addr.h"
#include "base/span.h"

/* Eat up to the end of the next <hostdev> of type pci. False when there is no more. */
bool hostdev_next(struct span *xml, struct pci_addr *ret);
