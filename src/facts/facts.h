/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts.h - one machine as it was seen, and where each thing was seen.
 *
 * A snapshot is filled by exactly one source (facts/tree.c: a live, rooted or captured machine;
 * facts/bundle.c: pasted command output), closed by facts_finish() and never changed again. It owns
 * one arena; every pointer in it dies with facts_free().
 *
 * Each fact carries .from: where it was read ("/proc/cmdline", "dmesg.txt:12") when it is known, and
 * why it is not when it is unknown ("only root may read it"; NULL: nothing in the input speaks of
 * it, facts_why() says that in words). Unknown never becomes no: a question that could not be asked
 * has no answer. "Known to be none" is spelled out at each field.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"
#include "fw/dmar.h"
#include "std/pci.h"

struct fact_str {
	const char *v; /* NULL: unknown. "" where a field says what none means */
	const char *from;
};

struct fact_num {
	uint64_t v;
	bool known;
	const char *from;
};

enum tri { TRI_UNKNOWN, TRI_NO, TRI_YES };

struct fact_tri {
	enum tri v;
	const char *from;
};

#define STR_KNOWN(value, where) ((struct fact_str) { (value), (where) })
#define NUM_KNOWN(value, where) ((struct fact_num) { (value), true, (where) })
#define TRI_KNOWN(yes, where)	((struct fact_tri) { (yes) ? TRI_YES : TRI_NO, (where) })

/* ---- PCI ------------------------------------------------------------------------------------- */

#define GROUP_NONE UINT64_MAX /* known: the kernel gave this function no IOMMU group */

struct pci_bar {
	uint64_t start, end, flags; /* bytes, end inclusive, Linux IORESOURCE_* flags; all 0: unused */
};

struct pci_fn {
	struct pci_addr addr;
	const char *from;	       /* where the function itself was seen */
	struct fact_num id;	       /* vendor << 16 | device */
	struct fact_num class;	       /* base and sub-class, 0x0300; programming interface apart */
	struct fact_num prog_if;       /* 0..255 */
	struct fact_num rev;	       /* 0..255 */
	struct fact_num subsys;	       /* subvendor << 16 | subdevice */
	struct fact_str name;	       /* as pasted; the device's name without ids. Unknown for trees: ask pci.ids */
	struct fact_str driver;	       /* "" : known, none bound */
	struct fact_str modules;       /* space-separated, those that could claim it; "": none */
	struct fact_str override;      /* driver_override; "": none */
	struct fact_num group;	       /* IOMMU group id, or GROUP_NONE */
	struct fact_num pcie_type;     /* enum pcie_type; PCIE_NONE: conventional PCI */
	struct fact_tri multifunction; /* header type bit 7 of function 0 of its slot */
	struct fact_num header_type;   /* 0 device, 1 bridge */
	struct fact_num secondary, subordinate; /* bridges: bus numbers behind it */
	struct fact_tri acs;			/* has an ACS extended capability */
	struct fact_num acs_cap, acs_ctl;	/* its two words; only where .acs is yes */
	struct fact_tri flr;			/* function level reset by PCIe or AF capability */
	struct fact_str reset_methods;		/* sysfs reset_method; "": none */
	struct fact_tri boot_vga;
	struct fact_str power_state;
	struct fact_num sriov_total, sriov_num; /* virtual functions possible, enabled; total 0: no capability */
	struct fact_tri is_vf;
	struct fact_str iommu;	 /* IOMMU unit ("dmar0"); "": none */
	struct pci_bar bars[7];	 /* 6: expansion ROM */
	struct fact_num n_bars;	 /* known: .bars was read */
	struct span config;	 /* the configuration space bytes that could be read, from offset 0; may be empty */
	const char *config_from; /* where from, or why there are none */
	int parent;		 /* index of the bridge above, -1 on a root bus or unknown; set by facts_finish() */
};

struct reserved_region {
	uint64_t start, end; /* end inclusive */
	const char *type;    /* "direct", "direct-relaxable", "msi", "reserved" */
};

struct iommu_group {
	uint64_t id;
	struct fact_str type; /* "identity", "DMA", "DMA-FQ", ... */
	struct reserved_region *reserved;
	size_t n_reserved;
	int *members; /* indexes into facts.pci, in address order; set by facts_finish() */
	size_t n_members;
};

struct iommu_unit {
	const char *name; /* "dmar0", "ivhd0" */
	const char *from;
	struct fact_num base, cap, ecap; /* VT-d registers; unknown for AMD-Vi */
	struct fact_str version;
};

/* ---- what runs and how it was told to ---------------------------------------------------------- */

enum conf_kind {
	CONF_CMDLINE,	     /* the running kernel's command line */
	CONF_GRUB,	     /* GRUB_CMDLINE_LINUX and _DEFAULT in /etc/default/grub and grub.d */
	CONF_KERNEL_CMDLINE, /* /etc/kernel/cmdline, cmdline.d: all lines; .from tells which */
	CONF_LOADER_ENTRY,   /* a generated or hand-written boot entry: grub.cfg, loader/entries */
	CONF_MODPROBE,	     /* a directive of modprobe.d */
	CONF_MODULES,	     /* a module name in /etc/modules, modules-load.d, initramfs-tools/modules */
};

/*
 * One configured word: a kernel option ("intel_iommu", "on"), a modprobe directive (verb "options",
 * module "vfio-pci", one "ids"="8086:3e92" per option word; "blacklist" and others in .value), or a
 * module to load. Strings are owned by the snapshot.
 */
struct conf {
	enum conf_kind kind;
	const char *from; /* "etc/modprobe.d/vfio.conf:3" */
	const char *line; /* the whole line as written, trimmed */
	const char *verb; /* modprobe only: "options", "blacklist", "softdep", "install", "remove", "alias", "bad" */
	const char *module; /* modprobe and modules: with '_' for '-' */
	const char *key;    /* kernel option or module option; "" when there is none */
	const char *value;  /* NULL: a bare word */
	uint8_t grub;	    /* private to facts/conf.c: of CONF_GRUB, enum grub_variable */
};

/* A configuration file that a plan may write, or take a word out of: its bytes as they were read. */
struct text_file {
	const char *path;      /* absolute on the machine, "/etc/kernel/cmdline" */
	struct span bytes;     /* empty unless .there is yes */
	struct fact_tri there; /* no: looked for, and there is none. Unknown: .from says why it could not be read */
};

struct log_line {
	const char *from; /* "dmesg.txt:12" */
	const char *text; /* without time stamp, level and "kernel:" */
	const char *raw;
	double time;	      /* seconds since boot; -1 unknown */
	uint64_t trigrams[2]; /* private to facts.c: which three-letter runs occur, hashed; zero before facts_finish()
			       */
};

struct package { /* an installed package that matters here, with its version */
	const char *name, *version, *from;
};

/* ---- around the GPU ---------------------------------------------------------------------------- */

struct edid_info; /* fw/edid.h */

struct connector {
	const char *name; /* "card0-HDMI-A-1" */
	const char *from;
	struct fact_tri connected;
	struct fact_str monitor; /* maker and model of the EDID; "" none */
	struct span edid;
	int pci; /* index into facts.pci, or -1 */
};

struct vtcon {
	const char *name, *from; /* "(M) frame buffer device" */
	struct fact_tri bound;
};

struct iomem_range {
	uint64_t start, end;
	const char *name, *from;
};

struct usb_dev {
	const char *path; /* "1-14", "usb1" for root hubs; "bus-dev" text when only lsusb was pasted */
	const char *from;
	uint16_t vendor, product;
	struct fact_str name;
	struct fact_str driver;	   /* of its interfaces, space-separated */
	struct fact_tri keyboard;  /* boot keyboard interface (03/01/01) or kbd handler */
	struct fact_tri bluetooth; /* e0/01/01 */
	struct fact_tri hub;
	struct fact_num class;	 /* interface class of the first interface */
	unsigned bus, dev, port; /* 0: unknown */
	int pci;		 /* its controller, index into facts.pci, or -1 */
};

struct netif {
	const char *name, *from;
	int pci;		       /* index into facts.pci, or -1: virtual or unknown */
	struct fact_tri default_route; /* itself, or the bridge or bond it is a port of */
	struct fact_str bridge;	       /* the bridge or bond it is a port of; "": none */
	struct fact_str above; /* all that stands on it (bridges, bonds, VLANs), between blanks; "": nothing */
};

struct disk_use {
	const char *what, *from; /* "/", "/boot" */
	const char *device;	 /* "/dev/mapper/pve-root" */
	int pci;		 /* controller, index into facts.pci, or -1: unknown */
};

struct guest {
	const char *kind; /* "pve", "lxc", "libvirt", "qemu" */
	const char *id, *from;
	struct pci_addr *pci; /* host functions its definition names; fn 8 stands for "all functions" */
	size_t n_pci;
	struct fact_tri running, onboot;
	bool managed;	  /* libvirt gives its devices back to their host drivers when it stops */
	bool uses_dri;	  /* a container with /dev/dri */
	struct span text; /* the definition itself; empty for one that is only known to run */
	bool mdev;
};

/* Ways to the host that need none of its GPUs. */
enum way_kind { WAY_SSH, WAY_SERIAL, WAY_IPMI, WAY_AMT, WAY_COUNT };
struct way_in {
	struct fact_tri open; /* somebody answers there, now */
	const char *says;     /* what answers: "port 22 on every address"; NULL: nothing is known of it */
};

/* A process that has a GPU open. */
struct gpu_user {
	unsigned pid;
	const char *name, *node; /* "Xorg", "card0" */
	struct pci_addr addr;	 /* of the GPU, where .placed */
	bool placed;
};

/* What the running CPU can be told apart into; sizes in logical CPUs. */
struct cpu {
	struct fact_str vendor, model; /* "GenuineIntel", "Intel(R) Core(TM) i5-8400T CPU @ 1.70GHz" */
	struct fact_num family, model_no, stepping;
	struct fact_num cpus;		/* logical */
	struct fact_num cores;		/* physical */
	struct fact_str p_cpus, e_cpus; /* cpu lists "0-11"; e_cpus "" : not a hybrid */
	struct fact_tri virt;		/* vmx or svm flag */
	struct fact_num phys_bits, virt_bits;
	struct fact_tri hypervisor; /* we run inside a VM */
};

/* GGC and BDSM of the IGD, decoded as its generation does (Linux arch/x86/kernel/early-quirks.c). */
struct igd {
	int pci; /* index into facts.pci of the IGD, -1: none seen */
	struct fact_tri present;
	const struct igd_id *id;      /* row of the device table, NULL: not known to it */
	struct fact_num ggc;	      /* raw register */
	struct fact_num stolen;	      /* bytes */
	struct fact_num gtt;	      /* bytes */
	struct fact_tri vga_disabled; /* GGC bit 1 */
	struct fact_num bdsm;	      /* address */
	struct fact_num asls;	      /* OpRegion address register; 0: firmware set none */
	struct fact_tri opregion;     /* the kernel shows a valid OpRegion */
	struct fact_tri vbt;
};

enum source_kind { SOURCE_LIVE, SOURCE_ROOT, SOURCE_CAPTURE, SOURCE_BUNDLE };

struct facts {
	struct arena arena;
	enum source_kind source;
	const char *input; /* what the user named */
	struct fact_tri as_root;

	struct fact_str sys_vendor, product, board, bios_version, bios_date;
	struct fact_str distro;	   /* PRETTY_NAME */
	struct fact_str distro_id; /* "debian", "ubuntu", "fedora", "arch" */
	struct fact_str kernel;	   /* release, "6.8.12-11-pve" */
	struct fact_tri efi;
	struct fact_tri secure_boot;
	struct fact_str lockdown;    /* "none", "integrity", "confidentiality" */
	struct fact_str boot_loader; /* "grub", "systemd-boot", "proxmox-boot-tool/grub",
					"proxmox-boot-tool/systemd-boot", "bls", "uki", "rpm-ostree", "refind",
					"limine", "extlinux", "petitboot", "zfsbootmenu", "sdbootutil" */
	struct fact_str initramfs;   /* "initramfs-tools", "dracut", "mkinitcpio", "booster"; "none" */
	/* rpm-ostree: the client makes the initramfs, with these arguments of dracut, a line each (store/ostree.h) */
	struct fact_tri ostree_initramfs;
	struct fact_str ostree_args;
	struct fact_num initrd_mtime; /* of the running kernel, seconds since the epoch */
	struct fact_num conf_mtime;   /* newest file of modprobe.d, /etc/modules and initramfs lists */
	struct fact_str conf_newest;  /* its name */
	struct fact_num grub_cfg_mtime, grub_default_mtime;
	struct cpu cpu;
	struct fact_num mem_total; /* bytes */
	struct fact_num hugepages_free;
	struct fact_tri dev_kvm;
	struct fact_str cmdline;

	struct pci_fn *pci; /* in address order after facts_finish() */
	size_t n_pci;
	struct fact_tri pci_seen;  /* no: the machine has no PCI at all */
	struct fact_tri pci_whole; /* the list holds every function of the machine, so absence means something */
	int *pci_slots;		   /* private to facts.c: hash of addresses */
	size_t n_pci_slots;
	struct iommu_group *groups; /* ascending ids */
	size_t n_groups;
	struct fact_tri groups_seen; /* could the kernel's groups be listed? no: it has none */
	struct iommu_unit *iommus;
	size_t n_iommus;
	struct fact_tri iommu_on;  /* at least one unit is in use by the kernel */
	struct fact_tri dmar;	   /* the firmware publishes a DMAR table */
	struct fact_tri ivrs;	   /* the same for AMD-Vi */
	struct fact_tri vfct;	   /* AMD's video BIOS table */
	struct dmar dmar_table;	   /* valid when .dmar_read is yes */
	struct fact_tri dmar_read; /* its content could be read and parsed */
	struct fact_tri irq_remap; /* the kernel enabled interrupt remapping */

	struct conf *confs;
	size_t n_confs;
	struct fact_tri conf_seen[CONF_MODULES + 1]; /* was this kind of file there to be read? */
	struct text_file *texts; /* of those kinds, below /etc and in loader/entries; none from pasted text */
	size_t n_texts;
	struct fact_str tools; /* programs that keep boot files, of facts/tree_conf.c's list, between blanks; "" none.
				  "grub.d": its grub-mkconfig reads /etc/default/grub.d; "systemctl": systemd;
				  "vmlinuz-linux": kernels in /boot are called after packages, not releases;
				  "vmlinuz-release": they are called after releases, and lie nowhere else;
				  "initrd.img-release": so are their images, as Debian calls them */
	struct log_line *log;
	size_t n_log;
	struct fact_tri log_whole; /* the kernel log reaches back to the first line of boot */
	struct package *packages;
	size_t n_packages;
	struct fact_str qemu, libvirt, pve; /* versions, "9.2.0"; "": not installed */
	struct fact_str *modules;	    /* loaded; .v the name with '_' */
	size_t n_modules;
	struct fact_tri modules_seen;
	struct fact_str builtin;     /* "vfio_pci vfio ...": those of interest that are compiled in; "" none */
	struct fact_str kconfig_on;  /* "VFIO_PCI_IGD INTEL_IOMMU ...": options of interest set to y or m */
	struct fact_str kconfig_off; /* those known to be unset */
	struct conf *params;	     /* /sys/module/M/parameters/K: .module .key .value .from */
	size_t n_params;

	struct igd igd;
	struct fact_str fb_owner;   /* of the boot framebuffer: "i915drmfb", "EFI VGA", "simpledrmdrmfb"; "" none */
	struct fact_tri mdev_types; /* GVT-g types are offered */
	struct iomem_range *iomem;  /* only the named ranges that matter: framebuffers, stolen memory, vfio-pci */
	size_t n_iomem;
	struct fact_tri iomem_seen; /* no: read, but addresses were hidden (zeros) */
	struct connector *connectors;
	size_t n_connectors;
	struct fact_tri connectors_seen;
	struct vtcon *vtcons;
	size_t n_vtcons;
	struct usb_dev *usb;
	size_t n_usb;
	struct fact_tri usb_seen;
	struct netif *nets;
	size_t n_nets;
	struct fact_str default_if; /* interface of the default route; "" none */
	struct disk_use *disks;
	size_t n_disks;
	struct fact_tri disks_seen;
	struct fact_str root_crypt;  /* the encrypted device that / lies on, "sda3_crypt"; "": none was found */
	struct fact_str root_opener; /* what opens it without the screen: "the TPM"; "": nothing was seen */
	struct guest *guests;
	size_t n_guests;
	struct fact_tri guests_seen;
	struct way_in ways[WAY_COUNT];
	struct gpu_user *gpu_users; /* only looked for where a plan would take a GPU away at once; see holders.h */
	size_t n_gpu_users;
	struct fact_tri gpu_users_seen; /* yes: the list is whole */
};

void facts_free(struct facts *f);
static inline void facts_freep(struct facts **f)
{
	facts_free(*f);
}

/* An empty snapshot with every fact unknown ("not in this input"). NULL when out of memory. */
struct facts *facts_new(const char *input, enum source_kind source);

/* Sort, link parents and groups, find the IGD, decode its registers. Call once, last. */
int facts_finish(struct facts *f, struct report *rep) _must_check_;

/* The function at @a, added when it is new; NULL when the arena is full. Adding one may move the others:
 * a pointer from here is good until the next call. */
struct pci_fn *facts_pci(struct facts *f, struct pci_addr a, const char *from);

/* Look-ups; NULL or -1 when there is none. */
const struct pci_fn *facts_find_pci(const struct facts *f, struct pci_addr a);
int facts_pci_index(const struct facts *f, struct pci_addr a);
const struct iommu_group *facts_group(const struct facts *f, uint64_t id);
const struct conf *facts_conf(const struct facts *f, enum conf_kind kind, const char *key, const struct conf *after);
const struct log_line *facts_log(const struct facts *f, const char *needle, const struct log_line *after);
/* What is known of the file at @path; NULL: nobody looked. */
const struct text_file *facts_text(const struct facts *f, const char *path);
/* Is @word one of the space-separated words of @list? */
bool facts_word_in(const char *list, const char *word);
/* Compare the running kernel's release with major.minor: <0, 0, >0; false when unknown. */
bool facts_kernel_cmp(const struct facts *f, unsigned major, unsigned minor, int *ret);

/* The encrypted device whose passphrase somebody must type before anything of the host runs; NULL: none is known. */
const char *facts_passphrase(const struct facts *f);

/* The reason of an unknown fact as words; never NULL. */
static inline const char *facts_why(const char *from)
{
	return from ? from : "nothing in this input tells";
}
/* Of a 32-bit id (vendor << 16 | device). */
static inline uint16_t pci_fn_vendor(const struct pci_fn *p)
{
	return p->id.known ? (uint16_t)(p->id.v >> 16) : 0;
}
static inline uint16_t pci_fn_device(const struct pci_fn *p)
{
	return p->id.known ? (uint16_t)p->id.v : 0;
}
static inline bool pci_fn_base_class(const struct pci_fn *p, unsigned base)
{
	return p->class.known && p->class.v >> 8 == base;
}
