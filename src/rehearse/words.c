// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * words.c - see the header. QEMU opens /dev/fd/N anew for each use: that works for memory files and pipes alike,
 * while its own -add-fd takes no pipe as a file. A vfio-user socket has to be a path (hw/vfio-user/pci.c, 11.1), and
 * /proc/self/fd/N of a descriptor from O_PATH is one, even when the name that it was opened by is gone.
 */
#include "rehearse/words.h"

#include "base/error.h"
#include "store/vm_qemu.h"

struct words {
	struct arena *a;
	const char **v;
	size_t n;
};

static void word(struct words *w, const char *text)
{
	const char **p = arena_push(w->a, w->v, w->n);

	if (p)
		*p = text;
}

static void pair(struct words *w, const char *option, const char *value)
{
	word(w, option);
	word(w, value);
}

/* Nothing but what is asked for; and nothing that waits: no boot menu, no second start, no screen. */
static void put_manners(struct words *w, bool sandbox)
{
	pair(w, "-name", "igdctl-rehearsal");
	word(w, "-nodefaults");
	word(w, "-no-user-config");
	word(w, "-no-reboot");
	pair(w, "-display", "none");
	pair(w, "-monitor", "none");
	pair(w, "-net", "none");
	pair(w, "-boot", "menu=off");
	if (sandbox)
		pair(w, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
}

/* The guest's memory is a file that the device maps (docs/system/devices/vfio-user.rst). With SMM as OvmfPkg/README
 * asks for it. */
static void put_board(struct words *w, const struct rehearsal_setup *s)
{
	if (s->kvm) {
		pair(w, "-accel", "kvm");
		pair(w, "-cpu", "host");
	} else {
		pair(w, "-accel", "tcg");
	}
	pair(w, "-machine",
	     arena_printf(w->a, "%s%s,memory-backend=ram", s->q35 ? "q35" : "pc", s->smm ? ",smm=on" : ""));
	pair(w, "-smp", "1");
	pair(w, "-m", arena_printf(w->a, "%uM", s->memory_mib));
	pair(w, "-object", arena_printf(w->a, "memory-backend-memfd,id=ram,size=%uM,share=on", s->memory_mib));
	if (s->smm) {
		pair(w, "-global", "driver=cfi.pflash01,property=secure,value=on");
		if (s->q35)
			pair(w, "-global", "ICH9-LPC.disable_s3=1");
	}
}

static void put_flash(struct words *w, unsigned unit, int fd, bool readonly)
{
	if (fd >= 0)
		pair(w, "-drive",
		     arena_printf(w->a, "if=pflash,format=raw,unit=%u,file=/dev/fd/%d%s", unit, fd,
				  readonly ? ",readonly=on" : ""));
}

static void put_mouth(struct words *w, const char *name, int fd)
{
	if (fd >= 0)
		pair(w, "-chardev", arena_printf(w->a, "file,id=%s,path=/dev/fd/%d", name, fd));
}

static void put_file(struct words *w, const char *name, int fd)
{
	if (fd >= 0)
		pair(w, "-fw_cfg", arena_printf(w->a, "name=%s,file=/dev/fd/%d", name, fd));
}

/* Only JSON can say a socket's address on the command line. */
static void put_vfio_user(struct words *w, const char *addr, int fd, int rom)
{
	const char *romfile = rom < 0 ? "" : arena_printf(w->a, ",\"romfile\":\"/dev/fd/%d\"", rom);

	if (fd >= 0)
		pair(w, "-device",
		     arena_printf(w->a,
				  "{\"driver\":\"vfio-user-pci\",\"addr\":\"%s\",\"socket\":{\"type\":\"unix\","
				  "\"path\":\"/proc/self/fd/%d\"}%s}",
				  addr, fd, romfile));
}

/*
 * The second device is one that each build of QEMU has (RHEL's too) and that needs nothing of the host; OVMF runs the
 * ROM of whatever device has one.
 */
static void put_devices(struct words *w, const struct rehearsal_fds *fds)
{
	put_mouth(w, "debug", fds->debug);
	if (fds->debug >= 0)
		pair(w, "-device", "isa-debugcon,iobase=0x402,chardev=debug");
	put_mouth(w, "serial", fds->serial);
	if (fds->serial >= 0)
		pair(w, "-serial", "chardev:serial");
	put_file(w, "etc/igd-opregion", fds->opregion);
	put_file(w, "etc/igd-bdsm-size", fds->stolen);
	put_vfio_user(w, "02.0", fds->igd, fds->rom);
	put_vfio_user(w, "1f.0", fds->lpc, -1);
	if (fds->witness >= 0)
		pair(w, "-device", arena_printf(w->a, "virtio-rng-pci,addr=03.0,romfile=/dev/fd/%d", fds->witness));
}

int rehearsal_words(const struct rehearsal_setup *s, const struct rehearsal_fds *fds, bool sandbox, struct arena *a,
		    const char *const **ret)
{
	struct words w = { .a = a };

	word(&w, arena_str(a, s->qemu->path));
	put_manners(&w, sandbox);
	put_board(&w, s);
	put_flash(&w, 0, fds->code, fds->vars >= 0);
	put_flash(&w, 1, fds->vars, false);
	put_devices(&w, fds);
	word(&w, NULL);
	if (a->full)
		return -IGD_ENOMEM;
	*ret = w.v;
	return 0;
}

const char *rehearsal_command(const char *const *words, struct arena *a)
{
	const char *all = arena_str(a, "");

	for (size_t i = 0; words[i]; i++)
		all = arena_printf(a, "%s%s%s", all, i ? " " : "", shell_quoted(words[i], a));
	return all;
}
