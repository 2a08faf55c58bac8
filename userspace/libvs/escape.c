// SPDX-License-Identifier: GPL-2.0
/* Untrusted text: of disks, tenants, the command line */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "text.h"

static bool goes_on(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/*
 * The character at the begin of @s, of which there are at most @max bytes: its length, or 0
 * where it is none of UTF-8.  Reads no byte after a NUL or after @max.
 */
static size_t character(const unsigned char *s, size_t max, unsigned int *code)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4, i;

	if (!len || len > max || *s > 0xf4)
		return 0;
	*code = len == 1 ? *s : *s & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if (!goes_on(s[i]))
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* Controls, separators of lines, and marks that change the direction of what follows */
static bool is_control(unsigned int code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

char *vs_escape(const char *s)
{
	size_t left = strlen(s), len, i;
	char *out = vs_malloc(left * 4 + 1), *to = out;
	unsigned int code = 0;

	for (; left; left -= len, s += len) {
		len = character((const unsigned char *)s, left, &code);
		if (len && !is_control(code)) {
			to = mempcpy(to, s, len);
			continue;
		}
		len = len ? len : 1;
		for (i = 0; i < len; i++)
			to += sprintf(to, "\\x%02x", (unsigned char)s[i]);
	}
	*to = '\0';
	return out;
}

size_t vs_cut(const char *s, size_t max)
{
	size_t len = strnlen(s, max), start = len;
	unsigned int code;

	/* Only a character that goes on after the cut is taken away: a wrong byte stays. */
	while (start && len - start < 3 && goes_on(s[start - 1]))
		start--;
	if (!start || s[len] == '\0')
		return len;
	start--;
	return (unsigned char)s[start] >= 0xc0 &&
	       character((const unsigned char *)s + start, strnlen(s + start, 4), &code) >
	       len - start ? start : len;
}

void vs_vformat(char *out, size_t size, const char *fmt, va_list ap)
{
	char *text = NULL;
	size_t len;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	len = text ? vs_cut(text, size - 1) : 0;
	memcpy(out, text ? text : "", len);
	out[len] = '\0';
	free(text);
}

void vs_vsay(FILE *to, const char *fmt, va_list ap)
{
	char *text = NULL, *safe;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	safe = vs_escape(text);
	fputs(safe, to);
	free(safe);
	free(text);
}

void vs_say(FILE *to, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vs_vsay(to, fmt, ap);
	va_end(ap);
}

bool vs_is_utf8(const char *s)
{
	size_t left = strlen(s), len;
	unsigned int code;

	for (; left; left -= len, s += len) {
		len = character((const unsigned char *)s, left, &code);
		if (!len)
			return false;
	}
	return true;
}

size_t vs_width(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		width += !goes_on(*s);
	return width;
}
