/* The pools of a scenario and what they have to do. Internal to simulate/. */
#ifndef SIMULATE_DEMAND_H
#define SIMULATE_DEMAND_H

#include "scenario/scenario.h"
#include "simulate/pool.h"

/* How much of a unit a task takes, and whose tasks are scaled. */
struct demand_service {
    const struct sim_service_spec *spec;
    const struct service_definition *definition; /* NULL: its desired count stays as it is */
    double share;
};

struct demand {
    struct pool pool;
    double unavoidable_minutes; /* outside whatever is done: more would be needed than may be */
};

/* Fills what `services` ask of a pool: all of its members but bounds, delays and the quantum. */
void demand_fill(struct arena *arena, const struct demand_service *services, size_t count,
                 struct demand *demand);

/* Tasks that hold the objective of a web service at that load. */
int64_t demand_web_tasks(const struct sim_service_spec *spec, double per_second);

bool demand_has_objective(const struct sim_service_spec *spec);

#endif
