/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error.h - why something was refused, as a number for programs; the sentence is in the report.
 *
 * A function that can refuse answers 0 or one of these, negative, and leaves its outputs alone.
 * Positive answers are outcomes that the function's own comment explains.
 */
#pragma once

enum igd_error {
	IGD_ETRUNC = 1, /* the bytes end inside a structure */
	IGD_EMAGIC,	/* not the format it should be */
	IGD_ELENGTH,	/* a declared length does not fit */
	IGD_ESUM,	/* a checksum that matters is wrong */
	IGD_ELIMIT,	/* larger, deeper or longer than we read */
	IGD_EVERSION,	/* a version that this program does not know */
	IGD_EIO,	/* the system refused to read or write */
	IGD_ENOENT,	/* there is no such thing */
	IGD_EACCES,	/* there is one, but not for this user */
	IGD_EPATH,	/* a name that leads out of its tree */
	IGD_ENOMEM,	/* no memory */
	IGD_EUSAGE,	/* the caller's words make no sense */
	IGD_EBUSY,	/* somebody else is at it now */
	IGD_ECHANGED,	/* it is no longer what it was when it was looked at */
};

const char *igd_error_str(int r);
