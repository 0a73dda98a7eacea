/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge.h - one rehearsal being judged; private to steps*.c and seen.c. */
#pragma once

#include "rehearse/said.h"
#include "rehearse/steps.h"

enum ours { OURS_ASSIGNMENT, OURS_POLICY, OURS_COUNT };

/* What counts of the record: from the guest's last reset on. Lines are the record's. */
struct seen {
	size_t from;				    /* the first line that counts */
	const struct heard_line *asls, *asls_other; /* the first address written, and the first that differs */
	const struct heard_line *bdsm, *bdsm_other, *bdsm_last;
	const struct heard_line *plane, *dark; /* a plane was armed, and switched off: the last of each */
	const struct heard_line *power, *i2c;  /* the same */
	bool decoding;			       /* a driver or the firmware switched the device on */
	size_t n_guest;
	size_t n_started[OURS_COUNT];
	bool witness;	   /* it said all it had to say, and what it says of the registers is so */
	const char *doubt; /* else: why its word is not taken */
};

struct judge {
	const struct rehearsal_setup *setup;
	const struct rehearsal *r; /* NULL: nothing was started */
	const struct rehearsal_wish *wish;
	struct steps *out;
	struct step *step; /* that is being judged */
	struct seen seen;
};

/* ---- seen.c ---- */

void seen_collect(struct judge *j);

/* The only line of Witness that begins with @head and a blank: true. False: it is not there, or Witness is not
 * believed, or it is there twice and differs. */
bool seen_line(const struct judge *j, const char *head, struct span *ret);
/* Each of them, from *@at = 0 on. */
bool seen_next(const struct judge *j, const char *head, size_t *at, struct span *ret);
/* The last of them. */
bool seen_last(const struct judge *j, const char *head, struct span *ret);
/* The last line that one of the project's drivers said with @words in it, without its name; NULL. */
const char *seen_driver(const struct judge *j, enum ours driver, const char *words);
/* The last line of the guest with @words in it; NULL. */
const char *seen_guest(const struct judge *j, const char *words);
/* The @back-th last line that QEMU said (0: the last); NULL. */
const char *seen_qemu(const struct judge *j, size_t back);
/* By SeaBIOS's list: is all of [@at, @at + @n) of a type that the guest leaves alone? NULL: it is; else what it is.
 * *@ret_listed: is there a list? */
const char *seen_e820(const struct judge *j, uint64_t at, uint64_t n, bool *ret_listed);

/* ---- words of a step (steps.c) ---- */

/* Add to the evidence. */
void saw(struct judge *j, const char *fmt, ...) _printf_(2, 3);
/* FAIL, with its cause; and the fix (NULL: none). */
enum verdict fails(struct judge *j, const char *fix, const char *fmt, ...) _printf_(3, 4);
/* UNKNOWN and NOT_RUN, with the reason as evidence. */
enum verdict untold(struct judge *j, const char *fmt, ...) _printf_(2, 3);
enum verdict moot(struct judge *j, const char *fmt, ...) _printf_(2, 3);
/* UNKNOWN because Witness is needed for it. */
enum verdict unwitnessed(struct judge *j);
/* What ended the rehearsal, when that was no good end: "the 60 seconds were over"; NULL: all is well. */
const char *cut_short(const struct judge *j);
/* Did the step @id, further up, get that verdict? */
bool step_was(const struct judge *j, const char *id, enum verdict v);
static inline bool with_ovmf(const struct judge *j)
{
	return j->setup->firmware == REHEARSE_OVMF;
}

/* ---- the tests of the table, by what they are about ---- */

enum verdict step_qemu(struct judge *j);
enum verdict step_device(struct judge *j);
enum verdict step_rom_sound(struct judge *j);
enum verdict step_ovmf_sound(struct judge *j);
enum verdict step_vbt_sound(struct judge *j);
enum verdict step_alive(struct judge *j);
enum verdict step_dispatched(struct judge *j);
enum verdict step_drivers(struct judge *j);
enum verdict step_vbios(struct judge *j);
enum verdict step_ready(struct judge *j);

enum verdict step_opregion_address(struct judge *j);
enum verdict step_opregion_valid(struct judge *j);
enum verdict step_opregion_memory(struct judge *j);
enum verdict step_vbt_readable(struct judge *j);
enum verdict step_stolen_address(struct judge *j);
enum verdict step_stolen_once(struct judge *j);
enum verdict step_stolen_reserved(struct judge *j);
enum verdict step_stolen_aligned(struct judge *j);
enum verdict step_stolen_inside(struct judge *j);
enum verdict step_stolen_size(struct judge *j);

enum verdict step_policy_found(struct judge *j);
enum verdict step_policy_vbt(struct judge *j);
enum verdict step_gop_found(struct judge *j);
enum verdict step_gop_started(struct judge *j);
enum verdict step_mode(struct judge *j);
enum verdict step_picture(struct judge *j);
