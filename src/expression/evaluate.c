/* The stack machine (code.h). All its memory is one array on the C stack: the objects it works on
 * grow from the front, the items of lists are kept after them. */
#include "expression/code.h"
#include "expression/expression.h"
#include "expression/function.h"
#include "expression/number.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

struct machine {
    const struct expression *expression;
    const struct binding *bindings;
    struct expression_result *result;
    struct object *stack;
    size_t depth;
    struct object *free_items;
    /* default() calls being evaluated, the innermost last: where to go on and at which depth. */
    struct handler {
        size_t target;
        size_t depth;
    } handlers[LIMIT_EXPRESSION_NESTING];
    size_t handler_count;
};

/* What becomes of the machine after an instruction. */
enum step { STEP_NEXT, STEP_JUMP, STEP_HANDLER, STEP_DONE };

static enum step stop(struct machine *m, const struct instruction *at,
                      enum expression_status status, const char *message)
{
    m->result->status = status;
    m->result->offset = at->offset;
    snprintf(m->result->message, sizeof(m->result->message), "%s", message);
    return STEP_DONE;
}

static enum step check(struct machine *m, const struct instruction *at, bool worked,
                       const struct failure *failure)
{
    return worked ? STEP_NEXT : stop(m, at, EXPRESSION_FAILED, failure->message);
}

static struct object object_of(struct value value)
{
    switch (value.kind) {
    case VALUE_BOOL:
        return OBJECT_OF_BOOL(value.boolean);
    case VALUE_INT:
        return OBJECT_OF_INT(value.integer);
    case VALUE_FLOAT:
        return OBJECT_OF_REAL(value.real);
    case VALUE_NONE:
        break;
    }
    return (struct object){.kind = OBJECT_NONE};
}

static enum step missing_name(struct machine *m, const struct instruction *at,
                              const struct binding *binding)
{
    struct str source = m->expression->source;
    struct str rest = str_slice(source, at->offset, (size_t)at->offset + at->count);
    struct str reason = binding->fact.reason;
    struct expression_result *result = m->result;
    stop(m, at, EXPRESSION_MISSING, "");
    result->name_index = at->index;
    snprintf(result->message, sizeof(result->message), "'%.*s' is missing%s%.*s", STR_ARG(rest),
             reason.len > 0 ? ": " : "", STR_ARG(reason));
    text_cut(result->message, sizeof(result->message));
    return STEP_DONE;
}

static enum step run_name(struct machine *m, const struct instruction *at)
{
    const struct binding *binding = &m->bindings[at->index];
    if (!fact_is_present(binding->fact) || binding->value.kind == VALUE_NONE)
        return m->handler_count > 0 ? STEP_HANDLER : missing_name(m, at, binding);
    m->stack[m->depth++] = object_of(binding->value);
    return STEP_NEXT;
}

static void run_push(struct machine *m, const struct instruction *at)
{
    struct object *object = &m->stack[m->depth++];
    object->kind = (enum object_kind)at->literal_kind;
    if (object->kind == OBJECT_FLOAT)
        object->real = at->real;
    else if (object->kind == OBJECT_BOOL)
        object->boolean = at->integer != 0;
    else
        object->integer = at->integer;
}

static enum step run_compare(struct machine *m, const struct instruction *at)
{
    struct failure failure;
    struct object *a = &m->stack[m->depth - 2];
    bool holds = false;
    bool worked = object_compare((enum compare_operator)at->op, a, a + 1, &holds, &failure);
    m->depth--;
    if (worked && at->code == OP_COMPARE_CHAIN && holds) {
        *a = a[1];
        return STEP_NEXT;
    }
    *a = OBJECT_OF_BOOL(holds);
    if (worked && at->code == OP_COMPARE_CHAIN)
        return STEP_JUMP;
    return check(m, at, worked, &failure);
}

static void run_list(struct machine *m, const struct instruction *at)
{
    m->depth -= at->count;
    struct object list = {.kind = at->code == OP_LIST ? OBJECT_LIST : OBJECT_TUPLE,
                          .count = at->count,
                          .items = m->free_items};
    memcpy(m->free_items, &m->stack[m->depth], at->count * sizeof(*m->stack));
    m->free_items += at->count;
    m->stack[m->depth++] = list;
}

static bool pick_item(const struct object *list, const struct object *index, struct object *out,
                      struct failure *failure)
{
    if (!object_is_list(list))
        return failure_set(failure, "%s has no items to index", object_kind_name(list));
    if (!object_is_whole(index))
        return failure_set(failure, "an index is a whole number, not %s", object_kind_name(index));
    int64_t at = object_integer(index);
    if (at < 0)
        at += list->count;
    if (at < 0 || at >= list->count)
        return failure_set(failure, "index %lld of a list of %u item%s",
                           (long long)object_integer(index), list->count,
                           list->count == 1 ? "" : "s");
    *out = list->items[at];
    return true;
}

static enum step run_index(struct machine *m, const struct instruction *at)
{
    struct failure failure;
    struct object item;
    struct object *list = &m->stack[m->depth - 2];
    if (!pick_item(list, list + 1, &item, &failure))
        return check(m, at, false, &failure);
    *list = item;
    m->depth--;
    return STEP_NEXT;
}

static enum step run_call(struct machine *m, const struct instruction *at)
{
    struct failure failure;
    struct object value;
    m->depth -= at->count;
    if (!functions[at->op].call(&m->stack[m->depth], at->count, &value, &failure))
        return check(m, at, false, &failure);
    m->stack[m->depth++] = value;
    return STEP_NEXT;
}

static enum step run_operator(struct machine *m, const struct instruction *at)
{
    struct failure failure;
    if (at->code == OP_UNARY) {
        struct object *a = &m->stack[m->depth - 1];
        return check(m, at, number_unary((enum unary_operator)at->op, a, a, &failure), &failure);
    }
    struct object *a = &m->stack[m->depth - 2];
    m->depth--;
    return check(m, at, number_binary((enum binary_operator)at->op, a, a + 1, a, &failure),
                 &failure);
}

static enum step run_end(struct machine *m, const struct instruction *at)
{
    const struct object *top = &m->stack[m->depth - 1];
    struct expression_result *result = m->result;
    result->status = EXPRESSION_VALUE;
    switch (top->kind) {
    case OBJECT_BOOL:
        result->value = VALUE_OF_BOOL(top->boolean);
        break;
    case OBJECT_INT:
        result->value = VALUE_OF_INT(top->integer);
        break;
    case OBJECT_FLOAT:
        result->value = VALUE_OF_REAL(top->real);
        break;
    case OBJECT_NONE:
        return stop(m, at, EXPRESSION_MISSING, "the value is None");
    case OBJECT_LIST:
    case OBJECT_TUPLE:
        return stop(m, at, EXPRESSION_FAILED, "the value is a list, not a number");
    }
    return STEP_DONE;
}

/* Instructions that only decide where to go on. */
static enum step run_jump(struct machine *m, const struct instruction *at, size_t here)
{
    if (at->code == OP_JUMP)
        return STEP_JUMP;
    if (at->code == OP_TRY) {
        m->handlers[m->handler_count++] =
            (struct handler){.target = here + (size_t)at->jump, .depth = m->depth};
        return STEP_NEXT;
    }
    const struct object *top = &m->stack[m->depth - 1];
    bool jumps = false;
    bool keeps = true; /* does what was looked at stay? */
    if (at->code == OP_JUMP_IF_TRUE) {
        jumps = object_is_true(top);
        keeps = false;
    } else if (at->code == OP_END_TRY) {
        m->handler_count--;
        keeps = jumps = top->kind != OBJECT_NONE;
    } else {
        keeps = jumps = object_is_true(top) == (at->code == OP_OR);
    }
    if (!keeps)
        m->depth--;
    return jumps ? STEP_JUMP : STEP_NEXT;
}

static enum step run_instruction(struct machine *m, const struct instruction *at, size_t here)
{
    struct object *top = &m->stack[m->depth];
    switch ((enum opcode)at->code) {
    case OP_PUSH:
        run_push(m, at);
        return STEP_NEXT;
    case OP_NAME:
        return run_name(m, at);
    case OP_UNARY:
    case OP_BINARY:
        return run_operator(m, at);
    case OP_NOT:
        top[-1] = OBJECT_OF_BOOL(!object_is_true(&top[-1]));
        return STEP_NEXT;
    case OP_COMPARE:
    case OP_COMPARE_CHAIN:
        return run_compare(m, at);
    case OP_LIST:
    case OP_TUPLE:
        run_list(m, at);
        return STEP_NEXT;
    case OP_INDEX:
        return run_index(m, at);
    case OP_CALL:
        return run_call(m, at);
    case OP_END:
        return run_end(m, at);
    case OP_AND:
    case OP_OR:
    case OP_JUMP:
    case OP_JUMP_IF_TRUE:
    case OP_TRY:
    case OP_END_TRY:
        return run_jump(m, at, here);
    }
    return STEP_DONE;
}

static void run(const struct expression *expression, const struct binding *bindings,
                struct object *scratch, struct expression_result *result)
{
    memset(scratch, 0, expression->scratch_count * sizeof(*scratch));
    struct machine m;
    m.expression = expression;
    m.bindings = bindings;
    m.result = result;
    m.stack = scratch;
    m.depth = 0;
    m.free_items = scratch + expression->stack_count;
    m.handler_count = 0;
    size_t here = 0;
    for (;;) {
        const struct instruction *at = &expression->code[here];
        switch (run_instruction(&m, at, here)) {
        case STEP_NEXT:
            here++;
            break;
        case STEP_JUMP:
            here = (size_t)((int64_t)here + at->jump);
            break;
        case STEP_HANDLER:
            m.handler_count--;
            here = m.handlers[m.handler_count].target;
            m.depth = m.handlers[m.handler_count].depth;
            break;
        case STEP_DONE:
            return;
        }
    }
}

/* Most expressions need a few objects; the large array would cost every one of them its pages. */
enum { SCRATCH_SMALL = 32 };

static void __attribute__((noinline))
run_small(const struct expression *expression, const struct binding *bindings,
          struct expression_result *result)
{
    struct object scratch[SCRATCH_SMALL];
    run(expression, bindings, scratch, result);
}

static void __attribute__((noinline))
run_large(const struct expression *expression, const struct binding *bindings,
          struct expression_result *result)
{
    struct object scratch[SCRATCH_MAX];
    run(expression, bindings, scratch, result);
}

void expression_evaluate(const struct expression *expression, const struct binding *bindings,
                         size_t binding_count, struct expression_result *result)
{
    assert(binding_count >= expression->name_count);
    result->value = VALUE_OF_NONE;
    result->name_index = SIZE_MAX;
    result->offset = 0;
    result->message[0] = '\0';
    if (expression->scratch_count <= SCRATCH_SMALL)
        run_small(expression, bindings, result);
    else
        run_large(expression, bindings, result);
}

bool expression_uses(const struct expression *expression, size_t name_index)
{
    for (size_t i = 0; i < expression->count; i++) {
        const struct instruction *at = &expression->code[i];
        if (at->code == OP_NAME && at->index == name_index)
            return true;
    }
    return false;
}

bool expression_is_constant(const struct expression *expression)
{
    for (size_t i = 0; i < expression->count; i++) {
        if (expression->code[i].code == OP_NAME)
            return false;
    }
    return true;
}

bool expression_function_at(size_t index, const char **name, const char **signature,
                            const char **summary)
{
    if (index >= function_count)
        return false;
    *name = functions[index].name;
    *signature = functions[index].signature;
    *summary = functions[index].summary;
    return true;
}
