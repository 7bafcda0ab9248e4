/* What must hold for every definition and snapshot: docs/scaling.md, "Safety", on random worlds.
 * A failure names the seed that repeats it. */
#include "unit.h"

#include "decide/outlook.h"
#include "decide_world.h"
#include "random.h"

#include "base/banned.h"

enum { SEEDS = 4000 };

static struct fact failed(void)
{
    return (struct fact){FACT_FAILED, STR("timed out")};
}

/* Where worlds come from. In a calm one everything is as it should be, so that decisions get as far
 * as they can; the others are full of trouble. */
struct source {
    struct random random;
    bool is_calm;
};

static bool trouble(struct source *source, int64_t odds)
{
    return !source->is_calm && random_once_in(&source->random, odds);
}

static struct fact random_fact(struct source *source, int64_t odds)
{
    if (!trouble(source, odds))
        return FACT_OF_PRESENT;
    return (struct fact){random_once_in(&source->random, 2) ? FACT_MISSING : FACT_FAILED,
                         STR("why")};
}

static struct resources random_size(struct random *random)
{
    int64_t most = random_once_in(random, 2) ? 4 : 24; /* of an instance's 32 */
    return (struct resources){random_between(random, 0, most) * 64,
                              random_between(random, 0, most) * 128};
}

static void add_service(struct world *world, struct source *source, size_t index)
{
    struct random *random = &source->random;
    struct str name = arena_printf(world->arena, "s%zu", index);
    int64_t min = random_between(random, 0, 3);
    struct world_service *service =
        world_service(world, name, min, min + random_between(random, 0, 5));
    service->definition.enabled = !trouble(source, 10);
    world_metric(service, STR("q"), random_fact(source, 8),
                 VALUE_OF_INT(random_between(random, 0, 20)));
    for (int64_t events = random_between(random, 0, 3); events > 0; events--) {
        int64_t action = random_between(random, 1, 4);
        assert_true(
            world_event(world, service, STR("q"), random_once_in(random, 2) ? action : -action));
        struct event_definition *event = &service->events[service->definition.event_count - 1];
        event->has_min = random_once_in(random, 2);
        event->has_max = !event->has_min || random_once_in(random, 4);
        event->min = (double)random_between(random, 0, 15);
        event->max = event->min + (double)random_between(random, 0, 10);
    }
    struct service_facts *facts = &service->facts;
    facts->fact = random_fact(source, 15);
    facts->desired = random_between(random, 0, 9);
    facts->running = random_once_in(random, 2) ? facts->desired : random_between(random, 0, 9);
    facts->pending = random_once_in(random, 4) ? random_between(random, 0, 2) : 0;
    if (trouble(source, 8))
        facts->launch_type = LAUNCH_FARGATE;
    if (trouble(source, 12))
        facts->strategy = SCHEDULING_DAEMON;
    if (trouble(source, 15))
        facts->status = STR("DRAINING");
    facts->task_definition = arena_printf(world->arena, "td%lld", //
                                          (long long)random_between(random, 0, 4));
}

static void add_instance(struct world *world, struct source *source, size_t index)
{
    struct random *random = &source->random;
    static const char *const states[] = {"InService", "InService",        "InService", "InService",
                                         "Pending",   "Terminating:Wait", "Detaching", "Standby"};
    struct resources size = {2048, 4096};
    if (random_once_in(random, 4))
        size = (struct resources){1024, 2048};
    struct resources free = {size.cpu_units / 16 * random_between(random, 0, 16),
                             size.mem_mib / 16 * random_between(random, 0, 16)};
    struct str id = arena_printf(world->arena, "i-%02zu", index);
    struct instance_facts *instance = world_instance(world, id, size, free);
    if (random_once_in(random, 20))
        instance->arn = arena_printf(world->arena, "%.*s-again", STR_ARG(instance->arn));
    instance->running = random_once_in(random, 3) ? 0 : random_between(random, 0, 4);
    instance->pending = random_once_in(random, 6) ? 1 : 0;
    if (instance->running + instance->pending == 0)
        instance->remaining = size;
    if (random_once_in(random, 5))
        instance->status = random_once_in(random, 6) ? INSTANCE_OTHER : INSTANCE_DRAINING;
    instance->agent_connected = !trouble(source, 12);
    if (random_once_in(random, 8))
        instance->capacity_provider = random_once_in(random, 5) ? STR("cp-b") : STR("cp-a");
    if (trouble(source, 6))
        return; /* of another group */
    struct group_instance *member = world_member(world, id);
    member->lifecycle_state =
        str_from(states[trouble(source, 2) ? random_between(random, 0, 7) : 0]);
    member->is_protected = random_once_in(random, 8);
}

/* Everything that could be asked for is in its snapshot. */
static void random_world(struct world *world, struct arena *arena, uint64_t seed)
{
    struct source source = {{seed}, seed / 2 % 2 == 0};
    struct random *random = &source.random;
    world_init(world, arena);
    struct definition *d = &world->definition;
    struct group_facts *group = &world->snapshot.group;
    size_t services = (size_t)random_between(random, 0, 5);
    size_t instances = (size_t)random_between(random, 0, 8);
    for (size_t i = 0; i < services; i++)
        add_service(world, &source, i);
    for (size_t i = 0; i < instances; i++)
        add_instance(world, &source, i);
    for (int64_t i = 0; i <= 6; i++) {
        world_task(world, arena_printf(arena, "td%lld", (long long)i), random_size(random));
        world->tasks.items[world->tasks.count - 1].fact = random_fact(&source, 12);
    }
    group->min = random_between(random, 0, 3);
    group->max = trouble(&source, 12) ? group->min : group->min + 6;
    if (trouble(&source, 25))
        group->min = group->max = 0;
    group->desired =
        random_once_in(random, 2) ? (int64_t)world->members.count : random_between(random, 0, 9);
    group->desired = group->desired < group->min   ? group->min
                     : group->desired > group->max ? group->max
                                                   : group->desired;
    group->fact = random_fact(&source, 30);
    d->has_min = random_once_in(random, 4);
    d->min = random_between(random, 0, 3);
    d->has_max = random_once_in(random, 4);
    d->max = d->min + random_between(random, 0, 5);
    d->enabled = !trouble(&source, 30);
    d->has_group = !trouble(&source, 30);
    if (random_once_in(random, 3))
        d->cpu_buffer = random_between(random, 0, 8) * 64;
    if (random_once_in(random, 3))
        d->mem_buffer_mib = random_between(random, 0, 8) * 128;
    world->snapshot.instances.fact = random_fact(&source, 30);
    world->snapshot.daemons.fact = random_fact(&source, 6);
    for (int64_t i = random_between(random, 0, 2); i > 0; i--)
        *VEC_ADD(arena, &world->daemons) = (struct daemon_facts){
            .name = arena_printf(arena, "daemon%lld", (long long)i),
            .task_definition = arena_printf(arena, "td%lld", (long long)(4 + i))};
    bool managed = trouble(&source, 3);
    *VEC_ADD(arena, &world->providers) = (struct capacity_provider_facts){
        .name = STR("cp-a"), .fact = random_fact(&source, 5), .managed_scaling = managed};
    *VEC_ADD(arena, &world->providers) =
        (struct capacity_provider_facts){.name = STR("cp-b"), .fact = FACT_OF_PRESENT};
    world_finish(world);
}

/* ---- a plan as text, for comparing ---- */

static struct str plan_text(struct arena *arena, const struct plan *plan)
{
    struct str text = arena_printf(arena, "target %lld failures %d\n",
                                   (long long)plan->group_target, plan->has_failures);
    for (size_t i = 0; i < plan->actions.count; i++) {
        const struct action *a = &plan->actions.items[i];
        text = arena_printf(arena, "%.*s%s %.*s %lld %lld %lld %lld %d %d: %.*s\n", STR_ARG(text),
                            action_kind_name(a->kind), STR_ARG(a->subject), (long long)a->from,
                            (long long)a->to, (long long)a->to_min, (long long)a->to_max,
                            a->decrement, a->depends_on, STR_ARG(a->reason));
    }
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        const struct group_decision *g = &plan->group_decisions.items[i];
        text = arena_printf(arena, "%.*s%s %s: %.*s\n", STR_ARG(text), group_topic_name(g->topic),
                            verdict_name(g->verdict), STR_ARG(g->reason));
    }
    for (size_t i = 0; i < plan->service_count; i++) {
        const struct service_decision *s = &plan->services[i];
        text = arena_printf(arena, "%.*s%.*s %s %lld %lld: %.*s\n", STR_ARG(text), STR_ARG(s->name),
                            verdict_name(s->verdict), (long long)s->target,
                            (long long)s->demand_tasks, STR_ARG(s->reason));
    }
    return text;
}

static struct str decide_text(struct world *world)
{
    struct plan plan;
    decide(&world->definition, &world->snapshot, world->arena, &plan);
    return plan_text(world->arena, &plan);
}

static void must_equal(uint64_t seed, const char *what, struct str a, struct str b)
{
    if (!str_eq(a, b))
        fail_msg("seed %llu: %s:\n%.*s--- and ---\n%.*s", (unsigned long long)seed, what,
                 STR_ARG(a), STR_ARG(b));
}

#define MUST(seed, condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("seed %llu: %s", (unsigned long long)(seed), #condition);                     \
    } while (0)

static const struct instance_facts *instance_of(const struct world *world, struct str arn)
{
    for (size_t i = 0; i < world->snapshot.instances.count; i++) {
        if (str_eq(world->snapshot.instances.items[i].arn, arn))
            return &world->snapshot.instances.items[i];
    }
    return NULL;
}

static bool is_leaving(const struct group_instance *member)
{
    return str_starts(member->lifecycle_state, STR("Terminating")) ||
           str_starts(member->lifecycle_state, STR("Detach"));
}

/* ---- the properties ---- */

static void check_service_action(uint64_t seed, const struct world *world,
                                 const struct action *action)
{
    const struct service_definition *d = &world->definition.services[action->service];
    const struct service_facts *facts = &world->snapshot.services[action->service];
    MUST(seed, d->enabled && world->definition.enabled);
    MUST(seed, fact_is_present(facts->fact) && str_eq(facts->status, STR("ACTIVE")));
    MUST(seed, facts->strategy == SCHEDULING_REPLICA);
    MUST(seed, action->to >= d->min && action->to <= d->max);
    MUST(seed, action->from == facts->desired && action->to != action->from);
    MUST(seed, (action->to < action->from) == (action->kind == ACTION_SERVICE_IN));
    bool by_bounds = facts->desired < d->min || facts->desired > d->max;
    if (by_bounds)
        return;
    MUST(seed, fact_is_present(facts->metrics[0].fact)); /* all events look at it */
    if (action->kind == ACTION_SERVICE_OUT)
        MUST(seed, facts->running >= facts->desired);
    else
        MUST(seed, facts->running <= facts->desired);
    if (world->definition.has_group && action->kind == ACTION_SERVICE_IN)
        MUST(seed, fact_is_present(world->snapshot.group.fact));
}

/* A drained or drainable instance: this group's, and nobody else's business. */
static void check_instance_action(uint64_t seed, const struct world *world,
                                  const struct action *action)
{
    const struct instance_facts *instance = instance_of(world, action->instance_arn);
    const struct group_instance *member =
        group_instance_find(&world->snapshot.group, action->instance_id);
    MUST(seed, fact_is_present(world->snapshot.group.fact));
    MUST(seed, fact_is_present(world->snapshot.instances.fact));
    MUST(seed, instance != NULL && member != NULL);
    MUST(seed, str_eq(instance->ec2_id, action->instance_id));
    MUST(seed, !member->is_protected && !is_leaving(member));
    if (action->kind == ACTION_TERMINATE) {
        MUST(seed, instance->status == INSTANCE_DRAINING);
        MUST(seed, instance->running == 0 && instance->pending == 0);
        return;
    }
    MUST(seed, instance->status == INSTANCE_ACTIVE && instance->agent_connected);
    MUST(seed, str_eq(member->lifecycle_state, STR("InService")));
    for (size_t i = 0; i < world->definition.service_count; i++) {
        const struct service_facts *facts = &world->snapshot.services[i];
        if (world->definition.services[i].enabled)
            MUST(seed, fact_is_present(facts->fact));
    }
}

static void check_min(uint64_t seed, const struct world *world, const struct plan *plan,
                      int64_t min)
{
    int64_t draining = 0;
    bool drains = false;
    for (size_t i = 0; i < world->snapshot.instances.count; i++) {
        const struct instance_facts *instance = &world->snapshot.instances.items[i];
        const struct group_instance *member =
            group_instance_find(&world->snapshot.group, instance->ec2_id);
        if (instance->status == INSTANCE_DRAINING && member != NULL && !is_leaving(member) &&
            !str_eq(member->lifecycle_state, STR("Standby")))
            draining++;
    }
    for (size_t i = 0; i < plan->actions.count; i++) {
        const struct action *action = &plan->actions.items[i];
        if (action->kind == ACTION_TERMINATE)
            draining--;
        drains = drains || action->kind == ACTION_DRAIN;
    }
    if (drains)
        MUST(seed, plan->group_target - draining - 1 >= min);
}

static void check_plan(uint64_t seed, const struct world *world, const struct plan *plan)
{
    const struct group_facts *group = &world->snapshot.group;
    int64_t min = group->min;
    int64_t max = group->max;
    bool grows = false;
    for (size_t i = 0; i < plan->actions.count; i++) {
        const struct action *action = &plan->actions.items[i];
        MUST(seed, i == 0 || plan->actions.items[i - 1].kind <= action->kind);
        MUST(seed, action->depends_on < (int)i && action->depends_on >= ACTION_INDEPENDENT);
        MUST(seed, action->reason.len > 0 && action->subject.len > 0);
        if (action->kind >= ACTION_SERVICE_IN) {
            check_service_action(seed, world, action);
            continue;
        }
        MUST(seed, world->definition.enabled && world->definition.has_group);
        if (action->kind == ACTION_GROUP_BOUNDS) {
            min = action->to_min;
            max = action->to_max;
            MUST(seed, min <= max);
            MUST(seed, !world->definition.has_max || max == world->definition.max);
            MUST(seed, world->definition.max == 0 || !world->definition.has_min ||
                           min == world->definition.min || group->max == 0);
        }
        if (action->kind == ACTION_TERMINATE || action->kind == ACTION_DRAIN)
            check_instance_action(seed, world, action);
        if (action->kind == ACTION_GROUP_CAPACITY) {
            MUST(seed, action->to == action->from + 1);
            grows = true;
        }
        if (action->kind == ACTION_DRAIN)
            MUST(seed, !grows && plan->group_target <= group->max);
        else
            MUST(seed, action->to >= min && action->to <= max);
    }
    check_min(seed, world, plan, min);
    for (size_t i = 0; i < plan->service_count; i++)
        MUST(seed, plan->services[i].reason.len > 0);
    MUST(seed, plan->group_decisions.count > 0 || !world->definition.has_group);
}

static void test_invariants(void **state)
{
    (void)state;
    size_t kinds[ACTION_KIND_COUNT] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena arena = ARENA_INIT;
        struct world world;
        struct plan plan;
        random_world(&world, &arena, seed);
        decide(&world.definition, &world.snapshot, &arena, &plan);
        check_plan(seed, &world, &plan);
        for (size_t i = 0; i < plan.actions.count; i++)
            kinds[plan.actions.items[i].kind]++;
        arena_release(&arena);
    }
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++) /* the worlds are of use */
        assert_true(kinds[i] > SEEDS / 100);
}

static void shuffle(struct random *random, void *rows, size_t count, size_t size)
{
    char *bytes = rows;
    char kept[512];
    assert_true(size <= sizeof(kept));
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)random_between(random, 0, (int64_t)i - 1);
        memcpy(kept, bytes + (i - 1) * size, size);
        memmove(bytes + (i - 1) * size, bytes + j * size, size);
        memcpy(bytes + j * size, kept, size);
    }
}

#define SHUFFLE(random, rows, count) shuffle((random), (rows), (count), sizeof(*(rows)))

static void test_order_of_facts_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena arena = ARENA_INIT;
        struct world world;
        struct random random = {seed ^ 0xABCDEF};
        random_world(&world, &arena, seed);
        struct str before = decide_text(&world);
        must_equal(seed, "again", before, decide_text(&world));
        struct snapshot *s = &world.snapshot;
        SHUFFLE(&random, s->group.instances, s->group.instance_count);
        SHUFFLE(&random, s->instances.items, s->instances.count);
        SHUFFLE(&random, s->task_definitions, s->task_definition_count);
        SHUFFLE(&random, s->daemons.items, s->daemons.count);
        SHUFFLE(&random, s->capacity_providers, s->capacity_provider_count);
        must_equal(seed, "shuffled", before, decide_text(&world));
        arena_release(&arena);
    }
}

/* Gives `world` what is asked for, out of `all`. False where it has it already. */
static bool supply(struct world *world, const struct snapshot *all, const struct needs *needs)
{
    struct snapshot *s = &world->snapshot;
    for (size_t i = 0; i < needs->task_definitions.count; i++) {
        struct str arn = needs->task_definitions.items[i];
        if (snapshot_task_definition(s, arn) != NULL)
            return false;
        *VEC_ADD(world->arena, &world->tasks) = *snapshot_task_definition(all, arn);
    }
    for (size_t i = 0; i < needs->capacity_providers.count; i++) {
        struct str name = needs->capacity_providers.items[i];
        if (snapshot_capacity_provider(s, name) != NULL)
            return false;
        *VEC_ADD(world->arena, &world->providers) = *snapshot_capacity_provider(all, name);
    }
    if (needs->daemons && s->daemons.fact.status != FACT_UNREAD)
        return false;
    WORLD_LIST(world, tasks, task_definitions, task_definition_count, world_by_key);
    WORLD_LIST(world, providers, capacity_providers, capacity_provider_count, world_by_key);
    if (needs->daemons)
        s->daemons = all->daemons;
    return true;
}

static bool has_needs(const struct needs *needs)
{
    return needs->daemons || needs->task_definitions.count > 0 ||
           needs->capacity_providers.count > 0;
}

/* Asks until nothing is lacking; gives how many times it was answered. */
static int look_again(uint64_t seed, struct world *world, const struct snapshot *all)
{
    for (int rounds = 0;; rounds++) {
        struct needs needs;
        decide_needs(&world->definition, &world->snapshot, world->arena, &needs);
        if (!has_needs(&needs))
            return rounds;
        MUST(seed, supply(world, all, &needs));
        MUST(seed, rounds < 3);
    }
}

/* The second look, as observe/ takes it, leads to the plan that knowing everything would. */
static void test_needs_are_enough(void **state)
{
    (void)state;
    size_t most = 0;
    size_t reduced = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena arena = ARENA_INIT;
        struct world world;
        random_world(&world, &arena, seed);
        struct str complete = decide_text(&world);
        struct snapshot all = world.snapshot;
        world.tasks.items = NULL;
        world.tasks.count = world.tasks.room = 0;
        world.providers.items = NULL;
        world.providers.count = world.providers.room = 0;
        world.snapshot.task_definitions = NULL;
        world.snapshot.task_definition_count = 0;
        world.snapshot.capacity_providers = NULL;
        world.snapshot.capacity_provider_count = 0;
        world.snapshot.daemons = (struct daemons_facts){0};
        if (seed % 2 == 0) { /* instances come later than the rest */
            world.snapshot.instances = (struct instances_facts){0};
            look_again(seed, &world, &all);
            world.snapshot.instances = all.instances;
        }
        most = look_again(seed, &world, &all) >= 2 ? most + 1 : most;
        must_equal(seed, "needed facts only", complete, decide_text(&world));
        reduced += str_find_str(complete, STR("without its DAEMON tasks")) < complete.len ? 1 : 0;
        arena_release(&arena);
    }
    /* Long chains and DAEMON tasks that matter are among the worlds. */
    print_message("%zu long chains, %zu with DAEMON tasks off\n", most, reduced);
    assert_true(most >= 10);
    assert_true(reduced >= 5);
}

static bool has_kind(const struct plan *plan, enum action_kind kind)
{
    for (size_t i = 0; i < plan->actions.count; i++) {
        if (plan->actions.items[i].kind == kind)
            return true;
    }
    return false;
}

/* Whatever fails, nothing is drained because of it. */
static void test_failures_never_scale_in(void **state)
{
    (void)state;
    size_t would = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena arena = ARENA_INIT;
        struct world world;
        struct plan plan;
        random_world(&world, &arena, seed);
        decide(&world.definition, &world.snapshot, &arena, &plan);
        if (!has_kind(&plan, ACTION_DRAIN)) {
            arena_release(&arena);
            continue;
        }
        would++;
        struct snapshot *s = &world.snapshot;
        struct snapshot kept = *s;
        s->group.fact = failed();
        decide(&world.definition, s, &arena, &plan);
        MUST(seed, plan.actions.count == 0 || plan.actions.items[0].kind >= ACTION_SERVICE_IN);
        MUST(seed, plan.has_failures);
        *s = kept;
        s->instances.fact = failed();
        decide(&world.definition, s, &arena, &plan);
        MUST(seed, !has_kind(&plan, ACTION_DRAIN) && !has_kind(&plan, ACTION_TERMINATE));
        MUST(seed, !has_kind(&plan, ACTION_GROUP_CAPACITY) && plan.has_failures);
        *s = kept;
        for (size_t i = 0; i < s->service_count; i++) {
            struct fact fact = s->services[i].fact;
            s->services[i].fact = failed();
            decide(&world.definition, s, &arena, &plan);
            MUST(seed, !has_kind(&plan, ACTION_DRAIN) && plan.has_failures);
            s->services[i].fact = fact;
        }
        arena_release(&arena);
    }
    assert_true(would > SEEDS / 100);
}

/* ---- room, the plain way ---- */

struct task {
    struct resources size;
    struct str name;
    double share;
};

static int by_share(const void *left, const void *right)
{
    const struct task *a = left;
    const struct task *b = right;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return str_compare(a->name, b->name);
}

static bool put(struct resources *bins, size_t count, struct resources size)
{
    for (size_t i = 0; i < count; i++) {
        if (bins[i].cpu_units < size.cpu_units || bins[i].mem_mib < size.mem_mib)
            continue;
        bins[i].cpu_units -= size.cpu_units;
        bins[i].mem_mib -= size.mem_mib;
        return true;
    }
    return false;
}

static bool fits_naively(const struct outlook *o)
{
    struct task tasks[400];
    size_t count = 0;
    struct resources bins[200];
    assert_true(o->bin_count <= ARRAY_LEN(bins));
    for (size_t i = 0; i < o->bin_count; i++)
        bins[i] = o->bins[i];
    for (size_t i = 0; i < o->demand.sized; i++) {
        const struct demand_item *item = &o->demand.items[i];
        for (int64_t n = 0; n < item->tasks; n++) {
            assert_true(count < ARRAY_LEN(tasks));
            tasks[count++] = (struct task){item->size, item->name,
                                           placement_share(item->size, o->fleet.share_of)};
        }
    }
    if (count > 0)
        qsort(tasks, count, sizeof(*tasks), by_share);
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = put(bins, o->bin_count, tasks[i].size) && all;
    if (o->demand.buffer.cpu_units > 0 || o->demand.buffer.mem_mib > 0)
        all = put(bins, o->bin_count, o->demand.buffer) && all;
    return all || (!o->fleet.has_size && o->arriving > 0);
}

static void test_room_is_first_fit_decreasing(void **state)
{
    (void)state;
    size_t yes = 0;
    size_t no = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena arena = ARENA_INIT;
        struct world world;
        struct outlook outlook;
        random_world(&world, &arena, seed);
        outlook_init(&outlook, &world.definition, &world.snapshot, true, &arena);
        if (outlook.standing == STANDING_OURS) {
            MUST(seed, outlook.fits == fits_naively(&outlook));
            yes += outlook.fits ? 1 : 0;
            no += outlook.fits ? 0 : 1;
        }
        arena_release(&arena);
    }
    print_message("%zu fit, %zu do not\n", yes, no);
    assert_true(yes > SEEDS / 20 && no > SEEDS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invariants),
        cmocka_unit_test(test_order_of_facts_does_not_matter),
        cmocka_unit_test(test_needs_are_enough),
        cmocka_unit_test(test_failures_never_scale_in),
        cmocka_unit_test(test_room_is_first_fit_decreasing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
