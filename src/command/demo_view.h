/* What the demo shows: on a terminal a picture that is drawn again and again, elsewhere plain
 * lines. Takes what the pass did and what the world is like; changes neither. */
#ifndef COMMAND_DEMO_VIEW_H
#define COMMAND_DEMO_VIEW_H

#include "cloud/sim/world.h"
#include "pass/pass.h"
#include "scenario/scenario.h"

struct demo_view;

struct demo_view_options {
    const struct scenario *scenario; /* its first cluster is shown */
    bool plain;                      /* lines, even where standard output is a terminal */
    int port;                        /* of the simulated account */
};

/* On a terminal it takes the alternate screen until demo_view_end. */
struct demo_view *demo_view_new(const struct demo_view_options *options);
/* Every simulated minute, and after every pass. */
void demo_view_minute(struct demo_view *view, const struct sim_world *world);
void demo_view_pass(struct demo_view *view, const struct pass *pass);
/* Draws if the last picture is old enough, or always. */
void demo_view_draw(struct demo_view *view, const struct sim_world *world, bool always);
/* Gives the terminal back as it was; frees the view. May be NULL. */
void demo_view_end(struct demo_view *view);

#endif
