// SPDX-License-Identifier: GPL-2.0-or-later
/* packages.c - installed packages that matter here, and the hypervisors' versions that they tell. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "facts/read.h"

#define PACKAGES_MAX 256
#define MODULES_MAX  8192

static const struct {
	const char *name; /* a '*' at the end stands for any more */
	size_t fact;	  /* offset of the version that it tells, 0: none */
} known[] = {
	{ "pve-qemu-kvm", offsetof(struct facts, qemu) },
	{ "qemu-system-x86", offsetof(struct facts, qemu) },
	{ "qemu-system-x86-core", offsetof(struct facts, qemu) },
	{ "qemu-system-x86_64", offsetof(struct facts, qemu) },
	{ "qemu-kvm-core", offsetof(struct facts, qemu) },
	{ "libvirt-daemon", offsetof(struct facts, libvirt) },
	{ "libvirt", offsetof(struct facts, libvirt) },
	{ "pve-manager", offsetof(struct facts, pve) },
	{ "proxmox-ve", 0 },
	{ "qemu-server", 0 },
	{ "ovmf", 0 },
	{ "edk2-ovmf", 0 },
	{ "pve-edk2-firmware*", 0 },
	{ "i915-sriov-dkms*", 0 },
	{ "dkms", 0 },
	{ "initramfs-tools", 0 },
	{ "dracut", 0 },
	{ "mkinitcpio", 0 },
	{ "proxmox-kernel-helper", 0 },
};

static bool name_is(struct span name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return name.n >= n - 1 && memcmp(name.p, pattern, n - 1) == 0;
	return text_eq(name, pattern);
}

/* "1:7.2+dfsg-7+deb12u7" is upstream's 7.2: without epoch, repacking and revision (deb-version(7)). */
static const char *upstream(struct facts *f, struct span version)
{
	struct span s = version, before;
	size_t n = 0;

	text_until(&s, ":", &before);
	while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
		n++;
	s.n = n;
	return n ? arena_span(&f->arena, s) : NULL;
}

bool facts_package_matters(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (name_is(name, known[i].name))
			return true;
	return false;
}

bool facts_package(struct facts *f, struct span name, struct span version, const char *from)
{
	struct package *p;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!name_is(name, known[i].name) || version.n == 0 || version.n > 80)
			continue;
		p = f->n_packages < PACKAGES_MAX ? arena_push(&f->arena, f->packages, f->n_packages) : NULL;
		if (!p)
			return false;
		*p = (struct package) { arena_span(&f->arena, name), arena_span(&f->arena, version), from };
		if (known[i].fact)
			fact_str_set((struct fact_str *)((char *)f + known[i].fact), upstream(f, version), from);
		return true;
	}
	return false;
}

int facts_module(struct facts *f, struct span name, const char *from)
{
	struct fact_str *m = f->n_modules < MODULES_MAX ? arena_push(&f->arena, f->modules, f->n_modules) : NULL;
	char *s;

	if (!m)
		return -IGD_ELIMIT;
	s = (char *)arena_span(&f->arena, name);
	for (size_t i = 0; s[i]; i++)
		if (s[i] == '-')
			s[i] = '_';
	*m = STR_KNOWN(s, from);
	return 0;
}
