// SPDX-License-Identifier: BSD-2-Clause
/*
 * witness.c - the driver Witness: says on port 0x402 what the firmware has become by the time it would start a
 * system. igdctl rehearse puts it into the option ROM of a device of its own; it goes into nobody's firmware.
 *
 * It is written for a firmware in which things went wrong: an ASLS that points nowhere, a table cut short, a driver
 * that installed half a protocol. So nothing is read but where the memory map has RAM, what is listed is listed up to
 * a limit, and it says what it found rather than what it thinks of it; whoever reads the lines judges.
 */
#include "witness.h"

#include "bytes.h"
#include "gop_policy.h"
#include "log.h"
#include "mark.h"
#include "opregion.h"
#include "vbt.h"

#define NAME	     "Witness"
#define MIB	     UINT64_C(0x100000)
#define STALL_US     300000 /* how long the screen stays as it is when all was said */
#define DISPLAYS_MAX 4
#define RANGES_MAX   8
#define POLICIES_MAX 4

#define BDSM_LOCK UINT64_C(1) /* bit 0 of it: of no meaning for the address */

static const char mark[] __attribute__((used)) = DRIVER_MARK(NAME);

static const EFI_GUID ready_to_boot = EFI_EVENT_GROUP_READY_TO_BOOT;
static const EFI_GUID global_variable = EFI_GLOBAL_VARIABLE;
static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID policy_guid = GOP_POLICY_PROTOCOL_GUID;

/* ---- for both halves ---------------------------------------------------------------------------------------- */

void witness_look(struct witness *w)
{
	memory_map_free(w->bs, &w->map);
	memory_map_read(w->bs, &w->map);
}

bool witness_can_read(const struct witness *w, const void *p, uint64_t size)
{
	return p && memory_is_ram(&w->map, (uintptr_t)p, size);
}

void *witness_protocol(const struct witness *w, EFI_HANDLE handle, const EFI_GUID *guid, uint64_t size)
{
	void *interface;

	if (!handle || EFI_ERROR(w->bs->HandleProtocol(handle, guid, &interface)) ||
	    !witness_can_read(w, interface, size))
		return NULL;
	return interface;
}

UINTN witness_handles(const struct witness *w, const EFI_GUID *guid, EFI_HANDLE **ret)
{
	UINTN n;

	return EFI_ERROR(w->bs->LocateHandleBuffer(ByProtocol, guid, NULL, &n, ret)) ? 0 : n;
}

void witness_begin(const char *word, const struct igd *d)
{
	log_add("%s %02x:%02x.%u", word, (uint32_t)d->bus, (uint32_t)d->device, (uint32_t)d->function);
}

/* ` KEY="text"`, cleaned: the @n characters at @text, which is changed. */
static void add_clean(const char *key, char text[WITNESS_TEXT_MAX + 1], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"')
			text[i] = '.';
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = 0;
	log_add(" %s=\"%s\"", key, text);
}

void witness_add_text(const char *key, const uint8_t *p, uint64_t n)
{
	char text[WITNESS_TEXT_MAX + 1];
	unsigned i = 0;

	for (; i < n && i < WITNESS_TEXT_MAX && p[i]; i++)
		text[i] = (char)p[i];
	add_clean(key, text, i);
}

void witness_add_text16(const struct witness *w, const char *key, const CHAR16 *s)
{
	char text[WITNESS_TEXT_MAX + 1];
	unsigned i = 0;

	if (!witness_can_read(w, s, sizeof(*s))) {
		log_add(" %s=-", key);
		return;
	}
	for (; i < WITNESS_TEXT_MAX && witness_can_read(w, &s[i], sizeof(*s)) && s[i]; i++)
		text[i] = s[i] > '~' ? '.' : (char)s[i];
	add_clean(key, text, i);
}

/* ---- firmware and devices ----------------------------------------------------------------------------------- */

static const char *variable(EFI_RUNTIME_SERVICES *rt, const CHAR16 *name)
{
	UINTN size = 1;
	uint8_t value = 0;

	if (!rt || EFI_ERROR(rt->GetVariable(name, &global_variable, NULL, &size, &value)) || size != 1 || value > 1)
		return "unknown";
	return value ? "on" : "off";
}

static void tell_firmware(const struct witness *w, const EFI_SYSTEM_TABLE *table)
{
	log_add("firmware");
	witness_add_text16(w, "vendor", table->FirmwareVendor);
	log_line(" revision=%x secure-boot=%s setup-mode=%s", (uint64_t)table->FirmwareRevision,
		 variable(table->RuntimeServices, u"SecureBoot"), variable(table->RuntimeServices, u"SetupMode"));
}

static bool config_read(const struct igd *d, uint32_t at, EFI_PCI_IO_PROTOCOL_WIDTH width, void *ret)
{
	return !EFI_ERROR(d->pci->Pci.Read(d->pci, width, at, 1, ret));
}

static void tell_pci(const struct igd *d)
{
	uint32_t id = UINT32_MAX, class = UINT32_MAX;
	uint16_t command = UINT16_MAX;

	config_read(d, 0x00, EfiPciIoWidthUint32, &id);
	config_read(d, 0x04, EfiPciIoWidthUint16, &command);
	config_read(d, 0x08, EfiPciIoWidthUint32, &class);
	witness_begin("pci", d);
	log_line(" id=%04x:%04x class=%06x command=%x rom=%u", id & 0xffff, id >> 16, class >> 8, (uint64_t)command,
		 (uint32_t)d->pci->RomSize);
}

/* Is it 00:1f.0, where Intel's graphics drivers look for their chipset? Then @ret has its place. */
static bool is_lpc(const struct witness *w, EFI_HANDLE handle, struct igd *ret)
{
	UINTN segment, bus, device, function;

	ret->pci = witness_protocol(w, handle, &pci_io_guid, sizeof(*ret->pci));
	if (!ret->pci || EFI_ERROR(ret->pci->GetLocation(ret->pci, &segment, &bus, &device, &function)))
		return false;
	ret->bus = ret->function = 0;
	ret->device = 0x1f;
	return segment == 0 && bus == 0 && device == 0x1f && function == 0;
}

/* ---- the OpRegion ------------------------------------------------------------------------------------------- */

/* What there is for a VBT: @n bytes at @at. */
static void tell_vbt(const struct witness *w, const struct igd *d, const char *place, uint64_t at, uint64_t n)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)at;
	const char *why = "no such memory";
	uint8_t sum = 0;
	uint32_t size;

	witness_begin("vbt", d);
	log_add(" place=%s at=%x memory=%s", place, at, memory_type_name(memory_range_of(&w->map, at).type));
	if (!witness_can_read(w, p, n) || !vbt_is(p, n, &size, &why)) {
		log_line(" none why=\"%s\"", why);
		return;
	}
	for (uint32_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + p[i]);
	log_add(" bytes=%u sum=%x", size, (uint64_t)sum);
	witness_add_text("name", p, 20);
	log_line("");
}

static void tell_rvda(const struct witness *w, const struct igd *d, uint64_t opregion)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)opregion;
	uint64_t at, size;
	enum opregion_rvda kind = opregion_rvda(bytes, OPREGION_SIZE, &at, &size);

	if (kind == RVDA_NONE)
		return;
	if (kind == RVDA_BEHIND) {
		tell_vbt(w, d, "rvda", at <= UINT32_MAX ? opregion + at : UINT64_MAX, size);
		return;
	}
	witness_begin("vbt", d);
	log_line(" place=rvda at=%x memory=%s none why=\"%s\"", at,
		 memory_type_name(memory_range_of(&w->map, at).type),
		 kind == RVDA_ABSOLUTE ? "an address of the host" : "it leads into the OpRegion");
}

/* The descriptor @r holds ASLS. What is read is read first: to see whether a page is free it is taken and given back.
 */
static void tell_opregion_at(const struct witness *w, const struct igd *d, uint64_t asls,
			     const struct memory_range *r)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)asls;
	bool readable = witness_can_read(w, bytes, OPREGION_SIZE), owned;
	uint64_t at, size, kib = 0;

	if (readable) {
		witness_add_text("head", bytes, 16);
		bytes_le(bytes, OPREGION_SIZE, 0x10, 4, &kib);
		log_add(" size=%u version=%u.%u", (uint32_t)(kib * 1024), (uint32_t)(opregion_version(bytes) >> 8),
			(uint32_t)(opregion_version(bytes) & 0xff));
	} else {
		log_add(" head=- size=- version=-");
	}
	readable = readable && opregion_is(bytes, OPREGION_SIZE);
	owned = r->ram && r->type != EfiConventionalMemory && /* which nobody can have been given */
		memory_is(w->bs, (EFI_MEMORY_TYPE)r->type, asls, OPREGION_SIZE);
	log_line(" owned=%s", owned ? "yes" : "no");
	if (!readable)
		return;
	tell_rvda(w, d, asls);
	if (opregion_vbt(bytes, OPREGION_SIZE, &at, &size))
		tell_vbt(w, d, "mailbox-4", asls + at, size);
}

static void tell_opregion(const struct witness *w, const struct igd *d)
{
	struct memory_range r;
	uint32_t asls = 0;

	witness_begin("opregion", d);
	if (!config_read(d, IGD_ASLS, EfiPciIoWidthUint32, &asls) || asls == 0 || asls == UINT32_MAX) {
		log_line(" none");
		return;
	}
	r = memory_range_of(&w->map, asls);
	log_add(" at=%x memory=%s extent=%x+%x", (uint64_t)asls, memory_type_name(r.type), r.at, r.size);
	tell_opregion_at(w, d, asls, &r);
}

/* ---- registers and stolen memory ---------------------------------------------------------------------------- */

struct registers {
	uint64_t bdsm; /* of this generation's width; 0: none */
	uint64_t stolen;
};

/* ` KEY=0x...`, of one or two registers of 32 bits; 0 where they do not answer. */
static uint64_t add_register(const struct igd *d, const char *key, uint32_t at, unsigned words)
{
	uint32_t half[2] = { 0, 0 };

	for (unsigned i = 0; i < words; i++) {
		if (config_read(d, at + 4 * i, EfiPciIoWidthUint32, &half[i]))
			continue;
		log_add(" %s=-", key);
		return 0;
	}
	log_add(" %s=%x", key, (uint64_t)half[1] << 32 | half[0]);
	return (uint64_t)half[1] << 32 | half[0];
}

static struct registers tell_registers(const struct igd *d)
{
	uint64_t bdsm32, bdsm64;
	struct registers r;
	uint16_t ggc = 0;

	witness_begin("igd", d);
	log_add(" kind=%s register=%s",
		!d->known     ? "unknown"
		: d->discrete ? "discrete"
			      : "integrated",
		d->bdsm == BDSM_AT_5C	? "5c"
		: d->bdsm == BDSM_AT_C0 ? "c0"
					: "none");
	if (config_read(d, IGD_GGC, EfiPciIoWidthUint16, &ggc))
		log_add(" ggc=%x", (uint64_t)ggc);
	else
		log_add(" ggc=-");
	bdsm32 = add_register(d, "bdsm", IGD_BDSM32, 1);
	bdsm64 = add_register(d, "bdsm64", IGD_BDSM64, 2);
	add_register(d, "asls", IGD_ASLS, 1);
	r.bdsm = d->bdsm == BDSM_AT_5C ? bdsm32 : d->bdsm == BDSM_AT_C0 ? bdsm64 : 0;
	r.stolen = d->bdsm == BDSM_NONE ? 0 : igd_stolen_size(d->ggc, ggc);
	log_line(" stolen=%x", r.stolen);
	return r;
}

/* The first descriptor's type, if all [@at, @end) is of it, else "mixed". */
static const char *type_of_all(const struct witness *w, uint64_t at, uint64_t end)
{
	uint32_t type = memory_range_of(&w->map, at).type;

	while (at < end) {
		struct memory_range r = memory_range_of(&w->map, at);

		if (r.type != type)
			return "mixed";
		at = r.size > end - r.at ? end : r.at + r.size;
	}
	return memory_type_name(type);
}

static void tell_ranges(const struct witness *w, const struct igd *d, uint64_t at, uint64_t end)
{
	for (unsigned i = 0; at < end && i < RANGES_MAX; i++) {
		struct memory_range r = memory_range_of(&w->map, at);
		uint64_t next = r.size > end - r.at ? end : r.at + r.size;

		witness_begin("stolen-range", d);
		log_line(" memory=%s at=%x+%x", memory_type_name(r.type), at, next - at);
		at = next;
	}
}

static void tell_stolen(const struct witness *w, const struct igd *d, const struct registers *r)
{
	uint64_t at = r->bdsm & ~(MIB - 1), end = at + r->stolen;

	witness_begin("stolen", d);
	if (at == 0 || end <= at) { /* none by GGC, or it wraps */
		log_line(" none");
		return;
	}
	log_line(" at=%x bytes=%x aligned=%s memory=%s owned=%s ram=%s", at, r->stolen,
		 (r->bdsm & (MIB - 1) & ~BDSM_LOCK) == 0 ? "yes" : "no", type_of_all(w, at, end),
		 memory_is(w->bs, EfiReservedMemoryType, at, r->stolen) ? "yes" : "no",
		 memory_is_ram(&w->map, at, r->stolen) ? "yes" : "no");
	tell_ranges(w, d, at, end);
}

/* ---- GOP policies ------------------------------------------------------------------------------------------- */

static void tell_policy(struct witness *w, EFI_HANDLE handle, uint32_t number)
{
	GOP_POLICY_PROTOCOL *policy = witness_protocol(w, handle, &policy_guid, sizeof(*policy));
	EFI_PHYSICAL_ADDRESS at = 0;
	EFI_STATUS status = EFI_UNSUPPORTED;
	uint32_t size = 0;
	const uint8_t *p;
	uint8_t sum = 0;

	if (policy && policy->GetVbtData)
		status = policy->GetVbtData(&at, &size);
	witness_look(w);
	log_add("policy n=%u revision=%x status=%x", number, policy ? (uint64_t)policy->Revision : 0, status);
	if (EFI_ERROR(status)) {
		log_line(" at=- memory=- bytes=- sum=- name=-");
		return;
	}
	log_add(" at=%x memory=%s bytes=%u", at, memory_type_name(memory_range_of(&w->map, at).type), size);
	p = (const uint8_t *)(uintptr_t)at;
	if (!witness_can_read(w, p, size)) {
		log_line(" sum=- name=-");
		return;
	}
	for (uint32_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + p[i]);
	log_add(" sum=%x", (uint64_t)sum);
	witness_add_text("name", p, size < 20 ? size : 20);
	log_line("");
}

static void tell_policies(struct witness *w)
{
	EFI_HANDLE *handles;
	UINTN n = witness_handles(w, &policy_guid, &handles);

	log_line("policies n=%u", (uint32_t)n);
	for (UINTN i = 0; i < n && i < POLICIES_MAX; i++)
		tell_policy(w, handles[i], (uint32_t)i + 1);
	if (n)
		w->bs->FreePool(handles);
}

/* ---- the report --------------------------------------------------------------------------------------------- */

static void tell_display(struct witness *w, const struct igd *d)
{
	struct registers r;

	witness_look(w);
	r = tell_registers(d);
	tell_opregion(w, d);
	tell_stolen(w, d, &r);
	witness_tell_drivers(w, d);
}

static void tell_devices(struct witness *w)
{
	EFI_HANDLE *handles;
	UINTN n = witness_handles(w, &pci_io_guid, &handles);
	uint32_t displays = 0, told = 0;
	struct igd d;

	for (UINTN i = 0; i < n; i++)
		displays += igd_is(w->bs, handles[i], &d);
	log_line("displays n=%u", displays);
	for (UINTN i = 0; i < n; i++)
		if (igd_is(w->bs, handles[i], &d) || is_lpc(w, handles[i], &d))
			tell_pci(&d);
	for (UINTN i = 0; i < n && told < DISPLAYS_MAX; i++) {
		if (!igd_is(w->bs, handles[i], &d))
			continue;
		tell_display(w, &d);
		told++;
	}
	if (n)
		w->bs->FreePool(handles);
}

static void on_ready(EFI_EVENT event, void *context)
{
	EFI_SYSTEM_TABLE *table = context;
	struct witness w = { .bs = table->BootServices };

	w.bs->CloseEvent(event); /* the first is enough */
	witness_look(&w);
	tell_firmware(&w, table);
	tell_devices(&w);
	tell_policies(&w);
	witness_look(&w);
	witness_tell_outputs(&w);
	memory_map_free(w.bs, &w.map);
	log_line("ready");
	w.bs->Stall(STALL_US);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_EVENT event;

	if (!image || !table)
		return EFI_INVALID_PARAMETER;
	log_open(NAME);
	log_line("started, version %s", DRIVER_VERSION(mark, NAME));
	return table->BootServices->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_ready, table, &ready_to_boot,
						  &event);
}
