/* What one key of a scenario alone cannot tell. */
#include "base/limits.h"
#include "document/fill.h"
#include "document/source.h"
#include "scenario/file.h"

#include "base/banned.h"

/* Where to point: a value under these keys, else the key's mapping's own place. */
static struct span place_of(const struct yaml_node *map, const char *key, struct span otherwise)
{
    const struct yaml_node *node = yaml_get(map, key);
    return node != NULL && node->kind == YAML_SCALAR ? node->span : otherwise;
}

static bool is_bad(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_get(map, key);
    return node != NULL && node->bad;
}

size_t file_type_find(const struct file_scenario *file, struct str name)
{
    size_t i = 0;
    while (i < file->type_count && !str_eq(file->types[i].name.value, name))
        i++;
    return i;
}

/* A service or group while it is checked. */
struct item {
    struct source *source;
    const struct file_scenario *file;
    const struct yaml_node *node;
    struct span place; /* of its name */
};

static void report(const struct item *item, struct span span, struct str hint, const char *format,
                   ...) PRINTF_LIKE(4, 5);

static void report(const struct item *item, struct span span, struct str hint, const char *format,
                   ...)
{
    va_list args;
    va_start(args, format);
    struct str message = arena_vprintf(item->source->arena, format, args);
    va_end(args);
    source_report(item->source, SEVERITY_ERROR, span, hint, "%.*s", STR_ARG(message));
}

/* ---- groups ---- */

static void check_type(const struct item *item, const struct file_group *group)
{
    struct str name = group->instance_type.value;
    if (name.len == 0 || file_type_find(item->file, name) < item->file->type_count)
        return;
    const struct text *nearest = NULL;
    size_t distance = (name.len + 1) / 3 + 1; /* from there on it is another word */
    for (size_t i = 0; i < item->file->type_count; i++) {
        size_t here = str_distance(item->file->types[i].name.value, name);
        if (here < distance) {
            distance = here;
            nearest = &item->file->types[i].name;
        }
    }
    struct str hint = nearest != NULL ? arena_printf(item->source->arena, "did you mean '%.*s'?",
                                                     STR_ARG(nearest->shown))
                                      : STR("add it to 'instance_types'");
    report(item, place_of(item->node, "instance_type", item->place), hint,
           "instance type '%.*s' is not in 'instance_types'", STR_ARG(group->instance_type.shown));
}

static void check_group(const struct item *item, const struct file_group *group)
{
    struct span min = place_of(item->node, "min", item->place);
    if (is_bad(item->node, "min") || is_bad(item->node, "max") || is_bad(item->node, "desired"))
        return;
    if (group->min > group->max)
        report(item, min, STR_NONE, "'min' (%lld) is greater than 'max' (%lld)",
               (long long)group->min, (long long)group->max);
    else if (group->has_desired && (group->desired < group->min || group->desired > group->max))
        report(item, place_of(item->node, "desired", item->place), STR_NONE,
               "'desired' must be from 'min' (%lld) to 'max' (%lld)", (long long)group->min,
               (long long)group->max);
    check_type(item, group);
}

/* ---- loads ---- */

static void check_load(const struct item *item, const struct file_load *part)
{
    const bool kinds[] = {part->has_constant, part->has_step,   part->has_ramp, part->has_spike,
                          part->has_daily,    part->has_weekly, part->has_trace};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        count += kinds[i];
    static const char *const keys[] = {"constant", "step",   "ramp", "spike",
                                       "daily",    "weekly", "trace"};
    size_t named = 0; /* also those whose value is wrong: reported already */
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        named += yaml_get(item->node, keys[i]) != NULL;
    if (count > 1 || (count == 0 && named == 0))
        report(item, item->node->span,
               count > 1 ? STR("make another part of it: they are added") : STR_NONE,
               "a part of a load needs exactly one of constant, step, ramp, spike, daily, weekly "
               "and trace");
    const char *kind = part->has_weekly ? "weekly" : "daily";
    const struct yaml_node *pattern = yaml_get(item->node, kind);
    if ((part->has_daily || part->has_weekly) && part->low > part->high)
        report(item, place_of(pattern, "low", item->node->span), STR_NONE,
               "'low' is greater than 'high'");
    if (part->has_spike && part->has_every &&
        part->every_ms < part->rise_ms + part->hold_ms + part->fall_ms)
        report(item, place_of(yaml_get(item->node, "spike"), "every", item->node->span), STR_NONE,
               "'every' is shorter than the spike itself");
}

static void check_loads(const struct item *item, const struct file_service *service)
{
    const struct yaml_node *workload = yaml_get(item->node, service->has_web ? "web" : "queue");
    const struct yaml_node *load = yaml_get(workload, "load");
    if (load == NULL || load->kind != YAML_LIST)
        return;
    if (load->item_count == 0)
        report(item, load->span, STR("'- constant: 0' is none at all"),
               "'load' needs at least one part");
    for (size_t i = 0; i < service->load_count && i < load->item_count; i++) {
        struct item part = *item;
        part.node = load->items[i];
        if (part.node->kind == YAML_MAP)
            check_load(&part, &service->load[i]);
    }
}

/* ---- services ---- */

static void check_workload(const struct item *item, const struct file_service *service)
{
    if (service->has_queue && service->has_web) {
        report(item, item->place, STR("make two services of it"),
               "a service has a 'queue' or is a 'web' service, not both");
        return;
    }
    check_loads(item, service);
    const struct yaml_node *web = yaml_get(item->node, "web");
    const struct yaml_node *objective = yaml_get(web, "objective");
    if (!service->has_web)
        return;
    if (service->max_latency_ms < service->base_latency_ms)
        report(item, place_of(web, "latency_max", item->place), STR_NONE,
               "'latency_max' is shorter than 'latency'");
    if (objective != NULL && objective->kind == YAML_MAP && objective->entry_count == 0)
        report(item, objective->span, STR_NONE,
               "an objective needs max_utilisation, max_latency or both");
    if (service->objective_latency_ms > 0 &&
        service->objective_latency_ms < service->base_latency_ms)
        report(item, place_of(objective, "max_latency", item->place), STR_NONE,
               "'max_latency' can never hold: an idle task takes %lld ms already",
               (long long)service->base_latency_ms);
}

/* A task that no instance of the cluster could ever take would wait for ever. */
static void check_size(const struct item *item, const struct file_cluster *cluster,
                       const struct file_service *service)
{
    int64_t cpu = 0;
    int64_t mem = 0;
    for (size_t i = 0; i < cluster->group_count; i++) {
        size_t at = file_type_find(item->file, cluster->groups[i].instance_type.value);
        if (at == item->file->type_count)
            return; /* reported already */
        const struct file_type *type = &item->file->types[at];
        if (type->cpu_units == 0 || type->mem_mib == 0)
            return; /* likewise */
        if (service->cpu_units <= type->cpu_units && service->mem_mib <= type->mem_mib)
            return;
        cpu = type->cpu_units > cpu ? type->cpu_units : cpu;
        mem = type->mem_mib > mem ? type->mem_mib : mem;
    }
    if (cluster->group_count == 0)
        report(item, item->place, STR("or write 'launch_type: FARGATE'"),
               "a service on EC2 needs a group in its cluster");
    else
        report(item, place_of(item->node, service->cpu_units > cpu ? "cpu" : "memory", item->place),
               STR_NONE,
               "a task of %lld CPU units and %lld MiB fits on no instance of the cluster's groups "
               "(at most %lld CPU units, %lld MiB)",
               (long long)service->cpu_units, (long long)service->mem_mib, (long long)cpu,
               (long long)mem);
}

static void check_service(const struct item *item, const struct file_cluster *cluster,
                          const struct file_service *service)
{
    check_workload(item, service);
    if (service->launch_type == LAUNCH_EC2)
        check_size(item, cluster, service);
    else if (service->strategy == SCHEDULING_DAEMON)
        report(item, place_of(item->node, "strategy", item->place), STR_NONE,
               "a DAEMON service runs on EC2 only");
    if (service->launch_type == LAUNCH_EC2 && service->price > 0)
        source_report(item->source, SEVERITY_WARNING, place_of(item->node, "price", item->place),
                      STR("the price of its instances counts"), "a task on EC2 has no price");
}

static void check_cluster(struct scenario_load *load, const struct file_cluster *cluster,
                          const struct yaml_node *node)
{
    const struct yaml_node *groups = yaml_get(node, "groups");
    const struct yaml_node *services = yaml_get(node, "services");
    struct item item = {.source = load->source, .file = &load->file};
    for (size_t i = 0; i < cluster->group_count; i++) {
        item.node = groups->entries[i].value;
        item.place = groups->entries[i].key->span;
        if (item.node->kind == YAML_MAP)
            check_group(&item, &cluster->groups[i]);
    }
    for (size_t i = 0; i < cluster->service_count; i++) {
        item.node = services->entries[i].value;
        item.place = services->entries[i].key->span;
        if (item.node->kind == YAML_MAP)
            check_service(&item, cluster, &cluster->services[i]);
    }
}

/* ---- the whole ---- */

/* A group's name is found by region and name alone. */
static void check_names(struct scenario_load *load)
{
    const struct file_scenario *file = &load->file;
    const struct yaml_node *clusters = yaml_get(load->root, "clusters");
    for (size_t i = 0; i < file->cluster_count; i++) {
        const struct yaml_node *groups = yaml_get(clusters->entries[i].value, "groups");
        for (size_t j = 0; j < file->clusters[i].group_count; j++) {
            struct str name = file->clusters[i].groups[j].name.value;
            for (size_t k = 0; k < i; k++) {
                for (size_t l = 0; l < file->clusters[k].group_count; l++) {
                    if (str_eq(name, file->clusters[k].groups[l].name.value))
                        source_report(load->source, SEVERITY_ERROR, groups->entries[j].key->span,
                                      STR_NONE, "another cluster has a group of that name");
                }
            }
        }
    }
}

static void check_amount(struct scenario_load *load)
{
    const struct file_scenario *file = &load->file;
    int64_t loads = 0;
    for (size_t i = 0; i < file->cluster_count; i++) {
        for (size_t j = 0; j < file->clusters[i].service_count; j++)
            loads += file->clusters[i].services[j].load_count > 0;
    }
    if (loads * (file->length_ms / 60000 + 1) > LIMIT_SIMULATED_LOAD_MINUTES)
        source_report_file(load->source, SEVERITY_ERROR, STR("make 'length' shorter"),
                           "the loads of its services are more than %d minutes together",
                           LIMIT_SIMULATED_LOAD_MINUTES);
}

void scenario_check(struct scenario_load *load)
{
    const struct file_scenario *file = &load->file;
    const struct yaml_node *clusters = yaml_get(load->root, "clusters");
    struct span whole = load->root->span;
    if (file->start_ms % 60000 != 0)
        source_report(load->source, SEVERITY_ERROR, place_of(load->root, "start", whole), STR_NONE,
                      "'start' must be a full minute");
    if (file->interval_ms > file->length_ms)
        source_report(load->source, SEVERITY_ERROR, place_of(load->root, "interval", whole),
                      STR_NONE, "'interval' is longer than 'length': there would be no pass");
    if (clusters == NULL || clusters->kind != YAML_MAP)
        return;
    for (size_t i = 0; i < file->cluster_count; i++) {
        if (clusters->entries[i].value->kind == YAML_MAP)
            check_cluster(load, &file->clusters[i], clusters->entries[i].value);
    }
    check_names(load);
    check_amount(load);
}
