/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oprom.h - the images in a PCI expansion ROM (PCI Firmware Specification 3.0, chapter 5; UEFI Specification 2.10,
 * 14.4.2 for the EFI header), wherever in a file they begin.
 *
 * A guest's firmware and the makers of graphics cards do not see the same chain. Firmware goes from image to image by
 * the lengths and the last flag of the PCIR structures. NVIDIA's tools go by a structure of their own behind it
 * (NPDE), through images with a signature of their own, which may lie inside an image of the firmware's chain or
 * behind its last. All of them are listed; .place says who sees them.
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "base/span.h"

#define OPROM_IMAGES_MAX  64
#define OPROM_DEVICES_MAX 128 /* in a list of devices */
#define OPROM_BLOCK	  512

enum oprom_code { OPROM_PC = 0, OPROM_OPEN_FIRMWARE = 1, OPROM_HP = 2, OPROM_EFI = 3 };

enum oprom_place {
	OPROM_CHAINED, /* each image before it leads here: every firmware gets to it */
	OPROM_GAP,    /* behind bytes that are no image: EDK II searches on in steps of 512 bytes, SeaBIOS gives up */
	OPROM_INSIDE, /* in the declared length of an image before it: for its vendor's tools alone */
	OPROM_BEHIND, /* behind the image that says it is the last, or behind one without a length */
};

enum oprom_sum {
	OPROM_SUM_NONE, /* no code type with a checksum, or no size to take it over, or not all bytes are there */
	OPROM_SUM_OK,
	OPROM_SUM_BAD,
};

struct oprom_efi {	      /* of code type 3; all zero when the header is not that of an EFI image */
	bool valid;	      /* 0x0ef1 at 4 */
	uint16_t subsystem;   /* 0xb: boot service driver, 0xc: runtime driver */
	uint16_t machine;     /* PE machine, 0x8664 */
	uint16_t compression; /* 0: none, 1: UEFI's own */
	uint16_t image_at;    /* of the driver, from the start of the image */
	struct span
		payload; /* the driver up to the end that the header gives, padding with it; .p NULL: none there */
};

struct oprom {
	size_t at;	   /* from the start of what was read */
	struct span bytes; /* the declared image, or what is there of it; borrows */
	enum oprom_place place;
	bool partial;	    /* declared longer than what is there */
	bool no_length;	    /* PCIR says 0: firmware that must pass it never gets on */
	bool nvidia;	    /* "VN" and NPDS or RGIS in place of 55 AA and PCIR */
	uint32_t init_size; /* bytes: byte 2, or of an EFI image the word at 2, times 512; 0 where there is none */
	enum oprom_sum sum; /* of init_size bytes, only of code type 0 */
	uint8_t sum_value;  /* what they add up to; 0 is right */
	uint16_t pcir_at;   /* from the start of the image */
	uint16_t pcir_size;
	uint8_t pcir_revision;
	uint16_t vendor, device;
	uint32_t class_code;	 /* 0x030000 */
	uint16_t vpd;		 /* PCIR of a revision before 3: pointer to vital product data */
	uint16_t blocks;	 /* declared length in units of 512 bytes */
	uint16_t revision;	 /* of the code in the image */
	uint8_t code_type;	 /* enum oprom_code; vendors use 0x70, 0xe0, 0xff for data */
	bool last;		 /* PCIR says that none follows */
	struct span devices;	 /* further device ids, 16 bits each, ending with 0; may be empty */
	bool revision3;		 /* the three below are there */
	uint16_t max_runtime;	 /* units of 512 bytes */
	uint16_t config_utility; /* pointer to the configuration utility's header, from the start of the image */
	uint16_t dmtf;		 /* pointer to the entry of DMTF's command line protocol */
	struct oprom_npde {
		bool there;
		size_t at; /* from the start of the image */
		uint16_t revision, blocks;
		bool last;
	} npde;
	struct oprom_efi efi;
	struct span vbt; /* of an Intel VBIOS: from the "$VBT" that the word at 1Ah points to on; .p NULL: none */
};

enum oprom_end {
	OPROM_END_LAST,	   /* an image says that it is the last */
	OPROM_END_MISSING, /* none does */
	OPROM_END_PARTIAL, /* the bytes end inside an image */
	OPROM_END_STUCK,   /* an image without length, and not the last */
};

enum oprom_tail { OPROM_TAIL_NONE, OPROM_TAIL_PADDING, OPROM_TAIL_DATA };

struct oprom_chain {
	struct span file;
	struct oprom images[OPROM_IMAGES_MAX];
	size_t n;
	bool more;	    /* there were more than that */
	enum oprom_end end; /* of the chain as firmware sees it */
	enum oprom_tail tail;
	size_t tail_at, tail_size; /* what lies behind the last of the images */
};

/*
 * Read the image at the front of @rom: 55 AA and a PCIR. 0 and @ret (place and at are 0), with notes of what is odd;
 * or -IGD_ETRUNC, -IGD_EMAGIC and @ret untouched. An image that is declared longer than @rom is read as far as it
 * goes.
 */
int oprom_read(struct span rom, struct oprom *ret, struct report *rep) _must_check_;

/*
 * Find the first image in @file, at whatever offset, and all that follow. 0 and @ret, which borrows from @file; notes
 * carry offsets in @file. -IGD_EMAGIC: there is none (the sentence says what there is instead), -IGD_ETRUNC: too
 * short for one; @ret untouched.
 */
int oprom_chain_read(struct span file, struct oprom_chain *ret, struct report *rep) _must_check_;

/* Does a file with a PCIR begin at @at of @s? Cheap; for those who look for ROMs in something larger. */
bool oprom_is(struct span s, size_t at);

/* The device of its list with that index; false behind the last. */
bool oprom_device(const struct oprom *o, size_t index, uint16_t *ret);

/* Does the image speak of a device, by its own id or its list? */
bool oprom_is_for(const struct oprom *o, uint16_t vendor, uint16_t device);

/*
 * A VBIOS of Intel's sixth to ninth generation keeps the base of stolen memory in a variable, once it has run. True
 * and the variable's offset in the image and its value, when the code that uses it is there (QEMU hw/vfio/igd.c of
 * 11.1, commit 256229e8f9, which clears it in a ROM read from the host).
 */
bool oprom_saved_bdsm(const struct oprom *o, size_t *ret_at, uint32_t *ret_value);

/*
 * Intel's VBIOSes of the sixth generation on look for their device among the further devices of their PCIR, family by
 * family, and stop for ever when it is in none. The devices they look for, and the offset in the image of the code in
 * @ret_at; the number of them. 0, and @ret_at untouched, where no such code is seen, as in builds before 2120 and
 * those without a list. Seen in 14 of 20 files from Sandy Bridge to Coffee Lake; each has "jmp $" behind the last
 * family.
 */
size_t oprom_starts_on(const struct oprom *o, uint16_t ret[OPROM_DEVICES_MAX], size_t *ret_at);

/* Is @device none of those? False also where no such code is seen. */
bool oprom_stops_on(const struct oprom *o, uint16_t device, size_t *ret_at);

/*
 * The driver of an EFI image, with the padding behind it where it is not compressed: 0 and @ret, which borrows from
 * the image or, of a compressed one, from @decoded (the caller's to free, also after a refusal). -IGD_EMAGIC: the
 * image has none, or its compression is neither 0 nor 1; or what codec_decode() says of the compressed one, which is
 * UEFI's own (UEFI Specification 2.10, 14.4.2 and 19). At most @limit bytes are decoded.
 */
int oprom_driver(const struct oprom *o, size_t limit, struct buffer *decoded, struct span *ret,
		 struct report *rep) _must_check_;

/* "PC", "EFI", "vendor data"; "0x91" has no word: "other". */
const char *oprom_code_str(const struct oprom *o);
