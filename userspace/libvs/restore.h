/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_RESTORE_H
#define VS_RESTORE_H

#include <jansson.h>

/*
 * What the switches of a plan shall be when it is taken back.  Pure: nothing here talks to
 * the kernel.
 *
 * That is @before, but the time between has gone on: ports and uplinks whose device is gone
 * are left out, and what joined since then without the plan, guests that were started, keeps
 * its place, with the port group that it is in.  Switches that the plan made are to be
 * removed, @gone lists them, unless such a guest is on one: it stays as it is.
 *
 * @have: what there is now; @links: all devices.  @notes gets a text for each of these.
 */
json_t *vs_restored(const json_t *plan, const json_t *before, const json_t *have,
		    const json_t *links, json_t *notes, json_t **gone);

/*
 * A switch without the members whose device is not in @devices, and without what cannot be
 * without them: mirror sessions, and places in the orders of uplinks.
 */
json_t *vs_with_devices(const json_t *sw, const json_t *devices, json_t *notes);
/* The same without the ports that have no device; uplinks may come later. */
json_t *vs_possible(const json_t *sw, const json_t *links, json_t *notes);

#endif
