/* SPDX-License-Identifier: GPL-2.0 */
/* Text from and for people: parsers and formatters */
#ifndef VS_TEXT_H
#define VS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#define VS_MAC_LEN	6
#define VS_MAC_TEXT	18
#define VS_SIZE_TEXT	16
#define VS_VLANS	4095	/* 0 (untagged) to 4094 */

/* A set of VLANs; bit 0 is untagged traffic. */
struct vs_trunk {
	uint8_t bits[VS_VLANS / 8 + 1];
};

struct vs_addr {
	int family;
	unsigned int len;
	unsigned int prefix;
	unsigned char bytes[16];
};

/* All of these return VS_OK, or VS_USAGE with an error text. */
int vs_parse_uint(const char *what, const char *s, unsigned long min, unsigned long max,
		  unsigned long *out);
/* "20G", in binary units, which may be small letters; bytes without one */
int vs_parse_size(const char *s, uint64_t *bytes);
int vs_parse_mac(const char *s, unsigned char mac[VS_MAC_LEN]);
int vs_parse_trunk(const char *s, struct vs_trunk *trunk);
int vs_parse_addr(const char *s, struct vs_addr *addr);
int vs_parse_bool(const char *what, const char *s, bool *out);
int vs_check_ifname(const char *s);
int vs_check_name(const char *s);

/* The other way, in three digits: "1.75G" */
void vs_format_size(uint64_t bytes, char out[VS_SIZE_TEXT]);
void vs_format_mac(const unsigned char mac[VS_MAC_LEN], char out[VS_MAC_TEXT]);
void vs_format_addr(const struct vs_addr *addr, char *out, size_t size);
/* The shortest list of ranges, in order: "0,10,20-29". */
char *vs_format_trunk(const struct vs_trunk *trunk);
/* The next range at or after *pos. */
bool vs_trunk_next(const struct vs_trunk *trunk, unsigned int *pos, unsigned int *first,
		   unsigned int *last);
void vs_trunk_add(struct vs_trunk *trunk, unsigned int first, unsigned int last);

/*
 * A text of unknown origin, made safe to print: control characters (line breaks and marks that
 * reverse text included) and bytes that are not UTF-8 become \xNN, so that a name cannot drive
 * the terminal or pass for lines of ours.  To be freed.
 */
char *vs_escape(const char *s);
/* How many of the first @max bytes of @s to keep so that no character is cut in two */
size_t vs_cut(const char *s, size_t max);
/* As vsnprintf(), but cuts like vs_cut() */
void vs_vformat(char *out, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
/* fprintf() for texts of unknown origin: vs_escape() applies to all of it. */
void vs_say(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void vs_vsay(FILE *to, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Columns that a UTF-8 text takes, as far as one column a character holds. */
size_t vs_width(const char *s);
/* A JSON string of bytes that may not be UTF-8 (names of devices). */
json_t *vs_json_text(const char *s);
bool vs_is_utf8(const char *s);

/* The word that @s is nearest to a mistyped form of, or NULL. */
const char *vs_nearest(const char *s, const char *const *words, size_t count);

#endif
