#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

static int64_t read_clock_us(clockid_t id)
{
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_clock_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_steady_ms(void)
{
    return read_clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_steady_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01 of a proleptic Gregorian date; the algorithm is "days_from_civil" of
 * Howard Hinnant's public notes on calendar arithmetic. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2)
        year--;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void clock_format(int64_t wall_ms, bool millis, char text[static CLOCK_TEXT_SIZE])
{
    int64_t ms = wall_ms % 1000;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    struct tm parts = {0};
    if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 8099) {
        snprintf(text, CLOCK_TEXT_SIZE, "0000-00-00T00:00:00Z");
        return;
    }
    size_t len = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    if (millis)
        snprintf(text + len, CLOCK_TEXT_SIZE - len, ".%03dZ", (int)ms);
    else
        snprintf(text + len, CLOCK_TEXT_SIZE - len, "Z");
}

/* Reads `digits` digits at the front of `*s`. */
static bool take_number(struct str *s, size_t digits, int64_t *out)
{
    int64_t value = 0;
    if (s->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        value = value * 10 + (s->ptr[i] - '0');
    }
    *s = str_slice(*s, digits, s->len);
    *out = value;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    *s = str_slice(*s, 1, s->len);
    return true;
}

/* ".123456" to whole milliseconds. */
static bool take_fraction(struct str *s, int64_t *ms)
{
    int64_t scale = 100;
    size_t count = 0;
    *ms = 0;
    while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
        *ms += (s->ptr[0] - '0') * scale;
        scale /= 10;
        *s = str_slice(*s, 1, s->len);
        count++;
    }
    return count > 0;
}

static bool take_zone(struct str *s, int64_t *offset_min)
{
    *offset_min = 0;
    if (s->len == 0 || take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    bool negative = s->ptr[0] == '-';
    if (!take_char(s, '+') && !take_char(s, '-'))
        return false;
    int64_t hours = 0;
    int64_t minutes = 0;
    if (!take_number(s, 2, &hours))
        return false;
    take_char(s, ':');
    if (!take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_min = (hours * 60 + minutes) * (negative ? -1 : 1);
    return true;
}

bool clock_parse(struct str text, int64_t *wall_ms)
{
    struct str s = text;
    int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, zone = 0;
    if (!take_number(&s, 4, &year) || !take_char(&s, '-') || !take_number(&s, 2, &month) ||
        !take_char(&s, '-') || !take_number(&s, 2, &day))
        return false;
    if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
        return false;
    if (!take_number(&s, 2, &hour) || !take_char(&s, ':') || !take_number(&s, 2, &minute))
        return false;
    if (take_char(&s, ':') && !take_number(&s, 2, &second))
        return false;
    if (take_char(&s, '.') && !take_fraction(&s, &ms))
        return false;
    if (!take_zone(&s, &zone) || s.len > 0)
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60)
        return false;
    int64_t days = days_from_date(year, month, day);
    *wall_ms = (((days * 24 + hour) * 60 + minute - zone) * 60 + second) * 1000 + ms;
    return true;
}

bool clock_parse_duration(struct str text, int64_t *ms)
{
    static const struct {
        const char *suffix;
        int64_t unit_ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"", 1000}};
    static const int64_t longest_ms = INT64_C(3650) * 86400000;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct str suffix = str_from(units[i].suffix);
        if (!str_ends(text, suffix))
            continue;
        int64_t count = 0;
        struct str digits = str_slice(text, 0, text.len - suffix.len);
        if (!str_to_int64(digits, &count) || digits.ptr[0] == '+')
            return false;
        if (count < 0 || count > longest_ms / units[i].unit_ms)
            return false;
        *ms = count * units[i].unit_ms;
        return true;
    }
    return false;
}
