/* `ecs-autoscale manpage`: the man page, made from the table of commands. */
#include "command/command.h"

#include "base/buf.h"
#include "command/options.h"
#include "version.h"

#include <string.h>

#include "base/banned.h"

static const struct option options[] = {{0}};

/* roff: a backslash is escaped, a line that begins with '.' or ''' is shielded, hyphens of options
 * stay hyphens. */
static void print_text(const char *text)
{
    bool line_start = true;
    for (const char *c = text; *c != '\0'; c++) {
        if (line_start && (*c == '.' || *c == '\''))
            printf("\\&");
        if (*c == '\\')
            printf("\\e");
        else if (*c == '-')
            printf("\\-");
        else
            putchar(*c);
        line_start = *c == '\n';
    }
}

/* Paragraphs as they are in --help: lines that are indented are kept as they stand. */
static void print_paragraphs(const char *text)
{
    bool literal = false;
    bool gap = true; /* an empty line, or the beginning: a paragraph begins */
    struct str rest = str_from(text);
    struct str line;
    while (str_split(&rest, '\n', &line)) {
        if (line.len == 0) {
            gap = true;
            continue;
        }
        bool indented = line.ptr[0] == ' ';
        if (literal && !indented)
            printf(".fi\n");
        if (literal && indented && gap)
            printf("\n");
        else if (gap || literal != indented)
            printf(".PP\n");
        if (indented && !literal)
            printf(".nf\n");
        literal = indented;
        gap = false;
        struct buf copy CLEANUP(buf_release) = BUF_INIT(4096);
        buf_add(&copy, line);
        print_text(buf_cstr(&copy));
        printf("\n");
    }
    if (literal)
        printf(".fi\n");
}

static void print_option(const struct option *option)
{
    printf(".TP\n\\fB");
    print_text(option->name);
    printf("\\fR");
    if (option->value != NULL)
        printf(" \\fI%s\\fR%s", option->value, option->kind == OPTION_LIST ? "..." : "");
    printf("\n");
    print_text(option->help);
    if (option->fallback != NULL) {
        printf(" (default: ");
        print_text(option->fallback);
        printf(")");
    }
    printf("\n");
}

static void print_command(const struct command *command)
{
    printf(".SS ecs\\-autoscale %s %s\n", command->name,
           command->operands != NULL ? command->operands : "");
    print_text(command->summary);
    printf(".\n");
    if (command->description != NULL)
        print_paragraphs(command->description);
    size_t count = options_count(command);
    for (size_t i = 0; i < count; i++)
        print_option(&command->options[i]);
    if (command->examples != NULL) {
        printf(".PP\nExamples:\n");
        print_paragraphs(command->examples);
    }
}

static int run(const struct arguments *arguments)
{
    (void)arguments;
    printf(".TH ECS\\-AUTOSCALE 1 \"\" \"ecs\\-autoscale %s\" \"User Commands\"\n"
           ".SH NAME\necs\\-autoscale \\- scale ECS services and the EC2 instances under them\n"
           ".SH SYNOPSIS\n.B ecs\\-autoscale\n.I COMMAND\n[\\fIOPTION\\fR...]\n"
           ".SH DESCRIPTION\n"
           "Scales Amazon ECS services and the EC2 instances under them, together, from any\n"
           "metric: CloudWatch, or a number in any HTTP endpoint's JSON, combined by\n"
           "arithmetic. One YAML file a cluster.\n.SH COMMANDS\n",
           ECS_AUTOSCALE_VERSION);
    for (size_t i = 0; commands[i] != NULL; i++)
        print_command(commands[i]);
    printf(".SH ENVIRONMENT\n.TP\n\\fBLOG_LEVEL\\fR\ndebug, info, warning or error; "
           "\\fB\\-\\-log\\-level\\fR wins.\n"
           ".TP\n\\fBAWS_REGION\\fR, \\fBAWS_PROFILE\\fR, \\fBAWS_ENDPOINT_URL\\fR, "
           "\\fBAWS_CA_BUNDLE\\fR and the other variables of the AWS SDKs\n"
           "Credentials, region and endpoints; see docs/running.md.\n"
           ".SH EXIT STATUS\n0: all fine. 1: something failed; it says what. 2: wrong usage.\n");
    return 0;
}

const struct command command_manpage = {
    .name = "manpage",
    .summary = "print the manual page (roff)",
    .options = options,
    .description = "Prints the manual page that 'make install' installs.\n",
    .examples = "  ecs-autoscale manpage\n",
    .run = run,
};
