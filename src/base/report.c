// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

_printf_(4, 0) static void entry_set(struct report_note *e, const struct report *rep, uint64_t at, const char *fmt,
				     va_list ap)
{
	e->at = at;
	memcpy(e->subject, rep->subject, sizeof(e->subject));
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	text_clean(e->text); /* it may quote a file, and may be cut within a character */
}

void report_subject(struct report *rep, const char *fmt, ...)
{
	va_list ap;

	if (!rep)
		return;
	va_start(ap, fmt);
	vsnprintf(rep->subject, sizeof(rep->subject), fmt, ap);
	text_clean(rep->subject);
	va_end(ap);
}

int report_refuse(struct report *rep, int code, uint64_t at, const char *fmt, ...)
{
	va_list ap;

	if (rep) {
		rep->code = -code;
		va_start(ap, fmt);
		entry_set(&rep->refusal, rep, at, fmt, ap);
		va_end(ap);
	}
	return -code;
}

void report_more(struct report *rep, const char *text)
{
	size_t n = rep ? strlen(rep->refusal.text) : 0;

	if (rep)
		snprintf(rep->refusal.text + n, sizeof(rep->refusal.text) - n, "%s", text);
}

void report_note(struct report *rep, uint64_t at, const char *fmt, ...)
{
	va_list ap;

	if (!rep)
		return;
	if (rep->n_notes == REPORT_MAX) {
		rep->n_dropped++;
		return;
	}
	va_start(ap, fmt);
	entry_set(&rep->notes[rep->n_notes++], rep, at, fmt, ap);
	va_end(ap);
}

void report_entry_str(const struct report_note *e, char *buf, size_t n)
{
	const char *sep = e->subject[0] ? ": " : "";

	if (e->at == REPORT_NOWHERE)
		snprintf(buf, n, "%s%s%s", e->subject, sep, e->text);
	else
		snprintf(buf, n, "%s+0x%llx%s%s", e->subject, (unsigned long long)e->at, ": ", e->text);
}

const char *igd_error_str(int r)
{
	static const char *const words[] = {
		[0] = "no error",
		[IGD_ETRUNC] = "cut short",
		[IGD_EMAGIC] = "not of this format",
		[IGD_ELENGTH] = "a length that does not fit",
		[IGD_ESUM] = "wrong checksum",
		[IGD_ELIMIT] = "over a limit",
		[IGD_EVERSION] = "unknown version",
		[IGD_EIO] = "input or output failed",
		[IGD_ENOENT] = "not there",
		[IGD_EACCES] = "no permission",
		[IGD_EPATH] = "leads out of its tree",
		[IGD_ENOMEM] = "out of memory",
		[IGD_EUSAGE] = "wrong use",
		[IGD_EBUSY] = "in use",
		[IGD_ECHANGED] = "changed meanwhile",
	};
	size_t i = r < 0 ? 0U - (unsigned)r : (unsigned)r;

	return i < ARRAY_SIZE(words) ? words[i] : "unknown error";
}
