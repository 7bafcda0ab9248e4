/* Figures of a pass, for a cluster and for all, and their way to CloudWatch: a line of JSON in the
 * embedded metric format on standard output, which CloudWatch Logs makes metrics of. */
#ifndef LAMBDA_METRICS_H
#define LAMBDA_METRICS_H

#include "base/buf.h"
#include "pass/pass.h"

/* One row a metric: member, name in CloudWatch, unit. docs/lambda-runtime.md lists them. */
#define METRICS(X)                                                                                 \
    X(duration_ms, "PassDuration", "Milliseconds")                                                 \
    X(api_calls, "ApiCalls", "Count")                 /* attempts, retries included */             \
    X(throttles, "Throttles", "Count")                /* of these */                               \
    X(services_scaled, "ServicesScaled", "Count")     /* desired counts that were changed */       \
    X(services_held, "ServicesHeld", "Count")         /* facts are missing or failed */            \
    X(instances_added, "InstancesAdded", "Count")     /* by which desired capacity was raised */   \
    X(instances_drained, "InstancesDrained", "Count") /* set DRAINING */                           \
    X(clusters_failed, "ClustersFailed", "Count")

struct metrics {
#define METRIC_MEMBER(member, name, unit) int64_t member;
    METRICS(METRIC_MEMBER)
#undef METRIC_MEMBER
};

/* Of one cluster: calls made for it alone, and what became of its plan. */
struct metrics metrics_of_cluster(const struct pass *pass, const struct pass_cluster *cluster);
/* Of all; calls that clusters share are counted here only. */
struct metrics metrics_of_pass(const struct pass *pass);

struct metrics_subject {
    struct str cluster; /* the dimension Cluster; empty: the total, which has no dimension */
    struct str request_id;
    int64_t wall_ms; /* of the pass */
};

/* One document and its line feed.
 * Source: CloudWatch User Guide, "Specification: Embedded metric format". */
void metrics_write(const struct metrics *metrics, const struct metrics_subject *subject,
                   struct buf *out);

#endif
