/* Auto Scaling groups: launches, terminations, and the calls that change them, with AWS's errors.
 * Source: the Auto Scaling API reference and what the service answers. */
#include "cloud/sim/parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

static struct sim_instance *instance_new(struct sim_world *world)
{
    struct sim_instance *instance = world->free_instances;
    uint64_t *pulled = NULL;
    if (instance != NULL) {
        world->free_instances = instance->next_free;
        pulled = instance->pulled;
        for (size_t i = 0; i < world->pulled_words; i++)
            pulled[i] = 0;
    } else {
        instance = ARENA_NEW(&world->arena, struct sim_instance);
        pulled = ARENA_ARRAY(&world->arena, uint64_t, world->pulled_words);
    }
    *instance = (struct sim_instance){.serial = ++world->serial, .pulled = pulled};
    return instance;
}

static struct sim_instance *launch(struct sim_group *group)
{
    struct sim_world *world = group->cluster->world;
    struct sim_instance *instance = instance_new(world);
    uint64_t high = sim_random_next(&group->ids);
    uint64_t low = sim_random_next(&group->ids);
    snprintf(instance->ec2_id, sizeof(instance->ec2_id), "i-0%016llx", (unsigned long long)high);
    snprintf(instance->id, sizeof(instance->id), "%016llx%016llx",
             (unsigned long long)sim_random_hash(high, low), (unsigned long long)low);
    instance->group = group;
    instance->is_protected = group->spec->protects_new;
    instance->launched_ms = world->now_ms - world->spec->start_ms;
    instance->never_joins = sim_random_unit(&group->join) < group->spec->never_joins;
    sim_instances_insert(&group->members, instance);
    sim_instance_hold(instance);
    group->staying++;
    group->launched_sum_ms += instance->launched_ms;
    group->totals.launches++;
    return instance;
}

void sim_group_begin(struct sim_group *group)
{
    for (int64_t i = 0; i < group->desired; i++) {
        struct sim_instance *instance = launch(group);
        instance->machine = MACHINE_IN_SERVICE;
        instance->never_joins = false;
        sim_instance_join(instance);
    }
}

/* The calls that this world counts against the capacity: everything that runs, also on its way out.
 */
static bool can_launch(const struct sim_group *group)
{
    return group->capacity <= 0 || (int64_t)group->members.count < group->capacity;
}

static void launch_missing(struct sim_group *group)
{
    struct sim_world *world = group->cluster->world;
    while (group->staying < group->desired && can_launch(group)) {
        struct sim_instance *instance = launch(group);
        sim_after(world, sim_random_delay(&group->launch, group->spec->launch),
                  EVENT_INSTANCE_IN_SERVICE, instance, instance->serial);
    }
    if (group->staying >= group->desired || group->launches_again)
        return;
    group->totals.launch_failures++;
    group->launches_again = true;
    sim_after(world, SIM_LAUNCH_AGAIN_MS, EVENT_LAUNCH_AGAIN, group, 0);
}

void sim_group_launch_again(struct sim_group *group)
{
    group->launches_again = false;
    sim_group_reconcile(group);
}

/* Those in service first, the oldest first; then those on their way. */
static int compare_surplus(const void *a, const void *b)
{
    const struct sim_instance *left = *(struct sim_instance *const *)a;
    const struct sim_instance *right = *(struct sim_instance *const *)b;
    if (left->machine != right->machine)
        return left->machine == MACHINE_IN_SERVICE ? -1 : 1;
    if (left->launched_ms != right->launched_ms)
        return left->launched_ms < right->launched_ms ? -1 : 1;
    return str_compare(str_from(left->ec2_id), str_from(right->ec2_id));
}

static void terminate_surplus(struct sim_group *group)
{
    struct sim_instance_list *scratch = &group->cluster->scratch;
    scratch->count = 0;
    for (size_t i = 0; i < group->members.count; i++) {
        struct sim_instance *instance = group->members.items[i];
        if (instance->machine != MACHINE_TERMINATING && !instance->is_protected)
            sim_instances_add(scratch, instance);
    }
    if (scratch->count > 0)
        qsort(scratch->items, scratch->count, sizeof(*scratch->items), compare_surplus);
    for (size_t i = 0; i < scratch->count && group->staying > group->desired; i++)
        sim_instance_terminating(scratch->items[i], true);
}

void sim_group_reconcile(struct sim_group *group)
{
    if (group->staying < group->desired)
        launch_missing(group);
    else if (group->staying > group->desired)
        terminate_surplus(group);
}

void sim_instance_in_service(struct sim_instance *instance)
{
    struct sim_group *group = instance->group;
    if (instance->machine != MACHINE_PENDING)
        return;
    instance->machine = MACHINE_IN_SERVICE;
    int64_t delay_ms = sim_random_delay(&group->join, group->spec->join);
    if (!instance->never_joins)
        sim_after(group->cluster->world, delay_ms, EVENT_INSTANCE_JOINED, instance,
                  instance->serial);
}

void sim_instance_terminating(struct sim_instance *instance, bool by_call)
{
    struct sim_group *group = instance->group;
    if (instance->machine == MACHINE_TERMINATING || instance->machine == MACHINE_GONE)
        return;
    instance->machine = MACHINE_TERMINATING;
    group->staying--;
    group->totals.terminations++;
    if (by_call)
        group->totals.killed_tasks += (uint64_t)(instance->running + instance->pending);
    sim_instance_kill_tasks(instance);
    sim_instance_set_connected(instance, false);
    sim_after(group->cluster->world, sim_random_delay(&group->terminate, group->spec->terminate),
              EVENT_INSTANCE_GONE, instance, instance->serial);
}

void sim_instance_gone(struct sim_instance *instance)
{
    struct sim_group *group = instance->group;
    struct sim_world *world = group->cluster->world;
    instance->machine = MACHINE_GONE;
    group->totals.instance_ms +=
        (double)(world->now_ms - world->spec->start_ms - instance->launched_ms);
    group->launched_sum_ms -= instance->launched_ms;
    sim_instances_remove(&group->members, instance);
    if (instance->is_registered)
        sim_after(world, SIM_DEREGISTER_MS, EVENT_INSTANCE_FORGOTTEN, instance, instance->serial);
    sim_instance_let_go(instance);
}

/* ---- Calls ---- */

static bool refuse(struct sim_refusal *refusal, const char *format, ...) PRINTF_LIKE(2, 3);
static bool refuse(struct sim_refusal *refusal, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refusal->code = "ValidationError";
    refusal->http_status = 400;
    vsnprintf(refusal->message, sizeof(refusal->message), format, args);
    va_end(args);
    return false;
}

static struct sim_group *group_of_call(const struct sim_world *world, struct str region,
                                       struct str name, struct sim_refusal *refusal)
{
    struct sim_group *group = sim_find_group(world, region, name);
    *refusal = (struct sim_refusal){.code = NULL};
    if (group == NULL)
        refuse(refusal, "AutoScalingGroup name not found - AutoScalingGroup '%.*s' not found",
               STR_ARG(name));
    return group;
}

bool sim_group_set_desired(struct sim_world *world, struct str region, struct str name,
                           int64_t desired, struct sim_refusal *refusal)
{
    struct sim_group *group = group_of_call(world, region, name, refusal);
    if (group == NULL)
        return false;
    if (desired > group->max)
        return refuse(refusal,
                      "New SetDesiredCapacity value %lld is above max value %lld for the "
                      "AutoScalingGroup.",
                      (long long)desired, (long long)group->max);
    if (desired < group->min)
        return refuse(refusal,
                      "New SetDesiredCapacity value %lld is below min value %lld for the "
                      "AutoScalingGroup.",
                      (long long)desired, (long long)group->min);
    group->desired = desired;
    sim_group_reconcile(group);
    return true;
}

bool sim_group_update(struct sim_world *world, struct str region, struct str name,
                      const struct sim_group_change *change, struct sim_refusal *refusal)
{
    struct sim_group *group = group_of_call(world, region, name, refusal);
    if (group == NULL)
        return false;
    int64_t min = change->min >= 0 ? change->min : group->min;
    int64_t max = change->max >= 0 ? change->max : group->max;
    int64_t desired = change->desired >= 0 ? change->desired : group->desired;
    if (max < min)
        return refuse(refusal, "Max bound, %lld, must be greater than or equal to min bound, %lld",
                      (long long)max, (long long)min);
    if (change->desired >= 0 && (desired < min || desired > max))
        return refuse(refusal,
                      "Desired capacity:%lld must be between the specified min size:%lld and max "
                      "size:%lld",
                      (long long)desired, (long long)min, (long long)max);
    group->min = min;
    group->max = max;
    group->desired = desired < min ? min : desired > max ? max : desired; /* dragged along */
    sim_group_reconcile(group);
    return true;
}

struct sim_instance *sim_instance_of(const struct sim_world *world, struct str region,
                                     struct str ec2_id)
{
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        const struct sim_cluster *cluster = &world->clusters[i];
        if (region.len > 0 && !str_eq(cluster->spec->region, region))
            continue;
        for (size_t j = 0; j < cluster->spec->group_count; j++) {
            const struct sim_instance_list *members = &cluster->groups[j].members;
            for (size_t low = 0, high = members->count; low < high;) {
                size_t middle = (low + high) / 2;
                int order = str_compare(str_from(members->items[middle]->ec2_id), ec2_id);
                if (order == 0)
                    return members->items[middle];
                if (order < 0)
                    low = middle + 1;
                else
                    high = middle;
            }
        }
    }
    return NULL;
}

bool sim_instance_terminate(struct sim_world *world, struct str region, struct str ec2_id,
                            bool decrement, struct sim_refusal *refusal)
{
    struct sim_instance *instance = sim_instance_of(world, region, ec2_id);
    *refusal = (struct sim_refusal){.code = NULL};
    if (instance == NULL)
        return refuse(refusal,
                      "Instance Id not found - No managed instance found for instance ID: %.*s",
                      STR_ARG(ec2_id));
    struct sim_group *group = instance->group;
    if (instance->machine == MACHINE_TERMINATING)
        return true; /* under way: nothing more happens */
    if (decrement && group->desired <= group->min)
        return refuse(refusal,
                      "Currently, desiredSize equals minSize (%lld). Terminating instance without "
                      "replacement will violate group's min size constraint. Either set "
                      "shouldDecrementDesiredCapacity flag to false or lower group's min size.",
                      (long long)group->min);
    if (decrement)
        group->desired--;
    sim_instance_terminating(instance, true);
    sim_group_reconcile(group);
    return true;
}

bool sim_instance_protect(struct sim_world *world, struct str region, struct str ec2_id,
                          bool is_protected, struct sim_refusal *refusal)
{
    struct sim_instance *instance = sim_instance_of(world, region, ec2_id);
    *refusal = (struct sim_refusal){.code = NULL};
    if (instance == NULL)
        return refuse(refusal, "The instance %.*s is not part of Auto Scaling group",
                      STR_ARG(ec2_id));
    if (instance->machine != MACHINE_IN_SERVICE)
        return refuse(refusal,
                      "The instance %.*s is not in InService or EnteringStandby or Standby",
                      STR_ARG(ec2_id));
    instance->is_protected = is_protected;
    sim_group_reconcile(instance->group);
    return true;
}
