/* SPDX-License-Identifier: GPL-2.0-or-later */
/* preflight.h - all that can be tried before anything is changed; private to change/. */
#pragma once

#include "change/work.h"

/* Fills .as_planned of the steps. 0; 1: there is nothing to do; negative with a sentence. */
int preflight(struct work *w) _must_check_;
/* The same for the way back. */
int preflight_undo(struct work *w) _must_check_;
