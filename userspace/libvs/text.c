// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vswitch.h>

#include "err.h"
#include "text.h"

int vs_parse_uint(const char *what, const char *s, unsigned long min, unsigned long max,
		  unsigned long *out)
{
	unsigned long value = 0;
	bool fits = true;
	size_t i;

	for (i = 0; isdigit((unsigned char)s[i]); i++)
		fits &= !__builtin_mul_overflow(value, 10, &value) &&
			!__builtin_add_overflow(value, s[i] - '0', &value);
	/* "010" is eight to some and ten to others. */
	if (!i || s[i] || (s[0] == '0' && i > 1))
		return vs_fail(VS_USAGE, "%s '%s' is not a whole number from %lu to %lu",
			       what, s, min, max);
	if (!fits || value < min || value > max)
		return vs_fail(VS_USAGE, "%s %s is out of range: it must be from %lu to %lu",
			       what, s, min, max);
	*out = value;
	return VS_OK;
}

#define SIZE_UNITS "BKMGTPE"

int vs_parse_size(const char *s, uint64_t *bytes)
{
	size_t digits = strspn(s, "0123456789"), len = strlen(s);
	const char *unit = SIZE_UNITS;

	if (digits + 1 == len)
		unit = memchr(SIZE_UNITS + 1, toupper((unsigned char)s[digits]), 6);
	errno = 0;
	*bytes = strtoull(s, NULL, 10);
	if (!digits || digits + 1 < len || !unit || errno ||
	    __builtin_mul_overflow(*bytes, 1ull << 10 * (unit - SIZE_UNITS), bytes))
		return vs_fail(VS_USAGE, "'%s' is not a size: it is a number with K, M, G or T, as 20G",
			       s);
	return VS_OK;
}

void vs_format_size(uint64_t bytes, char out[VS_SIZE_TEXT])
{
	unsigned int unit = 0;
	double size = bytes;
	int digits;

	/* 1023.9K is 1M: it would be 1024K in three digits. */
	for (; size >= 1023.5; unit++)
		size /= 1024;
	digits = size >= 100 || size == (uint64_t)size ? 0 : size >= 10 ? 1 : 2;
	snprintf(out, VS_SIZE_TEXT, "%.*f%c", digits, size, SIZE_UNITS[unit]);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int vs_parse_mac(const char *s, unsigned char mac[VS_MAC_LEN])
{
	static const unsigned char zero[VS_MAC_LEN];
	const char *p = s;
	int i, high, low;

	for (i = 0; i < VS_MAC_LEN; i++, p += 3) {
		high = hex_digit(p[0]);
		low = high < 0 ? -1 : hex_digit(p[1]);
		if (low < 0 || p[2] != (i == VS_MAC_LEN - 1 ? '\0' : ':'))
			return vs_fail(VS_USAGE,
				       "'%s' is not a MAC address of the form 02:00:00:00:00:01",
				       s);
		mac[i] = high << 4 | low;
	}
	if (!memcmp(mac, zero, VS_MAC_LEN))
		return vs_fail(VS_USAGE, "MAC address %s is all zeros", s);
	if (mac[0] & 1)
		return vs_fail(VS_USAGE, "MAC address %s is a multicast address", s);
	return VS_OK;
}

static bool trunk_has(const struct vs_trunk *trunk, unsigned int vlan)
{
	return trunk->bits[vlan / 8] >> vlan % 8 & 1;
}

void vs_trunk_add(struct vs_trunk *trunk, unsigned int first, unsigned int last)
{
	for (; first <= last && first < VS_VLANS; first++)
		trunk->bits[first / 8] |= 1 << first % 8;
}

bool vs_trunk_next(const struct vs_trunk *trunk, unsigned int *pos, unsigned int *first,
		   unsigned int *last)
{
	while (*pos < VS_VLANS && !trunk_has(trunk, *pos))
		(*pos)++;
	if (*pos == VS_VLANS)
		return false;
	*first = *pos;
	while (*pos < VS_VLANS && trunk_has(trunk, *pos))
		(*pos)++;
	*last = *pos - 1;
	return true;
}

static int parse_range(const char *s, struct vs_trunk *trunk)
{
	char text[16];
	unsigned long first, last, vlan;
	char *dash;
	int err;

	snprintf(text, sizeof(text), "%s", s);
	dash = strchr(text, '-');
	if (dash)
		*dash = '\0';
	err = vs_parse_uint("trunk: VLAN", text, 0, VSWITCH_VLAN_MAX, &first);
	last = first;
	if (!err && dash)
		err = vs_parse_uint("trunk: VLAN", dash + 1, 0, VSWITCH_VLAN_MAX, &last);
	if (err)
		return err;
	if (first > last)
		return vs_fail(VS_USAGE, "trunk: range %s ends before it begins", s);
	for (vlan = first; vlan <= last; vlan++) {
		if (trunk_has(trunk, vlan))
			return vs_fail(VS_USAGE, "trunk: VLAN %lu is listed twice (range %s overlaps)",
				       vlan, s);
	}
	vs_trunk_add(trunk, first, last);
	return VS_OK;
}

int vs_parse_trunk(const char *s, struct vs_trunk *trunk)
{
	char item[16];
	size_t len;
	int err;

	memset(trunk, 0, sizeof(*trunk));
	for (;; s += len + 1) {
		len = strcspn(s, ",");
		if (!len || len >= sizeof(item))
			return vs_fail(VS_USAGE, "trunk: '%.*s' is not a VLAN or a range of VLANs (as in 10,20-29)",
				       (int)vs_cut(s, len > 32 ? 32 : len), s);
		memcpy(item, s, len);
		item[len] = '\0';
		err = parse_range(item, trunk);
		if (err || !s[len])
			return err;
	}
}

int vs_parse_addr(const char *s, struct vs_addr *addr)
{
	char text[INET6_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	unsigned long prefix;
	int err;

	if (!slash)
		return vs_fail(VS_USAGE, "address %s has no prefix length (as in 192.0.2.1/24)", s);
	memset(addr, 0, sizeof(*addr));
	if ((size_t)(slash - s) < sizeof(text)) {
		memcpy(text, s, slash - s);
		text[slash - s] = '\0';
		addr->family = strchr(text, ':') ? AF_INET6 : AF_INET;
		addr->len = addr->family == AF_INET6 ? 16 : 4;
	}
	if (!addr->family || inet_pton(addr->family, text, addr->bytes) != 1)
		return vs_fail(VS_USAGE, "'%s' is not an IPv4 or IPv6 address with its prefix length",
			       s);
	err = vs_parse_uint("prefix length", slash + 1, 0, addr->len * 8, &prefix);
	addr->prefix = err ? 0 : prefix;
	return err;
}

int vs_parse_bool(const char *what, const char *s, bool *out)
{
	*out = !strcmp(s, "on");
	if (*out || !strcmp(s, "off"))
		return VS_OK;
	return vs_fail(VS_USAGE, "%s '%s' must be on or off", what, s);
}

int vs_check_ifname(const char *s)
{
	const char *p;

	if (!*s)
		return vs_fail(VS_USAGE, "the name of a device is empty");
	if (strlen(s) >= IF_NAMESIZE)
		return vs_fail(VS_USAGE, "device name '%s' is longer than %d bytes", s,
			       IF_NAMESIZE - 1);
	for (p = s; *p; p++) {
		if (*p == '/' || *p == ':' || isspace((unsigned char)*p))
			return vs_fail(VS_USAGE, "device name '%s' has a '%c' in it", s,
				       isspace((unsigned char)*p) ? ' ' : *p);
	}
	if (!strcmp(s, ".") || !strcmp(s, "..") || !vs_is_utf8(s))
		return vs_fail(VS_USAGE, "'%s' cannot be the name of a device", s);
	return VS_OK;
}

int vs_check_name(const char *s)
{
	const char *p;

	if (!*s)
		return vs_fail(VS_USAGE, "the name of a port group is empty");
	if (!vs_is_utf8(s))
		return vs_fail(VS_USAGE, "port group name '%s' is not UTF-8", s);
	for (p = s; *p; p++) {
		if ((unsigned char)*p < ' ')
			return vs_fail(VS_USAGE, "port group name '%s' has a control character in it",
				       s);
	}
	if (strlen(s) > VSWITCH_NAME_MAX)
		return vs_fail(VS_USAGE, "port group name '%.*s...' is %zu bytes long: at most %d fit",
			       (int)vs_cut(s, 40), s, strlen(s), VSWITCH_NAME_MAX);
	return VS_OK;
}

void vs_format_mac(const unsigned char mac[VS_MAC_LEN], char out[VS_MAC_TEXT])
{
	snprintf(out, VS_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}

void vs_format_addr(const struct vs_addr *addr, char *out, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(addr->family, addr->bytes, text, sizeof(text));
	snprintf(out, size, "%s/%u", text, addr->prefix);
}

char *vs_format_trunk(const struct vs_trunk *trunk)
{
	char *out = vs_malloc(VS_VLANS * 5 + 1);
	unsigned int pos = 0, first, last;
	size_t len = 0;

	out[0] = '\0';
	while (vs_trunk_next(trunk, &pos, &first, &last)) {
		if (len)
			out[len++] = ',';
		len += sprintf(out + len, first == last ? "%u" : "%u-%u", first, last);
	}
	return out;
}

json_t *vs_json_text(const char *s)
{
	json_t *text = json_string(s);
	char *safe;

	if (text)
		return text;
	safe = vs_escape(s);
	text = json_string(safe);
	free(safe);
	return text;
}

/* Levenshtein distance of short words; long ones are never near. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[33], i, j, diagonal, above;
	size_t la = strlen(a), lb = strlen(b);

	if (la > 32 || lb > 32)
		return 99;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < row[j])
				row[j] = above + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diagonal = above;
		}
	}
	return row[lb];
}

const char *vs_nearest(const char *s, const char *const *words, size_t count)
{
	unsigned int best = strlen(s) / 3 + 2, d;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		d = distance(s, words[i]);
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
