#include "command/simulate_progress.h"

#include "base/clock.h"
#include "command/print_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum { REDRAW_MS = 100, BAR_COLUMNS = 40 };

static struct {
    size_t index;
    size_t count;
    int64_t length_ms;
    int64_t drawn_ms;
    bool is_drawn;
} bar;

static bool is_welcome(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

static void draw(double share, const char *what)
{
    int64_t now_ms = clock_steady_ms();
    if (!is_welcome() || (bar.is_drawn && now_ms - bar.drawn_ms < REDRAW_MS))
        return;
    int full = (int)(share * BAR_COLUMNS);
    fprintf(stderr, "\r\033[K%s [", what);
    for (int i = 0; i < BAR_COLUMNS; i++)
        fputc(i < full ? '#' : ' ', stderr);
    fprintf(stderr, "] %3.0f %%", share * 100);
    fflush(stderr);
    bar.is_drawn = true;
    bar.drawn_ms = now_ms;
}

static void on_progress(void *context, int64_t done_ms)
{
    (void)context;
    char what[48];
    snprintf(what, sizeof(what), "policy %zu of %zu", bar.index + 1, bar.count);
    draw((double)done_ms / (double)bar.length_ms, what);
}

void simulate_progress_begin(struct simulate_options *policy, size_t index, size_t count)
{
    bar.index = index;
    bar.count = count;
    bar.length_ms = policy->scenario->length_ms;
    policy->progress = on_progress;
}

void simulate_progress_sweep(void *context, size_t done, size_t count)
{
    (void)context;
    char what[48];
    snprintf(what, sizeof(what), "%zu of %zu variants", done, count);
    draw((double)done / (double)count, what);
}

void simulate_progress_end(void)
{
    if (bar.is_drawn)
        fprintf(stderr, "\r\033[K");
    bar.is_drawn = false;
}
