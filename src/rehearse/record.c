// SPDX-License-Identifier: GPL-2.0-or-later
#include "rehearse/record.h"

#include <string.h>

#include "base/text.h"

#define ESCAPE 0x1b

static const size_t room[ROOMS] = {
	[ROOM_FIRMWARE] = 2560, [ROOM_DRIVERS] = 768, [ROOM_QEMU] = 256, [ROOM_DEVICE] = 384, [ROOM_MARKS] = 128
};

_Static_assert(2560 + 768 + 256 + 384 + 128 == REHEARSAL_LINES_MAX, "each has its part");

/* NULL: it is not kept. */
static struct heard_line *line_add(struct recorder *rec, enum heard_room in, double at, enum heard who)
{
	struct rehearsal *r = rec->r;
	struct heard_line *l = NULL;

	if (rec->used[in] < room[in])
		l = arena_push(&r->arena, r->lines, r->n_lines);
	if (!l) {
		r->n_dropped++;
		return NULL;
	}
	rec->used[in]++;
	l->at = at;
	l->who = who;
	l->text = "";
	return l;
}

/* ---- what is said ------------------------------------------------------------------------------------------- */

/*
 * How long the escape sequence is that begins at @at: ECMA-48, 5.4 (after "[" parameters below 40h, then one more)
 * and ECMA-35, 13.2 (intermediate bytes 20h to 2Fh, then one more).
 */
static size_t escape_length(struct span s, size_t at)
{
	size_t n = at + 1;
	uint8_t below = 0x30;

	if (n < s.n && s.p[n] == '[') {
		below = 0x40;
		n++;
	}
	while (n < s.n && s.p[n] < below)
		n++;
	return n - at + (n < s.n);
}

/* Without escape sequences and carriage returns, and then what no terminal acts on. */
static void line_clean(struct span s, char text[HEARD_TEXT_MAX + 1])
{
	uint8_t plain[HEARD_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < sizeof(plain);) {
		if (s.p[i] == ESCAPE) {
			i += escape_length(s, i);
			continue;
		}
		if (s.p[i] != '\r')
			plain[n++] = s.p[i] == '\t' ? ' ' : s.p[i];
		i++;
	}
	text_copy((struct span) { plain, n }, text, HEARD_TEXT_MAX + 1);
}

static void line_heard(struct recorder *rec, const struct mouth *m, double at, struct span s,
		       void (*heard)(void *, const struct mouth *, const char *), void *ctx)
{
	char text[HEARD_TEXT_MAX + 1];
	struct heard_line *l;
	bool ours;

	line_clean(s, text);
	ours = m->who == HEARD_GUEST && text_starts(span_str(text), "igdctl: ");
	if (text[0] == '\0' || (ours && m->echo))
		return;
	l = line_add(rec, m->who == HEARD_QEMU ? ROOM_QEMU : ours ? ROOM_DRIVERS : ROOM_FIRMWARE, at, m->who);
	if (l)
		l->text = arena_str(&rec->r->arena, text);
	if (heard)
		heard(ctx, m, l ? l->text : text);
}

void record_bytes(struct recorder *rec, struct mouth *m, double at, struct span bytes, bool end,
		  void (*heard)(void *, const struct mouth *, const char *), void *ctx)
{
	for (size_t i = 0; i < bytes.n; i++) {
		bool over = bytes.p[i] == '\n';

		if (!over)
			m->rest[m->n++] = bytes.p[i];
		if (over || m->n == sizeof(m->rest)) {
			line_heard(rec, m, at, (struct span) { m->rest, m->n }, heard, ctx);
			m->n = 0;
		}
	}
	if (end && m->n > 0) {
		line_heard(rec, m, at, (struct span) { m->rest, m->n }, heard, ctx);
		m->n = 0;
	}
}

void record_note(struct recorder *rec, double at, const char *text)
{
	struct heard_line *l = line_add(rec, ROOM_QEMU, at, HEARD_QEMU);

	if (l)
		l->text = arena_str(&rec->r->arena, text);
}

/* ---- what happens on the device ----------------------------------------------------------------------------- */

static bool writes_address(enum emu_event_kind kind)
{
	return kind == EMU_EVENT_BDSM || kind == EMU_EVENT_ASLS;
}

static enum heard_room room_of(enum emu_event_kind kind)
{
	return writes_address(kind) || kind == EMU_EVENT_RESET || kind == EMU_EVENT_PLANE ? ROOM_MARKS : ROOM_DEVICE;
}

static bool is_again(const struct heard_line *l, const struct emu_event *e)
{
	return l->who == HEARD_DEVICE && l->event.kind == e->kind && l->event.value == e->value &&
	       l->event.at == e->at && l->event.on == e->on;
}

/* At most as many looks as there is room for events and other lines. */
static struct heard_line *same_before(struct recorder *rec, const struct emu_event *e)
{
	struct rehearsal *r = rec->r;

	if (writes_address(e->kind) || e->kind == EMU_EVENT_RESET)
		return NULL;
	for (size_t i = r->n_lines; i > rec->n_past; i--)
		if (is_again(&r->lines[i - 1], e))
			return &r->lines[i - 1];
	return NULL;
}

static void signature_take(struct span head, char signature[17])
{
	size_t n = head.n < 16 ? head.n : 16;

	for (size_t i = 0; i < n; i++)
		signature[i] = head.p[i] >= ' ' && head.p[i] < 0x7f ? (char)head.p[i] : '?';
	signature[n] = '\0';
}

void record_event(struct recorder *rec, double at, const struct emu_event *e, bool in_ram, struct span head)
{
	struct heard_line *l = same_before(rec, e);

	if (l) {
		l->times++;
		return;
	}
	l = line_add(rec, room_of(e->kind), at, HEARD_DEVICE);
	if (e->kind == EMU_EVENT_RESET)
		rec->n_past = rec->r->n_lines;
	if (!l)
		return;
	l->event = *e;
	l->times = 1;
	if (writes_address(e->kind)) {
		l->in_ram = in_ram;
		signature_take(head, l->signature);
	}
	l->text = event_words(l, &rec->r->arena);
}

void record_end(struct recorder *rec)
{
	struct rehearsal *r = rec->r;

	for (size_t i = 0; i < r->n_lines; i++)
		if (r->lines[i].who == HEARD_DEVICE && r->lines[i].times > 1)
			r->lines[i].text =
				arena_printf(&r->arena, "%s, %zu times", r->lines[i].text, r->lines[i].times);
}

/* ---- in words ----------------------------------------------------------------------------------------------- */

static const char *address_words(const struct heard_line *l, const char *what, struct arena *a)
{
	unsigned long long value = l->event.value;

	if (value == 0)
		return arena_printf(a, "%s written: 0x0", what);
	if (!l->in_ram)
		return arena_printf(a, "%s written: 0x%llx, where the guest has no memory", what, value);
	if (l->event.kind == EMU_EVENT_BDSM)
		return arena_printf(a, "%s written: 0x%llx, in RAM", what, value);
	return arena_printf(a, "%s written: 0x%llx, in RAM, \"%s\"", what, value, l->signature);
}

/* PCI Local Bus Specification 3.0, 6.2.2: bits of the command register. */
static const char *enabled_words(unsigned command, struct arena *a)
{
	bool io = command & 1, memory = command & 2;

	return arena_printf(a, "%s%s",
			    io && memory ? "memory and I/O switched on"
			    : memory	 ? "memory switched on"
			    : io	 ? "I/O switched on"
					 : "memory and I/O switched off",
			    command & 4 ? ", as a bus master" : "");
}

const char *event_words(const struct heard_line *l, struct arena *a)
{
	const struct emu_event *e = &l->event;
	unsigned long long value = e->value;

	switch (e->kind) {
	case EMU_EVENT_RESET:
		return value ? "reset, as the guest asked" : "reset, as at power on";
	case EMU_EVENT_BDSM:
		return address_words(l, "stolen memory base", a);
	case EMU_EVENT_ASLS:
		return address_words(l, "OpRegion address", a);
	case EMU_EVENT_ENABLED:
		return enabled_words((unsigned)value, a);
	case EMU_EVENT_GTT:
		return "first entry of the GTT written";
	case EMU_EVENT_PLANE:
		return e->on ? arena_printf(a, "plane armed at 0x%llx", value) : "plane switched off";
	case EMU_EVENT_POWER:
		return arena_printf(a, "power or clock asked for: register 0x%x becomes 0x%llx", e->at, value);
	case EMU_EVENT_FORCEWAKE:
		return "forcewake asked for";
	case EMU_EVENT_I2C:
		return arena_printf(a, "monitor asked for on pin or channel %llu", value);
	}
	return "";
}
