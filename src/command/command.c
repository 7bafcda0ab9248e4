/* Dispatch: finds the command, parses its options, runs it, minds the output. */
#include "command/command.h"

#include "base/buf.h"
#include "command/help.h"
#include "command/options.h"
#include "command/output.h"
#include "version.h"

#include <stdarg.h>
#include <string.h>

#include "base/banned.h"

enum { HELP_BYTES = 64 * 1024 };

static void print(FILE *stream, const struct buf *text)
{
    if (stream == stdout)
        output_write(text);
    else
        fwrite(buf_cstr(text), 1, text->len, stream);
}

int command_usage_error(const struct command *command, const char *format, ...)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(HELP_BYTES);
    buf_addf(&text, "ecs-autoscale %s: ", command->name);
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    buf_add_char(&text, '\n');
    help_usage(command, &text);
    buf_addf(&text, "'ecs-autoscale %s --help' explains each option.\n", command->name);
    print(stderr, &text);
    return 2;
}

static const struct command *find_command(struct str name)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (str_eq(str_from(commands[i]->name), name))
            return commands[i];
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *nearest = NULL;
    size_t distance = 4; /* further away is another word */
    for (size_t i = 0; commands[i] != NULL; i++) {
        size_t here = str_distance(str_from(commands[i]->name), str_from(name));
        if (here < distance) {
            distance = here;
            nearest = commands[i]->name;
        }
    }
    fprintf(stderr, "ecs-autoscale: unknown command '%s'", name);
    if (nearest != NULL)
        fprintf(stderr, " (did you mean '%s'?)", nearest);
    fprintf(stderr, "\n'ecs-autoscale --help' lists the commands.\n");
    return 2;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    int status = 2;
    switch (options_parse(command, argc, argv, &arguments)) {
    case OPTIONS_HELP: {
        struct buf text CLEANUP(buf_release) = BUF_INIT(HELP_BYTES);
        help_command(command, &text);
        print(stdout, &text);
        status = 0;
        break;
    }
    case OPTIONS_OK:
        status = command->run(&arguments);
        break;
    case OPTIONS_WRONG:
        break;
    }
    arguments_release(&arguments);
    return status;
}

static int print_front_page(FILE *stream, int status)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(HELP_BYTES);
    help_program(&text);
    print(stream, &text);
    return status;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return print_front_page(stderr, 2);
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("ecs-autoscale %s\n", ECS_AUTOSCALE_VERSION);
        return 0;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_front_page(stdout, 0);
    if (strcmp(name, "help") == 0 && argc == 2)
        return print_front_page(stdout, 0);
    bool help = strcmp(name, "help") == 0;
    const struct command *command = find_command(str_from(help ? argv[2] : name));
    if (command == NULL)
        return unknown_command(help ? argv[2] : name);
    if (!help)
        return run_command(command, argc - 2, argv + 2);
    char option[] = "--help";
    char *words[] = {option, NULL};
    return run_command(command, 1, words);
}

int command_main(int argc, char **argv)
{
    output_init();
    return output_end(dispatch(argc, argv));
}
