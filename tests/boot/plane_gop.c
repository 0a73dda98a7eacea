/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plane_gop.c - a GOP driver for the emulated IGD, so that a firmware can draw on it where no driver of Intel's may
 * be had. It lights a plane and nothing else: no clock, no port, no monitor is looked at, so on a real GPU the screen
 * would stay dark.
 *
 * It does what a GOP on such a display does as far as the guest's side goes: it binds to the device, asks the GOP
 * policy for the VBT, maps its frame buffer in stolen memory through the GTT, programs the first plane, and installs
 * a graphics output on a child. Without stolen memory it declines. One display at a time.
 *
 *   test-gop: started
 *   test-gop: 00:02.0 declined, BDSM is 0                     or GGC asks for less than a screen
 *   test-gop: 00:02.0 VBT of 4608 bytes at 0x7ee00000         or: no GOP policy; no VBT, status 0x800000000000000e
 *   test-gop: 00:02.0 GTT of 1000 pages from 0x77b00000
 *   test-gop: 00:02.0 mode 1280x800
 *   test-gop: 00:02.0 output, status 0x0
 *   test-gop: 00:02.0 stopped
 *
 * Registers: Intel Programmer's Reference Manuals, Haswell and Skylake volumes "Display", "Command Reference:
 * Registers" (PLANE_CTL, DSPCNTR ...); Linux drivers/gpu/drm/i915/display/i9xx_plane.c, skl_universal_plane.c; PTEs:
 * drivers/gpu/drm/i915/gt/intel_ggtt.c.
 */
#include "device_path.h"
#include "driver_binding.h"
#include "gop_policy.h"
#include "graphics_output.h"
#include "igd.h"
#include "say.h"

#define MIB UINT64_C(0x100000)

#define GTT_GEN8 (8 * MIB) /* in BAR 0, entries of 64 bits */
#define GTT_GEN6 (2 * MIB) /* of 32 */
#define PTE_ON	 1u

#define PIPE_SRC     0x6001c /* width in the upper half, each less 1 */
#define PLANE_CTL    0x70180
#define PLANE_STRIDE 0x70188
#define PLANE_POS    0x7018c
#define PLANE_SIZE   0x70190 /* height in the upper half */
#define PLANE_SURF   0x7019c /* what was written before takes effect with this */
#define PLANE_OFFSET 0x701a4

#define PLANE_ON	  (1u << 31)
#define PLANE_XRGB	  (4u << 24) /* from generation 9 on */
#define DSP_BGRX	  (6u << 26) /* before */
#define PLANE_STRIDE_UNIT 64	     /* bytes; before, bytes are told */

#define PATH_MAX 256 /* bytes of the display's device path */

static const char note[] = "igdctl test GOP: for the emulated IGD only";

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID policy_guid = GOP_POLICY_PROTOCOL_GUID;
static const EFI_GUID binding_guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;
static const EFI_GUID name2_guid = EFI_COMPONENT_NAME2_PROTOCOL_GUID;
static const EFI_GUID output_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

static const struct size {
	uint32_t width, height;
} sizes[] = { { 1280, 800 }, { 1024, 768 } };
#define MODES	  (sizeof(sizes) / sizeof(sizes[0]))
#define FRAME_MAX (UINT64_C(1280) * 800 * 4)

static EFI_BOOT_SERVICES *bs;
static bool has_declined; /* said once: Supported() is called often */

static struct { /* the one display */
	struct igd igd;
	bool started;
	EFI_HANDLE child;
	uint64_t stolen;
	EFI_GRAPHICS_OUTPUT_BLT_PIXEL *frame;
	uint8_t path[PATH_MAX + 12];
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info;
	EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
	EFI_GRAPHICS_OUTPUT_PROTOCOL output;
} the;

static void say_place(const struct igd *d)
{
	say("test-gop: ");
	say_number(d->bus, 16, 2);
	say(":");
	say_number(d->device, 16, 2);
	say(".");
	say_number(d->function, 16, 1);
}

/* ---- the device --------------------------------------------------------------------------------------------- */

static bool has_planes_of_gen9(void)
{
	return the.igd.ggc == GGC_GEN9;
}

static void write32(uint64_t at, uint32_t value)
{
	the.igd.pci->Mem.Write(the.igd.pci, EfiPciIoWidthUint32, 0, at, 1, &value);
}

/* Where stolen memory begins; 0: nobody has said. */
static uint64_t stolen_of(const struct igd *d)
{
	uint32_t low = 0, high = 0;

	if (d->bdsm == BDSM_AT_C0) {
		d->pci->Pci.Read(d->pci, EfiPciIoWidthUint32, IGD_BDSM64, 1, &low);
		d->pci->Pci.Read(d->pci, EfiPciIoWidthUint32, IGD_BDSM64 + 4, 1, &high);
	} else if (d->bdsm == BDSM_AT_5C) {
		d->pci->Pci.Read(d->pci, EfiPciIoWidthUint32, IGD_BDSM32, 1, &low);
	}
	return ((uint64_t)high << 32 | low) & ~(MIB - 1);
}

static bool has_room(const struct igd *d)
{
	uint16_t ggc = 0;

	d->pci->Pci.Read(d->pci, EfiPciIoWidthUint16, IGD_GGC, 1, &ggc);
	return igd_stolen_size(d->ggc, ggc) >= FRAME_MAX;
}

/* The frame buffer is the beginning of stolen memory, and of what the GTT maps. */
static void gtt_fill(void)
{
	uint64_t pages = (FRAME_MAX + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;

	for (uint64_t i = 0; i < pages; i++) {
		uint64_t pte = (the.stolen + i * EFI_PAGE_SIZE) | PTE_ON;

		if (the.igd.ggc == GGC_GEN6)
			write32(GTT_GEN6 + i * 4, (uint32_t)pte);
		else
			the.igd.pci->Mem.Write(the.igd.pci, EfiPciIoWidthUint64, 0, GTT_GEN8 + i * 8, 1, &pte);
	}
	say_place(&the.igd);
	say(" GTT of ");
	say_number(pages, 10, 1);
	say(" pages from ");
	say_hex(the.stolen);
	say("\n");
}

static void plane_on(struct size s)
{
	write32(PIPE_SRC, (s.width - 1) << 16 | (s.height - 1));
	if (has_planes_of_gen9()) {
		write32(PLANE_STRIDE, s.width * 4 / PLANE_STRIDE_UNIT);
		write32(PLANE_POS, 0);
		write32(PLANE_SIZE, (s.height - 1) << 16 | (s.width - 1));
		write32(PLANE_OFFSET, 0);
		write32(PLANE_CTL, PLANE_ON | PLANE_XRGB);
	} else {
		write32(PLANE_STRIDE, s.width * 4);
		write32(PLANE_OFFSET, 0);
		write32(PLANE_CTL, PLANE_ON | DSP_BGRX);
	}
	write32(PLANE_SURF, 0);
}

static void plane_off(void)
{
	write32(PLANE_CTL, 0);
	write32(PLANE_SURF, 0);
}

/* ---- graphics output ---------------------------------------------------------------------------------------- */

static void info_of(struct size s, EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *ret)
{
	bs->SetMem(ret, sizeof(*ret), 0);
	ret->HorizontalResolution = ret->PixelsPerScanLine = s.width;
	ret->VerticalResolution = s.height;
	ret->PixelFormat = PixelBlueGreenRedReserved8BitPerColor;
}

static EFI_STATUS query_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, uint32_t number, UINTN *size,
			     EFI_GRAPHICS_OUTPUT_MODE_INFORMATION **ret)
{
	void *info;

	if (!this || !size || !ret || number >= MODES)
		return EFI_INVALID_PARAMETER;
	if (EFI_ERROR(bs->AllocatePool(EfiBootServicesData, sizeof(**ret), &info)))
		return EFI_OUT_OF_RESOURCES;
	info_of(sizes[number], info);
	*size = sizeof(**ret);
	*ret = info;
	return EFI_SUCCESS;
}

static EFI_STATUS set_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, uint32_t number)
{
	if (!this || number >= MODES)
		return EFI_UNSUPPORTED;
	info_of(sizes[number], &the.info);
	the.mode.Mode = number;
	the.mode.FrameBufferSize = (UINTN)sizes[number].width * sizes[number].height * 4;
	bs->SetMem(the.frame, the.mode.FrameBufferSize, 0);
	plane_on(sizes[number]);
	say_place(&the.igd);
	say(" mode ");
	say_number(sizes[number].width, 10, 1);
	say("x");
	say_number(sizes[number].height, 10, 1);
	say("\n");
	return EFI_SUCCESS;
}

/* Are @n from @at on within @all? */
static bool within(UINTN at, UINTN n, UINTN all)
{
	return at <= all && n <= all - at;
}

/* One row of each operation; rows of a move that goes down are done from below. */
static void blt_row(EFI_GRAPHICS_OUTPUT_BLT_OPERATION op, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *buffer,
		    EFI_GRAPHICS_OUTPUT_BLT_PIXEL *to, const EFI_GRAPHICS_OUTPUT_BLT_PIXEL *from, UINTN width)
{
	if (op != EfiBltVideoFill) {
		bs->CopyMem(to, from, width * sizeof(*to)); /* may overlap: UEFI Specification 2.10, 7.5.3 */
		return;
	}
	for (UINTN x = 0; x < width; x++)
		to[x] = *buffer;
}

static EFI_STATUS blt(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *buffer,
		      EFI_GRAPHICS_OUTPUT_BLT_OPERATION op, UINTN from_x, UINTN from_y, UINTN to_x, UINTN to_y,
		      UINTN width, UINTN height, UINTN delta)
{
	bool reads = op == EfiBltVideoToBltBuffer || op == EfiBltVideoToVideo, writes = op != EfiBltVideoToBltBuffer;
	UINTN all_x = the.info.HorizontalResolution, all_y = the.info.VerticalResolution;
	UINTN row = delta ? delta / sizeof(*buffer) : width;
	bool up = op == EfiBltVideoToVideo && to_y > from_y;

	if (!this || (unsigned)op > EfiBltVideoToVideo || width == 0 || height == 0 ||
	    (op != EfiBltVideoToVideo && !buffer) ||
	    (reads && (!within(from_x, width, all_x) || !within(from_y, height, all_y))) ||
	    (writes && (!within(to_x, width, all_x) || !within(to_y, height, all_y))))
		return EFI_INVALID_PARAMETER;
	for (UINTN i = 0; i < height; i++) {
		UINTN y = up ? height - 1 - i : i;
		EFI_GRAPHICS_OUTPUT_BLT_PIXEL *to = &the.frame[(to_y + y) * all_x + to_x];
		const EFI_GRAPHICS_OUTPUT_BLT_PIXEL *from = &the.frame[(from_y + y) * all_x + from_x];

		if (op == EfiBltVideoToBltBuffer)
			to = &buffer[(to_y + y) * row + to_x];
		else if (op == EfiBltBufferToVideo)
			from = &buffer[(from_y + y) * row + from_x];
		blt_row(op, buffer, to, from, width);
	}
	return EFI_SUCCESS;
}

/* ---- the child ---------------------------------------------------------------------------------------------- */

/* The display's path, and a node "the first display of digital outputs" (ACPI 6.5, B.4.2, _DOD; as Intel's GOP has).
 */
static bool path_make(EFI_HANDLE display)
{
	static const uint8_t tail[] = {
		ACPI_DEVICE_PATH,
		ACPI_ADR_DP,
		8,
		0,
		0x00,
		0x03,
		0x01,
		0x80,
		END_DEVICE_PATH_TYPE,
		END_ENTIRE_DEVICE_PATH_SUBTYPE,
		4,
		0,
	};
	const uint8_t *p;
	uint32_t n = 0, len;
	void *path;

	if (EFI_ERROR(bs->HandleProtocol(display, &device_path_guid, &path)))
		return false;
	for (p = path; p[n] != END_DEVICE_PATH_TYPE; n += len) {
		len = p[n + 2] | (uint32_t)p[n + 3] << 8;
		if (len < 4 || len > PATH_MAX - n)
			return false;
	}
	bs->CopyMem(the.path, p, n);
	bs->CopyMem(the.path + n, tail, sizeof(tail));
	return true;
}

static EFI_STATUS child_install(EFI_DRIVER_BINDING_PROTOCOL *this)
{
	EFI_STATUS status;
	void *pci;

	the.child = NULL;
	status = bs->InstallProtocolInterface(&the.child, &device_path_guid, EFI_NATIVE_INTERFACE, the.path);
	if (!EFI_ERROR(status))
		status = bs->InstallProtocolInterface(&the.child, &output_guid, EFI_NATIVE_INTERFACE, &the.output);
	if (!EFI_ERROR(status))
		status = bs->OpenProtocol(the.igd.handle, &pci_io_guid, &pci, this->DriverBindingHandle, the.child,
					  EFI_OPEN_PROTOCOL_BY_CHILD_CONTROLLER);
	say_place(&the.igd);
	say(" output, status ");
	say_hex(status);
	say("\n");
	return status;
}

/* As Intel's ask, before anything is lit. Nothing here needs it. */
static void vbt_ask(void)
{
	GOP_POLICY_PROTOCOL *policy;
	EFI_PHYSICAL_ADDRESS at = 0;
	EFI_STATUS status;
	uint32_t size = 0;
	void *interface;

	if (EFI_ERROR(bs->LocateProtocol(&policy_guid, NULL, &interface))) {
		say_place(&the.igd);
		say(" no GOP policy\n");
		return;
	}
	policy = interface;
	status = policy->GetVbtData(&at, &size); /* which may have lines of its own to say */
	say_place(&the.igd);
	if (EFI_ERROR(status)) {
		say(" no VBT, status ");
		say_hex(status);
	} else {
		say(" VBT of ");
		say_number(size, 10, 1);
		say(" bytes at ");
		say_hex(at);
	}
	say("\n");
}

/* ---- driver binding ----------------------------------------------------------------------------------------- */

static EFI_STATUS open(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle)
{
	void *pci;

	return bs->OpenProtocol(handle, &pci_io_guid, &pci, this->DriverBindingHandle, handle,
				EFI_OPEN_PROTOCOL_BY_DRIVER);
}

static void decline(const struct igd *d, const char *why)
{
	if (has_declined)
		return;
	has_declined = true;
	say_place(d);
	say(" declined, ");
	say(why);
	say("\n");
}

static EFI_STATUS supported(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
			    __attribute__((unused)) EFI_DEVICE_PATH_PROTOCOL *rest)
{
	EFI_STATUS status = open(this, handle);
	struct igd d;

	if (EFI_ERROR(status))
		return status;
	if (the.started || !igd_is(bs, handle, &d) || d.bdsm == BDSM_NONE) {
		status = EFI_UNSUPPORTED;
	} else if (stolen_of(&d) == 0) {
		decline(&d, "BDSM is 0");
		status = EFI_NOT_READY;
	} else if (!has_room(&d)) {
		decline(&d, "GGC asks for less than a screen");
		status = EFI_NOT_READY;
	}
	bs->CloseProtocol(handle, &pci_io_guid, this->DriverBindingHandle, handle);
	return status;
}

static EFI_STATUS start(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
			__attribute__((unused)) EFI_DEVICE_PATH_PROTOCOL *rest)
{
	EFI_STATUS status = open(this, handle);

	if (EFI_ERROR(status))
		return status;
	if (!igd_is(bs, handle, &the.igd) || !path_make(handle)) {
		bs->CloseProtocol(handle, &pci_io_guid, this->DriverBindingHandle, handle);
		return EFI_DEVICE_ERROR;
	}
	the.igd.pci->Attributes(the.igd.pci, EfiPciIoAttributeOperationEnable,
				EFI_PCI_IO_ATTRIBUTE_MEMORY | EFI_PCI_IO_ATTRIBUTE_BUS_MASTER, NULL);
	the.stolen = stolen_of(&the.igd);
	the.frame = (EFI_GRAPHICS_OUTPUT_BLT_PIXEL *)(uintptr_t)the.stolen;
	the.mode.MaxMode = MODES;
	the.mode.Info = &the.info;
	the.mode.SizeOfInfo = sizeof(the.info);
	the.mode.FrameBufferBase = the.stolen;
	the.output.QueryMode = query_mode;
	the.output.SetMode = set_mode;
	the.output.Blt = blt;
	the.output.Mode = &the.mode;
	vbt_ask();
	gtt_fill();
	set_mode(&the.output, 0);
	the.started = true;
	return child_install(this);
}

static EFI_STATUS stop(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle, UINTN n,
		       __attribute__((unused)) EFI_HANDLE *children)
{
	EFI_STATUS status;

	if (!the.started || handle != the.igd.handle)
		return EFI_DEVICE_ERROR;
	if (n == 0) {
		the.started = false;
		return bs->CloseProtocol(handle, &pci_io_guid, this->DriverBindingHandle, handle);
	}
	bs->CloseProtocol(handle, &pci_io_guid, this->DriverBindingHandle, the.child);
	status = bs->UninstallProtocolInterface(the.child, &output_guid, &the.output);
	if (EFI_ERROR(status))
		return EFI_DEVICE_ERROR;
	bs->UninstallProtocolInterface(the.child, &device_path_guid, the.path);
	plane_off();
	say_place(&the.igd);
	say(" stopped\n");
	return EFI_SUCCESS;
}

static EFI_STATUS driver_name(__attribute__((unused)) EFI_COMPONENT_NAME2_PROTOCOL *this, char *language,
			      CHAR16 **ret)
{
	static CHAR16 name[sizeof(note)];

	if (!language || !ret)
		return EFI_INVALID_PARAMETER;
	for (unsigned i = 0; i < sizeof(note); i++)
		name[i] = (uint8_t)note[i];
	*ret = name;
	return EFI_SUCCESS;
}

static EFI_STATUS controller_name(__attribute__((unused)) EFI_COMPONENT_NAME2_PROTOCOL *this,
				  __attribute__((unused)) EFI_HANDLE handle, __attribute__((unused)) EFI_HANDLE child,
				  __attribute__((unused)) char *language, __attribute__((unused)) CHAR16 **ret)
{
	return EFI_UNSUPPORTED;
}

static EFI_DRIVER_BINDING_PROTOCOL binding = {
	.Supported = supported, .Start = start, .Stop = stop, .Version = 0x10
};
static char languages[] = "en";
static EFI_COMPONENT_NAME2_PROTOCOL names = { driver_name, controller_name, languages };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	bs = table->BootServices;
	say("test-gop: started\n");
	binding.ImageHandle = binding.DriverBindingHandle = image;
	bs->InstallProtocolInterface(&image, &name2_guid, EFI_NATIVE_INTERFACE, &names);
	return bs->InstallProtocolInterface(&image, &binding_guid, EFI_NATIVE_INTERFACE, &binding);
}
