// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_brief.c - what a child that reads for rehearse can send, and what the process that starts QEMU takes of it.
 * The reader is one of the tests' own: it may do anything that strange files could make of the real one.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "cli/brief.h"
#include "cli/json.h"

static const struct cli cli = { .rom = "igd.rom" };
static const struct brief_wish wish = { .cli = &cli };
static int (*reader)(struct brief *b);
static char told[512];

/* Of brief_make.c and json.c. */
int brief_make(const struct brief_wish *w, struct brief *b)
{
	assert_ptr_equal(w, &wish);
	return reader(b);
}

int json_refused(const struct cli *c, const char *command, const char *input, const struct report *rep, int r,
		 FILE *out, FILE *err)
{
	(void)c, (void)out, (void)err;
	snprintf(told, sizeof(told), "%s %s %d: %s", command, input, r, rep ? rep->refusal.text : "");
	return EXIT_FAILED;
}

static int run(int (*what)(struct brief *b), struct brief *ret)
{
	reader = what;
	told[0] = '\0';
	return brief_read(&wish, ret);
}

/* ---- good --------------------------------------------------------------------------------------------------- */

static uint8_t big[(size_t)5 << 20]; /* more than a pipe holds, and than the first room for it */

static int fill(struct brief *b)
{
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	b->q35 = 1;
	b->id = 0x80863e92;
	b->generation = 9;
	b->bdsm = BRIEF_BDSM_64;
	b->ggc = 0xffff;
	b->stolen = UINT32_MAX;
	b->device_from = "--device";
	b->platform = "";
	b->code = SPAN_OF(big);
	b->edid = (struct span) { big, 128 };
	b->rom_says[0] = "one";
	b->rom_says[1] = "two";
	b->vbt_says[0] = "three";
	b->gop_fits = TRI_YES;
	b->gop = "a driver";
	return EXIT_DONE;
}

static void all_comes_through(void **state)
{
	struct brief b;

	(void)state;
	assert_int_equal(run(fill, &b), EXIT_DONE);
	fill(&(struct brief) { .q35 = 0 }); /* the bytes, here too */
	assert_int_equal(b.q35, 1);
	assert_int_equal(b.seabios, 0);
	assert_int_equal(b.id, 0x80863e92);
	assert_int_equal(b.bdsm, BRIEF_BDSM_64);
	assert_int_equal(b.ggc, 0xffff);
	assert_true(b.stolen == UINT32_MAX);
	assert_string_equal(b.device_from, "--device");
	assert_string_equal(b.platform, "");
	assert_null(b.vm);
	assert_true(span_same(b.code, SPAN_OF(big)));
	assert_int_equal(b.edid.n, 128);
	assert_int_equal(b.rom_bytes.n, 0);
	assert_string_equal(b.rom_says[0], "one");
	assert_string_equal(b.rom_says[1], "two");
	assert_null(b.rom_says[2]);
	assert_null(b.ovmf_says[0]);
	assert_string_equal(b.vbt_says[0], "three");
	assert_int_equal(b.gop_fits, TRI_YES);
	brief_done(&b);
}

static int every_sentence(struct brief *b)
{
	for (size_t i = 0; i < BRIEF_SAYS; i++)
		b->ovmf_says[i] = "a sentence";
	return EXIT_DONE;
}

static void lists_end(void **state)
{
	struct brief b;

	(void)state;
	assert_int_equal(run(every_sentence, &b), EXIT_DONE);
	assert_string_equal(b.ovmf_says[BRIEF_SAYS - 1], "a sentence");
	assert_null(b.ovmf_says[BRIEF_SAYS]);
	brief_done(&b);
}

static int refuse(struct brief *b)
{
	b->q35 = 1;
	return EXIT_REFUSED;
}

static void what_it_told_is_not_told_again(void **state)
{
	struct brief b;

	(void)state;
	assert_int_equal(run(refuse, &b), EXIT_REFUSED);
	assert_string_equal(told, "");
	brief_done(&b);
}

/* ---- bad ---------------------------------------------------------------------------------------------------- */

static int third_machine(struct brief *b)
{
	b->q35 = 2;
	return EXIT_DONE;
}

static int strange_width(struct brief *b)
{
	b->bdsm = BRIEF_BDSM_64 + 1;
	return EXIT_DONE;
}

static int strange_answer(struct brief *b)
{
	b->gop_fits = TRI_YES + 1;
	return EXIT_DONE;
}

static int wide_class(struct brief *b)
{
	b->class_code = 0x1000000;
	return EXIT_DONE;
}

static int long_edid(struct brief *b)
{
	b->edid = SPAN_OF(big);
	return EXIT_DONE;
}

static int long_opregion(struct brief *b)
{
	b->opregion = SPAN_OF(big);
	return EXIT_DONE;
}

static int killed(struct brief *b)
{
	b->q35 = 1;
	signal(SIGTERM, SIG_DFL);
	raise(SIGTERM);
	return EXIT_DONE;
}

static int strange_status(struct brief *b)
{
	(void)b;
	return 77;
}

/* Descriptors of its parent: it writes to all that it might have. */
static int babbles(struct brief *b)
{
	for (int fd = 3; fd < 64; fd++)
		if (write(fd, big, 4096) < 0)
			continue;
	return fill(b);
}

static void nothing_else_does(void **state)
{
	static int (*const bad[])(struct brief *) = { third_machine, strange_width,  strange_answer,
						      wide_class,    long_edid,	     long_opregion,
						      killed,	     strange_status, babbles };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct brief b;

		assert_int_equal(run(bad[i], &b), EXIT_FAILED);
		assert_non_null(strstr(told, "rehearse igd.rom"));
		assert_non_null(strstr(told, "broke down"));
		brief_done(&b);
	}
}

static int dirty(struct brief *b)
{
	static char text[8192];

	memset(text, 'x', sizeof(text) - 1);
	b->rom_says[0] = "\x1b[2Jred\xff";
	b->gop = text;
	return EXIT_DONE;
}

static void words_are_cleaned_and_cut(void **state)
{
	struct brief b;

	(void)state;
	assert_int_equal(run(dirty, &b), EXIT_DONE);
	assert_string_equal(b.rom_says[0], "?[2Jred?");
	assert_true(strlen(b.gop) < 4096);
	brief_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_comes_through),
		cmocka_unit_test(lists_end),
		cmocka_unit_test(what_it_told_is_not_told_again),
		cmocka_unit_test(nothing_else_does),
		cmocka_unit_test(words_are_cleaned_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
