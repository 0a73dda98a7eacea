// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_ovmf_check.c - every row about an OVMF image, tripped by an image that it is about, and passed by one that
 * differs in little. The images are described, not built: the reader has tests of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/macros.h"
#include "check/ovmf_check.h"
#include "fw/pe.h"
#include "std/pi.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* What is in the image. */
enum {
	ASSIGNMENT = 1 << 0,
	POLICY = 1 << 1,
	GOP = 1 << 2,	      /* the owner's, under our GUID, for 8086:3e92 */
	RECORD = 1 << 3,      /* which fits what is in it */
	STRANGER = 1 << 4,    /* somebody else's GOP driver */
	TWIN = 1 << 5,	      /* a file of the GUID of the build's */
	PADS = 1 << 6,	      /* two pad files, which have one GUID */
	IA32 = 1 << 7,	      /* a driver for it */
	CUT = 1 << 8,	      /* a driver that is cut short */
	BAD_VBT = 1 << 9,     /* in the policy driver */
	OLD = 1 << 10,	      /* drivers of ours of another version */
	WRONG_GOP = 1 << 11,  /* the record names another */
	NO_GOP_SUM = 1 << 12, /* the record names none */
	SCRAP = 1 << 13,      /* a record that is none */
	SMM = 1 << 14,
	SEV = 1 << 15,
	NO_PFLASH = 1 << 16,
	DRIVER = 1 << 17,  /* the record names one more driver, which is not in it */
	TE = 1 << 18,	   /* the stranger's is a TE image */
	LOST = 1 << 19,	   /* a file of the build's is gone */
	ALTERED = 1 << 20, /* or is another */
};

/* What is asked, and what is known. */
enum {
	COFFEE = 1 << 0, /* --device 8086:3e92 */
	ALDER = 1 << 1,
	STOCK = 1 << 2,	  /* the package's image, of which it was made */
	NEWER = 1 << 3,	  /* the package's image, another */
	DAMAGED = 1 << 4, /* and cannot be read */
	NO_OVMF = 1 << 5,
};

struct trial {
	const char *id;
	int want;
	unsigned in, asked;
	enum ovmf_fault_kind fault; /* with .faulty */
	bool faulty, decoded;
};

#define OURS		       (ASSIGNMENT | POLICY | RECORD)
#define FAILS		       VERDICT_FAIL
#define PASSES		       VERDICT_PASS
#define UNKNOWN		       VERDICT_UNKNOWN
#define NOT_RUN		       VERDICT_NOT_RUN
#define FAULT(kind_, decoded_) .fault = (kind_), .faulty = true, .decoded = (decoded_)

/* clang-format off */
static const struct trial trials[] = {
	{ "ovmf.no-ovmf", FAILS, 0, NO_OVMF },
	{ "ovmf.no-ovmf", PASSES, 0, 0 },
	{ "ovmf.smm", NOT_RUN, 0, NO_OVMF },

	{ "ovmf.flash-sums", FAILS, 0, 0, FAULT(OVMF_FAULT_VOLUME, false) },
	{ "ovmf.flash-sums", FAILS, 0, 0, FAULT(OVMF_FAULT_FILE, false) },
	{ "ovmf.flash-sums", PASSES, 0, 0, FAULT(OVMF_FAULT_FILE, true) },
	{ "ovmf.flash-sums", PASSES, 0, 0 },
	{ "ovmf.decoded-sums", FAILS, 0, 0, FAULT(OVMF_FAULT_FILE, true) },
	{ "ovmf.decoded-sums", FAILS, 0, 0, FAULT(OVMF_FAULT_SECTION, true) },
	{ "ovmf.decoded-sums", PASSES, 0, 0, FAULT(OVMF_FAULT_FILE, false) },
	{ "ovmf.decoded-sums", PASSES, 0, 0, FAULT(OVMF_FAULT_LENGTH, true) },
	{ "ovmf.decoded-length", FAILS, 0, 0, FAULT(OVMF_FAULT_LENGTH, true) },
	{ "ovmf.decoded-length", PASSES, 0, 0, FAULT(OVMF_FAULT_FILE, true) },

	{ "ovmf.twice", FAILS, TWIN, 0 },
	{ "ovmf.twice", PASSES, PADS, 0 },
	{ "ovmf.machine", FAILS, IA32, 0 },
	{ "ovmf.machine", PASSES, OURS, 0 },
	{ "ovmf.unloadable", FAILS, CUT, 0 },
	{ "ovmf.unloadable", FAILS, STRANGER | TE, 0 },
	{ "ovmf.unloadable", PASSES, OURS | STRANGER, 0 },

	{ "ovmf.both", FAILS, OURS | STRANGER, 0 },
	{ "ovmf.both", PASSES, OURS, 0 },
	{ "ovmf.both", NOT_RUN, STRANGER, 0 },
	{ "ovmf.patched", FAILS, STRANGER, 0 },
	{ "ovmf.patched", PASSES, 0, 0 },
	{ "ovmf.patched", PASSES, OURS | STRANGER, 0 },
	{ "ovmf.vbt-damaged", FAILS, OURS | BAD_VBT, 0 },
	{ "ovmf.vbt-damaged", PASSES, OURS, 0 },
	{ "ovmf.gop-not-for-device", FAILS, OURS | GOP, ALDER },
	{ "ovmf.gop-not-for-device", PASSES, OURS | GOP, COFFEE },
	{ "ovmf.gop-not-for-device", PASSES, OURS, ALDER }, /* there is none that could be wrong */
	{ "ovmf.gop-not-for-device", NOT_RUN, OURS | GOP, 0 },
	{ "ovmf.gop-without-policy", FAILS, GOP | RECORD, 0 },
	{ "ovmf.gop-without-policy", PASSES, OURS | GOP, 0 },
	{ "ovmf.gop-without-policy", PASSES, 0, 0 },
	{ "ovmf.policy-without-gop", FAILS, OURS, 0 },
	{ "ovmf.policy-without-gop", PASSES, OURS | GOP, 0 },
	{ "ovmf.policy-without-gop", PASSES, 0, 0 },

	{ "ovmf.confidential", FAILS, OURS | SEV, 0 },
	{ "ovmf.confidential", PASSES, OURS, 0 },
	{ "ovmf.confidential", NOT_RUN, SEV, 0 },
	{ "ovmf.other-version", FAILS, OURS | OLD, 0 },
	{ "ovmf.other-version", PASSES, OURS, 0 },
	{ "ovmf.no-assignment", FAILS, POLICY | RECORD, 0 },
	{ "ovmf.no-assignment", PASSES, OURS, 0 },
	{ "ovmf.no-assignment", NOT_RUN, 0, 0 },
	{ "ovmf.no-record", FAILS, ASSIGNMENT | POLICY, 0 },
	{ "ovmf.no-record", FAILS, OURS | SCRAP, 0 },
	{ "ovmf.no-record", PASSES, OURS, 0 },
	{ "ovmf.no-record", NOT_RUN, 0, 0 },
	{ "ovmf.record-wrong", FAILS, OURS | GOP | WRONG_GOP, 0 },
	{ "ovmf.record-wrong", FAILS, OURS | GOP | NO_GOP_SUM, 0 },
	{ "ovmf.record-wrong", FAILS, OURS | WRONG_GOP, 0 }, /* it names one, and there is none */
	{ "ovmf.record-wrong", FAILS, OURS | DRIVER, 0 },
	{ "ovmf.record-wrong", PASSES, OURS | GOP, 0 },
	{ "ovmf.record-wrong", NOT_RUN, ASSIGNMENT, 0 },
	{ "ovmf.upgraded", FAILS, OURS, NEWER },
	{ "ovmf.upgraded", PASSES, OURS, STOCK },
	{ "ovmf.upgraded", UNKNOWN, OURS, 0 },
	{ "ovmf.upgraded", NOT_RUN, 0, STOCK },
	{ "ovmf.stock-changed", FAILS, OURS | LOST, STOCK },
	{ "ovmf.stock-changed", FAILS, OURS | ALTERED, STOCK },
	{ "ovmf.stock-changed", PASSES, OURS | PADS, STOCK },
	{ "ovmf.stock-changed", UNKNOWN, OURS, STOCK | DAMAGED },
	{ "ovmf.stock-changed", UNKNOWN, OURS, 0 },
	{ "ovmf.stock-changed", NOT_RUN, OURS, NEWER },

	{ "ovmf.smm", FAILS, SMM, 0 },
	{ "ovmf.smm", PASSES, 0, 0 },
	{ "ovmf.no-pflash", FAILS, NO_PFLASH, 0 },
	{ "ovmf.no-pflash", PASSES, 0, 0 },
};
/* clang-format on */

/* ---- images ------------------------------------------------------------------------------------------------- */

#define FILES_MAX 16

struct scene {
	struct ovmf o, stock;
	struct ovmf_file files[FILES_MAX], stock_files[3];
	struct ovmf_seen seen[FILES_MAX];
	struct ovmf_faults faults;
	struct ovmf_stock found;
	struct ovmf_wish wish;
	char record[2048];
};

static const struct guid core = { { 1 } }, first = { { 2 } }, second = { { 3 } }, odd = { { 4 } };
static const struct gop gop_of_coffee = {
	.vendor = 0x8086, .version = "9.0.1", .devices = { 0x3e92 }, .n_devices = 1
};

static struct ovmf_seen *add(struct scene *s, const struct guid *guid, uint8_t type, enum ovmf_whose whose)
{
	size_t i = s->o.n_files++;

	s->files[i] = (struct ovmf_file) { .guid = *guid,
					   .type = type,
					   .machine = type == FFS_DRIVER || type == FFS_DXE_CORE ? PE_X64 : 0,
					   .bytes = SPAN_OF("bytes of a file"),
					   .whose = whose };
	return &s->seen[i];
}

static void add_ours(struct scene *s, enum igd_driver d, const char *version)
{
	struct ovmf_seen *x = add(s, &igd_driver_guids[d], FFS_DRIVER, OVMF_IGDCTL);

	x->ours = true;
	x->mark.driver = d;
	snprintf(x->mark.version, sizeof(x->mark.version), "%s", version);
	x->policy = d == IGD_DRIVER_POLICY;
}

static void add_graphics(struct scene *s, unsigned in)
{
	struct ovmf_seen *x;

	if (in & ASSIGNMENT)
		add_ours(s, IGD_DRIVER_ASSIGNMENT, in & OLD ? "0.0.1" : "0.1.0");
	if (in & POLICY)
		add_ours(s, IGD_DRIVER_POLICY, in & OLD ? "0.0.1" : "0.1.0");
	if (in & BAD_VBT)
		s->seen[s->o.n_files - 1].vbt_fault = "its VBT: cut";
	if (in & GOP) {
		x = add(s, &igd_gop_guid, FFS_DRIVER, OVMF_IGDCTL);
		x->gop = &gop_of_coffee;
		snprintf(x->sha256, sizeof(x->sha256), "%s", A);
	}
	if (in & STRANGER) {
		add(s, &odd, FFS_DRIVER, OVMF_SOMEBODY)->gop = &gop_of_coffee;
		s->files[s->o.n_files - 1].te = in & TE;
	}
}

static void add_record(struct scene *s, unsigned in)
{
	const char *gop = in & WRONG_GOP		     ? "gop-sha256 " B "\n"
			  : (in & GOP) && !(in & NO_GOP_SUM) ? "gop-sha256 " A "\n"
							     : "";

	if (!(in & RECORD))
		return;
	add(s, &igd_record_guid, FFS_FREEFORM, OVMF_IGDCTL);
	snprintf(s->record, sizeof(s->record), "igdctl 0.1.0\nstock-name OVMF.fd\nstock-sha256 " A "\n%s%s", gop,
		 in & DRIVER ? "driver more " B "\n" : "");
	s->o.record = in & SCRAP ? span_str("scrap") : span_str(s->record);
}

static void add_odd(struct scene *s, unsigned in)
{
	if (in & TWIN)
		add(s, &first, FFS_DRIVER, OVMF_STOCK);
	for (unsigned i = 0; i < 2 && (in & PADS); i++)
		add(s, &odd, FFS_PAD, OVMF_STOCK);
	if (in & IA32) {
		add(s, &odd, FFS_DRIVER, OVMF_STOCK);
		s->files[s->o.n_files - 1].machine = PE_IA32;
	}
	if (in & CUT)
		add(s, &odd, FFS_DRIVER, OVMF_STOCK)->fault = "cut short";
}

static void stock_make(struct scene *s, unsigned asked)
{
	const struct guid *guids[] = { &core, &first, &second };

	for (size_t i = 0; i < ARRAY_SIZE(guids); i++) {
		(void)add(s, guids[i], i ? FFS_DRIVER : FFS_DXE_CORE, OVMF_STOCK);
		s->stock_files[i] = s->files[i];
	}
	s->stock = (struct ovmf) { .files = s->stock_files, .n_files = ARRAY_SIZE(s->stock_files) };
	s->found.why = "nobody knows";
	if (!(asked & (STOCK | NEWER)))
		return;
	s->found.path = "/usr/share/OVMF/OVMF.fd";
	s->found.ovmf = asked & DAMAGED ? NULL : &s->stock;
	snprintf(s->found.sha256, sizeof(s->found.sha256), "%s", asked & NEWER ? B : A);
}

static void scene_make(struct scene *s, const struct trial *t)
{
	*s = (struct scene) { .o = { .traits = { .machine = PE_X64,
						 .pflash = !(t->in & NO_PFLASH),
						 .smm = t->in & SMM,
						 .sev = t->in & SEV } } };
	s->o.files = s->files;
	stock_make(s, t->asked);
	add_odd(s, t->in);
	add_graphics(s, t->in);
	add_record(s, t->in);
	if (t->in & LOST)
		s->files[1].guid = odd;
	if (t->in & ALTERED)
		s->files[1].bytes = SPAN_OF("bytes of another");
	if (t->faulty)
		s->faults = (struct ovmf_faults) { .v = { { .kind = t->fault, .decoded = t->decoded, .text = "it" } },
						   .n = 1 };
	s->wish = (struct ovmf_wish) { .device_known = t->asked & (COFFEE | ALDER),
				       .vendor = 0x8086,
				       .device = t->asked & ALDER ? 0x46a6 : 0x3e92,
				       .version = "0.1.0" };
}

static const struct finding *find(const struct findings *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].check->id, id) == 0)
			return &all->v[i];
	return NULL;
}

static void every_trial(void **state _unused_)
{
	static struct scene s;

	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		const struct trial *t = &trials[i];
		const struct finding *x;
		struct ovmf_case c;
		struct findings all;

		scene_make(&s, t);
		ovmf_case_make(&s.wish, "x.fd", t->asked & NO_OVMF ? NULL : &s.o, "none at all", s.seen, &s.faults,
			       &s.found, &c);
		assert_int_equal(ovmf_verify(&c, &all), 0);
		x = find(&all, t->id);
		assert_non_null(x);
		if ((int)x->verdict != t->want)
			fail_msg("trial %zu: %s is %s", i, t->id, verdict_str(x->verdict));
		if (x->verdict == VERDICT_FAIL)
			assert_true(x->evidence.n > 0);
		findings_done(&all);
	}
}

static void each_row_is_tried(void **state _unused_)
{
	const struct check *rows[64];
	size_t n = ovmf_checks_table(rows, ARRAY_SIZE(rows));

	assert_in_range(n, 20, ARRAY_SIZE(rows));
	for (size_t i = 0; i < n; i++) {
		bool fails = false, passes = false;

		for (size_t k = 0; k < ARRAY_SIZE(trials); k++) {
			fails |= strcmp(trials[k].id, rows[i]->id) == 0 && trials[k].want == FAILS;
			passes |= strcmp(trials[k].id, rows[i]->id) == 0 && trials[k].want == PASSES;
		}
		if (!fails || !passes)
			fail_msg("%s is not tried both ways", rows[i]->id);
		assert_non_null(rows[i]->says);
		assert_non_null(rows[i]->source);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rows[i]->id, rows[k]->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_trial),
		cmocka_unit_test(each_row_is_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
