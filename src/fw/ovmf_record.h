/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ovmf_record.h - the note that is left in an OVMF image of what was put in, and into which stock image.
 *
 * It is the raw section of a freeform file of its own GUID (igd_record_guid): lines of text, a word and its value,
 * so that it can be read without this program. By it ovmf verify sees that the package has been upgraded since, and
 * ovmf remove that what it leaves is the stock's again.
 *
 *	igdctl 0.1.0
 *	stock-name OVMF_CODE_4M.fd
 *	stock-sha256 (of the raw image)
 *	decoded-sha256 (of what its stream decodes to)
 *	gop-sha256, vbt-sha256
 *	driver NAME SHA256 (as often as there are)
 *
 * Lines whose word is not known are passed over: a later version may write more.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

#define OVMF_RECORD_DRIVERS 16
#define OVMF_RECORD_NAME    128
#define OVMF_SHA256	    65 /* hexadecimal digits and a zero */

struct ovmf_record { /* what is not there is "" */
	char version[16];
	char stock_name[OVMF_RECORD_NAME];
	char stock_sha256[OVMF_SHA256], decoded_sha256[OVMF_SHA256];
	char gop_sha256[OVMF_SHA256], vbt_sha256[OVMF_SHA256];
	struct ovmf_record_driver {
		char name[64]; /* without blanks */
		char sha256[OVMF_SHA256];
	} drivers[OVMF_RECORD_DRIVERS];
	size_t n_drivers;
};

/* Read @text: true and @ret; false when its first line is not "igdctl VERSION" or a value is not what its word says,
 * and @ret is untouched. */
bool ovmf_record_read(struct span text, struct ovmf_record *ret);

/* The text of @r, owned by @a; blanks in names become "_". NULL: the arena is full. */
const char *ovmf_record_text(const struct ovmf_record *r, struct arena *a);
