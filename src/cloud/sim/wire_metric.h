/* CloudWatch's parameters: which metric, which statistic, which window. Private to src/cloud/sim.
 */
#ifndef CLOUD_SIM_WIRE_METRIC_H
#define CLOUD_SIM_WIRE_METRIC_H

#include "cloud/sim/wire_call.h"

enum { WIRE_DIMENSIONS_MAX = 30 };

/* Namespace, MetricName and Dimensions out of `object`; false: refused. */
bool wire_metric_get(struct wire_call *call, const json_t *object, struct statistic_query *out);
/* StartTime and EndTime of the call, rounded to whole seconds. */
bool wire_window_get(struct wire_call *call, struct statistic_query *out);
bool wire_period_check(struct wire_call *call, int64_t period_s);
/* "Average", "p99", "p99.9"; */
bool wire_statistic_is_known(struct str name);
/* The datapoints, oldest first. */
void wire_metric_read(const struct wire_call *call, const struct statistic_query *query,
                      struct datapoint **points, size_t *count);
/* "Percent", "Count", …, as far as the world knows the metric. */
const char *wire_metric_unit(const struct wire_call *call, const struct statistic_query *query);
void wire_dimensions_write(struct wire_call *call, const struct statistic_query *metric);

/* The metrics of the region, in the order of the spec. */
size_t wire_metrics_collect(const struct wire_call *call, struct statistic_query **out);

#endif
