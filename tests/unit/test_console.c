// SPDX-License-Identifier: GPL-2.0-or-later
/* test_console.c - ways into a host beside its screen: each with what shows it, what nearly does, and what cannot be
 * known; who has a GPU open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "facts/read.h"
#include "host/capture.h"
#include "host/holders.h"
#include "tree.h"

static struct facts *facts_of(struct host *h, enum source_kind source)
{
	struct facts *f = facts_new("test", source);

	assert_non_null(f);
	assert_int_equal(facts_read_tree(f, h, NULL), 0);
	assert_int_equal(facts_finish(f, NULL), 0);
	return f;
}

static struct facts *facts_at_root(struct tree *t)
{
	struct host *h = NULL;
	struct facts *f;

	assert_int_equal(host_open_root(t->top, &h, NULL), 0);
	f = facts_of(h, SOURCE_ROOT);
	host_free(h);
	return f;
}

/* A host with one adapter, eth0, below a bridge, and a bridge of VMs alone. */
static void net_init(struct tree *t)
{
	tree_init(t);
	tree_file(t, "sys/devices/pci0000:00/0000:00:1f.6/vendor", "0x8086\n");
	tree_file(t, "sys/devices/pci0000:00/0000:00:1f.6/device", "0x15bb\n");
	tree_file(t, "sys/devices/pci0000:00/0000:00:1f.6/class", "0x020000\n");
	tree_link(t, "sys/bus/pci/devices/0000:00:1f.6", "../../../devices/pci0000:00/0000:00:1f.6");
	tree_file(t, "sys/devices/pci0000:00/0000:00:1f.6/net/eth0/operstate", "up\n");
	tree_file(t, "sys/devices/pci0000:00/0000:00:1f.6/net/eth0/ifindex", "2\n");
	tree_link(t, "sys/devices/pci0000:00/0000:00:1f.6/net/eth0/master", "../../../../virtual/net/vmbr0");
	tree_link(t, "sys/class/net/eth0", "../../devices/pci0000:00/0000:00:1f.6/net/eth0");
	tree_file(t, "sys/devices/virtual/net/vmbr0/operstate", "up\n");
	tree_file(t, "sys/devices/virtual/net/vmbr0/ifindex", "3\n");
	tree_link(t, "sys/class/net/vmbr0", "../../devices/virtual/net/vmbr0");
	tree_file(t, "sys/devices/virtual/net/virbr0/operstate", "up\n");
	tree_file(t, "sys/devices/virtual/net/virbr0/ifindex", "4\n");
	tree_link(t, "sys/class/net/virbr0", "../../devices/virtual/net/virbr0");
	tree_file(t, "proc/net/route",
		  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		  "vmbr0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		  "vmbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		  "virbr0\t007AA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
}

/* ---- SSH ------------------------------------------------------------------------------------------------------- */

#define ANY6   "00000000000000000000000000000000"
#define ONE6   "00000000000000000000000001000000"
#define LOCAL6 "000080FE00000000FFB7C6E6FE010203"
#define MAPPED "0000000000000000FFFF00000501A8C0"

static const struct ssh_case {
	const char *name, *tcp, *tcp6; /* "ADDRESS:PORT STATE" a word pair each */
	const char *config, *drop_in, *socket;
	enum tri open;
	const char *says;
} ssh_cases[] = {
	{ .name = "every address",
	  .tcp = "00000000:0016 0A",
	  .open = TRI_YES,
	  .says = "SSH on port 22 of every address" },
	{ .name = "every address, by IPv6",
	  .tcp = "",
	  .tcp6 = ANY6 ":0016 0A",
	  .open = TRI_YES,
	  .says = "SSH on port 22 of every address" },
	{ .name = "the bridge's address",
	  .tcp = "0501A8C0:0016 0A",
	  .open = TRI_YES,
	  .says = "SSH on port 22 of the address of vmbr0" },
	{ .name = "the same, mapped",
	  .tcp = "",
	  .tcp6 = MAPPED ":0016 0A",
	  .open = TRI_YES,
	  .says = "SSH on port 22 of the address of vmbr0" },
	{ .name = "a bridge of VMs", .tcp = "017AA8C0:0016 0A", .open = TRI_NO },
	{ .name = "a network of another route", .tcp = "0100A00A:0016 0A", .open = TRI_UNKNOWN },
	{ .name = "itself", .tcp = "0100007F:0016 0A", .tcp6 = ONE6 ":0016 0A", .open = TRI_NO },
	{ .name = "an IPv6 address", .tcp = "", .tcp6 = LOCAL6 ":0016 0A", .open = TRI_UNKNOWN },
	{ .name = "a connection", .tcp = "00000000:0016 01", .open = TRI_NO },
	{ .name = "another port", .tcp = "00000000:0050 0A", .open = TRI_NO },
	{ .name = "nobody", .tcp = "", .open = TRI_NO },
	{ .name = "no list", .open = TRI_UNKNOWN },
	{ .name = "a port of its own",
	  .tcp = "00000000:08AE 0A",
	  .config = "#Port 22\n  port 2222\nPermitRootLogin no\n",
	  .open = TRI_YES,
	  .says = "SSH on port 2222 of every address" },
	{ .name = "somebody else on 22", .tcp = "00000000:0016 0A", .config = "Port 2222\n", .open = TRI_NO },
	{ .name = "a port in a part",
	  .tcp = "00000000:08AE 0A",
	  .drop_in = "Port 2222\n",
	  .open = TRI_YES,
	  .says = "SSH on port 2222 of every address" },
	{ .name = "by a socket of systemd",
	  .tcp = "00000000:08AE 0A",
	  .socket = "[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\n",
	  .open = TRI_YES,
	  .says = "SSH on port 2222 of every address" },
	{ .name = "ports that are none",
	  .tcp = "00000000:0016 0A",
	  .config = "Port 0\nPort 65536\nPort x\nPort\nPortable 5\n",
	  .open = TRI_YES,
	  .says = "SSH on port 22 of every address" },
	{ .name = "a line cut short", .tcp = "00000000:0016", .open = TRI_NO },
	{ .name = "no address", .tcp = "0000:0016 0A", .open = TRI_UNKNOWN },
};

static void sockets(struct tree *t, const char *path, const char *text)
{
	char line[512];
	const char *state = text ? strchr(text, ' ') : NULL;

	if (!text)
		return;
	snprintf(line, sizeof(line), "  sl  local_address rem_address   st\n%s%.*s 00000000:0000 %s%s",
		 *text ? "   0: " : "", state ? (int)(state - text) : (int)strlen(text), text, state ? state + 1 : "",
		 state ? " 00000000:00000000 00:00000000 00000000     0        0 20481\n" : "");
	tree_file(t, path, line);
}

static void ssh_files(struct tree *t, const struct ssh_case *c)
{
	net_init(t);
	sockets(t, "proc/net/tcp", c->tcp);
	sockets(t, "proc/net/tcp6", c->tcp6);
	if (c->config)
		tree_file(t, "etc/ssh/sshd_config", c->config);
	if (c->drop_in)
		tree_file(t, "etc/ssh/sshd_config.d/10-port.conf", c->drop_in);
	if (c->socket)
		tree_file(t, "etc/systemd/system/ssh.socket.d/port.conf", c->socket);
}

static void test_ssh(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ssh_cases); i++) {
		const struct ssh_case *c = &ssh_cases[i];
		struct facts *f;
		struct tree t;

		ssh_files(&t, c);
		f = facts_at_root(&t);
		if (f->ways[WAY_SSH].open.v != c->open)
			fail_msg("%s: %d", c->name, f->ways[WAY_SSH].open.v);
		if (c->says)
			assert_string_equal(f->ways[WAY_SSH].says, c->says);
		else
			assert_null(f->ways[WAY_SSH].says);
		facts_free(f);
		tree_done(&t);
	}
}

/* An adapter alone is no way in: the cable may be out, or nothing may have given it an address. */
static void test_ssh_reached(void **state)
{
	static const char any4[] = "00000000:0016 0A", any6[] = ANY6 ":0016 0A", one[] = "0501A8C0:0016 0A";
	static const char head[] = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n";
	static const struct {
		const char *tcp, *tcp6, *route, *inet6, *eth0, *vmbr0;
		enum tri open;
	} cases[] = {
		{ any4, NULL, "vmbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL, "up", "up", TRI_YES },
		{ any4, NULL, "vmbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL, "unknown", "up",
		  TRI_YES },
		{ any4, NULL, "vmbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL, "down", "up",
		  TRI_UNKNOWN },
		{ one, NULL, "vmbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL, "down", "up",
		  TRI_UNKNOWN },
		{ any4, NULL, "vmbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL, "up", "down",
		  TRI_UNKNOWN },
		{ any4, NULL, "virbr0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL, "up", "up",
		  TRI_UNKNOWN },
		{ any4, NULL, "vmbr0\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\n", NULL, "up", "up", TRI_UNKNOWN },
		{ any4, NULL, "", NULL, "up", "up", TRI_UNKNOWN },
		{ any4, NULL, "", "20010db8000000000000000000000001 03 40 00 80 vmbr0\n", "up", "up", TRI_UNKNOWN },
		{ "", any6, "", "20010db8000000000000000000000001 03 40 00 80 vmbr0\n", "up", "up", TRI_YES },
		{ "", any6, "", "20010db8000000000000000000000001 03 40 00 c0 vmbr0\n", "up", "up", TRI_UNKNOWN },
		{ "", any6, "", "fe800000000000000000000000000001 03 40 20 80 vmbr0\n", "up", "up", TRI_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct ssh_case c = { .tcp = cases[i].tcp, .tcp6 = cases[i].tcp6 };
		char route[512];
		struct facts *f;
		struct tree t;

		ssh_files(&t, &c);
		snprintf(route, sizeof(route), "%s%s", head, cases[i].route);
		tree_file(&t, "proc/net/route", route);
		if (cases[i].inet6)
			tree_file(&t, "proc/net/if_inet6", cases[i].inet6);
		tree_file(&t, "sys/class/net/eth0/operstate", cases[i].eth0);
		tree_file(&t, "sys/class/net/vmbr0/operstate", cases[i].vmbr0);
		f = facts_at_root(&t);
		if (f->ways[WAY_SSH].open.v != cases[i].open)
			fail_msg("case %zu: %d", i, f->ways[WAY_SSH].open.v);
		facts_free(f);
		tree_done(&t);
	}
}

/* What a capture holds answers the same where no address of this machine decides, and shows none. */
static void test_ssh_captured(void **state)
{
	static const struct capture_options options = { .created = 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ssh_cases); i++) {
		const struct ssh_case *c = &ssh_cases[i];
		struct host *h = NULL, *back = NULL;
		struct facts *f;
		uint8_t *owned = NULL;
		struct span all;
		struct tree t;

		ssh_files(&t, c);
		assert_int_equal(host_open_root(t.top, &h, NULL), 0);
		host_record(h);
		f = facts_of(h, SOURCE_ROOT);
		facts_free(f);
		assert_int_equal(capture_pack(h, "x.tar", &options, &owned, &all, NULL), 0);
		host_free(h);
		assert_null(memmem(owned, all.n, "A8C0:0016", 9));
		assert_null(memmem(owned, all.n, "A00A:0016", 9));
		assert_null(memmem(owned, all.n, LOCAL6, strlen(LOCAL6)));
		assert_null(memmem(owned, all.n, "PermitRoot", 10));
		assert_int_equal(host_open_capture_memory(all, "x.tar", &back, NULL), 0);
		f = facts_of(back, SOURCE_CAPTURE);
		if (!c->says || strstr(c->says, "every"))
			assert_true(f->ways[WAY_SSH].open.v == c->open || strstr(c->name, "bridge of VMs"));
		facts_free(f);
		host_free(back);
		free(owned);
		tree_done(&t);
	}
}

/* Without an adapter nobody comes in, whoever listens. */
static void test_ssh_no_adapter(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	sockets(&t, "proc/net/tcp", "00000000:0016 0A");
	f = facts_at_root(&t);
	assert_int_equal(f->ways[WAY_SSH].open.v, TRI_UNKNOWN);
	facts_free(f);
	tree_file(&t, "sys/devices/virtual/net/lo/ifindex", "1\n");
	tree_link(&t, "sys/class/net/lo", "../../devices/virtual/net/lo");
	f = facts_at_root(&t);
	assert_int_equal(f->ways[WAY_SSH].open.v, TRI_NO);
	facts_free(f);
	tree_done(&t);
}

/* ---- the others ------------------------------------------------------------------------------------------------ */

#define WANTS "getty.target.wants/serial-getty@"

static void test_serial(void **state)
{
	static const struct {
		const char *path, *text;
		enum tri open;
		const char *says;
	} cases[] = {
		{ "run/systemd/generator/" WANTS "ttyS0.service", "", TRI_YES, "a login on the serial line ttyS0" },
		{ "etc/systemd/system/" WANTS "ttyS1.service", "", TRI_YES, "a login on the serial line ttyS1" },
		{ "etc/systemd/system/" WANTS "tty1.service", "", TRI_UNKNOWN, NULL },
		{ "proc/consoles", "tty0 -WU (EC p  ) 4:1\n", TRI_NO, NULL },
		{ "proc/consoles", "tty0 -WU (E p) 4:1\nttyS0 -W- (EC p a) 4:64\n", TRI_UNKNOWN,
		  "the kernel's messages on the serial line ttyS0" },
		{ "proc/cmdline", "quiet console=ttyS1,115200n8\n", TRI_UNKNOWN,
		  "the kernel's messages on the serial line ttyS1" },
		{ "proc/cmdline", "quiet console=tty0\n", TRI_NO, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		tree_file(&t, cases[i].path, cases[i].text);
		f = facts_at_root(&t);
		assert_int_equal(f->ways[WAY_SERIAL].open.v, cases[i].open);
		if (cases[i].says)
			assert_string_equal(f->ways[WAY_SERIAL].says, cases[i].says);
		else
			assert_null(f->ways[WAY_SERIAL].says);
		facts_free(f);
		tree_done(&t);
	}
}

/* A masked unit is wanted all the same, and never starts. */
static void test_serial_masked(void **state)
{
	static const char *const masks[] = { "etc/systemd/system/serial-getty@ttyS0.service",
					     "etc/systemd/system/serial-getty@.service",
					     "run/systemd/system/serial-getty@ttyS0.service" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		tree_file(&t, "run/systemd/generator/" WANTS "ttyS0.service", "");
		tree_file(&t, "proc/consoles", "ttyS0 -W- (EC p a) 4:64\n");
		tree_link(&t, masks[i], "/dev/null");
		f = facts_at_root(&t);
		assert_int_equal(f->ways[WAY_SERIAL].open.v, TRI_UNKNOWN);
		facts_free(f);
		tree_file(&t, "run/systemd/system/" WANTS "hvc0.service", "");
		f = facts_at_root(&t);
		assert_int_equal(f->ways[WAY_SERIAL].open.v, i == 1 ? TRI_UNKNOWN : TRI_YES);
		facts_free(f);
		tree_done(&t);
	}
}

static void test_ipmi(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/hostname", "x\n");
	f = facts_at_root(&t);
	assert_int_equal(f->ways[WAY_IPMI].open.v, TRI_UNKNOWN);
	facts_free(f);
	tree_file(&t, "dev/ipmi0", "");
	f = facts_at_root(&t);
	assert_int_equal(f->ways[WAY_IPMI].open.v, TRI_YES);
	facts_free(f);
	tree_done(&t);
}

static void pci(struct tree *t, const char *addr, const char *class)
{
	char path[128], to[128];

	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/vendor", addr);
	tree_file(t, path, "0x8086\n");
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/device", addr);
	tree_file(t, path, "0xa363\n");
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/class", addr);
	tree_file(t, path, class);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", addr);
	snprintf(to, sizeof(to), "../../../devices/pci0000:00/%s", addr);
	tree_link(t, path, to);
}

/* Never a yes: nobody can see from here whether it is set up. */
static void test_amt(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:16.0", "0x078000\n");
	f = facts_at_root(&t);
	assert_null(f->ways[WAY_AMT].says);
	facts_free(f);
	pci(&t, "0000:00:16.3", "0x070002\n");
	f = facts_at_root(&t);
	assert_int_equal(f->ways[WAY_AMT].open.v, TRI_UNKNOWN);
	assert_non_null(f->ways[WAY_AMT].says);
	facts_free(f);
	tree_done(&t);
}

/* ---- who has a GPU open -------------------------------------------------------------------------------------- */

static void test_gpu_users(void **state)
{
	struct host *h = NULL;
	struct holders found;
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	f = facts_at_root(&t);
	assert_int_equal(f->gpu_users_seen.v, TRI_UNKNOWN); /* there is no proc/ */
	facts_free(f);
	pci(&t, "0000:00:02.0", "0x030000\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:02.0/drm/card0/dev", "226:0\n");
	tree_link(&t, "sys/class/drm/card0", "../../devices/pci0000:00/0000:00:02.0/drm/card0");
	tree_file(&t, "proc/4242/comm", "Xorg\n");
	tree_link(&t, "proc/4242/fd/3", "/dev/dri/card0");
	tree_link(&t, "proc/4242/fd/4", "/dev/dri/card0");
	tree_link(&t, "proc/4242/fd/5", "/dev/null");
	tree_link(&t, "proc/77/fd/0", "/dev/dri/renderD128");
	tree_link(&t, "proc/self/fd/0", "/dev/dri/card0");
	tree_link(&t, "proc/78/fd/0", "/dev/drive");
	f = facts_at_root(&t);
	assert_int_equal(f->gpu_users_seen.v, TRI_YES);
	assert_int_equal(f->n_gpu_users, 2);
	assert_int_equal(f->gpu_users[0].pid, 4242);
	assert_string_equal(f->gpu_users[0].name, "Xorg");
	assert_true(f->gpu_users[0].placed && f->gpu_users[0].addr.dev == 2);
	assert_string_equal(f->gpu_users[1].node, "renderD128");
	assert_string_equal(f->gpu_users[1].name, "?");
	assert_false(f->gpu_users[1].placed);
	facts_free(f);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h); /* a capture is in the making: what runs stays at home */
	assert_int_equal(host_holders(h, &found), -IGD_EUSAGE);
	host_free(h);
	assert_int_equal(host_open_root("/", &h, NULL), 0);
	assert_int_equal(host_holders(h, &found), -IGD_EUSAGE); /* nobody looked */
	host_free(h);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ssh),	     cmocka_unit_test(test_ssh_reached),
		cmocka_unit_test(test_ssh_captured), cmocka_unit_test(test_ssh_no_adapter),
		cmocka_unit_test(test_serial),	     cmocka_unit_test(test_serial_masked),
		cmocka_unit_test(test_ipmi),	     cmocka_unit_test(test_amt),
		cmocka_unit_test(test_gpu_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
