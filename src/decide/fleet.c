#include "decide/fleet.h"

#include "base/limits.h"
#include "decide/number.h"

#include "base/banned.h"

/* A state and what it means; a row ending in '*' stands for all that begin so. */
static const struct {
    struct str state;
    enum membership membership;
} lifecycle[] = {
    {{"InService", 9}, MEMBER_IN_SERVICE},     {{"Terminat*", 9}, MEMBER_LEAVING},
    {{"Detach*", 7}, MEMBER_LEAVING},          {{"Standby", 7}, MEMBER_STANDBY},
    {{"EnteringStandby", 15}, MEMBER_STANDBY}, {{"Warmed*", 7}, MEMBER_STANDBY},
};

static enum membership membership_of(struct str state)
{
    for (size_t i = 0; i < ARRAY_LEN(lifecycle); i++) {
        struct str row = lifecycle[i].state;
        bool is_prefix = str_ends(row, STR("*"));
        if (is_prefix ? str_starts(state, str_slice(row, 0, row.len - 1)) : str_eq(state, row))
            return lifecycle[i].membership;
    }
    return MEMBER_COMING;
}

static int64_t units(int64_t amount)
{
    return number_clamp(amount, 0, LIMIT_RESOURCE_UNITS);
}

struct resources fleet_free(const struct fleet_instance *instance)
{
    const struct resources *left = &instance->facts->remaining;
    return (struct resources){units(left->cpu_units), units(left->mem_mib)};
}

struct resources fleet_reserved(const struct fleet_instance *instance)
{
    const struct resources *whole = &instance->facts->registered;
    const struct resources *left = &instance->facts->remaining;
    return (struct resources){
        units(number_sub(units(whole->cpu_units), left->cpu_units)),
        units(number_sub(units(whole->mem_mib), left->mem_mib)),
    };
}

bool fleet_is_counted(const struct fleet_instance *instance)
{
    return instance->membership == MEMBER_IN_SERVICE || instance->membership == MEMBER_COMING;
}

/* "mi-…" is the id of a machine outside EC2: tasks of launch type EC2 are never placed there. */
static bool is_ec2(const struct instance_facts *facts)
{
    return facts->ec2_id.len > 0 && !str_starts(facts->ec2_id, STR("mi-"));
}

static void count_in(struct fleet *fleet, const struct fleet_instance *instance)
{
    struct resources size = {units(instance->facts->registered.cpu_units),
                             units(instance->facts->registered.mem_mib)};
    if (instance->is_placeable) {
        fleet->placeable++;
        fleet->share_of.cpu_units = number_max(fleet->share_of.cpu_units, size.cpu_units);
        fleet->share_of.mem_mib = number_max(fleet->share_of.mem_mib, size.mem_mib);
    }
    if (!fleet_is_counted(instance))
        return;
    bool again =
        instance > fleet->items && str_eq(instance[-1].facts->ec2_id, instance->facts->ec2_id);
    if (!again)
        fleet->registered++;
    bool larger =
        size.mem_mib > fleet->largest.mem_mib ||
        (size.mem_mib == fleet->largest.mem_mib && size.cpu_units > fleet->largest.cpu_units);
    if (!fleet->has_size || larger)
        fleet->largest = size;
    fleet->has_size = true;
}

void fleet_init(struct fleet *fleet, const struct group_facts *group,
                const struct instances_facts *instances, struct arena *arena)
{
    *fleet = (struct fleet){.count = instances->count};
    fleet->items = ARENA_ARRAY(arena, struct fleet_instance, fleet->count);
    size_t member = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct instance_facts *facts = &instances->items[i];
        struct fleet_instance *instance = &fleet->items[i];
        instance->facts = facts;
        while (member < group->instance_count &&
               str_compare(group->instances[member].id, facts->ec2_id) < 0)
            member++;
        if (facts->ec2_id.len > 0 && member < group->instance_count &&
            str_eq(group->instances[member].id, facts->ec2_id)) {
            instance->membership = membership_of(group->instances[member].lifecycle_state);
            instance->is_protected = group->instances[member].is_protected;
        }
        instance->is_placeable = facts->status == INSTANCE_ACTIVE && facts->agent_connected &&
                                 is_ec2(facts) && instance->membership != MEMBER_LEAVING;
        if (i > 0 && facts->ec2_id.len > 0 && str_eq(facts->ec2_id, instances->items[i - 1].ec2_id))
            instance->is_doubled = instance[-1].is_doubled = true;
        count_in(fleet, instance);
    }
}
