/* Tokens → instructions, in one pass: recursive descent over brackets, loops over everything that
 * can be chained, so that the C stack depends on the nesting of brackets alone.
 * Grammar: https://docs.python.org/3.11/reference/expressions.html, the part that is documented in
 * docs/expressions.md. */
#include "expression/assemble.h"
#include "expression/function.h"
#include "expression/lex.h"
#include "expression/number.h"

#include "base/vec.h"

#include <assert.h>

#include "base/banned.h"

/* A prefix operator, or '**', that waits for what follows it. */
struct pending {
    uint8_t code;
    uint8_t op;
    uint16_t offset;
};

struct parser {
    struct lexer lexer;
    struct assembler out;
    VEC(struct pending) pending; /* a stack */
    size_t pending_count;
};

static bool parse_expression(struct parser *p);

/* --- operands -------------------------------------------------------------------------------- */

static bool expected_value(struct parser *p)
{
    const struct token *token = &p->lexer.token;
    if (token->kind == TOKEN_END && p->out.code.count + p->pending_count + p->lexer.nesting == 0)
        return lex_fail(&p->lexer, 0, 1, "the expression is empty");
    if (token->kind == TOKEN_END)
        return lex_fail(&p->lexer, token->offset, 1, "expected a value, found the end");
    return lex_fail(&p->lexer, token->offset, token->len, "expected a value, found '%.*s'",
                    STR_ARG(token_text(&p->lexer, token)));
}

/* The current token opens a bracket. */
static bool enter(struct parser *p)
{
    if (p->lexer.nesting == LIMIT_EXPRESSION_NESTING) {
        lex_fail(&p->lexer, p->lexer.token.offset, 1, "nested more than %d deep",
                 LIMIT_EXPRESSION_NESTING);
        p->lexer.code = E_LIMIT;
        return false;
    }
    p->lexer.nesting++;
    return lex_operand(&p->lexer);
}

/* The current token closes the bracket `open`, or should. */
static bool leave(struct parser *p, const struct token *open, enum token_kind close,
                  const char *or_else)
{
    const struct token *token = &p->lexer.token;
    const char *text = close == TOKEN_CLOSE ? ")" : "]";
    if (token->kind == TOKEN_END)
        return lex_fail(&p->lexer, open->offset, open->len, "'%.*s' is never closed: expected '%s'",
                        STR_ARG(token_text(&p->lexer, open)), text);
    if (token->kind != close)
        return lex_fail(&p->lexer, token->offset, token->len, "expected %s'%s', found '%.*s'",
                        or_else, text, STR_ARG(token_text(&p->lexer, token)));
    p->lexer.nesting--;
    return lex_operator(&p->lexer);
}

struct items {
    size_t count;
    bool comma;
};

/* Items up to the bracket that closes `open`, the current token. */
static bool parse_items(struct parser *p, enum token_kind close, struct items *items)
{
    struct token open = p->lexer.token;
    *items = (struct items){.count = 0};
    if (!enter(p))
        return false;
    while (p->lexer.token.kind != close) {
        if (p->lexer.token.kind == TOKEN_END)
            break;
        if (items->count == LIMIT_EXPRESSION_LIST) {
            lex_fail(&p->lexer, p->lexer.token.offset, 1, "more than %d items",
                     LIMIT_EXPRESSION_LIST);
            p->lexer.code = E_LIMIT;
            return false;
        }
        if (!parse_expression(p))
            return false;
        items->count++;
        if (p->lexer.token.kind != TOKEN_COMMA)
            break;
        items->comma = true;
        if (!lex_operand(&p->lexer))
            return false;
    }
    return leave(p, &open, close, "an operator, ',' or ");
}

static void emit_list(struct parser *p, enum opcode code, size_t offset, size_t count)
{
    assemble(&p->out, code, offset, count, 1)->count = (uint16_t)count;
    p->out.list_items += count;
}

static bool parse_bracket(struct parser *p)
{
    bool is_list = p->lexer.token.kind == TOKEN_OPEN_LIST;
    size_t offset = p->lexer.token.offset;
    struct items items;
    if (!parse_items(p, is_list ? TOKEN_CLOSE_LIST : TOKEN_CLOSE, &items))
        return false;
    if (is_list)
        emit_list(p, OP_LIST, offset, items.count);
    else if (items.count != 1 || items.comma)
        emit_list(p, OP_TUPLE, offset, items.count);
    return true;
}

/* default(x, fallback): the fallback runs only where x has none. The current token opens it. */
static bool parse_default(struct parser *p, size_t offset)
{
    struct token open = p->lexer.token;
    if (!enter(p))
        return false;
    struct jumps to_fallback = {0};
    struct jumps to_end = {0};
    assemble(&p->out, OP_TRY, offset, 0, 0);
    jumps_add(&p->out, &to_fallback);
    if (!parse_expression(p))
        return false;
    if (p->lexer.token.kind != TOKEN_COMMA) {
        lex_fail(&p->lexer, p->lexer.token.offset, p->lexer.token.len,
                 "expected ',' and the fallback: default(x, fallback)");
        return false;
    }
    assemble(&p->out, OP_END_TRY, offset, 1, 0);
    jumps_add(&p->out, &to_end);
    jumps_land(&p->out, &to_fallback);
    if (!lex_operand(&p->lexer) || !parse_expression(p))
        return false;
    jumps_land(&p->out, &to_end);
    if (p->lexer.token.kind == TOKEN_COMMA && !lex_operand(&p->lexer))
        return false;
    return leave(p, &open, TOKEN_CLOSE, "an operator or ");
}

static bool parse_call(struct parser *p)
{
    struct token name = p->lexer.token;
    const struct function *function = name.function;
    if (!lex_operator(&p->lexer)) /* the lexer has seen that '(' follows */
        return false;
    if (function->call == NULL)
        return parse_default(p, name.offset);
    struct items items;
    if (!parse_items(p, TOKEN_CLOSE, &items))
        return false;
    if (items.count < function->min_args || items.count > function->max_args) {
        lex_fail(&p->lexer, name.offset, name.len, "'%s' does not take %zu argument%s",
                 function->name, items.count, items.count == 1 ? "" : "s");
        lex_suggest(&p->lexer, "it is %s", function->signature);
        return false;
    }
    struct instruction *call = assemble(&p->out, OP_CALL, name.offset, items.count, 1);
    call->count = (uint16_t)items.count;
    call->op = (uint8_t)(function - functions);
    return true;
}

static void emit_literal(struct parser *p, const struct token *token)
{
    struct instruction *push = assemble(&p->out, OP_PUSH, token->offset, 0, 1);
    push->literal_kind = (uint16_t)token->literal.value.kind;
    push->op = token->literal.is_minimum;
    if (token->literal.value.kind == OBJECT_FLOAT)
        push->real = token->literal.value.real;
    else if (object_is_whole(&token->literal.value))
        push->integer = object_integer(&token->literal.value);
}

static void emit_name(struct parser *p, const struct token *token)
{
    struct instruction *name = assemble(&p->out, OP_NAME, token->offset, 0, 1);
    name->index = token->index;
    name->count = (uint16_t)token->len;
}

static bool parse_atom(struct parser *p)
{
    struct token token = p->lexer.token;
    switch (token.kind) {
    case TOKEN_LITERAL:
        emit_literal(p, &token);
        return lex_operator(&p->lexer);
    case TOKEN_NAME:
        emit_name(p, &token);
        return lex_operator(&p->lexer);
    case TOKEN_FUNCTION:
        return parse_call(p);
    case TOKEN_OPEN:
    case TOKEN_OPEN_LIST:
        return parse_bracket(p);
    default:
        return expected_value(p);
    }
}

/* An atom and the indexes after it. */
static bool parse_primary(struct parser *p)
{
    struct token first = p->lexer.token;
    if (!parse_atom(p))
        return false;
    for (;;) {
        struct token open = p->lexer.token;
        if (open.kind == TOKEN_OPEN && first.kind == TOKEN_NAME)
            return lex_fail(&p->lexer, first.offset, first.len,
                            "'%.*s' is a metric, not a function",
                            STR_ARG(token_text(&p->lexer, &first)));
        if (open.kind != TOKEN_OPEN_LIST)
            return true;
        if (!enter(p) || !parse_expression(p) ||
            !leave(p, &open, TOKEN_CLOSE_LIST, "an operator or "))
            return false;
        assemble(&p->out, OP_INDEX, open.offset, 2, 1);
    }
}

/* --- operators ------------------------------------------------------------------------------- */

static void push_pending(struct parser *p, enum opcode code, uint8_t op)
{
    if (p->pending_count == p->pending.count)
        (void)VEC_ADD(p->out.arena, &p->pending);
    p->pending.items[p->pending_count++] = (struct pending){
        .code = (uint8_t)code, .op = op, .offset = (uint16_t)p->lexer.token.offset};
}

static void emit_pending(struct parser *p, const struct pending *pending)
{
    struct instruction *last = &p->out.code.items[p->out.code.count - 1];
    bool negates = pending->code == OP_UNARY && pending->op == UNARY_MINUS;
    bool alone = p->out.jump_target != p->out.code.count; /* no other branch ends here */
    if (negates && alone && last->code == OP_PUSH && last->op != 0) {
        /* -9223372036854775808 is an int, though its digits alone are none. */
        last->op = 0;
        last->literal_kind = OBJECT_INT;
        last->integer = INT64_MIN;
        return;
    }
    assemble(&p->out, pending->code, pending->offset, pending->code == OP_UNARY ? 1 : 2, 1)->op =
        pending->op;
}

static bool take_prefix(struct parser *p)
{
    const struct token *token = &p->lexer.token;
    if (token->kind == TOKEN_INVERT)
        push_pending(p, OP_UNARY, UNARY_INVERT);
    else if (token->kind == TOKEN_BINARY && token->op == BINARY_ADD)
        push_pending(p, OP_UNARY, UNARY_PLUS);
    else if (token->kind == TOKEN_BINARY && token->op == BINARY_SUBTRACT)
        push_pending(p, OP_UNARY, UNARY_MINUS);
    else
        return false;
    return true;
}

/* Prefixes and '**': what stands further right binds tighter, so all of it waits on a stack. */
static bool parse_unary(struct parser *p)
{
    size_t base = p->pending_count;
    for (;;) {
        while (take_prefix(p)) {
            if (!lex_operand(&p->lexer))
                return false;
        }
        if (!parse_primary(p))
            return false;
        if (p->lexer.token.kind != TOKEN_BINARY || p->lexer.token.op != BINARY_POWER)
            break;
        push_pending(p, OP_BINARY, BINARY_POWER);
        if (!lex_operand(&p->lexer))
            return false;
    }
    while (p->pending_count > base)
        emit_pending(p, &p->pending.items[--p->pending_count]);
    return true;
}

/* How tightly an operator binds; '**' is parse_unary's. */
static const int binding_levels[] = {
    [BINARY_OR] = 0,           [BINARY_XOR] = 1,         [BINARY_AND] = 2,
    [BINARY_SHIFT_LEFT] = 3,   [BINARY_SHIFT_RIGHT] = 3, [BINARY_ADD] = 4,
    [BINARY_SUBTRACT] = 4,     [BINARY_MULTIPLY] = 5,    [BINARY_DIVIDE] = 5,
    [BINARY_FLOOR_DIVIDE] = 5, [BINARY_MODULO] = 5,      [BINARY_POWER] = 6,
};

/* Recurses once a level at most. */
static bool parse_binary(struct parser *p, int level)
{
    if (!parse_unary(p))
        return false;
    while (p->lexer.token.kind == TOKEN_BINARY && binding_levels[p->lexer.token.op] >= level) {
        struct token operator= p->lexer.token;
        if (!lex_operand(&p->lexer) || !parse_binary(p, binding_levels[operator.op] + 1))
            return false;
        assemble(&p->out, OP_BINARY, operator.offset, 2, 1)->op = operator.op;
    }
    return true;
}

static bool parse_comparison(struct parser *p)
{
    if (!parse_binary(p, 0))
        return false;
    struct jumps to_end = {0};
    while (p->lexer.token.kind == TOKEN_COMPARE) {
        struct token operator= p->lexer.token;
        if (!lex_operand(&p->lexer) || !parse_binary(p, 0))
            return false;
        bool chained = p->lexer.token.kind == TOKEN_COMPARE;
        assemble(&p->out, chained ? OP_COMPARE_CHAIN : OP_COMPARE, operator.offset, 2, 1)->op =
        operator.op;
        if (chained)
            jumps_add(&p->out, &to_end);
    }
    jumps_land(&p->out, &to_end);
    return true;
}

static bool parse_not(struct parser *p)
{
    size_t count = 0;
    size_t offset = p->lexer.token.offset;
    while (p->lexer.token.kind == TOKEN_NOT) {
        count++;
        if (!lex_operand(&p->lexer))
            return false;
    }
    if (!parse_comparison(p))
        return false;
    /* One of an odd number, two of an even one: the value becomes a bool either way. */
    for (size_t i = 0; i < (count == 0 ? 0 : 2 - count % 2); i++)
        assemble(&p->out, OP_NOT, offset, 1, 1);
    return true;
}

static bool parse_and(struct parser *p)
{
    struct jumps to_end = {0};
    for (;;) {
        if (!parse_not(p))
            return false;
        if (p->lexer.token.kind != TOKEN_AND)
            break;
        assemble(&p->out, OP_AND, p->lexer.token.offset, 1, 0);
        jumps_add(&p->out, &to_end);
        if (!lex_operand(&p->lexer))
            return false;
    }
    jumps_land(&p->out, &to_end);
    return true;
}

static bool parse_or(struct parser *p)
{
    struct jumps to_end = {0};
    for (;;) {
        if (!parse_and(p))
            return false;
        if (p->lexer.token.kind != TOKEN_OR)
            break;
        assemble(&p->out, OP_OR, p->lexer.token.offset, 1, 0);
        jumps_add(&p->out, &to_end);
        if (!lex_operand(&p->lexer))
            return false;
    }
    jumps_land(&p->out, &to_end);
    return true;
}

/* `a if c else b` runs c first, which stands after a:
 *     jump C;  A: a;  jump END;  C: c;  jump-if-true A;  b;  END: */
static bool parse_expression(struct parser *p)
{
    struct jumps to_end = {0};
    for (;;) {
        size_t start = p->out.code.count;
        if (!parse_or(p))
            return false;
        struct token word = p->lexer.token;
        if (word.kind != TOKEN_IF)
            break;
        assemble_jump_before(&p->out, start, word.offset);
        assemble(&p->out, OP_JUMP, word.offset, 1, 0);
        jumps_add(&p->out, &to_end);
        p->out.code.items[start].jump = (int64_t)(p->out.code.count - start);
        if (!lex_operand(&p->lexer) || !parse_or(p))
            return false;
        if (p->lexer.token.kind != TOKEN_ELSE)
            return lex_fail(&p->lexer, word.offset, word.len,
                            "'if' without 'else': it is 'a if condition else b'");
        assemble(&p->out, OP_JUMP_IF_TRUE, word.offset, 1, 0);
        p->out.code.items[p->out.code.count - 1].jump =
            (int64_t)(start + 1) - (int64_t)(p->out.code.count - 1);
        if (!lex_operand(&p->lexer))
            return false;
    }
    jumps_land(&p->out, &to_end);
    return true;
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool check_end(struct parser *p)
{
    const struct token *token = &p->lexer.token;
    struct str text = token_text(&p->lexer, token);
    switch (token->kind) {
    case TOKEN_END:
        break;
    case TOKEN_COMMA:
        return lex_fail(&p->lexer, token->offset, 1,
                        "',' would make this a tuple; the value must be one number");
    case TOKEN_CLOSE:
    case TOKEN_CLOSE_LIST:
        return lex_fail(&p->lexer, token->offset, 1, "'%.*s' closes nothing", STR_ARG(text));
    case TOKEN_ELSE:
        return lex_fail(&p->lexer, token->offset, token->len, "'else' without 'if'");
    default:
        return lex_fail(&p->lexer, token->offset, token->len, "expected an operator before '%.*s'",
                        STR_ARG(text));
    }
    const struct instruction *last = &p->out.code.items[p->out.code.count - 1];
    bool is_list = last->code == OP_LIST || last->code == OP_TUPLE;
    if (is_list && p->out.jump_target != p->out.code.count)
        return lex_fail(&p->lexer, last->offset, 1, "a %s cannot be the value; it must be a number",
                        last->code == OP_LIST ? "list" : "tuple");
    return true;
}

static bool check_source(struct lexer *lexer)
{
    size_t bad = 0;
    if (lexer->source.len > LIMIT_EXPRESSION_BYTES) {
        lex_fail(lexer, LIMIT_EXPRESSION_BYTES, 1, "longer than %d bytes", LIMIT_EXPRESSION_BYTES);
        lexer->code = E_LIMIT;
        return false;
    }
    if (!str_is_utf8(lexer->source, &bad))
        return lex_fail(lexer, bad, 1, "not UTF-8 (byte 0x%02X)",
                        (unsigned char)lexer->source.ptr[bad]);
    return true;
}

enum error_code expression_compile(struct arena *arena, struct str source, const struct str *names,
                                   size_t name_count, struct expression **out,
                                   struct expression_error *err)
{
    struct parser p = {
        .lexer = {.source = source, .names = {names, name_count}, .err = err},
        .out = {.arena = arena},
    };
    if (!check_source(&p.lexer) || !lex_operand(&p.lexer) || !parse_expression(&p) ||
        !check_end(&p))
        return p.lexer.code;
    assemble(&p.out, OP_END, 0, 1, 0);
    struct expression *expression = ARENA_NEW(arena, struct expression);
    *expression = (struct expression){
        .source = arena_str(arena, source),
        .code = p.out.code.items,
        .count = p.out.code.count,
        .stack_count = p.out.depth_max,
        .scratch_count = p.out.depth_max + p.out.list_items,
        .name_count = name_count,
    };
    assert(expression->scratch_count <= SCRATCH_MAX);
    *out = expression;
    return E_OK;
}
