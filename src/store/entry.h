/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry.h - boot entries of the UAPI Boot Loader Specification, type #1: a key and its value a line. */
#pragma once

#include <string.h>

#include "base/text.h"
#include "store/cmdline.h"

/* The value of the first line with @key; false: there is none. */
static inline bool entry_value(struct span text, const char *key, struct span *ret)
{
	struct span line, word;

	while (span_line(&text, &line))
		if (text_word(&line, &word) && text_eq(word, key)) {
			*ret = text_trim(line);
			return true;
		}
	return false;
}

static inline bool entry_has(struct span text, const char *key)
{
	struct span value;

	return entry_value(text, key, &value);
}

/* Does it start a kernel? Others start a shell or another system's loader. */
static inline bool entry_has_kernel(struct span text)
{
	return entry_has(text, "linux") || entry_has(text, "uki");
}

/* By its file's name: for the day when nothing else boots, or our spare one (mkinitcpio's and dracut's names). */
static inline bool entry_is_rescue(const char *path)
{
	return strstr(path, "fallback") || strstr(path, "rescue") || strstr(path, "recovery") ||
	       strstr(path, "igdctl-spare");
}

/* Is it of the machine whose /etc/machine-id holds @id (empty: not known)? Most that are written by hand name none.
 */
static inline bool entry_is_of(struct span text, struct span id)
{
	struct span value;

	id = text_trim(id);
	return !id.n || !entry_value(text, "machine-id", &value) || span_same(value, id);
}

/* Does it start the snapshot @running (cmdline_snapshot() of the running kernel; empty: none, or not known)? One that
 * names none starts whatever is the default. */
static inline bool entry_is_of_snapshot(struct span text, struct span running)
{
	struct span line, word, one, its = { 0 };

	while (running.n && span_line(&text, &line)) {
		if (!text_word(&line, &word) || !text_eq(word, "options"))
			continue;
		one = cmdline_snapshot(line);
		its = one.n ? one : its;
	}
	return !its.n || span_same(its, running);
}
