/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * planning.h - what plan and apply share: a plan made as the command line says, and its words.
 */
#pragma once

#include "cli/making.h"
#include "cli/view.h"
#include "plan/plan.h"

/* clang-format off */
/* Rows of both option tables: what a plan is made for. */
#define PLANNING_OPTIONS \
	{ 0, "vm", "ID|FILE", "the VM that gets the GPU; without one the plan is of the host's part alone" }, \
	{ 0, "mode", "MODE", "auto (default), legacy, uefi, upt, sriov, gvtg or amd-apu" }, \
	{ 0, "qemu", "RELEASE", "plan for this QEMU, 10.1; else the host's" }, \
	{ 0, "rom", "FILE", "option ROM to show to the guest's firmware" }, \
	{ 0, "with", "WHAT", \
	  "also give keyboard, mouse, bluetooth, wifi, audio, a USB id or port, a PCI address; repeat it" }, \
	{ 0, "mdev", "TYPE", "type of the mediated device in the gvtg mode" }
/* clang-format on */

struct planning {
	struct making m;
	struct plan plan;
	struct arena arena; /* the plan's */
	bool vm;	    /* a definition is part of it */
};

/*
 * Read the host that the command line names, and the VM where it names one, and make the plan; with --now the one
 * that is tried at once. EXIT_DONE; EXIT_REFUSED, and .plan says why; or the status of a failure that was told.
 * planning_done() in all cases.
 */
int planning_begin(struct planning *p, const struct cli *cli, const char *command) _must_check_;
void planning_done(struct planning *p);

/* Does the host's last console go dark by what the plan does, as the machine is now? */
bool planning_is_dark(const struct planning *p);

/* What was chosen and why, or that it is refused. */
void planning_head(const struct view *v, struct planning *p);
/* The operations with their diffs, and the notes. */
void planning_steps(const struct view *v, const struct plan *plan);
