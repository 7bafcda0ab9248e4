#include "lambda/function_status.h"

#include "base/limits.h"
#include "cloud/aws/form.h"
#include "lambda/operations.h"

#include <string.h>

#include "base/banned.h"

enum { HOUR_MS = 3600 * 1000 };

static const char *const metric_names[] = {"Invocations", "Errors", "Throttles"};
static const char *const metric_ids[] = {"m0", "m1", "m2"};

static void write_metrics(const struct deployment_names *names, int64_t now_ms, struct buf *body)
{
    for (size_t i = 0; i < ARRAY_LEN(metric_names); i++) {
        size_t n = i + 1;
        form_str(body, str_from(metric_ids[i]), "MetricDataQueries.member.%zu.Id", n);
        form_str(body, STR("AWS/Lambda"),
                 "MetricDataQueries.member.%zu.MetricStat.Metric.Namespace", n);
        form_str(body, str_from(metric_names[i]),
                 "MetricDataQueries.member.%zu.MetricStat.Metric.MetricName", n);
        form_str(body, STR("FunctionName"),
                 "MetricDataQueries.member.%zu.MetricStat.Metric.Dimensions.member.1.Name", n);
        form_str(body, names->name,
                 "MetricDataQueries.member.%zu.MetricStat.Metric.Dimensions.member.1.Value", n);
        form_int(body, HOUR_MS / 1000, "MetricDataQueries.member.%zu.MetricStat.Period", n);
        form_str(body, STR("Sum"), "MetricDataQueries.member.%zu.MetricStat.Stat", n);
    }
    form_time(body, now_ms - (int64_t)STATUS_HOURS * HOUR_MS, "StartTime");
    form_time(body, now_ms, "EndTime");
}

static double sum_of(const struct xml_node *result)
{
    double sum = 0;
    for (const struct xml_node *value = xml_child(xml_child(result, "Values"), "member");
         value != NULL; value = xml_next(value)) {
        double one = 0;
        if (str_to_double(value->text, &one))
            sum += one;
    }
    return sum;
}

static void read_metrics(const struct xml_node *answer, struct function_status *out)
{
    double *const slots[] = {&out->invocations, &out->errors, &out->throttles};
    for (const struct xml_node *result =
             xml_child(xml_child(answer, "MetricDataResults"), "member");
         result != NULL; result = xml_next(result)) {
        size_t index = 0;
        if (!str_in_table(xml_text(result, "Id"), metric_ids, ARRAY_LEN(metric_ids), &index))
            continue;
        *slots[index] = sum_of(result);
        if (xml_child(xml_child(result, "Values"), "member") != NULL)
            out->has_metrics = true;
    }
}

struct reading {
    struct arena *arena;
    struct function_status *out;
};

/* The last ones win: older ones move out at the front. */
static bool on_report(void *context, const struct log_event *event)
{
    struct reading *reading = context;
    struct function_status *out = reading->out;
    struct log_line line;
    json_t *json CLEANUP(json_release) = NULL;
    function_log_parse(event->message, &json, &line);
    if (line.kind != LOG_KIND_REPORT)
        return true;
    if (out->run_count == STATUS_RUNS)
        memmove(out->runs, out->runs + 1, sizeof(out->runs) - sizeof(out->runs[0]));
    else
        out->run_count++;
    out->runs[out->run_count - 1] = (struct status_run){
        .at_ms = event->at_ms,
        .status = arena_str(reading->arena, line.status),
        .duration_ms = line.duration_ms,
        .memory_used_mb = line.memory_used_mb,
    };
    return true;
}

static bool on_error(void *context, const struct log_event *event)
{
    struct reading *reading = context;
    struct function_status *out = reading->out;
    struct log_line line;
    json_t *json CLEANUP(json_release) = NULL;
    function_log_parse(event->message, &json, &line);
    if (line.kind != LOG_KIND_LINE || !str_eq_nocase(line.level, STR("error")))
        return true;
    if (out->failure_count == STATUS_ERRORS)
        memmove(out->failures, out->failures + 1, sizeof(out->failures) - sizeof(out->failures[0]));
    else
        out->failure_count++;
    out->failures[out->failure_count - 1] = (struct status_error){
        .at_ms = event->at_ms,
        .cluster = arena_str(reading->arena, line.cluster),
        .message = arena_str(reading->arena, str_slice(line.message, 0, LIMIT_REASON_BYTES)),
    };
    return true;
}

static enum error_code read_log(struct aws_talk *talk, const struct deployment_names *names,
                                int64_t now_ms, struct function_status *out, struct error *err)
{
    struct reading reading = {.arena = &talk->arena, .out = out};
    struct log_query query = {
        .group = names->log_group,
        .since_ms = now_ms - (int64_t)STATUS_HOURS * HOUR_MS,
        .pattern = STR("{ $.type = \"platform.report\" }"),
        .event = on_report,
        .context = &reading,
    };
    out->has_log = out->observed.log_group != OWNED_BY_NOBODY;
    if (!out->has_log)
        return E_OK;
    enum error_code code = function_log_read(talk, &query, err);
    if (code != E_OK)
        return code;
    query.pattern = STR("{ $.level = \"ERROR\" || $.level = \"error\" }");
    query.event = on_error;
    return function_log_read(talk, &query, err);
}

enum error_code function_status_read(struct aws_talk *talk, const struct deployment_names *names,
                                     int64_t now_ms, struct function_status *out, struct error *err)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct aws_reply metrics;
    *out = (struct function_status){.run_count = 0};
    write_metrics(names, now_ms, &body);
    const struct aws_call call = {.operation = &metrics_get_data, .body = buf_str(&body)};
    aws_talk_queue(talk, &call, &metrics); /* in flight with what deployment_observe asks */
    enum error_code code = deployment_observe(talk, names, &out->observed, err);
    if (code == E_OK && metrics.code != E_OK) {
        *err = metrics.err;
        code = metrics.code;
    }
    if (code != E_OK)
        return code;
    read_metrics(metrics.xml, out);
    return read_log(talk, names, now_ms, out, err);
}
