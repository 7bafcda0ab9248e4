#include "simulate/sweep.h"

#include "base/limits.h"
#include "definition/vary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

enum { FAULT_SIZE = sizeof(((struct error *)NULL)->message), WORKERS_MAX = 256, POLL_MS = 20 };

/* What the processes share. Invariants: variants below `next` are taken; a slot is written by the
 * process that took it alone, `is_done` last. */
struct slot {
    bool is_done;
    struct totals totals;
    char fault[FAULT_SIZE];
};
struct board {
    size_t next;
    size_t done;
    struct slot slots[];
};

/* ---- axes ---- */

enum error_code sweep_axis_parse(struct str text, struct sweep_axis *axis, struct error *err)
{
    size_t equals = str_find_last(text, '=');
    struct str range = equals < text.len ? str_slice(text, equals + 1, text.len) : STR_NONE;
    size_t dots = str_find_str(range, STR(".."));
    size_t colon = str_find(range, ':');
    struct sweep_axis parsed = {.path = str_slice(text, 0, equals), .step = 1};
    bool has_step = colon < range.len;
    bool is_fine =
        equals > 0 && dots < range.len && dots + 2 <= colon &&
        str_to_double(str_slice(range, 0, dots), &parsed.from) &&
        str_to_double(str_slice(range, dots + 2, colon), &parsed.to) &&
        (!has_step || str_to_double(str_slice(range, colon + 1, range.len), &parsed.step));
    if (!is_fine)
        return error_set(err, E_USAGE,
                         "'%.*s' is no PATH=FROM..TO:STEP, as worker.events[0].min=2..20:2 is",
                         STR_ARG(text));
    if (!(parsed.step > 0) || parsed.to < parsed.from)
        return error_set(err, E_USAGE, "'%.*s' goes nowhere: FROM <= TO, STEP above 0",
                         STR_ARG(text));
    *axis = parsed;
    return E_OK;
}

/* A little over, for what adding up steps like 0.1 leaves. */
static size_t axis_count(const struct sweep_axis *axis)
{
    double steps = floor((axis->to - axis->from) / axis->step + 1e-9);
    return steps > LIMIT_SWEEP_VARIANTS ? LIMIT_SWEEP_VARIANTS + 1 : (size_t)steps + 1;
}

enum error_code sweep_count(const struct sweep_options *options, size_t *count, struct error *err)
{
    size_t product = 1;
    for (size_t i = 0; i < options->axis_count; i++) {
        product *= axis_count(&options->axes[i]);
        if (product > LIMIT_SWEEP_VARIANTS)
            return error_set(err, E_LIMIT, "the sweep has over %d variants", LIMIT_SWEEP_VARIANTS);
    }
    *count = product;
    return E_OK;
}

/* The first axis turns slowest. */
static double axis_value(const struct sweep_options *options, size_t variant, size_t axis)
{
    for (size_t i = options->axis_count; i-- > axis + 1;)
        variant /= axis_count(&options->axes[i]);
    const struct sweep_axis *of = &options->axes[axis];
    return of->from + (double)(variant % axis_count(of)) * of->step;
}

/* ---- one variant ---- */

/* What is not allowed there is E_RANGE: another variant may be. */
static enum error_code vary(const struct sweep_options *options, size_t variant,
                            struct definition **definitions, size_t count, struct error *err)
{
    for (size_t axis = 0; axis < options->axis_count; axis++) {
        enum error_code code = E_MISSING;
        struct str path = options->axes[axis].path;
        error_set(err, E_MISSING, "no definition is of the cluster in '%.*s'", STR_ARG(path));
        for (size_t i = 0; i < count && code == E_MISSING; i++) {
            if (definition_is_meant(definitions[i], path))
                code =
                    definition_vary(definitions[i], path, axis_value(options, variant, axis), err);
        }
        if (code != E_OK)
            return code;
    }
    return E_OK;
}

enum error_code sweep_check(const struct sweep_options *options, struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct definition **definitions = NULL;
    size_t count = 0;
    if (options->axis_count == 0)
        return E_OK;
    if (!options->load(options->context, &arena, &definitions, &count))
        return error_set(err, E_IO, "its definitions cannot be read any more");
    enum error_code code = vary(options, 0, definitions, count, err);
    return code == E_RANGE ? E_OK : code;
}

static void simulate_variant(const struct sweep_options *options, size_t variant, struct slot *slot)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct definition **definitions = NULL;
    size_t count = 0;
    struct error err = ERROR_INIT;
    struct policy_result policy;
    if (!options->load(options->context, &arena, &definitions, &count)) {
        snprintf(slot->fault, sizeof(slot->fault), "its definitions cannot be read any more");
        return;
    }
    if (vary(options, variant, definitions, count, &err) != E_OK) {
        snprintf(slot->fault, sizeof(slot->fault), "%s", err.message);
        return;
    }
    const struct simulate_options one = {
        .scenario = options->scenario,
        .definitions = (const struct definition *const *)definitions,
        .definition_count = count,
        .totals_only = true,
        .stop = options->stop,
        .context = options->context,
    };
    simulate_policy(&arena, &one, &policy);
    slot->totals = policy.totals;
    if (policy.simulated_ms < options->scenario->length_ms)
        snprintf(slot->fault, sizeof(slot->fault), "interrupted");
}

/* ---- processes ---- */

static bool is_stopped(const struct sweep_options *options)
{
    return options->stop != NULL && options->stop(options->context);
}

static void work(const struct sweep_options *options, struct board *board, size_t count)
{
    while (!is_stopped(options)) {
        size_t variant = __atomic_fetch_add(&board->next, 1, __ATOMIC_RELAXED);
        if (variant >= count)
            return;
        simulate_variant(options, variant, &board->slots[variant]);
        __atomic_store_n(&board->slots[variant].is_done, true, __ATOMIC_RELEASE);
        __atomic_fetch_add(&board->done, 1, __ATOMIC_RELAXED);
    }
}

static size_t worker_count(const struct sweep_options *options, size_t variants)
{
    long cores = options->workers > 0 ? options->workers : sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = cores > 0 && cores < WORKERS_MAX ? (size_t)cores : 1;
    return count < variants ? count : variants;
}

/* Until all of them have ended; a process that died leaves its variant undone. */
static void wait_for(const struct sweep_options *options, const struct board *board, size_t count,
                     const pid_t *workers, size_t worker_total)
{
    bool has_ended[WORKERS_MAX] = {false};
    size_t left = worker_total;
    while (left > 0) {
        for (size_t i = 0; i < worker_total; i++) {
            pid_t ended = has_ended[i] ? 0 : waitpid(workers[i], NULL, WNOHANG);
            if (ended == workers[i] || (ended < 0 && errno == ECHILD)) {
                has_ended[i] = true;
                left--;
            }
        }
        if (options->progress != NULL)
            options->progress(options->context, __atomic_load_n(&board->done, __ATOMIC_RELAXED),
                              count);
        const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
        if (left > 0)
            nanosleep(&pause, NULL);
    }
}

static enum error_code start(const struct sweep_options *options, struct board *board, size_t count,
                             struct error *err)
{
    pid_t workers[WORKERS_MAX];
    size_t wanted = worker_count(options, count);
    size_t started = 0;
    fflush(NULL); /* nothing that is buffered is written twice */
    while (started < wanted) {
        pid_t pid = fork();
        if (pid == 0) {
            work(options, board, count);
            _exit(0);
        }
        if (pid < 0)
            break;
        workers[started++] = pid;
    }
    if (started == 0)
        return error_set(err, E_IO, "cannot make a process for the sweep: %s", strerror(errno));
    wait_for(options, board, count, workers, started);
    return E_OK;
}

/* ---- the result ---- */

static bool is_better(const struct totals *a, const struct totals *b)
{
    return a->cost <= b->cost && a->time_outside_share <= b->time_outside_share &&
           (a->cost < b->cost || a->time_outside_share < b->time_outside_share);
}

static void mark_pareto(struct sweep_result *variants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        variants[i].is_pareto = variants[i].fault.len == 0;
        for (size_t j = 0; j < count && variants[i].is_pareto; j++) {
            if (variants[j].fault.len == 0 && is_better(&variants[j].totals, &variants[i].totals))
                variants[i].is_pareto = false;
        }
    }
}

static bool take_results(struct arena *arena, const struct sweep_options *options,
                         const struct board *board, size_t count, struct simulation_result *result)
{
    bool is_whole = true;
    result->sweep = ARENA_ARRAY(arena, struct sweep_result, count);
    result->sweep_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct slot *slot = &board->slots[i];
        struct sweep_result *variant = &result->sweep[i];
        variant->parameters = ARENA_ARRAY(arena, struct sweep_parameter, options->axis_count);
        variant->parameter_count = options->axis_count;
        for (size_t j = 0; j < options->axis_count; j++)
            variant->parameters[j] = (struct sweep_parameter){.path = options->axes[j].path,
                                                              .value = axis_value(options, i, j)};
        variant->totals = slot->totals;
        if (!slot->is_done)
            variant->fault = STR("not simulated");
        else if (slot->fault[0] != '\0')
            variant->fault = arena_str(arena, str_from(slot->fault));
        is_whole = is_whole && slot->is_done && !str_eq(variant->fault, STR("interrupted"));
    }
    mark_pareto(result->sweep, count);
    return is_whole;
}

enum error_code sweep_run(struct arena *arena, const struct sweep_options *options,
                          struct simulation_result *result, bool *is_whole, struct error *err)
{
    size_t count = 0;
    enum error_code code = sweep_count(options, &count, err);
    if (code != E_OK)
        return code;
    size_t size = sizeof(struct board) + count * sizeof(struct slot);
    struct board *board =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return error_set(err, E_IO, "no memory to share for the sweep: %s", strerror(errno));
    code = start(options, board, count, err);
    if (code == E_OK)
        *is_whole = take_results(arena, options, board, count, result);
    munmap(board, size);
    return code;
}
