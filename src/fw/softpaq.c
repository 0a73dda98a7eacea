// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/softpaq.h"

#include "base/error.h"

#define STEP	      16
#define ERASE_BLOCK   4096 /* volumes begin at multiples of it */
#define FV_HEAD_MIN   0x48 /* PI Specification 1.8, volume 3, 3.2.1: with one entry and the end of its block map */
#define FV_HEAD_MAX   0x1000
#define DESCRIPTOR_IS "\x5a\xa5\xf0\x0f"

static bool is_volume(struct span s)
{
	uint16_t head_len, word, sum = 0;
	struct span head;
	uint64_t len;

	if (!span_is(s, 0x28, "_FVH") || !span_le64(s, 0x20, &len) || !span_le16(s, 0x30, &head_len) ||
	    head_len < FV_HEAD_MIN || head_len > FV_HEAD_MAX || head_len % 2 || len < head_len ||
	    !span_cut(s, 0, head_len, &head))
		return false;
	for (size_t at = 0; span_le16(head, at, &word); at += 2)
		sum = (uint16_t)(sum + word);
	return sum == 0;
}

static bool is_descriptor(struct span s)
{
	return span_is(s, 0x10, DESCRIPTOR_IS);
}

/* All of it one byte that erased or zeroed flash has. */
static bool is_padding(struct span s)
{
	uint8_t first;

	if (!span_u8(s, 0, &first))
		return true;
	return (first == 0 || first == 0xff) && memcmp(s.p, s.p + 1, s.n - 1) == 0;
}

/* Where the image begins, past the start and within reach; false when there is none, or nothing in front of it. */
static bool image_find(struct span s, size_t *ret)
{
	struct span rest, front;

	for (size_t at = 0; at <= SOFTPAQ_FRONT_MAX && span_from(s, at, &rest) && rest.n > 0; at += STEP)
		if (is_descriptor(rest) || is_volume(rest)) {
			*ret = at;
			return at > 0 && (is_descriptor(rest) || at % ERASE_BLOCK) && span_cut(s, 0, at, &front) &&
			       !is_padding(front);
		}
	return false;
}

static bool is(struct span s)
{
	size_t at;

	if (span_is(s, 0, "MZ") || span_is(s, 0, "\x55\xaa"))
		return false;
	return image_find(s, &at);
}

static int open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct wrap_member m = { .name = "image behind signature block" };
	size_t at;

	if (!image_find(s, &at) || !span_from(s, at, &m.bytes))
		return report_refuse(rep, IGD_EMAGIC, 0, "no image behind a signature block");
	m.at = at;
	return sink->member(sink->ctx, &m);
}

const struct wrapper wrapper_softpaq = { "signed-image", "image behind a signature block (HP)", is, open };
