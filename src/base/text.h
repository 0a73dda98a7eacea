/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - looking at text that may not be text.
 *
 * Everything here works on spans, so a line of a hostile file is never copied to be looked at. A
 * cursor is a span that shrinks from the front: text_word() and friends eat what they answer.
 */
#pragma once

#include "base/span.h"

struct span text_trim(struct span s);
bool text_eq(struct span s, const char *word);
bool text_starts(struct span s, const char *head);
bool text_ends(struct span s, const char *tail);

/* Where @needle begins in @s; s.n when it does not. text_has() is the same as a question. */
size_t text_find(struct span s, const char *needle);
static inline bool text_has(struct span s, const char *needle)
{
	return text_find(s, needle) < s.n;
}

/* Eat blanks, then the next run of non-blanks. False at the end; @ret is then untouched. */
bool text_word(struct span *s, struct span *ret);

/* Eat everything up to and including @sep; false (and nothing eaten) when @sep is not there. */
bool text_until(struct span *s, const char *sep, struct span *ret);

/* Eat the next part of a list, and the @sep behind it unless it is the last; false at the end; @ret is then
 * untouched. */
bool text_part(struct span *s, const char *sep, struct span *ret);

/* Is @part one of those that commas keep apart in @list? */
bool text_has_part(struct span list, struct span part);

/* Eat @head when @s begins with it. */
bool text_skip(struct span *s, const char *head);

/* Eat digits of @base (10 or 16) at the front, at most 64 bits of them; false when there is none or
 * the number does not fit. text_number() wants the whole span to be one; a "0x" selects base 16. */
bool text_digits(struct span *s, unsigned base, uint64_t *ret);
bool text_number(struct span s, uint64_t *ret);

/*
 * Copy into a C string of @n bytes, cut between characters when it does not fit. What comes out is well-formed
 * UTF-8 that no terminal acts on: control characters, and bytes that are no UTF-8, each become '?'.
 * text_clean() does the same to a string in its place.
 */
void text_copy(struct span s, char *buf, size_t n);
void text_clean(char *s);

/* Is it a well-formed UTF-8 text without NUL? Returns the offset of the first byte that is not. */
size_t text_bad_utf8(struct span s);
