#include "cloud/sim/fault_answers.h"

#include "base/memory.h"
#include "cloud/order.h"

#include <string.h>

#include "base/banned.h"

struct kept_answer {
    struct arena arena;
    struct query query; /* what was asked, and the answer; all in the arena */
    struct http_source_definition http;
};

struct kept_answers {
    struct kept_answer *items;
    size_t count;
    size_t room;
};

struct kept_answers *kept_answers_new(void)
{
    return memory_new(1, sizeof(struct kept_answers));
}

void kept_answers_free(struct kept_answers *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        arena_release(&kept->items[i].arena);
    memory_free(kept->items);
    memory_free(kept);
}

static struct group_facts copy_group(struct arena *arena, struct group_facts facts)
{
    struct group_instance *items = ARENA_ARRAY(arena, struct group_instance, facts.instance_count);
    for (size_t i = 0; i < facts.instance_count; i++) {
        items[i] = facts.instances[i];
        items[i].id = arena_str(arena, items[i].id);
        items[i].lifecycle_state = arena_str(arena, items[i].lifecycle_state);
    }
    facts.instances = items;
    return facts;
}

static struct instance_facts copy_instance(struct arena *arena, struct instance_facts facts)
{
    facts.arn = arena_str(arena, facts.arn);
    facts.ec2_id = arena_str(arena, facts.ec2_id);
    facts.capacity_provider = arena_str(arena, facts.capacity_provider);
    return facts;
}

static struct instances_facts copy_instances(struct arena *arena, struct instances_facts facts)
{
    struct instance_facts *items = ARENA_ARRAY(arena, struct instance_facts, facts.count);
    for (size_t i = 0; i < facts.count; i++)
        items[i] = copy_instance(arena, facts.items[i]);
    facts.items = items;
    return facts;
}

static struct daemons_facts copy_daemons(struct arena *arena, struct daemons_facts facts)
{
    struct daemon_facts *items = ARENA_ARRAY(arena, struct daemon_facts, facts.count);
    for (size_t i = 0; i < facts.count; i++)
        items[i] = (struct daemon_facts){
            .name = arena_str(arena, facts.items[i].name),
            .task_definition = arena_str(arena, facts.items[i].task_definition),
        };
    facts.items = items;
    return facts;
}

static struct service_facts copy_service(struct arena *arena, struct service_facts facts)
{
    facts.name = arena_str(arena, facts.name);
    facts.status = arena_str(arena, facts.status);
    facts.task_definition = arena_str(arena, facts.task_definition);
    return facts;
}

/* The answer of a PRESENT `from`, into `to`'s own arena. */
static void copy_answer(const struct query *from, struct query *to)
{
    struct arena *arena = to->arena;
    to->fact = from->fact;
    to->err = from->err;
    switch (from->kind) {
    case QUERY_GROUP:
        to->group = copy_group(arena, from->group);
        break;
    case QUERY_SERVICE:
        to->service = copy_service(arena, from->service);
        break;
    case QUERY_INSTANCES:
        to->instances = copy_instances(arena, from->instances);
        break;
    case QUERY_INSTANCE:
        to->instance = copy_instance(arena, from->instance);
        break;
    case QUERY_INSTANCE_TASKS:
        to->tasks = from->tasks;
        break;
    case QUERY_TASK_DEFINITION:
        to->size = from->size;
        break;
    case QUERY_DAEMONS:
        to->daemons = copy_daemons(arena, from->daemons);
        break;
    case QUERY_CAPACITY_PROVIDER:
        to->managed_scaling = from->managed_scaling;
        break;
    case QUERY_STATISTIC:
        to->datapoints = ARENA_ARRAY(arena, struct datapoint, from->datapoint_count);
        to->datapoint_count = from->datapoint_count;
        if (from->datapoint_count > 0)
            memcpy(to->datapoints, from->datapoints,
                   from->datapoint_count * sizeof(struct datapoint));
        break;
    case QUERY_HTTP:
        to->body = arena_str(arena, from->body);
        break;
    case QUERY_KIND_COUNT:
        break;
    }
}

static struct text copy_text(struct arena *arena, struct text text)
{
    return (struct text){.value = arena_str(arena, text.value),
                         .shown = arena_str(arena, text.shown)};
}

/* What tells one question from another, without what changes from pass to pass. */
static void copy_question(const struct query *from, struct kept_answer *to)
{
    struct arena *arena = &to->arena;
    struct statistic_query statistic = from->statistic;
    to->query = (struct query){.kind = from->kind,
                               .arena = arena,
                               .region = arena_str(arena, from->region),
                               .cluster = arena_str(arena, from->cluster),
                               .name = arena_str(arena, from->name)};
    if (from->kind == QUERY_STATISTIC) {
        struct dimension_definition *dimensions =
            ARENA_ARRAY(arena, struct dimension_definition, statistic.dimension_count);
        for (size_t i = 0; i < statistic.dimension_count; i++)
            dimensions[i] = (struct dimension_definition){
                .name = copy_text(arena, statistic.dimensions[i].name),
                .value = copy_text(arena, statistic.dimensions[i].value)};
        statistic.namespace_ = arena_str(arena, statistic.namespace_);
        statistic.metric_name = arena_str(arena, statistic.metric_name);
        statistic.statistic = arena_str(arena, statistic.statistic);
        statistic.dimensions = dimensions;
        to->query.statistic = statistic;
    }
    if (from->kind == QUERY_HTTP) {
        to->http = (struct http_source_definition){
            .url = copy_text(arena, from->http->url),
            .method = from->http->method,
            .has_payload = from->http->has_payload,
            .payload = copy_text(arena, from->http->payload),
            .timeout_ms = from->http->timeout_ms,
        };
    }
}

static bool is_same_question(struct kept_answer *kept, const struct query *query)
{
    struct query left = kept->query;
    struct query right = *query;
    struct http_source_definition http = {.timeout_ms = 0};
    if (left.kind != right.kind)
        return false;
    left.statistic.start_ms = left.statistic.end_ms = 0;
    right.statistic.start_ms = right.statistic.end_ms = 0;
    if (query->kind == QUERY_HTTP) {
        http = *query->http;
        http.header_count = 0; /* they hold no more than credentials */
        left.http = &kept->http;
        right.http = &http;
    }
    return query_order(&left, &right) == 0;
}

static struct kept_answer *find(struct kept_answers *kept, const struct query *query)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (is_same_question(&kept->items[i], query))
            return &kept->items[i];
    }
    return NULL;
}

void kept_answers_exchange(struct kept_answers *kept, struct query *query, bool stale)
{
    if (!fact_is_present(query->fact))
        return;
    struct kept_answer *old = find(kept, query);
    struct kept_answer fresh = {.arena = ARENA_INIT};
    if (old != NULL && stale) {
        struct query now = *query;
        copy_question(query, &fresh);
        copy_answer(&now, &fresh.query);
        copy_answer(&old->query, query);
    } else {
        copy_question(query, &fresh);
        copy_answer(query, &fresh.query);
    }
    if (old == NULL) {
        if (kept->count == kept->room) {
            kept->room = kept->room > 0 ? kept->room * 2 : 16;
            kept->items = memory_resize(kept->items, kept->room, sizeof(*kept->items));
        }
        old = &kept->items[kept->count++];
    } else {
        arena_release(&old->arena);
    }
    *old = fresh;
}

static bool is_lost(double share, struct sim_random *random)
{
    return sim_random_unit(random) < share;
}

static void part_of_group(struct group_facts *group, double share, struct sim_random *random)
{
    size_t kept = 0;
    for (size_t i = 0; i < group->instance_count; i++) {
        if (!is_lost(share, random))
            group->instances[kept++] = group->instances[i];
    }
    group->instance_count = kept;
}

static void part_of_instances(struct instances_facts *instances, double share,
                              struct sim_random *random)
{
    size_t kept = 0;
    for (size_t i = 0; i < instances->count; i++) {
        if (!is_lost(share, random))
            instances->items[kept++] = instances->items[i];
    }
    instances->count = kept;
}

void answer_part(struct query *query, double share, struct sim_random *random)
{
    size_t kept = 0;
    if (!fact_is_present(query->fact))
        return;
    switch (query->kind) {
    case QUERY_GROUP:
        part_of_group(&query->group, share, random);
        break;
    case QUERY_INSTANCES:
        part_of_instances(&query->instances, share, random);
        break;
    case QUERY_DAEMONS:
        for (size_t i = 0; i < query->daemons.count; i++) {
            if (!is_lost(share, random))
                query->daemons.items[kept++] = query->daemons.items[i];
        }
        query->daemons.count = kept;
        break;
    case QUERY_STATISTIC:
        for (size_t i = 0; i < query->datapoint_count; i++) {
            if (!is_lost(share, random))
                query->datapoints[kept++] = query->datapoints[i];
        }
        query->datapoint_count = kept;
        break;
    case QUERY_HTTP:
        query->body = str_slice(query->body, 0, query->body.len / 2);
        break;
    default:
        break;
    }
}
