// SPDX-License-Identifier: GPL-2.0-or-later
/* An OpRegion around a VBT: what opregion_read() finds in it is the VBT that went in. */
#define IMAGE_MAX 0x12000
#include "image.h"

#include "base/error.h"
#include "fw/opregion.h"
#include "fw/opregion_make.h"

/* A VBT of @size bytes and @behind more that are not its own; each byte of it differs from its neighbours. */
static struct image table(size_t size, size_t behind)
{
	struct image m = { .n = 0 };

	put_text(&m, "$VBT KABYLAKE", 20);
	put(&m, 100, 2); /* version */
	put(&m, 48, 2);	 /* of the header */
	put(&m, size, 2);
	while (m.n < size + behind)
		put(&m, m.n * 7 + 1, 1);
	return m;
}

static void in_the_mailbox(void **state)
{
	static const size_t sizes[] = { 48, 49, 4000, OPREGION_MAILBOX_LEN - 1, OPREGION_MAILBOX_LEN };
	struct buffer b;
	struct opregion o;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct image m = table(sizes[i], 3);

		assert_int_equal(opregion_make(image_span(&m), &b, NULL), 0);
		assert_int_equal(b.n, 8192);
		assert_int_equal(opregion_read(buffer_span(&b), &o, NULL), 0);
		assert_int_equal(o.size, 8192);
		assert_int_equal(o.version, 0x0200);
		assert_int_equal(o.mailboxes, 0x0d);
		assert_int_equal(o.rvda, 0);
		assert_int_equal(o.where, OPREGION_VBT_MAILBOX);
		assert_ptr_equal(o.vbt.bytes.p, b.p + OPREGION_VBT_AT);
		assert_int_equal(o.vbt.bytes.n, sizes[i]);
		assert_memory_equal(o.vbt.bytes.p, m.b, sizes[i]);
		assert_true(span_is_filled(
			(struct span) { b.p + OPREGION_VBT_AT + sizes[i], 8192 - OPREGION_VBT_AT - sizes[i] }, 0));
		buffer_done(&b);
	}
}

static void behind_it(void **state)
{
	static const size_t sizes[] = { OPREGION_MAILBOX_LEN + 1, 0x2000, 0xffff };
	struct buffer b;
	struct opregion o;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct image m = table(sizes[i], 0);

		assert_int_equal(opregion_make(image_span(&m), &b, NULL), 0);
		assert_int_equal(b.n, 8192 + sizes[i]);
		assert_int_equal(opregion_read(buffer_span(&b), &o, NULL), 0);
		assert_int_equal(o.size, 8192);
		assert_int_equal(o.version, 0x0201);
		assert_int_equal(o.mailboxes, 0x05);
		assert_int_equal(o.rvda, 8192);
		assert_int_equal(o.rvds, sizes[i]);
		assert_int_equal(o.where, OPREGION_VBT_RVDA);
		assert_int_equal(o.vbt.bytes.n, sizes[i]);
		assert_memory_equal(o.vbt.bytes.p, m.b, sizes[i]);
		buffer_done(&b);
	}
}

static void refuses_what_is_no_vbt(void **state)
{
	struct image m = table(4000, 0);
	struct buffer b = { NULL, 7 };
	struct report rep = { 0 };

	(void)state;
	assert_int_equal(opregion_make((struct span) { m.b, 3999 }, &b, &rep), -IGD_ELENGTH);
	assert_int_equal(rep.code, -IGD_ELENGTH);
	assert_int_equal(opregion_make((struct span) { m.b, 47 }, &b, NULL), -IGD_ETRUNC);
	assert_int_equal(opregion_make((struct span) { NULL, 0 }, &b, NULL), -IGD_EMAGIC);
	m.b[3] = 't';
	assert_int_equal(opregion_make(image_span(&m), &b, NULL), -IGD_EMAGIC);
	assert_int_equal(b.n, 7);
}

/* Whatever is taken can be read again, and is what was given. */
static void try(struct span s)
{
	struct buffer b = { NULL, 0 };
	struct opregion o;

	if (opregion_make(s, &b, NULL) < 0) {
		assert_null(b.p);
		return;
	}
	assert_int_equal(opregion_read(buffer_span(&b), &o, NULL), 0);
	assert_true(o.where == OPREGION_VBT_MAILBOX || o.where == OPREGION_VBT_RVDA);
	assert_true(o.vbt.bytes.n <= s.n);
	assert_memory_equal(o.vbt.bytes.p, s.p, o.vbt.bytes.n);
	buffer_done(&b);
}

static void survives_damage(void **state)
{
	struct image m = table(100, 4);

	(void)state;
	image_damage(image_span(&m), try);
	m = table(OPREGION_MAILBOX_LEN + 1, 0);
	for (size_t n = OPREGION_MAILBOX_LEN - 2; n <= m.n; n++)
		try((struct span) { m.b, n });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_mailbox),
		cmocka_unit_test(behind_it),
		cmocka_unit_test(refuses_what_is_no_vbt),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("opregion-make", tests, NULL, NULL);
}
