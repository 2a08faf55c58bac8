# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the project's scripts share: folders, kernel versions, die().

VS_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VS_BUILD=$VS_TOP/build
VS_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/vsuite
# Debian's kernels that are supported; the newest one, of which the debug kernel is made;
# and the one whose tools (ynl, checkpatch, kernel-doc) are used here.
VS_KERNEL_VERSIONS="6.1 6.12"
VS_NEWEST_KERNEL=7.3
VS_TOOLS_KERNEL=6.12
export PATH=$PATH:/usr/sbin:/sbin

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# kernel_release VERSION: the newest Debian kernel of VERSION with headers,
# generic flavour, as uname -r says it
kernel_release()
{
	local candidates=() dir

	for dir in "/lib/modules/$1."*-amd64/build; do
		dir=${dir%/build}
		case ${dir##*/} in
		*cloud*|*rt*) ;;
		*) [ -e "$dir/build/Makefile" ] && candidates+=("${dir##*/}") ;;
		esac
	done
	[ ${#candidates[@]} -gt 0 ] || die "no headers of kernel $1: run 'make deps'"
	printf '%s\n' "${candidates[@]}" | sort -V | tail -n 1
}
