/* Source → tokens, one at a time. Whether an operand or an operator is due is the parser's to say:
 * only an operand can be a name, and a name may hold characters that are operators elsewhere. */
#ifndef EXPRESSION_LEX_H
#define EXPRESSION_LEX_H

#include "expression/expression.h"
#include "expression/literal.h"
#include "expression/word.h"

enum token_kind {
    TOKEN_END,
    TOKEN_LITERAL,
    TOKEN_NAME,
    TOKEN_FUNCTION,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_LIST,
    TOKEN_CLOSE_LIST,
    TOKEN_COMMA,
    TOKEN_BINARY,  /* op: enum binary_operator; + and - may be prefixes */
    TOKEN_COMPARE, /* op: enum compare_operator */
    TOKEN_INVERT,
    TOKEN_NOT,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_IF,
    TOKEN_ELSE,
    TOKEN_WORD, /* a word or number where an operator is due */
};

struct token {
    enum token_kind kind;
    uint8_t op;
    size_t offset;
    size_t len;
    struct literal literal;          /* LITERAL */
    size_t index;                    /* NAME */
    const struct function *function; /* FUNCTION */
};

struct lexer {
    struct str source;
    struct names names;
    size_t at;
    size_t nesting;       /* open brackets: inside them a line break is a space */
    struct token token;   /* the current one */
    enum error_code code; /* of the first error */
    struct expression_error *err;
};

/* Moves on to the next token. False: an error is set. */
NODISCARD bool lex_operand(struct lexer *lexer);
NODISCARD bool lex_operator(struct lexer *lexer);

/* Sets the error and gives false. */
bool lex_fail(struct lexer *lexer, size_t offset, size_t len, const char *format, ...)
    PRINTF_LIKE(4, 5);
void lex_suggest(struct lexer *lexer, const char *format, ...) PRINTF_LIKE(2, 3);

struct str token_text(const struct lexer *lexer, const struct token *token);

#endif
