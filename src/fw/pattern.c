// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/pattern.h"

#include <string.h>

#include "base/error.h"

/* Find the run that a search can begin with. */
static int finish(struct pattern *p, struct report *rep)
{
	size_t run = 0;

	p->solid = p->n_solid = 0;
	for (size_t i = 0; i < p->n; i++) {
		run = p->mask[i] == 0xff ? run + 1 : 0;
		if (run > p->n_solid) {
			p->n_solid = run;
			p->solid = i + 1 - run;
		}
	}
	if (p->n_solid == 0)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "a pattern wants one byte at least without wildcards");
	return 0;
}

/* One digit: its value, 16 for any, -1 for none. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c == '?' || c == '.')
		return 16;
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int pattern_hex(const char *text, struct pattern *ret, struct report *rep)
{
	struct pattern p = { .n = 0 };

	for (const char *c = text; *c;) {
		int hi, lo;

		if (*c == ' ') {
			c++;
			continue;
		}
		hi = digit(c[0]);
		lo = hi < 0 ? -1 : digit(c[1]);
		if (lo < 0)
			return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
					     "\"%.40s\" is no hex pattern; they look like \"55 aa ?? 2?\"", text);
		if (p.n == PATTERN_MAX)
			return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "a pattern has at most %d bytes",
					     PATTERN_MAX);
		p.byte[p.n] = (uint8_t)((hi & 0xf) << 4 | (lo & 0xf));
		p.mask[p.n++] = (uint8_t)((hi < 16 ? 0xf0 : 0) | (lo < 16 ? 0x0f : 0));
		c += 2;
	}
	*ret = p;
	return finish(ret, rep);
}

int pattern_text(const char *text, bool wide, struct pattern *ret, struct report *rep)
{
	struct pattern p = { .n = strlen(text) * (wide ? 2 : 1) };

	if (p.n > PATTERN_MAX)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "a text has at most %d letters",
				     PATTERN_MAX / (wide ? 2 : 1));
	for (size_t i = 0; i < p.n; i++) {
		p.byte[i] = !wide ? (uint8_t)text[i] : i % 2 ? 0 : (uint8_t)text[i / 2];
		p.mask[i] = 0xff;
	}
	*ret = p;
	return finish(ret, rep);
}

void pattern_guid(const struct guid *g, struct pattern *ret)
{
	*ret = (struct pattern) { .n = sizeof(g->b), .n_solid = sizeof(g->b) };
	memcpy(ret->byte, g->b, sizeof(g->b));
	memset(ret->mask, 0xff, sizeof(g->b));
}

static bool fits(const struct pattern *p, struct span s)
{
	for (size_t i = 0; i < p->n; i++)
		if ((s.p[i] ^ p->byte[i]) & p->mask[i])
			return false;
	return true;
}

bool pattern_find(const struct pattern *p, struct span s, size_t from, size_t *ret)
{
	struct span rest, here;

	while (span_from(s, from, &rest) && rest.n >= p->n && span_from(rest, p->solid, &here)) {
		const uint8_t *hit = memmem(here.p, here.n, p->byte + p->solid, p->n_solid);

		if (!hit)
			return false;
		from += (size_t)(hit - here.p);
		if (!span_cut(s, from, p->n, &here))
			return false;
		if (fits(p, here)) {
			*ret = from;
			return true;
		}
		from++;
	}
	return false;
}
