#include "decide/outlook.h"

#include "base/limits.h"
#include "decide/number.h"
#include "decide/order.h"
#include "decide/words.h"

#include "base/banned.h"

/* The bounds that the group is to have: the definition's where it gives them, else its own. One
 * that is given takes the other along where they would cross; but a group that was switched off
 * (max 0) stays off until the definition itself gives a max. */
static struct limits wanted_limits(const struct definition *definition,
                                   const struct group_facts *group)
{
    struct limits wanted = {.min = definition->has_min ? definition->min : group->min,
                            .max = definition->has_max ? definition->max : group->max};
    if (wanted.min > wanted.max) {
        bool max_leads = definition->has_max || group->max == 0;
        if (max_leads)
            wanted.min = wanted.max;
        else
            wanted.max = wanted.min;
    }
    wanted.desired = number_clamp(group->desired, wanted.min, wanted.max);
    return wanted;
}

static const struct group_facts *group_of(const struct outlook *o)
{
    return &o->snapshot.group;
}

static bool group_is_off(const struct outlook *o)
{
    if (!o->definition->has_group)
        return false;
    if (o->definition->has_max)
        return o->definition->max == 0;
    return fact_is_present(group_of(o)->fact) && group_of(o)->max == 0;
}

/* The capacity providers that the group's instances carry: the first managed one, else the first
 * that is not known. */
static enum standing provider_standing(struct outlook *o)
{
    enum standing standing = STANDING_OURS;
    struct str before = STR_NONE;
    for (size_t i = 0; i < o->fleet.count; i++) {
        const struct fleet_instance *instance = &o->fleet.items[i];
        struct str name = instance->facts->capacity_provider;
        if (instance->membership == MEMBER_NOT || name.len == 0 || str_eq(name, before))
            continue;
        before = name;
        const struct capacity_provider_facts *provider =
            snapshot_capacity_provider(&o->snapshot, name);
        bool known = provider != NULL && fact_is_present(provider->fact);
        if (known && !provider->managed_scaling)
            continue;
        if (!known && standing != STANDING_OURS)
            continue;
        o->provider = provider;
        o->provider_name = name;
        if (known)
            return STANDING_MANAGED;
        standing = STANDING_PROVIDER_UNKNOWN;
    }
    return standing;
}

static enum standing find_standing(struct outlook *o)
{
    if (!o->definition->has_group)
        return STANDING_NONE;
    if (!o->definition->enabled)
        return STANDING_DISABLED;
    if (!fact_is_present(group_of(o)->fact))
        return STANDING_UNKNOWN;
    const struct group_facts *group = group_of(o);
    o->wanted = wanted_limits(o->definition, group);
    o->has_bounds_change = o->wanted.min != group->min || o->wanted.max != group->max ||
                           o->wanted.desired != group->desired;
    if (group_is_off(o) && !o->has_bounds_change)
        return STANDING_OFF; /* nothing to do that instances or providers could forbid */
    bool instances_known = fact_is_present(o->snapshot.instances.fact);
    if (instances_known) {
        fleet_init(&o->fleet, group_of(o), &o->snapshot.instances, o->arena);
        enum standing standing = provider_standing(o);
        if (standing != STANDING_OURS)
            return standing;
    }
    if (group_is_off(o))
        return STANDING_OFF;
    return instances_known ? STANDING_OURS : STANDING_INSTANCES_UNKNOWN;
}

static void decide_services(struct outlook *o, bool reasons)
{
    struct arena *arena = o->arena;
    struct service_circumstances circumstances = {.left_alone = o->left_alone,
                                                  .without_reasons = !reasons};
    if (o->definition->has_group && !fact_is_present(group_of(o)->fact))
        circumstances.group_unknown = words_fact(arena, group_of(o)->fact);
    size_t count = o->definition->service_count;
    o->services = ARENA_ARRAY(arena, struct service_view, count);
    o->decisions = ARENA_ARRAY(arena, struct service_decision, count);
    for (size_t i = 0; i < count; i++) {
        const struct service_facts *facts =
            i < o->snapshot.service_count ? &o->snapshot.services[i] : NULL;
        o->services[i] = service_decide(&o->definition->services[i], facts, &circumstances, arena);
        o->decisions[i] = o->services[i].decision;
        if (o->standing != STANDING_NONE && o->left_alone.len == 0)
            o->decisions[i].demand_tasks = demand_tasks(&o->decisions[i], facts);
    }
}

const char *outlook_keeps_drained(const struct fleet_instance *instance)
{
    if (instance->membership == MEMBER_STANDBY)
        return "on standby";
    if (instance->is_protected)
        return "protected from scale-in";
    if (instance->is_doubled)
        return "registered with the cluster twice";
    return NULL;
}

/* Terminations and draining instances, in order of name. */
static void count_drained(struct outlook *o)
{
    for (size_t i = 0; i < o->fleet.count; i++) {
        const struct fleet_instance *instance = &o->fleet.items[i];
        bool of_group = fleet_is_counted(instance) || instance->membership == MEMBER_STANDBY;
        if (!of_group || instance->facts->status != INSTANCE_DRAINING)
            continue;
        bool empty = instance->facts->running == 0 && instance->facts->pending == 0;
        if (!empty || outlook_keeps_drained(instance) != NULL) {
            if (fleet_is_counted(instance))
                o->draining++;
            continue;
        }
        bool decrement = o->desired > o->wanted.min;
        struct termination *termination = VEC_ADD(o->arena, &o->terminations);
        *termination = (struct termination){.instance = instance,
                                            .decrement = decrement,
                                            .from = o->desired,
                                            .to = decrement ? o->desired - 1 : o->desired};
        o->desired = termination->to;
        o->registered--;
    }
}

/* Free room: of the placeable instances by name, then of as many arriving ones as could be used. */
static void lay_out_bins(struct outlook *o)
{
    int64_t useful = number_min(o->arriving, number_add(o->demand.tasks, 1));
    useful = o->fleet.has_size ? number_clamp(useful, 0, LIMIT_COUNT) : 0;
    o->bins = ARENA_ARRAY(o->arena, struct resources, o->fleet.placeable + (size_t)useful);
    for (size_t i = 0; i < o->fleet.count; i++) {
        if (o->fleet.items[i].is_placeable)
            o->bins[o->bin_count++] = fleet_free(&o->fleet.items[i]);
    }
    for (int64_t i = 0; i < useful; i++)
        o->bins[o->bin_count++] = o->fleet.largest;
}

static void place(struct outlook *o)
{
    struct resources scale = {
        number_max(o->fleet.share_of.cpu_units, o->fleet.largest.cpu_units),
        number_max(o->fleet.share_of.mem_mib, o->fleet.largest.mem_mib),
    };
    o->fleet.share_of = scale;
    demand_init(&o->demand, &o->snapshot, o->decisions, scale, o->arena);
    o->demand.buffer.cpu_units = number_clamp(o->definition->cpu_buffer, 0, LIMIT_RESOURCE_UNITS);
    o->demand.buffer.mem_mib = number_clamp(o->definition->mem_buffer_mib, 0, LIMIT_RESOURCE_UNITS);
    lay_out_bins(o);
    placement_init(&o->placement, o->arena, o->bin_count);
    placement_load(&o->placement, o->bins, o->bin_count, scale);
    size_t highest = PLACEMENT_NONE;
    o->fits = demand_place(&o->demand, &o->placement, &highest);
    o->needs_arrival = highest != PLACEMENT_NONE && highest >= o->fleet.placeable;
    /* Arriving instances of a size nobody knows yet: what is left is taken to fit on one. */
    if (!o->fits && !o->fleet.has_size && o->arriving > 0) {
        o->fits = true;
        o->needs_arrival = true;
    }
}

void outlook_init(struct outlook *outlook, const struct definition *definition,
                  const struct snapshot *snapshot, bool reasons, struct arena *arena)
{
    struct outlook *o = outlook;
    *o = (struct outlook){.definition = definition,
                          .snapshot = order_snapshot(snapshot, definition->service_count, arena),
                          .arena = arena};
    o->standing = find_standing(o);
    if (!definition->enabled)
        o->left_alone = STR("the cluster is switched off in its definition (enabled: false)");
    else if (group_is_off(o))
        o->left_alone = STR("the group's max is 0: nothing in this cluster is scaled");
    decide_services(o, reasons);
    if (o->standing <= STANDING_UNKNOWN)
        return;
    o->desired = o->wanted.desired;
    if (o->standing != STANDING_OURS)
        return;
    o->registered = o->fleet.registered;
    count_drained(o);
    o->arriving = number_max(number_sub(o->desired, o->registered), 0);
    place(o);
}

bool outlook_is_too_large(const struct outlook *outlook, struct resources size)
{
    return outlook->fleet.has_size && (size.cpu_units > outlook->fleet.largest.cpu_units ||
                                       size.mem_mib > outlook->fleet.largest.mem_mib);
}
