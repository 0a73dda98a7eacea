/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups.h - IOMMU groups for people and programs: the reason, what would part them, what the host loses with one. */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "check/isolation.h"

/* What the kernel would make of the machine's groups under pcie_acs_override=downstream,multifunction. */
struct forecast {
	const struct facts *f;
	struct arena *arena;
	int *group_of; /* isolation_predict(); NULL: the facts do not tell */
	bool in_force; /* the machine runs with it now: its groups are what came of it */
};

void forecast_make(struct forecast *fc, const struct facts *f, struct arena *a);

/* Into how many groups the members of @g would go; 0: that cannot be told. */
size_t forecast_parts(const struct forecast *fc, const struct iommu_group *g);

/* The same as a sentence, owned by the forecast's arena. */
const char *forecast_str(const struct forecast *fc, const struct iommu_group *g);

/* {id, devices, type, reserved, reason, split, override_parts, loses} */
json_t *group_json(const struct forecast *fc, const struct iommu_group *g);
