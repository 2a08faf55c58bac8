# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# kernel_select NAME: set KERNEL_* for a kernel by the name that make K= and
# the lab's --kernel take: a version (6.1, 6.12), "debug", "newest", or a full release.
# The newest kernel is not built: modules can be, and the symbols that they use are not known.

kernel_select()
{
	local dir

	KERNEL_NAME=$1
	unset KBUILD_MODPOST_WARN
	if [ "$1" = newest ]; then
		dir=$("$VS_TOP/scripts/debug-kernel" --newest)
		KERNEL_RELEASE=$(cat "$dir/release")
		KERNEL_IMAGE='' KERNEL_MODULES=''
		KERNEL_TREE=$dir/linux
		export KBUILD_MODPOST_WARN=1
	elif [ "$1" = debug ]; then
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
