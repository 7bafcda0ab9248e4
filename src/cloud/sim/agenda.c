#include "cloud/sim/agenda.h"

#include "base/memory.h"

#include "base/banned.h"

void agenda_release(struct agenda *agenda)
{
    memory_free(agenda->items);
    *agenda = (struct agenda){.items = NULL};
}

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->sequence < b->sequence;
}

void agenda_add(struct agenda *agenda, struct sim_event event)
{
    if (agenda->count == agenda->room) {
        agenda->room = agenda->room > 0 ? agenda->room * 2 : 64;
        agenda->items = memory_resize(agenda->items, agenda->room, sizeof(*agenda->items));
    }
    event.sequence = agenda->sequence++;
    size_t at = agenda->count++;
    while (at > 0 && is_before(&event, &agenda->items[(at - 1) / 2])) {
        agenda->items[at] = agenda->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->items[at] = event;
}

bool agenda_take(struct agenda *agenda, int64_t to_ms, struct sim_event *event)
{
    if (agenda->count == 0 || agenda->items[0].at_ms > to_ms)
        return false;
    *event = agenda->items[0];
    struct sim_event last = agenda->items[--agenda->count];
    size_t at = 0;
    for (size_t child = 1; child < agenda->count; child = 2 * at + 1) {
        if (child + 1 < agenda->count &&
            is_before(&agenda->items[child + 1], &agenda->items[child]))
            child++;
        if (!is_before(&agenda->items[child], &last))
            break;
        agenda->items[at] = agenda->items[child];
        at = child;
    }
    agenda->items[at] = last;
    return true;
}
