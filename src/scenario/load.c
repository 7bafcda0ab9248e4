#include "scenario/scenario.h"

#include "base/limits.h"
#include "document/read.h"
#include "document/source.h"
#include "scenario/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Traces named on the command line must have a service to go to. */
static void check_given_traces(struct scenario_load *load)
{
    const struct scenario_options *options = load->options;
    for (size_t i = 0; options != NULL && i < options->trace_count; i++) {
        struct str name = options->traces[i].service;
        size_t slash = str_find(name, '/');
        struct str cluster = slash < name.len ? str_slice(name, 0, slash) : STR_NONE;
        struct str service = slash < name.len ? str_slice(name, slash + 1, name.len) : name;
        size_t found = 0;
        for (size_t j = 0; j < load->file.cluster_count; j++) {
            const struct file_cluster *in = &load->file.clusters[j];
            if (cluster.len > 0 && !str_eq(cluster, in->name.value))
                continue;
            for (size_t k = 0; k < in->service_count; k++)
                found += str_eq(service, in->services[k].name.value) &&
                         (in->services[k].has_queue || in->services[k].has_web);
        }
        if (found != 1)
            source_report_file(load->source, SEVERITY_ERROR,
                               found > 1 ? STR("name it as CLUSTER/SERVICE") : STR_NONE,
                               "--trace names the service '%.*s': %s", STR_ARG(name),
                               found > 1 ? "several clusters have one"
                                         : "none of that name has a queue or is a web service");
    }
}

static void add_findings(struct arena *arena, struct findings *to, const struct findings *from)
{
    for (size_t i = 0; i < from->items.count; i++)
        *VEC_ADD(arena, &to->items) = from->items.items[i];
    to->error_count += from->error_count;
    to->warning_count += from->warning_count;
}

struct scenario *scenario_load_text(struct arena *arena, struct str file, struct str text,
                                    const struct scenario_options *options,
                                    struct findings *findings)
{
    struct source source;
    struct findings of_traces = {0};
    struct scenario_load load = {
        .arena = arena, .source = &source, .options = options, .findings = &of_traces};
    bool readable = source_init(&source, arena, arena_str(arena, file), text,
                                options != NULL ? options->load : NULL);
    struct yaml_node *root = readable ? yaml_parse(&source) : NULL;
    if (root != NULL) {
        load.root = root;
        document_fill(&source, &scenario_schema, root, &load.file);
        if (root->kind == YAML_MAP) {
            scenario_check(&load);
            check_given_traces(&load);
        }
    }
    struct scenario *scenario = NULL;
    if (source.error_count == 0 && root != NULL)
        scenario = scenario_build(&load);
    source_finish(&source, findings);
    add_findings(arena, findings, &of_traces);
    return scenario;
}

struct scenario *scenario_load(struct arena *arena, const char *path,
                               const struct scenario_options *options, struct findings *findings)
{
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_DEFINITION_BYTES);
    const char *fault = document_read(arena, path, &text);
    if (fault == NULL)
        return scenario_load_text(arena, str_from(path), buf_str(&text), options, findings);
    struct source source = {.arena = arena, .file = arena_str(arena, str_from(path))};
    source_report_file(&source, SEVERITY_ERROR, STR_NONE, "%s", fault);
    source_finish(&source, findings);
    return NULL;
}

static bool look_up(void *context, struct str name, struct str *value)
{
    (void)context;
    char key[256];
    const char *found = NULL;
    if (name.len < sizeof(key)) {
        memcpy(key, name.ptr, name.len);
        key[name.len] = '\0';
        found = getenv(key);
    }
    *value = found != NULL ? str_from(found) : name;
    return true;
}

enum error_code scenario_definitions(struct arena *arena, const char *path, struct loaded *loaded,
                                     struct error *err)
{
    const struct load_options options = {.lookup = look_up};
    return definitions_load(arena, path, &options, loaded, err);
}

void scenario_definitions_text(struct arena *arena, struct str file, struct str text,
                               struct loaded *loaded)
{
    const struct load_options options = {.lookup = look_up};
    definition_load_text(arena, file, text, &options, loaded);
}
