/* What was seen of one service, minute by minute, and as a line of little bars. */
#ifndef COMMAND_DEMO_HISTORY_H
#define COMMAND_DEMO_HISTORY_H

#include "base/arena.h"
#include "cloud/sim/world.h"

struct history {
    double *values;   /* a minute each */
    bool *is_outside; /* the objective did not hold */
    size_t count;
    size_t room;
    double top; /* the largest so far; what is drawn fully high */
};

void history_init(struct history *history, struct arena *arena, size_t minutes, double top);
void history_add(struct history *history, double value, bool is_outside);

/* One of eight heights for the largest value of that column, where `columns` show all minutes;
 * NULL where no minute of it has come yet. */
const char *history_bar(const struct history *history, size_t column, size_t columns,
                        bool *is_outside);

#endif
