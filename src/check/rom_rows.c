// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rom_rows.c - what can be wrong with a ROM file: as a file that QEMU hands over, as a chain that firmware walks, as
 * a VBIOS for SeaBIOS, as drivers for OVMF, and for this chip.
 *
 * QEMU puts a romfile into the ROM BAR as it is: rounded up to a power of two, with the ids that are in it
 * (hw/pci/pci.c, pci_add_option_rom(): pci_patch_ids() is for its own ROMs; hw/vfio/pci.c patches the device id of a
 * ROM that is read from the host, and of no other).
 */
#include "check/rom_rows.h"

#define SEABIOS "SeaBIOS src/optionroms.c"
#define EDK2	"EDK II MdeModulePkg/Bus/Pci/PciBusDxe/PciOptionRomSupport.c"
#define PCIFW	"PCI Firmware Specification 3.0, 5.1"
#define QEMU	"QEMU hw/pci/pci.c, pci_add_option_rom()"

#define MIB (1UL << 20)

/* "image 2 at 0x10000": evidence of one image. */
static void image_evidence(const struct rom_case *c, struct evidence *ev, const struct oprom *o, const char *text)
{
	evidence_add(ev, c->path, "image %zu at 0x%zx: %s", (size_t)(o - c->chain->images) + 1, o->at, text);
}

static enum verdict verdict_by(const struct evidence *ev)
{
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static bool visible(const struct oprom *o)
{
	return o->place == OPROM_CHAINED || o->place == OPROM_GAP;
}

/* ---- the file and the chain --------------------------------------------------------------------------------- */

static enum verdict no_image(const struct rom_case *c, struct evidence *ev)
{
	if (!c->chain)
		evidence_add(ev, c->path, "%s", c->none);
	return verdict_by(ev);
}

static enum verdict prefix(const struct rom_case *c, struct evidence *ev)
{
	size_t at = c->chain->images[0].at;

	if (at)
		evidence_add(ev, c->path, "0x%zx bytes before the first image%s", at,
			     span_is(c->chain->file, 0, "NVGI") ? ": NVIDIA's NVGI header" : "");
	return verdict_by(ev);
}

static enum verdict truncated(const struct rom_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->chain->n; i++) {
		const struct oprom *o = &c->chain->images[i];

		if (o->partial && visible(o))
			evidence_add(ev, c->path, "image %zu at 0x%zx: 0x%zx bytes by its PCIR, 0x%zx are there",
				     i + 1, o->at, o->blocks * (size_t)OPROM_BLOCK, o->bytes.n);
	}
	return verdict_by(ev);
}

static enum verdict no_length(const struct rom_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->chain->n; i++)
		if (c->chain->images[i].no_length && !c->chain->images[i].last && visible(&c->chain->images[i]))
			image_evidence(c, ev, &c->chain->images[i], "0 blocks by its PCIR");
	return verdict_by(ev);
}

static enum verdict no_last(const struct rom_case *c, struct evidence *ev)
{
	if (c->chain->end == OPROM_END_MISSING)
		evidence_add(ev, c->path, "%zu image%s, none with bit 7 of the indicator", c->chain->n,
			     c->chain->n == 1 ? "" : "s");
	return verdict_by(ev);
}

static enum verdict early_last(const struct rom_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->chain->n; i++)
		if (c->chain->images[i].place == OPROM_BEHIND && !c->chain->images[i].nvidia)
			image_evidence(c, ev, &c->chain->images[i], "behind the last");
	return verdict_by(ev);
}

static enum verdict gap(const struct rom_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->chain->n; i++)
		if (c->chain->images[i].place == OPROM_GAP)
			image_evidence(c, ev, &c->chain->images[i], "the image before does not lead to it");
	return verdict_by(ev);
}

static enum verdict trailing(const struct rom_case *c, struct evidence *ev)
{
	if (c->chain->tail == OPROM_TAIL_DATA)
		evidence_add(ev, c->path, "0x%zx bytes at 0x%zx", c->chain->tail_size, c->chain->tail_at);
	return verdict_by(ev);
}

static enum verdict padding(const struct rom_case *c, struct evidence *ev)
{
	if (c->size & (c->size - 1))
		evidence_add(ev, c->path, "%zu bytes", c->size);
	return verdict_by(ev);
}

static enum verdict too_big(const struct rom_case *c, struct evidence *ev)
{
	if (c->size > 16 * MIB)
		evidence_add(ev, c->path, "%zu bytes", c->size);
	return verdict_by(ev);
}

static enum verdict class(const struct rom_case *c, struct evidence *ev) {
	for (size_t i = 0; i < c->chain->n;
	     i++) { const struct oprom *o = &c->chain->images[i];

		    if (visible(o) && o->class_code && o->class_code >> 16 != 0x03) /* 0: not said */
		    evidence_add(ev, c->path, "image %zu at 0x%zx: class %06x", i + 1, o->at, o->class_code); }
return verdict_by(ev);
}

/* ---- SeaBIOS ------------------------------------------------------------------------------------------------ */

static enum verdict no_legacy(const struct rom_case *c, struct evidence *ev)
{
	if (!c->legacy)
		evidence_add(ev, c->path, "%s", c->first_efi ? "EFI images only" : "no image of code type 0");
	return verdict_by(ev);
}

static enum verdict not_for_device(const struct rom_case *c, struct evidence *ev)
{
	const struct oprom *o = c->legacy;

	if (o->vendor == c->wish->vendor && o->device == c->wish->device)
		return VERDICT_PASS;
	evidence_add(ev, c->path, "image %zu is made for %04x:%04x", (size_t)(o - c->chain->images) + 1, o->vendor,
		     o->device);
	evidence_add(ev, c->wish->device_from, "the GPU is %04x:%04x", c->wish->vendor, c->wish->device);
	if (oprom_is_for(o, c->wish->vendor, c->wish->device))
		evidence_add(ev, c->path, "its list of devices has the GPU's id, but SeaBIOS does not read that");
	else if (o->vendor == 0x8086 && c->wish->vendor == 0x8086)
		evidence_add(ev, NULL,
			     "Intel's files name one chip for a family: 0106 and 0102 for Sandy and Ivy Bridge, 0406 "
			     "from Haswell to Coffee Lake");
	return VERDICT_FAIL;
}

static enum verdict stops(const struct rom_case *c, struct evidence *ev)
{
	size_t at;

	if (oprom_stops_on(c->legacy, c->wish->device, &at))
		evidence_add(ev, c->path, "the code at 0x%zx looks for the device in its list, and %04x is not there",
			     c->legacy->at + at, c->wish->device);
	return verdict_by(ev);
}

static enum verdict size_byte(const struct rom_case *c, struct evidence *ev)
{
	const struct oprom *o = c->legacy;

	if (o->init_size == 0)
		image_evidence(c, ev, o, "byte 2 is 0");
	else if (o->init_size > c->size - o->at)
		evidence_add(ev, c->path, "byte 2 says %u bytes, the file has %zu", o->init_size, c->size - o->at);
	return verdict_by(ev);
}

static enum verdict bad_checksum(const struct rom_case *c, struct evidence *ev)
{
	if (c->legacy->sum == OPROM_SUM_BAD)
		evidence_add(ev, c->path, "the %u bytes that byte 2 counts add up to 0x%02x", c->legacy->init_size,
			     c->legacy->sum_value);
	return verdict_by(ev);
}

static enum verdict no_vbt(const struct rom_case *c, struct evidence *ev)
{
	if (c->legacy->vendor == 0x8086 && c->legacy->class_code >> 8 == 0x0300 && !c->legacy->vbt.p)
		image_evidence(c, ev, c->legacy, "no $VBT where the word at 0x1a points");
	return verdict_by(ev);
}

/* What a BIOS writes into its VBIOS when it copies it to the memory below 1 MiB, and what the VBIOS then writes. */
static enum verdict shadow_copy(const struct rom_case *c, struct evidence *ev)
{
	uint32_t value = 0;
	size_t at;

	if (oprom_saved_bdsm(c->legacy, &at, &value) && value)
		evidence_add(ev, c->path, "the base of the host's stolen memory, 0x%08x, stands at 0x%zx", value,
			     c->legacy->at + at);
	if (c->legacy->vendor == 0x8086 && c->legacy->vbt.p && c->legacy->sum == OPROM_SUM_BAD)
		evidence_add(ev, c->path, "device id %04x, and the byte sum does not fit", c->legacy->device);
	return verdict_by(ev);
}

static enum verdict saved_bdsm(const struct rom_case *c, struct evidence *ev)
{
	uint32_t value = 0;
	size_t at;

	if (!oprom_saved_bdsm(c->legacy, &at, &value) || value == 0)
		return VERDICT_PASS;
	if (!c->qemu_known)
		return evidence_unknown(ev, "the release of QEMU, from 10.0 on it matters",
					"neither --qemu nor a host tells");
	if (c->qemu < QEMU_C)
		return VERDICT_PASS;
	evidence_add(ev, c->path, "0x%08x at 0x%zx", value, c->legacy->at + at);
	evidence_add(ev, c->wish->qemu_from, "QEMU %u.%u", c->major, c->minor);
	return VERDICT_FAIL;
}

static enum verdict chip_no_vbios(const struct rom_case *c, struct evidence *ev)
{
	if (!c->id)
		return evidence_unknown(ev, "which chip this is", "its id is not in the table of GPUs");
	if (c->id->kind == GPU_INTEL_INTEGRATED && c->id->legacy == SUPPORT_NO)
		evidence_add(ev, c->wish->device_from, "%04x:%04x is %s", c->wish->vendor, c->wish->device,
			     c->id->platform);
	return verdict_by(ev);
}

static enum verdict q35_vbios(const struct rom_case *c, struct evidence *ev)
{
	if (c->wish->machine_known && c->wish->machine == VM_MACHINE_Q35 && c->legacy->vendor == 0x8086)
		evidence_add(ev, "--machine", "q35");
	return verdict_by(ev);
}

/* ---- OVMF --------------------------------------------------------------------------------------------------- */

/* The next image with EFI code that OVMF gets to, behind @o; NULL: none. */
static const struct oprom *next_efi(const struct rom_case *c, const struct oprom *o)
{
	for (o = o ? o + 1 : c->chain->images; o < c->chain->images + c->chain->n; o++)
		if (o->code_type == OPROM_EFI && rom_ovmf_gets_to(c, o))
			return o;
	return NULL;
}

/* X64 firmware runs its own code; byte code only where an interpreter is built in, and OVMF's is not. */
static bool runs(const struct oprom *o)
{
	return !rom_efi_fault(o) && o->efi.machine == PE_X64;
}

static const struct rom_payload *payload_of(const struct rom_case *c, const struct oprom *o)
{
	static const struct rom_payload none;

	return c->payloads ? &c->payloads[o - c->chain->images] : &none;
}

static enum verdict too_small(const struct rom_case *c, struct evidence *ev)
{
	if (c->size <= 2048)
		evidence_add(ev, c->path, "%zu bytes", c->size);
	return verdict_by(ev);
}

static enum verdict unaligned(const struct rom_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->chain->n; i++) {
		const struct oprom *o = &c->chain->images[i];

		if (visible(o) && o->pcir_at % 4 != 0)
			evidence_add(ev, c->path, "image %zu at 0x%zx: PCIR at 0x%x of it", i + 1, o->at, o->pcir_at);
	}
	return verdict_by(ev);
}

static enum verdict no_efi(const struct rom_case *c, struct evidence *ev)
{
	if (!c->first_efi)
		evidence_add(ev, c->path, "%s", c->legacy ? "a VBIOS only" : "no image of code type 3");
	return verdict_by(ev);
}

static enum verdict efi_header(const struct rom_case *c, struct evidence *ev)
{
	for (const struct oprom *o = next_efi(c, NULL); o; o = next_efi(c, o)) {
		if (!rom_efi_fault(o))
			return VERDICT_PASS;
		image_evidence(c, ev, o, rom_efi_fault(o));
	}
	return verdict_by(ev);
}

static void machine_evidence(const struct rom_case *c, struct evidence *ev, const struct oprom *o)
{
	evidence_add(ev, c->path, "image %zu at 0x%zx is for machine 0x%04x (%s)", (size_t)(o - c->chain->images) + 1,
		     o->at, o->efi.machine, pe_machine_str(o->efi.machine));
}

static enum verdict efi_machine(const struct rom_case *c, struct evidence *ev)
{
	bool any = false;

	for (const struct oprom *o = next_efi(c, NULL); o; o = next_efi(c, o))
		any |= runs(o);
	for (const struct oprom *o = next_efi(c, NULL); o && !any; o = next_efi(c, o))
		if (!rom_efi_fault(o))
			machine_evidence(c, ev, o);
	return verdict_by(ev);
}

static enum verdict efi_skipped(const struct rom_case *c, struct evidence *ev)
{
	for (const struct oprom *o = next_efi(c, NULL); o; o = next_efi(c, o))
		if (rom_efi_fault(o))
			image_evidence(c, ev, o, rom_efi_fault(o));
		else if (!runs(o))
			machine_evidence(c, ev, o);
	return verdict_by(ev);
}

static enum verdict efi_payload(const struct rom_case *c, struct evidence *ev)
{
	const struct oprom *unseen = NULL;

	for (const struct oprom *o = next_efi(c, NULL); o; o = next_efi(c, o)) {
		const struct rom_payload *p = payload_of(c, o);

		if (runs(o) && p->looked && p->fault)
			image_evidence(c, ev, o, p->fault);
		else if (runs(o) && p->looked && p->pe.machine != o->efi.machine)
			evidence_add(ev, c->path, "image %zu: made for %s by its header, the driver in it for %s",
				     (size_t)(o - c->chain->images) + 1, pe_machine_str(o->efi.machine),
				     pe_machine_str(p->pe.machine));
		else if (runs(o) && !p->looked)
			unseen = o;
	}
	if (!ev->n && unseen)
		return evidence_unknown(ev, "what lies in a compressed EFI image", "it was not decompressed");
	return verdict_by(ev);
}

static enum verdict efi_ids(const struct rom_case *c, struct evidence *ev)
{
	for (const struct oprom *o = next_efi(c, NULL); o; o = next_efi(c, o))
		if (runs(o) && !oprom_is_for(o, c->wish->vendor, c->wish->device))
			evidence_add(ev, c->path, "image %zu at 0x%zx is made for %04x:%04x",
				     (size_t)(o - c->chain->images) + 1, o->at, o->vendor, o->device);
	return verdict_by(ev);
}

/* What is known of GOP drivers among the images: TRI_YES and @ret, TRI_NO, or TRI_UNKNOWN when one was not looked at.
 */
static enum tri gop_find(const struct rom_case *c, const struct rom_payload **ret)
{
	enum tri v = TRI_NO;

	for (const struct oprom *o = next_efi(c, NULL); o; o = next_efi(c, o)) {
		const struct rom_payload *p = payload_of(c, o);

		if (!runs(o))
			continue;
		if (p->gop == TRI_YES) {
			*ret = p;
			return TRI_YES;
		}
		if (p->gop == TRI_UNKNOWN)
			v = TRI_UNKNOWN;
	}
	return v;
}

static enum verdict gop_unknown(struct evidence *ev)
{
	return evidence_unknown(ev, "whether a GOP driver is among the EFI images", "they were not looked into");
}

static enum verdict no_gop(const struct rom_case *c, struct evidence *ev)
{
	const struct rom_payload *gop;
	enum tri v = gop_find(c, &gop);

	if (v == TRI_UNKNOWN)
		return gop_unknown(ev);
	if (v == TRI_NO)
		evidence_add(ev, c->path, "none of its drivers is one");
	return verdict_by(ev);
}

static enum verdict gop_not_for_device(const struct rom_case *c, struct evidence *ev)
{
	const struct rom_payload *gop;
	enum tri v = gop_find(c, &gop);

	if (v == TRI_NO)
		return VERDICT_PASS;
	if (v == TRI_UNKNOWN || gop->gop_fits == TRI_UNKNOWN)
		return gop_unknown(ev);
	if (gop->gop_fits == TRI_NO)
		evidence_add(ev, c->wish->device_from, "%04x:%04x is not in the driver's table of devices",
			     c->wish->vendor, c->wish->device);
	return verdict_by(ev);
}

static enum verdict q35_gop(const struct rom_case *c, struct evidence *ev)
{
	if (c->wish->machine_known && c->wish->machine == VM_MACHINE_Q35)
		evidence_add(ev, "--machine", "q35");
	return verdict_by(ev);
}

/* AMD's GOP driver reads the tables of the VBIOS that its card has. */
static enum verdict amd_needs_vbios(const struct rom_case *c, struct evidence *ev)
{
	for (const struct oprom *o = next_efi(c, NULL); o && !c->legacy; o = next_efi(c, o))
		if (o->vendor == 0x1002)
			image_evidence(c, ev, o, "an EFI driver for AMD, and no VBIOS beside it");
	return verdict_by(ev);
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

const struct rom_row rom_rows[] = {
	{ { .id = "rom.no-image",
	    .catalog = "F43",
	    .severity = SEV_BLOCK,
	    .says = "The file holds no PCI option ROM: firmware passes over it without a word.",
	    .fix = "Wrap the driver into an option ROM, or name the right file.",
	    .source = PCIFW },
	  .test = no_image },
	{ { .id = "rom.prefix",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-image",
	    .says = "Something stands before the first image; QEMU hands the file over as it is, and firmware looks "
		    "at its beginning alone.",
	    .fix = "Cut off what is before the first image: igdctl rom fix.",
	    .source = SEABIOS ", map_pcirom(); " EDK2 ", LoadOpRomImage()" },
	  .test = prefix },
	{ { .id = "rom.truncated",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-image",
	    .says = "The file ends before an image does.",
	    .fix = "Take the ROM from the firmware file again, whole.",
	    .source = PCIFW ".2 (image length)" },
	  .test = truncated },
	{ { .id = "rom.no-length",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-image",
	    .says = "An image gives its length as 0, so firmware that looks for the next one never gets on.",
	    .fix = "Write its length in blocks of 512 bytes into its PCIR, at 10h: igdctl rom fix.",
	    .source = SEABIOS ", map_pcirom(); " EDK2 ", LoadOpRomImage()" },
	  .test = no_length },
	{ { .id = "rom.no-last",
	    .severity = SEV_WARN,
	    .after = "rom.truncated",
	    .says = "No image says that it is the last: firmware reads on behind it, to the end of the BAR.",
	    .fix = "Set bit 7 of the indicator in the last image's PCIR, at 15h: igdctl rom fix.",
	    .source = PCIFW ".2 (indicator)" },
	  .test = no_last },
	{ { .id = "rom.early-last",
	    .severity = SEV_WARN,
	    .after = "rom.no-image",
	    .says = "Images lie behind the one that says it is the last: no firmware gets to them.",
	    .fix = "Clear bit 7 of the indicator, at 15h of the PCIR, in all images but the last.",
	    .source = PCIFW ".2 (indicator)" },
	  .test = early_last },
	{ { .id = "rom.gap",
	    .severity = SEV_WARN,
	    .after = "rom.no-image",
	    .says = "An image does not begin where the one before it ends: SeaBIOS does not get to it.",
	    .fix = "Put the images one right behind the other.",
	    .source = SEABIOS ", map_pcirom(); " EDK2 ", LoadOpRomImage()" },
	  .test = gap },
	{ { .id = "rom.trailing",
	    .severity = SEV_NOTE,
	    .after = "rom.no-image",
	    .says = "Behind the last image lies data that is no padding; firmware does not look at it.",
	    .source = PCIFW },
	  .test = trailing },
	{ { .id = "rom.padding",
	    .severity = SEV_BENIGN,
	    .after = "rom.no-image",
	    .says = "The file's size is no power of two; QEMU makes the ROM BAR as large as the next one.",
	    .source = QEMU },
	  .test = padding },
	{ { .id = "rom.too-big",
	    .severity = SEV_WARN,
	    .after = "rom.no-image",
	    .says = "The file is longer than 16 MiB, the most that a PCI expansion ROM may have.",
	    .fix = "Name the option ROM, not the firmware image it is in.",
	    .source = "PCI Local Bus Specification 3.0, 6.2.5.2" },
	  .test = too_big },
	{ { .id = "rom.class",
	    .severity = SEV_NOTE,
	    .after = "rom.no-image",
	    .says = "An image is for another class of device than displays; neither SeaBIOS nor OVMF compares that.",
	    .source = SEABIOS "; " EDK2 },
	  .test = class },

	{ { .id = "rom.no-legacy",
	    .catalog = "F44",
	    .severity = SEV_BLOCK,
	    .after = "rom.truncated",
	    .says = "SeaBIOS runs images of code type 0 only, and the ROM has none.",
	    .fix = "Use OVMF, or the VBIOS of this chip.",
	    .source = SEABIOS ", map_pcirom()" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = no_legacy },
	{ { .id = "rom.not-for-device",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-legacy",
	    .says = "The VBIOS names another device: SeaBIOS passes over it, and QEMU corrects no id in a file.",
	    .fix = "Write the GPU's id into the PCIR and put the byte sum right: igdctl rom fix.",
	    .source = SEABIOS ", map_pcirom(); QEMU hw/vfio/pci.c, vfio_pci_load_rom()" },
	  .ask = ROM_ASK_SEABIOS | ROM_ASK_DEVICE,
	  .test = not_for_device },
	{ { .id = "rom.stops",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-legacy",
	    .says = "The VBIOS stops for ever when it runs on a device that is not in its list, and this GPU is not.",
	    .fix = "Take the VBIOS of this GPU's own firmware; another id in the PCIR does not help.",
	    .source = "Intel's VBIOS files from Sandy Bridge to Coffee Lake, the code of 14 of 20" },
	  .ask = ROM_ASK_SEABIOS | ROM_ASK_DEVICE,
	  .test = stops },
	{ { .id = "rom.size-byte",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-legacy",
	    .says = "The VBIOS gives a size in byte 2 that cannot be: SeaBIOS goes by that alone.",
	    .fix = "Take the VBIOS from the firmware file again.",
	    .source = SEABIOS ", is_valid_rom()" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = size_byte },
	{ { .id = "rom.bad-checksum",
	    .severity = SEV_BLOCK,
	    .after = "rom.size-byte",
	    .says = "The bytes of the VBIOS do not add up to 0: SeaBIOS does not run it.",
	    .fix = "Put the byte sum right, if nothing else is wrong with it: igdctl rom fix.",
	    .source = SEABIOS ", is_valid_rom()" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = bad_checksum },
	{ { .id = "rom.no-vbt",
	    .severity = SEV_WARN,
	    .after = "rom.no-legacy",
	    .says = "The VBIOS has no VBT where Intel's have it: it is damaged, or made for something else.",
	    .fix = "Take the VBIOS from the firmware file again.",
	    .source = "Intel's VBIOS files from Sandy Bridge to Coffee Lake, 30 of 30" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = no_vbt },
	{ { .id = "rom.saved-bdsm",
	    .severity = SEV_WARN,
	    .after = "rom.no-legacy",
	    .says = "The VBIOS has already run, and holds the address of the host's stolen memory: from QEMU 10.0 on "
		    "it writes that into the guest's graphics tables, which shows in a broken picture and DMA "
		    "faults.",
	    .fix = "Take the VBIOS from the firmware file, or write 0 there and put the byte sum right: igdctl rom "
		   "fix.",
	    .source = "QEMU hw/vfio/igd.c, commits 5aed8b0f0b and 256229e8f9 (the latter for ROMs read from the host "
		      "only)" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = saved_bdsm },
	{ { .id = "rom.shadow-copy",
	    .severity = SEV_NOTE,
	    .after = "rom.no-legacy",
	    .says = "This is a copy out of a running machine, not the VBIOS of the firmware file: the machine has "
		    "changed it.",
	    .fix = "Take the VBIOS from the firmware file.",
	    .source = "Linux drivers/pci/rom.c (the shadow at C0000h)" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = shadow_copy },
	{ { .id = "rom.chip-no-vbios",
	    .catalog = "F44",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-image",
	    .says = "Intel makes no VBIOS for this chip, so nothing in a ROM can help SeaBIOS to a picture.",
	    .fix = "Use OVMF and an option ROM with the chip's GOP driver.",
	    .source = "QEMU docs/igd-assign.txt" },
	  .ask = ROM_ASK_SEABIOS | ROM_ASK_DEVICE,
	  .test = chip_no_vbios },
	{ { .id = "rom.q35-vbios",
	    .catalog = "F75",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-legacy",
	    .says = "A VBIOS does not run on q35: the ids of the LPC bridge cannot be set there.",
	    .fix = "Use i440fx.",
	    .source = "QEMU docs/igd-assign.txt" },
	  .ask = ROM_ASK_SEABIOS,
	  .test = q35_vbios },

	{ { .id = "rom.too-small",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-image",
	    .says = "The ROM BAR comes out at 2 KiB, which OVMF takes for none.",
	    .fix = "Pad the file to 4 KiB: igdctl rom fix.",
	    .source = EDK2 ", GetOpRomInfo()" },
	  .ask = ROM_ASK_OVMF,
	  .test = too_small },
	{ { .id = "rom.unaligned-pcir",
	    .severity = SEV_BLOCK,
	    .after = "rom.truncated",
	    .says = "A PCIR does not lie at a multiple of 4: OVMF takes neither that image nor those behind it.",
	    .fix = "Make the ROM anew, with its PCIR aligned.",
	    .source = EDK2 ", LoadOpRomImage()" },
	  .ask = ROM_ASK_OVMF,
	  .test = unaligned },
	{ { .id = "rom.no-efi",
	    .catalog = "F44",
	    .severity = SEV_BLOCK,
	    .after = "rom.unaligned-pcir",
	    .says = "OVMF runs images of code type 3 only, and the ROM has none.",
	    .fix = "Use SeaBIOS, or an option ROM with UEFI drivers.",
	    .source = EDK2 ", ProcessOpRomImage()" },
	  .ask = ROM_ASK_OVMF,
	  .test = no_efi },
	{ { .id = "rom.efi-header",
	    .severity = SEV_BLOCK,
	    .after = "rom.no-efi",
	    .says = "No EFI image has a header that OVMF takes.",
	    .fix = "Make the ROM anew from the driver.",
	    .source = EDK2 ", LocalLoadFile2()" },
	  .ask = ROM_ASK_OVMF,
	  .test = efi_header },
	{ { .id = "rom.efi-not-for-machine",
	    .catalog = "F45",
	    .severity = SEV_BLOCK,
	    .after = "rom.efi-header",
	    .says = "No EFI image is made for x86-64, which the guest's firmware is.",
	    .fix = "Use the X64 driver; firmware of some boards has one for each.",
	    .source = EDK2 ", ProcessOpRomImage()" },
	  .ask = ROM_ASK_OVMF,
	  .test = efi_machine },
	{ { .id = "rom.efi-skipped",
	    .severity = SEV_WARN,
	    .after = "rom.efi-not-for-machine",
	    .says = "OVMF passes over an EFI image of the ROM, and runs others.",
	    .fix = "Make the ROM anew with drivers for X64.",
	    .source = EDK2 ", ProcessOpRomImage()" },
	  .ask = ROM_ASK_OVMF,
	  .test = efi_skipped },
	{ { .id = "rom.efi-payload",
	    .severity = SEV_BLOCK,
	    .after = "rom.efi-not-for-machine",
	    .says = "What an EFI image holds is no driver that could be loaded.",
	    .fix = "Make the ROM anew from the driver.",
	    .source = "UEFI Specification 2.10, 14.4.2" },
	  .ask = ROM_ASK_OVMF,
	  .test = efi_payload },
	{ { .id = "rom.efi-ids",
	    .severity = SEV_NOTE,
	    .after = "rom.efi-not-for-machine",
	    .says = "An EFI image names another device than the GPU; OVMF does not compare that, the driver decides.",
	    .source = EDK2 ", ProcessOpRomImage()" },
	  .ask = ROM_ASK_OVMF | ROM_ASK_DEVICE,
	  .test = efi_ids },
	{ { .id = "rom.no-gop",
	    .catalog = "F45",
	    .severity = SEV_NOTE,
	    .after = "rom.efi-payload",
	    .says = "No GOP driver is in the ROM: the screen stays dark until the guest's driver has loaded.",
	    .fix = "Add the GOP driver of the board's own firmware for a picture from the firmware on.",
	    .source = "QEMU docs/igd-assign.txt" },
	  .ask = ROM_ASK_OVMF,
	  .test = no_gop },
	{ { .id = "rom.gop-not-for-device",
	    .catalog = "F45",
	    .severity = SEV_WARN,
	    .after = "rom.efi-payload",
	    .says = "The GOP driver in the ROM does not know this GPU: no picture from the firmware.",
	    .fix = "Use the GOP driver of the board's own firmware.",
	    .source = "the driver's own table of PCI ids" },
	  .ask = ROM_ASK_OVMF | ROM_ASK_DEVICE,
	  .test = gop_not_for_device },
	{ { .id = "rom.q35-gop",
	    .catalog = "F58",
	    .severity = SEV_NOTE,
	    .after = "rom.efi-not-for-machine",
	    .says = "On q35 Intel's GOP driver may decline, because it looks at the LPC bridge's ids; the guest's "
		    "driver does not.",
	    .fix = "Use i440fx for a picture from the firmware on.",
	    .source = "QEMU docs/igd-assign.txt" },
	  .ask = ROM_ASK_OVMF,
	  .test = q35_gop },
	{ { .id = "rom.amd-needs-vbios",
	    .catalog = "F127",
	    .severity = SEV_WARN,
	    .after = "rom.no-efi",
	    .says = "AMD's GOP driver needs the chip's VBIOS, and this ROM has none.",
	    .fix = "Give the GPU the VBIOS of the host's VFCT table as its ROM; this one may go to its audio "
		   "function.",
	    .source = "ACPI table VFCT (Linux drivers/gpu/drm/amd/amdgpu/amdgpu_bios.c)" },
	  .ask = ROM_ASK_OVMF,
	  .test = amd_needs_vbios },
	{ { .id = NULL }, 0, NULL },
};
