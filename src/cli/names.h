/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.h - what PCI functions are called: as pasted, or by the list of ids that pciutils keeps. */
#pragma once

#include "facts/facts.h"

#define NAME_LEN 160

/* "Intel Corporation CoffeeLake-S GT2 [UHD Graphics 630]" into @buf, which is also the answer; "" when nobody knows.
 * The list is read on the first question; calls from several threads are taken in turn. */
char *name_of(const struct pci_fn *p, char buf[NAME_LEN]);

/* "VGA compatible controller"; "" when the class is unknown. */
char *class_name_of(const struct pci_fn *p, char buf[NAME_LEN]);

/* Give the list's memory back. */
void names_done(void);
