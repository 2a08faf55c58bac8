# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# kernel_select NAME: set KERNEL_* for a kernel by the name that make K= and
# the lab's --kernel take: a version (6.1, 6.12), "debug", which is made of the newest
# kernel, "newest", which means that one, or a full release.

kernel_select()
{
	local dir

	KERNEL_NAME=$1
	if [ "$1" = debug ] || [ "$1" = newest ]; then
		KERNEL_NAME=debug
		dir=$("$VS_TOP/scripts/debug-kernel")
		KERNEL_RELEASE=$(cat "$dir/release")
		KERNEL_IMAGE=$dir/bzImage
		KERNEL_TREE=$dir/linux
		KERNEL_MODULES=$dir/modules/lib/modules/$KERNEL_RELEASE
	else
		KERNEL_RELEASE=$1
		[ -e "/lib/modules/$1/build" ] || KERNEL_RELEASE=$(kernel_release "$1")
		KERNEL_IMAGE=/boot/vmlinuz-$KERNEL_RELEASE
		KERNEL_MODULES=/lib/modules/$KERNEL_RELEASE
		KERNEL_TREE=$KERNEL_MODULES/build
	fi
	export KERNEL_NAME KERNEL_RELEASE KERNEL_IMAGE KERNEL_TREE KERNEL_MODULES
}
