#include "lambda/policy_grants.h"

#include "base/limits.h"
#include "cloud/aws/config.h"
#include "cloud/aws/ecs_operations.h"
#include "cloud/aws/operations.h"
#include "observe/metrics.h"

#include <assert.h>

#include "base/banned.h"

/* --- what a definition can lead to: what decide/ may do with it, in the best and worst case --- */

/* A group whose max is 0 is switched off, and so is all that is under it. */
static bool is_off(const struct definition *d)
{
    return d->has_group && d->has_max && d->max == 0;
}

static bool has_group(const struct definition *d)
{
    return d->has_group;
}

/* Without bounds of its own a definition leaves the group's as they are. */
static bool sets_bounds(const struct definition *d)
{
    return d->has_group && (d->has_min || d->has_max);
}

/* Drained instances go, at a fixed size, too: they are replaced. */
static bool has_instances(const struct definition *d)
{
    return d->has_group && !is_off(d);
}

static bool is_resized(const struct definition *d)
{
    bool is_fixed = d->has_min && d->has_max && d->min == d->max;
    return has_instances(d) && !is_fixed;
}

/* More instances only ever make room for tasks or the buffer. */
static bool may_grow(const struct definition *d)
{
    return is_resized(d) && (d->service_count > 0 || d->cpu_buffer > 0 || d->mem_buffer_mib > 0);
}

/* Tasks that want room; on scale-in also the DAEMON services'. */
static bool wants_sizes(const struct definition *d)
{
    return has_instances(d) && (d->service_count > 0 || is_resized(d));
}

static bool has_statistics(const struct definition *d)
{
    for (size_t i = 0; i < d->service_count; i++) {
        const struct service_definition *service = &d->services[i];
        for (size_t j = 0; service->enabled && j < service->cloudwatch_source_count; j++) {
            const struct cloudwatch_source_definition *source = &service->cloudwatch_sources[j];
            for (size_t k = 0; k < source->statistic_count; k++) {
                if (metric_is_used(service, source->statistics[k].metric))
                    return true;
            }
        }
    }
    return false;
}

/* --- resources ------------------------------------------------------------------------------- */

/* A name inside a pattern: what IAM takes for a wildcard or a variable stands for itself.
 * Source: IAM User Guide, "IAM policy elements: Variables and tags", special characters. */
static struct str literal(struct arena *arena, struct str name)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_DEFINITION_BYTES * 4);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c == '*' || c == '?' || c == '$')
            buf_addf(&text, "${%c}", c);
        else
            buf_add_char(&text, c);
    }
    return arena_str(arena, buf_str(&text));
}

static void add(const struct place *place, struct arns *arns, const char *service, struct str tail)
{
    struct str account = place->input->account;
    *VEC_ADD(arns->arena, &arns->items) = arena_printf(
        arns->arena, "arn:%s:%s:%.*s:%.*s:%.*s", aws_region_partition(place->region), service,
        STR_ARG(place->region), STR_ARG(account.len > 0 ? account : STR("*")), STR_ARG(tail));
}

/* "cluster/NAME"; "container-instance/NAME/…": what belongs to the definition's cluster. */
static void add_of_cluster(const struct place *place, const struct definition *d, struct arns *arns,
                           const char *kind, struct str of_it)
{
    struct str cluster = literal(arns->arena, d->cluster);
    bool any = place->input->scope == POLICY_SCOPE_REGION;
    add(place, arns, "ecs",
        any ? arena_printf(arns->arena, "%s/*", kind)
            : arena_printf(arns->arena, "%s/%.*s%.*s", kind, STR_ARG(cluster), STR_ARG(of_it)));
}

static void add_service(const struct place *place, const struct definition *d,
                        const struct service_definition *service, struct arns *arns)
{
    struct str name = literal(arns->arena, service->name.value);
    if (place->input->scope != POLICY_SCOPE_SERVICE)
        add_of_cluster(place, d, arns, "service", STR("/*"));
    else
        add_of_cluster(place, d, arns, "service",
                       arena_printf(arns->arena, "/%.*s", STR_ARG(name)));
}

static void everywhere(struct arns *arns)
{
    *VEC_ADD(arns->arena, &arns->items) = STR("*");
}

static void add_group(const struct place *place, const struct definition *d, struct arns *arns)
{
    bool any = place->input->scope == POLICY_SCOPE_REGION;
    struct str name = any ? STR("*") : literal(arns->arena, d->group.value);
    add(place, arns, "autoscaling",
        arena_printf(arns->arena, "autoScalingGroup:*:autoScalingGroupName/%.*s", STR_ARG(name)));
}

/* --- one function a row: the resources, where the definition leads there --------------------- */

static void groups_everywhere(const struct place *place, const struct definition *d,
                              struct arns *arns)
{
    (void)place;
    if (has_group(d))
        everywhere(arns);
}

static void statistics_everywhere(const struct place *place, const struct definition *d,
                                  struct arns *arns)
{
    (void)place;
    if (has_statistics(d))
        everywhere(arns);
}

static void sizes_everywhere(const struct place *place, const struct definition *d,
                             struct arns *arns)
{
    (void)place;
    if (wants_sizes(d))
        everywhere(arns);
}

static void grown_groups(const struct place *place, const struct definition *d, struct arns *arns)
{
    if (may_grow(d))
        add_group(place, d, arns);
}

static void emptied_groups(const struct place *place, const struct definition *d, struct arns *arns)
{
    if (has_instances(d))
        add_group(place, d, arns);
}

static void bounded_groups(const struct place *place, const struct definition *d, struct arns *arns)
{
    if (sets_bounds(d))
        add_group(place, d, arns);
}

/* Which ones, only the instances know. */
static void providers(const struct place *place, const struct definition *d, struct arns *arns)
{
    if (has_group(d))
        add(place, arns, "ecs", STR("capacity-provider/*"));
}

static void read_instances(const struct place *place, const struct definition *d, struct arns *arns)
{
    if (has_group(d))
        add_of_cluster(place, d, arns, "container-instance", STR("/*"));
}

static void drained_instances(const struct place *place, const struct definition *d,
                              struct arns *arns)
{
    if (is_resized(d))
        add_of_cluster(place, d, arns, "container-instance", STR("/*"));
}

static void emptied_instances(const struct place *place, const struct definition *d,
                              struct arns *arns)
{
    if (has_instances(d))
        add_of_cluster(place, d, arns, "container-instance", STR("/*"));
}

static void emptied_instances_tasks(const struct place *place, const struct definition *d,
                                    struct arns *arns)
{
    if (has_instances(d))
        add_of_cluster(place, d, arns, "task", STR("/*"));
}

static void listed_clusters(const struct place *place, const struct definition *d,
                            struct arns *arns)
{
    if (has_group(d))
        add_of_cluster(place, d, arns, "cluster", STR_NONE);
}

static void shrunk_clusters(const struct place *place, const struct definition *d,
                            struct arns *arns)
{
    if (is_resized(d))
        add_of_cluster(place, d, arns, "cluster", STR_NONE);
}

/* DAEMON services are found by a list: any service of the cluster may be one. */
static void read_services(const struct place *place, const struct definition *d, struct arns *arns)
{
    if (is_resized(d)) {
        add_of_cluster(place, d, arns, "service", STR("/*"));
        return;
    }
    for (size_t i = 0; i < d->service_count; i++)
        add_service(place, d, &d->services[i], arns);
}

static void scaled_services(const struct place *place, const struct definition *d,
                            struct arns *arns)
{
    for (size_t i = 0; !is_off(d) && i < d->service_count; i++) {
        if (d->services[i].enabled)
            add_service(place, d, &d->services[i], arns);
    }
}

static void own_log(const struct place *place, struct arns *arns)
{
    struct str name = literal(arns->arena, place->input->log_group);
    if (name.len > 0)
        add(place, arns, "logs", arena_printf(arns->arena, "log-group:%.*s:*", STR_ARG(name)));
}

const struct grant policy_grants[] = {
    {.operation = &autoscaling_describe_groups,
     .list = groups_everywhere,
     .purpose = "reads the group's bounds, desired capacity and instances",
     .everywhere = "reading Auto Scaling groups has no resource in IAM"},
    {.operation = &autoscaling_set_capacity,
     .list = grown_groups,
     .purpose = "adds an instance, where something does not fit"},
    {.operation = &autoscaling_terminate_instance,
     .list = emptied_groups,
     .purpose = "ends instances that are drained"},
    {.operation = &autoscaling_update_group,
     .list = bounded_groups,
     .purpose = "gives the group the definition's min and max"},
    {.operation = &cloudwatch_get_metric_data,
     .list = statistics_everywhere,
     .purpose = "reads the CloudWatch metrics that events use",
     .everywhere = "metrics have no resource in IAM"},
    {.operation = &ecs_describe_capacity_providers,
     .list = providers,
     .purpose = "reads whether a capacity provider with managed scaling sizes the group"},
    {.operation = &ecs_describe_container_instances,
     .list = read_instances,
     .purpose = "reads the instances' size, free room, tasks and status"},
    {.operation = &ecs_describe_services,
     .list = read_services,
     .purpose = "reads the services' counts; on scale-in also the cluster's DAEMON services"},
    {.operation = &ecs_describe_task_definition,
     .list = sizes_everywhere,
     .purpose = "reads the room that a task takes",
     .everywhere = "reading task definitions has no resource in IAM"},
    {.operation = &ecs_describe_tasks,
     .list = emptied_instances_tasks,
     .purpose = "reads whether a drained instance is empty, before it is terminated"},
    {.operation = &ecs_list_container_instances,
     .list = listed_clusters,
     .purpose = "lists the cluster's instances"},
    {.operation = &ecs_list_services,
     .list = shrunk_clusters,
     .by_condition = true,
     .purpose = "lists the cluster's DAEMON services, on scale-in",
     .everywhere = "listing services has no resource in IAM; the condition ecs:cluster limits it"},
    {.operation = &ecs_list_tasks,
     .list = emptied_instances,
     .purpose = "lists the tasks on a drained instance, before it is terminated"},
    {.operation = &ecs_update_container_instances_state,
     .list = drained_instances,
     .purpose = "drains an instance that can be spared"},
    {.operation = &ecs_update_service,
     .list = scaled_services,
     .purpose = "sets how many tasks a service wants"},
    {.permission = "logs:CreateLogStream",
     .own = own_log,
     .purpose = "writes the function's own log"},
    {.permission = "logs:PutLogEvents", .own = own_log, .purpose = "writes the function's own log"},
};
const size_t policy_grant_count = ARRAY_LEN(policy_grants);

const char *policy_grant_action(const struct grant *grant)
{
    assert((grant->operation != NULL) != (grant->permission != NULL));
    return grant->operation != NULL ? grant->operation->permission : grant->permission;
}
