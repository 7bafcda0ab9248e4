/* What will happen: a binary heap of events, in order of time and, at the same time, of being
 * entered. Owns its memory; not thread safe. */
#ifndef CLOUD_SIM_AGENDA_H
#define CLOUD_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_event_kind {
    EVENT_LOAD,                /* a minute since the start is over */
    EVENT_DATAPOINTS,          /* a minute of the wall clock is over */
    EVENT_SCHEDULE,            /* cluster: ECS looks at what is to be placed or stopped */
    EVENT_LAUNCH_AGAIN,        /* group */
    EVENT_INSTANCE_IN_SERVICE, /* instance; the same for the next four */
    EVENT_INSTANCE_JOINED,
    EVENT_INSTANCE_UNHEALTHY,
    EVENT_INSTANCE_GONE,
    EVENT_INSTANCE_FORGOTTEN,
    EVENT_TASK_STARTED, /* task; the same for the next two */
    EVENT_TASK_STOPPED,
    EVENT_TASK_FORGOTTEN,
    EVENT_KIND_COUNT,
};

struct sim_event {
    int64_t at_ms;
    uint64_t sequence; /* set by agenda_add */
    void *subject;
    uint64_t serial; /* of the subject when it was entered: another one by now, no event */
    enum sim_event_kind kind;
};

struct agenda {
    struct sim_event *items;
    size_t count;
    size_t room;
    uint64_t sequence;
};

void agenda_release(struct agenda *agenda);
void agenda_add(struct agenda *agenda, struct sim_event event);
/* The first one, if it is due by `to_ms`: taken out. */
bool agenda_take(struct agenda *agenda, int64_t to_ms, struct sim_event *event);

#endif
