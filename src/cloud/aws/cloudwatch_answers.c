#include "cloud/aws/cloudwatch_answers.h"

#include "base/clock.h"
#include "base/limits.h"

#include <math.h>
#include <stdio.h>

#include "base/banned.h"

static enum error_code fail(struct cloudwatch_series *series, enum error_code code)
{
    series->status = SERIES_FAILED;
    return code;
}

/* Messages/member: Code and Value, CloudWatch's own words about a result. */
static void describe_messages(const struct xml_node *member, char *text, size_t size)
{
    const struct xml_node *message = xml_child(xml_child(member, "Messages"), "member");
    struct str code = xml_text(message, "Code");
    struct str value = xml_text(message, "Value");
    if (code.len + value.len == 0)
        text[0] = '\0';
    else
        snprintf(text, size, ": %.*s%s%.*s", STR_ARG(code),
                 code.len > 0 && value.len > 0 ? ", " : "", STR_ARG(value));
}

static enum error_code read_points(const struct xml_node *member, size_t index, struct arena *arena,
                                   struct cloudwatch_series *series)
{
    const struct xml_node *time = xml_child(xml_child(member, "Timestamps"), "member");
    const struct xml_node *value = xml_child(xml_child(member, "Values"), "member");
    for (size_t i = 0; time != NULL && value != NULL; i++) {
        struct datapoint point = {.timestamp_ms = 0};
        if (!clock_parse(time->text, &point.timestamp_ms))
            return fail(series, error_set(&series->err, E_PROTOCOL,
                                          "'m%zu'.Timestamps[%zu] is not a time", index, i));
        if (!str_to_double(value->text, &point.value) || !isfinite(point.value))
            return fail(series, error_set(&series->err, E_PROTOCOL,
                                          "'m%zu'.Values[%zu] is not a number", index, i));
        *VEC_ADD(arena, &series->points) = point;
        time = xml_next(time);
        value = xml_next(value);
    }
    if (time != NULL || value != NULL)
        return fail(series, error_set(&series->err, E_PROTOCOL,
                                      "'m%zu' has not as many Timestamps as Values", index));
    return E_OK;
}

static void read_result(const struct xml_node *member, size_t index, struct arena *arena,
                        struct cloudwatch_series *series)
{
    if (series->status == SERIES_FAILED)
        return;
    struct str status = xml_text(member, "StatusCode");
    char messages[300];
    describe_messages(member, messages, sizeof(messages));
    bool complete = str_eq(status, STR("Complete"));
    if (!complete && !str_eq(status, STR("PartialData"))) {
        enum error_code code = str_eq(status, STR("Forbidden"))       ? E_DENIED
                               : str_eq(status, STR("InternalError")) ? E_SERVER
                                                                      : E_PROTOCOL;
        fail(series, error_set(&series->err, code, "the statistic's StatusCode is '%.*s'%s",
                               STR_ARG(status), messages));
        return;
    }
    if (read_points(member, index, arena, series) != E_OK)
        return;
    if (complete)
        series->status = SERIES_COMPLETE;
    else if (series->status == SERIES_ABSENT)
        series->status = SERIES_PARTIAL;
    if (!complete)
        error_set(&series->err, E_SERVER, "CloudWatch gave only a part of the data%s", messages);
}

/* "m17" → 17. */
static bool parse_id(struct str id, size_t count, size_t *index)
{
    int64_t number = 0;
    if (!str_starts(id, STR("m")) || !str_to_int64(str_slice(id, 1, id.len), &number) ||
        id.ptr[1] < '0' || (uint64_t)number >= count)
        return false;
    *index = (size_t)number;
    return true;
}

enum error_code cloudwatch_read_page(const struct xml_node *result, struct arena *arena,
                                     struct cloudwatch_series *series, size_t count,
                                     struct error *err)
{
    const struct xml_node *list = xml_child(result, "MetricDataResults");
    if (list == NULL)
        return error_set(err, E_PROTOCOL, "MetricDataResults is missing");
    for (const struct xml_node *member = xml_child(list, "member"); member != NULL;
         member = xml_next(member)) {
        size_t index = 0;
        if (parse_id(xml_text(member, "Id"), count, &index))
            read_result(member, index, arena, &series[index]);
    }
    size_t points = 0;
    for (size_t i = 0; i < count; i++)
        points += series[i].points.count;
    if (points > LIMIT_DATAPOINTS)
        return error_set(err, E_LIMIT, "more than %d datapoints", LIMIT_DATAPOINTS);
    return E_OK;
}

enum error_code cloudwatch_series_check(const struct cloudwatch_series *series, size_t index,
                                        struct error *err)
{
    if (series->status == SERIES_COMPLETE)
        return E_OK;
    if (series->status == SERIES_ABSENT)
        return error_set(err, E_PROTOCOL, "MetricDataResults has no 'm%zu'", index);
    return error_set(err, series->err.code, "%s", series->err.message);
}
