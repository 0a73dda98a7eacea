// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernels.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define RELEASE_MAX 64 /* uname(2) has no room for more */

/* "6.1.0-25-amd64", "6.14.9-300.fc42.x86_64": of these characters alone, so it is one word of a path, of a pattern
 * and of a command. */
static bool is_release(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("._+~-", s[i]))
			return false;
	return n > 0 && n <= RELEASE_MAX && isdigit((unsigned char)s[0]) && !strstr(s, "..");
}

static bool has_image(struct host *h, const char *release, struct arena *a)
{
	return host_has(h, arena_printf(a, "boot/vmlinuz-%s", release)) == 1 ||
	       host_has(h, arena_printf(a, "lib/modules/%s/vmlinuz", release)) == 1;
}

int host_kernels(struct host *h, struct arena *a, struct host_names *ret)
{
	int r = host_list(h, "lib/modules", a, ret);
	size_t n = 0;

	if (r < 0) {
		*ret = (struct host_names) { 0 };
		return r == -IGD_ENOENT ? 0 : r;
	}
	for (size_t i = 0; i < ret->n; i++)
		if (is_release(ret->v[i]) && has_image(h, ret->v[i], a))
			ret->v[n++] = ret->v[i];
	ret->n = n;
	return a->full ? -IGD_ENOMEM : n > KERNELS_MAX ? -IGD_ELIMIT : 0;
}

const char *kernel_text(struct arena *a, const char *text, const char *release)
{
	struct span rest = span_str(text), before;
	const char *done = "";

	while (text_until(&rest, KERNEL_EACH, &before))
		done = arena_printf(a, "%s%s%s", done, arena_span(a, before), release);
	return arena_printf(a, "%s%s", done, arena_span(a, rest));
}

int host_each_kernel(struct host *h, const char *text, struct arena *a, const char **ret)
{
	struct span rest = span_str(text), word;
	struct host_names kernels = { 0 };
	const char *done = "";
	int r = strstr(text, KERNEL_EACH) ? host_kernels(h, a, &kernels) : 0;

	while (r == 0 && text_word(&rest, &word)) {
		const char *one = arena_span(a, word);

		if (!strstr(one, KERNEL_EACH))
			done = arena_printf(a, "%s %s", done, one);
		for (size_t i = 0; strstr(one, KERNEL_EACH) && i < kernels.n; i++)
			done = arena_printf(a, "%s %s", done, kernel_text(a, one, kernels.v[i]));
	}
	*ret = done;
	return r == 0 && a->full ? -IGD_ENOMEM : r;
}
