/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macros.h - the few words of C that the whole tree shares. */
#pragma once

#define _cleanup_(f)	    __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _must_check_	    __attribute__((warn_unused_result))
#define _unused_	    __attribute__((unused)) /* a parameter that a callback has and does not want */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Hand an owning pointer over: its old variable no longer frees it. */
#define TAKE_PTR(p)                     \
	({                              \
		__typeof__(p) p_ = (p); \
		(p) = NULL;             \
		p_;                     \
	})

/* Every string of a table is an empty one or more; this is how "no entry" is spelled in text. */
static inline const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}
