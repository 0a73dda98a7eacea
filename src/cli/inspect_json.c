// SPDX-License-Identifier: GPL-2.0-or-later
/* inspect_json.c - a snapshot as one object; docs/schema/inspect.json is its form. */
#include <stdio.h>

#include "cli/groups.h"
#include "cli/input.h"
#include "cli/json.h"
#include "fw/igd_id.h"

static json_t *packages_json(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_packages; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "name", json_text(f->packages[i].name),
						      "version", json_text(f->packages[i].version), "from",
						      json_text(f->packages[i].from)));
	return list;
}

static json_t *modules_json(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_modules; i++)
		json_array_append_new(list, json_text(f->modules[i].v));
	return list;
}

static json_t *system_json(struct json_out *j, const struct facts *f, json_t *host)
{
	const struct {
		const char *key;
		const struct fact_str *fact;
	} strings[] = {
		{ "vendor", &f->sys_vendor },
		{ "product", &f->product },
		{ "board", &f->board },
		{ "bios_version", &f->bios_version },
		{ "bios_date", &f->bios_date },
		{ "distro", &f->distro },
		{ "distro_id", &f->distro_id },
		{ "kernel", &f->kernel },
		{ "lockdown", &f->lockdown },
		{ "boot_loader", &f->boot_loader },
		{ "initramfs", &f->initramfs },
		{ "cmdline", &f->cmdline },
		{ "qemu", &f->qemu },
		{ "libvirt", &f->libvirt },
		{ "pve", &f->pve },
		{ "builtin", &f->builtin },
		{ "kconfig_on", &f->kconfig_on },
		{ "kconfig_off", &f->kconfig_off },
		{ "framebuffer", &f->fb_owner },
		{ "default_interface", &f->default_if },
	};
	const struct {
		const char *key;
		const struct fact_tri *fact;
	} flags[] = { { "efi", &f->efi },
		      { "secure_boot", &f->secure_boot },
		      { "kvm", &f->dev_kvm },
		      { "as_root", &f->as_root } };

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		json_str_fact(j, host, "host", strings[i].key, strings[i].fact);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		json_tri_fact(j, host, "host", flags[i].key, flags[i].fact);
	json_num_fact(j, host, "host", "memory", &f->mem_total);
	json_num_fact(j, host, "host", "hugepages_free", &f->hugepages_free);
	json_object_set_new(host, "packages", packages_json(f));
	json_object_set_new(host, "modules", modules_json(f));
	json_tri_fact(j, host, "host", "modules_whole", &f->modules_seen);
	return host;
}

static json_t *cpu_json(struct json_out *j, const struct cpu *c)
{
	json_t *o = json_object();

	json_str_fact(j, o, "host.cpu", "vendor", &c->vendor);
	json_str_fact(j, o, "host.cpu", "model", &c->model);
	json_num_fact(j, o, "host.cpu", "family", &c->family);
	json_num_fact(j, o, "host.cpu", "model_number", &c->model_no);
	json_num_fact(j, o, "host.cpu", "stepping", &c->stepping);
	json_num_fact(j, o, "host.cpu", "cpus", &c->cpus);
	json_num_fact(j, o, "host.cpu", "cores", &c->cores);
	json_str_fact(j, o, "host.cpu", "p_cpus", &c->p_cpus);
	json_str_fact(j, o, "host.cpu", "e_cpus", &c->e_cpus);
	json_tri_fact(j, o, "host.cpu", "virtualization", &c->virt);
	json_tri_fact(j, o, "host.cpu", "hypervisor", &c->hypervisor);
	json_num_fact(j, o, "host.cpu", "physical_bits", &c->phys_bits);
	json_num_fact(j, o, "host.cpu", "virtual_bits", &c->virt_bits);
	return o;
}

static json_t *chip_json(const struct igd_id *id)
{
	static const char *const support[] = {
		[SUPPORT_NO] = "no", [SUPPORT_YES] = "yes", [SUPPORT_UNVERIFIED] = "unverified"
	};
	static const char *const classes[] = { "A", "B", "C", "D", "E" };
	json_t *o = json_object(), *gen = json_object();

	for (size_t i = 0; i < QEMU_CLASSES; i++)
		json_object_set_new(gen, classes[i],
				    id->qemu_gen[i] < 0 ? json_null() : json_integer(id->qemu_gen[i]));
	json_object_set_new(o, "name", json_text(id->name));
	json_object_set_new(o, "graphics_version", json_text(id->graphics_ver));
	json_object_set_new(o, "driver", json_text(id->driver));
	json_object_set_new(o, "legacy", json_text(support[id->legacy]));
	json_object_set_new(o, "upt", json_text(support[id->upt]));
	json_object_set_new(o, "gvtg", json_text(support[id->gvtg]));
	json_object_set_new(o, "sriov_mainline", json_text(id->sriov_mainline));
	json_object_set_new(o, "sriov_dkms", json_text(id->sriov_dkms));
	json_object_set_new(o, "quirks", json_text(id->quirks));
	json_object_set_new(o, "qemu_generation", gen);
	return o;
}

/* null when none was seen; whether there is none says host.igd_present. */
static json_t *igd_json(struct json_out *j, const struct facts *f)
{
	const struct pci_fn *p = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL;
	const struct igd_id *id = f->igd.id;
	json_t *o;

	if (!p)
		return json_null();
	o = json_object();
	json_object_set_new(o, "address", json_addr(p->addr));
	json_made_fact(j, o, "host.igd", "id", p->id.known ? json_id(&p->id) : NULL, p->id.from);
	json_object_set_new(o, "platform", id ? json_text(id->platform) : json_null());
	json_object_set_new(o, "generation", id && id->generation ? json_integer(id->generation) : json_null());
	json_object_set_new(o, "chip", id ? chip_json(id) : json_null());
	json_str_fact(j, o, "host.igd", "driver", &p->driver);
	json_tri_fact(j, o, "host.igd", "boot_vga", &p->boot_vga);
	json_made_fact(j, o, "host.igd", "ggc", f->igd.ggc.known ? json_hex(&f->igd.ggc) : NULL, f->igd.ggc.from);
	json_num_fact(j, o, "host.igd", "stolen_memory", &f->igd.stolen);
	json_num_fact(j, o, "host.igd", "gtt_memory", &f->igd.gtt);
	json_tri_fact(j, o, "host.igd", "vga_disabled", &f->igd.vga_disabled);
	json_made_fact(j, o, "host.igd", "bdsm", f->igd.bdsm.known ? json_hex(&f->igd.bdsm) : NULL, f->igd.bdsm.from);
	json_made_fact(j, o, "host.igd", "asls", f->igd.asls.known ? json_hex(&f->igd.asls) : NULL, f->igd.asls.from);
	json_tri_fact(j, o, "host.igd", "opregion", &f->igd.opregion);
	json_tri_fact(j, o, "host.igd", "vbt", &f->igd.vbt);
	json_str_fact(j, o, "host.igd", "reset_methods", &p->reset_methods);
	json_tri_fact(j, o, "host.igd", "flr", &p->flr);
	json_tri_fact(j, o, "host.igd", "mediated_types", &f->mdev_types);
	return o;
}

static json_t *iommu_json(struct json_out *j, const struct facts *f, struct arena *a)
{
	json_t *o = json_object(), *units = json_array(), *groups = json_array();
	struct forecast fc;

	forecast_make(&fc, f, a);
	json_tri_fact(j, o, "host.iommu", "on", &f->iommu_on);
	json_tri_fact(j, o, "host.iommu", "interrupt_remapping", &f->irq_remap);
	json_tri_fact(j, o, "host.iommu", "dmar", &f->dmar);
	json_tri_fact(j, o, "host.iommu", "ivrs", &f->ivrs);
	for (size_t i = 0; i < f->n_iommus; i++) {
		const struct iommu_unit *u = &f->iommus[i];

		json_array_append_new(units, json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", json_text(u->name),
						       "base", json_hex(&u->base), "cap", json_hex(&u->cap), "ecap",
						       json_hex(&u->ecap), "version", json_text(u->version.v)));
	}
	for (size_t i = 0; i < f->n_groups; i++)
		json_array_append_new(groups, group_json(&fc, &f->groups[i]));
	json_object_set_new(o, "units", units);
	json_object_set_new(o, "groups", groups);
	return o;
}

/* {"type": "endpoint", "start_bus": 0, "path": ["1f.0"]} */
static json_t *scope_json(const struct dmar_scope *s)
{
	json_t *path = json_array();
	char step[8];

	for (size_t i = 0; i < s->n_path; i++) {
		snprintf(step, sizeof(step), "%02x.%x", s->path[i].dev, s->path[i].fn);
		json_array_append_new(path, json_string(step));
	}
	return json_pack("{s:s, s:i, s:i, s:o}", "type", dmar_scope_type_str(s->type), "start_bus", s->bus,
			 "enumeration_id", s->enum_id, "path", path);
}

/* Which fields a structure has (VT-d specification 4.1, 8.3 to 8.9). */
enum { HAS_FLAGS = 1, HAS_SEGMENT = 2, HAS_BASE = 4, HAS_LIMIT = 8 };

static bool dmar_has(const struct dmar_unit *u, unsigned field)
{
	static const unsigned fields[] = {
		[DMAR_DRHD] = HAS_FLAGS | HAS_SEGMENT | HAS_BASE,
		[DMAR_RMRR] = HAS_SEGMENT | HAS_BASE | HAS_LIMIT,
		[DMAR_ATSR] = HAS_FLAGS | HAS_SEGMENT,
		[DMAR_RHSA] = HAS_BASE,
		[DMAR_SATC] = HAS_FLAGS | HAS_SEGMENT,
		[DMAR_SIDP] = HAS_SEGMENT,
	};

	return u->type < ARRAY_SIZE(fields) && (fields[u->type] & field);
}

static json_t *dmar_unit_json(const struct dmar *d, const struct dmar_unit *u)
{
	json_t *scopes = json_array();

	for (size_t i = 0; i < u->n_scopes; i++)
		json_array_append_new(scopes, scope_json(&d->scopes[u->first_scope + i]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "type", dmar_type_str(u->type), "flags",
			 dmar_has(u, HAS_FLAGS) ? json_integer(u->flags) : json_null(), "segment",
			 dmar_has(u, HAS_SEGMENT) ? json_integer(u->segment) : json_null(), "base",
			 dmar_has(u, HAS_BASE) ? json_hex(&NUM_KNOWN(u->base, NULL)) : json_null(), "limit",
			 dmar_has(u, HAS_LIMIT) ? json_hex(&NUM_KNOWN(u->limit, NULL)) : json_null(), "scopes",
			 scopes);
}

static json_t *dmar_json(const struct facts *f)
{
	const struct dmar *d = &f->dmar_table;
	json_t *units;

	if (f->dmar_read.v != TRI_YES)
		return json_null();
	units = json_array();
	for (size_t i = 0; i < d->n_units; i++)
		json_array_append_new(units, dmar_unit_json(d, &d->units[i]));
	return json_pack("{s:i, s:i, s:b, s:o}", "host_address_width", d->host_width, "flags", d->flags,
			 "checksum_ok", d->checksum_ok, "structures", units);
}

/* PCI Express Base Specification 5.0, 7.5.3.2 (Device/Port Type). */
static json_t *pcie_type_json(const struct fact_num *type)
{
	static const char *const words[] = {
		[PCIE_ENDPOINT] = "endpoint",
		[PCIE_LEG_ENDPOINT] = "legacy-endpoint",
		[PCIE_ROOT_PORT] = "root-port",
		[PCIE_UPSTREAM] = "upstream-port",
		[PCIE_DOWNSTREAM] = "downstream-port",
		[PCIE_PCI_BRIDGE] = "pcie-to-pci-bridge",
		[PCIE_PCIE_BRIDGE] = "pci-to-pcie-bridge",
		[PCIE_RC_ENDPOINT] = "root-complex-endpoint",
		[PCIE_RC_EVENT] = "root-complex-event-collector",
	};

	if (!type->known)
		return json_null();
	if (type->v == PCIE_NONE)
		return json_string("conventional");
	return type->v < ARRAY_SIZE(words) && words[type->v] ? json_string(words[type->v]) : json_string("reserved");
}

/* Facts of a function that are a plain word or number. */
static json_t *function_json(struct json_out *j, const struct facts *f, const struct pci_fn *p)
{
	char path[64], addr[PCI_ADDR_STR];
	json_t *o = json_object();

	snprintf(path, sizeof(path), "host.pci[%s]", pci_addr_str(p->addr, addr));
	json_object_set_new(o, "address", json_addr(p->addr));
	json_object_set_new(o, "from", json_text(p->from));
	json_object_set_new(o, "id", json_id(&p->id));
	json_object_set_new(o, "class", json_hex(&p->class));
	json_object_set_new(o, "subsystem", json_id(&p->subsys));
	json_object_set_new(o, "revision", p->rev.known ? json_integer((json_int_t)p->rev.v) : json_null());
	json_object_set_new(o, "name", json_text(p->name.v));
	json_str_fact(j, o, path, "driver", &p->driver);
	json_str_fact(j, o, path, "driver_override", &p->override);
	json_str_fact(j, o, path, "modules", &p->modules);
	json_object_set_new(o, "group",
			    p->group.known && p->group.v != GROUP_NONE ? json_integer((json_int_t)p->group.v)
								       : json_null());
	json_made_fact(j, o, path, "grouped", p->group.known ? json_boolean(p->group.v != GROUP_NONE) : NULL,
		       p->group.from);
	json_object_set_new(o, "pcie_type", pcie_type_json(&p->pcie_type));
	json_object_set_new(o, "isolation", json_text(isolation_id(isolation_of(f, p).reason)));
	json_tri_fact(j, o, path, "acs", &p->acs);
	json_tri_fact(j, o, path, "flr", &p->flr);
	json_str_fact(j, o, path, "reset_methods", &p->reset_methods);
	json_str_fact(j, o, path, "power_state", &p->power_state);
	json_tri_fact(j, o, path, "boot_vga", &p->boot_vga);
	json_num_fact(j, o, path, "sriov_total", &p->sriov_total);
	json_num_fact(j, o, path, "sriov_enabled", &p->sriov_num);
	return o;
}

static json_t *function_or_null(const struct facts *f, int index)
{
	return index < 0 ? json_null() : json_addr(f->pci[index].addr);
}

static json_t *tri_json(const struct fact_tri *t)
{
	return t->v == TRI_UNKNOWN ? json_null() : json_boolean(t->v == TRI_YES);
}

static json_t *connectors_json(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_connectors; i++) {
		const struct connector *c = &f->connectors[i];

		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "name", json_text(c->name), "connected",
						      tri_json(&c->connected), "monitor", json_text(c->monitor.v),
						      "device", function_or_null(f, c->pci)));
	}
	return list;
}

static json_t *usb_json(const struct facts *f)
{
	json_t *list = json_array();
	char id[16];

	for (size_t i = 0; i < f->n_usb; i++) {
		const struct usb_dev *u = &f->usb[i];

		snprintf(id, sizeof(id), "%04x:%04x", u->vendor, u->product);
		json_array_append_new(list, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "path",
						      json_text(u->path), "id", id, "name", json_text(u->name.v),
						      "driver", json_text(u->driver.v), "keyboard",
						      tri_json(&u->keyboard), "bluetooth", tri_json(&u->bluetooth),
						      "controller", function_or_null(f, u->pci)));
	}
	return list;
}

/* Ways to the host that need no screen of it. */
static json_t *ways_json(struct json_out *j, const struct facts *f, struct arena *a)
{
	static const char *const kinds[WAY_COUNT] = {
		[WAY_SSH] = "ssh", [WAY_SERIAL] = "serial", [WAY_IPMI] = "ipmi", [WAY_AMT] = "amt"
	};
	json_t *ways = json_object();

	for (size_t i = 0; i < WAY_COUNT; i++) {
		json_t *way = json_object();

		json_tri_fact(j, way, arena_printf(a, "host.use.ways_in.%s", kinds[i]), "open", &f->ways[i].open);
		json_object_set_new(way, "says", json_text(f->ways[i].says));
		json_object_set_new(ways, kinds[i], way);
	}
	return ways;
}

static json_t *use_json(struct json_out *j, const struct facts *f, struct arena *a)
{
	json_t *nets = json_array(), *disks = json_array();

	for (size_t i = 0; i < f->n_nets; i++)
		json_array_append_new(nets, json_pack("{s:o, s:o, s:o, s:o}", "name", json_text(f->nets[i].name),
						      "device", function_or_null(f, f->nets[i].pci), "bridge",
						      json_text(f->nets[i].bridge.v), "default_route",
						      tri_json(&f->nets[i].default_route)));
	for (size_t i = 0; i < f->n_disks; i++)
		json_array_append_new(disks, json_pack("{s:o, s:o, s:o}", "mount", json_text(f->disks[i].what),
						       "source", json_text(f->disks[i].device), "controller",
						       function_or_null(f, f->disks[i].pci)));
	return json_pack("{s:o, s:o, s:o}", "interfaces", nets, "mounts", disks, "ways_in", ways_json(j, f, a));
}

static json_t *guests_json(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_guests; i++) {
		const struct guest *g = &f->guests[i];
		json_t *devices = json_array();
		char text[24];

		for (size_t k = 0; k < g->n_pci; k++) {
			struct pci_addr a = g->pci[k];

			snprintf(text, sizeof(text), a.fn > 7 ? "%04x:%02x:%02x" : "%04x:%02x:%02x.%x", a.domain,
				 a.bus, a.dev, a.fn);
			json_array_append_new(devices, json_string(text));
		}
		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "kind",
						      json_text(g->kind), "id", json_text(g->id), "from",
						      json_text(g->from), "running", tri_json(&g->running), "onboot",
						      tri_json(&g->onboot), "uses_dri", g->uses_dri, "mediated",
						      g->mdev, "devices", devices));
	}
	return list;
}

json_t *inspect_json(const struct facts *f, const char *input)
{
	struct json_out j = { json_object(), json_object() };
	struct arena a = { 0 };
	json_t *top = json_top("inspect", input), *host = json_object(), *pci = json_array();

	system_json(&j, f, host);
	json_object_set_new(host, "cpu", cpu_json(&j, &f->cpu));
	json_tri_fact(&j, host, "host", "igd_present", &f->igd.present);
	json_object_set_new(host, "igd", igd_json(&j, f));
	json_object_set_new(host, "iommu", iommu_json(&j, f, &a));
	json_object_set_new(host, "dmar", dmar_json(f));
	for (size_t i = 0; i < f->n_pci; i++)
		json_array_append_new(pci, function_json(&j, f, &f->pci[i]));
	json_object_set_new(host, "pci", pci);
	json_object_set_new(host, "connectors", connectors_json(f));
	json_object_set_new(host, "usb", usb_json(f));
	json_object_set_new(host, "use", use_json(&j, f, &a));
	json_object_set_new(host, "guests", guests_json(f));
	json_object_set_new(top, "source", json_text(source_str(f->source)));
	json_object_set_new(top, "host", host);
	json_object_set_new(top, "sources", j.sources);
	json_object_set_new(top, "unknown", j.unknown);
	arena_done(&a);
	return top;
}
