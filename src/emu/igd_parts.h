/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * igd_parts.h - what the files of the emulated IGD share: its state, and rules for registers.
 *
 * A register without a rule is memory. A rule says what it reads after a reset, and what happens when it is read or
 * written; each file of the model has a table of them, and the first that fits counts.
 */
#pragma once

#include "emu/igd.h"

#define IGD_GEN_MIN 6
#define IGD_GEN_MAX 13

struct igd_rule;
typedef uint32_t (*igd_read_fn)(struct emu_igd *g, const struct igd_rule *r, uint32_t at);
typedef void (*igd_write_fn)(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v);

struct igd_rule {
	uint8_t from, to;   /* generations, both inclusive */
	uint32_t at;	    /* the first register */
	uint32_t n, step;   /* how many there are, and how far apart */
	uint32_t first;	    /* what they read after a reset */
	igd_read_fn read;   /* NULL: what was written */
	igd_write_fn write; /* NULL: it is kept */
	uint32_t a, b;	    /* for the functions: bits, or another register */
};

struct igd_rules {
	const struct igd_rule *v;
	size_t n;
};

/* Those of one file each. */
extern const struct igd_rules igd_power_rules, igd_gt_rules, igd_display_rules, igd_i2c_rules, igd_irq_rules;

struct igd_gmbus {
	uint32_t status; /* GMBUS2 */
	size_t at, left; /* in the EDID; bytes that the driver still expects or sends */
	uint8_t segment; /* of 256 bytes */
	bool reading;
};

struct emu_igd {
	struct emu_device device; /* first: the device is the IGD */
	struct emu_igd_model model;
	struct emu_config config;
	unsigned gen;
	size_t mmio_n, gtt_n, pte_n;	   /* bytes */
	const struct igd_rule *rules[256]; /* from 1 on, those of the generation */
	size_t n_rules;
	uint8_t *rule_of; /* each register's in .rules; 0: it is memory. Pages without any are never touched */
	uint32_t *regs;	  /* mmio_n / 4 of them */
	int fd;		  /* the GTT lies in it at .mmio_n, where BAR 0 has it */
	uint8_t *gtt;
	uint32_t port_index; /* of BAR 4 */
	bool gtt_seen, woken;
	uint32_t clock; /* moves whenever a counter is read */
	struct igd_gmbus gmbus;
	uint32_t pins_asked, aux_asked; /* a bit each, so that each is an event once */
	void (*event)(void *ctx, const struct emu_event *e);
	void *event_ctx;
};

void igd_event(struct emu_igd *g, struct emu_event e);

/* Registers, at a multiple of 4 below .mmio_n; anything else reads 0 and is dropped. */
uint32_t igd_reg(const struct emu_igd *g, uint32_t at); /* as it is kept: no rule is asked */
void igd_reg_set(struct emu_igd *g, uint32_t at, uint32_t v);
uint32_t igd_reg_read(struct emu_igd *g, uint32_t at); /* as a guest reads and writes it */
void igd_reg_write(struct emu_igd *g, uint32_t at, uint32_t v);
void igd_regs_reset(struct emu_igd *g);

/* The counters of @pipe move by a frame. */
void igd_frame_passes(struct emu_igd *g, uint32_t pipe);

/* Both for many rules: reads .first and drops what is written. */
uint32_t igd_read_first(struct emu_igd *g, const struct igd_rule *r, uint32_t at);
void igd_write_nothing(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v);

/* The guest address behind byte @at of the aperture or of what a plane scans out; false: its PTE leads nowhere. */
bool igd_ggtt_find(const struct emu_igd *g, uint64_t at, uint64_t *ret);
void igd_gtt_read(const struct emu_igd *g, uint64_t at, uint8_t *p, size_t n);
void igd_gtt_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n);
void igd_aperture_read(const struct emu_igd *g, uint64_t at, uint8_t *p, size_t n);
void igd_aperture_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n);
