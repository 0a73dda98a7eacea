/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - the links of the chain that the running kernel answers, and what broke them; private to verify/. */
#pragma once

#include "verify/made.h"
#include "verify/verify.h"

struct chain {
	const struct journal *j;
	const struct facts *f;
	struct host *h;
	struct arena *a;
	struct verified *all; /* what was looked at so far */
	struct made_memo memo;
	const char *boot; /* id of the kernel that runs; "" unknown */
};

/* A PROMISE_WORD, PROMISE_GROUP or PROMISE_DRIVER: .kept, .says and .next of @k. */
void link_running(struct chain *c, struct kept_promise *k);

/* What makes the boot entries, or the images, of @q anew: a sentence. */
const char *link_remake(struct chain *c, const struct transaction *t, const struct promise *q);
