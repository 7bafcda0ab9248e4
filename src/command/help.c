#include "command/help.h"

#include "command/options.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { HELP_COLUMNS = 80 };

static void add_usage_item(struct buf *out, size_t indent, size_t *column, struct str item)
{
    if (*column + 1 + item.len > HELP_COLUMNS) {
        buf_addf(out, "\n%*s", (int)indent, "");
        *column = indent;
    }
    buf_addf(out, " %.*s", STR_ARG(item));
    *column += 1 + item.len;
}

static void option_usage(const struct option *option, struct buf *out)
{
    if (option->kind == OPTION_FLAG)
        buf_addf(out, "[%s]", option->name);
    else
        buf_addf(out, "[%s %s%s]", option->name, option->value,
                 option->kind == OPTION_LIST ? "..." : "");
}

void help_usage(const struct command *command, struct buf *out)
{
    size_t start = out->len;
    buf_addf(out, "usage: ecs-autoscale %s", command->name);
    size_t column = out->len - start;
    size_t indent = column;
    size_t count = options_count(command);
    for (size_t i = 0; i < count; i++) {
        struct buf item CLEANUP(buf_release) = BUF_INIT(256);
        option_usage(&command->options[i], &item);
        add_usage_item(out, indent, &column, buf_str(&item));
    }
    if (command->operands != NULL)
        add_usage_item(out, indent, &column, str_from(command->operands));
    buf_add_char(out, '\n');
}

static void option_help(const struct option *option, struct buf *out)
{
    char left[80];
    snprintf(left, sizeof(left), "%s%s%s%s", option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "", option->kind == OPTION_LIST ? "..." : "");
    buf_addf(out, "  %-24s %s%s", left, strlen(left) > 24 ? "\n                           " : "",
             option->help);
    if (option->fallback != NULL)
        buf_addf(out, " [%s]", option->fallback);
    buf_add_char(out, '\n');
}

void help_command(const struct command *command, struct buf *out)
{
    buf_addf(out, "ecs-autoscale %s: %s\n\n", command->name, command->summary);
    help_usage(command, out);
    if (command->description != NULL)
        buf_addf(out, "\n%s", command->description);
    buf_addf(out, "\noptions:\n");
    size_t count = options_count(command);
    for (size_t i = 0; i < count; i++)
        option_help(&command->options[i], out);
    buf_addf(out, "  %-24s %s\n", "-h, --help", "this text");
    if (command->examples != NULL)
        buf_addf(out, "\nexamples:\n%s", command->examples);
}

void help_program(struct buf *out)
{
    buf_addf(out, "ecs-autoscale scales Amazon ECS services and the EC2 instances under them,\n"
                  "together, from any metric. One YAML file a cluster.\n\n"
                  "usage: ecs-autoscale COMMAND [OPTION...]\n\ncommands:\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        buf_addf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    buf_addf(out, "\n  ecs-autoscale COMMAND --help   explains one, with examples\n"
                  "  ecs-autoscale --version        says which version this is\n\n"
                  "To begin: write clusters/NAME.yml for the cluster NAME, check it with\n"
                  "'ecs-autoscale validate', see what would happen with 'ecs-autoscale run\n"
                  "--dry-run', and let it happen with 'ecs-autoscale run'.\n\n"
                  "Exit status: 0 all fine, 1 something failed (it says what), 2 wrong usage.\n");
}
