/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stands in for libFuzzer: feeds an empty input and then each file named on the command line to the
 * fuzz target, once, so that any compiler can replay a corpus and `make check` counts it as a test.
 * A file that breaks the target is the last one named on stdout. Exit 1: a file cannot be read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The buffer is as long as the file, so that AddressSanitizer sees the first byte too far. */
static int replay_file(FILE *f)
{
	if (fseek(f, 0, SEEK_END) != 0)
		return -1;
	long size = ftell(f);
	if (size < 0 || fseek(f, 0, SEEK_SET) != 0)
		return -1;
	uint8_t *data = malloc((size_t)size);
	if (size > 0 && (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size)) {
		free(data);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	return 0;
}

static int replay_path(const char *path)
{
	FILE *f = fopen(path, "rb");
	int result = f == NULL ? -1 : replay_file(f);
	if (f != NULL)
		fclose(f);
	if (result != 0)
		perror(path);
	return result;
}

int main(int argc, char **argv)
{
	const uint8_t nothing = 0;
	LLVMFuzzerTestOneInput(&nothing, 0);
	for (int i = 1; i < argc; i++) {
		printf("# %s\n", argv[i]);
		fflush(stdout);
		if (replay_path(argv[i]) != 0)
			return EXIT_FAILURE;
	}
	printf("ok 1 - replays the empty input and %d files\n1..1\n", argc - 1);
	return EXIT_SUCCESS;
}
