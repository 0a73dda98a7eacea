/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plain.h - a function that is there and does nothing: configuration space, and BARs that remember what is written.
 * The LPC bridge beside an emulated IGD, and the other functions of an emulated host.
 */
#pragma once

#include "emu/config.h"

struct emu_plain;

struct emu_plain_model {
	const char *name;
	struct emu_config config;
};

/* 0 and @ret; -IGD_ENOMEM. */
int emu_plain_new(const struct emu_plain_model *model, struct emu_plain **ret) _must_check_;
void emu_plain_free(struct emu_plain *p);
struct emu_device *emu_plain_device(struct emu_plain *p);
