/* `ecs-autoscale eval`: metric arithmetic on the command line, and line by line for other programs.
 */
#include "command/command.h"
#include "command/output.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "expression/expression.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { MESSAGE_BYTES = 16 * 1024, NAMES_MAX = 1024 };

static const struct option options[] = {
    {.name = "--stdin",
     .kind = OPTION_FLAG,
     .help = "read JSON lines {\"expr\": \"...\", \"vars\": {...}}, answer a line each"},
    {0},
};

/* An expression and what its names stand for. */
struct question {
    struct str source;
    struct str *names;
    struct binding *bindings;
    size_t count;
};

static struct binding binding_of(struct value value)
{
    if (value.kind == VALUE_NONE)
        return (struct binding){.fact = {.status = FACT_MISSING}};
    return (struct binding){.fact = FACT_OF_PRESENT, .value = value};
}

/* Column of a byte, in characters from 1, counted from byte `start`. */
static size_t column_of(struct str source, size_t start, size_t offset)
{
    size_t column = 1;
    for (size_t i = start; i < offset && i < source.len; i++)
        column += ((unsigned char)source.ptr[i] & 0xC0) != 0x80;
    return column;
}

/* "message", then the line and a caret under what it is about. */
static void print_problem(struct str source, size_t offset, size_t len, const char *message,
                          const char *hint)
{
    size_t start = offset < source.len ? offset : source.len;
    while (start > 0 && source.ptr[start - 1] != '\n')
        start--;
    size_t column = column_of(source, start, offset);
    struct str line = str_slice(source, start, source.len);
    line.len = str_find(line, '\n');
    struct buf text CLEANUP(buf_release) = BUF_INIT(MESSAGE_BYTES);
    buf_addf(&text, "ecs-autoscale eval: column %zu: %s\n    ", column, message);
    for (size_t i = 0; i < line.len; i++) /* no control characters on the terminal */
        buf_add_char(&text, (unsigned char)line.ptr[i] < ' ' ? ' ' : line.ptr[i]);
    buf_addf(&text, "\n    %*s^", (int)(column - 1), "");
    size_t end = offset + len;
    for (size_t i = offset + 1; i < end && i < source.len && source.ptr[i] != '\n'; i++) {
        if (((unsigned char)source.ptr[i] & 0xC0) != 0x80)
            buf_add_char(&text, '~');
    }
    buf_addf(&text, "%s%s\n", hint[0] != '\0' ? " " : "", hint);
    fwrite(buf_cstr(&text), 1, text.len, stderr);
}

/* --- the command line ------------------------------------------------------------------------ */

static bool parse_value(struct str text, struct value *value)
{
    static const struct {
        const char *text;
        struct value value;
    } words[] = {
        {"true", {.kind = VALUE_BOOL, .boolean = true}},
        {"True", {.kind = VALUE_BOOL, .boolean = true}},
        {"false", {.kind = VALUE_BOOL, .boolean = false}},
        {"False", {.kind = VALUE_BOOL, .boolean = false}},
        {"null", {.kind = VALUE_NONE}},
        {"None", {.kind = VALUE_NONE}},
        {"missing", {.kind = VALUE_NONE}},
        {"inf", {.kind = VALUE_FLOAT, .real = INFINITY}},
        {"-inf", {.kind = VALUE_FLOAT, .real = -INFINITY}},
        {"nan", {.kind = VALUE_FLOAT, .real = NAN}},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(text, str_from(words[i].text))) {
            *value = words[i].value;
            return true;
        }
    }
    int64_t integer = 0;
    double real = 0;
    if (str_to_int64(text, &integer)) {
        *value = VALUE_OF_INT(integer);
        return true;
    }
    if (!str_to_double(text, &real))
        return false;
    *value = VALUE_OF_REAL(real);
    return true;
}

/* NAME=VALUE; the name may hold anything but '='. */
static bool parse_operand(struct arena *arena, const struct command *command, const char *operand,
                          struct question *question)
{
    struct str text = str_from(operand);
    size_t at = str_find(text, '=');
    if (at == 0 || at == text.len) {
        command_usage_error(command, "expected NAME=VALUE, not '%s'", operand);
        return false;
    }
    struct str name = str_slice(text, 0, at);
    struct value value = VALUE_OF_NONE;
    if (!parse_value(str_slice(text, at + 1, text.len), &value)) {
        command_usage_error(command, "'%s': a value is a number, true, false or missing", operand);
        return false;
    }
    for (size_t i = 0; i < question->count; i++) {
        if (str_eq(question->names[i], name)) {
            command_usage_error(command, "'%.*s' is given twice", STR_ARG(name));
            return false;
        }
    }
    question->names[question->count] = arena_str(arena, name);
    question->bindings[question->count++] = binding_of(value);
    return true;
}

static int answer_once(struct arena *arena, const struct question *question)
{
    struct expression *expression = NULL;
    struct expression_error wrong;
    if (expression_compile(arena, question->source, question->names, question->count, &expression,
                           &wrong) != E_OK) {
        print_problem(question->source, wrong.offset, wrong.len, wrong.message, wrong.suggestion);
        return 1;
    }
    struct expression_result result;
    expression_evaluate(expression, question->bindings, question->count, &result);
    if (result.status != EXPRESSION_VALUE) {
        print_problem(question->source, result.offset, 1, result.message, "");
        return 1;
    }
    char text[VALUE_TEXT_SIZE];
    value_text(result.value, text);
    printf("%s\n", text);
    return 0;
}

static int run_operands(const struct arguments *arguments, struct arena *arena)
{
    struct question question = {
        .source = str_from(arguments->operands[0]),
        .names = ARENA_ARRAY(arena, struct str, arguments->operand_count),
        .bindings = ARENA_ARRAY(arena, struct binding, arguments->operand_count),
    };
    for (size_t i = 1; i < arguments->operand_count; i++) {
        if (!parse_operand(arena, arguments->command, arguments->operands[i], &question))
            return 2;
    }
    return answer_once(arena, &question);
}

/* --- JSON lines ------------------------------------------------------------------------------ */

/* What came of one line. */
struct answer {
    struct expression_result result;
    char error[sizeof(((struct expression_error *)0)->message) +
               sizeof(((struct expression_error *)0)->suggestion) + 4];
    size_t column; /* 0: of no place in the expression */
};

static bool read_variable(const json_t *json, struct value *value)
{
    if (json_is_boolean(json))
        *value = VALUE_OF_BOOL(json_is_true(json));
    else if (json_is_integer(json))
        *value = VALUE_OF_INT(json_integer_value(json));
    else if (json_is_real(json))
        *value = VALUE_OF_REAL(json_real_value(json));
    else if (json_is_null(json))
        *value = VALUE_OF_NONE;
    else
        return false;
    return true;
}

static bool read_question(struct arena *arena, json_t *line, struct question *question,
                          struct answer *answer)
{
    if (!json_get_str(line, "expr", &question->source)) {
        snprintf(answer->error, sizeof(answer->error),
                 "expected an object with the expression as a string in 'expr'");
        return false;
    }
    json_t *vars = json_object_get(line, "vars");
    if (vars != NULL && !json_is_object(vars)) {
        snprintf(answer->error, sizeof(answer->error), "'vars' is not an object");
        return false;
    }
    question->names = ARENA_ARRAY(arena, struct str, json_object_size(vars));
    question->bindings = ARENA_ARRAY(arena, struct binding, json_object_size(vars));
    const char *name = NULL;
    json_t *json = NULL;
    json_object_foreach(vars, name, json)
    {
        struct value value;
        if (!read_variable(json, &value)) {
            snprintf(answer->error, sizeof(answer->error),
                     "the value of '%.60s' is not a number, true, false or null", name);
            return false;
        }
        question->names[question->count] = str_from(name);
        question->bindings[question->count++] = binding_of(value);
    }
    return true;
}

static void answer_question(struct arena *arena, const struct question *question,
                            struct answer *answer)
{
    struct expression *expression = NULL;
    struct expression_error wrong;
    if (expression_compile(arena, question->source, question->names, question->count, &expression,
                           &wrong) != E_OK) {
        snprintf(answer->error, sizeof(answer->error), "%s%s%s", wrong.message,
                 wrong.suggestion[0] != '\0' ? "; " : "", wrong.suggestion);
        answer->column = column_of(question->source, 0, wrong.offset);
        return;
    }
    expression_evaluate(expression, question->bindings, question->count, &answer->result);
    if (answer->result.status == EXPRESSION_FAILED) {
        snprintf(answer->error, sizeof(answer->error), "%s", answer->result.message);
        answer->column = column_of(question->source, 0, answer->result.offset);
    }
}

static void write_value(struct json_writer *w, struct value value)
{
    if (value.kind == VALUE_BOOL)
        jsonw_bool(w, value.boolean);
    else if (value.kind == VALUE_INT)
        jsonw_int(w, value.integer);
    else if (isfinite(value.real))
        jsonw_double(w, value.real);
    else /* JSON has no such number */
        jsonw_cstr(w, isnan(value.real) ? "nan" : value.real > 0 ? "inf" : "-inf");
}

static void write_answer(const struct answer *answer)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(MESSAGE_BYTES);
    struct json_writer w = JSON_WRITER(&text, 0);
    jsonw_object_begin(&w);
    if (answer->error[0] != '\0') {
        jsonw_key(&w, "error"), jsonw_cstr(&w, answer->error);
        if (answer->column > 0)
            jsonw_key(&w, "column"), jsonw_int(&w, (int64_t)answer->column);
    } else if (answer->result.status == EXPRESSION_MISSING) {
        jsonw_key(&w, "missing"), jsonw_bool(&w, true);
    } else {
        jsonw_key(&w, "value"), write_value(&w, answer->result.value);
    }
    jsonw_object_end(&w);
    buf_add_char(&text, '\n');
    output_write(&text);
}

static void answer_line(struct str line, bool too_long)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    json_t *json CLEANUP(json_release) = NULL;
    struct answer answer = {.column = 0};
    struct error err = ERROR_INIT;
    struct question question = {0};
    if (too_long)
        snprintf(answer.error, sizeof(answer.error), "the line is longer than %u bytes",
                 LIMIT_EVAL_LINE_BYTES);
    else if (json_parse(line, &json, &err) != E_OK)
        snprintf(answer.error, sizeof(answer.error), "%.300s", err.message);
    else if (read_question(&arena, json, &question, &answer))
        answer_question(&arena, &question, &answer);
    write_answer(&answer);
}

/* The next line without its end, as much of it as fits; false at the end of the input. */
static bool read_line(struct buf *line, bool *too_long)
{
    buf_clear(line);
    *too_long = false;
    int c = 0;
    bool any = false;
    while ((c = getc_unlocked(stdin)) != EOF) {
        if (c == '\n')
            return true;
        any = true;
        if (!*too_long)
            *too_long = !buf_add_char(line, (char)c);
    }
    return any;
}

static int run_stdin(void)
{
    struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_EVAL_LINE_BYTES);
    bool too_long = false;
    while (read_line(&line, &too_long)) {
        answer_line(buf_str(&line), too_long);
        output_flush();
        if (output_is_broken())
            return 0; /* what it was is reported at the end */
    }
    if (ferror(stdin)) {
        fprintf(stderr, "ecs-autoscale eval: cannot read the standard input\n");
        return 1;
    }
    return 0;
}

static int run(const struct arguments *arguments)
{
    if (arguments_get(arguments, "--stdin")->given) {
        if (arguments->operand_count > 0)
            return command_usage_error(arguments->command, "'--stdin' takes no expression");
        return run_stdin();
    }
    if (arguments->operand_count == 0)
        return command_usage_error(arguments->command, "no expression is given");
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    return run_operands(arguments, &arena);
}

const struct command command_eval = {
    .name = "eval",
    .summary = "work out an expression of metric arithmetic",
    .operands = "EXPR [NAME=VALUE...]",
    .operands_max = NAMES_MAX,
    .options = options,
    .description =
        "Prints the value of EXPR, as the metric of an event would have it, with each\n"
        "NAME standing for a metric's VALUE: a number, true, false, or missing.\n"
        "docs/expressions.md describes what can be written. Put quotes around EXPR;\n"
        "where it begins with a minus and a name, put -- before it.\n"
        "\n"
        "With --stdin it reads one JSON object a line and answers each with one line:\n"
        "{\"value\": 3}, {\"missing\": true} or {\"error\": \"...\", \"column\": 5}.\n"
        "\n"
        "Exit status: 0 when there is a value; 1 when there is none, with the reason; 2 for\n"
        "wrong usage.\n",
    .examples = "  ecs-autoscale eval '7 // 2'\n"
                "  ecs-autoscale eval 'queue / max(running, 1)' queue=120 running=8\n"
                "  ecs-autoscale eval 'default(queue, 0)' queue=missing\n"
                "  echo '{\"expr\": \"a + b\", \"vars\": {\"a\": 1, \"b\": 2}}' | "
                "ecs-autoscale eval --stdin\n",
    .run = run,
};
