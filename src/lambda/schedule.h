/* When the function runs: EventBridge's schedule expressions, checked before AWS sees them.
 * Source: EventBridge User Guide, "Setting a schedule pattern for scheduled rules (legacy)". */
#ifndef LAMBDA_SCHEDULE_H
#define LAMBDA_SCHEDULE_H

#include "base/arena.h"
#include "base/error.h"

/* "5 minutes", "1 hour", "rate(2 days)" → "rate(5 minutes)", …; in `arena`. E_SYNTAX, E_RANGE. */
NODISCARD enum error_code schedule_from_rate(struct arena *arena, struct str text, struct str *out,
                                             struct error *err);
/* "0/10 8-18 ? * MON-FRI *", with or without "cron(…)": minutes, hours, day of month, month, day of
 * week, year; one of the two days is '?'. UTC. E_SYNTAX with the field and what it takes. */
NODISCARD enum error_code schedule_from_cron(struct arena *arena, struct str text, struct str *out,
                                             struct error *err);

#endif
