/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rom_check.h - an option ROM judged as the romfile of a GPU: for the guest's firmware that is to run what is in it,
 * for the release of QEMU that hands it over, and for the chip.
 *
 * Rows are those of check.h with a test that sees the ROM. What a row needs and nobody knows makes it UNKNOWN, as
 * there; a row about the device is NOT_RUN when none was named.
 */
#pragma once

#include "check/check.h"
#include "fw/igd_id.h"
#include "fw/oprom.h"
#include "fw/pe.h"
#include "store/vm.h"

struct rom_payload { /* the driver in an EFI image, looked at by the caller */
	bool looked;
	const char *fault; /* why no loader takes it; NULL: it is a driver, .pe says which */
	struct pe pe;
	enum tri gop;	   /* it is a GOP driver */
	enum tri gop_fits; /* its table of devices has the one that the ROM is for */
};

struct rom_wish {	    /* what the ROM is to be used for; as far as the caller knows */
	bool seabios, ovmf; /* which firmware was asked about; neither: what the ROM and the machine suggest */
	bool machine_known; /* one was named */
	enum vm_machine_kind machine;
	const char *qemu; /* release, "10.1.2"; NULL: not said */
	const char *qemu_from;
	bool device_known;
	uint16_t vendor, device;
	const char *device_from; /* where that was read */
	const char *device_why;	 /* why it is not known: a host was read and does not tell; NULL: none was named */
};

struct rom_case {
	const struct rom_wish *wish;
	const char *path;
	size_t size;
	const struct oprom_chain *chain;    /* NULL: the file has no image */
	const char *none;		    /* then: what there is instead */
	const struct rom_payload *payloads; /* one for each image of the chain; NULL: nobody looked */
	bool seabios, ovmf;		    /* asked about */
	bool qemu_known;
	unsigned major, minor;
	enum qemu_class qemu;
	const struct igd_id *id;       /* the chip; NULL: not in the table, or no device is known */
	const struct oprom *legacy;    /* the image that SeaBIOS takes, or would but for its id; NULL: none */
	const struct oprom *first_efi; /* the first that OVMF gets to; NULL: none */
};

/* Put together what the rows ask about. @chain NULL: the file has no image, @none says what it has instead. */
void rom_case_make(const struct rom_wish *wish, const char *path, size_t size, const struct oprom_chain *chain,
		   const char *none, const struct rom_payload *payloads, struct rom_case *ret);

/* Run the table: @ret as checks_run() leaves it, without verdicts of modes. 0 or -IGD_ENOMEM. */
int rom_verify(const struct rom_case *c, struct findings *ret) _must_check_;

/* The rows, for documentation and tests; as checks_table(). */
size_t rom_checks_table(const struct check **ret, size_t max);

/* Why EDK II does not start the driver of an EFI image; NULL: it does, if it is made for the machine. */
const char *rom_efi_fault(const struct oprom *o);
