#include "command/demo_picture.h"

#include "base/clock.h"
#include "base/vec.h"
#include "command/print_text.h"

#include <stdio.h>
#include <time.h>

#include "base/banned.h"

enum {
    LABEL_AT = 12,  /* "load", "queue", "tasks" */
    CHART_AT = 19,  /* what stands behind them */
    FIGURES = 26,   /* columns behind a chart */
    WIDTH_MIN = 70, /* narrower: a short head */
    CELL_MIN = 38,  /* an instance's */
    TASKS_SHOWN = 24,
    REASON_AT = 8,
};

static const enum ink service_inks[DEMO_SERVICES] = {INK_CYAN, INK_MAGENTA, INK_BLUE, INK_GREEN};
static const char *const service_glyphs[DEMO_SERVICES] = {"█", "▓", "▒", "▚"};

/* An instance as it is drawn. */
struct cell {
    struct str ec2_id;
    struct str arn;
    const char *state; /* NULL: at work */
    struct resources registered;
    struct resources remaining;
    int64_t tasks[DEMO_SERVICES];
};

struct cells {
    VEC(struct cell) items;
};

/* ---- Head ---- */

static void draw_head(const struct demo_day *day, const struct sim_world *world,
                      struct canvas *canvas)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    time_t seconds = (time_t)(sim_world_now_ms(world) / 1000);
    struct tm now;
    char text[32];
    gmtime_r(&seconds, &now);
    snprintf(text, sizeof(text), "%s %02d:%02d", days[now.tm_wday], now.tm_hour, now.tm_min);
    canvas_to(canvas, 1);
    canvas_put(canvas, INK_BOLD, STR("ecs-autoscale demo"));
    if (canvas->width >= WIDTH_MIN)
        canvas_putf(canvas, INK_DIM, "  a simulated day of cluster '%.*s'",
                    STR_ARG(day->scenario->spec.clusters[0].name));
    canvas_right(canvas, INK_BOLD, canvas->width - 1, str_from(text));
    canvas_end_line(canvas);
    size_t columns = canvas->width > 2 ? canvas->width - 2 : 1;
    size_t done = day->minute_count > 0 ? columns * day->minutes / day->minute_count : 0;
    canvas_to(canvas, 1);
    canvas_repeat(canvas, INK_PLAIN, "━", done);
    canvas_repeat(canvas, INK_DIM, "─", columns - done);
    canvas_end_line(canvas);
}

/* ---- Services ---- */

static void draw_chart(const struct history *history, struct canvas *canvas, enum ink ink)
{
    size_t columns = canvas->width > CHART_AT + FIGURES ? canvas->width - CHART_AT - FIGURES : 0;
    for (size_t i = 0; i < columns; i++) {
        bool is_outside = false;
        const char *bar = history_bar(history, i, columns, &is_outside);
        if (bar == NULL)
            break;
        canvas_put(canvas, is_outside ? INK_RED : ink, str_from(bar));
    }
    canvas_to(canvas, CHART_AT + columns + 2);
}

static void draw_tasks(const struct sim_service_state *state, struct canvas *canvas)
{
    int64_t missing = state->desired - state->running - state->pending;
    int64_t counts[] = {state->running, state->pending, missing > 0 ? missing : 0};
    static const char *const glyphs[] = {"■", "▪", "□"};
    static const enum ink inks[] = {INK_GREEN, INK_YELLOW, INK_YELLOW};
    size_t shown = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        for (int64_t k = 0; k < counts[i] && shown < TASKS_SHOWN; k++, shown++)
            canvas_put(canvas, inks[i], str_from(glyphs[i]));
    }
    canvas_to(canvas, CHART_AT + shown + 2);
    canvas_putf(canvas, INK_PLAIN, "%lld of %lld run", (long long)state->running,
                (long long)state->desired);
    if (state->pending > 0)
        canvas_putf(canvas, INK_YELLOW, ", %lld start", (long long)state->pending);
    if (state->unplaced > 0)
        canvas_putf(canvas, INK_YELLOW, ", %lld without room", (long long)state->unplaced);
    if (state->stopping > 0)
        canvas_putf(canvas, INK_DIM, ", %lld stop", (long long)state->stopping);
}

static void put_wait(struct canvas *canvas, enum ink ink, double seconds)
{
    if (seconds < 120)
        canvas_putf(canvas, ink, ", oldest %.0f s", seconds);
    else
        canvas_putf(canvas, ink, ", oldest %.0f min", seconds / 60);
}

static void draw_pressure(const struct sim_service_spec *spec,
                          const struct sim_service_state *state, struct canvas *canvas)
{
    enum ink ink = state->is_outside ? INK_RED : INK_PLAIN;
    if (spec->workload.kind == SIM_QUEUE) {
        canvas_putf(canvas, ink, "%.0f", state->backlog);
        put_wait(canvas, ink, state->oldest_wait_s);
    } else {
        canvas_putf(canvas, ink, "%.0f %%, takes %.0f ms", state->utilisation * 100,
                    state->latency_ms);
    }
}

static void draw_service(const struct demo_day *day, const struct sim_world *world, size_t index,
                         struct canvas *canvas)
{
    const struct sim_service_spec *spec = &day->scenario->spec.clusters[0].services[index];
    struct sim_service_state state;
    bool is_queue = spec->workload.kind == SIM_QUEUE;
    sim_service_look(world, 0, index, &state);
    canvas_to(canvas, 1);
    canvas_put(canvas, service_inks[index], str_from(service_glyphs[index]));
    canvas_putf(canvas, INK_BOLD, " %.*s", STR_ARG(str_slice(spec->name, 0, 8)));
    canvas_to(canvas, LABEL_AT);
    canvas_put(canvas, INK_DIM, STR("load"));
    canvas_to(canvas, CHART_AT);
    draw_chart(&day->load[index], canvas, INK_PLAIN);
    canvas_putf(canvas, INK_PLAIN, "%.1f %s/s", state.load_per_second,
                is_queue ? "messages" : "requests");
    canvas_end_line(canvas);
    canvas_to(canvas, LABEL_AT);
    canvas_put(canvas, INK_DIM, is_queue ? STR("queue") : STR("busy"));
    canvas_to(canvas, CHART_AT);
    draw_chart(&day->pressure[index], canvas, service_inks[index]);
    draw_pressure(spec, &state, canvas);
    canvas_end_line(canvas);
    canvas_to(canvas, LABEL_AT);
    canvas_put(canvas, INK_DIM, STR("tasks"));
    canvas_to(canvas, CHART_AT);
    draw_tasks(&state, canvas);
    canvas_end_line(canvas);
}

/* ---- Instances ---- */

static struct cell *find_cell(struct cells *cells, struct str arn)
{
    for (size_t i = 0; i < cells->items.count; i++) {
        if (str_eq(cells->items.items[i].arn, arn))
            return &cells->items.items[i];
    }
    return NULL;
}

static struct cell *find_by_id(struct cells *cells, const char *id)
{
    for (size_t i = 0; i < cells->items.count; i++) {
        if (str_eq(cells->items.items[i].ec2_id, str_from(id)))
            return &cells->items.items[i];
    }
    return NULL;
}

static void count_tasks(const struct demo_day *day, const struct sim_world *world,
                        struct arena *arena, struct cells *cells)
{
    const struct sim_cluster_spec *cluster = &day->scenario->spec.clusters[0];
    struct sim_tasks tasks = {.count = 0};
    sim_tasks_read(world, cluster->region, cluster->name, STR_NONE, arena, &tasks);
    for (size_t i = 0; i < tasks.count; i++) {
        struct cell *cell = find_cell(cells, tasks.items[i].instance_arn);
        for (size_t k = 0; cell != NULL && k < day->service_count; k++) {
            if (tasks.items[i].status != SIM_TASK_STOPPED &&
                str_eq(cluster->services[k].name, tasks.items[i].service))
                cell->tasks[k]++;
        }
    }
}

/* The group's instances in the order of their ids, as the cluster knows them. */
static void collect_cells(const struct demo_day *day, const struct sim_world *world,
                          struct arena *arena, struct cells *cells)
{
    const struct sim_cluster_spec *cluster = &day->scenario->spec.clusters[0];
    struct group_facts group = {.min = 0};
    struct instances_facts instances = {.count = 0};
    sim_group_read(world, cluster->region, cluster->groups[0].name, arena, &group);
    sim_instances_read(world, cluster->region, cluster->name, arena, &instances);
    for (size_t i = 0; i < group.instance_count; i++) {
        const struct group_instance *member = &group.instances[i];
        struct cell *cell = VEC_ADD(arena, &cells->items);
        *cell = (struct cell){.ec2_id = member->id, .state = "boots"};
        if (str_starts(member->lifecycle_state, STR("Terminating")))
            cell->state = "terminates";
        for (size_t k = 0; k < instances.count; k++) {
            const struct instance_facts *facts = &instances.items[k];
            if (!str_eq(facts->ec2_id, member->id))
                continue;
            cell->arn = facts->arn;
            cell->registered = facts->registered;
            cell->remaining = facts->remaining;
            if (!str_starts(member->lifecycle_state, STR("Terminating")))
                cell->state = facts->status == INSTANCE_DRAINING ? "drains" : NULL;
        }
    }
    count_tasks(day, world, arena, cells);
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

/* How much of it is reserved, by what it has less of. */
static double fullness(const struct cell *cell, bool *by_memory)
{
    double cpu =
        share(cell->registered.cpu_units - cell->remaining.cpu_units, cell->registered.cpu_units);
    double memory =
        share(cell->registered.mem_mib - cell->remaining.mem_mib, cell->registered.mem_mib);
    *by_memory = memory > cpu;
    return memory > cpu ? memory : cpu;
}

static void draw_bar(const struct demo_day *day, const struct cell *cell, size_t columns,
                     struct canvas *canvas)
{
    const struct sim_cluster_spec *cluster = &day->scenario->spec.clusters[0];
    bool by_memory = false;
    size_t drawn = 0;
    double so_far = 0;
    fullness(cell, &by_memory);
    for (size_t i = 0; i < day->service_count; i++) {
        struct resources size = cluster->services[i].task_size;
        so_far += (double)cell->tasks[i] *
                  (by_memory ? share(size.mem_mib, cell->registered.mem_mib)
                             : share(size.cpu_units, cell->registered.cpu_units));
        size_t to = (size_t)(so_far * (double)columns + 0.5);
        to = to > columns ? columns : to;
        if (to > drawn)
            canvas_repeat(canvas, cell->state != NULL ? INK_DIM : service_inks[i],
                          service_glyphs[i], to - drawn);
        drawn = to > drawn ? to : drawn;
    }
    canvas_repeat(canvas, INK_DIM, "·", columns - drawn);
}

static void draw_cell(const struct demo_day *day, const struct cell *cell, size_t at,
                      size_t columns, struct canvas *canvas)
{
    bool by_memory = false;
    size_t bar = columns > 26 ? columns - 26 : 4;
    struct str id =
        str_slice(cell->ec2_id, cell->ec2_id.len > 4 ? cell->ec2_id.len - 4 : 0, cell->ec2_id.len);
    canvas_to(canvas, at);
    canvas_putf(canvas, INK_DIM, "i-…%.*s ", STR_ARG(id));
    if (cell->registered.cpu_units == 0) {
        canvas_repeat(canvas, INK_DIM, "·", bar);
        canvas_putf(canvas, INK_YELLOW, " %s", cell->state);
        return;
    }
    draw_bar(day, cell, bar, canvas);
    canvas_putf(canvas, INK_PLAIN, " %3.0f %%", fullness(cell, &by_memory) * 100);
    if (cell->state != NULL)
        canvas_putf(canvas, INK_YELLOW, " %s", cell->state);
}

/* Rows stay the group's maximum, so that nothing below jumps. */
static void draw_instances(const struct demo_day *day, const struct sim_world *world,
                           size_t rows_max, struct canvas *canvas)
{
    const struct sim_spec *spec = &day->scenario->spec;
    const struct sim_group_spec *group = &spec->clusters[0].groups[0];
    struct arena arena = ARENA_INIT;
    struct cells cells = {.items = {.items = NULL}};
    struct sim_group_state state;
    size_t across = canvas->width / CELL_MIN > 0 ? canvas->width / CELL_MIN : 1;
    across = across > 4 ? 4 : across;
    size_t columns = (canvas->width - 1) / across;
    size_t rows = ((size_t)group->max + across - 1) / across;
    sim_group_look(world, 0, 0, &state);
    collect_cells(day, world, &arena, &cells);
    canvas_to(canvas, 1);
    canvas_put(canvas, INK_BOLD, STR("instances"));
    canvas_to(canvas, LABEL_AT);
    canvas_putf(canvas, INK_PLAIN, "%lld of %lld to %lld", (long long)state.desired,
                (long long)state.min, (long long)state.max);
    canvas_putf(canvas, INK_DIM, "  %.*s, %lld CPU units, %lld MiB each",
                STR_ARG(spec->types[group->type].name),
                (long long)spec->types[group->type].size.cpu_units,
                (long long)spec->types[group->type].size.mem_mib);
    canvas_end_line(canvas);
    for (size_t row = 0; row < rows && row < rows_max; row++) {
        for (size_t i = 0; i < across; i++) {
            struct cell *cell = NULL;
            if (row * across + i < DEMO_SLOTS)
                cell = find_by_id(&cells, day->slots[row * across + i]);
            if (cell != NULL)
                draw_cell(day, cell, 1 + i * columns, columns - 2, canvas);
        }
        canvas_end_line(canvas);
    }
    arena_release(&arena);
}

/* ---- Decisions ---- */

/* With a mark where the rest has no room. */
static void put_cut(struct canvas *canvas, enum ink ink, struct str text)
{
    size_t room = canvas->width > canvas->column + 1 ? canvas->width - canvas->column - 1 : 0;
    size_t width = canvas->width;
    bool is_cut = print_columns(text) > room;
    canvas->width = is_cut ? canvas->column + room - (room > 0) : width;
    canvas_put(canvas, ink, text);
    canvas->width = width;
    if (is_cut)
        canvas_put(canvas, ink, STR("…"));
}

static void draw_decision(const struct demo_decision *decision, struct canvas *canvas)
{
    static const enum ink inks[ACTION_KIND_COUNT] = {
        [ACTION_GROUP_BOUNDS] = INK_BOLD, [ACTION_TERMINATE] = INK_YELLOW,
        [ACTION_DRAIN] = INK_YELLOW,      [ACTION_GROUP_CAPACITY] = INK_GREEN,
        [ACTION_SERVICE_IN] = INK_YELLOW, [ACTION_SERVICE_OUT] = INK_GREEN,
    };
    canvas_to(canvas, 1);
    canvas_put(canvas, INK_DIM, str_from(decision->time));
    canvas_to(canvas, 8);
    canvas_put(canvas, inks[decision->kind], str_from(decision->verb));
    canvas_to(canvas, CHART_AT);
    canvas_put(canvas, INK_BOLD, str_from(decision->subject));
    canvas_putf(canvas, INK_PLAIN, "  %s", decision->change);
    if (decision->has_failed)
        canvas_put(canvas, INK_RED, STR("  failed"));
    if (!canvas_end_line(canvas))
        return;
    canvas_to(canvas, REASON_AT);
    put_cut(canvas, INK_DIM, str_from(decision->reason));
    canvas_end_line(canvas);
}

void demo_picture_draw(const struct demo_day *day, const struct sim_world *world,
                       struct canvas *canvas)
{
    draw_head(day, world, canvas);
    for (size_t i = 0; i < day->service_count && canvas->row + 8 < canvas->height; i++) {
        if (canvas->height >= 28 || i == 0)
            canvas_end_line(canvas);
        draw_service(day, world, i, canvas);
    }
    if (canvas->row + 4 >= canvas->height)
        return;
    canvas_end_line(canvas);
    draw_instances(day, world, canvas->height - canvas->row - 3, canvas);
    if (canvas->row + 4 >= canvas->height)
        return;
    canvas_end_line(canvas);
    canvas_to(canvas, 1);
    canvas_put(canvas, INK_BOLD, STR("decisions"));
    canvas_to(canvas, LABEL_AT);
    canvas_putf(canvas, INK_DIM, "newest first, of %llu passes", (unsigned long long)day->passes);
    canvas_end_line(canvas);
    for (size_t i = day->decision_total; i > 0 && day->decision_total - i < DEMO_DECISIONS; i--) {
        if (canvas->row + 2 > canvas->height)
            return;
        draw_decision(&day->decisions[(i - 1) % DEMO_DECISIONS], canvas);
    }
}
