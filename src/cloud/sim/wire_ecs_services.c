/* ECS: services and the task definitions they use. */
#include "cloud/sim/wire_ecs.h"

#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

enum { SERVICES_MAX = 10 };

static struct str service_arn(const struct wire_call *call, const struct wire_cluster *cluster,
                              struct str name)
{
    return wire_arn(call, "ecs", "service/%.*s/%.*s", STR_ARG(cluster->spec->name), STR_ARG(name));
}

/* Optional text of one of two values; false: refused. */
static bool get_choice(struct wire_call *call, const char *key, const char *const *choices,
                       struct str *out)
{
    if (!wire_get_str(call, call->in, key, out) || out->len == 0)
        return call->refusal.code == NULL;
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (str_eq(*out, str_from(choices[i])))
            return true;
    }
    return wire_refuse_invalid(call, "unrecognized value for %s: %.*s", key,
                               (int)(out->len < 80 ? out->len : 80), out->ptr);
}

bool wire_ecs_list_services(struct wire_call *call)
{
    static const char *const types[] = {"EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES", NULL};
    static const char *const strategies[] = {"REPLICA", "DAEMON", NULL};
    struct wire_cluster cluster;
    struct str type = STR_NONE;
    struct str strategy = STR_NONE;
    if (!wire_ecs_cluster(call, &cluster) || !get_choice(call, "launchType", types, &type) ||
        !get_choice(call, "schedulingStrategy", strategies, &strategy))
        return false;
    struct str *arns = ARENA_ARRAY(call->arena, struct str, cluster.spec->service_count);
    size_t count = 0;
    for (size_t i = 0; i < cluster.spec->service_count; i++) {
        const struct sim_service_spec *service = &cluster.spec->services[i];
        if ((type.len == 0 || str_eq(type, str_from(launch_type_name(service->launch_type)))) &&
            (strategy.len == 0 ||
             str_eq(strategy, str_from(scheduling_strategy_name(service->strategy)))))
            arns[count++] = service_arn(call, &cluster, service->name);
    }
    wire_sort(arns, count);
    return wire_page_write(call, &wire_ecs_page_ten, "serviceArns", arns, count);
}

/* ---- One service ---- */

/* A service, by name or ARN. */
static const struct sim_service_spec *find_service(const struct wire_call *call,
                                                   const struct wire_cluster *cluster,
                                                   struct str wanted, size_t *index)
{
    for (size_t i = 0; i < cluster->spec->service_count; i++) {
        struct str name = cluster->spec->services[i].name;
        if (!str_eq(wire_arn_name(wanted), name) ||
            !wire_ecs_is(service_arn(call, cluster, name), wanted))
            continue;
        *index = i;
        return &cluster->spec->services[i];
    }
    return NULL;
}

static void write_counts(struct wire_call *call, const struct service_facts *facts)
{
    wire_int(&call->out, "desiredCount", facts->desired);
    wire_int(&call->out, "runningCount", facts->running);
    wire_int(&call->out, "pendingCount", facts->pending);
}

static void write_deployment(struct wire_call *call, const struct service_facts *facts,
                             struct str arn)
{
    struct wire_out *out = &call->out;
    int64_t start_ms = sim_world_spec(call->world)->start_ms;
    bool is_done = facts->running >= facts->desired;
    struct str seed = arena_printf(call->arena, "deployment/%.*s", STR_ARG(arn));
    wire_list(out, "deployments");
    wire_object(out, NULL);
    wire_str(out, "id",
             arena_printf(call->arena, "ecs-svc/%019llu",
                          (unsigned long long)(str_hash(seed) % 1000000000000000000ULL)));
    wire_text(out, "status", "PRIMARY");
    wire_str(out, "taskDefinition", facts->task_definition);
    write_counts(call, facts);
    wire_int(out, "failedTasks", 0);
    wire_time(out, "createdAt", start_ms);
    wire_time(out, "updatedAt", start_ms);
    wire_text(out, "launchType", launch_type_name(facts->launch_type));
    wire_text(out, "rolloutState", is_done ? "COMPLETED" : "IN_PROGRESS");
    wire_object_end(out);
    wire_list_end(out);
}

/* ECS says here why tasks that are wanted are not there. */
static void write_events(struct wire_call *call, const struct sim_service_state *state,
                         struct str name)
{
    struct wire_out *out = &call->out;
    wire_list(out, "events");
    if (state->unplaced > 0) {
        int64_t now_ms = sim_world_now_ms(call->world);
        struct str seed =
            arena_printf(call->arena, "event/%.*s/%lld", STR_ARG(name), (long long)now_ms);
        wire_object(out, NULL);
        wire_str(out, "id", wire_uuid(call->arena, seed, true));
        wire_time(out, "createdAt", now_ms);
        wire_str(out, "message",
                 arena_printf(call->arena,
                              "(service %.*s) was unable to place a task because no container "
                              "instance met all of its requirements.",
                              STR_ARG(name)));
        wire_object_end(out);
    }
    wire_list_end(out);
}

static void write_placement(struct wire_call *call, const struct sim_service_spec *spec)
{
    static const struct {
        const char *type;
        const char *field;
    } strategies[] = {
        [SIM_SPREAD] = {"spread", "instanceId"},
        [SIM_BINPACK_CPU] = {"binpack", "cpu"},
        [SIM_BINPACK_MEMORY] = {"binpack", "memory"},
        [SIM_RANDOM] = {"random", NULL},
    };
    struct wire_out *out = &call->out;
    bool is_placed = spec->launch_type != LAUNCH_FARGATE;
    wire_list(out, "placementConstraints");
    if (is_placed && spec->distinct_instance) {
        wire_object(out, NULL);
        wire_text(out, "type", "distinctInstance");
        wire_object_end(out);
    }
    wire_list_end(out);
    wire_list(out, "placementStrategy");
    if (is_placed && spec->strategy == SCHEDULING_REPLICA) {
        wire_object(out, NULL);
        wire_text(out, "type", strategies[spec->placement].type);
        if (strategies[spec->placement].field != NULL)
            wire_text(out, "field", strategies[spec->placement].field);
        wire_object_end(out);
    }
    wire_list_end(out);
}

static void write_service(struct wire_call *call, const char *key,
                          const struct wire_cluster *cluster, size_t index)
{
    const struct sim_service_spec *spec = &cluster->spec->services[index];
    struct str arn = service_arn(call, cluster, spec->name);
    struct service_facts facts = {.name = spec->name};
    struct sim_service_state state;
    struct wire_out *out = &call->out;
    sim_service_look(call->world, cluster->index, index, &state);
    if (!sim_service_read(call->world, call->region, cluster->spec->name, spec->name, call->arena,
                          &facts))
        return;
    wire_object(out, key);
    wire_str(out, "serviceArn", arn);
    wire_str(out, "serviceName", facts.name);
    wire_str(out, "clusterArn", cluster->arn);
    wire_list_empty(out, "loadBalancers");
    wire_list_empty(out, "serviceRegistries");
    wire_str(out, "status", facts.status);
    write_counts(call, &facts);
    wire_text(out, "launchType", launch_type_name(facts.launch_type));
    if (facts.launch_type == LAUNCH_FARGATE) {
        wire_text(out, "platformVersion", "LATEST");
        wire_text(out, "platformFamily", "Linux");
    }
    wire_str(out, "taskDefinition", facts.task_definition);
    wire_object(out, "deploymentConfiguration");
    wire_int(out, "maximumPercent", spec->max_percent);
    wire_int(out, "minimumHealthyPercent", spec->min_healthy_percent);
    wire_object_end(out);
    write_deployment(call, &facts, arn);
    write_events(call, &state, facts.name);
    wire_time(out, "createdAt", sim_world_spec(call->world)->start_ms);
    write_placement(call, spec);
    wire_text(out, "schedulingStrategy", scheduling_strategy_name(facts.strategy));
    wire_object(out, "deploymentController");
    wire_text(out, "type", "ECS");
    wire_object_end(out);
    wire_bool(out, "enableECSManagedTags", false);
    wire_text(out, "propagateTags", "NONE");
    wire_bool(out, "enableExecuteCommand", false);
    wire_object_end(out);
}

bool wire_ecs_describe_services(struct wire_call *call)
{
    struct wire_cluster cluster;
    struct wire_names names;
    size_t index = 0;
    if (!wire_ecs_cluster(call, &cluster) ||
        !wire_get_names(call, "services", SERVICES_MAX, &names))
        return false;
    if (names.count == 0)
        return wire_refuse_invalid(call, "Services cannot be empty.");
    wire_list(&call->out, "services");
    for (size_t i = 0; i < names.count; i++) {
        if (find_service(call, &cluster, names.items[i], &index) != NULL)
            write_service(call, NULL, &cluster, index);
    }
    wire_list_end(&call->out);
    wire_list(&call->out, "failures");
    for (size_t i = 0; i < names.count; i++) {
        if (find_service(call, &cluster, names.items[i], &index) == NULL)
            wire_ecs_failure(call, service_arn(call, &cluster, wire_arn_name(names.items[i])),
                             "MISSING");
    }
    wire_list_end(&call->out);
    return true;
}

/* What would change something that a simulated account does not have is refused, not ignored. */
static bool check_members(struct wire_call *call)
{
    static const char *const known[] = {"cluster", "service", "desiredCount"};
    const char *key = NULL;
    const json_t *value = NULL;
    size_t at = 0;
    /* The macro wants a pointer to what it could change. */
    json_object_foreach((json_t *)(uintptr_t)call->in, key, value)
    {
        if (!json_is_null(value) && !str_in_table(str_from(key), known, ARRAY_LEN(known), &at))
            return wire_refuse_invalid(
                call, "the simulated account changes a service's desiredCount only, not its %.80s",
                key);
    }
    return true;
}

bool wire_ecs_update_service(struct wire_call *call)
{
    struct wire_cluster cluster;
    struct str wanted = STR_NONE;
    struct sim_refusal refusal = {.code = NULL};
    int64_t desired = -1;
    size_t index = 0;
    if (!check_members(call) || !wire_ecs_cluster(call, &cluster) ||
        !wire_need_str(call, call->in, "service", &wanted) ||
        !wire_get_int(call, call->in, "desiredCount", &desired))
        return false;
    bool is_given = json_object_get(call->in, "desiredCount") != NULL;
    if (is_given && (desired < 0 || desired > LIMIT_COUNT))
        return wire_refuse_invalid(call, "desiredCount %lld is out of range", (long long)desired);
    if (find_service(call, &cluster, wanted, &index) == NULL)
        return wire_refuse(call, "ServiceNotFoundException", "Service not found.");
    struct str name = cluster.spec->services[index].name;
    if (is_given &&
        !sim_service_update(call->world, call->region, cluster.spec->name, name, desired, &refusal))
        return wire_refuse_by_world(call, &refusal);
    write_service(call, "service", &cluster, index);
    return true;
}

/* ---- Task definitions ---- */

struct used_definition {
    struct str arn;
    enum launch_type launch_type;
    struct str service;
};

/* Those that the region's services use. */
static size_t collect_definitions(const struct wire_call *call, struct used_definition **out)
{
    VEC(struct used_definition) found = {.items = NULL};
    const struct sim_spec *spec = sim_world_spec(call->world);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        for (size_t k = 0; k < cluster->service_count; k++) {
            struct service_facts facts;
            if (!str_eq(cluster->region, call->region) ||
                !sim_service_read(call->world, call->region, cluster->name,
                                  cluster->services[k].name, call->arena, &facts))
                continue;
            *VEC_ADD(call->arena, &found) =
                (struct used_definition){facts.task_definition, facts.launch_type, facts.name};
        }
    }
    *out = found.items;
    return found.count;
}

bool wire_ecs_list_task_definitions(struct wire_call *call)
{
    static const char *const statuses[] = {"ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS", NULL};
    struct str family = STR_NONE;
    struct str status = STR_NONE;
    struct used_definition *definitions = NULL;
    if (!wire_get_str(call, call->in, "familyPrefix", &family) ||
        !get_choice(call, "status", statuses, &status))
        return false;
    size_t all = collect_definitions(call, &definitions);
    struct str *arns = ARENA_ARRAY(call->arena, struct str, all);
    size_t count = 0;
    bool is_active = status.len == 0 || str_eq(status, STR("ACTIVE"));
    for (size_t i = 0; is_active && i < all; i++) {
        if (family.len == 0 || str_eq(wire_ecs_revision(definitions[i].arn).family, family))
            arns[count++] = definitions[i].arn;
    }
    wire_sort(arns, count);
    return wire_page_write(call, &wire_ecs_page, "taskDefinitionArns", arns, count);
}

static void write_container(struct wire_call *call, const struct used_definition *definition,
                            const struct resources *size)
{
    struct wire_out *out = &call->out;
    wire_list(out, "containerDefinitions");
    wire_object(out, NULL);
    wire_str(out, "name", definition->service);
    wire_str(out, "image", arena_printf(call->arena, "%.*s:1", STR_ARG(definition->service)));
    wire_int(out, "cpu", size->cpu_units);
    wire_int(out, "memory", size->mem_mib);
    wire_list_empty(out, "portMappings");
    wire_bool(out, "essential", true);
    wire_list_empty(out, "environment");
    wire_list_empty(out, "mountPoints");
    wire_list_empty(out, "volumesFrom");
    wire_object_end(out);
    wire_list_end(out);
}

static void write_definition(struct wire_call *call, const struct used_definition *definition,
                             const struct resources *size)
{
    struct wire_out *out = &call->out;
    struct wire_revision revision = wire_ecs_revision(definition->arn);
    bool is_fargate = definition->launch_type == LAUNCH_FARGATE;
    wire_object(out, "taskDefinition");
    wire_str(out, "taskDefinitionArn", definition->arn);
    write_container(call, definition, size);
    wire_str(out, "family", revision.family);
    wire_int(out, "revision", revision.number);
    wire_list_empty(out, "volumes");
    wire_text(out, "status", "ACTIVE");
    wire_list_empty(out, "placementConstraints");
    wire_text(out, "networkMode", is_fargate ? "awsvpc" : "bridge");
    wire_list(out, "compatibilities");
    wire_text(out, NULL, is_fargate ? "FARGATE" : "EC2");
    wire_list_end(out);
    if (is_fargate) {
        wire_str(out, "cpu", arena_printf(call->arena, "%lld", (long long)size->cpu_units));
        wire_str(out, "memory", arena_printf(call->arena, "%lld", (long long)size->mem_mib));
    }
    wire_time(out, "registeredAt", sim_world_spec(call->world)->start_ms);
    wire_object_end(out);
    wire_list_empty(out, "tags");
}

bool wire_ecs_describe_task_definition(struct wire_call *call)
{
    struct str wanted = STR_NONE;
    struct used_definition *definitions = NULL;
    struct resources size;
    if (!wire_need_str(call, call->in, "taskDefinition", &wanted))
        return false;
    size_t count = collect_definitions(call, &definitions);
    for (size_t i = 0; i < count; i++) {
        struct wire_revision revision = wire_ecs_revision(definitions[i].arn);
        if ((wire_ecs_is(definitions[i].arn, wanted) || str_eq(revision.family, wanted)) &&
            sim_task_definition_read(call->world, definitions[i].arn, &size)) {
            write_definition(call, &definitions[i], &size);
            return true;
        }
    }
    return wire_refuse(call, "ClientException", "Unable to describe task definition.");
}
