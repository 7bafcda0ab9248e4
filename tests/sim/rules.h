/* What must hold for every pass in every world, whatever happens: docs/scaling.md, "Safety". The
 * rules are written anew here, from the documents, so that the decisions are checked by something
 * that does not share their code. */
#ifndef TESTS_SIM_RULES_H
#define TESTS_SIM_RULES_H

#include "case.h"

#include "base/attributes.h"
#include "cloud/sim/world.h"
#include "pass/pass.h"

struct finding {
    bool failed;
    int pass;
    char message[600];
};

/* The first finding stands. */
void finding_set(struct finding *finding, int pass, const char *format, ...) PRINTF_LIKE(3, 4);

/* One cluster of a pass: its plan against its definition and snapshot. */
void rules_check_plan(const struct pass_cluster *cluster, int pass, struct finding *finding);
/* Decided again from its record, the plan is the same, byte for byte. */
void rules_check_record(const struct pass *pass, size_t cluster, int number,
                        struct finding *finding);
/* Acts on the account in the order of their kinds, dependents after what they depend on. */
void rules_check_outcomes(const struct pass_cluster *cluster, int pass, struct finding *finding);
/* The account itself: groups within their bounds. */
void rules_check_world(const struct sim_case *c, const struct sim_world *world, int pass,
                       struct finding *finding);
/* After a long quiet time: everything is where it belongs. `pass` is the last one. */
void rules_check_rest(const struct sim_case *c, const struct pass *last, int pass,
                      struct finding *finding);

#endif
