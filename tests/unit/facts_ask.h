/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts_ask.h - what the tests of snapshots ask of one; failures name the line of the test. */
#pragma once

#include <string.h>

#include "facts/facts.h"

static inline const struct pci_fn *at(const struct facts *f, const char *addr)
{
	const struct pci_fn *p;
	struct pci_addr a;

	assert_true(pci_addr_parse(addr, &a));
	p = facts_find_pci(f, a);
	if (!p)
		fail_msg("%s is not there", addr);
	return p;
}

static inline void assert_str(struct fact_str s, const char *want, int line)
{
	if (!s.v || strcmp(s.v, want) != 0)
		fail_msg("line %d: '%s' is not '%s'", line, s.v ? s.v : "unknown", want);
}

static inline void assert_num(struct fact_num n, uint64_t want, int line)
{
	if (!n.known || n.v != want)
		fail_msg("line %d: %s%llx is not %llx", line, n.known ? "" : "unknown ", (unsigned long long)n.v,
			 (unsigned long long)want);
}

#define IS(fact, want)	  assert_str((fact), (want), __LINE__)
#define NUM(fact, want)	  assert_num((fact), (want), __LINE__)
#define UNKNOWN(fact)	  assert_null((fact).v)
#define NUM_UNKNOWN(fact) assert_false((fact).known)
