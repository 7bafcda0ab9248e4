/* What an invocation of the function is asked to do: its JSON payload → struct event. Anybody who
 * may invoke the function writes it, so it is read strictly: what is not understood is an error
 * that lists the forms, never a pass over everything. */
#ifndef LAMBDA_EVENT_H
#define LAMBDA_EVENT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

struct event {
    bool dry_run;
    struct str *patterns; /* of cluster names, with '*' and '?'; in the arena */
    size_t pattern_count; /* 0: all clusters */
    const char *source;   /* "a schedule", "TEST_RUN", "an event": for the log */
};

/* E_SYNTAX for what is no JSON; E_USAGE for JSON of another form, with what is wrong with it and
 * event_forms; E_LIMIT. */
NODISCARD enum error_code event_parse(struct arena *arena, struct str payload, struct event *event,
                                      struct error *err);

/* The forms there are, one sentence. */
extern const char event_forms[];

/* Does the event ask for that cluster? */
bool event_asks_for(const struct event *event, struct str cluster);

#endif
