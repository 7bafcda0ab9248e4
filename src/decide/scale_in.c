#include "decide/scale_in.h"

#include "base/limits.h"
#include "decide/number.h"

#include "base/banned.h"

enum obstacle scale_in_obstacle(const struct outlook *o, size_t *culprit)
{
    if (!o->fits)
        return OBSTACLE_NO_ROOM;
    if (number_sub(o->desired, o->draining) <= o->wanted.min)
        return OBSTACLE_AT_MIN;
    if (o->arriving > 0)
        return OBSTACLE_ARRIVING;
    if (o->registered > o->desired)
        return OBSTACLE_REMOVING;
    if (o->demand.sized < o->demand.count) {
        if (culprit != NULL)
            *culprit = o->demand.sized;
        return OBSTACLE_NO_SIZE;
    }
    for (size_t i = 0; i < o->definition->service_count; i++) {
        if (!o->services[i].lacks_facts)
            continue;
        if (culprit != NULL)
            *culprit = i;
        return OBSTACLE_HELD;
    }
    return OBSTACLE_NONE;
}

/* In service, not protected, and surely one machine. */
static bool can_be_drained(const struct fleet_instance *instance)
{
    return instance->is_placeable && instance->membership == MEMBER_IN_SERVICE &&
           !instance->is_protected && !instance->is_doubled;
}

static const struct fleet_instance *least_reserved(const struct fleet *fleet, bool by_memory)
{
    const struct fleet_instance *best = NULL;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < fleet->count; i++) {
        if (!can_be_drained(&fleet->items[i]))
            continue;
        struct resources reserved = fleet_reserved(&fleet->items[i]);
        int64_t amount = by_memory ? reserved.mem_mib : reserved.cpu_units;
        if (amount < least) {
            least = amount;
            best = &fleet->items[i];
        }
    }
    return best;
}

static const struct fleet_instance *placeable_at(const struct fleet *fleet, size_t bin)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->items[i].is_placeable && bin-- == 0)
            return &fleet->items[i];
    }
    return NULL;
}

static size_t bin_of(const struct fleet *fleet, const struct fleet_instance *instance)
{
    size_t bin = 0;
    for (const struct fleet_instance *i = fleet->items; i < instance; i++)
        bin += i->is_placeable ? 1 : 0;
    return bin;
}

/* Loads all bins but the candidate's. */
static void load_others(struct outlook *o, size_t candidate_bin)
{
    struct resources kept = o->bins[candidate_bin];
    o->bins[candidate_bin] = (struct resources){-1, -1};
    placement_load(&o->placement, o->bins, o->bin_count, o->fleet.share_of);
    o->bins[candidate_bin] = kept;
}

/* Does the block fit on one other, and then the rest? An empty block has nothing to move. */
static enum attempt_result try_block(struct outlook *o, size_t candidate_bin, struct attempt *at,
                                     bool nothing_moves)
{
    load_others(o, candidate_bin);
    at->target = NULL;
    if (!nothing_moves) {
        size_t bin = placement_find(&o->placement, 0, at->block);
        if (bin == PLACEMENT_NONE)
            return ATTEMPT_BLOCK_HOMELESS;
        placement_take(&o->placement, bin, at->block, 1);
        at->target = placeable_at(&o->fleet, bin);
    }
    return demand_place(&o->demand, &o->placement, NULL) ? ATTEMPT_PASSES : ATTEMPT_CROWDED;
}

/* Takes one task of each DAEMON service off the block, as far as their sizes are known. Gives how
 * many were taken off. */
static int64_t take_daemons_off(const struct snapshot *snapshot, struct resources *block)
{
    if (!fact_is_present(snapshot->daemons.fact))
        return 0;
    int64_t taken = 0;
    for (size_t i = 0; i < snapshot->daemons.count; i++) {
        const struct task_definition_facts *task =
            snapshot_task_definition(snapshot, snapshot->daemons.items[i].task_definition);
        if (task == NULL || !fact_is_present(task->fact))
            continue;
        int64_t cpu = number_clamp(task->size.cpu_units, 0, LIMIT_RESOURCE_UNITS);
        int64_t mem = number_clamp(task->size.mem_mib, 0, LIMIT_RESOURCE_UNITS);
        block->cpu_units = number_max(block->cpu_units - cpu, 0);
        block->mem_mib = number_max(block->mem_mib - mem, 0);
        taken++;
    }
    return taken;
}

static bool is_empty(struct resources block, int64_t tasks_that_move)
{
    return block.cpu_units == 0 && block.mem_mib == 0 && tasks_that_move <= 0;
}

static void try_candidate(struct outlook *o, struct attempt *at)
{
    size_t bin = bin_of(&o->fleet, at->candidate);
    int64_t tasks = number_add(at->candidate->facts->running, at->candidate->facts->pending);
    struct resources whole = fleet_reserved(at->candidate);
    at->block = whole;
    at->result = try_block(o, bin, at, is_empty(whole, tasks));
    if (at->result == ATTEMPT_PASSES)
        return;
    /* What DAEMON services' tasks hold can at most be the whole block: where even an empty one
     * would not do, they need not be known. */
    struct attempt nothing = {.candidate = at->candidate};
    if (try_block(o, bin, &nothing, true) != ATTEMPT_PASSES) {
        at->result = ATTEMPT_REST_HOMELESS;
        return;
    }
    int64_t taken = take_daemons_off(&o->snapshot, &at->block);
    if (taken == 0)
        return;
    at->result = try_block(o, bin, at, is_empty(at->block, number_sub(tasks, taken)));
    if (at->result == ATTEMPT_PASSES)
        at->result = ATTEMPT_PASSES_REDUCED;
}

size_t scale_in_try(struct outlook *o, struct attempt attempts[static ATTEMPTS_MAX])
{
    size_t count = 0;
    for (int by_memory = 1; by_memory >= 0; by_memory--) {
        const struct fleet_instance *candidate = least_reserved(&o->fleet, by_memory == 1);
        if (candidate == NULL || (count > 0 && attempts[0].candidate == candidate))
            break;
        struct attempt *at = &attempts[count++];
        *at = (struct attempt){.candidate = candidate, .by_memory = by_memory == 1};
        try_candidate(o, at);
        if (attempt_passes(at))
            break;
    }
    return count;
}

bool attempt_passes(const struct attempt *attempt)
{
    return attempt->result == ATTEMPT_PASSES || attempt->result == ATTEMPT_PASSES_REDUCED;
}

bool attempts_turn_on_daemons(const struct attempt *attempts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (attempts[i].result == ATTEMPT_BLOCK_HOMELESS || attempts[i].result == ATTEMPT_CROWDED)
            return true;
    }
    return false;
}

bool attempts_lack_daemons(const struct outlook *o, const struct attempt *attempts, size_t count)
{
    const struct daemons_facts *daemons = &o->snapshot.daemons;
    if (!attempts_turn_on_daemons(attempts, count))
        return false;
    for (size_t i = 0; fact_is_present(daemons->fact) && i < daemons->count; i++) {
        const struct task_definition_facts *task =
            snapshot_task_definition(&o->snapshot, daemons->items[i].task_definition);
        if (task != NULL && task->fact.status == FACT_FAILED)
            return true;
    }
    return daemons->fact.status == FACT_FAILED;
}
