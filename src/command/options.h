/* argv → struct arguments, by a command's table of options. */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "command/command.h"

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_WRONG };

/* Parses what follows the command's name. WRONG: the usage error was printed.
 * arguments_release gives back what it allocated. */
enum options_result options_parse(const struct command *command, int argc, char **argv,
                                  struct arguments *out);
void arguments_release(struct arguments *arguments);

size_t options_count(const struct command *command);

#endif
