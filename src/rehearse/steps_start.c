// SPDX-License-Identifier: GPL-2.0-or-later
/* steps_start.c - what goes in, QEMU, and the firmware with its drivers: the steps up to the first one of the GPU. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "rehearse/judge.h"

/* ---- before the start --------------------------------------------------------------------------------------- */

static enum verdict sound(struct judge *j, bool given, const char *none, const char *const *says, const char *fix)
{
	if (!given)
		return moot(j, "%s", none);
	if (!says || !*says)
		return VERDICT_PASS;
	for (size_t i = 1; says[i]; i++)
		saw(j, "%s", says[i]);
	return fails(j, fix, "%s", says[0]);
}

enum verdict step_rom_sound(struct judge *j)
{
	return sound(j, j->setup->rom.n > 0, "no ROM was given", j->wish->rom_says,
		     "igdctl rom verify says more of it; rom fix mends, and rom build makes a new one.");
}

enum verdict step_ovmf_sound(struct judge *j)
{
	return sound(
		j, with_ovmf(j), "SeaBIOS boots", j->wish->ovmf_says,
		"Make it again from the distribution's image: igdctl ovmf inject. igdctl ovmf verify says more.");
}

enum verdict step_vbt_sound(struct judge *j)
{
	bool given = j->wish->vbt.n > 0 || (j->wish->vbt_says && *j->wish->vbt_says);

	return sound(j, given, "no VBT was given", j->wish->vbt_says,
		     "Take it anew: igdctl fw extract --vbt from the vendor's firmware, or from the running host.");
}

/* ---- QEMU --------------------------------------------------------------------------------------------------- */

static void saw_qemu(struct judge *j)
{
	for (size_t i = 0; i < 2; i++) {
		const char *line = seen_qemu(j, i);

		if (line)
			saw(j, "QEMU: %s", line);
	}
}

static enum verdict ended(struct judge *j)
{
	int status = j->r->status;

	saw_qemu(j);
	if (WIFSIGNALED(status))
		return fails(j, NULL, "QEMU was ended by signal %d after %.1f s", WTERMSIG(status), j->r->took);
	return fails(j, NULL, "QEMU ended by itself after %.1f s, with status %d", j->r->took,
		     WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

enum verdict step_qemu(struct judge *j)
{
	if (j->r->end == REHEARSAL_ENDED && !j->r->connected)
		return ended(j);
	if (j->setup->qemu)
		saw(j, "QEMU %u.%u.%u, %s", j->setup->qemu->major, j->setup->qemu->minor, j->setup->qemu->micro,
		    j->setup->qemu->path);
	return VERDICT_PASS;
}

enum verdict step_device(struct judge *j)
{
	const struct emu_ids *ids = &j->setup->igd.ids;

	if (!j->r->connected) {
		saw_qemu(j);
		return j->r->end == REHEARSAL_STOPPED
			       ? untold(j, "it was stopped before")
			       : fails(j, NULL, "QEMU did not open the emulated GPU in %.1f s", j->r->took);
	}
	saw(j, "%04x:%04x at " SAID_IGD ", generation %u", ids->vendor, ids->device, j->setup->igd.generation);
	if (j->r->end != REHEARSAL_CUT)
		return VERDICT_PASS;
	saw_qemu(j);
	return fails(j, "A fault of this program or of QEMU; --trace FILE shows what was the last that went well.",
		     "QEMU and the emulated GPU did not understand each other, and the connection was cut");
}

/* ---- the firmware ------------------------------------------------------------------------------------------- */

enum verdict step_alive(struct judge *j)
{
	const char *fix = NULL;

	if (j->seen.n_guest || j->seen.decoding || j->r->end == REHEARSAL_READY)
		return VERDICT_PASS;
	if (j->r->end == REHEARSAL_STOPPED)
		return untold(j, "it was stopped before");
	saw_qemu(j);
	if (step_was(j, "ovmf.sound", VERDICT_FAIL))
		fix = "ovmf.sound says what is wrong with the image.";
	else if (with_ovmf(j) && !j->setup->smm)
		fix = "An image that is built for SMM (secboot) runs with smm=on on q35, and nowhere else.";
	return fails(j, fix, "not a word of the guest's firmware, and it did not look at the GPU: %s after %.1f s",
		     cut_short(j), j->r->took);
}

enum verdict step_ready(struct judge *j)
{
	switch (j->r->end) {
	case REHEARSAL_READY:
		saw(j, "after %.1f s", j->r->ready_at);
		return VERDICT_PASS;
	case REHEARSAL_STOPPED:
		return untold(j, "it was stopped after %.1f s", j->r->took);
	case REHEARSAL_ENDED:
		return ended(j);
	case REHEARSAL_CUT:
		return untold(j, "%s", cut_short(j));
	case REHEARSAL_OVER:
		break;
	}
	if (j->r->n_lines)
		saw(j, "the last that was heard, at %.1f s: %s", j->r->lines[j->r->n_lines - 1].at,
		    j->r->lines[j->r->n_lines - 1].text);
	return fails(j, "A slow machine wants more time: --timeout SECONDS.", "it was not there after %.0f s",
		     j->r->took);
}

/* ---- the ROM ------------------------------------------------------------------------------------------------ */

/* The firmware's list of what it loaded from the ROM. */
static enum verdict images_judge(struct judge *j)
{
	struct span line, where;
	uint64_t n = 0;

	if (!seen_line(j, "images " SAID_IGD, &line) || !said_number(line, "n", &n))
		return unwitnessed(j);
	for (size_t at = 0; seen_next(j, "image " SAID_IGD, &at, &line);)
		if (said_field(line, "rom", &where))
			saw(j, "loaded from the ROM's bytes %.*s", (int)where.n, (const char *)where.p);
	if (n)
		return VERDICT_PASS;
	return fails(j,
		     step_was(j, "rom.sound", VERDICT_FAIL) ? "rom.sound says what is wrong with it."
							    : "igdctl rom info FILE shows what is in it, igdctl rom "
							      "verify what the firmware makes of it.",
		     "the firmware passed over it without a word");
}

enum verdict step_dispatched(struct judge *j)
{
	const struct rehearsal_wish *w = j->wish;
	size_t from_ovmf[OURS_COUNT] = { w->ovmf_has_assignment, w->ovmf_has_policy };
	bool in_rom[OURS_COUNT] = { w->rom_has_assignment, w->rom_has_policy };

	if (j->setup->rom.n == 0)
		return moot(j, "no ROM was given");
	for (size_t k = 0; k < OURS_COUNT; k++)
		if (in_rom[k] && j->seen.n_started[k] > from_ovmf[k]) {
			saw(j, "%s in it said that it started", k == OURS_ASSIGNMENT ? "IgdAssignment" : "GopPolicy");
			return VERDICT_PASS;
		}
	if (!w->rom_has_efi)
		return fails(j,
			     "SeaBIOS runs a VBIOS: --seabios; for OVMF, igdctl rom build makes a ROM with drivers.",
			     "there is no image for UEFI in it%s", w->rom_has_vbios ? ", a VBIOS alone" : "");
	return images_judge(j);
}

/* ---- igdctl's drivers --------------------------------------------------------------------------------------- */

static const char *places(bool rom, bool ovmf)
{
	return rom && ovmf ? "the ROM and in OVMF" : rom ? "the ROM" : "OVMF";
}

enum verdict step_drivers(struct judge *j)
{
	const struct rehearsal_wish *w = j->wish;
	const struct {
		const char *name;
		bool rom, ovmf;
	} v[OURS_COUNT] = { { "IgdAssignment", w->rom_has_assignment, w->ovmf_has_assignment },
			    { "GopPolicy", w->rom_has_policy, w->ovmf_has_policy } };
	const char *refused = seen_driver(j, OURS_ASSIGNMENT, "refused: "), *missing = NULL;
	size_t wanted = 0;

	for (size_t k = 0; k < OURS_COUNT; k++) {
		size_t due = (size_t)v[k].rom + v[k].ovmf;

		wanted += due;
		if (due && !j->seen.n_started[k])
			missing = v[k].name;
		else if (due)
			saw(j, "%s, in %s, started%s", v[k].name, places(v[k].rom, v[k].ovmf),
			    j->seen.n_started[k] > 1 ? " more than once; the second leaves the first's work be" : "");
	}
	if (wanted == 0)
		return moot(j, "none of them is in the ROM or in OVMF");
	if (refused)
		return fails(j, NULL, "IgdAssignment: %s", refused);
	if (!missing)
		return VERDICT_PASS;
	if (j->r->end == REHEARSAL_STOPPED)
		return untold(j, "it was stopped before %s", missing);
	return fails(j, step_was(j, "rom.dispatched", VERDICT_FAIL) ? "rom.dispatched says why." : NULL,
		     "%s is there and did not start%s%s", missing, cut_short(j) ? "; " : "",
		     cut_short(j) ? cut_short(j) : "");
}

/* ---- SeaBIOS ------------------------------------------------------------------------------------------------ */

/* SeaBIOS src/optionroms.c, vgarom_setup() and optionrom_setup(): displays come first, and others take the place at
 * c000:0 where there was none for a display. */
static const char *vga_rom(const struct judge *j)
{
	bool displays = false;

	for (size_t i = j->seen.from; i < j->r->n_lines; i++) {
		const struct heard_line *l = &j->r->lines[i];

		if (l->who != HEARD_GUEST)
			continue;
		if (strcmp(l->text, "Scan for VGA option rom") == 0)
			displays = true;
		else if (strcmp(l->text, "Scan for option roms") == 0)
			displays = false;
		else if (displays && strncmp(l->text, "Running option rom at ", 22) == 0)
			return l->text;
	}
	return NULL;
}

enum verdict step_vbios(struct judge *j)
{
	const struct emu_ids *ids = &j->setup->igd.ids;
	const char *ran = vga_rom(j), *fix;

	if (j->setup->rom.n == 0)
		return moot(j, "no ROM was given");
	if (ran) {
		saw(j, "%s", ran);
		return VERDICT_PASS;
	}
	if (j->r->end == REHEARSAL_STOPPED)
		return untold(j, "it was stopped before");
	if (!j->wish->rom_has_vbios)
		return fails(j, "OVMF runs UEFI drivers: leave --seabios out.", "there is no VBIOS in the ROM");
	if (seen_guest(j, "option rom with bad checksum"))
		return fails(j, "igdctl rom fix puts it right.", "SeaBIOS found its checksum wrong");
	fix = arena_printf(&j->out->arena,
			   "igdctl rom verify --device %04x:%04x --guest-firmware seabios FILE says why.",
			   ids->vendor, ids->device);
	return fails(j, fix, "SeaBIOS passed over it: it compares the ids of device and ROM, and says nothing");
}
