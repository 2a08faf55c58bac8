// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "../libvs/text.h"
#include "unit.h"

static void numbers(void)
{
	static const char *const bad[] = { "", "x", "1x", "-1", "+1", " 1", "1 ", "01", "0x1",
					   "99999999999999999999" };
	unsigned long value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(vs_parse_uint("n", bad[i], 0, 100, &value) == VS_USAGE);
	CHECK(!vs_parse_uint("n", "0", 0, 100, &value) && value == 0);
	CHECK(!vs_parse_uint("n", "100", 0, 100, &value) && value == 100);
	CHECK(!vs_parse_uint("salt", "9223372036854775807", 1, INT64_MAX, &value) &&
	      value == INT64_MAX);
	CHECK(vs_parse_uint("salt", "9223372036854775808", 1, INT64_MAX, &value) == VS_USAGE);
	CHECK(vs_parse_uint("salt", "18446744073709551617", 1, INT64_MAX, &value) == VS_USAGE);
	CHECK(strstr(vs_error(), "out of range"));
	CHECK(vs_parse_uint("vlan", "4096", 0, 4095, &value) == VS_USAGE);
	SAME(vs_error(), "vlan 4096 is out of range: it must be from 0 to 4095");
}

static void macs(void)
{
	static const char *const bad[] = { "", "02:00:00:00:00", "02:00:00:00:00:0", "02:00:00:00:00:001",
					   "02:00:00:00:00:01:", "02-00-00-00-00-01", "2:0:0:0:0:1",
					   "0g:00:00:00:00:01", "01:00:5e:00:00:01",
					   "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
					   "02:00:00:00:00:01 " };
	unsigned char mac[VS_MAC_LEN];
	char text[VS_MAC_TEXT];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(vs_parse_mac(bad[i], mac) == VS_USAGE);
	CHECK(!vs_parse_mac("02:aB:00:00:00:Fe", mac));
	vs_format_mac(mac, text);
	SAME(text, "02:ab:00:00:00:fe");
	vs_parse_mac("01:00:00:00:00:01", mac);
	SAME(vs_error(), "MAC address 01:00:00:00:00:01 is a multicast address");
}

static void trunk_is(const char *from, const char *want)
{
	struct vs_trunk trunk;
	char *text;

	CHECK(!vs_parse_trunk(from, &trunk));
	text = vs_format_trunk(&trunk);
	SAME(text, want);
	free(text);
}

static void trunks(void)
{
	static const char *const bad[] = { "", ",", "1,", ",1", "1,,2", "4095", "20-10", "1-", "-1",
					   "1-2-3", "10,10", "1-5,3", "5,1-9", "a", "1 ,2",
					   "00000000000000000000000001" };
	struct vs_trunk trunk;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(vs_parse_trunk(bad[i], &trunk) == VS_USAGE);
	trunk_is("10,20-29,0", "0,10,20-29");
	trunk_is("3,2,1", "1-3");
	trunk_is("0-4094", "0-4094");
	vs_parse_trunk("10,5-12", &trunk);
	SAME(vs_error(), "trunk: VLAN 10 is listed twice (range 5-12 overlaps)");
}

static void addresses(void)
{
	static const char *const bad[] = { "", "192.0.2.1", "192.0.2.1/", "192.0.2.1/33", "192.0.2/24",
					   "2001:db8::1/129", "/24", "x/24", "192.0.2.1/24/8" };
	struct vs_addr addr;
	char text[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(vs_parse_addr(bad[i], &addr) == VS_USAGE);
	CHECK(!vs_parse_addr("2001:DB8:0::10/64", &addr));
	vs_format_addr(&addr, text, sizeof(text));
	SAME(text, "2001:db8::10/64");
}

static void names(void)
{
	char name[82];

	CHECK(!vs_check_name("VM Netw\xc3\xb6rk 1"));
	CHECK(vs_check_name("") == VS_USAGE);
	CHECK(vs_check_name("a\xff") == VS_USAGE);
	CHECK(vs_check_name("a\nb") == VS_USAGE);
	memset(name, 'x', sizeof(name));
	name[80] = '\0';
	CHECK(!vs_check_name(name));
	name[80] = 'x';
	name[81] = '\0';
	CHECK(vs_check_name(name) == VS_USAGE);
	CHECK(!vs_check_ifname("tap0") && vs_check_ifname("sixteen-letters-") == VS_USAGE);
	CHECK(vs_check_ifname("a/b") == VS_USAGE && vs_check_ifname("a b") == VS_USAGE);
	CHECK(vs_check_ifname("") == VS_USAGE && vs_check_ifname("..") == VS_USAGE);
	CHECK(vs_width("\xc3\xb6x") == 2);
}

/* In memory of exactly its size, so that whatever reads on is seen */
static void escape_is(const char *text, const char *want)
{
	char *copy = strdup(text), *safe = vs_escape(copy);

	SAME(safe, want);
	free(safe);
	free(copy);
}

static void escapes(void)
{
	static const char *const ends[] = { "\xc2", "\xe2", "\xe2\x80", "\xf0", "\xf0\x9f",
					    "\xf0\x9f\x92", "\xff", "\x80", "\xc0\x80",
					    "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\xaf" };
	char text[16], want[64];
	size_t i, k;

	escape_is("\x1b[2J\xc2\x9b" "\xc3\xb6\x7f", "\\x1b[2J\\xc2\\x9b\xc3\xb6\\x7f");
	escape_is("a\nError: all is lost\r", "a\\x0aError: all is lost\\x0d");
	escape_is("a\xe2\x80\xae" "b\xe2\x80\xa8", "a\\xe2\\x80\\xae" "b\\xe2\\x80\\xa8");
	escape_is("\xf0\x9f\x92\xbe \xe2\x82\xac", "\xf0\x9f\x92\xbe \xe2\x82\xac");
	escape_is("\xc3\xb6\xff\xc3\xb6", "\xc3\xb6\\xff\xc3\xb6");
	escape_is("", "");
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		snprintf(text, sizeof(text), "A%s", ends[i]);
		strcpy(want, "A");
		for (k = 0; ends[i][k]; k++)
			sprintf(want + strlen(want), "\\x%02x", (unsigned char)ends[i][k]);
		escape_is(text, want);
		CHECK(!vs_is_utf8(text));
	}
}

/* A text that is too long ends with a whole character. */
static void cuts(void)
{
	char text[3000], *safe;
	unsigned int shift;

	CHECK(vs_cut("a\xe2\x82\xac", 3) == 1 && vs_cut("a\xe2\x82\xac", 4) == 4);
	CHECK(vs_cut("a\xe2\x82\xac", 2) == 1 && vs_cut("a\xe2\x82\xac", 9) == 4);
	CHECK(vs_cut("\xf0\x9f\x92\xbe", 3) == 0 && vs_cut("abc", 2) == 2 && vs_cut("abc", 0) == 0);
	CHECK(vs_cut("a\xff" "bc", 2) == 2 && vs_cut("\x80\x80\x80\x80\x80", 4) == 4);
	for (shift = 0; shift < 3; shift++) {
		memset(text, 'x', shift);
		for (safe = text + shift; safe < text + sizeof(text) - 4; safe += 3)
			strcpy(safe, "\xe2\x82\xac");
		vs_fail(VS_USAGE, "%s", text);
		CHECK(vs_is_utf8(vs_error()) && strlen(vs_error()) > 1020);
		vs_fail(VS_USAGE, "why");
		vs_fail_because(VS_USAGE, "%s", text);
		CHECK(vs_is_utf8(vs_error()));
		vs_fail(VS_USAGE, "%s", text);
		vs_fail_because(VS_USAGE, "what");
		CHECK(vs_is_utf8(vs_error()) && !strncmp(vs_error(), "what: ", 6));
	}
	text[200] = '\0';
	CHECK(vs_check_name(text) == VS_USAGE && vs_is_utf8(vs_error()));
}

static void sizes(void)
{
	static const char *const bad[] = { "", "K", "1X", "1.5M", "-1", "+1", " 1", "1KB", "1K ", "B1",
					   "1B", "16E", "18446744073709551616", "17179869184G" };
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "0B", 0 }, { "1023B", 1023 }, { "1K", 1024 }, { "1.50K", 1536 },
		     { "1.25M", 5 << 18 }, { "17.5M", 35 << 19 }, { "1.00M", 1048575 },
		     { "512M", 512 << 20 }, { "1023K", 1023 << 10 }, { "16E", UINT64_MAX } };
	char text[VS_SIZE_TEXT];
	uint64_t bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(vs_parse_size(bad[i], &bytes) == VS_USAGE);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		vs_format_size(good[i].bytes, text);
		SAME(text, good[i].text);
	}
	CHECK(!vs_parse_size("0", &bytes) && bytes == 0);
	CHECK(!vs_parse_size("3g", &bytes) && bytes == 3ull << 30);
	CHECK(!vs_parse_size("20T", &bytes) && bytes == 20ull << 40);
	CHECK(!vs_parse_size("18446744073709551615", &bytes) && bytes == UINT64_MAX);
}

static void suggestions(void)
{
	static const char *const words[] = { "vlan", "trunk", "security" };

	SAME(vs_nearest("vlna", words, 3), "vlan");
	SAME(vs_nearest("secruity", words, 3), "security");
	CHECK(!vs_nearest("mtu", words, 3));
}

const struct test text_tests[] = {
	{ "text: numbers", numbers },
	{ "text: MAC addresses", macs },
	{ "text: trunks", trunks },
	{ "text: IP addresses", addresses },
	{ "text: names", names },
	{ "text: what could drive a terminal", escapes },
	{ "text: cuts", cuts },
	{ "text: sizes", sizes },
	{ "text: suggestions", suggestions },
	{ NULL, NULL }
};
