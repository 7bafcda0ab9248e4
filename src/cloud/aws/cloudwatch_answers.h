/* GetMetricData answers → datapoints. Pure. Source: CloudWatch API Reference, GetMetricData, data
 * type MetricDataResult. */
#ifndef CLOUD_AWS_CLOUDWATCH_ANSWERS_H
#define CLOUD_AWS_CLOUDWATCH_ANSWERS_H

#include "base/vec.h"
#include "cloud/aws/xml.h"
#include "cloud/cloud.h"

enum series_status { SERIES_ABSENT, SERIES_PARTIAL, SERIES_COMPLETE, SERIES_FAILED };

/* What the pages read so far say of one statistic: the one asked for with Id "m<its index>". */
struct cloudwatch_series {
    enum series_status status;
    struct error err; /* FAILED: why */
    VEC(struct datapoint) points;
};

/* Adds one page (the …Result element) to `series`. E_PROTOCOL, E_LIMIT: the page as a whole is of
 * no use; what is wrong with one result fails its series alone. */
NODISCARD enum error_code cloudwatch_read_page(const struct xml_node *result, struct arena *arena,
                                               struct cloudwatch_series *series, size_t count,
                                               struct error *err);

/* After the last page: E_OK if the series is whole. */
NODISCARD enum error_code cloudwatch_series_check(const struct cloudwatch_series *series,
                                                  size_t index, struct error *err);

#endif
