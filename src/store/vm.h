/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.h - what the definition of a VM says, whichever target's words it is written in.
 *
 * A reader (store/vm_pve.h, store/vm_domain.h, store/vm_qemu.h) fills one struct vm out of a document and leaves the
 * document alone; a writer brings a document to say what a changed copy of that struct vm says, and touches nothing
 * else in it. Everything hangs in the arena that the reader was given; a string that is NULL was not said.
 *
 * Only what decides about a passed-through GPU, and what a VM needs to be the same VM elsewhere, has a field. What
 * the reader met and has no field for is in .others, so that a translation can say what it leaves behind.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/span.h"

enum vm_target { VM_PVE, VM_LIBVIRT, VM_QEMU, VM_TARGETS };

enum vm_bool { VM_UNSAID, VM_NO, VM_YES };

#define VM_FN_ALL 8 /* function of a host address without one: every function of the slot */

/* ---- machine, firmware, processor ------------------------------------------------------------------------------ */

enum vm_machine_kind { VM_MACHINE_PC, VM_MACHINE_Q35, VM_MACHINE_OTHER };

/* "pc-i440fx-9.2+pve1", "q35", "pc". Nothing said is i440fx on all three targets. */
struct vm_machine {
	enum vm_machine_kind kind;
	const char *raw; /* the type as written, without further options; NULL: not said */
	bool pinned;	 /* it names a version */
	unsigned major, minor;
	int pve; /* Proxmox's own revision behind it; -1: none is written */
	const char *viommu;
};

enum vm_firmware_kind { VM_SEABIOS, VM_OVMF };

struct vm_firmware {
	enum vm_firmware_kind kind;
	bool ours;		   /* named by raw QEMU arguments (pflash drives), not by the target's own words */
	bool doubled;		   /* both by the target's words and by raw arguments */
	const char *code;	   /* file; NULL: the target chooses */
	const char *vars;	   /* file or volume of the variable store; NULL: none, they are lost at each stop */
	const char *vars_template; /* libvirt */
	const char *vars_size;	   /* Proxmox efitype: "2m", "4m" */
	enum vm_bool secure_boot;  /* the firmware checks signatures: enrolled keys, a secure loader */
	enum vm_bool smm;
	bool automatic; /* libvirt <os firmware='efi'> */
};

struct vm_pin { /* one virtual CPU, or the emulator (.vcpu -1), on these host CPUs */
	int vcpu;
	const char *cpus; /* "0-3,8" */
};

struct vm_cpu {
	const char *model;		  /* "host": the host's own; "x86-64-v2-AES"; NULL: the target's default */
	bool doubled;			  /* raw arguments name a second one */
	const char *flags;		  /* as written by the target, "+x;-y" or "+x,-y" */
	unsigned cores, sockets, threads; /* 0: not said */
	unsigned vcpus;			  /* that the guest sees at start; never 0 after reading */
	const char *affinity;		  /* host CPUs for all of them */
	struct vm_pin *pins;
	size_t n_pins;
	enum vm_bool hidden;   /* the hypervisor is hidden from the guest */
	enum vm_bool hyperv;   /* enlightenments for Windows; Proxmox adds them by itself (.os) */
	const char *hv_vendor; /* vendor id that the enlightenments show */
	unsigned phys_limit;   /* limit on the guest's physical address bits; 0: none */
};

/* ---- the guest's PCI bus 0 ------------------------------------------------------------------------------------- */

enum vm_place {
	VM_PLACE_AUTO,	 /* the target or QEMU picks */
	VM_PLACE_ROOT,	 /* on the root bus: this is 00:dev.fn in the guest */
	VM_PLACE_BEHIND, /* behind a bridge or a root port */
	VM_PLACE_NO_BUS, /* on a bus that this machine type has not: QEMU ends */
};

struct vm_slot {
	enum vm_place place;
	uint8_t dev, fn;
	const char *bus; /* as written: "pci.0", "pcie.0", "0x05"; NULL: not said */
};

/* What sits on the root bus of the guest, or will by the rules of the target and of QEMU. */
struct vm_holder {
	uint8_t dev, fn;
	const char *who;  /* "ICH9 LPC bridge", "PCI bridge pci.2", "hostpci0" */
	const char *from; /* what in the definition puts it there; NULL: the machine type itself */
	bool igd_lpc;	  /* the bridge that QEMU makes for an IGD: it does not disturb */
};

/* ---- devices ------------------------------------------------------------------------------------------------ */

struct vm_setting {		  /* one property of QEMU set on a device */
	const char *name, *value; /* value as QEMU takes it: "on", "0x2" */
	const char *from;	  /* "args", "qemu:override", "qemu:commandline", "-device" */
	bool late;		  /* by -set */
};

struct vm_pci {		  /* a PCI function of the host, or a mediated device of one */
	const char *id;	  /* what -set and <qemu:override> call it: "hostpci0", "hostdev0"; NULL: it has no name */
	const char *from; /* "hostpci0", "args", "hostdev 2" (counted from 0), "-device" */
	bool has_host;
	struct pci_addr host; /* .fn VM_FN_ALL: the whole slot */
	unsigned n_hosts;     /* alternatives that the definition lists; .host is the first */
	const char *mapping;  /* Proxmox resource mapping instead of an address */
	const char *mdev;     /* type or UUID of a mediated device */
	struct vm_slot guest;
	const char *romfile;	 /* absolute where the target's rule makes it so; "" : none at all */
	const char *romfile_raw; /* as written */
	enum vm_bool rombar, x_vga, legacy_igd, pcie, multifunction, managed;
	enum vm_bool display, ramfb;
	const char *driver;	     /* "vfio-pci", "vfio-pci-nohotplug", Proxmox "keep"; NULL: the target's own */
	unsigned boot;		     /* place in the boot order; 0: not in it */
	bool raw;		     /* given to QEMU by raw arguments: the target knows nothing of it */
	struct vm_setting *settings; /* all others, in the order QEMU sees them: the last of a name counts */
	size_t n_settings;
};

struct vm_usb {			  /* a USB device of the host */
	const char *from;	  /* "usb0", "hostdev 3" */
	uint16_t vendor, product; /* 0: by port */
	const char *port;	  /* "1-14.2"; NULL: by id */
	const char *mapping;
	bool spice;
};

enum vm_disk_bus { VM_DISK_IDE, VM_DISK_SATA, VM_DISK_SCSI, VM_DISK_VIRTIO, VM_DISK_OTHER };

struct vm_disk {
	const char *from; /* Proxmox key "scsi0"; libvirt target "sda"; QEMU drive id */
	enum vm_disk_bus bus;
	unsigned index;
	bool cdrom;
	const char *source; /* volume id, file or block device; NULL: an empty drive */
	const char *format; /* "raw", "qcow2"; NULL: not said */
	const char *cache, *aio, *serial, *size;
	enum vm_bool discard, iothread, ssd, readonly;
	unsigned boot; /* place in the boot order; 0: not in it */
};

struct vm_net {
	const char *from;  /* "net0", "interface 0" */
	const char *model; /* "virtio", "e1000" */
	const char *mac, *bridge, *network;
	unsigned tag, mtu, queues; /* 0: none */
	enum vm_bool firewall;	   /* Proxmox's own */
	enum vm_bool link_down;
	bool user; /* QEMU's user network */
	unsigned boot;
};

struct vm_tpm {
	bool there;
	const char *version; /* "1.2", "2.0" */
	const char *state;   /* volume; NULL: the target keeps it */
};

/* ---- what does not fit in a field --------------------------------------------------------------------------- */

struct vm_fwcfg { /* a fw_cfg file given by hand */
	const char *name, *from;
};

struct vm_arg {			    /* a raw QEMU option: "-device", "vfio-pci,host=..." */
	const char *option, *value; /* value NULL: takes none, or none is there */
};

struct vm_other {
	const char *what;  /* "hookscript", "interface/bandwidth" */
	const char *value; /* as written; may be "" */
};

/* Faults that only the reader of a target's words can see. */
enum vm_fault_kind {
	VM_FAULT_UNKNOWN_KEY,  /* Proxmox drops it at its next write */
	VM_FAULT_BAD_VALUE,    /* the same for a value out of its grammar */
	VM_FAULT_DUPLICATE,    /* a key or section twice: the last one counts */
	VM_FAULT_COMMENT,      /* '#' lines between keys, which Proxmox moves to the top */
	VM_FAULT_NO_DEVICE,    /* -set or override of a device that is not there */
	VM_FAULT_JSON_SET,     /* -set of a device that libvirt gives as JSON: QEMU ends */
	VM_FAULT_NAMESPACE,    /* qemu: elements that libvirt drops, the namespace being wrong or missing */
	VM_FAULT_DOUBLE_HOST,  /* the same host device twice */
	VM_FAULT_DOUBLE_GUEST, /* two devices at one guest address */
	VM_FAULT_RELATIVE,     /* a path that must be absolute */
	VM_FAULT_NO_PROPERTY,  /* a word that is no property of QEMU's device ("legacy-igd" in an override) */
	VM_FAULT_SHORT_BOOL,   /* "readonly" for "readonly=on" */
	VM_FAULT_KINDS
};

struct vm_fault {
	enum vm_fault_kind kind;
	const char *from; /* where: "line 3", "net3", "os/nvram" */
	const char *text; /* what is there */
};

/* ---- the whole ---------------------------------------------------------------------------------------------- */

enum vm_os { VM_OS_UNSAID, VM_OS_LINUX, VM_OS_WINDOWS, VM_OS_OTHER };

struct vm {
	struct arena *arena;
	enum vm_target target;
	bool fragment; /* a piece of a definition: what is not there is not missing */

	const char *id; /* Proxmox VMID, "100"; NULL elsewhere or unknown */
	const char *name, *uuid, *vmgenid, *description;
	enum vm_os os;
	unsigned windows; /* 7, 8, 10, 11; 0: unknown */
	const char *os_raw;
	enum vm_bool onboot;

	struct vm_machine machine;
	struct vm_firmware firmware;
	struct vm_cpu cpu;
	uint64_t memory_mib;
	enum vm_bool balloon; /* NO: no balloon device */
	uint64_t balloon_mib;
	enum vm_bool locked, hugepages;

	const char *display; /* "none", "std", "virtio", "qxl"...; NULL: the target's default, which is a VGA */
	const char *display_raw;
	const char *display_from;
	enum vm_bool agent, tablet, screen; /* screen: VNC or SPICE shows the emulated display */
	unsigned n_serial;

	struct vm_pci *pcis;
	size_t n_pcis;
	struct vm_usb *usbs;
	size_t n_usbs;
	struct vm_disk *disks;
	size_t n_disks;
	struct vm_net *nets;
	size_t n_nets;
	struct vm_tpm tpm;
	const char *audio, *rng;

	const char *boot_raw;	/* Proxmox "boot:"; NULL: not said */
	bool boot_empty;	/* an order is said and names nothing */
	const char **boot_lost; /* names in the order that no device has */
	size_t n_boot_lost;

	struct vm_holder *holders; /* the root bus, ascending by slot */
	size_t n_holders;
	struct vm_fwcfg *fwcfgs;
	size_t n_fwcfgs;
	struct vm_arg *args; /* raw QEMU options beside the target's words, in order */
	size_t n_args;
	struct vm_other *others;
	size_t n_others;
	struct vm_fault *faults;
	size_t n_faults;

	const char *lock;	/* Proxmox "lock:" */
	bool pending;		/* changes wait for the next start */
	const char **snapshots; /* those whose PCI devices, args or machine differ */
	size_t n_snapshots;
	enum vm_bool json_devices; /* libvirt: does it give devices as JSON? UNSAID: its version decides */
};

/* What a writer or a translation could not say in its target's words. */
struct vm_lost {
	const char *what; /* "hookscript", "tag 60 of net0" */
	const char *why;  /* what to do about it, or why it does not matter */
};

struct vm_losses {
	struct arena *arena;
	struct vm_lost *v;
	size_t n;
};

void vm_lose(struct vm_losses *l, const char *what, const char *why);

/* The UUID under which a mediated device lies: its own, or for a type one that somebody must make, which @l tells. */
const char *vm_mdev_uuid(const struct vm *v, const struct vm_pci *p, struct vm_losses *l);

/* An empty definition for @target: what a target takes for granted, and nothing else. */
void vm_init(struct vm *v, enum vm_target target, struct arena *a);

/* Copy @from so that the copy's lists can be changed; strings are shared. False when the arena is full. */
bool vm_copy(const struct vm *from, struct vm *ret);

/* A machine type's name taken apart; "" and NULL are "not said". Strings go into @a. */
void vm_machine_read(struct span raw, struct arena *a, struct vm_machine *ret);

/* The last setting of that name, '_' and '-' being different to QEMU; NULL: not set. */
const struct vm_setting *vm_setting(const struct vm_pci *p, const char *name);
/* Its value as QEMU's boolean: on/off, yes/no, true/false, y/n (qapi_bool_parse(), since 6.0). */
enum vm_bool vm_setting_bool(const struct vm_pci *p, const char *name);
/* Its value as a number, decimal or hexadecimal. False when it is not set or no number. */
bool vm_setting_number(const struct vm_pci *p, const char *name, uint64_t *ret);
/* Set or, with @value NULL, remove all settings of that name. */
void vm_setting_put(struct vm *v, struct vm_pci *p, const char *name, const char *value, const char *from);

/* What sits at 00:@dev.@fn of the guest's root bus, not counting @but (an id or .from; NULL: count all); NULL:
 * nothing. */
const struct vm_holder *vm_holder(const struct vm *v, uint8_t dev, uint8_t fn, const char *but);
struct vm_holder *vm_hold(struct vm *v, uint8_t dev, uint8_t fn, const char *who, const char *from);
/* What the machine type itself puts there (QEMU hw/i386/pc_piix.c, pc_q35.c). */
void vm_hold_machine(struct vm *v);
/* The passed-through devices on it. */
void vm_hold_pcis(struct vm *v);

/* Note each device of the host that is given twice; shares of one are no such. */
void vm_hosts_compare(struct vm *v);

/* Is it a word of Proxmox's hostpci that QEMU's device has not? */
bool vm_is_no_property(const char *name);

void vm_fault(struct vm *v, enum vm_fault_kind kind, const char *from, const char *text);
void vm_other(struct vm *v, const char *what, const char *value);
void vm_arg(struct vm *v, const char *option, const char *value);
struct vm_pci *vm_pci_of(struct vm *v, const char *id); /* NULL: none of that id */

/* QEMU's boolean (qapi_bool_parse()); UNSAID for NULL and for what is none. */
enum vm_bool vm_bool_read(const char *value);

const char *vm_target_str(enum vm_target t); /* "pve", "libvirt", "qemu" */
bool vm_target_parse(const char *s, enum vm_target *ret);
