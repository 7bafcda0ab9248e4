/* The upper seam on a simulated account: answers come at once (or after `latency_ms` of the world's
 * time), from the world as it is then. cloud_now_ms and cloud_wall_ms are the world's clock. */
#ifndef CLOUD_SIM_CLOUD_H
#define CLOUD_SIM_CLOUD_H

#include "cloud/cloud.h"
#include "cloud/sim/world.h"

struct sim_cloud_options {
    struct sim_world *world; /* borrowed; must outlive the cloud */
    int64_t latency_ms;      /* of each answer; the world goes on meanwhile. 0: none */
};

struct cloud *cloud_sim_new(const struct sim_cloud_options *options);

#endif
