// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/qemu_args.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- words -------------------------------------------------------------------------------------------------- */

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* What stands between words: blanks, and line ends that a backslash takes away. */
static void blanks_eat(struct span *s)
{
	for (;;) {
		if (s->n && blank(s->p[0]))
			(void)span_from(*s, 1, s);
		else if (!text_skip(s, "\\\n"))
			return;
	}
}

/* One word from the front of @s into @buf, or with NULL only its length into @ret. False for a quote that nothing
 * closes. */
static bool word_eat(struct span *s, char *buf, size_t *ret)
{
	uint8_t quote = 0, c;
	size_t n = 0, at = 0;

	for (; span_u8(*s, at, &c); at++) {
		if (!quote && blank(c))
			break;
		if (!quote && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == quote) {
			quote = 0;
		} else if (c == '\\' && quote != '\'' && span_u8(*s, at + 1, &c)) {
			at++;
			if (c == '\n')
				continue;
			if (buf)
				buf[n] = (char)c;
			n++;
		} else {
			if (buf)
				buf[n] = (char)c;
			n++;
		}
	}
	*ret = n;
	return !quote && span_from(*s, at, s);
}

/* The word at the front of @s, which is not blank. -IGD_EMAGIC when a quote is not closed. */
static int word_take(struct span *s, struct arena *a, struct args_word *w)
{
	struct span all = *s, at = *s;
	size_t n;
	char *buf;

	if (!word_eat(&at, NULL, &n))
		return -IGD_EMAGIC;
	buf = arena_alloc(a, n + 1);
	if (!buf || !word_eat(s, buf, &n))
		return -IGD_ENOMEM;
	buf[n] = '\0';
	w->text = buf;
	(void)span_cut(all, 0, all.n - s->n, &w->raw);
	return 0;
}

int args_words(struct span s, struct arena *a, struct args_word **ret, size_t *n, struct report *rep)
{
	struct args_word *words = NULL, *w;
	size_t n_words = 0;
	int r;

	if (memchr(s.n ? s.p : (const uint8_t *)"", '\0', s.n))
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "a NUL byte: this is no command line");
	for (;;) {
		blanks_eat(&s);
		if (s.n == 0)
			break;
		if (n_words == ARGS_WORDS_MAX)
			return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "more than %d words", ARGS_WORDS_MAX);
		w = arena_push(a, words, n_words);
		r = w ? word_take(&s, a, w) : -IGD_ENOMEM;
		if (r == -IGD_EMAGIC)
			return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "a quote is not closed: %.*s",
					     (int)(s.n < 60 ? s.n : 60), (const char *)s.p);
		if (r < 0)
			return r;
	}
	*ret = words;
	*n = n_words;
	return 0;
}

static const char *const lone[] = {
	/* qemu-options.hx of 7.2 to 10.2: those without HAS_ARG that stand on command lines */
	"no-acpi",
	"no-hpet",
	"no-reboot",
	"no-shutdown",
	"no-user-config",
	"nodefaults",
	"nographic",
	"no-fd-bootchk",
	"enable-kvm",
	"enable-fips",
	"daemonize",
	"snapshot",
	"full-screen",
	"S",
	"s",
	"h",
	"help",
	"version",
	"usb",
	"portrait",
	"singlestep",
	"win2k-hack",
	"only-migratable",
	"preconfig",
	"mem-prealloc",
	"nodefconfig",
	"curses",
	"alt-grab",
	"ctrl-grab",
	"xen-attach",
	"xen-domid-restrict",
	"show-cursor",
	"old-param",
	"tdf",

};

bool qemu_option_has_value(const char *option)
{
	const char *name = option + (option[0] == '-' ? 1 : 0);

	name += name[0] == '-' ? 1 : 0; /* "--device" is "-device" */
	for (size_t i = 0; i < ARRAY_SIZE(lone); i++)
		if (strcmp(lone[i], name) == 0)
			return false;
	return true;
}

/* ---- properties --------------------------------------------------------------------------------------------- */

/* Up to the next lone comma, with ",," made one, into @buf, or with NULL only the length. */
static size_t property_eat(struct span *rest, char *buf)
{
	size_t n = 0, at = 0;
	uint8_t c, next;

	for (; span_u8(*rest, at, &c); at++, n++) {
		if (c == ',' && !(span_u8(*rest, at + 1, &next) && next == ','))
			break;
		at += c == ',';
		if (buf)
			buf[n] = (char)c;
	}
	if (!span_from(*rest, at + 1, rest))
		rest->n = 0;
	return n;
}

/* The same as a string in @a. */
static char *property_text(struct span *rest, struct arena *a)
{
	struct span ahead = *rest;
	char *buf = arena_alloc(a, property_eat(&ahead, NULL) + 1);
	size_t n = property_eat(rest, buf);

	if (buf)
		buf[n] = '\0';
	return buf;
}

bool qemu_property_next(struct span *rest, struct arena *a, const char **ret_key, const char **ret_value)
{
	char *text = rest->n ? property_text(rest, a) : NULL;
	char *eq;

	if (!text)
		return false;
	eq = strchr(text, '=');
	*ret_key = text;
	*ret_value = eq ? eq + 1 : NULL;
	if (eq)
		*eq = '\0';
	return true;
}

const char *qemu_property(const char *value, const char *key, struct arena *a)
{
	struct span rest = span_str(value ? value : "");
	const char *k, *v, *found = NULL;

	while (qemu_property_next(&rest, a, &k, &v))
		if (v && strcmp(k, key) == 0)
			found = v;
	return found;
}

bool qemu_slot_read(const char *s, uint8_t *ret_dev, uint8_t *ret_fn)
{
	struct span rest = span_str(s);
	uint64_t dev, fn = 0;

	if (!text_skip(&rest, "0x"))
		(void)text_skip(&rest, "0X");
	if (!text_digits(&rest, 16, &dev))
		return false;
	if (text_skip(&rest, ".")) {
		(void)text_skip(&rest, "0x");
		if (!text_digits(&rest, 16, &fn))
			return false;
	}
	if (rest.n || dev >= PCI_DEVFN_MAX || fn > 7)
		return false;
	*ret_dev = (uint8_t)dev;
	*ret_fn = (uint8_t)fn;
	return true;
}
