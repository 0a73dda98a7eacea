/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm_domain_write.h - what the two halves of the writer of domains share: vm_domain_write.c, vm_domain_put.c. */
#pragma once

#include "store/domain_tree.h"
#include "store/vm.h"

struct domain_hostdev { /* a <hostdev>, or an <interface> of that type, that the document has from the start */
	xmlNode *node;	/* NULL: taken out */
	const char *id; /* by which <qemu:override> calls it until now */
	xmlNode *override;
};

struct domain_writing {
	struct domain *d;
	const struct vm *was, *now;
	bool all; /* everything is new: .was is an empty definition */
	struct vm_losses *lost;
	struct arena *a;
	xmlNode *root, *devices;
	struct domain_hostdev *hostdevs;
	size_t n_hostdevs;
	xmlNode **hostdev_nodes, **interface_nodes; /* as counted by .from */
	size_t n_hostdev_nodes, n_interface_nodes;
	unsigned disk_names;				/* tried so far: see disk_name() */
	xmlNode **pci_nodes, **disk_nodes, **net_nodes; /* of .now, by index; NULL: has none */
};

#define CHANGED(w, field)     ((w)->all || (w)->was->field != (w)->now->field)
#define CHANGED_STR(w, field) (((w)->all && (w)->now->field) || !domain_same((w)->was->field, (w)->now->field))

bool domain_same(const char *a, const char *b); /* NULL is another than "" */

/* The element at that path with that text; @value NULL: no such element. */
void domain_put_text(struct domain_writing *w, xmlNode *from, const char *path, const char *value);
/* An attribute of the element at that path, which is made when missing; @value NULL: no such attribute. */
void domain_put_attr(struct domain_writing *w, xmlNode *from, const char *path, const char *attr, const char *value);
/* "on" or "off"; UNSAID takes it out. */
void domain_put_state(struct domain_writing *w, xmlNode *from, const char *path, const char *attr, enum vm_bool b);
/* The element is there or is not, and then its parent goes too when nothing else is in it. */
void domain_put_there(struct domain_writing *w, xmlNode *from, const char *path, bool there);

/* The devices, and the boot order among them. */
void domain_devices_write(struct domain_writing *w);
