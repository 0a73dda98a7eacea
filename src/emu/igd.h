/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * igd.h - the emulated IGD: configuration space with GGC, BDSM and ASLS, registers and GTT in BAR 0, the aperture
 * through the GTT in BAR 2, the index and data ports in BAR 4, the handshakes that drivers wait for, and a plane that
 * is scanned out.
 *
 * It is told what it is (struct emu_igd_model) and knows no table of chips. What happens on it that matters to a
 * rehearsal is an event. docs/emulated-igd.md says how far guests come and where the model ends.
 */
#pragma once

#include "base/span.h"
#include "emu/config.h"

enum emu_bdsm { EMU_BDSM_NONE, EMU_BDSM_32, EMU_BDSM_64 }; /* nowhere; 5Ch; C0h */

struct emu_igd_model {
	const char *name; /* "00:02.0" */
	struct emu_ids ids;
	unsigned generation; /* 6 to 13: layout of BAR 0, width of PTEs, registers of the plane */
	enum emu_bdsm bdsm;
	uint16_t ggc;	     /* as the guest reads it */
	uint64_t bdsm_first; /* what BDSM reads before anybody writes it: 0 in QEMU 10 and later, the host's before */
	uint32_t asls_first; /* an emulated host's OpRegion; 0 */
	bool write_protected; /* BDSM and ASLS drop writes, as QEMU up to 9.2 outside legacy mode shows them */
	struct span rom;      /* expansion ROM of its own, borrowed; empty: none */
	struct span edid;     /* of the monitor on its first digital port, borrowed; empty: none is connected */
};

enum emu_event_kind {
	EMU_EVENT_RESET,     /* .value: 0 at the connection, 1 asked for, as by QEMU once at its start */
	EMU_EVENT_BDSM,	     /* stolen memory's base written; .value: the register, both halves */
	EMU_EVENT_ASLS,	     /* OpRegion address written; .value */
	EMU_EVENT_ENABLED,   /* memory or I/O decoding switched on or off; .value: the command register */
	EMU_EVENT_GTT,	     /* the first PTE was written through the registers; mapped writes are not seen */
	EMU_EVENT_PLANE,     /* a plane was armed or switched off; .value: its surface register, .on */
	EMU_EVENT_POWER,     /* a power well or clock was asked for; .value: the register, .at its offset */
	EMU_EVENT_FORCEWAKE, /* the first request */
	EMU_EVENT_I2C,	     /* a monitor was asked for on GMBUS or AUX; .value: the pin or channel */
};

struct emu_event {
	enum emu_event_kind kind;
	uint64_t value;
	uint32_t at; /* register, where .kind says */
	bool on;
};

struct emu_igd;

/* 0 and @ret; -IGD_ENOMEM, -IGD_EUSAGE (a generation that there is no model of). */
int emu_igd_new(const struct emu_igd_model *model, struct emu_igd **ret) _must_check_;
void emu_igd_free(struct emu_igd *g);
struct emu_device *emu_igd_device(struct emu_igd *g);
void emu_igd_on_event(struct emu_igd *g, void (*event)(void *ctx, const struct emu_event *e), void *ctx);

/*
 * Frames. Does a driver wait for the next? Then emu_igd_tick() wants to be called some 60 times a second: a frame has
 * passed on each pipe that is on. True: raise EMU_MSI. Without it a guest's firmware works, and the driver of a
 * system takes ten seconds for each change of mode.
 */
bool emu_igd_ticks(const struct emu_igd *g);
bool emu_igd_tick(struct emu_igd *g) _must_check_;

/* The registers as the guest left them. */
uint64_t emu_igd_bdsm(const struct emu_igd *g);
uint32_t emu_igd_asls(const struct emu_igd *g);

/* What the screen shows: the first plane that is on, scanned out through the GTT. */
struct emu_picture {
	unsigned width, height;
	uint8_t *rgb;	 /* width * height * 3 bytes, the receiver's to free() */
	size_t unmapped; /* pixels whose GTT entry leads nowhere; they are magenta */
	size_t colours;	 /* how many different ones there are, counted up to 256: 1 is a blank screen */
};

/*
 * 0 and @ret; 1: no plane is on. -IGD_ELIMIT (larger than 8192 x 8192), -IGD_EVERSION (a pixel format or tiling that
 * is not modelled), -IGD_ENOMEM.
 */
int emu_igd_picture(const struct emu_igd *g, struct emu_picture *ret) _must_check_;
