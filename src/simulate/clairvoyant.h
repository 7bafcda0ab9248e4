/* The policy that knows the load ahead: with the same delays and bounds, as little time outside the
 * objectives as can be, and then as little cost; and for a policy the least that anything with no
 * more time outside than it could cost. How: pool.h; why it is a bound: docs/simulation.md, "The
 * clairvoyant". Leaves out what would only make it dearer: chance in delays, placement within
 * instances, image pulls, draining. */
#ifndef SIMULATE_CLAIRVOYANT_H
#define SIMULATE_CLAIRVOYANT_H

#include "simulate/simulate.h"

/* Whose bounds: those of this policy's definitions. `policy` is what its simulation gave. */
struct clairvoyant_options {
    const struct scenario *scenario;
    const struct definition *const *definitions;
    size_t definition_count;
    const struct policy_result *policy;
};

void clairvoyant_solve(struct arena *arena, const struct clairvoyant_options *options,
                       struct clairvoyant_result *result, struct ratio_result *ratio);

#endif
