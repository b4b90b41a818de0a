/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels 5.10 and today's. Each entry names the kernel that
 * needs it and goes with it. Helpers carry our prefix, so that a backport of the
 * real thing can never collide.
 */
#ifndef TCPSHAKE_COMPAT_H
#define TCPSHAKE_COMPAT_H

#include <linux/timer.h>
#include <linux/version.h>
#include <net/genetlink.h>

/* It moved in 6.12. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * Up to 6.7 a multicast group was closed to the unprivileged by
 * GENL_UNS_ADMIN_PERM, which newer kernels ignore there; tested by macro because
 * stable kernels carry the new name too.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define TCPSHAKE_MCAST_NET_ADMIN GENL_MCAST_CAP_NET_ADMIN
#else
#define TCPSHAKE_MCAST_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

/* The name is of 6.2, the old one was gone in 6.15. */
static inline int tcpshake_timer_delete_sync(struct timer_list *timer)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return timer_delete_sync(timer);
#else
	return del_timer_sync(timer);
#endif
}

/* The request's attributes as a dump sees them: genl_info_dump() is of 6.6. */
static inline struct nlattr **tcpshake_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* TCPSHAKE_COMPAT_H */
