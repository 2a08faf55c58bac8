/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Purposes of a VMkernel adapter, in the alias of its device (ip link show), where every tool
 * of the host can read them: "services: management,nfs".
 */
#ifndef VS_SERVICES_H
#define VS_SERVICES_H

#include <stddef.h>

#include <jansson.h>

#define VS_SERVICES_TEXT	64

extern const char *const vs_service_words[];

/* In the order of the words; another alias has none. */
json_t *vs_services_of(const char *alias);
/* "" for none */
void vs_services_alias(const json_t *services, char alias[VS_SERVICES_TEXT]);

#endif
