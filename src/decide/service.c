#include "decide/service.h"

#include "decide/number.h"
#include "decide/words.h"
#include "expression/expression.h"

#include <math.h>

#include "base/banned.h"

/* What is passed around while one service is decided. */
struct deciding {
    const struct service_definition *definition;
    const struct service_facts *facts;
    const struct service_circumstances *circumstances;
    struct arena *arena;
    struct service_view *view;
    struct binding *bindings; /* of every expression: the metrics, then the given names */
    size_t binding_count;
};

static void settle(struct deciding *d, enum verdict verdict, int64_t target, struct str reason)
{
    d->view->decision.verdict = verdict;
    d->view->decision.target = target;
    d->view->decision.reason = reason;
}

/* Held for want of facts. */
static void hold(struct deciding *d, bool failed, struct str reason)
{
    d->view->lacks_facts = true;
    d->view->has_failures = d->view->has_failures || failed;
    settle(d, VERDICT_HELD, d->view->decision.desired, reason);
}

static struct str tasks(struct deciding *d, int64_t count)
{
    return words_count(d->arena, count, "task");
}

static bool decide_without_facts(struct deciding *d)
{
    struct arena *arena = d->arena;
    const struct service_facts *facts = d->facts;
    if (d->circumstances->left_alone.len > 0) {
        settle(d, VERDICT_LEFT_ALONE, d->view->decision.desired, d->circumstances->left_alone);
        return true;
    }
    bool present = facts != NULL && fact_is_present(facts->fact);
    if (!d->definition->enabled) {
        /* One that is not there at all wants no room; one that could not be read might. */
        struct fact fact = facts != NULL ? facts->fact : (struct fact){FACT_UNREAD, STR_NONE};
        d->view->lacks_facts = !present && fact.status != FACT_MISSING;
        d->view->has_failures = d->view->lacks_facts;
        settle(d, VERDICT_LEFT_ALONE, d->view->decision.desired,
               d->view->lacks_facts
                   ? arena_printf(arena,
                                  "switched off in the definition (enabled: false); how many tasks "
                                  "it has is not known: %.*s",
                                  STR_ARG(words_fact(arena, fact)))
                   : STR("switched off in the definition (enabled: false)"));
        return true;
    }
    if (present)
        return false;
    struct fact fact = facts != NULL ? facts->fact : (struct fact){FACT_UNREAD, STR_NONE};
    struct str shown = words_clip(arena, d->definition->name.shown);
    hold(d, true,
         arena_printf(arena, "service '%.*s' %s: %.*s", STR_ARG(shown),
                      fact.status == FACT_MISSING ? "is not there on ECS" : "could not be read",
                      STR_ARG(words_fact(arena, fact))));
    return true;
}

static bool decide_not_ours(struct deciding *d)
{
    const struct service_facts *facts = d->facts;
    if (!str_eq(facts->status, STR("ACTIVE"))) {
        settle(d, VERDICT_LEFT_ALONE, facts->desired,
               arena_printf(d->arena, "its status on ECS is %.*s, not ACTIVE",
                            STR_ARG(words_clip(d->arena, facts->status))));
        return true;
    }
    if (facts->strategy == SCHEDULING_DAEMON) {
        settle(d, VERDICT_LEFT_ALONE, facts->desired,
               STR("a DAEMON service: ECS runs one task of it on each instance"));
        return true;
    }
    return false;
}

/* A metric that could not be read is told by the exit status even where it decided nothing. */
static void note_failures(struct deciding *d)
{
    for (size_t i = 0; i < d->facts->metric_count; i++) {
        if (d->facts->metrics[i].fact.status == FACT_FAILED)
            d->view->has_failures = true;
    }
}

static bool decide_bounds(struct deciding *d)
{
    int64_t desired = d->facts->desired;
    int64_t min = d->definition->min;
    int64_t max = d->definition->max;
    if (desired >= min && desired <= max)
        return false;
    bool below = desired < min;
    int64_t bound = below ? min : max;
    settle(d, VERDICT_CHANGE, bound,
           arena_printf(d->arena, "desired %lld is %s the %s of %lld: to %.*s", (long long)desired,
                        below ? "below" : "above", below ? "min" : "max", (long long)bound,
                        STR_ARG(tasks(d, bound))));
    return true;
}

static void bind(struct deciding *d)
{
    size_t metrics = d->definition->metric_count;
    d->binding_count = metrics + GIVEN_COUNT;
    d->bindings = ARENA_ARRAY(d->arena, struct binding, d->binding_count);
    for (size_t i = 0; i < metrics && i < d->facts->metric_count; i++) {
        d->bindings[i].fact = d->facts->metrics[i].fact;
        d->bindings[i].value = d->facts->metrics[i].value;
    }
    const int64_t given[GIVEN_COUNT] = {
        [GIVEN_RUNNING] = d->facts->running,    [GIVEN_DESIRED] = d->facts->desired,
        [GIVEN_PENDING] = d->facts->pending,    [GIVEN_MIN_TASKS] = d->definition->min,
        [GIVEN_MAX_TASKS] = d->definition->max,
    };
    for (size_t i = 0; i < GIVEN_COUNT; i++)
        d->bindings[metrics + i] =
            (struct binding){.fact = FACT_OF_PRESENT, .value = VALUE_OF_INT(given[i])};
}

static struct str held_at(struct deciding *d)
{
    return arena_printf(d->arena, "held at %.*s, since this event might be the one to decide",
                        STR_ARG(tasks(d, d->facts->desired)));
}

/* The value of event `index` is missing: why, by name where one name is the cause. */
static void hold_missing(struct deciding *d, size_t index, const struct expression_result *result)
{
    struct arena *arena = d->arena;
    struct event_decision *event = &d->view->decision.events[index];
    struct str metric = words_clip(arena, str_trim(d->definition->events[index].metric));
    bool failed = false;
    if (result->name_index < d->definition->metric_count) {
        struct fact fact = d->bindings[result->name_index].fact;
        struct str alias = d->definition->metrics[result->name_index].alias;
        failed = fact.status == FACT_FAILED || fact.status == FACT_UNREAD;
        struct str why = fact_is_present(fact) ? STR("its value is null") : words_fact(arena, fact);
        event->reason = arena_printf(arena, "%.*s %s (%.*s)", STR_ARG(words_clip(arena, alias)),
                                     failed ? "could not be read" : "is missing", STR_ARG(why));
    } else {
        struct str why = words_clip(arena, str_from(result->message));
        event->reason = arena_printf(arena, "%.*s has no value (%.*s)", STR_ARG(metric),
                                     STR_ARG(why.len > 0 ? why : STR("None")));
    }
    event->verdict = failed ? EVENT_FAILED : EVENT_MISSING;
    hold(d, failed, arena_printf(arena, "%.*s: %.*s", STR_ARG(event->reason), STR_ARG(held_at(d))));
}

static void hold_failed(struct deciding *d, size_t index, const char *why)
{
    struct event_decision *event = &d->view->decision.events[index];
    struct str metric = words_clip(d->arena, str_trim(d->definition->events[index].metric));
    event->verdict = EVENT_FAILED;
    event->reason =
        arena_printf(d->arena, "%.*s could not be worked out (%s)", STR_ARG(metric), why);
    hold(d, true,
         arena_printf(d->arena, "%.*s: %.*s", STR_ARG(event->reason), STR_ARG(held_at(d))));
}

static bool in_range(const struct event_definition *event, struct value value)
{
    if (event->has_min) {
        int order = value_compare(value, VALUE_OF_REAL(event->min));
        if (order < 0 || order == 2)
            return false;
    }
    return !event->has_max || value_compare(value, VALUE_OF_REAL(event->max)) <= 0;
}

/* What an event that holds and can take effect comes to, without words. */
static void settle_by(struct deciding *d, int64_t target)
{
    const struct service_facts *facts = d->facts;
    bool out = target > facts->desired;
    if (out ? facts->running < facts->desired : facts->running > facts->desired)
        settle(d, VERDICT_SETTLING, facts->desired, STR_NONE);
    else if (!out && d->circumstances->group_unknown.len > 0)
        hold(d, true, STR_NONE);
    else
        settle(d, VERDICT_CHANGE, target, STR_NONE);
}

/* The event that holds and can take effect. */
static void decide_by(struct deciding *d, size_t index, int64_t target)
{
    struct arena *arena = d->arena;
    const struct event_definition *event = &d->definition->events[index];
    const struct service_facts *facts = d->facts;
    struct str value = words_metric(arena, event, d->view->decision.events[index].value);
    struct str because = arena_printf(arena, "%.*s is %.*s: %.*s", STR_ARG(value),
                                      STR_ARG(words_range(arena, event)),
                                      STR_ARG(words_change(arena, event->action)));
    bool out = target > facts->desired;
    settle_by(d, target);
    struct service_decision *decision = &d->view->decision;
    if (decision->verdict == VERDICT_SETTLING) {
        int64_t on_the_way = out ? number_sub(facts->desired, facts->running)
                                 : number_sub(facts->running, facts->desired);
        decision->reason =
            arena_printf(arena, "%.*s, but first waiting for %.*s to %s", STR_ARG(because),
                         STR_ARG(tasks(d, on_the_way)), out ? "start" : "stop");
        return;
    }
    if (decision->verdict == VERDICT_HELD) {
        decision->reason = arena_printf(
            arena,
            "%.*s, but held at %.*s: whether the group is switched off (max 0) is not known: %.*s",
            STR_ARG(because), STR_ARG(tasks(d, facts->desired)),
            STR_ARG(d->circumstances->group_unknown));
        return;
    }
    bool clamped = target != number_add(facts->desired, event->action);
    struct str limit = clamped ? arena_printf(arena, " (as far as the %s of %lld)",
                                              out ? "max" : "min", (long long)target)
                               : STR_NONE;
    decision->reason = arena_printf(arena, "%.*s%.*s, %lld to %lld", STR_ARG(because),
                                    STR_ARG(limit), (long long)facts->desired, (long long)target);
}

/* No event decided: each with its value and why it did not. */
static void stay(struct deciding *d)
{
    struct arena *arena = d->arena;
    const struct service_definition *definition = d->definition;
    struct str at = tasks(d, d->facts->desired);
    if (definition->event_count == 0) {
        settle(
            d, VERDICT_STAY, d->facts->desired,
            arena_printf(arena, "stays at %.*s: the definition has no events for it", STR_ARG(at)));
        return;
    }
    struct words_list list = WORDS_LIST("; ");
    for (size_t i = 0; i < definition->event_count; i++) {
        const struct event_definition *event = &definition->events[i];
        const struct event_decision *seen = &d->view->decision.events[i];
        struct str value = words_metric(arena, event, seen->value);
        struct str range = words_range(arena, event);
        bool holds = seen->verdict == EVENT_NO_EFFECT;
        struct str bound =
            holds ? arena_printf(arena, " but %lld is the %s", (long long)d->facts->desired,
                                 event->action > 0 ? "max" : "min")
                  : STR_NONE;
        words_list_add(&list,
                       arena_printf(arena, "%.*s is %s%.*s (for %.*s)%.*s", STR_ARG(value),
                                    holds ? "" : "not ", STR_ARG(range),
                                    STR_ARG(words_change(arena, event->action)), STR_ARG(bound)));
    }
    struct str events = words_list_end(&list, arena, "events");
    settle(d, VERDICT_STAY, d->facts->desired,
           arena_printf(arena, "stays at %.*s: %.*s", STR_ARG(at), STR_ARG(events)));
}

static void decide_events(struct deciding *d)
{
    bind(d);
    for (size_t i = 0; i < d->definition->event_count; i++) {
        const struct event_definition *event = &d->definition->events[i];
        struct event_decision *seen = &d->view->decision.events[i];
        struct expression_result result = {.status = EXPRESSION_FAILED};
        expression_evaluate(event->expression, d->bindings, d->binding_count, &result);
        if (result.status == EXPRESSION_MISSING) {
            hold_missing(d, i, &result);
            return;
        }
        if (result.status == EXPRESSION_FAILED) {
            hold_failed(d, i, result.message);
            return;
        }
        if (result.value.kind == VALUE_FLOAT && isnan(result.value.real)) {
            hold_failed(d, i, "it is not a number");
            return;
        }
        seen->value = result.value;
        if (!in_range(event, result.value)) {
            seen->verdict = EVENT_OUT_OF_RANGE;
            continue;
        }
        int64_t target = number_clamp(number_add(d->facts->desired, event->action),
                                      d->definition->min, d->definition->max);
        if (target == d->facts->desired) {
            seen->verdict = EVENT_NO_EFFECT;
            continue;
        }
        seen->verdict = EVENT_WINS;
        if (d->circumstances->without_reasons)
            settle_by(d, target);
        else
            decide_by(d, i, target);
        return;
    }
    if (d->circumstances->without_reasons)
        settle(d, VERDICT_STAY, d->facts->desired, STR_NONE);
    else
        stay(d);
}

struct service_view service_decide(const struct service_definition *definition,
                                   const struct service_facts *facts,
                                   const struct service_circumstances *circumstances,
                                   struct arena *arena)
{
    struct service_view view = {
        .decision = {.name = definition->name.shown,
                     .events = ARENA_ARRAY(arena, struct event_decision, definition->event_count),
                     .event_count = definition->event_count},
    };
    for (size_t i = 0; i < definition->event_count; i++)
        view.decision.events[i] =
            (struct event_decision){.verdict = EVENT_NOT_REACHED, .value = VALUE_OF_NONE};
    if (facts != NULL && fact_is_present(facts->fact)) {
        view.decision.known = true;
        view.decision.desired = view.decision.target = facts->desired;
        view.decision.running = facts->running;
        view.decision.pending = facts->pending;
    }
    struct deciding d = {.definition = definition,
                         .facts = facts,
                         .circumstances = circumstances,
                         .arena = arena,
                         .view = &view};
    if (!decide_without_facts(&d) && !decide_not_ours(&d)) {
        note_failures(&d);
        if (!decide_bounds(&d))
            decide_events(&d);
    }
    return view;
}
