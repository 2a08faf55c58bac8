// SPDX-License-Identifier: GPL-2.0
/* What lldpcli prints, and others let it print */
#include "../vsctl/lldp.h"
#include "unit.h"

#define SAID(links)	"{'lldp': [{'interface': [" links "]}]}"

static void same(const char *said, const char *want)
{
	json_auto_t *tree = unit_json(said);

	SAME_JSON(lldp_parse(tree), want);
}

static void neighbors(void)
{
	same(SAID("{'name': 'eth0', 'chassis': [{'id': [{'type': 'mac', 'value': 'm'}],"
		  "  'name': [{'value': 'sw1'}]}],"
		  " 'port': [{'id': [{'type': 'ifname', 'value': 'Gi1/0/1'}],"
		  "  'descr': [{'value': 'to a host'}]}]},"
		  "{'name': 'eth0', 'chassis': [{'name': [{'value': 'sw2'}]}]},"
		  "{'name': 'eth1', 'chassis': [{'id': [{'type': 'mac', 'value': 'm'}]}],"
		  " 'port': [{'id': [{'type': 'mac', 'value': 'n'}],"
		  "  'descr': [{'value': 'p0'}]}]}"),
	     "{'eth0': {'system': 'sw1', 'port': 'Gi1/0/1'},"
	     " 'eth1': {'system': 'm', 'port': 'p0'}}");
	same(SAID("{'name': 'eth0'}"), "{'eth0': {'system': null, 'port': null}}");
	same(SAID("{'name': 5}, 6, {'chassis': []}"), "{}");
	same("{'lldp': [{}]}", "{}");
	same("{'lldp': {'interface': 'eth0'}}", "{}");
	SAME_JSON(lldp_parse(NULL), "{}");
}

const struct test lldp_tests[] = {
	{ "lldp_neighbors", neighbors },
	{ NULL }
};
