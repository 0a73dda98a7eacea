// SPDX-License-Identifier: BSD-2-Clause
/* mock.c - boot services, PciIo, ports and CPU over plain memory. */
#include "mock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "device_path.h"
#include "machine.h"

#define PAGE	   EFI_PAGE_SIZE
#define MAP_STRIDE 48 /* what EDK II says: more than the struct has */
#define RUBBISH	   0xa5
#define ATTR_RAM   0xf /* UC, WC, WT, WB */

#define FW_SIGNATURE  0x0000
#define FW_DIRECTORY  0x0019
#define FW_FILE_FIRST 0x0020
#define FW_ENTRY      64

struct mock mock;

static const EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

extern char __executable_start, _end; /* ld: where this program lies */

bool mock_guid_eq(const EFI_GUID *a, const EFI_GUID *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Is it this call's turn to fail? */
static bool fails(enum mock_call c)
{
	return ++mock.calls[c] == mock.fail[c];
}

static void step(enum mock_did did, uint64_t at, uint64_t value, unsigned kind)
{
	assert_true(mock.n_steps < MOCK_STEPS);
	mock.steps[mock.n_steps++] = (struct mock_step) { did, at, value, kind };
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static uint64_t ram_at(void)
{
	return (uint64_t)(uintptr_t)mock.ram;
}

static uint64_t n_pages(void)
{
	return mock.ram_size / PAGE;
}

EFI_MEMORY_TYPE mock_page_type(uint64_t address)
{
	if (address < ram_at() || address - ram_at() >= mock.ram_size)
		return EfiUnusableMemory;
	return (EFI_MEMORY_TYPE)mock.types[(address - ram_at()) / PAGE];
}

void mock_page_set(uint64_t address, uint64_t size, EFI_MEMORY_TYPE type)
{
	for (uint64_t at = address; at < address + size; at += PAGE) {
		assert_int_not_equal(mock_page_type(at), EfiUnusableMemory);
		mock.types[(at - ram_at()) / PAGE] = (uint8_t)type;
	}
}

void mock_bin_set(uint64_t address, uint64_t size, EFI_MEMORY_TYPE type)
{
	memset(mock.bins + (address - ram_at()) / PAGE, (int)type, size / PAGE);
}

/* What the map says of a page. */
static uint8_t reported(uint64_t page)
{
	return mock.types[page] == EfiConventionalMemory ? mock.bins[page] : mock.types[page];
}

uint64_t mock_used(EFI_MEMORY_TYPE type)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < n_pages(); i++)
		n += mock.types[i] == type;
	return n * PAGE;
}

static bool is_free(uint64_t first, uint64_t n)
{
	if (first > n_pages() || n > n_pages() - first)
		return false;
	for (uint64_t i = first; i < first + n; i++)
		if (mock.types[i] != EfiConventionalMemory)
			return false;
	return true;
}

static EFI_STATUS take(uint64_t first, uint64_t n, EFI_MEMORY_TYPE type, EFI_PHYSICAL_ADDRESS *ret)
{
	memset(mock.types + first, (int)type, n);
	for (uint64_t i = first; i < first + n; i++) { /* rubbish at both ends of each page is enough to be seen */
		mock.ram[i * PAGE] = RUBBISH;
		mock.ram[i * PAGE + PAGE - 1] = RUBBISH;
	}
	*ret = ram_at() + first * PAGE;
	step(DID_ALLOCATE, *ret, n, (unsigned)type);
	return EFI_SUCCESS;
}

static EFI_STATUS allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
				 EFI_PHYSICAL_ADDRESS *memory)
{
	uint64_t end = n_pages(), run = 0;

	if (fails(MOCK_ALLOCATE_PAGES))
		return EFI_OUT_OF_RESOURCES;
	assert_non_null(memory);
	assert_int_not_equal(pages, 0);
	if (how == AllocateAddress) {
		uint64_t first = (*memory - ram_at()) / PAGE;

		assert_int_equal(*memory % PAGE, 0);
		return *memory >= ram_at() && is_free(first, pages) ? take(first, pages, type, memory)
								    : EFI_NOT_FOUND;
	}
	if (how == AllocateMaxAddress && *memory < ram_at() + mock.ram_size - 1)
		end = *memory < ram_at() ? 0 : (*memory + 1 - ram_at()) / PAGE;
	for (uint64_t i = end; i-- > 0;) {
		run = mock.types[i] == EfiConventionalMemory ? run + 1 : 0;
		if (run == pages)
			return take(i, pages, type, memory);
	}
	return EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS free_pages(EFI_PHYSICAL_ADDRESS memory, UINTN pages)
{
	if (fails(MOCK_FREE_PAGES))
		return EFI_NOT_FOUND;
	assert_int_equal(memory % PAGE, 0);
	assert_int_not_equal(pages, 0);
	for (uint64_t at = memory; at < memory + pages * PAGE; at += PAGE) {
		assert_int_not_equal(mock_page_type(at), EfiUnusableMemory);
		assert_int_not_equal(mock_page_type(at), EfiConventionalMemory); /* freed twice */
	}
	mock_page_set(memory, pages * PAGE, EfiConventionalMemory);
	step(DID_FREE, memory, pages, 0);
	return EFI_SUCCESS;
}

/* The pages from @at on that one descriptor tells of. */
static uint64_t run_of(uint64_t at)
{
	uint64_t n = 1;

	while (at + n < n_pages() && reported(at + n) == reported(at) && n != mock.map_step)
		n++;
	return n;
}

static EFI_STATUS get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *stride,
				 uint32_t *version)
{
	uint64_t n = 0, i = 0;

	if (fails(MOCK_GET_MEMORY_MAP))
		return EFI_INVALID_PARAMETER;
	assert_true(size && key && stride && version);
	for (uint64_t at = 0; at < n_pages(); at += run_of(at))
		n++;
	n += mock.map_program;
	*stride = MAP_STRIDE;
	*version = 1;
	if (map && mock.map_grows) {
		mock.map_grows--;
		n = *size / MAP_STRIDE + 1;
	}
	if (*size < n * MAP_STRIDE) {
		*size = n * MAP_STRIDE;
		return EFI_BUFFER_TOO_SMALL;
	}
	assert_non_null(map);
	*size = n * MAP_STRIDE;
	*key = 1;
	if (mock.map_program) {
		uint64_t at = (uintptr_t)&__executable_start / PAGE * PAGE;
		EFI_MEMORY_DESCRIPTOR d = { .Type = EfiBootServicesData,
					    .PhysicalStart = at,
					    .NumberOfPages = ((uintptr_t)&_end - at) / PAGE + 1,
					    .Attribute = ATTR_RAM };

		memcpy((uint8_t *)map + --n * MAP_STRIDE, &d, sizeof(d));
	}
	for (uint64_t at = 0; at < n_pages(); at += run_of(at), i++) {
		EFI_MEMORY_DESCRIPTOR d = { .Type = reported(at),
					    .PhysicalStart = ram_at() + at * PAGE,
					    .NumberOfPages = run_of(at),
					    .Attribute = mock.map_uncached ? 1 : ATTR_RAM };

		memcpy((uint8_t *)map + (mock.map_backwards ? n - 1 - i : i) * MAP_STRIDE, &d, sizeof(d));
	}
	return EFI_SUCCESS;
}

static EFI_STATUS allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret)
{
	if (fails(MOCK_ALLOCATE_POOL))
		return EFI_OUT_OF_RESOURCES;
	assert_int_equal(type, EfiBootServicesData);
	*ret = malloc(size); /* not calloc: what is not written must not be read */
	return *ret ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS free_pool(void *p)
{
	assert_non_null(p);
	free(p);
	return EFI_SUCCESS;
}

static void copy_mem(void *to, const void *from, UINTN n)
{
	memmove(to, from, n);
}

static void set_mem(void *at, UINTN n, uint8_t value)
{
	memset(at, value, n);
}

/* ---- events and protocols ----------------------------------------------------------------------------------- */

static void run_pending(void)
{
	for (size_t i = 0; i < MOCK_EVENTS; i++) {
		struct mock_event *e = &mock.events[i];
		EFI_TPL before = mock.tpl;

		if (!e->used || !e->pending || e->tpl <= mock.tpl)
			continue;
		e->pending = false;
		mock.tpl = e->tpl;
		e->notify(e, e->context);
		mock.tpl = before;
		i = (size_t)-1; /* it may have signalled others */
	}
}

static EFI_TPL raise_tpl(EFI_TPL tpl)
{
	EFI_TPL before = mock.tpl;

	assert_true(tpl >= before);
	mock.tpl = tpl;
	return before;
}

static void restore_tpl(EFI_TPL tpl)
{
	assert_true(tpl <= mock.tpl);
	mock.tpl = tpl;
	run_pending();
}

static EFI_STATUS create_event(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, void *context, EFI_EVENT *ret)
{
	if (fails(MOCK_CREATE_EVENT))
		return EFI_OUT_OF_RESOURCES;
	assert_int_equal(type, EVT_NOTIFY_SIGNAL);
	assert_true(notify && ret && tpl > TPL_APPLICATION);
	for (size_t i = 0; i < MOCK_EVENTS; i++) {
		struct mock_event *e = &mock.events[i];

		if (e->used)
			continue;
		*e = (struct mock_event) { .used = true, .tpl = tpl, .notify = notify, .context = context };
		*ret = e;
		return EFI_SUCCESS;
	}
	return EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS create_event_ex(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, const void *context,
				  const EFI_GUID *group, EFI_EVENT *ret)
{
	EFI_STATUS status = create_event(type, tpl, notify, (void *)(uintptr_t)context, ret);
	struct mock_event *e = EFI_ERROR(status) ? NULL : *ret;

	if (e && group) {
		e->in_group = true;
		e->group = *group;
	}
	return status;
}

void mock_signal_group(const EFI_GUID *group)
{
	for (size_t i = 0; i < MOCK_EVENTS; i++)
		if (mock.events[i].used && mock.events[i].in_group && mock_guid_eq(&mock.events[i].group, group))
			mock.events[i].pending = true;
	run_pending();
}

static EFI_STATUS signal_event(EFI_EVENT event)
{
	struct mock_event *e = event;

	if (fails(MOCK_SIGNAL_EVENT))
		return EFI_INVALID_PARAMETER;
	assert_true(e->used);
	e->pending = true;
	run_pending();
	return EFI_SUCCESS;
}

static EFI_STATUS close_event(EFI_EVENT event)
{
	struct mock_event *e = event;

	assert_true(e->used);
	e->used = false;
	return EFI_SUCCESS;
}

EFI_HANDLE mock_install(EFI_HANDLE handle, const EFI_GUID *guid, void *interface)
{
	if (!handle)
		handle = (EFI_HANDLE)(uintptr_t)(mock.handle_next += 0x10);
	assert_true(mock.n_protocols < MOCK_PROTOCOLS);
	mock.protocols[mock.n_protocols].handle = handle;
	mock.protocols[mock.n_protocols].guid = *guid;
	mock.protocols[mock.n_protocols++].interface = interface;
	for (size_t i = 0; i < MOCK_EVENTS; i++) {
		struct mock_event *e = &mock.events[i];

		if (e->used && e->on_protocol && mock_guid_eq(&e->guid, guid))
			e->pending = true;
	}
	run_pending();
	return handle;
}

/* The n-th protocol of the list that is @guid, on @handle or any; SIZE_MAX: none from @from on. */
static size_t protocol_from(size_t from, EFI_HANDLE handle, const EFI_GUID *guid)
{
	for (size_t i = from; i < mock.n_protocols; i++)
		if (mock_guid_eq(&mock.protocols[i].guid, guid) && (!handle || mock.protocols[i].handle == handle))
			return i;
	return SIZE_MAX;
}

void *mock_protocol(const EFI_GUID *guid)
{
	size_t i = protocol_from(0, NULL, guid);

	return i == SIZE_MAX ? NULL : mock.protocols[i].interface;
}

static EFI_STATUS install(EFI_HANDLE *handle, const EFI_GUID *guid, EFI_INTERFACE_TYPE type, void *interface)
{
	if (fails(MOCK_INSTALL))
		return EFI_OUT_OF_RESOURCES;
	assert_non_null(handle);
	assert_int_equal(type, EFI_NATIVE_INTERFACE);
	if (*handle && protocol_from(0, *handle, guid) != SIZE_MAX)
		return EFI_INVALID_PARAMETER;
	step(DID_INSTALL, 0, guid->Data1, 0);
	*handle = mock_install(*handle, guid, interface);
	return EFI_SUCCESS;
}

static EFI_STATUS handle_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void **ret)
{
	size_t i;

	if (fails(MOCK_HANDLE_PROTOCOL))
		return EFI_UNSUPPORTED;
	assert_true(handle && ret);
	i = protocol_from(0, handle, guid);
	*ret = i == SIZE_MAX ? NULL : mock.protocols[i].interface;
	return i == SIZE_MAX ? EFI_UNSUPPORTED : EFI_SUCCESS;
}

static EFI_STATUS register_notify(const EFI_GUID *guid, EFI_EVENT event, void **ret)
{
	struct mock_event *e = event;

	if (fails(MOCK_REGISTER_NOTIFY))
		return EFI_OUT_OF_RESOURCES;
	assert_true(e->used && ret);
	e->on_protocol = true;
	e->guid = *guid;
	e->at = 0;
	*ret = e;
	return EFI_SUCCESS;
}

static EFI_STATUS locate_handle(EFI_LOCATE_SEARCH_TYPE how, const EFI_GUID *guid, void *key, UINTN *size,
				EFI_HANDLE *buf)
{
	struct mock_event *e = key;
	size_t i, n = 0;

	if (fails(MOCK_LOCATE_HANDLE))
		return EFI_INVALID_PARAMETER;
	assert_int_not_equal(how, AllHandles);
	if (how == ByRegisterNotify) {
		assert_non_null(e);
		i = protocol_from(e->at, NULL, &e->guid);
		if (i == SIZE_MAX)
			return EFI_NOT_FOUND;
		if (*size < sizeof(*buf)) {
			*size = sizeof(*buf);
			return EFI_BUFFER_TOO_SMALL;
		}
		*size = sizeof(*buf);
		*buf = mock.protocols[i].handle;
		e->at = i + 1;
		return EFI_SUCCESS;
	}
	for (i = 0; (i = protocol_from(i, NULL, guid)) != SIZE_MAX; i++, n++)
		if (*size >= (n + 1) * sizeof(*buf))
			buf[n] = mock.protocols[i].handle;
	i = *size;
	*size = n * sizeof(*buf);
	return n == 0 ? EFI_NOT_FOUND : i < *size ? EFI_BUFFER_TOO_SMALL : EFI_SUCCESS;
}

static EFI_STATUS locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, const EFI_GUID *guid, void *key, UINTN *n,
				       EFI_HANDLE **buf)
{
	EFI_HANDLE found[MOCK_PROTOCOLS];
	size_t count = 0;

	if (fails(MOCK_LOCATE_HANDLE_BUFFER))
		return EFI_OUT_OF_RESOURCES;
	assert_int_equal(how, ByProtocol);
	assert_null(key);
	for (size_t i = 0; (i = protocol_from(i, NULL, guid)) != SIZE_MAX; i++)
		found[count++] = mock.protocols[i].handle;
	*n = 0;
	*buf = NULL;
	if (count == 0)
		return EFI_NOT_FOUND;
	*buf = malloc(count * sizeof(**buf));
	assert_non_null(*buf);
	memcpy(*buf, found, count * sizeof(**buf));
	*n = count;
	return EFI_SUCCESS;
}

static EFI_STATUS locate_protocol(const EFI_GUID *guid, void *registration, void **ret)
{
	if (fails(MOCK_LOCATE_PROTOCOL))
		return EFI_NOT_FOUND;
	assert_null(registration);
	*ret = mock_protocol(guid);
	return protocol_from(0, NULL, guid) == SIZE_MAX ? EFI_NOT_FOUND : EFI_SUCCESS;
}

void mock_open(EFI_HANDLE handle, const EFI_GUID *guid, EFI_HANDLE agent, uint32_t attributes)
{
	assert_true(mock.n_opens < MOCK_OPENS);
	mock.opens[mock.n_opens].handle = handle;
	mock.opens[mock.n_opens].guid = *guid;
	mock.opens[mock.n_opens++].entry = (EFI_OPEN_PROTOCOL_INFORMATION_ENTRY) { agent, handle, attributes, 1 };
}

static EFI_STATUS open_information(EFI_HANDLE handle, const EFI_GUID *guid, EFI_OPEN_PROTOCOL_INFORMATION_ENTRY **ret,
				   UINTN *n)
{
	if (fails(MOCK_OPEN_INFORMATION))
		return EFI_NOT_FOUND;
	*n = 0;
	*ret = malloc(sizeof(**ret) * MOCK_OPENS); /* in EDK II as well when there are none */
	assert_non_null(*ret);
	for (size_t i = 0; i < mock.n_opens; i++)
		if (mock.opens[i].handle == handle && mock_guid_eq(&mock.opens[i].guid, guid))
			(*ret)[(*n)++] = mock.opens[i].entry;
	return EFI_SUCCESS;
}

static EFI_STATUS connect(EFI_HANDLE controller, EFI_HANDLE *image, EFI_DEVICE_PATH_PROTOCOL *rest, bool recursive)
{
	if (fails(MOCK_CONNECT))
		return EFI_INVALID_PARAMETER;
	assert_true(controller && !image && !rest && recursive);
	return mock.connect ? mock.connect(controller) : EFI_NOT_FOUND;
}

/* Bytes of a path up to its end node. */
static size_t path_len(const uint8_t *p)
{
	size_t n = 0;

	while (p[n] != END_DEVICE_PATH_TYPE)
		n += p[n + 2] | (size_t)p[n + 3] << 8;
	return n;
}

/* The handle with @guid whose path is the longest that @path begins with. */
static EFI_STATUS locate_device_path(const EFI_GUID *guid, EFI_DEVICE_PATH_PROTOCOL **path, EFI_HANDLE *ret)
{
	const uint8_t *wanted = (const uint8_t *)*path;
	size_t longest = 0;

	if (fails(MOCK_LOCATE_DEVICE_PATH))
		return EFI_NOT_FOUND;
	for (size_t i = 0; (i = protocol_from(i, NULL, guid)) != SIZE_MAX; i++) {
		size_t at = protocol_from(0, mock.protocols[i].handle, &device_path_guid);
		const uint8_t *p = at == SIZE_MAX ? NULL : mock.protocols[at].interface;

		if (!p || path_len(p) <= longest || path_len(p) > path_len(wanted) || memcmp(p, wanted, path_len(p)))
			continue;
		longest = path_len(p);
		*ret = mock.protocols[i].handle;
	}
	if (!longest)
		return EFI_NOT_FOUND;
	*path = (EFI_DEVICE_PATH_PROTOCOL *)((uint8_t *)*path + longest);
	return EFI_SUCCESS;
}

static EFI_STATUS stall(UINTN us)
{
	mock.stalled += us;
	return EFI_SUCCESS;
}

static EFI_STATUS get_variable(const CHAR16 *name, const EFI_GUID *vendor, uint32_t *attributes, UINTN *size,
			       void *data)
{
	int value = name[1] == 'e' && name[2] == 'c' ? mock.secure_boot : mock.setup_mode;

	if (fails(MOCK_GET_VARIABLE) || value < 0)
		return EFI_NOT_FOUND;
	assert_true(vendor->Data1 == 0x8be4df61 && !attributes && *size >= 1);
	*size = 1;
	*(uint8_t *)data = (uint8_t)value;
	return EFI_SUCCESS;
}

/* ---- PCI ---------------------------------------------------------------------------------------------------- */

uint64_t mock_config(const struct mock_device *d, unsigned at, unsigned bytes)
{
	uint64_t v = 0;

	assert_true(at + bytes <= sizeof(d->config));
	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | d->config[at + i];
	return v;
}

void mock_config_set(struct mock_device *d, unsigned at, unsigned bytes, uint64_t value)
{
	assert_true(at + bytes <= sizeof(d->config));
	for (unsigned i = 0; i < bytes; i++)
		d->config[at + i] = (uint8_t)(value >> (8 * i));
}

/* What one access may be: of 1, 2 or 4 bytes, one of them, aligned, within the space. */
static unsigned width_of(EFI_PCI_IO_PROTOCOL_WIDTH width, uint32_t at, UINTN count)
{
	unsigned bytes = 1u << width;

	assert_in_range(width, EfiPciIoWidthUint8, EfiPciIoWidthUint32);
	assert_int_equal(count, 1);
	assert_int_equal(at % bytes, 0);
	assert_true(at + bytes <= 256);
	return bytes;
}

static EFI_STATUS config_read(EFI_PCI_IO_PROTOCOL *pci, EFI_PCI_IO_PROTOCOL_WIDTH width, uint32_t at, UINTN count,
			      void *buf)
{
	struct mock_device *d = (struct mock_device *)pci;

	if (fails(MOCK_CONFIG_READ))
		return EFI_UNSUPPORTED;
	memcpy(buf, d->config + at, width_of(width, at, count));
	return EFI_SUCCESS;
}

static EFI_STATUS config_write(EFI_PCI_IO_PROTOCOL *pci, EFI_PCI_IO_PROTOCOL_WIDTH width, uint32_t at, UINTN count,
			       void *buf)
{
	struct mock_device *d = (struct mock_device *)pci;
	unsigned bytes = width_of(width, at, count);
	uint64_t value = 0;

	if (fails(MOCK_CONFIG_WRITE))
		return EFI_UNSUPPORTED;
	memcpy(&value, buf, bytes);
	step(DID_WRITE, at, value, bytes);
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t can = d->writable[at + i], new = (uint8_t)(value >> (8 * i));

		d->config[at + i] = (uint8_t)((d->config[at + i] & ~can) | (new &can));
	}
	return EFI_SUCCESS;
}

static EFI_STATUS get_location(EFI_PCI_IO_PROTOCOL *pci, UINTN *segment, UINTN *bus, UINTN *device, UINTN *function)
{
	struct mock_device *d = (struct mock_device *)pci;

	if (fails(MOCK_GET_LOCATION))
		return EFI_UNSUPPORTED;
	assert_true(segment && bus && device && function);
	*segment = 0;
	*bus = d->bus;
	*device = d->device;
	*function = d->function;
	return EFI_SUCCESS;
}

struct mock_device *mock_device_add(uint16_t id)
{
	struct mock_device *d = &mock.devices[mock.n_devices];

	assert_true(mock.n_devices < MOCK_DEVICES);
	*d = (struct mock_device) { .device = (uint8_t)(2 + mock.n_devices++) };
	d->pci.Pci.Read = config_read;
	d->pci.Pci.Write = config_write;
	d->pci.GetLocation = get_location;
	mock_config_set(d, 0x00, 4, (uint32_t)id << 16 | 0x8086);
	mock_config_set(d, 0x08, 4, 0x03000000);
	memset(d->writable + 0x5c, 0xff, 4);
	memset(d->writable + 0xc0, 0xff, 8);
	memset(d->writable + 0xfc, 0xff, 4);
	return d;
}

void mock_device_start(struct mock_device *d)
{
	d->handle = mock_install(d->handle, &pci_io_guid, &d->pci);
}

/* ---- ports and CPU ------------------------------------------------------------------------------------------ */

void mock_file_add(const char *name, const void *data, uint32_t size)
{
	assert_true(mock.n_files < MOCK_FILES && strlen(name) < 56);
	mock.files[mock.n_files++] = (struct mock_file) { name, data, size };
}

static uint8_t big_endian(uint64_t value, unsigned bytes, uint64_t at)
{
	return (uint8_t)(value >> (8 * (bytes - 1 - at)));
}

/* QEMU docs/specs/fw_cfg.rst: a count, then 64 bytes a file. Bytes past the end read as 0. */
static uint8_t directory_byte(uint64_t at)
{
	uint32_t count = mock.fw_count ? mock.fw_count : (uint32_t)mock.n_files;
	const struct mock_file *f;
	uint64_t i, in;

	if (at < 4)
		return big_endian(count, 4, at);
	i = (at - 4) / FW_ENTRY;
	in = (at - 4) % FW_ENTRY;
	if (i >= mock.n_files)
		return 0;
	f = &mock.files[i];
	if (in < 4)
		return big_endian(f->size, 4, in);
	if (in < 6)
		return big_endian(FW_FILE_FIRST + i, 2, in - 4);
	return in >= 8 && in - 8 < strlen(f->name) ? (uint8_t)f->name[in - 8] : 0;
}

static uint8_t fw_byte(void)
{
	uint64_t at = mock.fw_at++, i = mock.fw_select - (uint64_t)FW_FILE_FIRST;

	if (mock.fw_select == FW_SIGNATURE)
		return at < 4 ? (uint8_t) "QEMU"[at] : 0;
	if (mock.fw_select == FW_DIRECTORY)
		return directory_byte(at);
	return i < mock.n_files && at < mock.files[i].size ? ((const uint8_t *)mock.files[i].data)[at] : 0;
}

uint8_t machine_in8(uint16_t port)
{
	switch (port) {
	case 0x402:
		return mock.has_debug ? 0xe9 : 0xff;
	case 0x3fb:
		return mock.has_serial ? mock.serial_lcr : 0xff;
	case 0x3fd:
		return !mock.has_serial ? 0xff : mock.serial_stuck ? 0x00 : 0x60;
	case 0x511:
		return mock.has_fw_cfg ? fw_byte() : 0xff;
	default:
		fail_msg("port %x is not read by these drivers", port);
		return 0xff;
	}
}

static void put(char text[MOCK_TEXT], size_t *n, uint8_t value)
{
	assert_true(*n + 1 < MOCK_TEXT);
	text[(*n)++] = (char)value;
	text[*n] = '\0';
}

void machine_out8(uint16_t port, uint8_t value)
{
	if (port == 0x402 && mock.has_debug)
		put(mock.log, &mock.log_n, value);
	else if (port == 0x3f8 && mock.has_serial && !mock.serial_stuck)
		put(mock.serial, &mock.serial_n, value);
	else
		fail_msg("port %x is not there to be written", port);
}

void machine_out16(uint16_t port, uint16_t value)
{
	assert_int_equal(port, 0x510);
	mock.fw_select = value;
	mock.fw_at = 0;
}

void machine_in8s(uint16_t port, void *buf, size_t n)
{
	uint8_t *p = buf;

	assert_int_equal(port, 0x511);
	while (n--)
		*p++ = machine_in8(port);
}

struct machine_cpuid machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct machine_cpuid r = { 0, 0, 0, 0 };

	assert_int_equal(subleaf, 0);
	if (leaf == 0) {
		r.eax = mock.cpuid_max;
	} else if (leaf == 1) {
		r.ecx = mock.cpuid_hypervisor ? 1u << 31 : 0;
	} else if (leaf == 0x21) {
		assert_true(mock.cpuid_max >= 0x21);
		memcpy(&r.ebx, mock.cpuid_21, 4);
		memcpy(&r.edx, mock.cpuid_21 + 4, 4);
		memcpy(&r.ecx, mock.cpuid_21 + 8, 4);
	} else if (leaf == 0x80000000) {
		r.eax = mock.cpuid_ext_max;
	} else if (leaf == 0x8000001f) {
		assert_true(mock.cpuid_ext_max >= 0x8000001f);
		r.eax = mock.cpuid_8000001f_eax;
	} else {
		fail_msg("CPUID %x is not asked for by these drivers", leaf);
	}
	return r;
}

uint64_t machine_rdmsr(uint32_t msr)
{
	assert_int_equal(msr, 0xc0010131);
	assert_true(mock.cpuid_8000001f_eax & 2); /* elsewhere it faults */
	return mock.msr_c0010131;
}

/* ---- the world ---------------------------------------------------------------------------------------------- */

static const EFI_BOOT_SERVICES services = {
	.RaiseTPL = raise_tpl,
	.RestoreTPL = restore_tpl,
	.AllocatePages = allocate_pages,
	.FreePages = free_pages,
	.GetMemoryMap = get_memory_map,
	.AllocatePool = allocate_pool,
	.FreePool = free_pool,
	.CreateEvent = create_event,
	.SignalEvent = signal_event,
	.CloseEvent = close_event,
	.InstallProtocolInterface = install,
	.HandleProtocol = handle_protocol,
	.RegisterProtocolNotify = register_notify,
	.LocateHandle = locate_handle,
	.LocateHandleBuffer = locate_handle_buffer,
	.LocateProtocol = locate_protocol,
	.LocateDevicePath = locate_device_path,
	.Stall = stall,
	.ConnectController = connect,
	.OpenProtocolInformation = open_information,
	.CopyMem = copy_mem,
	.SetMem = set_mem,
	.CreateEventEx = create_event_ex,
};

void mock_begin(unsigned ram_mib)
{
	memset(&mock, 0, sizeof(mock));
	mock.bs = services;
	mock.table.BootServices = &mock.bs;
	mock.rt.GetVariable = get_variable;
	mock.table.RuntimeServices = &mock.rt;
	mock.secure_boot = mock.setup_mode = -1;
	mock.ram_size = (uint64_t)ram_mib << 20;
	mock.ram = mmap(NULL, mock.ram_size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(mock.ram, MAP_FAILED);
	mock.types = malloc(n_pages());
	assert_non_null(mock.types);
	memset(mock.types, EfiConventionalMemory, n_pages());
	mock.bins = malloc(n_pages());
	assert_non_null(mock.bins);
	memset(mock.bins, EfiConventionalMemory, n_pages());
	mock.has_fw_cfg = mock.has_debug = mock.has_serial = true;
	mock.cpuid_max = 0x1f;
	mock.cpuid_ext_max = 0x8000001f;
	mock.cpuid_hypervisor = true;
	mock.tpl = TPL_APPLICATION;
	(void)mock_install(MOCK_IMAGE, &loaded_image_guid, &mock.image);
}

void mock_end(void)
{
	assert_int_equal(mock.tpl, TPL_APPLICATION);
	assert_int_equal(munmap(mock.ram, mock.ram_size), 0);
	free(mock.types);
	free(mock.bins);
}

int mock_setup(void **state)
{
	(void)state;
	mock_begin(1);
	return 0;
}

int mock_teardown(void **state)
{
	(void)state;
	mock_end();
	return 0;
}

EFI_SYSTEM_TABLE *mock_table(void)
{
	return &mock.table;
}

bool mock_log_has(const char *text)
{
	return strstr(mock.log, text) != NULL;
}

bool mock_logged(const char *line)
{
	size_t n = strlen(line);

	for (const char *at = mock.log; (at = strstr(at, line)); at++) {
		const char *head = at;

		while (head > mock.log && head[-1] != '\n')
			head--;
		if (at[n] == '\n' && strncmp(head, "igdctl: ", 8) == 0 && (head = strstr(head + 8, ": ")) &&
		    head + 2 == at)
			return true;
	}
	return false;
}
