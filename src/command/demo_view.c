/* What is kept of the day, and when something is drawn. The picture itself is demo_picture.c's. */
#include "command/demo_view.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "command/demo_picture.h"
#include "command/output.h"
#include "command/print_plan.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/banned.h"

enum { REDRAW_MS = 66, MINUTE_MS = 60000, HOUR_MINUTES = 60 };

struct demo_view {
    struct demo_view_options options;
    struct demo_day day;
    struct canvas canvas;
    bool is_picture;
    int64_t drawn_ms;
    struct termios terminal; /* as it was */
    bool is_quiet;           /* what is typed is not echoed */
};

/* ---- The terminal ---- */

static bool has_taken_screen; /* for atexit */

static void give_back_screen(void)
{
    static const char text[] = "\033[?25h\033[?1049l";
    if (!has_taken_screen)
        return;
    has_taken_screen = false;
    fflush(stdout);
    (void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
}

static void take_screen(struct demo_view *view)
{
    static bool is_registered;
    if (!is_registered)
        atexit(give_back_screen);
    is_registered = true;
    has_taken_screen = true;
    fputs("\033[?1049h\033[?25l\033[2J", stdout);
    /* In the background the terminal is somebody else's. */
    if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
        tcgetattr(STDIN_FILENO, &view->terminal) == 0) {
        struct termios quiet = view->terminal;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        view->is_quiet = tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0;
    }
}

struct demo_view *demo_view_new(const struct demo_view_options *options)
{
    struct demo_view *view = memory_new(1, sizeof(*view));
    size_t width = 0;
    size_t height = 0;
    view->options = *options;
    view->is_picture = !options->plain && canvas_terminal(&width, &height);
    view->canvas = (struct canvas){.text = BUF_INIT(LIMIT_LOG_LINE_BYTES * 4),
                                   .colour = print_style_of(stdout).colour};
    demo_day_init(&view->day, options->scenario);
    if (view->is_picture)
        take_screen(view);
    return view;
}

void demo_view_end(struct demo_view *view)
{
    if (view == NULL)
        return;
    give_back_screen();
    if (view->is_quiet)
        tcsetattr(STDIN_FILENO, TCSANOW, &view->terminal);
    buf_release(&view->canvas.text);
    arena_release(&view->day.arena);
    memory_free(view);
}

/* ---- Plain lines ---- */

static void print_line(struct str text)
{
    struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    buf_add(&line, text);
    buf_add_char(&line, '\n');
    output_write(&line);
    output_flush();
}

static void print_decision(const struct demo_decision *decision)
{
    struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    buf_addf(&line, "%s  %-10s %s%s%s: %s", decision->time, decision->verb, decision->subject,
             decision->change[0] != '\0' ? "  " : "", decision->change, decision->reason);
    print_line(buf_str(&line));
}

static void print_hour(struct demo_view *view, const struct sim_world *world)
{
    struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    char time[CLOCK_TEXT_SIZE];
    const struct sim_cluster_spec *cluster = &view->options.scenario->spec.clusters[0];
    struct sim_group_state group;
    clock_format(sim_world_now_ms(world), false, time);
    buf_addf(&line, "%.5s  ", time + 11);
    for (size_t i = 0; i < cluster->service_count; i++) {
        struct sim_service_state state;
        sim_service_look(world, 0, i, &state);
        buf_addf(&line, "%.*s %.1f/s", STR_ARG(cluster->services[i].name), state.load_per_second);
        if (cluster->services[i].workload.kind == SIM_QUEUE)
            buf_addf(&line, ", %.0f wait", state.backlog);
        else
            buf_addf(&line, ", %.0f %% busy", state.utilisation * 100);
        buf_addf(&line, ", %lld of %lld tasks run; ", (long long)state.running,
                 (long long)state.desired);
    }
    sim_group_look(world, 0, 0, &group);
    buf_addf(&line, "%lld of %lld instances", (long long)group.registered,
             (long long)group.desired);
    print_line(buf_str(&line));
}

/* ---- What comes in ---- */

void demo_view_minute(struct demo_view *view, const struct sim_world *world)
{
    demo_day_minute(&view->day, world);
    if (!view->is_picture && view->day.minutes % HOUR_MINUTES == 0)
        print_hour(view, world);
}

void demo_view_pass(struct demo_view *view, const struct pass *pass)
{
    size_t before = view->day.decision_total;
    demo_day_pass(&view->day, pass);
    for (size_t i = before; !view->is_picture && i < view->day.decision_total; i++)
        print_decision(&view->day.decisions[i % DEMO_DECISIONS]);
}

void demo_view_draw(struct demo_view *view, const struct sim_world *world, bool always)
{
    size_t width = 0;
    size_t height = 0;
    int64_t now_ms = clock_steady_ms();
    if (!view->is_picture || (!always && now_ms - view->drawn_ms < REDRAW_MS) ||
        !canvas_terminal(&width, &height))
        return;
    view->drawn_ms = now_ms;
    canvas_begin(&view->canvas, width, height);
    /* All of it at once, where the terminal can do that; others pass over it. */
    buf_add(&view->canvas.text, STR("\033[?2026h\033[H"));
    demo_picture_draw(&view->day, world, &view->canvas);
    buf_add(&view->canvas.text, STR("\033[J\033[?2026l"));
    fwrite(view->canvas.text.ptr, 1, view->canvas.text.len, stdout);
    fflush(stdout);
}
