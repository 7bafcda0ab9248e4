/* Finds what the spec names: one index for all kinds. */
#include "cloud/sim/parts.h"

#include "base/banned.h"

enum find_kind {
    FIND_CLUSTER = 1,
    FIND_GROUP,
    FIND_SERVICE,
    FIND_DEFINITION,
    FIND_DOCUMENT,
    FIND_METRIC,
};

static uint64_t hash_of(enum find_kind kind, struct str a, struct str b)
{
    return sim_index_hash(sim_index_hash((uint64_t)kind, a), b);
}

static uint64_t service_hash(const struct sim_cluster *cluster, struct str name)
{
    return hash_of(FIND_SERVICE, cluster->instance_prefix, name);
}

/* Dimensions in any order hash alike. */
static uint64_t dimension_hash(struct str name, struct str value)
{
    return sim_index_hash(sim_index_hash(1, name), value);
}

static uint64_t metric_hash(struct str region, struct str namespace_, struct str name)
{
    return sim_index_hash(hash_of(FIND_METRIC, region, namespace_), name);
}

/* Without user-info, query and fragment: "https://host/path", or "/path". */
static struct str bare_url(struct str url, struct arena *arena)
{
    size_t end = 0;
    while (end < url.len && url.ptr[end] != '?' && url.ptr[end] != '#')
        end++;
    url = str_slice(url, 0, end);
    size_t scheme = str_find_str(url, STR("://"));
    if (scheme == url.len)
        return url;
    struct str rest = str_slice(url, scheme + 3, url.len);
    struct str host = str_slice(rest, 0, str_find(rest, '/'));
    size_t at = str_find_last(host, '@');
    if (at == host.len)
        return url;
    return arena_printf(arena, "%.*s%.*s", (int)(scheme + 3), url.ptr,
                        STR_ARG(str_slice(rest, at + 1, rest.len)));
}

static struct str path_of(struct str bare)
{
    size_t scheme = str_find_str(bare, STR("://"));
    if (scheme == bare.len)
        return bare;
    struct str rest = str_slice(bare, scheme + 3, bare.len);
    return str_slice(rest, str_find(rest, '/'), rest.len);
}

static void add_service(struct sim_world *world, struct sim_service *service)
{
    const struct sim_cluster *cluster = service->cluster;
    struct sim_index *index = &world->index;
    sim_index_add(index, service_hash(cluster, service->spec->name), service);
    sim_index_add(index, hash_of(FIND_DEFINITION, service->definition_arn, STR_NONE), service);
    if (service->spec->http_url.len > 0)
        sim_index_add(
            index,
            hash_of(FIND_DOCUMENT, bare_url(service->spec->http_url, &world->arena), STR_NONE),
            service);
    for (size_t i = 0; i < service->metric_count; i++) {
        struct sim_metric *metric = &service->metrics[i];
        uint64_t hash = metric_hash(cluster->spec->region, metric->namespace_, metric->name);
        for (size_t j = 0; j < metric->dimension_count; j++)
            hash += dimension_hash(metric->dimensions[j].name, metric->dimensions[j].value);
        sim_index_add(index, hash, metric);
    }
}

void sim_find_init(struct sim_world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        const struct sim_cluster *cluster = &world->clusters[i];
        count += 1 + cluster->spec->group_count;
        for (size_t j = 0; j < cluster->spec->service_count; j++)
            count += 3 + cluster->services[j].metric_count;
    }
    sim_index_init(&world->index, &world->arena, count);
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        struct str region = cluster->spec->region;
        sim_index_add(&world->index, hash_of(FIND_CLUSTER, region, cluster->spec->name), cluster);
        for (size_t j = 0; j < cluster->spec->group_count; j++)
            sim_index_add(&world->index, hash_of(FIND_GROUP, region, cluster->spec->groups[j].name),
                          &cluster->groups[j]);
        for (size_t j = 0; j < cluster->spec->service_count; j++)
            add_service(world, &cluster->services[j]);
    }
}

struct sim_cluster *sim_find_cluster(const struct sim_world *world, struct str region,
                                     struct str name)
{
    size_t cursor = 0;
    uint64_t hash = hash_of(FIND_CLUSTER, region, name);
    struct sim_cluster *found = NULL;
    while ((found = sim_index_next(&world->index, hash, &cursor)) != NULL) {
        if (str_eq(found->spec->name, name) && str_eq(found->spec->region, region))
            return found;
    }
    return NULL;
}

struct sim_group *sim_find_group(const struct sim_world *world, struct str region, struct str name)
{
    size_t cursor = 0;
    uint64_t hash = hash_of(FIND_GROUP, region, name);
    struct sim_group *found = NULL;
    while ((found = sim_index_next(&world->index, hash, &cursor)) != NULL) {
        if (str_eq(found->spec->name, name) && str_eq(found->cluster->spec->region, region))
            return found;
    }
    return NULL;
}

struct sim_service *sim_find_service(const struct sim_cluster *cluster, struct str name)
{
    size_t cursor = 0;
    uint64_t hash = service_hash(cluster, name);
    struct sim_service *found = NULL;
    while ((found = sim_index_next(&cluster->world->index, hash, &cursor)) != NULL) {
        if (found->cluster == cluster && str_eq(found->spec->name, name))
            return found;
    }
    return NULL;
}

struct sim_service *sim_find_definition(const struct sim_world *world, struct str arn)
{
    size_t cursor = 0;
    uint64_t hash = hash_of(FIND_DEFINITION, arn, STR_NONE);
    struct sim_service *found = NULL;
    while ((found = sim_index_next(&world->index, hash, &cursor)) != NULL) {
        if (str_eq(found->definition_arn, arn))
            return found;
    }
    return NULL;
}

static struct sim_service *find_url(const struct sim_world *world, struct str url,
                                    struct arena *arena)
{
    size_t cursor = 0;
    uint64_t hash = hash_of(FIND_DOCUMENT, url, STR_NONE);
    struct sim_service *found = NULL;
    while ((found = sim_index_next(&world->index, hash, &cursor)) != NULL) {
        if (str_eq(bare_url(found->spec->http_url, arena), url))
            return found;
    }
    return NULL;
}

struct sim_service *sim_find_document(const struct sim_world *world, struct str url)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct str bare = bare_url(url, &arena);
    struct sim_service *found = find_url(world, bare, &arena);
    return found != NULL ? found : find_url(world, path_of(bare), &arena);
}

static bool has_dimensions(const struct sim_metric *metric, const struct statistic_query *query)
{
    if (metric->dimension_count != query->dimension_count)
        return false;
    for (size_t i = 0; i < query->dimension_count; i++) {
        bool is_there = false;
        for (size_t j = 0; j < metric->dimension_count && !is_there; j++)
            is_there = str_eq(metric->dimensions[j].name, query->dimensions[i].name.value) &&
                       str_eq(metric->dimensions[j].value, query->dimensions[i].value.value);
        if (!is_there)
            return false;
    }
    return true;
}

struct sim_metric *sim_find_metric(const struct sim_world *world, struct str region,
                                   const struct statistic_query *query)
{
    uint64_t hash = metric_hash(region, query->namespace_, query->metric_name);
    for (size_t i = 0; i < query->dimension_count; i++)
        hash += dimension_hash(query->dimensions[i].name.value, query->dimensions[i].value.value);
    size_t cursor = 0;
    struct sim_metric *found = NULL;
    while ((found = sim_index_next(&world->index, hash, &cursor)) != NULL) {
        if (str_eq(found->namespace_, query->namespace_) &&
            str_eq(found->name, query->metric_name) && has_dimensions(found, query) &&
            str_eq(found->service->cluster->spec->region, region))
            return found;
    }
    return NULL;
}
