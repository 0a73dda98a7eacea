// SPDX-License-Identifier: GPL-2.0-or-later
/* A picture as PNG: libpng reads out of it what went in. */
#include "image.h"

#include <png.h>

#include "base/error.h"
#include "base/macros.h"
#include "rehearse/picture.h"

static struct emu_picture picture(unsigned width, unsigned height)
{
	struct emu_picture p = { .width = width, .height = height };
	size_t n = (size_t)width * height * 3;

	p.rgb = malloc(n); /* of just that size: a byte too far is seen */
	assert_non_null(p.rgb);
	for (size_t i = 0; i < n; i++)
		p.rgb[i] = (uint8_t)(i * 31 + i / 253);
	return p;
}

static void same_after_reading(unsigned width, unsigned height)
{
	struct emu_picture p = picture(width, height);
	png_image image = { .version = PNG_IMAGE_VERSION };
	struct buffer b;
	uint8_t *back;

	assert_int_equal(picture_png(&p, &b, NULL), 0);
	assert_true(png_image_begin_read_from_memory(&image, b.p, b.n));
	assert_int_equal(image.width, width);
	assert_int_equal(image.height, height);
	assert_int_equal(image.format, PNG_FORMAT_RGB);
	back = malloc(PNG_IMAGE_SIZE(image));
	assert_non_null(back);
	assert_true(png_image_finish_read(&image, NULL, back, 0, NULL));
	assert_int_equal(PNG_IMAGE_SIZE(image), (size_t)width * height * 3);
	assert_memory_equal(back, p.rgb, (size_t)width * height * 3);
	free(back);
	free(p.rgb);
	buffer_done(&b);
}

static void reads_back(void **state _unused_)
{
	same_after_reading(1, 1);
	same_after_reading(3, 2);
	same_after_reading(1, 8192);
	same_after_reading(8192, 1);
	same_after_reading(1280, 800);
}

static void the_same_each_time(void **state _unused_)
{
	struct emu_picture p = picture(64, 64);
	struct buffer a, b;

	assert_int_equal(picture_png(&p, &a, NULL), 0);
	assert_int_equal(picture_png(&p, &b, NULL), 0);
	assert_true(span_same(buffer_span(&a), buffer_span(&b)));
	assert_true(span_is(buffer_span(&a), 0, "\x89PNG\r\n\x1a\n"));
	buffer_done(&a);
	buffer_done(&b);
	free(p.rgb);
}

static void refuses(void **state _unused_)
{
	static const struct emu_picture bad[] = {
		{ .width = 0, .height = 1 },
		{ .width = 1, .height = 0 },
		{ .width = 8193, .height = 1 },
		{ .width = 1, .height = 8193 },
	};
	struct buffer b = { NULL, 7 };
	struct report rep = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(picture_png(&bad[i], &b, &rep), -IGD_EUSAGE);
	assert_int_equal(rep.code, -IGD_EUSAGE);
	assert_int_equal(b.n, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back),
		cmocka_unit_test(the_same_each_time),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
