#include "command/demo_history.h"

#include "base/banned.h"

void history_init(struct history *history, struct arena *arena, size_t minutes, double top)
{
    *history = (struct history){.values = ARENA_ARRAY(arena, double, minutes),
                                .is_outside = ARENA_ARRAY(arena, bool, minutes),
                                .room = minutes,
                                .top = top};
}

void history_add(struct history *history, double value, bool is_outside)
{
    if (history->count == history->room)
        return;
    history->values[history->count] = value;
    history->is_outside[history->count] = is_outside;
    history->count++;
    if (value > history->top)
        history->top = value;
}

const char *history_bar(const struct history *history, size_t column, size_t columns,
                        bool *is_outside)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t from = column * history->room / columns;
    size_t to = (column + 1) * history->room / columns;
    double high = 0;
    *is_outside = false;
    if (from >= history->count)
        return NULL;
    for (size_t i = from; i < to && i < history->count; i++) {
        high = history->values[i] > high ? history->values[i] : high;
        *is_outside = *is_outside || history->is_outside[i];
    }
    double share = history->top > 0 ? high / history->top : 0;
    size_t step = (size_t)(share * 8);
    return bars[step > 7 ? 7 : step];
}
