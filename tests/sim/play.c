#include "play.h"

#include "cloud/sim/cloud.h"
#include "mishaps.h"
#include "stage.h"

#include "base/banned.h"

/* One case on its way. */
struct playing {
    const struct sim_case *c;
    const struct play_options *options;
    struct play_count *count;
    struct finding *finding;
    struct stage *stage;
    int pass;
    bool is_behind; /* work of the storm is still waiting when all should soon be at rest */
};

static const struct disturbance *active_of(const struct playing *p, enum disturbance_kind kind)
{
    for (size_t i = 0; i < p->c->disturbance_count; i++) {
        const struct disturbance *d = &p->c->disturbances[i];
        if (p->options->active[i] && d->kind == kind && p->pass >= d->pass &&
            p->pass < d->pass + d->passes)
            return d;
    }
    return NULL;
}

static void tell(const struct playing *p, const struct pass *pass)
{
    FILE *out = p->options->story;
    if (out == NULL)
        return;
    fprintf(out, "pass %d\n", p->pass);
    for (size_t i = 0; i < p->c->disturbance_count; i++) {
        const struct disturbance *d = &p->c->disturbances[i];
        if (p->options->active[i] && p->pass >= d->pass && p->pass < d->pass + d->passes)
            fprintf(out, "  ! %s (cluster c%zu)\n", disturbance_text(d->kind), d->cluster);
    }
    for (size_t i = 0; i < pass->cluster_count; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        const struct plan *plan = &cluster->plan;
        fprintf(out, "  %.*s: group %lld (%lld to %lld), %zu instances\n",
                STR_ARG(cluster->definition->cluster), (long long)plan->group_desired,
                (long long)plan->group_min, (long long)plan->group_max,
                cluster->snapshot.instances.count);
        for (size_t j = 0; j < plan->group_decisions.count; j++)
            fprintf(out, "    group %s: %.*s\n",
                    verdict_name(plan->group_decisions.items[j].verdict),
                    STR_ARG(plan->group_decisions.items[j].reason));
        for (size_t j = 0; j < plan->service_count; j++)
            fprintf(out, "    %.*s %lld/%lld+%lld %s: %.*s\n", STR_ARG(plan->services[j].name),
                    (long long)plan->services[j].running, (long long)plan->services[j].desired,
                    (long long)plan->services[j].pending, verdict_name(plan->services[j].verdict),
                    STR_ARG(plan->services[j].reason));
        for (size_t j = 0; j < plan->actions.count; j++)
            fprintf(out, "    * %s %.*s %lld -> %lld: %s\n",
                    action_kind_name(plan->actions.items[j].kind),
                    STR_ARG(plan->actions.items[j].subject), (long long)plan->actions.items[j].from,
                    (long long)plan->actions.items[j].to,
                    cluster->outcomes == NULL ? "dry run"
                                              : outcome_status_name(cluster->outcomes[j].status));
    }
}

static void check_pass(struct playing *p, const struct pass *pass)
{
    for (size_t i = 0; i < pass->cluster_count; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        rules_check_plan(cluster, p->pass, p->finding);
        rules_check_outcomes(cluster, p->pass, p->finding);
        bool changes = cluster->plan.actions.count > 0;
        if ((changes && p->pass % 2 == 0) || p->pass % 16 == 0)
            rules_check_record(pass, i, p->pass, p->finding);
        for (size_t j = 0; j < cluster->plan.actions.count; j++) {
            enum action_kind kind = cluster->plan.actions.items[j].kind;
            p->count->actions++;
            p->count->drains += kind == ACTION_DRAIN;
            p->count->terminations += kind == ACTION_TERMINATE;
        }
    }
}

static void run_pass(struct playing *p, struct cloud *cloud, bool apply, struct pass *pass)
{
    const struct pass_options options = {
        .cloud = cloud,
        .definitions = p->c->definitions,
        .definition_count = p->c->spec.cluster_count,
        .apply = apply,
        .deadline_ms = cloud_now_ms(cloud) + CASE_DEADLINE_MS,
        .apply_margin_ms = CASE_DEADLINE_MS / 10,
    };
    pass_run(&options, pass);
    p->count->passes++;
}

/* Someone runs the program a second time, on another machine, while a pass is under way. */
static void other_pass(void *context)
{
    struct playing *p = context;
    const struct sim_cloud_options options = {.world = stage_world(p->stage)};
    struct cloud *cloud = cloud_sim_new(&options);
    struct pass pass;
    run_pass(p, cloud, true, &pass);
    check_pass(p, &pass);
    pass_release(&pass);
    cloud_free(cloud);
}

/* A cluster whose calls nothing has touched must not show anything of the others' trouble. */
static void check_isolation(struct playing *p, const struct pass *pass,
                            const struct stage_report *report)
{
    bool shared = active_of(p, DISTURB_CLOCK) != NULL || active_of(p, DISTURB_SILENCE) != NULL ||
                  active_of(p, DISTURB_OTHER_PASS) != NULL || active_of(p, DISTURB_ORDER) != NULL;
    for (size_t i = 0; i < pass->cluster_count && !shared; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        if (report->was_hit[i] || mishaps_touch(p->c, p->options->active, p->pass, i))
            continue;
        if (pass_cluster_failed(cluster))
            finding_set(p->finding, p->pass, "'%.*s' failed, though nothing of it was disturbed",
                        STR_ARG(cluster->definition->cluster));
    }
}

/* With its group at the max, a service may need all of the quiet time for what has piled up. */
static bool is_behind(struct playing *p)
{
    for (size_t i = 0; i < p->c->spec.cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &p->c->spec.clusters[i];
        for (size_t j = 0; j < cluster->service_count; j++) {
            struct sim_service_state state;
            sim_service_look(stage_world(p->stage), i, j, &state);
            if (cluster->services[j].workload.kind == SIM_QUEUE && state.load_per_second <= 0 &&
                state.backlog > 0 && state.running > 0)
                return true;
        }
    }
    return false;
}

static void play_pass(struct playing *p)
{
    struct sim_world *world = stage_world(p->stage);
    struct pass pass;
    bool apply = active_of(p, DISTURB_DRY_RUN) == NULL;
    struct cloud *cloud = stage_begin(
        p->stage, p->pass, p->c->spec.start_ms + (int64_t)(p->pass + 1) * CASE_INTERVAL_MS);
    mishaps_happen(p->c, p->options->active, p->pass, world);
    int64_t deadline_ms = cloud_now_ms(cloud) + CASE_DEADLINE_MS;
    run_pass(p, cloud, apply, &pass);
    if (cloud_now_ms(cloud) > deadline_ms)
        finding_set(p->finding, p->pass, "the pass ends after its deadline");
    struct stage_report report = stage_end(p->stage);
    if (!report.was_killed) {
        tell(p, &pass);
        check_pass(p, &pass);
        check_isolation(p, &pass, &report);
        if (!apply && report.acts > 0)
            finding_set(p->finding, p->pass, "a dry run acts on the account");
        if (p->pass == CASE_PASSES - 2 * CASE_REST_PASSES)
            p->is_behind = is_behind(p);
        if (p->pass >= CASE_PASSES - CASE_REST_PASSES && p->c->can_rest && !p->is_behind)
            rules_check_rest(p->c, &pass, p->pass, p->finding);
    }
    rules_check_world(p->c, world, p->pass, p->finding);
    pass_release(&pass);
}

/* Nothing that still runs is ever terminated: looked at in the account itself. */
static void before_act(void *context, const struct act *act)
{
    struct playing *p = context;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct sim_tasks tasks = {0};
    if (act->action->kind != ACTION_TERMINATE ||
        !sim_tasks_read(stage_world(p->stage), act->region, act->cluster, act->action->instance_arn,
                        &arena, &tasks))
        return;
    for (size_t i = 0; i < tasks.count; i++) {
        if (tasks.items[i].status != SIM_TASK_STOPPED)
            finding_set(p->finding, p->pass, "%.*s is terminated with a task of '%.*s' on it",
                        STR_ARG(act->action->instance_id), STR_ARG(tasks.items[i].service));
    }
}

void play(const struct sim_case *c, const struct play_options *options, struct play_count *count,
          struct finding *finding)
{
    struct playing p = {.c = c, .options = options, .count = count, .finding = finding};
    const struct stage_options stage = {.c = c,
                                        .active = options->active,
                                        .before_act = before_act,
                                        .other_pass = other_pass,
                                        .context = &p};
    p.stage = stage_open(&stage);
    for (p.pass = 0; p.pass < CASE_PASSES && !finding->failed; p.pass++)
        play_pass(&p);
    count->rests += c->can_rest && !p.is_behind;
    stage_close(p.stage);
}
