// SPDX-License-Identifier: BSD-2-Clause
/*
 * witness_drivers.c - the half of Witness that looks at drivers: who manages a display, what the others answer when
 * they are asked, which images came from its ROM, and what can be drawn on.
 *
 * Asking is what a boot manager does for each device anyway (ConnectController() calls each Supported()), so nothing
 * is tried here that a driver does not expect.
 */
#include "bytes.h"
#include "device_path.h"
#include "driver_binding.h"
#include "graphics_output.h"
#include "loaded_image.h"
#include "log.h"
#include "witness.h"

#define BINDINGS_MAX 16
#define IMAGES_MAX   8
#define OUTPUTS_MAX  8
#define NODES_MAX    64 /* of a device path */
#define NODE_HEAD    4
#define LANGUAGE_MAX 15

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID binding_guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;
static const EFI_GUID name_guid = EFI_COMPONENT_NAME_PROTOCOL_GUID;
static const EFI_GUID name2_guid = EFI_COMPONENT_NAME2_PROTOCOL_GUID;
static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID output_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

/* The file of the owner's GOP in an injected OVMF (the program's igd_gop_guid). */
static const EFI_GUID injected_gop = {
	0x152d61eb, 0xd1f6, 0x4fd1, { 0x8c, 0x23, 0x6b, 0x07, 0x7c, 0x40, 0xb6, 0x0b }
};

/* ---- where an image came from ------------------------------------------------------------------------------- */

/* The node of that type in the device path at @p, with at least @size bytes; NULL. */
static const uint8_t *node_find(const struct witness *w, const uint8_t *p, uint8_t type, uint8_t subtype,
				uint32_t size)
{
	for (unsigned i = 0; i < NODES_MAX && witness_can_read(w, p, NODE_HEAD); i++) {
		uint32_t len = p[2] | (uint32_t)p[3] << 8;

		if (len < NODE_HEAD || p[0] == END_DEVICE_PATH_TYPE || !witness_can_read(w, p, len))
			return NULL;
		if (p[0] == type && p[1] == subtype && len >= size)
			return p;
		p += len;
	}
	return NULL;
}

static const EFI_LOADED_IMAGE_PROTOCOL *image_of(const struct witness *w, EFI_HANDLE handle)
{
	return witness_protocol(w, handle, &loaded_image_guid, sizeof(EFI_LOADED_IMAGE_PROTOCOL));
}

/* Where in an option ROM @image began and ended; false: it is from none, or there is no image. */
static bool image_in_rom(const struct witness *w, const EFI_LOADED_IMAGE_PROTOCOL *image, uint64_t ret[2])
{
	const uint8_t *node;

	if (!image)
		return false;
	node = node_find(w, image->FilePath, MEDIA_DEVICE_PATH, MEDIA_RELATIVE_OFFSET_RANGE_DP, 24);
	return node && bytes_le(node, 24, 8, 8, &ret[0]) && bytes_le(node, 24, 16, 8, &ret[1]);
}

struct origin {
	const char *from;
	EFI_GUID file; /* of "fv" */
	bool in_fv, in_own_rom;
};

static struct origin origin_of(const struct witness *w, EFI_HANDLE handle, const struct igd *d)
{
	const EFI_LOADED_IMAGE_PROTOCOL *image = image_of(w, handle);
	struct origin o = { .from = "other" };
	const uint8_t *node;
	uint64_t range[2];

	if (image_in_rom(w, image, range)) {
		o.in_own_rom = image->DeviceHandle == d->handle;
		o.from = o.in_own_rom ? "rom" : "rom-of-another";
	} else if (image && (node = node_find(w, image->FilePath, MEDIA_DEVICE_PATH, MEDIA_PIWG_FW_FILE_DP, 20))) {
		o.from = "fv";
		o.in_fv = true;
		w->bs->CopyMem(&o.file, node + NODE_HEAD, sizeof(o.file));
	}
	return o;
}

static bool is_injected_gop(const struct origin *o)
{
	const uint8_t *a = (const uint8_t *)&o->file, *b = (const uint8_t *)&injected_gop;

	for (unsigned i = 0; i < sizeof(o->file); i++)
		if (a[i] != b[i])
			return false;
	return o->in_fv;
}

/* ---- driver bindings ---------------------------------------------------------------------------------------- */

/* Add ` name="TEXT"` of the binding on @handle, in the first language that it has. */
static void add_name(const struct witness *w, EFI_HANDLE handle)
{
	EFI_COMPONENT_NAME2_PROTOCOL *name = witness_protocol(w, handle, &name2_guid, sizeof(*name));
	char language[LANGUAGE_MAX + 1] = { 0 };
	bool second = name != NULL;
	CHAR16 *text = NULL;

	if (!second)
		name = witness_protocol(w, handle, &name_guid, sizeof(*name));
	for (unsigned i = 0; name && i < (second ? LANGUAGE_MAX : 3u); i++) {
		const char *c = &name->SupportedLanguages[i];

		if (!witness_can_read(w, c, 1) || *c == 0 || *c == ';')
			break;
		language[i] = *c;
	}
	if (!name || !name->GetDriverName || EFI_ERROR(name->GetDriverName(name, language, &text)))
		text = NULL;
	witness_add_text16(w, "name", text);
	log_line("");
}

/* The rest of a line about the binding on @handle: from whom, its version, its file, its name. */
static void tell_binding(const struct witness *w, EFI_HANDLE handle, const struct igd *d)
{
	EFI_DRIVER_BINDING_PROTOCOL *b = witness_protocol(w, handle, &binding_guid, sizeof(*b));
	struct origin o = origin_of(w, b ? b->ImageHandle : handle, d);
	const EFI_GUID *g = &o.file;

	log_add(" from=%s version=%x file=", o.from, b ? (uint64_t)b->Version : 0);
	if (o.in_fv)
		log_add("%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", g->Data1, (uint32_t)g->Data2,
			(uint32_t)g->Data3, (uint32_t)g->Data4[0], (uint32_t)g->Data4[1], (uint32_t)g->Data4[2],
			(uint32_t)g->Data4[3], (uint32_t)g->Data4[4], (uint32_t)g->Data4[5], (uint32_t)g->Data4[6],
			(uint32_t)g->Data4[7]);
	else
		log_add("-");
	add_name(w, handle);
}

/* Who has the display's PciIo open as its driver; NULL. */
static EFI_HANDLE manager_of(const struct witness *w, const struct igd *d)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *entries = NULL;
	EFI_HANDLE agent = NULL;
	UINTN n = 0;

	if (EFI_ERROR(w->bs->OpenProtocolInformation(d->handle, &pci_io_guid, &entries, &n)) || !entries)
		return NULL;
	for (UINTN i = 0; i < n && !agent; i++)
		if (entries[i].Attributes & EFI_OPEN_PROTOCOL_BY_DRIVER)
			agent = entries[i].AgentHandle;
	w->bs->FreePool(entries);
	return agent;
}

static EFI_HANDLE tell_manager(const struct witness *w, const struct igd *d)
{
	EFI_HANDLE agent = manager_of(w, d);

	witness_begin("manager", d);
	if (agent)
		tell_binding(w, agent, d);
	else
		log_line(" none");
	return agent;
}

/* Is it worth a line? From the display's ROM, or injected for it: whatever it answers; else unless it says no. */
static bool is_of_interest(const struct witness *w, EFI_HANDLE image, const struct igd *d, EFI_STATUS status,
			   bool managed)
{
	struct origin o = origin_of(w, image, d);

	if (o.in_own_rom || is_injected_gop(&o))
		return true;
	return status != EFI_UNSUPPORTED &&
	       !(managed && (status == EFI_ACCESS_DENIED || status == EFI_ALREADY_STARTED));
}

static void tell_others(const struct witness *w, const struct igd *d, EFI_HANDLE manager)
{
	EFI_HANDLE *handles;
	UINTN n = witness_handles(w, &binding_guid, &handles);

	for (UINTN i = 0, told = 0; i < n && told < BINDINGS_MAX; i++) {
		EFI_DRIVER_BINDING_PROTOCOL *b = witness_protocol(w, handles[i], &binding_guid, sizeof(*b));
		EFI_STATUS status;

		if (handles[i] == manager || !b || !b->Supported)
			continue;
		status = b->Supported(b, d->handle, NULL);
		if (!is_of_interest(w, b->ImageHandle, d, status, manager != NULL))
			continue;
		witness_begin("binding", d);
		log_add(" status=%x", status);
		tell_binding(w, handles[i], d);
		told++;
	}
	if (n)
		w->bs->FreePool(handles);
}

/* ---- images ------------------------------------------------------------------------------------------------- */

static bool image_of_display(const struct witness *w, EFI_HANDLE handle, const struct igd *d, uint64_t ret[2])
{
	const EFI_LOADED_IMAGE_PROTOCOL *image = image_of(w, handle);

	return image_in_rom(w, image, ret) && image->DeviceHandle == d->handle;
}

static void tell_images(const struct witness *w, const struct igd *d)
{
	EFI_HANDLE *handles;
	UINTN n = witness_handles(w, &loaded_image_guid, &handles);
	uint32_t images = 0, told = 0;
	uint64_t range[2];

	for (UINTN i = 0; i < n; i++)
		images += image_of_display(w, handles[i], d, range);
	witness_begin("images", d);
	log_line(" n=%u", images);
	for (UINTN i = 0; i < n && told < IMAGES_MAX; i++) {
		if (!image_of_display(w, handles[i], d, range))
			continue;
		witness_begin("image", d);
		log_line(" rom=%x-%x", range[0], range[1]);
		told++;
	}
	if (n)
		w->bs->FreePool(handles);
}

void witness_tell_drivers(struct witness *w, const struct igd *d)
{
	EFI_HANDLE manager = tell_manager(w, d);
	EFI_STATUS status;

	tell_others(w, d, manager);
	if (!manager) {
		status = w->bs->ConnectController(d->handle, NULL, NULL, true);
		witness_look(w);
		witness_begin("connect", d);
		log_line(" status=%x", status);
		tell_manager(w, d);
	}
	tell_images(w, d);
}

/* ---- graphics outputs --------------------------------------------------------------------------------------- */

/* "gop 00:02.0", or "gop -" of one that belongs to no PCI device. */
static void begin_output(const struct witness *w, EFI_HANDLE handle)
{
	EFI_DEVICE_PATH_PROTOCOL *path = witness_protocol(w, handle, &device_path_guid, NODE_HEAD);
	UINTN segment, bus, device, function;
	EFI_PCI_IO_PROTOCOL *pci = NULL;
	EFI_HANDLE parent;

	if (path && !EFI_ERROR(w->bs->LocateDevicePath(&pci_io_guid, &path, &parent)))
		pci = witness_protocol(w, parent, &pci_io_guid, sizeof(*pci));
	if (pci && !EFI_ERROR(pci->GetLocation(pci, &segment, &bus, &device, &function)))
		log_add("gop %02x:%02x.%u", (uint32_t)bus, (uint32_t)device, (uint32_t)function);
	else
		log_add("gop -");
}

static const char *format_name(EFI_GRAPHICS_PIXEL_FORMAT format)
{
	return format == PixelRedGreenBlueReserved8BitPerColor	 ? "rgb"
	       : format == PixelBlueGreenRedReserved8BitPerColor ? "bgr"
	       : format == PixelBitMask				 ? "mask"
	       : format == PixelBltOnly				 ? "blt"
								 : "other";
}

static void tell_output(const struct witness *w, EFI_HANDLE handle)
{
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop = witness_protocol(w, handle, &output_guid, sizeof(*gop));
	const EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *m;
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info;

	begin_output(w, handle);
	m = gop && witness_can_read(w, gop->Mode, sizeof(*m)) ? gop->Mode : NULL;
	if (!m) {
		log_line(" modes=- mode=- size=- stride=- format=- frame=-");
		return;
	}
	log_add(" modes=%u mode=%u", m->MaxMode, m->Mode);
	info = witness_can_read(w, m->Info, sizeof(*info)) ? m->Info : NULL;
	if (info)
		log_add(" size=%ux%u stride=%u format=%s", info->HorizontalResolution, info->VerticalResolution,
			info->PixelsPerScanLine, format_name(info->PixelFormat));
	else
		log_add(" size=- stride=- format=-");
	log_line(" frame=%x+%x", m->FrameBufferBase, m->FrameBufferSize);
}

void witness_tell_outputs(const struct witness *w)
{
	EFI_HANDLE *handles;
	UINTN n = witness_handles(w, &output_guid, &handles);

	for (UINTN i = 0; i < n && i < OUTPUTS_MAX; i++)
		tell_output(w, handles[i]);
	if (n)
		w->bs->FreePool(handles);
}
