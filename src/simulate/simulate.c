#include "simulate/simulate.h"

#include "base/limits.h"
#include "cloud/sim/cloud.h"
#include "pass/pass.h"
#include "simulate/sample.h"

#include "base/banned.h"

enum { MINUTE_MS = 60000 };

/* Which way something was changed last, and when. */
struct direction {
    int sign; /* 0: not yet */
    int64_t time_ms;
};

struct play {
    struct arena *arena;
    const struct simulate_options *options;
    struct policy_result *result;
    struct sim_world *world;
    struct cloud *cloud;
    struct direction *services; /* parallel to the result's */
    struct direction *groups;
};

/* ---- what a pass did ---- */

static void turn(const struct play *play, struct direction *direction, int sign, int64_t now_ms,
                 uint64_t *reversals)
{
    if (direction->sign == -sign && now_ms - direction->time_ms <= play->options->scenario->flap_ms)
        ++*reversals;
    *direction = (struct direction){.sign = sign, .time_ms = now_ms};
}

static size_t cluster_index(const struct scenario *scenario, struct str name)
{
    size_t i = 0;
    while (i < scenario->spec.cluster_count && !str_eq(scenario->spec.clusters[i].name, name))
        i++;
    return i;
}

/* Index in the result; its count where there is none. */
static size_t service_index(const struct play *play, size_t cluster, struct str name)
{
    const struct sim_cluster_spec *spec = &play->options->scenario->spec.clusters[cluster];
    for (size_t i = 0; i < play->result->service_count; i++) {
        const struct service_result *service = &play->result->services[i];
        if (service->cluster == cluster && str_eq(spec->services[service->service].name, name))
            return i;
    }
    return play->result->service_count;
}

static size_t group_index(const struct play *play, size_t cluster, struct str name)
{
    const struct sim_cluster_spec *spec = &play->options->scenario->spec.clusters[cluster];
    for (size_t i = 0; i < play->result->group_count; i++) {
        const struct group_result *group = &play->result->groups[i];
        if (group->cluster == cluster && str_eq(spec->groups[group->group].name, name))
            return i;
    }
    return play->result->group_count;
}

static void count_service(struct play *play, const struct pass_cluster *cluster, size_t index,
                          const struct action *action)
{
    const struct definition *definition = cluster->definition;
    size_t i = service_index(play, index, definition->services[action->service].name.value);
    if (i == play->result->service_count)
        return;
    struct service_result *service = &play->result->services[i];
    int sign = action->to > action->from ? 1 : -1;
    service->scale_outs += sign > 0;
    service->scale_ins += sign < 0;
    turn(play, &play->services[i], sign, cluster->snapshot.now_ms, &service->reversals);
}

static void count_group(struct play *play, const struct pass_cluster *cluster, size_t index,
                        const struct action *action)
{
    size_t i = group_index(play, index, cluster->definition->group.value);
    if (i == play->result->group_count)
        return;
    struct group_result *group = &play->result->groups[i];
    int64_t more = action->to - action->from;
    int sign = action->kind == ACTION_DRAIN || more < 0 ? -1 : more > 0 ? 1 : 0;
    if (action->kind == ACTION_TERMINATE) {
        group->removed++;
        return; /* the drain before it was the turn */
    }
    if (more > 0)
        group->added += (uint64_t)more;
    if (sign != 0)
        turn(play, &play->groups[i], sign, cluster->snapshot.now_ms, &group->reversals);
}

static void keep_event(struct play *play, const struct pass_cluster *cluster, size_t index,
                       const struct action *action, const struct outcome *outcome)
{
    struct policy_result *result = play->result;
    result->event_total++;
    if (play->options->totals_only || result->events.count == LIMIT_SIMULATION_EVENTS)
        return;
    *VEC_ADD(play->arena, &result->events) = (struct event_result){
        .time_ms = cluster->snapshot.now_ms,
        .cluster = index,
        .kind = action->kind,
        .subject = arena_str(play->arena, action->subject),
        .from = action->from,
        .to = action->to,
        .reason = arena_str(play->arena, action->reason),
        .outcome = outcome->status,
    };
}

static void account_for(struct play *play, const struct pass *pass)
{
    struct totals *totals = &play->result->totals;
    bool has_failed = false;
    for (size_t i = 0; i < pass->cluster_count; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        has_failed = has_failed || pass_cluster_failed(cluster);
        size_t index = cluster_index(play->options->scenario, cluster->definition->cluster);
        for (size_t j = 0; cluster->outcomes != NULL && j < cluster->plan.actions.count; j++) {
            const struct action *action = &cluster->plan.actions.items[j];
            const struct outcome *outcome = &cluster->outcomes[j];
            keep_event(play, cluster, index, action, outcome);
            if (outcome->status != OUTCOME_APPLIED)
                continue;
            if (action->kind == ACTION_SERVICE_IN || action->kind == ACTION_SERVICE_OUT)
                count_service(play, cluster, index, action);
            else
                count_group(play, cluster, index, action);
        }
    }
    totals->passes++;
    totals->failed_passes += has_failed;
    totals->api_calls += (uint64_t)pass_attempts(pass);
}

static void make_pass(struct play *play)
{
    const struct simulate_options *options = play->options;
    const struct pass_options pass_options = {
        .cloud = play->cloud,
        .definitions = options->definitions,
        .definition_count = options->definition_count,
        .default_region = options->scenario->region,
        .apply = true,
        .deadline_ms = cloud_now_ms(play->cloud) + MINUTE_MS,
        .apply_margin_ms = MINUTE_MS / 10,
    };
    struct pass pass;
    if (options->account.before_pass != NULL)
        options->account.before_pass(options->context);
    pass_run(&pass_options, &pass);
    if (options->account.after_pass != NULL)
        options->account.after_pass(options->context, &pass);
    account_for(play, &pass);
    pass_release(&pass);
}

/* ---- totals ---- */

static void add_service(const struct play *play, const struct service_result *service,
                        struct totals *totals, struct sim_service_totals *of_all)
{
    const struct sim_service_spec *spec =
        &play->options->scenario->spec.clusters[service->cluster].services[service->service];
    bool has_objective = spec->objective.max_wait_ms > 0 || spec->objective.max_latency_ms > 0 ||
                         spec->objective.max_utilisation > 0;
    totals->cost += service->cost;
    totals->task_hours += service->totals.task_ms / 3600000;
    totals->service_scale_outs += service->scale_outs;
    totals->service_scale_ins += service->scale_ins;
    totals->reversals += service->reversals;
    if (spec->workload.kind == SIM_QUEUE) {
        of_all->done += service->totals.done;
        of_all->wait_sum_s += service->totals.wait_sum_s;
        if (service->totals.wait_worst_s > totals->wait_worst_s)
            totals->wait_worst_s = service->totals.wait_worst_s;
    }
    if (!has_objective)
        return;
    of_all->arrived += service->totals.arrived;
    of_all->work_outside += service->totals.work_outside;
    of_all->time_ms += service->totals.time_ms;
    of_all->time_outside_ms += service->totals.time_outside_ms;
}

static double share_of(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void sum_up(const struct play *play)
{
    struct totals *totals = &play->result->totals;
    struct sim_service_totals of_all = {0};
    for (size_t i = 0; i < play->result->service_count; i++)
        add_service(play, &play->result->services[i], totals, &of_all);
    for (size_t i = 0; i < play->result->group_count; i++) {
        const struct group_result *group = &play->result->groups[i];
        totals->cost += group->cost;
        totals->instance_hours += group->instance_ms / 3600000;
        totals->instances_added += group->added;
        totals->instances_removed += group->removed;
        totals->reversals += group->reversals;
    }
    totals->time_outside_ms = (double)of_all.time_outside_ms;
    totals->time_outside_share = share_of((double)of_all.time_outside_ms, (double)of_all.time_ms);
    totals->work_outside_share = share_of(of_all.work_outside, of_all.arrived);
    totals->wait_mean_s = share_of(of_all.wait_sum_s, of_all.done);
}

/* ---- the whole ---- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Passes at whole intervals from the start on, a look at every full minute; where both fall
 * together the look comes first. Gives the whole minutes that were played. */
static size_t go(struct play *play)
{
    const struct simulate_options *options = play->options;
    const struct scenario *scenario = options->scenario;
    int64_t start_ms = scenario->spec.start_ms;
    int64_t end_ms = start_ms + scenario->length_ms;
    int64_t next_pass_ms = start_ms;
    size_t minutes = 0;
    for (int64_t now_ms = start_ms;;) {
        sim_world_advance(play->world, now_ms);
        if (now_ms == start_ms + (int64_t)(minutes + 1) * MINUTE_MS) {
            sample_minute(play->world, scenario, minutes, play->result);
            minutes++;
            if (options->account.minute != NULL)
                options->account.minute(options->context);
            if (options->progress != NULL && minutes % 64 == 0)
                options->progress(options->context, now_ms - start_ms);
        }
        if (now_ms == end_ms)
            break;
        if (now_ms == next_pass_ms) {
            if (options->stop != NULL && options->stop(options->context))
                break;
            make_pass(play);
            next_pass_ms += scenario->interval_ms;
        }
        now_ms =
            earlier(earlier(next_pass_ms, start_ms + (int64_t)(minutes + 1) * MINUTE_MS), end_ms);
    }
    return minutes;
}

void simulate_policy(struct arena *arena, const struct simulate_options *options,
                     struct policy_result *result)
{
    *result = (struct policy_result){.name = options->name};
    struct play play = {.arena = arena, .options = options, .result = result};
    sample_init(arena, options->scenario, options->totals_only, result);
    play.services = ARENA_ARRAY(arena, struct direction, result->service_count);
    play.groups = ARENA_ARRAY(arena, struct direction, result->group_count);
    play.world = sim_world_new(&options->scenario->spec);
    play.cloud = options->account.open != NULL
                     ? options->account.open(options->context, play.world)
                     : cloud_sim_new(&(struct sim_cloud_options){.world = play.world});
    size_t minutes = play.cloud != NULL ? go(&play) : 0;
    sample_finish(play.world, options->scenario, minutes, result);
    sum_up(&play);
    result->simulated_ms = sim_world_now_ms(play.world) - options->scenario->spec.start_ms;
    if (options->account.open == NULL)
        cloud_free(play.cloud);
    else
        options->account.close(options->context, play.cloud);
    sim_world_free(play.world);
}
