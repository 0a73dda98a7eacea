/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lzma_encode.h - bytes into the .lzma streams that firmware volumes hold (codec.h, CODEC_LZMA): 13 bytes of header
 * with the true decoded size, then LZMA1.
 *
 * Two ways. lzma_encode() is liblzma over all of it. lzma_resume() is for a change near the end of something large:
 * it keeps the old stream as far as it stands for the same bytes, and encodes only what follows, with the state that
 * the decoder has reached there. What a distribution spent minutes on stays as small as it was, and the time is that
 * of one decoding.
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "base/span.h"

/*
 * Compress @in by liblzma's preset @level, 0 to 9; 10 stands for 9 with every effort. Properties and dictionary are
 * those of the header of @model, a .lzma stream. 0 and @ret, the caller's; -IGD_EMAGIC (@model is none), -IGD_ENOMEM.
 */
int lzma_encode(struct span in, struct span model, unsigned level, struct buffer *ret,
		struct report *rep) _must_check_;

#define LZMA_RESUME_MAX ((size_t)1 << 30) /* bytes */

/*
 * A stream for @in, whose first @same bytes are those that @old decodes to; @old's header gives the properties. 0 and
 * @ret, the caller's; -IGD_EMAGIC, -IGD_ETRUNC (@old is no such stream, is damaged, or is shorter than @same),
 * -IGD_EUSAGE (@in is shorter than @same), -IGD_ELIMIT, -IGD_ENOMEM. That the bytes are the same is the caller's to
 * know; where they are not, it refuses, or gives a stream of something else.
 */
int lzma_resume(struct span old, struct span in, size_t same, struct buffer *ret, struct report *rep) _must_check_;
