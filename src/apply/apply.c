/* Invariants: actions stand in the order of their kinds; a stage is a run of one kind, and only
 * actions of the current stage are on their way; every action ends exactly once (action_end). */
#include "apply/apply.h"

#include "apply/recheck.h"

#include <stdlib.h>

#include "base/banned.h"

struct applying {
    struct apply_options options;
    size_t stage_begin;
    size_t stage_end;
    size_t outstanding; /* actions of the stage that have not ended */
};

/* One action on its way: its second reading, then the act. */
struct mission {
    struct applying *applying;
    size_t index;
    size_t reads_left;
    struct query group;
    struct query instance;
    struct query tasks;
    struct query instances;
    struct act act;
};

static void action_begin(struct applying *applying, size_t index);

static const struct action *action_at(const struct applying *applying, size_t index)
{
    return &applying->options.plan->actions.items[index];
}

static struct outcome *outcome_at(const struct applying *applying, size_t index)
{
    return &applying->options.outcomes[index];
}

/* Begins the next stage, or ends it all. */
static void stage_next(struct applying *applying)
{
    size_t count = applying->options.plan->actions.count;
    while (applying->stage_end < count) {
        size_t begin = applying->stage_end;
        size_t end = begin;
        while (end < count && action_at(applying, end)->kind == action_at(applying, begin)->kind)
            end++;
        applying->stage_begin = begin;
        applying->stage_end = end;
        applying->outstanding = end - begin;
        applying->outstanding++; /* this loop's own: the stage cannot end beneath it */
        for (size_t i = begin; i < end; i++) {
            int on = action_at(applying, i)->depends_on;
            if (on < (int)begin)
                action_begin(applying, i);
        }
        if (--applying->outstanding > 0)
            return;
    }
    applying->options.done(applying->options.context);
}

static void action_end(struct applying *applying, size_t index, enum outcome_status status,
                       struct str reason)
{
    struct outcome *outcome = outcome_at(applying, index);
    outcome->status = status;
    outcome->reason = reason;
    for (size_t i = index + 1; i < applying->stage_end; i++) {
        if (action_at(applying, i)->depends_on == (int)index)
            action_begin(applying, i);
    }
    if (--applying->outstanding == 0)
        stage_next(applying);
}

/* Is it too late, or unwanted, to begin anything? Ends the action then. */
static bool is_over(struct applying *applying, size_t index)
{
    const struct apply_options *options = &applying->options;
    if (options->stop != NULL && options->stop(options->context)) {
        action_end(applying, index, OUTCOME_NOT_APPLIED, STR("the program was asked to stop"));
        return true;
    }
    if (cloud_now_ms(options->cloud) >= options->latest_ms) {
        action_end(applying, index, OUTCOME_NOT_APPLIED, STR("the pass's deadline came first"));
        return true;
    }
    return false;
}

static void act_done(struct act *act)
{
    struct mission *mission = act->context;
    struct outcome *outcome = outcome_at(mission->applying, mission->index);
    action_end(mission->applying, mission->index, outcome->status, outcome->reason);
}

static void act_begin(struct mission *mission)
{
    const struct apply_options *options = &mission->applying->options;
    const struct action *action = action_at(mission->applying, mission->index);
    bool is_service = action->kind == ACTION_SERVICE_IN || action->kind == ACTION_SERVICE_OUT;
    const struct text *name = is_service ? &options->definition->services[action->service].name
                                         : &options->definition->group;
    mission->act = (struct act){
        .arena = options->arena,
        .region = options->region,
        .cluster = options->definition->cluster,
        .group = options->definition->group.value,
        .service = is_service ? name->value : STR_NONE,
        .texts = name,
        .text_count = 1,
        .action = action,
        .outcome = outcome_at(mission->applying, mission->index),
        .done = act_done,
        .context = mission,
    };
    cloud_act(options->cloud, &mission->act);
}

/* A second reading that failed: the action is not done, and the pass says so. */
static bool reading_failed(struct mission *mission, const struct query *query)
{
    if (fact_is_present(query->fact))
        return false;
    struct applying *applying = mission->applying;
    struct str reason = arena_printf(
        applying->options.arena, "not done: %.*s when read again: %.*s",
        STR_ARG(str_from(fact_status_name(query->fact.status))), STR_ARG(query->fact.reason));
    outcome_at(applying, mission->index)->err = query->err;
    action_end(applying, mission->index,
               query->fact.status == FACT_MISSING ? OUTCOME_DROPPED : OUTCOME_FAILED, reason);
    return true;
}

static void terminate_read(struct mission *mission)
{
    struct applying *applying = mission->applying;
    if (reading_failed(mission, &mission->group) || reading_failed(mission, &mission->instance) ||
        reading_failed(mission, &mission->tasks))
        return;
    struct fresh_instance fresh = {
        .group = &mission->group.group,
        .instance = &mission->instance.instance,
        .tasks = mission->tasks.tasks,
    };
    struct str reason = STR_NONE;
    if (!recheck_terminate(action_at(applying, mission->index), &fresh, applying->options.arena,
                           &reason))
        action_end(applying, mission->index, OUTCOME_DROPPED, reason);
    else if (!is_over(applying, mission->index))
        act_begin(mission);
}

static void drain_read(struct mission *mission)
{
    struct applying *applying = mission->applying;
    const struct apply_options *options = &applying->options;
    if (reading_failed(mission, &mission->group) || reading_failed(mission, &mission->instances))
        return;
    struct snapshot fresh = *options->snapshot;
    fresh.group = mission->group.group;
    fresh.group.fact = mission->group.fact;
    fresh.instances = mission->instances.instances;
    fresh.instances.fact = mission->instances.fact;
    struct str reason = STR_NONE;
    if (!options->confirm(options->context, action_at(applying, mission->index), &fresh,
                          options->arena, &reason))
        action_end(applying, mission->index, OUTCOME_DROPPED, reason);
    else if (!is_over(applying, mission->index))
        act_begin(mission);
}

static void reading_done(struct query *query)
{
    struct mission *mission = query->context;
    if (--mission->reads_left > 0)
        return;
    if (action_at(mission->applying, mission->index)->kind == ACTION_DRAIN)
        drain_read(mission);
    else
        terminate_read(mission);
}

static void reading_send(struct mission *mission, struct query *query, enum query_kind kind,
                         struct str name)
{
    const struct apply_options *options = &mission->applying->options;
    *query = (struct query){
        .kind = kind,
        .arena = options->arena,
        .region = options->region,
        .cluster = options->definition->cluster,
        .name = name,
        .texts = &options->definition->group,
        .text_count = 1,
        .done = reading_done,
        .context = mission,
    };
    mission->reads_left++;
    cloud_ask(options->cloud, query);
}

static void action_begin(struct applying *applying, size_t index)
{
    const struct apply_options *options = &applying->options;
    const struct action *action = action_at(applying, index);
    if (action->depends_on != ACTION_INDEPENDENT) {
        size_t on = (size_t)action->depends_on;
        if (outcome_at(applying, on)->status != OUTCOME_APPLIED) {
            const struct action *first = action_at(applying, on);
            action_end(applying, index, OUTCOME_SKIPPED,
                       arena_printf(options->arena, "it depends on '%s %.*s', which was %s",
                                    action_kind_name(first->kind), STR_ARG(first->subject),
                                    outcome_status_name(outcome_at(applying, on)->status)));
            return;
        }
    }
    if (is_over(applying, index))
        return;
    struct mission *mission = ARENA_NEW(options->arena, struct mission);
    mission->applying = applying;
    mission->index = index;
    struct str group = options->definition->group.value;
    if (action->kind == ACTION_TERMINATE) {
        reading_send(mission, &mission->group, QUERY_GROUP, group);
        reading_send(mission, &mission->instance, QUERY_INSTANCE, action->instance_arn);
        reading_send(mission, &mission->tasks, QUERY_INSTANCE_TASKS, action->instance_arn);
    } else if (action->kind == ACTION_DRAIN) {
        reading_send(mission, &mission->group, QUERY_GROUP, group);
        reading_send(mission, &mission->instances, QUERY_INSTANCES, STR_NONE);
    } else {
        act_begin(mission);
    }
}

void apply_start(const struct apply_options *options)
{
    struct applying *applying = ARENA_NEW(options->arena, struct applying);
    applying->options = *options;
    for (size_t i = 0; i < options->plan->actions.count; i++)
        options->outcomes[i] = (struct outcome){.status = OUTCOME_PENDING};
    stage_next(applying);
}
