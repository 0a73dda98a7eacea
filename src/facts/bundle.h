/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bundle.h - pasted command output, piece by piece; private to the facts/bundle*.c files.
 *
 * A text is read once, line by line. Each recogniser looks at one line and at what the lines above began, and
 * claims the line or leaves it; nothing depends on file names or on the order of files. What is worth less than a
 * direct reading (a log, inxi's summary, prose) is collected and applied at the end, to what is still unknown.
 */
#pragma once

#include "base/addr.h"
#include "base/text.h"
#include "facts/log.h"
#include "facts/read.h"

#define BUNDLE_FILES_MAX 256
#define BUNDLE_DEPTH_MAX 3
#define BUNDLE_FILE_MAX	 ((size_t)16 * 1024 * 1024)
#define BUNDLE_TOTAL_MAX ((size_t)64 * 1024 * 1024)
#define BUNDLE_LINE_MAX	 ((size_t)64 * 1024)

/* What a shell prompt in the text says that the lines below it are. */
enum hint {
	HINT_NONE,
	HINT_LSPCI,
	HINT_LOG,
	HINT_CMDLINE,
	HINT_KERNEL_CMDLINE,
	HINT_MODPROBE,
	HINT_MODULES,
	HINT_INITRD_MODULES, /* of the initramfs */
	HINT_INITRAMFS,
	HINT_UNAME_R,
	HINT_GUEST,
};

struct pci_block { /* a function of lspci -v and the like, while its lines last */
	int pci;   /* index of facts.pci, -1: none */
	bool verbose, denied, caps, has_list, no_list, express, devcap_now, flr_seen, flr, af, ext, acs, sriov,
		closed;
	uint8_t config[4096];
	size_t config_n; /* bytes of a hex dump so far */
};

#define TREE_DEPTH 32
struct pci_tree {
	bool active;
	size_t n;
	struct {
		size_t column;
		uint32_t domain;
		uint8_t bus;
	} level[TREE_DEPTH];
};

#define USB_DEPTH 8
struct usb_tree {
	bool active;
	unsigned bus;
	size_t n, columns[USB_DEPTH];
	unsigned ports[USB_DEPTH];
	int last; /* index of facts.usb of the line above, -1: none */
};

struct inxi_dev {
	const char *from, *name, *driver, *iface;
	struct pci_addr addr;
	struct fact_num id, class;
	bool has_addr;
};

struct inxi {
	const char *section;		    /* "" : none; "Graphics" */
	char key[32], value[256], item[16]; /* item: what "v:" and "date:" belong to */
	size_t value_n;
	struct inxi_dev dev;
	bool dev_open;
};

struct udev {
	bool active;
	const char *from;
	struct span path, driver, subsystem, devtype, slot, id, class, subsys, product, interface, vendor_id,
		model_id, name, busnum, devnum, devclass, modalias;
};

struct table { /* columns of pvesh's PCI table; 0: not there, else one more than the index */
	bool active;
	unsigned id, group, vendor, device, class, name;
};

struct guest_block { /* "key: value" lines of a Proxmox guest */
	const char *from;
	size_t start, end; /* offsets in the text */
	unsigned n_keys;
	bool hostpci, lxc;
};

struct bundle {
	struct facts *f;
	struct report *rep;

	/* the text */
	const char *file;
	struct span text;
	size_t line;	 /* from 1 */
	size_t offset;	 /* of the line in the text */
	struct span raw; /* the line, indentation and all */
	const char *at;	 /* "FILE:LINE", made when asked for */
	bool noted;	 /* a cut line was told of in this file */

	/* what the lines above began */
	enum hint hint;
	char guest_id[16]; /* of a prompt: "qm config 100" */
	bool guest_lxc;
	bool guest_snapshot; /* the lines are a snapshot's, not in force */
	struct pci_block block;
	struct fact_num group; /* of a listing's heading */
	bool group_indented;   /* from here on only indented lines belong to it */
	bool group_has;	       /* a function was listed below the heading */
	struct pci_tree tree;
	struct usb_tree usb;
	struct inxi inxi;
	struct udev udev;
	struct table table;
	struct guest_block guest;
	bool lsmod, lscpu, os_release, modprobe, lsblk;
	bool quoted;		     /* somebody else's words, until the end of the quotation */
	bool lspci_cut, lspci_whole; /* a prompt asked lspci for some functions, for all */
	bool no_end[2];		     /* from here on no end of a <hostdev>, of a <domain> comes */
	size_t skip_to;		     /* lines before this offset were eaten with an earlier one */
	const char *iface;	     /* of /etc/network/interfaces */
	const char *disk;	     /* of lsblk */

	/* kept to the end */
	size_t n_claimed; /* lines that told something */
	struct inxi_dev *devs;
	size_t n_devs;
	struct fact_str prose_kernel, prose_pve, prose_model;
};

/* "FILE:LINE" of the present line. */
const char *bundle_at(struct bundle *b);
/* Does the present line begin with a blank? */
static inline bool bundle_indented(const struct bundle *b)
{
	return text_starts(b->raw, " ") || text_starts(b->raw, "\t");
}
/* A copy in the arena, trimmed. */
const char *bundle_keep(struct bundle *b, struct span s);
/* A reading that contradicts an earlier one. */
void bundle_note(struct bundle *b, const char *fmt, ...) _printf_(2, 3);

/* Recognisers: true when the line was theirs. @s is the line without indentation and decoration. */
bool bundle_pci_line(struct bundle *b, struct span s);
bool bundle_group_line(struct bundle *b, struct span s);
bool bundle_table_line(struct bundle *b, struct span s);
bool bundle_tree_line(struct bundle *b, struct span s);
bool bundle_usb_line(struct bundle *b, struct span s);
bool bundle_udev_line(struct bundle *b, struct span s);
bool bundle_inxi_line(struct bundle *b, struct span s);
bool bundle_conf_line(struct bundle *b, struct span s);
bool bundle_guest_line(struct bundle *b, struct span s);
bool bundle_sys_line(struct bundle *b, struct span s);
bool bundle_net_line(struct bundle *b, struct span s);
bool bundle_log_line(struct bundle *b, struct span s);
void bundle_prose_line(struct bundle *b, struct span s);

/* The ends of pieces. */
void bundle_pci_end(struct bundle *b);
void bundle_udev_end(struct bundle *b);
void bundle_inxi_end(struct bundle *b);
void bundle_guest_end(struct bundle *b); /* also of QEMU command lines and libvirt definitions */

/* The last steps, when all texts are read. */
void bundle_pci_conclude(struct bundle *b);
void bundle_inxi_conclude(struct bundle *b);
void bundle_usb_conclude(struct bundle *b);
void bundle_sys_conclude(struct bundle *b);

/*
 * "Vendor Name [8086:3e92] (rev 02)" about @p: fills name, id and revision; @ret_rest is what follows. @rev_or_0: the
 * line is of a kind that leaves out no revision but 0. False when another id is known already; then nothing more is
 * to be believed of the line.
 */
bool bundle_pci_text(struct bundle *b, struct pci_fn *p, struct span s, bool rev_or_0, struct span *ret_rest);
/* Set the id unless another is known already; then a note, and false. */
bool bundle_pci_id(struct bundle *b, struct pci_fn *p, uint64_t id);
/* "8086:3e92" at the front of @s, eaten. */
bool bundle_id_read(struct span *s, uint64_t *ret);

/* The whole of one text in memory, with all conclusions but facts_finish(). -IGD_EMAGIC when nothing was recognised.
 */
int facts_bundle_text(struct facts *f, const char *file, struct span text, struct report *rep) _must_check_;
