/* A cloud behind the upper seam for tests: what is asked and acted queues up, and a test's own
 * functions answer it, one at a time, in order. Its clock stands still unless a test moves it. */
#ifndef TESTS_UNIT_FAKE_CLOUD_H
#define TESTS_UNIT_FAKE_CLOUD_H

#include "unit.h"

#include "cloud/cloud.h"

enum { FAKE_QUEUE_MAX = 4096 };

struct fake_cloud {
    struct cloud cloud;
    void *world;
    /* Fill the answer; `done` is called by the fake. */
    void (*answer)(struct fake_cloud *fake, struct query *query);
    void (*carry_out)(struct fake_cloud *fake, struct act *act);
    struct query *queries[FAKE_QUEUE_MAX];
    struct act *acts[FAKE_QUEUE_MAX];
    size_t query_count;
    size_t act_count;
    size_t asked[QUERY_KIND_COUNT]; /* how many of each kind so far */
    bool newest_first;              /* the order in which answers come */
    int64_t now_ms;
};

static inline struct fake_cloud *fake_cloud_of(struct cloud *cloud)
{
    return (struct fake_cloud *)(void *)cloud;
}

static inline void fake_ask(struct cloud *cloud, struct query *query)
{
    struct fake_cloud *fake = fake_cloud_of(cloud);
    assert_true(fake->query_count < FAKE_QUEUE_MAX);
    fake->asked[query->kind]++;
    fake->queries[fake->query_count++] = query;
}

static inline void fake_act(struct cloud *cloud, struct act *act)
{
    struct fake_cloud *fake = fake_cloud_of(cloud);
    assert_true(fake->act_count < FAKE_QUEUE_MAX);
    fake->acts[fake->act_count++] = act;
}

/* Takes the first or the last pointer out of a queue. */
static inline void *fake_take(void **queue, size_t *count, bool newest)
{
    void *taken = newest ? queue[*count - 1] : queue[0];
    (*count)--;
    if (!newest)
        memmove(queue, queue + 1, *count * sizeof(*queue));
    return taken;
}

static inline void fake_run(struct cloud *cloud, int64_t deadline_ms)
{
    struct fake_cloud *fake = fake_cloud_of(cloud);
    while (fake->query_count > 0 || fake->act_count > 0) {
        bool closed = fake->now_ms >= deadline_ms;
        if (fake->query_count > 0) {
            struct query *query =
                fake_take((void **)fake->queries, &fake->query_count, fake->newest_first);
            struct error late = {.code = E_DEADLINE, .message = "the deadline passed"};
            if (closed)
                query_fail(query, &late);
            else
                fake->answer(fake, query);
            assert_true(query->fact.status != FACT_UNREAD);
            query->done(query);
        } else {
            struct act *act = fake_take((void **)fake->acts, &fake->act_count, false);
            act->outcome->status = OUTCOME_NOT_APPLIED;
            if (!closed)
                fake->carry_out(fake, act);
            act->done(act);
        }
    }
}

static inline int64_t fake_now_ms(struct cloud *cloud)
{
    return fake_cloud_of(cloud)->now_ms;
}

static inline int64_t fake_wall_ms(struct cloud *cloud)
{
    return INT64_C(1764000000000) + fake_cloud_of(cloud)->now_ms;
}

static inline void fake_free(struct cloud *cloud)
{
    (void)cloud;
}

static inline void fake_cloud_init(struct fake_cloud *fake)
{
    static const struct cloud_ops ops = {.ask = fake_ask,
                                         .act = fake_act,
                                         .run = fake_run,
                                         .now_ms = fake_now_ms,
                                         .wall_ms = fake_wall_ms,
                                         .free = fake_free};
    memset(fake, 0, sizeof(*fake));
    fake->cloud.ops = &ops;
}

#endif
