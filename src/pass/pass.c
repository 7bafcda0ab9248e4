#include "pass/pass.h"

#include "apply/apply.h"
#include "decide/decide.h"
#include "observe/observe.h"

#include "base/banned.h"

/* One cluster on its way; the context of everything that calls back for it. */
struct journey {
    const struct pass_options *options;
    struct pass_cluster *cluster;
    int64_t started_ms;
};

struct travellers {
    struct journey *items;
    size_t *observed; /* index in `items` by index in the observation */
};

static void finish(struct journey *journey)
{
    journey->cluster->is_finished = true;
    journey->cluster->finished_ms = cloud_now_ms(journey->options->cloud) - journey->started_ms;
}

static void applied(void *context)
{
    finish(context);
}

static bool must_stop(void *context)
{
    const struct journey *journey = context;
    const struct pass_options *options = journey->options;
    return options->stop != NULL && options->stop(options->context);
}

/* Decided again on what was just read: is the same instance still the one to drain? */
static bool confirm_drain(void *context, const struct action *action, const struct snapshot *fresh,
                          struct arena *arena, struct str *reason)
{
    const struct journey *journey = context;
    struct plan again = {0};
    decide(journey->cluster->definition, fresh, arena, &again);
    for (size_t i = 0; i < again.actions.count; i++) {
        const struct action *candidate = &again.actions.items[i];
        if (candidate->kind == ACTION_DRAIN && str_eq(candidate->instance_id, action->instance_id))
            return true;
    }
    *reason = STR("read again just before, it would not be decided any more");
    for (size_t i = 0; i < again.group_decisions.count; i++) {
        const struct group_decision *decision = &again.group_decisions.items[i];
        if (decision->topic == GROUP_SCALE_IN || decision->verdict == VERDICT_HELD)
            *reason =
                arena_printf(arena, "read again just before: %.*s", STR_ARG(decision->reason));
    }
    return false;
}

static void decide_cluster(struct journey *journey)
{
    struct pass_cluster *cluster = journey->cluster;
    decide(cluster->definition, &cluster->snapshot, &cluster->arena, &cluster->plan);
    cluster->ready_ms = cloud_now_ms(journey->options->cloud) - journey->started_ms;
    if (!journey->options->apply) {
        finish(journey);
        return;
    }
    cluster->outcomes = ARENA_ARRAY(&cluster->arena, struct outcome, cluster->plan.actions.count);
    const struct apply_options options = {
        .cloud = journey->options->cloud,
        .definition = cluster->definition,
        .snapshot = &cluster->snapshot,
        .plan = &cluster->plan,
        .region = cluster->region,
        .arena = &cluster->arena,
        .outcomes = cluster->outcomes,
        .latest_ms = journey->options->deadline_ms - journey->options->apply_margin_ms,
        .stop = must_stop,
        .confirm = confirm_drain,
        .done = applied,
        .context = journey,
    };
    apply_start(&options);
}

static struct journey *journey_of(void *context, size_t index)
{
    const struct travellers *travellers = context;
    return &travellers->items[travellers->observed[index]];
}

static void look(void *context, size_t index, struct second_look *more)
{
    struct pass_cluster *cluster = journey_of(context, index)->cluster;
    struct needs needs;
    decide_needs(cluster->definition, &cluster->snapshot, &cluster->arena, &needs);
    *more = (struct second_look){
        .task_definitions = needs.task_definitions.items,
        .task_definition_count = needs.task_definitions.count,
        .capacity_providers = needs.capacity_providers.items,
        .capacity_provider_count = needs.capacity_providers.count,
        .daemons = needs.daemons,
    };
}

static void ready(void *context, size_t index)
{
    decide_cluster(journey_of(context, index));
}

/* Every fact of a cluster that has no region: failed, for the same reason. */
static void fail_without_region(struct pass_cluster *cluster)
{
    struct fact fact = {.status = FACT_FAILED,
                        .reason = STR("no region: set 'region' in the definition, --region, "
                                      "AWS_REGION or the profile's region")};
    if (cluster->definition->has_group) {
        cluster->snapshot.group.fact = fact;
        cluster->snapshot.instances.fact = fact;
    }
    for (size_t i = 0; i < cluster->snapshot.service_count; i++)
        cluster->snapshot.services[i].fact = fact;
}

static void cluster_init(const struct pass_options *options, const struct definition *definition,
                         int64_t now_ms, struct pass_cluster *cluster)
{
    *cluster = (struct pass_cluster){.arena = ARENA_INIT, .definition = definition};
    cluster->region = definition->has_region ? definition->region.value : options->default_region;
    snapshot_begin(definition, cluster->region, now_ms, &cluster->arena, &cluster->snapshot);
}

static void begin(struct pass *pass, const struct pass_options *options)
{
    size_t count = options->definition_count;
    struct travellers *travellers = ARENA_NEW(&pass->arena, struct travellers);
    travellers->items = ARENA_ARRAY(&pass->arena, struct journey, count);
    travellers->observed = ARENA_ARRAY(&pass->arena, size_t, count);
    struct observe_cluster *observed = ARENA_ARRAY(&pass->arena, struct observe_cluster, count);
    size_t observed_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct pass_cluster *cluster = &pass->clusters[i];
        cluster_init(options, options->definitions[i], pass->now_ms, cluster);
        travellers->items[i] = (struct journey){
            .options = options,
            .cluster = cluster,
            .started_ms = cloud_now_ms(options->cloud),
        };
        bool has_region = cluster->region.len > 0;
        if (!has_region)
            fail_without_region(cluster);
        if (!has_region || !cluster->definition->enabled) {
            decide_cluster(&travellers->items[i]);
            continue;
        }
        travellers->observed[observed_count] = i;
        observed[observed_count++] = (struct observe_cluster){
            .definition = cluster->definition,
            .region = cluster->region,
            .arena = &cluster->arena,
            .snapshot = &cluster->snapshot,
        };
    }
    const struct observe_options observe = {
        .cloud = options->cloud,
        .look = look,
        .ready = ready,
        .context = travellers,
    };
    observe_start(&observe, observed, observed_count, &pass->arena);
}

void pass_run(const struct pass_options *options, struct pass *pass)
{
    *pass = (struct pass){.arena = ARENA_INIT, .log = {.arena = ARENA_INIT}};
    int64_t started_ms = cloud_now_ms(options->cloud);
    pass->now_ms = cloud_wall_ms(options->cloud);
    pass->cluster_count = options->definition_count;
    pass->clusters = ARENA_ARRAY(&pass->arena, struct pass_cluster, options->definition_count);
    options->cloud->log = &pass->log;
    begin(pass, options);
    cloud_run(options->cloud, options->deadline_ms);
    options->cloud->log = NULL;
    pass->duration_ms = cloud_now_ms(options->cloud) - started_ms;
}

void pass_release(struct pass *pass)
{
    for (size_t i = 0; i < pass->cluster_count; i++)
        arena_release(&pass->clusters[i].arena);
    arena_release(&pass->log.arena);
    arena_release(&pass->arena);
    *pass = (struct pass){0};
}

bool pass_cluster_failed(const struct pass_cluster *cluster)
{
    if (!cluster->is_finished || cluster->plan.has_failures)
        return true;
    for (size_t i = 0; cluster->outcomes != NULL && i < cluster->plan.actions.count; i++) {
        enum outcome_status status = cluster->outcomes[i].status;
        if (status == OUTCOME_FAILED || status == OUTCOME_NOT_APPLIED || status == OUTCOME_PENDING)
            return true;
    }
    return false;
}

int pass_depth(const struct pass *pass)
{
    int depth = 0;
    for (size_t i = 0; i < pass->log.calls.count; i++) {
        if (pass->log.calls.items[i].depth > depth)
            depth = pass->log.calls.items[i].depth;
    }
    return depth;
}

int pass_attempts(const struct pass *pass)
{
    int attempts = 0;
    for (size_t i = 0; i < pass->log.calls.count; i++)
        attempts += pass->log.calls.items[i].attempts;
    return attempts;
}
