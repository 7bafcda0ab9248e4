/* What a scenario file says, as it stands there: filled by the table in schema.c, turned into a
 * struct scenario by build.c. Internal to scenario/. */
#ifndef SCENARIO_FILE_H
#define SCENARIO_FILE_H

#include "document/yaml.h"
#include "model/definition.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"

struct file_type {
    struct text name;
    int64_t cpu_units;
    int64_t mem_mib;
    double price;
};

struct file_group {
    struct text name;
    struct text instance_type;
    int64_t min;
    int64_t max;
    bool has_desired;
    int64_t desired;
    struct delay launch;
    struct delay join;
    struct delay terminate;
    int64_t capacity;
    double never_joins;
    bool protects_new;
    struct text capacity_provider;
    bool managed_scaling;
};

/* One part of a load: exactly one of its kinds, times `scale`, with noise. */
struct file_load {
    double constant; /* first, so that no has_… is at offset 0 */
    bool has_constant;
    bool has_step;
    bool has_ramp;
    bool has_spike;
    bool has_daily;
    bool has_weekly;
    bool has_trace;
    bool has_every;
    double from; /* STEP, RAMP */
    double to;
    int64_t at_ms; /* STEP, RAMP, SPIKE: since the start */
    int64_t over_ms;
    double height; /* SPIKE */
    int64_t rise_ms;
    int64_t hold_ms;
    int64_t fall_ms;
    int64_t every_ms;
    double low; /* DAILY, WEEKLY */
    double high;
    int64_t peak_ms; /* since midnight, UTC */
    double weekend;
    struct text trace;
    int64_t per_ms;
    double scale;
    double noise;
};

struct file_metric {
    struct text namespace_;
    struct text name;
    enum sim_signal signal;
    struct dimension_definition *dimensions;
    size_t dimension_count;
};

struct file_service {
    struct text name;
    int64_t cpu_units;
    int64_t mem_mib;
    int64_t tasks;
    enum scheduling_strategy strategy;
    enum launch_type launch_type;
    enum sim_placement placement;
    bool distinct_instance;
    int64_t min_healthy_percent;
    int64_t max_percent;
    struct delay image_pull;
    struct delay start;
    struct delay stop;
    double price;
    struct text http;
    bool has_queue;
    bool has_web;
    struct file_load *load; /* of either */
    size_t load_count;
    double rate;
    double backlog;
    int64_t base_latency_ms;
    int64_t max_latency_ms;
    double cpu_idle;
    double cpu_busy;
    double memory_share;
    int64_t objective_wait_ms;
    double objective_utilisation;
    int64_t objective_latency_ms;
    struct file_metric *metrics;
    size_t metric_count;
};

struct file_cluster {
    struct text name;
    struct text region;
    struct file_group *groups;
    size_t group_count;
    struct file_service *services;
    size_t service_count;
};

struct file_scenario {
    struct text name;
    int64_t seed;
    int64_t start_ms;
    int64_t length_ms;
    int64_t interval_ms;
    int64_t flap_ms;
    struct text region;
    struct text definitions;
    struct text currency;
    struct delay late;
    double gap;
    struct file_type *types;
    size_t type_count;
    struct file_cluster *clusters;
    size_t cluster_count;
};

/* A file while it is being loaded. */
struct scenario_load {
    struct arena *arena;
    struct source *source;
    const struct yaml_node *root;
    const struct scenario_options *options;
    struct file_scenario file;
    struct findings *findings; /* of traces: they are files of their own */
};

/* check.c: what a key alone cannot tell; reports to the source. */
void scenario_check(struct scenario_load *load);
/* build.c: the scenario of a file without errors; NULL: a trace of it has one. */
struct scenario *scenario_build(struct scenario_load *load);

/* The index of a name in a map's array; count where it is not there. */
size_t file_type_find(const struct file_scenario *file, struct str name);

#endif
