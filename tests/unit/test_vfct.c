// SPDX-License-Identifier: GPL-2.0-or-later
/* The VFCT: its header, one image behind another, and which of them is whose. */
#include "image.h"

#include "base/error.h"
#include "fw/vfct.h"

static void sum(struct image *m)
{
	uint8_t s = 0;

	m->b[9] = 0;
	for (size_t i = 0; i < m->n; i++)
		s = (uint8_t)(s + m->b[i]);
	m->b[9] = (uint8_t)-s;
}

/* The length and the checksum as they should be. */
static void finish(struct image *m)
{
	set(m, 4, m->n, 4);
	sum(m);
}

static struct image table(void)
{
	struct image m = { .n = 0 };

	put_text(&m, "VFCT", 4);
	put(&m, 0, 4);
	put(&m, 1, 1); /* revision */
	put(&m, 0, 1);
	put_text(&m, "ALASKAA M I", 26);
	put(&m, 0, 8);
	put(&m, 0, 8); /* UUID */
	put(&m, VFCT_HEADER_LEN, 4);
	put(&m, 0, 4);
	put(&m, 0, 8);
	put(&m, 0, 8);
	assert_int_equal(m.n, VFCT_HEADER_LEN);
	return m;
}

/* An image of @length bytes, of which only the signature is told, for bus @bus, 00.0. */
static void image(struct image *m, uint32_t bus, uint16_t device, uint32_t length)
{
	size_t end = m->n + VFCT_IMAGE_HEADER_LEN + length;

	put(m, bus, 4);
	put(m, 0, 4);
	put(m, 0, 4);
	put(m, 0x1002, 2);
	put(m, device, 2);
	put(m, 0x1849, 2);
	put(m, 0xffff, 2);
	put(m, 0xc8, 4);
	put(m, length, 4);
	if (length >= 2)
		put(m, 0xaa55, 2);
	while (m->n < end)
		put(m, 0xee, 1);
	finish(m);
}

static void reads_images(void **state)
{
	struct image m = table();
	struct vfct_image i;
	size_t at = 77, n = 0;
	struct vfct v;

	(void)state;
	image(&m, 3, 0x1638, 1024);
	image(&m, 1, 0x73ff, 0);
	image(&m, 9, 0x73df, 512);
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), 0);
	assert_int_equal(v.bytes.n, m.n);
	assert_int_equal(v.image_at, VFCT_HEADER_LEN);
	assert_int_equal(v.revision, 1);
	assert_true(v.checksum_ok);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 1);
	assert_int_equal(i.bus, 3);
	assert_int_equal(i.vendor, 0x1002);
	assert_int_equal(i.device, 0x1638);
	assert_int_equal(i.subvendor, 0x1849);
	assert_int_equal(i.subdevice, 0xffff);
	assert_int_equal(i.revision, 0xc8);
	assert_int_equal(i.rom.n, 1024);
	assert_ptr_equal(i.rom.p, m.b + VFCT_HEADER_LEN + VFCT_IMAGE_HEADER_LEN);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 1);
	assert_int_equal(i.rom.n, 0);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 1);
	assert_int_equal(i.device, 0x73df);
	assert_int_equal(i.rom.n, 512);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 0);
	assert_int_equal(n, 3);
}

static void knows_the_place(void **state)
{
	struct vfct_image i = { .bus = 3, .dev = 0, .fn = 1 };

	(void)state;
	assert_true(vfct_is_at(&i, (struct pci_addr) { .bus = 3, .fn = 1 }));
	assert_false(vfct_is_at(&i, (struct pci_addr) { .bus = 3 }));
	assert_false(vfct_is_at(&i, (struct pci_addr) { .domain = 1, .bus = 3, .fn = 1 }));
	i.bus = 0x103; /* 32 bits in the table: not 03 */
	assert_false(vfct_is_at(&i, (struct pci_addr) { .bus = 3, .fn = 1 }));
}

/* No image, a gap before it, bytes behind the table, a wrong sum. */
static void takes_odd_ones(void **state)
{
	struct report rep = { 0 };
	struct image m = table();
	struct vfct_image i;
	size_t at = 0, n = 0;
	struct vfct v;

	(void)state;
	finish(&m);
	assert_int_equal(vfct_read(image_span(&m), &v, &rep), 0);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 0);
	m = table();
	put(&m, 0, 4);
	image(&m, 3, 0x1638, 64);
	set(&m, 0x34, VFCT_HEADER_LEN + 4, 4);
	sum(&m);
	put(&m, 0xff, 8); /* behind its end */
	assert_int_equal(vfct_read(image_span(&m), &v, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 1);
	assert_int_equal(i.rom.n, 64);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 0);
	m.b[9]++;
	assert_int_equal(vfct_read(image_span(&m), &v, &rep), 0);
	assert_false(v.checksum_ok);
	assert_int_equal(rep.n_notes, 1);
}

static void refuses(void **state)
{
	struct image m = table();
	struct vfct v, before;

	(void)state;
	image(&m, 3, 0x1638, 64);
	memset(&before, 0xa5, sizeof(before));
	v = before;
	assert_int_equal(vfct_read((struct span) { m.b, 3 }, &v, NULL), -IGD_ETRUNC);
	assert_int_equal(vfct_read((struct span) { m.b, VFCT_HEADER_LEN - 1 }, &v, NULL), -IGD_ETRUNC);
	assert_int_equal(vfct_read((struct span) { m.b, m.n - 1 }, &v, NULL), -IGD_ELENGTH);
	set(&m, 4, VFCT_HEADER_LEN - 1, 4);
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), -IGD_ELENGTH);
	finish(&m);
	set(&m, 0x34, VFCT_HEADER_LEN - 1, 4);
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), -IGD_ELENGTH);
	set(&m, 0x34, m.n + 1, 4);
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), -IGD_ELENGTH);
	m.b[0] = 'v';
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), -IGD_EMAGIC);
	assert_memory_equal(&v, &before, sizeof(v));
}

/* The image before a broken one is still had. */
static void refuses_images(void **state)
{
	struct image m = table();
	struct vfct_image i;
	size_t at, n = 0;
	struct vfct v;

	(void)state;
	image(&m, 3, 0x1638, 64);
	put(&m, 0, 8); /* less than a header */
	finish(&m);
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), 0);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 1);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), -IGD_ETRUNC);
	assert_int_equal(i.device, 0x1638);
	set(&m, VFCT_HEADER_LEN + 24, UINT32_MAX, 4);
	n = 0;
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), -IGD_ELENGTH);
	m = table();
	for (int k = 0; k <= VFCT_IMAGES_MAX; k++)
		image(&m, (uint32_t)k, 0x1638, 0);
	assert_int_equal(vfct_read(image_span(&m), &v, NULL), 0);
	for (n = 0; n < VFCT_IMAGES_MAX;)
		assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), 1);
	assert_int_equal(vfct_next(&v, &at, &n, &i, NULL), -IGD_ELIMIT);
}

static void try(struct span s)
{
	struct vfct v, before;
	struct vfct_image i = { 0 };
	size_t at = 0, n = 0;
	uint8_t b;

	memset(&before, 0xa5, sizeof(before));
	v = before;
	if (vfct_read(s, &v, NULL) < 0) {
		assert_memory_equal(&v, &before, sizeof(v));
		return;
	}
	while (vfct_next(&v, &at, &n, &i, NULL) == 1)
		assert_true(i.rom.n == 0 || span_u8(i.rom, i.rom.n - 1, &b));
	assert_true(n <= VFCT_IMAGES_MAX && at <= s.n);
}

static void survives_damage(void **state)
{
	struct image m = table();

	(void)state;
	image(&m, 3, 0x1638, 64);
	image(&m, 9, 0x73df, 32);
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_images), cmocka_unit_test(knows_the_place), cmocka_unit_test(takes_odd_ones),
		cmocka_unit_test(refuses),	cmocka_unit_test(refuses_images),  cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("vfct", tests, NULL, NULL);
}
