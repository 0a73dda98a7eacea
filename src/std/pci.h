/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci.h - what the PCI specifications fix: offsets, numbers, and nothing else.
 *
 * PCI Local Bus Specification 3.0, PCI Express Base Specification 5.0 (7.5 configuration space,
 * 7.7.11 ACS), PCI Code and ID Assignment Specification 1.11. Names follow Linux
 * include/uapi/linux/pci_regs.h where it has one.
 */
#pragma once

#include <stdint.h>

/* Configuration space header */
#define PCI_VENDOR_ID		0x00
#define PCI_DEVICE_ID		0x02
#define PCI_COMMAND		0x04
#define PCI_STATUS		0x06
#define PCI_STATUS_CAP_LIST	0x0010
#define PCI_REVISION_ID		0x08
#define PCI_CLASS_PROG		0x09
#define PCI_CLASS_DEVICE	0x0a
#define PCI_HEADER_TYPE		0x0e
#define PCI_HEADER_TYPE_MASK	0x7f
#define PCI_HEADER_TYPE_BRIDGE	1
#define PCI_HEADER_TYPE_MFD	0x80
#define PCI_PRIMARY_BUS		0x18
#define PCI_SECONDARY_BUS	0x19
#define PCI_SUBORDINATE_BUS	0x1a
#define PCI_SUBSYSTEM_VENDOR_ID 0x2c
#define PCI_SUBSYSTEM_ID	0x2e
#define PCI_CAPABILITY_LIST	0x34

/* Capabilities */
#define PCI_CAP_ID_PM		  0x01
#define PCI_CAP_ID_AF		  0x13
#define PCI_CAP_ID_EXP		  0x10
#define PCI_EXP_FLAGS		  2 /* type in bits 7:4 */
#define PCI_EXP_DEVCAP		  4
#define PCI_EXP_DEVCAP_FLR	  (1U << 28)
#define PCI_AF_CAP		  3
#define PCI_AF_CAP_FLR		  0x02
#define PCI_PM_CTRL		  4
#define PCI_PM_CTRL_NO_SOFT_RESET 0x0008

/* PCI Express device/port types (PCI_EXP_FLAGS bits 7:4) */
enum pcie_type {
	PCIE_ENDPOINT = 0x0,
	PCIE_LEG_ENDPOINT = 0x1,
	PCIE_ROOT_PORT = 0x4,
	PCIE_UPSTREAM = 0x5,
	PCIE_DOWNSTREAM = 0x6,
	PCIE_PCI_BRIDGE = 0x7,	/* PCI Express to PCI */
	PCIE_PCIE_BRIDGE = 0x8, /* PCI to PCI Express */
	PCIE_RC_ENDPOINT = 0x9,
	PCIE_RC_EVENT = 0xa,
	PCIE_NONE = 0xff, /* ours: no PCI Express capability, a conventional PCI function */
};

/* Extended capabilities */
#define PCI_EXT_CAP_START    0x100
#define PCI_EXT_CAP_ID_DSN   0x0003
#define PCI_EXT_CAP_ID_ACS   0x000d
#define PCI_EXT_CAP_ID_SRIOV 0x0010
#define PCI_ACS_CAP	     4
#define PCI_ACS_CTRL	     6
#define PCI_ACS_SV	     0x0001 /* source validation */
#define PCI_ACS_RR	     0x0004 /* P2P request redirect */
#define PCI_ACS_CR	     0x0008 /* P2P completion redirect */
#define PCI_ACS_UF	     0x0010 /* upstream forwarding */
#define PCI_SRIOV_TOTAL_VF   0x0e

/* Classes (base class and sub-class) */
#define PCI_CLASS_STORAGE	0x01 /* base class only */
#define PCI_CLASS_NETWORK	0x02
#define PCI_CLASS_DISPLAY	0x03
#define PCI_CLASS_DISPLAY_VGA	0x0300
#define PCI_CLASS_DISPLAY_OTHER 0x0380
#define PCI_CLASS_AUDIO_HDA	0x0403
#define PCI_CLASS_BRIDGE_HOST	0x0600
#define PCI_CLASS_BRIDGE_ISA	0x0601
#define PCI_CLASS_BRIDGE_PCI	0x0604
#define PCI_CLASS_SERIAL_USB	0x0c03
#define PCI_CLASS_SERIAL_SMBUS	0x0c05
#define PCI_CLASS_SERIAL_OTHER	0x0c80

#define PCI_VENDOR_INTEL   0x8086
#define PCI_VENDOR_AMD_GPU 0x1002
#define PCI_VENDOR_AMD	   0x1022
#define PCI_VENDOR_NVIDIA  0x10de
