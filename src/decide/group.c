#include "decide/group.h"

#include "decide/number.h"
#include "decide/scale_in.h"
#include "decide/scale_out.h"
#include "decide/words.h"

#include "base/banned.h"

/* What is passed around while the group's part of a plan is written. */
struct writing {
    struct outlook *o;
    struct plan *plan;
    struct arena *arena;
    int bounds; /* index of the action that sets the bounds, or ACTION_INDEPENDENT */
};

static void conclude(struct writing *w, enum group_topic topic, enum verdict verdict,
                     struct str reason)
{
    struct group_decision *decision = VEC_ADD(w->arena, &w->plan->group_decisions);
    *decision = (struct group_decision){.topic = topic, .verdict = verdict, .reason = reason};
}

static struct action *act(struct writing *w, enum action_kind kind, struct str reason)
{
    struct action *action = VEC_ADD(w->arena, &w->plan->actions);
    *action = (struct action){.kind = kind,
                              .depends_on = ACTION_INDEPENDENT,
                              .subject = w->o->definition->group.shown,
                              .reason = reason};
    return action;
}

/* Would AWS refuse that desired capacity if the bounds stayed as they are? */
static int dependence(const struct writing *w, int64_t desired)
{
    const struct group_facts *group = &w->o->snapshot.group;
    return desired < group->min || desired > group->max ? w->bounds : ACTION_INDEPENDENT;
}

static void leave_group(struct writing *w)
{
    struct outlook *o = w->o;
    struct str name = words_clip(w->arena, o->definition->group.shown);
    const struct snapshot *s = &o->snapshot;
    if (o->standing == STANDING_DISABLED) {
        conclude(w, GROUP_READ, VERDICT_LEFT_ALONE, o->left_alone);
    } else if (o->standing == STANDING_UNKNOWN) {
        w->plan->has_failures = true;
        conclude(w, GROUP_READ, VERDICT_HELD,
                 arena_printf(w->arena, "group '%.*s' %s: %.*s", STR_ARG(name),
                              s->group.fact.status == FACT_MISSING ? "is not there"
                                                                   : "could not be read",
                              STR_ARG(words_fact(w->arena, s->group.fact))));
    } else if (o->standing == STANDING_MANAGED) {
        conclude(w, GROUP_READ, VERDICT_LEFT_ALONE,
                 arena_printf(w->arena,
                              "capacity provider '%.*s' has managed scaling switched on: ECS sizes "
                              "group '%.*s', here only services are scaled",
                              STR_ARG(words_clip(w->arena, o->provider_name)), STR_ARG(name)));
    } else {
        struct fact fact = o->provider != NULL ? o->provider->fact : (struct fact){0};
        w->plan->has_failures = true;
        conclude(w, GROUP_READ, VERDICT_HELD,
                 arena_printf(w->arena,
                              "whether capacity provider '%.*s' sizes group '%.*s' (managed "
                              "scaling) could not be read: %.*s",
                              STR_ARG(words_clip(w->arena, o->provider_name)), STR_ARG(name),
                              STR_ARG(words_fact(w->arena, fact))));
    }
}

static struct str bounds_reason(struct writing *w)
{
    const struct definition *definition = w->o->definition;
    const struct group_facts *group = &w->o->snapshot.group;
    const struct limits *wanted = &w->o->wanted;
    struct str desired = STR_NONE;
    if (wanted->desired != group->desired)
        desired = arena_printf(w->arena, "; with them desired goes from %lld to %lld",
                               (long long)group->desired, (long long)wanted->desired);
    bool given = definition->has_min || definition->has_max;
    return arena_printf(w->arena, "%s min %lld and max %lld, the group has %lld and %lld%.*s",
                        given ? "the definition wants" : "the group's own bounds are",
                        (long long)wanted->min, (long long)wanted->max, (long long)group->min,
                        (long long)group->max, STR_ARG(desired));
}

/* Without knowing the instances it is not known either whether ECS sizes the group: then desired
 * must not move. */
static void decide_bounds(struct writing *w)
{
    struct outlook *o = w->o;
    const struct group_facts *group = &o->snapshot.group;
    if (!o->has_bounds_change) {
        const struct definition *definition = o->definition;
        bool given = definition->has_min || definition->has_max;
        conclude(w, GROUP_BOUNDS, VERDICT_STAY,
                 arena_printf(w->arena, "min %lld and max %lld are %s", (long long)group->min,
                              (long long)group->max,
                              given ? "as the definition has them"
                                    : "the group's own: the definition gives none"));
        return;
    }
    struct str reason = bounds_reason(w);
    bool moves = o->wanted.desired != group->desired;
    if (moves && !fact_is_present(o->snapshot.instances.fact)) {
        w->plan->has_failures = true;
        conclude(w, GROUP_BOUNDS, VERDICT_HELD,
                 arena_printf(w->arena, "%.*s: held, since the container instances are not known",
                              STR_ARG(reason)));
        return;
    }
    w->bounds = (int)w->plan->actions.count;
    struct action *action = act(w, ACTION_GROUP_BOUNDS, reason);
    action->from = group->desired;
    action->to = o->wanted.desired;
    action->from_min = group->min;
    action->to_min = o->wanted.min;
    action->from_max = group->max;
    action->to_max = o->wanted.max;
    w->plan->group_target = o->wanted.desired;
    conclude(w, GROUP_BOUNDS, VERDICT_CHANGE, reason);
}

static void terminate(struct writing *w, const struct termination *t, int after)
{
    struct str id = t->instance->facts->ec2_id;
    struct str what =
        t->decrement
            ? arena_printf(w->arena, "desired goes from %lld to %lld", (long long)t->from,
                           (long long)t->to)
            : arena_printf(w->arena,
                           "desired stays at %lld, which is the min, and the group replaces it",
                           (long long)t->to);
    struct str reason =
        arena_printf(w->arena, "%.*s is drained (no task runs or starts on it): %.*s", STR_ARG(id),
                     STR_ARG(what));
    struct action *action = act(w, ACTION_TERMINATE, reason);
    action->subject = id;
    action->instance_id = id;
    action->instance_arn = t->instance->facts->arn;
    action->decrement = t->decrement;
    action->from = t->from;
    action->to = t->to;
    action->depends_on = after != ACTION_INDEPENDENT ? after : dependence(w, t->to);
    conclude(w, GROUP_DRAINED, VERDICT_CHANGE, reason);
}

/* Capacity is set as an absolute number that counts on every termination before it having lowered
 * desired by one. Were two of them not to happen and the capacity set all the same, the group would
 * shrink by itself, whatever runs on it. So then each waits for the one before. */
static bool must_follow_one_another(const struct writing *w)
{
    size_t decrements = 0;
    for (size_t i = 0; i < w->o->terminations.count; i++)
        decrements += w->o->terminations.items[i].decrement ? 1 : 0;
    return decrements >= 2 && scale_out_wanted(w->o) && w->o->desired < w->o->wanted.max;
}

/* Gives the termination that setting the capacity has to wait for. */
static int terminate_drained(struct writing *w)
{
    bool chained = must_follow_one_another(w);
    int after = ACTION_INDEPENDENT;
    if (chained)
        after = dependence(w, w->o->desired) != ACTION_INDEPENDENT ||
                        dependence(w, w->o->desired + 1) != ACTION_INDEPENDENT
                    ? w->bounds
                    : ACTION_INDEPENDENT;
    for (size_t i = 0; i < w->o->terminations.count; i++) {
        const struct termination *termination = &w->o->terminations.items[i];
        bool in_chain = chained && termination->decrement;
        terminate(w, termination, in_chain ? after : ACTION_INDEPENDENT);
        if (in_chain)
            after = (int)w->plan->actions.count - 1;
    }
    return chained ? after : ACTION_INDEPENDENT;
}

/* What is draining and stays, each in a sentence; and how many there are that are not ours. */
static void report_draining(struct writing *w)
{
    int64_t foreign = 0;
    for (size_t i = 0; i < w->o->fleet.count; i++) {
        const struct fleet_instance *instance = &w->o->fleet.items[i];
        const struct instance_facts *facts = instance->facts;
        if (facts->status != INSTANCE_DRAINING)
            continue;
        if (instance->membership == MEMBER_NOT)
            foreign++;
        if (instance->membership == MEMBER_NOT || instance->membership == MEMBER_LEAVING)
            continue;
        const char *kept = outlook_keeps_drained(instance);
        if (facts->running != 0 || facts->pending != 0)
            conclude(w, GROUP_DRAINED, VERDICT_SETTLING,
                     arena_printf(w->arena, "%.*s is draining: %.*s on it and %lld starting",
                                  STR_ARG(facts->ec2_id),
                                  STR_ARG(words_count(w->arena, facts->running, "task")),
                                  (long long)facts->pending));
        else if (kept != NULL)
            conclude(w, GROUP_DRAINED, VERDICT_LEFT_ALONE,
                     arena_printf(w->arena, "%.*s is drained, but %s: not terminated",
                                  STR_ARG(facts->ec2_id), kept));
    }
    if (foreign > 0)
        conclude(w, GROUP_DRAINED, VERDICT_LEFT_ALONE,
                 arena_printf(w->arena, "%.*s of other groups: never touched",
                              STR_ARG(words_count(w->arena, foreign, "draining instance"))));
}

/* True if it scales out. */
static bool decide_scale_out(struct writing *w, int after)
{
    struct outlook *o = w->o;
    enum verdict verdict = VERDICT_STAY;
    struct str reason = scale_out_reason(o, &verdict);
    if (verdict == VERDICT_HELD)
        w->plan->has_failures = true;
    if (verdict == VERDICT_CHANGE) {
        struct action *action = act(w, ACTION_GROUP_CAPACITY, reason);
        action->from = o->desired;
        action->to = o->desired + 1;
        action->depends_on = after != ACTION_INDEPENDENT ? after : dependence(w, action->to);
        w->plan->group_target = action->to;
    }
    conclude(w, GROUP_SCALE_OUT, verdict, reason);
    return verdict == VERDICT_CHANGE;
}

static void drain(struct writing *w, const struct attempt *attempt, struct str reason)
{
    const struct outlook *o = w->o;
    const struct instance_facts *facts = attempt->candidate->facts;
    struct action *action = act(w, ACTION_DRAIN, reason);
    action->subject = facts->ec2_id;
    action->instance_id = facts->ec2_id;
    action->instance_arn = facts->arn;
    action->depends_on = dependence(w, number_sub(number_sub(o->desired, o->draining), 1));
}

static void decide_scale_in(struct writing *w)
{
    enum verdict verdict = VERDICT_STAY;
    struct str reason = scale_in_obstacle_words(w->o, &verdict);
    if (reason.len == 0) {
        struct attempt attempts[ATTEMPTS_MAX];
        size_t count = scale_in_try(w->o, attempts);
        reason = scale_in_attempts_words(w->o, attempts, count);
        if (count > 0 && attempt_passes(&attempts[count - 1])) {
            verdict = VERDICT_CHANGE;
            drain(w, &attempts[count - 1], reason);
        } else if (attempts_lack_daemons(w->o, attempts, count)) {
            w->plan->has_failures = true;
        }
    }
    conclude(w, GROUP_SCALE_IN, verdict, reason);
}

static void decide_instances(struct writing *w)
{
    int after = terminate_drained(w);
    report_draining(w);
    w->plan->group_target = w->o->desired;
    bool grows = decide_scale_out(w, after);
    if (grows)
        conclude(w, GROUP_SCALE_IN, VERDICT_STAY, STR("the group is scaled out in this pass"));
    else
        decide_scale_in(w);
}

void group_decide(struct outlook *outlook, struct plan *plan)
{
    struct outlook *o = outlook;
    if (o->standing == STANDING_NONE)
        return;
    struct writing w = {.o = o, .plan = plan, .arena = o->arena, .bounds = ACTION_INDEPENDENT};
    const struct group_facts *group = &o->snapshot.group;
    plan->group = o->definition->group.shown;
    plan->group_known = fact_is_present(group->fact);
    if (plan->group_known) {
        plan->group_min = group->min;
        plan->group_max = group->max;
        plan->group_desired = plan->group_target = group->desired;
    }
    if (o->standing < STANDING_OFF) {
        leave_group(&w);
        return;
    }
    if (o->standing == STANDING_OFF)
        conclude(&w, GROUP_READ, VERDICT_LEFT_ALONE, o->left_alone);
    if (o->standing == STANDING_INSTANCES_UNKNOWN) {
        plan->has_failures = true;
        conclude(&w, GROUP_READ, VERDICT_HELD,
                 arena_printf(w.arena,
                              "the container instances %s: %.*s; none is added, drained or "
                              "terminated",
                              words_status(o->snapshot.instances.fact),
                              STR_ARG(words_fact(w.arena, o->snapshot.instances.fact))));
    }
    decide_bounds(&w);
    if (o->standing == STANDING_OURS)
        decide_instances(&w);
}
