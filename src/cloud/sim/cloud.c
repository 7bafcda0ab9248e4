/* The simulated account behind the upper seam. What is asked and acted between two turns of the
 * loop is batched as cloud/aws/ batches it; then each answer is due its round trips later.
 *
 * Invariants: a query is in `asked` or in `pending`, an act in `acts` or in `pending`, never in
 * both; `pending` from `next` on is sorted by when it is due. Flushes happen between turns of the
 * loop, never within a `done`. */
#include "cloud/sim/cloud.h"

#include "base/memory.h"
#include "cloud/order.h"
#include "cloud/sim/answers.h"

#include <stdlib.h>

#include "base/banned.h"

struct asked {
    struct query *query; /* or */
    struct act *act;
    int depth;
    size_t order;
};

struct pending {
    struct query *query; /* or */
    struct act *act;
    int depth; /* of what led to it */
    int rounds;
    bool is_cached; /* took no call */
    int64_t sent_ms;
    int64_t due_ms;
    size_t order;
    size_t calls_for; /* so many, from here on, were asked together; 0: an earlier one says it */
};

struct asked_list {
    struct asked *items;
    size_t count;
    size_t room;
};

struct sim_cloud {
    struct cloud cloud; /* first: the seam's pointer is this one's */
    struct sim_world *world;
    int64_t latency_ms;
    struct asked_list asked; /* queries */
    struct asked_list acts;
    struct pending *pending;
    size_t next;
    size_t pending_count;
    size_t pending_room;
    size_t order;
    int depth;      /* while a `done` runs: of the answer that it is called for; else 0 */
    bool is_closed; /* the deadline of this run is over */
    struct arena arena;
    VEC(struct str) sizes; /* task definitions asked for before, sorted: no call any more */
};

static struct sim_cloud *of(struct cloud *cloud)
{
    return (struct sim_cloud *)(void *)cloud;
}

static void add_asked(struct asked_list *list, struct asked asked)
{
    if (list->count == list->room) {
        list->room = list->room > 0 ? list->room * 2 : 32;
        list->items = memory_resize(list->items, list->room, sizeof(*list->items));
    }
    list->items[list->count++] = asked;
}

static void ask(struct cloud *cloud, struct query *query)
{
    struct sim_cloud *sim = of(cloud);
    add_asked(&sim->asked,
              (struct asked){.query = query, .depth = sim->depth, .order = sim->order++});
}

static void act(struct cloud *cloud, struct act *wanted)
{
    struct sim_cloud *sim = of(cloud);
    add_asked(&sim->acts,
              (struct asked){.act = wanted, .depth = sim->depth, .order = sim->order++});
}

static struct pending *add_pending(struct sim_cloud *sim, const struct asked *asked, int rounds)
{
    if (sim->pending_count == sim->pending_room) {
        sim->pending_room = sim->pending_room > 0 ? sim->pending_room * 2 : 32;
        sim->pending = memory_resize(sim->pending, sim->pending_room, sizeof(*sim->pending));
    }
    int64_t now_ms = sim_world_now_ms(sim->world);
    struct pending *pending = &sim->pending[sim->pending_count++];
    *pending = (struct pending){.query = asked->query,
                                .act = asked->act,
                                .depth = asked->depth,
                                .rounds = rounds,
                                .sent_ms = now_ms,
                                .due_ms = now_ms + rounds * sim->latency_ms,
                                .order = sim->order++};
    return pending;
}

/* Was it asked for before? It is kept if not. */
static bool is_known_size(struct sim_cloud *sim, struct str arn)
{
    size_t low = 0;
    for (size_t high = sim->sizes.count; low < high;) {
        size_t middle = (low + high) / 2;
        int order = str_compare(sim->sizes.items[middle], arn);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct resources size;
    if (!sim_task_definition_read(sim->world, arn, &size))
        return false;
    *VEC_ADD(&sim->arena, &sim->sizes) = STR_NONE;
    for (size_t i = sim->sizes.count - 1; i > low; i--)
        sim->sizes.items[i] = sim->sizes.items[i - 1];
    sim->sizes.items[low] = arena_str(&sim->arena, arn);
    return false;
}

/* What asks the same stands together, in the order of asking. */
static int compare_asked(const void *a, const void *b)
{
    const struct asked *left = a;
    const struct asked *right = b;
    int order = query_order(left->query, right->query);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

/* All in one call. */
static void send_batch(struct sim_cloud *sim, const struct asked *items, size_t count)
{
    const struct query *first = items[0].query;
    bool is_cached = first->kind == QUERY_TASK_DEFINITION && is_known_size(sim, first->name);
    int rounds = is_cached ? 0 : sim->latency_ms > 0 ? sim_rounds(sim->world, first) : 1;
    int depth = 0;
    for (size_t i = 0; i < count; i++)
        depth = items[i].depth > depth ? items[i].depth : depth;
    for (size_t i = 0; i < count; i++) {
        struct pending *pending = add_pending(sim, &items[i], rounds);
        pending->depth = depth;
        pending->is_cached = is_cached;
        pending->calls_for = i == 0 ? count : 0;
    }
}

static void send_all(struct sim_cloud *sim, const struct asked *items, size_t count)
{
    size_t from = 0;
    size_t different = 1;
    for (size_t i = 1; i <= count; i++) {
        bool is_same = i < count && query_order(items[i - 1].query, items[i].query) == 0;
        bool is_together = i < count && sim_is_together(items[from].query, items[i].query) &&
                           (is_same || different < sim_batch_max(items[from].query->kind));
        if (is_together) {
            different += is_same ? 0 : 1;
            continue;
        }
        send_batch(sim, items + from, i - from);
        from = i;
        different = 1;
    }
}

static int compare_pending(const void *a, const void *b)
{
    const struct pending *left = a;
    const struct pending *right = b;
    if (left->due_ms != right->due_ms)
        return left->due_ms < right->due_ms ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

static void send_asked(struct sim_cloud *sim)
{
    for (size_t i = 0; i < sim->acts.count; i++) {
        sim_act(sim->world, sim->acts.items[i].act);
        add_pending(sim, &sim->acts.items[i], 1)->calls_for = 1;
    }
    sim->acts.count = 0;
    if (sim->asked.count > 0) {
        qsort(sim->asked.items, sim->asked.count, sizeof(*sim->asked.items), compare_asked);
        send_all(sim, sim->asked.items, sim->asked.count);
    }
    sim->asked.count = 0;
    if (sim->latency_ms > 0 && sim->pending_count > sim->next)
        qsort(sim->pending + sim->next, sim->pending_count - sim->next, sizeof(*sim->pending),
              compare_pending);
}

static void deliver_query(struct sim_cloud *sim, struct query *query, int depth)
{
    sim->depth = depth;
    query->done(query);
    sim->depth = 0;
}

static void deliver_act(struct sim_cloud *sim, struct act *act, int depth)
{
    sim->depth = depth;
    act->done(act);
    sim->depth = 0;
}

static void progress(struct sim_cloud *sim, int calls)
{
    struct cloud *cloud = &sim->cloud;
    for (int i = 0; i < calls && cloud->progress != NULL; i++)
        cloud->progress(cloud->progress_context);
}

/* The cluster that all of a batch's queries are for, or the empty string. */
static struct str batch_cluster(const struct pending *batch)
{
    struct str cluster = batch->query->cluster;
    for (size_t i = 1; i < batch->calls_for; i++) {
        if (!str_eq(batch[i].query->cluster, cluster))
            return STR_NONE;
    }
    return cluster;
}

static void log_calls(struct sim_cloud *sim, const struct pending *pending, enum error_code code)
{
    struct sim_calls calls = {.world = sim->world,
                              .log = sim->cloud.log,
                              .depth = pending->depth,
                              .code = code,
                              .latency_ms = sim->latency_ms};
    if (pending->calls_for == 0 || pending->is_cached)
        return;
    int made = 1;
    if (pending->act != NULL)
        sim_log_act(&calls, pending->act);
    else if (sim->cloud.log != NULL || sim->cloud.progress != NULL)
        made = sim_log_query(&calls, pending->query, batch_cluster(pending));
    progress(sim, made);
}

/* Everything that is due with the first. */
static void answer_due(struct sim_cloud *sim)
{
    int64_t due_ms = sim->pending[sim->next].due_ms;
    sim_world_advance(sim->world, due_ms);
    while (sim->next < sim->pending_count && sim->pending[sim->next].due_ms == due_ms) {
        struct pending pending = sim->pending[sim->next];
        if (pending.act != NULL) {
            pending.act->outcome->latency_us = (due_ms - pending.sent_ms) * 1000;
            log_calls(sim, &sim->pending[sim->next++], E_OK);
            deliver_act(sim, pending.act, pending.depth + 1);
        } else {
            sim_answer(sim->world, pending.query);
            int rounds = pending.is_cached ? 0 : sim_rounds(sim->world, pending.query);
            log_calls(sim, &sim->pending[sim->next++], E_OK);
            deliver_query(sim, pending.query, pending.depth + rounds);
        }
    }
}

static void fail_query(struct query *query, const char *message)
{
    struct error err = ERROR_INIT;
    error_set(&err, E_DEADLINE, "%s", message);
    query_fail(query, &err);
}

/* The deadline is over: what is on its way, then what was asked since. */
static void fail_all(struct sim_cloud *sim)
{
    while (sim->next < sim->pending_count) {
        struct pending pending = sim->pending[sim->next];
        log_calls(sim, &sim->pending[sim->next++], E_DEADLINE);
        if (pending.act != NULL) {
            sim_act_lost(pending.act);
            deliver_act(sim, pending.act, pending.depth + 1);
        } else {
            fail_query(pending.query, "the deadline passed before it answered");
            deliver_query(sim, pending.query, pending.depth + pending.rounds);
        }
    }
}

static void refuse_asked(struct sim_cloud *sim)
{
    while (sim->acts.count > 0 || sim->asked.count > 0) {
        struct asked_list acts = sim->acts; /* delivering may ask more: that goes to a fresh one */
        struct asked_list asked = sim->asked;
        sim->acts = sim->asked = (struct asked_list){.items = NULL};
        for (size_t i = 0; i < acts.count; i++) {
            struct outcome *outcome = acts.items[i].act->outcome;
            outcome->status = OUTCOME_NOT_APPLIED;
            outcome->reason = STR("the deadline passed before it was sent");
            outcome->latency_us = 0;
            deliver_act(sim, acts.items[i].act, acts.items[i].depth);
        }
        for (size_t i = 0; i < asked.count; i++) {
            fail_query(asked.items[i].query, "the deadline passed before it was asked for");
            deliver_query(sim, asked.items[i].query, asked.items[i].depth);
        }
        memory_free(acts.items);
        memory_free(asked.items);
    }
}

static void run(struct cloud *cloud, int64_t deadline_ms)
{
    struct sim_cloud *sim = of(cloud);
    for (;;) {
        if (sim_world_now_ms(sim->world) >= deadline_ms) {
            fail_all(sim);
            refuse_asked(sim);
            break;
        }
        send_asked(sim);
        if (sim->next == sim->pending_count)
            break;
        if (sim->pending[sim->next].due_ms >= deadline_ms)
            sim_world_advance(sim->world, deadline_ms);
        else
            answer_due(sim);
    }
    sim->next = sim->pending_count = 0;
}

static int64_t now_ms(struct cloud *cloud)
{
    return sim_world_now_ms(of(cloud)->world);
}

static void free_cloud(struct cloud *cloud)
{
    struct sim_cloud *sim = of(cloud);
    memory_free(sim->asked.items);
    memory_free(sim->acts.items);
    memory_free(sim->pending);
    arena_release(&sim->arena);
    memory_free(sim);
}

static const struct cloud_ops ops = {
    .ask = ask,
    .act = act,
    .run = run,
    .now_ms = now_ms,
    .wall_ms = now_ms,
    .free = free_cloud,
};

struct cloud *cloud_sim_new(const struct sim_cloud_options *options)
{
    struct sim_cloud *sim = memory_new(1, sizeof(*sim));
    sim->cloud.ops = &ops;
    sim->world = options->world;
    sim->latency_ms = options->latency_ms > 0 ? options->latency_ms : 0;
    return &sim->cloud;
}
