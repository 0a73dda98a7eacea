/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rehearsal.h - a VM is started with an emulated IGD in the place of the real one, watched until its firmware is
 * done, and ended: what was set up, and the record of what happened. The record is judged elsewhere (steps.h).
 *
 * Nothing of it reaches a disk: firmware, variables and ROM go to QEMU as memory files that it inherits, the socket's
 * name is gone before QEMU starts, and QEMU ends with us, however we end.
 */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"
#include "emu/igd.h"
#include "emu/plain.h"
#include "rehearse/qemu.h"

enum rehearsal_firmware { REHEARSE_OVMF, REHEARSE_SEABIOS };

struct rehearsal_setup {
	const struct qemu_program *qemu;
	bool kvm, q35, smm;
	unsigned memory_mib;
	enum rehearsal_firmware firmware;
	struct span code, vars; /* OVMF's; .vars empty: .code holds both. With SeaBIOS both empty: QEMU's own */
	struct span rom;	/* of the IGD; empty: none */
	struct span witness;	/* option ROM of a second device, with the driver that tells of the guest; empty */
	struct span opregion;	/* fw_cfg etc/igd-opregion; empty: not offered */
	uint64_t stolen;	/* fw_cfg etc/igd-bdsm-size, bytes; 0: not offered */
	struct emu_igd_model igd;
	const struct emu_plain_model *lpc; /* at 00:1f.0, where the machine leaves that free; NULL */
	unsigned seconds;		   /* to wait for the firmware at most */
	/* Each access to the IGD, as a line; NULL: not wanted. */
	FILE *trace;
	/* Called once, when QEMU has the device: from then on nothing is started or opened any more. NULL. */
	void (*begun)(void *ctx);
	void *begun_ctx;
	/* Called now and then; @line: the last that was heard. NULL. */
	void (*progress)(void *ctx, double seconds, const char *line);
	void *progress_ctx;
};

enum heard {
	HEARD_GUEST,  /* the debug console at port 0x402: drivers, SeaBIOS; or the serial port */
	HEARD_QEMU,   /* what QEMU says of itself */
	HEARD_DEVICE, /* an event of the IGD: .event is set, .text is it in words */
};

struct heard_line {
	double at; /* seconds since QEMU was started */
	enum heard who;
	const char *text;	/* without control characters; in the record's arena */
	struct emu_event event; /* of HEARD_DEVICE */
	size_t times;		/* of one like it; 1 and more */
	/* of an event that wrote an address: what the guest's memory held there at that time */
	bool in_ram;
	char signature[17]; /* the first 16 bytes as text, '?' for what is none */
};

enum rehearsal_end {
	REHEARSAL_READY,   /* the firmware would start a system now */
	REHEARSAL_OVER,	   /* the time is over */
	REHEARSAL_ENDED,   /* QEMU ended by itself: .status */
	REHEARSAL_CUT,	   /* the device and QEMU did not understand each other */
	REHEARSAL_STOPPED, /* by a signal to us */
};

struct rehearsal {
	struct arena arena; /* owns the lines */
	struct heard_line *lines;
	size_t n_lines, n_dropped; /* no more than REHEARSAL_LINES_MAX are kept */
	enum rehearsal_end end;
	int status;	       /* as of waitpid(), for REHEARSAL_ENDED */
	bool connected;	       /* QEMU opened the device */
	double ready_at, took; /* seconds */
	uint64_t bdsm;	       /* the registers at the end */
	uint32_t asls;
	int picture_is;		    /* what emu_igd_picture() answered */
	struct emu_picture picture; /* when that is 0 */
	struct span opregion;	    /* the guest's memory where ASLS points at the end, up to 16 KiB; empty */
	struct span vbt;	    /* what its mailbox or RVDA leads to; empty */
	const char *command;	    /* QEMU's command line, as a shell would take it */
};

#define REHEARSAL_LINES_MAX 4096

/*
 * Do it. 0 and @ret (rehearsal_done() when the caller has read it), whatever became of the guest; -IGD_EIO,
 * -IGD_ENOMEM, -IGD_ENOENT when it could not even begin, with the sentence in @rep.
 */
int rehearsal_run(const struct rehearsal_setup *s, struct rehearsal *ret, struct report *rep) _must_check_;
void rehearsal_done(struct rehearsal *r);
