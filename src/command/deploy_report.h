/* What `deploy` prints: its steps, for people and as JSON. */
#ifndef COMMAND_DEPLOY_REPORT_H
#define COMMAND_DEPLOY_REPORT_H

#include "base/buf.h"
#include "lambda/deployment.h"

void deploy_print_plan(const struct deployment_names *names, const struct step_plan *plan,
                       struct buf *out);
/* "created log group '/aws/lambda/x'", one line. */
void deploy_print_done(const struct step *step, struct buf *out);

struct deploy_result {
    const struct deployment_names *names;
    const struct step_plan *plan;
    bool is_dry_run;
    bool is_done[STEP_COUNT];
    const struct error *err; /* NULL: none */
};
void deploy_write_json(const struct deploy_result *result, struct buf *out);

#endif
