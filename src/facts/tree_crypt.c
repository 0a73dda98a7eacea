// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_crypt.c - what opens the encryption that the root filesystem lies on. Somebody who types a passphrase at the
 * screen is what remains where nothing else is seen: then no login of the host's comes before that.
 */
#include "facts/tree.h"

#include <string.h>

#include "base/text.h"

/*
 * Servers and clients in the initramfs that open it from elsewhere: Debian's dropbear-initramfs (README.initramfs)
 * and mkinitcpio's hooks go into it only with a key of somebody who may log in; dracut-sshd, clevis (clevis(1)).
 */
static const struct {
	const char *path, *says;
} openers[] = {
	{ "etc/dropbear/initramfs/authorized_keys", "dropbear in the initramfs" },
	{ "etc/dropbear-initramfs/authorized_keys", "dropbear in the initramfs" },
	{ "etc/dropbear/root_key", "dropbear in the initramfs" },
	{ "etc/tinyssh/root_key", "tinyssh in the initramfs" },
	{ "usr/lib/dracut/modules.d/46sshd", "an SSH server in the initramfs" },
	{ "usr/share/initramfs-tools/hooks/clevis", "clevis" },
	{ "usr/lib/dracut/modules.d/60clevis", "clevis" },
};

/* crypttab(5): name, device, key file, options. One that is none, or a device that makes keys up, opens nothing. */
static const char *by_line(struct tree *t, struct span line)
{
	struct span name, device, key = { 0 };

	if (!text_word(&line, &name) || !text_eq(name, t->f->root_crypt.v) || !text_word(&line, &device))
		return NULL;
	if (text_word(&line, &key) && text_starts(key, "/") && !text_starts(key, "/dev/"))
		return "a key file";
	return text_has(line, "tpm2-device=") ? "the TPM" : NULL;
}

static const char *by_crypttab(struct tree *t)
{
	const char *opener = NULL;
	struct span text, line;

	if (!tree_read(t, "etc/crypttab", &text))
		return NULL;
	while (!opener && span_line(&text, &line))
		opener = by_line(t, line);
	return opener;
}

/* systemd-cryptsetup-generator(8): rd.luks.key=, rd.luks.options=. */
static const char *by_words(const struct facts *f)
{
	const char *line = f->cmdline.v ? f->cmdline.v : "";

	return strstr(line, "tpm2-device=") ? "the TPM" : strstr(line, "rd.luks.key=") ? "a key file" : NULL;
}

void tree_crypt(struct tree *t)
{
	struct fact_str *fact = &t->f->root_opener;
	const char *opener;

	if (!t->f->root_crypt.v || !*t->f->root_crypt.v)
		return;
	if ((opener = by_crypttab(t)))
		fact_str_set(fact, opener, "/etc/crypttab");
	else if ((opener = by_words(t->f)))
		fact_str_set(fact, opener, "/proc/cmdline");
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++)
		if (tree_has(t, openers[i].path) == TRI_YES)
			fact_str_set(fact, openers[i].says, t->path);
	if (tree_is_root(t))
		fact_str_set(fact, "", "/etc/crypttab");
}
