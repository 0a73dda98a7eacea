// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/addr.h"

/* The leak checker of the sanitizers runs a tracer, which is just what the filter is there to forbid. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* ---- system calls ------------------------------------------------------------------------------------------- */

/* What no reader of files asks of the kernel: it is told that it may not. */
static const int forbidden[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(ptrace),
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	SCMP_SYS(accept4),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(kill),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(clock_settime),
	SCMP_SYS(settimeofday),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(mknodat),
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(memfd_create),
	SCMP_SYS(personality),
	SCMP_SYS(sethostname),
};

/* What serving a program takes of those: it connects, and it is ended. */
static bool is_serving(int call)
{
	return call == SCMP_SYS(accept4) || call == SCMP_SYS(kill);
}

static bool calls_forbid(bool serving)
{
	scmp_filter_ctx ctx = SANITIZED ? NULL : seccomp_init(SCMP_ACT_ALLOW);
	bool ok = ctx != NULL;

	for (size_t i = 0; ok && i < ARRAY_SIZE(forbidden); i++)
		ok = (serving && is_serving(forbidden[i])) ||
		     seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0) == 0;
	ok = ok && seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	return ok || SANITIZED;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

#define WRITING                                                                                        \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |  \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define OUTPUT (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)

/* What is at @path may be used as @access says. True as well when it is not there: whoever wants it will say so. */
static bool path_allow(int rules, const char *path, int flags, uint64_t access)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = access };
	bool ok;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC | flags);
	if (beneath.parent_fd < 0)
		return true;
	ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
	close(beneath.parent_fd);
	return ok;
}

/* The folder of @file stays writable in @rules. Where @file is a folder itself it may also go again when it stays
 * empty, which its parent has to allow. */
static bool folder_allow(int rules, const char *file)
{
	char folder[4096];
	const char *slash = strrchr(file, '/');
	size_t n = slash ? (size_t)(slash - file) + 1 : 0;

	if (n + sizeof("..") > sizeof(folder))
		return false;
	memcpy(folder, file, n);
	folder[n] = '\0';
	if (!path_allow(rules, n ? folder : ".", O_DIRECTORY, OUTPUT))
		return false;
	if (n == 0 || file[n] != '\0')
		return true;
	memcpy(folder + n, "..", sizeof(".."));
	return path_allow(rules, folder, O_DIRECTORY, LANDLOCK_ACCESS_FS_REMOVE_DIR);
}

static bool touches_allow(int rules, const char *const *patterns)
{
	bool ok = true;
	glob_t found;

	for (; patterns && *patterns; patterns++) {
		if (glob(*patterns, 0, NULL, &found) == 0)
			for (size_t i = 0; i < found.gl_pathc; i++)
				ok &= path_allow(rules, found.gl_pathv[i], 0, LANDLOCK_ACCESS_FS_WRITE_FILE);
		globfree(&found);
	}
	return ok;
}

static bool files_protect(const char *const *writes, const char *const *touches)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = WRITING };
	long rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool ok = rules >= 0;

	if (!ok)
		return false;
	for (; *writes; writes++)
		ok &= folder_allow((int)rules, *writes);
	ok = ok && touches_allow((int)rules, touches) && syscall(SYS_landlock_restrict_self, (int)rules, 0) == 0;
	close((int)rules);
	return ok;
}

/* ---- capabilities ------------------------------------------------------------------------------------------- */

#define CAP(n) (1U << (n)) /* all that are kept are below 32, but for CAP_SYSLOG */

/*
 * Reading a machine whole takes: files of others (CAP_DAC_READ_SEARCH), configuration space beyond 64 bytes and the
 * addresses of /proc/iomem (CAP_SYS_ADMIN), the kernel's log (CAP_SYSLOG). Writing a capture into a user's folder
 * takes CAP_DAC_OVERRIDE.
 */
static bool capabilities_drop(bool live, bool writes)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[2], keep[2] = { { 0 } };

	if (syscall(SYS_capget, &head, have) < 0)
		return false;
	keep[0].permitted =
		CAP(CAP_DAC_READ_SEARCH) | (live ? CAP(CAP_SYS_ADMIN) : 0) | (writes ? CAP(CAP_DAC_OVERRIDE) : 0);
	keep[1].permitted = live ? CAP(CAP_SYSLOG - 32) : 0;
	for (size_t i = 0; i < 2; i++) {
		keep[i].permitted &= have[i].permitted;
		keep[i].effective = keep[i].permitted;
	}
	return syscall(SYS_capset, &head, keep) == 0;
}

/* Is it the root of this machine, however it is written? */
static bool is_top(const char *path)
{
	struct stat here, top;

	return stat(path, &here) == 0 && stat("/", &top) == 0 && here.st_dev == top.st_dev &&
	       here.st_ino == top.st_ino;
}

/* Will this machine itself be read, rather than what somebody sent? */
static bool is_live(const struct cli *cli)
{
	struct pci_addr a;

	for (int i = 0; i < cli->n_args; i++)
		if (!pci_addr_parse(cli->args[i], &a) && !is_top(cli->args[i]))
			return false;
	return !cli->capture && (!cli->root || is_top(cli->root));
}

static void enter(const struct cli *cli, bool live, bool serving, const char *const *writes,
		  const char *const *touches)
{
	const char *missing = "";

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		missing = "no_new_privs ";
	if (!files_protect(writes, live ? touches : NULL) && cli->verbose)
		fprintf(stderr, "note: this kernel has no Landlock\n");
	if (!capabilities_drop(live, *writes != NULL) && cli->verbose)
		fprintf(stderr, "note: capabilities could not be dropped\n");
	if ((*missing || !calls_forbid(serving)) && cli->verbose)
		fprintf(stderr, "note: %sseccomp could not be set up\n", missing);
}

void sandbox_enter(const struct cli *cli, const char *writes, const char *const *touches)
{
	const char *const files[] = { writes, NULL };

	enter(cli, is_live(cli), false, files, touches);
}

void sandbox_serve(const struct cli *cli, const char *const *writes)
{
	enter(cli, false, true, writes, NULL);
}

/* ---- a child that reads one file ----------------------------------------------------------------------------- */

/* All that reading memory and writing into a pipe takes. */
static const int allowed[] = {
	SCMP_SYS(read),		SCMP_SYS(write),	   SCMP_SYS(writev),	     SCMP_SYS(close),
	SCMP_SYS(fstat),	SCMP_SYS(newfstatat),	   SCMP_SYS(lseek),	     SCMP_SYS(mmap),
	SCMP_SYS(munmap),	SCMP_SYS(mremap),	   SCMP_SYS(mprotect),	     SCMP_SYS(madvise),
	SCMP_SYS(brk),		SCMP_SYS(futex),	   SCMP_SYS(getrandom),	     SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday), SCMP_SYS(rt_sigreturn),	   SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack),	SCMP_SYS(restart_syscall), SCMP_SYS(exit),	     SCMP_SYS(exit_group),
	SCMP_SYS(getpid),	SCMP_SYS(gettid),
};

static bool calls_allow(void)
{
	scmp_filter_ctx ctx = SANITIZED ? NULL : seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool ok = ctx != NULL;

	for (size_t i = 0; ok && i < ARRAY_SIZE(allowed); i++)
		ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	/* abort() and raise() signal the process itself; the parent is of the same user and must not be reached. */
	ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) == 0;
	ok = ok && seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	return ok || SANITIZED;
}

#define ANY_ACCESS (WRITING | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* No rule in the set: no file may be opened for anything. */
static bool files_close(void)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = ANY_ACCESS };
	long rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool ok;

	if (rules < 0)
		return false;
	ok = syscall(SYS_landlock_restrict_self, (int)rules, 0) == 0;
	close((int)rules);
	return ok;
}

static bool capabilities_none(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { { 0 } };

	return syscall(SYS_capset, &head, none) == 0;
}

static bool limit(int what, rlim_t most)
{
	const struct rlimit l = { most, most };

	return setrlimit(what, &l) == 0;
}

bool sandbox_seal(unsigned seconds)
{
	bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

	alarm(seconds);
	ok &= limit(RLIMIT_CPU, seconds) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0);
	ok &= SANITIZED || limit(RLIMIT_AS, SEAL_MEMORY); /* their shadow takes terabytes of addresses */
	ok &= SANITIZED || files_close();
	ok &= capabilities_none();
	return calls_allow() && ok;
}
