/* Definitions and the scenario they are tried in: what one names and the other has not. */
#include "scenario/scenario.h"

#include "base/banned.h"

struct matching {
    struct arena *arena;
    const struct scenario *scenario;
    const struct definition *definition;
    const struct sim_cluster_spec *cluster;
    struct findings *findings;
    bool has_errors;
};

static void add(struct matching *matching, enum severity severity, struct str hint,
                const char *format, ...) PRINTF_LIKE(4, 5);

static void add(struct matching *matching, enum severity severity, struct str hint,
                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *VEC_ADD(matching->arena, &matching->findings->items) = (struct diagnostic){
        .severity = severity,
        .file = matching->definition->file,
        .message = arena_vprintf(matching->arena, format, args),
        .hint = hint,
    };
    va_end(args);
    if (severity == SEVERITY_ERROR) {
        matching->findings->error_count++;
        matching->has_errors = true;
    } else {
        matching->findings->warning_count++;
    }
}

/* "the scenario has 'a', 'b'" */
static struct str names_hint(struct matching *matching, const struct str *names, size_t count)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
    for (size_t i = 0; i < count && i < 10; i++)
        buf_addf(&text, "%s'%.*s'", i == 0 ? "the scenario has " : ", ", STR_ARG(names[i]));
    if (count > 10)
        buf_addf(&text, " and %zu more", count - 10);
    return arena_str(matching->arena, buf_str(&text));
}

static const struct sim_cluster_spec *find_cluster(struct matching *matching)
{
    const struct sim_spec *spec = &matching->scenario->spec;
    struct str *names = ARENA_ARRAY(matching->arena, struct str, spec->cluster_count + 1);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        names[i] = spec->clusters[i].name;
        if (str_eq(names[i], matching->definition->cluster))
            return &spec->clusters[i];
    }
    add(matching, SEVERITY_ERROR, names_hint(matching, names, spec->cluster_count),
        "cluster '%.*s' is not in the scenario '%.*s'", STR_ARG(matching->definition->cluster),
        STR_ARG(matching->scenario->file));
    return NULL;
}

static void match_group(struct matching *matching)
{
    const struct sim_cluster_spec *cluster = matching->cluster;
    const struct definition *definition = matching->definition;
    if (!definition->has_group)
        return;
    struct str *names = ARENA_ARRAY(matching->arena, struct str, cluster->group_count + 1);
    for (size_t i = 0; i < cluster->group_count; i++) {
        names[i] = cluster->groups[i].name;
        if (str_eq(names[i], definition->group.value))
            return;
    }
    add(matching, SEVERITY_ERROR, names_hint(matching, names, cluster->group_count),
        "group '%.*s' is not in the scenario's cluster '%.*s'", STR_ARG(definition->group.shown),
        STR_ARG(cluster->name));
}

static void match_service(struct matching *matching, const struct service_definition *service)
{
    const struct sim_cluster_spec *cluster = matching->cluster;
    struct str *names = ARENA_ARRAY(matching->arena, struct str, cluster->service_count + 1);
    for (size_t i = 0; i < cluster->service_count; i++) {
        names[i] = cluster->services[i].name;
        if (str_eq(names[i], service->name.value))
            return;
    }
    add(matching, SEVERITY_ERROR, names_hint(matching, names, cluster->service_count),
        "service '%.*s' is not in the scenario's cluster '%.*s'", STR_ARG(service->name.shown),
        STR_ARG(cluster->name));
}

/* ---- metrics ---- */

/* What follows scheme and host, without a query: "/api/queues/celery". */
static struct str path_of(struct str url)
{
    size_t scheme = str_find_str(url, STR("://"));
    if (scheme < url.len) {
        url = str_slice(url, scheme + 3, url.len);
        size_t slash = str_find(url, '/');
        url = slash < url.len ? str_slice(url, slash, url.len) : STR("/");
    }
    return str_slice(url, 0, str_find(url, '?'));
}

static struct str host_of(struct str url)
{
    size_t scheme = str_find_str(url, STR("://"));
    if (scheme == url.len)
        return STR_NONE;
    url = str_slice(url, scheme + 3, url.len);
    url = str_slice(url, 0, str_find(url, '/'));
    size_t at = str_find_last(url, '@');
    return at < url.len ? str_slice(url, at + 1, url.len) : url;
}

static bool is_served(const struct matching *matching, struct str url)
{
    const struct sim_spec *spec = &matching->scenario->spec;
    for (size_t i = 0; i < spec->cluster_count; i++) {
        for (size_t j = 0; j < spec->clusters[i].service_count; j++) {
            struct str served = spec->clusters[i].services[j].http_url;
            if (served.len > 0 && str_eq(path_of(served), path_of(url)) &&
                (host_of(served).len == 0 || str_eq(host_of(served), host_of(url))))
                return true;
        }
    }
    return false;
}

static struct str dimension_of(const struct cloudwatch_source_definition *source, struct str name)
{
    for (size_t i = 0; i < source->dimension_count; i++) {
        if (str_eq(source->dimensions[i].name.value, name))
            return source->dimensions[i].value.value;
    }
    return STR_NONE;
}

/* AWS/ECS CPUUtilization and MemoryUtilization of a service. */
static bool is_ecs_metric(const struct sim_spec *spec,
                          const struct cloudwatch_source_definition *source)
{
    struct str name = source->metric_name.value;
    if (!str_eq(source->namespace_.value, STR("AWS/ECS")) || source->dimension_count != 2 ||
        (!str_eq(name, STR("CPUUtilization")) && !str_eq(name, STR("MemoryUtilization"))))
        return false;
    struct str cluster = dimension_of(source, STR("ClusterName"));
    struct str service = dimension_of(source, STR("ServiceName"));
    for (size_t i = 0; i < spec->cluster_count; i++) {
        for (size_t j = 0; j < spec->clusters[i].service_count; j++) {
            if (str_eq(cluster, spec->clusters[i].name) &&
                str_eq(service, spec->clusters[i].services[j].name))
                return true;
        }
    }
    return false;
}

static bool is_that(const struct sim_metric_spec *metric,
                    const struct cloudwatch_source_definition *source)
{
    if (!str_eq(metric->namespace_, source->namespace_.value) ||
        !str_eq(metric->name, source->metric_name.value) ||
        metric->dimension_count != source->dimension_count)
        return false;
    for (size_t i = 0; i < metric->dimension_count; i++) {
        if (!str_eq(dimension_of(source, metric->dimensions[i].name), metric->dimensions[i].value))
            return false;
    }
    return true;
}

static bool is_measured(const struct matching *matching,
                        const struct cloudwatch_source_definition *source)
{
    const struct sim_spec *spec = &matching->scenario->spec;
    for (size_t i = 0; i < spec->cluster_count; i++) {
        for (size_t j = 0; j < spec->clusters[i].service_count; j++) {
            const struct sim_service_spec *service = &spec->clusters[i].services[j];
            for (size_t k = 0; k < service->metric_count; k++) {
                if (is_that(&service->metrics[k], source))
                    return true;
            }
        }
    }
    return is_ecs_metric(spec, source);
}

static void match_metrics(struct matching *matching, const struct service_definition *service)
{
    for (size_t i = 0; i < service->http_source_count; i++) {
        const struct http_source_definition *http = &service->http_sources[i];
        if (!is_served(matching, http->url.value))
            add(matching, SEVERITY_WARNING, STR("give the service that it is of an 'http' there"),
                "service '%.*s': nothing in the scenario answers at %.*s, its metrics fail",
                STR_ARG(service->name.shown), STR_ARG(http->url.shown));
    }
    for (size_t i = 0; i < service->cloudwatch_source_count; i++) {
        const struct cloudwatch_source_definition *source = &service->cloudwatch_sources[i];
        if (!is_measured(matching, source))
            add(matching, SEVERITY_WARNING, STR("add it to the 'metrics' of a service there"),
                "service '%.*s': nothing in the scenario gives %.*s %.*s with these dimensions, it "
                "is missing",
                STR_ARG(service->name.shown), STR_ARG(source->namespace_.shown),
                STR_ARG(source->metric_name.shown));
    }
}

bool scenario_match(struct arena *arena, const struct scenario *scenario,
                    const struct definition *definition, struct findings *findings)
{
    struct matching matching = {
        .arena = arena, .scenario = scenario, .definition = definition, .findings = findings};
    matching.cluster = find_cluster(&matching);
    if (matching.cluster == NULL)
        return false;
    match_group(&matching);
    for (size_t i = 0; i < definition->service_count; i++) {
        match_service(&matching, &definition->services[i]);
        match_metrics(&matching, &definition->services[i]);
    }
    return !matching.has_errors;
}
