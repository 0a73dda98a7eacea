// SPDX-License-Identifier: GPL-2.0-or-later
/* The OpRegion: its header, and the three places where a VBT may be. */
#include "image.h"

#include "base/error.h"
#include "fw/opregion.h"

static void vbt(struct image *m, size_t at, const char *name, uint16_t size)
{
	memcpy(m->b + at, "$VBT ", 5);
	memset(m->b + at + 5, ' ', 15);
	memcpy(m->b + at + 5, name, strlen(name));
	set(m, at + 20, 100, 2); /* version */
	set(m, at + 22, 48, 2);	 /* header size */
	set(m, at + 24, size, 2);
	set(m, at + 28, 48, 4); /* where the BDB begins */
	if (m->n < at + size)
		m->n = at + size;
}

/* Version @version, 8 KiB, mailboxes ACPI, SWSCI, ASLE and VBT, a VBT of 4,000 bytes in mailbox 4. */
static struct image region(uint16_t version)
{
	struct image m = { .n = 8192 };

	memcpy(m.b, "IntelGraphicsMem", 16);
	set(&m, 0x10, 8, 4);
	set(&m, 0x16, version, 2);
	set(&m, 0x58, 0x0f, 4);
	vbt(&m, 0x400, "KABYLAKE", 4000);
	return m;
}

static struct opregion read_ok(const struct image *m)
{
	struct opregion o;

	assert_int_equal(opregion_read(image_span(m), &o, NULL), 0);
	return o;
}

static void reads_mailbox_vbt(void **state)
{
	struct image m = region(0x0200);
	struct opregion o = read_ok(&m);

	(void)state;
	assert_int_equal(o.size, 8192);
	assert_int_equal(o.version, 0x0200);
	assert_int_equal(o.mailboxes, 0x0f);
	assert_int_equal(o.where, OPREGION_VBT_MAILBOX);
	assert_string_equal(o.vbt.name, "KABYLAKE");
	assert_int_equal(o.vbt.version, 100);
	assert_int_equal(o.vbt.size, 4000);
	assert_ptr_equal(o.vbt.bytes.p, m.b + 0x400);
	assert_int_equal(o.vbt.bytes.n, 4000);
}

static void follows_rvda(void **state)
{
	struct image m = region(0x0201);
	struct opregion o;

	(void)state;
	set(&m, 0x3ba, 0x2000, 8);
	set(&m, 0x3c2, 6000, 4);
	o = read_ok(&m); /* the bytes behind are not there; the mailbox still is */
	assert_int_equal(o.where, OPREGION_VBT_MAILBOX);
	vbt(&m, 0x2000, "TIGERLAKE", 6000);
	o = read_ok(&m);
	assert_int_equal(o.where, OPREGION_VBT_RVDA);
	assert_string_equal(o.vbt.name, "TIGERLAKE");
	assert_int_equal(o.rvda, 0x2000);
	assert_int_equal(o.rvds, 6000);
	set(&m, 0x400, 0, 4);
	m.n = 8192;
	assert_int_equal(read_ok(&m).where, OPREGION_VBT_UNREAD);
	set(&m, 0x16, 0x0200, 2); /* absolute in 2.0: memory that nobody gave us */
	set(&m, 0x3ba, 0x400, 8);
	assert_int_equal(read_ok(&m).where, OPREGION_VBT_UNREAD);
	set(&m, 0x58, 0x0b, 4); /* without the ASLE mailbox there is no RVDA */
	assert_int_equal(read_ok(&m).where, OPREGION_NO_VBT);
}

static void headless_firmware_leaves_no_vbt(void **state)
{
	struct image m = region(0x0200);

	(void)state;
	set(&m, 0x400, 0, 4);
	assert_int_equal(read_ok(&m).where, OPREGION_NO_VBT);
	m = region(0x0200);
	m.n = 0x400;
	assert_int_equal(read_ok(&m).where, OPREGION_NO_VBT);
	m = region(0x0200);
	set(&m, 0x400 + 24, 0x1801, 2); /* larger than mailbox 4 less the extension */
	set(&m, 0x58, 0x1f, 4);
	assert_int_equal(read_ok(&m).where, OPREGION_NO_VBT);
	set(&m, 0x58, 0x0f, 4); /* without the extension there is more room */
	assert_int_equal(read_ok(&m).where, OPREGION_VBT_MAILBOX);
}

static void refuses(void **state)
{
	struct image m = region(0x0200);
	struct opregion o, before;
	struct vbt_info v;
	struct span s;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	o = before;
	m.n = 0xff;
	assert_int_equal(opregion_read(image_span(&m), &o, NULL), -IGD_ETRUNC);
	m.n = 8192;
	set(&m, 0x10, 0, 4);
	assert_int_equal(opregion_read(image_span(&m), &o, NULL), -IGD_ELENGTH);
	set(&m, 0x10, 0xffffffff, 4);
	assert_int_equal(opregion_read(image_span(&m), &o, NULL), -IGD_ELENGTH);
	m.b[0] = 'i';
	assert_int_equal(opregion_read(image_span(&m), &o, NULL), -IGD_EMAGIC);
	assert_memory_equal(&o, &before, sizeof(o));

	memset(&v, 0xa5, sizeof(v));
	assert_true(span_cut(image_span(&m), 0x400, 4000, &s));
	assert_int_equal(vbt_read((struct span) { s.p, 3 }, &v, NULL), -IGD_EMAGIC);
	assert_int_equal(vbt_read((struct span) { s.p, 47 }, &v, NULL), -IGD_ETRUNC);
	assert_int_equal(vbt_read((struct span) { s.p, 3999 }, &v, NULL), -IGD_ELENGTH);
	set(&m, 0x400 + 22, 47, 2);
	assert_int_equal(vbt_read(s, &v, NULL), -IGD_ELENGTH);
	set(&m, 0x400 + 22, 4001, 2);
	assert_int_equal(vbt_read(s, &v, NULL), -IGD_ELENGTH);
	assert_int_equal(v.size, 0xa5a5a5a5);
}

static void try(struct span s)
{
	struct opregion o, before;

	memset(&before, 0xa5, sizeof(before));
	o = before;
	if (opregion_read(s, &o, NULL) < 0)
		assert_memory_equal(&o, &before, sizeof(o));
	else if (o.where == OPREGION_VBT_MAILBOX || o.where == OPREGION_VBT_RVDA)
		assert_int_equal(o.vbt.size, o.vbt.bytes.n);
}

static void survives_damage(void **state)
{
	struct image m = region(0x0201);

	(void)state;
	vbt(&m, 0x400, "KABYLAKE", 60);
	set(&m, 0x3ba, 0x440, 8);
	set(&m, 0x3c2, 64, 4);
	vbt(&m, 0x440, "TIGERLAKE", 64);
	m.n = 0x480;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_mailbox_vbt),
		cmocka_unit_test(follows_rvda),
		cmocka_unit_test(headless_firmware_leaves_no_vbt),
		cmocka_unit_test(refuses),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("opregion", tests, NULL, NULL);
}
