// SPDX-License-Identifier: GPL-2.0-or-later
/* seen.c - what counts of a record, and whom to believe. */
#include <string.h>

#include "base/text.h"
#include "rehearse/judge.h"

#define PCI_DECODING 3 /* memory and I/O, PCI Local Bus Specification 3.0, 6.2.2 */
#define ADDRESS_MASK UINT64_C(0xfffff000)

static const char *const ours_names[] = { [OURS_ASSIGNMENT] = "IgdAssignment", [OURS_POLICY] = "GopPolicy" };

/* ---- the device --------------------------------------------------------------------------------------------- */

/* An address that was written; 0 clears it, and is half of a 64-bit address as well. */
static void address_see(const struct heard_line *l, const struct heard_line **first, const struct heard_line **other)
{
	if (!(l->event.value & ADDRESS_MASK))
		return;
	if (!*first)
		*first = l;
	else if (!*other && (*first)->event.value != l->event.value)
		*other = l;
}

static void event_see(struct seen *s, const struct heard_line *l, size_t i)
{
	switch (l->event.kind) {
	case EMU_EVENT_RESET:
		*s = (struct seen) { .from = i + 1 };
		break;
	case EMU_EVENT_BDSM:
		address_see(l, &s->bdsm, &s->bdsm_other);
		s->bdsm_last = l;
		break;
	case EMU_EVENT_ASLS:
		address_see(l, &s->asls, &s->asls_other);
		break;
	case EMU_EVENT_ENABLED:
		s->decoding |= (l->event.value & PCI_DECODING) != 0;
		break;
	case EMU_EVENT_PLANE:
		*(l->event.on ? &s->plane : &s->dark) = l;
		break;
	case EMU_EVENT_POWER:
	case EMU_EVENT_FORCEWAKE:
		s->power = l;
		break;
	case EMU_EVENT_I2C:
		s->i2c = l;
		break;
	case EMU_EVENT_GTT:
		break;
	}
}

/* ---- the guest ---------------------------------------------------------------------------------------------- */

static void guest_see(struct seen *s, const char *text)
{
	struct span rest;

	s->n_guest++;
	for (size_t k = 0; k < OURS_COUNT; k++)
		s->n_started[k] += said_by(text, ours_names[k], &rest) && text_starts(rest, "started, version ");
}

/* The words of Witness in line @i, which begin with @head as whole words. */
static bool witness_at(const struct judge *j, size_t i, const char *head, struct span *ret)
{
	const struct heard_line *l = &j->r->lines[i];
	struct span rest, behind;

	if (l->who != HEARD_GUEST || !said_by(l->text, "Witness", &rest))
		return false;
	behind = rest;
	if (!text_skip(&behind, head) || (behind.n && !text_starts(behind, " ")))
		return false;
	*ret = rest;
	return true;
}

/* The only line with that head. 1: there is one; 0: none; -1: several that differ. */
static int witness_only(const struct judge *j, const char *head, struct span *ret)
{
	struct span line, first = { NULL, 0 };

	for (size_t i = j->seen.from; i < j->r->n_lines; i++) {
		if (!witness_at(j, i, head, &line))
			continue;
		if (first.p && !span_same(first, line))
			return -1;
		first = line;
	}
	if (first.p)
		*ret = first;
	return first.p != NULL;
}

/* Does @line, its word of the display, say of the registers what the device itself holds? */
static bool registers_agree(const struct judge *j, struct span line)
{
	const char *key = j->setup->igd.bdsm == EMU_BDSM_64 ? "bdsm64" : "bdsm";
	uint64_t asls, bdsm;

	if (!said_number(line, "asls", &asls) || asls != j->r->asls)
		return false;
	return j->setup->igd.bdsm == EMU_BDSM_NONE || (said_number(line, key, &bdsm) && bdsm == j->r->bdsm);
}

/* Whatever runs in the guest can speak in its name; so it has to speak with one voice, and as the device does. */
static void witness_judge(struct judge *j)
{
	struct seen *s = &j->seen;
	struct span line;
	int igd, ready;

	if (!j->setup->witness.n) {
		s->doubt = "no driver was there to tell of the guest's memory";
		return;
	}
	ready = witness_only(j, "ready", &line);
	igd = witness_only(j, "igd " SAID_IGD, &line);
	s->witness = ready > 0 && igd > 0 && registers_agree(j, line);
	if (ready == 0)
		s->doubt = "the firmware did not come to the point where the driver Witness tells of it";
	else if (ready < 0 || igd < 0)
		s->doubt = "the driver Witness is heard with two voices, so neither is believed";
	else if (igd == 0)
		s->doubt = "the driver Witness found no Intel display at " SAID_IGD;
	else if (!s->witness)
		s->doubt =
			"what is heard as Witness tells of other registers than the device has, and is not believed";
}

void seen_collect(struct judge *j)
{
	for (size_t i = 0; i < j->r->n_lines; i++) {
		const struct heard_line *l = &j->r->lines[i];

		if (l->who == HEARD_DEVICE)
			event_see(&j->seen, l, i);
		else if (l->who == HEARD_GUEST)
			guest_see(&j->seen, l->text);
	}
	witness_judge(j);
}

bool seen_line(const struct judge *j, const char *head, struct span *ret)
{
	return j->seen.witness && witness_only(j, head, ret) > 0;
}

bool seen_next(const struct judge *j, const char *head, size_t *at, struct span *ret)
{
	size_t i = *at < j->seen.from ? j->seen.from : *at;

	for (; j->seen.witness && i < j->r->n_lines; i++)
		if (witness_at(j, i, head, ret)) {
			*at = i + 1;
			return true;
		}
	return false;
}

bool seen_last(const struct judge *j, const char *head, struct span *ret)
{
	struct span line;
	bool any = false;

	for (size_t at = 0; seen_next(j, head, &at, &line); any = true)
		*ret = line;
	return any;
}

const char *seen_driver(const struct judge *j, enum ours driver, const char *words)
{
	struct span rest;

	for (size_t i = j->r->n_lines; i-- > j->seen.from;) {
		const struct heard_line *l = &j->r->lines[i];

		if (l->who == HEARD_GUEST && said_by(l->text, ours_names[driver], &rest) && text_has(rest, words))
			return (const char *)rest.p;
	}
	return NULL;
}

const char *seen_guest(const struct judge *j, const char *words)
{
	for (size_t i = j->r->n_lines; i-- > j->seen.from;)
		if (j->r->lines[i].who == HEARD_GUEST && strstr(j->r->lines[i].text, words))
			return j->r->lines[i].text;
	return NULL;
}

const char *seen_qemu(const struct judge *j, size_t back)
{
	for (size_t i = j->r->n_lines; i-- > 0;)
		if (j->r->lines[i].who == HEARD_QEMU && back-- == 0)
			return j->r->lines[i].text;
	return NULL;
}

/* ---- SeaBIOS's list of memory ------------------------------------------------------------------------------- */

static const char *e820_str(unsigned type)
{
	return type == 1 ? "RAM that the guest's system may use" : type == 3 ? "ACPI memory" : "memory of no use";
}

static bool e820_keeps(unsigned type)
{
	return type == 2 || type == 4; /* reserved, NVS */
}

const char *seen_e820(const struct judge *j, uint64_t at, uint64_t n, bool *ret_listed)
{
	uint64_t end = at + n, next = at;
	struct said_memory m;

	*ret_listed = false;
	for (size_t i = j->seen.from; i < j->r->n_lines; i++) { /* ascending, as SeaBIOS sorts them */
		if (j->r->lines[i].who != HEARD_GUEST || !said_e820(j->r->lines[i].text, &m))
			continue;
		*ret_listed = true;
		if (m.to <= next || m.from >= end || next >= end)
			continue;
		if (m.from > next)
			break;
		if (!e820_keeps(m.type))
			return e820_str(m.type);
		next = m.to;
	}
	return next >= end ? NULL : "not all in the list of memory";
}
