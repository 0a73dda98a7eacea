// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree.c - the facts of a machine from its own files: live, below a folder, or out of a capture.
 */
#include "facts/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

const char *tree_path(struct tree *t, const char *fmt, ...)
{
	char path[HOST_PATH_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= sizeof(path) ? "" : arena_str(&t->f->arena, path);
}

/* Remember what was asked, and why there is no answer. Absence is no reason: the asker knows what it means. */
static bool asked(struct tree *t, const char *path, int r)
{
	t->path = arena_printf(&t->f->arena, "/%s", path);
	t->why = r < 0 && r != -IGD_ENOENT ? host_why(t->h, r, path, &t->f->arena) : NULL;
	return r >= 0;
}

bool tree_read(struct tree *t, const char *path, struct span *ret)
{
	return asked(t, path, host_read(t->h, path, HOST_TEXT_MAX, &t->f->arena, ret));
}

bool tree_head(struct tree *t, const char *path, size_t n, struct span *ret)
{
	return asked(t, path, host_read_head(t->h, path, *ret, n, &t->f->arena, ret));
}

const char *tree_text(struct tree *t, const char *path)
{
	struct span s;
	char *text;

	if (!tree_read(t, path, &s))
		return NULL;
	text = (char *)arena_span(&t->f->arena, text_trim(s));
	if (*text)
		text_clean(text);
	return text;
}

void tree_str(struct tree *t, struct fact_str *fact, const char *path)
{
	const char *s = tree_text(t, path);

	fact_str_set(fact, s, t->path);
	fact_str_why(fact, t->why);
}

void tree_num(struct tree *t, struct fact_num *fact, const char *path)
{
	struct span s;
	uint64_t v;

	if (tree_read(t, path, &s) && text_number(text_trim(s), &v))
		fact_num_set(fact, v, t->path);
	fact_num_why(fact, t->why);
}

void tree_flag(struct tree *t, struct fact_tri *fact, const char *path)
{
	struct span s;

	if (tree_read(t, path, &s) && s.n)
		fact_tri_set(fact, s.p[0] == '1', t->path);
	fact_tri_why(fact, t->why);
}

const char *tree_link(struct tree *t, const char *path)
{
	const char *target = NULL;

	return asked(t, path, host_link(t->h, path, &t->f->arena, &target)) ? target : NULL;
}

const char *tree_link_name(struct tree *t, const char *path)
{
	const char *target = tree_link(t, path), *slash = target ? strrchr(target, '/') : NULL;

	return slash ? slash + 1 : target;
}

bool tree_list(struct tree *t, const char *path, struct host_names *ret)
{
	*ret = (struct host_names) { 0 };
	return asked(t, path, host_list(t->h, path, &t->f->arena, ret));
}

enum tri tree_has(struct tree *t, const char *path)
{
	int r = host_has(t->h, path);

	asked(t, path, r);
	return r < 0 && r != -IGD_ENOENT ? TRI_UNKNOWN : r > 0 ? TRI_YES : TRI_NO;
}

void tree_there(struct tree *t, struct fact_tri *fact, const char *path, const char *beside)
{
	enum tri there = tree_has(t, path);
	const char *from = t->path;

	if (there == TRI_UNKNOWN)
		fact_tri_why(fact, t->why);
	else if (there == TRI_YES || t->whole || (beside && tree_has(t, beside) == TRI_YES))
		fact_tri_set(fact, there == TRI_YES, from);
}

/* A folder is all of a root when programs lie beside its etc/. An archive of somebody else may hold just the files
 * that they thought of, whatever is among them. */
bool tree_is_root(struct tree *t)
{
	if (tree_has(t, "etc") != TRI_YES)
		return false;
	return t->whole ||
	       (!host_is_capture(t->h) && (tree_has(t, "usr/bin") == TRI_YES || tree_has(t, "usr/lib") == TRI_YES));
}

bool tree_last_pci(const char *path, struct pci_addr *ret)
{
	struct span rest = span_str(path ? path : ""), part;
	struct pci_addr a;
	bool found = false;

	while (text_part(&rest, "/", &part)) {
		if (part.n >= 12 && pci_addr_read(&part, &a) && part.n == 0) {
			*ret = a;
			found = true;
		}
	}
	return found;
}

static int log_read(struct tree *t)
{
	struct span text;
	int r = host_klog(t->h, &t->f->arena, &text);

	if (!asked(t, HOST_KLOG, r)) {
		fact_tri_why(&t->f->log_whole, t->why ? "the kernel's log: only root may read it" : NULL);
		return 0;
	}
	return facts_log_text(t->f, "dmesg", text, 1);
}

/* Only of the live machine and of captures of ours it is known who looked; both hold all there is. */
static void as_root(struct tree *t)
{
	int yes = host_as_root(t->h);

	t->whole = yes >= 0;
	if (yes >= 0)
		fact_tri_set(&t->f->as_root, yes, t->f->input);
}

int facts_read_tree(struct facts *f, struct host *h, struct report *rep)
{
	static void (*const parts[])(struct tree * t) = { tree_pci,	tree_machine, tree_conf,   tree_kernel,
							  tree_display, tree_usb,     tree_net,	   tree_console,
							  tree_disks,	tree_crypt,   tree_guests, tree_packages };
	struct tree t = { .f = f, .h = h, .rep = rep };
	int r;

	as_root(&t);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i](&t);
	r = log_read(&t);
	if (r == 0)
		r = facts_log_apply(f, rep);
	if (r < 0 && rep && !rep->code)
		return report_refuse(rep, -r, REPORT_NOWHERE, "the kernel's log: %s", igd_error_str(r));
	return r;
}
