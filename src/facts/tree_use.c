// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_use.c - what the host itself needs its devices for: the network, its disks, its guests.
 */
#include "facts/tree.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- network ------------------------------------------------------------------------------------------------ */

/* "upper_vmbr0", "upper_eno1.10": what stands on it (Linux net/core/dev.c, netdev_adjacent_sysfs_add()). */
static void stacked(struct tree *t, struct netif *n, const char *dir)
{
	struct host_names names;

	if (!tree_list(t, dir, &names))
		return;
	facts_net_above(t->f, n, span_str(""), t->path);
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.v[i], "upper_", 6) == 0)
			facts_net_above(t->f, n, span_str(names.v[i] + 6), t->path);
}

static void interface(struct tree *t, const char *name)
{
	const char *dir = tree_path(t, "sys/class/net/%s", name), *above;
	struct netif *n = facts_net(t->f, span_str(name), arena_printf(&t->f->arena, "/%s", dir));
	struct pci_addr a;

	if (!n)
		return;
	if (tree_last_pci(tree_link(t, dir), &a))
		n->pci = facts_pci_index(t->f, a);
	stacked(t, n, dir);
	above = tree_link_name(t, tree_path(t, "%s/master", dir));
	if (above || !t->why)
		fact_str_set(&n->bridge, above ? above : "", t->path);
}

/* /proc/net/route: "Iface Destination Gateway Flags RefCnt Use Metric Mask ..."; a default route has mask 0. */
static bool route4(struct tree *t)
{
	struct span text, line, w[8];

	if (!tree_read(t, "proc/net/route", &text))
		return false;
	while (span_line(&text, &line)) {
		size_t n = 0;

		while (n < ARRAY_SIZE(w) && text_word(&line, &w[n]))
			n++;
		if (n == ARRAY_SIZE(w) && text_eq(w[1], "00000000") && text_eq(w[7], "00000000"))
			fact_str_set(&t->f->default_if, arena_span(&t->f->arena, w[0]), t->path);
	}
	return true;
}

/* /proc/net/ipv6_route: destination, its prefix length, source, its, next hop, metric, ..., device. "lo" holds the
 * unreachable default that is always there. */
static void route6(struct tree *t)
{
	struct span text, line, w[10];

	if (!tree_read(t, "proc/net/ipv6_route", &text))
		return;
	while (span_line(&text, &line)) {
		size_t n = 0;

		while (n < ARRAY_SIZE(w) && text_word(&line, &w[n]))
			n++;
		if (n == ARRAY_SIZE(w) && text_eq(w[1], "00") && text_eq(w[0], "00000000000000000000000000000000") &&
		    !text_eq(w[9], "lo"))
			fact_str_set(&t->f->default_if, arena_span(&t->f->arena, w[9]), t->path);
	}
}

static bool is_ports(struct span word)
{
	static const char *const words[] = { "bridge-ports", "bridge_ports", "bond-slaves", "bond_slaves",
					     "slaves",	     "ovs_ports",    "ovs_bonds" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_eq(word, words[i]))
			return true;
	return false;
}

/* Of a tree without a running network: what /etc/network/interfaces will bring up. */
static void stanzas(struct tree *t)
{
	struct span text, line, word, name = { 0 };

	if (!tree_read(t, "etc/network/interfaces", &text))
		return;
	while (span_line(&text, &line)) {
		if (!text_word(&line, &word))
			continue;
		if (text_eq(word, "iface"))
			text_word(&line, &name);
		else if (text_eq(word, "gateway") && name.n)
			fact_str_set(&t->f->default_if, arena_span(&t->f->arena, name), t->path);
		else if (is_ports(word))
			while (name.n && text_word(&line, &word)) {
				struct netif *n = facts_net(t->f, word, t->path);

				if (n)
					fact_str_set(&n->bridge, arena_span(&t->f->arena, name), t->path);
			}
	}
}

void tree_net(struct tree *t)
{
	struct host_names names;
	bool live;

	if (tree_list(t, "sys/class/net", &names))
		for (size_t i = 0; i < names.n; i++)
			interface(t, names.v[i]);
	live = route4(t);
	if (!t->f->default_if.v)
		route6(t);
	if (live)
		fact_str_set(&t->f->default_if, "", "/proc/net/route");
	else
		stanzas(t);
}

/* ---- disks -------------------------------------------------------------------------------------------------- */

#define STACK_MAX  4   /* a volume on a volume group on encryption on RAID */
#define LOOKS_MAX  256 /* at block devices below one filesystem */
#define POOLS_MAX  8   /* of ZFS */
#define MOUNTS_MAX 64  /* of the few places that matter; more than one each where one hides another */

/* "nvme0n1" of a multipath subsystem hangs below no function; its controller "nvme0" does. */
static bool nvme_controller(struct tree *t, const char *block, struct pci_addr *ret)
{
	struct span s = span_str(block);
	uint64_t n;

	return text_skip(&s, "nvme") && text_digits(&s, 10, &n) && text_starts(s, "n") &&
	       tree_last_pci(tree_link(t, tree_path(t, "sys/class/nvme/nvme%u", (unsigned)n)), ret);
}

/* Functions that one filesystem needs: more than one with RAID, or with volumes over several disks. */
#define FUNCTIONS_MAX 16

struct functions {
	struct pci_addr v[FUNCTIONS_MAX];
	size_t n, looks;
	const char *crypt; /* an encrypted device on the way; NULL: none */
};

static void functions_add(struct functions *fs, struct pci_addr a)
{
	for (size_t i = 0; i < fs->n; i++)
		if (pci_addr_eq(fs->v[i], a))
			return;
	if (fs->n < FUNCTIONS_MAX)
		fs->v[fs->n++] = a;
}

/* The device mapper's name for it where it is an encrypted one: those have a UUID of "CRYPT-" and its kind
 * (cryptsetup lib/libdevmapper.c, dm_prepare_uuid()). */
static const char *crypt_name(struct tree *t, const char *path)
{
	const char *uuid = tree_text(t, tree_path(t, "%s/dm/uuid", path));

	return uuid && strncmp(uuid, "CRYPT-", 6) == 0 ? tree_text(t, tree_path(t, "%s/dm/name", path)) : NULL;
}

/* The functions that the block device at @path (of sysfs) hangs on; what stands on others is followed down. */
static void block_functions(struct tree *t, const char *path, unsigned depth, struct functions *ret)
{
	const char *target, *name;
	struct host_names slaves;
	struct pci_addr a;

	if (ret->looks++ >= LOOKS_MAX)
		return;
	target = tree_link(t, path);
	name = target ? strrchr(target, '/') : NULL;
	if (tree_last_pci(target, &a) || (name && nvme_controller(t, name + 1, &a))) {
		functions_add(ret, a);
		return;
	}
	ret->crypt = ret->crypt ? ret->crypt : crypt_name(t, path);
	if (!name || depth >= STACK_MAX || !tree_list(t, tree_path(t, "%s/slaves", path), &slaves))
		return;
	for (size_t i = 0; i < slaves.n && i < FUNCTIONS_MAX; i++)
		block_functions(t, tree_path(t, "sys/class/block/%s", slaves.v[i]), depth + 1, ret);
}

/* What udev found on a block device: two lines of its record, the others name the specimen (systemd, udev(7)). */
static bool udev_wanted(void *ctx, struct span line)
{
	(void)ctx;
	return text_starts(line, "E:ID_FS_TYPE=") || text_starts(line, "E:ID_FS_LABEL=");
}

static bool is_member(struct tree *t, const char *block, struct span pool)
{
	const char *number = tree_text(t, tree_path(t, "sys/class/block/%s/dev", block));
	struct span text, line, label = { 0 };
	bool zfs = false;

	if (!number || host_read_some(t->h, tree_path(t, "run/udev/data/b%s", number), "\n", udev_wanted, NULL,
				      &t->f->arena, &text) < 0)
		return false;
	while (span_line(&text, &line)) {
		zfs |= text_eq(line, "E:ID_FS_TYPE=zfs_member");
		if (text_skip(&line, "E:ID_FS_LABEL="))
			label = line;
	}
	return zfs && label.n == pool.n && memcmp(label.p, pool.p, pool.n) == 0;
}

/* Pools that were looked up: each costs a look at all block devices. */
struct pools {
	struct {
		const char *name;
		struct functions fs;
	} v[POOLS_MAX];
	size_t n;
};

/* "rpool/ROOT/pve-1" of a ZFS mount: its pool's members are found by their labels. */
static void pool_functions(struct tree *t, struct pools *pools, struct span source, struct functions *ret)
{
	struct span pool = span_before(source, '/');
	struct host_names blocks;

	for (size_t i = 0; i < pools->n; i++)
		if (text_eq(pool, pools->v[i].name)) {
			*ret = pools->v[i].fs;
			return;
		}
	if (pool.n == 0 || pools->n == POOLS_MAX || !tree_list(t, "sys/class/block", &blocks))
		return;
	for (size_t i = 0; i < blocks.n; i++)
		if (is_member(t, blocks.v[i], pool))
			block_functions(t, tree_path(t, "sys/class/block/%s", blocks.v[i]), 0, ret);
	pools->v[pools->n].name = arena_span(&t->f->arena, pool);
	pools->v[pools->n++].fs = *ret;
}

/* The fields of a line of /proc/PID/mountinfo that matter (proc(5)). */
struct mount {
	struct span number, point, type, source;
};

static bool mount_read(struct span line, struct mount *ret)
{
	struct span w;

	for (unsigned i = 0; i < 5; i++) {
		if (!text_word(&line, &w))
			return false;
		if (i == 2)
			ret->number = w;
		if (i == 4)
			ret->point = w;
	}
	return text_until(&line, " - ", &w) && text_word(&line, &ret->type) && text_word(&line, &ret->source);
}

static void mount_use(struct tree *t, struct pools *pools, const struct mount *m)
{
	const char *source = arena_span(&t->f->arena, m->source), *number = arena_span(&t->f->arena, m->number);
	const char *slash = strrchr(source, '/'), *point = arena_span(&t->f->arena, m->point);
	struct functions fs = { .n = 0 };

	if (text_eq(m->type, "zfs"))
		pool_functions(t, pools, m->source, &fs);
	else if (number[0] != '0')
		block_functions(t, tree_path(t, "sys/dev/block/%s", number), 0, &fs);
	/* Filesystems over several devices (btrfs) have a number of their own; their source names one of them. */
	if (fs.n == 0 && strncmp(source, "/dev/", 5) == 0)
		block_functions(t, tree_path(t, "sys/class/block/%s", slash + 1), 0, &fs);
	if (strcmp(point, "/") == 0 && (fs.crypt || fs.n))
		fact_str_set(&t->f->root_crypt, fs.crypt ? fs.crypt : "", "/proc/self/mountinfo");
	for (size_t i = 0; i < fs.n || i == 0; i++) {
		struct disk_use *d = arena_push(&t->f->arena, t->f->disks, t->f->n_disks);

		if (d)
			*d = (struct disk_use) { point, "/proc/self/mountinfo", source,
						 fs.n ? facts_pci_index(t->f, fs.v[i]) : -1 };
	}
}

static bool is_needed(struct span point)
{
	return text_eq(point, "/") || text_eq(point, "/boot") || text_eq(point, "/boot/efi") ||
	       text_eq(point, "/efi") || text_eq(point, "/usr") || text_eq(point, "/var");
}

/* In memory, or on another machine: no disk of this one. */
static bool is_diskless(struct span type)
{
	static const char *const types[] = { "rootfs", "ramfs", "tmpfs", "nfs", "nfs4", "9p", "autofs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_eq(type, types[i]))
			return true;
	return false;
}

static bool mount_wanted(void *ctx, struct span line)
{
	struct mount m;

	(void)ctx;
	return mount_read(line, &m) && is_needed(m.point) && !is_diskless(m.type);
}

void tree_disks(struct tree *t)
{
	struct pools pools = { .n = 0 };
	struct span text, line;
	struct mount m;
	size_t n = 0;

	if (host_read_some(t->h, "proc/self/mountinfo", "\n", mount_wanted, NULL, &t->f->arena, &text) < 0)
		return;
	fact_tri_set(&t->f->disks_seen, true, "/proc/self/mountinfo");
	while (n < MOUNTS_MAX && span_line(&text, &line))
		if (mount_read(line, &m)) {
			mount_use(t, &pools, &m);
			n++;
		}
	if (text.n)
		report_note(t->rep, REPORT_NOWHERE, "/proc/self/mountinfo: too many mounts; the rest is left out");
}

/* ---- guests ------------------------------------------------------------------------------------------------- */

static void guest_runs(struct tree *t, size_t before, const char *pid_file)
{
	struct facts *f = t->f;

	if (f->n_guests == before || tree_has(t, "run") != TRI_YES)
		return;
	tree_there(t, &f->guests[f->n_guests - 1].running, pid_file, "run");
}

static void guests_are(struct tree *t)
{
	if (!t->f->guests_seen.from) /* nothing was refused before */
		fact_tri_set(&t->f->guests_seen, true, t->path);
}

/* One that is there and may not be read leaves all questions about guests open; the first tells why. */
static void guest_refused(struct tree *t)
{
	if (t->why && (t->f->guests_seen.v != TRI_UNKNOWN || !t->f->guests_seen.from))
		t->f->guests_seen = (struct fact_tri) { TRI_UNKNOWN, t->why };
}

static void proxmox(struct tree *t, const char *folder, const char *kind)
{
	struct host_names names;

	if (!tree_list(t, folder, &names)) {
		guest_refused(t);
		return;
	}
	guests_are(t);
	for (size_t i = 0; i < names.n; i++) {
		struct span id = span_str(names.v[i]), text;
		size_t before = t->f->n_guests;

		if (!text_ends(id, ".conf"))
			continue;
		if (!tree_read(t, tree_path(t, "%s/%s", folder, names.v[i]), &text)) {
			guest_refused(t);
			continue;
		}
		id.n -= strlen(".conf");
		if (facts_guest_pve(t->f, kind, arena_span(&t->f->arena, id), t->path, text) < 0)
			report_note(t->rep, REPORT_NOWHERE, "%s: too many guests; this one is left out", t->path);
		if (strcmp(kind, "pve") == 0)
			guest_runs(t, before, tree_path(t, "run/qemu-server/%.*s.pid", (int)id.n, names.v[i]));
	}
}

static void libvirt(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, "etc/libvirt/qemu", &names)) {
		guest_refused(t);
		return;
	}
	guests_are(t);
	for (size_t i = 0; i < names.n; i++) {
		struct span name = span_str(names.v[i]), text;
		size_t before = t->f->n_guests;

		if (!text_ends(name, ".xml"))
			continue;
		if (!tree_read(t, tree_path(t, "etc/libvirt/qemu/%s", names.v[i]), &text)) {
			guest_refused(t);
			continue;
		}
		if (facts_guest_libvirt(t->f, t->path, text) < 0)
			report_note(t->rep, REPORT_NOWHERE, "%s: too many guests; this one is left out", t->path);
		guest_runs(t, before, tree_path(t, "run/libvirt/qemu/%.*s.pid", (int)name.n - 4, names.v[i]));
		if (t->f->n_guests > before)
			tree_there(t, &t->f->guests[before].onboot,
				   tree_path(t, "etc/libvirt/qemu/autostart/%s", names.v[i]), "etc/libvirt/qemu");
	}
}

void tree_guests(struct tree *t)
{
	proxmox(t, "etc/pve/qemu-server", "pve");
	proxmox(t, "etc/pve/lxc", "lxc");
	libvirt(t);
	if (t->f->guests_seen.v == TRI_UNKNOWN && !t->f->guests_seen.from &&
	    tree_has(t, "etc/os-release") == TRI_YES && tree_is_root(t))
		fact_tri_set(&t->f->guests_seen, true, "neither /etc/pve nor /etc/libvirt is here");
}
