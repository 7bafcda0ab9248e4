/* A snapshot ⇄ JSON: writing. What does not hold (the values of a fact that is not present) is not
 * written. Names and the region are those of the definition as shown, which keeps values out of the
 * environment out of the file. */
#include "record/parts.h"
#include "record/record.h"

#include "base/banned.h"

static void write_resources(struct json_writer *w, const char *key, struct resources size)
{
    jsonw_key(w, key);
    jsonw_object_begin(w);
    write_int(w, "cpu_units", size.cpu_units);
    write_int(w, "mem_mib", size.mem_mib);
    jsonw_object_end(w);
}

static void write_group(struct json_writer *w, const struct group_facts *group)
{
    jsonw_key(w, "group");
    jsonw_object_begin(w);
    write_fact(w, group->fact);
    if (fact_is_present(group->fact)) {
        write_int(w, "min", group->min);
        write_int(w, "max", group->max);
        write_int(w, "desired", group->desired);
        jsonw_key(w, "instances");
        jsonw_array_begin(w);
        for (size_t i = 0; i < group->instance_count; i++) {
            jsonw_object_begin(w);
            write_str(w, "id", group->instances[i].id);
            write_str(w, "lifecycle_state", group->instances[i].lifecycle_state);
            write_bool(w, "protected", group->instances[i].is_protected);
            jsonw_object_end(w);
        }
        jsonw_array_end(w);
    }
    jsonw_object_end(w);
}

static void write_instance(struct json_writer *w, const struct instance_facts *instance)
{
    jsonw_object_begin(w);
    write_str(w, "arn", instance->arn);
    write_str(w, "ec2_id", instance->ec2_id);
    write_str(w, "status", str_from(instance_status_name(instance->status)));
    write_bool(w, "agent_connected", instance->agent_connected);
    write_resources(w, "registered", instance->registered);
    write_resources(w, "remaining", instance->remaining);
    write_int(w, "running", instance->running);
    write_int(w, "pending", instance->pending);
    write_str(w, "capacity_provider", instance->capacity_provider);
    jsonw_object_end(w);
}

static void write_instances(struct json_writer *w, const struct instances_facts *instances)
{
    jsonw_key(w, "instances");
    jsonw_object_begin(w);
    write_fact(w, instances->fact);
    if (fact_is_present(instances->fact)) {
        jsonw_key(w, "items");
        jsonw_array_begin(w);
        for (size_t i = 0; i < instances->count; i++)
            write_instance(w, &instances->items[i]);
        jsonw_array_end(w);
    }
    jsonw_object_end(w);
}

/* A metric that the snapshot does not have (its service was left alone) counts as unread. */
static void write_metrics(struct json_writer *w, const struct service_definition *definition,
                          const struct service_facts *service)
{
    jsonw_key(w, "metrics");
    jsonw_array_begin(w);
    for (size_t i = 0; i < definition->metric_count; i++) {
        struct metric_facts metric = {.fact = {.status = FACT_UNREAD}};
        if (i < service->metric_count)
            metric = service->metrics[i];
        jsonw_object_begin(w);
        write_str(w, "alias", definition->metrics[i].alias);
        write_fact(w, metric.fact);
        if (fact_is_present(metric.fact))
            write_value(w, "value", metric.value);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_service(struct json_writer *w, const struct service_definition *definition,
                          const struct service_facts *service)
{
    jsonw_object_begin(w);
    write_str(w, "name", definition->name.shown);
    write_fact(w, service->fact);
    if (fact_is_present(service->fact)) {
        write_str(w, "status", service->status);
        write_str(w, "strategy", str_from(scheduling_strategy_name(service->strategy)));
        write_str(w, "launch_type", str_from(launch_type_name(service->launch_type)));
        write_int(w, "desired", service->desired);
        write_int(w, "running", service->running);
        write_int(w, "pending", service->pending);
        write_str(w, "task_definition", service->task_definition);
    }
    write_metrics(w, definition, service);
    jsonw_object_end(w);
}

static void write_daemons(struct json_writer *w, const struct daemons_facts *daemons)
{
    jsonw_key(w, "daemons");
    jsonw_object_begin(w);
    write_fact(w, daemons->fact);
    if (fact_is_present(daemons->fact)) {
        jsonw_key(w, "items");
        jsonw_array_begin(w);
        for (size_t i = 0; i < daemons->count; i++) {
            jsonw_object_begin(w);
            write_str(w, "name", daemons->items[i].name);
            write_str(w, "task_definition", daemons->items[i].task_definition);
            jsonw_object_end(w);
        }
        jsonw_array_end(w);
    }
    jsonw_object_end(w);
}

static void write_second_look(struct json_writer *w, const struct snapshot *snapshot)
{
    jsonw_key(w, "task_definitions");
    jsonw_array_begin(w);
    for (size_t i = 0; i < snapshot->task_definition_count; i++) {
        const struct task_definition_facts *facts = &snapshot->task_definitions[i];
        jsonw_object_begin(w);
        write_str(w, "arn", facts->arn);
        write_fact(w, facts->fact);
        if (fact_is_present(facts->fact))
            write_resources(w, "size", facts->size);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    write_daemons(w, &snapshot->daemons);
    jsonw_key(w, "capacity_providers");
    jsonw_array_begin(w);
    for (size_t i = 0; i < snapshot->capacity_provider_count; i++) {
        const struct capacity_provider_facts *facts = &snapshot->capacity_providers[i];
        jsonw_object_begin(w);
        write_str(w, "name", facts->name);
        write_fact(w, facts->fact);
        if (fact_is_present(facts->fact))
            write_bool(w, "managed_scaling", facts->managed_scaling);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

struct str region_shown(const struct definition *definition, struct str region)
{
    bool own = definition->has_region && str_eq(region, definition->region.value);
    return own ? definition->region.shown : region;
}

void snapshot_write(const struct definition *definition, const struct snapshot *snapshot,
                    struct json_writer *w)
{
    static const struct service_facts unread = {.fact = {.status = FACT_UNREAD}};
    jsonw_object_begin(w);
    write_str(w, "cluster", snapshot->cluster);
    write_str(w, "region", region_shown(definition, snapshot->region));
    write_int(w, "now_ms", snapshot->now_ms);
    write_group(w, &snapshot->group);
    write_instances(w, &snapshot->instances);
    jsonw_key(w, "services");
    jsonw_array_begin(w);
    for (size_t i = 0; i < definition->service_count; i++)
        write_service(w, &definition->services[i],
                      i < snapshot->service_count ? &snapshot->services[i] : &unread);
    jsonw_array_end(w);
    write_second_look(w, snapshot);
    jsonw_object_end(w);
}
