/* Invariants: `outstanding` counts a cluster's queries on their way, without the one for its
 * instances, which `instances_outstanding` stands for; `look` is called only while `outstanding` is
 * 0, so it never sees a fact that is on its way (but for the instances). */
#include "observe/observe.h"

#include "observe/metrics.h"

#include <stdlib.h>

#include "base/banned.h"

struct observation {
    struct observe_options options;
    struct arena *arena;
    struct watched *clusters;
};

struct watched {
    struct observation *observation;
    struct observe_cluster cluster;
    size_t index;
    size_t outstanding;
    bool instances_outstanding;
    bool is_ready;
};

/* A query and what its answer is for. */
struct errand {
    struct query query;
    struct watched *watched;
    size_t service; /* SERVICE, STATISTIC, HTTP: index in the definition */
    size_t metric;  /* STATISTIC: index in the service */
};

static void look(struct watched *watched);

static struct errand *errand_new(struct watched *watched, enum query_kind kind, struct str name)
{
    struct errand *errand = ARENA_NEW(watched->observation->arena, struct errand);
    errand->watched = watched;
    errand->query = (struct query){
        .kind = kind,
        .arena = watched->cluster.arena,
        .region = watched->cluster.region,
        .cluster = watched->cluster.definition->cluster,
        .name = name,
        .context = errand,
    };
    return errand;
}

static void errand_send(struct errand *errand, void (*done)(struct query *query))
{
    struct watched *watched = errand->watched;
    errand->query.done = done;
    if (errand->query.kind == QUERY_INSTANCES)
        watched->instances_outstanding = true;
    else
        watched->outstanding++;
    cloud_ask(watched->observation->options.cloud, &errand->query);
}

static void errand_end(struct errand *errand)
{
    struct watched *watched = errand->watched;
    if (errand->query.kind == QUERY_INSTANCES)
        watched->instances_outstanding = false;
    else
        watched->outstanding--;
    if (watched->outstanding == 0)
        look(watched);
}

static struct errand *errand_of(struct query *query)
{
    return query->context;
}

static struct snapshot *snapshot_of(struct errand *errand)
{
    return errand->watched->cluster.snapshot;
}

static void group_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    struct group_facts *group = &snapshot_of(errand)->group;
    *group = query->group;
    group->fact = query->fact;
    errand_end(errand);
}

static void instances_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    struct instances_facts *instances = &snapshot_of(errand)->instances;
    *instances = query->instances;
    instances->fact = query->fact;
    errand_end(errand);
}

static void service_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    struct service_facts *slot = &snapshot_of(errand)->services[errand->service];
    struct service_facts facts = query->service;
    facts.fact = query->fact;
    facts.name = slot->name;
    facts.metrics = slot->metrics;
    facts.metric_count = slot->metric_count;
    *slot = facts;
    errand_end(errand);
}

static void statistic_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    const struct service_definition *service =
        &errand->watched->cluster.definition->services[errand->service];
    snapshot_of(errand)->services[errand->service].metrics[errand->metric] = metric_statistic_facts(
        query, service->metrics[errand->metric].alias, snapshot_of(errand)->now_ms);
    errand_end(errand);
}

static void http_done_query(struct query *query)
{
    struct errand *errand = errand_of(query);
    const struct service_definition *service =
        &errand->watched->cluster.definition->services[errand->service];
    metric_http_facts(query, service, snapshot_of(errand)->services[errand->service].metrics);
    errand_end(errand);
}

static void task_definition_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    struct snapshot *snapshot = snapshot_of(errand);
    for (size_t i = 0; i < snapshot->task_definition_count; i++) {
        struct task_definition_facts *slot = &snapshot->task_definitions[i];
        if (str_eq(slot->arn, query->name)) {
            slot->fact = query->fact;
            slot->size = query->size;
        }
    }
    errand_end(errand);
}

static void capacity_provider_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    struct snapshot *snapshot = snapshot_of(errand);
    for (size_t i = 0; i < snapshot->capacity_provider_count; i++) {
        struct capacity_provider_facts *slot = &snapshot->capacity_providers[i];
        if (str_eq(slot->name, query->name)) {
            slot->fact = query->fact;
            slot->managed_scaling = query->managed_scaling;
        }
    }
    errand_end(errand);
}

static void daemons_done(struct query *query)
{
    struct errand *errand = errand_of(query);
    struct daemons_facts *daemons = &snapshot_of(errand)->daemons;
    *daemons = query->daemons;
    daemons->fact = query->fact;
    errand_end(errand);
}

static int compare_task_definitions(const void *a, const void *b)
{
    const struct task_definition_facts *left = a;
    const struct task_definition_facts *right = b;
    return str_compare(left->arn, right->arn);
}

static int compare_capacity_providers(const void *a, const void *b)
{
    const struct capacity_provider_facts *left = a;
    const struct capacity_provider_facts *right = b;
    return str_compare(left->name, right->name);
}

/* Slots for the ARNs, sorted in among those already there; then the queries. */
static void ask_task_definitions(struct watched *watched, const struct second_look *more)
{
    struct snapshot *snapshot = watched->cluster.snapshot;
    size_t old = snapshot->task_definition_count;
    size_t count = old + more->task_definition_count;
    struct task_definition_facts *slots =
        ARENA_ARRAY(watched->cluster.arena, struct task_definition_facts, count);
    for (size_t i = 0; i < old; i++)
        slots[i] = snapshot->task_definitions[i];
    for (size_t i = old; i < count; i++)
        slots[i].arn = arena_str(watched->cluster.arena, more->task_definitions[i - old]);
    qsort(slots, count, sizeof(*slots), compare_task_definitions);
    snapshot->task_definitions = slots;
    snapshot->task_definition_count = count;
    for (size_t i = 0; i < more->task_definition_count; i++)
        errand_send(errand_new(watched, QUERY_TASK_DEFINITION, more->task_definitions[i]),
                    task_definition_done);
}

static void ask_capacity_providers(struct watched *watched, const struct second_look *more)
{
    struct snapshot *snapshot = watched->cluster.snapshot;
    size_t old = snapshot->capacity_provider_count;
    size_t count = old + more->capacity_provider_count;
    struct capacity_provider_facts *slots =
        ARENA_ARRAY(watched->cluster.arena, struct capacity_provider_facts, count);
    for (size_t i = 0; i < old; i++)
        slots[i] = snapshot->capacity_providers[i];
    for (size_t i = old; i < count; i++)
        slots[i].name = arena_str(watched->cluster.arena, more->capacity_providers[i - old]);
    qsort(slots, count, sizeof(*slots), compare_capacity_providers);
    snapshot->capacity_providers = slots;
    snapshot->capacity_provider_count = count;
    for (size_t i = 0; i < more->capacity_provider_count; i++)
        errand_send(errand_new(watched, QUERY_CAPACITY_PROVIDER, more->capacity_providers[i]),
                    capacity_provider_done);
}

static void look(struct watched *watched)
{
    const struct observe_options *options = &watched->observation->options;
    struct second_look more = {0};
    if (watched->is_ready)
        return;
    options->look(options->context, watched->index, &more);
    if (more.task_definition_count > 0)
        ask_task_definitions(watched, &more);
    if (more.capacity_provider_count > 0)
        ask_capacity_providers(watched, &more);
    if (more.daemons)
        errand_send(errand_new(watched, QUERY_DAEMONS, STR_NONE), daemons_done);
    if (watched->outstanding > 0 || watched->instances_outstanding)
        return;
    watched->is_ready = true;
    options->ready(options->context, watched->index);
}

static void ask_metrics(struct watched *watched, size_t index)
{
    const struct service_definition *service = &watched->cluster.definition->services[index];
    struct arena *arena = watched->observation->arena;
    for (size_t i = 0; i < service->http_source_count; i++) {
        const struct http_source_definition *source = &service->http_sources[i];
        bool is_used = false;
        for (size_t j = 0; j < source->statistic_count; j++)
            is_used = is_used || metric_is_used(service, source->statistics[j].metric);
        if (!is_used)
            continue;
        struct errand *errand = errand_new(watched, QUERY_HTTP, STR_NONE);
        metric_http_query(source, arena, &errand->query);
        errand->service = index;
        errand_send(errand, http_done_query);
    }
    for (size_t i = 0; i < service->cloudwatch_source_count; i++) {
        const struct cloudwatch_source_definition *source = &service->cloudwatch_sources[i];
        for (size_t j = 0; j < source->statistic_count; j++) {
            if (!metric_is_used(service, source->statistics[j].metric))
                continue;
            struct errand *errand = errand_new(watched, QUERY_STATISTIC, STR_NONE);
            metric_statistic_query(source, j, watched->cluster.snapshot->now_ms, arena,
                                   &errand->query);
            errand->service = index;
            errand->metric = source->statistics[j].metric;
            errand_send(errand, statistic_done);
        }
    }
}

static void first_look(struct watched *watched)
{
    const struct definition *definition = watched->cluster.definition;
    if (definition->has_group) {
        struct errand *errand = errand_new(watched, QUERY_GROUP, definition->group.value);
        errand->query.texts = &definition->group;
        errand->query.text_count = 1;
        errand_send(errand, group_done);
        errand_send(errand_new(watched, QUERY_INSTANCES, STR_NONE), instances_done);
    }
    for (size_t i = 0; i < definition->service_count; i++) {
        const struct service_definition *service = &definition->services[i];
        struct errand *errand = errand_new(watched, QUERY_SERVICE, service->name.value);
        errand->query.texts = &service->name;
        errand->query.text_count = 1;
        errand->service = i;
        errand_send(errand, service_done);
        if (service->enabled)
            ask_metrics(watched, i);
    }
    if (watched->outstanding == 0)
        look(watched); /* nothing to observe: no group and no services */
}

void snapshot_begin(const struct definition *definition, struct str region, int64_t now_ms,
                    struct arena *arena, struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){
        .cluster = definition->cluster,
        .region = definition->has_region ? definition->region.shown : arena_str(arena, region),
        .now_ms = now_ms,
        .services = ARENA_ARRAY(arena, struct service_facts, definition->service_count),
        .service_count = definition->service_count,
    };
    for (size_t i = 0; i < definition->service_count; i++) {
        const struct service_definition *service = &definition->services[i];
        snapshot->services[i].name = service->name.shown;
        snapshot->services[i].metric_count = service->metric_count;
        snapshot->services[i].metrics =
            ARENA_ARRAY(arena, struct metric_facts, service->metric_count);
    }
}

void observe_start(const struct observe_options *options, const struct observe_cluster *clusters,
                   size_t cluster_count, struct arena *arena)
{
    struct observation *observation = ARENA_NEW(arena, struct observation);
    observation->options = *options;
    observation->arena = arena;
    observation->clusters = ARENA_ARRAY(arena, struct watched, cluster_count);
    for (size_t i = 0; i < cluster_count; i++) {
        struct watched *watched = &observation->clusters[i];
        watched->observation = observation;
        watched->cluster = clusters[i];
        watched->index = i;
    }
    for (size_t i = 0; i < cluster_count; i++)
        first_look(&observation->clusters[i]);
}
