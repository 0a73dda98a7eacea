// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steps_picture.c - GOP policy, GOP driver, mode and picture: who declined, and why, as far as it can be told from
 * outside a driver that says nothing itself.
 */
#include "base/error.h"
#include "rehearse/judge.h"

#define EFI_SUCCESS	0
#define EFI_UNSUPPORTED UINT64_C(0x8000000000000003)
#define EFI_NOT_FOUND	UINT64_C(0x800000000000000e)
#define LPC		"00:1f.0"
#define BUILD_WITH_VBT \
	"igdctl rom build --gop FILE --vbt FILE makes a ROM with the GOP driver, its policy and its VBT."

/* UEFI Specification 2.10, appendix D. */
static const char *status_str(uint64_t status)
{
	static const char *const words[] = {
		[0] = "EFI_SUCCESS",	      [1] = "EFI_LOAD_ERROR",	    [2] = "EFI_INVALID_PARAMETER",
		[3] = "EFI_UNSUPPORTED",      [6] = "EFI_NOT_READY",	    [7] = "EFI_DEVICE_ERROR",
		[9] = "EFI_OUT_OF_RESOURCES", [14] = "EFI_NOT_FOUND",	    [15] = "EFI_ACCESS_DENIED",
		[18] = "EFI_TIMEOUT",	      [20] = "EFI_ALREADY_STARTED", [21] = "EFI_ABORTED",
	};
	uint64_t n = status & ~(UINT64_C(1) << 63);

	return n < ARRAY_SIZE(words) && words[n] ? words[n] : "an error of its own";
}

/* Is there a GOP driver that can be asked about? Not all of them are known as such by their bytes. */
static bool gop_given(const struct judge *j)
{
	struct span line;

	return j->wish->rom_has_gop || j->wish->ovmf_has_gop || j->seen.plane || seen_last(j, "gop " SAID_IGD, &line);
}

static bool policy_given(const struct judge *j)
{
	return j->wish->rom_has_policy || j->wish->ovmf_has_policy;
}

static uint64_t number(struct span line, const char *key, uint64_t otherwise)
{
	uint64_t n;

	return said_number(line, key, &n) ? n : otherwise;
}

/* ---- policy ------------------------------------------------------------------------------------------------- */

enum verdict step_policy_found(struct judge *j)
{
	struct span line;

	if (!policy_given(j) && !gop_given(j))
		return moot(j, "there is no GOP driver that would ask for one");
	if (!policy_given(j) && !j->wish->rom_has_gop && !j->wish->ovmf_has_gop)
		return moot(j, "the GOP driver is not Intel's, which alone asks for one");
	if (seen_line(j, "policies", &line) && number(line, "n", 0) > 0) {
		if (number(line, "n", 0) > 1)
			saw(j, "%llu of them; the GOP driver asks the first",
			    (unsigned long long)number(line, "n", 0));
		return VERDICT_PASS;
	}
	if (!j->seen.witness && seen_driver(j, OURS_POLICY, "installed; ")) {
		saw(j, "%s", seen_driver(j, OURS_POLICY, "installed; "));
		return VERDICT_PASS;
	}
	if (!j->seen.witness)
		return unwitnessed(j);
	if (!policy_given(j))
		return fails(j, BUILD_WITH_VBT, "a GOP driver was given, and no GopPolicy");
	return fails(j, NULL, "GopPolicy %s",
		     j->seen.n_started[OURS_POLICY] ? "started, and the firmware has none" : "did not start");
}

/* What the driver said of each place in which it looked; the last lines. */
static void saw_places(struct judge *j)
{
	static const char *const words[] = { "no VBT from ", "no OpRegion", "passed over", "no VBT: none" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *line = seen_driver(j, OURS_POLICY, words[i]);

		if (line)
			saw(j, "GopPolicy: %s", line);
	}
}

/* Without Witness nobody but the GOP driver asks, and GopPolicy says what it gave. */
static enum verdict policy_said(struct judge *j)
{
	const char *given = seen_driver(j, OURS_POLICY, "VBT \"");

	if (!given)
		return unwitnessed(j);
	saw(j, "%s", given);
	return VERDICT_PASS;
}

enum verdict step_policy_vbt(struct judge *j)
{
	struct span line, name;
	uint64_t status, n;

	if (!seen_line(j, "policy n=1", &line) || !said_number(line, "status", &status))
		return policy_said(j);
	if (status != EFI_SUCCESS) {
		if (!j->wish->vbt.n && !gop_given(j))
			return moot(j, "no VBT was given, and no GOP driver that would ask for one");
		saw_places(j);
		return fails(j, j->wish->vbt.n ? NULL : BUILD_WITH_VBT, "it answers %s%s", status_str(status),
			     j->wish->vbt.n ? "" : ", and no VBT was given: none to put into the OpRegion either");
	}
	n = number(line, "bytes", 0);
	if (!said_field(line, "name", &name))
		name = (struct span) { NULL, 0 };
	saw(j, "\"%.*s\", %llu bytes", (int)name.n, name.n ? (const char *)name.p : "", (unsigned long long)n);
	if (number(line, "sum", 0) != 0)
		saw(j, "its checksum is wrong, which Intel's driver does not look at");
	return VERDICT_PASS;
}

/* ---- GOP driver --------------------------------------------------------------------------------------------- */

/* The driver that has the display: true, and its line. */
static bool manager(const struct judge *j, struct span *ret)
{
	struct span from;

	return seen_last(j, "manager " SAID_IGD, ret) && said_field(*ret, "from", &from);
}

static void saw_driver(struct judge *j, struct span line, const char *what)
{
	struct span name, from;

	if (!said_field(line, "name", &name) || !said_field(line, "from", &from))
		return;
	saw(j, "%s: \"%.*s\", version 0x%llx, from %s", what, (int)name.n, (const char *)name.p,
	    (unsigned long long)number(line, "version", 0),
	    said_is(line, "from", "rom")  ? "the ROM"
	    : said_is(line, "from", "fv") ? "OVMF"
					  : "elsewhere");
}

enum verdict step_gop_found(struct judge *j)
{
	struct span line;

	if (!gop_given(j))
		return moot(j, "no GOP driver was given");
	if (j->wish->gop)
		saw(j, "%s", j->wish->gop);
	if (manager(j, &line) || seen_last(j, "binding " SAID_IGD, &line)) {
		saw_driver(j, line, "it runs");
		return VERDICT_PASS;
	}
	if (j->seen.plane)
		return VERDICT_PASS;
	if (!j->seen.witness)
		return unwitnessed(j);
	if (j->wish->ovmf_has_gop) {
		saw(j, "the firmware does not list drivers of its own volume that say no");
		return VERDICT_UNKNOWN;
	}
	return fails(j, step_was(j, "rom.dispatched", VERDICT_FAIL) ? "rom.dispatched says why." : NULL,
		     "it is in the ROM, and no driver of the ROM offers itself for a GPU");
}

/* The last sign of work on the hardware, for whoever knows the driver. */
static void saw_hardware(struct judge *j)
{
	if (j->seen.power)
		saw(j, "the last power well or clock it asked for: %s", j->seen.power->text);
	else if (j->seen.i2c)
		saw(j, "the last monitor it asked for: %s", j->seen.i2c->text);
}

/* Intel's driver compares the id of the LPC bridge with a list of its own, and q35's is on none. */
static bool lpc_strange(struct judge *j)
{
	struct span line, id;
	bool there = seen_line(j, "pci " LPC, &line) && said_field(line, "id", &id);
	bool qemus = there && (said_is(line, "id", "8086:2918") || said_is(line, "id", "8086:7000"));

	if (there && !qemus)
		saw(j, "the LPC bridge at " LPC " is %.*s", (int)id.n, (const char *)id.p);
	return !there || qemus;
}

/* Why a driver said no: what is known to make one say so, most certain first. */
static enum verdict declined(struct judge *j, uint64_t status)
{
	const struct emu_ids *ids = &j->setup->igd.ids;

	if (j->wish->gop_fits == TRI_NO)
		return fails(j,
			     "Take the GOP driver of a board with this GPU: igdctl fw extract --gop gets it out of "
			     "the vendor's firmware.",
			     "it declined: %04x:%04x is not in its table of devices", ids->vendor, ids->device);
	if (step_was(j, "policy.found", VERDICT_FAIL))
		return fails(j, BUILD_WITH_VBT, "it declined: there is no GOP policy");
	if (step_was(j, "policy.vbt", VERDICT_FAIL))
		return fails(j, BUILD_WITH_VBT, "it declined: the GOP policy has no VBT for it");
	saw_hardware(j);
	if (lpc_strange(j) && status == EFI_UNSUPPORTED)
		return fails(j,
			     j->setup->q35 ? "Take the machine type pc, where QEMU can show the host's bridge "
					     "(x-igd-lpc=on): --machine pc tries it."
					   : NULL,
			     "it declined with EFI_UNSUPPORTED: most likely the LPC bridge at " LPC
			     ", by whose id it tells the platform, is %s",
			     j->setup->q35 ? "q35's own" : "none that it knows");
	if (status == EFI_SUCCESS && j->seen.power)
		return untold(j, "it takes this GPU, worked on it and gave up: on a display engine, which the "
				 "emulated one lacks, it may not");
	return fails(j, NULL, "it declined with %s, and says no more", status_str(status));
}

enum verdict step_gop_started(struct judge *j)
{
	struct span line, size;
	uint64_t status = EFI_NOT_FOUND;

	if (!j->seen.witness)
		return j->seen.plane ? VERDICT_PASS : unwitnessed(j);
	if (seen_last(j, "gop " SAID_IGD, &line) && said_field(line, "size", &size)) {
		saw(j, "a graphics output, %.*s", (int)size.n, (const char *)size.p);
		return VERDICT_PASS;
	}
	if (manager(j, &line)) {
		saw_driver(j, line, "the driver");
		saw_hardware(j);
		return fails(j, NULL, "a driver has taken the GPU, and there is no graphics output on it");
	}
	for (size_t at = 0; seen_next(j, "binding " SAID_IGD, &at, &line);) {
		status = number(line, "status", status);
		saw_driver(j, line, status_str(status));
	}
	if (status == EFI_NOT_FOUND && seen_last(j, "connect " SAID_IGD, &line))
		status = number(line, "status", status);
	return declined(j, status);
}

/* ---- screen ------------------------------------------------------------------------------------------------- */

enum verdict step_mode(struct judge *j)
{
	const struct heard_line *on = j->seen.plane;

	if (j->r->picture_is != 1) { /* by the device, at the end */
		if (on)
			saw(j, "%s, at %.1f s", on->text, on->at);
		return VERDICT_PASS;
	}
	if (!gop_given(j) && (with_ovmf(j) || !j->wish->rom_has_vbios))
		return moot(j, "nothing was given that would set one");
	if (step_was(j, "gop.started", VERDICT_FAIL) || step_was(j, "gop.found", VERDICT_FAIL))
		return moot(j, "gop.started comes first");
	if (!on && step_was(j, "gop.started", VERDICT_UNKNOWN) && j->seen.witness)
		return moot(j, "the GOP driver gave up before");
	if (!with_ovmf(j))
		return moot(j, "a VBIOS sets VGA modes, of which the emulated GPU has none");
	saw_hardware(j);
	if (on)
		return fails(j, NULL, "a plane was armed at %.1f s, and is off again%s", on->at,
			     j->seen.dark ? "" : " without a word");
	return fails(j, NULL, "no plane was armed%s%s", cut_short(j) ? "; " : "", cut_short(j) ? cut_short(j) : "");
}

enum verdict step_picture(struct judge *j)
{
	const struct emu_picture *p = &j->r->picture;
	size_t pixels = (size_t)p->width * p->height;

	if (j->r->picture_is < 0)
		return untold(j, "the emulated GPU cannot show it: %s", igd_error_str(j->r->picture_is));
	saw(j, "%u x %u, %s%zu colours", p->width, p->height, p->colours >= 256 ? "at least " : "", p->colours);
	if (p->unmapped == pixels)
		return fails(j, NULL, "the GTT leads nowhere for all of it");
	if (p->unmapped)
		return fails(j, NULL, "the GTT leads nowhere for %zu of its %zu pixels", p->unmapped, pixels);
	if (p->colours <= 1)
		return fails(j, "The firmware may not have drawn yet; a longer boot (a boot menu) shows more.",
			     "it is blank: one colour from edge to edge");
	return VERDICT_PASS;
}
