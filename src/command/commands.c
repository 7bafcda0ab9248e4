/* The table of commands, in the order --help lists them. */
#include "command/command.h"

#include "base/banned.h"

extern const struct command command_completions;
extern const struct command command_eval;
extern const struct command command_manpage;
extern const struct command command_replay;
extern const struct command command_schema;

const struct command *const commands[] = {
    &command_replay, &command_eval, &command_schema, &command_completions, &command_manpage, NULL,
};
