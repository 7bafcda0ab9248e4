#include "command/options.h"

#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

size_t options_count(const struct command *command)
{
    size_t count = 0;
    while (command->options != NULL && command->options[count].name != NULL)
        count++;
    return count;
}

const struct option_value *arguments_get(const struct arguments *arguments, const char *name)
{
    size_t count = options_count(arguments->command);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(arguments->command->options[i].name, name) == 0)
            return &arguments->options[i];
    }
    assert(false); /* the command has no such option: its table and its code disagree */
    return NULL;
}

void arguments_release(struct arguments *arguments)
{
    size_t count = options_count(arguments->command);
    for (size_t i = 0; i < count; i++)
        memory_free(arguments->options[i].items);
    memory_free(arguments->operands);
}

static bool is_choice(const char *choices, struct str text)
{
    struct str rest = str_from(choices);
    struct str choice;
    while (str_split(&rest, '|', &choice)) {
        if (str_eq(choice, text))
            return true;
    }
    return false;
}

/* Checks and converts one value; false where it does not fit (the number is then untouched). */
static bool read_value(const struct option *option, const char *text, struct option_value *value)
{
    int64_t number = 0;
    switch (option->kind) {
    case OPTION_CHOICE:
        if (!is_choice(option->choices, str_from(text)))
            return false;
        break;
    case OPTION_COUNT:
        if (!str_to_int64(str_from(text), &number) || number < option->low || number > option->high)
            return false;
        break;
    case OPTION_DURATION:
        if (!clock_parse_duration(str_from(text), &number) || number < option->low ||
            number > option->high)
            return false;
        break;
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_FILE:
    case OPTION_FOLDER:
    case OPTION_LIST:
        if (text[0] == '\0')
            return false;
        break;
    }
    value->text = text;
    value->number = number;
    return true;
}

static int wrong_value(const struct command *command, const struct option *option, const char *text)
{
    switch (option->kind) {
    case OPTION_CHOICE:
        return command_usage_error(command, "option '%s' takes one of %s, not '%s'", option->name,
                                   option->choices, text);
    case OPTION_COUNT:
        return command_usage_error(
            command, "option '%s' takes a whole number from %lld to %lld, not '%s'", option->name,
            (long long)option->low, (long long)option->high, text);
    case OPTION_DURATION:
        return command_usage_error(command,
                                   "option '%s' takes a duration like 90s, 5m or 1h from %llds to "
                                   "%llds, not '%s'",
                                   option->name, (long long)(option->low / 1000),
                                   (long long)(option->high / 1000), text);
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_FILE:
    case OPTION_FOLDER:
    case OPTION_LIST:
        break;
    }
    return command_usage_error(command, "option '%s' takes a value that is not empty",
                               option->name);
}

static const struct option *find_option(const struct command *command, struct str name,
                                        size_t *index)
{
    size_t count = options_count(command);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(str_from(command->options[i].name), name)) {
            *index = i;
            return &command->options[i];
        }
    }
    return NULL;
}

static int unknown_option(const struct command *command, struct str name)
{
    const char *nearest = NULL;
    size_t distance = 4; /* further away is another word */
    size_t count = options_count(command);
    for (size_t i = 0; i < count; i++) {
        size_t here = str_distance(str_from(command->options[i].name), name);
        if (here < distance) {
            distance = here;
            nearest = command->options[i].name;
        }
    }
    if (nearest != NULL)
        return command_usage_error(command, "unknown option '%.*s' (did you mean '%s'?)",
                                   STR_ARG(name), nearest);
    return command_usage_error(command, "unknown option '%.*s'", STR_ARG(name));
}

static bool add_item(struct option_value *value, const char *text)
{
    if (value->item_count == COMMAND_LIST_MAX)
        return false;
    if (value->items == NULL)
        value->items = memory_new(COMMAND_LIST_MAX, sizeof(*value->items));
    value->items[value->item_count++] = text;
    return true;
}

/* Options are made of letters and dashes: "-7 // 2" is an expression. */
static bool is_option_word(const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return false;
    size_t len = strcspn(word, "=");
    return strspn(word, "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") >= len;
}

/* Where the parser stands in argv. */
struct cursor {
    int argc;
    char **argv;
    int next;
};

/* `--name` with its value from "=…" (inlined) or the words that follow. */
static bool take_option(const struct option *option, const char *inlined, struct cursor *cursor,
                        struct arguments *out, struct option_value *value)
{
    value->given = true;
    if (option->kind == OPTION_FLAG) {
        if (inlined == NULL)
            return true;
        command_usage_error(out->command, "option '%s' takes no value", option->name);
        return false;
    }
    const char *text = inlined;
    if (text == NULL && cursor->next < cursor->argc)
        text = cursor->argv[cursor->next++];
    if (text == NULL || (inlined == NULL && is_option_word(text) && option->kind != OPTION_COUNT)) {
        command_usage_error(out->command, "option '%s' needs a value: %s %s", option->name,
                            option->name, option->value);
        return false;
    }
    if (!read_value(option, text, value)) {
        wrong_value(out->command, option, text);
        return false;
    }
    if (option->kind != OPTION_LIST)
        return true;
    bool room = add_item(value, text);
    while (room && inlined == NULL && cursor->next < cursor->argc &&
           !is_option_word(cursor->argv[cursor->next]))
        room = add_item(value, cursor->argv[cursor->next++]);
    if (!room)
        command_usage_error(out->command, "option '%s' is given more than %d values", option->name,
                            COMMAND_LIST_MAX);
    return room;
}

static void fill_fallbacks(struct arguments *out)
{
    size_t count = options_count(out->command);
    assert(count <= COMMAND_OPTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct option *option = &out->command->options[i];
        if (option->fallback == NULL || option->kind == OPTION_LIST)
            continue;
        bool fits = read_value(option, option->fallback, &out->options[i]);
        assert(fits);
        (void)fits;
    }
}

/* One word that begins with '-': an option of the command, or help. */
static enum options_result take_word(const char *word, struct cursor *cursor, struct arguments *out)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return OPTIONS_HELP;
    struct str name = str_from(word);
    const char *inlined = strchr(word, '=');
    if (inlined != NULL) {
        name.len = (size_t)(inlined - word);
        inlined++;
    }
    size_t index = 0;
    const struct option *option = find_option(out->command, name, &index);
    if (option == NULL) {
        unknown_option(out->command, name);
        return OPTIONS_WRONG;
    }
    return take_option(option, inlined, cursor, out, &out->options[index]) ? OPTIONS_OK
                                                                           : OPTIONS_WRONG;
}

enum options_result options_parse(const struct command *command, int argc, char **argv,
                                  struct arguments *out)
{
    *out = (struct arguments){.command = command};
    out->operands = memory_new((size_t)argc + 1, sizeof(*out->operands));
    fill_fallbacks(out);
    struct cursor cursor = {.argc = argc, .argv = argv};
    bool only_operands = false; /* after "--" */
    while (cursor.next < argc) {
        const char *word = argv[cursor.next++];
        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && is_option_word(word)) {
            enum options_result result = take_word(word, &cursor, out);
            if (result != OPTIONS_OK)
                return result;
        } else if (out->operand_count >= command->operands_max) {
            command_usage_error(command, "unexpected argument '%s'", word);
            return OPTIONS_WRONG;
        } else {
            out->operands[out->operand_count++] = word;
        }
    }
    return OPTIONS_OK;
}
