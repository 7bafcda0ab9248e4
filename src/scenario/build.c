/* A scenario file → what the simulated account is made of. */
#include "base/limits.h"
#include "scenario/file.h"
#include "scenario/generate.h"

#include <string.h>

#include "base/banned.h"

/* Where the loads of one service come from. */
struct building {
    struct scenario_load *load;
    struct scenario *scenario;
    const struct file_cluster *cluster;
    size_t minute_count;
    bool has_errors;
};

static struct sim_delay delay_of(struct delay delay)
{
    return (struct sim_delay){.low_ms = delay.low_ms, .high_ms = delay.high_ms};
}

/* ---- traces ---- */

static void add_finding(struct building *building, struct str file, enum severity severity,
                        const struct trace_problem *problem)
{
    struct arena *arena = building->load->arena;
    struct findings *findings = building->load->findings;
    *VEC_ADD(arena, &findings->items) = (struct diagnostic){
        .severity = severity,
        .file = file,
        .line = problem->line,
        .column = problem->column,
        .len = problem->len,
        .message = arena_str(arena, str_from(problem->message)),
        .hint = arena_str(arena, str_from(problem->hint)),
        .line_text = arena_str(arena, str_from(problem->text)),
    };
    if (severity == SEVERITY_ERROR) {
        findings->error_count++;
        building->has_errors = true;
    } else {
        findings->warning_count++;
    }
}

/* `path` is as the program opens it. False: there are findings. */
static bool read_trace(struct building *building, struct str path, struct trace *trace)
{
    struct trace_problem problem = {0};
    struct str name = arena_str(building->load->arena, path);
    if (!trace_read(building->load->arena, name.ptr, building->minute_count, trace, &problem)) {
        add_finding(building, name, SEVERITY_ERROR, &problem);
        return false;
    }
    if (trace->gap_line > 0) {
        struct str words = arena_printf(
            building->load->arena,
            "there are no rows for %lld minutes before line %zu: a straight line takes their place",
            (long long)trace->gap_minutes, trace->gap_line);
        memcpy(problem.message, words.ptr,
               words.len < sizeof(problem.message) ? words.len : sizeof(problem.message) - 1);
        add_finding(building, name, SEVERITY_WARNING, &problem);
    }
    return true;
}

static struct str beside(struct building *building, struct str path)
{
    struct str file = building->scenario->file;
    size_t slash = str_find_last(file, '/');
    if (path.ptr[0] == '/' || slash == file.len)
        return path;
    return arena_printf(building->load->arena, "%.*s/%.*s", STR_ARG(str_slice(file, 0, slash)),
                        STR_ARG(path));
}

/* "worker", or "my_cluster/worker". */
static bool is_meant(const struct building *building, const struct file_service *service,
                     struct str name)
{
    size_t slash = str_find(name, '/');
    if (slash == name.len)
        return str_eq(name, service->name.value);
    return str_eq(str_slice(name, 0, slash), building->cluster->name.value) &&
           str_eq(str_slice(name, slash + 1, name.len), service->name.value);
}

static const struct scenario_trace *trace_given(const struct building *building,
                                                const struct file_service *service)
{
    const struct scenario_options *options = building->load->options;
    for (size_t i = 0; options != NULL && i < options->trace_count; i++) {
        if (is_meant(building, service, options->traces[i].service))
            return &options->traces[i];
    }
    return NULL;
}

static void build_load(struct building *building, const struct file_service *service,
                       struct sim_load *out)
{
    struct arena *arena = building->load->arena;
    double *per_second = ARENA_ARRAY(arena, double, building->minute_count);
    const struct scenario_trace *given = trace_given(building, service);
    const struct generate_options options = {
        .start_ms = building->scenario->spec.start_ms,
        .seed = building->scenario->spec.seed ^ str_hash(service->name.value) ^
                str_hash(building->cluster->name.value) << 1,
    };
    const struct file_load whole = {.has_trace = true, .scale = 1, .per_ms = 1000};
    struct trace trace = {0};
    if (given != NULL) {
        if (read_trace(building, str_from(given->path), &trace))
            load_add(&whole, 0, &trace, &options, per_second, building->minute_count);
    }
    for (size_t i = 0; given == NULL && i < service->load_count; i++) {
        const struct file_load *part = &service->load[i];
        if (part->has_trace && !read_trace(building, beside(building, part->trace.value), &trace))
            continue;
        load_add(part, i, part->has_trace ? &trace : NULL, &options, per_second,
                 building->minute_count);
    }
    *out = (struct sim_load){.per_second = per_second, .minute_count = building->minute_count};
}

/* ---- services, groups, clusters ---- */

static void build_workload(struct building *building, const struct file_service *service,
                           struct sim_service_spec *out)
{
    struct sim_workload *workload = &out->workload;
    *workload = (struct sim_workload){
        .kind = service->has_queue ? SIM_QUEUE
                : service->has_web ? SIM_WEB
                                   : SIM_NO_WORKLOAD,
        .rate_per_task = service->rate,
        .start_backlog = service->backlog,
        .base_latency_ms = (double)service->base_latency_ms,
        .max_latency_ms = (double)service->max_latency_ms,
        .cpu_idle = service->cpu_idle,
        .cpu_busy = service->cpu_busy,
        .memory_share = service->memory_share,
    };
    out->objective = (struct sim_objective){
        .max_wait_ms = service->objective_wait_ms,
        .max_utilisation = service->objective_utilisation,
        .max_latency_ms = (double)service->objective_latency_ms,
    };
    if (workload->kind != SIM_NO_WORKLOAD)
        build_load(building, service, &workload->load);
    else
        workload->memory_share = 0.5;
}

static void build_metrics(struct building *building, const struct file_service *service,
                          struct sim_service_spec *out)
{
    struct arena *arena = building->load->arena;
    struct sim_metric_spec *metrics =
        ARENA_ARRAY(arena, struct sim_metric_spec, service->metric_count);
    for (size_t i = 0; i < service->metric_count; i++) {
        const struct file_metric *from = &service->metrics[i];
        struct sim_dimension *dimensions =
            ARENA_ARRAY(arena, struct sim_dimension, from->dimension_count);
        for (size_t j = 0; j < from->dimension_count; j++)
            dimensions[j] = (struct sim_dimension){.name = from->dimensions[j].name.value,
                                                   .value = from->dimensions[j].value.value};
        metrics[i] = (struct sim_metric_spec){
            .namespace_ = from->namespace_.value,
            .name = from->name.value,
            .dimensions = dimensions,
            .dimension_count = from->dimension_count,
            .signal = from->signal,
        };
    }
    out->metrics = metrics;
    out->metric_count = service->metric_count;
}

static void build_service(struct building *building, const struct file_service *service,
                          struct sim_service_spec *out)
{
    *out = (struct sim_service_spec){
        .name = service->name.value,
        .strategy = service->strategy,
        .launch_type = service->launch_type,
        .task_size = {.cpu_units = service->cpu_units, .mem_mib = service->mem_mib},
        .desired = service->tasks,
        .placement = service->placement,
        .distinct_instance = service->distinct_instance,
        .min_healthy_percent = service->min_healthy_percent,
        .max_percent = service->max_percent,
        .image_pull = delay_of(service->image_pull),
        .start = delay_of(service->start),
        .stop = delay_of(service->stop),
        .http_url = service->http.value,
    };
    build_workload(building, service, out);
    build_metrics(building, service, out);
}

static void build_group(struct building *building, const struct file_group *group,
                        struct sim_group_spec *out)
{
    *out = (struct sim_group_spec){
        .name = group->name.value,
        .type = file_type_find(&building->load->file, group->instance_type.value),
        .min = group->min,
        .max = group->max,
        .desired = group->has_desired ? group->desired : group->min,
        .launch = delay_of(group->launch),
        .join = delay_of(group->join),
        .terminate = delay_of(group->terminate),
        .capacity = group->capacity,
        .never_joins = group->never_joins,
        .protects_new = group->protects_new,
        .capacity_provider = group->capacity_provider.value,
        .managed_scaling = group->managed_scaling,
    };
}

static void build_cluster(struct building *building, const struct file_cluster *cluster,
                          struct sim_cluster_spec *out, struct scenario_cluster *more)
{
    struct arena *arena = building->load->arena;
    struct sim_group_spec *groups = ARENA_ARRAY(arena, struct sim_group_spec, cluster->group_count);
    struct sim_service_spec *services =
        ARENA_ARRAY(arena, struct sim_service_spec, cluster->service_count);
    double *prices = ARENA_ARRAY(arena, double, cluster->service_count);
    building->cluster = cluster;
    for (size_t i = 0; i < cluster->group_count; i++)
        build_group(building, &cluster->groups[i], &groups[i]);
    for (size_t i = 0; i < cluster->service_count; i++) {
        build_service(building, &cluster->services[i], &services[i]);
        prices[i] = cluster->services[i].launch_type == LAUNCH_EC2 ? 0 : cluster->services[i].price;
    }
    *out = (struct sim_cluster_spec){
        .name = cluster->name.value,
        .region = cluster->region.value.len > 0 ? cluster->region.value
                                                : building->load->file.region.value,
        .groups = groups,
        .group_count = cluster->group_count,
        .services = services,
        .service_count = cluster->service_count,
    };
    more->task_prices = prices;
}

static void build_spec(struct building *building)
{
    struct arena *arena = building->load->arena;
    const struct file_scenario *file = &building->load->file;
    struct sim_spec *spec = &building->scenario->spec;
    struct sim_instance_type *types =
        ARENA_ARRAY(arena, struct sim_instance_type, file->type_count);
    for (size_t i = 0; i < file->type_count; i++) {
        types[i] = (struct sim_instance_type){
            .name = file->types[i].name.value,
            .size = {.cpu_units = file->types[i].cpu_units, .mem_mib = file->types[i].mem_mib},
            .price_per_hour = file->types[i].price,
        };
    }
    struct sim_cluster_spec *clusters =
        ARENA_ARRAY(arena, struct sim_cluster_spec, file->cluster_count);
    building->scenario->clusters = ARENA_ARRAY(arena, struct scenario_cluster, file->cluster_count);
    for (size_t i = 0; i < file->cluster_count; i++)
        build_cluster(building, &file->clusters[i], &clusters[i], &building->scenario->clusters[i]);
    spec->types = types;
    spec->type_count = file->type_count;
    spec->clusters = clusters;
    spec->cluster_count = file->cluster_count;
    spec->cloudwatch = (struct sim_cloudwatch_spec){.late = delay_of(file->late), .gap = file->gap};
}

static struct str name_of(struct arena *arena, const struct file_scenario *file, struct str path)
{
    if (file->name.value.len > 0)
        return file->name.shown;
    size_t slash = str_find_last(path, '/');
    struct str base = slash == path.len ? path : str_slice(path, slash + 1, path.len);
    return arena_str(arena, str_slice(base, 0, str_find_last(base, '.')));
}

struct scenario *scenario_build(struct scenario_load *load)
{
    const struct file_scenario *file = &load->file;
    const struct scenario_options *options = load->options;
    struct scenario *scenario = ARENA_NEW(load->arena, struct scenario);
    struct building building = {.load = load, .scenario = scenario};
    *scenario = (struct scenario){
        .name = name_of(load->arena, file, load->source->file),
        .file = load->source->file,
        .length_ms =
            options != NULL && options->length_ms > 0 ? options->length_ms : file->length_ms,
        .interval_ms = file->interval_ms,
        .flap_ms = file->flap_ms,
        .region = file->region.value,
        .currency = file->currency.shown,
    };
    scenario->spec.seed =
        options != NULL && options->has_seed ? options->seed : (uint64_t)file->seed;
    scenario->spec.start_ms = file->start_ms;
    scenario->spec.account = STR("123456789012");
    scenario->definitions = beside(&building, file->definitions.value);
    building.minute_count = (size_t)((scenario->length_ms + 59999) / 60000);
    build_spec(&building);
    return building.has_errors ? NULL : scenario;
}
