/* The second look: what decide() would use and the snapshot does not hold yet. Where instances or
 * capacity providers are still unread, what follows from them is taken to turn out so that the rest
 * is wanted: asking at once saves a round trip. */
#include "decide/decide.h"

#include "decide/number.h"
#include "decide/outlook.h"
#include "decide/scale_in.h"

#include <stdlib.h>

#include "base/banned.h"

static int compare(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

/* Sorted, each once. */
static void tidy(struct str *items, size_t *count)
{
    if (*count == 0)
        return;
    qsort(items, *count, sizeof(*items), compare);
    size_t kept = 1;
    for (size_t i = 1; i < *count; i++) {
        if (!str_eq(items[i], items[kept - 1]))
            items[kept++] = items[i];
    }
    *count = kept;
}

static void need_providers(const struct outlook *o, struct needs *needs)
{
    struct str before = STR_NONE;
    for (size_t i = 0; i < o->fleet.count; i++) {
        const struct fleet_instance *instance = &o->fleet.items[i];
        struct str name = instance->facts->capacity_provider;
        if (instance->membership == MEMBER_NOT || name.len == 0 || str_eq(name, before))
            continue;
        before = name;
        if (snapshot_capacity_provider(&o->snapshot, name) == NULL)
            *VEC_ADD(o->arena, &needs->capacity_providers) = name;
    }
}

static void need_task(const struct outlook *o, struct needs *needs, struct str arn)
{
    if (arn.len > 0 && snapshot_task_definition(&o->snapshot, arn) == NULL)
        *VEC_ADD(o->arena, &needs->task_definitions) = arn;
}

static void need_demand(const struct outlook *o, struct needs *needs)
{
    for (size_t i = 0; i < o->snapshot.service_count; i++) {
        if (o->decisions[i].demand_tasks > 0)
            need_task(o, needs, o->snapshot.services[i].task_definition);
    }
}

static void need_daemons(const struct outlook *o, struct needs *needs)
{
    const struct daemons_facts *daemons = &o->snapshot.daemons;
    needs->daemons = daemons->fact.status == FACT_UNREAD;
    if (!fact_is_present(daemons->fact))
        return;
    for (size_t i = 0; i < daemons->count; i++)
        need_task(o, needs, daemons->items[i].task_definition);
}

/* Before the instances are in: could an instance be spared, as far as can be told? */
static bool may_scale_in(const struct outlook *o)
{
    if (o->desired <= o->wanted.min)
        return false;
    for (size_t i = 0; i < o->definition->service_count; i++) {
        if (o->services[i].lacks_facts)
            return false;
    }
    const struct group_facts *group = &o->snapshot.group;
    return number_sub(o->desired, (int64_t)group->instance_count) <= 0;
}

/* Would taking the DAEMON services' tasks off a candidate's block change how it comes out? */
static bool daemons_matter(struct outlook *o)
{
    if (scale_in_obstacle(o, NULL) != OBSTACLE_NONE)
        return false;
    struct attempt attempts[ATTEMPTS_MAX];
    size_t count = scale_in_try(o, attempts);
    for (size_t i = 0; i < count; i++) {
        if (attempts[i].result == ATTEMPT_PASSES)
            return false;
        if (attempts[i].result != ATTEMPT_REST_HOMELESS)
            return true;
    }
    return false;
}

void decide_needs(const struct definition *definition, const struct snapshot *snapshot,
                  struct arena *arena, struct needs *needs)
{
    struct outlook o;
    outlook_init(&o, definition, snapshot, false, arena);
    *needs = (struct needs){0};
    if (o.standing == STANDING_PROVIDER_UNKNOWN) {
        need_providers(&o, needs);
        if (needs->capacity_providers.count > 0)
            need_demand(&o, needs);
    } else if (o.standing == STANDING_INSTANCES_UNKNOWN &&
               o.snapshot.instances.fact.status == FACT_UNREAD) {
        need_demand(&o, needs);
        if (may_scale_in(&o))
            need_daemons(&o, needs);
    } else if (o.standing == STANDING_OURS) {
        need_demand(&o, needs);
        if (needs->task_definitions.count == 0 && daemons_matter(&o))
            need_daemons(&o, needs);
    }
    tidy(needs->task_definitions.items, &needs->task_definitions.count);
    tidy(needs->capacity_providers.items, &needs->capacity_providers.count);
}
