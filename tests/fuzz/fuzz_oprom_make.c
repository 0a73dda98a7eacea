// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a driver and as a VBIOS: what is made into a ROM is read back from it, plain and compressed. */
#include <stdlib.h>

#include "base/error.h"
#include "fw/oprom_make.h"
#include "fw/pe.h"
#include "fw/tiano_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void driver_check(const struct oprom *o, struct span pe, bool last)
{
	struct buffer decoded = { 0 };
	struct span got = { NULL, 0 };

	must(o->place == OPROM_CHAINED && o->efi.valid && o->vendor == 0x8086 && o->device == 0x3e92 &&
	     o->last == last && !o->partial);
	must(oprom_driver(o, OPROM_MOST, &decoded, &got, NULL) == 0);
	must(got.n == pe.n && memcmp(got.p, pe.p, pe.n) == 0);
	buffer_done(&decoded);
}

static void drivers(struct span in)
{
	const struct oprom_part parts[] = { { .code = OPROM_EFI, .bytes = in },
					    { .code = OPROM_EFI, .bytes = in, .compress = true } };
	const struct oprom_plan plan = {
		.vendor = 0x8086, .device = 0x3e92, .class_code = 0x030000, .parts = parts, .n = 2
	};
	static struct oprom_chain c;
	struct buffer rom = { 0 };
	struct span pe_bytes;
	struct pe pe;

	if (oprom_make(&plan, &rom, NULL) < 0) {
		must(!rom.p);
		return;
	}
	must(pe_read(in, &pe, NULL) == 0 && !pe.te && !pe.partial);
	must(span_cut(in, 0, pe.file_size, &pe_bytes));
	must(oprom_chain_read(buffer_span(&rom), &c, NULL) == 0 && c.n == 2 && c.end == OPROM_END_LAST);
	driver_check(&c.images[0], pe_bytes, false);
	driver_check(&c.images[1], pe_bytes, true);
	buffer_done(&rom);
}

static void vbios(struct span in)
{
	const struct oprom_part part = { .code = OPROM_PC, .bytes = in };
	const struct oprom_plan plan = {
		.vendor = 0x8086, .device = 0x3e92, .class_code = 0x030000, .parts = &part, .n = 1
	};
	struct buffer rom = { 0 };
	struct oprom o;

	if (oprom_make(&plan, &rom, NULL) < 0) {
		must(!rom.p);
		return;
	}
	must(oprom_read(buffer_span(&rom), &o, NULL) == 0 && o.code_type == OPROM_PC && !o.partial &&
	     rom.n >= OPROM_LEAST);
	buffer_done(&rom);
}

/* What the encoder makes of any bytes is what the decoder makes them of. */
static void round_trip(struct span in)
{
	struct buffer packed = { 0 }, again = { 0 };

	must(tiano_encode(in, CODEC_EFI11, &packed) == 0);
	must(codec_decode(CODEC_EFI11, buffer_span(&packed), in.n, in.n, &again, NULL) == 0);
	must(again.n == in.n && (in.n == 0 || memcmp(again.p, in.p, in.n) == 0));
	buffer_done(&packed);
	buffer_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	drivers(in);
	vbios(in);
	round_trip(in);
	return 0;
}
