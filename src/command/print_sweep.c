#include "command/print_simulation.h"

#include <stdlib.h>

#include "base/banned.h"

/* More rows than that are not read: only those that none beats are printed then. */
enum { ROWS_MAX = 60, CELL_COLUMNS = 14 };

static int compare_cost(const void *a, const void *b)
{
    const struct sweep_result *const *left = a;
    const struct sweep_result *const *right = b;
    if ((*left)->totals.cost != (*right)->totals.cost)
        return (*left)->totals.cost < (*right)->totals.cost ? -1 : 1;
    return *left < *right ? -1 : 1; /* as they were asked for */
}

static void add_heading(const struct sweep_result *first, struct buf *out)
{
    buf_add(out, STR("\n  "));
    for (size_t i = 0; i < first->parameter_count; i++) {
        print_clean(first->parameters[i].path, out);
        buf_add(out, STR("  "));
    }
    buf_addf(out, "%*s%*s%*s%*s\n", CELL_COLUMNS, "cost", CELL_COLUMNS, "time outside",
             CELL_COLUMNS, "work outside", CELL_COLUMNS, "reversals");
}

static void add_variant(const struct sweep_result *variant, struct buf *out)
{
    buf_add(out, variant->is_pareto ? STR("* ") : STR("  "));
    for (size_t i = 0; i < variant->parameter_count; i++)
        buf_addf(out, "%*.10g  ", (int)print_columns(variant->parameters[i].path),
                 variant->parameters[i].value);
    if (variant->fault.len > 0) {
        print_clean(variant->fault, out);
        buf_add_char(out, '\n');
        return;
    }
    const struct totals *totals = &variant->totals;
    buf_addf(out, "%*.2f%*.2f %%%*.2f %%%*llu\n", CELL_COLUMNS, totals->cost, CELL_COLUMNS - 2,
             totals->time_outside_share * 100, CELL_COLUMNS - 2, totals->work_outside_share * 100,
             CELL_COLUMNS, (unsigned long long)totals->reversals);
}

void print_sweep(const struct simulation_result *result, struct buf *out)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    size_t count = result->sweep_count;
    if (count == 0)
        return;
    const struct sweep_result **sorted = ARENA_ARRAY(&arena, const struct sweep_result *, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &result->sweep[i];
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what is sorted */
    qsort(sorted, count, sizeof(sorted[0]), compare_cost);
    add_heading(sorted[0], out);
    size_t left_out = 0;
    for (size_t i = 0; i < count; i++) {
        if (count > ROWS_MAX && !sorted[i]->is_pareto)
            left_out++;
        else
            add_variant(sorted[i], out);
    }
    buf_add(out, STR("\n* none of the others costs less and is outside less\n"));
    if (left_out > 0)
        buf_addf(out, "%zu others are in --json\n", left_out);
}
