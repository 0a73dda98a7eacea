// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/groups.h"

#include "cli/json.h"

void forecast_make(struct forecast *fc, const struct facts *f, struct arena *a)
{
	static const struct acs_override both = { .downstream = true, .multifunction = true };
	struct acs_override now;

	*fc = (struct forecast) { .f = f, .arena = a };
	fc->in_force = acs_override_in_force(f, &now) && now.downstream && now.multifunction;
	if (!isolation_predict(f, &both, a, &fc->group_of))
		fc->group_of = NULL;
}

size_t forecast_parts(const struct forecast *fc, const struct iommu_group *g)
{
	size_t parts = 0;

	if (fc->in_force)
		return 1;
	for (size_t i = 0; fc->group_of && i < g->n_members; i++) {
		size_t k = 0;

		while (k < i && fc->group_of[g->members[k]] != fc->group_of[g->members[i]])
			k++;
		parts += k == i;
	}
	return parts;
}

const char *forecast_str(const struct forecast *fc, const struct iommu_group *g)
{
	size_t parts = forecast_parts(fc, g);

	if (fc->in_force)
		return "pcie_acs_override=downstream,multifunction is in force here, and did not part this group.";
	if (parts == 0)
		return "What pcie_acs_override=downstream,multifunction would change cannot be told from these "
		       "facts.";
	if (parts == 1)
		return "pcie_acs_override=downstream,multifunction would change nothing here.";
	return arena_printf(fc->arena,
			    "pcie_acs_override=downstream,multifunction would make the kernel count %zu groups here; "
			    "the hardware would isolate no better than now.",
			    parts);
}

static json_t *losses_json(const struct forecast *fc, const struct iommu_group *g)
{
	json_t *list = json_array();
	struct loss *losses;
	size_t n;

	if (losses_of(fc->f, g, fc->arena, &losses, &n) < 0)
		return list;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:b, s:b}", "kind", loss_id(losses[i].kind),
						      "device", json_addr(fc->f->pci[losses[i].pci].addr), "what",
						      json_text(losses[i].what), "fatal", losses[i].fatal,
						      "unsettled", losses[i].unsettled));
	return list;
}

json_t *group_json(const struct forecast *fc, const struct iommu_group *g)
{
	json_t *o = json_object(), *devices = json_array(), *reserved = json_array();
	const char *split = NULL, *why = isolation_explain(fc->f, g, fc->arena, &split);
	size_t parts = forecast_parts(fc, g);

	for (size_t i = 0; i < g->n_members; i++)
		json_array_append_new(devices, json_addr(fc->f->pci[g->members[i]].addr));
	for (size_t i = 0; i < g->n_reserved; i++)
		json_array_append_new(reserved, json_pack("{s:o, s:o, s:o}", "start",
							  json_hex(&NUM_KNOWN(g->reserved[i].start, NULL)), "end",
							  json_hex(&NUM_KNOWN(g->reserved[i].end, NULL)), "type",
							  json_text(g->reserved[i].type)));
	json_object_set_new(o, "id", json_integer((json_int_t)g->id));
	json_object_set_new(o, "devices", devices);
	json_object_set_new(o, "type", json_text(g->type.v));
	json_object_set_new(o, "reserved", reserved);
	json_object_set_new(o, "reason", json_text(why));
	json_object_set_new(o, "split", json_text(split));
	json_object_set_new(o, "override_parts", parts ? json_integer((json_int_t)parts) : json_null());
	json_object_set_new(o, "loses", losses_json(fc, g));
	return o;
}
