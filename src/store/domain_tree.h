/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain_tree.h - looking at a domain's elements, and changing them so that their neighbours keep their bytes.
 *
 * Only these functions may change a domain's tree: they mark what can no longer be written from the bytes read.
 */
#pragma once

#include <libxml/tree.h>

#include "store/domain.h"

/* Bytes of a node; in xmlNode._private. A node of our own making has none. */
struct node_raw {
	struct span open;  /* start tag, or all of a text or comment */
	struct span close; /* end tag; empty for <a/> */
	bool empty;	   /* <a/> */
	bool changed;	   /* its start tag must be made anew */
};

/* ---- looking; elements without a namespace only, but for node_kid() ------------------------------------------ */

bool node_is(const xmlNode *n, const char *name);
xmlNode *node_kid(const xmlNode *n);	 /* first child element of any name and namespace; NULL: none */
xmlNode *node_sibling(const xmlNode *n); /* the next element of any name and namespace */
/* First child, next sibling of that name. */
xmlNode *node_first(const xmlNode *parent, const char *name);
xmlNode *node_next(const xmlNode *n, const char *name);
xmlNode *node_at(xmlNode *from, const char *path); /* "os/loader": the first of each; NULL too when @from is */

/* NULL: not there, or @n is NULL; no text is NULL too. */
const char *node_attr(const xmlNode *n, const char *name, struct arena *a);
bool node_attr_is(const xmlNode *n, const char *name, const char *value);
const char *node_text(const xmlNode *n, struct arena *a); /* without blanks around it */
/* What is written between the element's name and its ">", or its text when it has no attributes. */
const char *node_gist(const xmlNode *n, struct arena *a);

/* ---- changing ------------------------------------------------------------------------------------------------ */

/* A new child: behind the last of the same name, else the last of all; on a line of its own where the others are.
 * NULL when memory is out. With @ns the name is in that namespace. */
xmlNode *node_add(struct domain *d, xmlNode *parent, const char *name, xmlNs *ns);
xmlNode *node_make(struct domain *d, xmlNode *from, const char *path); /* node_at(), adding what is missing */
void node_put(struct domain *d, xmlNode *n, const char *attr, const char *value); /* @value NULL: take it out */
/* Declare a namespace on @n. NULL when memory is out. */
xmlNs *node_ns(struct domain *d, xmlNode *n, const char *href, const char *prefix);
void node_put_text(struct domain *d, xmlNode *n, const char *text);
void node_remove(struct domain *d, xmlNode *n);				/* NULL: nothing */
void node_remove_at(struct domain *d, xmlNode *from, const char *path); /* all elements of that path */
void node_prune(struct domain *d, xmlNode *n); /* remove it when it says nothing: no attributes, no children */
