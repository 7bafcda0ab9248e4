/* The layers, from the account up: cloud (sim, or aws over http/faults over the simulated wire),
 * `below` (what reaches the account), cloud/sim/faults, `above` (the clock that passes read). */
#include "stage.h"

#include "base/memory.h"
#include "cloud/aws/aws.h"
#include "cloud/sim/cloud.h"
#include "cloud/sim/faults.h"
#include "cloud/sim/wire_transport.h"
#include "http/faults.h"

#include <stdlib.h>

#include "base/banned.h"

enum { CALLS_MAX = 14, LATENCY_MS = 40 };

/* Forwards everything to `inner`, and minds something on the way. */
struct layer {
    struct cloud cloud; /* first */
    struct stage *stage;
    struct cloud *inner;
};

struct stage {
    struct stage_options options;
    struct sim_world *world;
    struct transport *wire;   /* NULL: not over the wire; all below is then a pass's */
    struct transport *broken; /* the wire with its faults */
    struct aws_client *client;
    struct cloud *account;
    struct layer below;
    struct cloud *faults;
    struct layer above;
    const struct disturbance *rows[CASE_DISTURBANCES_MAX]; /* parallel to the faults' table */
    uint64_t acted[CASE_DISTURBANCES_MAX];                 /* before this pass */
    size_t row_count;
    size_t wire_count; /* faults of the wire in this pass */
    int calls;         /* that reached the account in this pass */
    int other_at;
    int64_t clock_error_ms;
    struct stage_report report;
};

static struct layer *of(struct cloud *cloud)
{
    return (struct layer *)(void *)cloud;
}

static bool is_on(const struct stage *stage, size_t index, int pass)
{
    const struct disturbance *d = &stage->options.c->disturbances[index];
    return stage->options.active[index] && pass >= d->pass && pass < d->pass + d->passes;
}

static void count_call(struct stage *stage)
{
    if (++stage->calls == stage->other_at)
        stage->options.other_pass(stage->options.context);
}

static void below_ask(struct cloud *cloud, struct query *query)
{
    count_call(of(cloud)->stage);
    cloud_ask(of(cloud)->inner, query);
}

static void below_act(struct cloud *cloud, struct act *act)
{
    struct stage *stage = of(cloud)->stage;
    count_call(stage);
    stage->report.acts++;
    stage->options.before_act(stage->options.context, act);
    cloud_act(of(cloud)->inner, act);
}

static void above_ask(struct cloud *cloud, struct query *query)
{
    cloud_ask(of(cloud)->inner, query);
}

static void above_act(struct cloud *cloud, struct act *act)
{
    cloud_act(of(cloud)->inner, act);
}

static void layer_run(struct cloud *cloud, int64_t deadline_ms)
{
    of(cloud)->inner->log = cloud->log;
    cloud_run(of(cloud)->inner, deadline_ms);
    of(cloud)->inner->log = NULL;
}

static int64_t layer_now_ms(struct cloud *cloud)
{
    return cloud_now_ms(of(cloud)->inner);
}

static int64_t below_wall_ms(struct cloud *cloud)
{
    return cloud_wall_ms(of(cloud)->inner);
}

static int64_t above_wall_ms(struct cloud *cloud)
{
    return cloud_wall_ms(of(cloud)->inner) + of(cloud)->stage->clock_error_ms;
}

static void layer_free(struct cloud *cloud)
{
    (void)cloud; /* part of the stage */
}

static const struct cloud_ops below_ops = {
    .ask = below_ask,
    .act = below_act,
    .run = layer_run,
    .now_ms = layer_now_ms,
    .wall_ms = below_wall_ms,
    .free = layer_free,
};

static const struct cloud_ops above_ops = {
    .ask = above_ask,
    .act = above_act,
    .run = layer_run,
    .now_ms = layer_now_ms,
    .wall_ms = above_wall_ms,
    .free = layer_free,
};

/* ---- The account: the simulated cloud, or the whole production stack over the wire ---- */

static void advance_to(struct stage *stage, int64_t world_ms)
{
    int64_t ahead_ms = world_ms - sim_world_now_ms(stage->world);
    if (ahead_ms <= 0)
        return;
    if (stage->wire != NULL)
        wire_transport_advance(stage->wire, transport_now_ms(stage->wire) + ahead_ms);
    sim_world_advance(stage->world, world_ms);
}

static void wait_until(void *context, int64_t until_ms)
{
    struct stage *stage = context;
    advance_to(stage, sim_world_now_ms(stage->world) + until_ms - cloud_now_ms(stage->account));
}

/* A fault of the network: which, of which operation, how often. */
static struct fault wire_fault(const struct disturbance *d)
{
    static const char *const operations[] = {
        "DescribeServices",
        "DescribeAutoScalingGroups",
        "ListContainerInstances",
        "DescribeContainerInstances",
        "GetMetricData",
        "DescribeTaskDefinition",
        "UpdateService",
        "UpdateAutoScalingGroup",
        "SetDesiredCapacity",
        "TerminateInstanceInAutoScalingGroup",
        "ListTasks",
        "UpdateContainerInstancesState",
        "",
    };
    return (struct fault){
        .kind = (enum fault_kind)(d->choice % FAULT_KIND_COUNT),
        .operation = str_from(operations[d->amount % ARRAY_LEN(operations)]),
        .nth = 1 + (int)(d->amount / 16 % 2),
        .count = (int)(d->amount / 32 % 5), /* 0: all of them */
        .status = d->amount / 256 % 2 == 0 ? 500 : 503,
        .delay_ms = (int64_t)(d->amount / 512 % 4) * 3000,
        .depth = 1 + (int)(d->amount / 2048 % 3),
    };
}

/* Each pass begins as a process of its own would. */
static void open_wire(struct stage *stage, int pass)
{
    const struct sim_case *c = stage->options.c;
    struct fault faults[CASE_DISTURBANCES_MAX];
    stage->wire_count = 0;
    for (size_t i = 0; i < c->disturbance_count; i++) {
        if (c->disturbances[i].kind == DISTURB_WIRE && is_on(stage, i, pass))
            faults[stage->wire_count++] = wire_fault(&c->disturbances[i]);
    }
    stage->broken = faults_new(stage->wire, faults, stage->wire_count);
    const struct aws_client_options options = {
        .transport = stage->broken, .region = "eu-west-1", .retry_jitter_fixed = true};
    struct error err = ERROR_INIT;
    if (aws_client_new(&options, &stage->client, &err) != E_OK)
        abort();
    stage->account = cloud_aws_new(stage->client, stage->broken);
    stage->below.inner = stage->account;
}

static void close_wire(struct stage *stage)
{
    bool acted = false;
    for (size_t i = 0; i < stage->wire_count; i++)
        acted = acted || faults_acted(stage->broken, i) > 0;
    for (size_t i = 0; acted && i < CASE_CLUSTERS_MAX; i++)
        stage->report.was_hit[i] = true;
    cloud_free(stage->account);
    aws_client_free(stage->client);
    transport_free(stage->broken);
    stage->account = stage->below.inner = NULL;
}

/* ---- Faults of the upper seam ---- */

static bool is_of_cloud(enum disturbance_kind kind)
{
    return kind <= DISTURB_KILLED;
}

static struct cloud_fault cloud_fault(const struct sim_case *c, const struct disturbance *d)
{
    static const enum error_code codes[] = {E_TIMEOUT, E_NETWORK, E_THROTTLED,
                                            E_SERVER,  E_DENIED,  E_PROTOCOL};
    static const enum cloud_fault_kind kinds[] = {
        [DISTURB_QUERY_FAILS] = CLOUD_FAULT_FAIL,   [DISTURB_QUERY_LATE] = CLOUD_FAULT_LATE,
        [DISTURB_QUERY_STALE] = CLOUD_FAULT_STALE,  [DISTURB_QUERY_PARTIAL] = CLOUD_FAULT_PARTIAL,
        [DISTURB_ORDER] = CLOUD_FAULT_REORDER,      [DISTURB_ACT_REFUSED] = CLOUD_FAULT_ACT_BEFORE,
        [DISTURB_ACT_LOST] = CLOUD_FAULT_ACT_AFTER, [DISTURB_KILLED] = CLOUD_FAULT_KILL_BEFORE,
    };
    enum cloud_fault_kind kind = kinds[d->kind];
    if (kind == CLOUD_FAULT_KILL_BEFORE && d->choice % 2 == 0)
        kind = CLOUD_FAULT_KILL_AFTER;
    int64_t begin_ms = c->spec.start_ms + (int64_t)(d->pass + 1) * CASE_INTERVAL_MS;
    return (struct cloud_fault){
        .kind = kind,
        .queries = CLOUD_FAULT_ANY,
        .actions = CLOUD_FAULT_ANY,
        .cluster = c->spec.clusters[d->cluster].name,
        .odds = kind == CLOUD_FAULT_REORDER ? 1 : 0.25,
        .from_ms = begin_ms,
        .until_ms = begin_ms + (int64_t)d->passes * CASE_INTERVAL_MS,
        .code = codes[d->amount % ARRAY_LEN(codes)],
        .delay_ms = 100 + (int64_t)(d->amount % (CASE_DEADLINE_MS + 5000)),
        .share = 0.4,
        .seed = d->choice,
    };
}

static void make_faults(struct stage *stage)
{
    const struct sim_case *c = stage->options.c;
    struct cloud_fault table[CASE_DISTURBANCES_MAX];
    for (size_t i = 0; i < c->disturbance_count; i++) {
        const struct disturbance *d = &c->disturbances[i];
        if (!stage->options.active[i] || !is_of_cloud(d->kind))
            continue;
        table[stage->row_count] = cloud_fault(c, d);
        stage->rows[stage->row_count++] = d;
    }
    const struct cloud_faults_options options = {.inner = &stage->below.cloud,
                                                 .faults = table,
                                                 .count = stage->row_count,
                                                 .wait = wait_until,
                                                 .context = stage};
    stage->faults = cloud_faults_new(&options);
}

struct stage *stage_open(const struct stage_options *options)
{
    struct stage *stage = memory_new(1, sizeof(*stage));
    stage->options = *options;
    stage->world = sim_world_new(&options->c->spec);
    if (options->c->wire) {
        const struct wire_transport_options wire = {.world = stage->world,
                                                    .latency_ms = LATENCY_MS};
        stage->wire = wire_transport_new(&wire);
    } else {
        const struct sim_cloud_options sim = {.world = stage->world};
        stage->account = cloud_sim_new(&sim);
    }
    stage->below = (struct layer){.cloud.ops = &below_ops, .stage = stage, .inner = stage->account};
    make_faults(stage);
    stage->above = (struct layer){.cloud.ops = &above_ops, .stage = stage, .inner = stage->faults};
    return stage;
}

void stage_close(struct stage *stage)
{
    cloud_free(stage->faults);
    cloud_free(stage->account);
    transport_free(stage->wire);
    sim_world_free(stage->world);
    memory_free(stage);
}

struct sim_world *stage_world(struct stage *stage)
{
    return stage->world;
}

struct cloud *stage_begin(struct stage *stage, int pass, int64_t world_ms)
{
    const struct sim_case *c = stage->options.c;
    advance_to(stage, world_ms);
    stage->calls = stage->other_at = 0;
    stage->clock_error_ms = 0;
    stage->report = (struct stage_report){0};
    for (size_t i = 0; i < c->disturbance_count; i++) {
        const struct disturbance *d = &c->disturbances[i];
        if (!is_on(stage, i, pass))
            continue;
        if (d->kind == DISTURB_OTHER_PASS)
            stage->other_at = 1 + (int)(d->amount % CALLS_MAX);
        else if (d->kind == DISTURB_CLOCK)
            stage->clock_error_ms = (int64_t)(d->amount % 7200000) - 3600000;
    }
    for (size_t i = 0; i < stage->row_count; i++)
        stage->acted[i] = cloud_faults_acted(stage->faults, i);
    if (stage->wire != NULL)
        open_wire(stage, pass);
    return &stage->above.cloud;
}

struct stage_report stage_end(struct stage *stage)
{
    for (size_t i = 0; i < stage->row_count; i++) {
        if (cloud_faults_acted(stage->faults, i) > stage->acted[i])
            stage->report.was_hit[stage->rows[i]->cluster] = true;
    }
    stage->report.was_killed = cloud_faults_killed(stage->faults);
    cloud_faults_revive(stage->faults);
    if (stage->wire != NULL)
        close_wire(stage);
    return stage->report;
}
