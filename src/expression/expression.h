/* Metric arithmetic: a Python 3 expression, compiled once and evaluated by our own evaluator.
 * Meaning, functions and the differences from CPython: docs/expressions.md.
 * A compiled expression is immutable, lives in the arena it was compiled in, and may be evaluated
 * any number of times. Evaluation allocates nothing outside its own stack and its time is bounded
 * by the size of the source. Pure. */
#ifndef EXPRESSION_EXPRESSION_H
#define EXPRESSION_EXPRESSION_H

#include "base/arena.h"
#include "base/error.h"
#include "model/fact.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>

struct expression;

/* Where in the source something is wrong: byte offset and length (at least 1) of the offending
 * part, and what was expected. `suggestion` may be empty: "did you mean 'queue_length'?". */
struct expression_error {
    size_t offset;
    size_t len;
    char message[300];
    char suggestion[120];
};

/* Compiles `source`. A name in it becomes its index in `names`; names need not be identifiers
 * ("queue-length": the longest name that matches at that place wins).
 * Errors: E_EXPRESSION for anything wrong with the text, E_LIMIT beyond a limit; *err says where.
 */
NODISCARD enum error_code expression_compile(struct arena *arena, struct str source,
                                             const struct str *names, size_t name_count,
                                             struct expression **out, struct expression_error *err);

/* What a name stands for: `value` counts only where the fact is present; a present None counts as
 * missing. */
struct binding {
    struct fact fact;
    struct value value;
};

enum expression_status { EXPRESSION_VALUE, EXPRESSION_MISSING, EXPRESSION_FAILED };

struct expression_result {
    enum expression_status status;
    struct value value; /* VALUE: int, float or bool */
    size_t name_index;  /* MISSING: of the name that was missing; SIZE_MAX for a None result */
    size_t offset;      /* MISSING, FAILED: byte offset in the source */
    char message[200];  /* MISSING, FAILED: "division by zero", … */
};

/* `bindings` is parallel to the names the expression was compiled with. Lazy, as Python is. */
void expression_evaluate(const struct expression *expression, const struct binding *bindings,
                         size_t binding_count, struct expression_result *result);

/* Does evaluating it ever look at that name? */
bool expression_uses(const struct expression *expression, size_t name_index);
/* Is it a constant (no names)? */
bool expression_is_constant(const struct expression *expression);

/* The functions, for help texts and completions: row `index`, or false past the end. */
bool expression_function_at(size_t index, const char **name, const char **signature,
                            const char **summary);

#endif
