/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.h - what would change on the host and in a VM's definition, as data.
 *
 * A plan is an ordered list of operations; nothing here is carried out. Each one says what it acts on, what it found
 * there, what it leaves there, how it is undone, and which finding asks for it. The same facts and the same wish give
 * the same plan, byte for byte: nothing in it depends on the time, on an address in memory or on an order of reading.
 */
#pragma once

#include "base/arena.h"
#include "check/check.h"
#include "facts/facts.h"

enum op_kind {
	OP_WRITE, /* create a file or replace its bytes */
	OP_RUN,	  /* run a command that makes a generated file anew, or that keeps the setting itself */
	OP_VM,	  /* bring a VM's definition to new bytes; .argv is empty where the bytes are written by libvirt */
	OP_BIND,  /* give a PCI function to another driver at once, by driver_override; the next boot forgets it */
};

struct operation {
	enum op_kind kind;
	const char *target; /* absolute path on the machine; for OP_RUN what is made anew ("/boot/grub/grub.cfg"); for
			       OP_BIND the function's address */
	enum tri there;	    /* OP_WRITE, OP_VM: is there a file now? UNKNOWN: the facts do not tell */
	struct span before; /* its bytes now; empty when there is none or they are unknown */
	struct span after;  /* its bytes then */
	bool gone;	    /* OP_WRITE: the file is removed; .after is empty */
	/* OP_WRITE of a file that is not there: on the way back it holds this while the commands run, and goes then;
	 * for readers that make do with the running kernel's words when it is missing. NULL: it goes at once */
	const char *meanwhile;
	char before_sha256[65], after_sha256[65]; /* lower-case hex; "" for what is not there or not known */
	unsigned mode;				  /* of a new file, octal 0644; 0: as it is */
	/*
	 * OP_RUN: .inverse undoes it; NULL: running .argv again after the files are back. Both end with NULL. With
	 * "%K" in its words it is run once for each kernel that is installed at that time, its release for "%K"; a
	 * kernel whose image is not where a word with "/vmlinuz" in it says is none of these, and a word behind it
	 * with "/initrd" in it is left out where that image is not there.
	 */
	const char *const *argv;
	const char *const *inverse;
	const char *driver_before, *driver_after; /* OP_BIND: "" for none */
	const char *const *const *commands;	  /* OP_VM: the same change as commands, each an argv; NULL-ended */
	const char
		*reason;  /* id of the finding that asks for it, "iommu.off", or of a rule of a plan, "plan.sound" */
	const char *says; /* why, in one sentence */
};

/*
 * What will be so once the plan is carried out, for those who look: the engine after the last operation (what is made
 * out of the files), verify after the reboot (what the machine then does). In the order of the chain: the first one
 * that is broken is the cause of those below it.
 */
enum promise_kind {
	PROMISE_ENTRY,	/* the boot entries in .where hold the word .what */
	PROMISE_IMAGE,	/* each initramfs in .where holds a file whose path ends in .what; "vfio-pci" is a module */
	PROMISE_WORD,	/* the running kernel was started with the word .what */
	PROMISE_GROUP,	/* the function .where has an IOMMU group; .what is empty */
	PROMISE_DRIVER, /* the function .where has the driver .what; "" for none */
};

struct promise {
	enum promise_kind kind;
	const char *where; /* files as patterns of fnmatch(3) between blanks, each part of a path by itself, one with
			      "%K" for each kernel that is installed then; or an address, "0000:00:02.0"; "" for
			      PROMISE_WORD */
	const char *what;
	bool absent;	    /* the opposite: does not hold, was not started with */
	const char *reason; /* as an operation's */
};

/* What the plan has to tell beside its operations: why something is not done, what only a person can do, what the
 * owner will lose, what the screen will show on the way. */
enum plan_word { PLAN_WHY, PLAN_NOT_NEEDED, PLAN_BY_HAND, PLAN_WARNING, PLAN_SCREEN };
struct plan_note {
	enum plan_word word;
	const char *id; /* of the finding or rule it speaks of; NULL: none */
	const char *text;
};

struct plan {
	struct arena *arena; /* owns everything here */
	enum mode mode;	     /* MODE_COUNT: none works, and the plan is refused */
	struct operation *ops;
	size_t n_ops;
	struct promise *promises;
	size_t n_promises;
	struct plan_note *notes;
	size_t n_notes;
	unsigned guard_seconds; /* after the next boot: so long may pass without a confirmation before the plan is
				   taken back; 0: no guard */
	bool refused;		/* the last note says why; there are then no operations */
};

/* What the host is to give away. */
struct plan_wish {
	enum mode mode;
	const struct pci_addr *devices; /* functions that go to the VM, the GPU first */
	size_t n_devices;
	bool late; /* the target binds at the VM's start (Proxmox, libvirt managed='yes'): nothing to bind at boot for
		      devices other than the GPU */
};

/*
 * Add an operation or a note; false when the arena is full. Digests are filled in by plan_add(). @op's strings and
 * bytes are borrowed: they live as long as the plan (in its arena, or in the facts that it was made from).
 */
bool plan_add(struct plan *p, const struct operation *op) _must_check_;
/* The same for a promise; one that is made already is made once. */
bool plan_promise(struct plan *p, const struct promise *q) _must_check_;
void plan_tell(struct plan *p, enum plan_word word, const char *id, const char *fmt, ...) _printf_(4, 5);
/* Is it plan_now()'s: in force at once, and over with the next boot? */
bool plan_is_try(const struct plan *p);
/* Is it in force only with the next boot? Neither a try is, nor what changes a VM alone. */
bool plan_wants_boot(const struct plan *p);
/* Does it only bring the IOMMU, so that the next plan can give the GPU? */
bool plan_is_first_stage(const struct plan *p);
/* Drop all operations and say why. */
void plan_refuse(struct plan *p, const char *id, const char *fmt, ...) _printf_(3, 4);

/* Lower-case hex of the SHA-256 of @bytes (FIPS 180-4). */
void plan_sha256(struct span bytes, char ret[65]);

/* Files that plan_host() writes whole; any other file it only takes words out of, or, where a boot loader has no
 * folder for such files, puts words into. NULL-ended. */
extern const char *const plan_own_files[];

/* Is it a finding that plan_host() has an operation against, so that it need not keep a mode from being chosen? */
bool plan_mends(const char *id);

/*
 * The host's part: kernel options, module options, initramfs; only what a fact of @f shows a need for. @p starts
 * zeroed but for .arena; it borrows from @f. Refuses when a device is not there, its group is none or not known, or
 * holds what the host must not lose. While the IOMMU is off nobody knows the groups: the plan then only turns it on,
 * binds nothing, and says so. 0, or -IGD_ENOMEM.
 */
int plan_host(const struct facts *f, const struct findings *found, const struct plan_wish *w,
	      struct plan *p) _must_check_;

/*
 * The way back when nobody can see the screen (guard.c), put in front of the operations of @p: a unit of systemd that
 * runs "@program guard" at each boot, and a spare boot entry, where the boot loader can have one, that starts the
 * host without what the plan adds. @seconds: .guard_seconds from then on. To a plan without operations it is the
 * guard for changes that wait for their boot. A host without systemd gets none, with a warning. 0, or -IGD_ENOMEM.
 */
int plan_guard(const struct facts *f, const char *program, unsigned seconds, struct plan *p) _must_check_;
/* Are the bytes of @op, one of its two files, those for @program? */
bool plan_guard_admits(const struct operation *op, const char *program);
/* "15 minutes", "90 seconds"; of @a. */
const char *plan_minutes(struct arena *a, unsigned seconds);
#define PLAN_GUARD_UNIT	 "/etc/systemd/system/igdctl-guard.service"
#define PLAN_GUARD_WANTS "/etc/systemd/system/multi-user.target.d/igdctl-guard.conf"
/* Is it one of the two files that start the guard? */
bool plan_is_guard(const struct operation *op);

/* The operations for the spare boot entry, behind those that @p has (spare.c). A boot loader that cannot have one
 * gets none, with a note. 0, or -IGD_ENOMEM. */
int plan_spare(const struct facts *f, struct plan *p) _must_check_;
/* Are @bytes what plan_spare() could write to @path, one of its own of plan_own_files? */
bool plan_spare_admits(const char *path, struct span bytes);

/* Instead of plan_host(): try it now, without a reboot and without a file, by OP_BIND (now.c). Refused while a
 * session or a console holds the GPU. 0, or -IGD_ENOMEM. */
int plan_now(const struct facts *f, const struct findings *found, const struct plan_wish *w,
	     struct plan *p) _must_check_;

/*
 * What @p does, by its operations and what stands on the machine (effect.c); for a plan in a file, whose notes are of
 * the day that it was made on. Does vfio-pci get the GPU of @f, at once or at the next boot?
 */
bool plan_takes_gpu(const struct facts *f, const struct plan *p);
/* Why @p is not for the machine of @f as it is now, a sentence of @p's arena: it gives vfio-pci a device that is not
 * there, or gives it any while the IOMMU is off. NULL: nothing speaks against it. */
const char *plan_misfit(const struct facts *f, const struct plan *p);

/* A note that the host's only console goes dark, and what leads in without it. */
void plan_warn_dark(const struct facts *f, const struct findings *found, struct plan *p);

/* What the owner will see on the screen of the host at each step, as notes PLAN_SCREEN, where the GPU leaves it. */
void plan_screen(const struct facts *f, const struct findings *found, struct plan *p);

/*
 * Could a plan of ours hold @op? Files and programs that no rule here ever writes or runs are refused, so that a plan
 * in a file, which anybody may have edited, does no more than plans do (admit.c). @ret_why: a sentence.
 */
bool plan_admits(const struct operation *op, const char **ret_why);
/* Is @op, an OP_VM, about a definition where Proxmox or libvirt keep theirs, or else about @named, the file that the
 * owner said himself? NULL: he named none. */
bool plan_admits_vm(const struct operation *op, const char *named);
/* Is it a word that plans add to a kernel's command line, "intel_iommu=on"? */
bool plan_admits_word(struct span word);
