/* The one place that knows how a reason is worded: numbers with their units, ranges, sizes, and
 * what an action does. Everything is ASCII of its own and whatever names came from outside, cut to
 * a length that leaves a reason readable. Results live in `arena`. Pure. */
#ifndef DECIDE_WORDS_H
#define DECIDE_WORDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/definition.h"
#include "model/fact.h"
#include "model/snapshot.h"

#include <stdint.h>

/* "1 task", "3 tasks". */
struct str words_count(struct arena *arena, int64_t count, const char *noun);
/* "512 CPU units and 1024 MiB". */
struct str words_size(struct arena *arena, struct resources size);
/* "5", "0.5": an end of a range. */
struct str words_number(struct arena *arena, double number);
/* "12", "0.25", "True": a metric's value; whole floats without their ".0". */
struct str words_value(struct arena *arena, struct value value);
/* At most some hundred bytes of `text`, on one line, never cut within a character; "..." where
 * something was left out. */
struct str words_clip(struct arena *arena, struct str text);

/* "queue_length = 12": an event's metric with its value. */
struct str words_metric(struct arena *arena, const struct event_definition *event,
                        struct value value);
/* "at least 5", "at most 3", "from 5 to 10", "any value". */
struct str words_range(struct arena *arena, const struct event_definition *event);
/* "1 task more", "2 tasks fewer". */
struct str words_change(struct arena *arena, int64_t action);
/* Why a fact is not there: its own reason, or "it has not been read". */
struct str words_fact(struct arena *arena, struct fact fact);
/* "is missing", "could not be read". */
const char *words_status(struct fact fact);

/* Gathers a list in a bounded buffer: "a, b and 7 more". */
struct words_list {
    struct buf text;
    const char *separator; /* ", " */
    size_t shown;
    size_t total;
};
#define WORDS_LIST(separator_text)                                                                 \
    ((struct words_list){.text = BUF_INIT(4096), .separator = (separator_text)})
void words_list_add(struct words_list *list, struct str item);
/* Releases the list. `noun` is for what was left out: "services". */
struct str words_list_end(struct words_list *list, struct arena *arena, const char *noun);

#endif
