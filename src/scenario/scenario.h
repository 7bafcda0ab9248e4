/* A scenario: a simulated account, what it has to do and for how long, and how well. Out of one
 * YAML file, by a schema table as definitions have one (schema.c); docs/simulation.md has its keys.
 * Read-only once loaded; everything lives in the arena it was loaded into. */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "cloud/sim/spec.h"
#include "definition/load.h"
#include "document/diagnostic.h"

struct scenario_cluster {
    const double *task_prices; /* an hour of a task, parallel to the spec's services; Fargate */
};

struct scenario {
    struct str name;
    struct str file;
    struct str definitions; /* the folder, from where the program runs */
    struct sim_spec spec;
    struct scenario_cluster *clusters; /* parallel to the spec's */
    int64_t length_ms;
    int64_t interval_ms; /* from one pass to the next */
    int64_t flap_ms;     /* a change of direction within it is flapping */
    struct str region;   /* of definitions without one */
    struct str currency;
};

/* In place of what the file says of a service's load: the CSV at `path`, as it is. */
struct scenario_trace {
    struct str service; /* "worker", or "my_cluster/worker" */
    const char *path;
};

struct scenario_options {
    const struct load_options *load; /* may be NULL */
    bool has_seed;
    uint64_t seed;     /* in place of the file's */
    int64_t length_ms; /* likewise; 0: the file's */
    const struct scenario_trace *traces;
    size_t trace_count;
};

/* Loads a file; its traces are read with it, from beside it. NULL: the findings say why. `options`
 * may be NULL. */
struct scenario *scenario_load(struct arena *arena, const char *path,
                               const struct scenario_options *options, struct findings *findings);
/* Likewise a text in memory; `file` names it and is where its traces are looked for. */
struct scenario *scenario_load_text(struct arena *arena, struct str file, struct str text,
                                    const struct scenario_options *options,
                                    struct findings *findings);

/* Loads the definitions of a folder for a simulation: an environment variable that is not set
 * counts as its own name, since nothing is asked of a real server. */
NODISCARD enum error_code scenario_definitions(struct arena *arena, const char *path,
                                               struct loaded *loaded, struct error *err);

/* Likewise a text in memory. */
void scenario_definitions_text(struct arena *arena, struct str file, struct str text,
                               struct loaded *loaded);

/* Adds what of a definition is not in the scenario: errors (cluster, group, service) and warnings
 * (a metric that nothing gives). False: there was an error. */
bool scenario_match(struct arena *arena, const struct scenario *scenario,
                    const struct definition *definition, struct findings *findings);

/* The embedded default: the quick start's cluster in a day with a burst in it, and its definition
 * (my_cluster.yml). */
extern const struct str quick_start_scenario;
extern const struct str quick_start_definition;
#define QUICK_START_SCENARIO_FILE   "quick-start.yml"
#define QUICK_START_DEFINITION_FILE "my_cluster.yml"

#endif
