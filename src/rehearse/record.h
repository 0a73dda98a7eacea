/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - keeping a record: what is heard as lines, and events of the device in words. A guest may say what it
 * likes, as often as it likes: lines are cut and cleaned, and each kind of speaker has room of its own, so that none
 * can drown the others.
 */
#pragma once

#include "base/span.h"
#include "rehearse/rehearsal.h"

#define HEARD_TEXT_MAX 512 /* bytes of a line; a longer one is told in pieces */

/* Of REHEARSAL_LINES_MAX. ROOM_MARKS: what the judge goes by, resets, addresses and planes, so that no flood of other
 * events hides them. */
enum heard_room { ROOM_FIRMWARE, ROOM_DRIVERS, ROOM_QEMU, ROOM_DEVICE, ROOM_MARKS, ROOMS };

struct recorder {
	struct rehearsal *r; /* borrowed */
	size_t used[ROOMS];
	size_t n_past; /* lines up to the device's last reset: equal events are counted from there on */
};

/* One that is listened to, and what it said behind its last line's end. */
struct mouth {
	int fd; /* -1: it is shut */
	enum heard who;
	bool echo; /* what igdctl's drivers say here they say on the debug console as well: it is passed over */
	size_t n;
	uint8_t rest[HEARD_TEXT_MAX];
};

/*
 * Take the bytes that @m said at @at; @end: there will be no more. Whole lines go to the record. Calls @heard, where
 * it is not NULL, with each one's text (good during the call), kept or not.
 */
void record_bytes(struct recorder *rec, struct mouth *m, double at, struct span bytes, bool end,
		  void (*heard)(void *ctx, const struct mouth *m, const char *text), void *ctx);

/* A line of our own about QEMU. */
void record_note(struct recorder *rec, double at, const char *text);

/*
 * An event of the device. For one that writes an address: @in_ram, and @head, the bytes that are there (up to 16).
 * One like another since the last reset is counted there, but for those that write an address: twice is an answer.
 */
void record_event(struct recorder *rec, double at, const struct emu_event *e, bool in_ram, struct span head);

/* Nothing more will come: events that happened several times say so. */
void record_end(struct recorder *rec);

/* What @l, of HEARD_DEVICE, is in words, without how often. In @a. */
const char *event_words(const struct heard_line *l, struct arena *a);
