// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of a guest: it keeps MEGABYTES of memory, part of which it
 * rewrites, and checks all of it, round after round.  It says so on the console.
 * Guests start with equal content.  Before that it uses some memory and frees it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEGABYTES	40UL
#define FREED		(24UL << 20)
#define WORDS		512UL
#define PAGES		(MEGABYTES * 256)

static uint64_t value(unsigned long page, uint32_t version, unsigned long word)
{
	return page * 0x9e3779b97f4a7c15ull + version * 1234567ull + word / 64;
}

static void fill(uint64_t *memory, unsigned long page, uint32_t version)
{
	unsigned long word;

	for (word = 0; word < WORDS; word++)
		memory[page * WORDS + word] = value(page, version, word);
}

static unsigned long check(const uint64_t *memory, const uint32_t *versions)
{
	unsigned long page, word, bad = 0;

	for (page = 0; page < PAGES; page++)
		for (word = 0; word < WORDS; word += 8)
			if (memory[page * WORDS + word] != value(page, versions[page], word)) {
				printf("CORRUPT page %lu word %lu\n", page, word);
				bad++;
				break;
			}
	return bad;
}

static void *map(unsigned long bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED)
		exit(1);
	return memory;
}

int main(void)
{
	uint32_t *versions = calloc(PAGES, sizeof(*versions));
	unsigned int random = 4711, i;
	unsigned long round, page;
	uint64_t *memory;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!versions)
		return 1;
	memory = map(FREED);
	memset(memory, 1, FREED);
	munmap(memory, FREED);
	memory = map(PAGES * WORDS * 8);
	for (page = 0; page < PAGES; page++)
		fill(memory, page, 0);
	printf("READY\n");
	for (round = 0;; round++) {
		for (i = 0; i < 200; i++) {
			random = random * 1103515245 + 12345;
			page = (random >> 8) % (PAGES / 4);
			fill(memory, page, ++versions[page]);
		}
		printf("ROUND %lu BAD %lu\n", round, check(memory, versions));
		usleep(300000);
	}
}
