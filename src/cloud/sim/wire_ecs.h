/* ECS's objects on the wire, shared by its operations. Private to src/cloud/sim. */
#ifndef CLOUD_SIM_WIRE_ECS_H
#define CLOUD_SIM_WIRE_ECS_H

#include "cloud/sim/wire_call.h"

/* The cluster that the call names, by name or ARN; without one it is "default". False: refused. */
struct wire_cluster {
    const struct sim_cluster_spec *spec;
    size_t index; /* in the world's spec */
    struct str arn;
};
bool wire_ecs_cluster(struct wire_call *call, struct wire_cluster *cluster);

/* "family:revision" of a task definition's ARN, and the two apart. */
struct wire_revision {
    struct str both;
    struct str family;
    int64_t number;
};
struct wire_revision wire_ecs_revision(struct str arn);

/* An item of a describe call's "failures". */
void wire_ecs_failure(struct wire_call *call, struct str arn, const char *reason);

/* Is `wanted`, a name or an ARN, the thing with this ARN? */
bool wire_ecs_is(struct str arn, struct str wanted);

extern const struct wire_page_rule wire_ecs_page;     /* 100 a page */
extern const struct wire_page_rule wire_ecs_page_ten; /* of ListServices: 10 unless asked */

/* Operations that stand in other files than the table. */
bool wire_ecs_list_container_instances(struct wire_call *call);
bool wire_ecs_describe_container_instances(struct wire_call *call);
bool wire_ecs_update_container_instances_state(struct wire_call *call);
bool wire_ecs_list_tasks(struct wire_call *call);
bool wire_ecs_describe_tasks(struct wire_call *call);
bool wire_ecs_list_services(struct wire_call *call);
bool wire_ecs_describe_services(struct wire_call *call);
bool wire_ecs_update_service(struct wire_call *call);
bool wire_ecs_list_task_definitions(struct wire_call *call);
bool wire_ecs_describe_task_definition(struct wire_call *call);

#endif
