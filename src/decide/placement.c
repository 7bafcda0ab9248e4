#include "decide/placement.h"

#include "decide/number.h"

#include <assert.h>

#include "base/banned.h"

/* Invariants: each inner node holds the greatest cpu, mem and tight of its two children; leaves
 * beyond `count` hold what no task fits in.
 * `tight[k]` is the smaller of a bin's share of CPU and `ratios[k]` times its share of memory.
 * Where some bins are out of CPU and others out of memory, the greatest cpu and mem of a subtree
 * say that a task fits; the tight of the ratio nearest to the task's own tells that no single bin
 * has enough of both. Rounding does no harm: multiplication never turns an order around. */
enum { RATIOS = 8 };

struct placement_node {
    int64_t cpu_units;
    int64_t mem_mib;
    double tight[RATIOS];
};

/* Shares of CPU to shares of memory: a factor of two apart, one to one among them. */
static const double ratios[RATIOS] = {0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8};

static double share(int64_t amount, int64_t whole)
{
    return (double)amount / (double)whole;
}

static double tight_of(double cpu_share, double mem_share, size_t ratio)
{
    double mem = mem_share * ratios[ratio];
    return cpu_share < mem ? cpu_share : mem;
}

static size_t nearest_ratio(double cpu_share, double mem_share)
{
    size_t ratio = 0;
    while (ratio + 1 < RATIOS &&
           cpu_share * cpu_share > mem_share * mem_share * ratios[ratio] * ratios[ratio + 1])
        ratio++;
    return ratio;
}

double placement_share(struct resources size, struct resources scale)
{
    double cpu = share(size.cpu_units, number_max(scale.cpu_units, 1));
    double mem = share(size.mem_mib, number_max(scale.mem_mib, 1));
    return cpu > mem ? cpu : mem;
}

static struct placement_node leaf(struct resources free, struct resources scale)
{
    struct placement_node node = {.cpu_units = free.cpu_units, .mem_mib = free.mem_mib};
    double cpu_share = share(free.cpu_units, scale.cpu_units);
    double mem_share = share(free.mem_mib, scale.mem_mib);
    for (size_t k = 0; k < RATIOS; k++)
        node.tight[k] = tight_of(cpu_share, mem_share, k);
    return node;
}

static void join(struct placement_node *nodes, size_t node)
{
    const struct placement_node *a = &nodes[2 * node];
    const struct placement_node *b = &nodes[2 * node + 1];
    nodes[node].cpu_units = number_max(a->cpu_units, b->cpu_units);
    nodes[node].mem_mib = number_max(a->mem_mib, b->mem_mib);
    for (size_t k = 0; k < RATIOS; k++)
        nodes[node].tight[k] = a->tight[k] > b->tight[k] ? a->tight[k] : b->tight[k];
}

static size_t power_of_two(size_t at_least)
{
    size_t power = 1;
    while (power < at_least)
        power *= 2;
    return power;
}

void placement_init(struct placement *placement, struct arena *arena, size_t room)
{
    size_t leaves = power_of_two(room);
    *placement = (struct placement){
        .nodes = ARENA_ARRAY(arena, struct placement_node, 2 * leaves),
        .room = room,
        .scale = {1, 1},
    };
}

void placement_load(struct placement *placement, const struct resources *free, size_t count,
                    struct resources scale)
{
    assert(count <= placement->room);
    placement->scale.cpu_units = number_max(scale.cpu_units, 1);
    placement->scale.mem_mib = number_max(scale.mem_mib, 1);
    placement->count = count;
    placement->leaves = power_of_two(count);
    placement->cursor = 0;
    placement->last_size = (struct resources){-1, -1};
    for (size_t i = 0; i < placement->leaves; i++) {
        struct resources none = {-1, -1};
        placement->nodes[placement->leaves + i] =
            leaf(i < count ? free[i] : none, placement->scale);
    }
    for (size_t node = placement->leaves - 1; node >= 1; node--)
        join(placement->nodes, node);
}

size_t placement_find(const struct placement *placement, size_t from, struct resources size)
{
    if (from >= placement->count)
        return PLACEMENT_NONE;
    double cpu_share = share(size.cpu_units, placement->scale.cpu_units);
    double mem_share = share(size.mem_mib, placement->scale.mem_mib);
    size_t ratio = nearest_ratio(cpu_share, mem_share);
    double tight = tight_of(cpu_share, mem_share, ratio);
    size_t node = placement->leaves + from;
    while (node != 0) {
        const struct placement_node *best = &placement->nodes[node];
        if (best->cpu_units >= size.cpu_units && best->mem_mib >= size.mem_mib &&
            best->tight[ratio] >= tight) {
            if (node >= placement->leaves)
                return node - placement->leaves;
            node *= 2;
            continue;
        }
        /* On to the subtree right of this one: up while this is a right child (the root, 1, ends
         * at 0: there is none), then over to the sibling. */
        while (node % 2 == 1)
            node /= 2;
        if (node != 0)
            node++;
    }
    return PLACEMENT_NONE;
}

void placement_take(struct placement *placement, size_t bin, struct resources size, int64_t tasks)
{
    size_t node = placement->leaves + bin;
    struct resources left = {placement->nodes[node].cpu_units - size.cpu_units * tasks,
                             placement->nodes[node].mem_mib - size.mem_mib * tasks};
    placement->nodes[node] = leaf(left, placement->scale);
    for (node /= 2; node >= 1; node /= 2)
        join(placement->nodes, node);
}

/* How many tasks of `size` fit into a bin, at most `tasks`. */
static int64_t capacity(const struct placement_node *bin, struct resources size, int64_t tasks)
{
    if (size.cpu_units > 0)
        tasks = number_min(tasks, bin->cpu_units / size.cpu_units);
    if (size.mem_mib > 0)
        tasks = number_min(tasks, bin->mem_mib / size.mem_mib);
    return tasks;
}

int64_t placement_put(struct placement *placement, struct resources size, int64_t tasks,
                      size_t *last)
{
    if (size.cpu_units != placement->last_size.cpu_units ||
        size.mem_mib != placement->last_size.mem_mib)
        placement->cursor = 0;
    placement->last_size = size;
    while (tasks > 0) {
        size_t bin = placement_find(placement, placement->cursor, size);
        if (bin == PLACEMENT_NONE) {
            placement->cursor = placement->count;
            break;
        }
        int64_t fitting = capacity(&placement->nodes[placement->leaves + bin], size, tasks);
        placement_take(placement, bin, size, fitting);
        placement->cursor = bin;
        if (last != NULL)
            *last = bin;
        tasks -= fitting;
    }
    return tasks;
}
