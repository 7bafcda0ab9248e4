/* ECS: the table of operations, clusters and capacity providers. */
#include "cloud/sim/wire_ecs.h"

#include <string.h>

#include "base/banned.h"

enum { CLUSTERS_MAX = 100 };

const struct wire_page_rule wire_ecs_page = {"maxResults", "nextToken", 100, 100};
const struct wire_page_rule wire_ecs_page_ten = {"maxResults", "nextToken", 100, 10};

bool wire_ecs_cluster(struct wire_call *call, struct wire_cluster *cluster)
{
    struct str name = STR_NONE;
    if (!wire_get_str(call, call->in, "cluster", &name))
        return false;
    name = name.len > 0 ? wire_arn_name(name) : STR("default");
    cluster->spec = wire_cluster_find(call, name, &cluster->index);
    if (cluster->spec == NULL)
        return wire_refuse(call, "ClusterNotFoundException", "Cluster not found.");
    cluster->arn = wire_arn(call, "ecs", "cluster/%.*s", STR_ARG(name));
    return true;
}

struct wire_revision wire_ecs_revision(struct str arn)
{
    struct wire_revision revision = {.both = wire_arn_name(arn), .number = 1};
    size_t colon = str_find_last(revision.both, ':');
    revision.family = str_slice(revision.both, 0, colon);
    if (!str_to_int64(str_slice(revision.both, colon + 1, revision.both.len), &revision.number))
        revision.number = 1;
    return revision;
}

void wire_ecs_failure(struct wire_call *call, struct str arn, const char *reason)
{
    wire_object(&call->out, NULL);
    wire_str(&call->out, "arn", arn);
    wire_text(&call->out, "reason", reason);
    wire_object_end(&call->out);
}

bool wire_ecs_is(struct str arn, struct str wanted)
{
    return str_eq(arn, wanted) ||
           (!str_starts(wanted, STR("arn:")) && str_eq(wire_arn_name(arn), wanted));
}

/* ---- Clusters ---- */

static bool list_clusters(struct wire_call *call)
{
    const struct sim_spec *spec = sim_world_spec(call->world);
    struct str *arns = ARENA_ARRAY(call->arena, struct str, spec->cluster_count);
    size_t count = 0;
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        if (str_eq(cluster->region, call->region))
            arns[count++] = wire_arn(call, "ecs", "cluster/%.*s", STR_ARG(cluster->name));
    }
    wire_sort(arns, count);
    return wire_page_write(call, &wire_ecs_page, "clusterArns", arns, count);
}

struct totals {
    int64_t instances;
    int64_t running[2]; /* by launch type: EC2, FARGATE */
    int64_t pending[2];
    int64_t services[2];
    int64_t daemons;
};

static void count(const struct wire_call *call, size_t index, struct totals *totals)
{
    const struct sim_cluster_spec *cluster = &sim_world_spec(call->world)->clusters[index];
    struct instances_facts instances = {.count = 0};
    if (sim_instances_read(call->world, call->region, cluster->name, call->arena, &instances))
        totals->instances = (int64_t)instances.count;
    for (size_t i = 0; i < cluster->service_count; i++) {
        struct sim_service_state state;
        size_t type = cluster->services[i].launch_type == LAUNCH_FARGATE ? 1 : 0;
        sim_service_look(call->world, index, i, &state);
        totals->running[type] += state.running;
        totals->pending[type] += state.pending;
        totals->services[type]++;
        totals->daemons += cluster->services[i].strategy == SCHEDULING_DAEMON ? 1 : 0;
    }
}

static void write_statistics(struct wire_call *call, const struct totals *totals)
{
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        {"runningEC2TasksCount", totals->running[0]},
        {"runningFargateTasksCount", totals->running[1]},
        {"pendingEC2TasksCount", totals->pending[0]},
        {"pendingFargateTasksCount", totals->pending[1]},
        {"activeEC2ServiceCount", totals->services[0]},
        {"activeFargateServiceCount", totals->services[1]},
        {"drainingEC2ServiceCount", 0},
        {"drainingFargateServiceCount", 0},
        {"daemonServiceCount", totals->daemons},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_object(&call->out, NULL);
        wire_text(&call->out, "name", rows[i].name);
        wire_str(&call->out, "value", arena_printf(call->arena, "%lld", (long long)rows[i].value));
        wire_object_end(&call->out);
    }
}

static void write_cluster(struct wire_call *call, size_t index, bool statistics)
{
    const struct sim_cluster_spec *cluster = &sim_world_spec(call->world)->clusters[index];
    struct totals totals = {.instances = 0};
    struct wire_out *out = &call->out;
    count(call, index, &totals);
    wire_object(out, NULL);
    wire_str(out, "clusterArn", wire_arn(call, "ecs", "cluster/%.*s", STR_ARG(cluster->name)));
    wire_str(out, "clusterName", cluster->name);
    wire_text(out, "status", "ACTIVE");
    wire_int(out, "registeredContainerInstancesCount", totals.instances);
    wire_int(out, "runningTasksCount", totals.running[0] + totals.running[1]);
    wire_int(out, "pendingTasksCount", totals.pending[0] + totals.pending[1]);
    wire_int(out, "activeServicesCount", (int64_t)cluster->service_count);
    wire_list(out, "statistics");
    if (statistics)
        write_statistics(call, &totals);
    wire_list_end(out);
    wire_list_empty(out, "tags");
    wire_list_empty(out, "settings");
    wire_list(out, "capacityProviders");
    for (size_t i = 0; i < cluster->group_count; i++) {
        if (cluster->groups[i].capacity_provider.len > 0)
            wire_str(out, NULL, cluster->groups[i].capacity_provider);
    }
    wire_list_end(out);
    wire_list_empty(out, "defaultCapacityProviderStrategy");
    wire_object_end(out);
}

static bool describe_clusters(struct wire_call *call)
{
    struct wire_names names;
    struct wire_names include;
    static const struct str usual = {"default", 7};
    bool statistics = false;
    size_t index = 0;
    if (!wire_get_names(call, "clusters", CLUSTERS_MAX, &names) ||
        !wire_get_names(call, "include", CLUSTERS_MAX, &include))
        return false;
    for (size_t i = 0; i < include.count; i++)
        statistics = statistics || str_eq(include.items[i], STR("STATISTICS"));
    const struct str *asked = names.count > 0 ? names.items : &usual;
    size_t asked_count = names.count > 0 ? names.count : 1;
    wire_list(&call->out, "clusters");
    for (size_t i = 0; i < asked_count; i++) {
        if (wire_cluster_find(call, wire_arn_name(asked[i]), &index) != NULL)
            write_cluster(call, index, statistics);
    }
    wire_list_end(&call->out);
    wire_list(&call->out, "failures");
    for (size_t i = 0; i < asked_count; i++) {
        struct str name = wire_arn_name(asked[i]);
        if (wire_cluster_find(call, name, &index) == NULL)
            wire_ecs_failure(call, wire_arn(call, "ecs", "cluster/%.*s", STR_ARG(name)), "MISSING");
    }
    wire_list_end(&call->out);
    return true;
}

/* ---- Capacity providers ---- */

static const struct str fargate_providers[] = {{"FARGATE", 7}, {"FARGATE_SPOT", 12}};

struct provider {
    const struct sim_cluster_spec *cluster;
    const struct sim_group_spec *group;
};

/* The first group whose provider it is; false where there is none in the region. */
static bool find_provider(const struct wire_call *call, struct str name, struct provider *out)
{
    const struct sim_spec *spec = sim_world_spec(call->world);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        for (size_t k = 0; k < cluster->group_count; k++) {
            if (str_eq(cluster->region, call->region) &&
                str_eq(cluster->groups[k].capacity_provider, name)) {
                *out = (struct provider){.cluster = cluster, .group = &cluster->groups[k]};
                return true;
            }
        }
    }
    return false;
}

static bool is_fargate(struct str name)
{
    return str_eq(name, fargate_providers[0]) || str_eq(name, fargate_providers[1]);
}

static struct str provider_arn(const struct wire_call *call, struct str name)
{
    return wire_arn(call, "ecs", "capacity-provider/%.*s", STR_ARG(name));
}

static void write_provider(struct wire_call *call, struct str name, const struct provider *provider)
{
    struct wire_out *out = &call->out;
    bool managed = false;
    wire_object(out, NULL);
    wire_str(out, "capacityProviderArn", provider_arn(call, name));
    wire_str(out, "name", name);
    wire_text(out, "status", "ACTIVE");
    if (provider->group != NULL) {
        const char *state = sim_capacity_provider_read(call->world, name, &managed) && managed
                                ? "ENABLED"
                                : "DISABLED";
        wire_object(out, "autoScalingGroupProvider");
        wire_str(out, "autoScalingGroupArn", wire_group_arn(call, provider->group->name));
        wire_object(out, "managedScaling");
        wire_text(out, "status", state);
        wire_int(out, "targetCapacity", 100);
        wire_object_end(out);
        wire_text(out, "managedTerminationProtection", "DISABLED");
        wire_text(out, "managedDraining", "DISABLED");
        wire_object_end(out);
    }
    wire_list_empty(out, "tags");
    wire_object_end(out);
}

/* All of the region's, sorted, each once. */
static size_t collect_providers(const struct wire_call *call, struct str **out)
{
    const struct sim_spec *spec = sim_world_spec(call->world);
    size_t room = ARRAY_LEN(fargate_providers);
    size_t found = 0;
    for (size_t i = 0; i < spec->cluster_count; i++)
        room += spec->clusters[i].group_count;
    struct str *names = ARENA_ARRAY(call->arena, struct str, room);
    memcpy(names, fargate_providers, sizeof(fargate_providers));
    found = ARRAY_LEN(fargate_providers);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        for (size_t k = 0; k < cluster->group_count; k++) {
            if (str_eq(cluster->region, call->region) &&
                cluster->groups[k].capacity_provider.len > 0)
                names[found++] = cluster->groups[k].capacity_provider;
        }
    }
    wire_sort(names, found);
    size_t kept = 0;
    for (size_t i = 0; i < found; i++) {
        if (kept == 0 || !str_eq(names[kept - 1], names[i]))
            names[kept++] = names[i];
    }
    *out = names;
    return kept;
}

static bool describe_capacity_providers(struct wire_call *call)
{
    static const struct wire_page_rule rule = {"maxResults", "nextToken", 10, 10};
    struct wire_names asked;
    struct wire_page page;
    if (!wire_get_names(call, "capacityProviders", 100, &asked) ||
        !wire_page_get(call, &rule, &page))
        return false;
    struct str *names = asked.items;
    size_t count_all = asked.count;
    if (asked.count == 0)
        count_all = collect_providers(call, &names);
    else
        wire_sort(names, count_all);
    size_t taken = 0;
    size_t next = 0;
    while (next < count_all && str_compare(wire_arn_name(names[next]), page.after) <= 0)
        next++;
    size_t first = next;
    wire_list(&call->out, "capacityProviders");
    for (; next < count_all && taken < (size_t)page.max; next++, taken++) {
        struct provider provider = {.group = NULL};
        struct str name = wire_arn_name(names[next]);
        if (find_provider(call, name, &provider) || is_fargate(name))
            write_provider(call, name, &provider);
    }
    wire_list_end(&call->out);
    wire_list(&call->out, "failures");
    for (size_t i = first; i < next; i++) {
        struct provider provider;
        struct str name = wire_arn_name(names[i]);
        if (!find_provider(call, name, &provider) && !is_fargate(name))
            wire_ecs_failure(call, provider_arn(call, name), "MISSING");
    }
    wire_list_end(&call->out);
    if (next < count_all)
        wire_page_token(call, rule.token_key, wire_arn_name(names[next - 1]));
    return true;
}

const struct wire_operation wire_ecs_operations[] = {
    {.name = "DescribeCapacityProviders", .answer = describe_capacity_providers},
    {.name = "DescribeClusters", .answer = describe_clusters},
    {.name = "DescribeContainerInstances", .answer = wire_ecs_describe_container_instances},
    {.name = "DescribeServices", .answer = wire_ecs_describe_services},
    {.name = "DescribeTaskDefinition", .answer = wire_ecs_describe_task_definition},
    {.name = "DescribeTasks", .answer = wire_ecs_describe_tasks},
    {.name = "ListClusters", .answer = list_clusters},
    {.name = "ListContainerInstances", .answer = wire_ecs_list_container_instances},
    {.name = "ListServices", .answer = wire_ecs_list_services},
    {.name = "ListTaskDefinitions", .answer = wire_ecs_list_task_definitions},
    {.name = "ListTasks", .answer = wire_ecs_list_tasks},
    {.name = "UpdateContainerInstancesState", .answer = wire_ecs_update_container_instances_state},
    {.name = "UpdateService", .answer = wire_ecs_update_service},
    {.name = NULL},
};
