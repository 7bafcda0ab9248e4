/* `ecs-autoscale completions SHELL`: completion scripts, made from the table of commands. */
#include "command/command.h"

#include "command/options.h"

#include <string.h>

#include "base/banned.h"

static const struct option options[] = {{0}};

/* What a shell can offer for an option's value. */
enum offer { OFFER_NOTHING, OFFER_FILES, OFFER_FOLDERS, OFFER_CHOICES };

static enum offer option_offer(const struct option *option)
{
    switch (option->kind) {
    case OPTION_FILE:
        return OFFER_FILES;
    case OPTION_FOLDER:
        return OFFER_FOLDERS;
    case OPTION_CHOICE:
        return OFFER_CHOICES;
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_COUNT:
    case OPTION_DURATION:
    case OPTION_LIST:
        break;
    }
    return OFFER_NOTHING;
}

static bool takes_files(const struct command *command)
{
    return command->operands != NULL &&
           (strstr(command->operands, "PATH") != NULL || strstr(command->operands, "FILE") != NULL);
}

/* "text|json" as "text json". */
static void print_choices(const char *choices)
{
    for (const char *c = choices; *c != '\0'; c++)
        putchar(*c == '|' ? ' ' : *c);
}

static void bash_option_case(const struct command *command, const struct option *option)
{
    printf("    %s:%s) ", command->name, option->name);
    switch (option_offer(option)) {
    case OFFER_FILES:
        printf("COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
        break;
    case OFFER_FOLDERS:
        printf("COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n");
        break;
    case OFFER_CHOICES:
        printf("COMPREPLY=($(compgen -W '");
        print_choices(option->choices);
        printf("' -- \"$cur\")); return ;;\n");
        break;
    case OFFER_NOTHING:
        printf("return ;;\n");
        break;
    }
}

static void print_bash(void)
{
    printf("# bash completion of ecs-autoscale; made by 'ecs-autoscale completions bash'\n"
           "_ecs_autoscale()\n{\n"
           "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
           "  local command=\"${COMP_WORDS[1]}\"\n  COMPREPLY=()\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '");
    for (size_t i = 0; commands[i] != NULL; i++)
        printf("%s ", commands[i]->name);
    printf("--help --version' -- \"$cur\"))\n    return\n  fi\n  case \"$command:$prev\" in\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        size_t count = options_count(commands[i]);
        for (size_t j = 0; j < count; j++) {
            if (commands[i]->options[j].kind != OPTION_FLAG)
                bash_option_case(commands[i], &commands[i]->options[j]);
        }
    }
    printf("  esac\n  case \"$command\" in\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        printf("    %s) COMPREPLY=($(compgen -W '", commands[i]->name);
        size_t count = options_count(commands[i]);
        for (size_t j = 0; j < count; j++)
            printf("%s ", commands[i]->options[j].name);
        printf("--help' -- \"$cur\")");
        printf("%s) ;;\n", takes_files(commands[i]) ? " $(compgen -f -- \"$cur\")" : "");
    }
    printf("  esac\n}\ncomplete -o filenames -F _ecs_autoscale ecs-autoscale\n");
}

/* Texts go into single quotes; brackets and colons mean something to zsh's _arguments. */
static void print_zsh_text(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'')
            printf("'\\''");
        else if (strchr("[]:", *c) != NULL)
            printf("\\%c", *c);
        else
            putchar(*c);
    }
}

static void zsh_option(const struct option *option)
{
    printf(" \\\n        '%s%s[", option->kind == OPTION_LIST ? "*" : "", option->name);
    print_zsh_text(option->help);
    printf("]");
    if (option->kind != OPTION_FLAG) {
        printf(":%s:", option->value);
        switch (option_offer(option)) {
        case OFFER_FILES:
            printf("_files");
            break;
        case OFFER_FOLDERS:
            printf("_files -/");
            break;
        case OFFER_CHOICES:
            printf("(");
            print_choices(option->choices);
            printf(")");
            break;
        case OFFER_NOTHING:
            break;
        }
    }
    printf("'");
}

static void print_zsh(void)
{
    printf("#compdef ecs-autoscale\n"
           "# zsh completion of ecs-autoscale; made by 'ecs-autoscale completions zsh'\n"
           "_ecs_autoscale() {\n  local -a commands\n  commands=(\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        printf("    '%s:", commands[i]->name);
        print_zsh_text(commands[i]->summary);
        printf("'\n");
    }
    printf("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
           "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n"
           "  case $command in\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        printf("    %s)\n      _arguments", commands[i]->name);
        size_t count = options_count(commands[i]);
        for (size_t j = 0; j < count; j++)
            zsh_option(&commands[i]->options[j]);
        printf(" \\\n        '--help[this text]'");
        if (takes_files(commands[i]))
            printf(" \\\n        '*:path:_files'");
        printf(" ;;\n");
    }
    printf("  esac\n}\n_ecs_autoscale \"$@\"\n");
}

static void print_fish_text(const char *text)
{
    putchar('\'');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'' || *c == '\\')
            putchar('\\');
        putchar(*c);
    }
    putchar('\'');
}

static void fish_option(const struct command *command, const struct option *option)
{
    bool is_long = option->name[1] == '-';
    printf("complete -c ecs-autoscale -n '__fish_seen_subcommand_from %s' %s %s", command->name,
           is_long ? "-l" : "-s", option->name + (is_long ? 2 : 1));
    switch (option_offer(option)) {
    case OFFER_FILES:
        printf(" -r -F");
        break;
    case OFFER_FOLDERS:
        printf(" -x -a '(__fish_complete_directories)'");
        break;
    case OFFER_CHOICES:
        printf(" -x -a '");
        print_choices(option->choices);
        printf("'");
        break;
    case OFFER_NOTHING:
        printf("%s", option->kind != OPTION_FLAG ? " -x" : "");
        break;
    }
    printf(" -d ");
    print_fish_text(option->help);
    printf("\n");
}

static void print_fish(void)
{
    printf("# fish completion of ecs-autoscale; made by 'ecs-autoscale completions fish'\n"
           "complete -c ecs-autoscale -n __fish_use_subcommand -f\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        printf("complete -c ecs-autoscale -n __fish_use_subcommand -a %s -d ", commands[i]->name);
        print_fish_text(commands[i]->summary);
        printf("\n");
        size_t count = options_count(commands[i]);
        for (size_t j = 0; j < count; j++)
            fish_option(commands[i], &commands[i]->options[j]);
        if (!takes_files(commands[i]))
            printf("complete -c ecs-autoscale -n '__fish_seen_subcommand_from %s' -f\n",
                   commands[i]->name);
    }
}

static int run(const struct arguments *arguments)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    const char *shell = arguments->operand_count == 1 ? arguments->operands[0] : "";
    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        if (strcmp(shell, shells[i].shell) == 0) {
            shells[i].print();
            return 0;
        }
    }
    return command_usage_error(arguments->command, "which shell? bash, zsh or fish");
}

const struct command command_completions = {
    .name = "completions",
    .summary = "print a completion script for bash, zsh or fish",
    .operands = "SHELL",
    .operands_max = 1,
    .options = options,
    .description = "Prints a script for the shell named. 'make install' puts all three where the\n"
                   "shells look for them.\n",
    .examples = "  ecs-autoscale completions bash\n",
    .run = run,
};
