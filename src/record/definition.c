/* A definition ⇄ JSON. Written is what a file may show: names and URLs as `shown`, no values of
 * headers, no payload. Members are called as in the YAML file. */
#include "record/parts.h"
#include "record/record.h"

#include "base/banned.h"

/* --- writing --- */

static void write_statistics(struct json_writer *w, const struct statistic_definition *statistics,
                             size_t count)
{
    jsonw_key(w, "statistics");
    jsonw_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        jsonw_object_begin(w);
        write_str(w, "name", statistics[i].name.shown);
        write_str(w, "alias", statistics[i].alias);
        write_int(w, "metric", (int64_t)statistics[i].metric);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_http_source(struct json_writer *w, const struct http_source_definition *source)
{
    jsonw_object_begin(w);
    write_str(w, "url", source->url.shown);
    write_str(w, "method", source->method == HTTP_POST ? STR("POST") : STR("GET"));
    write_bool(w, "has_payload", source->has_payload);
    jsonw_key(w, "headers");
    jsonw_array_begin(w);
    for (size_t i = 0; i < source->header_count; i++)
        jsonw_str(w, source->headers[i].name.shown);
    jsonw_array_end(w);
    write_int(w, "timeout_ms", source->timeout_ms);
    write_statistics(w, source->statistics, source->statistic_count);
    jsonw_object_end(w);
}

static void write_cloudwatch_source(struct json_writer *w,
                                    const struct cloudwatch_source_definition *source)
{
    jsonw_object_begin(w);
    write_str(w, "namespace", source->namespace_.shown);
    write_str(w, "metric_name", source->metric_name.shown);
    jsonw_key(w, "dimensions");
    jsonw_array_begin(w);
    for (size_t i = 0; i < source->dimension_count; i++) {
        jsonw_object_begin(w);
        write_str(w, "name", source->dimensions[i].name.shown);
        write_str(w, "value", source->dimensions[i].value.shown);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    write_int(w, "period", source->period_s);
    write_statistics(w, source->statistics, source->statistic_count);
    jsonw_object_end(w);
}

static void write_sources(struct json_writer *w, const struct service_definition *service)
{
    jsonw_key(w, "metric_sources");
    jsonw_object_begin(w);
    jsonw_key(w, "third_party");
    jsonw_array_begin(w);
    for (size_t i = 0; i < service->http_source_count; i++)
        write_http_source(w, &service->http_sources[i]);
    jsonw_array_end(w);
    jsonw_key(w, "cloudwatch");
    jsonw_array_begin(w);
    for (size_t i = 0; i < service->cloudwatch_source_count; i++)
        write_cloudwatch_source(w, &service->cloudwatch_sources[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_service(struct json_writer *w, const struct service_definition *service)
{
    jsonw_object_begin(w);
    write_str(w, "name", service->name.shown);
    write_bool(w, "enabled", service->enabled);
    write_int(w, "min", service->min);
    write_int(w, "max", service->max);
    jsonw_key(w, "metrics");
    jsonw_array_begin(w);
    for (size_t i = 0; i < service->metric_count; i++) {
        jsonw_object_begin(w);
        write_str(w, "alias", service->metrics[i].alias);
        write_str(w, "source", service->metrics[i].source);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    write_sources(w, service);
    jsonw_key(w, "events");
    jsonw_array_begin(w);
    for (size_t i = 0; i < service->event_count; i++) {
        const struct event_definition *event = &service->events[i];
        jsonw_object_begin(w);
        write_str(w, "metric", event->metric);
        write_int(w, "action", event->action);
        write_maybe_real(w, "min", event->has_min, event->min);
        write_maybe_real(w, "max", event->has_max, event->max);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

void definition_write(const struct definition *definition, struct json_writer *w)
{
    jsonw_object_begin(w);
    write_str(w, "cluster", definition->cluster);
    write_str(w, "file", definition->file);
    jsonw_key(w, "autoscale_group");
    if (definition->has_group)
        jsonw_str(w, definition->group.shown);
    else
        jsonw_null(w);
    write_bool(w, "enabled", definition->enabled);
    write_int(w, "cpu_buffer", definition->cpu_buffer);
    write_int(w, "mem_buffer", definition->mem_buffer_mib);
    write_maybe_int(w, "min", definition->has_min, definition->min);
    write_maybe_int(w, "max", definition->has_max, definition->max);
    jsonw_key(w, "region");
    if (definition->has_region)
        jsonw_str(w, definition->region.shown);
    else
        jsonw_null(w);
    jsonw_key(w, "services");
    jsonw_array_begin(w);
    for (size_t i = 0; i < definition->service_count; i++)
        write_service(w, &definition->services[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}
