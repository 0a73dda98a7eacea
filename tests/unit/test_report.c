// SPDX-License-Identifier: GPL-2.0-or-later
/* test_report.c - a report keeps the refusal and the first notes, counts the rest, and prints only text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/report.h"
#include "base/text.h"

static const char *entry(const struct report_note *e)
{
	static char buf[512];

	report_entry_str(e, buf, sizeof(buf));
	return buf;
}

static void test_refusal(void **state)
{
	struct report rep = { 0 };

	(void)state;
	report_subject(&rep, "rom of %s", "0000:00:02.0");
	assert_int_equal(report_refuse(&rep, IGD_ELENGTH, 0x2c, "%d blocks do not fit; dump it again", 130),
			 -IGD_ELENGTH);
	assert_int_equal(rep.code, -IGD_ELENGTH);
	assert_string_equal(entry(&rep.refusal), "rom of 0000:00:02.0+0x2c: 130 blocks do not fit; dump it again");
	report_subject(&rep, "next"); /* what was said keeps its subject */
	assert_string_equal(rep.refusal.subject, "rom of 0000:00:02.0");
}

static void test_nowhere(void **state)
{
	struct report rep = { 0 };

	(void)state;
	report_note(&rep, REPORT_NOWHERE, "odd");
	assert_string_equal(entry(&rep.notes[0]), "odd");
	report_subject(&rep, "DMAR");
	report_note(&rep, REPORT_NOWHERE, "odd");
	assert_string_equal(entry(&rep.notes[1]), "DMAR: odd");
	report_note(&rep, 0, "odd");
	assert_string_equal(entry(&rep.notes[2]), "DMAR+0x0: odd");
	assert_int_equal(rep.code, 0);
}

static void test_many(void **state)
{
	struct report rep = { 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		report_note(&rep, i, "note %u", i);
	assert_int_equal(rep.n_notes, REPORT_MAX);
	assert_int_equal(rep.n_dropped, 1000 - REPORT_MAX);
	assert_string_equal(rep.notes[REPORT_MAX - 1].text, "note 15");
}

static void test_none(void **state)
{
	(void)state;
	report_subject(NULL, "x");
	report_note(NULL, 0, "x");
	assert_int_equal(report_refuse(NULL, IGD_ESUM, 0, "x"), -IGD_ESUM);
}

/* A name or a quoted line may be as long and as wild as it likes. */
static void test_hostile(void **state)
{
	struct report rep = { 0 };
	char longer[1024], small[8];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(longer); i += 3)
		memcpy(longer + i, "\xe2\x82\xac", 4); /* the cut will fall within one of these */
	report_subject(&rep, "%s", longer);
	report_note(&rep, 1, "x%s", longer);
	report_note(&rep, 1, "xx%s", longer);
	report_note(&rep, 2, "\x1b[2J\xff%s", "\n");
	for (size_t i = 0; i < rep.n_notes; i++) {
		assert_int_equal(text_bad_utf8(span_str(rep.notes[i].text)), strlen(rep.notes[i].text));
		assert_int_equal(text_bad_utf8(span_str(rep.notes[i].subject)), strlen(rep.notes[i].subject));
	}
	assert_int_equal(strlen(rep.notes[0].text), REPORT_TEXT - 1);
	assert_string_equal(rep.notes[2].text, "?[2J??");
	report_entry_str(&rep.notes[0], small, sizeof(small));
	assert_in_range(strlen(small), 1, sizeof(small) - 1);
}

static void test_errors(void **state)
{
	(void)state;
	for (int i = 0; i <= IGD_ECHANGED; i++) {
		assert_string_equal(igd_error_str(i), igd_error_str(-i));
		assert_string_not_equal(igd_error_str(i), "unknown error");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(igd_error_str(i), igd_error_str(k));
	}
	assert_string_equal(igd_error_str(IGD_ECHANGED + 1), "unknown error");
	assert_string_equal(igd_error_str(INT_MIN), "unknown error");
	assert_string_equal(igd_error_str(INT_MAX), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusal), cmocka_unit_test(test_nowhere), cmocka_unit_test(test_many),
		cmocka_unit_test(test_none),	cmocka_unit_test(test_hostile), cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
