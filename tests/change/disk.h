/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk.h - a disk that fails when it is told to: what the crash test puts between the engine and the C library.
 *
 * Every call that can write is replaced at link time (--wrap, see meson.build). While the disk is armed the calls are
 * counted, and at the one that was named trouble comes. What a power cut would lose is remembered from call to call:
 * bytes and modes since the last fsync(2) of their file, names since the last one of their folder. That is less than
 * what file systems promise in practice and all that POSIX does (fsync(2), rename(2)).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum disk_trouble {
	DISK_WELL,	  /* only count */
	DISK_KILL_BEFORE, /* SIGKILL before the call */
	DISK_KILL_AFTER,  /* ... and after it */
	DISK_KILL_WITHIN, /* ... and when half of a write(2) is written */
	DISK_FAIL_ONCE,	  /* the call fails with .error */
	DISK_FAIL_ON,	  /* it and every later one do */
	DISK_SHORT,	  /* a write(2) takes half of its bytes, as it may */
	DISK_CUT,	  /* the power goes before the call; .lose says what with it */
};

#define LOSE_DATA 1u /* bytes that were not synced: all of them */
#define LOSE_HALF 2u /* ... the later half of them */
#define LOSE_NAME 4u /* names that were made, changed or removed in a folder that was not synced */

struct disk_order {
	enum disk_trouble trouble;
	size_t at; /* from 1; one past the last call: after all of them */
	int error;
	unsigned lose;
	bool sync; /* let fsync(2) through to the real disk, which costs time and shows nothing here */
};

/* From here on. @base is the folder that everything lies in; its folder "grave" keeps what a cut may bring back. */
void disk_arm(const struct disk_order *order, const char *base);

/* It is over: the number of calls. With DISK_CUT one past the last call, and with the kills, the process ends here.
 */
size_t disk_disarm(void);

/* Of the last count: which system call number @n (from 1) was, "write"; and on what. */
const char *disk_call(size_t n);
const char *disk_call_on(size_t n);
