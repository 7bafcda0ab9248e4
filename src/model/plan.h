/* What a pass decided for one cluster, as data: actions in the order they are applied, and for
 * every service and for the group a verdict with its reason, also when that is "nothing to do".
 * Made by decide/, carried out by apply/, printed by command/, kept by record/. */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "base/vec.h"
#include "model/fact.h"
#include "model/value.h"

#include <stdint.h>

/* In the order of applying. */
enum action_kind {
    ACTION_GROUP_BOUNDS,   /* set the group's min and max (and desired, when outside them) */
    ACTION_TERMINATE,      /* terminate a drained instance */
    ACTION_DRAIN,          /* set a container instance DRAINING */
    ACTION_GROUP_CAPACITY, /* set the group's desired capacity */
    ACTION_SERVICE_IN,     /* lower a service's desired count */
    ACTION_SERVICE_OUT,    /* raise it */
    ACTION_KIND_COUNT,
};

enum { ACTION_INDEPENDENT = -1 };

struct action {
    enum action_kind kind;
    int depends_on;          /* index of the action that must be applied first (an earlier one,
                                perhaps of the same kind), or INDEPENDENT */
    struct str subject;      /* as shown: service name, instance id or group name */
    size_t service;          /* SERVICE_*: index in the definition */
    struct str instance_id;  /* TERMINATE, DRAIN: the EC2 id */
    struct str instance_arn; /* TERMINATE, DRAIN: the container instance's */
    bool decrement;          /* TERMINATE: lower the group's desired capacity with it */
    int64_t from;            /* SERVICE_*: tasks; GROUP_*: desired capacity; TERMINATE: likewise */
    int64_t to;
    int64_t from_min; /* GROUP_BOUNDS: instances */
    int64_t to_min;
    int64_t from_max;
    int64_t to_max;
    struct str reason; /* one sentence with the numbers that led to it */
};

/* Name, what people read. A test keeps docs/scaling.md in step. */
#define VERDICTS(X)                                                                                \
    X(VERDICT_CHANGE, "change")         /* there is an action for it */                            \
    X(VERDICT_STAY, "stay")             /* looked at; nothing to do */                             \
    X(VERDICT_SETTLING, "settling")     /* waits for tasks or instances on their way */            \
    X(VERDICT_HELD, "held")             /* a fact is missing or failed: not touched */             \
    X(VERDICT_LEFT_ALONE, "left alone") /* not ours to scale: disabled, DAEMON, not ACTIVE, … */

enum verdict {
#define VERDICT_ENUM(name, text) name,
    VERDICTS(VERDICT_ENUM)
#undef VERDICT_ENUM
};

/* How one event of a service came out. */
enum event_verdict {
    EVENT_WINS,         /* held and can take effect: it decides */
    EVENT_NO_EFFECT,    /* held, but the service is at that bound already */
    EVENT_OUT_OF_RANGE, /* its value is outside its range */
    EVENT_MISSING,      /* its value is missing */
    EVENT_FAILED,       /* its value could not be worked out */
    EVENT_NOT_REACHED,  /* something before it decided */
};

struct event_decision {
    enum event_verdict verdict;
    struct value value; /* VALUE_NONE unless worked out */
    struct str reason;  /* for MISSING and FAILED; may be empty otherwise */
};

struct service_decision {
    struct str name;
    enum verdict verdict;
    bool known;      /* are desired, running, pending and target meaningful? */
    int64_t desired; /* tasks */
    int64_t running;
    int64_t pending;
    int64_t target;
    int64_t demand_tasks; /* tasks that still need room on instances */
    struct str reason;
    struct event_decision *events; /* parallel to the definition's events */
    size_t event_count;
};

/* One thing considered about the group: bounds, a drained instance, scale-out, scale-in. */
enum group_topic { GROUP_READ, GROUP_BOUNDS, GROUP_DRAINED, GROUP_SCALE_OUT, GROUP_SCALE_IN };

struct group_decision {
    enum group_topic topic;
    enum verdict verdict;
    struct str reason;
};

struct plan {
    struct str cluster;
    struct str group;  /* as shown; empty: none */
    bool group_known;  /* do the next four hold? */
    int64_t group_min; /* as observed */
    int64_t group_max;
    int64_t group_desired;
    int64_t group_target; /* desired after this plan */
    VEC(struct action) actions;
    VEC(struct group_decision) group_decisions; /* in the order of topics */
    struct service_decision *services;          /* in the order of the definition */
    size_t service_count;
    bool has_failures; /* did a fact fail that counts here? The pass then exits 1. */
};

const char *action_kind_name(enum action_kind kind); /* "scale out service", … */
const char *verdict_name(enum verdict verdict);
const char *event_verdict_name(enum event_verdict verdict);
const char *group_topic_name(enum group_topic topic);

#endif
