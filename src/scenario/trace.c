#include "scenario/trace.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* Invariants: minutes before `kept` have a sum and a count, those without rows 0 of both; the
 * newest row is at `newest`, minutes since the first. */
struct trace_reader {
    size_t minutes_max;
    struct trace *trace;
    struct trace_problem *problem;
    size_t line;
    bool by_minute;
    int64_t origin; /* of the first row: a minute, or milliseconds */
    int64_t newest_time;
    int64_t newest;
    int64_t usual_gap; /* minutes between the first two rows that are not of one minute */
    double *sums;
    uint32_t *counts;
    size_t kept;
    size_t room;
    int64_t after; /* the first row beyond what is kept: for the line up to it; 0: none */
    double after_value;
};

static bool fail(struct trace_reader *reader, struct str line, struct str at, const char *hint,
                 const char *format, ...) PRINTF_LIKE(5, 6);

static bool fail(struct trace_reader *reader, struct str line, struct str at, const char *hint,
                 const char *format, ...)
{
    struct trace_problem *problem = reader->problem;
    *problem = (struct trace_problem){.line = reader->line, .len = at.len > 0 ? at.len : 1};
    problem->column = at.ptr != NULL && line.ptr != NULL ? (size_t)(at.ptr - line.ptr) + 1 : 1;
    va_list args;
    va_start(args, format);
    vsnprintf(problem->message, sizeof(problem->message), format, args);
    va_end(args);
    snprintf(problem->hint, sizeof(problem->hint), "%s", hint);
    size_t len = line.len < sizeof(problem->text) - 1 ? line.len : sizeof(problem->text) - 1;
    for (size_t i = 0; line.ptr != NULL && i < len;
         i++) { /* whatever it is, it is shown as ASCII */
        char c = line.ptr[i];
        problem->text[i] = (char)(c >= ' ' && c < 0x7F ? c : '?');
    }
    return false;
}

/* Without white space, without quotes. */
static struct str bare(struct str cell)
{
    cell = str_trim(cell);
    if (cell.ptr != NULL && cell.len >= 2 && cell.ptr[0] == '"' && cell.ptr[cell.len - 1] == '"')
        cell = str_trim(str_slice(cell, 1, cell.len - 1));
    return cell;
}

/* ISO 8601 as AWS writes it, and with a space in place of the T, and without a zone (UTC). */
static bool read_timestamp(struct str cell, int64_t *ms)
{
    char text[40];
    if (cell.len < 16 || cell.len > sizeof(text) - 2)
        return false;
    memcpy(text, cell.ptr, cell.len);
    if (text[10] == ' ')
        text[10] = 'T';
    size_t len = cell.len;
    struct str clock = str_slice(cell, 11, cell.len);
    if (str_find(clock, 'Z') == clock.len && str_find(clock, '+') == clock.len &&
        str_find(clock, '-') == clock.len)
        text[len++] = 'Z';
    return clock_parse((struct str){text, len}, ms);
}

static void make_room(struct trace_reader *reader, size_t minutes)
{
    if (minutes <= reader->room)
        return;
    size_t room = reader->room > 0 ? reader->room * 2 : 4096;
    while (room < minutes)
        room *= 2;
    reader->sums = memory_resize(reader->sums, room, sizeof(*reader->sums));
    reader->counts = memory_resize(reader->counts, room, sizeof(*reader->counts));
    memset(reader->sums + reader->room, 0, (room - reader->room) * sizeof(*reader->sums));
    memset(reader->counts + reader->room, 0, (room - reader->room) * sizeof(*reader->counts));
    reader->room = room;
}

static void keep(struct trace_reader *reader, int64_t minute, double value)
{
    if ((uint64_t)minute >= reader->minutes_max) {
        if (reader->after == 0) {
            reader->after = minute;
            reader->after_value = value;
        }
        return;
    }
    make_room(reader, (size_t)minute + 1);
    reader->sums[minute] += value;
    reader->counts[minute]++;
    reader->kept = (size_t)minute + 1;
}

static void note_gap(struct trace_reader *reader, int64_t gap)
{
    if (gap <= 1)
        return;
    if (reader->usual_gap == 0)
        reader->usual_gap = gap;
    if (gap > TRACE_GAP_MINUTES && gap > 4 * reader->usual_gap &&
        gap > reader->trace->gap_minutes) {
        reader->trace->gap_minutes = gap;
        reader->trace->gap_line = reader->line;
    }
}

static bool add(struct trace_reader *reader, struct str line, struct str when, int64_t time,
                double value)
{
    struct trace *trace = reader->trace;
    if (trace->row_count == 0) {
        reader->origin = reader->newest_time = time;
        trace->first_ms = reader->by_minute ? 0 : time;
    }
    if (time < reader->newest_time)
        return fail(reader, line, when, "sort the file by time", "is earlier than the row before");
    int64_t since = time - reader->origin;
    int64_t minute = reader->by_minute ? since : since / 60000;
    if (minute == 1 && reader->usual_gap == 0)
        reader->usual_gap = 1;
    note_gap(reader, minute - reader->newest);
    reader->newest_time = time;
    reader->newest = minute;
    trace->row_count++;
    if (trace->row_count > LIMIT_TRACE_ROWS)
        return fail(reader, line, line, "", "there are more than %d rows", LIMIT_TRACE_ROWS);
    keep(reader, minute, value);
    return true;
}

static bool read_time(struct trace_reader *reader, struct str line, struct str cell, int64_t *time)
{
    int64_t number = 0;
    bool is_number = str_to_int64(cell, &number);
    if (reader->trace->row_count == 0)
        reader->by_minute = is_number;
    if (reader->by_minute) {
        if (!is_number)
            return fail(reader, line, cell, "", "the minute must be a whole number");
        if (number < 0 || number > INT64_C(1000000000))
            return fail(reader, line, cell, "", "the minute must be from 0 to 1000000000");
        *time = number;
        return true;
    }
    if (!read_timestamp(cell, time))
        return fail(reader, line, cell, "write it as 2026-03-02T00:00:00Z",
                    "is neither a minute nor a timestamp");
    return true;
}

static bool read_value(struct trace_reader *reader, struct str line, struct str cell, double *value)
{
    if (cell.len == 0)
        return fail(reader, line, cell, "leave the whole row out where nothing is known",
                    "has no number after its time");
    if (!str_to_double(cell, value) || !isfinite(*value))
        return fail(reader, line, cell, "", "is not a number");
    if (*value < 0)
        return fail(reader, line, cell, "", "is negative: a load never is");
    if (*value > 1e12)
        return fail(reader, line, cell, "", "is larger than any load (1e12)");
    return true;
}

/* Names of columns: neither a number nor anything like a time. */
static bool is_heading(struct str first, struct str second)
{
    double number = 0;
    int64_t ms = 0;
    bool has_digit_first = first.len > 0 && first.ptr[0] >= '0' && first.ptr[0] <= '9';
    return !has_digit_first && !read_timestamp(first, &ms) && !str_to_double(first, &number) &&
           !str_to_double(second, &number) && second.len > 0 &&
           !(second.ptr[0] >= '0' && second.ptr[0] <= '9') && second.ptr[0] != '-';
}

static bool read_line(struct trace_reader *reader, struct str line)
{
    reader->line++;
    if (reader->line == 1 && str_starts(line, STR("\xEF\xBB\xBF")))
        line = str_slice(line, 3, line.len);
    struct str rest = str_trim(line);
    if (rest.len == 0 || rest.ptr[0] == '#')
        return true;
    if (line.len > LIMIT_TRACE_LINE_BYTES)
        return fail(reader, line, line, "", "the line is longer than %d bytes",
                    LIMIT_TRACE_LINE_BYTES);
    size_t comma = str_find(rest, ',');
    if (comma == rest.len) {
        bool other = str_find(rest, ';') < rest.len || str_find(rest, '\t') < rest.len;
        return fail(reader, line, rest, other ? "separate the columns by commas" : "",
                    "a row has a time and a number, with a comma between");
    }
    struct str first = bare(str_slice(rest, 0, comma));
    struct str second = str_slice(rest, comma + 1, rest.len);
    if (str_find(second, ',') < second.len)
        return fail(reader, line, second, "keep the column that is the load",
                    "a row has two columns: a time and a number");
    second = bare(second);
    if (reader->line == 1 && is_heading(first, second))
        return true;
    int64_t time = 0;
    double value = 0;
    return read_time(reader, line, first, &time) && read_value(reader, line, second, &value) &&
           add(reader, line, first, time, value);
}

/* A straight line from minute `from` to minute `to`, both known, as far as there is room. */
static void draw_line(double *values, size_t count, size_t from, size_t to, double to_value)
{
    for (size_t i = from + 1; i < to && i < count; i++)
        values[i] =
            values[from] + (to_value - values[from]) * (double)(i - from) / (double)(to - from);
}

/* Averages, and straight lines between them. */
static void finish_values(struct arena *arena, struct trace_reader *reader)
{
    size_t count = reader->after > 0 ? reader->minutes_max : reader->kept;
    double *values = ARENA_ARRAY(arena, double, count);
    size_t last = 0;
    for (size_t i = 0; i < reader->kept; i++) {
        if (reader->counts[i] == 0)
            continue;
        values[i] = reader->sums[i] / reader->counts[i];
        draw_line(values, count, last, i, values[i]);
        last = i;
    }
    if (reader->after > 0)
        draw_line(values, count, last, (size_t)reader->after, reader->after_value);
    reader->trace->values = values;
    reader->trace->minute_count = count;
}

static bool finish(struct arena *arena, struct trace_reader *reader, bool is_fine)
{
    if (is_fine && reader->trace->row_count == 0) {
        reader->line = 0;
        is_fine = fail(reader, STR_NONE, STR_NONE, "", "holds no rows");
    }
    if (is_fine)
        finish_values(arena, reader);
    memory_free(reader->sums);
    memory_free(reader->counts);
    return is_fine;
}

bool trace_read_text(struct arena *arena, struct str text, size_t minutes_max, struct trace *trace,
                     struct trace_problem *problem)
{
    struct trace_reader reader = {.minutes_max = minutes_max, .trace = trace, .problem = problem};
    *trace = (struct trace){0};
    bool is_fine = true;
    struct str line = STR_NONE;
    while (is_fine && str_split(&text, '\n', &line))
        is_fine = read_line(&reader, line);
    return finish(arena, &reader, is_fine);
}

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
}

static bool fail_file(struct trace_reader *reader, const char *what)
{
    reader->line = 0;
    return fail(reader, STR_NONE, STR_NONE, "", "%s: %s", what, strerror(errno));
}

/* The lines of `chunk`; what follows the last line break goes to its front. */
static bool read_lines(struct trace_reader *reader, char *chunk, size_t *len)
{
    struct str rest = {chunk, *len};
    for (;;) {
        size_t end = str_find(rest, '\n');
        if (end == rest.len)
            break;
        if (!read_line(reader, str_slice(rest, 0, end)))
            return false;
        rest = str_slice(rest, end + 1, rest.len);
    }
    if (rest.len > 0)
        memmove(chunk, rest.ptr, rest.len);
    *len = rest.len;
    return true;
}

static bool read_all(struct trace_reader *reader, const char *path)
{
    int file CLEANUP(close_file) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        return fail_file(reader, "cannot be opened");
    if (!S_ISREG(status.st_mode)) {
        reader->line = 0;
        return fail(reader, STR_NONE, STR_NONE, "", "is not a regular file");
    }
    static char chunk[256 * 1024];
    size_t len = 0;
    for (;;) {
        ssize_t count = read(file, chunk + len, sizeof(chunk) - len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_file(reader, "cannot be read");
        if (count == 0)
            return len == 0 || read_line(reader, (struct str){chunk, len});
        len += (size_t)count;
        if (!read_lines(reader, chunk, &len))
            return false;
        if (len > LIMIT_TRACE_LINE_BYTES) /* no end of it so far */
            return read_line(reader, (struct str){chunk, len});
    }
}

bool trace_read(struct arena *arena, const char *path, size_t minutes_max, struct trace *trace,
                struct trace_problem *problem)
{
    struct trace_reader reader = {.minutes_max = minutes_max, .trace = trace, .problem = problem};
    *trace = (struct trace){0};
    return finish(arena, &reader, read_all(&reader, path));
}
