/* The ECS operations in use. */
#ifndef CLOUD_AWS_ECS_OPERATIONS_H
#define CLOUD_AWS_ECS_OPERATIONS_H

#include "base/buf.h"
#include "base/jsonw.h"
#include "cloud/aws/call.h"

extern const struct aws_operation ecs_describe_services;
extern const struct aws_operation ecs_describe_container_instances;
extern const struct aws_operation ecs_describe_tasks;
extern const struct aws_operation ecs_describe_task_definition;
extern const struct aws_operation ecs_describe_capacity_providers;
extern const struct aws_operation ecs_list_container_instances;
extern const struct aws_operation ecs_list_services;
extern const struct aws_operation ecs_list_tasks;
extern const struct aws_operation ecs_update_service;
extern const struct aws_operation ecs_update_container_instances_state;

/* API limits: names in one call, items of one page. */
enum {
    ECS_DESCRIBE_SERVICES_MAX = 10,
    ECS_DESCRIBE_INSTANCES_MAX = 100,
    ECS_DESCRIBE_TASKS_MAX = 100,
    ECS_DESCRIBE_PROVIDERS_MAX = 10,
    ECS_PAGE_MAX = 100,
};

/* {"cluster": …, "<member>": [names…]} */
void ecs_write_describe(struct buf *body, struct str cluster, const char *member,
                        const struct str *names, size_t count);

#endif
