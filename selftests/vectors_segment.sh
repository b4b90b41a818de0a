#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Vectors of what is wrong with one segment, injected over real interfaces.
# See vectors/README, and lib/inject_vectors.sh for the topology.

. "$(dirname "$0")/lib.sh"
# shellcheck source=lib/vectors.sh
. "$SELFTESTS/lib/vectors.sh"
# shellcheck source=lib/inject_vectors.sh
. "$SELFTESTS/lib/inject_vectors.sh"

inject_vectors anomaly/segment
