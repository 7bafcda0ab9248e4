/* The table of commands: one row drives dispatch, --help, the man page and the completions.
 * Options are parsed here, once, for all of them. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind {
    OPTION_FLAG,     /* --dry-run */
    OPTION_TEXT,     /* --region eu-west-1 */
    OPTION_FILE,     /* a text that completes to files */
    OPTION_FOLDER,   /* likewise, folders */
    OPTION_COUNT,    /* a whole number in [low, high] */
    OPTION_DURATION, /* 60s, 5m; in milliseconds, in [low, high] */
    OPTION_CHOICE,   /* one of `choices` */
    OPTION_LIST,     /* any number of texts, after one another or repeated: --cluster a b */
};

struct option {
    const char *name; /* "--dry-run" */
    enum option_kind kind;
    const char *value;    /* its placeholder in help texts, "DIR"; NULL for flags */
    const char *help;     /* one line, lower case, no full stop */
    const char *fallback; /* its default as text, for the help; NULL: none */
    const char *choices;  /* CHOICE: "text|json" */
    int64_t low;          /* COUNT, DURATION */
    int64_t high;
};

enum { COMMAND_OPTIONS_MAX = 24, COMMAND_LIST_MAX = 1024 };

/* What the command line said, parallel to command->options. */
struct option_value {
    bool given;
    const char *text;   /* TEXT, FILE, FOLDER, CHOICE: the fallback where not given */
    int64_t number;     /* COUNT, DURATION: likewise */
    const char **items; /* LIST */
    size_t item_count;
};

struct arguments {
    const struct command *command;
    struct option_value options[COMMAND_OPTIONS_MAX];
    const char **operands; /* what is not an option */
    size_t operand_count;
};

struct command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "[PATH...]"; NULL: takes none */
    size_t operands_max;
    const struct option *options; /* ended by a row without a name */
    const char *description;      /* for --help and the man page: paragraphs, lines ≤ 78 */
    const char *examples; /* "  ecs-autoscale validate clusters\n …"; each is run by a test */
    int (*run)(const struct arguments *arguments); /* gives the exit status */
};

/* Every command, ended by NULL; in commands.c. */
extern const struct command *const commands[];

/* The option's value; asserts that the command has it. */
const struct option_value *arguments_get(const struct arguments *arguments, const char *name);

/* "ecs-autoscale run: unknown option '--dryrun' (did you mean '--dry-run'?)" and that command's
 * usage on stderr; gives exit status 2. */
int command_usage_error(const struct command *command, const char *format, ...) PRINTF_LIKE(2, 3);

/* The whole of main(): dispatch, global --help and --version. */
int command_main(int argc, char **argv);

#endif
