// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_isolation.c - machines of every kind that the kernel's grouping rules tell apart, each with what was read of
 * it whole, and again with nothing but ids, classes and groups.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>

#include "check/isolation.h"
#include "pci_table.h"

#define FULL  (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)
#define CONV  PCIE_NONE
#define RCIEP PCIE_RC_ENDPOINT
#define EP    PCIE_ENDPOINT
#define RP    PCIE_ROOT_PORT

/* HP EliteDesk 800 G4: Coffee Lake and a Q370, no card, no root port in use. */
static const struct pci_row hp[] = {
	{ "00:00.0", 0x80863ec2, 0x0600, CONV, 0, 0, 0, 0, 1 },
	{ "00:02.0", 0x80863e92, 0x0300, RCIEP, 0, 0, 0, 0, 0 },
	{ "00:12.0", 0x8086a379, 0x1180, CONV, 0, 0, 0, 0, 2 },
	{ "00:14.0", 0x8086a36d, 0x0c03, CONV, 1, 0, 0, 0, 3 },
	{ "00:14.2", 0x8086a36f, 0x0500, CONV, 1, 0, 0, 0, 3 },
	{ "00:14.3", 0x8086a370, 0x0280, RCIEP, 1, 0, 0, 0, 4 },
	{ "00:16.0", 0x8086a360, 0x0780, CONV, 1, 0, 0, 0, 5 },
	{ "00:16.3", 0x8086a363, 0x0700, CONV, 1, 0, 0, 0, 5 },
	{ "00:17.0", 0x80862822, 0x0104, CONV, 0, 0, 0, 0, 6 },
	{ "00:1f.0", 0x8086a306, 0x0601, CONV, 1, 0, 0, 0, 7 },
	{ "00:1f.3", 0x8086a348, 0x0403, CONV, 1, 0, 0, 0, 7 },
	{ "00:1f.4", 0x8086a323, 0x0c05, CONV, 1, 0, 0, 0, 7 },
	{ "00:1f.5", 0x8086a324, 0x0c80, CONV, 1, 0, 0, 0, 7 },
	{ "00:1f.6", 0x808615bb, 0x0200, CONV, 1, 0, 0, 0, 7 },
};

/* A desktop: CPU port without ACS and a graphics card behind it, chipset ports with ACS, one of them a dword's. */
static const struct pci_row desktop[] = {
	{ "00:00.0", 0x8086191f, 0x0600, CONV, 0, 0, 0, 0, 1 },
	{ "00:01.0", 0x80861901, 0x0604, RP, 1, 0, 0, 1, 2 },
	{ "00:02.0", 0x80861912, 0x0380, RCIEP, 0, 0, 0, 0, 0 },
	{ "00:1c.0", 0x8086a110, 0x0604, RP, 1, FULL, 0, 2, 3 },
	{ "00:1c.4", 0x8086a114, 0x0604, RP, 1, FULL, 0, 3, 4 },
	{ "00:1f.0", 0x8086a145, 0x0601, CONV, 1, 0, 0, 0, 5 },
	{ "00:1f.2", 0x8086a121, 0x0580, CONV, 1, 0, 0, 0, 5 },
	{ "00:1f.6", 0x808615b8, 0x0200, CONV, 1, 0, 0, 0, 6 },
	{ "01:00.0", 0x10de2184, 0x0300, PCIE_LEG_ENDPOINT, 1, 0, 0, 0, 2 },
	{ "01:00.1", 0x10de1aeb, 0x0403, EP, 1, 0, 0, 0, 2 },
	{ "01:00.2", 0x10de1aec, 0x0c03, EP, 1, 0, 0, 0, 2 },
	{ "01:00.3", 0x10de1aed, 0x0c80, EP, 1, 0, 0, 0, 2 },
	{ "02:00.0", 0x144da808, 0x0108, EP, 0, 0, 0, 0, 7 },
	{ "03:00.0", 0x80861521, 0x0200, EP, 1, 0, 0, 0, 8 },
	{ "03:00.1", 0x80861521, 0x0200, EP, 1, 0, 0, 0, 9 },
};

/* A server board: a switch behind a port without ACS, one behind a port with it, and a bridge to PCI. */
static const struct pci_row server[] = {
	{ "00:01.0", 0x80860c01, 0x0604, RP, 0, 0, 0, 1, 0 },
	{ "00:03.0", 0x80862f08, 0x0604, RP, 0, FULL, 0, 5, 1 },
	{ "00:1c.0", 0x80868c10, 0x0604, RP, 1, 0, 0, 10, 2 },
	{ "00:1c.2", 0x80868c14, 0x0604, RP, 1, 0, 0, 12, 3 },
	/* port and switch: no ACS anywhere */
	{ "01:00.0", 0x10b58724, 0x0604, PCIE_UPSTREAM, 0, 0, 0, 2, 0 },
	{ "02:08.0", 0x10b58724, 0x0604, PCIE_DOWNSTREAM, 0, 0, 0, 3, 0 },
	{ "02:09.0", 0x10b58724, 0x0604, PCIE_DOWNSTREAM, 0, 0, 0, 4, 0 },
	{ "03:00.0", 0x10de1b80, 0x0300, EP, 0, 0, 0, 0, 0 },
	{ "04:00.0", 0x10de1b80, 0x0300, EP, 0, 0, 0, 0, 0 },
	/* port with ACS; of the switch only one downstream port has it */
	{ "05:00.0", 0x10b58724, 0x0604, PCIE_UPSTREAM, 0, 0, 0, 6, 4 },
	{ "06:08.0", 0x10b58724, 0x0604, PCIE_DOWNSTREAM, 0, FULL, 0, 7, 5 },
	{ "06:09.0", 0x10b58724, 0x0604, PCIE_DOWNSTREAM, 0, 0, 0, 8, 6 },
	{ "07:00.0", 0x10de1b80, 0x0300, EP, 0, 0, 0, 0, 7 },
	{ "08:00.0", 0x10de1b80, 0x0300, EP, 0, 0, 0, 0, 6 },
	/* Lynx Point port, which the kernel makes isolate; a PCI Express to PCI bridge with two cards */
	{ "0a:00.0", 0x104c8240, 0x0604, PCIE_PCI_BRIDGE, 0, 0, 0, 11, 8 },
	{ "0b:00.0", 0x10ec8139, 0x0200, CONV, 0, 0, 0, 0, 8 },
	{ "0b:01.0", 0x109e036e, 0x0400, CONV, 0, 0, 0, 0, 8 },
	/* and one that carries no PCI Express capability, but is known */
	{ "0c:00.0", 0x1b211080, 0x0604, CONV, 0, 0, 0, 13, 9 },
	{ "0d:00.0", 0x10ec8139, 0x0200, CONV, 0, 0, 0, 0, 9 },
};

/* An APU: all on one bus behind a bridge inside the chip. */
static const struct pci_row cezanne[] = {
	{ "00:00.0", 0x10221630, 0x0600, CONV, 1, 0, 0, 0, 0 },
	{ "00:00.2", 0x10221631, 0x0806, CONV, 1, 0, 0, 0, NO_GROUP },
	{ "00:01.0", 0x10221632, 0x0600, CONV, 0, 0, 0, 0, 1 },
	{ "00:08.0", 0x10221632, 0x0600, CONV, 1, 0, 0, 0, 2 },
	{ "00:08.1", 0x10221635, 0x0604, RP, 1, 0, 0, 4, 2 },
	{ "00:14.0", 0x1022790b, 0x0c05, CONV, 1, 0, 0, 0, 3 },
	{ "00:14.3", 0x1022790e, 0x0601, CONV, 1, 0, 0, 0, 3 },
	{ "04:00.0", 0x10021638, 0x0300, PCIE_LEG_ENDPOINT, 1, 0, 0, 0, 2 },
	{ "04:00.1", 0x10021637, 0x0403, EP, 1, 0, 0, 0, 2 },
	{ "04:00.2", 0x102215df, 0x1080, EP, 1, 0, 0, 0, 2 },
	{ "04:00.3", 0x10221639, 0x0c03, EP, 1, 0, 0, 0, 2 },
	{ "04:00.4", 0x10221639, 0x0c03, EP, 1, 0, 0, 0, 2 },
};

/* How much of a table a test lets the snapshot see. */
enum sight { ALL, NO_GROUPS, THIN };

static struct facts *machine(const struct pci_row *rows, size_t n, enum sight sight)
{
	struct pci_row seen[64];

	assert_in_range(n, 1, ARRAY_SIZE(seen));
	for (size_t i = 0; i < n; i++) {
		seen[i] = rows[i];
		if (sight == NO_GROUPS)
			seen[i].group = ANY;
		if (sight == THIN) {
			seen[i].type = seen[i].mf = seen[i].acs = ANY;
			seen[i].secondary = 0;
		}
	}
	return table_facts(seen, n);
}

#define MACHINE(rows, sight) machine(rows, ARRAY_SIZE(rows), sight)

static void assert_reason(const struct facts *f, const char *addr, enum isolation_reason reason, bool inferred)
{
	struct isolation is = isolation_of(f, table_fn(f, addr));

	if (is.reason != reason || is.inferred != inferred)
		fail_msg("%s: %s%s, not %s%s", addr, isolation_id(is.reason), is.inferred ? " (inferred)" : "",
			 isolation_id(reason), inferred ? " (inferred)" : "");
}

/* The prediction is exactly the grouping of the rows' own column. */
static void assert_groups(const struct pci_row *rows, size_t n, const struct facts *f, const struct acs_override *o)
{
	struct arena a = { 0 };
	int *got;

	if (!isolation_predict(f, o, &a, &got))
		fail_msg("no prediction");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			bool want = i == k || (rows[i].group == rows[k].group && rows[i].group != NO_GROUP);
			bool is = got[table_fn(f, rows[i].addr) - f->pci] == got[table_fn(f, rows[k].addr) - f->pci];

			if (want != is)
				fail_msg("%s and %s %s", rows[i].addr, rows[k].addr,
					 is ? "predicted together" : "predicted apart");
		}
	for (size_t i = 0; i < f->n_pci; i++) {
		assert_in_range(got[i], 0, i);
		assert_int_equal(got[got[i]], got[i]); /* the smallest names the group */
	}
	arena_done(&a);
}

static struct acs_override override(const char *value, bool good)
{
	struct acs_override o = { 0 };

	assert_int_equal(acs_override_parse(value, &o), good);
	return o;
}

static const char *explained(const struct facts *f, uint64_t group, const char **split)
{
	static struct arena a;

	assert_non_null(facts_group(f, group));
	arena_done(&a);
	return isolation_explain(f, facts_group(f, group), &a, split);
}

static void assert_says(const struct facts *f, uint64_t group, const char *says, const char *split)
{
	const char *how, *got = explained(f, group, &how);

	assert_string_equal(got, says);
	assert_string_equal(how, split);
}

/* ---- the machines ------------------------------------------------------------------------------------------ */

#define CANNOT_SPLIT "nothing: no kernel option or ACS override can split conventional PCI functions"

static void test_hp_read(void **state)
{
	struct facts *f = MACHINE(hp, ALL);

	(void)state;
	assert_reason(f, "00:02.0", ISO_INTEL_RCIEP, false);
	assert_reason(f, "00:14.3", ISO_INTEL_RCIEP, false);
	assert_reason(f, "00:00.0", ISO_CONVENTIONAL, false);
	assert_reason(f, "00:1f.6", ISO_CONVENTIONAL, false); /* 15bb is on no list, unlike 15b7 */
	assert_groups(hp, ARRAY_SIZE(hp), f, NULL);
	assert_says(f, 7,
		    "00:1f.0, 1f.3, 1f.4, 1f.5 and 1f.6 are conventional PCI functions of one slot: nothing isolates "
		    "them from each other, so the kernel keeps them together.",
		    CANNOT_SPLIT);
	assert_says(
		f, 3,
		"00:14.0 and 14.2 are conventional PCI functions of one slot: nothing isolates them from each other, "
		"so the kernel keeps them together.",
		CANNOT_SPLIT);
	assert_says(f, 0, "00:02.0 is an integrated endpoint: Intel guarantees isolation.", "nothing to split");
	assert_says(f, 1, "00:00.0 is a conventional PCI function and alone in its slot.", "nothing to split");
	facts_free(f);
}

static void test_hp_predicted(void **state)
{
	struct facts *f = MACHINE(hp, NO_GROUPS);

	(void)state;
	assert_groups(hp, ARRAY_SIZE(hp), f, NULL);
	facts_free(f);
}

static void test_hp_pasted(void **state)
{
	struct facts *f = MACHINE(hp, THIN);

	(void)state;
	assert_reason(f, "00:1f.3", ISO_CONVENTIONAL, true);
	assert_reason(f, "00:16.0", ISO_CONVENTIONAL, true);
	assert_reason(f, "00:14.3", ISO_INTEL_RCIEP, true); /* else 14.0 and 14.2 would have it with them */
	assert_reason(f, "00:02.0", ISO_SINGLE, true);
	assert_reason(f, "00:17.0", ISO_SINGLE, true);
	assert_groups(hp, ARRAY_SIZE(hp), f, NULL);
	assert_says(
		f, 5,
		"00:16.0 and 16.3 are conventional PCI functions of one slot (inferred from the grouping): nothing "
		"isolates them from each other, so the kernel keeps them together.",
		CANNOT_SPLIT);
	facts_free(f);
}

static void test_hp_override(void **state)
{
	static const char option[] = "downstream,multifunction,id:8086:a348,id:8086:a370";
	struct acs_override o = override(option, true);

	(void)state;
	assert_int_equal(o.n_ids, 2);
	for (enum sight s = ALL; s <= THIN; s++) {
		struct facts *f = MACHINE(hp, s);

		assert_groups(hp, ARRAY_SIZE(hp), f, &o);
		assert_int_equal(acs_override_applies(f, table_fn(f, "00:1f.3"), &o), TRI_NO);
		facts_free(f);
	}
}

/* With the option in force "apart" proves nothing any more, but "together" does. */
static void test_hp_overridden(void **state)
{
	struct facts *f = MACHINE(hp, THIN);

	(void)state;
	f->cmdline = STR_KNOWN("quiet pcie_acs_override=downstream,multifunction", "/proc/cmdline");
	assert_reason(f, "00:14.0", ISO_CONVENTIONAL, true);
	assert_reason(f, "00:14.3", ISO_UNKNOWN, false);
	facts_free(f);
}

static void test_old_kernel(void **state)
{
	struct facts *f = MACHINE(hp, THIN);

	(void)state;
	f->kernel = STR_KNOWN("4.15.18-12-pve", "uname -r"); /* grouped integrated endpoints like any function */
	assert_reason(f, "00:1f.3", ISO_FUNCTION_NO_ACS, true);
	assert_reason(f, "00:14.3", ISO_UNKNOWN, false);
	facts_free(f);
}

static void test_desktop(void **state)
{
	struct facts *f = MACHINE(desktop, ALL);

	(void)state;
	assert_reason(f, "00:01.0", ISO_PORT_NO_ACS, false);
	assert_reason(f, "00:1c.0", ISO_ACS, true); /* a dword control, and no bytes of it: the kernel sets it */
	assert_reason(f, "00:1f.6", ISO_QUIRK, false);
	assert_reason(f, "01:00.1", ISO_FUNCTION_NO_ACS, false);
	assert_reason(f, "02:00.0", ISO_SINGLE, false);
	assert_reason(f, "03:00.1", ISO_QUIRK, false);
	assert_groups(desktop, ARRAY_SIZE(desktop), f, NULL);
	assert_says(
		f, 2, "00:01.0 is a port without ACS: nothing keeps 01:00.0, 00.1, 00.2 and 00.3 behind it apart.",
		"another slot, behind a port with ACS; pcie_acs_override=downstream would only make the kernel treat "
		"00:01.0 as isolating (and ,multifunction more of the functions), but peer-to-peer DMA between them "
		"would stay possible");
	assert_says(f, 7, "02:00.0 is the only function of its slot.", "nothing to split");
	facts_free(f);
	f = MACHINE(desktop, NO_GROUPS);
	assert_groups(desktop, ARRAY_SIZE(desktop), f, NULL);
	facts_free(f);
}

static void test_desktop_override(void **state)
{
	struct acs_override ports = override("downstream", true), all = override("downstream,multifunction", true),
			    audio = override("id:10de:1aeb", true);
	struct pci_row rows[ARRAY_SIZE(desktop)];
	struct facts *f = MACHINE(desktop, ALL);

	(void)state;
	memcpy(rows, desktop, sizeof(rows));
	rows[1].group = 20; /* the port goes, the card stays whole */
	assert_groups(rows, ARRAY_SIZE(rows), f, &ports);
	for (size_t i = 8; i < 12; i++)
		rows[i].group = (int64_t)(20 + i);
	assert_groups(rows, ARRAY_SIZE(rows), f, &all);
	assert_groups(desktop, ARRAY_SIZE(desktop), f, &audio); /* the port keeps them together all the same */
	assert_int_equal(acs_override_applies(f, table_fn(f, "01:00.1"), &audio), TRI_YES);
	assert_int_equal(acs_override_applies(f, table_fn(f, "00:1c.0"), &all), TRI_NO); /* it has the capability */
	assert_int_equal(acs_override_applies(f, table_fn(f, "00:1f.0"), &all), TRI_NO);
	assert_int_equal(acs_override_applies(f, table_fn(f, "02:00.0"), &all), TRI_NO);
	facts_free(f);
}

static void test_desktop_pasted(void **state)
{
	struct acs_override ports = override("downstream", true);
	struct facts *f = MACHINE(desktop, THIN);
	struct arena a = { 0 };
	int *got = NULL;

	(void)state;
	assert_reason(f, "00:01.0", ISO_PORT_NO_ACS, true);
	assert_reason(f, "01:00.0", ISO_UNKNOWN, false); /* hidden behind the port */
	assert_reason(f, "02:00.0", ISO_SINGLE, true);
	assert_reason(f, "00:1c.0", ISO_UNKNOWN, false);
	assert_groups(desktop, ARRAY_SIZE(desktop), f, NULL);
	assert_says(
		f, 2,
		"00:01.0 is a port without ACS (inferred from the grouping): nothing keeps 01:00.0, 00.1, 00.2 and "
		"00.3 behind it apart.",
		"another slot, behind a port with ACS; pcie_acs_override=downstream would only make the kernel treat "
		"00:01.0 as isolating (and ,multifunction more of the functions), but peer-to-peer DMA between them "
		"would stay possible");
	assert_int_equal(acs_override_applies(f, table_fn(f, "00:01.0"), &ports), TRI_YES);
	/* whether the card's functions would then still be together, nothing tells */
	assert_false(isolation_predict(f, &ports, &a, &got));
	assert_null(got);
	arena_done(&a);
	facts_free(f);
}

static void test_server(void **state)
{
	struct facts *f = MACHINE(server, ALL);
	const char *split;

	(void)state;
	assert_reason(f, "00:1c.0", ISO_QUIRK, true);
	assert_reason(f, "05:00.0", ISO_SINGLE, false);
	assert_reason(f, "06:08.0", ISO_ACS, false);
	assert_reason(f, "0a:00.0", ISO_BRIDGE, false);
	assert_groups(server, ARRAY_SIZE(server), f, NULL);
	assert_string_equal(explained(f, 8, &split),
			    "0a:00.0 is a bridge to conventional PCI: 0b:00.0 and 01.0 behind "
			    "it reach memory in its name.");
	assert_non_null(strstr(split, "nothing can split what is behind a bridge"));
	assert_string_equal(explained(f, 6, &split),
			    "06:09.0 is a port without ACS: nothing keeps 08:00.0 behind it apart from the port.");
	assert_string_equal(explained(f, 0, &split), "00:01.0 is a port without ACS: nothing keeps 01:00.0, 02:08.0, "
						     "09.0, 03:00.0 and 04:00.0 behind it apart.");
	facts_free(f);
	f = MACHINE(server, NO_GROUPS);
	assert_groups(server, ARRAY_SIZE(server), f, NULL);
	facts_free(f);
}

/* An override on the root port alone does not help where the switch below does not isolate either. */
static void test_server_override(void **state)
{
	struct acs_override root = override("id:8086:0c01", true), ports = override("downstream", true);
	struct pci_row rows[ARRAY_SIZE(server)];
	struct facts *f = MACHINE(server, ALL);

	(void)state;
	memcpy(rows, server, sizeof(rows));
	rows[0].group = 20; /* each downstream port keeps its card, and the upstream port is alone */
	rows[4].group = 21;
	rows[5].group = rows[7].group = 22;
	rows[6].group = rows[8].group = 23;
	assert_groups(rows, ARRAY_SIZE(rows), f, &root);
	rows[7].group = 24;
	rows[8].group = 25;
	rows[13].group = 26;
	assert_groups(rows, ARRAY_SIZE(rows), f, &ports);
	facts_free(f);
}

static void test_intel_pch_port(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:1c.0", 0x80868c10, 0x0604, RP, 1, 0, 0, 1, 0 },
		{ "00:1c.1", 0x80868c93, 0x0604, RP, 1, 0, 0, 2, 1 }, /* odd: not listed */
		{ "00:1c.2", 0x80868c14, 0x0604, RP, 1, 0, 0, 3, 2 },
		{ "01:00.0", 0x1969e091, 0x0200, EP, 0, 0, 0, 0, 0 }, /* the firmware did not let the kernel */
		{ "03:00.0", 0x168c0034, 0x0280, EP, 0, 0, 0, 0, 3 },
	};
	struct facts *f = MACHINE(rows, ALL);

	(void)state;
	assert_reason(f, "00:1c.0", ISO_PORT_NO_ACS, true);
	assert_reason(f, "00:1c.1", ISO_PORT_NO_ACS, false);
	assert_reason(f, "00:1c.2", ISO_QUIRK, true);
	facts_free(f);
}

static void test_cezanne(void **state)
{
	struct acs_override all = override("downstream,multifunction", true);
	struct pci_row rows[ARRAY_SIZE(cezanne)];
	struct facts *f = MACHINE(cezanne, ALL);
	const char *split;

	(void)state;
	assert_groups(cezanne, ARRAY_SIZE(cezanne), f, NULL);
	assert_string_equal(
		explained(f, 2, &split),
		"00:08.1 is a port without ACS: nothing keeps 04:00.0, 00.1, 00.2, 00.3 and 00.4 behind it "
		"apart. 00:08.0 and 08.1 are functions of one slot, and none of them is isolated: nothing "
		"isolates them from each other, so the kernel keeps them together.");
	assert_non_null(strstr(split, "treat 00:08.1 as isolating"));
	memcpy(rows, cezanne, sizeof(rows));
	for (size_t i = 4; i < ARRAY_SIZE(rows); i++)
		rows[i].group = i == 5 || i == 6 ? 3 : (int64_t)(20 + i);
	assert_groups(rows, ARRAY_SIZE(rows), f, &all);
	facts_free(f);
	f = MACHINE(cezanne, THIN);
	assert_reason(f, "00:08.0", ISO_FUNCTION_NO_ACS, true); /* true of a conventional one as well */
	assert_reason(f, "00:08.1", ISO_PORT_NO_ACS, true);
	assert_reason(f, "00:14.3", ISO_FUNCTION_NO_ACS, true);
	assert_groups(cezanne, ARRAY_SIZE(cezanne), f, NULL);
	facts_free(f);
}

static void test_amd_south_bridge(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:14.0", 0x10024385, 0x0c05, CONV, 1, 0, 0, 0, 0 },
		{ "00:14.2", 0x10024383, 0x0403, CONV, 1, 0, 0, 0, 1 },
		{ "00:14.3", 0x1002439d, 0x0601, CONV, 1, 0, 0, 0, 2 },
		{ "00:14.4", 0x10024384, 0x0604, CONV, 1, 0, 0, 1, 3 },
		{ "01:05.0", 0x10ec8139, 0x0200, CONV, 0, 0, 0, 0, 3 },
	};
	struct facts *f = MACHINE(rows, ALL);

	(void)state;
	assert_reason(f, "00:14.4", ISO_QUIRK, false);
	assert_groups(rows, ARRAY_SIZE(rows), f, NULL); /* isolated, yet what is behind borrows its name */
	facts_free(f);
	f = MACHINE(rows, NO_GROUPS);
	assert_reason(f, "00:14.0", ISO_CONVENTIONAL, false); /* no IVRS seen, no IOMMU in use */
	f->ivrs = TRI_KNOWN(true, "/sys/firmware/acpi/tables/IVRS");
	assert_reason(f, "00:14.0", ISO_QUIRK, false);
	f->ivrs = TRI_KNOWN(false, "/sys/firmware/acpi/tables");
	assert_reason(f, "00:14.0", ISO_CONVENTIONAL, false);
	facts_free(f);
}

static void test_vmd(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:0e.0", 0x8086467f, 0x0104, RCIEP, 0, 0, 0, 0, 3 },
		{ "00:17.0", 0x80867ae2, 0x0106, CONV, 0, 0, 0, 0, 4 },
		{ "10000:e0:06.0", 0x80864c3d, 0x0604, RP, 0, FULL, 0, 0xe1, 3 },
		{ "10000:e1:00.0", 0x144da808, 0x0108, EP, 0, 0, 0, 0, 3 },
	};
	struct facts *f = MACHINE(rows, NO_GROUPS);

	(void)state;
	assert_groups(rows, ARRAY_SIZE(rows), f, NULL);
	facts_free(f);
	f = MACHINE(rows, ALL);
	assert_says(f, 3,
		    "00:0e.0 is a Volume Management Device: 10000:e0:06.0 and 10000:e1:00.0 behind it reach memory "
		    "in its "
		    "name.",
		    "switching VMD off in the firmware setup");
	facts_free(f);
}

static void test_virtual_functions(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:02.0", 0x808646a6, 0x0300, RCIEP, 0, 0, 0, 0, 0 },
		{ "00:02.1", 0x808646a6, 0x0300, RCIEP, ANY, 0, 0, 0, 1 },
		{ "00:02.2", 0x808646a6, 0x0300, RCIEP, ANY, 0, 0, 0, 2 },
	};
	struct facts *f = MACHINE(rows, NO_GROUPS);

	(void)state;
	assert_groups(rows, ARRAY_SIZE(rows), f, NULL);
	facts_free(f);
}

/* ---- single facts ---------------------------------------------------------------------------------------------- */

static void test_acs_bits(void **state)
{
	static const struct {
		int cap, off;
		enum isolation_reason want;
	} cases[] = {
		{ FULL, 0, ISO_ACS },
		{ FULL, PCI_ACS_SV, ISO_PORT_NO_ACS },
		{ FULL, PCI_ACS_UF, ISO_PORT_NO_ACS },
		{ FULL & ~PCI_ACS_UF, 0, ISO_ACS }, /* a bit that it lacks is hard-wired */
		{ FULL | 0x42, 0x42, ISO_ACS },	    /* blocking and direct translated are not asked for */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pci_row row = { "00:1c.0", 0x8086a340, 0x0604, RP, 1, cases[i].cap, cases[i].off, 1, 0 };
		struct facts *f = table_facts(&row, 1);

		assert_reason(f, "00:1c.0", cases[i].want, false);
		facts_free(f);
		row.group = ANY; /* no IOMMU in use: the kernel will set the bits when there is */
		f = table_facts(&row, 1);
		assert_reason(f, "00:1c.0", ISO_ACS, true);
		facts_free(f);
	}
}

/* Union Point: lspci's words come from the wrong register, the bytes from the right one. */
static void test_dword_port(void **state)
{
	struct pci_row row = { "00:1c.0", 0x8086a294, 0x0604, RP, 1, FULL, FULL, 1, 0 };
	struct facts *f = table_facts(&row, 1);

	(void)state;
	assert_reason(f, "00:1c.0", ISO_ACS, true);
	f->pci[0].config = (struct span) { (const uint8_t[4096]) { 0 }, 4096 };
	assert_reason(f, "00:1c.0", ISO_PORT_NO_ACS, false);
	facts_free(f);
}

static void test_unknown(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:00.0", ANY, ANY, ANY, ANY, ANY, 0, 0, ANY },
		{ "00:1c.0", 0x8086a338, 0x0604, RP, ANY, ANY, 0, 1, ANY },
		{ "01:00.0", 0x10de1b80, 0x0300, EP, ANY, 0, 0, 0, ANY },
		{ "01:00.1", 0x10de10f0, 0x0403, EP, ANY, 0, 0, 0, ANY },
	};
	struct acs_override all = override("downstream,multifunction", true), none = { 0 };
	struct facts *f = MACHINE(rows, ALL);
	struct arena a = { 0 };
	int *got = NULL;

	(void)state;
	assert_reason(f, "00:00.0", ISO_UNKNOWN, false);
	assert_reason(f, "00:1c.0", ISO_UNKNOWN, false);
	assert_reason(f, "01:00.0", ISO_FUNCTION_NO_ACS, false);
	assert_int_equal(isolation_is(ISO_UNKNOWN), TRI_UNKNOWN);
	assert_int_equal(acs_override_applies(f, table_fn(f, "00:00.0"), &all), TRI_UNKNOWN);
	assert_int_equal(acs_override_applies(f, table_fn(f, "00:00.0"), &none), TRI_NO);
	assert_int_equal(acs_override_applies(f, table_fn(f, "00:1c.0"), &all), TRI_UNKNOWN);
	assert_false(isolation_predict(f, NULL, &a, &got));
	assert_null(got);
	facts_free(f);
	f = facts_new("empty", SOURCE_ROOT);
	assert_int_equal(facts_finish(f, NULL), 0);
	assert_true(isolation_predict(f, NULL, &a, &got)); /* nothing to group */
	facts_free(f);
	arena_done(&a);
}

/* A cut list: groups are there, the ports above are not. */
static void test_cut_list(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:1f.2", 0x80862822, 0x0104, ANY, ANY, ANY, 0, 0, 12 },
		{ "00:1f.3", 0x80868c22, 0x0c05, ANY, ANY, ANY, 0, 0, 12 },
		{ "04:00.0", 0x100268d9, 0x0300, ANY, ANY, ANY, 0, 0, 14 },
		{ "04:00.1", 0x1002aa60, 0x0403, ANY, ANY, ANY, 0, 0, 14 },
	};
	struct facts *f = MACHINE(rows, ALL);
	const char *split;

	(void)state;
	f->pci_whole = (struct fact_tri) { 0 };
	assert_reason(f, "00:1f.2", ISO_CONVENTIONAL, true);
	assert_reason(f, "04:00.0", ISO_UNKNOWN, false);
	assert_string_equal(
		explained(f, 14, &split),
		"The facts do not tell why 04:00.0 and 00.1 share a group: the port above them is not in this "
		"list, or they are functions without ACS.");
	assert_non_null(strstr(split, "not known"));
	f->pci_whole = TRI_KNOWN(true, "test"); /* and with nothing missing it can only be their own lack */
	assert_reason(f, "04:00.0", ISO_FUNCTION_NO_ACS, true);
	facts_free(f);
}

static void test_override_words(void **state)
{
	struct acs_override o = override("downstream,multifunction", true);
	char many[32 * 16] = "";

	(void)state;
	assert_true(o.downstream && o.multifunction && o.n_bad == 0);
	o = override("id:8086:a348", true);
	assert_int_equal(o.ids[0], 0x8086a348);
	o = override("multfunction,id:8086,id:8086:12345,downstream,", false);
	assert_true(o.downstream && !o.multifunction);
	assert_int_equal(o.n_bad, 3);
	assert_int_equal(o.n_ids, 0);
	override("", true);
	for (size_t i = 0; i < 17; i++)
		snprintf(many + i * 13, sizeof(many) - i * 13, "id:10de:1b80,");
	o = override(many, false);
	assert_int_equal(o.n_ids, 15); /* the patch leaves its last place empty */
	assert_int_equal(o.n_bad, 2);
}

static void test_ids(void **state)
{
	(void)state;
	for (int r = 0; r < ISO_REASONS; r++) {
		assert_true(isolation_id((enum isolation_reason)r)[0]);
		assert_true(isolation_str((enum isolation_reason)r)[0]);
		for (int k = 0; k < r; k++)
			assert_string_not_equal(isolation_id((enum isolation_reason)r),
						isolation_id((enum isolation_reason)k));
	}
}

/* Thousands of functions in one group, and a chain of bridges as deep as there are buses. */
static void test_large(void **state)
{
	struct facts *f = facts_new("large", SOURCE_ROOT);
	struct arena a = { 0 };
	const char *split;
	int *got;

	(void)state;
	for (unsigned i = 0; i < 255; i++) {
		struct pci_fn *p = facts_pci(f, (struct pci_addr) { 0, (uint8_t)i, 0, 0 }, "test");

		fact_num_set(&p->class, 0x0604, "test");
		fact_num_set(&p->header_type, 1, "test");
		fact_num_set(&p->pcie_type, PCIE_DOWNSTREAM, "test");
		fact_tri_set(&p->acs, false, "test");
		fact_num_set(&p->secondary, i + 1, "test");
		assert_int_equal(facts_group_add(f, p, 1, "test"), 0);
		for (unsigned k = 8; k < 24; k++) {
			p = facts_pci(f,
				      (struct pci_addr) { 0, (uint8_t)(i + 1), (uint8_t)(k >> 3), (uint8_t)(k & 7) },
				      "test");
			assert_int_equal(facts_group_add(f, p, 1, "test"), 0);
		}
	}
	assert_int_equal(facts_finish(f, NULL), 0);
	assert_true(isolation_predict(f, NULL, &a, &got));
	for (size_t i = 0; i < f->n_pci; i++)
		assert_int_equal(got[i], 0);
	assert_non_null(strstr(isolation_explain(f, facts_group(f, 1), &a, &split), " more behind it"));
	arena_done(&a);
	facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hp_read),
		cmocka_unit_test(test_hp_predicted),
		cmocka_unit_test(test_hp_pasted),
		cmocka_unit_test(test_hp_override),
		cmocka_unit_test(test_hp_overridden),
		cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_desktop),
		cmocka_unit_test(test_desktop_override),
		cmocka_unit_test(test_desktop_pasted),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_server_override),
		cmocka_unit_test(test_intel_pch_port),
		cmocka_unit_test(test_cezanne),
		cmocka_unit_test(test_amd_south_bridge),
		cmocka_unit_test(test_vmd),
		cmocka_unit_test(test_virtual_functions),
		cmocka_unit_test(test_acs_bits),
		cmocka_unit_test(test_dword_port),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_cut_list),
		cmocka_unit_test(test_override_words),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
