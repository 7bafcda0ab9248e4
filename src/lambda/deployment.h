/* A deployment: everything that runs the function in one account and region, under one name.
 *
 *     wanted (data) + observed (describe calls, together) ──compare──▶ steps (data) ──apply──▶
 *
 * Comparing is pure; a dry run is not applying. What is there already is never made again, so a
 * deployment can be repeated, and completed from wherever an earlier one was cut off. What is ours
 * carries the tag DEPLOYMENT_TAG with the deployment's name; anything else of that name is refused
 * (or, on request, adopted), and never removed. */
#ifndef LAMBDA_DEPLOYMENT_H
#define LAMBDA_DEPLOYMENT_H

#include "cloud/aws/talk.h"
#include "lambda/variables.h"

#define DEPLOYMENT_TAG "ecs-autoscale:managed"

enum {
    DEPLOYMENT_RETENTION_DAYS = 30,
    DEPLOYMENT_CONCURRENCY = 1, /* two passes must never overlap */
};

/* What everything is called. Role names are the account's, so they hold the region. */
struct deployment_names {
    struct str name; /* the function's, and the tag's value */
    struct str region;
    struct str account;   /* 12 digits */
    struct str partition; /* "aws" */
    struct str function_arn;
    struct str log_group;
    struct str role;
    struct str role_arn;
    struct str rule;
    struct str rule_arn;
};

/* Asks STS who is calling. E_USAGE: no function can have that name; E_REGION; what the call gives.
 * Texts live in the talk's arena. */
NODISCARD enum error_code deployment_names_find(struct aws_talk *talk, struct str name,
                                                struct deployment_names *names, struct error *err);

struct deployment_wanted {
    struct deployment_names names;
    struct str schedule; /* "rate(5 minutes)" */
    int64_t memory_mb;
    int64_t timeout_s;
    const char *arch; /* "x86_64", "arm64" */
    const struct variables *variables;
    struct str policy;  /* JSON: what the function's role may do */
    struct str zip;     /* the package */
    struct str sha256;  /* of it, as Lambda's CodeSha256 */
    bool is_unreserved; /* leave the concurrency alone */
    bool adopt;         /* take over what is not ours */
};

enum ownership { OWNED_BY_NOBODY, OWNED_BY_US, OWNED_BY_OTHERS };

/* What is there. Every json_t is the talk's. */
struct deployment_observed {
    enum ownership log_group;
    int64_t retention_days; /* 0: for ever */

    enum ownership role;
    int64_t role_created_ms;
    const json_t *trust;  /* NULL: none that can be read */
    const json_t *policy; /* the inline policy; NULL: none */

    enum ownership function;
    const json_t *configuration; /* NULL: no function */
    int64_t concurrency;         /* -1: none reserved */
    const json_t *permission;    /* the rule's statement; NULL: none */

    enum ownership rule;
    struct str schedule;
    bool rule_is_enabled;
    bool rule_has_pattern;
    const json_t *targets; /* NULL: no rule */
    bool has_target;       /* ours, as it should be */
    bool has_other_target; /* ours by its id, but leading elsewhere */
};

/* All describe calls, in two round trips. Any that fails for another reason than that the thing is
 * not there is the result. */
NODISCARD enum error_code deployment_observe(struct aws_talk *talk,
                                             const struct deployment_names *names,
                                             struct deployment_observed *out, struct error *err);

enum step_kind {
    STEP_LOG_GROUP,
    STEP_ROLE,
    STEP_POLICY,
    STEP_FUNCTION,
    STEP_CONCURRENCY,
    STEP_RULE,
    STEP_PERMISSION,
    STEP_TARGET,
    STEP_COUNT,
};
const char *step_noun(enum step_kind kind); /* "log group" */

enum step_action { STEP_IS_RIGHT, STEP_CREATES, STEP_CHANGES };

/* One difference; `from` or `to` may be empty. Never a value of a variable. */
struct step_change {
    const char *what; /* "memory" */
    struct str from;
    struct str to;
};

/* What a step has to do; the bits that count depend on its kind. */
enum step_work {
    WORK_CREATE = 1,
    WORK_SETTINGS = 2,
    WORK_CODE = 4,
    WORK_TAG = 8,
    WORK_REPLACE = 16, /* remove what is in the way first */
};

struct step {
    enum step_kind kind;
    enum step_action action;
    unsigned work; /* of enum step_work */
    struct str subject;
    VEC(struct step_change) changes;
};

struct step_plan {
    struct step steps[STEP_COUNT]; /* in the order they are carried out */
    size_t change_count;           /* steps that are not right already */
    VEC(struct str) refusals;      /* why it must not be carried out: whose is in the way */
};

/* Pure. Texts live in `arena`. */
void deployment_compare(struct arena *arena, const struct deployment_wanted *wanted,
                        const struct deployment_observed *observed, struct step_plan *plan);

/* Carries out the plan, step after step. Where AWS says that something changed in between, or is
 * not done yet, it looks again and goes on with what is still to do. */
struct deployment_progress {
    void (*done)(void *context, const struct step *step); /* after each step; may be NULL */
    void *context;
};
NODISCARD enum error_code deployment_apply(struct aws_talk *talk,
                                           const struct deployment_wanted *wanted,
                                           const struct step_plan *plan,
                                           const struct deployment_progress *progress,
                                           struct error *err);

/* One thing that destroy would remove, or leaves. */
struct removal {
    enum step_kind kind;
    struct str subject;
    bool is_ours; /* false: there, but not made by deploy; it stays */
};

struct removal_plan {
    struct removal removals[STEP_COUNT];
    size_t count;
    size_t ours_count;
};

/* Pure; in the order of removing. */
void deployment_removals(const struct deployment_names *names,
                         const struct deployment_observed *observed, struct removal_plan *plan);
NODISCARD enum error_code deployment_remove(struct aws_talk *talk,
                                            const struct deployment_names *names,
                                            const struct deployment_observed *observed,
                                            const struct removal *removal, struct error *err);

#endif
