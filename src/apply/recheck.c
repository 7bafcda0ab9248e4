#include "apply/recheck.h"

#include "base/banned.h"

static bool is_leaving(struct str lifecycle_state)
{
    return str_starts(lifecycle_state, STR("Terminat")) ||
           str_starts(lifecycle_state, STR("Detach"));
}

/* Only an InService (or Pending…) member of the group may go. */
static bool check_membership(const struct action *action, const struct group_facts *group,
                             struct arena *arena, struct str *reason)
{
    const struct group_instance *member = group_instance_find(group, action->instance_id);
    if (member == NULL) {
        *reason = arena_printf(arena, "it is no longer in the group");
        return false;
    }
    if (is_leaving(member->lifecycle_state)) {
        *reason = arena_printf(arena, "it is already %.*s", STR_ARG(member->lifecycle_state));
        return false;
    }
    if (member->is_protected) {
        *reason = arena_printf(arena, "it is protected from scale-in now");
        return false;
    }
    return true;
}

/* Where several are terminated, the group as it is read may lag behind the ones before: the plan's
 * own count of desired capacity is believed when it is lower. */
static bool check_capacity(const struct action *action, const struct group_facts *group,
                           struct arena *arena, struct str *reason)
{
    int64_t desired = group->desired < action->from ? group->desired : action->from;
    if (action->decrement && desired <= group->min) {
        *reason = arena_printf(arena, "desired capacity %lld is at min %lld now",
                               (long long)desired, (long long)group->min);
        return false;
    }
    if (!action->decrement && group->desired > group->min && group->desired > action->from) {
        *reason =
            arena_printf(arena, "desired capacity was raised to %lld: it need not be replaced",
                         (long long)group->desired);
        return false;
    }
    return true;
}

bool recheck_terminate(const struct action *action, const struct fresh_instance *fresh,
                       struct arena *arena, struct str *reason)
{
    const struct instance_facts *instance = fresh->instance;
    if (!check_membership(action, fresh->group, arena, reason) ||
        !check_capacity(action, fresh->group, arena, reason))
        return false;
    if (!str_eq(instance->ec2_id, action->instance_id)) {
        *reason = arena_printf(arena, "the container instance is another EC2 instance now");
        return false;
    }
    if (instance->status != INSTANCE_DRAINING) {
        *reason = arena_printf(arena, "it is no longer draining");
        return false;
    }
    int64_t counted = instance->running + instance->pending;
    int64_t tasks = counted > fresh->tasks ? counted : fresh->tasks;
    if (tasks > 0) {
        *reason = arena_printf(arena, "%lld task%s still on it", (long long)tasks,
                               tasks == 1 ? " is" : "s are");
        return false;
    }
    return true;
}
