// SPDX-License-Identifier: GPL-2.0
/*
 * Memory to measure: area { anon | FILE } BYTES [IMAGES]
 *
 * Maps it and obeys one command a line of standard input.  Each is answered by
 * the nanoseconds that it took, divided by the pages that it touched; work by those
 * of the CPU.
 *
 *   fill EQUAL ZERO UNIQUE   as many pages in turn, each with a content that is the
 *                            same in every area, zero, or this area's own
 *   load NUMBER              what this part of IMAGES has, each as long as the memory
 *   read STEP, write STEP    a byte of every STEPth page
 *   walk                     all words, four times
 *   work ROUNDS              read all cache lines, write every eighth page anew
 *   mergeable                let KSM have it
 *   pageout                  swap it out
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096UL
#define WORDS	(PAGE / 8)
#define HUGE	(2UL << 20)

static uint64_t *area;
static unsigned long pages;
uint64_t sink;				/* keeps reads from being optimised away */

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "area: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000UL + t.tv_nsec;
}

/* At an address that allows for 2 MiB pages */
static void map(const char *name, unsigned long bytes)
{
	int anonymous = !strcmp(name, "anon"), fd = -1;
	char *room;

	if (!anonymous) {
		fd = open(name, O_RDWR | O_CREAT, 0600);
		must(fd >= 0 && !ftruncate(fd, bytes), name);
	}
	room = mmap(NULL, bytes + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	room = (char *)(((uintptr_t)room + HUGE - 1) & ~(HUGE - 1));
	area = mmap(room, bytes, PROT_READ | PROT_WRITE,
		    MAP_FIXED | (anonymous ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED), fd, 0);
	must(area != MAP_FAILED, "mmap");
	if (anonymous)
		madvise(area, bytes, MADV_NOHUGEPAGE);
	pages = bytes / PAGE;
}

/* Half of a page is one word, half counts: it compresses, like memory does. */
static void fill_page(uint64_t *page, uint64_t seed)
{
	unsigned long i;

	for (i = 0; i < WORDS; i++)
		page[i] = i & 8 ? seed * 0x9e3779b97f4a7c15ull + i : seed;
}

static unsigned long fill(unsigned long equal, unsigned long zero, unsigned long unique)
{
	unsigned long i, part, all = equal + zero + unique;

	for (i = 0; i < pages; i++) {
		part = i % all;
		if (part < equal)
			fill_page(area + i * WORDS, i + 1);
		else if (part < equal + zero)
			memset(area + i * WORDS, 0, PAGE);
		else
			fill_page(area + i * WORDS, (uint64_t)getpid() << 32 | i);
	}
	return pages;
}

static unsigned long load(const char *images, unsigned long number)
{
	unsigned long bytes = pages * PAGE, done = 0;
	int fd = open(images, O_RDONLY);
	ssize_t count;

	must(fd >= 0, images);
	while (done < bytes) {
		count = pread(fd, (char *)area + done, bytes - done, number * bytes + done);
		must(count > 0, images);
		done += count;
	}
	close(fd);
	return pages;
}

static unsigned long step(const char *how, unsigned long count)
{
	unsigned long i, touched = 0;

	for (i = 0; i < pages; i += count, touched++) {
		/* A plain store: emulation reads first where it is asked to change a byte. */
		if (*how == 'w')
			((char *)(area + i * WORDS))[100] = 1;
		else
			sink += area[i * WORDS];
	}
	return touched;
}

static unsigned long walk(void)
{
	unsigned long i, sum = 0, round;

	for (round = 0; round < 4; round++)
		for (i = 0; i < pages * WORDS; i++)
			sum += area[i];
	sink = sum;
	return pages;
}

static unsigned long work(unsigned long rounds)
{
	unsigned long i, sum = 0, round;

	for (round = 1; round <= rounds; round++) {
		for (i = 0; i < pages * WORDS; i += 8)
			sum += area[i];
		for (i = 0; i < pages; i += 8)
			fill_page(area + i * WORDS, round << 32 | i);
	}
	sink = sum;
	return pages * rounds;
}

int main(int argc, char **argv)
{
	unsigned long a = 1, b = 0, c = 0, start, touched;
	char line[128], word[32];
	clockid_t clock;

	must(argc == 3 || argc == 4, "usage: area { anon | FILE } BYTES [IMAGES]");
	map(argv[1], strtoul(argv[2], NULL, 0));
	while (fgets(line, sizeof(line), stdin)) {
		a = 1;
		b = 0;
		c = 0;
		if (sscanf(line, "%31s %lu %lu %lu", word, &a, &b, &c) < 1)
			continue;
		clock = strcmp(word, "work") ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
		start = now(clock);
		touched = pages;
		if (!strcmp(word, "fill"))
			touched = fill(a, b, c);
		else if (!strcmp(word, "load") && argc == 4)
			touched = load(argv[3], a);
		else if (!strcmp(word, "read") || !strcmp(word, "write"))
			touched = step(word, a);
		else if (!strcmp(word, "walk"))
			touched = walk();
		else if (!strcmp(word, "work"))
			touched = work(a);
		else if (!strcmp(word, "mergeable"))
			must(!madvise(area, pages * PAGE, MADV_MERGEABLE), word);
		else if (!strcmp(word, "pageout"))
			must(!madvise(area, pages * PAGE, MADV_PAGEOUT), word);
		else
			must(0, word);
		printf("%.1f\n", (double)(now(clock) - start) / touched);
		fflush(stdout);
	}
	return 0;
}
