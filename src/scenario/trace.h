/* A load over time out of a CSV file of two columns: a time and a number.
 *
 *   minute,requests_per_second      minute: a whole number
 *   timestamp,value                 timestamp: 2014-04-10 00:04:00, or with T, Z or +01:00
 *
 * A first line without numbers is a heading. Empty lines and lines that begin with '#' are left
 * out; quotes and a carriage return at the end of a line make no difference. Rows are in order of
 * time. Minute 0 is the first row's. Rows of the same minute are averaged; minutes between rows
 * get a straight line between their neighbours, over any distance: one longer than
 * TRACE_GAP_MINUTES, or than the usual distance by far, is a warning.
 *
 * Memory: a number a minute, of the first `minutes_max` minutes; the rest is checked, not kept. */
#ifndef SCENARIO_TRACE_H
#define SCENARIO_TRACE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_GAP_MINUTES = 60, TRACE_TEXT_SIZE = 200, TRACE_MESSAGE_SIZE = 300 };

struct trace {
    double *values; /* one a minute; not negative, finite */
    size_t minute_count;
    uint64_t row_count;
    int64_t first_ms; /* since 1970; 0 where the rows have minutes */
    size_t gap_line;  /* the row after the longest gap; 0: none is worth a word */
    int64_t gap_minutes;
};

/* What is wrong, and where: for a diagnostic. */
struct trace_problem {
    size_t line; /* 0: the file as a whole */
    size_t column;
    size_t len;
    char message[TRACE_MESSAGE_SIZE];
    char hint[TRACE_MESSAGE_SIZE];
    char text[TRACE_TEXT_SIZE]; /* the line, cut */
};

/* False: *problem says why. Values live in `arena`. */
bool trace_read(struct arena *arena, const char *path, size_t minutes_max, struct trace *trace,
                struct trace_problem *problem);
/* Likewise a text in memory. */
bool trace_read_text(struct arena *arena, struct str text, size_t minutes_max, struct trace *trace,
                     struct trace_problem *problem);

#endif
