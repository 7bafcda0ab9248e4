/* Invariants: what was asked is forwarded to the inner cloud or in `held`, as one `passing`, until
 * its `done` is called, once, from run. */
#include "cloud/sim/faults.h"

#include "base/memory.h"
#include "cloud/order.h"
#include "cloud/sim/fault_answers.h"
#include "cloud/sim/random.h"

#include <stdio.h>

#include "base/banned.h"

struct active_fault {
    struct cloud_fault is;
    struct sim_random random;
    uint64_t acted;
};

/* A query or act on its way. The inner cloud gets a copy, whose `done` comes back here. */
struct passing {
    struct cloud_faults *faults;
    struct passing *older;
    struct passing *newer;
    struct active_fault *fault; /* NULL: none */
    bool is_act;
    struct str cluster;
    unsigned kind;       /* query_kind or action_kind */
    struct query *query; /* the caller's; or */
    struct act *act;
    struct query query_copy;
    struct act act_copy;
    int64_t due_ms;
};

struct cloud_faults {
    struct cloud cloud; /* first: the seam's pointer is this one's */
    struct cloud *inner;
    void (*wait)(void *context, int64_t until_ms);
    void *context;
    struct active_fault *table;
    size_t count;
    bool keeps_answers; /* some fault is STALE */
    struct kept_answers *kept;
    struct passing *held; /* newest first: to be delivered when the inner cloud is done */
    struct sim_random order;
    bool is_killed;
};

static const char *const names[CLOUD_FAULT_KIND_COUNT] = {
    [CLOUD_FAULT_FAIL] = "fail",
    [CLOUD_FAULT_MISS] = "miss",
    [CLOUD_FAULT_LATE] = "late",
    [CLOUD_FAULT_REORDER] = "reorder",
    [CLOUD_FAULT_STALE] = "stale",
    [CLOUD_FAULT_PARTIAL] = "partial",
    [CLOUD_FAULT_ACT_BEFORE] = "act before",
    [CLOUD_FAULT_ACT_AFTER] = "act after",
    [CLOUD_FAULT_KILL_BEFORE] = "kill before",
    [CLOUD_FAULT_KILL_AFTER] = "kill after",
};

const char *cloud_fault_kind_name(enum cloud_fault_kind kind)
{
    return names[kind];
}

static struct cloud_faults *of(struct cloud *cloud)
{
    return (struct cloud_faults *)(void *)cloud;
}

static bool is_for(const struct cloud_fault *fault, const struct passing *passing)
{
    bool is_kill = fault->kind >= CLOUD_FAULT_KILL_BEFORE;
    bool is_of_acts = fault->kind == CLOUD_FAULT_ACT_BEFORE || fault->kind == CLOUD_FAULT_ACT_AFTER;
    uint32_t kinds = passing->is_act ? fault->actions : fault->queries;
    return (kinds >> passing->kind & 1) != 0 && (is_kill || is_of_acts == passing->is_act) &&
           (fault->cluster.len == 0 || str_eq(fault->cluster, passing->cluster));
}

/* Each fault that is for it draws, whatever another one does. */
static struct active_fault *find(struct cloud_faults *faults, const struct passing *passing)
{
    struct active_fault *found = NULL;
    int64_t now_ms = cloud_wall_ms(faults->inner);
    for (size_t i = 0; i < faults->count; i++) {
        struct active_fault *row = &faults->table[i];
        if (!is_for(&row->is, passing) || now_ms < row->is.from_ms ||
            (row->is.until_ms != 0 && now_ms >= row->is.until_ms))
            continue;
        bool acts = sim_random_unit(&row->random) < row->is.odds;
        if (acts && found == NULL)
            found = row;
    }
    if (found != NULL)
        found->acted++;
    return found;
}

static void hold(struct passing *passing)
{
    struct cloud_faults *faults = passing->faults;
    passing->older = faults->held;
    passing->newer = NULL;
    if (faults->held != NULL)
        faults->held->newer = passing;
    faults->held = passing;
}

static void unhold(struct passing *passing)
{
    if (passing->newer != NULL)
        passing->newer->older = passing->older;
    else
        passing->faults->held = passing->older;
    if (passing->older != NULL)
        passing->older->newer = passing->newer;
}

static void finish(struct passing *passing)
{
    struct passing done = *passing;
    memory_free(passing);
    if (done.is_act)
        done.act->done(done.act);
    else
        done.query->done(done.query);
}

static void fail_query(struct query *query, enum error_code code, const char *why)
{
    struct error err = ERROR_INIT;
    error_set(&err, code, "%s (fault)", why);
    query_fail(query, &err);
}

static void fail_act(struct act *act, enum error_code code, bool may_have_arrived)
{
    struct outcome *outcome = act->outcome;
    outcome->status = OUTCOME_FAILED;
    outcome->err = ERROR_INIT;
    error_set(&outcome->err, code, "%s (fault)", error_text(code));
    outcome->reason =
        arena_printf(act->arena, "%s%s", outcome->err.message,
                     may_have_arrived ? " (it may have taken effect all the same)" : "");
}

/* Answered here, without the inner cloud. */
static void answer_here(struct passing *passing)
{
    if (passing->is_act && passing->faults->is_killed) {
        passing->act->outcome->status = OUTCOME_NOT_APPLIED;
        passing->act->outcome->reason = STR("the program was killed (fault)");
    } else if (passing->is_act) {
        fail_act(passing->act, passing->fault->is.code, false);
    } else if (passing->faults->is_killed) {
        fail_query(passing->query, E_CANCELLED, "the program was killed");
    } else if (passing->fault->is.kind == CLOUD_FAULT_MISS) {
        query_miss(passing->query, STR("there is no such thing (fault)"));
    } else {
        fail_query(passing->query, passing->fault->is.code, error_text(passing->fault->is.code));
    }
    hold(passing);
}

static void break_answer(struct passing *passing)
{
    struct cloud_faults *faults = passing->faults;
    struct query *query = passing->query;
    if (faults->is_killed) {
        fail_query(query, E_CANCELLED, "the program was killed");
        return;
    }
    if (faults->keeps_answers)
        kept_answers_exchange(faults->kept, query,
                              passing->fault != NULL &&
                                  passing->fault->is.kind == CLOUD_FAULT_STALE);
    if (passing->fault != NULL && passing->fault->is.kind == CLOUD_FAULT_PARTIAL)
        answer_part(query, passing->fault->is.share, &passing->fault->random);
}

static void query_done(struct query *copy)
{
    struct passing *passing = copy->context;
    struct query *query = passing->query;
    void (*done)(struct query *) = query->done;
    void *context = query->context;
    enum cloud_fault_kind kind =
        passing->fault != NULL ? passing->fault->is.kind : CLOUD_FAULT_KIND_COUNT;
    *query = *copy;
    query->done = done;
    query->context = context;
    if (kind == CLOUD_FAULT_KILL_AFTER)
        passing->faults->is_killed = true;
    break_answer(passing);
    if (kind != CLOUD_FAULT_LATE && kind != CLOUD_FAULT_REORDER) {
        finish(passing);
        return;
    }
    passing->due_ms = cloud_now_ms(passing->faults->inner);
    if (kind == CLOUD_FAULT_LATE)
        passing->due_ms += passing->fault->is.delay_ms;
    hold(passing);
}

static void act_done(struct act *copy)
{
    struct passing *passing = copy->context;
    if (passing->fault != NULL && passing->fault->is.kind == CLOUD_FAULT_KILL_AFTER)
        passing->faults->is_killed = true;
    else if (passing->fault != NULL && copy->outcome->status != OUTCOME_NOT_APPLIED)
        fail_act(passing->act, passing->fault->is.code, true);
    finish(passing);
}

static struct passing *passing_new(struct cloud_faults *faults, bool is_act, unsigned kind,
                                   struct str cluster)
{
    struct passing *passing = memory_new(1, sizeof(*passing));
    passing->faults = faults;
    passing->is_act = is_act;
    passing->kind = kind;
    passing->cluster = cluster;
    passing->due_ms = cloud_now_ms(faults->inner);
    if (!faults->is_killed)
        passing->fault = find(faults, passing);
    if (passing->fault != NULL && passing->fault->is.kind == CLOUD_FAULT_KILL_BEFORE)
        faults->is_killed = true;
    return passing;
}

static bool is_answered_here(const struct passing *passing)
{
    if (passing->faults->is_killed)
        return true;
    if (passing->fault == NULL)
        return false;
    enum cloud_fault_kind kind = passing->fault->is.kind;
    return kind == CLOUD_FAULT_FAIL || kind == CLOUD_FAULT_MISS || kind == CLOUD_FAULT_ACT_BEFORE;
}

static void ask(struct cloud *cloud, struct query *query)
{
    struct passing *passing = passing_new(of(cloud), false, query->kind, query->cluster);
    passing->query = query;
    if (is_answered_here(passing)) {
        answer_here(passing);
        return;
    }
    passing->query_copy = *query;
    passing->query_copy.done = query_done;
    passing->query_copy.context = passing;
    cloud_ask(passing->faults->inner, &passing->query_copy);
}

static void act(struct cloud *cloud, struct act *wanted)
{
    struct passing *passing = passing_new(of(cloud), true, wanted->action->kind, wanted->cluster);
    passing->act = wanted;
    if (is_answered_here(passing)) {
        answer_here(passing);
        return;
    }
    passing->act_copy = *wanted;
    passing->act_copy.done = act_done;
    passing->act_copy.context = passing;
    cloud_act(passing->faults->inner, &passing->act_copy);
}

/* Of those held, one of the earliest due. */
static struct passing *choose(struct cloud_faults *faults)
{
    struct passing *chosen = NULL;
    int64_t ties = 0;
    for (struct passing *one = faults->held; one != NULL; one = one->older) {
        if (chosen == NULL || one->due_ms < chosen->due_ms) {
            chosen = one;
            ties = 1;
        } else if (one->due_ms == chosen->due_ms &&
                   sim_random_between(&faults->order, 0, ties++) == 0) {
            chosen = one;
        }
    }
    return chosen;
}

static void deliver_held(struct cloud_faults *faults, int64_t deadline_ms)
{
    struct passing *passing = choose(faults);
    bool is_late = passing->due_ms > cloud_now_ms(faults->inner);
    if (is_late && faults->wait != NULL)
        faults->wait(faults->context,
                     passing->due_ms < deadline_ms ? passing->due_ms : deadline_ms);
    if (!passing->is_act && is_late && passing->due_ms >= deadline_ms)
        fail_query(passing->query, E_DEADLINE, "the deadline passed before it answered");
    unhold(passing);
    finish(passing);
}

static void run(struct cloud *cloud, int64_t deadline_ms)
{
    struct cloud_faults *faults = of(cloud);
    struct cloud *inner = faults->inner;
    inner->log = cloud->log;
    inner->progress = cloud->progress;
    inner->progress_context = cloud->progress_context;
    cloud_run(inner, deadline_ms);
    while (faults->held != NULL) {
        deliver_held(faults, deadline_ms);
        cloud_run(inner, deadline_ms); /* it may have asked more */
    }
    inner->log = NULL;
    inner->progress = NULL;
}

static int64_t now_ms(struct cloud *cloud)
{
    return cloud_now_ms(of(cloud)->inner);
}

static int64_t wall_ms(struct cloud *cloud)
{
    return cloud_wall_ms(of(cloud)->inner);
}

static void free_faults(struct cloud *cloud)
{
    struct cloud_faults *faults = of(cloud);
    while (faults->held != NULL) {
        struct passing *passing = faults->held;
        unhold(passing);
        memory_free(passing);
    }
    kept_answers_free(faults->kept);
    memory_free(faults->table);
    memory_free(faults);
}

static const struct cloud_ops ops = {
    .ask = ask,
    .act = act,
    .run = run,
    .now_ms = now_ms,
    .wall_ms = wall_ms,
    .free = free_faults,
};

struct cloud *cloud_faults_new(const struct cloud_faults_options *options)
{
    struct cloud_faults *faults = memory_new(1, sizeof(*faults));
    faults->cloud.ops = &ops;
    faults->inner = options->inner;
    faults->wait = options->wait;
    faults->context = options->context;
    faults->count = options->count;
    faults->table = memory_new(options->count, sizeof(*faults->table));
    faults->kept = kept_answers_new();
    faults->order = sim_random_of(0, CONCERN_FAULT, 0);
    for (size_t i = 0; i < options->count; i++) {
        faults->table[i].is = options->faults[i];
        faults->table[i].random = sim_random_of(options->faults[i].seed, CONCERN_FAULT, 1);
        faults->keeps_answers =
            faults->keeps_answers || options->faults[i].kind == CLOUD_FAULT_STALE;
    }
    return &faults->cloud;
}

uint64_t cloud_faults_acted(const struct cloud *faults, size_t index)
{
    const struct cloud_faults *f = (const struct cloud_faults *)(const void *)faults;
    return index < f->count ? f->table[index].acted : 0;
}

bool cloud_faults_killed(const struct cloud *faults)
{
    return ((const struct cloud_faults *)(const void *)faults)->is_killed;
}

void cloud_faults_revive(struct cloud *faults)
{
    of(faults)->is_killed = false;
}
