// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * admit_domain.c - could a plan have made this of a domain of libvirt's?
 *
 * A plan may write the whole domain anew (render.c, edits()), so texts are not compared: each attribute and each text
 * of the new domain is one that the old one has at the same place, or one that the writers of store/vm_domain*.c put
 * there. What names a file of the host, but for the ROM, or a program, they only carry over.
 */
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/admit.h"
#include "store/domain.h"
#include "store/domain_tree.h"
#include "store/qemu_args.h"
#include "store/vm_domain.h"

/* ---- what a document says ------------------------------------------------------------------------------------ */

struct saying {
	const char *where; /* "devices/disk/source@file", "memory"; "qemu:override/..."; of strange namespaces by
			      address */
	const char *value;
};

struct sayings {
	struct arena *a;
	struct saying *v;
	size_t n;
	const char **args; /* <qemu:arg>s, in their order */
	size_t n_args;
};

static void say(struct sayings *s, const char *where, const char *value)
{
	struct saying *x = arena_push(s->a, s->v, s->n);

	if (x)
		*x = (struct saying) { where, value };
}

static const char *name_of(struct arena *a, const xmlChar *name, const xmlNs *ns)
{
	if (!ns)
		return arena_str(a, (const char *)name);
	if (xmlStrEqual(ns->href, (const xmlChar *)DOMAIN_QEMU_NS))
		return arena_printf(a, "qemu:%s", (const char *)name);
	return arena_printf(a, "{%s}%s", (const char *)ns->href, (const char *)name);
}

/* The text right in @n, without blanks around it; NULL: none. */
static const char *own_text(const xmlNode *n, struct arena *a)
{
	const char *all = "";

	for (const xmlNode *c = n->children; c; c = c->next)
		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			all = arena_printf(a, "%s%s", all, c->content ? (const char *)c->content : "");
	all = arena_span(a, text_trim(span_str(all)));
	return *all ? all : NULL;
}

static void element_say(struct sayings *s, const xmlNode *n, const char *where)
{
	const char *text = own_text(n, s->a);

	if (text)
		say(s, where, text);
	for (const xmlAttr *x = n->properties; x; x = x->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, x->children, 1);

		say(s, arena_printf(s->a, "%s@%s", where, name_of(s->a, x->name, x->ns)),
		    arena_str(s->a, value ? (const char *)value : ""));
		xmlFree(value);
	}
	if (strcmp(where, "qemu:commandline/qemu:arg") == 0) {
		const char **arg = arena_push(s->a, s->args, s->n_args);
		const char *value = node_attr(n, "value", s->a);

		if (arg)
			*arg = value ? value : "";
	}
}

/* Depth first, without recursion; a document has DOMAIN_DEPTH_MAX levels. */
static void tree_say(struct sayings *s, const xmlNode *root)
{
	const char *where[DOMAIN_DEPTH_MAX + 2] = { node_is(root, "hostdev") ? "devices/hostdev" : "" };
	const xmlNode *n = root;
	size_t depth = 0;

	while (n) {
		const xmlNode *kid = node_kid(n);
		const char *above;

		element_say(s, n, where[depth]);
		if (kid && depth < DOMAIN_DEPTH_MAX) {
			depth++;
			n = kid;
		} else {
			while (n != root && !node_sibling(n)) {
				n = n->parent;
				depth--;
			}
			n = n == root ? NULL : node_sibling(n);
		}
		above = depth && where[depth - 1] ? where[depth - 1] : "";
		if (n)
			where[depth] =
				arena_printf(s->a, "%s%s%s", above, *above ? "/" : "", name_of(s->a, n->name, n->ns));
	}
}

static bool document_say(struct span text, struct arena *a, struct sayings *ret)
{
	struct domain d;

	*ret = (struct sayings) { .a = a };
	if (domain_read(text, a, &d, NULL) < 0)
		return false;
	tree_say(ret, d.root);
	domain_done(&d);
	return !a->full;
}

static int by_order(const void *a, const void *b)
{
	const struct saying *x = a, *y = b;
	int r = strcmp(x->where, y->where);

	return r ? r : strcmp(x->value, y->value);
}

static bool says(const struct sayings *s, const char *where, const char *value)
{
	const struct saying x = { where, value };

	return s->n && bsearch(&x, s->v, s->n, sizeof(*s->v), by_order) != NULL;
}

/* ---- what the writers put there ------------------------------------------------------------------------------- */

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:;+~^ "

/* Where, "devices/disk/driver@*" any attribute there, "cpu/" anything below; the values between blanks; NULL: a word
 * without '/'. */
static const struct put_row {
	const char *where, *values;
} put_rows[] = {
	{ "@type", "kvm" },
	{ "memory", NULL },
	{ "memory@unit", NULL },
	{ "currentMemory", NULL },
	{ "currentMemory@unit", NULL },
	{ "vcpu", NULL },
	{ "vcpu@*", NULL },
	{ "cputune/vcpupin@*", NULL },
	{ "cputune/emulatorpin@*", NULL },
	{ "cpu@*", NULL },
	{ "cpu/", NULL },
	{ "features/", NULL },
	{ "clock@offset", "utc localtime" },
	{ "os@firmware", "efi" },
	{ "os/type", "hvm" },
	{ "os/type@*", NULL },
	{ "os/firmware/feature@*", NULL },
	{ "os/loader@type", "pflash rom" },
	{ "os/loader@readonly", "yes" },
	{ "os/loader@secure", "yes no" },
	{ "os/boot@dev", "hd cdrom network fd" },
	{ "devices/disk@type", "file block" },
	{ "devices/disk@device", "disk cdrom" },
	{ "devices/disk/driver@*", NULL },
	{ "devices/disk/target@*", NULL },
	{ "devices/disk/serial", NULL },
	{ "devices/disk/boot@order", NULL },
	{ "devices/disk/address@*", NULL },
	{ "devices/controller@*", NULL },
	{ "devices/controller/address@*", NULL },
	{ "devices/interface@type", "user bridge network" },
	{ "devices/interface/model@type", NULL },
	{ "devices/interface/driver@queues", NULL },
	{ "devices/interface/link@state", "up down" },
	{ "devices/interface/mtu@size", NULL },
	{ "devices/interface/vlan/tag@id", NULL },
	{ "devices/interface/boot@order", NULL },
	{ "devices/interface/address@*", NULL },
	{ "devices/hostdev@*", NULL },
	{ "devices/hostdev/alias@name", NULL },
	{ "devices/hostdev/driver@name", "vfio" },
	{ "devices/hostdev/source@startupPolicy", "optional" },
	{ "devices/hostdev/source/address@*", NULL },
	{ "devices/hostdev/source/vendor@id", NULL },
	{ "devices/hostdev/source/product@id", NULL },
	{ "devices/hostdev/rom@bar", "on off" },
	{ "devices/hostdev/rom@enabled", "no yes" },
	{ "devices/hostdev/boot@order", NULL },
	{ "devices/hostdev/address@*", NULL },
	{ "devices/serial@type", "pty" },
	{ "devices/channel@type", "unix" },
	{ "devices/channel/target@type", "virtio" },
	{ "devices/channel/target@name", "org.qemu.guest_agent.0" },
	{ "devices/graphics@type", "vnc" },
	{ "devices/graphics@port", "-1" },
	{ "devices/graphics@autoport", "yes" },
	{ "devices/video/model@type", NULL },
	{ "devices/memballoon@model", "none virtio" },
	{ "devices/input@*", NULL },
	{ "devices/iommu@model", NULL },
	{ "devices/sound@model", NULL },
	{ "devices/tpm@model", NULL },
	{ "devices/tpm/backend@type", "emulator" },
	{ "devices/tpm/backend@version", NULL },
	{ "devices/rng@model", "virtio" },
	{ "devices/rng/backend@model", "random" },
	{ "devices/rng/backend", "/dev/urandom" },
	{ "qemu:capabilities/qemu:del@capability", "device.json+hotplug" },
	{ "qemu:override/qemu:device@alias", NULL },
	{ "qemu:override/qemu:device/qemu:frontend/qemu:property@type", "bool string unsigned signed" },
	{ "qemu:override/qemu:device/qemu:frontend/qemu:property@value", NULL },
};

static bool fits(const char *where, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(where, pattern, n - 1) == 0;
	return pattern[n - 1] == '/' ? strncmp(where, pattern, n) == 0 : strcmp(where, pattern) == 0;
}

/* <disk>'s source is a file or a device, by where it lies. */
static bool is_source(const struct sayings *was, const char *where, const char *value)
{
	return fits(where, "devices/disk/source@*") &&
	       (says(was, "devices/disk/source@file", value) || says(was, "devices/disk/source@dev", value));
}

static bool is_rom(const char *where, const char *value)
{
	return strcmp(where, "devices/hostdev/rom@file") == 0 && value[0] == '/' && admit_is_plain(span_str(value));
}

/* What a plan sets of a device's properties, and what raw arguments set before. */
static bool is_property(struct sayings *was, const char *where, const char *value)
{
	if (strcmp(where, "qemu:override/qemu:device/qemu:frontend/qemu:property@name") != 0 ||
	    !admit_is_of(span_str(value), WORD))
		return false;
	for (size_t i = 0; i < was->n_args; i++)
		if (strstr(was->args[i], arena_printf(was->a, ",%s=", value)))
			return true;
	return strncmp(value, "x-", 2) == 0 || strcmp(value, "rombar") == 0;
}

/* libvirt wants a name. */
static bool is_first_name(const struct sayings *was, const struct saying *x)
{
	for (size_t i = 0; i < was->n; i++)
		if (strcmp(was->v[i].where, "name") == 0)
			return false;
	return strcmp(x->where, "name") == 0 && strcmp(x->value, "vm") == 0;
}

static bool is_put(struct sayings *was, const struct saying *x)
{
	if (is_first_name(was, x) || strncmp(x->where, "metadata/", 9) == 0 || is_source(was, x->where, x->value) ||
	    is_rom(x->where, x->value) || is_property(was, x->where, x->value))
		return true;
	if (strcmp(x->where, "qemu:commandline/qemu:arg@value") == 0)
		return true; /* args_kept() */
	for (size_t i = 0; i < ARRAY_SIZE(put_rows); i++)
		if (fits(x->where, put_rows[i].where))
			return put_rows[i].values ? facts_word_in(put_rows[i].values, x->value)
						  : admit_is_of(span_str(x->value), WORD);
	return false;
}

/* ---- raw arguments --------------------------------------------------------------------------------------------- */

static size_t option_size(const struct sayings *s, size_t at)
{
	return s->args[at][0] == '-' && qemu_option_has_value(s->args[at]) && at + 1 < s->n_args ? 2 : 1;
}

/* The options are of those that there were, and in their order. */
static bool args_kept(const struct sayings *was, const struct sayings *now)
{
	size_t k = 0;

	for (size_t i = 0; i < now->n_args;) {
		size_t n = option_size(now, i);

		while (k < was->n_args && !(option_size(was, k) == n && strcmp(was->args[k], now->args[i]) == 0 &&
					    (n == 1 || strcmp(was->args[k + 1], now->args[i + 1]) == 0)))
			k += option_size(was, k);
		if (k >= was->n_args)
			return false;
		k += n;
		i += n;
	}
	return true;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

bool admit_is_domain(struct span text)
{
	struct span s = text_trim(text);

	text_skip(&s, "\xef\xbb\xbf");
	return text_starts(s, "<");
}

bool admit_domain_edited(struct span before, struct span after, struct arena *a)
{
	struct sayings was, now;

	if (!document_say(before, a, &was) || !document_say(after, a, &now))
		return false;
	if (was.n)
		qsort(was.v, was.n, sizeof(*was.v), by_order);
	for (size_t i = 0; i < now.n; i++)
		if (!says(&was, now.v[i].where, now.v[i].value) && !is_put(&was, &now.v[i]))
			return false;
	return args_kept(&was, &now);
}
