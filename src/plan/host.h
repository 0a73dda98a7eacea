/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - what the parts of plan_host() share; private to plan/.
 *
 * host.c finds out what is needed. bind.c with ids.c, boot.c and initramfs.c turn that into files, which are staged:
 * however many words of one file change, it is written once, and not at all when its bytes come out as they were.
 * promise.c says what will then be so.
 */
#pragma once

#include "plan/plan.h"
#include "store/edit.h"

/* ---- files on their way ------------------------------------------------------------------------------------ */

struct staged {
	const char *path;
	struct span before, after;
	enum tri there;
	bool gone;
	unsigned mode;
	const char *meanwhile;	   /* as an operation's */
	const char *reason, *says; /* of the first that changed it; others' sentences are added to .says */
};

/* ---- kernel options ------------------------------------------------------------------------------------------ */

/*
 * One option that should stand in the kernel's command line, or go. One that is merely kept is left in a file of ours
 * where it stands already: on a host that has rebooted with it, nothing shows the need any more.
 */
enum option_wish { OPTION_ADD, OPTION_KEEP, OPTION_GO };

struct option {
	enum option_wish wish;
	const char *key, *value; /* NULL: a bare word */
	const char *reason, *says;
	const char
		*held; /* the word that boot entries will hold, or, where it is to go, lack; NULL: not by this plan */
};

#define OPTIONS_MAX 64
#define STAGED_MAX  64
#define DEVICES_MAX 64

struct host_plan {
	const struct facts *f;
	const struct findings *found;
	const struct plan_wish *w;
	struct plan *p;
	struct arena *a; /* .p's */
	struct option options[OPTIONS_MAX];
	size_t n_options;
	struct staged staged[STAGED_MAX];
	size_t n_staged;
	bool pending; /* the IOMMU, and with it the groups, comes only with the next boot: bind nothing */
	const struct pci_fn *bind[DEVICES_MAX]; /* what vfio-pci should get at boot */
	size_t n_bind;
	const struct pci_fn *bound[DEVICES_MAX]; /* of these, what it then does get */
	size_t n_bound;
	bool bound_by_option; /* if the option vfio-pci.ids comes to be */
	bool in_initramfs;    /* vfio-pci and what modprobe.d says of it must be in the initramfs */
	bool has_modprobe;    /* there is then a HOST_MODPROBE */
	bool rebuild_initramfs, rebuild_boot;
	const char *rebuild_initramfs_for, *rebuild_boot_for; /* ids of the findings */
	struct operation commands[2];			      /* the boot loader's, where it keeps options itself */
	size_t n_commands;
	bool full; /* a list above is, or the arena */
};

void host_option(struct host_plan *h, enum option_wish wish, const char *key, const char *value, const char *reason,
		 const char *says);
/* "key=value" in the arena. */
const char *host_token(struct host_plan *h, const struct option *o);

/* The file at @path as it will be; NULL when its bytes are not known, or there is no room. */
struct staged *host_stage(struct host_plan *h, const char *path);
/* A file of ours: these bytes; none: it goes. Unknown bytes are written over, with a warning. */
void host_stage_own(struct host_plan *h, const char *path, const char *text, unsigned mode, const char *reason,
		    const char *says);
/* Is it staged and do its bytes differ from those before? */
bool host_changes(const struct host_plan *h, const char *path);
/* Note in @s that @says asked for its change. */
void host_staged_for(struct host_plan *h, struct staged *s, const char *reason, const char *says);

/* Does @c stand in a file of ours? In the file @path? */
bool host_is_own(const struct conf *c);
bool host_conf_in(const struct conf *c, const char *path);
/* The path of the file that @c stands in, in the arena. */
const char *host_conf_path(struct host_plan *h, const struct conf *c);
/* Does this ids= go because it takes the GPU, and nothing else, from a driver that is to divide it? */
bool host_ids_go(const struct host_plan *h, const char *value);
bool host_failed(const struct host_plan *h, const char *id); /* did this finding FAIL? */
bool host_has_word(const char *value, const char *word);     /* one of the comma-separated words */

/* True: the plan is refused, and says why. Is there an IOMMU that will be on; what of the wish leaves, into .bind. */
bool host_pending(struct host_plan *h);
bool host_devices(struct host_plan *h);
/* Another GPU than @p that could show the host's console; NULL: none. */
const struct pci_fn *host_other_gpu(const struct facts *f, const struct pci_fn *p);
/* Does @p show the host's console? With one GPU there is no question; else the framebuffer's name tells. */
bool host_shows_console(const struct facts *f, const struct pci_fn *p);

/* Will there be an entry of plan_spare()'s in the boot menu? */
bool spare_is_there(const struct facts *f, const struct plan *p);

/* The two files of plan_guard() (guard_text.c): the unit for a @program whose path means itself in a unit, in @a. */
bool guard_program_is_plain(struct span path);
const char *guard_unit(struct arena *a, struct span program);
extern const char guard_wants[];
/* Are these their bytes, for some program? */
bool guard_unit_text(struct span text);
bool guard_wants_text(struct span text);

/* Do these "--arg=..." have dracut put no more than modules and drivers into an initramfs (admit.c)? */
bool plan_admits_dracut(const char *const *argv, size_t n);

/* vfio-pci before the host's driver: modprobe.d or a kernel option, and the initramfs (bind.c). */
void host_bind(struct host_plan *h);
/* The first line of every text file of ours. */
#define HOST_HEAD     EDIT_OWN_HEAD "\n"
#define HOST_MODPROBE "/etc/modprobe.d/igdctl.conf"

/* ---- boot loaders (boot.c, boot_*.c) --------------------------------------------------------------------------- */

#define ARGV_MAX 8

struct boot_row {
	const char *name;
	const char *loaders;   /* values of facts.boot_loader, between blanks */
	const char *tools;     /* of facts.tools, all must be there; NULL: taken where no other row fits */
	const char *initramfs; /* of facts.initramfs, one of them; NULL: any */
	const char *distros;   /* of facts.distro_id: taken for it where the programs are not known; NULL: none */
	bool (*fits)(const struct facts *f); /* what must be so beside all that; NULL: nothing */
	/* Does an option count that stands where @c does? */
	bool (*reads)(const struct conf *c);
	/* Stage, or run, what the options ask for; note of each what the entries will hold (boot_hold()). */
	void (*keep)(struct host_plan *h, const struct boot_row *row);
	/* One word into, or out of, a file of the owner's: as in store/edit.h. No .remove: none is touched. */
	int (*add)(struct span text, const char *token, struct arena *a, struct span *ret);
	int (*remove)(struct span text, const struct edit_word *w, struct arena *a, struct span *ret);
	/* What a file that is not there begins with, as it counts alone once it is; false: that is not known. */
	bool (*begin)(struct host_plan *h, struct staged *s);
	/* Where a program keeps the options: its command, and the inverse. */
	void (*command)(struct host_plan *h, const char *add, const char *go, struct operation *op);
	const char *file;	    /* what .keep writes */
	const char *before, *after; /* around the options in a file of ours */
	const char *where;	    /* for a person: where an option goes */
	bool each_entry;	    /* what stands, stands in each boot entry: they are not made of one file */
	bool by_program;      /* the running kernel's options are the next one's: no file that is read says more */
	bool makes_initramfs; /* .regenerate rebuilds the initramfs too */
	const char *makes;    /* what .regenerate makes anew */
	const char *regenerate[ARGV_MAX]; /* "%K" as an operation's .argv; empty: nothing to make */
	const char *entries;		  /* what then holds the options, as a promise's .where; NULL: not known */
	const char *images; /* where .regenerate puts the initramfs, or a copy, as .entries; NULL: nowhere known */
	/* The same as this host's files have it; NULL: as .images says. */
	const char *(*images_of)(const struct facts *f, struct arena *a);
	const char *hooked; /* the program that makes the initramfs and then runs .regenerate by itself; NULL: none */
	bool all_anew;	    /* all of .entries are made anew or edited: what goes is in none of them any more */
};

/* The row of this host, or NULL: a person must do it. */
const struct boot_row *boot_row_find(const struct facts *f);
/* The whole table, for tests. */
const struct boot_row *const *boot_rows(size_t *n);
/* Stage, or run, what the options ask for. */
void host_boot(struct host_plan *h);
/* Does an option of the same key hold @value where this boot loader reads it, outside our files? */
bool boot_stands(const struct host_plan *h, const struct boot_row *row, const struct option *o);
/* The command that makes the boot files anew, in the arena; NULL when there is none. */
const char *const *boot_command(struct arena *a, const struct boot_row *row);
const char *const *host_argv(struct host_plan *h, const char *const *words, size_t n);

/* ---- initramfs systems (initramfs.c) ------------------------------------------------------------------------ */

struct initramfs_row {
	const char *name;		     /* facts.initramfs */
	const char *tools;		     /* of facts.tools, all must be there; NULL: none */
	const char *distros;		     /* taken for it where the programs are not known; NULL: all */
	bool (*fits)(const struct facts *f); /* in place of the three above */
	const char *path;		     /* file of ours that puts vfio-pci into it; NULL: there can be none */
	const char *text;
	unsigned mode;
	void (*ask)(struct host_plan *h); /* what else must be so, told to a person; NULL: nothing */
	const char *by_hand;		  /* without .path: what a person must do */
	const char *makes;
	const char *regenerate[ARGV_MAX];
	const char *images;						  /* as a promise's .where; NULL: not known */
	const char *(*images_of)(const struct facts *f, struct arena *a); /* as a boot_row's */
};

const struct initramfs_row *initramfs_row_find(const struct facts *f);
const struct initramfs_row *const *initramfs_rows(size_t *n);
/* Does rpm-ostree make this host's? Then kernel options bind, and .modprobe.d is not looked at. */
bool initramfs_by_ostree(const struct facts *f);
/* @want: vfio-pci must be in it. */
void host_initramfs(struct host_plan *h, bool want, const char *reason);
void host_initramfs_run(struct host_plan *h);

/* What will be so once the plan is carried out (promise.c). */
void host_promise(struct host_plan *h);

/* ---- guard.c, spare.c ------------------------------------------------------------------------------------------ */

/* @text into the file of ours that @op names, with its .mode where it is new; nothing where it stands so already.
 * False: no memory. */
bool host_write_ours(const struct facts *f, struct operation op, const char *text, struct plan *p);
