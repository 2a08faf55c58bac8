// SPDX-License-Identifier: GPL-2.0
/*
 * Permissions of netlink requests.  A guest's swap file, or memory taken from it, could be
 * used to read the guest: only those who may write to the file may set or take them.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <net/sock.h>

#include "vmem.h"

static bool vmem_is_readable(struct inode *inode)
{
	return !inode_permission(&nop_mnt_idmap, inode, MAY_READ);
}

/* Write permission is not enough: the path to a world-writable file may be closed. */
static bool vmem_is_own(struct inode *inode)
{
	return inode_owner_or_capable(&nop_mnt_idmap, inode) &&
	       !inode_permission(&nop_mnt_idmap, inode, MAY_READ | MAY_WRITE);
}

/*
 * Check the sender, and the opener of the socket: a privileged program can be tricked into
 * writing to a socket that it did not open.
 */
static bool vmem_allows(struct sk_buff *skb, struct vmem_file *file, bool (*allows)(struct inode *))
{
	struct socket *socket = NETLINK_CB(skb).sk->sk_socket;
	const struct cred *old;
	bool opener;

	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return true;
	if (!socket || !socket->file || !allows(&file->inode))
		return false;
	old = override_creds(socket->file->f_cred);
	opener = allows(&file->inode);
	revert_creds(old);
	return opener;
}

/**
 * vmem_may_read() - whether a request may be told all about a file
 * @skb: request
 * @file: file
 *
 * Return: true with read permission on the file, or with CAP_SYS_ADMIN.
 */
bool vmem_may_read(struct sk_buff *skb, struct vmem_file *file)
{
	return vmem_allows(skb, file, vmem_is_readable);
}
EXPORT_SYMBOL_GPL(vmem_may_read);

/**
 * vmem_check_change() - whether a request may change a file
 * @skb: request
 * @file: file
 * @extack: gets the reason of a refusal
 *
 * Return: 0 for the file's owner with read and write permission, and with
 * CAP_SYS_ADMIN; -EPERM.
 */
int vmem_check_change(struct sk_buff *skb, struct vmem_file *file, struct netlink_ext_ack *extack)
{
	if (vmem_allows(skb, file, vmem_is_own))
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "file %llu can be changed by its owner, and with CAP_SYS_ADMIN",
			   (u64)file->inode.i_ino);
	return -EPERM;
}
EXPORT_SYMBOL_GPL(vmem_check_change);

/**
 * vmem_check_admin() - whether a request may change what affects all files
 * @skb: request
 * @extack: gets the reason of a refusal
 *
 * Return: 0 with CAP_SYS_ADMIN; -EPERM.
 */
int vmem_check_admin(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "this affects all files, and takes CAP_SYS_ADMIN");
	return -EPERM;
}
EXPORT_SYMBOL_GPL(vmem_check_admin);

/**
 * vmem_file_find() - find the file that a request names
 * @id: attribute with its inode number, or NULL
 * @extack: gets the reason of a refusal
 *
 * Return: the file, to be given back with vmem_file_put(); -EINVAL without an
 * id, -ENOENT where there is no such file.
 */
struct vmem_file *vmem_file_find(const struct nlattr *id, struct netlink_ext_ack *extack)
{
	struct vmem_file *file;

	if (!id) {
		NL_SET_ERR_MSG(extack, "the id of the file is missing");
		return ERR_PTR(-EINVAL);
	}
	file = vmem_file_get(nla_get_u64(id));
	if (file)
		return file;
	NL_SET_ERR_MSG_FMT(extack, "there is no file with id %llu", nla_get_u64(id));
	return ERR_PTR(-ENOENT);
}
EXPORT_SYMBOL_GPL(vmem_file_find);

/**
 * vmem_file_find_own() - find the file that a request names and may change
 * @skb: request
 * @id: attribute with its inode number, or NULL
 * @extack: gets the reason of a refusal
 *
 * Return: as vmem_file_find(), or -EPERM.
 */
struct vmem_file *vmem_file_find_own(struct sk_buff *skb, const struct nlattr *id,
				     struct netlink_ext_ack *extack)
{
	struct vmem_file *file = vmem_file_find(id, extack);
	int err;

	if (IS_ERR(file))
		return file;
	err = vmem_check_change(skb, file, extack);
	if (!err)
		return file;
	vmem_file_put(file);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(vmem_file_find_own);
