#include "rules.h"

#include "room.h"

#include "base/limits.h"
#include "decide/decide.h"
#include "record/record.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void finding_set(struct finding *finding, int pass, const char *format, ...)
{
    if (finding->failed)
        return;
    finding->failed = true;
    finding->pass = pass;
    va_list args;
    va_start(args, format);
    vsnprintf(finding->message, sizeof(finding->message), format, args);
    va_end(args);
}

/* What is passed around while one plan is looked at. */
struct looking {
    const struct definition *definition;
    const struct snapshot *snapshot;
    const struct plan *plan;
    int pass;
    struct finding *finding;
};

#define FAIL(l, ...) finding_set((l)->finding, (l)->pass, __VA_ARGS__)

static double number_of(struct value value)
{
    if (value.kind == VALUE_INT)
        return (double)value.integer;
    if (value.kind == VALUE_BOOL)
        return value.boolean ? 1 : 0;
    return value.real;
}

static bool group_is_off(const struct looking *l)
{
    const struct group_facts *group = &l->snapshot->group;
    int64_t max = l->definition->has_max ? l->definition->max : group->max;
    return l->definition->has_group && (l->definition->has_max || fact_is_present(group->fact)) &&
           max <= 0;
}

enum expected { EXPECT_UNTOUCHED, EXPECT_HELD, EXPECT_TARGET };

/* docs/scaling.md, "Services", for events that are one metric each. */
static enum expected expect_service(const struct looking *l, size_t index, int64_t *target)
{
    const struct service_definition *d = &l->definition->services[index];
    const struct service_facts *s = &l->snapshot->services[index];
    *target = s->desired;
    if (!d->enabled || group_is_off(l))
        return EXPECT_UNTOUCHED;
    if (!fact_is_present(s->fact))
        return EXPECT_HELD;
    if (!str_eq(s->status, STR("ACTIVE")) || s->strategy == SCHEDULING_DAEMON)
        return EXPECT_UNTOUCHED;
    if (s->desired < d->min || s->desired > d->max) {
        *target = s->desired < d->min ? d->min : d->max;
        return EXPECT_TARGET;
    }
    for (size_t i = 0; i < d->event_count; i++) {
        const struct event_definition *event = &d->events[i];
        const struct metric_facts *metric = &s->metrics[0];
        if (!fact_is_present(metric->fact) || metric->value.kind == VALUE_NONE)
            return EXPECT_HELD;
        double value = number_of(metric->value);
        if ((event->has_min && value < event->min) || (event->has_max && value > event->max))
            continue;
        int64_t to = s->desired + event->action;
        to = to < d->min ? d->min : to > d->max ? d->max : to;
        if (to == s->desired)
            continue;
        bool waits = to > s->desired ? s->running < s->desired : s->running > s->desired;
        if (waits)
            return EXPECT_UNTOUCHED;
        if (to < s->desired && l->definition->has_group &&
            !fact_is_present(l->snapshot->group.fact))
            return EXPECT_HELD; /* it might be switched off */
        *target = to;
        return EXPECT_TARGET;
    }
    return EXPECT_UNTOUCHED;
}

static void check_service(const struct looking *l, size_t index)
{
    const struct service_decision *decision = &l->plan->services[index];
    const struct service_facts *facts = &l->snapshot->services[index];
    int64_t target = 0;
    enum expected expected = expect_service(l, index, &target);
    if (decision->reason.len == 0)
        FAIL(l, "service '%.*s': a decision without a reason", STR_ARG(decision->name));
    if (expected == EXPECT_HELD && decision->verdict != VERDICT_HELD)
        FAIL(l, "service '%.*s' should be held, is: %s", STR_ARG(decision->name),
             verdict_name(decision->verdict));
    const struct action *action = NULL;
    for (size_t i = 0; i < l->plan->actions.count; i++) {
        const struct action *one = &l->plan->actions.items[i];
        bool is_service = one->kind == ACTION_SERVICE_IN || one->kind == ACTION_SERVICE_OUT;
        if (!is_service || one->service != index)
            continue;
        if (action != NULL)
            FAIL(l, "service '%.*s' is changed twice in one plan", STR_ARG(decision->name));
        action = one;
    }
    if (action == NULL && target != facts->desired)
        FAIL(l, "service '%.*s' should go from %lld to %lld and stays: %.*s",
             STR_ARG(decision->name), (long long)facts->desired, (long long)target,
             STR_ARG(decision->reason));
    if (action == NULL)
        return;
    if (action->from != facts->desired || action->to != target)
        FAIL(l, "service '%.*s' goes from %lld to %lld, should from %lld to %lld: %.*s",
             STR_ARG(decision->name), (long long)action->from, (long long)action->to,
             (long long)facts->desired, (long long)target, STR_ARG(action->reason));
    if ((action->to > action->from) != (action->kind == ACTION_SERVICE_OUT))
        FAIL(l, "service '%.*s': the action's kind is the wrong one", STR_ARG(decision->name));
}

static const struct group_instance *member_of(const struct looking *l, struct str id)
{
    for (size_t i = 0; i < l->snapshot->group.instance_count; i++) {
        if (str_eq(l->snapshot->group.instances[i].id, id))
            return &l->snapshot->group.instances[i];
    }
    return NULL;
}

static bool is_leaving(const struct group_instance *member)
{
    return str_starts(member->lifecycle_state, STR("Terminat")) ||
           str_starts(member->lifecycle_state, STR("Detach"));
}

static const struct instance_facts *instance_of(const struct looking *l, struct str arn)
{
    for (size_t i = 0; i < l->snapshot->instances.count; i++) {
        if (str_eq(l->snapshot->instances.items[i].arn, arn))
            return &l->snapshot->instances.items[i];
    }
    return NULL;
}

/* Members that are DRAINING and not on their way out yet. */
static int64_t draining_members(const struct looking *l)
{
    int64_t count = 0;
    for (size_t i = 0; i < l->snapshot->instances.count; i++) {
        const struct instance_facts *instance = &l->snapshot->instances.items[i];
        const struct group_instance *member = member_of(l, instance->ec2_id);
        count += instance->status == INSTANCE_DRAINING && member != NULL && !is_leaving(member);
    }
    return count;
}

/* An instance that is to go: one of ours, seen, not protected. */
static void check_leaver(const struct looking *l, const struct action *action)
{
    const struct group_instance *member = member_of(l, action->instance_id);
    const struct instance_facts *instance = instance_of(l, action->instance_arn);
    const char *verb = action_kind_name(action->kind);
    if (member == NULL || instance == NULL || !str_eq(instance->ec2_id, action->instance_id))
        FAIL(l, "%s %.*s: not an instance of the group", verb, STR_ARG(action->instance_id));
    else if (is_leaving(member))
        FAIL(l, "%s %.*s: it is leaving already", verb, STR_ARG(action->instance_id));
    else if (member->is_protected)
        FAIL(l, "%s %.*s: it is protected from scale-in", verb, STR_ARG(action->instance_id));
    else if (action->kind == ACTION_TERMINATE &&
             (instance->status != INSTANCE_DRAINING || instance->running + instance->pending > 0))
        FAIL(l, "terminate %.*s: %lld tasks on it, %s", STR_ARG(action->instance_id),
             (long long)(instance->running + instance->pending),
             instance_status_name(instance->status));
    else if (action->kind == ACTION_DRAIN && instance->status != INSTANCE_ACTIVE)
        FAIL(l, "drain %.*s: it is %s", STR_ARG(action->instance_id),
             instance_status_name(instance->status));
}

struct wanted {
    int64_t min;
    int64_t max;
    int64_t desired;
    int64_t terminated; /* by the plan's actions so far; desired: likewise */
};

static struct wanted wanted_of(const struct looking *l)
{
    const struct group_facts *group = &l->snapshot->group;
    struct wanted wanted = {l->definition->has_min ? l->definition->min : group->min,
                            l->definition->has_max ? l->definition->max : group->max,
                            group->desired, 0};
    if (wanted.min > wanted.max && (l->definition->has_max || group->max == 0))
        wanted.min = wanted.max;
    else if (wanted.min > wanted.max)
        wanted.max = wanted.min;
    wanted.desired = wanted.desired < wanted.min ? wanted.min : wanted.desired;
    wanted.desired = wanted.desired > wanted.max ? wanted.max : wanted.desired;
    return wanted;
}

/* Nothing is scaled in while anything is not known. */
static void check_drain_facts(const struct looking *l)
{
    const struct snapshot *s = l->snapshot;
    if (!fact_is_present(s->group.fact) || !fact_is_present(s->instances.fact))
        FAIL(l, "drains an instance while group or instances are not known");
    for (size_t i = 0; i < s->service_count; i++) {
        int64_t target = 0;
        if (expect_service(l, i, &target) == EXPECT_HELD)
            FAIL(l, "drains an instance while service '%.*s' is held",
                 STR_ARG(l->plan->services[i].name));
    }
}

static void check_group_action(const struct looking *l, const struct action *action,
                               struct wanted *wanted)
{
    switch (action->kind) {
    case ACTION_GROUP_BOUNDS:
        if (action->to_min != wanted->min || action->to_max != wanted->max)
            FAIL(l, "bounds become %lld and %lld, should %lld and %lld", (long long)action->to_min,
                 (long long)action->to_max, (long long)wanted->min, (long long)wanted->max);
        if (action->to != wanted->desired)
            FAIL(l, "with the bounds desired becomes %lld, should %lld", (long long)action->to,
                 (long long)wanted->desired);
        break;
    case ACTION_TERMINATE:
        check_leaver(l, action);
        wanted->terminated++;
        wanted->desired -= action->decrement ? 1 : 0;
        if (wanted->desired < wanted->min)
            FAIL(l, "terminating takes desired to %lld, below min %lld", (long long)wanted->desired,
                 (long long)wanted->min);
        break;
    case ACTION_DRAIN:
        check_leaver(l, action);
        check_drain_facts(l);
        if (wanted->desired - (draining_members(l) - wanted->terminated) - 1 < wanted->min)
            FAIL(l, "draining leaves fewer than min %lld: desired %lld, %lld draining already",
                 (long long)wanted->min, (long long)wanted->desired,
                 (long long)(draining_members(l) - wanted->terminated));
        break;
    case ACTION_GROUP_CAPACITY:
        if (action->to != wanted->desired + 1)
            FAIL(l, "desired goes to %lld from %lld: not by one", (long long)action->to,
                 (long long)wanted->desired);
        wanted->desired = action->to;
        if (action->to > wanted->max || action->to < wanted->min)
            FAIL(l, "desired becomes %lld, outside %lld to %lld", (long long)action->to,
                 (long long)wanted->min, (long long)wanted->max);
        break;
    default:
        break;
    }
}

/* One instance more exactly when something has no room that one could give; none fewer then. */
static void check_room(const struct looking *l, struct wanted wanted, const size_t *counts)
{
    bool grows = counts[ACTION_GROUP_CAPACITY] > 0;
    int64_t desired = wanted.desired - (grows ? 1 : 0);
    if (group_is_off(l))
        return;
    enum room room = room_expect(l->definition, l->snapshot, l->plan, desired, wanted.terminated);
    if (room == ROOM_UNKNOWN)
        return;
    if (grows && room != ROOM_LACKS)
        FAIL(l, "one instance more, though there is room (or never will be)");
    if (!grows && room == ROOM_LACKS && desired < wanted.max)
        FAIL(l, "something has no room, and no instance is added");
    if (counts[ACTION_DRAIN] > 0 && room != ROOM_ENOUGH)
        FAIL(l, "drains an instance while something has no room");
}

static void check_group(const struct looking *l)
{
    size_t counts[ACTION_KIND_COUNT] = {0};
    struct wanted wanted = wanted_of(l);
    for (size_t i = 0; i < l->plan->actions.count; i++) {
        const struct action *action = &l->plan->actions.items[i];
        counts[action->kind]++;
        bool is_group = action->kind < ACTION_SERVICE_IN;
        if (action->reason.len == 0)
            FAIL(l, "an action without a reason: %s %.*s", action_kind_name(action->kind),
                 STR_ARG(action->subject));
        if (is_group && (!l->definition->has_group || !fact_is_present(l->snapshot->group.fact)))
            FAIL(l, "changes a group that is not known");
        if (i > 0 && action->kind < l->plan->actions.items[i - 1].kind)
            FAIL(l, "actions are not in the order of applying");
        if (action->depends_on >= (int)i)
            FAIL(l, "action %zu depends on a later one", i);
        if (is_group)
            check_group_action(l, action, &wanted);
    }
    for (size_t i = 0; i < l->plan->group_decisions.count; i++) {
        if (l->plan->group_decisions.items[i].reason.len == 0)
            FAIL(l, "a decision about the group without a reason");
    }
    if (counts[ACTION_DRAIN] + counts[ACTION_GROUP_CAPACITY] > 1)
        FAIL(l, "more than one instance in or out in one pass");
    check_room(l, wanted, counts);
    if (group_is_off(l) && l->plan->actions.count > counts[ACTION_GROUP_BOUNDS])
        FAIL(l, "max is 0, and something is scaled");
}

void rules_check_plan(const struct pass_cluster *cluster, int pass, struct finding *finding)
{
    const struct looking l = {cluster->definition, &cluster->snapshot, &cluster->plan, pass,
                              finding};
    if (!cluster->is_finished)
        FAIL(&l, "cluster '%.*s' did not come to its end", STR_ARG(cluster->definition->cluster));
    for (size_t i = 0; i < cluster->definition->service_count; i++)
        check_service(&l, i);
    check_group(&l);
}

void rules_check_outcomes(const struct pass_cluster *cluster, int pass, struct finding *finding)
{
    for (size_t i = 0; cluster->outcomes != NULL && i < cluster->plan.actions.count; i++) {
        const struct action *action = &cluster->plan.actions.items[i];
        const struct outcome *outcome = &cluster->outcomes[i];
        if (outcome->status == OUTCOME_PENDING)
            finding_set(finding, pass, "action %zu has no outcome", i);
        if (outcome->status != OUTCOME_APPLIED && outcome->reason.len == 0)
            finding_set(finding, pass, "action %zu was %s without a reason", i,
                        outcome_status_name(outcome->status));
        if (action->depends_on >= 0 && outcome->status == OUTCOME_APPLIED &&
            cluster->outcomes[action->depends_on].status != OUTCOME_APPLIED)
            finding_set(finding, pass, "action %zu was applied, what it depends on was not", i);
    }
}

static void plan_text(const struct definition *definition, const struct plan *plan, struct buf *out)
{
    struct json_writer w = JSON_WRITER(out, 0);
    plan_write(definition, plan, &w);
}

void rules_check_record(const struct pass *pass, size_t cluster, int number,
                        struct finding *finding)
{
    const struct pass_cluster *it = &pass->clusters[cluster];
    const struct record record = {.definition = it->definition,
                                  .snapshot = &it->snapshot,
                                  .plan = &it->plan,
                                  .outcomes = it->outcomes,
                                  .calls = &pass->log};
    struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    struct buf first CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    struct buf again CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct record_read read;
    record_write(&record, &line);
    if (record_parse(&arena, buf_str(&line), &read, &err) != E_OK) {
        finding_set(finding, number, "its record cannot be read: %s", err.message);
        return;
    }
    struct plan plan = {0};
    decide(read.definition, read.snapshot, &arena, &plan);
    plan_text(it->definition, &it->plan, &first);
    plan_text(read.definition, &plan, &again);
    if (!str_eq(buf_str(&first), buf_str(&again)))
        finding_set(finding, number, "decided again from its record, the plan is another one");
}

void rules_check_world(const struct sim_case *c, const struct sim_world *world, int pass,
                       struct finding *finding)
{
    for (size_t i = 0; i < c->spec.cluster_count; i++) {
        for (size_t j = 0; j < c->spec.clusters[i].group_count; j++) {
            struct sim_group_state state;
            sim_group_look(world, i, j, &state);
            if (state.desired < state.min || state.desired > state.max)
                finding_set(finding, pass, "group '%.*s': desired %lld outside %lld to %lld",
                            STR_ARG(c->spec.clusters[i].groups[j].name), (long long)state.desired,
                            (long long)state.min, (long long)state.max);
        }
    }
}

/* What keeps a task from being placed for good: the group is at its max, or none of its instances
 * is ever large enough. */
static bool may_stay_unplaced(const struct looking *l, const struct sim_case *c, size_t cluster,
                              size_t service)
{
    const struct sim_cluster_spec *spec = &c->spec.clusters[cluster];
    struct wanted wanted = wanted_of(l);
    for (size_t i = 0; i < spec->service_count; i++) {
        if (!str_eq(spec->services[i].name, l->snapshot->services[service].name))
            continue;
        struct resources type = c->spec.types[spec->groups[0].type].size;
        if (spec->services[i].task_size.cpu_units > type.cpu_units ||
            spec->services[i].task_size.mem_mib > type.mem_mib)
            return true;
    }
    return wanted.desired >= wanted.max || group_is_off(l);
}

static bool fits_elsewhere(const struct looking *l, const struct instance_facts *without)
{
    struct resources buffer = {l->definition->cpu_buffer, l->definition->mem_buffer_mib};
    if (buffer.cpu_units == 0 && buffer.mem_mib == 0)
        return true;
    for (size_t i = 0; i < l->snapshot->instances.count; i++) {
        const struct instance_facts *other = &l->snapshot->instances.items[i];
        if (other != without && other->status == INSTANCE_ACTIVE && other->agent_connected &&
            other->remaining.cpu_units >= buffer.cpu_units &&
            other->remaining.mem_mib >= buffer.mem_mib)
            return true;
    }
    return false;
}

static bool all_placed(const struct looking *l)
{
    for (size_t i = 0; i < l->snapshot->service_count; i++) {
        const struct service_facts *s = &l->snapshot->services[i];
        if (s->launch_type == LAUNCH_EC2 && s->running < s->desired)
            return false;
    }
    return true;
}

static bool any_held(const struct looking *l)
{
    for (size_t i = 0; i < l->plan->service_count; i++) {
        if (l->plan->services[i].verdict == VERDICT_HELD)
            return true;
    }
    return false;
}

/* A service that is held for good (no task, so no CPUUtilization) keeps the group as it is. */
static void check_instances_at_rest(const struct looking *l)
{
    struct wanted wanted = wanted_of(l);
    bool is_held = any_held(l);
    for (size_t i = 0; i < l->snapshot->instances.count; i++) {
        const struct instance_facts *instance = &l->snapshot->instances.items[i];
        const struct group_instance *member = member_of(l, instance->ec2_id);
        if (member == NULL || member->is_protected || is_leaving(member) ||
            instance->running + instance->pending > 0 || group_is_off(l))
            continue;
        if (instance->status == INSTANCE_DRAINING)
            FAIL(l, "%.*s is drained and still there", STR_ARG(instance->ec2_id));
        else if (!is_held && instance->status == INSTANCE_ACTIVE && instance->agent_connected &&
                 wanted.desired - draining_members(l) > wanted.min && all_placed(l) &&
                 fits_elsewhere(l, instance))
            FAIL(l, "%.*s is empty, not needed, and still there", STR_ARG(instance->ec2_id));
    }
}

void rules_check_rest(const struct sim_case *c, const struct pass *last, int pass,
                      struct finding *finding)
{
    for (size_t i = 0; i < last->cluster_count; i++) {
        const struct pass_cluster *cluster = &last->clusters[i];
        const struct looking l = {cluster->definition, &cluster->snapshot, &cluster->plan, pass,
                                  finding};
        if (cluster->plan.actions.count > 0)
            FAIL(&l, "'%.*s' does not come to rest: %s '%.*s': %.*s",
                 STR_ARG(cluster->definition->cluster),
                 action_kind_name(cluster->plan.actions.items[0].kind),
                 STR_ARG(cluster->plan.actions.items[0].subject),
                 STR_ARG(cluster->plan.actions.items[0].reason));
        for (size_t j = 0; j < cluster->snapshot.service_count; j++) {
            const struct service_facts *s = &cluster->snapshot.services[j];
            if (cluster->plan.services[j].verdict == VERDICT_LEFT_ALONE ||
                s->running == s->desired || may_stay_unplaced(&l, c, i, j))
                continue;
            FAIL(&l, "service '%.*s' wants %lld tasks, %lld run, and there would be room",
                 STR_ARG(s->name), (long long)s->desired, (long long)s->running);
        }
        check_instances_at_rest(&l);
    }
}
