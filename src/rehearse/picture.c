// SPDX-License-Identifier: GPL-2.0-or-later
/* picture.c - see the header. libpng leaves by longjmp(): what has to survive that is in a struct, not in registers.
 */
#include "rehearse/picture.h"

#include <png.h>
#include <setjmp.h>

#include "base/error.h"

#define SIDE_MAX 8192

struct sink {
	uint8_t *p;
	size_t n, room;
};

static void sink_take(png_structp png, png_bytep bytes, size_t n)
{
	struct sink *s = png_get_io_ptr(png);

	if (n > s->room - s->n) {
		size_t room = s->room + n > s->room * 2 ? s->room + n : s->room * 2;
		uint8_t *more = realloc(s->p, room);

		if (!more)
			png_error(png, "no memory"); /* does not return */
		s->p = more;
		s->room = room;
	}
	memcpy(s->p + s->n, bytes, n);
	s->n += n;
}

static void sink_flush(png_structp png _unused_)
{
}

/* Its own words would go to standard error; ours are in the report. */
static void complain(png_structp png, png_const_charp text _unused_)
{
	longjmp(png_jmpbuf(png), 1);
}

static void warn(png_structp png _unused_, png_const_charp text _unused_)
{
}

static bool drawn(png_structp png, png_infop info, const struct emu_picture *p, struct sink *sink)
{
	if (setjmp(png_jmpbuf(png)) != 0)
		return false;
	png_set_write_fn(png, sink, sink_take, sink_flush);
	png_set_IHDR(png, info, p->width, p->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, 6);
	png_write_info(png, info);
	for (size_t y = 0; y < p->height; y++)
		png_write_row(png, p->rgb + y * p->width * 3);
	png_write_end(png, info);
	return true;
}

int picture_png(const struct emu_picture *p, struct buffer *ret, struct report *rep)
{
	struct sink sink = { NULL, 0, 0 };
	png_structp png;
	png_infop info;
	bool done;

	if (p->width == 0 || p->height == 0 || p->width > SIDE_MAX || p->height > SIDE_MAX)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "a picture of %u x %u pixels", p->width,
				     p->height);
	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, complain, warn);
	info = png ? png_create_info_struct(png) : NULL;
	done = info && drawn(png, info, p, &sink);
	png_destroy_write_struct(&png, &info);
	if (!done) {
		free(sink.p);
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for a picture of %u x %u pixels",
				     p->width, p->height);
	}
	*ret = (struct buffer) { sink.p, sink.n };
	return 0;
}
