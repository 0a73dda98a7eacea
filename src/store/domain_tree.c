// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/domain_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define XML(s) ((const xmlChar *)(s))

/* ---- looking ------------------------------------------------------------------------------------------------ */

bool node_is(const xmlNode *n, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && !n->ns && xmlStrEqual(n->name, XML(name));
}

static xmlNode *element_from(xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

xmlNode *node_kid(const xmlNode *n)
{
	return n ? element_from(n->children) : NULL;
}

xmlNode *node_sibling(const xmlNode *n)
{
	return n ? element_from(n->next) : NULL;
}

static xmlNode *named_from(xmlNode *n, const char *name)
{
	while (n && !node_is(n, name))
		n = n->next;
	return n;
}

xmlNode *node_first(const xmlNode *parent, const char *name)
{
	return parent ? named_from(parent->children, name) : NULL;
}

xmlNode *node_next(const xmlNode *n, const char *name)
{
	return n ? named_from(n->next, name) : NULL;
}

/* Cut the next name off a path. False at its end. */
static bool path_next(const char **path, char *name, size_t n)
{
	size_t len = strcspn(*path, "/");

	if (len == 0 || len >= n)
		return false;
	memcpy(name, *path, len);
	name[len] = '\0';
	*path += len + ((*path)[len] == '/');
	return true;
}

xmlNode *node_at(xmlNode *from, const char *path)
{
	char name[64];

	while (from && path_next(&path, name, sizeof(name)))
		from = node_first(from, name);
	return from;
}

/* Copy a string of the parser's and free it. */
static const char *taken(xmlChar *s, struct arena *a)
{
	const char *copy = s ? arena_str(a, (const char *)s) : NULL;

	xmlFree(s);
	return copy;
}

const char *node_attr(const xmlNode *n, const char *name, struct arena *a)
{
	return n ? taken(xmlGetNoNsProp(n, XML(name)), a) : NULL;
}

bool node_attr_is(const xmlNode *n, const char *name, const char *value)
{
	xmlChar *s = n ? xmlGetNoNsProp(n, XML(name)) : NULL;
	bool same = s && xmlStrEqual(s, XML(value));

	xmlFree(s);
	return same;
}

const char *node_text(const xmlNode *n, struct arena *a)
{
	xmlChar *s = n ? xmlNodeGetContent(n) : NULL;
	struct span text = s ? text_trim(span_str((const char *)s)) : (struct span) { 0 };
	const char *copy = text.n ? arena_span(a, text) : NULL;

	xmlFree(s);
	return copy;
}

const char *node_gist(const xmlNode *n, struct arena *a)
{
	const char *gist = "", *text;

	for (const xmlAttr *x = n->properties; x; x = x->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, x->children, 1);

		gist = arena_printf(a, "%s%s%s=%s", gist, *gist ? " " : "", (const char *)x->name,
				    value ? (const char *)value : "");
		xmlFree(value);
	}
	text = *gist || node_kid(n) ? NULL : node_text(n, a);
	return text ? text : gist;
}

/* ---- blanks ------------------------------------------------------------------------------------------------- */

static bool is_blank(const xmlNode *n)
{
	return n && n->type == XML_TEXT_NODE && xmlIsBlankNode(n);
}

/* The line end before a node and the blanks that follow it: "\n    "; "" when it stands behind something. */
static const char *indent_of(const xmlNode *n, struct arena *a)
{
	const char *text = n && n->prev && n->prev->type == XML_TEXT_NODE ? (const char *)n->prev->content : NULL;
	const char *nl = text ? strrchr(text, '\n') : NULL;

	if (!nl || nl[1 + strspn(nl + 1, " \t")] != '\0')
		return "";
	return arena_str(a, nl);
}

/* How far a child stands to the right of its parent: as elsewhere in the document, else two blanks. */
static const char *indent_of_kid(const struct domain *d, const xmlNode *parent)
{
	const char *own = indent_of(parent, d->arena), *top = indent_of(node_kid(d->root), d->arena);

	if (parent == d->root)
		return d->root->children && !*top && node_kid(d->root) ? "" : "\n  ";
	if (!*own)
		return "";
	return arena_printf(d->arena, "%s%s", own, *top && parent != d->root ? top + 1 : "  ");
}

static void touch(xmlNode *n)
{
	struct node_raw *raw = n->_private;

	if (raw)
		raw->changed = true;
}

/* A change below a node that was written <a/> makes its start tag another one. */
static void open_up(xmlNode *n)
{
	struct node_raw *raw = n->_private;

	if (raw && raw->empty)
		raw->changed = true;
}

static xmlNode *text_new(const struct domain *d, const char *text)
{
	return xmlNewDocText(d->doc, XML(text));
}

static void node_drop(xmlNode *n)
{
	xmlUnlinkNode(n);
	xmlFreeNode(n);
}

/* xmlAddNextSibling() and friends join texts and free one of them; a link by hand does not. */
static void link_in(xmlNode *parent, xmlNode *after, xmlNode *n)
{
	n->parent = parent;
	n->prev = after;
	n->next = after ? after->next : parent->children;
	if (n->next)
		n->next->prev = n;
	else
		parent->last = n;
	if (after)
		after->next = n;
	else
		parent->children = n;
}

/* ---- changing ----------------------------------------------------------------------------------------------- */

/* The order in which libvirt writes what stands right below <domain> (conf/domain_conf.c
 * virDomainDefFormatInternalSetRootName()); it reads any. */
static const char *const order[] = {
	"name",		 "uuid", "genid",     "title",	     "description", "metadata", "memory",  "currentMemory",
	"memoryBacking", "vcpu", "iothreads", "cputune",     "numatune",    "resource", "sysinfo", "os",
	"features",	 "cpu",	 "clock",     "on_poweroff", "on_reboot",   "on_crash", "pm",	   "devices",
};

static size_t rank_of(const xmlChar *name, const xmlNs *ns)
{
	size_t i = ns ? ARRAY_SIZE(order) : 0;

	while (i < ARRAY_SIZE(order) && !xmlStrEqual(name, XML(order[i])))
		i++;
	return i;
}

/* Where a child of that name goes: behind this one. NULL: there is no child element. */
static xmlNode *place_for(const struct domain *d, const xmlNode *parent, const char *name, const xmlNs *ns)
{
	xmlNode *same = NULL, *last = NULL, *ranked = NULL;
	size_t rank = rank_of(XML(name), ns);

	for (xmlNode *n = node_kid(parent); n; n = node_sibling(n)) {
		last = n;
		if (n->ns == ns && xmlStrEqual(n->name, XML(name)))
			same = n;
		if (parent == d->root && rank_of(n->name, n->ns) <= rank)
			ranked = n;
	}
	return same ? same : ranked ? ranked : last;
}

/* The first child element of a parent that may hold blanks and comments. */
static void link_first(struct domain *d, xmlNode *parent, xmlNode *n)
{
	const char *indent = indent_of_kid(d, parent), *own = parent == d->root ? "\n" : indent_of(parent, d->arena);
	xmlNode *last;

	while (is_blank(parent->last))
		node_drop(parent->last);
	last = parent->last;
	if (*indent) {
		xmlNode *before = text_new(d, indent), *behind = text_new(d, own);

		if (before)
			link_in(parent, last, before);
		link_in(parent, before ? before : last, n);
		if (behind)
			link_in(parent, n, behind);
		return;
	}
	link_in(parent, last, n);
}

xmlNode *node_add(struct domain *d, xmlNode *parent, const char *name, xmlNs *ns)
{
	xmlNode *n = parent ? xmlNewDocNode(d->doc, ns, XML(name), NULL) : NULL, *after, *blank;
	const char *indent;

	if (!n)
		return NULL;
	open_up(parent);
	after = place_for(d, parent, name, ns);
	if (!after) {
		link_first(d, parent, n);
		return n;
	}
	indent = indent_of(after, d->arena);
	blank = *indent ? text_new(d, indent) : NULL;
	if (blank) {
		link_in(parent, after, blank);
		after = blank;
	}
	link_in(parent, after, n);
	return n;
}

xmlNode *node_make(struct domain *d, xmlNode *from, const char *path)
{
	char name[64];

	while (from && path_next(&path, name, sizeof(name))) {
		xmlNode *n = node_first(from, name);

		from = n ? n : node_add(d, from, name, NULL);
	}
	return from;
}

/* XML 1.0, 2.2: no control characters, and no U+FFFE or U+FFFF; other targets' definitions may hold any. */
static const char *xml_text(struct domain *d, const char *s)
{
	char *clean = (char *)arena_str(d->arena, s);

	text_clean(clean);
	for (char *p = clean; (p = strstr(p, "\xef\xbf")); p++)
		if ((unsigned char)p[2] >= 0xbe)
			memcpy(p, "???", 3);
	return clean;
}

void node_put(struct domain *d, xmlNode *n, const char *attr, const char *value)
{
	xmlAttr *x;

	value = value ? xml_text(d, value) : NULL;
	if (!n || (value && node_attr_is(n, attr, value)))
		return;
	x = xmlHasNsProp(n, XML(attr), NULL);
	if (!value && !x)
		return;
	touch(n);
	if (value)
		(void)xmlSetProp(n, XML(attr), XML(value));
	else
		(void)xmlRemoveProp(x);
}

xmlNs *node_ns(struct domain *d, xmlNode *n, const char *href, const char *prefix)
{
	(void)d;
	touch(n);
	return xmlNewNs(n, XML(href), XML(prefix));
}

void node_put_text(struct domain *d, xmlNode *n, const char *text)
{
	xmlNode *t;

	if (!n)
		return;
	while (n->children)
		node_drop(n->children);
	open_up(n);
	t = text_new(d, xml_text(d, text));
	if (t)
		link_in(n, NULL, t);
}

/* Take the line out that a node stood on: the blanks before it, back to the line end. */
static void line_remove(struct domain *d, xmlNode *text)
{
	const char *content = (const char *)text->content, *nl = strrchr(content, '\n');
	struct node_raw *raw = text->_private;
	xmlNode *kept =
		nl ? text_new(d, arena_span(d->arena, (struct span) { text->content, (size_t)(nl - content) }))
		   : NULL;

	if (kept && raw) { /* cut the bytes at the same line end */
		struct node_raw *cut = arena_new(d->arena, struct node_raw);
		size_t n = raw->open.n;

		while (n > 0 && raw->open.p[n - 1] != '\n')
			n--;
		n -= n > 0;
		n -= n > 0 && raw->open.p[n - 1] == '\r';
		if (cut)
			cut->open = (struct span) { raw->open.p, n };
		kept->_private = cut;
	}
	if (kept)
		link_in(text->parent, text, kept);
	node_drop(text);
}

void node_remove(struct domain *d, xmlNode *n)
{
	if (!n || n == d->root)
		return;
	if (*indent_of(n, d->arena))
		line_remove(d, n->prev);
	node_drop(n);
}

void node_remove_at(struct domain *d, xmlNode *from, const char *path)
{
	xmlNode *n;

	while ((n = node_at(from, path)))
		node_remove(d, n);
}

void node_prune(struct domain *d, xmlNode *n)
{
	if (!n || n->properties || node_kid(n))
		return;
	for (const xmlNode *c = n->children; c; c = c->next)
		if (!is_blank(c))
			return;
	node_remove(d, n);
}
