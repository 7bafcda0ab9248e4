/* Invariants: every query and act that was asked for ends in exactly one `done`. A held answer is
 * on the list until its time; the list is in order of time, then of asking. */
#include "cloud_faults.h"

#include "base/memory.h"
#include "unit/random.h"

#include "base/banned.h"

enum { REMEMBERED_MAX = 256, ODDS = 4 };

/* A query or act on its way through. */
struct passing {
    struct cloud_faults *faults;
    struct passing *next;
    struct query *query; /* or */
    struct act *act;
    void (*query_done)(struct query *query);
    void (*act_done)(struct act *act);
    void *context;
    int64_t due_ms; /* not before */
    bool is_lost;
};

struct cloud_faults {
    struct cloud cloud; /* first */
    struct cloud_faults_options options;
    const struct sim_case *c;
    const struct disturbance *active[CASE_DISTURBANCES_MAX];
    size_t active_count;
    struct random random;
    int calls;
    int kill_at; /* number of the call; 0: never */
    int other_at;
    int64_t clock_error_ms;
    struct passing *held;
    struct cloud_faults_report report;
    bool remembers;
    struct query *remembered[2]; /* of this pass, and of an earlier one */
    size_t remembered_count[2];
};

static struct cloud_faults *of(struct cloud *cloud)
{
    return (struct cloud_faults *)(void *)cloud;
}

/* The cluster a call is for; calls that several share hit nobody. */
static bool is_for(const struct cloud_faults *f, const struct disturbance *d, struct str cluster)
{
    return str_eq(f->c->spec.clusters[d->cluster].name, cluster);
}

static const struct disturbance *strike(struct cloud_faults *f, enum disturbance_kind kind,
                                        struct str cluster)
{
    for (size_t i = 0; i < f->active_count; i++) {
        const struct disturbance *d = f->active[i];
        if (d->kind != kind || !is_for(f, d, cluster) || !random_once_in(&f->random, ODDS))
            continue;
        f->report.was_hit[d->cluster] = true;
        return d;
    }
    return NULL;
}

static struct error failure_of(const struct disturbance *d)
{
    static const struct error failures[] = {
        {.code = E_TIMEOUT, .message = "timed out"},
        {.code = E_NETWORK, .message = "connection reset"},
        {.code = E_THROTTLED, .message = "throttled"},
        {.code = E_SERVER, .message = "server error"},
        {.code = E_DENIED, .message = "access denied"},
        {.code = E_PROTOCOL, .message = "unexpected answer"},
    };
    return failures[d->amount % ARRAY_LEN(failures)];
}

static void hold(struct cloud_faults *f, struct passing *passing, int64_t delay_ms)
{
    struct passing **link = &f->held;
    passing->due_ms = f->options.inner->ops->now_ms(f->options.inner) + delay_ms;
    while (*link != NULL && (*link)->due_ms <= passing->due_ms)
        link = &(*link)->next;
    passing->next = *link;
    *link = passing;
}

static struct passing *passing_new(struct cloud_faults *f, struct query *query, struct act *act)
{
    struct passing *passing = memory_new(1, sizeof(*passing));
    passing->faults = f;
    passing->query = query;
    passing->act = act;
    if (query != NULL) {
        passing->query_done = query->done;
        passing->context = query->context;
    } else {
        passing->act_done = act->done;
        passing->context = act->context;
    }
    return passing;
}

/* Hands what came back to who asked for it. */
static void deliver(struct passing *passing)
{
    struct query *query = passing->query;
    struct act *act = passing->act;
    void (*query_done)(struct query *) = passing->query_done;
    void (*act_done)(struct act *) = passing->act_done;
    if (query != NULL)
        query->context = passing->context;
    else
        act->context = passing->context;
    memory_free(passing);
    if (query != NULL)
        query_done(query);
    else
        act_done(act);
}

static int64_t delay_of(struct cloud_faults *f, struct str cluster)
{
    const struct disturbance *late = strike(f, DISTURB_QUERY_LATE, cluster);
    if (late != NULL) /* up to beyond the deadline */
        return 100 + (int64_t)(late->amount % (CASE_DEADLINE_MS + 5000));
    for (size_t i = 0; i < f->active_count; i++) {
        if (f->active[i]->kind == DISTURB_ORDER)
            return random_between(&f->random, 0, 300);
    }
    return 0;
}

static void remember(struct cloud_faults *f, const struct query *query)
{
    bool has_key = query->kind != QUERY_STATISTIC && query->kind != QUERY_HTTP;
    if (f->remembers && has_key && query->fact.status == FACT_PRESENT &&
        f->remembered_count[0] < REMEMBERED_MAX)
        f->remembered[0][f->remembered_count[0]++] = *query;
}

static void query_back(struct query *query)
{
    struct passing *passing = query->context;
    struct cloud_faults *f = passing->faults;
    remember(f, query);
    int64_t delay_ms = delay_of(f, query->cluster);
    if (delay_ms > 0)
        hold(f, passing, delay_ms);
    else
        deliver(passing);
}

static void act_back(struct act *act)
{
    struct passing *passing = act->context;
    if (passing->is_lost && act->outcome->status == OUTCOME_APPLIED) {
        act->outcome->status = OUTCOME_FAILED;
        act->outcome->reason = STR("the answer never came: it may have been done");
        error_set(&act->outcome->err, E_TIMEOUT, "the answer never came: it may have been done");
    }
    deliver(passing);
}

/* Counts a call; is the program dead by now? */
static bool is_dead(struct cloud_faults *f)
{
    f->calls++;
    if (f->calls == f->other_at)
        f->options.other_pass(f->options.context);
    if (f->kill_at > 0 && f->calls >= f->kill_at)
        f->report.was_killed = true;
    return f->report.was_killed;
}

static bool take_stale(struct cloud_faults *f, struct query *query)
{
    for (size_t i = 0; i < f->remembered_count[1]; i++) {
        const struct query *old = &f->remembered[1][i];
        if (old->kind != query->kind || !str_eq(old->cluster, query->cluster) ||
            !str_eq(old->name, query->name))
            continue;
        struct query kept = *query;
        *query = *old;
        query->arena = kept.arena;
        query->region = kept.region;
        query->cluster = kept.cluster;
        query->name = kept.name;
        query->statistic = kept.statistic;
        query->http = kept.http;
        query->texts = kept.texts;
        query->text_count = kept.text_count;
        query->done = kept.done;
        query->context = kept.context;
        return true;
    }
    return false;
}

static void ask(struct cloud *cloud, struct query *query)
{
    struct cloud_faults *f = of(cloud);
    struct passing *passing = passing_new(f, query, NULL);
    f->report.queries++;
    struct error err = {.code = E_NETWORK, .message = "killed"};
    const struct disturbance *fails = strike(f, DISTURB_QUERY_FAILS, query->cluster);
    if (is_dead(f) || fails != NULL) {
        if (fails != NULL)
            err = failure_of(fails);
        query_fail(query, &err);
        hold(f, passing, 0);
        return;
    }
    if (strike(f, DISTURB_QUERY_STALE, query->cluster) != NULL && take_stale(f, query)) {
        hold(f, passing, 0);
        return;
    }
    query->done = query_back;
    query->context = passing;
    f->options.inner->ops->ask(f->options.inner, query);
}

static void refuse(struct act *act, enum error_code code, const char *why)
{
    act->outcome->status = OUTCOME_FAILED;
    act->outcome->reason = arena_str(act->arena, str_from(why));
    error_set(&act->outcome->err, code, "%s", why);
}

static void do_act(struct cloud *cloud, struct act *act)
{
    struct cloud_faults *f = of(cloud);
    struct passing *passing = passing_new(f, NULL, act);
    f->report.acts++;
    const struct disturbance *refused = strike(f, DISTURB_ACT_REFUSED, act->cluster);
    if (is_dead(f) || refused != NULL) {
        struct error err = refused != NULL ? failure_of(refused) : (struct error){0};
        refuse(act, refused != NULL ? err.code : E_NETWORK,
               refused != NULL ? err.message : "killed");
        hold(f, passing, 0);
        return;
    }
    f->report.acts_passed++;
    f->options.before_act(f->options.context, act);
    passing->is_lost = strike(f, DISTURB_ACT_LOST, act->cluster) != NULL;
    act->done = act_back;
    act->context = passing;
    f->options.inner->ops->act(f->options.inner, act);
}

/* Past the deadline nothing comes back any more. */
static void give_up(struct passing *passing)
{
    struct error late = {.code = E_DEADLINE, .message = "the pass's deadline came first"};
    if (passing->query != NULL)
        query_fail(passing->query, &late);
    else
        refuse(passing->act, E_DEADLINE, late.message);
}

static void run(struct cloud *cloud, int64_t deadline_ms)
{
    struct cloud_faults *f = of(cloud);
    struct cloud *inner = f->options.inner;
    inner->log = cloud->log;
    for (;;) {
        inner->ops->run(inner, deadline_ms);
        struct passing *first = f->held;
        if (first == NULL)
            break;
        f->held = first->next;
        bool is_late = first->due_ms > deadline_ms;
        f->options.advance(f->options.context, is_late ? deadline_ms : first->due_ms);
        if (is_late)
            give_up(first);
        if (first->query != NULL)
            first->query->done = first->query_done;
        deliver(first);
    }
    inner->log = NULL;
}

static int64_t now_ms(struct cloud *cloud)
{
    return of(cloud)->options.inner->ops->now_ms(of(cloud)->options.inner);
}

static int64_t wall_ms(struct cloud *cloud)
{
    struct cloud_faults *f = of(cloud);
    return f->options.inner->ops->wall_ms(f->options.inner) + f->clock_error_ms;
}

static void faults_free(struct cloud *cloud)
{
    memory_free(of(cloud)->remembered[0]);
    memory_free(of(cloud)->remembered[1]);
    memory_free(of(cloud));
}

struct cloud *cloud_faults_new(const struct cloud_faults_options *options)
{
    static const struct cloud_ops ops = {
        .ask = ask,
        .act = do_act,
        .run = run,
        .now_ms = now_ms,
        .wall_ms = wall_ms,
        .free = faults_free,
    };
    struct cloud_faults *f = memory_new(1, sizeof(*f));
    f->cloud.ops = &ops;
    f->options = *options;
    for (size_t i = 0; i < 2; i++)
        f->remembered[i] = memory_new(REMEMBERED_MAX, sizeof(struct query));
    return &f->cloud;
}

void cloud_faults_begin(struct cloud *cloud, const struct sim_case *c, const bool *active, int pass)
{
    struct cloud_faults *f = of(cloud);
    f->c = c;
    f->active_count = 0;
    f->calls = f->kill_at = f->other_at = 0;
    f->clock_error_ms = 0;
    f->report = (struct cloud_faults_report){0};
    f->random = (struct random){c->seed * 1000003 + (uint64_t)pass};
    for (size_t i = 0; i < c->disturbance_count; i++) {
        const struct disturbance *d = &c->disturbances[i];
        f->remembers = f->remembers || d->kind == DISTURB_QUERY_STALE;
        if (!active[i] || pass < d->pass || pass >= d->pass + d->passes)
            continue;
        f->active[f->active_count++] = d;
        if (d->kind == DISTURB_KILLED)
            f->kill_at = 1 + (int)(d->amount % 14);
        else if (d->kind == DISTURB_OTHER_PASS)
            f->other_at = 1 + (int)(d->amount % 14);
        else if (d->kind == DISTURB_CLOCK)
            f->clock_error_ms = (int64_t)(d->amount % 7200000) - 3600000;
    }
}

const struct cloud_faults_report *cloud_faults_report(const struct cloud *cloud)
{
    return &((const struct cloud_faults *)(const void *)cloud)->report;
}

void cloud_faults_forget(struct cloud *cloud)
{
    struct cloud_faults *f = of(cloud);
    struct query *older = f->remembered[1];
    f->remembered[1] = f->remembered[0];
    f->remembered[0] = older;
    f->remembered_count[1] = f->remembered_count[0];
    f->remembered_count[0] = 0;
}
