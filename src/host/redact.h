/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redact.h - a machine's files without what names one specimen, its network or its owner; pure.
 *
 * Each thing is replaced by a token of the same shape, the n-th distinct thing by the n-th token, so that what
 * was equal stays equal: a MAC address becomes 02:00:00:00:00:01 (locally administered, IEEE Std 802-2014 8.2),
 * an IPv4 address 192.0.2.1 (RFC 5737), an IPv6 address 2001:db8::1 (RFC 3849), a UUID
 * 00000000-0000-0000-0000-000000000001, a host name "host", a serial number zeros that end in a number.
 *
 * What a file may hold goes by its path: an IPv4 address looks like a version number, so it is only looked for
 * where addresses stand. PCI addresses, ids and versions stay. Binary files are kept when their format is known
 * to hold no such thing or can be cleaned (EDID, configuration space); others are left out.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

struct redact;

/* Things seen so far; NULL without memory. */
struct redact *redact_new(void) _must_check_;
void redact_free(struct redact *r);

/*
 * The name of the machine. It is hidden as a word wherever texts of an administrator or of the log are; one that
 * could be a technical word ("pve", "debian", "cafe") only where a host name stands.
 */
void redact_host_name(struct redact *r, struct span name);

enum redacted {
	REDACTED_KEPT,	   /* *ret is what may be shown; @bytes themselves where nothing had to go */
	REDACTED_WITHHELD, /* nothing of it may be shown; *ret is empty */
};

/*
 * @bytes of the file @path (relative to the root, as host_read() takes it) for others to see. *ret is borrowed
 * from @bytes or owned by @a. One of enum redacted, or -IGD_ENOMEM.
 */
int redact_file(struct redact *r, const char *path, struct span bytes, struct arena *a,
		struct span *ret) _must_check_;

/* A path or the target of a link, by the same tokens. *ret is @path itself or owned by @a. 0 or -IGD_ENOMEM. */
int redact_path(struct redact *r, const char *path, struct arena *a, const char **ret) _must_check_;
