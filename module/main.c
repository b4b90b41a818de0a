// SPDX-License-Identifier: GPL-2.0
/*
 * Module: parameters, and the ladder up and down. The netlink family comes last
 * and goes first, the table comes first and goes last; netns.h tells what happens
 * between.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/stringify.h>

#include "hook.h"
#include "netlink.h"
#include "netns.h"
#include "service.h"
#include "table.h"
#include "version.h"

static unsigned int slots = TCPSHAKE_SLOTS_DEFAULT;
module_param(slots, uint, 0444);
MODULE_PARM_DESC(slots, "Attempts tracked at once, all namespaces together, in rows of 12, "
		 __stringify(TCPSHAKE_SLOT_OCTETS) " octets each (4096..4194304, default 65536)");

static bool all_netns;
module_param(all_netns, bool, 0444);
MODULE_PARM_DESC(all_netns, "Observe every network namespace, not only the first (default N)");

bool tcpshake_shortcuts = true;
module_param_named(shortcuts, tcpshake_shortcuts, bool, 0444);
MODULE_PARM_DESC(shortcuts, "Established traffic takes them; it counts the same without, only slower (default Y)");

static unsigned int syn_timeout = 75000;
module_param(syn_timeout, uint, 0444);
MODULE_PARM_DESC(syn_timeout, "Milliseconds after the client's last segment until an attempt without SYN-ACK is unanswered (100..600000, default 75000)");

static unsigned int synack_timeout = 75000;
module_param(synack_timeout, uint, 0444);
MODULE_PARM_DESC(synack_timeout, "Milliseconds after the client's last segment until an attempt with SYN-ACK is unacked (100..600000, default 75000)");

static unsigned int max_age = 140000;
module_param(max_age, uint, 0444);
MODULE_PARM_DESC(max_age, "Milliseconds after its first SYN that no pending attempt outlives (100..600000, default 140000)");

static unsigned int linger = 3000;
module_param(linger, uint, 0444);
MODULE_PARM_DESC(linger, "Milliseconds an attempt is kept after its outcome to see what comes of it (0..60000, default 3000)");

static unsigned int grace = 3000;
module_param(grace, uint, 0444);
MODULE_PARM_DESC(grace, "Milliseconds after the start of observation in which what has no SYN counts as midstream (0..60000, default 3000)");

static unsigned int services = TCPSHAKE_SERVICES_DEFAULT;
module_param(services, uint, 0444);
MODULE_PARM_DESC(services, "Services watched at once, all namespaces together, rounded up to a power of two; about 850 octets each, and 128 more for each CPU (64..65536, default 1024)");

static unsigned int flood_floor = 20;
module_param(flood_floor, uint, 0444);
MODULE_PARM_DESC(flood_floor, "Attempts a second, unresolved after a second, that are never a flood (4..1000000, default 20)");

static unsigned int flood_pending = 512;
module_param(flood_pending, uint, 0444);
MODULE_PARM_DESC(flood_pending, "Pending attempts of a service that are never a flood (16..4194304, default 512)");

static unsigned int flood_hold = 10000;
module_param(flood_hold, uint, 0444);
MODULE_PARM_DESC(flood_hold, "Milliseconds of calm until a flood is over (1000..600000, default 10000)");

static unsigned int flood_learning = 60000;
module_param(flood_learning, uint, 0444);
MODULE_PARM_DESC(flood_learning, "Milliseconds from a service's first attempt in which it is learned what is usual there (0..3600000, default 60000)");

static int __init check_parameter(const char *name, unsigned int value, unsigned int min,
				  unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err("parameter %s=%u is out of range, accepted: %u..%u\n", name, value, min, max);
	return -EINVAL;
}

static int __init check_parameters(void)
{
	const unsigned int min = TCPSHAKE_TIMEOUT_MIN;
	const unsigned int max = TCPSHAKE_TIMEOUT_MAX;

	return check_parameter("slots", slots, TCPSHAKE_SLOTS_MIN, TCPSHAKE_SLOTS_MAX) ?:
	       check_parameter("syn_timeout", syn_timeout, min, max) ?:
	       check_parameter("synack_timeout", synack_timeout, min, max) ?:
	       check_parameter("max_age", max_age, min, max) ?:
	       check_parameter("linger", linger, TCPSHAKE_LINGER_MIN, TCPSHAKE_LINGER_MAX) ?:
	       check_parameter("grace", grace, TCPSHAKE_GRACE_MIN, TCPSHAKE_GRACE_MAX);
}

static int __init check_flood_parameters(void)
{
	return check_parameter("services", services, TCPSHAKE_SERVICES_MIN,
			       TCPSHAKE_SERVICES_MAX) ?:
	       check_parameter("flood_floor", flood_floor, TCPSHAKE_FLOOD_FLOOR_MIN,
			       TCPSHAKE_FLOOD_FLOOR_MAX) ?:
	       check_parameter("flood_pending", flood_pending, TCPSHAKE_FLOOD_PENDING_MIN,
			       TCPSHAKE_FLOOD_PENDING_MAX) ?:
	       check_parameter("flood_hold", flood_hold, TCPSHAKE_FLOOD_HOLD_MIN,
			       TCPSHAKE_FLOOD_HOLD_MAX) ?:
	       check_parameter("flood_learning", flood_learning, TCPSHAKE_FLOOD_LEARNING_MIN,
			       TCPSHAKE_FLOOD_LEARNING_MAX);
}

static void __init set_defaults(struct tcpshake_config *defaults)
{
	defaults->syn_timeout = syn_timeout;
	defaults->synack_timeout = synack_timeout;
	defaults->max_age = max_age;
	defaults->linger = linger;
	defaults->grace = grace;
	defaults->detector.floor = flood_floor;
	defaults->detector.pending = flood_pending;
	defaults->detector.hold_ms = flood_hold;
	defaults->detector.learning_ms = flood_learning;
}

static int __init tcpshake_init(void)
{
	struct tcpshake_config defaults;
	int err;

	err = check_parameters() ?: check_flood_parameters();
	if (err)
		return err;
	set_defaults(&defaults);

	err = tcpshake_service_init(services);
	if (err)
		return err;
	err = tcpshake_table_init(slots);
	if (err)
		goto err_services;
	err = tcpshake_netns_init(&defaults, all_netns);
	if (err)
		goto err_table;
	err = tcpshake_netlink_init();
	if (err)
		goto err_netns;
	pr_info("%s, observing TCP handshakes, %u slots\n", TCPSHAKE_VERSION,
		tcpshake_table_slots());
	return 0;

err_netns:
	tcpshake_netns_exit();
err_table:
	tcpshake_table_exit();
err_services:
	tcpshake_service_exit();
	return err;
}

static void __exit tcpshake_exit(void)
{
	tcpshake_netlink_exit();
	tcpshake_netns_exit();
	tcpshake_table_exit();
	tcpshake_service_exit();
	rcu_barrier();
}

module_init(tcpshake_init);
module_exit(tcpshake_exit);

MODULE_DESCRIPTION("Observes TCP handshakes: completed, half-open, malformed");
MODULE_AUTHOR("The tcpshake authors");
MODULE_VERSION(TCPSHAKE_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(TCPSHAKE_GENL_NAME);
