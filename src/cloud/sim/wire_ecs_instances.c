/* ECS: container instances and tasks. */
#include "cloud/sim/wire_ecs.h"

#include <stdlib.h>

#include "base/banned.h"

enum { DESCRIBE_MAX = 100, UPDATE_MAX = 10 };

/* As the API names it; a world has no others. */
static const char *status_name(enum instance_status status)
{
    return status == INSTANCE_OTHER ? "DEREGISTERING" : instance_status_name(status);
}

static int compare_arns(const void *a, const void *b)
{
    return str_compare(((const struct instance_facts *)a)->arn,
                       ((const struct instance_facts *)b)->arn);
}

/* The cluster's instances, sorted by ARN. */
static bool read_instances(struct wire_call *call, const struct wire_cluster *cluster,
                           struct instances_facts *facts)
{
    if (!sim_instances_read(call->world, call->region, cluster->spec->name, call->arena, facts))
        return wire_refuse(call, "ClusterNotFoundException", "Cluster not found.");
    if (facts->count > 1)
        qsort(facts->items, facts->count, sizeof(*facts->items), compare_arns);
    return true;
}

static struct str instance_arn(const struct wire_call *call, const struct wire_cluster *cluster,
                               struct str wanted)
{
    return str_starts(wanted, STR("arn:"))
               ? wanted
               : wire_arn(call, "ecs", "container-instance/%.*s/%.*s", STR_ARG(cluster->spec->name),
                          STR_ARG(wanted));
}

static const struct instance_facts *find_instance(const struct wire_call *call,
                                                  const struct wire_cluster *cluster,
                                                  const struct instances_facts *facts,
                                                  struct str wanted)
{
    struct instance_facts key = {.arn = instance_arn(call, cluster, wanted)};
    return facts->count > 0 ? bsearch(&key, facts->items, facts->count, sizeof(key), compare_arns)
                            : NULL;
}

bool wire_ecs_list_container_instances(struct wire_call *call)
{
    static const char *const statuses[] = {"ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING",
                                           "REGISTRATION_FAILED"};
    struct wire_cluster cluster;
    struct instances_facts facts;
    struct str status = STR_NONE;
    struct str filter = STR_NONE;
    size_t at = 0;
    if (!wire_ecs_cluster(call, &cluster) || !wire_get_str(call, call->in, "status", &status) ||
        !wire_get_str(call, call->in, "filter", &filter) || !read_instances(call, &cluster, &facts))
        return false;
    if (status.len > 0 && !str_in_table(status, statuses, ARRAY_LEN(statuses), &at))
        return wire_refuse_invalid(call, "%.*s is not a supported status",
                                   (int)(status.len < 80 ? status.len : 80), status.ptr);
    if (filter.len > 0)
        return wire_refuse_invalid(call, "the simulated account knows no filter expressions");
    struct str *arns = ARENA_ARRAY(call->arena, struct str, facts.count);
    size_t count = 0;
    for (size_t i = 0; i < facts.count; i++) {
        if (status.len == 0 || str_eq(status, str_from(status_name(facts.items[i].status))))
            arns[count++] = facts.items[i].arn;
    }
    return wire_page_write(call, &wire_ecs_page, "containerInstanceArns", arns, count);
}

static void write_resource(struct wire_call *call, const char *name, int64_t value)
{
    struct wire_out *out = &call->out;
    wire_object(out, NULL);
    wire_text(out, "name", name);
    wire_text(out, "type", "INTEGER");
    wire_double(out, "doubleValue", 0);
    wire_int(out, "longValue", 0);
    wire_int(out, "integerValue", value);
    wire_object_end(out);
}

/* The agent takes these ports for itself. */
static void write_ports(struct wire_call *call, const char *name, bool is_tcp)
{
    static const char *const taken[] = {"22", "2376", "2375", "51678", "51679"};
    struct wire_out *out = &call->out;
    wire_object(out, NULL);
    wire_text(out, "name", name);
    wire_text(out, "type", "STRINGSET");
    wire_double(out, "doubleValue", 0);
    wire_int(out, "longValue", 0);
    wire_int(out, "integerValue", 0);
    wire_list(out, "stringSetValue");
    for (size_t i = 0; is_tcp && i < ARRAY_LEN(taken); i++)
        wire_text(out, NULL, taken[i]);
    wire_list_end(out);
    wire_object_end(out);
}

static void write_resources(struct wire_call *call, const char *key, struct resources size)
{
    wire_list(&call->out, key);
    write_resource(call, "CPU", size.cpu_units);
    write_resource(call, "MEMORY", size.mem_mib);
    write_ports(call, "PORTS", true);
    write_ports(call, "PORTS_UDP", false);
    wire_list_end(&call->out);
}

static void write_attribute(struct wire_call *call, const char *name, struct str value)
{
    wire_object(&call->out, NULL);
    wire_text(&call->out, "name", name);
    if (value.len > 0)
        wire_str(&call->out, "value", value);
    wire_object_end(&call->out);
}

static void write_instance(struct wire_call *call, const struct instance_facts *facts)
{
    struct wire_out *out = &call->out;
    wire_object(out, NULL);
    wire_str(out, "containerInstanceArn", facts->arn);
    if (facts->ec2_id.len > 0)
        wire_str(out, "ec2InstanceId", facts->ec2_id);
    if (facts->capacity_provider.len > 0)
        wire_str(out, "capacityProviderName", facts->capacity_provider);
    wire_int(out, "version", 1);
    wire_object(out, "versionInfo");
    wire_text(out, "agentVersion", "1.99.0");
    wire_text(out, "dockerVersion", "DockerVersion: 25.0.8");
    wire_object_end(out);
    write_resources(call, "remainingResources", facts->remaining);
    write_resources(call, "registeredResources", facts->registered);
    wire_text(out, "status", status_name(facts->status));
    wire_bool(out, "agentConnected", facts->agent_connected);
    wire_int(out, "runningTasksCount", facts->running);
    wire_int(out, "pendingTasksCount", facts->pending);
    wire_list(out, "attributes");
    write_attribute(call, "ecs.os-type", STR("linux"));
    write_attribute(call, "ecs.availability-zone", wire_zone(call, facts->ec2_id));
    write_attribute(call, "com.amazonaws.ecs.capability.docker-remote-api.1.25", STR_NONE);
    wire_list_end(out);
    wire_list_empty(out, "attachments");
    wire_list_empty(out, "tags");
    wire_object_end(out);
}

/* The two lists of a describe call; `facts` sorted by ARN. */
static void write_described(struct wire_call *call, const struct wire_cluster *cluster,
                            const struct wire_names *names, const struct instances_facts *facts)
{
    wire_list(&call->out, "containerInstances");
    for (size_t i = 0; i < names->count; i++) {
        const struct instance_facts *found = find_instance(call, cluster, facts, names->items[i]);
        if (found != NULL)
            write_instance(call, found);
    }
    wire_list_end(&call->out);
    wire_list(&call->out, "failures");
    for (size_t i = 0; i < names->count; i++) {
        if (find_instance(call, cluster, facts, names->items[i]) == NULL)
            wire_ecs_failure(call, instance_arn(call, cluster, names->items[i]), "MISSING");
    }
    wire_list_end(&call->out);
}

bool wire_ecs_describe_container_instances(struct wire_call *call)
{
    struct wire_cluster cluster;
    struct wire_names names;
    struct instances_facts facts;
    if (!wire_ecs_cluster(call, &cluster) ||
        !wire_get_names(call, "containerInstances", DESCRIBE_MAX, &names))
        return false;
    if (names.count == 0)
        return wire_refuse_invalid(call, "Container instance cannot be empty.");
    if (!read_instances(call, &cluster, &facts))
        return false;
    write_described(call, &cluster, &names, &facts);
    return true;
}

bool wire_ecs_update_container_instances_state(struct wire_call *call)
{
    struct wire_cluster cluster;
    struct wire_names names;
    struct instances_facts facts;
    struct str status = STR_NONE;
    if (!wire_ecs_cluster(call, &cluster) ||
        !wire_get_names(call, "containerInstances", UPDATE_MAX, &names) ||
        !wire_need_str(call, call->in, "status", &status))
        return false;
    bool drain = str_eq(status, STR("DRAINING"));
    if (!drain && !str_eq(status, STR("ACTIVE")))
        return wire_refuse_invalid(call, "The container instance status can only be set to ACTIVE "
                                         "or DRAINING.");
    if (names.count == 0)
        return wire_refuse_invalid(call, "Container instance cannot be empty.");
    if (!read_instances(call, &cluster, &facts))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        const struct instance_facts *found = find_instance(call, &cluster, &facts, names.items[i]);
        struct sim_refusal refusal = {.code = NULL};
        /* What is not there stands among the answer's failures. */
        if (found != NULL &&
            !sim_instance_drain(call->world, call->region, cluster.spec->name, found->arn, drain,
                                &refusal) &&
            !str_eq(str_from(refusal.code), STR("MISSING")))
            return wire_refuse_by_world(call, &refusal);
    }
    if (!read_instances(call, &cluster, &facts))
        return false;
    write_described(call, &cluster, &names, &facts);
    return true;
}

/* ---- Tasks ---- */

struct task_filter {
    struct str instance_arn;
    struct str service;
    struct str family;
    bool stopped; /* desiredStatus STOPPED */
    bool nothing; /* no task can match */
};

static bool has_service(const struct wire_cluster *cluster, struct str name)
{
    for (size_t i = 0; i < cluster->spec->service_count; i++) {
        if (str_eq(cluster->spec->services[i].name, name))
            return true;
    }
    return false;
}

static bool get_filter(struct wire_call *call, const struct wire_cluster *cluster,
                       struct task_filter *filter)
{
    struct str status = STR("RUNNING");
    struct str instance = STR_NONE;
    *filter = (struct task_filter){.stopped = false};
    if (!wire_get_str(call, call->in, "desiredStatus", &status) ||
        !wire_get_str(call, call->in, "containerInstance", &instance) ||
        !wire_get_str(call, call->in, "serviceName", &filter->service) ||
        !wire_get_str(call, call->in, "family", &filter->family))
        return false;
    filter->stopped = str_eq(status, STR("STOPPED"));
    filter->nothing = str_eq(status, STR("PENDING")); /* ECS never wants a task PENDING */
    if (!filter->stopped && !filter->nothing && !str_eq(status, STR("RUNNING")))
        return wire_refuse_invalid(call, "desiredStatus is RUNNING, PENDING or STOPPED");
    filter->service = wire_arn_name(filter->service);
    if (filter->service.len > 0 && !has_service(cluster, filter->service))
        return wire_refuse(call, "ServiceNotFoundException", "Service not found.");
    if (instance.len == 0)
        return true;
    struct instances_facts facts;
    if (!read_instances(call, cluster, &facts))
        return false;
    const struct instance_facts *found = find_instance(call, cluster, &facts, instance);
    if (found == NULL)
        return wire_refuse_invalid(call, "The container instance was not found.");
    filter->instance_arn = found->arn;
    return true;
}

static bool is_stopping(const struct sim_task_facts *task)
{
    return task->status == SIM_TASK_STOPPING || task->status == SIM_TASK_STOPPED;
}

bool wire_ecs_list_tasks(struct wire_call *call)
{
    struct wire_cluster cluster;
    struct task_filter filter;
    struct sim_tasks tasks = {.count = 0};
    if (!wire_ecs_cluster(call, &cluster) || !get_filter(call, &cluster, &filter))
        return false;
    if (!filter.nothing)
        sim_tasks_read(call->world, call->region, cluster.spec->name, filter.instance_arn,
                       call->arena, &tasks);
    struct str *arns = ARENA_ARRAY(call->arena, struct str, tasks.count);
    size_t count = 0;
    for (size_t i = 0; i < tasks.count; i++) {
        const struct sim_task_facts *task = &tasks.items[i];
        if (is_stopping(task) == filter.stopped &&
            (filter.service.len == 0 || str_eq(task->service, filter.service)) &&
            (filter.family.len == 0 ||
             str_eq(wire_ecs_revision(task->task_definition).family, filter.family)))
            arns[count++] = task->arn;
    }
    return wire_page_write(call, &wire_ecs_page, "taskArns", arns, count);
}

static void write_task(struct wire_call *call, const struct wire_cluster *cluster,
                       const struct sim_task_facts *task)
{
    static const char *const statuses[] = {
        [SIM_TASK_PENDING] = "PENDING",
        [SIM_TASK_RUNNING] = "RUNNING",
        [SIM_TASK_STOPPING] = "STOPPING",
        [SIM_TASK_STOPPED] = "STOPPED",
    };
    struct wire_out *out = &call->out;
    struct resources size = {.cpu_units = 0};
    bool is_fargate = task->instance_arn.len == 0;
    wire_object(out, NULL);
    wire_list_empty(out, "attachments");
    wire_list_empty(out, "attributes");
    wire_str(out, "clusterArn", cluster->arn);
    if (!is_fargate)
        wire_str(out, "containerInstanceArn", task->instance_arn);
    wire_list(out, "containers");
    wire_object(out, NULL);
    wire_str(out, "taskArn", task->arn);
    wire_str(out, "name", task->service);
    wire_text(out, "lastStatus", statuses[task->status]);
    wire_object_end(out);
    wire_list_end(out);
    if (sim_task_definition_read(call->world, task->task_definition, &size)) {
        wire_str(out, "cpu", arena_printf(call->arena, "%lld", (long long)size.cpu_units));
        wire_str(out, "memory", arena_printf(call->arena, "%lld", (long long)size.mem_mib));
    }
    wire_time(out, "createdAt", task->created_ms);
    wire_text(out, "desiredStatus", is_stopping(task) ? "STOPPED" : "RUNNING");
    wire_bool(out, "enableExecuteCommand", false);
    wire_str(out, "group", arena_printf(call->arena, "service:%.*s", STR_ARG(task->service)));
    wire_text(out, "healthStatus", "UNKNOWN");
    wire_text(out, "lastStatus", statuses[task->status]);
    wire_text(out, "launchType", is_fargate ? "FARGATE" : "EC2");
    wire_list_empty(out, "tags");
    wire_str(out, "taskArn", task->arn);
    wire_str(out, "taskDefinitionArn", task->task_definition);
    wire_int(out, "version", 1);
    wire_object_end(out);
}

static int compare_tasks(const void *a, const void *b)
{
    return str_compare(((const struct sim_task_facts *)a)->arn,
                       ((const struct sim_task_facts *)b)->arn);
}

static struct str task_arn(const struct wire_call *call, const struct wire_cluster *cluster,
                           struct str wanted)
{
    return str_starts(wanted, STR("arn:"))
               ? wanted
               : wire_arn(call, "ecs", "task/%.*s/%.*s", STR_ARG(cluster->spec->name),
                          STR_ARG(wanted));
}

bool wire_ecs_describe_tasks(struct wire_call *call)
{
    struct wire_cluster cluster;
    struct wire_names names;
    struct sim_tasks tasks = {.count = 0};
    if (!wire_ecs_cluster(call, &cluster) || !wire_get_names(call, "tasks", DESCRIBE_MAX, &names))
        return false;
    if (names.count == 0)
        return wire_refuse_invalid(call, "Tasks cannot be empty.");
    sim_tasks_read(call->world, call->region, cluster.spec->name, STR_NONE, call->arena, &tasks);
    const struct sim_task_facts **found =
        ARENA_ARRAY(call->arena, const struct sim_task_facts *, names.count);
    for (size_t i = 0; i < names.count; i++) {
        struct sim_task_facts key = {.arn = task_arn(call, &cluster, names.items[i])};
        if (tasks.count > 0)
            found[i] = bsearch(&key, tasks.items, tasks.count, sizeof(key), compare_tasks);
    }
    wire_list(&call->out, "tasks");
    for (size_t i = 0; i < names.count; i++) {
        if (found[i] != NULL)
            write_task(call, &cluster, found[i]);
    }
    wire_list_end(&call->out);
    wire_list(&call->out, "failures");
    for (size_t i = 0; i < names.count; i++) {
        if (found[i] == NULL)
            wire_ecs_failure(call, task_arn(call, &cluster, names.items[i]), "MISSING");
    }
    wire_list_end(&call->out);
    return true;
}
