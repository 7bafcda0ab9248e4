/* CloudWatch statistics: 500 of one time window in one GetMetricData, paged. */
#include "base/limits.h"
#include "cloud/aws/batch.h"
#include "cloud/aws/cloudwatch_answers.h"
#include "cloud/aws/form.h"
#include "cloud/aws/operations.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { STATISTICS_MAX = 500 };

const struct aws_operation cloudwatch_get_metric_data = {
    .service = &aws_cloudwatch,
    .name = "GetMetricData",
    .permission = "cloudwatch:GetMetricData",
    .repeatable = true,
};

static bool is_same_window(const struct query *a, const struct query *b)
{
    return str_eq(a->region, b->region) && a->statistic.start_ms == b->statistic.start_ms &&
           a->statistic.end_ms == b->statistic.end_ms;
}

static void write_statistic(const struct statistic_query *statistic, size_t index, struct buf *body)
{
    char prefix[64];
    snprintf(prefix, sizeof(prefix), "MetricDataQueries.member.%zu", index + 1);
    buf_addf(body, "&%s.Id=m%zu", prefix, index);
    form_str(body, statistic->namespace_, "%s.MetricStat.Metric.Namespace", prefix);
    form_str(body, statistic->metric_name, "%s.MetricStat.Metric.MetricName", prefix);
    for (size_t i = 0; i < statistic->dimension_count; i++) {
        const struct dimension_definition *dimension = &statistic->dimensions[i];
        form_str(body, dimension->name.value, "%s.MetricStat.Metric.Dimensions.member.%zu.Name",
                 prefix, i + 1);
        form_str(body, dimension->value.value, "%s.MetricStat.Metric.Dimensions.member.%zu.Value",
                 prefix, i + 1);
    }
    form_int(body, statistic->period_s, "%s.MetricStat.Period", prefix);
    form_str(body, statistic->statistic, "%s.MetricStat.Stat", prefix);
}

static void write(const struct batch *batch, struct buf *body)
{
    const struct statistic_query *first = &batch->questions[0].queries[0]->statistic;
    form_time(body, first->start_ms, "StartTime");
    form_time(body, first->end_ms, "EndTime");
    for (size_t i = 0; i < batch->count; i++)
        write_statistic(&batch->questions[i].queries[0]->statistic, i, body);
    if (batch->paging.token.len > 0)
        form_str(body, batch->paging.token, "NextToken");
}

static enum error_code page(struct batch *batch, const struct aws_answer *answer, struct error *err)
{
    if (batch->state == NULL)
        batch->state = ARENA_ARRAY(&batch->arena, struct cloudwatch_series, batch->count);
    return cloudwatch_read_page(answer->xml, &batch->arena, batch->state, batch->count, err);
}

static enum error_code read_token(const struct aws_answer *answer, struct str *token,
                                  struct error *err)
{
    (void)err;
    *token = xml_text(answer->xml, "NextToken");
    return E_OK;
}

static void end(const struct batch *batch, size_t index, struct query *query)
{
    const struct cloudwatch_series *series = (const struct cloudwatch_series *)batch->state + index;
    struct error err = ERROR_INIT;
    if (cloudwatch_series_check(series, index, &err) != E_OK) {
        batch_fail(batch, query, &err);
        return;
    }
    size_t count = series->points.count;
    query->datapoints = ARENA_ARRAY(query->arena, struct datapoint, count);
    if (count > 0)
        memcpy(query->datapoints, series->points.items, count * sizeof(struct datapoint));
    query->datapoint_count = count;
    query->fact = FACT_OF_PRESENT;
}

void statistics_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    static const struct batch_kind kind = {
        .operation = &cloudwatch_get_metric_data,
        .max = STATISTICS_MAX,
        .token_name = "NextToken",
        .is_together = is_same_window,
        .write = write,
        .page = page,
        .end = end,
        .token = read_token,
    };
    batches_send(&kind, cloud, questions, count);
}
