// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/section_conf.h"

#include <string.h>

#include "base/text.h"
#include "store/pve_doc.h"

static bool is_body(struct span line)
{
	return line.n && (line.p[0] == '\t' || line.p[0] == ' ');
}

bool section_next(struct span *rest, struct section *ret)
{
	struct span line, s, peek, start;

	while (span_line(rest, &line)) {
		s = text_trim(line);
		if (s.n == 0 || s.p[0] == '#' || is_body(line))
			continue;
		*ret = (struct section) { .type = { s.p, 0 }, .id = s };
		if (text_until(&ret->id, ":", &ret->type))
			ret->id = text_trim(ret->id);
		else
			ret->type = (struct span) { s.p, 0 };
		start = *rest;
		for (peek = *rest; span_line(&peek, &line) && (is_body(line) || (line.n && line.p[0] == '#'));)
			*rest = peek;
		(void)span_cut(start, 0, start.n - rest->n, &ret->body);
		return true;
	}
	return false;
}

bool section_next_key(struct span *body, struct span *ret_key, struct span *ret_value)
{
	struct span line;

	while (span_line(body, &line)) {
		struct span s = text_trim(line);

		if (s.n == 0 || s.p[0] == '#' || !text_word(&s, ret_key))
			continue;
		*ret_value = text_trim(s);
		return true;
	}
	return false;
}

static struct span key_of(const struct section *s, const char *key)
{
	struct span body = s->body, k, v;

	while (section_next_key(&body, &k, &v))
		if (text_eq(k, key))
			return v;
	return (struct span) { 0 };
}

#define S(span) (int)(span).n, (const char *)(span).p

/* pve-storage PVE/Storage/Plugin.pm path(), LVMPlugin.pm, LvmThinPlugin.pm, ZFSPoolPlugin.pm. A linked clone names
 * its base first: "103/base-103-disk-0.qcow2/100/vm-100-disk-0.qcow2". */
static const char *path_in(const struct section *s, const char *name, struct arena *a)
{
	const char *last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	struct span path = key_of(s, "path"), vg = key_of(s, "vgname"), pool = key_of(s, "pool");

	if (path.n && strncmp(name, "iso/", 4) == 0)
		return arena_printf(a, "%.*s/template/iso/%s", S(path), name + 4);
	if (path.n) {
		const char *slash = last > name + 1 ? last - 2 : NULL; /* the guest's folder is the part before */

		while (slash && slash > name && slash[-1] != '/')
			slash--;
		return arena_printf(a, "%.*s/images/%s", S(path), slash ? slash : name);
	}
	if (vg.n)
		return arena_printf(a, "/dev/%.*s/%s", S(vg), last);
	if (pool.n && text_eq(s->type, "zfspool"))
		return arena_printf(a, "/dev/zvol/%.*s/%s", S(pool), last);
	return NULL;
}

const char *storage_path(struct span cfg, const char *volume, struct arena *a, const char **ret_format)
{
	struct span store = span_str(volume), name = store;
	struct section s;
	const char *path;

	if (!text_until(&name, ":", &store))
		return NULL;
	while (section_next(&cfg, &s)) {
		if (s.id.n != store.n || memcmp(s.id.p, store.p, store.n) != 0)
			continue;
		path = path_in(&s, volume + store.n + 1, a);
		if (path && ret_format)
			*ret_format = text_ends(span_str(path), ".qcow2") ? "qcow2" : "raw";
		return path;
	}
	return NULL;
}

bool mapping_find(struct span cfg, struct span id, struct span node, struct pci_addr *ret)
{
	struct section s;
	struct span k, v, path, where;

	while (section_next(&cfg, &s)) {
		if (s.id.n != id.n || memcmp(s.id.p, id.p, id.n) != 0)
			continue;
		while (section_next_key(&s.body, &k, &v)) {
			if (!text_eq(k, "map") || !pve_property(v, "path", false, &path))
				continue;
			if (node.n && (!pve_property(v, "node", false, &where) || where.n != node.n ||
				       memcmp(where.p, node.p, node.n) != 0))
				continue;
			if (pci_addr_read(&path, ret))
				return true;
		}
	}
	return false;
}
