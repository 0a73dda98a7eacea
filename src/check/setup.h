/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setup.h - what QEMU must be told so that a GPU works in a VM, by mode, chip and release of QEMU.
 *
 * The table is derived from QEMU hw/vfio/igd.c of the releases 5.1 to 11.1 and docs/igd-assign.txt as rewritten for
 * 10.1. A setup is the answer that `vm lint` holds a definition against and that `plan` and `vm render` write.
 */
#pragma once

#include "check/check.h"
#include "fw/igd_id.h"
#include "store/vm.h"

enum rom_need {
	ROM_NO,	   /* none is run: the guest's driver brings the screen up, or there is none */
	ROM_VBIOS, /* code type 0, for SeaBIOS */
	ROM_UEFI,  /* code type 3: IGD assignment, GOP policy and the owner's GOP driver */
};

/* What decides. Zero is "not known" throughout, and is then taken for the usual. */
struct setup_case {
	enum mode mode;
	const struct igd_id *id; /* NULL: not known: only modes that need no knowledge of the chip have a setup */
	enum qemu_class qemu;
	enum vm_machine_kind machine; /* of the VM that there is; kept where the mode leaves the choice */
	bool secondary;		      /* the GPU has class 0380 on the host: the firmware made another one primary */
	uint64_t stolen;	      /* bytes that the host's firmware reserved; 0: not known */
};

#define SETUP_SETTINGS 6

struct setup {
	enum vm_machine_kind machine;
	bool any_firmware; /* the guest's firmware may stay what it is */
	enum vm_firmware_kind firmware;
	bool at_2;  /* the guest must see the GPU at 00:02.0 */
	bool alone; /* no emulated display beside it */
	enum rom_need rom;
	struct vm_setting settings[SETUP_SETTINGS];
	size_t n_settings;
	const char *note; /* a reservation; NULL: none */
};

/* 0 and @ret; or 1 and @why: this chip in this mode on this QEMU cannot work, and what would. */
int setup_make(const struct setup_case *c, struct setup *ret, const char **why);

/* The setting of that name, or NULL. */
const struct vm_setting *setup_setting(const struct setup *s, const char *name);

/* Which release of QEMU brought a property of vfio-pci: "x-igd-lpc" 10.0. False for one that it always had, or that
 * this program does not know. */
bool setup_property_since(const char *name, unsigned *major, unsigned *minor);

/* The oldest versioned machine type of a release, major * 100 + minor; 0: none was dropped yet. From 10.1 on those
 * older than six years are (3dfa5a5c71; tried with 11.1: 5.2). */
unsigned setup_oldest_machine(unsigned qemu_major, unsigned qemu_minor);

/* The x-igd-gms values that @qemu takes for a chip: @max, and whether 0xf0 to 0xfe are taken too. False: QEMU takes
 * none for it (hw/vfio/igd.c, vfio_probe_igd_bar4_quirk() and vfio_igd_pci_config_quirk()). */
bool setup_gms_range(enum qemu_class qemu, const struct igd_id *id, unsigned *max, bool *fine);
