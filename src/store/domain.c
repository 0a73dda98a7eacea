// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/domain.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/domain_tree.h"

/* ---- a walk over text that is known to be well-formed ------------------------------------------------------- */

enum token_kind { TOKEN_TEXT, TOKEN_START, TOKEN_EMPTY, TOKEN_END, TOKEN_COMMENT, TOKEN_PI, TOKEN_CDATA };

struct token {
	enum token_kind kind;
	struct span raw;
};

static const struct {
	const char *head, *tail;
	enum token_kind kind;
} bracketed[] = {
	{ "<!--", "-->", TOKEN_COMMENT },
	{ "<![CDATA[", "]]>", TOKEN_CDATA },
	{ "<?", "?>", TOKEN_PI },
};

/* Where the tag at the front of @s ends: behind the ">" that stands in no quotes. */
static size_t tag_end(struct span s)
{
	uint8_t c, quote = 0;

	for (size_t i = 0; span_u8(s, i, &c); i++) {
		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			return i + 1;
		}
	}
	return s.n;
}

static size_t token_measure(struct span s, enum token_kind *ret)
{
	struct span rest;
	size_t n;

	if (!text_starts(s, "<")) {
		*ret = TOKEN_TEXT;
		return span_before(s, '<').n;
	}
	for (size_t i = 0; i < ARRAY_SIZE(bracketed); i++) {
		size_t head = strlen(bracketed[i].head);

		if (!text_starts(s, bracketed[i].head) || !span_from(s, head, &rest))
			continue;
		*ret = bracketed[i].kind;
		n = text_find(rest, bracketed[i].tail);
		return n < rest.n ? head + n + strlen(bracketed[i].tail) : s.n;
	}
	n = tag_end(s);
	*ret = text_starts(s, "</") ? TOKEN_END : n >= 2 && span_is(s, n - 2, "/>") ? TOKEN_EMPTY : TOKEN_START;
	return n;
}

static bool token_next(struct span *rest, struct token *ret)
{
	size_t n;

	if (rest->n == 0)
		return false;
	n = token_measure(*rest, &ret->kind);
	return span_cut(*rest, 0, n, &ret->raw) && span_from(*rest, n, rest);
}

/* ---- which bytes each node came from ------------------------------------------------------------------------ */

struct walk {
	struct domain *d;
	xmlNode *parent, *next; /* the node that the next token should be; NULL: the parent's end */
	size_t depth, nodes;
	struct report *rep;
};

static struct node_raw *raw_put(struct walk *w, xmlNode *n, struct span open)
{
	struct node_raw *raw = arena_new(w->d->arena, struct node_raw);

	if (raw)
		*raw = (struct node_raw) { .open = open };
	n->_private = raw;
	return raw;
}

static int refuse_limit(struct walk *w, const char *what, size_t limit)
{
	return report_refuse(w->rep, IGD_ELIMIT, REPORT_NOWHERE, "more than %zu %s", limit, what);
}

static int walk_element(struct walk *w, const struct token *t)
{
	xmlNode *n = w->next;
	struct node_raw *raw = raw_put(w, n, t->raw);

	if (!raw)
		return -IGD_ENOMEM;
	raw->empty = t->kind == TOKEN_EMPTY;
	if (raw->empty) {
		w->next = n->next;
		return 0;
	}
	if (++w->depth > DOMAIN_DEPTH_MAX)
		return refuse_limit(w, "elements in one another", DOMAIN_DEPTH_MAX);
	w->parent = n;
	w->next = n->children;
	return 0;
}

static bool walk_end(struct walk *w, const struct token *t)
{
	struct node_raw *raw = w->next || !w->parent ? NULL : w->parent->_private;

	if (!raw)
		return false;
	raw->close = t->raw;
	w->next = w->parent->next;
	w->parent = w->parent->parent;
	w->depth--;
	return true;
}

/* The tree's kind of what a token is. */
static const xmlElementType types[] = {
	[TOKEN_TEXT] = XML_TEXT_NODE,	    [TOKEN_START] = XML_ELEMENT_NODE, [TOKEN_EMPTY] = XML_ELEMENT_NODE,
	[TOKEN_COMMENT] = XML_COMMENT_NODE, [TOKEN_PI] = XML_PI_NODE,	      [TOKEN_CDATA] = XML_CDATA_SECTION_NODE,
};

/* 0, or 1 when text and tree do not agree, which the parser should make impossible. */
static int walk_token(struct walk *w, const struct token *t)
{
	if (t->kind == TOKEN_END)
		return walk_end(w, t) ? 0 : 1;
	if (!w->next || w->next->type != types[t->kind])
		return 1;
	if (++w->nodes > DOMAIN_NODES_MAX)
		return refuse_limit(w, "parts", DOMAIN_NODES_MAX);
	if (w->next->type == XML_ELEMENT_NODE)
		return walk_element(w, t);
	if (!raw_put(w, w->next, t->raw))
		return -IGD_ENOMEM;
	w->next = w->next->next;
	return 0;
}

/* The first attribute's quote, for those that are added. */
static char quote_of(struct span text)
{
	struct token t;
	uint8_t c;

	while (token_next(&text, &t))
		for (size_t i = 0; t.kind <= TOKEN_EMPTY && t.kind != TOKEN_TEXT && span_u8(t.raw, i, &c); i++)
			if (c == '"' || c == '\'')
				return (char)c;
	return '\'';
}

static int bytes_find(struct domain *d, struct report *rep)
{
	struct walk w = { .d = d, .next = d->root, .rep = rep };
	struct span rest = d->text;
	struct token t = { 0 };
	int r;

	while (token_next(&rest, &t) && t.kind != TOKEN_START && t.kind != TOKEN_EMPTY)
		;
	d->head = (struct span) { d->text.p, d->text.n - rest.n - t.raw.n };
	do {
		r = walk_token(&w, &t);
		if (r != 0)
			return r < 0 ? r
				     : report_refuse(rep, IGD_EMAGIC, d->text.n - rest.n,
						     "something that cannot be kept as it is written");
	} while (w.depth > 0 && token_next(&rest, &t));
	d->tail = rest;
	return d->arena->full ? -IGD_ENOMEM : 0;
}

/* ---- parser ------------------------------------------------------------------------------------------------- */

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_pointer;
#else
typedef xmlError *error_pointer;
#endif

/* Only the first: those behind it are about what the parser made of the rest. Whatever is not fatal libvirt lets
 * pass too (util/virxml.c), an undeclared prefix among it; the reader of the model sees that one. */
static void on_error(void *data, error_pointer e)
{
	struct report *rep = ((xmlParserCtxt *)data)->_private;
	const char *text = e->message ? e->message : "";
	size_t n = strcspn(text, "\n");

	if (rep && rep->code == 0 && e->level == XML_ERR_FATAL)
		report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "line %d: not well-formed XML: %.*s", e->line,
			      (int)(n < 160 ? n : 160), text);
}

static int tree_read(struct domain *d, struct report *rep)
{
	/* The encoding is given, so that a declaration in the document cannot name another one. */
	const int options = XML_PARSE_NONET | XML_PARSE_COMPACT;
	xmlParserCtxt *ctx = xmlNewParserCtxt();

	if (!ctx || !ctx->sax) {
		xmlFreeParserCtxt(ctx);
		return -IGD_ENOMEM;
	}
	ctx->_private = rep;
	ctx->sax->serror = on_error;
	d->doc = xmlCtxtReadMemory(ctx, (const char *)d->text.p, (int)d->text.n, NULL, "UTF-8", options);
	xmlFreeParserCtxt(ctx);
	if (d->doc)
		return 0;
	if (rep && rep->code)
		return rep->code;
	return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "not well-formed XML");
}

/* A DOCTYPE may stand only before the root. Look for it first: with one, the parser would do work that the document
 * chooses. */
static bool has_doctype(struct span text)
{
	struct token t;

	while (token_next(&text, &t)) {
		if (text_starts(t.raw, "<!DOCTYPE"))
			return true;
		if (t.kind == TOKEN_START || t.kind == TOKEN_EMPTY || t.kind == TOKEN_END)
			break;
	}
	return false;
}

static int root_read(struct domain *d, struct report *rep)
{
	d->root = xmlDocGetRootElement(d->doc);
	if (d->doc->intSubset)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "it has a DOCTYPE");
	d->fragment = node_is(d->root, "hostdev");
	if (!d->fragment && !node_is(d->root, "domain"))
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "line %ld: <%s> is neither <domain> nor <hostdev>", xmlGetLineNo(d->root),
				     d->root ? (const char *)d->root->name : "");
	d->quote = quote_of(d->text);
	return bytes_find(d, rep);
}

int domain_read(struct span text, struct arena *a, struct domain *ret, struct report *rep)
{
	struct domain d = { .arena = a, .text = text };
	size_t bad;
	int r;

	if (text.n > DOMAIN_MAX)
		return report_refuse(rep, IGD_ELIMIT, DOMAIN_MAX, "more than %u bytes", DOMAIN_MAX);
	bad = text_bad_utf8(text);
	if (bad < text.n)
		return report_refuse(rep, IGD_EMAGIC, bad, "a byte that is no UTF-8 text");
	if (text_trim(text).n == 0)
		return report_refuse(rep, IGD_EMAGIC, 0, "nothing is in it");
	if (has_doctype(text))
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "it has a DOCTYPE, which no libvirt domain needs");
	r = tree_read(&d, rep);
	if (r == 0)
		r = root_read(&d, rep);
	if (r < 0) {
		domain_done(&d);
		return r;
	}
	*ret = d;
	return 0;
}

int domain_new(struct arena *a, struct domain *ret)
{
	return domain_read(span_str("<domain type='kvm'>\n</domain>\n"), a, ret, NULL);
}

void domain_done(struct domain *d)
{
	if (d->doc)
		xmlFreeDoc(d->doc);
	*d = (struct domain) { 0 };
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

struct out {
	struct arena *a;
	uint8_t *p;
	size_t n, cap;
	char quote;
};

static void put(struct out *o, const void *p, size_t n)
{
	uint8_t *more;

	if (n > o->cap - o->n) {
		size_t cap = (o->cap + n) * 2;

		more = arena_alloc(o->a, cap);
		if (!more)
			return;
		if (o->n)
			memcpy(more, o->p, o->n);
		o->p = more;
		o->cap = cap;
	}
	if (n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_str(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static void put_escaped(struct out *o, const char *s)
{
	static const char *const escapes[] = {
		['&'] = "&amp;",   ['<'] = "&lt;",   ['>'] = "&gt;",  ['"'] = "&quot;",
		['\''] = "&apos;", ['\n'] = "&#10;", ['\t'] = "&#9;", ['\r'] = "&#13;",
	};

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ARRAY_SIZE(escapes) && escapes[c])
			put_str(o, escapes[c]);
		else
			put(o, s, 1);
	}
}

static void put_name(struct out *o, const xmlNs *ns, const xmlChar *name)
{
	if (ns && ns->prefix) {
		put_str(o, (const char *)ns->prefix);
		put_str(o, ":");
	}
	put_str(o, (const char *)name);
}

static void put_value(struct out *o, const char *value)
{
	put(o, &o->quote, 1);
	put_escaped(o, value ? value : "");
	put(o, &o->quote, 1);
}

static void put_start(struct out *o, const xmlNode *n, const struct node_raw *raw)
{
	if (raw && !raw->changed) {
		put(o, raw->open.p, raw->open.n);
		return;
	}
	put_str(o, "<");
	put_name(o, n->ns, n->name);
	for (const xmlNs *ns = n->nsDef; ns; ns = ns->next) {
		put_str(o, ns->prefix ? " xmlns:" : " xmlns");
		put_str(o, ns->prefix ? (const char *)ns->prefix : "");
		put_str(o, "=");
		put_value(o, (const char *)ns->href);
	}
	for (const xmlAttr *x = n->properties; x; x = x->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, x->children, 1);

		put_str(o, " ");
		put_name(o, x->ns, x->name);
		put_str(o, "=");
		put_value(o, (const char *)value);
		xmlFree(value);
	}
	put_str(o, n->children ? ">" : "/>");
}

static void put_node(struct out *o, const xmlNode *n)
{
	const struct node_raw *raw = n->_private;

	if (n->type != XML_ELEMENT_NODE) {
		if (raw)
			put(o, raw->open.p, raw->open.n);
		else if (n->content && xmlIsBlankNode(n))
			put_str(o, (const char *)n->content);
		else if (n->content)
			put_escaped(o, (const char *)n->content);
		return;
	}
	put_start(o, n, raw);
	for (const xmlNode *c = n->children; c; c = c->next)
		put_node(o, c);
	if (raw && raw->close.n) {
		if (n->children || !raw->changed)
			put(o, raw->close.p, raw->close.n);
	} else if (n->children) {
		put_str(o, "</");
		put_name(o, n->ns, n->name);
		put_str(o, ">");
	}
}

struct span domain_write(const struct domain *d, struct arena *a)
{
	struct out o = { .a = a, .quote = d->quote };

	put(&o, d->head.p, d->head.n);
	put_node(&o, d->root);
	put(&o, d->tail.p, d->tail.n);
	if (a->full)
		o = (struct out) { 0 };
	return (struct span) { o.p, o.n };
}
