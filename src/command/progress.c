#include "command/progress.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* Redrawn at most so often: a pass may make hundreds of calls a second. */
enum { REDRAW_MS = 50 };

static struct {
    struct cloud *cloud;
    size_t clusters;
    size_t calls;
    int64_t drawn_ms;
    bool is_drawn;
} progress;

static void erase(void *context)
{
    (void)context;
    if (progress.is_drawn)
        fprintf(stderr, "\r\033[K");
    progress.is_drawn = false;
    fflush(stderr);
}

static void draw(void *context)
{
    (void)context;
    fprintf(stderr, "\r\033[K%zu cluster%s, %zu call%s …", progress.clusters,
            progress.clusters == 1 ? "" : "s", progress.calls, progress.calls == 1 ? "" : "s");
    fflush(stderr);
    progress.is_drawn = true;
    progress.drawn_ms = clock_steady_ms();
}

static void on_call(void *context)
{
    progress.calls++;
    if (clock_steady_ms() - progress.drawn_ms >= REDRAW_MS)
        draw(context);
}

/* It would show the escape sequences that the line is erased with. */
static bool is_dumb_terminal(void)
{
    const char *term = getenv("TERM");
    return term == NULL || strcmp(term, "dumb") == 0;
}

void progress_begin(struct cloud *cloud, size_t cluster_count)
{
    if (!isatty(STDERR_FILENO) || is_dumb_terminal())
        return;
    progress.cloud = cloud;
    progress.clusters = cluster_count;
    progress.calls = 0;
    cloud->progress = on_call;
    log_on_line(erase, draw, NULL);
    draw(NULL);
}

void progress_end(struct cloud *cloud)
{
    if (cloud->progress == NULL)
        return;
    cloud->progress = NULL;
    log_on_line(NULL, NULL, NULL);
    erase(NULL);
}
