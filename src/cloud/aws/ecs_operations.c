#include "cloud/aws/ecs_operations.h"

#include "base/banned.h"

#define OPERATION(name_text)                                                                       \
    {                                                                                              \
        .service = &aws_ecs, .name = (name_text), .permission = "ecs:" name_text,                  \
        .repeatable = true                                                                         \
    }

const struct aws_operation ecs_describe_services = OPERATION("DescribeServices");
const struct aws_operation ecs_describe_container_instances =
    OPERATION("DescribeContainerInstances");
const struct aws_operation ecs_describe_tasks = OPERATION("DescribeTasks");
const struct aws_operation ecs_describe_task_definition = OPERATION("DescribeTaskDefinition");
const struct aws_operation ecs_describe_capacity_providers = OPERATION("DescribeCapacityProviders");
const struct aws_operation ecs_list_container_instances = OPERATION("ListContainerInstances");
const struct aws_operation ecs_list_services = OPERATION("ListServices");
const struct aws_operation ecs_list_tasks = OPERATION("ListTasks");
/* Both set a state, they do not add to one. */
const struct aws_operation ecs_update_service = OPERATION("UpdateService");
const struct aws_operation ecs_update_container_instances_state =
    OPERATION("UpdateContainerInstancesState");

void ecs_write_describe(struct buf *body, struct str cluster, const char *member,
                        const struct str *names, size_t count)
{
    struct json_writer w = JSON_WRITER(body, 0);
    jsonw_object_begin(&w);
    if (cluster.len > 0) {
        jsonw_key(&w, "cluster");
        jsonw_str(&w, cluster);
    }
    jsonw_key(&w, member);
    jsonw_array_begin(&w);
    for (size_t i = 0; i < count; i++)
        jsonw_str(&w, names[i]);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
}
