# SPDX-License-Identifier: GPL-2.0
"""The text of a virtual disk, as ESXi writes it."""

import re


def descriptor(create_type, extent, cylinders):
    """A pattern for all of it.  Groups: cid, the content id; thin, a line where it is."""
    return re.compile(rf"""# Disk DescriptorFile
version=1
encoding="UTF-8"
CID=(?P<cid>[0-9a-f]{{8}})
parentCID=ffffffff
createType="{create_type}"

# Extent description
{re.escape(extent)}

# The Disk Data Base
#DDB

ddb\.adapterType = "lsilogic"
ddb\.geometry\.cylinders = "{cylinders}"
ddb\.geometry\.heads = "64"
ddb\.geometry\.sectors = "32"
ddb\.longContentID = "[0-9a-f]{{24}}(?P=cid)"
ddb\.uuid = "60 00 c2 9[0-9a-f]( [0-9a-f]{{2}}){{4}}-[0-9a-f]{{2}}( [0-9a-f]{{2}}){{7}}"
(?P<thin>ddb\.thinProvisioned = "1"
)?ddb\.virtualHWVersion = "8"
$""")
