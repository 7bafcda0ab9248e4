#include "http/timers.h"

#include "base/memory.h"

#include "base/banned.h"

struct timer {
    int64_t due_ms;
    uint64_t sequence;
    timer_done *done;
    void *context;
};

void timers_add(struct timers *timers, int64_t due_ms, timer_done *done, void *context)
{
    if (timers->count == timers->room) {
        timers->room = timers->room > 0 ? timers->room * 2 : 16;
        timers->items = memory_resize(timers->items, timers->room, sizeof(struct timer));
    }
    timers->items[timers->count++] = (struct timer){
        .due_ms = due_ms, .sequence = timers->sequence++, .done = done, .context = context};
}

int64_t timers_next_ms(const struct timers *timers)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < timers->count; i++) {
        if (timers->items[i].due_ms < next)
            next = timers->items[i].due_ms;
    }
    return next;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->sequence < b->sequence);
}

bool timers_fire(struct timers *timers, int64_t now_ms)
{
    uint64_t end = timers->sequence;
    bool fired = false;
    for (;;) {
        struct timer *first = NULL;
        for (size_t i = 0; i < timers->count; i++) {
            struct timer *timer = &timers->items[i];
            bool is_due = timer->due_ms <= now_ms && timer->sequence < end;
            if (is_due && (first == NULL || is_before(timer, first)))
                first = timer;
        }
        if (first == NULL)
            return fired;
        struct timer timer = *first;
        *first = timers->items[--timers->count];
        timer.done(timer.context);
        fired = true;
    }
}

void timers_release(struct timers *timers)
{
    memory_free(timers->items);
    *timers = (struct timers){.items = NULL};
}
