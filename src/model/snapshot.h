/* What one pass saw of one cluster: frozen once observing is done, and all that a decision is made
 * from (with the definition). Everything lives in the pass's arena for that cluster.
 * Units: CPU units (1024 = 1 vCPU), MiB, tasks, milliseconds since 1970. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "model/fact.h"
#include "model/value.h"

#include <stddef.h>
#include <stdint.h>

struct resources {
    int64_t cpu_units;
    int64_t mem_mib;
};

/* An instance as the Auto Scaling group has it. */
struct group_instance {
    struct str id; /* "i-0abc…" */
    struct str
        lifecycle_state; /* "InService", "Pending", "Terminating:Wait", … as the API has it */
    bool is_protected;   /* from scale-in */
};

struct group_facts {
    struct fact fact; /* UNREAD where the definition has no group */
    int64_t min;
    int64_t max;
    int64_t desired;
    struct group_instance *instances; /* sorted by id */
    size_t instance_count;
};

/* A container instance: ECS's view. */
enum instance_status { INSTANCE_ACTIVE, INSTANCE_DRAINING, INSTANCE_OTHER };

struct instance_facts {
    struct str arn;
    struct str ec2_id; /* may be empty (EXTERNAL instances: their own id is no EC2 id) */
    enum instance_status status;
    bool agent_connected;
    struct resources registered;
    struct resources remaining;
    int64_t running; /* tasks */
    int64_t pending;
    struct str capacity_provider; /* may be empty */
};

struct instances_facts {
    struct fact fact;
    struct instance_facts *items; /* sorted by ec2_id, then arn */
    size_t count;
};

enum launch_type { LAUNCH_EC2, LAUNCH_FARGATE, LAUNCH_EXTERNAL };
enum scheduling_strategy { SCHEDULING_REPLICA, SCHEDULING_DAEMON };

struct metric_facts {
    struct fact fact;
    struct value value;
};

struct service_facts {
    struct str name;
    struct fact fact;
    struct str status; /* "ACTIVE", "DRAINING", "INACTIVE" */
    enum scheduling_strategy strategy;
    enum launch_type launch_type;
    int64_t desired; /* tasks */
    int64_t running;
    int64_t pending;
    struct str task_definition;   /* ARN with revision */
    struct metric_facts *metrics; /* parallel to service_definition.metrics */
    size_t metric_count;
};

/* The room a task of this revision takes. */
struct task_definition_facts {
    struct str arn;
    struct fact fact;
    struct resources size;
};

/* A DAEMON service of the cluster, named in the definition or not. */
struct daemon_facts {
    struct str name;
    struct str task_definition;
};

struct daemons_facts {
    struct fact fact;
    struct daemon_facts *items; /* sorted by name */
    size_t count;
};

struct capacity_provider_facts {
    struct str name;
    struct fact fact;
    bool managed_scaling; /* is it ENABLED? */
};

struct snapshot {
    struct str cluster;
    struct str region;
    int64_t now_ms; /* wall clock, read once a pass */
    struct group_facts group;
    struct instances_facts instances; /* UNREAD where the definition has no group */
    struct service_facts *services;   /* parallel to definition.services */
    size_t service_count;
    /* The second look: only what the decision needed. Sorted by arn and by name. */
    struct task_definition_facts *task_definitions;
    size_t task_definition_count;
    struct daemons_facts daemons;
    struct capacity_provider_facts *capacity_providers;
    size_t capacity_provider_count;
};

const char *instance_status_name(enum instance_status status); /* "ACTIVE" */
const char *launch_type_name(enum launch_type type);           /* "EC2" */
const char *scheduling_strategy_name(enum scheduling_strategy strategy);
NODISCARD bool instance_status_from_name(struct str name, enum instance_status *status);
NODISCARD bool launch_type_from_name(struct str name, enum launch_type *type);
NODISCARD bool scheduling_strategy_from_name(struct str name, enum scheduling_strategy *strategy);

/* NULL where there is none of that name; binary search. */
const struct task_definition_facts *snapshot_task_definition(const struct snapshot *snapshot,
                                                             struct str arn);
const struct capacity_provider_facts *snapshot_capacity_provider(const struct snapshot *snapshot,
                                                                 struct str name);
const struct group_instance *group_instance_find(const struct group_facts *group, struct str id);

#endif
