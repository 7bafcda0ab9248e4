/* A simulated account: a deterministic discrete-event simulation with a virtual clock and one seed.
 * The same spec and the same calls at the same times give the same world, byte for byte.
 *
 * What AWS would answer to reads is given in the model's own facts; what AWS would do on writes, in
 * AWS's own errors (struct sim_refusal). The direct implementation of the cloud seam (cloud.h in
 * this folder) and the wire front both stand on these functions, so that they cannot differ.
 *
 * Not here: faults of calls (they are put in at the seams, see faults.h) and the scheduler's
 * insides (scheduler.h). Units: milliseconds, CPU units, MiB, tasks. Not thread safe; one world a
 * thread. */
#ifndef CLOUD_SIM_WORLD_H
#define CLOUD_SIM_WORLD_H

#include "base/arena.h"
#include "cloud/cloud.h"
#include "cloud/sim/spec.h"

struct sim_world;

struct sim_world *sim_world_new(const struct sim_spec *spec); /* `spec` must outlive it */
void sim_world_free(struct sim_world *world);
const struct sim_spec *sim_world_spec(const struct sim_world *world);

int64_t sim_world_now_ms(const struct sim_world *world); /* wall clock, since 1970 */
/* Lets everything happen up to that time; earlier than now does nothing. */
void sim_world_advance(struct sim_world *world, int64_t to_ms);

/* ---- Reads: what the API would say now. False: there is no such thing. Texts live in `arena`.
 * Found by exact name; a group and a cluster in its region only. ---- */

bool sim_group_read(const struct sim_world *world, struct str region, struct str name,
                    struct arena *arena, struct group_facts *facts);
bool sim_service_read(const struct sim_world *world, struct str region, struct str cluster,
                      struct str name, struct arena *arena, struct service_facts *facts);
/* Of every status; false: no such cluster. */
bool sim_instances_read(const struct sim_world *world, struct str region, struct str cluster,
                        struct arena *arena, struct instances_facts *facts);
bool sim_daemons_read(const struct sim_world *world, struct str region, struct str cluster,
                      struct arena *arena, struct daemons_facts *facts);
bool sim_task_definition_read(const struct sim_world *world, struct str arn,
                              struct resources *size);
bool sim_capacity_provider_read(const struct sim_world *world, struct str name, bool *managed);
/* Visible datapoints of one statistic in the query's window; none is an empty array. A statistic
 * over several minutes is worked out of the minutes as CloudWatch does. */
void sim_statistic_read(const struct sim_world *world, struct str region,
                        const struct statistic_query *query, struct arena *arena,
                        struct datapoint **points, size_t *count);
/* The JSON document at that URL (user-info and query are ignored); false: 404. */
bool sim_http_read(const struct sim_world *world, struct str url, struct arena *arena,
                   struct str *body);
bool sim_metrics_are_silent(const struct sim_world *world); /* sim_metrics_silence: HTTP 503 */

enum sim_task_status { SIM_TASK_PENDING, SIM_TASK_RUNNING, SIM_TASK_STOPPING, SIM_TASK_STOPPED };

struct sim_task_facts {
    struct str arn;
    struct str instance_arn;    /* empty: Fargate */
    struct str service;         /* empty: a standalone task */
    struct str task_definition; /* likewise */
    enum sim_task_status status;
    int64_t created_ms;
};
struct sim_tasks {
    struct sim_task_facts *items; /* sorted by ARN */
    size_t count;
};

/* A cluster's tasks; a minute after it STOPPED a task is forgotten. `instance_arn` may be empty: of
 * all instances. */
bool sim_tasks_read(const struct sim_world *world, struct str region, struct str cluster,
                    struct str instance_arn, struct arena *arena, struct sim_tasks *tasks);

/* ---- Writes, as AWS takes or refuses them: false is a refusal. What follows from a write begins
 * with the next sim_world_advance, to the same time at the earliest. ---- */

struct sim_refusal {
    const char *code; /* AWS's: "ValidationError", "ServiceNotFoundException"; NULL: taken.
                         "MISSING": the answer is a success with that reason in `failures` */
    int http_status;
    char message[256];
};

bool sim_service_update(struct sim_world *world, struct str region, struct str cluster,
                        struct str service, int64_t desired, struct sim_refusal *refusal);
bool sim_instance_drain(struct sim_world *world, struct str region, struct str cluster,
                        struct str instance_arn, bool drain, struct sim_refusal *refusal);
bool sim_group_set_desired(struct sim_world *world, struct str region, struct str group,
                           int64_t desired, struct sim_refusal *refusal);
/* min, max, desired: -1 leaves it as it is. */
struct sim_group_change {
    int64_t min;
    int64_t max;
    int64_t desired;
};
bool sim_group_update(struct sim_world *world, struct str region, struct str group,
                      const struct sim_group_change *change, struct sim_refusal *refusal);
bool sim_instance_terminate(struct sim_world *world, struct str region, struct str ec2_id,
                            bool decrement, struct sim_refusal *refusal);
bool sim_instance_protect(struct sim_world *world, struct str region, struct str ec2_id,
                          bool is_protected, struct sim_refusal *refusal);

/* A standalone task, as somebody's RunTask puts it on an instance: of no service, nothing moves it
 * when the instance drains. False: no such instance, it takes no tasks or has no room. */
bool sim_task_run(struct sim_world *world, struct str ec2_id, struct resources size,
                  struct arena *arena, struct str *arn);
bool sim_task_finish(struct sim_world *world, struct str task_arn); /* STOPPED, by itself */

/* ---- Mishaps: what goes wrong in an account by itself; for tests, faults and scenarios. ---- */

bool sim_instance_kill(struct sim_world *world,
                       struct str ec2_id); /* dies; the group replaces it */
bool sim_agent_disconnect(struct sim_world *world, struct str ec2_id, bool connected);
bool sim_task_hang(struct sim_world *world, struct str task_arn); /* never stops by itself */
void sim_group_capacity(struct sim_world *world, struct str group, int64_t capacity);
void sim_metrics_silence(struct sim_world *world, int64_t until_ms); /* no datapoints, HTTP 503 */

/* ---- Looking on: what no API tells. For reports, the demo's view and tests. ---- */

/* Sums since the start. "Outside": the objective did not hold. */
struct sim_service_totals {
    double arrived; /* messages or requests */
    double done;
    double failed;       /* WEB: above the capacity */
    double work_outside; /* messages that waited too long, requests served outside or failed */
    int64_t time_ms;
    int64_t time_outside_ms;
    double wait_sum_s; /* over all messages done; mean = wait_sum_s / done */
    double wait_worst_s;
    double task_ms; /* running tasks × time */
};

struct sim_service_state {
    int64_t desired;
    int64_t running;
    int64_t pending; /* placed, not running yet */
    int64_t stopping;
    int64_t unplaced; /* wanted, and no instance has room */
    double load_per_second;
    double backlog; /* QUEUE */
    double oldest_wait_s;
    double utilisation; /* of the running tasks, 0–1 (WEB: above 1 is demand it cannot serve) */
    double latency_ms;  /* WEB */
    bool is_outside;
    struct sim_service_totals totals;
};

struct sim_group_state {
    int64_t min;
    int64_t max;
    int64_t desired;
    int64_t launching; /* not InService yet */
    int64_t in_service;
    int64_t registered; /* of these: joined the cluster, ACTIVE */
    int64_t draining;
    int64_t terminating;
    double instance_ms; /* from launch to gone, summed */
    double cost;        /* of these at the type's price */
    uint64_t launches;
    uint64_t terminations;
    uint64_t launch_failures;
    uint64_t killed_tasks; /* tasks that were running or pending on instances when these were
                              terminated by a call (never for an autoscaler that drains) */
};

/* By index in the spec. */
void sim_service_look(const struct sim_world *world, size_t cluster, size_t service,
                      struct sim_service_state *state);
void sim_group_look(const struct sim_world *world, size_t cluster, size_t group,
                    struct sim_group_state *state);

#endif
