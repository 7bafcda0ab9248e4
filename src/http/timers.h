/* The timers of one event loop, on its clock. For implementations of transport.h. */
#ifndef HTTP_TIMERS_H
#define HTTP_TIMERS_H

#include "http/transport.h"

struct timer;

struct timers {
    struct timer *items; /* in no order: there are few, and most are taken back soon */
    size_t count;
    size_t room;
    uint64_t sequence; /* of the next one: timers that are due together fire as they were set */
};

void timers_add(struct timers *timers, int64_t due_ms, timer_done *done, void *context);
/* When the next one is due; INT64_MAX where there is none. */
int64_t timers_next_ms(const struct timers *timers);
/* Calls those due at `now_ms`, less those set by these very calls. False where none was. */
bool timers_fire(struct timers *timers, int64_t now_ms);
void timers_release(struct timers *timers);

#endif
