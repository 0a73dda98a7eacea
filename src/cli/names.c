// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/names.h"

#include <pci/pci.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pci_access *access_;

/*
 * Only names are looked up, so no bus is scanned, and pci_init(), which ends the program where there is none, is not
 * called. It would set up what the list's reader talks through.
 */
static void say_nothing(char *msg, ...)
{
	(void)msg;
}

static void __attribute__((noreturn)) give_up(char *msg, ...)
{
	fprintf(stderr, "igdctl: the list of PCI names: %s\n", msg);
	exit(EXIT_FAILURE);
}

static struct pci_access *access_new(void)
{
	struct pci_access *a = pci_alloc();

	a->warning = a->debug = say_nothing;
	a->error = give_up;
	return a;
}

/*
 * Look up without numbers: an id that the list lacks has no name. udev's list is left out: where it cannot be opened,
 * pciutils (3.9 lib/names-hwdb.c) loses memory each time that it tries. Called with the lock held.
 */
static void look_up(char buf[NAME_LEN], int what, int a, int b)
{
	const char *name;

	if (!access_)
		access_ = access_new();
	name = pci_lookup_name(access_, buf, NAME_LEN, what | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, a, b, 0, 0);
	if (!name)
		*buf = '\0';
	else if (name != buf)
		snprintf(buf, NAME_LEN, "%s", name);
}

char *name_of(const struct pci_fn *p, char buf[NAME_LEN])
{
	buf[0] = '\0';
	if (p->name.v && *p->name.v) {
		text_copy(span_str(p->name.v), buf, NAME_LEN);
	} else if (p->id.known) {
		pthread_mutex_lock(&lock);
		look_up(buf, PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, pci_fn_vendor(p), pci_fn_device(p));
		pthread_mutex_unlock(&lock);
	}
	return buf;
}

char *class_name_of(const struct pci_fn *p, char buf[NAME_LEN])
{
	buf[0] = '\0';
	if (p->class.known) {
		pthread_mutex_lock(&lock);
		look_up(buf, PCI_LOOKUP_CLASS, (int)p->class.v, 0);
		pthread_mutex_unlock(&lock);
	}
	return buf;
}

void names_done(void)
{
	if (access_)
		pci_cleanup(access_);
	access_ = NULL;
}
