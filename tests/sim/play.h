/* Plays a case, or what a mask leaves of its disturbances, pass after pass, and checks the rules.
 */
#ifndef TESTS_SIM_PLAY_H
#define TESTS_SIM_PLAY_H

#include "rules.h"

#include <stdio.h>

struct play_options {
    const bool *active; /* parallel to the case's disturbances */
    FILE *story;        /* NULL, or where each pass is told */
};

struct play_count {
    int passes;
    int rests; /* 1: it was looked whether all is at rest in the end */
    int actions;
    int drains;
    int terminations;
};

void play(const struct sim_case *c, const struct play_options *options, struct play_count *count,
          struct finding *finding);

#endif
