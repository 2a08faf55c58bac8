// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "err.h"
#include "ethtool.h"

#define LINK_WORDS	127	/* that the kernel may have for the modes of a link */

/* Whether the driver has answered, into @data */
static bool ask(const char *device, void *data)
{
	struct ifreq request = { .ifr_data = data };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	done = fd >= 0 && !ioctl(fd, SIOCETHTOOL, &request);
	if (fd >= 0)
		close(fd);
	return done;
}

json_t *vs_link_settings(const char *device)
{
	struct {
		struct ethtool_link_settings link;
		__u32 words[3 * LINK_WORDS];
	} known = { .link.cmd = ETHTOOL_GLINKSETTINGS };
	const char *duplex = NULL;
	json_int_t speed = 0;

	/* It first says how many words there are. */
	if (ask(device, &known) && known.link.link_mode_masks_nwords < 0) {
		known.link.cmd = ETHTOOL_GLINKSETTINGS;
		known.link.link_mode_masks_nwords = -known.link.link_mode_masks_nwords;
		if (ask(device, &known)) {
			speed = known.link.speed == (__u32)SPEED_UNKNOWN ? 0 : known.link.speed;
			duplex = known.link.duplex == DUPLEX_FULL ? "full" :
				 known.link.duplex == DUPLEX_HALF ? "half" : NULL;
		}
	}
	return json_pack("{s:o, s:s?}", "speed", speed ? json_integer(speed) : json_null(),
			 "duplex", duplex);
}

static __u32 count_features(const char *device)
{
	struct {
		struct ethtool_sset_info info;
		__u32 count;
	} known = {
		.info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES },
	};

	return ask(device, &known) && known.info.sset_mask ? known.count : 0;
}

json_t *vs_link_features(const char *device)
{
	__u32 count = count_features(device), blocks = (count + 31) / 32, i;
	json_t *features = json_object();
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *known;

	names = vs_malloc(sizeof(*names) + count * ETH_GSTRING_LEN);
	known = vs_malloc(sizeof(*known) + blocks * sizeof(known->features[0]));
	*names = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = count,
	};
	*known = (struct ethtool_gfeatures){ .cmd = ETHTOOL_GFEATURES, .size = blocks };
	if (!count || !ask(device, names) || !ask(device, known) || names->len != count)
		count = 0;
	for (i = 0; i < count; i++) {
		const struct ethtool_get_features_block *block = &known->features[i / 32];
		bool is_on = block->active >> (i % 32) & 1;
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, names->data + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		if (*name && (is_on || block->available >> (i % 32) & 1))
			json_object_set_new(features, name, json_boolean(is_on));
	}
	free(names);
	free(known);
	return features;
}
