/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tiano_encode.h - the other direction of tiano.h: bytes into Tiano or EFI 1.1. */
#pragma once

#include "fw/codec.h"

#define TIANO_ENCODE_MAX ((size_t)256 << 20) /* bytes; four times as many are needed as memory */

/*
 * Compress @in as @c, which is CODEC_TIANO or CODEC_EFI11, into a whole stream with its header: @ret is the caller's.
 * 0, or -IGD_ELIMIT (more than TIANO_ENCODE_MAX bytes), -IGD_ENOMEM; @ret is then untouched. The same bytes give the
 * same stream. No positions are used beyond the windows of the reference encoders (EDK2 BaseTools TianoCompress.c:
 * 512 KiB, EfiCompress.c: 8 KiB), and as there a zero byte ends the stream.
 */
int tiano_encode(struct span in, enum codec c, struct buffer *ret) _must_check_;
