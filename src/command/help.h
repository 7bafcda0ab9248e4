/* The texts made from the table of commands: --help, usage lines. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "base/buf.h"
#include "command/command.h"

/* "usage: ecs-autoscale run [--definitions DIR] …", broken into lines. */
void help_usage(const struct command *command, struct buf *out);
/* Everything about one command. */
void help_command(const struct command *command, struct buf *out);
/* The front page: what the program is, its commands, where to go on. */
void help_program(struct buf *out);

#endif
