// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_steps.c - every step passing, failing, not known and not run, over records written by hand: one of a rehearsal
 * in which all went well, with OVMF and with SeaBIOS, and changes to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rehearse/steps.h"

#define ASLS	  0x3f7ee000U
#define BDSM	  0x37b00000U
#define BDSM_B	  0x33b00000U /* another driver's */
#define MIB	  (UINT64_C(1) << 20)
#define STOLEN	  (64 * MIB)
#define VBT_BYTES 64

#define FAILS	VERDICT_FAIL
#define PASSES	VERDICT_PASS
#define UNKNOWN VERDICT_UNKNOWN
#define NOT_RUN VERDICT_NOT_RUN

/* ---- a record ----------------------------------------------------------------------------------------------- */

#define LINES_MAX 128

struct world { /* one rehearsal, and room for what changes in it */
	struct rehearsal_setup setup;
	struct rehearsal_wish wish;
	struct rehearsal r;
	struct heard_line lines[LINES_MAX];
	uint8_t opregion[8192], vbt[VBT_BYTES];
	const char *says[4];
	struct qemu_program qemu;
};

static void guest(struct world *w, const char *text)
{
	assert_true(w->r.n_lines < LINES_MAX);
	w->lines[w->r.n_lines] =
		(struct heard_line) { .at = (double)w->r.n_lines / 10, .who = HEARD_GUEST, .text = text };
	w->r.n_lines++;
}

static void qemu(struct world *w, const char *text)
{
	guest(w, text);
	w->lines[w->r.n_lines - 1].who = HEARD_QEMU;
}

static struct heard_line *event(struct world *w, enum emu_event_kind kind, uint64_t value, const char *text)
{
	struct heard_line *l;

	guest(w, text);
	l = &w->lines[w->r.n_lines - 1];
	l->who = HEARD_DEVICE;
	l->event = (struct emu_event) { .kind = kind, .value = value, .on = kind == EMU_EVENT_PLANE };
	l->in_ram = true;
	memcpy(l->signature, "IntelGraphicsMem", sizeof(l->signature));
	return l;
}

/* The first line that begins with @head says @text instead; NULL: it is gone. */
static void instead(struct world *w, const char *head, const char *text)
{
	for (size_t i = 0; i < w->r.n_lines; i++) {
		if (strncmp(w->lines[i].text, head, strlen(head)) != 0)
			continue;
		if (text) {
			w->lines[i].text = text;
			return;
		}
		memmove(&w->lines[i], &w->lines[i + 1], (w->r.n_lines - i - 1) * sizeof(w->lines[0]));
		w->r.n_lines--;
		return;
	}
	fail_msg("no line begins with \"%s\"", head);
}

static void without(struct world *w, const char *head)
{
	instead(w, head, NULL);
}

/* All that begins so. */
static void silence(struct world *w, const char *head)
{
	for (size_t i = w->r.n_lines; i-- > 0;)
		if (strncmp(w->lines[i].text, head, strlen(head)) == 0) {
			memmove(&w->lines[i], &w->lines[i + 1], (w->r.n_lines - i - 1) * sizeof(w->lines[0]));
			w->r.n_lines--;
		}
}

/* An OpRegion 2.1 with a VBT in mailbox 4: Intel IGD OpRegion Specification, 2. */
static void opregion_make_by_hand(struct world *w)
{
	memcpy(w->opregion, "IntelGraphicsMem", 16);
	w->opregion[0x10] = 8;	  /* KiB */
	w->opregion[0x16] = 0x01; /* over: 2.1 */
	w->opregion[0x17] = 0x02;
	w->opregion[0x58] = 0x0d;
	memcpy(w->vbt, "$VBT TEST", 9);
	memcpy(w->opregion + 0x400, w->vbt, sizeof(w->vbt));
	w->r.opregion = SPAN_OF(w->opregion);
	w->r.vbt = SPAN_OF(w->vbt);
}

static const char bytes[4096];

#define WITNESS "igdctl: Witness: "
#define IA	"igdctl: IgdAssignment: "
#define GP	"igdctl: GopPolicy: "
#define IGD	"00:02.0 8086:3e92: "

static void witness(struct world *w)
{
	static const char *const lines[] = {
		WITNESS "started, version 0.1.0",
		WITNESS
		"firmware vendor=\"Debian distribution of EDK II\" revision=0x10000 secure-boot=off setup-mode=on",
		WITNESS "displays n=1",
		WITNESS "pci 00:02.0 id=8086:3e92 class=030000 command=0x7 rom=65536",
		WITNESS "pci 00:1f.0 id=8086:2918 class=060100 command=0x7 rom=0",
		(WITNESS
		 "igd 00:02.0 kind=integrated register=5c ggc=0x2c0 bdsm=0x37b00000 bdsm64=0x0 asls=0x3f7ee000 "
		 "stolen=0x4000000"),
		(WITNESS "opregion 00:02.0 at=0x3f7ee000 memory=nvs extent=0x3f7ee000+0x2000 owned=yes "
			 "head=\"IntelGraphicsMem\" size=8192 version=2.1"),
		WITNESS "vbt 00:02.0 place=mailbox-4 at=0x3f7ee400 memory=nvs bytes=64 sum=0x0 name=\"$VBT TEST\"",
		WITNESS "stolen 00:02.0 at=0x37b00000 bytes=0x4000000 aligned=yes memory=reserved owned=yes ram=yes",
		WITNESS "stolen-range 00:02.0 memory=reserved at=0x37b00000+0x4000000",
		WITNESS "manager 00:02.0 from=rom version=0x10 name=\"Intel(R) GOP Driver\"",
		WITNESS "images 00:02.0 n=3",
		WITNESS "image 00:02.0 rom=0x38-0x2fff",
		WITNESS "policies n=1",
		WITNESS "policy n=1 revision=0x1 status=0x0 at=0x3f73b000 memory=reserved bytes=64 sum=0x0 "
			"name=\"$VBT TEST\"",
		WITNESS "gop 00:02.0 modes=1 mode=0 size=1024x768 stride=1024 format=bgr frame=0xc0000000+0x300000",
		WITNESS "ready",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		guest(w, lines[i]);
}

/* A ROM with all three drivers in OVMF, and a picture. */
static void good(struct world *w)
{
	*w = (struct world) { .r = { .end = REHEARSAL_READY, .connected = true, .ready_at = 3, .took = 4 } };
	w->r.lines = w->lines;
	w->qemu = (struct qemu_program) { .path = "/usr/bin/qemu-system-x86_64", .major = 11, .minor = 1 };
	w->setup = (struct rehearsal_setup) { .qemu = &w->qemu,
					      .q35 = true,
					      .memory_mib = 1024,
					      .firmware = REHEARSE_OVMF,
					      .code = SPAN_OF(bytes),
					      .rom = SPAN_OF(bytes),
					      .witness = SPAN_OF(bytes),
					      .opregion = SPAN_OF(bytes),
					      .stolen = STOLEN };
	w->setup.igd.ids = (struct emu_ids) { .vendor = 0x8086, .device = 0x3e92 };
	w->setup.igd.generation = 9;
	w->setup.igd.bdsm = EMU_BDSM_32;
	w->wish = (struct rehearsal_wish) { .rom_has_assignment = true,
					    .rom_has_policy = true,
					    .rom_has_gop = true,
					    .rom_has_efi = true,
					    .gop_fits = TRI_YES,
					    .gop = "Intel GOP driver 9.0.1107 in igd.rom",
					    .stolen_wanted = true,
					    .stolen = STOLEN,
					    .vbt = SPAN_OF(w->vbt) };
	opregion_make_by_hand(w);
	w->r.asls = ASLS;
	w->r.bdsm = BDSM;
	w->r.picture = (struct emu_picture) { .width = 1024, .height = 768, .colours = 37 };
	event(w, EMU_EVENT_RESET, 0, "reset: connected");
	event(w, EMU_EVENT_ENABLED, 7, "decoding on");
	guest(w, IA "started, version 0.1.0");
	event(w, EMU_EVENT_ASLS, ASLS, "ASLS written: 0x3f7ee000");
	guest(w, IA IGD "OpRegion of 8192 bytes at 0x3f7ee000");
	event(w, EMU_EVENT_BDSM, BDSM, "BDSM written: 0x37b00000");
	guest(w, IA IGD "stolen memory of 64 MiB at 0x37b00000");
	guest(w, GP "started, version 0.1.0");
	guest(w, GP
	      "installed; a VBT comes from the OpRegion, from fw_cfg opt/org.igdctl/vbt (not there), from .vbt (not "
	      "there)");
	guest(w, GP "VBT \"$VBT TEST\" of 64 bytes from the OpRegion of 00:02.0, at 0x3f73b000");
	event(w, EMU_EVENT_POWER, 3, "power well 0x45404 asked for")->event.at = 0x45404;
	event(w, EMU_EVENT_PLANE, 0x100000, "plane armed");
	witness(w);
}

/* SeaBIOS with a VBIOS, QEMU's words as they are. */
static void good_seabios(struct world *w)
{
	static const char *const lines[] = {
		"SeaBIOS (version 1.17.0-debian-1.17.0-1)",
		"Intel IGD OpRegion enabled at 0x3f7ee000, size 8KB",
		"Intel IGD BDSM enabled at 0x37b00000, size 64MB",
		"Scan for VGA option rom",
		"Running option rom at c000:0003",
		"e820 map has 4 items:",
		"  0: 0000000000000000 - 000000000009fc00 = 1 RAM",
		"  1: 0000000000100000 - 0000000037b00000 = 1 RAM",
		"  2: 0000000037b00000 - 000000003bb00000 = 2 RESERVED",
		"  3: 000000003bb00000 - 0000000040000000 = 2 RESERVED",
		"No bootable device.",
	};

	good(w);
	silence(w, "igdctl: ");
	without(w, "plane armed");
	w->setup.firmware = REHEARSE_SEABIOS;
	w->setup.witness = w->setup.code = (struct span) { NULL, 0 };
	w->wish = (struct rehearsal_wish) {
		.rom_has_vbios = true, .stolen_wanted = true, .stolen = STOLEN, .vbt = SPAN_OF(w->vbt)
	};
	w->r.picture_is = 1;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		guest(w, lines[i]);
}

/* ---- changes ------------------------------------------------------------------------------------------------ */

/* The first words of the why, for good measure. */
static void rom_broken(struct world *w)
{
	w->says[0] = "no image begins where a ROM does";
	w->says[1] = "and a second sentence";
	w->wish.rom_says = w->says;
	w->wish.rom_has_efi = w->wish.rom_has_assignment = w->wish.rom_has_policy = w->wish.rom_has_gop = false;
	silence(w, IA);
	silence(w, GP);
	without(w, "ASLS written");
	without(w, "BDSM written");
	without(w, "plane armed");
	without(w, "power well");
	silence(w, WITNESS "image");
	guest(w, WITNESS "images 00:02.0 n=0");
	instead(w, WITNESS "igd",
		(WITNESS "igd 00:02.0 kind=integrated register=5c ggc=0x2c0 bdsm=0x0 bdsm64=0x0 asls=0x0 "
			 "stolen=0x4000000"));
	instead(w, WITNESS "opregion", WITNESS "opregion 00:02.0 none");
	instead(w, WITNESS "stolen", WITNESS "stolen 00:02.0 none");
	instead(w, WITNESS "policies", WITNESS "policies n=0");
	without(w, WITNESS "policy");
	without(w, WITNESS "gop");
	instead(w, WITNESS "manager", WITNESS "manager 00:02.0 none");
	w->r.asls = 0;
	w->r.bdsm = 0;
	w->r.opregion = w->r.vbt = (struct span) { NULL, 0 };
	w->r.picture_is = 1;
	w->wish.gop = NULL;
}

/* In it, but the firmware takes none of its images. */
static void rom_passed_over(struct world *w)
{
	rom_broken(w);
	w->wish.rom_says = NULL;
	w->wish.rom_has_efi = w->wish.rom_has_assignment = w->wish.rom_has_policy = w->wish.rom_has_gop = true;
}

static void rom_of_vbios(struct world *w)
{
	rom_broken(w);
	w->wish.rom_has_vbios = true;
}

static void declined(struct world *w)
{
	without(w, WITNESS "gop");
	instead(w, WITNESS "manager", WITNESS "manager 00:02.0 none");
	guest(w,
	      WITNESS "binding 00:02.0 status=0x8000000000000003 from=rom version=0x10 name=\"Intel(R) GOP Driver\"");
	guest(w, WITNESS "connect 00:02.0 status=0x800000000000000e");
	without(w, "plane armed");
	w->r.picture_is = 1;
}

static void other_generation(struct world *w)
{
	declined(w);
	w->says[0] = "The ROM's GOP driver does not know 8086:3e92.";
	w->wish.rom_says = w->says;
	w->wish.gop_fits = TRI_NO;
}

static void declined_with_power(struct world *w)
{
	declined(w);
	instead(w, WITNESS "pci 00:1f.0", WITNESS "pci 00:1f.0 id=8086:a306 class=060100 command=0x7 rom=0");
}

/* Intel's own on the emulated GPU: yes, power wells, and the end. */
static void gave_up(struct world *w)
{
	declined(w);
	instead(w, WITNESS "binding",
		WITNESS "binding 00:02.0 status=0x0 from=rom version=0x10 name=\"Intel(R) GOP Driver\"");
}

static void no_policy(struct world *w)
{
	declined(w);
	w->wish.rom_has_policy = false;
	silence(w, GP);
	instead(w, WITNESS "policies", WITNESS "policies n=0");
	without(w, WITNESS "policy");
}

static void policy_lost(struct world *w)
{
	no_policy(w);
	w->wish.rom_has_policy = true;
}

static void policy_empty(struct world *w)
{
	declined(w);
	instead(w, GP "VBT",
		GP "no VBT: none in an OpRegion, in fw_cfg opt/org.igdctl/vbt, in this driver's section .vbt");
	instead(w, WITNESS "policy",
		WITNESS "policy n=1 revision=0x1 status=0x800000000000000e at=- memory=- bytes=- sum=- name=-");
	w->wish.vbt = (struct span) { NULL, 0 };
}

static void ovmf_bad_sum(struct world *w)
{
	w->says[0] = "The header checksum of a file in the DXE volume is wrong.";
	w->wish.ovmf_says = w->says;
	w->r.n_lines = 1; /* the connection alone */
	w->r.end = REHEARSAL_OVER;
	w->r.took = 60;
	w->r.asls = 0;
	w->r.bdsm = 0;
	w->r.picture_is = 1;
}

static void time_over(struct world *w)
{
	silence(w, WITNESS);
	w->r.end = REHEARSAL_OVER;
	w->r.took = 60;
}

static void stopped(struct world *w)
{
	w->r.n_lines = 1;
	w->r.end = REHEARSAL_STOPPED;
	w->r.asls = 0;
	w->r.bdsm = 0;
}

static void qemu_dead(struct world *w)
{
	w->r = (struct rehearsal) { .lines = w->lines, .end = REHEARSAL_ENDED, .status = 1 << 8, .took = 0.1 };
	qemu(w, "qemu-system-x86_64: -device vfio-user-pci: 'vfio-user-pci' is not a valid device model name");
}

static void qemu_killed_later(struct world *w)
{
	silence(w, WITNESS);
	w->r.end = REHEARSAL_ENDED;
	w->r.status = 9;
}

static void never_connected(struct world *w)
{
	w->r.connected = false;
	w->r.n_lines = 0;
	w->r.end = REHEARSAL_OVER;
}

static void stopped_at_once(struct world *w)
{
	never_connected(w);
	w->r.end = REHEARSAL_STOPPED;
}

static void foreign_rom_in_the_dark(struct world *w)
{
	time_over(w);
	silence(w, IA);
	silence(w, GP);
	w->wish.rom_has_assignment = w->wish.rom_has_policy = false;
	without(w, "plane armed");
	without(w, "BDSM written");
	w->r.picture_is = 1;
}

static void connection_cut(struct world *w)
{
	w->r.end = REHEARSAL_CUT;
	silence(w, WITNESS);
}

static void nothing_started(struct world *w)
{
	w->r.lines = NULL; /* stands for no record at all */
}

static void bdsm_twice(struct world *w)
{
	event(w, EMU_EVENT_BDSM, BDSM_B, "BDSM written: 0x33b00000");
	w->r.bdsm = BDSM_B;
	instead(w, WITNESS "igd",
		(WITNESS "igd 00:02.0 kind=integrated register=5c ggc=0x2c0 bdsm=0x33b00000 bdsm64=0x0 "
			 "asls=0x3f7ee000 stolen=0x4000000"));
	instead(w, WITNESS "stolen 00:02.0",
		WITNESS "stolen 00:02.0 at=0x33b00000 bytes=0x4000000 aligned=yes memory=reserved owned=yes ram=yes");
}

static void bdsm_thrice(struct world *w)
{
	bdsm_twice(w);
	event(w, EMU_EVENT_BDSM, 0x2fb00000, "BDSM written: 0x2fb00000");
	w->r.bdsm = 0x2fb00000;
}

static void bdsm_same_twice(struct world *w)
{
	event(w, EMU_EVENT_BDSM, BDSM, "BDSM written: 0x37b00000");
}

/* A 64-bit register is written in halves. */
static void bdsm_in_halves(struct world *w)
{
	w->setup.igd.bdsm = EMU_BDSM_64;
	w->setup.igd.generation = 12;
	without(w, "BDSM written");
	event(w, EMU_EVENT_BDSM, 0, "BDSM written: 0x0");
	event(w, EMU_EVENT_BDSM, BDSM, "BDSM written: 0x37b00000");
	instead(w, WITNESS "igd",
		(WITNESS "igd 00:02.0 kind=integrated register=c0 ggc=0x2c0 bdsm=0x0 bdsm64=0x37b00000 "
			 "asls=0x3f7ee000 stolen=0x4000000"));
}

/* The firmware starts once more, and gives it another place. */
static void warm_reset(struct world *w)
{
	w->r.n_lines = 0;
	event(w, EMU_EVENT_BDSM, BDSM_B, "BDSM written: 0x33b00000");
	guest(w, WITNESS "igd 00:02.0 kind=integrated register=5c ggc=0x2c0 bdsm=0x33b00000 bdsm64=0x0 asls=0x1000");
	event(w, EMU_EVENT_RESET, 1, "reset");
	event(w, EMU_EVENT_BDSM, BDSM, "BDSM written: 0x37b00000");
	event(w, EMU_EVENT_ASLS, ASLS, "ASLS written: 0x3f7ee000");
	witness(w);
}

static void bdsm_unwritten(struct world *w)
{
	without(w, "BDSM written");
	w->r.bdsm = 0;
	instead(w, IA IGD "stolen", IA IGD "no stolen memory: no 512 MiB below 4 GiB are free");
}

static void bdsm_unaligned(struct world *w)
{
	w->r.bdsm = BDSM + 0x80000;
}

static void bdsm_outside(struct world *w)
{
	without(w, "BDSM written");
	event(w, EMU_EVENT_BDSM, 0x7c000000, "BDSM written: 0x7c000000")->in_ram = false;
	w->r.bdsm = 0x7c000000;
}

static void bdsm_past_the_end(struct world *w)
{
	without(w, "BDSM written");
	event(w, EMU_EVENT_BDSM, 0x3f000000, "BDSM written: 0x3f000000");
	w->r.bdsm = 0x3f000000;
}

static void stolen_mixed(struct world *w)
{
	instead(w, WITNESS "stolen 00:02.0",
		WITNESS "stolen 00:02.0 at=0x37b00000 bytes=0x4000000 aligned=yes memory=mixed owned=no ram=yes");
	instead(w, WITNESS "stolen-range", WITNESS "stolen-range 00:02.0 memory=reserved at=0x37b00000+0x1000000");
	guest(w, WITNESS "stolen-range 00:02.0 memory=free at=0x38b00000+0x3000000");
}

static void stolen_not_ram(struct world *w)
{
	instead(w, WITNESS "stolen 00:02.0",
		WITNESS "stolen 00:02.0 at=0x37b00000 bytes=0x4000000 aligned=yes memory=mmio owned=no ram=no");
}

static void stolen_small(struct world *w)
{
	instead(w, IA IGD "stolen", IA IGD "stolen memory of 32 MiB at 0x37b00000");
}

static void stolen_none_by_ggc(struct world *w)
{
	w->wish.stolen_wanted = false;
}

static void asls_unwritten(struct world *w)
{
	without(w, "ASLS written");
	w->r.asls = 0;
	w->r.opregion = w->r.vbt = (struct span) { NULL, 0 };
	instead(w, IA IGD "OpRegion", IA IGD "no OpRegion: fw_cfg has no etc/igd-opregion");
}

static void asls_lost(struct world *w)
{
	asls_unwritten(w);
	instead(w, IA IGD "no OpRegion", IA IGD "ASLS write lost: it reads 0x0");
}

/* Nobody is there who would write anything. */
static void stock(struct world *w)
{
	rom_broken(w);
	w->wish.rom_says = NULL;
	w->setup.rom = (struct span) { NULL, 0 };
}

static void asls_outside(struct world *w)
{
	w->r.opregion = w->r.vbt = (struct span) { NULL, 0 };
	instead(w, WITNESS "opregion",
		(WITNESS "opregion 00:02.0 at=0x3f7ee000 memory=none extent=- owned=no head=- size=- version=-"));
}

static void opregion_damaged(struct world *w)
{
	memcpy(w->opregion, "IntelSomethingEl", 16);
}

static void opregion_free_memory(struct world *w)
{
	instead(w, WITNESS "opregion",
		(WITNESS "opregion 00:02.0 at=0x3f7ee000 memory=boot-data extent=0x3f700000+0x100000 owned=no "
			 "head=\"IntelGraphicsMem\" size=8192 version=2.1"));
}

static void opregion_not_offered(struct world *w)
{
	w->setup.opregion = (struct span) { NULL, 0 };
}

static void vbt_other(struct world *w)
{
	static const uint8_t other[VBT_BYTES] = "$VBT OTHER";

	w->r.vbt = SPAN_OF(other);
}

static void vbt_gone(struct world *w)
{
	w->r.vbt = (struct span) { NULL, 0 };
}

/* No reader takes it for one, and it is there. */
static void vbt_unread(struct world *w)
{
	vbt_gone(w);
	w->says[0] = "is no VBT";
	w->wish.vbt_says = w->says;
	without(w, WITNESS "vbt");
	guest(w, WITNESS "vbt 00:02.0 place=mailbox-4 at=0x3f7ee400 memory=nvs none why=\"no $VBT\"");
}

static void vbt_cut(struct world *w)
{
	w->says[0] = "ends inside the VBT";
	w->wish.vbt_says = w->says;
	instead(w, WITNESS "vbt",
		(WITNESS "vbt 00:02.0 place=mailbox-4 at=0x3f7ee400 memory=nvs none why=\"it is cut short\""));
}

static void vbt_missing(struct world *w)
{
	vbt_gone(w);
	memset(w->opregion + 0x400, 0, VBT_BYTES);
}

/* Cut short, and its header says so: zeros follow in the mailbox. */
static void vbt_longer(struct world *w)
{
	static uint8_t longer[VBT_BYTES + 1];

	memcpy(longer, w->vbt, VBT_BYTES);
	w->r.vbt = SPAN_OF(longer);
}

static void vbt_none(struct world *w)
{
	w->wish.vbt = (struct span) { NULL, 0 };
}

static void no_gop(struct world *w)
{
	w->wish.rom_has_gop = false;
	w->wish.gop = NULL;
	declined(w);
	without(w, WITNESS "binding");
}

static void no_gop_no_vbt(struct world *w)
{
	policy_empty(w);
	without(w, WITNESS "binding");
	w->wish.rom_has_gop = false;
	w->wish.gop = NULL;
}

static void plane_only_gop(struct world *w)
{
	w->wish.rom_has_gop = w->wish.rom_has_policy = false;
	w->wish.gop = NULL;
}

static void gop_without_output(struct world *w)
{
	without(w, WITNESS "gop");
	without(w, "plane armed");
	w->r.picture_is = 1;
}

static void injected_gop_declined(struct world *w)
{
	declined(w);
	without(w, WITNESS "binding");
	w->wish.rom_has_gop = false;
	w->wish.ovmf_has_gop = true;
}

static void gop_absent(struct world *w)
{
	declined(w);
	without(w, WITNESS "binding");
}

static void plane_off(struct world *w)
{
	event(w, EMU_EVENT_PLANE, 0, "plane off")->event.on = false;
	w->r.picture_is = 1;
}

static void blank(struct world *w)
{
	w->r.picture.colours = 1;
}

static void holes(struct world *w)
{
	w->r.picture.unmapped = 12;
}

static void all_holes(struct world *w)
{
	w->r.picture.unmapped = 1024 * 768;
}

static void strange_format(struct world *w)
{
	w->r.picture_is = -IGD_EVERSION;
}

static void sev(struct world *w)
{
	guest(w, IA "refused: AMD SEV encrypts the guest's memory, a device cannot read it");
}

static void both_carriers(struct world *w)
{
	w->wish.ovmf_has_assignment = true;
	guest(w, IA "started, version 0.1.0");
	guest(w, IA IGD "another IgdAssignment did this device");
}

static void no_witness(struct world *w)
{
	silence(w, WITNESS);
	w->setup.witness = (struct span) { NULL, 0 };
}

/* ---- what runs in the guest can say what it likes ----------------------------------------------------------- */

/* A ROM that does nothing and prints what a good one would. */
static void fake_all(struct world *w)
{
	without(w, "ASLS written");
	without(w, "BDSM written");
	w->r.asls = 0;
	w->r.bdsm = 0;
	w->r.opregion = w->r.vbt = (struct span) { NULL, 0 };
}

/* It did write the registers, to memory that is not kept, and speaks before Witness does. */
static void fake_first(struct world *w)
{
	opregion_free_memory(w);
	guest(w, (WITNESS "opregion 00:02.0 at=0x3f7ee000 memory=nvs extent=0x3f7ee000+0x2000 owned=yes "
			  "head=\"IntelGraphicsMem\" size=8192 version=2.1"));
}

static void fake_ready(struct world *w)
{
	guest(w, WITNESS "ready and more");
}

static void fake_numbers(struct world *w)
{
	instead(w, WITNESS "stolen 00:02.0",
		WITNESS "stolen 00:02.0 at= bytes=0xfffffffffffffffffff memory=\" owned=");
	instead(w, WITNESS "policies", WITNESS "policies n=-1");
	guest(w, "igdctl: Witness: ");
	guest(w, "igdctl: Witness:");
	guest(w, "igdctl: ");
	guest(w, "");
	guest(w, "  7: ffffffffffffffffffffffff - 0 = 9");
	guest(w, "  1: 0000000000000000 - ffffffffffffffff = 2 RESERVED");
}

static void fake_igd(struct world *w)
{
	guest(w,
	      (WITNESS "igd 00:02.0 kind=integrated register=5c ggc=0x2c0 bdsm=0x12300000 bdsm64=0x0 asls=0x3f7ee000 "
		       "stolen=0x4000000"));
}

/* ---- SeaBIOS ------------------------------------------------------------------------------------------------ */

static void seabios_no_vbios(struct world *w)
{
	without(w, "Running option rom");
	instead(w, "No bootable", "Scan for option roms");
	guest(w, "Running option rom at c000:0003"); /* another device's */
	guest(w, "No bootable device.");
}

static void seabios_bad_sum(struct world *w)
{
	instead(w, "Running option rom", "Found option rom with bad checksum: loc=0x000c0000 len=65536 sum=7");
}

static void seabios_efi_rom(struct world *w)
{
	without(w, "Running option rom");
	w->wish.rom_has_vbios = false;
	w->wish.rom_has_efi = true;
}

static void seabios_in_ram(struct world *w)
{
	instead(w, "  2: ", "  2: 0000000037b00000 - 000000003bb00000 = 1 RAM");
	instead(w, "  3: ", "  3: 000000003bb00000 - 0000000040000000 = 1 RAM");
}

static void seabios_hole(struct world *w)
{
	instead(w, "  2: ", "  2: 0000000038b00000 - 000000003bb00000 = 2 RESERVED");
	without(w, "  3: ");
}

static void seabios_silent(struct world *w)
{
	silence(w, "  ");
}

static void seabios_gen12(struct world *w)
{
	w->setup.igd.bdsm = EMU_BDSM_64;
	w->setup.igd.generation = 12;
	w->r.bdsm = 0;
	without(w, "BDSM written");
}

static void seabios_small(struct world *w)
{
	instead(w, "Intel IGD BDSM", "Intel IGD BDSM enabled at 0x37b00000, size 72MB");
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

struct trial {
	void (*change)(struct world *w); /* NULL: none */
	const char *id;
	enum verdict want;
	const char *words; /* in its why, or where that is none in its evidence; NULL: whatever */
};

static const struct trial ovmf_trials[] = {
	{ rom_broken, "rom.sound", FAILS, "no image begins" },
	{ rom_broken, "rom.dispatched", FAILS, "no image for UEFI" },
	{ rom_broken, "drivers.ran", NOT_RUN, "none of them" },
	{ rom_broken, "opregion.address", FAILS, "OVMF by itself" },
	{ rom_broken, "opregion.valid", NOT_RUN, "opregion.address comes first" },
	{ rom_broken, "stolen.address", FAILS, "OVMF by itself" },
	{ rom_broken, "stolen.once", NOT_RUN, "stolen.address comes first" },
	{ rom_broken, "gop.started", NOT_RUN, NULL },
	{ rom_broken, "boot.ready", PASSES, "after 3.0 s" },
	{ rom_passed_over, "rom.dispatched", FAILS, "passed over it" },
	{ rom_passed_over, "drivers.ran", FAILS, "did not start" },
	{ rom_passed_over, "gop.found", FAILS, "it is in the ROM" },
	{ rom_passed_over, "policy.found", FAILS, "did not start" },
	{ rom_of_vbios, "rom.dispatched", FAILS, "a VBIOS alone" },
	{ stock, "rom.sound", NOT_RUN, "no ROM" },
	{ stock, "rom.dispatched", NOT_RUN, "no ROM" },
	{ stock, "mode.set", NOT_RUN, "nothing was given" },
	{ stock, "picture", NOT_RUN, "mode.set comes first" },
	{ both_carriers, "drivers.ran", PASSES, "more than once" },
	{ both_carriers, "rom.dispatched", PASSES, NULL },
	{ sev, "drivers.ran", FAILS, "AMD SEV" },

	{ ovmf_bad_sum, "ovmf.sound", FAILS, "checksum" },
	{ ovmf_bad_sum, "firmware.alive", FAILS, "not a word" },
	{ ovmf_bad_sum, "boot.ready", FAILS, "after 60 s" },
	{ ovmf_bad_sum, "opregion.address", NOT_RUN, "firmware.alive comes first" },
	{ time_over, "firmware.alive", PASSES, NULL },
	{ time_over, "boot.ready", FAILS, "not there after 60 s" },
	{ time_over, "opregion.memory", UNKNOWN, "did not come to the point" },
	{ time_over, "stolen.reserved", UNKNOWN, "did not come to the point" },
	{ time_over, "stolen.size", PASSES, "64 MiB" },
	{ time_over, "policy.found", PASSES, "installed" },
	{ time_over, "policy.vbt", PASSES, "$VBT TEST" },
	{ time_over, "gop.started", PASSES, NULL },
	{ time_over, "mode.set", PASSES, NULL },
	{ stopped, "firmware.alive", UNKNOWN, "stopped" },
	{ stopped, "opregion.address", UNKNOWN, "stopped" },
	{ stopped, "drivers.ran", UNKNOWN, "stopped" },
	{ stopped, "boot.ready", UNKNOWN, "stopped" },

	{ qemu_dead, "qemu.started", FAILS, "with status 1" },
	{ qemu_dead, "device.connected", NOT_RUN, "qemu.started comes first" },
	{ qemu_dead, "boot.ready", NOT_RUN, NULL },
	{ qemu_dead, "rom.sound", PASSES, NULL },
	{ qemu_killed_later, "qemu.started", PASSES, NULL },
	{ qemu_killed_later, "boot.ready", FAILS, "signal 9" },
	{ never_connected, "qemu.started", PASSES, "QEMU 11.1.0" },
	{ never_connected, "device.connected", FAILS, "did not open" },
	{ never_connected, "firmware.alive", NOT_RUN, "device.connected comes first" },
	{ stopped_at_once, "device.connected", UNKNOWN, "stopped" },
	{ foreign_rom_in_the_dark, "rom.dispatched", UNKNOWN, "did not come to the point" },
	{ foreign_rom_in_the_dark, "stolen.once", UNKNOWN, "not seen" },
	{ foreign_rom_in_the_dark, "stolen.inside-ram", UNKNOWN, "not seen" },
	{ foreign_rom_in_the_dark, "stolen.size", UNKNOWN, "nobody tells" },
	{ foreign_rom_in_the_dark, "policy.found", UNKNOWN, NULL },
	{ foreign_rom_in_the_dark, "policy.vbt", UNKNOWN, NULL },
	{ foreign_rom_in_the_dark, "gop.found", UNKNOWN, NULL },
	{ foreign_rom_in_the_dark, "gop.started", UNKNOWN, NULL },
	{ foreign_rom_in_the_dark, "mode.set", FAILS, "its time was over" },
	{ connection_cut, "device.connected", FAILS, "did not understand" },
	{ connection_cut, "boot.ready", NOT_RUN, "device.connected" },
	{ nothing_started, "qemu.started", NOT_RUN, "nothing was started" },
	{ nothing_started, "rom.sound", PASSES, NULL },
	{ nothing_started, "picture", NOT_RUN, "nothing was started" },

	{ asls_unwritten, "opregion.address", FAILS, "fw_cfg has no etc/igd-opregion" },
	{ asls_lost, "opregion.address", FAILS, "ASLS write lost" },
	{ opregion_not_offered, "opregion.address", NOT_RUN, "offered none" },
	{ asls_outside, "opregion.valid", FAILS, "has no memory" },
	{ asls_outside, "opregion.memory", NOT_RUN, "opregion.valid comes first" },
	{ opregion_damaged, "opregion.valid", FAILS, "is none" },
	{ opregion_free_memory, "opregion.memory", FAILS, "boot-data" },
	{ no_witness, "opregion.memory", UNKNOWN, "no driver was there" },
	{ NULL, "opregion.memory", PASSES, "nvs" },
	{ NULL, "opregion.valid", PASSES, "version 2.1, 8192 bytes" },

	{ NULL, "vbt.sound", PASSES, NULL },
	{ NULL, "vbt.readable", PASSES, "64 bytes" },
	{ vbt_other, "vbt.readable", FAILS, "not the table that was given" },
	{ vbt_gone, "vbt.readable", PASSES, NULL }, /* by its bytes */
	{ vbt_missing, "vbt.readable", FAILS, "neither mailbox 4" },
	{ vbt_unread, "vbt.readable", FAILS, "no $VBT" },
	{ vbt_longer, "vbt.readable", PASSES, "by its header it has 65" },
	{ vbt_cut, "vbt.sound", FAILS, "ends inside" },
	{ vbt_cut, "vbt.readable", FAILS, "it is cut short" },
	{ vbt_none, "vbt.readable", NOT_RUN, "no VBT" },
	{ vbt_none, "vbt.sound", NOT_RUN, "no VBT" },

	{ bdsm_twice, "stolen.once", FAILS,
	  "two drivers gave the GPU stolen memory, at 0x37b00000 and at 0x33b00000" },
	{ bdsm_twice, "stolen.inside-ram", PASSES, NULL },
	{ bdsm_thrice, "stolen.once", FAILS, "two drivers" },
	{ bdsm_thrice, "stolen.inside-ram", PASSES, NULL },
	{ bdsm_same_twice, "stolen.once", PASSES, NULL },
	{ bdsm_in_halves, "stolen.once", PASSES, NULL },
	{ bdsm_in_halves, "stolen.reserved", PASSES, NULL },
	{ warm_reset, "stolen.once", PASSES, NULL },
	{ warm_reset, "stolen.reserved", PASSES, NULL },
	{ bdsm_unwritten, "stolen.address", FAILS, "no 512 MiB" },
	{ bdsm_unwritten, "stolen.inside-ram", NOT_RUN, "stolen.address comes first" },
	{ bdsm_unwritten, "stolen.size", NOT_RUN, NULL },
	{ stopped, "stolen.address", UNKNOWN, "stopped" },
	{ bdsm_unaligned, "stolen.aligned", FAILS, "whole MiB" },
	{ bdsm_unaligned, "stolen.once", PASSES, NULL },
	{ bdsm_outside, "stolen.inside-ram", FAILS, "no memory at" },
	{ bdsm_outside, "stolen.reserved", NOT_RUN, "stolen.inside-ram comes first" },
	{ bdsm_past_the_end, "stolen.inside-ram", FAILS, "would end at 0x43000000" },
	{ stolen_mixed, "stolen.reserved", FAILS, "mixed" },
	{ stolen_not_ram, "stolen.inside-ram", FAILS, "something else than RAM" },
	{ stolen_small, "stolen.size", FAILS, "32 MiB were reserved" },
	{ stolen_none_by_ggc, "stolen.address", NOT_RUN, "GGC asks for none" },
	{ stolen_none_by_ggc, "stolen.aligned", NOT_RUN, NULL },
	{ no_witness, "stolen.reserved", UNKNOWN, "no driver was there" },

	{ no_policy, "policy.found", FAILS, "no GopPolicy" },
	{ no_policy, "policy.vbt", NOT_RUN, "policy.found comes first" },
	{ no_policy, "gop.started", FAILS, "there is no GOP policy" },
	{ policy_lost, "policy.found", FAILS, "did not start" },
	{ policy_empty, "policy.found", PASSES, NULL },
	{ policy_empty, "policy.vbt", FAILS, "EFI_NOT_FOUND" },
	{ policy_empty, "gop.started", FAILS, "has no VBT for it" },
	{ no_gop, "gop.found", NOT_RUN, "no GOP driver" },
	{ no_gop, "policy.vbt", PASSES, NULL },
	{ no_gop_no_vbt, "policy.vbt", NOT_RUN, "no VBT was given" },
	{ no_gop, "mode.set", NOT_RUN, NULL },
	{ plane_only_gop, "gop.started", PASSES, "1024x768" },
	{ plane_only_gop, "policy.found", NOT_RUN, "not Intel's" },
	{ plane_only_gop, "picture", PASSES, NULL },
	{ other_generation, "rom.sound", FAILS, "does not know 8086:3e92" },
	{ other_generation, "gop.started", FAILS, "not in its table of devices" },
	{ other_generation, "mode.set", NOT_RUN, "gop.started" },
	{ declined, "gop.found", PASSES, NULL },
	{ declined, "gop.started", FAILS, "most likely the LPC bridge at 00:1f.0" },
	{ declined_with_power, "gop.started", FAILS, "declined with EFI_UNSUPPORTED, and says no more" },
	{ gave_up, "gop.started", UNKNOWN, "gave up" },
	{ gave_up, "mode.set", NOT_RUN, "gave up before" },
	{ injected_gop_declined, "gop.found", UNKNOWN, "does not list" },
	{ injected_gop_declined, "gop.started", FAILS, "declined" },
	{ gop_absent, "gop.found", FAILS, "no driver of the ROM" },
	{ gop_without_output, "gop.started", FAILS, "no graphics output on it" },
	{ gop_without_output, "mode.set", NOT_RUN, "gop.started comes first" },
	{ plane_off, "mode.set", FAILS, "is off again" },
	{ plane_off, "picture", NOT_RUN, "mode.set comes first" },
	{ blank, "picture", FAILS, "blank" },
	{ holes, "picture", FAILS, "12 of its" },
	{ all_holes, "picture", FAILS, "for all of it" },
	{ strange_format, "picture", UNKNOWN, "cannot show it" },
	{ NULL, "picture", PASSES, "1024 x 768, 37 colours" },
	{ NULL, "vbios.ran", NOT_RUN, "OVMF runs no VBIOS" },

	{ fake_all, "opregion.address", FAILS, NULL },
	{ fake_all, "stolen.address", FAILS, NULL },
	{ fake_all, "policy.vbt", PASSES, NULL }, /* no register tells of it */
	{ fake_first, "opregion.memory", UNKNOWN, NULL },
	{ fake_ready, "opregion.memory", UNKNOWN, "two voices" },
	{ fake_igd, "stolen.reserved", UNKNOWN, "two voices" },
	{ fake_numbers, "stolen.reserved", FAILS, NULL },
	{ fake_numbers, "policy.found", FAILS, NULL },
};

static const struct trial seabios_trials[] = {
	{ NULL, "ovmf.sound", NOT_RUN, "SeaBIOS boots" },
	{ NULL, "rom.dispatched", NOT_RUN, "SeaBIOS runs no UEFI" },
	{ NULL, "vbios.ran", PASSES, "c000:0003" },
	{ NULL, "opregion.address", PASSES, NULL },
	{ NULL, "opregion.memory", PASSES, "list of memory" },
	{ NULL, "vbt.readable", PASSES, NULL },
	{ NULL, "stolen.reserved", PASSES, NULL },
	{ NULL, "stolen.size", PASSES, "64 MiB" },
	{ NULL, "mode.set", NOT_RUN, "VGA modes" },
	{ NULL, "boot.ready", PASSES, NULL },
	{ seabios_no_vbios, "vbios.ran", FAILS, "passed over it" },
	{ seabios_bad_sum, "vbios.ran", FAILS, "checksum wrong" },
	{ seabios_efi_rom, "vbios.ran", FAILS, "no VBIOS in the ROM" },
	{ seabios_in_ram, "opregion.memory", FAILS, "may use" },
	{ seabios_in_ram, "stolen.reserved", FAILS, "may use" },
	{ seabios_hole, "stolen.reserved", FAILS, "not all in the list" },
	{ seabios_silent, "stolen.reserved", UNKNOWN, "did not list" },
	{ seabios_silent, "opregion.memory", UNKNOWN, "did not list" },
	{ seabios_gen12, "stolen.address", FAILS, "no such register" },
	{ seabios_small, "stolen.size", FAILS, "72 MiB were reserved" },
	{ stopped, "vbios.ran", UNKNOWN, "stopped" },
};

/* ---- running it --------------------------------------------------------------------------------------------- */

static bool says(const struct step *s, const char *words)
{
	if (!words || (s->why && strstr(s->why, words)))
		return true;
	for (size_t i = 0; s->evidence[i]; i++)
		if (strstr(s->evidence[i], words))
			return true;
	return false;
}

static void shape_holds(const struct steps *all)
{
	size_t n_fail = 0, n_unknown = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct step *s = &all->v[i];

		assert_non_null(s->says);
		assert_true((s->verdict == VERDICT_FAIL) == (s->why != NULL));
		assert_true(s->verdict != VERDICT_NOT_RUN || s->evidence[0]); /* with its reason */
		assert_true(s->verdict != VERDICT_UNKNOWN || s->evidence[0]);
		assert_true(s->verdict == VERDICT_FAIL || !s->fix);
		assert_null(s->evidence[ARRAY_SIZE(s->evidence) - 1]);
		assert_ptr_equal(steps_get(all, s->id), s);
		n_fail += s->verdict == VERDICT_FAIL;
		n_unknown += s->verdict == VERDICT_UNKNOWN;
	}
	assert_int_equal(all->n_fail, n_fail);
	assert_int_equal(all->n_unknown, n_unknown);
	assert_null(steps_get(all, "no.such"));
}

static void trial_run(void (*begin)(struct world *w), const struct trial *t)
{
	static struct world w;
	struct steps all;
	const struct step *s;

	begin(&w);
	if (t->change)
		t->change(&w);
	assert_int_equal(steps_judge(&w.setup, w.r.lines ? &w.r : NULL, &w.wish, &all), 0);
	shape_holds(&all);
	s = steps_get(&all, t->id);
	assert_non_null(s);
	if (s->verdict != t->want || !says(s, t->words))
		fail_msg("%s is %s, why \"%s\", seen \"%s\"; wanted %s with \"%s\"", t->id, verdict_str(s->verdict),
			 s->why ? s->why : "", s->evidence[0] ? s->evidence[0] : "", verdict_str(t->want),
			 t->words ? t->words : "");
	steps_done(&all);
}

static void each_step_of_ovmf(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ovmf_trials); i++)
		trial_run(good, &ovmf_trials[i]);
}

static void each_step_of_seabios(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(seabios_trials); i++)
		trial_run(good_seabios, &seabios_trials[i]);
}

static void all_is_well(void **state)
{
	static struct world w;
	struct steps all;

	(void)state;
	good(&w);
	assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
	assert_int_equal(all.n_fail, 0);
	assert_int_equal(all.n_unknown, 0);
	for (size_t i = 0; i < all.n; i++)
		assert_true(all.v[i].verdict == VERDICT_PASS || strcmp(all.v[i].id, "vbios.ran") == 0);
	steps_done(&all);
	good_seabios(&w);
	assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
	assert_int_equal(all.n_fail, 0);
	assert_int_equal(all.n_unknown, 0);
	steps_done(&all);
}

/* Is there a trial of every step for every verdict that it can have? */
static void every_verdict_is_tried(void **state)
{
	static const char *const never[] = {
		/* judged before anything starts, from sentences that are there or not */
		"rom.sound unknown",
		"ovmf.sound unknown",
		"vbt.sound unknown",
		"qemu.started unknown",
		/* without a record or before their time they are not run, and they need nobody's word */
		"opregion.valid unknown",
		"vbt.readable unknown",
		"stolen.aligned unknown",
		"mode.set unknown",
	};
	static struct world w;
	struct steps all;
	char pair[64];

	(void)state;
	good(&w);
	assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
	for (size_t i = 0; i < all.n; i++)
		for (int v = VERDICT_FAIL; v <= VERDICT_NOT_RUN; v++) {
			bool tried = false;

			for (size_t k = 0; k < ARRAY_SIZE(ovmf_trials); k++)
				tried |= ovmf_trials[k].want == (enum verdict)v &&
					 strcmp(ovmf_trials[k].id, all.v[i].id) == 0;
			for (size_t k = 0; k < ARRAY_SIZE(seabios_trials); k++)
				tried |= seabios_trials[k].want == (enum verdict)v &&
					 strcmp(seabios_trials[k].id, all.v[i].id) == 0;
			snprintf(pair, sizeof(pair), "%s %s", all.v[i].id, verdict_str((enum verdict)v));
			for (size_t k = 0; k < ARRAY_SIZE(never); k++)
				tried |= strcmp(pair, never[k]) == 0;
			if (!tried)
				print_message("no trial: %s\n", pair);
			w.says[0] = tried ? w.says[0] : "missing";
		}
	assert_null(w.says[0]);
	steps_done(&all);
}

/* Each line of the guest replaced by each other, cut anywhere: no verdict is wanted, only that there is one. */
static void any_words(void **state)
{
	static struct world w;
	static char cut[512];
	struct steps all;

	(void)state;
	good(&w);
	for (size_t i = 0; i < w.r.n_lines; i++) {
		const char *was = w.lines[i].text;

		for (size_t n = 0; n <= strlen(was); n++) {
			snprintf(cut, sizeof(cut), "%.*s", (int)n, was);
			w.lines[i].text = cut;
			assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
			shape_holds(&all);
			steps_done(&all);
		}
		for (size_t k = 0; k < w.r.n_lines; k++) {
			w.lines[i].text = w.lines[k].text == cut ? was : w.lines[k].text;
			assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
			shape_holds(&all);
			steps_done(&all);
		}
		w.lines[i].text = was;
	}
}

/* A command to be copied is about the GPU that was rehearsed. */
static void advice_names_the_gpu(void **state)
{
	static struct world w;
	struct steps all;

	(void)state;
	good_seabios(&w);
	seabios_no_vbios(&w);
	w.setup.igd.ids.device = 0x0412;
	assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
	assert_non_null(strstr(steps_get(&all, "vbios.ran")->fix, "--device 8086:0412 "));
	steps_done(&all);
}

/* What a guest says is shown, so no terminal may act on it. */
static void words_are_clean(void **state)
{
	static struct world w;
	struct steps all;

	(void)state;
	good(&w);
	declined(&w);
	instead(&w, WITNESS "binding",
		WITNESS "binding 00:02.0 status=0x8000000000000003 from=rom version=0x10 name=\"\x1b[2J\xff\"");
	assert_int_equal(steps_judge(&w.setup, &w.r, &w.wish, &all), 0);
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; all.v[i].evidence[k]; k++)
			assert_null(strpbrk(all.v[i].evidence[k], "\x1b\xff"));
	steps_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_well),
		cmocka_unit_test(each_step_of_ovmf),
		cmocka_unit_test(each_step_of_seabios),
		cmocka_unit_test(every_verdict_is_tried),
		cmocka_unit_test(any_words),
		cmocka_unit_test(advice_names_the_gpu),
		cmocka_unit_test(words_are_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
