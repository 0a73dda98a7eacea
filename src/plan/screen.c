// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * screen.c - what the owner will see on the way, told before, so that a dark screen is not taken for a dead host.
 *
 * What draws when: the firmware until the kernel starts; then the console on the framebuffer that the firmware left
 * (Linux drivers/firmware/sysfb.c), until vfio-pci takes the GPU and evicts it (from 6.0 on, class 0300 alone:
 * drivers/vfio/pci/vfio_pci_core.c); then nothing, until a guest draws. vfio-pci resets the GPU when a VM opens and
 * when it closes it, so the picture goes at both.
 */
#include <string.h>

#include "base/text.h"
#include "plan/host.h"

#define ID "console.last"

const struct pci_fn *host_other_gpu(const struct facts *f, const struct pci_fn *p)
{
	for (size_t i = 0; i < f->n_pci; i++)
		if (&f->pci[i] != p && pci_fn_base_class(&f->pci[i], PCI_CLASS_DISPLAY) &&
		    f->pci[i].is_vf.v != TRI_YES)
			return &f->pci[i];
	return NULL;
}

bool host_shows_console(const struct facts *f, const struct pci_fn *p)
{
	return !host_other_gpu(f, p) || (f->fb_owner.v && p->driver.v && *p->driver.v &&
					 strncmp(f->fb_owner.v, p->driver.v, strlen(p->driver.v)) == 0);
}

/* Will the kernel have no framebuffer of the firmware's, by what stands or by what this plan adds? */
static bool without_sysfb(const struct facts *f, const struct plan *p)
{
	for (const struct conf *c = NULL; (c = facts_conf(f, CONF_CMDLINE, "initcall_blacklist", c));)
		if (c->value && strstr(c->value, "sysfb_init"))
			return true;
	for (size_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].kind == OP_WRITE && text_has(p->ops[i].after, "initcall_blacklist=sysfb_init"))
			return true;
	return false;
}

/* Will a passphrase be asked for? Of pasted text the command line and the name of the root's device tell. */
static bool is_encrypted(const struct facts *f)
{
	const char *line = f->cmdline.v ? f->cmdline.v : "";

	if (f->root_crypt.v)
		return facts_passphrase(f) != NULL;
	if (strstr(line, "rd.luks") || strstr(line, "cryptdevice=") || strstr(line, "luks-"))
		return true;
	for (size_t i = 0; i < f->n_disks; i++)
		if (strcmp(f->disks[i].what, "/") == 0 && f->disks[i].device && strstr(f->disks[i].device, "crypt"))
			return true;
	return false;
}

/* ---- the host's only screen ------------------------------------------------------------------------------------ */

/* Entries differ in their options, but what the initramfs and modprobe.d say is the same for all. */
static void other_entries(const struct facts *f, struct plan *p)
{
	bool binds = false;

	for (size_t i = 0; i < p->n_promises; i++)
		binds |= p->promises[i].kind == PROMISE_DRIVER;
	if (!binds)
		return;
	if (initramfs_by_ostree(f))
		plan_tell(p, PLAN_SCREEN, ID, "Boot menu: the older deployment shows a picture, as before.");
	else
		plan_tell(p, PLAN_SCREEN, ID, "Boot menu: recovery and fallback entries stay as dark. %s",
			  spare_is_there(f, p)
				  ? "Only the one \"without igdctl's settings\" shows a picture."
				  : "No entry shows a picture: there is none without igdctl's settings.");
}

static void boot_alone(const struct facts *f, struct plan *p)
{
	int cmp;

	plan_tell(p, PLAN_SCREEN, ID, "Firmware and boot menu: as always.");
	if (without_sysfb(f, p))
		plan_tell(p, PLAN_SCREEN, ID,
			  "Kernel: nothing. The boot loader's last lines (\"Loading initial ramdisk\") stay, or the "
			  "screen goes dark.");
	else if (facts_kernel_cmp(f, 6, 0, &cmp) && cmp < 0)
		plan_tell(p, PLAN_SCREEN, ID,
			  "Kernel: its first lines, and then they stand still while the host goes on without them.");
	else
		plan_tell(p, PLAN_SCREEN, ID,
			  "Kernel: a few lines at most. When vfio-pci takes the GPU, early, the picture stands still "
			  "or goes dark; it looks like a hang at \"Loading initial ramdisk\" and is none.");
	plan_tell(
		p, PLAN_SCREEN, ID,
		is_encrypted(f)
			? "Passphrase: it is asked for unseen. Type it blind, or let it be unlocked over the network."
			: "Prompts, the login and what a crash says: all unseen. Give the host two minutes, then log "
			  "in from another machine.");
	other_entries(f, p);
}

/* ---- beside another GPU ---------------------------------------------------------------------------------------- */

static void boot_beside(const struct pci_fn *gpu, const struct pci_fn *other, struct plan *p)
{
	char buf[PCI_ADDR_STR], with[PCI_ADDR_STR];

	pci_addr_str(gpu->addr, buf);
	pci_addr_str(other->addr, with);
	if (gpu->boot_vga.v == TRI_YES)
		plan_tell(p, PLAN_SCREEN, ID,
			  "Firmware and boot menu: on the outputs of %s, as the firmware setup has it. The host's "
			  "console comes on %s once its driver loads; what is said or asked for before that is "
			  "unseen, unless the setup makes %s the primary display.",
			  buf, with, with);
	else
		plan_tell(p, PLAN_SCREEN, ID, "Firmware, boot menu and console: on %s, as always.", with);
	plan_tell(p, PLAN_SCREEN, ID, "The outputs of %s: dark from early boot on.", buf);
}

/* ---- at once --------------------------------------------------------------------------------------------------- */

static void at_once(const struct pci_fn *gpu, const struct pci_fn *other, struct plan *p)
{
	char buf[PCI_ADDR_STR];

	pci_addr_str(gpu->addr, buf);
	if (other)
		plan_tell(p, PLAN_SCREEN, ID, "Now: the outputs of %s go dark or stand still; the others go on.",
			  buf);
	else
		plan_tell(p, PLAN_SCREEN, ID,
			  "Now: the host's screen goes dark or stands still, and what the host says is unseen until "
			  "it has the GPU again.");
	plan_tell(p, PLAN_SCREEN, ID, "At the next boot: all as it was before.");
}

/* ---- the VM ---------------------------------------------------------------------------------------------------- */

static const char *vm_draws(enum mode mode)
{
	switch (mode) {
	case MODE_LEGACY:
		return "VM starts: its BIOS draws at once, then the guest.";
	case MODE_UEFI:
		return "VM starts: dark for a moment. With an option ROM its firmware draws; without one the picture "
		       "comes with the guest's own driver.";
	case MODE_UPT:
		return "VM starts: the GPU's outputs stay dark; the guest is seen by remote desktop or by the screen "
		       "that QEMU makes.";
	default:
		return "VM starts: dark for a moment; the picture comes with its firmware or with the guest's "
		       "driver.";
	}
}

void plan_screen(const struct facts *f, const struct findings *found, struct plan *p)
{
	const struct pci_fn *gpu = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL, *other;

	if (p->refused || !gpu || !(MODE_BIT(p->mode) & MODES_WHOLE) || p->n_ops == 0)
		return;
	other = host_other_gpu(f, gpu);
	if (plan_is_try(p))
		at_once(gpu, other, p);
	else if (plan_wants_boot(p) && other)
		boot_beside(gpu, other, p);
	else if (plan_wants_boot(p) && findings_get(found, ID))
		boot_alone(f, p);
	plan_tell(p, PLAN_SCREEN, ID, "%s", vm_draws(p->mode));
	plan_tell(p, PLAN_SCREEN, ID,
		  "VM stops: dark, or its last picture, until it starts again. The host does not take the screen "
		  "back by itself.");
}
