// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OVMF images: read in every layout, rebuilt with files more and files less, and refused for what they lack. The
 * images are small ones of our own (ovmf_image.h); real ones: tests/corpus/ovmf.py.
 */
#include "ovmf_image.h"

#include "base/error.h"
#include "fw/ovmf.h"
#include "fw/pe.h"

#define FREE ((size_t)100 * 1024)
#define ROOM ((size_t)4 * 1024)

static const struct ovmf_spec plain = { .dxe_free = FREE, .room = ROOM };
static struct image flash;

static struct ovmf read_spec(const struct ovmf_spec *p)
{
	struct report rep = { 0 };
	struct ovmf o;

	(void)put_ovmf(&flash, p);
	assert_int_equal(ovmf_read(image_span(&flash), &o, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(rep.code, 0);
	return o;
}

static struct ovmf read_span(struct span s)
{
	struct ovmf o;

	assert_int_equal(ovmf_read(s, &o, NULL), 0);
	return o;
}

static const struct ovmf_file *file_of(const struct ovmf *o, struct guid g)
{
	for (size_t i = 0; i < o->n_files; i++)
		if (guid_eq(&o->files[i].guid, &g))
			return &o->files[i];
	return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static void reads_the_places(void **state)
{
	struct ovmf o = read_spec(&plain);

	(void)state;
	assert_int_equal(o.outer_at, 0);
	assert_int_equal(o.file_at, 0x48);
	assert_int_equal(o.section_at, 0x60);
	assert_int_equal(o.stream_at, 0x78);
	assert_ptr_equal(o.stream.p, flash.b + 0x78);
	assert_true(o.room >= ROOM && o.room < ROOM + 64);
	assert_int_equal(o.stream_at + o.stream.n + o.room, o.outer.bytes.n);
	/* raw 12 bytes, section header 4, PEI volume; it has one file of 24 + 4 + 0x170 + 16, a name of 4 + 16 */
	assert_int_equal(o.dxe_at, 12 + 4 + (0x48 + 24 + 4 + 0x180 + 20 + 64 + 36) / 64 * 64 + 12 + 4);
	assert_memory_equal(o.decoded.p + o.dxe_at + FV_SIGNATURE, "_FVH", 4);
	assert_ptr_equal(o.dxe.bytes.p, o.decoded.p + o.dxe_at);
	assert_int_equal(o.dxe_end % 8, 0);
	assert_int_equal(o.dxe_end + o.dxe_room, o.dxe.bytes.n);
	assert_true(o.dxe_room >= FREE && o.dxe_room < FREE + 64);
	assert_null(o.record.p);
	ovmf_done(&o);
}

static void reads_the_files(void **state)
{
	struct ovmf o = read_spec(&plain);
	const struct ovmf_file *f = &o.files[0];

	(void)state;
	assert_int_equal(o.n_files, 2);
	assert_string_equal(f->name, "DxeCore");
	assert_int_equal(f->type, FFS_DXE_CORE);
	assert_int_equal(f->at, 0x48);
	assert_int_equal(f->bytes.n, f->body.n + FFS_HEADER);
	assert_int_equal(f->pe.n, PE_HEADERS + 40);
	assert_int_equal(f->machine, PE_X64);
	assert_int_equal(f->whose, OVMF_STOCK);
	assert_null(f->what);
	assert_false(f->te);
	f++;
	assert_ptr_equal(f, file_of(&o, guid_of(2)));
	assert_string_equal(f->name, "QemuVideoDxe");
	ovmf_done(&o);
}

static void assert_traits(const struct ovmf_spec *p, struct ovmf_traits want)
{
	struct ovmf o = read_spec(p);

	assert_int_equal(o.traits.machine, want.machine);
	assert_int_equal(o.traits.smm, want.smm);
	assert_int_equal(o.traits.secure_boot, want.secure_boot);
	assert_int_equal(o.traits.tdx, want.tdx);
	assert_int_equal(o.traits.sev, want.sev);
	assert_int_equal(o.traits.vars, want.vars);
	assert_int_equal(o.traits.pflash, want.pflash);
	ovmf_done(&o);
}

static void more_of_secure_boot(struct image *m, size_t v)
{
	put_driver(m, v, guid_of(3), FFS_DRIVER, 0x8664, "SecureBootConfigDxe", 8);
	put_driver(m, v, guid_of(4), FFS_MM_CORE, 0x8664, "PiSmmCore", 8);
	put_driver(m, v, guid_of(5), FFS_MM, 0x8664, "FvbServicesSmm", 8);
}

static void more_of_sev(struct image *m, size_t v)
{
	put_driver(m, v, guid_of(3), FFS_DRIVER, 0x8664, "SecretDxe", 8);
	put_driver(m, v, guid_of(4), FFS_DRIVER, 0x8664, "FvbServicesRuntimeDxe", 8);
}

static void more_of_flash(struct image *m, size_t v)
{
	put_driver(m, v, guid_of(4), FFS_DRIVER, 0x8664, "FvbServicesRuntimeDxe", 8);
}

static void more_of_microvm(struct image *m, size_t v)
{
	more_of_flash(m, v);
	put_driver(m, v, guid_of(5), FFS_DRIVER, 0x8664, "VirtioFdtDxe", 8);
}

static void tells_the_builds_apart(void **state)
{
	struct ovmf_spec p = plain;

	(void)state;
	assert_traits(&p, (struct ovmf_traits) { .machine = PE_X64 });
	p.machine = PE_IA32;
	assert_traits(&p, (struct ovmf_traits) { .machine = PE_IA32 });
	p = plain;
	p.vars = true;
	p.more = more_of_flash;
	assert_traits(&p, (struct ovmf_traits) { .machine = PE_X64, .vars = true, .pflash = true });
	p.tdx = true;
	assert_traits(&p, (struct ovmf_traits) { .machine = PE_X64, .vars = true, .tdx = true });
	p = plain;
	p.more = more_of_secure_boot;
	assert_traits(&p,
		      (struct ovmf_traits) { .machine = PE_X64, .smm = true, .secure_boot = true, .pflash = true });
	p.more = more_of_sev;
	assert_traits(&p, (struct ovmf_traits) { .machine = PE_X64, .sev = true });
	p.more = more_of_microvm;
	assert_traits(&p, (struct ovmf_traits) { .machine = PE_X64 });
}

static void finds_it_behind_variables_and_junk(void **state)
{
	struct ovmf_spec p = { .vars = true, .tdx = true, .dxe_free = 256, .room = 256 };
	static struct image m;
	struct ovmf o = read_spec(&p);

	(void)state;
	assert_int_equal(o.outer_at, 0x180); /* 0x48 and 256, to the next 64 */
	assert_int_equal(o.stream_at, 0x180 + 0x78);
	assert_int_equal(o.dxe_at, 28);
	ovmf_done(&o);
	m.n = 0;
	put_span(&m, (struct span) { flash.b, 0x180 });
	put_text(&m, "not a volume: _FVH, nor this _FVH", 41); /* odd places, and a header that is none */
	put_span(&m, (struct span) { flash.b + 0x180, flash.n - 0x180 });
	o = read_span(image_span(&m));
	assert_int_equal(o.outer_at, 0x180 + 41);
	ovmf_done(&o);
}

/* ---- whose -------------------------------------------------------------------------------------------------- */

static void put_pe_file(struct image *m, size_t v, struct guid guid, struct span pe, const char *name)
{
	size_t f = file_begin(m, v, guid, FFS_DRIVER), stream = m->n;

	put_section(m, stream, SECTION_PE32, pe);
	put_ui(m, stream, name);
	file_end(m, f);
}

static const struct guid ramfb = /* EDK II OvmfPkg/QemuRamfbDxe/QemuRamfbDxe.inf; i915ovmf took it */
	GUID(0xdce1b094, 0x7dc6, 0x45d0, 0x9f, 0xdd, 0xd7, 0xfc, 0x3c, 0xc3, 0xe4, 0xef);
static const struct guid kethen_vbt =
	GUID(0x1647b4f3, 0x3e8a, 0x4fef, 0x81, 0xc8, 0x32, 0x8e, 0xd6, 0x47, 0xab, 0x1a);
static const struct guid kethen_policy =
	GUID(0x9737d7ca, 0xd869, 0x46e5, 0xa5, 0xef, 0x75, 0xd9, 0x53, 0x86, 0x88, 0xde);

static void more_of_somebody(struct image *m, size_t v)
{
	static struct image gop, vbt;

	gop.n = vbt.n = 0;
	put_gop(&gop);
	put_vbt(&vbt);
	put_pe_file(m, v, guid_of(0x10), image_span(&gop), "Video");
	put_freeform(m, v, guid_of(0x11), image_span(&vbt));
	put_freeform(m, v, kethen_vbt, (struct span) { (const uint8_t *)"xyz", 3 });
	put_driver(m, v, kethen_policy, FFS_DRIVER, 0x8664, "Anything", 8);
	put_driver(m, v, guid_of(0x12), FFS_DRIVER, 0x8664, "GVTGOPDXE", 8);
	put_driver(m, v, ramfb, FFS_DRIVER, 0x8664, "QemuRamfbDxe", 8);
	put_driver(m, v, guid_of(0x13), FFS_DRIVER, 0x8664, "i915ovmf", 8);
	put_freeform(m, v, guid_gop, (struct span) { (const uint8_t *)"xyz", 3 });
}

static void assert_whose(const struct ovmf *o, struct guid g, enum ovmf_whose whose, const char *what)
{
	const struct ovmf_file *f = file_of(o, g);

	assert_non_null(f);
	assert_int_equal(f->whose, whose);
	if (what)
		assert_string_equal(f->what, what);
	else
		assert_null(f->what);
}

static void knows_what_somebody_put_in(void **state)
{
	struct ovmf_spec p = plain;
	struct ovmf o;

	(void)state;
	p.more = more_of_somebody;
	o = read_spec(&p);
	assert_whose(&o, guid_of(0x10), OVMF_SOMEBODY, "Intel GOP driver 9.0.1084");
	assert_whose(&o, guid_of(0x11), OVMF_SOMEBODY, "a VBT");
	assert_whose(&o, kethen_vbt, OVMF_SOMEBODY, "a VBT for Intel's GOP driver");
	assert_whose(&o, kethen_policy, OVMF_SOMEBODY, "PlatformGopPolicy");
	assert_whose(&o, guid_of(0x12), OVMF_SOMEBODY, "GvtGopDxe of ACRN");
	assert_whose(&o, ramfb, OVMF_STOCK, NULL);
	assert_whose(&o, guid_of(0x13), OVMF_SOMEBODY, "i915ovmf");
	assert_whose(&o, guid_gop, OVMF_SOMEBODY, "Intel's GOP driver"); /* by the name of its GUID */
	assert_string_equal(file_of(&o, guid_gop)->name, "IntelGopDriver");
	assert_whose(&o, guid_of(2), OVMF_STOCK, NULL);
	ovmf_done(&o);
}

static void more_of_ours(struct image *m, size_t v)
{
	static struct image gop;

	gop.n = 0;
	put_gop(&gop);
	put_pe_file(m, v, guid_of(0x10), igd_driver_bytes(IGD_DRIVER_ASSIGNMENT), "Renamed");
	put_driver(m, v, igd_driver_guids[IGD_DRIVER_POLICY], FFS_DRIVER, 0x8664, "GopPolicy", 8);
	put_pe_file(m, v, igd_gop_guid, image_span(&gop), "Gop");
	put_freeform(m, v, igd_record_guid, span_str("it was so"));
}

static void knows_what_is_ours(void **state)
{
	struct ovmf_spec p = plain;
	struct ovmf o;

	(void)state;
	p.more = more_of_ours;
	o = read_spec(&p);
	assert_whose(&o, guid_of(0x10), OVMF_IGDCTL, file_of(&o, guid_of(0x10))->what);
	assert_int_equal(strncmp(file_of(&o, guid_of(0x10))->what, "IgdAssignment ", 14), 0);
	assert_whose(&o, igd_driver_guids[IGD_DRIVER_POLICY], OVMF_IGDCTL, "GopPolicy");
	assert_whose(&o, igd_gop_guid, OVMF_IGDCTL, "Intel GOP driver 9.0.1084");
	assert_whose(&o, igd_record_guid, OVMF_IGDCTL, "the record of what igdctl did");
	assert_int_equal(o.record.n, 9);
	assert_memory_equal(o.record.p, "it was so", 9);
	ovmf_done(&o);
}

/* ---- files more --------------------------------------------------------------------------------------------- */

#define RECORD_GUID 0x21

static const struct ovmf_new hello = { .guid = GUID(0x19dc7100, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, RECORD_GUID),
				       .type = FFS_FREEFORM,
				       .name = "Rec",
				       .body = { (const uint8_t *)"hello", 5 } };

/*
 * By hand: the header's bytes but its own sum, the data's sum and the state are 71 dc 19 40 80 21 02 30 and zeroes;
 * they add up to 279h, and 87h makes that 300h.
 */
static const uint8_t hello_file[48] = {
	0x00, 0x71, 0xdc,	 0x19, 0x00, 0x00, 0x00, 0x40, 0x80, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, RECORD_GUID, 0x87, 0xaa, 0x02, 0x00, 0x30, 0x00, 0x00, 0xf8, /* sums, type, attributes, size,
										    state */
	0x09, 0x00, 0x00,	 0x19, 'h',  'e',  'l',	 'l',  'o',  0x00, 0x00, 0x00, /* raw, and 3 to a multiple of
											  4 */
	0x0c, 0x00, 0x00,	 0x15, 'R',  0x00, 'e',	 0x00, 'c',  0x00, 0x00, 0x00, /* name */
};

static struct ovmf_result rebuilt(const struct ovmf *o, const struct guid *without, size_t n_without,
				  const struct ovmf_new *with, size_t n_with, unsigned level)
{
	struct report rep = { 0 };
	struct ovmf_result made;
	int r = ovmf_rebuild(o, without, n_without, with, n_with, level, NULL, NULL, &made, &rep);

	if (r < 0)
		fail_msg("refused: %s", rep.refusal.text);
	assert_int_equal(rep.code, 0);
	assert_int_equal(made.image.n, o->image.n);
	return made;
}

/* Outside the file, and the rest of its volume, no byte is another one. */
static void assert_rest_same(const struct ovmf *o, const struct ovmf_result *made)
{
	size_t end = o->outer_at + o->outer.bytes.n, behind = o->stream_at + made->stream_size;

	assert_memory_equal(made->image.p, o->image.p, o->file_at + FFS_HEADER_SUM);
	assert_memory_equal(made->image.p + end, o->image.p + end, o->image.n - end);
	assert_true(span_is_filled((struct span) { made->image.p + behind, end - behind }, 0xff));
	assert_int_equal(made->room, end - behind);
}

static void adds_a_file(void **state)
{
	(void)state;
	for (unsigned level = 0; level <= OVMF_LEVEL_MAX; level++) {
		struct ovmf o = read_spec(&plain), n;
		struct ovmf_result made = rebuilt(&o, NULL, 0, &hello, 1, level);

		assert_int_equal(made.level, level);
		assert_rest_same(&o, &made);
		n = read_span(buffer_span(&made.image));
		assert_int_equal(n.decoded.n, o.decoded.n);
		assert_int_equal(n.n_files, 3);
		assert_int_equal(n.files[2].at, o.dxe_end);
		assert_memory_equal(n.files[2].bytes.p, hello_file, sizeof(hello_file));
		assert_memory_equal(n.decoded.p, o.decoded.p, o.dxe_at + o.dxe_end);
		assert_true(span_is_filled((struct span) { n.dxe.bytes.p + n.dxe_end, n.dxe_room }, 0xff));
		assert_int_equal(n.dxe_end, o.dxe_end + sizeof(hello_file));
		assert_int_equal(made.dxe_room, o.dxe_room - sizeof(hello_file));
		assert_int_equal(made.stream_size, n.stream.n);
		ovmf_done(&n);
		buffer_done(&made.image);
		ovmf_done(&o);
	}
}

/* The headers down to the stream, by their own rules. */
static void writes_the_outer_headers(void **state)
{
	struct ovmf_spec p = plain;

	(void)state;
	for (int attribute = 0; attribute <= FFS_ATTRIB_SUM; attribute += FFS_ATTRIB_SUM) {
		struct ovmf_result made;
		const uint8_t *file;
		size_t size;
		struct ovmf o;
		uint8_t sum = 0, data = 0;

		p.attributes = (uint8_t)attribute;
		o = read_spec(&p);
		made = rebuilt(&o, NULL, 0, &hello, 1, 6);
		file = made.image.p + 0x48;
		size = made.stream_size + 24 + 24;
		assert_int_equal(file[0x14] | file[0x15] << 8 | file[0x16] << 16, size);
		assert_int_equal(file[24] | file[25] << 8 | file[26] << 16, size - 24);
		for (size_t i = 0; i < 24; i++)
			sum = (uint8_t)(sum + (i == FFS_DATA_SUM || i == FFS_STATE ? 0 : file[i]));
		for (size_t i = 24; i < size; i++)
			data = (uint8_t)(data + file[i]);
		assert_int_equal(sum, 0);
		assert_int_equal(file[FFS_DATA_SUM], attribute ? (uint8_t)-data : 0xaa);
		assert_int_equal(file[FFS_STATE], 0xf8);
		buffer_done(&made.image);
		ovmf_done(&o);
	}
}

/* A driver begins as a driver does: an image of its own machine, no dependencies in front. */
static void adds_our_drivers(void **state)
{
	struct ovmf_new with[IGD_DRIVERS];
	struct ovmf_spec p = plain;
	struct ovmf_result made;
	struct ovmf o, n;

	(void)state;
	p.room = 4 * ROOM;
	o = read_spec(&p);
	for (enum igd_driver d = 0; d < IGD_DRIVERS; d++)
		with[d] = (struct ovmf_new) { igd_driver_guids[d], FFS_DRIVER, igd_driver_name(d),
					      igd_driver_bytes(d) };
	made = rebuilt(&o, NULL, 0, with, IGD_DRIVERS, 0);
	n = read_span(buffer_span(&made.image));
	for (enum igd_driver d = 0; d < IGD_DRIVERS; d++) {
		const struct ovmf_file *f = file_of(&n, igd_driver_guids[d]);

		assert_non_null(f);
		assert_int_equal(f->whose, OVMF_IGDCTL);
		assert_int_equal(f->type, FFS_DRIVER);
		assert_int_equal(f->at % 8, 0);
		assert_int_equal(f->body.p[3], SECTION_PE32);
		assert_int_equal(f->pe.n, with[d].body.n);
		assert_memory_equal(f->pe.p, with[d].body.p, f->pe.n);
		assert_string_equal(f->name, with[d].name);
		assert_int_equal(f->machine, PE_X64);
	}
	ovmf_done(&n);
	buffer_done(&made.image);
	ovmf_done(&o);
}

/* ---- files less --------------------------------------------------------------------------------------------- */

static struct ovmf_new new_of(uint8_t n, const char *name)
{
	return (struct ovmf_new) { guid_of(n), FFS_FREEFORM, name, span_str(name) };
}

static void assert_decoded_same(const struct ovmf *a, const struct ovmf *b)
{
	char x[65], y[65];

	assert_int_equal(a->decoded.n, b->decoded.n);
	assert_memory_equal(a->decoded.p, b->decoded.p, a->decoded.n);
	ovmf_decoded_sha256(a, x);
	ovmf_decoded_sha256(b, y);
	assert_string_equal(x, y);
	assert_int_equal(strlen(x), 64);
}

static void takes_away_what_it_added(void **state)
{
	const struct ovmf_new with[] = { new_of(0x21, "one"), new_of(0x22, "twotwo"), new_of(0x23, "three") };
	const struct guid all[] = { with[2].guid, with[0].guid, with[1].guid };

	(void)state;
	for (unsigned level = 0; level <= 6; level += 3) {
		struct ovmf o = read_spec(&plain), n, back, again;
		struct ovmf_result made = rebuilt(&o, NULL, 0, with, 3, level), less, more;

		n = read_span(buffer_span(&made.image));
		assert_int_equal(n.n_files, 5);
		less = rebuilt(&n, all, 3, NULL, 0, level);
		back = read_span(buffer_span(&less.image));
		assert_decoded_same(&back, &o);
		assert_int_equal(back.dxe_room, o.dxe_room);
		more = rebuilt(&back, NULL, 0, with, 3, level); /* and the same again */
		again = read_span(buffer_span(&more.image));
		assert_decoded_same(&again, &n);
		ovmf_done(&again);
		ovmf_done(&back);
		ovmf_done(&n);
		ovmf_done(&o);
		buffer_done(&made.image);
		buffer_done(&less.image);
		buffer_done(&more.image);
	}
}

static void replaces_in_one_go(void **state)
{
	const struct ovmf_new old = new_of(0x21, "old"), new = new_of(0x21, "new and longer");
	struct ovmf o = read_spec(&plain), n, m;
	struct ovmf_result made = rebuilt(&o, NULL, 0, &old, 1, 0), next;

	(void)state;
	n = read_span(buffer_span(&made.image));
	next = rebuilt(&n, &old.guid, 1, &new, 1, 0);
	m = read_span(buffer_span(&next.image));
	assert_int_equal(m.n_files, 3);
	assert_int_equal(m.files[2].at, o.dxe_end);
	assert_string_equal(m.files[2].name, "new and longer");
	ovmf_done(&m);
	ovmf_done(&n);
	ovmf_done(&o);
	buffer_done(&made.image);
	buffer_done(&next.image);
}

static void leaves_a_pad_in_the_middle(void **state)
{
	/* FF sixteen times is FF0h, F0h the type and 30h the size: 1110h, and F0h makes that 1200h */
	static const uint8_t pad[FFS_HEADER] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						 0xf0, 0xaa, 0xf0, 0x00, 0x30, 0x00, 0x00, 0xf8 };
	const struct ovmf_new with[] = { hello, new_of(0x22, "other") };
	struct ovmf o = read_spec(&plain), n, holed, back;
	struct ovmf_result made = rebuilt(&o, NULL, 0, with, 2, 0), hole, less;
	const struct ovmf_file *f;
	struct report rep = { 0 };

	(void)state;
	n = read_span(buffer_span(&made.image));
	hole = rebuilt(&n, &with[0].guid, 1, NULL, 0, 0);
	assert_int_equal(ovmf_read(buffer_span(&hole.image), &holed, &rep), 0);
	assert_int_equal(rep.n_notes, 0); /* its sums are right */
	assert_int_equal(holed.n_files, 4);
	f = &holed.files[2];
	assert_int_equal(f->type, FFS_PAD);
	assert_int_equal(f->at, o.dxe_end);
	assert_memory_equal(f->bytes.p, pad, sizeof(pad));
	assert_int_equal(f->bytes.n, sizeof(hello_file));
	assert_true(span_is_filled(f->body, 0xff));
	assert_int_equal(holed.files[3].at, n.files[3].at);
	assert_int_equal(holed.dxe_room, n.dxe_room);
	less = rebuilt(&holed, &with[1].guid, 1, NULL, 0, 0); /* then the pad goes as well */
	back = read_span(buffer_span(&less.image));
	assert_decoded_same(&back, &o);
	ovmf_done(&back);
	ovmf_done(&holed);
	ovmf_done(&n);
	ovmf_done(&o);
	buffer_done(&made.image);
	buffer_done(&hole.image);
	buffer_done(&less.image);
}

/* Ours in front of the build's last file: it stays where it is. */
static void takes_away_what_a_build_has(void **state)
{
	struct ovmf_spec p = plain;
	struct ovmf_result made;
	struct ovmf o, n;
	size_t pads = 0;

	(void)state;
	p.more = more_of_somebody;
	o = read_spec(&p);
	made = rebuilt(&o, &kethen_policy, 1, NULL, 0, 0);
	n = read_span(buffer_span(&made.image));
	assert_int_equal(n.n_files, o.n_files);
	assert_null(file_of(&n, kethen_policy));
	for (const struct ovmf_file *f = n.files; f < n.files + n.n_files; f++)
		pads += f->type == FFS_PAD ? 1 : 0;
	assert_int_equal(pads, 1);
	assert_int_equal(n.dxe_end, o.dxe_end);
	ovmf_done(&n);
	ovmf_done(&o);
	buffer_done(&made.image);
}

/* ---- what follows the compressed file ----------------------------------------------------------------------- */

static void pad_behind(struct image *m, size_t v)
{
	size_t f = file_begin(m, v, guid_of(0xee), FFS_PAD);

	put_fill(m, 0xff, 100);
	file_end(m, f);
}

static void full_pad_behind(struct image *m, size_t v)
{
	size_t f = file_begin(m, v, guid_of(0xee), FFS_PAD);

	put_text(m, "somebody keeps something here", 40);
	file_end(m, f);
}

static void file_behind(struct image *m, size_t v)
{
	put_freeform(m, v, guid_of(0xee), span_str("x"));
}

static void bytes_behind(struct image *m, size_t v)
{
	while ((m->n - v) % 8)
		put(m, 0xff, 1);
	put_text(m, "x", 64);
}

static void grows_over_an_empty_pad(void **state)
{
	struct ovmf_spec p = plain;
	struct ovmf_result made;
	struct ovmf o;

	(void)state;
	p.behind = pad_behind;
	o = read_spec(&p);
	assert_true(o.room >= ROOM + 100);
	made = rebuilt(&o, NULL, 0, &hello, 1, 0);
	assert_rest_same(&o, &made);
	buffer_done(&made.image);
	ovmf_done(&o);
}

/* A file's size has 24 bits, however much room the volume has. */
static void knows_how_large_a_file_can_be(void **state)
{
	const size_t n = (size_t)17 << 20;
	uint8_t *large = malloc(n);
	struct ovmf_result made;
	struct ovmf o;

	(void)state;
	assert_non_null(large);
	(void)put_ovmf(&flash, &plain);
	o = read_span(image_span(&flash));
	memset(large, 0xff, n);
	memcpy(large, flash.b, o.stream_at + o.stream.n);
	ovmf_done(&o);
	large[FV_LENGTH] = large[FV_LENGTH + 1] = 0;
	large[FV_LENGTH + 2] = 0x10; /* the block map does not agree, and that is a note */
	large[FV_LENGTH + 3] = 1;
	o = read_span((struct span) { large, n });
	assert_int_equal(o.stream_at - o.file_at + o.stream.n + o.room, 0xfffffe);
	made = rebuilt(&o, NULL, 0, &hello, 1, 0);
	assert_int_equal(made.stream_size + made.room, o.stream.n + o.room);
	ovmf_done(&o);
	buffer_done(&made.image);
	free(large);
}

static void put_te_file(struct image *m, size_t v)
{
	static const uint8_t te[40] = { 'V', 'Z', 0x64, 0x86, 0, 11, 40 }; /* no sections, 40 bytes stripped */
	size_t f = file_begin(m, v, guid_of(3), FFS_DRIVER);

	put_section(m, m->n, SECTION_TE, SPAN_OF(te));
	file_end(m, f);
}

static void tells_of_a_te_image(void **state)
{
	struct ovmf_spec p = plain;
	struct ovmf o;

	(void)state;
	p.more = put_te_file;
	o = read_spec(&p);
	assert_true(o.files[2].te);
	assert_null(o.files[2].pe.p);
	assert_int_equal(o.files[2].machine, PE_X64);
	assert_string_equal(o.files[2].name, "");
	ovmf_done(&o);
}

/* ---- refused ------------------------------------------------------------------------------------------------- */

static void assert_refused(struct span s, int code, const char *sentence)
{
	struct report rep = { 0 };
	struct ovmf o = { .file_at = 12345 };

	assert_true(s.p || s.n == 0);
	assert_int_equal(ovmf_read(s, &o, &rep), -code);
	assert_int_equal(rep.code, -code);
	if (!strstr(rep.refusal.text, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, rep.refusal.text);
	assert_int_equal(o.file_at, 12345);
	assert_int_equal(ovmf_read(s, &o, NULL), -code);
}

static void assert_spec_refused(struct ovmf_spec p, int code, const char *sentence)
{
	(void)put_ovmf(&flash, &p);
	assert_refused(image_span(&flash), code, sentence);
}

static void refuses_what_is_no_ovmf(void **state)
{
	static struct image m;
	size_t v;

	(void)state;
	assert_refused((struct span) { NULL, 0 }, IGD_EMAGIC, "it is empty");
	assert_refused(span_str("no volume at all, and long enough to hold the header of one, had it one at all."),
		       IGD_EMAGIC, "it holds no firmware volume");
	m.n = 0;
	v = volume_begin(&m, guid_ffs2, 2);
	put_freeform(&m, v, guid_of(1), span_str("x"));
	volume_end(&m, v, 0);
	assert_refused(image_span(&m), IGD_EMAGIC, "none of its firmware volumes (1) has a file that holds volumes");
	m.n = 0;
	v = volume_begin(&m, guid_nvram, 2);
	volume_end(&m, v, 64);
	assert_refused(image_span(&m), IGD_EMAGIC, "take the OVMF_CODE that goes with it");
	m.n = 0;
	v = volume_begin(&m, guid_ffs2, 2);
	put_driver(&m, v, guid_of(1), FFS_DXE_CORE, 0x8664, "DxeCore", 8);
	volume_end(&m, v, 64);
	assert_refused(image_span(&m), IGD_EVERSION, "uncompressed");
	assert_spec_refused((struct ovmf_spec) { .no_dxe_core = true }, IGD_EMAGIC, "has a DXE core");
	assert_spec_refused((struct ovmf_spec) { .video = "Video" }, IGD_EMAGIC, "is a driver for QEMU");
	assert_spec_refused((struct ovmf_spec) { .coding = CODING_EMPTY }, IGD_EMAGIC, "no compressed section");
}

static void refuses_other_codings_and_layouts(void **state)
{
	(void)state;
	assert_spec_refused((struct ovmf_spec) { .coding = CODING_NONE }, IGD_EVERSION, "uncompressed");
	assert_spec_refused((struct ovmf_spec) { .coding = CODING_CRC32 }, IGD_EVERSION, "crc32");
	assert_spec_refused((struct ovmf_spec) { .coding = CODING_BROTLI }, IGD_EVERSION, "brotli");
	assert_spec_refused((struct ovmf_spec) { .coding = CODING_SECTION }, IGD_EVERSION, "type compressed (lzma)");
	assert_spec_refused((struct ovmf_spec) { .behind = file_behind }, IGD_EVERSION, "follows the compressed one");
	assert_spec_refused((struct ovmf_spec) { .behind = full_pad_behind }, IGD_EVERSION,
			    "follows the compressed one");
	assert_spec_refused((struct ovmf_spec) { .behind = bytes_behind }, IGD_EVERSION, "neither a file nor empty");
}

/* What has an OVMF in it and is none, as no guest would start from it. */
static void refuses_what_is_no_flash(void **state)
{
	static struct image m, vars;
	size_t v;

	(void)state;
	(void)put_ovmf(&flash, &plain);
	m.n = vars.n = 0;
	put_text(&m, "KDMV, or what a tar begins with", 32);
	put_span(&m, image_span(&flash));
	assert_refused(image_span(&m), IGD_EMAGIC, "there are 32 bytes in front of the first volume");
	m.n = 0;
	put_span(&m, image_span(&flash));
	put(&m, 0, 1);
	assert_refused(image_span(&m), IGD_EMAGIC, "1 bytes follow the last volume");
	assert_refused((struct span) { flash.b, flash.n - 1 }, IGD_ETRUNC,
		       "the image ends 1 bytes before its volume");
	v = volume_begin(&vars, guid_nvram, 2);
	volume_end(&vars, v, 256);
	m.n = 0;
	put_span(&m, image_span(&flash));
	put_span(&m, image_span(&vars));
	assert_refused(image_span(&m), IGD_EMAGIC, "joined the wrong way round");
}

static void refuses_damage(void **state)
{
	struct span s = { NULL, 0 };

	(void)state;
	(void)put_ovmf(&flash, &plain);
	assert_true(span_cut(image_span(&flash), 0, 0x400, &s));
	assert_refused(s, IGD_ETRUNC, "cut short");
	set(&flash, 0x78 + 5, UINT64_MAX, 8);
	assert_refused(image_span(&flash), IGD_ELENGTH, "does not say how much it decompresses to");
	(void)put_ovmf(&flash, &plain);
	set(&flash, 0x78 + 5, 1 << 30, 8);
	assert_refused(image_span(&flash), IGD_ELIMIT, "");
	(void)put_ovmf(&flash, &plain);
	set(&flash, 0x60, 0x40, 3); /* the section ends in the stream, and the file with it */
	set(&flash, 0x48 + FFS_SIZE, 0x58, 3);
	memset(flash.b + 0x48 + 0x58, 0xff, 0x1000);
	file_seal(&flash, 0x48, FFS_HEADER);
	assert_refused(image_span(&flash), IGD_ETRUNC, "");
	(void)put_ovmf(&flash, &plain);
	set(&flash, 0x60, 0x20, 3); /* the section ends in the header of the stream */
	set(&flash, 0x48 + FFS_SIZE, 0x38, 3);
	memset(flash.b + 0x48 + 0x38, 0xff, 0x1000);
	file_seal(&flash, 0x48, FFS_HEADER);
	assert_refused(image_span(&flash), IGD_ETRUNC, "LZMA header");
	(void)put_ovmf(&flash, &plain);
	set(&flash, 0x48 + FFS_SIZE, 0xfffff0, 3);
	file_seal(&flash, 0x48, FFS_HEADER);
	assert_refused(image_span(&flash), IGD_ELENGTH, "more bytes than its volume has left");
}

static void dxe_too_long(struct image *m, size_t dxe)
{
	set(m, dxe + FV_LENGTH, m->n, 8);
	volume_seal(m, dxe);
}

static void dxe_of_revision_1(struct image *m, size_t dxe)
{
	set(m, dxe + FV_REVISION, 1, 1);
	volume_seal(m, dxe);
}

static void dxe_with_a_tail(struct image *m, size_t dxe)
{
	(void)dxe;
	m->b[m->n - 1] = 'x';
}

static void dxe_with_a_long_file(struct image *m, size_t dxe)
{
	size_t f = dxe + 0x48;

	set(m, f + FFS_SIZE, 0xfffff0, 3);
	file_seal(m, f, FFS_HEADER);
}

static void more_than_can_be(struct image *m, size_t v)
{
	for (size_t i = 0; i < OVMF_FILES_MAX - 1; i++)
		put_freeform(m, v, guid_of((uint8_t)i), span_str("x"));
}

static void refuses_odd_dxe_volumes(void **state)
{
	struct ovmf_spec p = { .dxe_free = 256, .spoil = dxe_too_long };

	(void)state;
	assert_spec_refused(p, IGD_ELENGTH, "the DXE volume says");
	p.spoil = dxe_of_revision_1;
	assert_spec_refused(p, IGD_EVERSION, "revision 1");
	p.spoil = dxe_with_a_tail;
	assert_spec_refused(p, IGD_EMAGIC, "neither a file nor empty");
	p.spoil = dxe_with_a_long_file;
	assert_spec_refused(p, IGD_ELENGTH, "more bytes than the volume has left");
	p = (struct ovmf_spec) { .more = more_than_can_be };
	assert_spec_refused(p, IGD_ELIMIT, "1025 files");
}

/* ---- odd, and read all the same ----------------------------------------------------------------------------- */

static void two_of_a_name(struct image *m, size_t v)
{
	put_freeform(m, v, guid_of(2), span_str("x"));
}

static void first_sum_wrong(struct image *m, size_t dxe)
{
	m->b[dxe + 0x48 + FFS_DATA_SUM]++;
	m->b[dxe + FV_CHECKSUM]++;
}

static void assert_noted(const struct ovmf_spec *p, size_t n, const char *sentence, uint64_t at)
{
	struct report rep = { 0 };
	struct ovmf o;

	if (p)
		(void)put_ovmf(&flash, p);
	assert_int_equal(ovmf_read(image_span(&flash), &o, &rep), 0);
	assert_int_equal(rep.code, 0);
	assert_int_equal(rep.n_notes, n);
	assert_non_null(strstr(rep.notes[n - 1].text, sentence));
	assert_true(rep.notes[n - 1].at == at);
	ovmf_done(&o);
}

static void notes_what_is_odd(void **state)
{
	struct ovmf_spec p = plain;

	(void)state;
	p.more = two_of_a_name;
	assert_noted(&p, 1, "two files of the DXE volume are called", REPORT_NOWHERE);
	p = plain;
	p.spoil = first_sum_wrong;
	assert_noted(&p, 2, "wrong checksum over its data", REPORT_NOWHERE);
	p = plain;
	p.vars = true;
	(void)put_ovmf(&flash, &p);
	flash.b[0x180 + 0x48 + FFS_HEADER_SUM]++;
	assert_noted(NULL, 1, "wrong checksum in its header", 0x180 + 0x48);
}

/* The reading goes on behind a file that is none of it, and says nothing of that one. */
static void tries_the_next_candidate(void **state)
{
	static struct image m;
	struct ovmf_spec p = { .coding = CODING_BROTLI };
	struct report rep = { 0 };
	struct ovmf o;

	(void)state;
	(void)put_ovmf(&m, &p);
	(void)put_ovmf(&flash, &plain);
	put_span(&m, image_span(&flash));
	assert_int_equal(ovmf_read(image_span(&m), &o, &rep), 0);
	assert_int_equal(rep.code, 0);
	assert_int_equal(o.outer_at, m.n - flash.n);
	ovmf_done(&o);
}

/* ---- a rebuild refused -------------------------------------------------------------------------------------- */

static void assert_not_rebuilt(const struct ovmf *o, const struct guid *without, size_t n_without,
			       const struct ovmf_new *with, size_t n_with, int code, const char *sentence)
{
	struct ovmf_result made = { .room = 12345 };
	struct report rep = { 0 };

	assert_int_equal(ovmf_rebuild(o, without, n_without, with, n_with, 0, NULL, NULL, &made, &rep), -code);
	assert_int_equal(rep.code, -code);
	if (!strstr(rep.refusal.text, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, rep.refusal.text);
	assert_null(made.image.p);
	assert_int_equal(made.room, 12345);
}

static void refuses_names_twice_and_names_not_there(void **state)
{
	const struct ovmf_new twice[] = { hello, hello }, there = new_of(2, "again");
	const struct guid absent[] = { guid_of(0x77), guid_of(0x78) }, core = guid_of(1);
	struct ovmf o = read_spec(&plain);

	(void)state;
	assert_not_rebuilt(&o, NULL, 0, twice, 2, IGD_EPATH, "both called 19dc7100-0000-4000-8000-000000000021");
	assert_not_rebuilt(&o, NULL, 0, &there, 1, IGD_EPATH, "(QemuVideoDxe) already");
	assert_not_rebuilt(&o, absent, 1, NULL, 0, IGD_ENOENT, "has no file 19dc7100-0000-4000-8000-000000000077,");
	assert_not_rebuilt(&o, absent, 2, NULL, 0, IGD_ENOENT, "none of the others");
	assert_not_rebuilt(&o, &core, 1, NULL, 0, IGD_EUSAGE, "nothing starts without it");
	ovmf_done(&o);
}

/* What its files take is known to the byte. */
static void refuses_what_the_dxe_volume_has_no_room_for(void **state)
{
	static uint8_t body[1024];
	struct ovmf_new new = { guid_of(0x21), FFS_FREEFORM, "Rec", { body, 0 } };
	struct ovmf_spec p = { .dxe_free = 256, .room = ROOM };
	struct ovmf o = read_spec(&p);
	struct ovmf_result made;

	(void)state;
	new.body.n = o.dxe_room - 40; /* 24 of header, 4 of the section's, 12 of the name's */
	assert_int_equal(new.body.n % 4, 0);
	made = rebuilt(&o, NULL, 0, &new, 1, 0);
	assert_int_equal(made.dxe_room, 0);
	buffer_done(&made.image);
	new.body.n++;
	assert_not_rebuilt(&o, NULL, 0, &new, 1, IGD_ELIMIT, "so 4 are missing");
	new.body.n = (size_t)16 << 20;
	assert_not_rebuilt(&o, NULL, 0, &new, 1, IGD_ELIMIT, "cannot have 16777216 bytes");
	ovmf_done(&o);
}

static void noise(uint8_t *p, size_t n)
{
	uint32_t x = 2463534242;

	while (n--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		*p++ = (uint8_t)x;
	}
}

struct levels {
	unsigned asked[8];
	size_t n;
};

static void asked(void *ctx, unsigned level)
{
	struct levels *l = ctx;

	l->asked[l->n++] = level;
}

static void refuses_what_the_flash_has_no_room_for(void **state)
{
	static uint8_t body[ROOM + 1024];
	const struct ovmf_new new = { guid_of(0x21), FFS_FREEFORM, "Noise", SPAN_OF(body) };
	struct ovmf o = read_spec(&plain);
	struct report rep = { 0 };
	struct levels l = { .n = 0 };
	struct ovmf_result made;
	size_t missing;

	(void)state;
	noise(body, sizeof(body));
	assert_int_equal(ovmf_rebuild(&o, NULL, 0, &new, 1, 0, asked, &l, &made, &rep), -IGD_ELIMIT);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.asked[0], 0);
	assert_int_equal(l.asked[1], 6);
	assert_int_equal(l.asked[2], 10);
	assert_non_null(strstr(rep.refusal.text, "no room in the flash"));
	missing = strtoul(strstr(rep.refusal.text, "so ") + 3, NULL, 10);
	assert_true(missing > 700 && missing < 1400); /* noise takes what it is, and a little for itself */
	l.n = 0;
	assert_int_equal(ovmf_rebuild(&o, NULL, 0, &new, 1, 7, asked, &l, &made, &rep), -IGD_ELIMIT);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.asked[0], 7);
	assert_int_equal(l.asked[1], 10);
	ovmf_done(&o);
}

static void more_noise_twice(struct image *m, size_t v)
{
	static uint8_t body[5000];

	noise(body, sizeof(body));
	put_freeform(m, v, guid_of(0x30), SPAN_OF(body));
	put_freeform(m, v, guid_of(0x31), SPAN_OF(body));
}

/*
 * The old stream is a poor one: its maker looked back 4 KiB only, where its header allows 64. Going on from it does
 * not fit, all of it anew does.
 */
static void tries_higher_levels(void **state)
{
	static const uint8_t model[13] = { 0x5d, 0, 0x10 };
	struct levels l = { .n = 0 };
	struct ovmf_result made, tight;
	struct ovmf_spec p = plain;
	struct buffer poor;
	struct ovmf o;

	(void)state;
	p.more = more_noise_twice;
	o = read_spec(&p);
	made = rebuilt(&o, NULL, 0, &hello, 1, 6);
	assert_int_equal(lzma_encode(buffer_span(&o.decoded), SPAN_OF(model), 6, &poor, NULL), 0);
	assert_true(poor.n > made.stream_size + 4000);
	memcpy(poor.p, o.stream.p, 5);
	o.stream = buffer_span(&poor);
	o.room = made.stream_size - poor.n; /* below zero: together they are what level 6 takes */
	assert_int_equal(ovmf_rebuild(&o, NULL, 0, &hello, 1, 0, asked, &l, &tight, NULL), 0);
	assert_int_equal(l.n, 2);
	assert_int_equal(tight.level, 6);
	assert_int_equal(tight.stream_size, made.stream_size);
	assert_memory_equal(tight.image.p, made.image.p, made.image.n);
	buffer_done(&tight.image);
	buffer_done(&made.image);
	buffer_done(&poor);
	ovmf_done(&o);
}

/* ---- damaged ------------------------------------------------------------------------------------------------ */

static void try_damaged(struct span s)
{
	struct report rep = { 0 };
	struct ovmf o;

	if (ovmf_read(s, &o, &rep) < 0) {
		assert_true(rep.code < 0 && *rep.refusal.text);
		return;
	}
	assert_int_equal(rep.code, 0);
	assert_true(o.stream_at + o.stream.n + o.room <= o.outer_at + o.outer.bytes.n);
	assert_true(o.dxe_end + o.dxe_room == o.dxe.bytes.n);
	for (size_t i = 0; i < o.n_files; i++)
		assert_true(o.files[i].at + o.files[i].bytes.n <= o.dxe.bytes.n);
	ovmf_done(&o);
}

static void damaged(void **state)
{
	static const struct ovmf_spec p = { .dxe_free = 200, .room = 100, .more = more_of_flash };

	(void)state;
	(void)put_ovmf(&flash, &p);
	assert_true(flash.n < 3000);
	image_damage(image_span(&flash), try_damaged);
}

/* The damage is done before it is compressed, so that it reaches the volume inside. */
static size_t spoil_at;
static uint8_t spoil_with;

static void spoil_one(struct image *m, size_t dxe)
{
	assert_true(dxe < m->n);
	if (spoil_at < m->n)
		m->b[spoil_at] ^= spoil_with;
}

static void damaged_inside(void **state)
{
	static const struct ovmf_spec p = { .dxe_free = 64, .room = 256, .more = more_of_flash, .spoil = spoil_one };
	static const uint8_t with[] = { 0x01, 0x80, 0xff };
	static struct image decoded;

	(void)state;
	spoil_at = SIZE_MAX;
	(void)put_decoded(&decoded, &p);
	for (spoil_at = 0; spoil_at < decoded.n; spoil_at++)
		for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
			spoil_with = with[i];
			(void)put_ovmf(&flash, &p);
			image_copy_to(image_span(&flash), flash.n, SIZE_MAX, 0, try_damaged);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_places),
		cmocka_unit_test(reads_the_files),
		cmocka_unit_test(tells_the_builds_apart),
		cmocka_unit_test(finds_it_behind_variables_and_junk),
		cmocka_unit_test(knows_what_somebody_put_in),
		cmocka_unit_test(knows_what_is_ours),
		cmocka_unit_test(adds_a_file),
		cmocka_unit_test(writes_the_outer_headers),
		cmocka_unit_test(adds_our_drivers),
		cmocka_unit_test(takes_away_what_it_added),
		cmocka_unit_test(replaces_in_one_go),
		cmocka_unit_test(leaves_a_pad_in_the_middle),
		cmocka_unit_test(takes_away_what_a_build_has),
		cmocka_unit_test(grows_over_an_empty_pad),
		cmocka_unit_test(knows_how_large_a_file_can_be),
		cmocka_unit_test(tells_of_a_te_image),
		cmocka_unit_test(refuses_what_is_no_ovmf),
		cmocka_unit_test(refuses_other_codings_and_layouts),
		cmocka_unit_test(refuses_what_is_no_flash),
		cmocka_unit_test(refuses_damage),
		cmocka_unit_test(refuses_odd_dxe_volumes),
		cmocka_unit_test(notes_what_is_odd),
		cmocka_unit_test(tries_the_next_candidate),
		cmocka_unit_test(refuses_names_twice_and_names_not_there),
		cmocka_unit_test(refuses_what_the_dxe_volume_has_no_room_for),
		cmocka_unit_test(refuses_what_the_flash_has_no_room_for),
		cmocka_unit_test(tries_higher_levels),
		cmocka_unit_test(damaged),
		cmocka_unit_test(damaged_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
