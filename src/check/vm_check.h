/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_check.h - a VM's definition judged: for itself, for the release of QEMU that will run it, and for the host.
 *
 * Rows are those of check.h with a test that sees the definition too. What a row needs and nobody knows makes it
 * UNKNOWN, as there.
 */
#pragma once

#include "check/check.h"
#include "check/setup.h"
#include "fw/igd_id.h"
#include "store/vm.h"

struct rom_look { /* a file that the definition names as ROM, looked at on the host */
	const char *path;
	enum tri there;
	const char *fault; /* why it is no option ROM; NULL: it is one, or nobody looked */
	bool looked;	   /* the four below are known */
	bool vbios, efi;   /* it holds an image of code type 0, 3 */
	uint16_t vendor, device;
	bool fits; /* one of its images names the GPU of this host */
};

struct vm_look { /* what the caller found out beside the facts */
	const struct rom_look *roms;
	size_t n_roms;
	const char *qemu; /* release that will run it, "10.1.2"; NULL: the host's, else the one that the machine type
			     asks for */
	enum mode mode;	  /* asked for, where .mode_asked */
	bool mode_asked;
};

struct vm_case {
	const struct vm *vm;
	const struct facts *f;
	const struct vm_look *look;
	bool qemu_known;
	unsigned major, minor;
	enum qemu_class qemu;
	const char *qemu_from;
	const struct vm_pci *gpu;   /* that passes the host's GPU or a part of it; NULL: none does */
	const struct pci_fn *fn;    /* its function on the host, NULL: not seen */
	const struct igd_id *id;    /* the chip; NULL: not known */
	enum mode mode;		    /* what the definition amounts to; only with .gpu */
	const struct rom_look *rom; /* the GPU's; NULL: nobody looked, or it has none */
	enum tri legacy;	    /* QEMU's own legacy mode takes the GPU: machine, slot, release and chip fit */
	enum tri no_rom;	    /* it would, but there is no ROM; .legacy is TRI_NO then */
};

/* Put together what the rows ask about. */
void vm_case_make(const struct vm *v, const struct facts *f, const struct vm_look *look, struct vm_case *ret);

/* Run the table: @ret as checks_run() leaves it, without verdicts of modes. 0 or -IGD_ENOMEM. */
int vm_lint(const struct vm_case *c, struct findings *ret) _must_check_;

/* "10.1.2", "9.2": the first two numbers of a release. False for anything else. */
bool vm_release_parse(const char *s, unsigned *major, unsigned *minor);

/* The width of addresses that the host's VT-d units translate, the least of them; 0: not known. */
unsigned vm_host_mgaw(const struct facts *f);

/* The rows of all tables, for documentation and tests; as checks_table(). */
size_t vm_checks_table(const struct check **ret, size_t max);
