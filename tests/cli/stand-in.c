// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stand-in.c - a program of the machine that is changed, in a root that has no other file of one.
 *
 * It notes its words in /ran and prints two lines. Where there is a file /fail it fails, and takes that file away: so
 * it fails once. Linked statically: below the root there is no library.
 */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	FILE *ran = fopen("/ran", "ae");

	for (int i = 0; ran && i < argc; i++)
		fprintf(ran, "%s%s", i ? " " : "", argv[i]);
	if (!ran || fputc('\n', ran) == EOF || fclose(ran) != 0)
		return 1;
	printf("making\nmade\n");
	return unlink("/fail") == 0 ? 3 : 0;
}
