/* A service's events: their expressions, and what they mean together. */
#include "base/buf.h"
#include "base/limits.h"
#include "definition/check.h"
#include "document/fill.h"
#include "expression/expression.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { TEXT_BYTES = 1024 };

struct events {
    struct service_check *check;
    const struct yaml_node *list;
    struct str *names; /* aliases, then the given names */
    size_t name_count;
    bool all_compiled;
};

static struct event_definition *event_at(const struct events *events, size_t index)
{
    return &events->check->service->events[index];
}

static struct yaml_node *node_of(const struct events *events, size_t index, const char *key)
{
    return yaml_get(events->list->items[index], key);
}

/* Nothing was wrong with the keys of the event that matter here. */
static bool is_readable(const struct events *events, size_t index)
{
    static const char *const keys[] = {"metric", "action", "min", "max"};
    const struct event_definition *event = event_at(events, index);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct yaml_node *node = node_of(events, index, keys[i]);
        if (node != NULL && node->bad)
            return false;
    }
    return event->metric.len > 0 && event->action != 0;
}

/* Does one of the keys come out of the environment? Then its value is not for messages. */
static bool is_hidden(const struct events *events, size_t index)
{
    static const char *const keys[] = {"metric", "min", "max"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct yaml_node *node = node_of(events, index, keys[i]);
        if (node != NULL && node->filled != NULL && node->filled->from_environment)
            return true;
    }
    return false;
}

static struct span place_of(const struct events *events, size_t index)
{
    const struct yaml_node *node = node_of(events, index, "metric");
    return node != NULL ? node->span : events->list->items[index]->span;
}

static size_t line_of(const struct events *events, size_t index)
{
    return source_line(events->check->source, place_of(events, index).from);
}

static double low_of(const struct event_definition *event)
{
    return event->has_min ? event->min : -INFINITY;
}

static double high_of(const struct event_definition *event)
{
    return event->has_max ? event->max : INFINITY;
}

/* ---- each event ---- */

static void report_expression(struct events *events, struct yaml_node *node,
                              const struct expression_error *error)
{
    struct source *source = events->check->source;
    if (!events->check->metrics_fine && str_starts(str_from(error->message), STR("unknown name")))
        return; /* perhaps one of a source that could not be read */
    bool in_variable = false;
    struct span span = fill_locate(source, node, error->offset, error->len, &in_variable);
    if (in_variable)
        source_report(source, SEVERITY_ERROR, span, STR_NONE,
                      "the expression is wrong where this variable's value stands");
    else
        source_report(source, SEVERITY_ERROR, span,
                      events->check->aliases_hidden ? STR_NONE : str_from(error->suggestion), "%s",
                      error->message);
}

static void compile(struct events *events, size_t index)
{
    struct source *source = events->check->source;
    struct event_definition *event = event_at(events, index);
    struct yaml_node *node = node_of(events, index, "metric");
    if (event->metric.len == 0 || node == NULL || node->bad) {
        events->all_compiled = false;
        return;
    }
    struct expression_error error = {.offset = 0};
    struct expression *expression = NULL;
    if (expression_compile(source->arena, event->metric, events->names, events->name_count,
                           &expression, &error) == E_OK) {
        event->expression = expression;
        return;
    }
    events->all_compiled = false;
    report_expression(events, node, &error);
}

static void check_range(struct events *events, size_t index)
{
    const struct event_definition *event = event_at(events, index);
    if (!event->has_min || !event->has_max || event->min <= event->max ||
        !is_readable(events, index))
        return;
    struct span span = node_of(events, index, "min")->span;
    if (is_hidden(events, index))
        source_report(events->check->source, SEVERITY_ERROR, span, STR_NONE,
                      "'min' is greater than 'max': this event can never hold");
    else
        source_report(events->check->source, SEVERITY_ERROR, span, STR_NONE,
                      "'min' (%.15g) is greater than 'max' (%.15g): this event can never hold",
                      event->min, event->max);
}

/* An expression without names has its value already. */
static void check_constant(struct events *events, size_t index)
{
    struct source *source = events->check->source;
    const struct event_definition *event = event_at(events, index);
    if (event->expression == NULL || !expression_is_constant(event->expression) ||
        !is_readable(events, index))
        return;
    struct binding *none = ARENA_ARRAY(source->arena, struct binding, events->name_count);
    struct expression_result result = {.status = EXPRESSION_FAILED};
    expression_evaluate(event->expression, none, events->name_count, &result);
    struct span span = place_of(events, index);
    char text[VALUE_TEXT_SIZE] = "";
    value_text(result.value, text);
    bool hidden = is_hidden(events, index);
    if (result.status == EXPRESSION_FAILED)
        source_report(source, SEVERITY_WARNING, span, STR("the service will always be held"),
                      "this expression always fails%s%s", hidden ? "" : ": ",
                      hidden ? "" : result.message);
    else if (result.status == EXPRESSION_MISSING)
        source_report(source, SEVERITY_WARNING, span, STR("the service will always be held"),
                      "this expression never has a value");
    else if (value_compare(result.value, VALUE_OF_REAL(low_of(event))) == -1 ||
             value_compare(result.value, VALUE_OF_REAL(high_of(event))) == 1 ||
             value_compare(result.value, VALUE_OF_INT(0)) == 2)
        source_report(source, SEVERITY_WARNING, span, STR_NONE,
                      "this event can never hold: its metric is always %s, out of its range",
                      hidden ? "the same" : text);
}

/* ---- events together ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The same source but for white space. */
static bool is_same_metric(struct str a, struct str b)
{
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        while (i < a.len && is_blank(a.ptr[i]))
            i++;
        while (j < b.len && is_blank(b.ptr[j]))
            j++;
        if (i == a.len || j == b.len)
            return i == a.len && j == b.len;
        if (a.ptr[i++] != b.ptr[j++])
            return false;
    }
}

static void add_range(struct buf *out, double low, double high)
{
    if (isinf(low) && isinf(high))
        buf_add(out, STR("everywhere"));
    else if (isinf(low))
        buf_addf(out, "up to %.15g", high);
    else if (isinf(high))
        buf_addf(out, "from %.15g on", low);
    else if (low == high)
        buf_addf(out, "at %.15g", low);
    else
        buf_addf(out, "from %.15g to %.15g", low, high);
}

static void report_overlap(struct events *events, size_t first, size_t second)
{
    const struct event_definition *winner = event_at(events, first);
    const struct event_definition *loser = event_at(events, second);
    struct buf range CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    if (is_hidden(events, first) || is_hidden(events, second))
        buf_add(&range, STR("in a part of their ranges"));
    else
        add_range(&range, fmax(low_of(winner), low_of(loser)),
                  fmin(high_of(winner), high_of(loser)));
    struct buf hint CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    buf_addf(&hint, "at '%s' tasks this one acts there, and the service swings",
             winner->action > 0 ? "max" : "min");
    size_t line = line_of(events, first);
    source_report(events->check->source, SEVERITY_WARNING, place_of(events, second), buf_str(&hint),
                  "this event (%+lld) and the one in line %zu (%+lld) both hold %s: there the one "
                  "in line %zu wins, it comes first",
                  (long long)loser->action, line, (long long)winner->action, buf_cstr(&range),
                  line);
}

/* Compares an event with those before it. At most one finding of each kind for an event. */
static void check_against_earlier(struct events *events, size_t index)
{
    const struct event_definition *event = event_at(events, index);
    bool overlaps = false;
    for (size_t i = 0; i < index; i++) {
        const struct event_definition *earlier = event_at(events, i);
        if (!is_same_metric(earlier->metric, event->metric) || !is_readable(events, i))
            continue;
        bool same_direction = (earlier->action > 0) == (event->action > 0);
        bool meets = fmax(low_of(earlier), low_of(event)) <= fmin(high_of(earlier), high_of(event));
        bool covers = low_of(earlier) <= low_of(event) && high_of(earlier) >= high_of(event);
        if (!same_direction && meets && !overlaps) {
            report_overlap(events, i, index);
            overlaps = true;
        } else if (same_direction && covers) {
            source_report(events->check->source, SEVERITY_WARNING, place_of(events, index),
                          STR("put the narrower range first"),
                          "this event can never take effect: the one in line %zu holds wherever "
                          "this one does, and comes first",
                          line_of(events, i));
            return;
        }
    }
}

static void check_bounds_leave_room(struct events *events)
{
    const struct service_check *check = events->check;
    const struct yaml_node *min = yaml_get(check->node, "min");
    const struct yaml_node *max = yaml_get(check->node, "max");
    if (check->service->event_count == 0 || check->service->min != check->service->max ||
        min == NULL || max == NULL || min->bad || max->bad || yaml_is_null(min) ||
        yaml_is_null(max))
        return;
    source_report(check->source, SEVERITY_WARNING, max->span, STR_NONE,
                  "no event of this service can ever take effect: 'min' and 'max' are the same");
}

/* ---- sources ---- */

static bool is_used(const struct events *events, size_t metric)
{
    for (size_t i = 0; i < events->check->service->event_count; i++) {
        if (expression_uses(event_at(events, i)->expression, metric))
            return true;
    }
    return false;
}

static void check_source(struct events *events, const struct statistic_definition *statistics,
                         size_t count, struct span place)
{
    struct buf names CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (is_used(events, statistics[i].metric))
            return;
        if (i < 5 && !events->check->aliases_hidden)
            buf_addf(&names, "%s'%.*s'", i == 0 ? ": " : ", ", STR_ARG(statistics[i].alias));
    }
    source_report(events->check->source, SEVERITY_WARNING, place, STR_NONE,
                  "no event uses this metric source%s", buf_cstr(&names));
}

static void check_sources(struct events *events)
{
    const struct service_definition *service = events->check->service;
    const struct yaml_node *sources = yaml_get(events->check->node, "metric_sources");
    const struct yaml_node *http = yaml_get(sources, "third_party");
    const struct yaml_node *cloudwatch = yaml_get(sources, "cloudwatch");
    for (size_t i = 0; i < service->http_source_count; i++)
        check_source(events, service->http_sources[i].statistics,
                     service->http_sources[i].statistic_count, http->items[i]->span);
    for (size_t i = 0; i < service->cloudwatch_source_count; i++)
        check_source(events, service->cloudwatch_sources[i].statistics,
                     service->cloudwatch_sources[i].statistic_count, cloudwatch->items[i]->span);
}

void check_events(struct service_check *check)
{
    struct service_definition *service = check->service;
    struct events events = {
        .check = check,
        .list = yaml_get(check->node, "events"),
        .name_count = service->metric_count + GIVEN_COUNT,
        .all_compiled = true,
    };
    events.names = ARENA_ARRAY(check->source->arena, struct str, events.name_count);
    for (size_t i = 0; i < service->metric_count; i++)
        events.names[i] = service->metrics[i].alias;
    for (size_t i = 0; i < GIVEN_COUNT; i++)
        events.names[service->metric_count + i] = given_name_text((enum given_name)i);
    for (size_t i = 0; i < service->event_count; i++) {
        compile(&events, i);
        check_range(&events, i);
        check_constant(&events, i);
        if (is_readable(&events, i))
            check_against_earlier(&events, i);
    }
    check_bounds_leave_room(&events);
    bool list_fine = events.list == NULL || !events.list->bad;
    if (events.all_compiled && check->metrics_fine && list_fine)
        check_sources(&events);
}
