/* CloudWatch, in the three protocols that it speaks. */
#include "cloud/sim/wire_metric.h"

#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

enum {
    QUERIES_MAX = 500,
    POINTS_MAX = 1440, /* of one GetMetricStatistics */
    PAGE_POINTS_MAX = 100800,
    LISTED_MAX = 500, /* metrics a page */
    STATISTICS_MAX = 5,
    EXTENDED_MAX = 10,
};

/* ---- GetMetricData ---- */

struct series {
    struct str id;
    struct str label;
    bool is_returned;
    struct statistic_query query;
    struct datapoint *points; /* in the order asked for */
    size_t count;
    size_t begin; /* of the points of all series, one after another: this one's first */
};

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool is_lower = c >= 'a' && c <= 'z';
        bool is_other = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!is_lower && (i == 0 || !is_other))
            return false;
    }
    return id.len > 0 && id.len <= 255;
}

static bool get_series(struct wire_call *call, const json_t *item, struct series *series)
{
    const json_t *stat = NULL;
    const json_t *metric = NULL;
    struct str expression = STR_NONE;
    series->is_returned = true;
    if (!wire_need_str(call, item, "Id", &series->id) ||
        !wire_get_str(call, item, "Label", &series->label) ||
        !wire_get_str(call, item, "Expression", &expression) ||
        !wire_get_bool(call, item, "ReturnData", &series->is_returned) ||
        !wire_get_object(call, item, "MetricStat", &stat) ||
        !wire_get_object(call, stat, "Metric", &metric))
        return false;
    if (!is_id(series->id))
        return wire_refuse_invalid(call, "The value for parameter MetricDataQueries Id has to be a "
                                         "lower-case letter, then letters, digits and underscores");
    if (expression.len > 0)
        return wire_refuse_invalid(call, "the simulated account knows no metric math");
    if (metric == NULL)
        return wire_refuse(call, "MissingParameter",
                           "The parameter MetricDataQueries.member.MetricStat.Metric is required.");
    if (!wire_metric_get(call, metric, &series->query) ||
        !wire_need_str(call, stat, "Stat", &series->query.statistic) ||
        !wire_get_int(call, stat, "Period", &series->query.period_s) ||
        !wire_period_check(call, series->query.period_s))
        return false;
    if (!wire_statistic_is_known(series->query.statistic))
        return wire_refuse_invalid(
            call,
            "The value %.*s for parameter MetricDataQueries.member.MetricStat.Stat is not "
            "supported.",
            (int)(series->query.statistic.len < 40 ? series->query.statistic.len : 40),
            series->query.statistic.ptr);
    if (series->label.len == 0)
        series->label = series->query.metric_name;
    return true;
}

static void reverse(struct datapoint *points, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct datapoint kept = points[i];
        points[i] = points[count - 1 - i];
        points[count - 1 - i] = kept;
    }
}

/* Reads all of them; gives the number of points together. */
static bool read_all(struct wire_call *call, const json_t *list, struct series *series,
                     size_t *total)
{
    struct statistic_query window = {.period_s = 0};
    struct str order = STR("TimestampDescending");
    if (!wire_window_get(call, &window) || !wire_get_str(call, call->in, "ScanBy", &order))
        return false;
    bool is_ascending = str_eq(order, STR("TimestampAscending"));
    if (!is_ascending && !str_eq(order, STR("TimestampDescending")))
        return wire_refuse_invalid(call, "ScanBy is TimestampDescending or TimestampAscending");
    *total = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct series *one = &series[i];
        if (!get_series(call, json_array_get(list, i), one))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (str_eq(series[k].id, one->id))
                return wire_refuse_invalid(call, "The values for parameter MetricDataQueries Id "
                                                 "have to be unique");
        }
        one->query.start_ms = window.start_ms;
        one->query.end_ms = window.end_ms;
        one->begin = *total;
        if (!one->is_returned)
            continue;
        wire_metric_read(call, &one->query, &one->points, &one->count);
        if (!is_ascending)
            reverse(one->points, one->count);
        *total += one->count;
        if (*total > LIMIT_DATAPOINTS)
            return wire_refuse_invalid(call, "more than %d datapoints", LIMIT_DATAPOINTS);
    }
    return true;
}

static void write_series(struct wire_call *call, const struct series *series, size_t from,
                         size_t to)
{
    struct wire_out *out = &call->out;
    size_t first = from > series->begin ? from - series->begin : 0;
    size_t end = series->begin + series->count > to ? to - series->begin : series->count;
    wire_object(out, NULL);
    wire_str(out, "Id", series->id);
    wire_str(out, "Label", series->label);
    wire_list(out, "Timestamps");
    for (size_t i = first; i < end; i++)
        wire_time(out, NULL, series->points[i].timestamp_ms);
    wire_list_end(out);
    wire_list(out, "Values");
    for (size_t i = first; i < end; i++)
        wire_double(out, NULL, series->points[i].value);
    wire_list_end(out);
    wire_text(out, "StatusCode", end < series->count ? "PartialData" : "Complete");
    wire_object_end(out);
}

static bool get_metric_data(struct wire_call *call)
{
    static const struct wire_page_rule rule = {"MaxDatapoints", "NextToken", PAGE_POINTS_MAX,
                                               PAGE_POINTS_MAX};
    const json_t *list = NULL;
    struct wire_page page;
    size_t total = 0;
    int64_t from = 0;
    if (!wire_get_list(call, call->in, "MetricDataQueries", &list) ||
        !wire_page_get(call, &rule, &page))
        return false;
    size_t count = json_array_size(list);
    if (count == 0)
        return wire_refuse(call, "MissingParameter",
                           "The parameter MetricDataQueries is required.");
    if (count > QUERIES_MAX)
        return wire_refuse_invalid(call, "The collection MetricDataQueries must not have a size "
                                         "greater than 500.");
    if (page.after.len > 0 && (!str_to_int64(page.after, &from) || from < 0))
        return wire_refuse(call, "InvalidNextToken", "Invalid token");
    struct series *series = ARENA_ARRAY(call->arena, struct series, count);
    if (!read_all(call, list, series, &total))
        return false;
    size_t first = (size_t)from;
    size_t end =
        total > first && total - first > (size_t)page.max ? first + (size_t)page.max : total;
    wire_list(&call->out, "MetricDataResults");
    for (size_t i = 0; i < count; i++) {
        size_t begin = series[i].begin;
        size_t behind = begin + series[i].count;
        bool is_empty = series[i].count == 0;
        bool is_here = is_empty ? begin >= first && (begin < end || end == total)
                                : begin < end && behind > first;
        if (series[i].is_returned && is_here)
            write_series(call, &series[i], first, end);
    }
    wire_list_end(&call->out);
    if (end < total)
        wire_page_token(call, rule.token_key, arena_printf(call->arena, "%zu", end));
    wire_list_empty(&call->out, "Messages");
    return true;
}

/* ---- GetMetricStatistics ---- */

struct asked_statistics {
    struct wire_names plain;
    struct wire_names extended;
    struct datapoint *points[STATISTICS_MAX + EXTENDED_MAX];
    size_t counts[STATISTICS_MAX + EXTENDED_MAX];
};

static struct str statistic_at(const struct asked_statistics *asked, size_t index)
{
    return index < asked->plain.count ? asked->plain.items[index]
                                      : asked->extended.items[index - asked->plain.count];
}

static bool get_statistics(struct wire_call *call, struct asked_statistics *asked)
{
    if (!wire_get_names(call, "Statistics", STATISTICS_MAX, &asked->plain) ||
        !wire_get_names(call, "ExtendedStatistics", EXTENDED_MAX, &asked->extended))
        return false;
    if (asked->plain.count + asked->extended.count == 0)
        return wire_refuse(call, "InvalidParameterCombination",
                           "At least one of the parameters Statistics and ExtendedStatistics must "
                           "be specified.");
    for (size_t i = 0; i < asked->plain.count + asked->extended.count; i++) {
        struct str name = statistic_at(asked, i);
        bool is_extended = name.len > 0 && name.ptr[0] == 'p';
        if (!wire_statistic_is_known(name) || is_extended != (i >= asked->plain.count))
            return wire_refuse(call, "InvalidParameterValue",
                               "The value %.*s for parameter Statistics is not supported.",
                               (int)(name.len < 40 ? name.len : 40), name.len > 0 ? name.ptr : "");
    }
    return true;
}

/* All statistics have the same points: they are of the same minutes. */
static void write_point(struct wire_call *call, const struct asked_statistics *asked, size_t index,
                        const char *unit)
{
    struct wire_out *out = &call->out;
    wire_object(out, NULL);
    wire_time(out, "Timestamp", asked->points[0][index].timestamp_ms);
    for (size_t i = 0; i < asked->plain.count; i++) {
        if (index < asked->counts[i])
            wire_double(out, arena_str(call->arena, asked->plain.items[i]).ptr,
                        asked->points[i][index].value);
    }
    wire_text(out, "Unit", unit);
    if (asked->extended.count > 0) {
        bool is_xml = call->protocol == WIRE_QUERY;
        wire_object(out, "ExtendedStatistics");
        for (size_t i = 0; i < asked->extended.count; i++) {
            size_t at = asked->plain.count + i;
            struct str name = arena_str(call->arena, asked->extended.items[i]);
            if (index >= asked->counts[at])
                continue;
            if (is_xml) { /* a map: <entry><key/><value/></entry> */
                wire_object(out, "entry");
                wire_str(out, "key", name);
                wire_double(out, "value", asked->points[at][index].value);
                wire_object_end(out);
            } else {
                wire_double(out, name.ptr, asked->points[at][index].value);
            }
        }
        wire_object_end(out);
    }
    wire_object_end(out);
}

static bool get_metric_statistics(struct wire_call *call)
{
    struct statistic_query query = {.period_s = 0};
    struct asked_statistics asked = {.counts = {0}};
    if (!wire_metric_get(call, call->in, &query) || !wire_window_get(call, &query) ||
        !wire_get_int(call, call->in, "Period", &query.period_s) ||
        !wire_period_check(call, query.period_s) || !get_statistics(call, &asked))
        return false;
    int64_t wanted = (query.end_ms - query.start_ms) / (query.period_s * 1000);
    if (wanted > POINTS_MAX)
        return wire_refuse(call, "InvalidParameterCombination",
                           "You have requested up to %lld datapoints, which exceeds the limit of "
                           "1,440. You may reduce the datapoints requested by increasing Period, "
                           "or decreasing the time range.",
                           (long long)wanted);
    for (size_t i = 0; i < asked.plain.count + asked.extended.count; i++) {
        query.statistic = statistic_at(&asked, i);
        wire_metric_read(call, &query, &asked.points[i], &asked.counts[i]);
    }
    const char *unit = wire_metric_unit(call, &query);
    size_t count = asked.counts[0];
    wire_str(&call->out, "Label", query.metric_name);
    wire_list(&call->out, "Datapoints");
    /* In no order, as AWS gives them: from the middle on. */
    for (size_t i = 0; i < count; i++)
        write_point(call, &asked, (i + count / 2) % count, unit);
    wire_list_end(&call->out);
    return true;
}

/* ---- ListMetrics ---- */

struct metric_filter {
    struct str namespace_;
    struct str name;
    const json_t *dimensions;
};

/* 1: matches, 0: does not, -1: refused. */
static int match_dimension(struct wire_call *call, const struct statistic_query *metric,
                           const json_t *wanted)
{
    struct str name = STR_NONE;
    struct str value = STR_NONE;
    if (!wire_need_str(call, wanted, "Name", &name) || !wire_get_str(call, wanted, "Value", &value))
        return -1;
    for (size_t i = 0; i < metric->dimension_count; i++) {
        const struct dimension_definition *dimension = &metric->dimensions[i];
        if (str_eq(dimension->name.value, name) &&
            (value.len == 0 || str_eq(dimension->value.value, value)))
            return 1;
    }
    return 0;
}

static int match_metric(struct wire_call *call, const struct statistic_query *metric,
                        const struct metric_filter *filter)
{
    int matches = (filter->namespace_.len == 0 || str_eq(filter->namespace_, metric->namespace_)) &&
                          (filter->name.len == 0 || str_eq(filter->name, metric->metric_name))
                      ? 1
                      : 0;
    for (size_t i = 0; matches > 0 && i < json_array_size(filter->dimensions); i++)
        matches = match_dimension(call, metric, json_array_get(filter->dimensions, i));
    return matches;
}

static bool list_metrics(struct wire_call *call)
{
    static const struct wire_page_rule rule = {NULL, "NextToken", LISTED_MAX, LISTED_MAX};
    struct metric_filter filter = {.dimensions = NULL};
    struct wire_page page;
    struct statistic_query *metrics = NULL;
    int64_t from = 0;
    int64_t written = 0;
    if (!wire_get_str(call, call->in, "Namespace", &filter.namespace_) ||
        !wire_get_str(call, call->in, "MetricName", &filter.name) ||
        !wire_get_list(call, call->in, "Dimensions", &filter.dimensions) ||
        !wire_page_get(call, &rule, &page))
        return false;
    if (json_array_size(filter.dimensions) > 10)
        return wire_refuse_invalid(call, "Dimensions cannot have more than 10 elements");
    if (page.after.len > 0 && (!str_to_int64(page.after, &from) || from < 0))
        return wire_refuse(call, "InvalidNextToken", "Invalid token");
    size_t count = wire_metrics_collect(call, &metrics);
    size_t next = (size_t)from;
    wire_list(&call->out, "Metrics");
    for (; next < count && written < page.max; next++) {
        int matches = match_metric(call, &metrics[next], &filter);
        if (matches < 0)
            return false;
        if (matches == 0)
            continue;
        wire_object(&call->out, NULL);
        wire_str(&call->out, "Namespace", metrics[next].namespace_);
        wire_str(&call->out, "MetricName", metrics[next].metric_name);
        wire_dimensions_write(call, &metrics[next]);
        wire_object_end(&call->out);
        written++;
    }
    wire_list_end(&call->out);
    if (next < count)
        wire_page_token(call, rule.token_key, arena_printf(call->arena, "%zu", next));
    return true;
}

const struct wire_operation wire_cloudwatch_operations[] = {
    {.name = "GetMetricData", .answer = get_metric_data},
    {.name = "GetMetricStatistics", .answer = get_metric_statistics},
    {.name = "ListMetrics", .answer = list_metrics},
    {.name = NULL},
};
