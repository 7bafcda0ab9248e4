#include "command/print_simulation.h"

#include "base/clock.h"

#include <math.h>

#include "base/banned.h"

enum { LABEL_COLUMNS = 22, CELL_COLUMNS = 16, CELL_SIZE = 48, COLUMNS_MAX = 4 };

/* "90s", "14m", "1d 6h". */
static void add_duration(double seconds, struct buf *out)
{
    int64_t left = (int64_t)llround(seconds);
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    int shown = 0;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t count = left / units[i].seconds;
        left %= units[i].seconds;
        if (count > 0 && shown < 2) {
            buf_addf(out, "%s%lld%s", shown > 0 ? " " : "", (long long)count, units[i].name);
            shown++;
        } else if (shown > 0) {
            break;
        }
    }
    if (shown == 0)
        buf_addf(out, "%s", seconds > 0 && seconds < 0.5 ? "0.5s" : "0s");
}

/* ---- the table of totals ---- */

enum cell { CELL_MONEY, CELL_HOURS, CELL_SHARE, CELL_WAIT, CELL_COUNT };

struct total_row {
    const char *label;
    enum cell cell;
    size_t offset;      /* in struct totals: a double, or for COUNT a uint64_t */
    size_t clairvoyant; /* in struct clairvoyant_result, a double; 0: says nothing of it */
};

#define TOTAL(field)       offsetof(struct totals, field)
#define CLAIRVOYANT(field) offsetof(struct clairvoyant_result, field)

static const struct total_row total_rows[] = {
    {"cost", CELL_MONEY, TOTAL(cost), CLAIRVOYANT(cost)},
    {"instance hours", CELL_HOURS, TOTAL(instance_hours), CLAIRVOYANT(instance_hours)},
    {"task hours", CELL_HOURS, TOTAL(task_hours), 0},
    {"time outside", CELL_SHARE, TOTAL(time_outside_share), CLAIRVOYANT(time_outside_share)},
    {"work outside", CELL_SHARE, TOTAL(work_outside_share), 0},
    {"worst wait", CELL_WAIT, TOTAL(wait_worst_s), 0},
    {"mean wait", CELL_WAIT, TOTAL(wait_mean_s), 0},
    {"service scale-outs", CELL_COUNT, TOTAL(service_scale_outs), 0},
    {"service scale-ins", CELL_COUNT, TOTAL(service_scale_ins), 0},
    {"instances added", CELL_COUNT, TOTAL(instances_added), 0},
    {"instances removed", CELL_COUNT, TOTAL(instances_removed), 0},
    {"reversals", CELL_COUNT, TOTAL(reversals), 0},
    {"passes", CELL_COUNT, TOTAL(passes), 0},
    {"passes with failures", CELL_COUNT, TOTAL(failed_passes), 0},
    {"API calls", CELL_COUNT, TOTAL(api_calls), 0},
};

static double value_at(const void *base, size_t offset, bool is_count)
{
    const char *at = (const char *)base + offset;
    return is_count ? (double)*(const uint64_t *)(const void *)at
                    : *(const double *)(const void *)at;
}

static void add_value(enum cell cell, double value, struct buf *out)
{
    switch (cell) {
    case CELL_MONEY:
        buf_addf(out, "%.2f", value);
        break;
    case CELL_HOURS:
        buf_addf(out, "%.1f", value);
        break;
    case CELL_SHARE:
        buf_addf(out, "%.2f %%", value * 100);
        break;
    case CELL_WAIT:
        add_duration(value, out);
        break;
    case CELL_COUNT:
        buf_addf(out, "%.0f", value);
        break;
    }
}

/* Right-aligned, in its column. */
static void add_cell(struct str text, struct buf *out)
{
    size_t width = print_columns(text);
    for (size_t i = width; i < CELL_COLUMNS; i++)
        buf_add_char(out, ' ');
    if (width <= CELL_COLUMNS) {
        print_clean(text, out);
        return;
    }
    /* The end of a path tells more than its beginning. */
    buf_add(out, STR("..."));
    print_clean(str_slice(text, text.len - (CELL_COLUMNS - 3), text.len), out);
}

static void add_difference(enum cell cell, double before, double after, struct buf *out)
{
    double more = after - before;
    if (cell == CELL_SHARE) {
        buf_addf(out, "%+.2f %%", more * 100);
    } else if (cell == CELL_WAIT || cell == CELL_COUNT) {
        buf_addf(out, "%s", more > 0 ? "+" : more < 0 ? "-" : "");
        add_value(cell, fabs(more), out);
    } else if (before > 0) {
        buf_addf(out, "%+.1f %%", more / before * 100);
    } else {
        buf_addf(out, "%+.2f", more);
    }
}

static void add_row(const struct simulation_result *result, const struct total_row *row,
                    struct buf *out)
{
    struct buf cell CLEANUP(buf_release) = BUF_INIT(CELL_SIZE);
    double values[COLUMNS_MAX] = {0};
    bool is_count = row->cell == CELL_COUNT;
    buf_addf(out, "  %-*s", LABEL_COLUMNS - 2, row->label);
    for (size_t i = 0; i < result->policy_count && i < COLUMNS_MAX; i++) {
        values[i] = value_at(&result->policies[i].totals, row->offset, is_count);
        buf_clear(&cell);
        add_value(row->cell, values[i], &cell);
        add_cell(buf_str(&cell), out);
    }
    if (result->policy_count == 2) {
        buf_clear(&cell);
        add_difference(row->cell, values[0], values[1], &cell);
        add_cell(buf_str(&cell), out);
    }
    if (result->clairvoyant.known && row->clairvoyant != 0) {
        buf_clear(&cell);
        add_value(row->cell, value_at(&result->clairvoyant, row->clairvoyant, false), &cell);
        add_cell(buf_str(&cell), out);
    }
    buf_add_char(out, '\n');
}

static void add_ratios(const struct simulation_result *result, struct buf *out)
{
    struct buf cell CLEANUP(buf_release) = BUF_INIT(CELL_SIZE);
    if (!result->clairvoyant.known)
        return;
    buf_addf(out, "  %-*s", LABEL_COLUMNS - 2, "cost / lower bound");
    for (size_t i = 0; i < result->policy_count; i++) {
        buf_clear(&cell);
        if (result->ratios[i].bound > 0)
            buf_addf(&cell, "%.2f", result->ratios[i].cost);
        else
            buf_add(&cell, STR("-"));
        add_cell(buf_str(&cell), out);
    }
    buf_add_char(out, '\n');
}

static void add_totals(const struct simulation_result *result, struct buf *out)
{
    buf_addf(out, "  %-*s", LABEL_COLUMNS - 2, "");
    for (size_t i = 0; i < result->policy_count; i++)
        add_cell(result->policies[i].name, out);
    if (result->policy_count == 2)
        add_cell(STR("difference"), out);
    if (result->clairvoyant.known)
        add_cell(STR("clairvoyant"), out);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < ARRAY_LEN(total_rows); i++)
        add_row(result, &total_rows[i], out);
    add_ratios(result, out);
    if (!result->clairvoyant.known && result->clairvoyant.reason.len > 0)
        buf_addf(out, "  no clairvoyant: %.*s\n", STR_ARG(result->clairvoyant.reason));
}

/* ---- services and groups ---- */

static void add_service(const struct simulation_result *result,
                        const struct service_result *service, struct buf *out)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    const struct sim_service_spec *spec =
        &result->scenario->spec.clusters[service->cluster].services[service->service];
    const struct sim_service_totals *totals = &service->totals;
    buf_addf(out, "  %-20.*s", STR_ARG(service_result_name(result, service, &arena)));
    buf_addf(out, " %.1f task hours, %llu out, %llu in, %llu reversed", totals->task_ms / 3600000,
             (unsigned long long)service->scale_outs, (unsigned long long)service->scale_ins,
             (unsigned long long)service->reversals);
    if (spec->workload.kind == SIM_QUEUE) {
        buf_add(out, STR(", waits "));
        add_duration(totals->done > 0 ? totals->wait_sum_s / totals->done : 0, out);
        buf_add(out, STR(", at worst "));
        add_duration(totals->wait_worst_s, out);
    } else if (spec->workload.kind == SIM_WEB) {
        buf_addf(out, ", %.0f requests, %.0f failed", totals->arrived, totals->failed);
    }
    if (totals->time_outside_ms > 0)
        buf_addf(out, ", outside %.2f %% of the time",
                 (double)totals->time_outside_ms / (double)totals->time_ms * 100);
    buf_add_char(out, '\n');
}

static void add_group(const struct simulation_result *result, const struct group_result *group,
                      struct buf *out)
{
    const struct sim_group_spec *spec =
        &result->scenario->spec.clusters[group->cluster].groups[group->group];
    struct str name = spec->name;
    if (name.len > 20)
        name = str_slice(name, name.len - 20, name.len);
    buf_addf(out, "  %-20.*s %.1f instance hours, %llu added, %llu removed, %llu reversed\n",
             STR_ARG(name), group->instance_ms / 3600000, (unsigned long long)group->added,
             (unsigned long long)group->removed, (unsigned long long)group->reversals);
}

static void add_policy(const struct simulation_result *result, const struct policy_result *policy,
                       struct buf *out)
{
    buf_add_char(out, '\n');
    print_clean(policy->name, out);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < policy->service_count; i++)
        add_service(result, &policy->services[i], out);
    for (size_t i = 0; i < policy->group_count; i++)
        add_group(result, &policy->groups[i], out);
}

void print_simulation(const struct simulation_result *result, struct print_style style,
                      struct buf *out)
{
    const struct scenario *scenario = result->scenario;
    char start[CLOCK_TEXT_SIZE];
    clock_format(scenario->spec.start_ms, false, start);
    buf_addf(out, "%s", style.colour ? "\033[1m" : "");
    print_clean(scenario->name, out);
    buf_addf(out, "%s: ", style.colour ? "\033[0m" : "");
    add_duration((double)scenario->length_ms / 1000, out);
    buf_addf(out, " from %s, a pass every ", start);
    add_duration((double)scenario->interval_ms / 1000, out);
    buf_addf(out, ", seed %llu, prices in %.*s\n", (unsigned long long)scenario->spec.seed,
             STR_ARG(scenario->currency));
    if (result->interrupted) {
        buf_add(out, STR("interrupted after "));
        add_duration((double)result->policies[result->policy_count - 1].simulated_ms / 1000, out);
        buf_add(out, STR(": what follows is of that time alone\n"));
    }
    buf_add_char(out, '\n');
    add_totals(result, out);
    for (size_t i = 0; i < result->policy_count; i++)
        add_policy(result, &result->policies[i], out);
}
