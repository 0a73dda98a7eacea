/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_json.h - a plan as JSON, and back: what plan -o writes, apply reads, and the journal keeps
 * (docs/schema/plan.json, the object "plan").
 */
#pragma once

#include <jansson.h>

#include "base/report.h"
#include "plan/plan.h"

/* The object; the caller owns it. NULL when memory ran out. */
json_t *plan_to_json(const struct plan *p);

/*
 * The other way round, into @ret, whose .arena is set and owns everything. Hostile: every key is of its type, there
 * are no others, digests are those of the bytes, paths are absolute and without "..", and plan_admits() each
 * operation. -IGD_EMAGIC (no plan), -IGD_EVERSION, -IGD_ESUM, -IGD_EPATH, -IGD_EUSAGE (an operation that is not
 * admitted), -IGD_ELIMIT, -IGD_ENOMEM, with a sentence that says where: "operations[2].after_sha256".
 */
int plan_from_json(const json_t *plan, struct plan *ret, struct report *rep) _must_check_;

/* The same for a plan that the journal keeps, which root alone writes: without plan_admits(), so that what an older
 * igdctl carried out can be taken back by a newer one, whatever this one's own files hold. -IGD_EVERSION: keys or
 * words that this one does not know. */
int plan_from_journal(const json_t *plan, struct plan *ret, struct report *rep) _must_check_;

/* A whole answer of igdctl plan, {"igdctl": ..., "schema": "igdctl/plan/1", "plan": {...}}, out of its text. */
int plan_from_text(struct span text, struct plan *ret, struct report *rep) _must_check_;

#define PLAN_TEXT_MAX	  ((size_t)16 << 20) /* bytes of an answer */
#define PLAN_GUARD_MAX	  86400		     /* seconds */
#define PLAN_OPS_MAX	  256
#define PLAN_PROMISES_MAX 256
#define PLAN_NOTES_MAX	  256
