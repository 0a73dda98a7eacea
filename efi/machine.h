/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.h - the instructions that no C expresses, and nothing else: ports, CPUID, one model specific register. In
 * the firmware they are machine.c's; in the tests a mock's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint8_t machine_in8(uint16_t port);
void machine_out8(uint16_t port, uint8_t value);
void machine_out16(uint16_t port, uint16_t value);
/* Read @n bytes from one port, as fast as the machine can (rep insb). */
void machine_in8s(uint16_t port, void *buf, size_t n);

struct machine_cpuid {
	uint32_t eax, ebx, ecx, edx;
};

struct machine_cpuid machine_cpuid(uint32_t leaf, uint32_t subleaf);
uint64_t machine_rdmsr(uint32_t msr);
