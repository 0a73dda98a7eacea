// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeping a record of what a guest says and does: lines cut and cleaned, events in words, and nobody drowned out. */
#include "image.h"

#include "base/macros.h"
#include "base/text.h"
#include "rehearse/record.h"

static struct rehearsal kept;
static struct recorder rec;
static struct mouth debug, serial, qemu;
static size_t n_called;

static int begin(void **state _unused_)
{
	kept = (struct rehearsal) { .picture_is = 1 };
	rec = (struct recorder) { .r = &kept };
	debug = (struct mouth) { .who = HEARD_GUEST };
	serial = (struct mouth) { .who = HEARD_GUEST, .echo = true };
	qemu = (struct mouth) { .who = HEARD_QEMU };
	n_called = 0;
	return 0;
}

static int end(void **state _unused_)
{
	rehearsal_done(&kept);
	return 0;
}

static void called(void *ctx, const struct mouth *m, const char *text)
{
	assert_ptr_equal(ctx, &n_called);
	assert_non_null(m);
	assert_int_equal(text_bad_utf8(span_str(text)), strlen(text));
	n_called++;
}

static void say(struct mouth *m, const char *text, size_t n)
{
	record_bytes(&rec, m, 1.5, (struct span) { (const uint8_t *)text, n }, false, called, &n_called);
}

#define SAY(m, text) say(m, text, sizeof(text) - 1)

static void shut(struct mouth *m)
{
	record_bytes(&rec, m, 2.5, (struct span) { NULL, 0 }, true, called, &n_called);
}

static void expect(size_t i, enum heard who, const char *text)
{
	assert_true(i < kept.n_lines);
	assert_int_equal(kept.lines[i].who, who);
	assert_string_equal(kept.lines[i].text, text);
}

static void cuts_into_lines(void **state _unused_)
{
	SAY(&debug, "one\ntw");
	SAY(&qemu, "qemu: a warning\n");
	SAY(&debug, "o\r\n\n\r\nthree");
	assert_int_equal(kept.n_lines, 3);
	shut(&debug);
	shut(&debug);
	assert_int_equal(kept.n_lines, 4);
	expect(0, HEARD_GUEST, "one");
	expect(1, HEARD_QEMU, "qemu: a warning");
	expect(2, HEARD_GUEST, "two");
	expect(3, HEARD_GUEST, "three");
	assert_true(kept.lines[2].at > 1.4 && kept.lines[3].at > 2.4);
	assert_int_equal(n_called, 4);
}

static void drivers_are_heard_once(void **state _unused_)
{
	SAY(&debug, "igdctl: Witness: ready\n");
	SAY(&serial, "igdctl: Witness: ready\r\nBdsDxe: nothing to start\r\n");
	SAY(&qemu, "igdctl: not a driver\n");
	assert_int_equal(kept.n_lines, 3);
	expect(0, HEARD_GUEST, "igdctl: Witness: ready");
	expect(1, HEARD_GUEST, "BdsDxe: nothing to start");
	expect(2, HEARD_QEMU, "igdctl: not a driver");
}

static void nothing_acts_on_a_terminal(void **state _unused_)
{
	SAY(&serial, "\033[2J\033[01;01H\033[=3h\033(Bhello\033[0m\n");
	SAY(&serial, "a\033]0;title\007b\x9b"
		     "31m\xff\tc\x7f\n");
	SAY(&serial, "cut \033[");
	SAY(&serial, "\n\033\n");
	SAY(&serial, "\033[12;40\n");
	expect(0, HEARD_GUEST, "hello");
	assert_null(strpbrk(kept.lines[1].text, "\033\007\x9b\x7f"));
	expect(2, HEARD_GUEST, "cut ");
	assert_int_equal(kept.n_lines, 3);
}

static void long_lines_come_in_pieces(void **state _unused_)
{
	static char all[3 * HEARD_TEXT_MAX + 10];

	memset(all, 'x', sizeof(all));
	say(&debug, all, sizeof(all));
	assert_int_equal(kept.n_lines, 3);
	shut(&debug);
	assert_int_equal(kept.n_lines, 4);
	assert_int_equal(strlen(kept.lines[0].text), HEARD_TEXT_MAX);
	assert_int_equal(strlen(kept.lines[3].text), 10);
}

/* A guest that never stops, in each of the voices it has. */
static void nobody_drowns_the_others(void **state _unused_)
{
	const struct emu_event plane = { .kind = EMU_EVENT_PLANE, .on = true, .value = 0x1000 };
	const struct emu_event asls = { .kind = EMU_EVENT_ASLS, .value = 0x7fee8000 };
	size_t before;

	for (unsigned i = 0; i < 20000; i++)
		SAY(&debug, "noise\n");
	assert_true(kept.n_lines < REHEARSAL_LINES_MAX && kept.n_dropped > 0);
	for (unsigned i = 0; i < 20000; i++)
		SAY(&qemu, "noise\n");
	assert_true(kept.n_lines < REHEARSAL_LINES_MAX);
	before = kept.n_lines;
	SAY(&debug, "igdctl: IgdAssignment: started\n");
	expect(before, HEARD_GUEST, "igdctl: IgdAssignment: started");
	for (unsigned i = 0; i < 20000; i++)
		SAY(&debug, "igdctl: noise\n");
	for (unsigned i = 0; i < 20000; i++)
		record_event(&rec, 1, &(struct emu_event) { .kind = EMU_EVENT_POWER, .value = i }, false,
			     (struct span) { NULL, 0 });
	before = kept.n_lines;
	record_event(&rec, 1, &plane, false, (struct span) { NULL, 0 });
	expect(before, HEARD_DEVICE, "plane armed at 0x1000");
	for (unsigned i = 0; i < 20000; i++)
		record_event(&rec, 1, &asls, false, (struct span) { NULL, 0 });
	record_event(&rec, 1, &plane, false, (struct span) { NULL, 0 });
	assert_int_equal(kept.n_lines, REHEARSAL_LINES_MAX);
	assert_int_equal(kept.n_lines + kept.n_dropped, 100002);
	record_end(&rec);
	expect(before, HEARD_DEVICE, "plane armed at 0x1000, 2 times");
	assert_true(kept.arena.used < 8 << 20);
	assert_int_equal(n_called, 60001); /* who waits for a line hears it all the same */
}

static void event(enum emu_event_kind kind, uint64_t value, uint32_t at, bool on, bool in_ram, const char *head)
{
	const struct emu_event e = { .kind = kind, .value = value, .at = at, .on = on };

	record_event(&rec, 3, &e, in_ram, span_str(head));
}

static void events_in_words(void **state _unused_)
{
	static const char *const wanted[] = {
		"reset, as at power on",
		"reset, as the guest asked",
		"memory switched on, as a bus master",
		"memory and I/O switched on",
		"I/O switched on",
		"memory and I/O switched off",
		"stolen memory base written: 0x77b00000, in RAM",
		"stolen memory base written: 0x77b00001, where the guest has no memory",
		"OpRegion address written: 0x7fee8000, in RAM, \"IntelGraphicsMem\"",
		"OpRegion address written: 0x7fee9000, in RAM, \"a?b\"",
		"OpRegion address written: 0x0",
		"OpRegion address written: 0xffffffff, where the guest has no memory",
		"first entry of the GTT written",
		"plane armed at 0x0",
		"plane switched off",
		"power or clock asked for: register 0x45404 becomes 0x80000000",
		"forcewake asked for",
		"monitor asked for on pin or channel 5",
	};

	event(EMU_EVENT_RESET, 0, 0, false, false, "");
	event(EMU_EVENT_RESET, 1, 0, false, false, "");
	event(EMU_EVENT_ENABLED, 6, 0, false, false, "");
	event(EMU_EVENT_ENABLED, 3, 0, false, false, "");
	event(EMU_EVENT_ENABLED, 1, 0, false, false, "");
	event(EMU_EVENT_ENABLED, 0, 0, false, false, "");
	event(EMU_EVENT_BDSM, 0x77b00000, 0, false, true, "");
	event(EMU_EVENT_BDSM, 0x77b00001, 0, false, false, "");
	event(EMU_EVENT_ASLS, 0x7fee8000, 0, false, true, "IntelGraphicsMemory");
	event(EMU_EVENT_ASLS, 0x7fee9000, 0, false, true, "a\033b");
	event(EMU_EVENT_ASLS, 0, 0, false, false, "");
	event(EMU_EVENT_ASLS, 0xffffffff, 0, false, false, "");
	event(EMU_EVENT_GTT, 0, 0, false, false, "");
	event(EMU_EVENT_PLANE, 0, 0, true, false, "");
	event(EMU_EVENT_PLANE, 0, 0, false, false, "");
	event(EMU_EVENT_POWER, 0x80000000, 0x45404, false, false, "");
	event(EMU_EVENT_FORCEWAKE, 0, 0, false, false, "");
	event(EMU_EVENT_I2C, 5, 0, false, false, "");
	record_end(&rec);
	assert_int_equal(kept.n_lines, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		expect(i, HEARD_DEVICE, wanted[i]);
	assert_true(kept.lines[8].in_ram && !kept.lines[11].in_ram);
	assert_string_equal(kept.lines[8].signature, "IntelGraphicsMem");
	assert_string_equal(kept.lines[12].signature, "");
	assert_int_equal(kept.lines[15].event.at, 0x45404);
}

static void equal_events_are_counted(void **state _unused_)
{
	for (unsigned i = 0; i < 3; i++) {
		event(EMU_EVENT_PLANE, 0x1000, 0, true, false, "");
		event(EMU_EVENT_PLANE, 0x2000, 0, true, false, "");
	}
	event(EMU_EVENT_BDSM, 0x77b00000, 0, false, true, "");
	event(EMU_EVENT_BDSM, 0x77b00000, 0, false, true, ""); /* who writes it twice is to be seen */
	event(EMU_EVENT_RESET, 1, 0, false, false, "");
	event(EMU_EVENT_PLANE, 0x1000, 0, true, false, ""); /* another life */
	record_end(&rec);
	assert_int_equal(kept.n_lines, 6);
	expect(0, HEARD_DEVICE, "plane armed at 0x1000, 3 times");
	expect(1, HEARD_DEVICE, "plane armed at 0x2000, 3 times");
	expect(2, HEARD_DEVICE, "stolen memory base written: 0x77b00000, in RAM");
	expect(3, HEARD_DEVICE, "stolen memory base written: 0x77b00000, in RAM");
	expect(5, HEARD_DEVICE, "plane armed at 0x1000");
	assert_int_equal(kept.lines[0].times, 3);
	assert_int_equal(kept.lines[5].times, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cuts_into_lines, begin, end),
		cmocka_unit_test_setup_teardown(drivers_are_heard_once, begin, end),
		cmocka_unit_test_setup_teardown(nothing_acts_on_a_terminal, begin, end),
		cmocka_unit_test_setup_teardown(long_lines_come_in_pieces, begin, end),
		cmocka_unit_test_setup_teardown(nobody_drowns_the_others, begin, end),
		cmocka_unit_test_setup_teardown(events_in_words, begin, end),
		cmocka_unit_test_setup_teardown(equal_events_are_counted, begin, end),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
