/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mock.h - a firmware and a machine on the host, for the UEFI drivers' tests.
 *
 * One world at a time: mock_begin() makes it, the test arranges the fields of mock and adds devices, files and
 * protocols, calls efi_main(MOCK_IMAGE, mock_table()) or a function of the drivers, and mock_end() takes the world
 * away.
 *
 * - Memory is real: .ram_size bytes below 4 GiB, one type a page; AllocatePages() hands the highest out first, as EDK
 *   II does, with rubbish in it. mock_page_type(address) tells what a page is, mock_page_set() makes it something
 * else.
 * - A device is 256 bytes of configuration space with the bits that can be written, and a handle with PciIo on it.
 * - Protocols stand in one list in the order of installation; LocateHandle(ByRegisterNotify) hands out one handle a
 *   call, from the list's beginning, as EDK II does (MdeModulePkg/Core/Dxe/Hand/Locate.c). An event runs at once when
 *   nothing of its level or above does, else when that ends.
 * - fw_cfg, the debug console and the serial port answer at their ports; each may be absent. A CPU has what
 *   .cpuid_* say; a RDMSR that would fault there fails the test.
 * - What the driver changed is in .steps, in order. What it logged is in .log (debug console) and .serial.
 * - The variables SecureBoot and SetupMode are there where .secure_boot and .setup_mode are not negative. Who has
 *   opened what is in .opens, which is the test's; ConnectController() calls .connect, if there is one. Time passes
 *   by .stalled.
 * - Any call can be made to fail: .fail[MOCK_X] = n fails the n-th call of X (from 1); .calls[] counts them.
 */
#pragma once

#include "loaded_image.h"
#include "pci_io.h"
#include "uefi.h"

enum mock_call {
	MOCK_ALLOCATE_PAGES,
	MOCK_FREE_PAGES,
	MOCK_GET_MEMORY_MAP,
	MOCK_ALLOCATE_POOL,
	MOCK_CREATE_EVENT,
	MOCK_SIGNAL_EVENT,
	MOCK_INSTALL,
	MOCK_HANDLE_PROTOCOL,
	MOCK_REGISTER_NOTIFY,
	MOCK_LOCATE_HANDLE,
	MOCK_LOCATE_HANDLE_BUFFER,
	MOCK_LOCATE_PROTOCOL,
	MOCK_CONFIG_READ,
	MOCK_CONFIG_WRITE,
	MOCK_GET_LOCATION,
	MOCK_GET_VARIABLE,
	MOCK_OPEN_INFORMATION,
	MOCK_CONNECT,
	MOCK_LOCATE_DEVICE_PATH,
	MOCK_CALLS
};

enum mock_did { DID_ALLOCATE, DID_FREE, DID_WRITE, DID_INSTALL };

struct mock_step {
	enum mock_did did;
	uint64_t at;	/* address of the pages; offset in configuration space */
	uint64_t value; /* pages; what was written */
	unsigned kind;	/* type of the pages; bytes of the write */
};

struct mock_device { /* find it by .devices[] in the order of mock_device_add() */
	EFI_PCI_IO_PROTOCOL pci;
	EFI_HANDLE handle;
	uint8_t bus, device, function;
	uint8_t config[256], writable[256]; /* a bit that is 0 in .writable keeps its value */
};

struct mock_file {
	const char *name;
	const void *data;
	uint32_t size;
};

#define MOCK_DEVICES   4
#define MOCK_FILES     8
#define MOCK_STEPS     64
#define MOCK_PROTOCOLS 96
#define MOCK_OPENS     8
#define MOCK_EVENTS    8
#define MOCK_TEXT      16384
#define MOCK_IMAGE     ((EFI_HANDLE)&mock.image)

struct mock {
	EFI_BOOT_SERVICES bs;
	EFI_SYSTEM_TABLE table;
	EFI_LOADED_IMAGE_PROTOCOL image; /* on MOCK_IMAGE; the fields are the test's */

	uint8_t *ram; /* mapped below 4 GiB */
	uint64_t ram_size;
	uint8_t *types;	   /* EFI_MEMORY_TYPE of each of its pages */
	uint8_t *bins;	   /* what the map says of each that is free: EDK II keeps pages for some types */
	unsigned map_step; /* split the map's descriptors after so many pages; 0: neighbours of one type are one */
	bool map_backwards;
	bool map_uncached;  /* no range may be cached, as registers may not */
	bool map_program;   /* the test's own code and data are in it as well, of boot services' data */
	unsigned map_grows; /* so many times it is longer than it was when its size was asked for */

	unsigned calls[MOCK_CALLS], fail[MOCK_CALLS];
	struct mock_step steps[MOCK_STEPS];
	size_t n_steps;

	struct mock_device devices[MOCK_DEVICES];
	size_t n_devices;

	bool has_fw_cfg, has_debug, has_serial, serial_stuck;
	uint8_t serial_lcr;
	struct mock_file files[MOCK_FILES];
	size_t n_files;
	uint32_t fw_count; /* what the directory says there are; 0: the truth */
	char log[MOCK_TEXT], serial[MOCK_TEXT];
	size_t log_n, serial_n;

	uint32_t cpuid_max, cpuid_ext_max; /* EAX of leaves 0 and 80000000h */
	char cpuid_21[13];		   /* EBX, EDX, ECX of leaf 21h */
	bool cpuid_hypervisor;
	uint32_t cpuid_8000001f_eax;
	uint64_t msr_c0010131;

	int secure_boot, setup_mode; /* -1: there is no such variable */
	struct {
		EFI_HANDLE handle;
		EFI_GUID guid;
		EFI_OPEN_PROTOCOL_INFORMATION_ENTRY entry;
	} opens[MOCK_OPENS];
	size_t n_opens;
	EFI_STATUS (*connect)(EFI_HANDLE controller);
	uint64_t stalled; /* microseconds */

	/* the rest is the mock's own */
	EFI_RUNTIME_SERVICES rt;
	struct {
		EFI_HANDLE handle;
		EFI_GUID guid;
		void *interface;
	} protocols[MOCK_PROTOCOLS];
	size_t n_protocols;
	struct mock_event {
		bool used, pending;
		EFI_TPL tpl;
		EFI_EVENT_NOTIFY notify;
		void *context;
		bool on_protocol;
		EFI_GUID guid;
		size_t at; /* in .protocols: what is new from here on */
		bool in_group;
		EFI_GUID group;
	} events[MOCK_EVENTS];
	EFI_TPL tpl;
	uint64_t handle_next;
	uint16_t fw_select;
	uint64_t fw_at;
};

extern struct mock mock;

/* A PC with @ram_mib MiB of free memory, debug console, serial port and fw_cfg, and nothing else. */
void mock_begin(unsigned ram_mib);
void mock_end(void);

/* The same with 1 MiB, as cmocka wants them around a test. */
int mock_setup(void **state);
int mock_teardown(void **state);
EFI_SYSTEM_TABLE *mock_table(void);

/* A display of Intel's at 00:02.0 (the next at 00:03.0 ...) with class 0300, registers that QEMU 10 would make
 * writable (BDSM at 5C and C0, ASLS); PciIo is not yet installed. */
struct mock_device *mock_device_add(uint16_t id);

/* PciIo onto its handle: what the PCI bus driver does, with all that follows. */
void mock_device_start(struct mock_device *d);

uint64_t mock_config(const struct mock_device *d, unsigned at, unsigned bytes);
void mock_config_set(struct mock_device *d, unsigned at, unsigned bytes, uint64_t value);

/* A file of fw_cfg; the bytes are borrowed. */
void mock_file_add(const char *name, const void *data, uint32_t size);

/* A protocol on a handle; NULL makes a new handle. Answers the handle. */
EFI_HANDLE mock_install(EFI_HANDLE handle, const EFI_GUID *guid, void *interface);

/* The interface of the first handle that has it, NULL: none. No call is counted. */
void *mock_protocol(const EFI_GUID *guid);

/* Signal the events of a group, as the firmware does. */
void mock_signal_group(const EFI_GUID *group);

/* @agent has @guid of @handle open. */
void mock_open(EFI_HANDLE handle, const EFI_GUID *guid, EFI_HANDLE agent, uint32_t attributes);

EFI_MEMORY_TYPE mock_page_type(uint64_t address); /* EfiUnusableMemory: not in the map */
void mock_page_set(uint64_t address, uint64_t size, EFI_MEMORY_TYPE type);

/* Free pages that the map reports as of @type. */
void mock_bin_set(uint64_t address, uint64_t size, EFI_MEMORY_TYPE type);

/* How many bytes are of a type. */
uint64_t mock_used(EFI_MEMORY_TYPE type);

/* Does a line of the log, without "igdctl: DRIVER: ", read so from its begin to its end? */
bool mock_logged(const char *line);
/* Is @text anywhere in the log? */
bool mock_log_has(const char *text);

/* Run the driver that this test is linked with. */
static inline EFI_STATUS mock_run(void)
{
	return efi_main(MOCK_IMAGE, mock_table());
}

bool mock_guid_eq(const EFI_GUID *a, const EFI_GUID *b);
