// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify/drift.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "store/vm_domain.h"

#define WORDS_MAX 65536 /* of a file; what plans write has some dozens */

struct words {
	struct span *v;
	size_t n;
};

static int by_bytes(const void *x, const void *y)
{
	const struct span *a = x, *b = y;
	size_t n = a->n < b->n ? a->n : b->n;
	int r = n ? memcmp(a->p, b->p, n) : 0;

	return r ? r : (a->n > b->n) - (a->n < b->n);
}

/* The words of @s, sorted. */
static bool words_of(struct span s, struct arena *a, struct words *ret)
{
	struct span word, *slot;

	*ret = (struct words) { 0 };
	while (ret->n < WORDS_MAX && text_word(&s, &word)) {
		slot = arena_push(a, ret->v, ret->n);
		if (!slot)
			return false;
		*slot = word;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_bytes);
	return true;
}

static bool has(const struct words *w, struct span word)
{
	return w->n && bsearch(&word, w->v, w->n, sizeof(*w->v), by_bytes);
}

/* The first word of @x that @y has not and @now, as @wanted says, has or has not; empty: none. */
static struct span first_of(const struct words *x, const struct words *y, const struct words *now, bool wanted)
{
	for (size_t i = 0; i < x->n; i++)
		if (!has(y, x->v[i]) && has(now, x->v[i]) == wanted)
			return x->v[i];
	return (struct span) { 0 };
}

static int words_look(const struct operation *op, struct span now, struct arena *a, struct drifted *ret)
{
	struct words before, after, is;
	struct span word;

	if (!words_of(op->before, a, &before) || !words_of(op->after, a, &after) || !words_of(now, a, &is))
		return -IGD_ENOMEM;
	word = first_of(&after, &before, &is, false);
	if (!word.n) {
		word = first_of(&before, &after, &is, true);
		ret->word_is_back = word.n > 0;
	}
	ret->drift = word.n ? DRIFT_LOST : DRIFT_HARMLESS;
	ret->word = arena_span(a, word);
	return a->full ? -IGD_ENOMEM : 0;
}

/* @s without its lines of comment; "" when there is no memory. */
static struct span uncommented(struct span s, struct arena *a)
{
	const char *text = "";
	struct span line;

	while (span_line(&s, &line))
		if (!text_starts(text_trim(line), "#"))
			text = arena_printf(a, "%s%.*s\n", text, (int)line.n, (const char *)line.p);
	return span_str(text);
}

const char *drift_left(struct span before, struct span after, struct span now, struct arena *a)
{
	struct span rest = after, word, longest = { 0 };
	struct words was, is;

	if (!words_of(before, a, &was) || !words_of(uncommented(now, a), a, &is))
		return NULL;
	for (rest = uncommented(after, a); text_word(&rest, &word);)
		if (word.n > longest.n && !has(&was, word) && has(&is, word))
			longest = word;
	return a->full ? NULL : arena_span(a, longest);
}

int drift_look(struct host *h, const struct operation *op, struct arena *a, struct drifted *ret)
{
	const char *path = op->target + strspn(op->target, "/");
	struct span now;
	int r = host_read(h, path, HOST_FILE_MAX, a, &now);

	*ret = (struct drifted) { .word = "", .why = "", .mtime = -1 };
	if (r == -IGD_ENOENT) {
		ret->drift = op->gone ? DRIFT_NONE : DRIFT_GONE;
		return 0;
	}
	if (host_mtime(h, path, &ret->mtime) < 0)
		ret->mtime = -1;
	if (r < 0) {
		ret->drift = DRIFT_UNREAD;
		ret->why = host_why(h, r, path, a);
		return 0;
	}
	if (op->gone || span_same(now, op->after)) {
		ret->drift = op->gone ? DRIFT_BACK : DRIFT_NONE;
		return 0;
	}
	return words_look(op, now, a, ret);
}

/* ---- definitions of VMs -------------------------------------------------------------------------------------- */

static bool same_str(const char *x, const char *y)
{
	return x && y ? strcmp(x, y) == 0 : x == y;
}

static bool has_pci(const struct vm *v, const struct vm_pci *p)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].has_host && pci_addr_cmp(v->pcis[i].host, p->host) == 0 &&
		    same_str(v->pcis[i].romfile, p->romfile))
			return true;
	return false;
}

static bool has_arg(const struct vm *v, const struct vm_arg *g)
{
	for (size_t i = 0; i < v->n_args; i++)
		if (same_str(v->args[i].option, g->option) && same_str(v->args[i].value, g->value))
			return true;
	return false;
}

/* The first device, option of QEMU's or firmware of @after that @now has not; NULL: it has all. */
static const char *missing(const struct vm *after, const struct vm *now, struct arena *a)
{
	char addr[PCI_ADDR_STR];

	for (size_t i = 0; i < after->n_pcis; i++)
		if (after->pcis[i].has_host && !has_pci(now, &after->pcis[i]))
			return arena_str(a, pci_addr_str(after->pcis[i].host, addr));
	for (size_t i = 0; i < after->n_args; i++)
		if (!has_arg(now, &after->args[i]))
			return arena_printf(a, "%s %s", after->args[i].option, or_dash(after->args[i].value));
	return after->firmware.code && !same_str(after->firmware.code, now->firmware.code) ? after->firmware.code
											   : NULL;
}

static int domain_of(struct span text, struct arena *a, struct vm *ret)
{
	struct domain d = { 0 };
	int r = domain_read(text, a, &d, NULL);

	if (r == 0)
		r = vm_domain_read(&d, a, ret);
	domain_done(&d);
	return r;
}

/* libvirt writes its own words, so what they mean is compared. */
static int elements_look(const struct operation *op, struct span now, struct arena *a, struct drifted *ret)
{
	struct vm after = { 0 }, is = { 0 };
	int r = domain_of(op->after, a, &after);

	if (r == 0)
		r = domain_of(now, a, &is);
	if (r < 0) {
		ret->drift = DRIFT_UNREAD;
		ret->why = arena_printf(a, "%s: %s", op->target, igd_error_str(r));
		return r == -IGD_ENOMEM ? r : 0;
	}
	ret->word = missing(&after, &is, a);
	ret->drift = ret->word ? DRIFT_LOST : DRIFT_HARMLESS;
	ret->word = ret->word ? ret->word : "";
	ret->word_is_back = false;
	return a->full ? -IGD_ENOMEM : 0;
}

/* Of Proxmox: without the sections of snapshots. */
static struct span main_part(struct span text)
{
	struct span rest = text, line;

	while (span_line(&rest, &line))
		if (text_starts(line, "["))
			return (struct span) { text.p, (size_t)(line.p - text.p) };
	return text;
}

int drift_look_vm(struct host *h, const struct operation *op, const char *left_sha256, struct arena *a,
		  struct drifted *ret)
{
	struct operation part = *op;
	char sha256[65];
	struct span now;
	int r = drift_look(h, op, a, ret);

	if (r < 0 || (ret->drift != DRIFT_LOST && ret->drift != DRIFT_HARMLESS))
		return r;
	r = host_read(h, op->target + strspn(op->target, "/"), HOST_FILE_MAX, a, &now);
	if (r < 0)
		return r == -IGD_ENOMEM ? r : 0;
	plan_sha256(now, sha256);
	if (left_sha256 && strcmp(sha256, left_sha256) == 0) {
		ret->drift = DRIFT_NONE; /* in libvirt's own words */
		return 0;
	}
	if (text_ends(span_str(op->target), ".xml"))
		return elements_look(op, now, a, ret);
	part.before = main_part(op->before);
	part.after = main_part(op->after);
	return words_look(&part, main_part(now), a, ret);
}
