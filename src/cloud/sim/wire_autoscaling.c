/* Auto Scaling's Query protocol. */
#include "cloud/sim/wire_call.h"

#include "base/limits.h"

#include <stdlib.h>

#include "base/banned.h"

enum { NAMES_MAX = 50, PROTECT_MAX = 50, DEFAULT_COOLDOWN_S = 300 };

/* A group of the region. */
struct group {
    const struct sim_cluster_spec *cluster;
    const struct sim_group_spec *spec;
    size_t cluster_index;
    size_t index;
};

static size_t collect_groups(const struct wire_call *call, struct group **out)
{
    const struct sim_spec *spec = sim_world_spec(call->world);
    size_t room = 0;
    size_t count = 0;
    for (size_t i = 0; i < spec->cluster_count; i++)
        room += spec->clusters[i].group_count;
    struct group *groups = ARENA_ARRAY(call->arena, struct group, room);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        for (size_t k = 0; k < cluster->group_count; k++) {
            if (str_eq(cluster->region, call->region))
                groups[count++] = (struct group){cluster, &cluster->groups[k], i, k};
        }
    }
    *out = groups;
    return count;
}

static int compare_groups(const void *a, const void *b)
{
    return str_compare(((const struct group *)a)->spec->name,
                       ((const struct group *)b)->spec->name);
}

static bool is_named(const struct wire_names *names, struct str name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (str_eq(names->items[i], name))
            return true;
    }
    return names->count == 0;
}

/* ---- Describing ---- */

static void write_instance(struct wire_call *call, const struct group *group,
                           const struct group_instance *instance, bool with_group)
{
    struct wire_out *out = &call->out;
    const struct sim_spec *spec = sim_world_spec(call->world);
    wire_object(out, NULL);
    wire_str(out, "InstanceId", instance->id);
    wire_str(out, "InstanceType", spec->types[group->spec->type].name);
    if (with_group)
        wire_str(out, "AutoScalingGroupName", group->spec->name);
    wire_str(out, "AvailabilityZone", wire_zone(call, instance->id));
    wire_str(out, "LifecycleState", instance->lifecycle_state);
    wire_text(out, "HealthStatus", with_group ? "HEALTHY" : "Healthy");
    wire_bool(out, "ProtectedFromScaleIn", instance->is_protected);
    wire_object_end(out);
}

static void write_group(struct wire_call *call, const struct group *group, bool with_instances)
{
    struct wire_out *out = &call->out;
    struct group_facts facts = {.min = 0};
    if (!sim_group_read(call->world, call->region, group->spec->name, call->arena, &facts))
        return;
    wire_object(out, NULL);
    wire_str(out, "AutoScalingGroupName", group->spec->name);
    wire_str(out, "AutoScalingGroupARN", wire_group_arn(call, group->spec->name));
    wire_object(out, "LaunchTemplate");
    wire_str(out, "LaunchTemplateName", group->spec->name);
    wire_text(out, "Version", "$Default");
    wire_object_end(out);
    wire_int(out, "MinSize", facts.min);
    wire_int(out, "MaxSize", facts.max);
    wire_int(out, "DesiredCapacity", facts.desired);
    wire_int(out, "DefaultCooldown", DEFAULT_COOLDOWN_S);
    wire_list(out, "AvailabilityZones");
    wire_str(out, NULL, arena_printf(call->arena, "%.*sa", STR_ARG(call->region)));
    wire_str(out, NULL, arena_printf(call->arena, "%.*sb", STR_ARG(call->region)));
    wire_list_end(out);
    wire_list_empty(out, "LoadBalancerNames");
    wire_list_empty(out, "TargetGroupARNs");
    wire_text(out, "HealthCheckType", "EC2");
    wire_int(out, "HealthCheckGracePeriod", DEFAULT_COOLDOWN_S);
    wire_list(out, "Instances");
    for (size_t i = 0; with_instances && i < facts.instance_count; i++)
        write_instance(call, group, &facts.instances[i], false);
    wire_list_end(out);
    wire_time(out, "CreatedTime", sim_world_spec(call->world)->start_ms);
    wire_list_empty(out, "SuspendedProcesses");
    wire_list_empty(out, "EnabledMetrics");
    wire_list_empty(out, "Tags");
    wire_list(out, "TerminationPolicies");
    wire_text(out, NULL, "Default");
    wire_list_end(out);
    wire_bool(out, "NewInstancesProtectedFromScaleIn", group->spec->protects_new);
    wire_object_end(out);
}

static bool describe_groups(struct wire_call *call)
{
    static const struct wire_page_rule rule = {"MaxRecords", "NextToken", 100, 50};
    struct wire_names names;
    struct wire_page page;
    const json_t *filters = NULL;
    bool with_instances = true;
    struct group *groups = NULL;
    if (!wire_get_names(call, "AutoScalingGroupNames", NAMES_MAX, &names) ||
        !wire_get_list(call, call->in, "Filters", &filters) ||
        !wire_get_bool(call, call->in, "IncludeInstances", &with_instances) ||
        !wire_page_get(call, &rule, &page))
        return false;
    size_t count = collect_groups(call, &groups);
    if (count > 1)
        qsort(groups, count, sizeof(*groups), compare_groups);
    if (json_array_size(filters) > 0)
        count = 0; /* all filters look at tags, and no group here has any */
    struct str last = STR_NONE;
    int64_t taken = 0;
    bool has_more = false;
    wire_list(&call->out, "AutoScalingGroups");
    for (size_t i = 0; i < count && !has_more; i++) {
        struct str name = groups[i].spec->name;
        if (!is_named(&names, name) || str_compare(name, page.after) <= 0)
            continue;
        has_more = taken == page.max;
        if (has_more)
            break;
        write_group(call, &groups[i], with_instances);
        last = name;
        taken++;
    }
    wire_list_end(&call->out);
    if (has_more)
        wire_page_token(call, rule.token_key, last);
    return true;
}

static bool describe_instances(struct wire_call *call)
{
    static const struct wire_page_rule rule = {"MaxRecords", "NextToken", 50, 50};
    struct wire_names names;
    struct wire_page page;
    struct group *groups = NULL;
    int64_t skip = 0;
    int64_t seen = 0;
    if (!wire_get_names(call, "InstanceIds", NAMES_MAX, &names) ||
        !wire_page_get(call, &rule, &page))
        return false;
    if (page.after.len > 0 && (!str_to_int64(page.after, &skip) || skip < 0))
        return wire_refuse(call, "InvalidNextToken", "Invalid token");
    size_t count = collect_groups(call, &groups);
    wire_list(&call->out, "AutoScalingInstances");
    for (size_t i = 0; i < count; i++) {
        struct group_facts facts = {.min = 0};
        if (!sim_group_read(call->world, call->region, groups[i].spec->name, call->arena, &facts))
            continue;
        for (size_t k = 0; k < facts.instance_count; k++) {
            if (!is_named(&names, facts.instances[k].id))
                continue;
            if (seen >= skip && seen - skip < page.max)
                write_instance(call, &groups[i], &facts.instances[k], true);
            seen++;
        }
    }
    wire_list_end(&call->out);
    if (seen - skip > page.max)
        wire_page_token(call, rule.token_key,
                        arena_printf(call->arena, "%lld", (long long)skip + page.max));
    return true;
}

/* ---- Changing ---- */

static bool need_int(struct wire_call *call, const char *key, int64_t *out)
{
    if (json_object_get(call->in, key) == NULL)
        return wire_refuse_invalid(call,
                                   "1 validation error detected: Value null at '%s' failed to "
                                   "satisfy constraint: Member must not be null",
                                   key);
    return wire_get_int(call, call->in, key, out);
}

/* A whole number that is given is in range; -1: not given. */
static bool get_size(struct wire_call *call, const char *key, int64_t *out)
{
    *out = -1;
    if (json_object_get(call->in, key) == NULL)
        return true;
    if (!wire_get_int(call, call->in, key, out))
        return false;
    return (*out >= 0 && *out <= LIMIT_COUNT) ||
           wire_refuse_invalid(call, "%s %lld is out of range", key, (long long)*out);
}

/* Changes that a simulated account does not know are refused, not ignored. */
static bool check_members(struct wire_call *call)
{
    static const char *const known[] = {"Action",  "Version", "AutoScalingGroupName",
                                        "MinSize", "MaxSize", "DesiredCapacity"};
    size_t at = 0;
    for (void *i = json_object_iter((json_t *)(uintptr_t)call->in); i != NULL;
         i = json_object_iter_next((json_t *)(uintptr_t)call->in, i)) {
        const char *key = json_object_iter_key(i);
        if (!str_in_table(str_from(key), known, ARRAY_LEN(known), &at))
            return wire_refuse_invalid(
                call, "the simulated account changes a group's sizes only, not its %.80s", key);
    }
    return true;
}

static bool update_group(struct wire_call *call)
{
    struct str name = STR_NONE;
    struct sim_group_change change = {.min = -1};
    struct sim_refusal refusal = {.code = NULL};
    if (!check_members(call) || !wire_need_str(call, call->in, "AutoScalingGroupName", &name) ||
        !get_size(call, "MinSize", &change.min) || !get_size(call, "MaxSize", &change.max) ||
        !get_size(call, "DesiredCapacity", &change.desired))
        return false;
    return sim_group_update(call->world, call->region, name, &change, &refusal) ||
           wire_refuse_by_world(call, &refusal);
}

/* Is something on its way that a cooldown would wait for? */
static bool is_scaling(const struct wire_call *call, struct str name)
{
    struct group *groups = NULL;
    size_t count = collect_groups(call, &groups);
    for (size_t i = 0; i < count; i++) {
        struct sim_group_state state;
        if (!str_eq(groups[i].spec->name, name))
            continue;
        sim_group_look(call->world, groups[i].cluster_index, groups[i].index, &state);
        return state.launching > 0 || state.terminating > 0;
    }
    return false;
}

static bool set_desired_capacity(struct wire_call *call)
{
    struct str name = STR_NONE;
    int64_t desired = 0;
    bool honour_cooldown = false;
    struct sim_refusal refusal = {.code = NULL};
    if (!wire_need_str(call, call->in, "AutoScalingGroupName", &name) ||
        !need_int(call, "DesiredCapacity", &desired) ||
        !wire_get_bool(call, call->in, "HonorCooldown", &honour_cooldown))
        return false;
    if (desired < 0 || desired > LIMIT_COUNT)
        return wire_refuse_invalid(call, "DesiredCapacity %lld is out of range",
                                   (long long)desired);
    if (honour_cooldown && is_scaling(call, name))
        return wire_refuse(call, "ScalingActivityInProgress",
                           "Scaling activity is in progress and blocks this action");
    return sim_group_set_desired(call->world, call->region, name, desired, &refusal) ||
           wire_refuse_by_world(call, &refusal);
}

/* The group that has the instance; false where none has. */
static bool find_instance(const struct wire_call *call, struct str id, struct str *group)
{
    struct group *groups = NULL;
    size_t count = collect_groups(call, &groups);
    for (size_t i = 0; i < count; i++) {
        struct group_facts facts = {.min = 0};
        if (sim_group_read(call->world, call->region, groups[i].spec->name, call->arena, &facts) &&
            group_instance_find(&facts, id) != NULL) {
            *group = groups[i].spec->name;
            return true;
        }
    }
    return false;
}

static void write_activity(struct wire_call *call, struct str group, struct str id, bool decrement)
{
    struct wire_out *out = &call->out;
    struct str seed = arena_printf(call->arena, "activity/%.*s/%llu", STR_ARG(id),
                                   (unsigned long long)call->number);
    wire_object(out, "Activity");
    wire_str(out, "ActivityId", wire_uuid(call->arena, seed, true));
    wire_str(out, "AutoScalingGroupName", group);
    wire_str(out, "Description",
             arena_printf(call->arena, "Terminating EC2 instance: %.*s", STR_ARG(id)));
    wire_str(out, "Cause",
             arena_printf(call->arena,
                          "instance %.*s was taken out of service in response to a user request%s",
                          STR_ARG(id), decrement ? ", shrinking the capacity" : ""));
    wire_time(out, "StartTime", sim_world_now_ms(call->world));
    wire_text(out, "StatusCode", "InProgress");
    wire_int(out, "Progress", 0);
    wire_object_end(out);
}

static bool terminate_instance(struct wire_call *call)
{
    struct str id = STR_NONE;
    struct str group = STR_NONE;
    bool decrement = false;
    struct sim_refusal refusal = {.code = NULL};
    if (!wire_need_str(call, call->in, "InstanceId", &id))
        return false;
    if (json_object_get(call->in, "ShouldDecrementDesiredCapacity") == NULL)
        return wire_refuse_invalid(call,
                                   "1 validation error detected: Value null at "
                                   "'shouldDecrementDesiredCapacity' failed to satisfy constraint: "
                                   "Member must not be null");
    if (!wire_get_bool(call, call->in, "ShouldDecrementDesiredCapacity", &decrement))
        return false;
    bool is_found = find_instance(call, id, &group);
    if (!sim_instance_terminate(call->world, call->region, id, decrement, &refusal))
        return wire_refuse_by_world(call, &refusal);
    if (is_found)
        write_activity(call, group, id, decrement);
    return true;
}

static bool set_protection(struct wire_call *call)
{
    struct wire_names ids;
    struct str name = STR_NONE;
    struct group_facts facts = {.min = 0};
    bool is_protected = false;
    struct sim_refusal refusal = {.code = NULL};
    if (!wire_get_names(call, "InstanceIds", PROTECT_MAX, &ids) ||
        !wire_need_str(call, call->in, "AutoScalingGroupName", &name) ||
        !wire_get_bool(call, call->in, "ProtectedFromScaleIn", &is_protected))
        return false;
    if (json_object_get(call->in, "ProtectedFromScaleIn") == NULL || ids.count == 0)
        return wire_refuse_invalid(call, "InstanceIds and ProtectedFromScaleIn have to be given");
    if (!sim_group_read(call->world, call->region, name, call->arena, &facts))
        return wire_refuse_invalid(call, "AutoScalingGroup name not found - no such group: %.*s",
                                   (int)(name.len < 100 ? name.len : 100), name.ptr);
    /* All of them, or none. */
    for (size_t i = 0; i < ids.count; i++) {
        if (group_instance_find(&facts, ids.items[i]) == NULL)
            return wire_refuse_invalid(call, "The instance %.*s is not part of Auto Scaling group",
                                       (int)(ids.items[i].len < 80 ? ids.items[i].len : 80),
                                       ids.items[i].ptr);
    }
    for (size_t i = 0; i < ids.count; i++) {
        if (!sim_instance_protect(call->world, call->region, ids.items[i], is_protected, &refusal))
            return wire_refuse_by_world(call, &refusal);
    }
    return true;
}

const struct wire_operation wire_autoscaling_operations[] = {
    {.name = "DescribeAutoScalingGroups", .answer = describe_groups},
    {.name = "DescribeAutoScalingInstances", .answer = describe_instances},
    {.name = "SetDesiredCapacity", .answer = set_desired_capacity, .has_no_result = true},
    {.name = "SetInstanceProtection", .answer = set_protection},
    {.name = "TerminateInstanceInAutoScalingGroup", .answer = terminate_instance},
    {.name = "UpdateAutoScalingGroup", .answer = update_group, .has_no_result = true},
    {.name = NULL},
};
