/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.h - a journal's records in the small; private to change/ and its tests. */
#pragma once

#include "change/journal.h"

const char *record_kind_str(enum record_kind kind); /* as in a log: "begin" */

/*
 * Read @log into t->records, .state, .begun and .confirmed; of a transaction with .broken the operations' numbers are
 * not looked at. NULL, or what is wrong with it; of @a or of static life.
 */
const char *transaction_read_log(struct span log, struct arena *a, struct transaction *t);
