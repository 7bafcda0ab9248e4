/* The table of commands, in the order --help lists them. */
#include "command/command.h"

#include "base/banned.h"

extern const struct command command_completions;
extern const struct command command_manpage;

const struct command *const commands[] = {
    &command_completions,
    &command_manpage,
    NULL,
};
