#include "observe/metrics.h"

#include "base/json.h"
#include "expression/expression.h"
#include "observe/datapoint.h"
#include "observe/dotted_path.h"

#include "base/banned.h"

bool metric_is_used(const struct service_definition *service, size_t metric)
{
    for (size_t i = 0; i < service->event_count; i++) {
        if (expression_uses(service->events[i].expression, metric))
            return true;
    }
    return false;
}

void metric_statistic_query(const struct cloudwatch_source_definition *source, size_t statistic,
                            int64_t now_ms, struct arena *arena, struct query *query)
{
    struct statistic_window window = statistic_window(now_ms, source->period_s);
    const struct text *name = &source->statistics[statistic].name;
    query->kind = QUERY_STATISTIC;
    query->statistic = (struct statistic_query){
        .namespace_ = source->namespace_.value,
        .metric_name = source->metric_name.value,
        .dimensions = source->dimensions,
        .dimension_count = source->dimension_count,
        .statistic = name->value,
        .period_s = source->period_s,
        .start_ms = window.start_ms,
        .end_ms = window.end_ms,
    };
    struct text *texts = ARENA_ARRAY(arena, struct text, 3 + 2 * source->dimension_count);
    size_t count = 0;
    texts[count++] = source->namespace_;
    texts[count++] = source->metric_name;
    texts[count++] = *name;
    for (size_t i = 0; i < source->dimension_count; i++) {
        texts[count++] = source->dimensions[i].name;
        texts[count++] = source->dimensions[i].value;
    }
    query->texts = texts;
    query->text_count = count;
}

void metric_http_query(const struct http_source_definition *source, struct arena *arena,
                       struct query *query)
{
    query->kind = QUERY_HTTP;
    query->http = source;
    struct text *texts = ARENA_ARRAY(arena, struct text, 2 + 2 * source->header_count);
    size_t count = 0;
    texts[count++] = source->url;
    if (source->has_payload)
        texts[count++] = source->payload;
    for (size_t i = 0; i < source->header_count; i++) {
        texts[count++] = source->headers[i].name;
        texts[count++] = source->headers[i].value;
    }
    query->texts = texts;
    query->text_count = count;
}

/* Facts that are not present, with the alias before the reason. */
static struct metric_facts lacking(struct arena *arena, struct str alias, struct fact fact)
{
    struct metric_facts facts = {.fact = fact};
    facts.fact.reason = arena_printf(arena, "'%.*s': %.*s", STR_ARG(alias), STR_ARG(fact.reason));
    return facts;
}

struct metric_facts metric_statistic_facts(const struct query *query, struct str alias,
                                           int64_t now_ms)
{
    if (!fact_is_present(query->fact))
        return lacking(query->arena, alias, query->fact);
    struct metric_facts facts = datapoint_choose(
        query->arena, query->datapoints, query->datapoint_count, now_ms, query->statistic.period_s);
    return fact_is_present(facts.fact) ? facts : lacking(query->arena, alias, facts.fact);
}

/* Parses the body once for all statistics of the source. */
void metric_http_facts(const struct query *query, const struct service_definition *service,
                       struct metric_facts *metrics)
{
    json_t *json CLEANUP(json_release) = NULL;
    struct fact fact = query->fact;
    struct error err = ERROR_INIT;
    struct str shown = query->http->url.shown;
    if (fact_is_present(fact) && json_parse(query->body, &json, &err) != E_OK)
        fact = (struct fact){.status = FACT_FAILED,
                             .reason = arena_printf(query->arena, "%.*s: the answer is %s",
                                                    STR_ARG(shown), err.message)};
    for (size_t i = 0; i < query->http->statistic_count; i++) {
        const struct statistic_definition *statistic = &query->http->statistics[i];
        if (!metric_is_used(service, statistic->metric))
            continue;
        struct metric_facts facts = {.fact = fact};
        if (fact_is_present(fact))
            facts = dotted_path_metric(query->arena, json, statistic->name);
        if (fact_is_present(fact) && !fact_is_present(facts.fact))
            facts.fact.reason = arena_printf(query->arena, "%.*s: %.*s", STR_ARG(shown),
                                             STR_ARG(facts.fact.reason));
        metrics[statistic->metric] = fact_is_present(facts.fact)
                                         ? facts
                                         : lacking(query->arena, statistic->alias, facts.fact);
    }
}
