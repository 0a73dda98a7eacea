/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strange_gop.c - a GOP driver of another generation, for tests: it says of itself what Intel's does, knows the GPUs
 * of Tiger Lake, and declines all others as Intel's does, with EFI_UNSUPPORTED and without a word. It drives none.
 */
#include "driver_binding.h"
#include "pci_io.h"
#include "say.h"

#define INTEL 0x8086u

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID binding_guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;
static const EFI_GUID name2_guid = EFI_COMPONENT_NAME2_PROTOCOL_GUID;

/* Laid out as src/fw/gop.c looks for it: name, build, table, what it drives. */
static struct {
	CHAR16 name[64], build[8], zero;
	uint16_t devices[4];
	CHAR16 display[32];
} about = {
	.name = u"Intel(R) GOP Driver",
	.build = u"1020",
	.devices = { 0x9a49, 0x9a40, 0x9a59, 0 },
	.display = u"Intel(R) Graphics Controller",
};

static EFI_BOOT_SERVICES *bs;

static EFI_STATUS supported(__attribute__((unused)) EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
			    __attribute__((unused)) EFI_DEVICE_PATH_PROTOCOL *rest)
{
	EFI_PCI_IO_PROTOCOL *pci;
	uint16_t ids[2] = { 0, 0 };

	if (EFI_ERROR(bs->HandleProtocol(handle, &pci_io_guid, (void **)&pci)) ||
	    EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint16, 0, 2, ids)) || ids[0] != INTEL)
		return EFI_UNSUPPORTED;
	for (unsigned i = 0; about.devices[i]; i++)
		if (about.devices[i] == ids[1])
			return EFI_SUCCESS;
	return EFI_UNSUPPORTED;
}

static EFI_STATUS start(__attribute__((unused)) EFI_DRIVER_BINDING_PROTOCOL *this,
			__attribute__((unused)) EFI_HANDLE handle,
			__attribute__((unused)) EFI_DEVICE_PATH_PROTOCOL *rest)
{
	return EFI_DEVICE_ERROR;
}

static EFI_STATUS stop(__attribute__((unused)) EFI_DRIVER_BINDING_PROTOCOL *this,
		       __attribute__((unused)) EFI_HANDLE handle, __attribute__((unused)) UINTN n,
		       __attribute__((unused)) EFI_HANDLE *children)
{
	return EFI_SUCCESS;
}

static EFI_STATUS driver_name(__attribute__((unused)) EFI_COMPONENT_NAME2_PROTOCOL *this,
			      __attribute__((unused)) char *language, CHAR16 **ret)
{
	*ret = about.name;
	return EFI_SUCCESS;
}

static EFI_STATUS controller_name(__attribute__((unused)) EFI_COMPONENT_NAME2_PROTOCOL *this,
				  __attribute__((unused)) EFI_HANDLE handle, __attribute__((unused)) EFI_HANDLE child,
				  __attribute__((unused)) char *language, CHAR16 **ret)
{
	*ret = about.display;
	return EFI_SUCCESS;
}

static EFI_DRIVER_BINDING_PROTOCOL binding = {
	.Supported = supported, .Start = start, .Stop = stop, .Version = 0x10
};
static char languages[] = "en";
static EFI_COMPONENT_NAME2_PROTOCOL names = { driver_name, controller_name, languages };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	bs = table->BootServices;
	say("strange-gop: started\n");
	binding.ImageHandle = binding.DriverBindingHandle = image;
	bs->InstallProtocolInterface(&image, &name2_guid, EFI_NATIVE_INTERFACE, &names);
	return bs->InstallProtocolInterface(&image, &binding_guid, EFI_NATIVE_INTERFACE, &binding);
}
