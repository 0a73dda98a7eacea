// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The walk: which nodes it comes to, in which order, where they lie; its limits; and that work grows with the input
 * and not with what the input says of itself.
 */
#include "fw_image.h"

#include <stdio.h>
#include <time.h>

#include "fw/fv_section.h"
#include "fw/oprom.h"
#include "fw/volume.h"
#include "fw/walk.h"

struct seen {
	char text[16384]; /* a line a node: indent, path's last word, offset in the input */
	size_t n, nodes, depth, deepest, n_told, n_damages;
	const char *end_at; /* the visitor ends the walk here */
	const char *pass;   /* ... passes this by */
	char last[256];	    /* of what was told */
	struct span input;
};

static const struct fw_limits small = { .depth = 24, .nodes = 4096, .decoded = 4 << 20, .one = 1 << 20 };

static int enter(void *ctx, const struct fw_node *n)
{
	struct seen *s = ctx;
	char path[FW_PATH], place[32] = "-";
	const char *word = strrchr(fw_path(n, path), '/');

	word = word && word[1] ? word + 1 : path;
	s->nodes++;
	if (n->file_at != REPORT_NOWHERE) {
		snprintf(place, sizeof(place), "%llx", (unsigned long long)n->file_at);
		if (n->whole.n) { /* it says where its bytes are */
			assert_true(n->file_at + n->whole.n <= s->input.n);
			assert_ptr_equal(n->whole.p, s->input.p + n->file_at);
		}
	}
	assert_true(n->head + n->body.n <= n->whole.n || n->kind == FW_VBT);
	if (s->n < sizeof(s->text) - 200)
		s->n += (size_t)snprintf(s->text + s->n, 200, "%*s%.80s %s%s%s%s\n", (int)s->depth, "", word, place,
					 n->leaf ? " leaf" : "", n->carved ? " carved" : "",
					 n->partial ? " partial" : "");
	if (++s->depth > s->deepest)
		s->deepest = s->depth;
	if (s->end_at && strcmp(word, s->end_at) == 0) {
		s->depth--;
		return -77;
	}
	return s->pass && strcmp(word, s->pass) == 0;
}

static void leave(void *ctx, const struct fw_node *n)
{
	struct seen *s = ctx;

	(void)n;
	s->depth--;
}

static void note(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note)
{
	struct seen *s = ctx;
	char path[FW_PATH];

	assert_true(strlen(fw_path(n, path)) < sizeof(path));
	s->n_told++;
	s->n_damages += damage;
	snprintf(s->last, sizeof(s->last), "%s", note->text);
}

static int walk_with(struct span input, const struct fw_limits *limits, struct seen *s)
{
	const struct fw_visitor visitor = { enter, leave, note, s };

	s->input = input;
	return fw_walk(input, limits, &visitor);
}

static struct seen walk(const struct image *m)
{
	struct seen s = { .n = 0 };

	assert_int_equal(walk_with(image_span(m), &small, &s), 0);
	assert_int_equal(s.depth, 0); /* each node that was entered was left */
	return s;
}

/* A volume with: a driver in a compressed section, a VBT in a raw section, a raw file with an option ROM in it. */
static struct image board(void)
{
	struct image inner = { .n = 0 }, m = { .n = 0 };
	size_t v, f, at;

	put_section(&inner, 0, SECTION_PE32, span_str("MZ and no more"));
	put_ui(&inner, 0, "Driver");

	v = volume_begin(&m, guid_ffs2, 2);
	f = file_begin(&m, v, guid_gop, FFS_DRIVER);
	put_compressed(&m, f + FFS_HEADER, CODEC_TIANO, image_span(&inner));
	file_end(&m, f);
	f = file_begin(&m, v, guid_vbt, FFS_FREEFORM);
	at = section_begin(&m, f + FFS_HEADER, SECTION_RAW);
	put_vbt(&m);
	section_end(&m, at);
	file_end(&m, f);
	f = file_begin(&m, v, guid_of(1), FFS_RAW);
	(void)put_efi_rom(&m, 1, span_str("MZ"), false);
	file_end(&m, f);
	volume_end(&m, v, 40);
	return m;
}

static void comes_to_each_node_in_order(void **state)
{
	struct image m = board();
	struct seen s = walk(&m);

	(void)state;
	assert_string_equal(s.text, "/ 0\n"
				    " volume@0x0 0\n"
				    "  ff0c8745-3270-4439-b74f-3e45f8c77064 48\n"
				    "   efi 60\n"
				    "    pe32 - leaf\n"
				    "    ui - leaf\n"
				    "  878ac2cc-5343-46f2-b563-51f89daf56ba a0\n"
				    "   raw b8 leaf\n"
				    "    vbt bc leaf\n"
				    "  19dc7100-0000-4000-8000-000000000001 110 leaf\n"
				    "   rom 128\n"
				    "    pe 15c leaf\n");
	assert_int_equal(s.n_told, 0);
}

static void obeys_its_visitor(void **state)
{
	struct image m = board();
	struct seen s = { .end_at = "efi" };

	(void)state;
	assert_int_equal(walk_with(image_span(&m), &small, &s), -77);
	assert_int_equal(s.nodes, 4);
	s = (struct seen) { .end_at = "pe32" }; /* inside of what was decoded, which is freed all the same */
	assert_int_equal(walk_with(image_span(&m), &small, &s), -77);
	s = (struct seen) { .end_at = "pe" };
	assert_int_equal(walk_with(image_span(&m), &small, &s), -77);
	s = (struct seen) { .pass = "efi" };
	assert_int_equal(walk_with(image_span(&m), &small, &s), 0);
	assert_null(strstr(s.text, "pe32"));
	assert_non_null(strstr(s.text, "vbt"));
	s = (struct seen) { .pass = "/" };
	assert_int_equal(walk_with(image_span(&m), &small, &s), 0);
	assert_int_equal(s.nodes, 1);
}

static int enter_only(void *ctx, const struct fw_node *n)
{
	(void)ctx, (void)n;
	return 0;
}

static void wants_only_one_function(void **state)
{
	const struct fw_visitor visitor = { .enter = enter_only };
	struct image m = board();

	(void)state;
	m.n -= 600;
	assert_int_equal(fw_walk(image_span(&m), &small, &visitor), 0);
	assert_int_equal(fw_walk((struct span) { NULL, 0 }, &small, &visitor), 0);
}

static void finds_what_lies_between(void **state)
{
	struct image m = { .n = 0 };
	struct seen s;
	size_t v;

	(void)state;
	put_fill(&m, 0xff, 64);
	v = volume_begin(&m, guid_ffs2, 2);
	volume_end(&m, v, 8);
	put_text(&m, "what nothing claims", 64);
	v = volume_begin(&m, guid_nvram, 2);
	volume_end(&m, v, 64);
	put_fill(&m, 0, 64); /* no gap: nothing is written there */
	put_vbt(&m);
	s = walk(&m);
	assert_string_equal(s.text, "/ 0\n"
				    " volume@0x40 40\n"
				    " gap@0xc0 c0 leaf\n"
				    " volume@0x100 100 leaf\n"
				    " vbt@0x200 200 leaf carved\n");
}

static void carves_in_free_space_and_padding(void **state)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, guid_ffs2, 2), f;
	struct seen s;

	(void)state;
	f = file_begin(&m, v, guid_of(0xff), FFS_PAD);
	put_fill(&m, 0xff, 8);
	put_vbt(&m);
	file_end(&m, f);
	put_fill(&m, 0xff, 64);
	(void)put_rom(&m, 0x8086, 0x0406, 0, 1, true);
	volume_end(&m, v, 8);
	s = walk(&m);
	assert_string_equal(s.text, "/ 0\n"
				    " volume@0x0 0\n"
				    "  pad 48 leaf\n"
				    "   vbt@0x8 68 leaf carved\n"
				    "  rom@0xae f6 leaf carved\n");
}

static void opens_amis_boxes(void **state)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, guid_ffs2, 2), f = file_begin(&m, v, guid_of(1), FFS_FREEFORM), at;
	struct seen s;

	(void)state;
	at = section_begin(&m, f + FFS_HEADER, SECTION_RAW);
	put_text(&m, "code of the CSM", 20);
	for (unsigned i = 0; i < 2; i++) {
		put(&m, 0x20, 2);
		put(&m, 0x8086, 2);
		put(&m, 0x0406 + i, 2);
		put(&m, 512, 4);
		(void)put_rom(&m, 0x8086, 0x0406, 0, 1, true);
	}
	section_end(&m, at);
	file_end(&m, f);
	volume_end(&m, v, 8);
	s = walk(&m);
	assert_non_null(strstr(s.text, "   raw 60 leaf\n"
				       "    module@0x14 78\n"
				       "     rom 82 leaf\n"
				       "    module@0x21e 282\n"
				       "     rom 28c leaf\n"));
}

static void decodes_roms(void **state)
{
	struct image m = { .n = 0 };
	struct buffer b = { NULL, 0 };
	struct seen s;

	(void)state;
	assert_int_equal(tiano_encode(span_str("MZ compressed"), CODEC_EFI11, &b), 0);
	put_fill(&m, 0, 32);
	(void)put_rom(&m, 0x8086, 0x0406, 0, 1, false);
	(void)put_efi_rom(&m, 1, buffer_span(&b), true);
	s = walk(&m);
	assert_string_equal(s.text, "/ 0\n"
				    " rom@0x20 20 leaf carved\n"
				    " rom@0x220 220 carved\n"
				    "  pe - leaf\n");
	memset(m.b + 32 + 512 + 0x34, 0xee, b.n); /* which does not decode */
	s = walk(&m);
	assert_int_equal(s.n_damages, 1);
	buffer_done(&b);
}

static void walks_flash(void **state)
{
	struct image m = { .n = 0 };
	struct seen s;
	size_t v;

	(void)state;
	put_descriptor(&m, 12);
	region_put(&m, 0, 0, 0);
	region_put(&m, 1, 2, 2);
	region_put(&m, 2, 1, 1);
	put_fill(&m, 0xff, 2 * IFD_BLOCK - m.n);
	v = volume_begin(&m, guid_ffs2, 2);
	volume_end(&m, v, 8);
	put_fill(&m, 0xff, 3 * IFD_BLOCK - m.n);
	put_text(&m, "behind the last region", 22);
	s = walk(&m);
	assert_string_equal(s.text, "/ 0\n"
				    " flash 0\n"
				    "  descriptor 0 leaf\n"
				    "  me 1000 leaf\n"
				    "  bios 2000\n"
				    "   volume@0x0 2000\n"
				    "  gap@0x3000 3000 leaf\n");
	m.n = 2 * IFD_BLOCK + 80; /* cut in the volume */
	s = walk(&m);
	assert_non_null(strstr(s.text, "  bios 2000 partial\n   volume@0x0 2000 partial\n"));
	assert_true(s.n_damages > 0);
}

/* Two regions over the same bytes, and the same inside: a walk that took both would double its work at each level. */
static void looks_through_shared_regions_once(void **state)
{
	struct image m = { .n = 0 };
	struct seen s = { .n = 0 };

	(void)state;
	for (unsigned level = 0; level < 12; level++) {
		size_t d = m.n, v, f;

		put_descriptor(&m, 12);
		for (size_t i = 1; i < 7; i += 5)
			set(&m, d + 0x40 + 4 * i, 0x7ffe0000, 4); /* bios and bios2: all there is */
		v = volume_begin(&m, guid_ffs2, 2);
		f = file_begin(&m, v, guid_of((uint8_t)level), FFS_RAW);
		set(&m, v + FV_LENGTH, IMAGE_MAX - v, 8);
		set(&m, f + FFS_SIZE, IMAGE_MAX - f, 3);
		file_seal(&m, f, FFS_HEADER);
		/* The descriptor's fields were written for the front of the image. */
		memmove(m.b + d, m.b, 0x40);
	}
	put_fill(&m, 0x77, IMAGE_MAX - m.n);
	assert_int_equal(walk_with(image_span(&m), &fw_limits, &s), 0);
	assert_true(s.nodes < 200);
}

static void keeps_to_its_limits(void **state)
{
	struct fw_limits few = small;
	struct image m = board();
	struct seen s = { .n = 0 };

	(void)state;
	few.nodes = 5;
	assert_int_equal(walk_with(image_span(&m), &few, &s), 0);
	assert_int_equal(s.nodes, 5);
	assert_int_equal(s.n_damages, 1); /* once, however much is left out */
	assert_non_null(strstr(s.last, "too many parts"));
	few = small;
	few.depth = 3;
	s = (struct seen) { .n = 0 };
	assert_int_equal(walk_with(image_span(&m), &few, &s), 0);
	assert_int_equal(s.deepest, 3);
	assert_int_equal(s.n_damages, 3);
	assert_non_null(strstr(s.last, "nested too deep"));
	few = small;
	few.decoded = 8;
	s = (struct seen) { .n = 0 };
	assert_int_equal(walk_with(image_span(&m), &few, &s), 0);
	assert_null(strstr(s.text, "pe32"));
	assert_non_null(strstr(s.text, "vbt"));
	assert_int_equal(s.n_damages, 1);
}

/* What decodes twice is counted twice; what fails costs a part of what it might have cost. */
static void spends_what_is_decoded(void **state)
{
	struct fw_limits few = small;
	struct image m = { .n = 0 };
	struct buffer b = { NULL, 0 };
	uint8_t zeros[300] = { 0 };
	struct seen s = { .n = 0 };

	(void)state;
	assert_int_equal(tiano_encode(SPAN_OF(zeros), CODEC_EFI11, &b), 0);
	put_fill(&m, 0, 16);
	for (unsigned i = 0; i < 6; i++) {
		size_t at = put_efi_rom(&m, 1, buffer_span(&b), true);

		set(&m, at + 0x31, i < 5 ? 0 : 0x80, 1);
	}
	few.decoded = 1000;
	assert_int_equal(walk_with(image_span(&m), &few, &s), 0);
	assert_int_equal(s.nodes, 1 + 6 + 3); /* the fourth would be more than 1000 bytes */
	assert_int_equal(s.n_damages, 3);
	buffer_done(&b);
}

static void writes_paths(void **state)
{
	static const struct fw_node top = { .kind = FW_INPUT, .word = "", .name = "", .file_at = 0 };
	struct fw_node nodes[60];
	char path[FW_PATH], name[200];
	const struct fw_node *up = &top;

	(void)state;
	assert_string_equal(fw_path(&top, path), "/");
	nodes[0] = (struct fw_node) {
		.up = &top, .kind = FW_MEMBER, .word = "part", .name = "a/../b\\c\x1b[1m", .nth = 2
	};
	assert_string_equal(fw_path(&nodes[0], path), "a_.._b_c?[1m");
	nodes[0].name = "";
	assert_string_equal(fw_path(&nodes[0], path), "part");
	nodes[1] = (struct fw_node) { .up = &nodes[0], .kind = FW_SECTION, .word = "raw", .name = "", .nth = 2 };
	assert_string_equal(fw_path(&nodes[1], path), "part/raw.2");
	assert_null(fw_file_of(&top));
	assert_ptr_equal(fw_file_of(&nodes[1]), &nodes[0]);
	nodes[1].file_at = nodes[0].file_at = REPORT_NOWHERE;
	assert_int_equal(fw_outer_at(&nodes[1]), 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(nodes); up = &nodes[i++]) {
		nodes[i] = (struct fw_node) { .up = up, .kind = FW_MEMBER, .word = "x", .name = name, .nth = 1 };
		assert_true(strlen(fw_path(&nodes[i], path)) < FW_PATH);
	}
	assert_true(strlen(path) > FW_PATH - 200); /* as much of its end as there is room for */
}

static void try(struct span s)
{
	struct seen seen = { .n = 0 };

	assert_int_equal(walk_with(s, &small, &seen), 0);
	assert_int_equal(seen.depth, 0);
}

static void survives_damage(void **state)
{
	struct image m = board();

	(void)state;
	image_damage(image_span(&m), try);
}

static void survives_damage_to_flash(void **state)
{
	struct image m = { .n = 0 };
	size_t v;

	(void)state;
	put_descriptor(&m, 12);
	region_put(&m, 0, 0, 0);
	region_put(&m, 1, 0, 1);
	v = volume_begin(&m, guid_ffs2, 2);
	volume_end(&m, v, 8);
	put_vbt(&m);
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_to_each_node_in_order),
		cmocka_unit_test(obeys_its_visitor),
		cmocka_unit_test(wants_only_one_function),
		cmocka_unit_test(finds_what_lies_between),
		cmocka_unit_test(carves_in_free_space_and_padding),
		cmocka_unit_test(opens_amis_boxes),
		cmocka_unit_test(decodes_roms),
		cmocka_unit_test(walks_flash),
		cmocka_unit_test(looks_through_shared_regions_once),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(spends_what_is_decoded),
		cmocka_unit_test(writes_paths),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(survives_damage_to_flash),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
