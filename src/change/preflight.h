/* SPDX-License-Identifier: GPL-2.0-or-later */
/* preflight.h - all that can be tried before anything is changed; private to change/. */
#pragma once

#include "change/work.h"

/* Fills .as_planned of the steps. 0; 1: there is nothing to do; negative with a sentence. */
int preflight(struct work *w) _must_check_;
/* The same for the way back. */
/* @keep: as much as can be is taken back, so what is not mounted, or a VM that somebody works on, is no reason
 * against the rest. */
int preflight_undo(struct work *w, bool keep) _must_check_;
