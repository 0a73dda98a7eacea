/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - facts judged: findings as rows of a table, one verdict per mode at the end.
 *
 * A row's test only looks at the facts and leaves evidence; it changes nothing and prints nothing.
 * Row ids are promises: never reused, never given another meaning.
 */
#pragma once

#include "base/arena.h"
#include "facts/facts.h"

enum severity { SEV_BENIGN, SEV_NOTE, SEV_WARN, SEV_BLOCK };

/*
 * PASS: looked, and all is well. FAIL: looked, and what the row says is so. UNKNOWN: its facts could not be
 * read. NOT_RUN: the row it depends on failed, so that its own question makes no sense. The last two are
 * never PASS. A row below one that is merely UNKNOWN still runs: its own facts may decide.
 */
enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_NOT_RUN };

enum mode { MODE_LEGACY, MODE_UEFI, MODE_UPT, MODE_SRIOV, MODE_GVTG, MODE_AMD_APU, MODE_COUNT };

#define MODE_BIT(m) (1U << (m))
#define MODES_INTEL (MODE_BIT(MODE_LEGACY) | MODE_BIT(MODE_UEFI) | MODE_BIT(MODE_UPT))
#define MODES_WHOLE (MODES_INTEL | MODE_BIT(MODE_AMD_APU)) /* the whole GPU leaves the host */
#define MODES_ALL   ((1U << MODE_COUNT) - 1)

struct evidence_item {
	const char *where; /* source of the fact: a path, or "why unknown" for UNKNOWN */
	const char *text;
};

struct row_plans; /* private to the rows */

struct evidence {
	struct arena *arena;
	const struct row_plans *plans;
	struct evidence_item *items;
	size_t n;
};

/* @where may be NULL. The text is formatted into the arena. Past EVIDENCE_MAX items the last says how many more. */
#define EVIDENCE_MAX 12
void evidence_add(struct evidence *ev, const char *where, const char *fmt, ...) _printf_(3, 4);

/* Leave why a fact is unknown and answer VERDICT_UNKNOWN. */
enum verdict evidence_unknown(struct evidence *ev, const char *what, const char *why);

struct check {
	const char *id;	     /* "vtd.no-dmar" */
	const char *catalog; /* failure-mode id, "F01"; NULL: none */
	enum severity severity;
	unsigned blocks;   /* MODE_BIT()s of the modes that a FAIL rules out */
	unsigned only;	   /* MODE_BIT()s of the modes that the row speaks of; 0: it concerns every use of the GPU */
	bool must_know;	   /* while UNKNOWN, no mode in .blocks can be called possible */
	const char *after; /* id of a row above whose FAIL makes this one moot; NULL: none */
	enum verdict (*test)(const struct facts *f, struct evidence *ev); /* NULL: the log decides */
	const char *log[4]; /* FAIL when a log line holds one of these; used when .test is NULL */
	const char *says;   /* one sentence: what is so when it fails */
	const char *fix;    /* one sentence in the imperative; NULL: nothing to do */
	const char *source;
	bool quiet; /* only of interest to the modes it rules out: text output leaves it to the table of modes */
};

struct finding {
	const struct check *check;
	enum verdict verdict;
	struct evidence evidence;
};

enum mode_answer { MODE_POSSIBLE, MODE_BLOCKED, MODE_UNKNOWN };

struct mode_verdict {
	enum mode mode;
	enum mode_answer answer;
	const struct finding **by; /* blocked: what blocks; unknown: what must be known first */
	size_t n_by;
	const char *note; /* a reservation on "possible": what it needs; NULL: none */
};

struct findings {
	struct arena arena;
	struct finding *v; /* worst first, table order within */
	size_t n;
	struct mode_verdict modes[MODE_COUNT];
	enum severity worst; /* of the FAILs */
	size_t n_fail, n_unknown;
};

/* Run the whole table. Owned by the caller: findings_done(). -IGD_ENOMEM, also when the findings of a hostile
 * snapshot outgrow their limit; @ret is then untouched. */
int checks_run(const struct facts *f, struct findings *ret) _must_check_;
void findings_done(struct findings *f);

/* Sort the findings, worst first, and count them: how checks_run() and vm_lint() end. -IGD_ENOMEM. */
int findings_close(struct findings *all) _must_check_;

/* The rows in table order: the pointers to them into @ret, at most @max; the answer is how many there are. */
#define CHECKS_MAX 192
size_t checks_table(const struct check **ret, size_t max);
const struct finding *findings_get(const struct findings *f, const char *id);

const char *severity_str(enum severity s);
bool severity_parse(const char *s, enum severity *ret);
const char *verdict_str(enum verdict v);
const char *mode_str(enum mode m);
bool mode_parse(const char *s, enum mode *ret);
const char *mode_answer_str(enum mode_answer a);
