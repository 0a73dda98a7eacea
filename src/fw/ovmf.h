/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ovmf.h - a distribution's OVMF as a file: the volume that its drivers lie in, what is in it, and the same image
 * with files added or taken away.
 *
 * The image holds a volume with a file of type "volume image", whose GUIDed section is one LZMA stream; decoded, it
 * holds the PEI and the DXE volume (OvmfPkg/OvmfPkgX64.fdf, FVMAIN_COMPACT). SEC decodes it to fixed addresses, so
 * its decoded length never changes: new files go where the DXE volume ends in FF, and what is behind the stream is
 * filled up (OvmfPkg/Sec/SecMain.c, DecompressMemFvs()).
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/report.h"
#include "fw/guid.h"
#include "fw/igd_driver.h"
#include "fw/volume.h"

#define OVMF_FILES_MAX 1024 /* of the DXE volume */
#define OVMF_NAME_MAX  64

enum ovmf_whose {
	OVMF_STOCK,    /* the build's own, as far as one can tell */
	OVMF_IGDCTL,   /* one of ours: a driver, the owner's GOP under our GUID, the record */
	OVMF_SOMEBODY, /* a driver for Intel graphics that somebody else built in or injected */
};

struct ovmf_file {
	struct guid guid;
	uint8_t type;		  /* enum ffs_type */
	size_t at;		  /* in the DXE volume */
	struct span bytes, body;  /* in .decoded */
	struct span pe;		  /* of its first PE32 section; .p NULL: none */
	bool te;		  /* it has a TE section in its place */
	uint16_t machine;	  /* of the PE or TE; 0: neither */
	char name[OVMF_NAME_MAX]; /* of its UI section, or what its GUID is known by; "" */
	enum ovmf_whose whose;
	const char *what; /* of one that is not the build's: "IgdAssignment 0.1.0", "Intel GOP driver 9.0.1107" */
};

/* Kinds of OVMF, by what is in the DXE volume. */
struct ovmf_traits {
	uint16_t machine; /* of the DXE core: PE_X64, PE_IA32 */
	bool smm;	  /* it has an SMM core: boots with smm=on only, and on q35 only */
	bool secure_boot; /* it can enforce Secure Boot */
	bool tdx, sev;	  /* a build for confidential guests; its measurement would change */
	bool vars;	  /* the variables' volume is in the same file: a unified OVMF.fd */
	bool pflash;	  /* it keeps variables in flash, so it is given by pflash; else by -bios */
};

struct ovmf {
	struct span image;		       /* borrowed, raw */
	struct volume outer;		       /* the volume with the compressed file */
	size_t outer_at;		       /* in the image */
	size_t file_at, section_at, stream_at; /* in the image: file header, section header, LZMA header */
	struct span stream;		       /* as large as the section says */
	size_t room;	       /* bytes that the stream may be larger, or .stream.n + .room that it may have */
	struct buffer decoded; /* owned: the sections in the stream */
	size_t dxe_at;	       /* in .decoded */
	struct volume dxe;
	size_t dxe_end;		 /* in the DXE volume: where its last file ends, to the next multiple of 8 */
	size_t dxe_room;	 /* bytes from there to the end of the volume */
	struct ovmf_file *files; /* in .arena */
	size_t n_files;
	struct ovmf_traits traits;
	struct span record; /* the text of our record; .p NULL: none, nothing of ours was injected */
	struct arena arena;
};

/*
 * Read @image, which must live as long as @ret: 0 and @ret, to be released with ovmf_done(); a refusal leaves nothing
 * to release. -IGD_EMAGIC (no OVMF: the sentence says what is missing; or one with something in front or behind,
 * which no guest would start from), -IGD_ETRUNC, -IGD_ELENGTH, -IGD_EVERSION (a compression that is not LZMA, or a
 * layout that no OVMF has), -IGD_ELIMIT (more than OVMF_FILES_MAX files, or 64 MiB decompressed), -IGD_ENOMEM. Wrong
 * checksums and the like are notes; those about the decompressed bytes have no offset.
 */
int ovmf_read(struct span image, struct ovmf *ret, struct report *rep) _must_check_;
void ovmf_done(struct ovmf *o);

/* A file to be added to the DXE volume. */
struct ovmf_new {
	struct guid guid;
	uint8_t type;	  /* FFS_DRIVER: .body becomes a PE32 section, without a depex, so that it starts as a UEFI
			     driver; FFS_FREEFORM: a raw section */
	const char *name; /* ASCII, of its UI section; shorter than OVMF_NAME_MAX */
	struct span body;
};

#define OVMF_LEVEL_KEEP 0  /* keep the distribution's stream and encode what is new: lzma_resume() */
#define OVMF_LEVEL_MAX	10 /* 1 to 10: all of it anew, lzma_encode() */

struct ovmf_result {
	struct buffer image;   /* the caller's to free */
	size_t stream_size;    /* compressed, of the result */
	size_t room, dxe_room; /* what is left */
	unsigned level;	       /* that it took: more than was asked for where that did not fit */
};

/*
 * The image without the files of the GUIDs @without and with the files @with behind the rest. Of a file that is taken
 * away from the end of the volume nothing is left, nor of pad files in front of it; in the middle a pad file takes
 * its place. @level: at least; where the result does not fit, 6 and 10 are tried. @progress is asked before each try
 * (NULL: nobody is). What comes out was read again and compared, and has the image's length.
 *
 * 0 and @ret; -IGD_ELIMIT (no room: the sentence says how much is missing, in the DXE volume or in the flash),
 * -IGD_EPATH (a file of that GUID is there already, or twice in @with), -IGD_ENOENT (none of @without is there),
 * -IGD_EUSAGE (the DXE core among them), -IGD_ESUM (what came out is not what was meant), -IGD_ENOMEM.
 */
int ovmf_rebuild(const struct ovmf *o, const struct guid *without, size_t n_without, const struct ovmf_new *with,
		 size_t n_with, unsigned level, void (*progress)(void *ctx, unsigned level), void *ctx,
		 struct ovmf_result *ret, struct report *rep) _must_check_;

/* SHA-256 of the decoded bytes, as 64 hexadecimal digits and a zero. */
void ovmf_decoded_sha256(const struct ovmf *o, char ret[65]);
