/* The metrics of one service: which queries they take, and what their answers mean. */
#ifndef OBSERVE_METRICS_H
#define OBSERVE_METRICS_H

#include "cloud/cloud.h"
#include "model/definition.h"
#include "model/snapshot.h"

/* Does any event look at that metric? What none looks at is not read. */
bool metric_is_used(const struct service_definition *service, size_t metric);

/* A query for the source's statistic number `statistic` over the window that ends at `now_ms`. */
void metric_statistic_query(const struct cloudwatch_source_definition *source, size_t statistic,
                            int64_t now_ms, struct arena *arena, struct query *query);
/* A query for the source's body. */
void metric_http_query(const struct http_source_definition *source, struct arena *arena,
                       struct query *query);

/* The answer of such a query as facts; reasons live in the query's arena and name the alias. */
struct metric_facts metric_statistic_facts(const struct query *query, struct str alias,
                                           int64_t now_ms);
/* Fills the facts of every statistic of the source that is used; `metrics` is the service's. */
void metric_http_facts(const struct query *query, const struct service_definition *service,
                       struct metric_facts *metrics);

#endif
