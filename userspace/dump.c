// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Dumps. Lines are shown as they come: the dump of a full table is not
 * collected first, so one that fails in the middle has shown its beginning.
 */
#include <errno.h>
#include <stdio.h>

#include "args.h"
#include "dump.h"
#include "nl.h"

struct dump {
	const struct options *options;
	struct out *out;
	void (*show)(struct out *out, const struct handshake *handshake);
};

static int on_handshake(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_HANDSHAKE);
	struct dump *dump = context;
	struct handshake handshake;

	if (!nest)
		return 0;
	decode_handshake(nest, &handshake);
	if (show_family(dump->options, &handshake.client)) {
		dump->show(dump->out, &handshake);
		out_end(dump->out);
	}
	return out_failed(dump->out) ? -EPIPE : 0;
}

static int on_anomaly(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_ANOMALY);
	struct dump *dump = context;
	struct anomaly anomaly;

	if (!nest)
		return 0;
	decode_anomaly(nest, &anomaly);
	if (show_family(dump->options, &anomaly.source)) {
		show_anomaly(dump->out, &anomaly);
		out_end(dump->out);
	}
	return out_failed(dump->out) ? -EPIPE : 0;
}

static enum exit_status finish(const struct dump *dump, struct nl *nl, int error)
{
	enum exit_status status = STATUS_OK;

	out_flush(dump->out);
	if (error && !out_failed(dump->out))
		status = nl_complain(nl, error);
	else if (nl->interrupted)
		fprintf(stderr, "tcpshake: the list changed while it was read; lines may be missing\n");
	nl_close(nl);
	return status;
}

enum exit_status dump_handshakes(const struct options *options, struct out *out, u8 command,
				 const struct filter *filter,
				 void (*show)(struct out *, const struct handshake *))
{
	struct dump dump = { .options = options, .out = out, .show = show };
	const struct handshake none = { .client.port = -1, .server.port = -1 };
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request;
	static struct nl nl;
	int error;

	error = nl_open(&nl, options->file);
	if (error)
		return nl_complain(&nl, error);
	request = nl_prepare(&nl, buffer, command, NLM_F_DUMP);
	args_put_filter(request, filter);
	error = nl_request(&nl, request, on_handshake, &dump);
	if (!error) {
		show(out, &none);
		out_headings(out);
	}
	return finish(&dump, &nl, error);
}

enum exit_status dump_anomalies(const struct options *options, struct out *out)
{
	struct dump dump = { .options = options, .out = out };
	const struct anomaly none = { .source.port = -1, .destination.port = -1 };
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request;
	static struct nl nl;
	int error;

	error = nl_open(&nl, options->file);
	if (error)
		return nl_complain(&nl, error);
	request = nl_prepare(&nl, buffer, TCPSHAKE_CMD_GET_ANOMALIES, NLM_F_DUMP);
	error = nl_request(&nl, request, on_anomaly, &dump);
	if (!error) {
		show_anomaly(out, &none);
		out_headings(out);
	}
	return finish(&dump, &nl, error);
}
