/* The inside of a simulated account: what its files share. Things live in the world's arena and
 * stay where they are; instances and tasks that are gone are used again (with another serial, so
 * that events of their former lives are none).
 *
 * Invariants: a task holds its instance and takes room on it until it is STOPPED; an instance is
 * used again when nothing holds it (its group, its cluster, tasks). Counts are kept with every
 * change, never counted anew. Reads change nothing. */
#ifndef CLOUD_SIM_STATE_H
#define CLOUD_SIM_STATE_H

#include "cloud/sim/agenda.h"
#include "cloud/sim/flow.h"
#include "cloud/sim/index.h"
#include "cloud/sim/random.h"
#include "cloud/sim/world.h"

/* What goes by itself, and how fast. */
enum {
    SIM_MINUTE_MS = 60 * 1000,
    SIM_LAUNCH_AGAIN_MS = 60 * 1000, /* after InsufficientInstanceCapacity */
    SIM_UNHEALTHY_MS = 60 * 1000,    /* until the group sees that an instance is dead */
    SIM_DEREGISTER_MS = 30 * 1000,   /* from gone to no longer a container instance */
    SIM_STOPPED_SHOWN_MS = 60 * 1000,
    SIM_ID_SIZE = 40,
};

enum sim_machine { MACHINE_PENDING, MACHINE_IN_SERVICE, MACHINE_TERMINATING, MACHINE_GONE };

struct sim_instance {
    struct sim_instance *next_free;
    struct sim_group *group;
    uint64_t serial;
    int holders;
    char ec2_id[SIM_ID_SIZE];
    char id[SIM_ID_SIZE]; /* of the container instance: the end of its ARN */
    enum sim_machine machine;
    bool is_dead; /* by itself; the group does not know yet */
    bool never_joins;
    bool is_protected;
    int64_t launched_ms;
    /* As a container instance. */
    bool is_registered;
    bool is_draining;
    bool is_connected;
    bool is_changed; /* in the cluster's list of these */
    struct resources remaining;
    int64_t running;
    int64_t pending;
    struct sim_task *tasks; /* not STOPPED yet */
    uint64_t *pulled;       /* a bit a service: its image is there */
    int64_t same;           /* for the scheduler: tasks of the service it looks at */
};

struct sim_task {
    struct sim_task *next; /* of the service, or free */
    struct sim_task *previous;
    struct sim_task *instance_next;
    struct sim_task *instance_previous;
    struct sim_service *service;
    struct sim_instance *instance; /* NULL: Fargate */
    struct resources size;
    uint64_t serial;
    char id[SIM_ID_SIZE];
    enum sim_task_status status;
    bool is_hung;
    bool is_waiting; /* for an agent that is not connected */
    int64_t created_ms;
    int64_t order; /* for the scheduler */
};

struct sim_instance_list {
    struct sim_instance **items;
    size_t count;
    size_t room;
};

struct sim_service_list {
    struct sim_service **items;
    size_t count;
    size_t room;
};

struct sim_group {
    const struct sim_group_spec *spec;
    const struct sim_instance_type *type;
    struct sim_cluster *cluster;
    int64_t min;
    int64_t max;
    int64_t desired;
    int64_t capacity;
    struct sim_instance_list members; /* sorted by id; terminating ones included */
    int64_t staying;                  /* members that are not terminating */
    bool launches_again;              /* the event is on the agenda */
    struct sim_random launch, join, terminate, ids;
    struct sim_group_state totals; /* instance_ms, launches, terminations, failures, killed tasks:
                                      of instances that are gone */
    int64_t launched_sum_ms;       /* over the members */
};

struct sim_service {
    const struct sim_service_spec *spec;
    struct sim_cluster *cluster;
    size_t index; /* in the cluster; behind all others: of standalone tasks */
    int64_t desired;
    int64_t running;
    int64_t pending;
    int64_t stopping;
    int64_t leaving; /* of the running: on draining instances */
    int64_t unplaced;
    bool is_looked_at; /* in the cluster's list of these */
    bool is_stuck;     /* likewise: unplaced, and no instance had room */
    struct sim_task *tasks;
    struct sim_task *stopped;
    struct sim_random ids, pull, start, stop, place;
    struct flow flow;
    struct str definition_arn;
    struct sim_metric *metrics;
    size_t metric_count;
};

struct sim_cluster {
    const struct sim_cluster_spec *spec;
    struct sim_world *world;
    struct str instance_prefix; /* of ARNs, up to the id */
    struct str task_prefix;
    struct sim_group *groups;
    struct sim_service *services;
    struct sim_service_spec standalone_spec;
    struct sim_service standalone;       /* what holds the tasks of no service; it wants none */
    struct sim_instance_list registered; /* sorted by EC2 id */
    struct sim_instance_list changed;    /* have more room, or became placeable, since looked at */
    struct sim_service_list looks;
    struct sim_service_list stuck;
    struct sim_instance_list scratch;
    bool is_scheduled; /* the event is on the agenda */
};

struct sim_point {
    double value; /* NaN: there is none */
    int64_t visible_ms;
};

/* Points of minutes that follow one another, the newest `count` of them, in a ring. */
struct sim_metric {
    struct sim_service *service;
    struct str namespace_;
    struct str name;
    const struct sim_dimension *dimensions;
    size_t dimension_count;
    enum sim_signal signal;
    uint64_t late_seed;
    uint64_t gap_seed;
    int64_t first_minute; /* since 1970: of the oldest point */
    struct sim_point *points;
    size_t from; /* index of the oldest */
    size_t count;
    size_t room;
};

struct sim_world {
    const struct sim_spec *spec;
    struct arena arena;
    int64_t now_ms;
    bool is_starting; /* what is placed runs at once */
    struct agenda agenda;
    uint64_t serial;
    struct sim_cluster *clusters;
    struct sim_index index;
    int64_t silent_until_ms;
    struct sim_task *free_tasks;
    struct sim_instance *free_instances;
    size_t pulled_words;
};

#endif
