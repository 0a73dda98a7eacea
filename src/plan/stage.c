// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stage.c - files on their way, and small questions that the parts of plan_host() share.
 */
#include <string.h>

#include "base/text.h"
#include "plan/host.h"

void host_option(struct host_plan *h, enum option_wish wish, const char *key, const char *value, const char *reason,
		 const char *says)
{
	for (size_t i = 0; i < h->n_options; i++) {
		struct option *o = &h->options[i];

		if (strcmp(o->key, key) != 0 || strcmp(o->value ? o->value : "", value ? value : "") != 0 ||
		    (o->wish == OPTION_GO) != (wish == OPTION_GO))
			continue;
		if (wish < o->wish) /* shown beats kept */
			o->wish = wish;
		return;
	}
	if (h->n_options == OPTIONS_MAX) {
		h->full = true;
		return;
	}
	h->options[h->n_options++] = (struct option) { wish, key, value, reason, says };
}

const char *host_token(struct host_plan *h, const struct option *o)
{
	return o->value ? arena_printf(h->a, "%s=%s", o->key, o->value) : o->key;
}

static struct staged *find(const struct host_plan *h, const char *path)
{
	for (size_t i = 0; i < h->n_staged; i++)
		if (strcmp(h->staged[i].path, path) == 0)
			return (struct staged *)&h->staged[i];
	return NULL;
}

static struct staged *add(struct host_plan *h, const char *path, const struct text_file *t)
{
	struct staged *s;

	if (h->n_staged == STAGED_MAX) {
		h->full = true;
		return NULL;
	}
	s = &h->staged[h->n_staged++];
	*s = (struct staged) { .path = path, .there = t ? t->there.v : TRI_UNKNOWN };
	if (t)
		s->before = s->after = t->bytes;
	return s;
}

struct staged *host_stage(struct host_plan *h, const char *path)
{
	const struct text_file *t = facts_text(h->f, path);
	struct staged *s = find(h, path);

	if (s)
		return s;
	return t && t->there.v != TRI_UNKNOWN ? add(h, path, t) : NULL;
}

void host_stage_own(struct host_plan *h, const char *path, const char *text, unsigned mode, const char *reason,
		    const char *says)
{
	const struct text_file *t = facts_text(h->f, path);
	struct staged *s = find(h, path);

	if (!text && (!t || t->there.v != TRI_YES))
		return;
	if (!s)
		s = add(h, path, t);
	if (!s)
		return;
	s->after = text ? span_str(text) : (struct span) { 0 };
	s->gone = !text;
	s->mode = mode;
	host_staged_for(h, s, reason, says);
	if (s->there == TRI_UNKNOWN)
		plan_tell(h->p, PLAN_WARNING, "plan.not-read",
			  "What %s holds now is not known (%s): look before it is written over.", path,
			  facts_why(t ? t->there.from : NULL));
}

static bool differs(const struct staged *s)
{
	if (s->there == TRI_UNKNOWN)
		return true;
	if (s->there == TRI_NO)
		return s->after.n > 0;
	return s->gone || s->before.n != s->after.n ||
	       (s->before.n && memcmp(s->before.p, s->after.p, s->before.n) != 0);
}

bool host_changes(const struct host_plan *h, const char *path)
{
	const struct staged *s = find(h, path);

	return s && differs(s);
}

void host_staged_for(struct host_plan *h, struct staged *s, const char *reason, const char *says)
{
	if (!s->reason) {
		s->reason = reason;
		s->says = says;
	} else if (!strstr(s->says, says)) {
		s->says = arena_printf(h->a, "%s %s", s->says, says);
	}
}

bool host_conf_in(const struct conf *c, const char *path)
{
	size_t n = strlen(path);

	return strncmp(c->from, path, n) == 0 && (c->from[n] == ':' || c->from[n] == '\0');
}

bool host_is_own(const struct conf *c)
{
	for (size_t i = 0; plan_own_files[i]; i++)
		if (host_conf_in(c, plan_own_files[i]))
			return true;
	return false;
}

const char *host_conf_path(struct host_plan *h, const struct conf *c)
{
	const char *colon = strrchr(c->from, ':');

	return colon ? arena_printf(h->a, "%.*s", (int)(colon - c->from), c->from) : c->from;
}

bool host_failed(const struct host_plan *h, const char *id)
{
	const struct finding *x = findings_get(h->found, id);

	return x && x->verdict == VERDICT_FAIL;
}

bool host_has_word(const char *value, const char *word)
{
	return text_has_part(span_str(value ? value : ""), span_str(word));
}

const char *const *host_argv(struct host_plan *h, const char *const *words, size_t n)
{
	const char **argv = arena_alloc(h->a, (n + 1) * sizeof(*argv));

	for (size_t i = 0; argv && i < n; i++)
		argv[i] = words[i];
	h->full |= !argv;
	return argv;
}
