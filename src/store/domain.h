/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain.h - the text of a libvirt domain (libvirt formatdomain) as a tree that still knows its own bytes.
 *
 * libxml2 says what the text means; a second, dumb walk over the same text, which is known to be well-formed by then,
 * notes which bytes each node came from. So a document without edits is written as it was read, and in an edited one
 * every tag, comment and blank that no edit touched keeps its bytes: quotes, order of attributes, line ends. libvirt
 * writes single quotes and libxml2 double ones, so a plain dump of the tree would change each line.
 *
 * Nothing but memory is touched: no network, no DTD, no entity of the document's own.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"

#define DOMAIN_MAX	 (1U << 20) /* libvirt's own are some KiB; its parser takes 10 MiB */
#define DOMAIN_NODES_MAX 8192
#define DOMAIN_DEPTH_MAX 64

struct _xmlDoc;
struct _xmlNode;

struct domain {
	struct arena *arena;
	struct span text;	/* borrowed */
	struct span head, tail; /* what stands before and behind the root */
	struct _xmlDoc *doc;	/* owned, see domain_done() */
	struct _xmlNode *root;
	bool fragment; /* the root is <hostdev> */
	char quote;    /* of the attributes, as in the document's first one */
};

/* Take a text apart; it must outlive @ret. What -IGD_EMAGIC means is in the report, with the line: ill-formed XML, a
 * root that is neither <domain> nor <hostdev>, a DOCTYPE, bytes that are no UTF-8. Else -IGD_ELIMIT, -IGD_ENOMEM. */
int domain_read(struct span text, struct arena *a, struct domain *ret, struct report *rep) _must_check_;

/* An empty <domain type='kvm'>. */
int domain_new(struct arena *a, struct domain *ret) _must_check_;

/* Free the tree; what was written and read out of it lives on in the arena. */
void domain_done(struct domain *d);

/* The text again; for a document without edits the bytes that were read. An empty span when the arena is full. */
struct span domain_write(const struct domain *d, struct arena *a);
