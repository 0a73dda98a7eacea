/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pi.h - firmware volumes, files and sections as the UEFI Platform Initialization Specification 1.8, volume 3, fixes
 * them (chapters 3.2 volumes, 3.2.3 files, 3.2.4 sections), and the Intel flash descriptor.
 */
#pragma once

/* ---- volume: EFI_FIRMWARE_VOLUME_HEADER ----------------------------------------------------------------------- */

#define FV_GUID		  0x10
#define FV_LENGTH	  0x20 /* 64 bits */
#define FV_SIGNATURE	  0x28
#define FV_ATTRIBUTES	  0x2c
#define FV_HEADER_LENGTH  0x30
#define FV_CHECKSUM	  0x32
#define FV_EXT_HEADER	  0x34
#define FV_REVISION	  0x37
#define FV_BLOCK_MAP	  0x38
#define FV_HEADER_MIN	  0x48	/* one block map entry and the one that ends the map */
#define FV_ERASE_POLARITY 0x800 /* of the attributes: erased bytes read FF */
#define FV_EXT_SIZE	  0x10	/* in the extension header: its size, 32 bits, behind the GUID of the volume */

/* ---- file: EFI_FFS_FILE_HEADER, EFI_FFS_FILE_HEADER2 ----------------------------------------------------------- */

#define FFS_HEADER_SUM	 0x10
#define FFS_DATA_SUM	 0x11
#define FFS_TYPE	 0x12
#define FFS_ATTRIBUTES	 0x13
#define FFS_SIZE	 0x14 /* 24 bits */
#define FFS_STATE	 0x17
#define FFS_HEADER	 24
#define FFS_SIZE_LARGE	 0x18 /* 64 bits */
#define FFS_HEADER_LARGE 32
#define FFS_FIXED_SUM	 0xaa /* in place of a checksum over the data */

#define FFS_ATTRIB_LARGE 0x01 /* revision 1: a tail of two bytes repeats the header's checksum */
#define FFS_ATTRIB_SUM	 0x40

enum ffs_type {
	FFS_RAW = 0x01,
	FFS_FREEFORM = 0x02,
	FFS_SEC_CORE = 0x03,
	FFS_PEI_CORE = 0x04,
	FFS_DXE_CORE = 0x05,
	FFS_PEIM = 0x06,
	FFS_DRIVER = 0x07,
	FFS_PEIM_DRIVER = 0x08,
	FFS_APPLICATION = 0x09,
	FFS_MM = 0x0a,
	FFS_VOLUME_IMAGE = 0x0b,
	FFS_MM_DXE = 0x0c,
	FFS_MM_CORE = 0x0d,
	FFS_MM_STANDALONE = 0x0e,
	FFS_MM_CORE_STANDALONE = 0x0f,
	FFS_PAD = 0xf0,
};

/* Of the state, where a set bit counts once the erase polarity is taken out. */
#define FFS_HEADER_INVALID 0x20
#define FFS_DELETED	   0x10

/* ---- section: EFI_COMMON_SECTION_HEADER ------------------------------------------------------------------------ */

enum section_type {
	SECTION_COMPRESSION = 0x01,
	SECTION_GUIDED = 0x02,
	SECTION_DISPOSABLE = 0x03,
	SECTION_PE32 = 0x10,
	SECTION_PIC = 0x11,
	SECTION_TE = 0x12,
	SECTION_DXE_DEPEX = 0x13,
	SECTION_VERSION = 0x14,
	SECTION_UI = 0x15,
	SECTION_COMPATIBILITY16 = 0x16,
	SECTION_VOLUME_IMAGE = 0x17,
	SECTION_FREEFORM_GUID = 0x18,
	SECTION_RAW = 0x19,
	SECTION_PEI_DEPEX = 0x1b,
	SECTION_MM_DEPEX = 0x1c,
};

/* ---- Intel flash descriptor (coreboot util/ifdtool/ifdtool.h; SPI Programming Guides of Intel's PCHs) ---------- */

#define IFD_SIGNATURE	0x0ff0a55a
#define IFD_REGIONS_MAX 16
#define IFD_BLOCK	4096
