/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - what went wrong or looked odd, told once, by the place that knows it.
 *
 * A refusal carries a code, an offset and a sentence; callers may add whose it was while the code
 * travels up unchanged. A note is for something accepted but odd. A report has room for
 * REPORT_MAX notes and counts the rest: hostile input cannot make it grow. A NULL report is
 * allowed everywhere and drops the words. Words may quote hostile text: control characters and broken
 * UTF-8 are taken out of every entry (base/text.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define REPORT_MAX  16
#define REPORT_TEXT 256

struct report_note {
	uint64_t at; /* offset in bytes inside the subject; REPORT_NOWHERE where that makes no sense */
	char subject[96];
	char text[REPORT_TEXT];
};

struct report {
	int code; /* the refusal, negative; 0: none */
	struct report_note refusal;
	struct report_note notes[REPORT_MAX];
	size_t n_notes;
	size_t n_dropped; /* notes beyond REPORT_MAX */
	char subject[96]; /* what is being read now; goes into each entry */
};

#define REPORT_NOWHERE UINT64_MAX

/* Name what is read from here on: a file, "DMAR", "rom of 0000:00:02.0". */
void report_subject(struct report *rep, const char *fmt, ...) _printf_(2, 3);

/* Record a refusal and answer -@code, so that a parser can return it in one line. */
int report_refuse(struct report *rep, int code, uint64_t at, const char *fmt, ...) _printf_(4, 5);

/* Add what the caller knows to the sentence of the refusal: which command helps. Cut where it does not fit. */
void report_more(struct report *rep, const char *text);

/* Accepted, but worth a word. */
void report_note(struct report *rep, uint64_t at, const char *fmt, ...) _printf_(3, 4);

/* Write entry @e as "SUBJECT+0xAT: TEXT" into @buf of @n bytes; cut when it does not fit. */
void report_entry_str(const struct report_note *e, char *buf, size_t n);
