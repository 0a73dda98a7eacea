/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uefi.h - as much of the UEFI Specification 2.10 as these drivers use: chapter 2.3 (types), 4 (tables), 7 (boot
 * services), 8.2 (variables), appendix D (status codes). Names are the specification's.
 *
 * Everything is for X64. The drivers are compiled with clang's Windows target, whose calling convention is UEFI's own
 * (2.3.4); on a Linux host the same sources and mocks agree on the host's convention, so no function needs a mark.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t UINTN;
typedef uint64_t EFI_STATUS;
typedef uint64_t EFI_PHYSICAL_ADDRESS;
typedef uint64_t EFI_TPL;
typedef void *EFI_HANDLE;
typedef void *EFI_EVENT;
typedef uint16_t CHAR16;

typedef struct {
	uint32_t Data1;
	uint16_t Data2, Data3;
	uint8_t Data4[8];
} EFI_GUID;

#define EFI_ERROR_BIT	      (UINT64_C(1) << 63)
#define EFI_ERROR(status)     (((status)&EFI_ERROR_BIT) != 0)
#define EFI_SUCCESS	      UINT64_C(0)
#define EFI_INVALID_PARAMETER (EFI_ERROR_BIT | 2)
#define EFI_UNSUPPORTED	      (EFI_ERROR_BIT | 3)
#define EFI_BUFFER_TOO_SMALL  (EFI_ERROR_BIT | 5)
#define EFI_NOT_READY	      (EFI_ERROR_BIT | 6)
#define EFI_DEVICE_ERROR      (EFI_ERROR_BIT | 7)
#define EFI_OUT_OF_RESOURCES  (EFI_ERROR_BIT | 9)
#define EFI_VOLUME_CORRUPTED  (EFI_ERROR_BIT | 10)
#define EFI_NOT_FOUND	      (EFI_ERROR_BIT | 14)
#define EFI_ACCESS_DENIED     (EFI_ERROR_BIT | 15)
#define EFI_ALREADY_STARTED   (EFI_ERROR_BIT | 20)
#define EFI_COMPROMISED_DATA  (EFI_ERROR_BIT | 33)

typedef struct {
	uint64_t Signature;
	uint32_t Revision, HeaderSize, CRC32, Reserved;
} EFI_TABLE_HEADER;

typedef enum { AllocateAnyPages, AllocateMaxAddress, AllocateAddress } EFI_ALLOCATE_TYPE;

typedef enum {
	EfiReservedMemoryType,
	EfiLoaderCode,
	EfiLoaderData,
	EfiBootServicesCode,
	EfiBootServicesData,
	EfiRuntimeServicesCode,
	EfiRuntimeServicesData,
	EfiConventionalMemory,
	EfiUnusableMemory,
	EfiACPIReclaimMemory,
	EfiACPIMemoryNVS,
	EfiMemoryMappedIO,
	EfiMemoryMappedIOPortSpace,
	EfiPalCode,
	EfiPersistentMemory,
	EfiUnacceptedMemoryType,
} EFI_MEMORY_TYPE;

#define EFI_PAGE_SIZE UINT64_C(4096)
#define EFI_MEMORY_WB UINT64_C(0x8) /* of Attribute: may be cached */

typedef struct { /* the map's stride is what GetMemoryMap() says, not this size */
	uint32_t Type;
	uint32_t Pad;
	EFI_PHYSICAL_ADDRESS PhysicalStart;
	uint64_t VirtualStart;
	uint64_t NumberOfPages;
	uint64_t Attribute;
} EFI_MEMORY_DESCRIPTOR;

#define TPL_APPLICATION ((EFI_TPL)4)
#define TPL_CALLBACK	((EFI_TPL)8)
#define TPL_NOTIFY	((EFI_TPL)16)

#define EVT_NOTIFY_SIGNAL	      UINT32_C(0x200)
#define EFI_EVENT_GROUP_READY_TO_BOOT /* 7.1 */                        \
	{                                                              \
		0x7ce88fb3, 0x4bd7, 0x4679,                            \
		{                                                      \
			0x87, 0xa8, 0xa8, 0xd8, 0xde, 0xe5, 0x0d, 0x2b \
		}                                                      \
	}
#define EFI_GLOBAL_VARIABLE /* 3.3 */                                  \
	{                                                              \
		0x8be4df61, 0x93ca, 0x11d2,                            \
		{                                                      \
			0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c \
		}                                                      \
	}

typedef void (*EFI_EVENT_NOTIFY)(EFI_EVENT Event, void *Context);

typedef enum { EFI_NATIVE_INTERFACE } EFI_INTERFACE_TYPE;
typedef struct { /* 10.2: a node; Length, of the node, is little endian */
	uint8_t Type, SubType, Length[2];
} EFI_DEVICE_PATH_PROTOCOL;

typedef struct { /* 7.3.11 */
	EFI_HANDLE AgentHandle, ControllerHandle;
	uint32_t Attributes, OpenCount;
} EFI_OPEN_PROTOCOL_INFORMATION_ENTRY;

#define EFI_OPEN_PROTOCOL_GET_PROTOCOL	      UINT32_C(0x02)
#define EFI_OPEN_PROTOCOL_BY_CHILD_CONTROLLER UINT32_C(0x08)
#define EFI_OPEN_PROTOCOL_BY_DRIVER	      UINT32_C(0x10)

typedef enum { AllHandles, ByRegisterNotify, ByProtocol } EFI_LOCATE_SEARCH_TYPE;

typedef struct EFI_BOOT_SERVICES { /* 4.4 */
	EFI_TABLE_HEADER Hdr;
	EFI_TPL (*RaiseTPL)(EFI_TPL NewTpl);
	void (*RestoreTPL)(EFI_TPL OldTpl);
	EFI_STATUS(*AllocatePages)
	(EFI_ALLOCATE_TYPE Type, EFI_MEMORY_TYPE MemoryType, UINTN Pages, EFI_PHYSICAL_ADDRESS *Memory);
	EFI_STATUS (*FreePages)(EFI_PHYSICAL_ADDRESS Memory, UINTN Pages);
	EFI_STATUS(*GetMemoryMap)
	(UINTN *MemoryMapSize, EFI_MEMORY_DESCRIPTOR *MemoryMap, UINTN *MapKey, UINTN *DescriptorSize,
	 uint32_t *DescriptorVersion);
	EFI_STATUS (*AllocatePool)(EFI_MEMORY_TYPE PoolType, UINTN Size, void **Buffer);
	EFI_STATUS (*FreePool)(void *Buffer);
	EFI_STATUS(*CreateEvent)
	(uint32_t Type, EFI_TPL NotifyTpl, EFI_EVENT_NOTIFY NotifyFunction, void *NotifyContext, EFI_EVENT *Event);
	void *SetTimer, *WaitForEvent;
	EFI_STATUS (*SignalEvent)(EFI_EVENT Event);
	EFI_STATUS (*CloseEvent)(EFI_EVENT Event);
	void *CheckEvent;
	EFI_STATUS(*InstallProtocolInterface)
	(EFI_HANDLE *Handle, const EFI_GUID *Protocol, EFI_INTERFACE_TYPE InterfaceType, void *Interface);
	void *ReinstallProtocolInterface;
	EFI_STATUS (*UninstallProtocolInterface)(EFI_HANDLE Handle, const EFI_GUID *Protocol, void *Interface);
	EFI_STATUS (*HandleProtocol)(EFI_HANDLE Handle, const EFI_GUID *Protocol, void **Interface);
	void *Reserved;
	EFI_STATUS (*RegisterProtocolNotify)(const EFI_GUID *Protocol, EFI_EVENT Event, void **Registration);
	EFI_STATUS(*LocateHandle)
	(EFI_LOCATE_SEARCH_TYPE SearchType, const EFI_GUID *Protocol, void *SearchKey, UINTN *BufferSize,
	 EFI_HANDLE *Buffer);
	EFI_STATUS(*LocateDevicePath)
	(const EFI_GUID *Protocol, EFI_DEVICE_PATH_PROTOCOL **DevicePath, EFI_HANDLE *Device);
	void *InstallConfigurationTable, *LoadImage, *StartImage, *Exit, *UnloadImage, *ExitBootServices,
		*GetNextMonotonicCount;
	EFI_STATUS (*Stall)(UINTN Microseconds);
	void *SetWatchdogTimer;
	EFI_STATUS(*ConnectController)
	(EFI_HANDLE ControllerHandle, EFI_HANDLE *DriverImageHandle, EFI_DEVICE_PATH_PROTOCOL *RemainingDevicePath,
	 bool Recursive);
	void *DisconnectController;
	EFI_STATUS(*OpenProtocol)
	(EFI_HANDLE Handle, const EFI_GUID *Protocol, void **Interface, EFI_HANDLE AgentHandle,
	 EFI_HANDLE ControllerHandle, uint32_t Attributes);
	EFI_STATUS(*CloseProtocol)
	(EFI_HANDLE Handle, const EFI_GUID *Protocol, EFI_HANDLE AgentHandle, EFI_HANDLE ControllerHandle);
	EFI_STATUS(*OpenProtocolInformation)
	(EFI_HANDLE Handle, const EFI_GUID *Protocol, EFI_OPEN_PROTOCOL_INFORMATION_ENTRY **EntryBuffer,
	 UINTN *EntryCount);
	void *ProtocolsPerHandle;
	EFI_STATUS(*LocateHandleBuffer)
	(EFI_LOCATE_SEARCH_TYPE SearchType, const EFI_GUID *Protocol, void *SearchKey, UINTN *NoHandles,
	 EFI_HANDLE **Buffer);
	EFI_STATUS (*LocateProtocol)(const EFI_GUID *Protocol, void *Registration, void **Interface);
	void *InstallMultipleProtocolInterfaces, *UninstallMultipleProtocolInterfaces, *CalculateCrc32;
	void (*CopyMem)(void *Destination, const void *Source, UINTN Length);
	void (*SetMem)(void *Buffer, UINTN Size, uint8_t Value);
	EFI_STATUS(*CreateEventEx)
	(uint32_t Type, EFI_TPL NotifyTpl, EFI_EVENT_NOTIFY NotifyFunction, const void *NotifyContext,
	 const EFI_GUID *EventGroup, EFI_EVENT *Event);
} EFI_BOOT_SERVICES;

typedef struct { /* 4.5, as far as it is used */
	EFI_TABLE_HEADER Hdr;
	void *GetTime, *SetTime, *GetWakeupTime, *SetWakeupTime, *SetVirtualAddressMap, *ConvertPointer;
	EFI_STATUS(*GetVariable)
	(const CHAR16 *VariableName, const EFI_GUID *VendorGuid, uint32_t *Attributes, UINTN *DataSize, void *Data);
} EFI_RUNTIME_SERVICES;

typedef struct { /* 4.3 */
	EFI_TABLE_HEADER Hdr;
	CHAR16 *FirmwareVendor;
	uint32_t FirmwareRevision;
	EFI_HANDLE ConsoleInHandle;
	void *ConIn;
	EFI_HANDLE ConsoleOutHandle;
	void *ConOut;
	EFI_HANDLE StandardErrorHandle;
	void *StdErr;
	EFI_RUNTIME_SERVICES *RuntimeServices;
	EFI_BOOT_SERVICES *BootServices;
	UINTN NumberOfTableEntries;
	void *ConfigurationTable;
} EFI_SYSTEM_TABLE;

/* The entry of each driver. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);
