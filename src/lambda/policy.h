/* The least-privilege IAM policy for a set of definitions: the actions that a pass over exactly
 * these can lead to, on the clusters, services and groups they name; '*' only where IAM knows no
 * narrower resource. Serves `policy`, and `deploy` for the function's role. Pure.
 *
 * Clusters that are switched off (enabled: false) need nothing. Names out of the environment stand
 * in the policy with their values: IAM has to know them.
 * Source: AWS Service Authorization Reference (ecs, autoscaling, cloudwatch, logs); IAM User Guide,
 * "IAM and AWS STS quotas". */
#ifndef LAMBDA_POLICY_H
#define LAMBDA_POLICY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/jsonw.h"
#include "model/definition.h"

/* How narrow: the wider ones are for accounts whose policy would else be over IAM's limit. */
enum policy_scope {
    POLICY_SCOPE_SERVICE, /* the services, clusters and groups named */
    POLICY_SCOPE_CLUSTER, /* every service of the clusters named */
    POLICY_SCOPE_REGION,  /* every cluster and group of the regions named */
};
NODISCARD bool policy_scope_from_name(struct str name, enum policy_scope *scope);

struct policy_input {
    const struct definition *const *definitions;
    size_t definition_count;
    struct str region;    /* of definitions without one, and of the log group */
    struct str account;   /* 12 digits; empty: not known, '*' in ARNs */
    struct str log_group; /* "/aws/lambda/NAME": the function may write its log; empty: none */
    enum policy_scope scope;
};

/* Writes the document: deterministic, the order of the definitions does not show.
 * E_REGION: a definition without a region and none in `input`, or one that is none; E_LIMIT: over
 * LIMIT_POLICY_CHARACTERS (white space does not count), the message says which scope to try;
 * E_MISSING: there is nothing to allow. Nothing is written then. */
NODISCARD enum error_code policy_write(const struct policy_input *input, struct json_writer *w,
                                       struct error *err);

/* The same for people: each action, what it is for, on which resources, and why on '*'. */
NODISCARD enum error_code policy_explain(const struct policy_input *input, struct buf *out,
                                         struct error *err);

/* Adds the actions that are on '*', as "a, b"; gives how many there are. */
size_t policy_everywhere(const struct policy_input *input, struct buf *out);

#endif
