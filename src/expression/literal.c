#include "expression/literal.h"

#include "base/limits.h"
#include "expression/word.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

static char char_at(struct str source, size_t at)
{
    return at < source.len ? source.ptr[at] : '\0';
}

/* The digit's value, or 99. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 99;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* End of digits with single '_' between them; `at` where there is none. */
static size_t skip_digits(struct str source, size_t at, unsigned base)
{
    size_t end = at;
    while (digit_value(char_at(source, end)) < base) {
        end++;
        if (char_at(source, end) == '_' && digit_value(char_at(source, end + 1)) < base)
            end++;
    }
    return end;
}

bool literal_begins(struct str source, size_t at)
{
    char c = char_at(source, at);
    return is_digit(c) || (c == '.' && is_digit(char_at(source, at + 1)));
}

/* 0x, 0o, 0b: gathers 64 bits and notes in the last one whether any lower one is set; that rounds
 * to a double as the whole number would. */
static void read_bits(struct str digits, unsigned bits, struct literal *out)
{
    uint64_t mantissa = 0;
    int dropped = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == '_')
            continue;
        uint64_t digit = digit_value(digits.ptr[i]);
        if (dropped == 0 && mantissa >> (64 - bits) == 0) {
            mantissa = mantissa << bits | digit;
        } else {
            dropped += (int)bits;
            mantissa |= digit != 0 ? 1 : 0;
        }
    }
    out->is_minimum = dropped == 0 && mantissa == UINT64_C(1) << 63;
    if (dropped == 0 && mantissa <= INT64_MAX)
        out->value = OBJECT_OF_INT((int64_t)mantissa);
    else
        out->value = OBJECT_OF_REAL(ldexp((double)mantissa, dropped));
}

static void read_decimal(struct str text, bool is_real, struct literal *out)
{
    char digits[LIMIT_EXPRESSION_BYTES + 1];
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 1 < sizeof(digits); i++) {
        if (text.ptr[i] != '_')
            digits[len++] = text.ptr[i];
    }
    digits[len] = '\0';
    int64_t integer = 0;
    struct str bare = {.ptr = digits, .len = len};
    if (!is_real && str_to_int64(bare, &integer)) {
        out->value = OBJECT_OF_INT(integer);
        return;
    }
    out->value = OBJECT_OF_REAL(strtod(digits, NULL));
    size_t zeros = 0;
    while (zeros < len && digits[zeros] == '0')
        zeros++;
    out->is_minimum = !is_real && str_eq(str_slice(bare, zeros, len), STR("9223372036854775808"));
}

/* CPython takes `1if x else 2`: a keyword may follow without a space. */
static bool is_keyword(struct str word)
{
    static const char *const keywords[] = {"and", "else", "for", "if", "in", "is", "not", "or"};
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (str_eq(word, str_from(keywords[i])))
            return true;
    }
    return false;
}

/* What follows a number must not run into it. */
static bool check_end(struct str source, size_t at, size_t end, struct literal *out,
                      struct failure *failure)
{
    size_t word = word_len(source, end);
    if (word == 0 || is_keyword(str_slice(source, end, end + word)))
        return true;
    struct str whole = str_slice(source, at, end + word);
    out->len = whole.len;
    if (word == 1 && (source.ptr[end] == 'j' || source.ptr[end] == 'J'))
        return failure_set(failure, "complex numbers are not supported");
    return failure_set(failure, "'%.*s' is not a number", STR_ARG(whole));
}

static bool read_prefixed(struct str source, size_t at, unsigned bits, struct literal *out,
                          struct failure *failure)
{
    size_t from = at + 2;
    if (char_at(source, from) == '_')
        from++;
    size_t end = skip_digits(source, from, 1u << bits);
    if (end == from) {
        out->len = 2 + word_len(source, at + 2);
        return failure_set(failure, "'%.*s' is not a number",
                           STR_ARG(str_slice(source, at, at + out->len)));
    }
    if (!check_end(source, at, end, out, failure))
        return false;
    out->len = end - at;
    read_bits(str_slice(source, from, end), bits, out);
    return true;
}

/* The end of a decimal number; *is_real: has it a point or an exponent? */
static size_t decimal_end(struct str source, size_t at, bool *is_real)
{
    size_t end = skip_digits(source, at, 10);
    if (char_at(source, end) == '.') {
        *is_real = true;
        end = skip_digits(source, end + 1, 10);
    }
    if ((char_at(source, end) | 0x20) == 'e') {
        size_t digits = end + 1;
        if (char_at(source, digits) == '+' || char_at(source, digits) == '-')
            digits++;
        if (is_digit(char_at(source, digits))) {
            *is_real = true;
            end = skip_digits(source, digits, 10);
        }
    }
    return end;
}

/* "007": Python 2 read octal, Python 3 refuses it; zeros alone are zero. */
static bool has_leading_zero(struct str text)
{
    if (text.ptr[0] != '0')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '0' && text.ptr[i] != '_')
            return true;
    }
    return false;
}

bool literal_read(struct str source, size_t at, struct literal *out, struct failure *failure)
{
    *out = (struct literal){.len = 1};
    if (char_at(source, at) == '0') {
        char letter = (char)(char_at(source, at + 1) | 0x20);
        unsigned bits = letter == 'x' ? 4 : letter == 'o' ? 3 : letter == 'b' ? 1 : 0;
        if (bits != 0)
            return read_prefixed(source, at, bits, out, failure) &&
                   (isfinite(object_real(&out->value)) ||
                    failure_set(failure, "the number is too large"));
    }
    bool is_real = false;
    size_t end = decimal_end(source, at, &is_real);
    if (!check_end(source, at, end, out, failure))
        return false;
    struct str text = str_slice(source, at, end);
    out->len = text.len;
    if (!is_real && has_leading_zero(text))
        return failure_set(failure,
                           "'%.*s': a whole number cannot begin with 0 "
                           "(octal is written 0o17)",
                           STR_ARG(text));
    read_decimal(text, is_real, out);
    if (!is_real && !isfinite(object_real(&out->value)))
        return failure_set(failure, "the number is too large");
    return true;
}
