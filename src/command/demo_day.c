#include "base/clock.h"
#include "command/demo_picture.h"
#include "command/print_plan.h"

#include <stdio.h>

#include "base/banned.h"

enum { MINUTE_MS = 60000 };

static double highest_load(const struct sim_workload *workload)
{
    double high = 0;
    for (size_t i = 0; i < workload->load.minute_count; i++)
        high = workload->load.per_second[i] > high ? workload->load.per_second[i] : high;
    return high;
}

void demo_day_init(struct demo_day *day, const struct scenario *scenario)
{
    const struct sim_cluster_spec *cluster = &scenario->spec.clusters[0];
    *day = (struct demo_day){.scenario = scenario};
    day->minute_count = (size_t)(scenario->length_ms / MINUTE_MS);
    day->service_count =
        cluster->service_count < DEMO_SERVICES ? cluster->service_count : DEMO_SERVICES;
    for (size_t i = 0; i < day->service_count; i++) {
        const struct sim_workload *workload = &cluster->services[i].workload;
        /* A short queue is drawn flat; full use is fully high. */
        double top = workload->kind == SIM_QUEUE ? 200 : 1;
        history_init(&day->load[i], &day->arena, day->minute_count, highest_load(workload));
        history_init(&day->pressure[i], &day->arena, day->minute_count, top);
    }
}

/* Who is gone leaves its place, who is new takes the first one that is free. */
static void place_instances(struct demo_day *day, const struct sim_world *world)
{
    const struct sim_cluster_spec *cluster = &day->scenario->spec.clusters[0];
    struct arena arena = ARENA_INIT;
    struct group_facts group = {.min = 0};
    sim_group_read(world, cluster->region, cluster->groups[0].name, &arena, &group);
    for (size_t i = 0; i < DEMO_SLOTS; i++) {
        if (group_instance_find(&group, str_from(day->slots[i])) == NULL)
            day->slots[i][0] = '\0';
    }
    for (size_t k = 0; k < group.instance_count; k++) {
        size_t free_slot = DEMO_SLOTS;
        bool is_placed = false;
        for (size_t i = DEMO_SLOTS; i-- > 0;) {
            is_placed = is_placed || str_eq(str_from(day->slots[i]), group.instances[k].id);
            free_slot = day->slots[i][0] == '\0' ? i : free_slot;
        }
        if (!is_placed && free_slot < DEMO_SLOTS)
            snprintf(day->slots[free_slot], sizeof(day->slots[free_slot]), "%.*s",
                     STR_ARG(group.instances[k].id));
    }
    arena_release(&arena);
}

void demo_day_minute(struct demo_day *day, const struct sim_world *world)
{
    const struct sim_cluster_spec *cluster = &day->scenario->spec.clusters[0];
    day->minutes++;
    place_instances(day, world);
    for (size_t i = 0; i < day->service_count; i++) {
        struct sim_service_state state;
        bool is_queue = cluster->services[i].workload.kind == SIM_QUEUE;
        sim_service_look(world, 0, i, &state);
        history_add(&day->load[i], state.load_per_second, false);
        history_add(&day->pressure[i], is_queue ? state.backlog : state.utilisation,
                    state.is_outside);
    }
}

static void keep_text(char *out, size_t size, struct str text)
{
    struct buf clean CLEANUP(buf_release) = BUF_INIT(4096);
    print_clean(str_slice(text, 0, 1000), &clean);
    snprintf(out, size, "%.*s", STR_ARG(buf_str(&clean)));
    /* A character that was cut in two is dropped. */
    size_t bad = 0;
    struct str kept = str_from(out);
    if (!str_is_utf8(kept, &bad))
        out[bad] = '\0';
}

void demo_day_pass(struct demo_day *day, const struct pass *pass)
{
    const struct pass_cluster *cluster = &pass->clusters[0];
    char time[CLOCK_TEXT_SIZE];
    clock_format(pass->now_ms, false, time);
    day->passes++;
    for (size_t i = 0; i < cluster->plan.actions.count; i++) {
        const struct action *action = &cluster->plan.actions.items[i];
        struct demo_decision *kept = &day->decisions[day->decision_total++ % DEMO_DECISIONS];
        struct buf change CLEANUP(buf_release) = BUF_INIT(1024);
        bool is_group =
            action->kind == ACTION_GROUP_BOUNDS || action->kind == ACTION_GROUP_CAPACITY;
        *kept = (struct demo_decision){.kind = action->kind};
        action_change_print(action, &change);
        snprintf(kept->time, sizeof(kept->time), "%.5s", time + 11);
        keep_text(kept->verb, sizeof(kept->verb), str_from(action_verb(action)));
        keep_text(kept->subject, sizeof(kept->subject), is_group ? STR("group") : action->subject);
        keep_text(kept->change, sizeof(kept->change), buf_str(&change));
        keep_text(kept->reason, sizeof(kept->reason), action->reason);
        kept->has_failed =
            cluster->outcomes != NULL && cluster->outcomes[i].status != OUTCOME_APPLIED;
    }
}
