/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The steps from one configuration to another.  Pure: nothing here talks to the
 * kernel.
 *
 * A plan is an array with an object for each switch that changes, in the order of
 * execution:
 *
 *   switch   its name
 *   generation  of the switch that the plan is for, where it exists
 *   changes  for people: {action: add|change|remove, object, name, and
 *            settings, or changes: {key: {old, new}}}
 *   before   steps over rtnetlink before the transaction
 *   txn      the transaction, see change.h
 *   after    steps over rtnetlink after it, that another switch waits for
 *   finally  steps after those of all switches: removals, which cannot be undone
 *            exactly
 *
 * A step is {do, device} and what the step needs: add-switch (mtu), enslave, declare,
 * add-vmk (mac, mtu), set-mtu (mtu), set-mac (mac), add-address,
 * del-address and keep-address (address), release, del-link, up.
 */
#ifndef VS_DIFF_H
#define VS_DIFF_H

#include <jansson.h>

/*
 * @have, @want: complete configurations, see config.h; switches that only
 * @have knows are left alone.  @links: all devices, see rtnl.h.
 */
int vs_diff(const json_t *have, const json_t *want, const json_t *links, json_t **plan);

/*
 * Objects that are set as a whole, by "OBJECT-set" and "OBJECT-del": those that differ
 * are removed and set anew, so that they can exchange unique values.
 * @changes, @removals and @settings are lists to add to.
 */
void vs_diff_replaced(const char *sw, const char *object, const char *key, const json_t *have,
		      const json_t *want, json_t *changes, json_t *removals, json_t *settings);

#endif
