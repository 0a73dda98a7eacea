// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.c - main() for a fuzz target in the ordinary test run: hand it every seed, print TAP.
 *
 *     replay-NAME [FILE or FOLDER]...
 *
 * A seed is a file of bytes, or a ".hex" file: pairs of hex digits, "#" begins a comment that ends with the line,
 * and "xN" behind a pair repeats its byte N times (decimal), so that 4,000 zeros stay readable. Folders are not
 * walked deeper. Each input is copied into a block of exactly its size, so that sanitizers see a read outside.
 * No seed at all, or one that cannot be read, is a failure.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX ((size_t)4 * 1024 * 1024) /* bytes of one seed, as a file and decoded */
#define PATH_LEN 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seed {
	uint8_t *p;
	size_t n;
};

struct tally {
	unsigned n, failed;
};

static int slurp(const char *path, struct seed *ret)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p;
	size_t n;

	if (!f)
		return -1;
	p = malloc(SEED_MAX + 1);
	n = p ? fread(p, 1, SEED_MAX + 1, f) : 0;
	if (!p || ferror(f) || n > SEED_MAX) {
		free(p);
		fclose(f);
		return -1;
	}
	fclose(f);
	*ret = (struct seed) { p, n };
	return 0;
}

static int digit(uint8_t c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* The N of "xN" at @at, 1 where there is none; moves @at behind it. */
static size_t repeats(struct seed text, size_t *at)
{
	size_t n = 0;

	if (*at >= text.n || text.p[*at] != 'x')
		return 1;
	for (++*at; *at < text.n && isdigit(text.p[*at]) && n <= SEED_MAX; ++*at)
		n = 10 * n + (size_t)(text.p[*at] - '0');
	return n;
}

static int decode(struct seed text, struct seed *ret)
{
	uint8_t *p = malloc(SEED_MAX);
	size_t n = 0;

	if (!p)
		return -1;
	for (size_t at = 0; at < text.n;) {
		size_t times;
		uint8_t byte;

		if (isspace(text.p[at])) {
			at++;
			continue;
		}
		if (text.p[at] == '#') {
			const uint8_t *nl = memchr(text.p + at, '\n', text.n - at);

			at = nl ? (size_t)(nl - text.p) : text.n;
			continue;
		}
		if (at + 1 >= text.n || digit(text.p[at]) < 0 || digit(text.p[at + 1]) < 0)
			goto bad;
		byte = (uint8_t)(digit(text.p[at]) << 4 | digit(text.p[at + 1]));
		at += 2;
		times = repeats(text, &at);
		if (times == 0 || times > SEED_MAX - n)
			goto bad;
		memset(p + n, byte, times);
		n += times;
	}
	*ret = (struct seed) { p, n };
	return 0;
bad:
	free(p);
	return -1;
}

static int seed_read(const char *path, struct seed *ret)
{
	size_t n = strlen(path);
	struct seed text;
	int r;

	if (slurp(path, &text) < 0)
		return -1;
	if (n < 4 || strcmp(path + n - 4, ".hex") != 0) {
		*ret = text;
		return 0;
	}
	r = decode(text, ret);
	free(text.p);
	return r;
}

static void replay_file(const char *path, struct tally *t)
{
	struct seed s = { 0 };
	uint8_t *exact;

	t->n++;
	if (seed_read(path, &s) < 0) {
		t->failed++;
		printf("not ok %u - %s cannot be read as a seed\n", t->n, path);
		return;
	}
	exact = malloc(s.n ? s.n : 1);
	if (!exact)
		abort();
	memcpy(exact, s.p, s.n);
	LLVMFuzzerTestOneInput(exact, s.n);
	free(exact);
	free(s.p);
	printf("ok %u - %s\n", t->n, path);
}

static void replay_folder(const char *path, struct tally *t)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	char file[PATH_LEN];
	struct stat st;

	for (int i = 0; i < n; i++) {
		int len = snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);

		if (names[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof(file) && stat(file, &st) == 0 &&
		    S_ISREG(st.st_mode))
			replay_file(file, t);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	struct stat st;

	for (int i = 1; i < argc; i++)
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_folder(argv[i], &t);
		else
			replay_file(argv[i], &t);
	if (t.n == 0) {
		t.n = t.failed = 1;
		puts("not ok 1 - there are no seeds");
	}
	printf("1..%u\n", t.n);
	return t.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
