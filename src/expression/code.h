/* What an expression is compiled to: instructions for a stack machine.
 * Invariants: every jump stays inside the code, no instruction runs twice in one evaluation (so
 * that its time is bounded by the length of the source), and the stack and the list items never
 * need more than `scratch_count` objects together. */
#ifndef EXPRESSION_CODE_H
#define EXPRESSION_CODE_H

#include "base/limits.h"
#include "base/str.h"
#include "expression/object.h"

enum opcode {
    OP_PUSH,          /* → `literal` */
    OP_NAME,          /* → the value bound to name `index` */
    OP_UNARY,         /* a → `op` a */
    OP_BINARY,        /* a b → a `op` b */
    OP_NOT,           /* a → not a */
    OP_COMPARE,       /* a b → a `op` b */
    OP_COMPARE_CHAIN, /* a b → b where a `op` b, else → False and jump */
    OP_AND,           /* a → a and jump where it is false, else → */
    OP_OR,            /* a → a and jump where it is true, else → */
    OP_JUMP,          /* jump */
    OP_JUMP_IF_TRUE,  /* a →, jump where it is true */
    OP_LIST,          /* `count` items → a list */
    OP_TUPLE,         /* `count` items → a tuple */
    OP_INDEX,         /* list i → its item */
    OP_CALL,          /* `count` arguments → the value of function number `op` */
    OP_TRY,           /* default(): where a metric is missing from here on, jump */
    OP_END_TRY,       /* a → a and jump; where it is None, → (and no jump) */
    OP_END,           /* a → the result */
};

struct instruction {
    uint8_t code;
    uint8_t op;
    uint16_t count;
    uint16_t offset; /* of what it stands for in the source */
    uint16_t literal_kind;
    union {
        int64_t integer; /* PUSH */
        double real;     /* PUSH */
        int64_t jump;    /* relative to this instruction */
        size_t index;    /* NAME */
    };
};

/* A source of n bytes has at most n/2 + 1 operands: as many are on the stack, and in lists. */
enum { SCRATCH_MAX = LIMIT_EXPRESSION_BYTES + 8 };

struct expression {
    struct str source; /* a copy */
    struct instruction *code;
    size_t count;
    size_t stack_count; /* objects on the stack at most */
    size_t scratch_count;
    size_t name_count; /* of the names it was compiled with */
};

#endif
