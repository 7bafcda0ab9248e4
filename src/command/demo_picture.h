/* The demo's picture: the day so far of one cluster, on a canvas of any size. */
#ifndef COMMAND_DEMO_PICTURE_H
#define COMMAND_DEMO_PICTURE_H

#include "cloud/sim/world.h"
#include "command/demo_canvas.h"
#include "command/demo_history.h"
#include "pass/pass.h"
#include "scenario/scenario.h"

enum { DEMO_DECISIONS = 128, DEMO_SERVICES = 4, DEMO_SLOTS = 32 };

struct demo_decision {
    char time[6]; /* "13:41" */
    char verb[16];
    char subject[64];
    char change[64];
    char reason[400];
    enum action_kind kind;
    bool has_failed;
};

struct demo_day {
    struct arena arena;
    const struct scenario *scenario;
    size_t minutes; /* so far */
    size_t minute_count;
    size_t service_count;
    struct history load[DEMO_SERVICES];
    struct history pressure[DEMO_SERVICES];         /* QUEUE: backlog; WEB: utilisation */
    struct demo_decision decisions[DEMO_DECISIONS]; /* number n is at n % DEMO_DECISIONS */
    size_t decision_total;
    uint64_t passes;
    char slots[DEMO_SLOTS][24]; /* ids of instances: each keeps its place in the picture */
};

void demo_day_init(struct demo_day *day, const struct scenario *scenario);
void demo_day_minute(struct demo_day *day, const struct sim_world *world);
void demo_day_pass(struct demo_day *day, const struct pass *pass);

void demo_picture_draw(const struct demo_day *day, const struct sim_world *world,
                       struct canvas *canvas);

#endif
