/* The tree's search and first-fit decreasing against the plain way of doing them. */
#include "unit.h"

#include "base/arena.h"
#include "decide/demand.h"
#include "decide/placement.h"
#include "random.h"

#include "base/banned.h"

enum { BINS_MAX = 70, RUNS_MAX = 12, ROUNDS = 3000 };

static struct resources random_resources(struct random *random, int64_t max)
{
    struct resources r = {random_between(random, 0, max), random_between(random, 0, max)};
    if (random_once_in(random, 5))
        r.cpu_units = 0;
    if (random_once_in(random, 5))
        r.mem_mib = 0;
    return r;
}

static bool fits(struct resources free, struct resources size)
{
    return free.cpu_units >= size.cpu_units && free.mem_mib >= size.mem_mib;
}

static size_t naive_find(const struct resources *free, size_t count, size_t from,
                         struct resources size)
{
    for (size_t i = from; i < count; i++) {
        if (fits(free[i], size))
            return i;
    }
    return PLACEMENT_NONE;
}

static void test_find_is_leftmost(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct random random = {seed};
        struct arena arena = ARENA_INIT;
        struct resources free[BINS_MAX];
        size_t count = (size_t)random_between(&random, 0, BINS_MAX);
        for (size_t i = 0; i < count; i++) {
            free[i] = random_resources(&random, 50);
            if (random_once_in(&random, 10))
                free[i] = (struct resources){-1, -1};
        }
        struct placement placement;
        placement_init(&placement, &arena, count);
        placement_load(&placement, free, count, (struct resources){50, 50});
        for (int i = 0; i < 40; i++) {
            struct resources size = random_resources(&random, 60);
            size_t from = (size_t)random_between(&random, 0, BINS_MAX);
            size_t found = placement_find(&placement, from, size);
            if (found != naive_find(free, count, from, size))
                fail_msg("seed %llu: found %zu", (unsigned long long)seed, found);
            if (found != PLACEMENT_NONE && random_once_in(&random, 2)) {
                placement_take(&placement, found, size, 1);
                free[found].cpu_units -= size.cpu_units;
                free[found].mem_mib -= size.mem_mib;
            }
        }
        arena_release(&arena);
    }
}

/* Every task by itself, from the first bin on. */
static int64_t naive_put(struct resources *free, size_t count, struct resources size, int64_t tasks)
{
    for (; tasks > 0; tasks--) {
        size_t bin = naive_find(free, count, 0, size);
        if (bin == PLACEMENT_NONE)
            return tasks;
        free[bin].cpu_units -= size.cpu_units;
        free[bin].mem_mib -= size.mem_mib;
    }
    return 0;
}

static void test_runs_are_first_fit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct random random = {seed * 7919};
        struct arena arena = ARENA_INIT;
        struct resources free[BINS_MAX];
        size_t count = (size_t)random_between(&random, 0, BINS_MAX);
        for (size_t i = 0; i < count; i++)
            free[i] = random_resources(&random, 200);
        struct placement placement;
        placement_init(&placement, &arena, count);
        placement_load(&placement, free, count, (struct resources){200, 100});
        struct resources size = {0, 0};
        for (int run = 0; run < RUNS_MAX; run++) {
            if (run == 0 || !random_once_in(&random, 3)) /* equal sizes follow one another, too */
                size = random_resources(&random, 80);
            int64_t tasks = random_between(&random, 0, 40);
            int64_t left = placement_put(&placement, size, tasks, NULL);
            int64_t naive = naive_put(free, count, size, tasks);
            if (left != naive)
                fail_msg("seed %llu: %lld left over, not %lld", (unsigned long long)seed,
                         (long long)left, (long long)naive);
        }
        for (size_t i = 0; i < count; i++) {
            size_t next = placement_find(&placement, i, free[i]);
            if (next != i)
                fail_msg("seed %llu: bin %zu holds less than it should", (unsigned long long)seed,
                         i);
            struct resources more = {free[i].cpu_units + 1, free[i].mem_mib};
            assert_true(placement_find(&placement, i, more) != i);
        }
        arena_release(&arena);
    }
}

static void test_highest_bin_and_buffer(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct resources free[] = {{512, 512}, {1024, 2048}, {2048, 4096}};
    struct placement placement;
    placement_init(&placement, &arena, 3);
    placement_load(&placement, free, 3, (struct resources){2048, 4096});
    struct demand_item items[] = {
        {.name = STR("large"), .tasks = 1, .fact = FACT_OF_PRESENT, .size = {1024, 1024}},
        {.name = STR("small"), .tasks = 2, .fact = FACT_OF_PRESENT, .size = {512, 512}},
    };
    struct demand demand = {.items = items, .count = 2, .sized = 2, .buffer = {2048, 4096}};
    size_t highest = 0;
    assert_false(demand_place(&demand, &placement, &highest)); /* the second small one is there */
    assert_true(demand.buffer_unplaced);
    assert_int_equal(highest, 2);

    demand.buffer = (struct resources){1536, 3584};
    placement_load(&placement, free, 3, (struct resources){2048, 4096});
    assert_true(demand_place(&demand, &placement, &highest)); /* an exact fit fits */
    assert_false(demand.buffer_unplaced);
    assert_int_equal(items[1].unplaced, 0);

    placement_load(&placement, free, 0, (struct resources){0, 0});
    assert_false(demand_place(&demand, &placement, &highest));
    assert_int_equal(items[1].unplaced, 2);
    assert_true(highest == PLACEMENT_NONE);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_is_leftmost),
        cmocka_unit_test(test_runs_are_first_fit),
        cmocka_unit_test(test_highest_bin_and_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
