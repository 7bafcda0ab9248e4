#include "cloud/aws/ecs_answers.h"

#include "base/limits.h"

#include "base/banned.h"

const struct ecs_described ecs_services = {"services", "serviceArn", "serviceName", "service"};
const struct ecs_described ecs_instances = {"containerInstances", "containerInstanceArn", NULL,
                                            "container instance"};
const struct ecs_described ecs_tasks = {"tasks", "taskArn", NULL, "task"};
const struct ecs_described ecs_capacity_providers = {"capacityProviders", "capacityProviderArn",
                                                     "name", "capacity provider"};

struct str ecs_name(struct str arn_or_name)
{
    size_t slash = str_find_last(arn_or_name, '/');
    return slash < arn_or_name.len ? str_slice(arn_or_name, slash + 1, arn_or_name.len)
                                   : arn_or_name;
}

static bool is_named(const json_t *object, const struct ecs_described *kind, struct str name)
{
    struct str text = STR_NONE;
    if (kind->name != NULL && json_get_str(object, kind->name, &text))
        return str_eq(text, name);
    return json_get_str(object, kind->arn, &text) && str_eq(ecs_name(text), name);
}

static enum error_code find_failure(const json_t *answer, struct str wanted, struct error *err)
{
    struct str name = ecs_name(wanted);
    const json_t *failures = json_object_get(answer, "failures");
    for (size_t i = 0; i < json_array_size(failures); i++) {
        const json_t *failure = json_array_get(failures, i);
        struct str arn = STR_NONE;
        struct str reason = STR("no reason given");
        struct str detail = STR_NONE;
        if (!json_get_str(failure, "arn", &arn) || !str_eq(ecs_name(arn), name))
            continue;
        json_get_str(failure, "reason", &reason);
        json_get_str(failure, "detail", &detail);
        if (str_eq(reason, STR("MISSING")))
            return error_set(err, E_MISSING, "'%.*s' does not exist", STR_ARG(name));
        return error_set(err, E_CLIENT, "'%.*s' could not be described: %.*s%s%.*s", STR_ARG(name),
                         STR_ARG(reason), detail.len > 0 ? ", " : "", STR_ARG(detail));
    }
    return error_set(err, E_PROTOCOL, "the answer says nothing about '%.*s'", STR_ARG(name));
}

enum error_code ecs_find(const json_t *answer, const struct ecs_described *kind, struct str wanted,
                         size_t hint, struct item *out, struct error *err)
{
    const json_t *list = NULL;
    enum error_code code = item_list(answer, kind->list, &list, err);
    if (code != E_OK)
        return code;
    struct str name = ecs_name(wanted);
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        size_t index = (hint + i) % count;
        const json_t *object = json_array_get(list, index);
        if (is_named(object, kind, name)) {
            *out = (struct item){.object = object, .path = kind->list, .index = index};
            return E_OK;
        }
    }
    return find_failure(answer, wanted, err);
}

enum error_code ecs_read_arns(const json_t *answer, const char *key, const json_t **out,
                              struct error *err)
{
    const json_t *list = NULL;
    enum error_code code = item_list(answer, key, &list, err);
    if (code != E_OK)
        return code;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *arn = json_array_get(list, i);
        if (!json_is_string(arn) || json_string_length(arn) == 0)
            return error_set(err, E_PROTOCOL, "%s[%zu] is not an ARN", key, i);
    }
    *out = list;
    return E_OK;
}

enum error_code ecs_read_token(const json_t *answer, struct str *token, struct error *err)
{
    const json_t *value = json_object_get(answer, "nextToken");
    struct str text = STR_NONE;
    if (value != NULL && !json_is_null(value) && !json_get_str(answer, "nextToken", &text))
        return error_set(err, E_PROTOCOL, "nextToken is not a string");
    *token = text;
    return E_OK;
}

/* Services whose deployments another controller makes (CODE_DEPLOY, EXTERNAL) keep task definition
 * and launch type in their primary task set. */
static struct item primary_task_set(const struct item *service)
{
    const json_t *sets = item_member(service, "taskSets");
    for (size_t i = 0; i < json_array_size(sets); i++) {
        struct item set = {
            .object = json_array_get(sets, i), .path = "services[].taskSets", .index = i};
        struct str status = STR_NONE;
        if (json_get_str(set.object, "status", &status) && str_eq(status, STR("PRIMARY")))
            return set;
    }
    return *service;
}

static enum error_code read_strategy(const struct item *item, enum scheduling_strategy *out,
                                     struct error *err)
{
    struct str text = STR_NONE;
    enum error_code code = item_str(item, "schedulingStrategy", &text, err);
    if (code != E_OK)
        return code;
    if (!scheduling_strategy_from_name(text, out))
        return item_refuse(item, "schedulingStrategy", err, "is '%.*s', which is not known",
                           STR_ARG(text));
    return E_OK;
}

/* Left out where a capacity-provider strategy is used: those of Fargate have names of their own. */
static enum launch_type launch_type_of_providers(const struct item *item)
{
    const json_t *strategy = item_member(item, "capacityProviderStrategy");
    size_t count = json_array_size(strategy);
    for (size_t i = 0; i < count; i++) {
        struct str provider = STR_NONE;
        json_get_str(json_array_get(strategy, i), "capacityProvider", &provider);
        if (!str_eq(provider, STR("FARGATE")) && !str_eq(provider, STR("FARGATE_SPOT")))
            return LAUNCH_EC2;
    }
    return count > 0 ? LAUNCH_FARGATE : LAUNCH_EC2;
}

static enum error_code read_launch_type(const struct item *item, enum launch_type *out,
                                        struct error *err)
{
    struct str text = STR_NONE;
    enum error_code code = item_str_optional(item, "launchType", &text, err);
    if (code != E_OK)
        return code;
    if (text.len == 0)
        *out = launch_type_of_providers(item);
    else if (str_eq(text, STR("MANAGED_INSTANCES")))
        *out = LAUNCH_FARGATE; /* ECS brings and sizes the instances, as it does there */
    else if (!launch_type_from_name(text, out))
        return item_refuse(item, "launchType", err, "is '%.*s', which is not known", STR_ARG(text));
    return E_OK;
}

enum error_code ecs_read_service(const struct item *item, struct arena *arena,
                                 struct service_facts *out, struct error *err)
{
    struct service_facts facts = {.desired = 0};
    struct item set = primary_task_set(item);
    bool has_type = item_member(item, "launchType") != NULL ||
                    item_member(item, "capacityProviderStrategy") != NULL;
    const struct item *typed = has_type ? item : &set;
    const struct item *defined = item_member(item, "taskDefinition") != NULL ? item : &set;
    enum error_code code = E_OK;
    if ((code = item_str(item, "serviceName", &facts.name, err)) != E_OK ||
        (code = item_str(item, "status", &facts.status, err)) != E_OK ||
        (code = read_strategy(item, &facts.strategy, err)) != E_OK ||
        (code = read_launch_type(typed, &facts.launch_type, err)) != E_OK ||
        (code = item_count(item, "desiredCount", LIMIT_COUNT, &facts.desired, err)) != E_OK ||
        (code = item_count(item, "runningCount", LIMIT_COUNT, &facts.running, err)) != E_OK ||
        (code = item_count(item, "pendingCount", LIMIT_COUNT, &facts.pending, err)) != E_OK ||
        (code = item_str(defined, "taskDefinition", &facts.task_definition, err)) != E_OK)
        return code;
    facts.name = arena_str(arena, facts.name);
    facts.status = arena_str(arena, facts.status);
    facts.task_definition = arena_str(arena, facts.task_definition);
    *out = facts;
    return E_OK;
}

static enum error_code read_resource(const struct item *item, const char *key, const char *name,
                                     int64_t *out, struct error *err)
{
    const json_t *list = item_member(item, key);
    if (list == NULL)
        return item_refuse(item, key, err, "is missing");
    if (!json_is_array(list))
        return item_refuse(item, key, err, "is not a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *resource = json_array_get(list, i);
        struct str text = STR_NONE;
        int64_t value = 0;
        if (!json_get_str(resource, "name", &text) || !str_eq(text, str_from(name)))
            continue;
        if (!json_get_int(resource, "integerValue", &value))
            return item_refuse(item, key, err, "has no whole number for %s", name);
        if (value < 0 || value > LIMIT_RESOURCE_UNITS)
            return item_refuse(item, key, err, "has %lld of %s, not within 0 and %lld",
                               (long long)value, name, (long long)LIMIT_RESOURCE_UNITS);
        *out = value;
        return E_OK;
    }
    return item_refuse(item, key, err, "has no %s", name);
}

static enum error_code read_resources(const struct item *item, const char *key,
                                      struct resources *out, struct error *err)
{
    enum error_code code = read_resource(item, key, "CPU", &out->cpu_units, err);
    return code != E_OK ? code : read_resource(item, key, "MEMORY", &out->mem_mib, err);
}

enum error_code ecs_read_instance(const struct item *item, struct arena *arena,
                                  struct instance_facts *out, struct error *err)
{
    struct instance_facts facts = {.status = INSTANCE_OTHER};
    struct str status = STR_NONE;
    enum error_code code = E_OK;
    if ((code = item_str(item, "containerInstanceArn", &facts.arn, err)) != E_OK ||
        (code = item_str_optional(item, "ec2InstanceId", &facts.ec2_id, err)) != E_OK ||
        (code = item_str(item, "status", &status, err)) != E_OK ||
        (code = item_bool(item, "agentConnected", &facts.agent_connected, err)) != E_OK ||
        (code = read_resources(item, "registeredResources", &facts.registered, err)) != E_OK ||
        (code = read_resources(item, "remainingResources", &facts.remaining, err)) != E_OK ||
        (code = item_count(item, "runningTasksCount", LIMIT_COUNT, &facts.running, err)) != E_OK ||
        (code = item_count(item, "pendingTasksCount", LIMIT_COUNT, &facts.pending, err)) != E_OK ||
        (code = item_str_optional(item, "capacityProviderName", &facts.capacity_provider, err)) !=
            E_OK)
        return code;
    if (!instance_status_from_name(status, &facts.status))
        facts.status = INSTANCE_OTHER;
    if (str_starts(facts.ec2_id, STR("mi-")))
        facts.ec2_id = STR_NONE; /* an EXTERNAL instance: Systems Manager's id */
    facts.arn = arena_str(arena, facts.arn);
    facts.ec2_id = arena_str(arena, facts.ec2_id);
    facts.capacity_provider = arena_str(arena, facts.capacity_provider);
    *out = facts;
    return E_OK;
}

enum error_code ecs_read_daemon(const struct item *item, struct arena *arena, bool *counts,
                                struct daemon_facts *out, struct error *err)
{
    enum scheduling_strategy strategy = SCHEDULING_REPLICA;
    struct str status = STR_NONE;
    struct daemon_facts facts = {.name = STR_NONE};
    enum error_code code = E_OK;
    if ((code = item_str(item, "serviceName", &facts.name, err)) != E_OK ||
        (code = read_strategy(item, &strategy, err)) != E_OK ||
        (code = item_str(item, "status", &status, err)) != E_OK)
        return code;
    *counts = strategy == SCHEDULING_DAEMON && str_eq(status, STR("ACTIVE"));
    if (!*counts)
        return E_OK;
    code = item_str(item, "taskDefinition", &facts.task_definition, err);
    if (code != E_OK)
        return code;
    out->name = arena_str(arena, facts.name);
    out->task_definition = arena_str(arena, facts.task_definition);
    return E_OK;
}

enum error_code ecs_read_task(const struct item *item, struct str instance_arn, bool *counts,
                              struct error *err)
{
    struct str status = STR_NONE;
    struct str instance = STR_NONE;
    enum error_code code = item_str(item, "lastStatus", &status, err);
    if (code == E_OK)
        code = item_str_optional(item, "containerInstanceArn", &instance, err);
    if (code != E_OK)
        return code;
    /* Without an instance it is counted: what is asked here decides about a termination. */
    bool elsewhere = instance.len > 0 && !str_eq(ecs_name(instance), ecs_name(instance_arn));
    *counts = !elsewhere && !str_eq(status, STR("STOPPED"));
    return E_OK;
}

enum error_code ecs_read_capacity_provider(const struct item *item, bool *managed_scaling,
                                           struct error *err)
{
    struct str status = STR_NONE;
    const json_t *group = item_member(item, "autoScalingGroupProvider");
    if (group == NULL) { /* FARGATE, FARGATE_SPOT: no group at all */
        *managed_scaling = false;
        return E_OK;
    }
    if (!json_is_object(group))
        return item_refuse(item, "autoScalingGroupProvider", err, "is not an object");
    if (!json_get_str(json_object_get(group, "managedScaling"), "status", &status))
        return item_refuse(item, "autoScalingGroupProvider.managedScaling.status", err,
                           "is missing or not a string");
    *managed_scaling = str_eq(status, STR("ENABLED"));
    return E_OK;
}
