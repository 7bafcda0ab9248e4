/* The table of commands, in the order --help lists them. */
#include "command/command.h"

#include "base/banned.h"

extern const struct command command_completions;
extern const struct command command_deploy;
extern const struct command command_destroy;
extern const struct command command_demo;
extern const struct command command_eval;
extern const struct command command_invoke;
extern const struct command command_logs;
extern const struct command command_fetch_trace;
extern const struct command command_manpage;
extern const struct command command_package;
extern const struct command command_policy;
extern const struct command command_replay;
extern const struct command command_run;
extern const struct command command_schema;
extern const struct command command_simulate;
extern const struct command command_status;
extern const struct command command_sim;
extern const struct command command_validate;

/* clang-format off */
const struct command *const commands[] = {
    &command_demo,
    &command_run,
    &command_validate,
    &command_schema,
    &command_eval,
    &command_replay,
    &command_simulate,
    &command_fetch_trace,
    &command_sim,
    &command_package,
    &command_policy,
    &command_deploy,
    &command_invoke,
    &command_logs,
    &command_status,
    &command_destroy,
    &command_completions,
    &command_manpage,
    NULL,
};
/* clang-format on */
