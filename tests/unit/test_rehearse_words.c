// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that QEMU is started with: each way of rehearsing, word by word, and what is never among them. */
#include "image.h"

#include "base/error.h"
#include "base/macros.h"
#include "rehearse/words.h"

#define NONE                                           \
	{                                              \
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1 \
	}
#define SANDBOXED " -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
#define MANNERS                                                                                                     \
	("/usr/bin/qemu-system-x86_64 -name igdctl-rehearsal -nodefaults -no-user-config -no-reboot -display none " \
	 "-monitor none -net none -boot menu=off")

static const struct qemu_program program = { .path = "/usr/bin/qemu-system-x86_64", .major = 11, .minor = 1 };

static const char *const *words(struct arena *a, const struct rehearsal_setup *s, const struct rehearsal_fds *f,
				bool sandbox)
{
	const char *const *v;

	assert_int_equal(rehearsal_words(s, f, sandbox, a, &v), 0);
	return v;
}

static void expect(const struct rehearsal_setup *s, const struct rehearsal_fds *f, bool sandbox, const char *rest)
{
	struct arena a = { 0 };
	const char *got = rehearsal_command(words(&a, s, f, sandbox), &a);
	const char *wanted = arena_printf(&a, "%s%s%s", MANNERS, sandbox ? SANDBOXED : "", rest);

	assert_string_equal(got, wanted);
	arena_done(&a);
}

static void ovmf_on_q35(void **state _unused_)
{
	const struct rehearsal_setup s = { .qemu = &program, .q35 = true, .smm = true, .memory_mib = 1024 };
	const struct rehearsal_fds f = { .code = 10,
					 .vars = 11,
					 .rom = 12,
					 .witness = 13,
					 .opregion = 14,
					 .stolen = 15,
					 .igd = 16,
					 .lpc = -1,
					 .debug = 18,
					 .serial = 19 };

	expect(&s, &f, true,
	       " -accel tcg -machine q35,smm=on,memory-backend=ram -smp 1 -m 1024M"
	       " -object memory-backend-memfd,id=ram,size=1024M,share=on"
	       " -global driver=cfi.pflash01,property=secure,value=on -global ICH9-LPC.disable_s3=1"
	       " -drive if=pflash,format=raw,unit=0,file=/dev/fd/10,readonly=on"
	       " -drive if=pflash,format=raw,unit=1,file=/dev/fd/11"
	       " -chardev file,id=debug,path=/dev/fd/18 -device isa-debugcon,iobase=0x402,chardev=debug"
	       " -chardev file,id=serial,path=/dev/fd/19 -serial chardev:serial"
	       " -fw_cfg name=etc/igd-opregion,file=/dev/fd/14 -fw_cfg name=etc/igd-bdsm-size,file=/dev/fd/15"
	       " -device '{\"driver\":\"vfio-user-pci\",\"addr\":\"02.0\",\"socket\":{\"type\":\"unix\","
	       "\"path\":\"/proc/self/fd/16\"},\"romfile\":\"/dev/fd/12\"}'"
	       " -device virtio-rng-pci,addr=03.0,romfile=/dev/fd/13");
}

static void one_file_holds_code_and_variables(void **state _unused_)
{
	const struct rehearsal_setup s = { .qemu = &program, .q35 = true, .memory_mib = 512 };
	struct rehearsal_fds f = NONE;

	f.code = 3;
	expect(&s, &f, true,
	       " -accel tcg -machine q35,memory-backend=ram -smp 1 -m 512M"
	       " -object memory-backend-memfd,id=ram,size=512M,share=on"
	       " -drive if=pflash,format=raw,unit=0,file=/dev/fd/3");
}

static void seabios_on_pc_with_kvm(void **state _unused_)
{
	const struct rehearsal_setup s = { .qemu = &program, .kvm = true, .memory_mib = 512 };
	struct rehearsal_fds f = NONE;

	f.igd = 20;
	f.lpc = 21;
	expect(&s, &f, false,
	       " -accel kvm -cpu host -machine pc,memory-backend=ram -smp 1 -m 512M"
	       " -object memory-backend-memfd,id=ram,size=512M,share=on"
	       " -device '{\"driver\":\"vfio-user-pci\",\"addr\":\"02.0\",\"socket\":{\"type\":\"unix\","
	       "\"path\":\"/proc/self/fd/20\"}}'"
	       " -device '{\"driver\":\"vfio-user-pci\",\"addr\":\"1f.0\",\"socket\":{\"type\":\"unix\","
	       "\"path\":\"/proc/self/fd/21\"}}'");
}

static void smm_on_pc_has_no_word_for_ich9(void **state _unused_)
{
	const struct rehearsal_setup s = { .qemu = &program, .smm = true, .memory_mib = 512 };
	const struct rehearsal_fds f = NONE;

	expect(&s, &f, true,
	       " -accel tcg -machine pc,smm=on,memory-backend=ram -smp 1 -m 512M"
	       " -object memory-backend-memfd,id=ram,size=512M,share=on"
	       " -global driver=cfi.pflash01,property=secure,value=on");
}

/* Without this word QEMU could take /dev/kvm where the user asked for emulation. */
static void says_which_accelerator(void **state _unused_)
{
	const struct rehearsal_setup s = { .qemu = &program, .memory_mib = 512 };
	const struct rehearsal_fds f = NONE;
	struct arena a = { 0 };
	const char *const *v = words(&a, &s, &f, true);
	unsigned n = 0;

	for (size_t i = 0; v[i]; i++)
		if (strcmp(v[i], "-accel") == 0) {
			assert_string_equal(v[i + 1], "tcg");
			n++;
		}
	assert_int_equal(n, 1);
	arena_done(&a);
}

static void odd_paths_are_quoted(void **state _unused_)
{
	const struct qemu_program odd = { .path = "/opt/it's a QEMU/$(id)" };
	const struct rehearsal_setup s = { .qemu = &odd, .memory_mib = 512 };
	const struct rehearsal_fds f = NONE;
	struct arena a = { 0 };
	const char *const *v = words(&a, &s, &f, true);
	const char *line = rehearsal_command(v, &a);

	assert_string_equal(v[0], odd.path);
	assert_int_equal(strncmp(line, "'/opt/it'\\''s a QEMU/$(id)' -name", 33), 0);
	arena_done(&a);
}

static void tells_when_there_is_no_memory(void **state _unused_)
{
	const struct rehearsal_setup s = { .qemu = &program, .memory_mib = 512 };
	const struct rehearsal_fds f = { .code = 3 };

	for (size_t limit = 1; limit < 1024; limit += 64) {
		struct arena a = { .limit = limit };
		const char *const *v = NULL;

		assert_int_equal(rehearsal_words(&s, &f, true, &a, &v), -IGD_ENOMEM);
		assert_null(v);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ovmf_on_q35),
		cmocka_unit_test(one_file_holds_code_and_variables),
		cmocka_unit_test(seabios_on_pc_with_kvm),
		cmocka_unit_test(smm_on_pc_has_no_word_for_ich9),
		cmocka_unit_test(says_which_accelerator),
		cmocka_unit_test(odd_paths_are_quoted),
		cmocka_unit_test(tells_when_there_is_no_memory),
	};

	return cmocka_run_group_tests_name("rehearse-words", tests, NULL, NULL);
}
