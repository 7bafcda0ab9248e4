/* Time: the two clocks, and time stamps as text. Milliseconds everywhere. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Since 1970-01-01 UTC; can jump. */
int64_t clock_wall_ms(void);
/* Since some fixed point; never goes back. For time-outs, deadlines and latencies. */
int64_t clock_steady_ms(void);
int64_t clock_steady_us(void);

enum { CLOCK_TEXT_SIZE = 32 };

/* "2026-11-24T03:28:00Z" or, with millis, "…:00.123Z". Years 0–9999; NUL-terminated. */
void clock_format(int64_t wall_ms, bool millis, char text[static CLOCK_TEXT_SIZE]);

/* ISO 8601 as AWS writes it: "2026-11-24T03:28:00Z", ".123Z", "+00:00", "+0100"; also without
 * seconds. False for anything else. */
NODISCARD bool clock_parse(struct str text, int64_t *wall_ms);

/* "60s", "5m", "2h", "1d", "250ms", "90" (seconds), up to 10 years; false for anything else. */
NODISCARD bool clock_parse_duration(struct str text, int64_t *ms);

#endif
