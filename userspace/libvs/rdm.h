/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Raw device mappings (RDM): disks that are a LUN.  Beside the text is a file on
 * VMFS that has the identity of the LUN in place of data, NAME-rdm.vmdk, or, if
 * guests are to send it SCSI commands of their own, NAME-rdmp.vmdk.
 */
#ifndef VS_RDM_H
#define VS_RDM_H

#include "vmdk.h"

/* Both return VS_OK or fail with a text. */

int vs_rdm_create(const char *path, const char *device, bool physical, const char *adapter);
int vs_rdm_json(const struct vs_vmdk *disk, json_t **value);

#endif
