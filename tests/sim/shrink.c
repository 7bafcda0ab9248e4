#include "shrink.h"

#include "play.h"

#include <string.h>

#include "base/banned.h"

/* Does it still fail without those numbered [from, to) among the active ones? Keeps that then. */
static bool try_without(const struct sim_case *c, bool *active, size_t from, size_t to,
                        struct finding *finding)
{
    bool fewer[CASE_DISTURBANCES_MAX];
    struct finding found = {0};
    struct play_count count = {0};
    size_t number = 0;
    memcpy(fewer, active, sizeof(fewer));
    for (size_t i = 0; i < c->disturbance_count; i++) {
        if (!active[i])
            continue;
        if (number >= from && number < to)
            fewer[i] = false;
        number++;
    }
    const struct play_options options = {fewer, NULL};
    play(c, &options, &count, &found);
    if (!found.failed)
        return false;
    memcpy(active, fewer, sizeof(fewer));
    *finding = found;
    return true;
}

static size_t count_active(const struct sim_case *c, const bool *active)
{
    size_t count = 0;
    for (size_t i = 0; i < c->disturbance_count; i++)
        count += active[i];
    return count;
}

void shrink(const struct sim_case *c, bool *active, struct finding *finding)
{
    for (size_t chunk = count_active(c, active); chunk >= 1; chunk /= 2) {
        for (size_t from = 0; from < count_active(c, active);) {
            if (!try_without(c, active, from, from + chunk, finding))
                from += chunk;
        }
    }
}
