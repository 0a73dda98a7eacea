// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan.c - the list itself: adding, telling, refusing. What goes into it is decided elsewhere.
 */
#include "plan/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

const char *const plan_own_files[] = {
	"/etc/modprobe.d/igdctl.conf",
	"/etc/modules-load.d/igdctl.conf",
	"/etc/default/grub.d/90-igdctl.cfg",
	"/etc/cmdline.d/90-igdctl.conf",
	"/etc/initramfs-tools/hooks/igdctl",
	"/etc/dracut.conf.d/90-igdctl.conf",
	"/etc/mkinitcpio.conf.d/90-igdctl.conf",
	"/etc/grub.d/42_igdctl",
	"/boot/loader/entries/igdctl-spare.conf",
	"/efi/loader/entries/igdctl-spare.conf",
	"/boot/efi/loader/entries/igdctl-spare.conf",
	PLAN_GUARD_UNIT,
	PLAN_GUARD_WANTS,
	NULL,
};

void plan_sha256(struct span bytes, char ret[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	if (bytes.n)
		sha256_update(&ctx, bytes.n, bytes.p);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

bool plan_add(struct plan *p, const struct operation *op)
{
	struct operation *slot = arena_push(p->arena, p->ops, p->n_ops);

	if (!slot)
		return false;
	*slot = *op;
	slot->before_sha256[0] = slot->after_sha256[0] = '\0';
	if (op->kind == OP_RUN)
		return true;
	if (op->there == TRI_YES)
		plan_sha256(op->before, slot->before_sha256);
	if (!op->gone)
		plan_sha256(op->after, slot->after_sha256);
	return true;
}

bool plan_is_guard(const struct operation *op)
{
	return op->kind == OP_WRITE &&
	       (strcmp(op->target, PLAN_GUARD_UNIT) == 0 || strcmp(op->target, PLAN_GUARD_WANTS) == 0);
}

bool plan_is_try(const struct plan *p)
{
	for (size_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].kind == OP_BIND)
			return true;
	return false;
}

bool plan_wants_boot(const struct plan *p)
{
	for (size_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].kind == OP_WRITE || p->ops[i].kind == OP_RUN)
			return !plan_is_try(p);
	return false;
}

static bool has_driver(const struct plan *p, const char *where)
{
	for (size_t i = 0; i < p->n_promises; i++)
		if (p->promises[i].kind == PROMISE_DRIVER && strcmp(p->promises[i].where, where) == 0)
			return true;
	return false;
}

/* By its promises (promise.c): a group comes without a driver only while the IOMMU is off. */
bool plan_is_first_stage(const struct plan *p)
{
	for (size_t i = 0; i < p->n_promises; i++)
		if (p->promises[i].kind == PROMISE_GROUP && !has_driver(p, p->promises[i].where))
			return true;
	return false;
}

static bool promise_same(const struct promise *a, const struct promise *b)
{
	return a->kind == b->kind && a->absent == b->absent && strcmp(a->where, b->where) == 0 &&
	       strcmp(a->what, b->what) == 0;
}

bool plan_promise(struct plan *p, const struct promise *q)
{
	struct promise *slot;

	for (size_t i = 0; i < p->n_promises; i++)
		if (promise_same(&p->promises[i], q))
			return true;
	slot = arena_push(p->arena, p->promises, p->n_promises);
	if (slot)
		*slot = *q;
	return slot != NULL;
}

static _printf_(4, 0) void tell(struct plan *p, enum plan_word word, const char *id, const char *fmt, va_list ap)
{
	struct plan_note *note;
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = n < 0 ? NULL : arena_alloc(p->arena, (size_t)n + 1);
	note = text ? arena_push(p->arena, p->notes, p->n_notes) : NULL;
	if (!note)
		return;
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	*note = (struct plan_note) { word, id, text };
}

void plan_tell(struct plan *p, enum plan_word word, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(p, word, id, fmt, ap);
	va_end(ap);
}

void plan_refuse(struct plan *p, const char *id, const char *fmt, ...)
{
	va_list ap;

	p->n_ops = p->n_promises = 0;
	p->ops = NULL;
	p->promises = NULL;
	p->refused = true;
	va_start(ap, fmt);
	tell(p, PLAN_WHY, id, fmt, ap);
	va_end(ap);
}
