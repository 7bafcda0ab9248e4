#include "mishaps.h"

#include "base/banned.h"

/* One disturbance as it strikes. */
struct striking {
    const struct disturbance *d;
    const struct sim_cluster_spec *cluster;
    const struct sim_group_spec *group;
    struct sim_world *world;
    struct arena *arena;
    bool begins;
    bool ends;
};

static const struct instance_facts *some_instance(const struct striking *s)
{
    struct instances_facts instances = {0};
    if (!sim_instances_read(s->world, s->cluster->region, s->cluster->name, s->arena, &instances) ||
        instances.count == 0)
        return NULL;
    return &instances.items[s->d->choice % instances.count];
}

static void instance_dies(const struct striking *s)
{
    const struct instance_facts *instance = some_instance(s);
    if (s->begins && instance != NULL)
        sim_instance_kill(s->world, instance->ec2_id);
}

/* All that are disconnected come back at the end: there is only one at a time, or few. */
static void agent_goes(const struct striking *s)
{
    struct instances_facts instances = {0};
    const struct instance_facts *instance = some_instance(s);
    if (s->begins && instance != NULL)
        sim_agent_disconnect(s->world, instance->ec2_id, false);
    if (!s->ends ||
        !sim_instances_read(s->world, s->cluster->region, s->cluster->name, s->arena, &instances))
        return;
    for (size_t i = 0; i < instances.count; i++)
        sim_agent_disconnect(s->world, instances.items[i].ec2_id, true);
}

static void task_hangs(const struct striking *s)
{
    struct sim_tasks tasks = {0};
    if (s->begins &&
        sim_tasks_read(s->world, s->cluster->region, s->cluster->name, STR_NONE, s->arena,
                       &tasks) &&
        tasks.count > 0)
        sim_task_hang(s->world, tasks.items[s->d->choice % tasks.count].arn);
}

static void capacity_goes(const struct striking *s)
{
    struct group_facts group = {0};
    if (!sim_group_read(s->world, s->cluster->region, s->group->name, s->arena, &group))
        return;
    if (s->begins) /* what is there stays, no more is to be had */
        sim_group_capacity(s->world, s->group->name,
                           group.instance_count > 0 ? (int64_t)group.instance_count : 1);
    if (s->ends)
        sim_group_capacity(s->world, s->group->name, 0);
}

static void metrics_silent(const struct striking *s)
{
    if (s->begins)
        sim_metrics_silence(s->world, sim_world_now_ms(s->world) +
                                          (int64_t)s->d->passes * CASE_INTERVAL_MS - 1);
}

static void someone_changes_service(const struct striking *s)
{
    struct sim_refusal refusal;
    const struct sim_service_spec *service =
        &s->cluster->services[s->d->choice % s->cluster->service_count];
    if (s->begins)
        sim_service_update(s->world, s->cluster->region, s->cluster->name, service->name,
                           (int64_t)(s->d->amount % 12), &refusal);
}

static void someone_changes_desired(const struct striking *s)
{
    struct sim_refusal refusal;
    if (s->begins) /* refused outside the bounds, as it would be */
        sim_group_set_desired(s->world, s->cluster->region, s->group->name,
                              (int64_t)(s->d->amount % 7), &refusal);
}

static void someone_changes_bounds(const struct striking *s)
{
    struct sim_refusal refusal;
    int64_t min = (int64_t)(s->d->amount % 3);
    const struct sim_group_change change = {
        .min = min, .max = min + 1 + (int64_t)(s->d->choice % 5), .desired = -1};
    if (s->begins)
        sim_group_update(s->world, s->cluster->region, s->group->name, &change, &refusal);
}

static void someone_drains(const struct striking *s)
{
    struct sim_refusal refusal;
    const struct instance_facts *instance = some_instance(s);
    if (s->begins && instance != NULL)
        sim_instance_drain(s->world, s->cluster->region, s->cluster->name, instance->arn, true,
                           &refusal);
}

static void someone_protects(const struct striking *s)
{
    struct sim_refusal refusal;
    const struct instance_facts *instance = some_instance(s);
    if (s->begins && instance != NULL)
        sim_instance_protect(s->world, s->cluster->region, instance->ec2_id, true, &refusal);
}

typedef void mishap(const struct striking *striking);

static mishap *const mishaps[DISTURBANCE_COUNT] = {
    [DISTURB_INSTANCE_DIES] = instance_dies,
    [DISTURB_AGENT] = agent_goes,
    [DISTURB_TASK_HANGS] = task_hangs,
    [DISTURB_CAPACITY] = capacity_goes,
    [DISTURB_SILENCE] = metrics_silent,
    [DISTURB_SOMEONE_SERVICE] = someone_changes_service,
    [DISTURB_SOMEONE_DESIRED] = someone_changes_desired,
    [DISTURB_SOMEONE_BOUNDS] = someone_changes_bounds,
    [DISTURB_SOMEONE_DRAINS] = someone_drains,
    [DISTURB_SOMEONE_PROTECTS] = someone_protects,
};

void mishaps_happen(const struct sim_case *c, const bool *active, int pass, struct sim_world *world)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    for (size_t i = 0; i < c->disturbance_count; i++) {
        const struct disturbance *d = &c->disturbances[i];
        const struct sim_cluster_spec *cluster = &c->spec.clusters[d->cluster];
        const struct striking striking = {.d = d,
                                          .cluster = cluster,
                                          .group = &cluster->groups[0],
                                          .world = world,
                                          .arena = &arena,
                                          .begins = pass == d->pass,
                                          .ends = pass == d->pass + d->passes};
        if (active[i] && mishaps[d->kind] != NULL && (striking.begins || striking.ends))
            mishaps[d->kind](&striking);
    }
}

/* Other people's changes may come between the look and the act, and then AWS refuses. */
bool mishaps_touch(const struct sim_case *c, const bool *active, int pass, size_t cluster)
{
    for (size_t i = 0; i < c->disturbance_count; i++) {
        const struct disturbance *d = &c->disturbances[i];
        if (active[i] && d->cluster == cluster && pass >= d->pass && pass < d->pass + d->passes)
            return true;
    }
    return false;
}
