/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rows.h - the tables of findings by subject, and the questions that several rows ask; private to check/, but for the
 * questions about configured options and guests, which plan/ asks too.
 */
#pragma once

#include "check/check.h"
#include "fw/igd_id.h"

/* Each table ends with a row without id. They run in this order: the chain from firmware to guest. */
extern const struct check rows_firmware[]; /* VT-d, DMAR, IOMMU, the IGD's presence */
extern const struct check rows_group[];	   /* groups and what the host would lose with them */
extern const struct check rows_owner[];	   /* who owns the GPU: drivers, framebuffer, console */
extern const struct check rows_conf[];	   /* lines of the present configuration */
extern const struct check rows_mode[];	   /* what a mode needs of chip, kernel and QEMU */
extern const struct check rows_log[];	   /* lines of logs that name a cause, or that people wrongly chase */

/* The IGD's PCI function, or NULL. */
const struct pci_fn *row_igd(const struct facts *f);
bool row_igd_is(const struct facts *f, uint16_t vendor);

/* PASS, FAIL or UNKNOWN from a fact that should be @want, with the evidence. */
enum verdict row_tri(struct evidence *ev, struct fact_tri fact, enum tri want, const char *what);

/*
 * The next configured kernel option @key, @after the last one: of the running command line when @running,
 * else also of what boot loader files will pass next time. '-' and '_' are alike in it.
 */
const struct conf *row_option(const struct facts *f, const char *key, bool running, const struct conf *after);

/* Does a comma-separated option value hold @word? */
bool row_value_has(const char *value, const char *word);

/*
 * The next configured option of a kernel module: "options M K=V" in modprobe.d or M.K=V on a command line.
 */
const struct conf *row_module_option(const struct facts *f, const char *module, const char *key,
				     const struct conf *after);

/* Is a boolean option of the kernel or of a module on? A bare word is (@value NULL); "" is not (Linux kstrtobool()).
 */
bool row_is_on(const char *value);

/* The next place that switches a boolean module option on, @after the last one. */
const struct conf *row_module_option_on(const struct facts *f, const char *module, const char *key,
					const struct conf *after);

/* Does the guest's definition name the function at @a, by itself or with its whole slot? */
bool row_guest_names(const struct guest *g, struct pci_addr a);

/* Does the host's CPU, or its GPU where that is not known, come from this maker? */
bool row_intel_host(const struct facts *f);
bool row_amd_host(const struct facts *f);

/* The next line that keeps @module from loading: "blacklist", "install M /bin/false", (module|modprobe.)blacklist=.
 */
const struct conf *row_blacklist(const struct facts *f, const char *module, const struct conf *after);

/*
 * What is meant for VMs, sorted once per run: each function is looked up by several rows, and a text can hold
 * megabytes of both. Of either list the first PLANS_MAX count; the kernel itself reads no more than 1024 characters
 * of ids= (drivers/vfio/pci/vfio_pci.c).
 */
#define PLANS_MAX 4096

struct row_plans {
	struct row_id {
		uint32_t id; /* vendor << 16 | device */
		size_t at;   /* its place among all ids as written, index of .confs */
	} * ids;	     /* by id, then place */
	size_t n_ids;
	const struct conf **confs; /* the options that the ids stand in, in the order written */
	struct row_guest_fn {
		struct pci_addr addr; /* fn 8: the whole slot */
		const struct guest *guest;
	} * fns; /* by address, then order of guests */
	size_t n_fns;
};

/* Owned by @a; NULL when that is full. */
const struct row_plans *row_plans_make(const struct facts *f, struct arena *a);

/* The first entry of ids= that names @p, or NULL. */
const struct row_id *row_planned_id(const struct row_plans *plans, const struct pci_fn *p);

/* Is @p named by a vfio-pci ids= option (returned), or NULL? */
const struct conf *row_vfio_ids(const struct evidence *ev, const struct pci_fn *p);

/*
 * Is @p on its way to a VM: bound to vfio-pci, named by ids=, or in a guest's definition? Says how, in @buf or a
 * constant; NULL: it is not.
 */
#define ROW_HOW_STR 384
const char *row_claimed(const struct evidence *ev, const struct pci_fn *p, char buf[ROW_HOW_STR]);

/* Interrupt remapping: yes, no, or unknown, with the evidence. */
enum tri row_irq_remap(const struct facts *f, struct evidence *ev);

/*
 * What a log says by its silence: PASS when it is whole, or long enough that the line would likely be there; else
 * UNKNOWN with the reason. @ev gets evidence for UNKNOWN only.
 */
enum verdict row_log_silent(const struct facts *f, struct evidence *ev);

/* Evidence of one configured line. */
void row_conf_evidence(struct evidence *ev, const struct conf *c, const char *why);

/* QEMU's class by the installed version; false when unknown or not installed. */
bool row_qemu(const struct facts *f, enum qemu_class *ret);
