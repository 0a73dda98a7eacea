// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * binding.c - OP_BIND: a PCI function given to another driver while the machine runs.
 *
 * Linux Documentation/ABI/testing/sysfs-bus-pci: driver_override names the only driver that may have the device,
 * unbind takes it from the one it has, drivers_probe looks for one again. Nothing of it outlives the kernel that
 * runs, so after another boot there is nothing to undo.
 *
 * vfio-pci lets go of a device only when nobody has it open any more (Linux drivers/vfio/vfio_main.c,
 * vfio_unregister_group_dev()), so with its VM running an unbind would not come back, and the journal's lock with it;
 * a DRM driver goes from under whoever draws. So who has it open is asked first.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "change/work.h"
#include "host/holders.h"

#define DEVICES "sys/bus/pci/devices"

static const char *path_of(struct work *w, size_t i, const char *name)
{
	return arena_printf(&w->a, DEVICES "/%s/%s", w->plan->ops[i].target, name);
}

/* The name of the driver it has, "" for none. */
static const char *driver_now(struct work *w, size_t i)
{
	const char *target = "", *slash;

	if (host_link(w->site->host, path_of(w, i, "driver"), &w->a, &target) < 0)
		return "";
	slash = strrchr(target, '/');
	return slash ? slash + 1 : target;
}

static const char *override_now(struct work *w, size_t i)
{
	struct span text;

	if (host_read(w->site->host, path_of(w, i, "driver_override"), HOST_TEXT_MAX, &w->a, &text) < 0)
		return "";
	text = text_trim(text);
	return text_eq(text, "(null)") ? "" : arena_span(&w->a, text);
}

static int tell(struct work *w, const char *path, const char *text)
{
	int fd = site_open_path(w->site, path, O_WRONLY, 0), err = 0;
	size_t n = strlen(text);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? site_refuse(w->rep, err, arena_printf(&w->a, "/%s", path), "the kernel does not take it") : 0;
}

/* Is @node, a name below /dev/dri or /dev/vfio, one of this function: "card0", its group "12", "devices/vfio0"? */
static bool is_node(struct work *w, size_t i, const char *node)
{
	const char *group = "", *device = strrchr(node, '/');

	if (host_link(w->site->host, path_of(w, i, "iommu_group"), &w->a, &group) < 0)
		group = "";
	group = strrchr(group, '/') ? strrchr(group, '/') + 1 : group;
	return strcmp(node, group) == 0 ||
	       host_has(w->site->host, path_of(w, i, arena_printf(&w->a, "drm/%s", node))) == 1 ||
	       (device &&
		host_has(w->site->host, path_of(w, i, arena_printf(&w->a, "vfio-dev/%s", device + 1))) == 1);
}

/* Nobody has the function open: 0; else a refusal that says who. */
static int idle(struct work *w, size_t i)
{
	static const char *const folders[] = { "/dev/vfio/", "/dev/dri/" };
	struct holders found;

	for (size_t k = 0; k < ARRAY_SIZE(folders); k++) {
		int r = holders_below(w->site->host, folders[k], &found);

		if (r < 0)
			return report_refuse(w->rep, -r, REPORT_NOWHERE,
					     "%s: which processes have it open is not known (%s); nothing is taken "
					     "from under them",
					     w->plan->ops[i].target, igd_error_str(r));
		for (size_t n = 0; n < found.n; n++)
			if (is_node(w, i, found.v[n].node))
				return report_refuse(w->rep, IGD_EBUSY, REPORT_NOWHERE,
						     "%s: %s (process %u) has it open, %s%s; end %s first",
						     w->plan->ops[i].target, found.v[n].name, found.v[n].pid,
						     folders[k], found.v[n].node, k == 0 ? "that VM" : "it");
	}
	return 0;
}

static bool is_address(const char *s)
{
	return strlen(s) == strlen("0000:00:02.0") && strspn(s, "0123456789abcdef:.") == strlen(s);
}

static int test(struct work *w, size_t i)
{
	const struct operation *op = &w->plan->ops[i];
	const char *now;

	if (!w->site->live)
		return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "%s: only the machine that runs can give a device to another driver",
				     op->target);
	if (!is_address(op->target) || host_has(w->site->host, path_of(w, i, "driver_override")) != 1)
		return report_refuse(w->rep, IGD_ENOENT, REPORT_NOWHERE, "%s: no such PCI function here", op->target);
	now = driver_now(w, i);
	if (strcmp(now, op->driver_after) == 0)
		return 1;
	if (strcmp(now, op->driver_before) == 0)
		return *now ? idle(w, i) : 0;
	return report_refuse(w->rep, IGD_ECHANGED, REPORT_NOWHERE,
			     "%s: its driver is %s, and was %s when the plan was made; make the plan again",
			     op->target, or_dash(now), or_dash(op->driver_before));
}

static int prepare(struct work *w, size_t i, struct record *rec)
{
	rec->there = true;
	rec->text = override_now(w, i);
	return 0;
}

/* From whatever has it to @driver, "" for none, with @override for later. */
static int give(struct work *w, size_t i, const char *driver, const char *override)
{
	const char *address = w->plan->ops[i].target, *now = driver_now(w, i);
	int r = 0;

	if (*now && strcmp(now, driver) != 0)
		r = idle(w, i);
	if (r == 0 && *now && strcmp(now, driver) != 0)
		r = tell(w, path_of(w, i, "driver/unbind"), address);
	if (r == 0)
		r = tell(w, path_of(w, i, "driver_override"), *override ? override : "\n");
	if (r == 0 && *driver && strcmp(now, driver) != 0)
		r = tell(w, "sys/bus/pci/drivers_probe", address);
	if (r == 0 && strcmp(driver_now(w, i), driver) != 0)
		return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE,
				     "%s: its driver is %s now, and should be %s; the kernel's log may say why",
				     address, or_dash(driver_now(w, i)), or_dash(driver));
	return r;
}

static int act(struct work *w, size_t i)
{
	return give(w, i, w->plan->ops[i].driver_after, w->plan->ops[i].driver_after);
}

/* A machine that does not run has no binding any more, whatever is mounted at its /sys. */
static bool is_another_boot(struct work *w)
{
	const char *now = journal_boot_id(w->site->host, &w->a);

	return !w->site->live || (*w->boot && *now && strcmp(w->boot, now) != 0);
}

static int undo(struct work *w, size_t i)
{
	return is_another_boot(w) ? UNDONE_MOOT : give(w, i, w->plan->ops[i].driver_before, w->steps[i].text);
}

static int test_undo(struct work *w, size_t i)
{
	const char *now = driver_now(w, i);

	return is_another_boot(w) || !*now || strcmp(now, w->plan->ops[i].driver_before) == 0 ? 0 : idle(w, i);
}

const struct way way_bind = { test, prepare, act, undo, NULL, test_undo };
