#include "cloud/sim/flow.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* Less than this is none: what rounding leaves. */
static const double nothing = 1e-9;

void flow_init(struct flow *flow, const struct sim_workload *workload,
               struct sim_objective objective)
{
    *flow = (struct flow){.workload = workload, .objective = objective};
    if (workload->kind != SIM_QUEUE || !(workload->start_backlog > 0))
        return;
    flow->state.backlog = workload->start_backlog;
    flow->state.totals.arrived = workload->start_backlog;
    flow->state.open.count = workload->start_backlog; /* all of them came at the start */
}

void flow_release(struct flow *flow)
{
    memory_free(flow->stretches);
    flow->stretches = NULL;
}

/* The share of the time in which a wait that goes evenly from `a` to `b` is above the limit. */
static double share_above(double a, double b, double limit)
{
    double low = fmin(a, b);
    double high = fmax(a, b);
    if (high <= limit)
        return 0;
    if (low >= limit)
        return 1;
    return (high - limit) / (high - low);
}

struct waiting {
    double messages; /* done meanwhile */
    double seconds;
    double from_s; /* the oldest message's wait, at both ends */
    double to_s;
};

static void account(const struct flow *flow, struct flow_state *state, struct waiting part)
{
    struct flow_totals *totals = &state->totals;
    double from_s = fmax(part.from_s, 0);
    double to_s = fmax(part.to_s, 0);
    totals->done += part.messages;
    state->minute.done += part.messages;
    totals->wait_sum_s += part.messages * (from_s + to_s) / 2;
    totals->wait_worst_s = fmax(totals->wait_worst_s, fmax(from_s, to_s));
    if (flow->objective.max_wait_ms <= 0)
        return;
    double share = share_above(from_s, to_s, (double)flow->objective.max_wait_ms / 1000);
    totals->work_outside += part.messages * share;
    totals->outside_s += part.seconds * share;
}

/* When the message that has waited longest came; `now_s` where none waits. */
static double oldest_arrival_s(const struct flow *flow, const struct flow_state *state,
                               double now_s)
{
    if (state->first < flow->count)
        return state->oldest.from_s;
    return state->open.count > 0 ? state->open.from_s : now_s;
}

static void next_stretch(const struct flow *flow, struct flow_state *state)
{
    state->first++;
    if (state->first < flow->count)
        state->oldest = flow->stretches[state->first];
}

/* `messages` are done from `from_s` on, `rate` a second; they do wait. */
static void work_off(const struct flow *flow, struct flow_state *state, double from_s,
                     double messages, double rate)
{
    double now_s = from_s;
    while (messages > 0) {
        bool is_open = state->first >= flow->count;
        struct flow_stretch *stretch = is_open ? &state->open : &state->oldest;
        double taken = fmin(messages, stretch->count);
        if (taken > 0) {
            double arrived_s =
                stretch->from_s + (stretch->to_s - stretch->from_s) * (taken / stretch->count);
            account(flow, state,
                    (struct waiting){.messages = taken,
                                     .seconds = taken / rate,
                                     .from_s = now_s - stretch->from_s,
                                     .to_s = now_s + taken / rate - arrived_s});
            now_s += taken / rate;
            stretch->from_s = arrived_s;
            stretch->count -= taken;
            messages -= taken;
        }
        if (stretch->count > nothing)
            continue; /* messages is 0 now */
        if (is_open)
            return; /* rounding: nothing is left */
        next_stretch(flow, state);
    }
}

static void drop_all(const struct flow *flow, struct flow_state *state, double now_s)
{
    state->first = flow->count;
    state->backlog = 0;
    state->open = (struct flow_stretch){.from_s = now_s, .to_s = now_s};
}

/* Messages wait, or more come than are worked off, for `busy_s`. */
static void queue_busy(const struct flow *flow, struct flow_state *state, double from_s,
                       double busy_s)
{
    double rate = (double)state->running * flow->workload->rate_per_task;
    double came = state->load * busy_s;
    if (!(state->open.count > 0))
        state->open.from_s = from_s;
    state->open.to_s = came > 0 ? from_s + busy_s : fmax(state->open.from_s, state->open.to_s);
    state->open.count += came;
    state->backlog += came;
    if (rate > 0) {
        double done = fmin(rate * busy_s, state->backlog);
        work_off(flow, state, from_s, done, rate);
        state->backlog -= done;
    } else {
        double arrived_s = oldest_arrival_s(flow, state, from_s);
        account(flow, state,
                (struct waiting){.seconds = busy_s,
                                 .from_s = from_s - arrived_s,
                                 .to_s = from_s + busy_s - arrived_s});
    }
    state->minute.busy_s += busy_s * (double)state->running;
    state->minute.utilisation_s += state->running > 0 ? busy_s : 0;
}

static void queue_advance(const struct flow *flow, struct flow_state *state, double from_s,
                          double seconds)
{
    double rate = (double)state->running * flow->workload->rate_per_task;
    double busy_s = seconds;
    bool empties = false;
    if (rate >= state->load) {
        double over = rate - state->load;
        busy_s = state->backlog <= nothing ? 0 : over > 0 ? state->backlog / over : INFINITY;
        empties = busy_s <= seconds;
        busy_s = fmin(busy_s, seconds);
    }
    state->totals.arrived += state->load * seconds;
    state->minute.arrived += state->load * seconds;
    if (busy_s > 0)
        queue_busy(flow, state, from_s, busy_s);
    if (!empties)
        return;
    double idle_s = seconds - busy_s;
    double at_once = state->load * idle_s + state->backlog; /* and what rounding left */
    state->totals.done += at_once;
    state->minute.done += at_once;
    drop_all(flow, state, from_s + seconds);
    double share = rate > 0 ? state->load / rate : 0;
    state->minute.busy_s += idle_s * share * (double)state->running;
    state->minute.utilisation_s += idle_s * share;
}

double flow_utilisation(const struct flow *flow, const struct flow_state *state)
{
    double rate = (double)state->running * flow->workload->rate_per_task;
    switch (flow->workload->kind) {
    case SIM_QUEUE:
        if (state->running == 0)
            return 0;
        return state->backlog > nothing || state->load > rate ? 1 : state->load / rate;
    case SIM_WEB:
        if (state->running == 0) /* as if by one task, and at least all that one could do */
            return state->load > 0 ? fmax(1, state->load / flow->workload->rate_per_task) : 0;
        return state->load / rate;
    case SIM_NO_WORKLOAD:
        break;
    }
    return 0;
}

double flow_latency_ms(const struct flow *flow, const struct flow_state *state)
{
    const struct sim_workload *workload = flow->workload;
    if (workload->kind != SIM_WEB)
        return 0;
    double utilisation = flow_utilisation(flow, state);
    double latency_ms = workload->max_latency_ms;
    if (utilisation < 1)
        latency_ms = fmin(latency_ms, workload->base_latency_ms / (1 - utilisation));
    return latency_ms;
}

static bool web_is_outside(const struct flow *flow, const struct flow_state *state)
{
    double utilisation = flow_utilisation(flow, state);
    double max_utilisation = flow->objective.max_utilisation;
    double max_latency_ms = flow->objective.max_latency_ms;
    if (state->load <= 0 || (max_utilisation <= 0 && max_latency_ms <= 0))
        return false;
    return utilisation > 1 || state->running == 0 ||
           (max_utilisation > 0 && utilisation > max_utilisation) ||
           (max_latency_ms > 0 && flow_latency_ms(flow, state) > max_latency_ms);
}

static void web_advance(const struct flow *flow, struct flow_state *state, double seconds)
{
    double rate = (double)state->running * flow->workload->rate_per_task;
    double came = state->load * seconds;
    double done = fmin(state->load, rate) * seconds;
    double latency_s = flow_latency_ms(flow, state) / 1000;
    double utilisation = flow_utilisation(flow, state);
    struct flow_totals *totals = &state->totals;
    totals->arrived += came;
    totals->done += done;
    totals->failed += came - done;
    totals->wait_sum_s += done * latency_s;
    if (done > 0)
        totals->wait_worst_s = fmax(totals->wait_worst_s, latency_s);
    if (web_is_outside(flow, state)) {
        totals->work_outside += came;
        totals->outside_s += seconds;
    } else {
        totals->work_outside += came - done;
    }
    state->minute.arrived += came;
    state->minute.done += done;
    state->minute.latency_sum_s += done * latency_s;
    state->minute.utilisation_s += utilisation * seconds;
    state->minute.busy_s += fmin(utilisation, 1) * seconds * (double)state->running;
}

static void advance(const struct flow *flow, struct flow_state *state, int64_t to_ms)
{
    if (to_ms <= state->at_ms)
        return;
    double from_s = (double)state->at_ms / 1000;
    double seconds = (double)(to_ms - state->at_ms) / 1000;
    state->minute.time_s += seconds;
    state->minute.task_s += seconds * (double)state->running;
    state->totals.time_s += seconds;
    state->totals.task_s += seconds * (double)state->running;
    if (flow->workload->kind == SIM_QUEUE)
        queue_advance(flow, state, from_s, seconds);
    else if (flow->workload->kind == SIM_WEB)
        web_advance(flow, state, seconds);
    state->at_ms = to_ms;
}

/* The stretches that are worked off give their room to new ones. */
static void compact(struct flow *flow)
{
    size_t gone = flow->state.first;
    if (gone < flow->count && gone < flow->count / 2)
        return;
    memmove(flow->stretches, flow->stretches + gone,
            (flow->count - gone) * sizeof(*flow->stretches));
    flow->count -= gone;
    flow->state.first = 0;
}

void flow_advance(struct flow *flow, int64_t to_ms)
{
    advance(flow, &flow->state, to_ms);
}

void flow_set_load(struct flow *flow, double per_second)
{
    struct flow_state *state = &flow->state;
    if (per_second == state->load)
        return;
    state->load = per_second;
    if (flow->workload->kind != SIM_QUEUE || !(state->open.count > 0))
        return;
    if (flow->count > 0)
        compact(flow);
    if (flow->count == flow->room) {
        flow->room = flow->room > 0 ? flow->room * 2 : 16;
        flow->stretches = memory_resize(flow->stretches, flow->room, sizeof(*flow->stretches));
    }
    if (state->first == flow->count)
        state->oldest = state->open;
    flow->stretches[flow->count++] = state->open;
    double now_s = (double)state->at_ms / 1000;
    state->open = (struct flow_stretch){.from_s = now_s, .to_s = now_s};
}

void flow_set_running(struct flow *flow, int64_t running)
{
    flow->state.running = running;
}

struct flow_state flow_peek(const struct flow *flow, int64_t at_ms)
{
    struct flow_state state = flow->state;
    advance(flow, &state, at_ms);
    return state;
}

double flow_oldest_wait_s(const struct flow *flow, const struct flow_state *state)
{
    double now_s = (double)state->at_ms / 1000;
    if (state->backlog <= nothing)
        return 0;
    return fmax(0, now_s - oldest_arrival_s(flow, state, now_s));
}

bool flow_is_outside(const struct flow *flow, const struct flow_state *state)
{
    if (flow->workload->kind == SIM_WEB)
        return web_is_outside(flow, state);
    return flow->workload->kind == SIM_QUEUE && flow->objective.max_wait_ms > 0 &&
           flow_oldest_wait_s(flow, state) * 1000 > (double)flow->objective.max_wait_ms;
}
