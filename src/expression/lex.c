#include "expression/lex.h"

#include "expression/function.h"
#include "expression/number.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

bool lex_fail(struct lexer *lexer, size_t offset, size_t len, const char *format, ...)
{
    struct expression_error *err = lexer->err;
    lexer->code = E_EXPRESSION;
    *err = (struct expression_error){.offset = offset, .len = len > 0 ? len : 1};
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    text_cut(err->message, sizeof(err->message));
    return false;
}

void lex_suggest(struct lexer *lexer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(lexer->err->suggestion, sizeof(lexer->err->suggestion), format, args);
    va_end(args);
    text_cut(lexer->err->suggestion, sizeof(lexer->err->suggestion));
}

struct str token_text(const struct lexer *lexer, const struct token *token)
{
    return str_slice(lexer->source, token->offset, token->offset + token->len);
}

static char char_at(const struct lexer *lexer, size_t at)
{
    return at < lexer->source.len ? lexer->source.ptr[at] : '\0';
}

static size_t line_end(const struct lexer *lexer, size_t at)
{
    while (at < lexer->source.len && char_at(lexer, at) != '\n' && char_at(lexer, at) != '\r')
        at++;
    return at;
}

/* Bytes of a '\\' that continues the line, with the line break; 0: there is none. */
static size_t continuation_len(const struct lexer *lexer, size_t at)
{
    if (char_at(lexer, at) != '\\')
        return 0;
    size_t end = at + 1;
    if (char_at(lexer, end) == '\r')
        end++;
    if (char_at(lexer, end) == '\n')
        end++;
    return end > at + 1 && end < lexer->source.len ? end - at : 0;
}

/* Past spaces, comments and continued lines; past line breaks, too, where they are spaces. */
static size_t skip_blank(const struct lexer *lexer, size_t at, bool line_breaks)
{
    for (;;) {
        char c = char_at(lexer, at);
        size_t continuation = continuation_len(lexer, at);
        if (c == '#')
            at = line_end(lexer, at);
        else if (c == ' ' || c == '\t' || c == '\f' || (line_breaks && (c == '\n' || c == '\r')))
            at++;
        else if (continuation > 0)
            at += continuation;
        else
            return at;
    }
}

/* To the next token. Outside brackets a line break ends the expression, as in Python. */
static bool skip_space(struct lexer *lexer)
{
    bool first = lexer->token.len == 0;
    size_t at = skip_blank(lexer, lexer->at, first || lexer->nesting > 0);
    char c = char_at(lexer, at);
    if (at < lexer->source.len && (c == '\n' || c == '\r')) {
        size_t next = skip_blank(lexer, at, true);
        if (next < lexer->source.len) {
            lex_fail(lexer, next, 1, "the expression ended with the line before");
            lex_suggest(lexer, "parentheses around the whole let it go over several lines");
            return false;
        }
        at = next;
    }
    lexer->at = at;
    return true;
}

static bool accept(struct lexer *lexer, enum token_kind kind, uint8_t op, size_t len)
{
    lexer->token =
        (struct token){.kind = kind, .op = op, .offset = lexer->at, .len = len > 0 ? len : 1};
    lexer->at += len;
    return true;
}

struct symbol {
    const char *text;
    enum token_kind kind;
    uint8_t op;
};

/* A longer one before its own beginning. */
static const struct symbol symbols[] = {
    {"**", TOKEN_BINARY, BINARY_POWER},
    {"//", TOKEN_BINARY, BINARY_FLOOR_DIVIDE},
    {"<<", TOKEN_BINARY, BINARY_SHIFT_LEFT},
    {">>", TOKEN_BINARY, BINARY_SHIFT_RIGHT},
    {"==", TOKEN_COMPARE, COMPARE_EQUAL},
    {"!=", TOKEN_COMPARE, COMPARE_NOT_EQUAL},
    {"<=", TOKEN_COMPARE, COMPARE_LESS_EQUAL},
    {">=", TOKEN_COMPARE, COMPARE_GREATER_EQUAL},
    {"<", TOKEN_COMPARE, COMPARE_LESS},
    {">", TOKEN_COMPARE, COMPARE_GREATER},
    {"+", TOKEN_BINARY, BINARY_ADD},
    {"-", TOKEN_BINARY, BINARY_SUBTRACT},
    {"*", TOKEN_BINARY, BINARY_MULTIPLY},
    {"/", TOKEN_BINARY, BINARY_DIVIDE},
    {"%", TOKEN_BINARY, BINARY_MODULO},
    {"|", TOKEN_BINARY, BINARY_OR},
    {"^", TOKEN_BINARY, BINARY_XOR},
    {"&", TOKEN_BINARY, BINARY_AND},
    {"~", TOKEN_INVERT, 0},
    {"(", TOKEN_OPEN, 0},
    {")", TOKEN_CLOSE, 0},
    {"[", TOKEN_OPEN_LIST, 0},
    {"]", TOKEN_CLOSE_LIST, 0},
    {",", TOKEN_COMMA, 0},
};

/* What other languages, or the rest of Python, would have here. Looked at before the symbols. */
static const struct {
    const char *text;
    const char *message;
    const char *suggestion;
} refused[] = {
    {"&&", "'&&' is not an operator", "write 'and'"},
    {"||", "'||' is not an operator", "write 'or'"},
    {"<>", "'<>' is not an operator", "write '!='"},
    {"=<", "'=<' is not an operator", "write '<='"},
    {"=>", "'=>' is not an operator", "write '>='"},
    {":=", "assignment ':=' is not supported", ""},
    {"**=", "assignment is not supported", ""},
    {"//=", "assignment is not supported", ""},
    {"+=", "assignment is not supported", ""},
    {"-=", "assignment is not supported", ""},
    {"*=", "assignment is not supported", ""},
    {"/=", "assignment is not supported", ""},
    {"?", "'?' is not an operator", "write 'a if condition else b'"},
    {":", "':' is not supported: there are no slices", ""},
    {";", "';' is not supported: this is one expression", ""},
    {".", "'.' is not supported: a value has no attributes", ""},
    {"'", "text in quotes is not supported: values are numbers", ""},
    {"\"", "text in quotes is not supported: values are numbers", ""},
    {"`", "'`' is not supported", ""},
    {"{", "'{' is not supported: there are no sets or dictionaries", ""},
    {"}", "'}' is not supported: there are no sets or dictionaries", ""},
    {"@", "'@' is not supported", ""},
    {"$", "'$' is not supported: a metric is written by its name alone", ""},
    {"\\", "'\\' must be the last character of a line that another one follows", ""},
};

static bool stands_here(const struct lexer *lexer, const char *text, size_t *len)
{
    struct str symbol = str_from(text);
    *len = symbol.len;
    return str_starts(str_slice(lexer->source, lexer->at, lexer->source.len), symbol);
}

/* No token begins with this character. */
static bool unexpected_character(struct lexer *lexer)
{
    size_t len = 1;
    unsigned char c = (unsigned char)char_at(lexer, lexer->at);
    if (c < 0x20 || c == 0x7F)
        return lex_fail(lexer, lexer->at, 1, "unexpected control character 0x%02X", c);
    uint32_t code_point = 0;
    const struct lookalike *other = word_lookalike(lexer->source, lexer->at, &code_point, &len);
    if (other == NULL)
        return lex_fail(lexer, lexer->at, len, "unexpected character '%c'", c);
    lex_fail(lexer, lexer->at, len, "%s (U+%04X) is not part of an expression", other->name,
             code_point);
    if (other->ascii[0] == ' ')
        lex_suggest(lexer, "write an ordinary space");
    else if (other->ascii[0] != '\0')
        lex_suggest(lexer, "write '%s'", other->ascii);
    return false;
}

static bool lex_symbol(struct lexer *lexer)
{
    if (lexer->at >= lexer->source.len)
        return accept(lexer, TOKEN_END, 0, 0);
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (!stands_here(lexer, refused[i].text, &len))
            continue;
        lex_fail(lexer, lexer->at, len, "%s", refused[i].message);
        lex_suggest(lexer, "%s", refused[i].suggestion);
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
        if (stands_here(lexer, symbols[i].text, &len))
            return accept(lexer, symbols[i].kind, symbols[i].op, len);
    }
    char c = char_at(lexer, lexer->at);
    if (c == '=') {
        lex_fail(lexer, lexer->at, 1, "'=' does not compare, and nothing can be assigned");
        lex_suggest(lexer, "write '=='");
        return false;
    }
    if (c == '!') {
        lex_fail(lexer, lexer->at, 1, "'!' is not an operator");
        lex_suggest(lexer, "write 'not' or '!='");
        return false;
    }
    return unexpected_character(lexer);
}

/* `not` is one operator with the `in` after it. */
static bool lex_not_in(struct lexer *lexer, size_t len)
{
    size_t in = skip_blank(lexer, lexer->at + len, lexer->nesting > 0);
    size_t in_len = word_len(lexer->source, in);
    if (!str_eq(str_slice(lexer->source, in, in + in_len), STR("in")))
        return lex_fail(lexer, lexer->at, len, "expected an operator before 'not', or 'in' after");
    return accept(lexer, TOKEN_COMPARE, COMPARE_NOT_IN, in + in_len - lexer->at);
}

bool lex_operator(struct lexer *lexer)
{
    static const struct symbol words[] = {
        {"and", TOKEN_AND, 0},
        {"or", TOKEN_OR, 0},
        {"if", TOKEN_IF, 0},
        {"else", TOKEN_ELSE, 0},
        {"in", TOKEN_COMPARE, COMPARE_IN},
    };
    if (!skip_space(lexer))
        return false;
    struct str source = lexer->source;
    if (literal_begins(source, lexer->at)) {
        size_t len = word_len(source, lexer->at);
        return accept(lexer, TOKEN_WORD, 0, len > 0 ? len : 1);
    }
    struct str word = str_slice(source, lexer->at, lexer->at + word_len(source, lexer->at));
    if (word.len == 0)
        return lex_symbol(lexer);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(word, str_from(words[i].text)))
            return accept(lexer, words[i].kind, words[i].op, word.len);
    }
    if (str_eq(word, STR("not")))
        return lex_not_in(lexer, word.len);
    if (str_eq(word, STR("is"))) {
        lex_fail(lexer, lexer->at, word.len, "'is' is not supported");
        lex_suggest(lexer, "write '=='");
        return false;
    }
    if (str_eq(word, STR("for")))
        return lex_fail(lexer, lexer->at, word.len, "comprehensions ('for') are not supported");
    return accept(lexer, TOKEN_WORD, 0, word.len);
}

static bool lex_literal(struct lexer *lexer)
{
    struct failure failure;
    struct literal literal;
    size_t at = lexer->at;
    if (!literal_read(lexer->source, at, &literal, &failure))
        return lex_fail(lexer, at, literal.len, "%s", failure.message);
    accept(lexer, TOKEN_LITERAL, 0, literal.len);
    lexer->token.literal = literal;
    return true;
}

/* True, False, None. */
static bool lex_constant(struct lexer *lexer, struct str word)
{
    struct object value = {.kind = OBJECT_NONE};
    if (!str_eq(word, STR("None")))
        value = OBJECT_OF_BOOL(str_eq(word, STR("True")));
    accept(lexer, TOKEN_LITERAL, 0, word.len);
    lexer->token.literal.value = value;
    return true;
}

/* A dotted or dashed run from here on: a name that is no identifier, perhaps with a typing error.
 */
static struct str run_here(const struct lexer *lexer)
{
    size_t end = lexer->at;
    size_t word = 0;
    while ((word = word_len(lexer->source, end)) > 0) {
        end += word;
        char c = char_at(lexer, end);
        if ((c != '.' && c != '-' && c != ':' && c != '/') || word_len(lexer->source, end + 1) == 0)
            break;
        end++;
    }
    return str_slice(lexer->source, lexer->at, end);
}

/* What of Python is not here, by the word it begins with; NULL: nothing known. */
static const char *unsupported(const struct lexer *lexer, struct str word)
{
    size_t after = skip_blank(lexer, lexer->at + word.len, lexer->nesting > 0);
    struct str next = str_slice(lexer->source, after, after + word_len(lexer->source, after));
    char quote = char_at(lexer, lexer->at + word.len);
    if (quote == '\'' || quote == '"')
        return "text in quotes is not supported: values are numbers";
    if (str_eq(next, STR("for")))
        return "comprehensions ('for') are not supported";
    if (str_eq(word, STR("lambda")))
        return "'lambda' is not supported";
    return NULL;
}

static bool unknown_name(struct lexer *lexer, struct str word, bool is_call)
{
    char suggestion[SUGGESTION_SIZE];
    struct str run = run_here(lexer);
    const char *message = unsupported(lexer, word);
    if (message != NULL)
        return lex_fail(lexer, lexer->at, word.len, "%s", message);
    if (str_starts(run, STR("math.")) && function_find(run.ptr + 5, run.len - 5) != NULL) {
        lex_fail(lexer, lexer->at, run.len, "unknown name '%.*s'", STR_ARG(run));
        lex_suggest(lexer, "write '%.*s' alone", STR_ARG(str_slice(run, 5, run.len)));
        return false;
    }
    bool longer =
        run.len > word.len && !is_call && word_suggest(lexer->names, run, false, suggestion);
    if (longer)
        word = run;
    lex_fail(lexer, lexer->at, word.len, "unknown %s '%.*s'", is_call ? "function" : "name",
             STR_ARG(word));
    if (longer || word_suggest(lexer->names, word, is_call, suggestion))
        lex_suggest(lexer, "%s", suggestion);
    return false;
}

/* A word that is no metric's name. */
static bool lex_word(struct lexer *lexer, struct str word)
{
    static const struct symbol keywords[] = {
        {"and", TOKEN_AND, 0},   {"or", TOKEN_OR, 0},   {"if", TOKEN_IF, 0},
        {"else", TOKEN_ELSE, 0}, {"in", TOKEN_WORD, 0}, {"is", TOKEN_WORD, 0},
        {"for", TOKEN_WORD, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (str_eq(word, str_from(keywords[i].text)))
            return accept(lexer, keywords[i].kind, keywords[i].op, word.len);
    }
    size_t after = skip_blank(lexer, lexer->at + word.len, lexer->nesting > 0);
    bool is_call = char_at(lexer, after) == '(';
    const struct function *function = function_find(word.ptr, word.len);
    if (lexer->nesting > 0 && char_at(lexer, after) == '=' && char_at(lexer, after + 1) != '=')
        return lex_fail(lexer, lexer->at, after + 1 - lexer->at,
                        "named arguments are not supported");
    if (function == NULL)
        return unknown_name(lexer, word, is_call);
    if (!is_call)
        return lex_fail(lexer, lexer->at, word.len, "'%.*s' is a function: %s", STR_ARG(word),
                        function->signature);
    accept(lexer, TOKEN_FUNCTION, 0, word.len);
    lexer->token.function = function;
    return true;
}

/* What Python gives a meaning where an operand is due; no name can take it away. */
static bool is_reserved(struct str word)
{
    return str_eq(word, STR("not")) || str_eq(word, STR("True")) || str_eq(word, STR("False")) ||
           str_eq(word, STR("None"));
}

bool lex_operand(struct lexer *lexer)
{
    if (!skip_space(lexer))
        return false;
    if (lexer->at >= lexer->source.len)
        return accept(lexer, TOKEN_END, 0, 0);
    struct str source = lexer->source;
    size_t at = lexer->at;
    struct str word = str_slice(source, at, at + word_len(source, at));
    struct failure unused;
    struct literal literal;
    bool is_literal = literal_begins(source, at) && literal_read(source, at, &literal, &unused);
    size_t index = 0;
    size_t len = 0;
    if (names_match(lexer->names, source, at, &index, &len)) {
        size_t after = skip_blank(lexer, at + len, lexer->nesting > 0);
        bool is_call = char_at(lexer, after) == '(' && function_find(source.ptr + at, len) != NULL;
        bool outdone = (is_literal && len <= literal.len) || (len <= word.len && is_reserved(word));
        if (!is_call && !outdone) {
            accept(lexer, TOKEN_NAME, 0, len);
            lexer->token.index = index;
            return true;
        }
    }
    if (literal_begins(source, at))
        return lex_literal(lexer);
    if (word.len == 0)
        return lex_symbol(lexer);
    if (str_eq(word, STR("not")))
        return accept(lexer, TOKEN_NOT, 0, word.len);
    return is_reserved(word) ? lex_constant(lexer, word) : lex_word(lexer, word);
}
