/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_RESTORE_H
#define VS_RESTORE_H

#include <jansson.h>

/*
 * The target state of a rollback.  Pure: nothing here talks to the kernel.
 *
 * It is @before with the changes since then that are not the plan's: without ports and uplinks
 * whose device is gone, and with ports of guests that started meanwhile, in their port groups.
 * @gone lists the switches that the plan made, for removal, unless such a guest is on one: that
 * switch stays as it is.
 *
 * @have: the current state; @links: all devices.  @notes gets a text for each difference.
 */
json_t *vs_restored(const json_t *plan, const json_t *before, const json_t *have,
		    const json_t *links, json_t *notes, json_t **gone);

/*
 * A switch without members whose device is not in @devices, and without their mirror sessions
 * and places in the orders of uplinks.
 */
json_t *vs_with_devices(const json_t *sw, const json_t *devices, json_t *notes);
/* The same without the ports that have no device; uplinks may come later. */
json_t *vs_possible(const json_t *sw, const json_t *links, json_t *notes);

#endif
