/* What a pass asks of AWS, a row an action: when definitions lead to it, on which resources, and
 * why. Internal to lambda/policy. */
#ifndef LAMBDA_POLICY_GRANTS_H
#define LAMBDA_POLICY_GRANTS_H

#include "base/vec.h"
#include "cloud/aws/call.h"
#include "lambda/policy.h"

struct arns {
    struct arena *arena;
    VEC(struct str) items;
};

/* A region with all that goes before a resource in its ARNs. */
struct place {
    const struct policy_input *input;
    struct str region;
};

struct grant {
    const struct aws_operation *operation; /* NULL: not a call of this program's own */
    const char *permission;                /* then: the action */
    /* The resources that a definition leads to; none: it does not lead to this action. NULL: `own`
     * counts. */
    void (*list)(const struct place *place, const struct definition *definition, struct arns *arns);
    /* What the function needs whatever it scales. */
    void (*own)(const struct place *place, struct arns *arns);
    bool by_condition; /* the resources are clusters, in the condition ecs:cluster; it is on '*' */
    const char *purpose;
    const char *everywhere; /* why on '*'; NULL: it is not */
};

/* In order of their statements: by service, then by name. */
extern const struct grant policy_grants[];
extern const size_t policy_grant_count;

const char *policy_grant_action(const struct grant *grant); /* "ecs:UpdateService" */

#endif
