/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read.h - how a snapshot gets filled; private to facts/.
 *
 * The first reading of a fact wins: facts_set_*() leave a known fact alone, so readers run from the
 * best source to the worst (sysfs before the kernel log, a config space dump before lspci's words).
 * A second, different reading is a note in the report, not a change.
 */
#pragma once

#include "facts/facts.h"
#include "host/host.h"

/* The whole of one source into @f. The caller closes it with facts_finish(). */
int facts_read_tree(struct facts *f, struct host *h, struct report *rep) _must_check_;
int facts_read_bundle(struct facts *f, const char *path, struct report *rep) _must_check_;

void fact_str_set(struct fact_str *fact, const char *v, const char *from);
void fact_num_set(struct fact_num *fact, uint64_t v, const char *from);
void fact_tri_set(struct fact_tri *fact, bool yes, const char *from);
/* Replace the reason of a fact that is still unknown. */
void fact_str_why(struct fact_str *fact, const char *why);
void fact_num_why(struct fact_num *fact, const char *why);
void fact_tri_why(struct fact_tri *fact, const char *why);

/* "FILE:LINE" in the arena. */
const char *facts_at(struct facts *f, const char *file, size_t line);

/* ---- texts that several sources share (facts/conf.c, facts/log.c, facts/pci_words.c) ---------------- */

/*
 * A configuration text of @kind, parsed by store/ and appended to .confs row by row. @first_line numbers
 * its first line. For CONF_CMDLINE it also sets .cmdline.
 */
int facts_conf_text(struct facts *f, enum conf_kind kind, const char *file, struct span text,
		    size_t first_line) _must_check_;

/*
 * The bytes of a configuration file, kept for plans; @path is absolute. The first answer for a path stays. Bytes are
 * the arena's. @there unknown: @why says so.
 */
#define TEXTS_MAX ((size_t)1024)
void facts_text_add(struct facts *f, const char *path, enum tri there, struct span bytes, const char *why);

/* Lines of a kernel log (dmesg, journalctl -k, kern.log) appended to .log, time stamps taken apart. */
int facts_log_text(struct facts *f, const char *file, struct span text, size_t first_line) _must_check_;

/* What the collected .log tells that is not known yet: PCI functions with class and type, groups, DMAR, the command
 * line, DMI, kernel version, NIC names, reserved memory. Run once, after better sources. */
int facts_log_apply(struct facts *f, struct report *rep) _must_check_;

/* Configuration space bytes of @p: fills .config and every field the bytes tell. */
void facts_pci_config(struct facts *f, struct pci_fn *p, struct span config, const char *from);

/* The registers of the IGD out of its .config, decoded as its generation does. facts_finish() calls it. */
void facts_igd_regs(struct facts *f);

/* A group listed for @p; makes the group row when it is new. */
int facts_group_add(struct facts *f, struct pci_fn *p, uint64_t group, const char *from) _must_check_;
struct iommu_group *facts_group_get(struct facts *f, uint64_t id);

/* Guests: a Proxmox .conf (VM or container) or libvirt XML, only as far as who uses which device. */
int facts_guest_pve(struct facts *f, const char *kind, const char *id, const char *file,
		    struct span text) _must_check_;
/* The same for a QEMU command line, which is not added when it names no host function, and for a libvirt domain, or a
 * piece of one, which is not when it has neither a name nor a host function. */
int facts_guest_qemu(struct facts *f, const char *from, struct span text) _must_check_;
int facts_guest_libvirt(struct facts *f, const char *from, struct span xml) _must_check_;

/* The interface called @name, added when it is new; NULL when there is no room or it is no such name. */
struct netif *facts_net(struct facts *f, struct span name, const char *from);
/* Which interfaces the default route needs, once .default_if and the bridges are known. */
void facts_routes(struct facts *f);
/* Does @n, one of .nets, carry what goes through the interface @name: itself, or by what stands on it? */
enum tri facts_net_carries(const struct facts *f, const struct netif *n, const char *name);

/* @name stands on @n. */
void facts_net_above(struct facts *f, struct netif *n, struct span name, const char *from);

/* Which function an interface is, where only its name or the lack of another tells. facts_finish() calls it. */
void facts_nets_place(struct facts *f);

/* An installed package: kept when it matters here. True when it was. */
bool facts_package(struct facts *f, struct span name, struct span version, const char *from);
bool facts_package_matters(struct span name);
/* A loaded module. -IGD_ELIMIT. */
int facts_module(struct facts *f, struct span name, const char *from) _must_check_;
